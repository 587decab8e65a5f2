"""Signs as typed phonological descriptions: postures, movements, and what a sign stands for.

A sign's fields name what the signer does, never numbers of a particular skeleton: a handshape, where the palm faces
and the fingers point, which part of the hand is at which place, and typed movements. A movement has no number that its
author did not write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Final

HANDS: Final = ("one", "symmetric", "alternating", "asymmetric")
OTHER: Final = "other."
"""Prefix of places on the other hand and arm: `other.palm`, `other.elbow`."""
REVIEWS: Final = ("draft", "checked", "approved")
"""`draft` as written, `checked` against two public references, `approved` by two named Deaf reviewers."""
PARTS_OF_SPEECH: Final = (
    *("noun", "verb", "adjective", "adverb", "pronoun", "possessive", "question", "negation", "number", "time"),
    *("preposition", "conjunction", "interjection"),
)
LEXICAL_FACES: Final = (
    *("headshake", "nod", "head-tilt", "head-forward", "head-back", "smile", "frown", "brows-up", "brows-down"),
    *("squint", "eyes-closed", "eyes-wide", "gaze-up", "gaze-down", "gaze-left", "gaze-right", "puffed-cheeks"),
    *("sucked-cheeks", "blow", "mouth-cha", "mouth-oo", "mouth-mm", "mouth-pah", "tongue-out", "teeth"),
)
"""What the face and head may do as part of a sign; `signllm.face` says how it looks."""


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
    radius: float
    turns: float


@dataclass(frozen=True)
class Shake:
    """To and fro along a line, the hand carried along."""

    axis: str
    size: float
    cycles: float


@dataclass(frozen=True)
class Wrist:
    """Turning at the wrist: `nod` bends it, `twist` turns the forearm, `swing` goes sideways."""

    degrees: float
    cycles: float
    both_ways: bool = False
    """Through the middle to both sides, instead of out and back."""


@dataclass(frozen=True)
class Tap:
    """Contacts in a row, leaving the skin in between."""

    times: int
    gap: float
    away: str | None = None
    """Direction in which the hand leaves; away from the skin when absent."""


@dataclass(frozen=True)
class Brush:
    """Strokes along the skin, each followed by a lifted return."""

    toward: str
    length: float
    times: int
    lift: float


@dataclass(frozen=True)
class Wiggle:
    """Fingers that flutter one after the other."""

    degrees: float
    hertz: float


@dataclass(frozen=True)
class Zigzag:
    """Sharp turns from side to side while the hand goes along its path."""

    axis: str
    size: float
    cycles: float


MOVEMENTS: Final[Mapping[str, type]] = MappingProxyType(
    {"circle": Circle, "shake": Shake, "nod": Wrist, "twist": Wrist, "swing": Wrist}
    | {"tap": Tap, "brush": Brush, "wiggle": Wiggle, "zigzag": Zigzag}
)
"""What can be laid over a path, by the name of its field in a step."""


@dataclass(frozen=True)
class Step:
    """One movement: to another posture, along a path, with anything that is laid over it."""

    ms: float
    """Milliseconds that the step takes."""
    to: Posture = field(default_factory=Posture)
    bulge: str | None = None
    """Direction in which the path bows out; a straight line when absent."""
    height: float = 0.0
    """How far it bows, as a share of the path's chord."""
    shape_after: float = 0.0
    """Share of the step after which the handshape begins to change, 0 to below 1."""
    circle: Circle | None = None
    shake: Shake | None = None
    nod: Wrist | None = None
    twist: Wrist | None = None
    swing: Wrist | None = None
    tap: Tap | None = None
    brush: Brush | None = None
    wiggle: Wiggle | None = None
    zigzag: Zigzag | None = None
    both: bool = False
    """The other hand of an asymmetric sign is carried along."""
    other: Posture = field(default_factory=Posture)
    """Where the other hand of an asymmetric sign goes meanwhile."""
    other_moves: Step | None = None
    """How the other hand goes there: only its `bulge`, `height`, `shape_after` and what is laid over the path. Letters
    are the signer's; a turn at the wrist is the signing hand's in the mirror."""


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
    english: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Part of speech -> English base forms that the sign serves; none for letters and digits."""
    sense: str = ""
    """What the sign means and what it does not, for people; empty where the words say it."""
    face: tuple[str, ...] = ()
    """What face and head do with it, out of `LEXICAL_FACES`."""
    mouthing: str = ""
    """English word that is mouthed with it; empty for none."""
    provenance: str = ""
    """Where the description comes from."""
    review: str = "draft"
    """One of `REVIEWS`."""


def merge(posture: Posture, change: Posture) -> Posture:
    """`posture` with the fields that `change` names; a new place starts without the old one's offset."""
    given = {f.name: value for f in fields(Posture) if (value := getattr(change, f.name)) is not None}
    if "at" in given:
        given.setdefault("offset", {})
    return replace(posture, **given)
