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

from signllm.lexicon import arm, space
from signllm.lexicon.handshapes import LIMITS
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
_STRAIGHT_DEG: Final = 25.0
"""Below this bend of the elbow the upper arm turns the hand too, and the forearm's share of it cannot be told."""
_ROUNDS: Final = 4
_MARGIN: Final = 0.5
"""Degrees within its limit to which a joint is turned back."""
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
    angles = _angles(*(np.asarray(x, dtype=np.float64) for x in (shoulder, elbow, wrist, axes)))
    angles[..., 2] = np.where(angles[..., 3] < _STRAIGHT_DEG, np.nan, angles[..., 2])
    return angles


def arm_excess(angles: Array) -> Array:
    """Degrees by which `arm_angles` [..., 4] are beyond `ARM_LIMITS_DEG`; zero within them and where unknown."""
    low, high = np.array(list(ARM_LIMITS_DEG.values())).T
    known = np.where(np.isnan(angles), 0.5 * (low + high), angles)
    return np.asarray(np.maximum(0.0, np.maximum(known - high, low - known)))


def within_limits(wrist: Array, orientation: Array) -> Array:
    """Hands turned back to where a right arm's wrist and forearm can take them; those within limits stay as they are.

    Args:
        wrist: Reachable wrist, metres from the midpoint of the shoulders, [T, 3].
        orientation: World rotation of the hand bone, [T, 4].

    Returns:
        [T, 4]
    """
    for _ in range(_ROUNDS):  # the elbow follows the hand that is turned back
        axes = space.palm_axes(orientation)
        elbow = arm.elbow(wrist, axes)
        angles = _angles(arm.SHOULDER, elbow, wrist, axes)
        low, high = np.array(list(ARM_LIMITS_DEG.values())).T
        kept = np.clip(angles, low + _MARGIN, high - _MARGIN)
        kept[:, 2] = np.where(angles[:, 3] < _STRAIGHT_DEG, angles[:, 2], kept[:, 2])
        beyond = np.flatnonzero(np.abs(kept - angles)[:, :3].max(axis=-1) > _MARGIN)
        if not len(beyond):
            break
        orientation = orientation.copy()
        orientation[beyond] = space.orientation_of(_axes_of(kept[beyond], elbow[beyond], wrist[beyond]))
    return orientation


def _angles(shoulder: Array, elbow: Array, wrist: Array, axes: Array) -> Array:
    """`arm_angles` with every turn of the forearm, told or not."""
    lower, middle, bend = _forearm(shoulder, elbow, wrist)
    line = np.einsum("...ij,...i->...j", axes, lower)
    thumb = rotation.rotate(rotation.between(axes[..., :, 1], lower), axes[..., :, 0])  # the wrist's bend taken out
    turn = np.arctan2(np.sum(rotation.cross(middle, thumb) * lower, axis=-1), np.sum(middle * thumb, axis=-1))
    angles = [np.arctan2(-line[..., 2], line[..., 1]), np.arcsin(np.clip(-line[..., 0], -1.0, 1.0)), turn, bend]
    return np.asarray(np.degrees(np.stack(angles, axis=-1)))


def _axes_of(angles: Array, elbow: Array, wrist: Array) -> Array:
    """The palm axes [..., 3, 3] of a right arm with these `arm_angles` [..., 4]: their inverse."""
    bend, sideways, turn = (np.radians(angles[..., k]) for k in range(3))
    lower, middle, _ = _forearm(arm.SHOULDER, elbow, wrist)
    thumb = np.cos(turn)[..., None] * middle + np.sin(turn)[..., None] * rotation.cross(lower, middle)
    straight = np.stack([thumb, lower, rotation.cross(thumb, lower)], axis=-1)
    line = np.stack([-np.sin(sideways), np.cos(sideways) * np.cos(bend), -np.cos(sideways) * np.sin(bend)], axis=-1)
    bent = rotation.quat_to_matrix(rotation.between(np.array([0.0, 1.0, 0.0]), line))
    return np.asarray(straight @ np.swapaxes(bent, -1, -2))


def _forearm(shoulder: Array, elbow: Array, wrist: Array) -> tuple[Array, Array, Array]:
    """The forearm's direction, the thumb's with the forearm turned neither way, and the elbow's bend in radians."""
    upper, lower = rotation.normalize(elbow - shoulder), rotation.normalize(wrist - elbow)
    hinge = rotation.normalize(rotation.cross(upper, lower) + 1e-12)
    bend = np.arccos(np.clip(np.sum(upper * lower, axis=-1), -1.0, 1.0))
    return lower, rotation.cross(hinge, lower), bend


def finger_excess(angles: Array) -> Array:
    """Degrees by which a hand's 21 angles [..., 21], in radians, are beyond their limits."""
    beyond = np.maximum(angles - LIMITS[1], LIMITS[0] - angles)
    return np.asarray(np.degrees(np.maximum(0.0, beyond - _ROUNDING)))
