"""What reviewers say of a sign, and what follows from it. Pure, but for reading and appending to one file.

Two `yes` from two different named Deaf reviewers make a sign `approved`; any `no` makes it a `draft` again. Only the
latest verdict of a reviewer counts, and only one about the description as it is now: a changed sign is a new sign.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from signllm.lexicon.exchange import to_table
from signllm.lexicon.phonology import Sign
from signllm_bridge.errors import ReviewError

VERDICTS: Final = ("yes", "no", "unsure")
FLUENCIES: Final = ("native or early signer", "late signer", "fluent", "learner", "not said")
DEAF: Final = ("yes", "no", "not said")
WRONG: Final = ("handshape", "palm", "place", "movement", "face", "other")
LONGEST_NAME, LONGEST_NOTE = 80, 1000
ENOUGH: Final = 2
"""Deaf reviewers who must say yes."""
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_HEADING: Final = re.compile(r"""\[+\s*["']?(?P<name>[^\]"'\s]*)""")
_REVIEW: Final = re.compile(r"""(?P<before>\s*review\s*=\s*)("[^"]*"|'[^']*')""")


@dataclass(frozen=True)
class Verdict:
    """One person's word about one sign."""

    sign: str
    form: str
    """`form_of` the description that was seen."""
    reviewer: str
    deaf: str
    """One of `DEAF`, in the reviewer's own words about themselves."""
    fluency: str
    """One of `FLUENCIES`."""
    verdict: str
    """One of `VERDICTS`: would a signer recognise it as this sign?"""
    wrong: tuple[str, ...] = ()
    """What is wrong with it, out of `WRONG`."""
    note: str = ""
    time: str = ""
    """When it was given, ISO 8601, UTC."""

    def __post_init__(self) -> None:
        """Refuse what nobody could be answered for.

        Raises:
            ReviewError: A field is missing, too long, or none of the choices.
        """
        for name in ("sign", "form", "reviewer"):
            if not getattr(self, name).strip():
                raise ReviewError(f"the {name} is missing: a review needs the sign, its form and the reviewer's name")
        for name, limit in (("reviewer", LONGEST_NAME), ("sign", LONGEST_NAME), ("note", LONGEST_NOTE)):
            if len(getattr(self, name)) > limit:
                raise ReviewError(f"the {name} has {len(getattr(self, name))} characters: at most {limit} are kept")
            if _UNWRITABLE.search(getattr(self, name)):
                raise ReviewError(f"the {name} holds half a character or a control character; write it again")
        for name, allowed in (("deaf", DEAF), ("fluency", FLUENCIES), ("verdict", VERDICTS)):
            if getattr(self, name) not in allowed:
                raise ReviewError(f"{name} is {getattr(self, name)[:40]!r}: choose one of {', '.join(allowed)}")
        for part in self.wrong:
            if part not in WRONG:
                raise ReviewError(f"{part[:40]!r} cannot be what is wrong: choose out of {', '.join(WRONG)}")

    @property
    def person(self) -> str:
        """The reviewer's name as it is compared: case, spaces and what nobody sees do not make another person."""
        name = unicodedata.normalize("NFKC", self.reviewer).casefold()
        return " ".join("".join(letter for letter in name if unicodedata.category(letter) != "Cf").split())

    def to_json(self) -> str:
        """One line of the file."""
        return json.dumps(asdict(self), ensure_ascii=False)


def from_table(table: Any) -> Verdict:
    """The verdict in a table of its fields.

    Raises:
        ReviewError: A field is missing, unknown, or not what it must be.
    """
    known = {f.name for f in fields(Verdict)}
    if not isinstance(table, dict) or not set(table) <= known:
        raise ReviewError(f"expected a table with the fields {', '.join(sorted(known))}")
    wrong = table.get("wrong", ())
    texts = [value for name, value in table.items() if name != "wrong"]
    if not isinstance(wrong, (list, tuple)) or not all(isinstance(text, str) for text in (*texts, *wrong)):
        raise ReviewError("every field holds text, and 'wrong' a list of texts")
    try:
        return Verdict(**(table | {"wrong": tuple(wrong)}))
    except TypeError as error:
        raise ReviewError(f"a field is missing: {error}") from error


def form_of(sign: Sign) -> str:
    """A short hash of how a sign is made: review state, provenance and the English words leave it as it is."""
    table = to_table(sign)
    made = {name: table[name] for name in ("hands", "start", "other", "steps", "face") if name in table}
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]


def state_of(sign: Sign, verdicts: Iterable[Verdict]) -> str:
    """`approved` or `draft`, or what the entry says where nobody has given a verdict on this form."""
    latest: dict[str, Verdict] = {}
    for verdict in verdicts:
        if verdict.sign == sign.name and verdict.form == form_of(sign):
            latest[verdict.person] = verdict
    given = [verdict.verdict for verdict in latest.values()]
    if "no" in given:
        return "draft"
    deaf_yes = sum(verdict.verdict == "yes" and verdict.deaf == "yes" for verdict in latest.values())
    if deaf_yes >= ENOUGH:
        return "approved"
    return "draft" if sign.review == "approved" and given else sign.review


def states(signs: Mapping[str, Sign], verdicts: Iterable[Verdict]) -> dict[str, str]:
    """The state of every sign."""
    by_sign: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_sign.setdefault(verdict.sign, []).append(verdict)
    return {name: state_of(sign, by_sign.get(name, ())) for name, sign in signs.items()}


def read(file: Path) -> tuple[list[Verdict], list[str]]:
    """Verdicts of a file in the order in which they stand there, and a sentence for each line that is none.

    Raises:
        ReviewError: The file cannot be read.
    """
    if not file.exists():
        return [], []
    found, warnings = [], []
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise ReviewError(f"the reviews cannot be read ({error.strerror}): {file}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(from_table(json.loads(line)))
        except (ValueError, RecursionError, ReviewError) as error:
            warnings.append(f"{file.name}, line {number} is no verdict and was left out: {error}")
    return found, warnings


def append(file: Path, verdict: Verdict) -> None:
    """Write one more line.

    Raises:
        ReviewError: The file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Names are in it: a new file is its owner's alone.
        with open(file, "ab+", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            if out.tell() and (out.seek(-1, os.SEEK_END), out.read(1))[1] != b"\n":
                out.write(b"\n")  # a line that was cut off must not spoil the next one
            out.write(f"{verdict.to_json()}\n".encode())
    except OSError as error:
        raise ReviewError(
            f"the review could not be kept ({error.strerror}); make room or choose another file"
        ) from error


def with_states(text: str, new: Mapping[str, str]) -> str:
    """A lexicon file's text with the `review` of the named entries set; everything else stays as it is written."""
    out: list[str] = []
    pending: str | None = None
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    for line in [*lines, "["]:  # an end, as if another entry began
        heading = _HEADING.match(line)
        if heading is not None and pending is not None:
            at = len(out)
            while at and (not out[at - 1].strip() or out[at - 1].startswith("#")):
                at -= 1
            if not out[at - 1].endswith(("\n", "\r")):
                out[at - 1] += ending
            out.insert(at, f'review = "{pending}"{ending}')
        if heading is not None:
            pending = new.get(heading["name"] or "")
        given = _REVIEW.match(line)
        if pending is not None and given is not None:
            line, pending = f'{given["before"]}"{pending}"{line[given.end() :]}', None
        out.append(line)
    return "".join(out[:-1])
