"""From an implicit shape to a closed triangle mesh with shared vertices: surface nets on a rectilinear grid.

Surface nets (Gibson 1998) put one vertex into every cell that the surface crosses and one quad around every
crossed grid edge: no slivers, no lookup table, no cracks. Grid lines may be unevenly spaced, so that fingers get
fine rings and a back gets coarse ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from signllm_bridge.avatar import fields
from signllm_bridge.avatar.fields import Array, Field

Faces = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Surface:
    """A closed surface in the rest pose."""

    vertices: Array
    """[V, 3], metres."""
    normals: Array
    """[V, 3], unit, outwards."""
    faces: Faces
    """[F, 3], counter-clockwise seen from outside."""

    def __post_init__(self) -> None:
        """Protect the arrays: surfaces are kept and shared between builds."""
        for array in (self.vertices, self.normals, self.faces):
            array.setflags(write=False)


def grid_line(*knots: tuple[float, float], end: float) -> Array:
    """Unevenly spaced coordinates: from each knot `(start, step)` to the next one's start, and at last to `end`."""
    starts = [start for start, _ in knots] + [end]
    pieces = []
    for (start, step), stop in zip(knots, starts[1:], strict=True):
        count = max(1, round((stop - start) / step))
        pieces.append(start + (stop - start) * np.arange(count) / count)
    return np.concatenate([*pieces, [end]])


def polygonise(field: Field, lines: Sequence[Array], *, relax: int = 2) -> Surface:
    """Closed mesh of `field`'s zero set inside the grid.

    Args:
        field: Negative inside; the whole solid lies within the grid.
        lines: Coordinates of the grid planes along x, y and z, metres, ascending.
        relax: Rounds of evening out the vertices along the surface.

    Returns:
        Vertices exactly on the surface, with the field's own normals.

    Raises:
        ValueError: The solid reaches the edge of the grid, where the mesh would be open.
    """
    grid = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1)
    values = field(grid.reshape(-1, 3)).reshape(grid.shape[:3])
    values = np.where(values == 0.0, 1e-12, values)
    rim = [np.take(values, (0, -1), axis=axis) for axis in range(3)]
    if min(float(face.min()) for face in rim) < 0.0:
        raise ValueError("the solid reaches the edge of its grid; widen the grid lines")
    vertices, quads = _nets(values, grid)
    sides = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    edges = np.unique(np.sort(sides, axis=1), axis=0)
    vertices = fields.project(field, vertices)
    for _ in range(relax):
        vertices = fields.project(field, _evened(vertices, edges), steps=1)
    vertices = fields.project(field, vertices, steps=2)
    normals = fields.gradient(field, vertices)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    return Surface(vertices, normals, split_quads(vertices, quads))


def sheet(points: Array, normals: Array) -> Surface:
    """An open sheet from a grid of points [U, V, 3]; its front is where `normals` [U * V, 3] point."""
    rows, columns = points.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    corners = (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:])
    quads = np.stack([corner.ravel() for corner in corners], axis=-1)
    vertices = points.reshape(-1, 3)
    faces = split_quads(vertices, quads)
    a, b, c = (vertices[corner] for corner in faces.T)
    facing = np.einsum("ni,ni->", np.cross(b - a, c - a), normals[faces[:, 0]])
    return Surface(vertices, normals, faces if facing > 0.0 else faces[:, ::-1])


def ring(points: Array) -> Surface:
    """A closed tube from its cross-sections, points [around, across, 3]; the front is outside."""
    rows, columns = points.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    ahead, beside = np.roll(number, -1, axis=0), np.roll(number, -1, axis=1)
    corners = (number, ahead, np.roll(ahead, -1, axis=1), beside)
    vertices = points.reshape(-1, 3)
    faces = split_quads(vertices, np.stack([corner.ravel() for corner in corners], axis=-1))
    volume = np.einsum("ni,ni->", vertices[faces[:, 0]], np.cross(vertices[faces[:, 1]], vertices[faces[:, 2]]))
    faces = faces if volume > 0.0 else faces[:, ::-1]
    return Surface(vertices, mean_normals(vertices, faces), faces)


