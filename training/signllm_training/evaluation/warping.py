"""Time warping beyond `metrics.dtw`: many totals at once, a band, and the approximation that published codes use."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm_training.evaluation.metrics import Alignment, Array, dtw

FAST_RADIUS: Final = 1
"""Radius of the package fastdtw where none is given."""


def dtw_totals(costs: npt.ArrayLike) -> Array:
    """Totals of the cheapest paths through many cost tables of one size, without the paths.

    Args:
        costs: [..., T, U], T and U at least 1; leading axes are tables of their own.

    Returns:
        [...], each what `metrics.dtw` gives for its table.

    Raises:
        ValueError: A clip is empty.

    One antidiagonal of all tables at a time; only the two before it are kept.
    """
    costs = np.asarray(costs, dtype=np.float64)
    if costs.ndim < 2 or 0 in costs.shape[-2:]:
        raise ValueError(f"expected costs [..., T, U] of clips of at least one frame, got {costs.shape}")
    *batch, rows, columns = costs.shape
    before = np.full((*batch, rows + 1), np.inf)  # by row + 1, so that place 0 is the edge
    last = before.copy()
    before[..., 0] = 0.0
    for diagonal in range(rows + columns - 1):
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        new = np.full_like(last, np.inf)
        cheapest = np.minimum(np.minimum(last[..., i], last[..., i + 1]), before[..., i])
        new[..., i + 1] = costs[..., i, diagonal - i] + cheapest
        before, last = last, new
    totals: Array = last[..., rows]
    return totals


def within_band(rows: int, columns: int, band: float) -> npt.NDArray[np.bool_]:
    """Pairs of frames whose places in their clips differ by at most `band` of a clip, [T, U].

    A path through the band always exists: it is never narrower than the steps of the shorter clip.
    """
    shorter = min(rows, columns)
    if shorter == 1:
        return np.ones((rows, columns), dtype=bool)
    first, second = np.linspace(0.0, 1.0, rows), np.linspace(0.0, 1.0, columns)
    width = max(band, 0.5 / (shorter - 1))
    inside: npt.NDArray[np.bool_] = np.abs(first[:, None] - second) <= width + 1e-9
    return inside


def banded_dtw(cost: Array, band: float) -> Alignment:
    """Exact time warping among the pairs `within_band`; a band of 1 is no band."""
    return dtw(np.where(within_band(len(cost), cost.shape[1], band), cost, np.inf))


def fast_dtw(
    first: Array, second: Array, compute_cost: Callable[[Array, Array], Array], radius: int = FAST_RADIUS
) -> Alignment:
    """FastDTW: a path found at half the frame rate is refined within `radius` frames of it, again and again.

    The total is at least that of exact warping, and usually a little more. Published measures that call the package
    fastdtw are defined by this path, down to which of two equal steps it takes: to the frame before in the first clip,
    then in the second, then in both.

    Args:
        first: [T, ...], T at least 1.
        second: [U, ...], U at least 1.
        compute_cost: Costs of all pairs of frames, [t, ...] and [u, ...] -> [t, u].
        radius: Frames around the coarser path, at least 1.

    Raises:
        ValueError: The radius is below 1, or a clip is empty.

    Source: Salvador and Chan 2007, "Toward accurate dynamic time warping in linear time and space".
    """
    if radius < 1:
        raise ValueError(f"expected a radius of at least 1, got {radius}")
    if not (len(first) and len(second)):
        raise ValueError(f"expected two clips of at least one frame, got {len(first)} and {len(second)} frames")
    if min(len(first), len(second)) < radius + 2:
        spans = [range(len(second))] * len(first)
    else:
        coarse = fast_dtw(_half(first), _half(second), compute_cost, radius)
        spans = _around(coarse, len(first), len(second), radius)
    return _dtw_within(compute_cost(first, second).tolist(), spans)


def _dtw_within(cost: list[list[float]], spans: list[range]) -> Alignment:
    """The cheapest path through the cells of `spans`, which are few: a plain loop is faster here than diagonals."""
    columns = len(cost[0])
    total = [[math.inf] * (columns + 1) for _ in range(len(cost) + 1)]  # one row and one column before the first
    total[0][0] = 0.0
    for i, span in enumerate(spans):
        above, row = total[i], total[i + 1]
        for j in span:
            row[j + 1] = cost[i][j] + min(above[j + 1], row[j], above[j])
    i, j = len(cost), columns
    path = [(i - 1, j - 1)]
    while i > 1 or j > 1:
        steps = ((i - 1, j), (i, j - 1), (i - 1, j - 1))
        i, j = min(steps, key=lambda step: total[step[0]][step[1]])  # the first of equals
        path.append((i - 1, j - 1))
    return Alignment(total[-1][-1], np.array(path[::-1], dtype=np.intp))


def _half(clip: Array) -> Array:
    """Means of neighbouring frames; the last of an odd number has none and is left out."""
    even = len(clip) - len(clip) % 2
    halved: Array = (clip[0:even:2] + clip[1:even:2]) / 2
    return halved


def _around(coarse: Alignment, rows: int, columns: int, radius: int) -> list[range]:
    """Columns of each row whose pair of frames is within `radius` coarse frames of the coarse path."""
    first, last = [columns] * rows, [0] * rows
    for i, j in coarse.path.tolist():
        for row in range(max(0, 2 * (i - radius)), min(rows, 2 * (i + radius + 1))):
            first[row] = min(first[row], max(0, 2 * (j - radius)))
            last[row] = max(last[row], min(columns, 2 * (j + radius + 1)))
    return [range(start, stop) for start, stop in zip(first, last, strict=True)]
