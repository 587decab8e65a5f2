"""The angles of an arm's joints in the field's own terms, and how far hands and arms go beyond their limits.

Limits of the arm are the means plus two standard deviations of healthy men (Boone and Azen, "Normal range of motion of
joints in male subjects", J Bone Joint Surg Am 61, 1979): what few people can exceed. Limits of the fingers are those
within which every handshape is solved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.lexicon.solve_handshapes import LIMITS
from signllm.motion import rotation

Array = npt.NDArray[np.float64]

ARM_LIMITS_DEG: Final[Mapping[str, tuple[float, float]]] = {
    "wrist bend": (-88.0, 89.0),
    "wrist sideways": (-44.0, 30.0),
    "forearm turn": (-86.0, 90.0),
    "elbow": (0.0, 154.0),
}
"""Least and most degrees. Bend: extension to flexion (74.9 + 2 * 6.4, 76.4 + 2 * 6.3). Sideways: towards the little
finger to towards the thumb (36.0 + 2 * 3.8, 21.5 + 2 * 4.0). Turn: palm down to palm up, from the thumb-up middle
(75.8 + 2 * 5.1, 82.1 + 2 * 3.8). Elbow: straight to bent (142.9 + 2 * 5.6)."""
_STRAIGHT: Final = np.radians(25.0)
"""Below this bend of the elbow the upper arm turns the hand too, and the forearm's share of it cannot be told."""
_ROUNDING: Final = np.radians(0.1)
"""Handshapes are written to a tenth of a degree."""


def arm_angles(shoulder: npt.ArrayLike, elbow: npt.ArrayLike, wrist: npt.ArrayLike, axes: npt.ArrayLike) -> Array:
    """Angles of a right arm's joints.

    The wrist's two angles are those under which the forearm's line is seen in the hand's own axes.

    Args:
        shoulder: Position in metres, [..., 3].
        elbow: Position in metres, [..., 3].
        wrist: Position in metres, [..., 3].
        axes: The hand's palm axes as columns, [..., 3, 3].

    Returns:
        Degrees in the order of `ARM_LIMITS_DEG`, [..., 4]; NaN for a turn of the forearm that cannot be told.
    """
    shoulder, elbow, wrist, axes = (np.asarray(x, dtype=np.float64) for x in (shoulder, elbow, wrist, axes))
    upper, lower = rotation.normalize(elbow - shoulder), rotation.normalize(wrist - elbow)
    line = np.einsum("...ij,...i->...j", axes, lower)
    bend = np.arccos(np.clip(np.sum(upper * lower, axis=-1), -1.0, 1.0))
    hinge = rotation.normalize(rotation.cross(upper, lower) + 1e-12)
    middle = rotation.cross(hinge, lower)
    thumb = rotation.rotate(rotation.between(axes[..., :, 1], lower), axes[..., :, 0])  # the wrist's bend taken out
    turn = np.arctan2(np.sum(rotation.cross(middle, thumb) * lower, axis=-1), np.sum(middle * thumb, axis=-1))
    angles = [
        np.arctan2(-line[..., 2], line[..., 1]),
        np.arcsin(np.clip(-line[..., 0], -1.0, 1.0)),
        np.where(bend < _STRAIGHT, np.nan, turn),
        bend,
    ]
    return np.asarray(np.degrees(np.stack(angles, axis=-1)))


def arm_excess(angles: Array) -> Array:
    """Degrees by which `arm_angles` [..., 4] are beyond `ARM_LIMITS_DEG`; zero within them and where unknown."""
    low, high = np.array(list(ARM_LIMITS_DEG.values())).T
    known = np.where(np.isnan(angles), 0.5 * (low + high), angles)
    return np.asarray(np.maximum(0.0, np.maximum(known - high, low - known)))


def finger_excess(angles: Array) -> Array:
    """Degrees by which a hand's 21 angles [..., 21], in radians, are beyond their limits."""
    beyond = np.maximum(angles - LIMITS[1], LIMITS[0] - angles)
    return np.asarray(np.degrees(np.maximum(0.0, beyond - _ROUNDING)))
