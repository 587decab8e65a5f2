"""Implicit shapes: functions that are negative inside a solid, and smooth ways to join them.

A field takes points [N, 3] in metres and gives about the distance to the surface [N]. Distances are exact for
round shapes and approximate for stretched ones, which is enough: vertices are moved onto the zero set afterwards.
Formulas follow Inigo Quilez, "Distance functions" and "Smooth minimum" (facts; the code is this project's).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Field = Callable[[Array], Array]

_GRADIENT_STEP = 2e-4


def capsule(a: npt.ArrayLike, b: npt.ArrayLike, radius_a: float, radius_b: float) -> Field:
    """A bar from `a` to `b` whose radius goes straight from one end's to the other's."""
    start, along = np.asarray(a, dtype=np.float64), np.subtract(b, a).astype(np.float64)
    squared = float(along @ along)

    def field(p: Array) -> Array:
        rel = p - start
        t = np.clip(rel @ along / squared, 0.0, 1.0)
        rel = rel - t[:, None] * along
        distance = np.sqrt(np.einsum("ni,ni->n", rel, rel))
        return np.asarray(distance - (radius_a + (radius_b - radius_a) * t))

    return field


def ellipsoid(centre: npt.ArrayLike, radii: npt.ArrayLike) -> Field:
    """An ellipsoid with axes along the coordinates."""
    middle, size = np.asarray(centre, dtype=np.float64), np.asarray(radii, dtype=np.float64)

    def field(p: Array) -> Array:
        scaled = (p - middle) / size
        level = np.sqrt(np.einsum("ni,ni->n", scaled, scaled))
        slope = np.sqrt(np.einsum("ni,ni->n", scaled / size, scaled / size))
        return np.asarray(level * (level - 1.0) / np.maximum(slope, 1e-9))

    return field


def tube(axis: int, rows: Sequence[tuple[float, ...]], *, power: float = 2.0, rim: float = 0.010) -> Field:
    """A limb along a coordinate axis with an oval section, given by rows of measurements.

    Args:
        axis: 0, 1 or 2: the coordinate that the rows are sorted by; the other two span the section.
        rows: `(at, low_u, high_u, low_v, high_v)`: where the section lies and its extent, metres.
        power: 2 for an ellipse; larger for a section with fuller corners.
        rim: Metres over which the edges of both flat ends are rounded.

    Returns:
        A field that is closed at both ends.
    """
    table = np.array(rows, dtype=np.float64)
    u_axis, v_axis = (k for k in range(3) if k != axis)

    def field(p: Array) -> Array:
        at = p[:, axis]
        low_u, high_u, low_v, high_v = (np.interp(at, table[:, 0], column) for column in table.T[1:])
        half_u, half_v = 0.5 * (high_u - low_u), 0.5 * (high_v - low_v)
        u = np.abs(p[:, u_axis] - 0.5 * (high_u + low_u)) / half_u
        v = np.abs(p[:, v_axis] - 0.5 * (high_v + low_v)) / half_v
        side = ((u**power + v**power) ** (1.0 / power) - 1.0) * np.minimum(half_u, half_v)
        ends = np.maximum(table[0, 0] - at, at - table[-1, 0])
        return smooth_max(side, ends, rim)

    return field


def smooth_min(a: Array, b: Array, reach: float) -> Array:
    """Smaller of two fields, rounded where they are within `reach` metres of each other."""
    h = np.maximum(reach - np.abs(a - b), 0.0)
    return np.asarray(np.minimum(a, b) - h * h / (4.0 * reach))


def smooth_max(a: Array, b: Array, reach: float) -> Array:
    """Larger of two fields with a rounded edge: `smooth_max(solid, -tool)` cuts the tool out of the solid."""
    return -smooth_min(-a, -b, reach)


def blend(fields: Sequence[Field], reach: float) -> Field:
    """Union of the fields with fillets of about `reach` metres."""

    def field(p: Array) -> Array:
        total = fields[0](p)
        for other in fields[1:]:
            total = smooth_min(total, other(p), reach)
        return total

    return field


def mirrored(field: Field, seam: float = 0.0) -> Field:
    """A field given for x >= 0, on both sides; within about `seam` metres of the midline the crease is rounded."""

    def both(p: Array) -> Array:
        x = np.sqrt(p[:, 0] ** 2 + seam * seam)
        return field(np.column_stack([x, p[:, 1:]]))

    return both


def gradient(field: Field, p: Array) -> Array:
    """[N, 3] slope of the field by central differences: the outward direction at the surface."""
    step = _GRADIENT_STEP * np.eye(3)
    ahead = np.stack([field(p + d) for d in step], axis=-1)
    behind = np.stack([field(p - d) for d in step], axis=-1)
    return np.asarray((ahead - behind) / (2.0 * _GRADIENT_STEP))


def project(field: Field, p: Array, steps: int = 3) -> Array:
    """Points moved onto the surface along the slope (Newton's method), never far at once."""
    for _ in range(steps):
        slope = gradient(field, p)
        move = field(p)[:, None] * slope / np.maximum(np.einsum("ni,ni->n", slope, slope), 0.05)[:, None]
        length = np.linalg.norm(move, axis=-1, keepdims=True)
        p = p - move * np.minimum(1.0, 0.01 / np.maximum(length, 1e-12))
    return p


def smoothstep(low: npt.ArrayLike, high: npt.ArrayLike, x: npt.ArrayLike) -> Array:
    """0 below `low`, 1 above `high`, and a cubic ramp with flat ends between."""
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    t = np.clip((np.asarray(x, dtype=np.float64) - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))