def closed_fan(points: Array) -> Surface:
    """A cap from spokes around a pole, points [spokes, rings, 3] whose first ring is the pole itself, seen from above.

    Spokes run clockwise seen from above (from straight ahead over the left, +X); normals are the faces' mean.
    """
    spokes, rings = points.shape[:2]
    vertices = np.concatenate([points[:1, 0], points[:, 1:].reshape(-1, 3)])
    number = 1 + np.arange(spokes * (rings - 1)).reshape(spokes, rings - 1)
    following = np.roll(number, -1, axis=0)
    fan = np.stack([np.zeros(spokes, dtype=np.int64), number[:, 0], following[:, 0]], axis=-1)
    corners = (number[:, :-1], number[:, 1:], following[:, 1:], following[:, :-1])
    quads = np.stack([corner.ravel() for corner in corners], axis=-1)
    faces = np.concatenate([fan, split_quads(vertices, quads)])
    return Surface(vertices, mean_normals(vertices, faces), faces)


def mean_normals(vertices: Array, faces: Faces) -> Array:
    """[V, 3] unit normals, the mean of the faces around each vertex weighted by area."""
    a, b, c = (vertices[corner] for corner in faces.T)
    across = np.cross(b - a, c - a)
    total = np.stack(
        [np.bincount(faces.T.ravel(), weights=np.tile(across[:, k], 3), minlength=len(vertices)) for k in range(3)],
        axis=-1,
    )
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=-1, keepdims=True), 1e-15))


def merge(surfaces: Sequence[Surface]) -> Surface:
    """Several surfaces as one set of arrays."""
    starts = np.cumsum([0, *(len(one.vertices) for one in surfaces)])
    return Surface(
        np.concatenate([one.vertices for one in surfaces]),
        np.concatenate([one.normals for one in surfaces]),
        np.concatenate([one.faces + start for one, start in zip(surfaces, starts, strict=False)]),
    )


def split_quads(vertices: Array, quads: Faces) -> Faces:
    """Two triangles per quad, cut along the shorter diagonal."""
    a, b, c, d = quads.T
    ac = np.linalg.norm(vertices[a] - vertices[c], axis=-1)
    bd = np.linalg.norm(vertices[b] - vertices[d], axis=-1)
    first = np.where((ac <= bd)[:, None], np.stack([a, b, c], -1), np.stack([a, b, d], -1))
    second = np.where((ac <= bd)[:, None], np.stack([a, c, d], -1), np.stack([b, c, d], -1))
    return np.concatenate([first, second])


def _nets(values: Array, grid: Array) -> tuple[Array, Faces]:
    """One vertex per crossed cell (mean of its edges' crossings), one outward quad per crossed edge."""
    cells = tuple(n - 1 for n in values.shape)
    total = np.zeros((*cells, 3))
    count = np.zeros(cells)
    rings = []
    for axis in range(3):
        low, high = np.moveaxis(values, axis, 0)[:-1], np.moveaxis(values, axis, 0)[1:]
        # `base` indexes the edge's lower grid point; the four cells around the edge lie at base minus 0 or 1 in u, v.
        base = np.argwhere((low < 0.0) != (high < 0.0))
        ends = low[tuple(base.T)], high[tuple(base.T)]
        t = (ends[0] / (ends[0] - ends[1]))[:, None]
        base[:, : axis + 1] = np.roll(base[:, : axis + 1], -1, axis=1)  # axis index back to its own column
        step = np.eye(3, dtype=np.int64)[axis]
        point = (1.0 - t) * grid[tuple(base.T)] + t * grid[tuple((base + step).T)]
        u, v = np.eye(3, dtype=np.int64)[(axis + 1) % 3], np.eye(3, dtype=np.int64)[(axis + 2) % 3]
        around = np.stack([base - u - v, base - v, base, base - u], axis=1)  # [E, 4, 3], turning about +axis
        for corner in range(4):
            np.add.at(total, tuple(around[:, corner].T), point)
            np.add.at(count, tuple(around[:, corner].T), 1.0)
        leaving = ends[0] < 0.0
        rings.append(np.where(leaving[:, None, None], around, around[:, ::-1]))
    used = count > 0
    number = np.cumsum(used.ravel()).reshape(cells) - 1
    quads = number[tuple(np.moveaxis(np.concatenate(rings), -1, 0))]
    return total[used] / count[used][:, None], quads


def _evened(vertices: Array, edges: Faces) -> Array:
    """Every vertex moved half way to the mean of its neighbours."""
    pairs = np.concatenate([edges, edges[:, ::-1]])
    degree = np.bincount(pairs[:, 0], minlength=len(vertices))[:, None]
    total = np.stack(
        [np.bincount(pairs[:, 0], weights=vertices[pairs[:, 1], k], minlength=len(vertices)) for k in range(3)], -1
    )
    return np.asarray(0.5 * vertices + 0.5 * total / degree)
