"""The whole lexicon as one JSON file and back, and signs as the TOML text that a lexicon file holds."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from signllm.errors import LexiconError
from signllm.lexicon.phonology import Posture, Sign, Step
from signllm.lexicon.signs import parse_sign

FORMAT: Final = "signllm-lexicon"
VERSION: Final = 1


def to_json(signs: Iterable[Sign], language: str) -> str:
    """One JSON document: format, version, language, and the signs by name with the fields of a lexicon file."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "language": language,
        "signs": {sign.name: to_table(sign) for sign in signs},
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str, file_name: str) -> tuple[str, dict[str, Sign]]:
    """Language and signs of a document that `to_json` wrote; `file_name` is for messages.

    Raises:
        LexiconError: It is no such document, or an entry is not a sign.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LexiconError(f"{file_name}: not valid JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.get("version") != VERSION:
        raise LexiconError(f'{file_name}: not a lexicon: expected "format": "{FORMAT}" and "version": {VERSION}')
    signs, language = document.get("signs"), document.get("language")
    if not isinstance(signs, dict) or not isinstance(language, str):
        raise LexiconError(f'{file_name}: expected "language" as text and "signs" as a table by name')
    found = {}
    for name, row in signs.items():
        try:
            found[name] = parse_sign(name, row)
        except LexiconError as error:
            raise LexiconError(f"{file_name}: {name}: {error}") from error
    return language, found


def to_table(sign: Sign) -> dict[str, Any]:
    """The sign as the fields of a lexicon file; those that say nothing are left out."""
    table: dict[str, Any] = {"english": {part: list(words) for part, words in sign.english.items()}}
    table |= {"sense": sign.sense, "hands": sign.hands, "start": _posture(sign.start)}
    table |= {"other": _posture(sign.other) if sign.other else None, "steps": [_step(step) for step in sign.steps]}
    table |= {"face": list(sign.face), "mouthing": sign.mouthing}
    table |= {"provenance": sign.provenance, "review": sign.review}
    return {name: value for name, value in table.items() if value not in (None, "", [], {})}


def to_toml(sign: Sign) -> str:
    """The sign as an entry of a lexicon file."""
    name = sign.name if sign.name.replace("-", "").isalnum() and sign.name.isascii() else json.dumps(sign.name)
    rows = [f"{field} = {_value(value)}" for field, value in to_table(sign).items()]
    return "\n".join([f"[{name}]", *rows]) + "\n"


def _posture(posture: Posture) -> dict[str, Any]:
    values = {f.name: getattr(posture, f.name) for f in dataclasses.fields(posture)}
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
        if value is not None
    }


def _step(step: Step) -> dict[str, Any]:
    table: dict[str, Any] = {"ms": step.ms}
    usual = Step(ms=step.ms)
    for field in dataclasses.fields(step):
        value = getattr(step, field.name)
        if field.name == "to":
            table |= _posture(value)
        elif field.name == "other_moves" and value is not None:
            moves = {name: part for name, part in _step(value).items() if name != "ms"}
            table["other"] = table.get("other", {}) | moves
        elif value != getattr(usual, field.name):
            table[field.name] = _plain(value)
    return table


def _plain(value: Any) -> Any:
    if isinstance(value, Posture):
        return _posture(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: part for name, part in dataclasses.asdict(value).items() if part is not None}
    return value


def _value(value: Any) -> str:
    """A value in TOML, tables inline."""
    if isinstance(value, dict):
        rows = [f"{name if name.isidentifier() else json.dumps(name)} = {_value(part)}" for name, part in value.items()]
        return "{ " + ", ".join(rows) + " }" if rows else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) >= 1 else repr(value)
    return json.dumps(value, ensure_ascii=False)
