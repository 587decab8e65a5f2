"""Rotations of head, arm and palm from directions between keypoints, both arms seen as left ones.

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
    by_palm = _FROM_PALM * np.sin(roll)
    # An untwisted elbow bends from +X towards +Z.
    by_plane = np.arctan2(-forearm[..., 1], forearm[..., 2])
    return np.asarray(by_palm + rise(bend, *_STRAIGHT) * fade(by_plane - by_palm))


def forearm_twist(roll: Array, humerus: Array) -> Array:
    """Angle of the forearm bone about itself: its share of the palm's `roll` beyond that of the upper arm, [...]."""
    return np.asarray(_FOREARM_SHARE * fade(roll - humerus))


def rise(x: Array, low: float, high: float) -> Array:
    """From 0 at `low` to 1 at `high`, without a kink at either."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def fade(angle: Array, most: float = _PLAUSIBLE) -> Array:
    """`angle` as it is up to `most`, then shrinking to zero at the half turn: continuous on the circle."""
    angle = np.mod(angle + np.pi, 2.0 * np.pi) - np.pi
    size = np.abs(angle)
    return np.asarray(np.sign(angle) * np.minimum(size, (np.pi - size) * (most / (np.pi - most))))


def into(q: Array, v: Array) -> Array:
    """Vectors `v` [..., N, 3] in the space that `q` [..., 4] turns: `rotate(inverse(q), v)` at a fifth of its price."""
    squares = (q[..., :, None] * q[..., None, :]).reshape(*q.shape[:-1], 16)
    return np.asarray(v @ (squares @ _MATRIX).reshape(*q.shape[:-1], 3, 3))


def roll_about_x(q: Array) -> Array:
    """Twist of `q` [..., 4] about +X in radians, [-pi, pi], [...]."""
    return np.asarray(2.0 * np.arctan2(q[..., 0], np.abs(q[..., 3])) * np.where(q[..., 3] < 0.0, -1.0, 1.0))


def about_x(angle: Array) -> Array:
    """Rotations [..., 4] by `angle` [...] about +X."""
    q = np.zeros((*angle.shape, 4))
    q[..., 0], q[..., 3] = np.sin(0.5 * angle), np.cos(0.5 * angle)
    return q


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


def _matrix() -> Array:
    """[16, 9] from the products of a quaternion's components, q[i] q[j], to the entries of its rotation matrix."""
    x, y, z, w = np.eye(4)
    rows = [
        [(x, x, 1), (y, y, -1), (z, z, -1), (w, w, 1)],
        [(x, y, 2), (z, w, -2)],
        [(x, z, 2), (y, w, 2)],
        [(x, y, 2), (z, w, 2)],
        [(x, x, -1), (y, y, 1), (z, z, -1), (w, w, 1)],
        [(y, z, 2), (x, w, -2)],
        [(x, z, 2), (y, w, -2)],
        [(y, z, 2), (x, w, 2)],
        [(x, x, -1), (y, y, -1), (z, z, 1), (w, w, 1)],
    ]
    return np.stack([np.sum([c * np.outer(a, b) for a, b, c in row], axis=0).ravel() for row in rows], axis=-1)


_DAVENPORT: Final = _davenport()
_MATRIX: Final = _matrix()
