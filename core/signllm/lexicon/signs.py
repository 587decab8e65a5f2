"""The lexicon's files: signs read from TOML and checked, with the file, the sign and the field in every message.

A file is one table per sign, with the fields of `signllm.lexicon.phonology`; a table named `"*"` holds what all of its
entries share.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from signllm.errors import LexiconError
from signllm.lexicon import space
from signllm.lexicon.handshapes import load_handshapes
from signllm.lexicon.phonology import (
    HANDS,
    LEXICAL_FACES,
    MOVEMENTS,
    OTHER,
    PARTS_OF_SPEECH,
    REVIEWS,
    Posture,
    Sign,
    Step,
    merge,
)

_DIRECTIONS: Final = {"start", "toward", "axis", "away"}
"""Fields of movements that hold letters of `space.direction`."""
_POSTURE_FIELDS: Final = tuple(f.name for f in fields(Posture))
_MOVE_FIELDS: Final = ("bulge", "height", "shape_after", *MOVEMENTS)
"""How a hand goes to the posture in which a step ends."""
_START_REQUIRED: Final = ("shape", "palm", "fingers", "at", "part")
_HUGE: Final = 1000.0
"""What no degree, metre, turn or number of times of a sign comes near."""
_DESCRIBING: Final = ("english", "sense", "face", "mouthing", "provenance", "review")
"""Fields that say what a sign stands for, not how the hands make it."""
_SIGN_FIELDS: Final = ("hands", "start", "steps", "other", *_DESCRIBING)
_SHARED: Final = "*"
"""Name of the table that holds what all entries of a file share."""
_SHARED_FIELDS: Final = ("provenance", "review")


ALPHABETS: Final = ("dgs", "dsgs")
"""Languages of which only the manual alphabet is here; its letters are named `dgs:A`."""
OWN_LEXICON: Final = "SIGNLLM_LEXICON"
"""Environment variable that names a folder of signs of one's own: `FOLDER/asl/*.toml`."""


@cache
def load_signs(language: str = "asl") -> dict[str, Sign]:
    """All signs of a language, letters and digits included, by name.

    An entry in the folder that `SIGNLLM_LEXICON` names takes the place of the one that ships under the same name.

    Raises:
        LexiconError: A file holds something that is not a sign; the message names file, line, sign and field.
    """
    signs = read_folder(resources.files("signllm.lexicon") / "data" / language)
    own = own_folder(language)
    return signs | read_folder(own) if own is not None and own.is_dir() else signs


def own_folder(language: str) -> Path | None:
    """Where a user's own signs of a language are kept; None when `SIGNLLM_LEXICON` is not set."""
    folder = os.environ.get(OWN_LEXICON, "")
    return Path(folder) / language if folder else None


def read_folder(folder: Traversable) -> dict[str, Sign]:
    """The signs of all lexicon files in a folder.

    Raises:
        LexiconError: A file is wrong, or two hold the same sign.
    """
    signs: dict[str, Sign] = {}
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            for name, sign in parse_signs(_read(path), path.name).items():
                if name in signs:
                    raise LexiconError(f"{path.name}: {name}: defined twice; keep one of the two entries")
                signs[name] = sign
    return signs


def _read(path: Traversable) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(f"{path.name}: cannot be read as UTF-8 text: {error}") from error


def parse_signs(text: str, file_name: str) -> dict[str, Sign]:
    """Signs of one TOML text; `file_name` is for messages.

    Raises:
        LexiconError: The text is no TOML, or an entry is not a sign.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{file_name}: not valid TOML: {error}") from error
    signs = {}
    shared = table.pop(_SHARED, {})
    for name, row in {_SHARED: shared, **table}.items():
        try:
            if name == _SHARED:
                _only(row, _SHARED_FIELDS, "shared field")
            else:
                signs[name] = parse_sign(name, {**shared, **row} if isinstance(row, dict) else row)
        except LexiconError as error:
            raise LexiconError(f"{file_name}, line {_line(text, name)}: {name}: {error}") from error
    return signs


def _line(text: str, name: str) -> int:
    """Line of the table's heading, counted from 1."""
    lines = text.splitlines()
    headings = (f"[{name}]", f'["{name}"]')
    return next((number for number, line in enumerate(lines, 1) if line.strip().startswith(headings)), 1)


def parse_sign(name: str, row: Any) -> Sign:
    """One sign from the table of its fields.

    Raises:
        LexiconError: A field is missing, unknown or not what it must be.
    """
    _only(row, _SIGN_FIELDS, "field")
    for required in ("hands", "start"):
        if required not in row:
            raise LexiconError(f"field {required!r} is missing")
    if row["hands"] not in HANDS:
        raise LexiconError(f"hands = {row['hands']!r}: choose one of {', '.join(HANDS)}")
    if (row["hands"] == "asymmetric") != ("other" in row):
        raise LexiconError("an asymmetric sign, and no other, describes the other hand in the field 'other'")
    start = _posture(row["start"], "start")
    other = _posture(row["other"], "other") if "other" in row else None
    for label, posture in (("start", start), ("other", other)):
        for required in _START_REQUIRED:
            if posture is not None and getattr(posture, required) is None:
                raise LexiconError(f"{label}: field {required!r} is missing")
    steps = tuple(_step(step, f"steps[{k}]") for k, step in enumerate(row.get("steps", ())))
    _check_course(start, [step.to for step in steps], on_other_hand=other is not None)
    if other is not None:
        _check_course(other, [step.other for step in steps], on_other_hand=False)
    return Sign(
        name=name,
        hands=row["hands"],
        start=start,
        steps=steps,
        other=other,
        english=_english(row.get("english", {})),
        sense=_text(row, "sense"),
        face=_faces(row.get("face", [])),
        mouthing=_text(row, "mouthing"),
        provenance=_text(row, "provenance"),
        review=_review(row.get("review", "draft")),
    )


