"""The signing space: directions in the signer's terms, places on and around the body, parts of a hand."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.errors import LexiconError
from signllm.motion import rotation
from signllm.motion.skeletons import humanoid

Vector = npt.NDArray[np.float64]

_UNITS: Final = {
    "U": (0.0, 1.0, 0.0),
    "D": (0.0, -1.0, 0.0),
    "L": (1.0, 0.0, 0.0),
    "R": (-1.0, 0.0, 0.0),
    "F": (0.0, 0.0, 1.0),
    "B": (0.0, 0.0, -1.0),
}


@cache
def direction(letters: str) -> Vector:
    """Unit vector of letters U D L R F B as the signer sees them, read-only: `FFU` is mostly forward and somewhat up.

    Raises:
        LexiconError: Another letter, or letters that cancel.
    """
    if not letters or set(letters) - set(_UNITS):
        raise LexiconError(f"direction {letters!r}: use one or more of the letters U D L R F B")
    total = np.sum([_UNITS[letter] for letter in letters], axis=0)
    if not np.any(total):
        raise LexiconError(f"direction {letters!r} cancels itself: leave one of the opposites out")
    found = rotation.normalize(total)
    found.setflags(write=False)
    return found


@dataclass(frozen=True)
class Place:
    """A point that a hand can go to."""

    at: Vector
    """Metres from the midpoint of the shoulders."""
    normal: Vector
    """Unit vector away from the skin."""


@dataclass(frozen=True)
class Part:
    """A part of a hand, in the right palm space."""

    at: Vector
    """Metres from the wrist: a point on the skin, or in the bone for a part that is round."""
    normal: Vector
    """Unit vector away from the hand."""
    flesh: float = 0.0
    """Radius in metres of a round part, such as a finger tip: it touches with whichever side is nearest."""


@cache
def places() -> dict[str, Place]:
    """Named places of the body and the space before it, for a right-handed signer."""
    source = resources.files("signllm.lexicon") / "data" / "locations.toml"
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    return {
        name: Place(np.array(row["at"]) * humanoid.SHOULDER_WIDTH, np.asarray(rotation.normalize(row["normal"])))
        for name, row in table.items()
    }


_PALM_AT_REST: Final = humanoid.palm_to_rest(np.eye(3)).T
"""Columns: the palm axes of the T-pose."""


def hand_orientation(palm: Vector, fingers: Vector) -> rotation.Array:
    """World rotation of a right hand whose palm faces `palm` and whose fingers, extended, point to `fingers`.

    The fingers' direction is kept; the palm's is made perpendicular to it.

    Raises:
        LexiconError: Both directions are the same or opposite.
    """
    y = rotation.normalize(fingers)
    z = np.asarray(palm) - np.dot(palm, y) * y
    if np.linalg.norm(z) < 1e-6:
        raise LexiconError("the palm cannot face along the fingers: choose two directions that differ")
    z = rotation.normalize(z)
    return orientation_of(np.stack([rotation.cross(y, z), y, z], axis=-1))


def orientation_of(axes: rotation.Array) -> rotation.Array:
    """World rotation of a right hand with these palm axes as columns, [..., 3, 3] -> [..., 4]."""
    return rotation.matrix_to_quat(axes @ _PALM_AT_REST.T)


def palm_axes(orientation: npt.ArrayLike) -> rotation.Array:
    """Matrices whose columns are a right hand's palm axes in the world, [..., 4] -> [..., 3, 3]."""
    return np.asarray(rotation.quat_to_matrix(orientation) @ _PALM_AT_REST)


_FLESH: Final = 0.0075
"""Metres from a finger's bone to its skin."""
_HALF_PALM: Final = 0.013

# Keypoint of the hand (wrist, thumb1..4, index1..4, middle1..4, ...) for each part that is one keypoint.
_KEYPOINT_PARTS: Final = {
    "thumb": 4,
    "index": 8,
    "fingertips": 12,
    "ring": 16,
    "little": 20,
    "index_joint": 6,
}
_FIXED_PARTS: Final = {  # point on the skin and outward normal
    "palm": ((0.0, 0.062, _HALF_PALM), (0.0, 0.0, 1.0)),
    "palm_fingers": ((0.003, 0.115, 0.008), (0.0, 0.0, 1.0)),
    "heel": ((0.0, 0.012, _HALF_PALM), (0.0, 0.0, 1.0)),
    "back": ((0.0, 0.060, -_HALF_PALM), (0.0, 0.0, -1.0)),
    "wrist": ((0.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    "wrist_back": ((0.0, -0.012, -0.026), (0.0, 0.0, -1.0)),
    "wrist_front": ((0.0, -0.012, 0.024), (0.0, 0.0, 1.0)),
    "little_side": ((-0.047, 0.055, 0.0), (-1.0, 0.0, 0.0)),
    "knuckles": ((0.003, 0.103, 0.0), (0.0, 1.0, 0.0)),
}
_SIDE_PARTS: Final = {"index_side": (6, 7, 1.0), "middle_side": (10, 11, -1.0)}
"""Between two keypoints of a finger, on its thumb side (1) or its little finger's side (-1)."""
PARTS: Final = (*_KEYPOINT_PARTS, *_FIXED_PARTS, *_SIDE_PARTS)
"""Parts of a hand that can touch or be touched."""
ARM_PLACES: Final = ("forearm", "elbow", "elbow_crook")
"""Places on the other arm: the upper side of the forearm's middle, the point of the elbow, and its inside."""
FOREARM_FLESH: Final = 0.037
ELBOW_FLESH: Final = 0.042
"""Metres from the arm's bone to the sleeve."""


def part_of_hand(part: str, hand: Vector) -> Part:
    """A part of a right hand in its palm space.

    Args:
        part: One of `PARTS`.
        hand: The 21 keypoints of the posed hand in the palm space, [21, 3].

    Raises:
        LexiconError: No such part.
    """
    if part in _FIXED_PARTS:
        at, outward = _FIXED_PARTS[part]
        return Part(np.array(at), np.array(outward))
    if part in _KEYPOINT_PARTS:
        k = _KEYPOINT_PARTS[part]
        return Part(hand[k], np.asarray(rotation.normalize(hand[k] - hand[k - 1])), _FLESH)
    if part in _SIDE_PARTS:
        near, far, side = _SIDE_PARTS[part]
        normal = np.array([side, 0.0, 0.0])
        return Part(0.5 * (hand[near] + hand[far]) + _FLESH * normal, normal)
    raise LexiconError(f"hand part {part!r} is not known; parts are: {', '.join(PARTS)}")
