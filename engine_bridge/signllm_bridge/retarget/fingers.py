"""Fingers and thumb of one hand, seen as a left one: from the directions of their bones to local rotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from signllm.motion import rotation
from signllm_bridge.retarget import layout, limbs

Array = rotation.Array

THUMB: Final = 0
_STRAIGHT: Final = (0.3, 0.8)
"""Sum of the sines of the thumb's two bends from which its plane begins to count, and from which it alone counts."""
_OPPOSITION: Final = -0.8
"""Radians by which a straight thumb turns its nail for each that it swings across the palm: how the saddle joint at
its root is shaped; fitted to this project's own handshapes."""
_PLAUSIBLE: Final = np.pi / 3
"""Radians from there beyond which the plane counts less and less: an overstretched thumb bends the other way."""


@dataclass(frozen=True, eq=False)
class Fingers:
    """What the fingers of a hand do."""

    directions: Array
    """[..., 5, 3, 3] unit directions (finger, bone, xyz), each in the space of its parent bone."""
    thumb_twist: Array
    """[...] radians by which the thumb's metacarpal turns about itself."""


def solve(directions: Array, known: Array, held: Fingers) -> tuple[Array, Fingers]:
    """Local rotations of the finger bones: flexion about the finger's own axis, then what is left sideways.

    Each bone's direction comes out exactly. None twists about itself but the thumb's metacarpal, which turns until
    the thumb's other joints are hinges.

    Args:
        directions: Unit directions in the space of the hand, [..., 5, 3, 3].
        known: Which of them are to be used, [..., 5, 3].
        held: What takes the place of the others.

    Returns:
        Unit quaternions [..., 5, 3, 4], and what the fingers do.
    """
    left = directions @ layout.FINGER_AXES
    used = np.empty_like(left)
    twist = held.thumb_twist
    for bone in range(3):
        used[..., bone, :] = np.where(known[..., bone, None], left[..., 0, :], held.directions[..., bone, :])
        left = left[..., 1:, :] @ _bone_axes(used[..., bone, :])
        if bone == 0:
            thumb = left[..., THUMB, :, :]
            seen = known[..., THUMB, :].all(axis=-1)
            twist = np.where(seen, _thumb_twist(used[..., THUMB, 0, :], thumb), held.thumb_twist)
            left[..., THUMB, :, :] = _turn_about_x(thumb, -twist[..., None])
    q = _flexion_then_sideways(used)
    q[..., THUMB, 0, :] = rotation.multiply(q[..., THUMB, 0, :], limbs.about_x(twist))
    q[..., :3] = q[..., :3] @ np.swapaxes(layout.FINGER_AXES, -1, -2)
    return q, Fingers(used, twist)


def _thumb_twist(metacarpal: Array, others: Array) -> Array:
    """Twist [...] of the metacarpal that makes the thumb's other joints hinges.

    Args:
        metacarpal: Its direction in the space of the hand, [..., 3].
        others: Directions of the two other bones in the space of the untwisted metacarpal, [..., 2, 3].
    """
    first, second = others[..., 0, :], others[..., 1, :]
    # X x first + first x second, without the part along X: both joints turn about it, the more the more they bend.
    y = -first[..., 2] + first[..., 2] * second[..., 0] - first[..., 0] * second[..., 2]
    z = first[..., 1] + first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    by_opposition = _OPPOSITION * np.arctan2(metacarpal[..., 1], metacarpal[..., 0])
    # An untwisted thumb bends about -Z.
    by_plane = np.arctan2(y, -z)
    trust = limbs.rise(np.hypot(y, z), *_STRAIGHT)
    return np.asarray(by_opposition + trust * limbs.fade(by_plane - by_opposition, _PLAUSIBLE))


def _turn_about_x(v: Array, angle: Array) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([v[..., 0], c * v[..., 1] - s * v[..., 2], s * v[..., 1] + c * v[..., 2]], axis=-1)


def _bone_axes(d: Array) -> Array:
    """Axes as columns, [..., 3, 3], of a bone that flexed about Z and then swung sideways to lie along `d`."""
    x, y, z = d[..., 0], d[..., 1], d[..., 2]
    flat = np.hypot(x, y)
    safe = np.maximum(flat, 1e-9)
    c, s = np.where(flat > 1e-9, x / safe, 1.0), y / safe
    axes = np.empty((*d.shape, 3))
    axes[..., 0] = d
    axes[..., 0, 1], axes[..., 1, 1], axes[..., 2, 1] = -s, c, 0.0
    axes[..., 0, 2], axes[..., 1, 2], axes[..., 2, 2] = -z * c, -z * s, flat
    return axes


def _flexion_then_sideways(d: Array) -> Array:
    """The same frames as `_bone_axes`, as quaternions [..., 4]."""
    flat = np.hypot(d[..., 0], d[..., 1])
    flexion = np.where(flat > 1e-9, 0.5 * np.arctan2(d[..., 1], d[..., 0]), 0.0)
    sideways = -0.5 * np.arctan2(d[..., 2], flat)
    cf, sf, cs, ss = np.cos(flexion), np.sin(flexion), np.cos(sideways), np.sin(sideways)
    return np.stack([-sf * ss, cf * ss, sf * cs, cf * cs], axis=-1)
