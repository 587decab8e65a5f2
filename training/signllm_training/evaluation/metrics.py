"""Plain measures on motion: time alignment, joint errors, path length, jerk."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.intp]


class Alignment(NamedTuple):
    """The cheapest warping path between two clips."""

    total: float
    """Sum of the frame costs along the path."""
    path: IntArray
    """Pairs (row, column) from (0, 0) to the last frames, [P, 2]; each step adds 1 to one or both."""


def dtw(cost: npt.ArrayLike) -> Alignment:
    """Exact dynamic time warping, no band.

    Args:
        cost: Cost of aligning frame i of one clip with frame j of the other, [T, U], both at least 1.

    Returns:
        The path with the smallest sum; between equals the diagonal step wins.

    Raises:
        ValueError: A clip is empty.

    One antidiagonal at a time: its cells depend on the two before it only, so each is one vectorised step.
    """
    cost = np.asarray(cost, dtype=np.float64)
    if cost.ndim != 2 or 0 in cost.shape:
        raise ValueError(f"expected costs [T, U] of two clips of at least one frame, got {cost.shape}")
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for diagonal in range(rows + columns - 1):
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        j = diagonal - i
        before = np.minimum(np.minimum(total[i, j + 1], total[i + 1, j]), total[i, j])
        total[i + 1, j + 1] = cost[i, j] + before
    return Alignment(float(total[-1, -1]), _walk_back(total))


def _walk_back(total: Array) -> IntArray:
    i, j = total.shape[0] - 1, total.shape[1] - 1
    path = [(i - 1, j - 1)]
    while i > 1 or j > 1:
        step = int(np.argmin((total[i - 1, j - 1], total[i - 1, j], total[i, j - 1])))
        i -= step != 2
        j -= step != 1
        path.append((i - 1, j - 1))
    return np.array(path[::-1], dtype=np.intp)


def mpjpe(positions: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Mean distance of joints, in the unit of the positions, [..., J, 3] against [..., J, 3]."""
    return float(np.linalg.norm(np.asarray(positions) - np.asarray(reference), axis=-1).mean())


def pa_mpjpe(positions: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """`mpjpe` after the best rotation, scale and shift of every frame, [..., J, 3] against [..., J, 3].

    Source: Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns".
    """
    moving, fixed = np.asarray(positions, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    moving = moving - moving.mean(axis=-2, keepdims=True)
    fixed = fixed - fixed.mean(axis=-2, keepdims=True)
    u, stretch, vt = np.linalg.svd(np.swapaxes(moving, -1, -2) @ fixed)  # [..., 3, 3]
    handedness = np.ones_like(stretch)
    handedness[..., -1] = np.sign(np.linalg.det(u) * np.linalg.det(vt))  # a mirror image is not a rotation
    turn = u * handedness[..., None, :] @ vt
    size = (moving**2).sum(axis=(-1, -2))
    scale = (stretch * handedness).sum(axis=-1) / np.where(size > 0, size, 1.0)
    return mpjpe(scale[..., None, None] * moving @ turn, fixed)


def total_distance(positions: npt.ArrayLike) -> float:
    """Length of the joints' paths, summed over the joints, [T, J, 3] -> the unit of the positions."""
    return float(np.linalg.norm(np.diff(np.asarray(positions), axis=0), axis=-1).sum())


def jerk(positions: npt.ArrayLike, fps: float) -> float:
    """Mean size of the third derivative of joint positions, [T, J, 3] -> unit / s³; 0 for fewer than 4 frames."""
    positions = np.asarray(positions)
    if len(positions) < 4:
        return 0.0
    return float(np.linalg.norm(np.diff(positions, n=3, axis=0), axis=-1).mean() * fps**3)
