"""Signs as typed phonological descriptions: a starting posture and steps, read from TOML and checked.

A sign's fields name what the signer does, never numbers of a particular skeleton: a handshape, where the palm faces
and the fingers point, which part of the hand is at which place, and typed movements.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib import resources
from typing import Any, Final

from signllm.errors import LexiconError
from signllm.lexicon import space
from signllm.lexicon.handshapes import load_handshapes

HANDS: Final = ("one", "symmetric", "alternating", "asymmetric")
OTHER: Final = "other."
"""Prefix of places on the other hand: `other.palm`."""


@dataclass(frozen=True)
class Posture:
    """How one hand is held. In a step, a field that is absent stays as it was."""

    shape: str | None = None
    """Handshape."""
    palm: str | None = None
    """Direction that the palm faces, letters of `space.direction`."""
    fingers: str | None = None
    """Direction in which the fingers point, or would if they were straight."""
    at: str | None = None
    """Place: a name of locations.toml, or `other.` and a part of the other hand."""
    part: str | None = None
    """Part of this hand that is at the place."""
    touch: bool | None = None
    """The part's skin meets the place's skin."""
    offset: Mapping[str, float] | None = None
    """Metres from the place, by direction: `{ F = 0.15, D = 0.05 }`."""


@dataclass(frozen=True)
class Circle:
    """A circle that starts at its extreme `start` and leaves towards `toward`."""

    start: str
    toward: str
    radius: float = 0.05
    turns: float = 2.0


@dataclass(frozen=True)
class Shake:
    """To and fro along a line, the hand carried along."""

    axis: str
    size: float = 0.05
    cycles: float = 2.0


@dataclass(frozen=True)
class Wrist:
    """Turning at the wrist: `nod` bends it, `twist` turns the forearm, `swing` goes sideways."""

    degrees: float
    cycles: float = 2.0
    both_ways: bool = False
    """Through the middle to both sides, instead of out and back."""


@dataclass(frozen=True)
class Tap:
    """Contacts in a row, leaving the skin in between."""

    times: int = 2
    gap: float = 0.035
    away: str | None = None
    """Direction in which the hand leaves; away from the skin when absent."""


@dataclass(frozen=True)
class Brush:
    """Strokes along the skin, each followed by a lifted return."""

    toward: str
    length: float = 0.06
    times: int = 2
    lift: float = 0.03


@dataclass(frozen=True)
class Wiggle:
    """Fingers that flutter one after the other."""

    degrees: float = 25.0
    hertz: float = 3.0


@dataclass(frozen=True)
class Step:
    """One movement: to another posture, along a path, with anything that is laid over it."""

    ms: float
    """Milliseconds that the step takes."""
    to: Posture = field(default_factory=Posture)
    bulge: str | None = None
    """Direction in which the path bows out; a straight line when absent."""
    height: float = 0.35
    """How far it bows, as a share of the path's chord."""
    circle: Circle | None = None
    shake: Shake | None = None
    nod: Wrist | None = None
    twist: Wrist | None = None
    swing: Wrist | None = None
    tap: Tap | None = None
    brush: Brush | None = None
    wiggle: Wiggle | None = None
    both: bool = False
    """The other hand of an asymmetric sign is carried along."""
    other: Posture = field(default_factory=Posture)
    """Where the other hand of an asymmetric sign goes meanwhile."""


@dataclass(frozen=True)
class Sign:
    """One entry of the lexicon."""

    name: str
    hands: str
    """One of `HANDS`; the other hand of a symmetric sign mirrors, of an alternating one by half a cycle later."""
    start: Posture
    steps: tuple[Step, ...]
    """Movements in order; a sign without any is held."""
    other: Posture | None
    """Posture of the other hand of an asymmetric sign; left is the signer's left here too."""
    review: str = "draft"
    """`draft` until Deaf reviewers have approved it."""


_OVERLAYS: Final = {
    "circle": Circle,
    "shake": Shake,
    "nod": Wrist,
    "twist": Wrist,
    "swing": Wrist,
    "tap": Tap,
    "brush": Brush,
    "wiggle": Wiggle,
}
_DIRECTIONS: Final = {"start", "toward", "axis", "away"}
"""Fields of movements that hold letters of `space.direction`."""
_POSTURE_FIELDS: Final = tuple(f.name for f in fields(Posture))
_START_REQUIRED: Final = ("shape", "palm", "fingers", "at", "part")
_SIGN_FIELDS: Final = ("hands", "start", "steps", "other", "review")


@cache
def load_signs(language: str = "asl") -> dict[str, Sign]:
    """All signs of a language, letters and digits included, by name.

    Raises:
        LexiconError: A file holds something that is not a sign; the message names file, sign and field.
    """
    folder = resources.files("signllm.lexicon") / "data" / language
    signs: dict[str, Sign] = {}
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            for name, sign in parse_signs(path.read_text(encoding="utf-8"), path.name).items():
                if name in signs:
                    raise LexiconError(f"{path.name}: {name}: defined twice; keep one of the two entries")
                signs[name] = sign
    return signs


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
    for name, row in table.items():
        try:
            signs[name] = _sign(name, row)
        except LexiconError as error:
            raise LexiconError(f"{file_name}: {name}: {error}") from error
    return signs


def _sign(name: str, row: Any) -> Sign:
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
        review=row.get("review", "draft"),
    )


def merge(posture: Posture, change: Posture) -> Posture:
    """`posture` with the fields that `change` names; a new place starts without the old one's offset."""
    given = {f.name: value for f in fields(Posture) if (value := getattr(change, f.name)) is not None}
    if "at" in given:
        given.setdefault("offset", {})
    return replace(posture, **given)


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
            _known(at.removeprefix(OTHER), space.PARTS, f"{where}: part of the other hand")
        else:
            _known(at, space.places(), f"{where}: place")
    return Posture(**row)


def _step(row: Any, where: str) -> Step:
    known = ("ms", "bulge", "height", "both", "other", *_OVERLAYS, *_POSTURE_FIELDS)
    _only(row, known, f"{where}: field")
    if not isinstance(row.get("ms"), (int, float)) or row["ms"] <= 0:
        raise LexiconError(f"{where}: field 'ms' must be a positive number of milliseconds")
    overlays = {}
    for name, kind in _OVERLAYS.items():
        if name in row:
            _only(row[name], tuple(f.name for f in fields(kind)), f"{where}: {name}: field")
            try:
                overlays[name] = kind(**row[name])
            except TypeError as error:
                raise LexiconError(f"{where}: {name}: {error}") from error
            for key in _DIRECTIONS & row[name].keys():
                space.direction(row[name][key])
    if "bulge" in row:
        space.direction(row["bulge"])
    return Step(
        ms=float(row["ms"]),
        to=_posture({k: v for k, v in row.items() if k in _POSTURE_FIELDS}, where),
        bulge=row.get("bulge"),
        height=row.get("height", 0.35),
        both=row.get("both", False),
        other=_posture(row.get("other", {}), f"{where}: other"),
        **overlays,
    )


def _only(row: Any, allowed: tuple[str, ...], what: str) -> None:
    if not isinstance(row, dict):
        raise LexiconError(f"{what}: expected a table, got {row!r}")
    for key in row:
        _known(key, allowed, what)


def _known(name: str, allowed: Any, what: str) -> None:
    if name not in allowed:
        raise LexiconError(f"{what} {name!r} is not known; allowed are: {', '.join(allowed)}")
