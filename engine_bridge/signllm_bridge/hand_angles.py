"""Joint angles of a right hand from its 21 points, however they were found, and a reader of letters by them.

The points of a camera's hand and of the avatar's hand are looked at in the same way: in the hand's own space, which is
spanned by the wrist and the knuckles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion import rotation

Array = npt.NDArray[np.float64]

FINGERS: Final = ("index", "middle", "ring", "little")
JOINTS: Final = (
    *(f"{finger} {joint}" for finger in FINGERS for joint in ("knuckle", "middle", "end")),
    *("thumb knuckle", "thumb end"),
    *("index-middle", "middle-ring", "ring-little"),
    *("thumb root up", "thumb root aside", "thumb tip up", "thumb tip aside"),
)
"""The 21 angles, degrees: bends of the fingers' and the thumb's joints; how far two neighbouring fingers spread; and
the directions of the thumb's first bone and of its tip from the wrist, out of the palm (up) and to its side (aside)."""
BENT_DEG: Final = 50.0
"""A finger is closed when its middle and its end joint together bend further than this."""


def palm_space(points: npt.ArrayLike) -> Array:
    """Points [..., 21, 3] of a right hand in its own space: +X to the thumb, +Y to the fingers, +Z out of the palm."""
    points = np.asarray(points, dtype=np.float64)
    y = rotation.normalize(points[..., 9, :] - points[..., 0, :])
    across = points[..., 5, :] - points[..., 17, :]
    x = rotation.normalize(across - np.sum(across * y, axis=-1, keepdims=True) * y)
    axes = np.stack([x, y, np.cross(x, y)], axis=-1)
    return np.asarray((points - points[..., :1, :]) @ axes)


def joint_angles(points: npt.ArrayLike) -> Array:
    """Degrees [..., 21] in the order of `JOINTS` from points [..., 21, 3] of a right hand, in any unit and space."""
    hand = palm_space(points)
    bends, aside = [], []
    for finger in range(4):
        bones = np.diff(hand[..., 5 + 4 * finger : 9 + 4 * finger, :], axis=-2)
        first = rotation.normalize(bones[..., 0, :])
        bends.append(np.degrees(np.arctan2(first[..., 2], first[..., 1])))
        bends += [_between(bones[..., k, :], bones[..., k + 1, :]) for k in (0, 1)]
        aside.append(np.degrees(np.arcsin(np.clip(first[..., 0], -1.0, 1.0))))
    thumb = np.diff(hand[..., 1:5, :], axis=-2)
    bends += [_between(thumb[..., k, :], thumb[..., k + 1, :]) for k in (0, 1)]
    spread = [aside[k] - aside[k + 1] for k in range(3)]
    directions: list[Array] = []
    for bone in (thumb[..., 0, :], hand[..., 4, :]):
        x, y, z = np.moveaxis(rotation.normalize(bone), -1, 0)
        directions += [np.degrees(np.arcsin(np.clip(z, -1.0, 1.0))), np.degrees(np.arctan2(x, y))]
    return np.stack([*bends, *spread, *directions], axis=-1)


def closed_fingers(angles: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which of the four fingers are closed, [..., 4], from joint angles [..., 21]."""
    bends = np.asarray(angles)[..., :12].reshape(*np.shape(angles)[:-1], 4, 3)
    return np.asarray(bends[..., 1] + bends[..., 2] > BENT_DEG)


def read_letters(known: Mapping[str, Array], shown: Mapping[str, Array]) -> dict[str, str]:
    """What a reader who knows one hand's letters takes each letter of another hand for.

    Args:
        known: Joint angles [21] of each letter of the hand that the reader has learnt.
        shown: The same of the hand that it sees.

    Returns:
        For each letter shown the known letter whose angles are nearest, by the mean of their differences.
    """
    names = list(known)
    table = np.stack([known[name] for name in names])
    return {
        letter: names[int(np.abs(table - angles).mean(axis=-1).argmin())] for letter, angles in sorted(shown.items())
    }


def _between(a: Array, b: Array) -> Array:
    cosine = np.sum(rotation.normalize(a) * rotation.normalize(b), axis=-1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
