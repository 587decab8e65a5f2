"""Rotations as unit quaternions in the order x, y, z, w; every function broadcasts over leading axes.

Formulas are the textbook ones (Shoemake 1985; Diebel 2006, "Representing Attitude"); each one branches
safely at its singularity, because signing hands pass through identity and half turns all the time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

IDENTITY: npt.NDArray[np.float64] = np.array([0.0, 0.0, 0.0, 1.0])
_TINY = 1e-12


def normalize(v: npt.ArrayLike) -> Array:
    """Unit vectors along the last axis; a zero vector stays zero instead of becoming NaN."""
    v = np.asarray(v, dtype=np.float64)
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    return np.asarray(np.divide(v, length, out=np.zeros_like(v), where=length > _TINY))


def multiply(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Quaternion that first turns by `b`, then by `a`, [..., 4]."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    ax, ay, az, aw = (a[..., k] for k in range(4))  # np.moveaxis takes as long as all the rest
    bx, by, bz, bw = (b[..., k] for k in range(4))
    result = np.empty(np.broadcast_shapes(a.shape, b.shape))  # np.stack takes as long again
    result[..., 0] = aw * bx + ax * bw + ay * bz - az * by
    result[..., 1] = aw * by - ax * bz + ay * bw + az * bx
    result[..., 2] = aw * bz + ax * by - ay * bx + az * bw
    result[..., 3] = aw * bw - ax * bx - ay * by - az * bz
    return result


def inverse(q: npt.ArrayLike) -> Array:
    """Opposite rotation of a unit quaternion, [..., 4]."""
    return np.asarray(np.asarray(q, dtype=np.float64) * np.array([-1.0, -1.0, -1.0, 1.0]))


def cross(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Cross products along the last axis, [..., 3]."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    ax, ay, az = (a[..., k] for k in range(3))  # np.cross looks for the axis for longer than it multiplies
    bx, by, bz = (b[..., k] for k in range(3))
    result = np.empty(np.broadcast_shapes(a.shape, b.shape))
    result[..., 0] = ay * bz - az * by
    result[..., 1] = az * bx - ax * bz
    result[..., 2] = ax * by - ay * bx
    return result


def rotate(q: npt.ArrayLike, v: npt.ArrayLike) -> Array:
    """Vectors `v` [..., 3] turned by `q` [..., 4]."""
    q, v = np.asarray(q, dtype=np.float64), np.asarray(v, dtype=np.float64)
    u = q[..., :3]
    twice = 2.0 * cross(u, v)
    return np.asarray(v + q[..., 3:] * twice + cross(u, twice))


def rotvec_to_quat(rotvec: npt.ArrayLike) -> Array:
    """Quaternions from axis times angle in radians, [..., 3] -> [..., 4]."""
    rotvec = np.asarray(rotvec, dtype=np.float64)
    half = 0.5 * np.linalg.norm(rotvec, axis=-1, keepdims=True)
    # np.sinc(x) is sin(pi x)/(pi x): exact at zero, where sin(half)/angle is 0/0.
    return np.concatenate([0.5 * np.sinc(half / np.pi) * rotvec, np.cos(half)], axis=-1)


def quat_to_rotvec(q: npt.ArrayLike) -> Array:
    """Axis times angle in radians, angle in [0, pi], [..., 4] -> [..., 3]."""
    q = np.asarray(q, dtype=np.float64)
    q = np.where(q[..., 3:] < 0.0, -q, q)
    sine = np.linalg.norm(q[..., :3], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., 3:])
    scale = np.divide(angle, sine, out=np.full_like(sine, 2.0), where=sine > _TINY)
    return np.asarray(q[..., :3] * scale)


def axis_angle_to_quat(axis: npt.ArrayLike, angle: npt.ArrayLike) -> Array:
    """Quaternions from unit axes [..., 3] and angles in radians [...]."""
    return rotvec_to_quat(np.asarray(axis) * np.asarray(angle, dtype=np.float64)[..., None])


def quat_to_matrix(q: npt.ArrayLike) -> Array:
    """Rotation matrices, columns are the turned axes, [..., 4] -> [..., 3, 3]."""
    q = np.asarray(q, dtype=np.float64)
    basis = np.broadcast_to(np.eye(3), (*q.shape[:-1], 3, 3))
    return np.swapaxes(rotate(q[..., None, :], basis), -1, -2)


def matrix_to_quat(matrix: npt.ArrayLike) -> Array:
    """Quaternions with w >= 0 from rotation matrices, [..., 3, 3] -> [..., 4].

    Takes the largest of the four components first, so that no division is by a small number.
    """
    m = np.asarray(matrix, dtype=np.float64)
    xx, yy, zz = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    candidates = np.stack(  # row k is 4 * q[k] * q
        [
            np.stack(
                [
                    1 + xx - yy - zz,
                    m[..., 0, 1] + m[..., 1, 0],
                    m[..., 0, 2] + m[..., 2, 0],
                    m[..., 2, 1] - m[..., 1, 2],
                ],
                axis=-1,
            ),
            np.stack(
                [
                    m[..., 0, 1] + m[..., 1, 0],
                    1 - xx + yy - zz,
                    m[..., 1, 2] + m[..., 2, 1],
                    m[..., 0, 2] - m[..., 2, 0],
                ],
                axis=-1,
            ),
            np.stack(
                [
                    m[..., 0, 2] + m[..., 2, 0],
                    m[..., 1, 2] + m[..., 2, 1],
                    1 - xx - yy + zz,
                    m[..., 1, 0] - m[..., 0, 1],
                ],
                axis=-1,
            ),
            np.stack(
                [
                    m[..., 2, 1] - m[..., 1, 2],
                    m[..., 0, 2] - m[..., 2, 0],
                    m[..., 1, 0] - m[..., 0, 1],
                    1 + xx + yy + zz,
                ],
                axis=-1,
            ),
        ],
        axis=-2,
    )  # [..., 4, 4]
    largest = np.argmax(np.diagonal(candidates, axis1=-2, axis2=-1), axis=-1)
    q = normalize(np.take_along_axis(candidates, largest[..., None, None], axis=-2)[..., 0, :])
    return np.where(q[..., 3:] < 0.0, -q, q)


def between(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Smallest rotation that turns direction `a` onto direction `b`, [..., 3] -> [..., 4].

    For opposite directions the axis is any one perpendicular to `a`.
    """
    a, b = normalize(a), normalize(b)
    a, b = np.broadcast_arrays(a, b)
    dot = np.sum(a * b, axis=-1, keepdims=True)
    q = np.concatenate([cross(a, b), 1.0 + dot], axis=-1)
    least = np.eye(3)[np.argmin(np.abs(a), axis=-1)]
    half_turn = np.concatenate([normalize(cross(a, least)), np.zeros_like(dot)], axis=-1)
    return normalize(np.where(dot < -1.0 + 1e-9, half_turn, q))


