"""The review page's requests and answers as plain values: no socket, no clock of its own.

    GET  /                 the page
    GET  /api/signs        every sign with its description and state, words first
    GET  /api/clip?sign=   its clip
    POST /api/verdict      one verdict, JSON

Only pages that this server sent may post, and only under a name of this machine: another page that a reviewer has open
can then neither read nor write here, whatever address it calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from signllm.lexicon.describe import describe
from signllm.lexicon.phonology import Sign
from signllm_bridge.errors import ReviewError, as_sentence
from signllm_bridge.review import verdicts
from signllm_bridge.review.clips import rig
from signllm_bridge.server.http_pages import Page, Pages, sentence

MAX_BODY: Final = 16384
"""Bytes of a posted verdict; a note of the greatest length fits in any script, escaped too."""
_JSON: Final = "application/json"
_LOCAL: Final = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?")
_GROUPS: Final = ("Words", "Numbers", "Letters")
"""Headings of the list, in its order."""


class Site:
    """Everything that the server answers."""

    def __init__(
        self, signs: Mapping[str, Sign], clip: Callable[[str], dict[str, Any]], pages: Pages, reviews: Path
    ) -> None:
        """Show `signs`, played by `clip`, and keep verdicts in the file `reviews`."""
        self._signs, self._clip, self._pages, self._reviews = signs, clip, pages, reviews

    def get(self, target: str, host: str | None) -> Page:
        """The answer to `GET target`."""
        if not _is_local(host):
            return sentence(HTTPStatus.FORBIDDEN, "This page is for this machine alone: open it as 127.0.0.1.")
        url = urlsplit(target)
        if url.path == "/":
            return self._pages.get("/review.html")
        if url.path == "/api/signs":
            try:
                return _json(self._list())
            except ReviewError as error:
                return sentence(HTTPStatus.INTERNAL_SERVER_ERROR, as_sentence(error))
        if url.path == "/api/clip":
            name = parse_qs(url.query).get("sign", [""])[0]
            if name not in self._signs:
                return sentence(HTTPStatus.NOT_FOUND, f"There is no sign {name[:40]!r} here.")
            return _json(self._clip(name))
        return self._pages.get(target)

    def post(self, target: str, host: str | None, origin: str | None, body: bytes, *, now: str) -> Page:
        """The answer to `POST target`; `now` is the time of the verdict, ISO 8601."""
        if not _is_local(host) or origin != f"http://{host}":
            return sentence(HTTPStatus.FORBIDDEN, "Only the review page of this machine may post verdicts.")
        if urlsplit(target).path != "/api/verdict":
            return sentence(HTTPStatus.NOT_FOUND, "Verdicts are posted to /api/verdict.")
        if len(body) > MAX_BODY:
            return sentence(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A verdict has at most {MAX_BODY} bytes.")
        try:
            verdict = replace(verdicts.from_table(_table(body)), time=now)
            sign = self._signs.get(verdict.sign)
            if sign is None:
                raise ReviewError(f"there is no sign {verdict.sign[:40]!r} here")
            if verdict.form != verdicts.form_of(sign):
                raise ReviewError(f"{verdict.sign} has been changed since the page was opened; load the page again")
            verdicts.append(self._reviews, verdict)
            given, _ = verdicts.read(self._reviews)
        except ReviewError as error:
            return sentence(HTTPStatus.BAD_REQUEST, as_sentence(error))
        return _json({"sign": sign.name, "state": verdicts.state_of(sign, given)})

    def _list(self) -> dict[str, Any]:
        given, warnings = verdicts.read(self._reviews)
        states = verdicts.states(self._signs, given)
        rows: list[dict[str, Any]] = [
            {
                "name": name,
                "group": _group(name),
                "form": verdicts.form_of(sign),
                "state": states[name],
                "english": {part: list(words) for part, words in sign.english.items()},
                "sense": sign.sense,
                "description": describe(sign),
                "verdicts": [asdict(verdict) for verdict in given if verdict.sign == name],
            }
            for name, sign in self._signs.items()
        ]
        # Numbers stay as the lexicon counts them.
        rows.sort(key=lambda row: (_GROUPS.index(row["group"]), row["name"] if row["group"] == "Words" else ""))
        choices = {"verdict": verdicts.VERDICTS, "fluency": verdicts.FLUENCIES, "deaf": verdicts.DEAF}
        return {"signs": rows, "rig": rig(), "choices": choices | {"wrong": verdicts.WRONG}, "warnings": warnings}


def _is_local(host: str | None) -> bool:
    """Whether the request names this machine: a name that another site has pointed here does not."""
    return host is not None and _LOCAL.fullmatch(host) is not None


def _group(name: str) -> str:
    """Heading under which a sign is listed."""
    if ":" not in name:
        return "Words"
    return "Letters" if name.startswith("fs:") else "Numbers"


def _table(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ReviewError(f"the verdict is not JSON ({error})") from error


def _json(value: Any) -> Page:
    return Page(HTTPStatus.OK, _JSON, json.dumps(value, ensure_ascii=False).encode())
