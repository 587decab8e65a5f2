"""Rotations of the single limbs from directions between keypoints, in the mirror all of them left ones.

Every function is continuous wherever a living arm goes; the points at which an angle has no value lie outside that
range, or its share fades to nothing there, so that a smooth movement never makes a bone jump.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from signllm.motion import rotation
from signllm_bridge.retarget import layout

Array = rotation.Array

_STRAIGHT: Final = (0.10, 0.34)
"""Sine of the elbow's bend from which its plane begins to count, and from which it alone counts: 6 and 20 degrees."""
_FROM_PALM: Final = 0.5
"""Radians by which a straight upper arm at most rolls because the palm turns over."""
_FOREARM_SHARE: Final = 0.5
"""Share of the palm's roll that the forearm bone takes; the skin would wring at the wrist if the hand took it all."""
_PLAUSIBLE: Final = 0.75 * np.pi
"""Twist beyond which no arm goes; past it the share of a bone fades out, until the half turn where signs flip."""
_LEAST_GAP: Final = 0.05
"""Gap of the two best fits of a palm below which its knuckles lie in one line and say nothing about its roll."""


def swing_from(rest: Array) -> Callable[[Array], Array]:
    """Function giving the smallest rotations [..., 4] that turn unit vector `rest` onto unit vectors [..., 3]."""
    x, y, z = rest
    turn = np.array([[0.0, z, -y, x], [-z, 0.0, x, y], [y, -x, 0.0, z]])
    least = np.eye(3)[np.argmin(np.abs(rest))]
    opposite = np.append(rotation.normalize(np.cross(rest, least)), 0.0)

    def swing(direction: Array) -> Array:
        q = direction @ turn
        q[..., 3] += 1.0
        length = np.linalg.norm(q, axis=-1, keepdims=True)
        return np.where(length < 1e-6, opposite, q / np.maximum(length, 1e-6))

    return swing


swing_from_x: Final = swing_from(np.array([1.0, 0.0, 0.0]))
_turn_nose: Final = swing_from(rotation.normalize(layout.NOSE_FROM_HEAD))


def head(direction: Array) -> Array:
    """Rotation of the head bone that puts the nose on the ray from the neck along unit `direction`, [..., 3]."""
    base, length = layout.HEAD_FROM_NECK, np.linalg.norm(layout.NOSE_FROM_HEAD)
    along = np.sum(direction * base, axis=-1, keepdims=True)
    # The joint of the head is nearer to the neck than to the nose: the ray leaves the nose's sphere exactly once.
    distance = along + np.sqrt(along * along + length * length - base @ base)
    return _turn_nose((distance * direction - base) / length)


def palm(knuckles: Array) -> tuple[Array, Array]:
    """Rotation of the hand that fits its knuckles best, in the least-squares sense.

    Args:
        knuckles: Unit directions from the wrist to the four knuckles, [..., 4, 3]; zero where unknown.

    Returns:
        Unit quaternions [..., 4] with w >= 0, and whether the knuckles fix them [...].

    Source: Davenport's q-method (Keat 1977); the best rotation is the eigenvector of the largest eigenvalue.
    """
    b = np.swapaxes(knuckles, -1, -2) @ layout.KNUCKLE_REST  # [..., 3, 3]
    k = b.reshape(*b.shape[:-2], 9) @ _DAVENPORT
    values, vectors = np.linalg.eigh(k.reshape(*b.shape[:-2], 4, 4))
    q = vectors[..., -1]
    return np.where(q[..., 3:] < 0.0, -q, q), values[..., 3] - values[..., 2] > _LEAST_GAP


def humerus_twist(forearm: Array, roll: Array) -> Array:
    """Angle by which the upper arm turns about itself so that the elbow is a hinge.

    A nearly straight elbow has no plane. There the arm keeps the roll that it has when it is simply raised from the
    T-pose, and gives way a little to the palm; in between both are blended.

    Args:
        forearm: Unit direction of the forearm in the space of the untwisted upper arm, [..., 3].
        roll: Roll of the palm about the forearm in radians, [...].

    Returns:
        Radians in [-pi, pi], [...].
    """
    bend = np.hypot(forearm[..., 1], forearm[..., 2])
    low, high = _STRAIGHT
    t = np.clip((bend - low) / (high - low), 0.0, 1.0)
    trust = t * t * (3.0 - 2.0 * t)
    by_palm = _FROM_PALM * np.sin(roll)
    # An untwisted elbow bends from +X towards +Z.
    by_plane = np.arctan2(-forearm[..., 1], forearm[..., 2])
    return np.asarray(by_palm + trust * fade(by_plane - by_palm))


def forearm_twist(roll: Array, humerus: Array) -> Array:
    """Angle of the forearm bone about itself: its share of the palm's `roll` beyond that of the upper arm, [...]."""
    return np.asarray(_FOREARM_SHARE * fade(roll - humerus))


def fade(angle: Array) -> Array:
    """`angle` as it is up to `_PLAUSIBLE`, then shrinking to zero at the half turn: continuous on the circle."""
    angle = np.mod(angle + np.pi, 2.0 * np.pi) - np.pi
    past = np.pi - np.abs(angle)
    return np.asarray(np.sign(angle) * np.minimum(np.abs(angle), past * (_PLAUSIBLE / (np.pi - _PLAUSIBLE))))


def roll_about_x(q: Array) -> Array:
    """Twist of `q` [..., 4] about +X in radians, [-pi, pi], [...]."""
    return np.asarray(2.0 * np.arctan2(q[..., 0], np.abs(q[..., 3])) * np.where(q[..., 3] < 0.0, -1.0, 1.0))


def about_x(angle: Array) -> Array:
    """Rotations [..., 4] by `angle` [...] about +X."""
    q = np.zeros((*angle.shape, 4))
    q[..., 0], q[..., 3] = np.sin(0.5 * angle), np.cos(0.5 * angle)
    return q


def fingers(directions: Array, known: Array, held: Array) -> tuple[Array, Array]:
    """Local rotations of the finger bones: flexion about the finger's own axis, then what is left sideways.

    No bone twists about itself, and each bone's direction comes out exactly.

    Args:
        directions: Unit directions in the space of the hand, [..., 5, 3, 3]: finger, bone, xyz.
        known: Which of them are to be used, [..., 5, 3].
        held: Directions to use for the others, each in the space of its parent bone, [..., 5, 3, 3].

    Returns:
        Unit quaternions [..., 5, 3, 4], and the directions used, in the space of the parents, [..., 5, 3, 3].
    """
    left = directions @ layout.FINGER_AXES
    used = np.empty_like(left)
    for bone in range(3):
        d = np.where(known[..., bone, None], left[..., 0, :], held[..., bone, :])
        used[..., bone, :] = d
        if bone < 2:
            left = left[..., 1:, :] @ _bone_axes(d)
    q = _flexion_then_sideways(used)
    q[..., :3] = q[..., :3] @ np.swapaxes(layout.FINGER_AXES, -1, -2)
    return q, used


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


def _davenport() -> Array:
    """[9, 16] from the entries of B = sum of observed times rest^T to the symmetric 4x4 matrix of the q-method."""
    columns = []
    for b in np.eye(9).reshape(9, 3, 3):
        trace = np.trace(b)
        k = np.empty((4, 4))
        k[:3, :3] = b + b.T - trace * np.eye(3)
        k[:3, 3] = k[3, :3] = b[2, 1] - b[1, 2], b[0, 2] - b[2, 0], b[1, 0] - b[0, 1]
        k[3, 3] = trace
        columns.append(k.ravel())
    return np.array(columns)


_DAVENPORT: Final = _davenport()