def slerp(a: npt.ArrayLike, b: npt.ArrayLike, t: npt.ArrayLike) -> Array:
    """Rotation a share `t` [...] of the short way from `a` to `b`, [..., 4]."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    step = quat_to_rotvec(multiply(b, inverse(a)))
    return multiply(rotvec_to_quat(step * np.asarray(t, dtype=np.float64)[..., None]), a)


def slerp_long(a: npt.ArrayLike, b: npt.ArrayLike, t: npt.ArrayLike) -> Array:
    """Like `slerp`, the other way around: through the rest of the full turn. `a` and `b` must differ."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    step = quat_to_rotvec(multiply(b, inverse(a)))
    angle = np.linalg.norm(step, axis=-1, keepdims=True)
    step = step * (1.0 - 2.0 * np.pi / np.maximum(angle, _TINY))
    return multiply(rotvec_to_quat(step * np.asarray(t, dtype=np.float64)[..., None]), a)


def angle_between(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Angle in radians, [0, pi], between rotations `a` and `b`, [..., 4] -> [...]."""
    return np.asarray(np.linalg.norm(quat_to_rotvec(multiply(b, inverse(a))), axis=-1))


def continue_signs(q: npt.ArrayLike, previous: npt.ArrayLike) -> Array:
    """`q` or `-q`, whichever is nearer to `previous`: the same rotation without a jump."""
    q, previous = np.asarray(q, dtype=np.float64), np.asarray(previous, dtype=np.float64)
    return np.where(np.sum(q * previous, axis=-1, keepdims=True) < 0.0, -q, q)


def mirror(q: npt.ArrayLike) -> Array:
    """Rotation seen in the sagittal mirror (x -> -x): what the other hand does."""
    return np.asarray(np.asarray(q, dtype=np.float64) * np.array([1.0, -1.0, -1.0, 1.0]))