def _english(row: Any) -> Mapping[str, tuple[str, ...]]:
    _only(row, PARTS_OF_SPEECH, "english: part of speech")
    for part, words in row.items():
        if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
            raise LexiconError(f"english: {part}: expected a list of words in quotes, got {words!r}")
    return MappingProxyType({part: tuple(words) for part, words in row.items()})


def _faces(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list):
        raise LexiconError(f"face: expected a list of names in quotes, got {names!r}")
    for name in names:
        _known(name, LEXICAL_FACES, "face")
    return tuple(names)


def _text(row: Any, key: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, str):
        raise LexiconError(f"field {key!r} must be text in quotes, not {value!r}")
    return value


def _review(value: Any) -> str:
    _known(value, REVIEWS, "review")
    return str(value)


def _check_course(start: Posture, changes: list[Posture], *, on_other_hand: bool) -> None:
    """Every posture that one hand comes to can be made."""
    posture = start
    for change in (Posture(), *changes):
        posture = merge(posture, change)
        assert posture.palm and posture.fingers and posture.at
        space.hand_orientation(space.direction(posture.palm), space.direction(posture.fingers))
        if posture.at.startswith(OTHER) and not on_other_hand:
            raise LexiconError(f"{posture.at!r} is a place for the signing hand of an asymmetric sign only")


def _posture(row: Any, where: str) -> Posture:
    _only(row, _POSTURE_FIELDS, f"{where}: field")
    for key in ("shape", "palm", "fingers", "at", "part"):
        if not isinstance(row.get(key, ""), str):
            raise LexiconError(f"{where}: field {key!r} must be a name in quotes, not {row[key]!r}")
    if (shape := row.get("shape")) is not None:
        _known(shape, load_handshapes(), f"{where}: handshape")
    for key in ("palm", "fingers"):
        if key in row:
            space.direction(row[key])
    for letters in row.get("offset", {}):
        space.direction(letters)
    if (part := row.get("part")) is not None:
        _known(part, space.PARTS, f"{where}: part")
    if (at := row.get("at")) is not None:
        if at.startswith(OTHER):
            _known(at.removeprefix(OTHER), (*space.PARTS, *space.ARM_PLACES), f"{where}: part of the other hand")
        else:
            _known(at, space.places(), f"{where}: place")
    return Posture(**row)


def _step(row: Any, where: str) -> Step:
    _only(row, ("ms", "both", "other", *_MOVE_FIELDS, *_POSTURE_FIELDS), f"{where}: field")
    if not isinstance(row.get("ms"), (int, float)) or row["ms"] <= 0:
        raise LexiconError(f"{where}: field 'ms' must be a positive number of milliseconds")
    if not 0.0 <= row.get("shape_after", 0.0) < 1.0:
        raise LexiconError(f"{where}: shape_after = {row['shape_after']!r}: choose a share from 0 to below 1")
    overlays = {name: _movement(kind, row[name], f"{where}: {name}") for name, kind in MOVEMENTS.items() if name in row}
    if ("bulge" in row) != ("height" in row):
        raise LexiconError(
            f"{where}: an arc needs both: 'bulge', where it bows, and 'height', by which share of its way"
        )
    if "bulge" in row:
        space.direction(row["bulge"])
    other = row.get("other", {})
    _only(other, (*_MOVE_FIELDS, *_POSTURE_FIELDS), f"{where}: other: field")
    moves = {k: v for k, v in other.items() if k in _MOVE_FIELDS}
    return Step(
        ms=float(row["ms"]),
        to=_posture({k: v for k, v in row.items() if k in _POSTURE_FIELDS}, where),
        bulge=row.get("bulge"),
        height=_number(row.get("height", 0.0), f"{where}: field 'height'"),
        shape_after=float(row.get("shape_after", 0.0)),
        both=row.get("both", False),
        other=_posture({k: v for k, v in other.items() if k in _POSTURE_FIELDS}, f"{where}: other"),
        other_moves=_step({"ms": row["ms"], **moves}, f"{where}: other") if moves else None,
        **overlays,
    )


def _movement(kind: type[Any], row: Any, where: str) -> Any:
    """A movement with every number that it needs; only which way a tap leaves and both ways can be left out."""
    known = {f.name: f for f in fields(kind)}
    _only(row, tuple(known), f"{where}: field")
    for name, known_field in known.items():
        if name not in row:
            if known_field.default is MISSING:
                raise LexiconError(f"{where}: field {name!r} is missing; its fields are: {', '.join(known)}")
        elif name in _DIRECTIONS:
            space.direction(row[name])
        elif name != "both_ways":
            _number(row[name], f"{where}: field {name!r}")
    return kind(**row)


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _HUGE:
        raise LexiconError(f"{what} must be a number below {_HUGE:g}, not {value!r}")
    return float(value)


def _only(row: Any, allowed: tuple[str, ...], what: str) -> None:
    if not isinstance(row, dict):
        raise LexiconError(f"{what}: expected a table, got {row!r}")
    for key in row:
        _known(key, allowed, what)


def _known(name: str, allowed: Any, what: str) -> None:
    if name not in allowed:
        raise LexiconError(f"{what} {name!r} is not known; allowed are: {', '.join(allowed)}")
