"""How deep the hands of a pose go into the avatar's body and into each other, measured on its skin.

What counts: the vertices of each hand beyond its sleeve, against the head (without hair, ears and eyes), the trunk and
the trousers, both upper arms, the other forearm and the other hand. The hand's own forearm does not count, for the
wrist is inside its sleeve, nor do fingers of one hand against each other: `hand.clearance` bounds those. Depth is the
distance from the vertex to the nearest point of the skin that it is behind. Flesh gives: up to `FLESH` is a touch.

The nearest points are found in two steps, because `trimesh.proximity` builds a tree of triangles per pose: samples on
every face in a k-d tree name the faces that may be nearest, `trimesh.triangles` finds the point on those. A test holds
the depths to those of `trimesh.proximity.signed_distance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, binary_fill_holes
from scipy.spatial import cKDTree
from trimesh import triangles as trimesh_triangles

from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge.avatar.fields import Array
from signllm_bridge.avatar.mesh import AvatarMesh, Index
from signllm_bridge.avatar.picture import skin_frames
from signllm_bridge.avatar.surface import mean_normals

FLESH: Final = 0.005
"""Metres that skin gives way where it touches."""
SIDES: Final = ("right", "left")
_SPACING: Final = 0.006
"""Metres between samples of a face, at most."""
_DEEPEST: Final = 0.10
"""Metres: no point inside the body is farther from its skin; what is farther from all points cannot be nearest."""
_CELL: Final = 0.015
"""Metres: edge of the cells that say roughly where the body is."""
_NEAR: Final = 4
"""How many samples name candidates for the nearest face."""
_IN_THE_AIR: Final = 0.030
"""Metres: a place that is farther from all skin is a place in the signing space."""
_BESIDE: Final = 0.27
"""Metres from the middle: beyond it there are only arms."""
_TIE: Final = 0.002
"""Metres behind a face's plane from which a vertex is looked at closely."""


@dataclass(frozen=True)
class Collision:
    """The deepest vertex of one frame, or of many."""

    depth: float
    """Metres behind the skin; zero where nothing is."""
    frame: int
    what: str
    """`right hand in left hand`, `left hand in trunk`; empty where nothing is."""


NOTHING: Final = Collision(0.0, 0, "")


@dataclass(frozen=True, eq=False)
class _Samples:
    """Points on faces: which face, and its corners' shares."""

    face: Index
    shares: Array

    @classmethod
    def on(cls, corners: Array) -> _Samples:
        """Centres of equal small triangles on faces of corners [F, 3, 3]."""
        edges = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=-1).max(axis=1)
        parts = np.maximum(1, np.ceil(edges / _SPACING)).astype(np.int64)
        face, shares = [], []
        for n in np.unique(parts):
            rows = np.flatnonzero(parts == n)
            inner = _small_triangles(int(n))
            face.append(np.repeat(rows, len(inner)))
            shares.append(np.tile(inner, (len(rows), 1)))
        return cls(np.concatenate(face), np.concatenate(shares))


def _small_triangles(n: int) -> Array:
    """[n * n, 3] shares of the centres of the triangles that an n-fold division of the edges gives."""
    centres = []
    for i in range(n):
        for j in range(n - i):
            centres.append((i + 1 / 3, j + 1 / 3))
            if i + j < n - 1:
                centres.append((i + 2 / 3, j + 2 / 3))
    a, b = np.array(centres).T / n
    return np.stack([a, b, 1.0 - a - b], axis=-1)


class _Skin:
    """A piece of a posed surface that knows how far points are from it."""

    def __init__(self, corners: Array, normals: Array, names: npt.NDArray[np.str_]) -> None:
        """Prepare a search.

        Args:
            corners: [F, 3, 3] metres, counter-clockwise seen from outside.
            normals: [F, 3, 3] unit normals of the surface at the corners.
            names: [F] what each face belongs to; faces named "" are there, but nothing counts as inside them.
        """
        self.corners, self.normals, self.names = corners, normals, names
        self._samples = _Samples.on(corners)
        self.samples = np.einsum("sk,skp->sp", self._samples.shares, corners[self._samples.face])
        self._tree = cKDTree(self.samples)
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        self._across = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-15)

    def about(self, points: Array) -> tuple[Array, Array, npt.NDArray[np.str_]]:
        """Metres [N] to the nearest sample, metres in front of the plane of its face, and that face's name."""
        distance, sample = self._tree.query(points)
        face = self._samples.face[sample]
        ahead = np.einsum("np,np->n", points - self.corners[face, 0], self._across[face])
        return np.asarray(distance), ahead, self.names[face]

    def signed(self, points: Array) -> tuple[Array, npt.NDArray[np.str_]]:
        """Metres [N] to the nearest point of the piece, negative behind it, and the name of its face."""
        _, sample = self._tree.query(points, k=_NEAR)
        faces = self._samples.face[sample]  # [N, K]
        each = np.repeat(points, _NEAR, axis=0)
        corners = self.corners[faces.ravel()]
        nearest = np.asarray(trimesh_triangles.closest_point(corners, each))  # type: ignore[no-untyped-call]
        apart = np.linalg.norm(each - nearest, axis=1).reshape(-1, _NEAR)
        rows, best = np.arange(len(points)), apart.argmin(axis=1)
        chosen = rows * _NEAR + best
        face = faces[rows, best]
        shares = trimesh_triangles.points_to_barycentric(  # type: ignore[no-untyped-call]
            corners[chosen], nearest[chosen]
        )
        shares = np.clip(shares, 0.0, 1.0)
        normal = np.einsum("nk,nkp->np", shares, self.normals[face])
        side = np.einsum("np,np->n", points - nearest[chosen], normal)
        return np.where(side < 0.0, -1.0, 1.0) * apart[rows, best], self.names[face]


def _signed(pieces: Sequence[_Skin], points: Array) -> tuple[Array, npt.NDArray[np.str_]]:
    """Metres [N] to one closed surface, negative inside, and names; exact inside and close by, about right beyond."""
    columns = np.arange(len(points))
    distances, aheads, found = (np.stack(rows) for rows in zip(*(piece.about(points) for piece in pieces), strict=True))
    nearest = distances.argmin(axis=0)
    result, ahead, names = (rows[nearest, columns] for rows in (distances, aheads, found))
    for k, piece in enumerate(pieces):
        rows = np.flatnonzero((nearest == k) & ((ahead < _TIE) | (result < _SPACING)))
        if len(rows):
            result[rows], names[rows] = piece.signed(points[rows])
    return result, names


_Faces = tuple[Index, npt.NDArray[np.str_]]
"""Faces [F, 3] and what each belongs to [F]."""


class _Room:
    """Cells of space that the body at rest fills or passes near, its arms left out: a quick no for most points."""

    def __init__(self, samples: Array) -> None:
        """Fill the cells inside the closed surfaces that `samples` [S, 3] lie on."""
        self._low = samples.min(axis=0) - 2 * _CELL
        cell = ((samples - self._low) / _CELL).astype(np.int64)
        full = np.zeros(cell.max(axis=0) + 3, dtype=bool)
        full[tuple(cell.T)] = True
        self._full = binary_fill_holes(binary_dilation(full))
        self._full[np.abs(self._low[0] + _CELL * np.arange(full.shape[0])) > _BESIDE] = False

    def may_hold(self, points: Array) -> npt.NDArray[np.bool_]:
        """[N] false where a point is surely outside."""
        cell = np.floor((points - self._low) / _CELL).astype(np.int64)
        inside = _in_box(cell, np.full(3, -1), np.array(self._full.shape))
        result = np.zeros(len(points), dtype=bool)
        result[inside] = self._full[tuple(cell[inside].T)]
        return result


class Body:
    """The avatar's skin, divided into what moves and what stands still while it signs."""

    def __init__(self, mesh: AvatarMesh) -> None:
        """Divide `mesh`: head, legs and the middle of the top stand still; shoulders, sleeves and hands move."""
        self._mesh = mesh
        parts = _part_names(mesh)
        part = np.array(parts)[mesh.part_of_face]
        limb = np.array([_limb(name) for name in HUMANOID.joint_names])
        strongest = mesh.joints[np.arange(len(mesh.joints)), mesh.weights.argmax(axis=1)]
        carried = np.sum(mesh.weights * (limb != "")[mesh.joints], axis=1)
        moves = (carried[mesh.faces] > 0.0).any(axis=1)
        normals = mean_normals(mesh.vertices, mesh.faces)

        def still(rows: npt.NDArray[np.bool_]) -> _Skin:
            faces = mesh.faces[rows]
            return _Skin(mesh.vertices[faces], normals[faces], part[rows])

        self._apart = still((part == "head") | (part == "legs"))
        self._middle = still((part == "trunk") & ~moves)
        self._room = _Room(np.concatenate([self._apart.samples, still(part == "trunk").samples]))
        on_left = mesh.vertices[mesh.faces].mean(axis=1)[:, 0] > 0.0
        moving = ((part == "trunk") & moves) | (part == "hand")
        self._used = np.unique(mesh.faces[moving])
        self._place = np.full(len(mesh.vertices), -1)
        self._place[self._used] = np.arange(len(self._used))
        name = limb[strongest[mesh.faces[:, 0]]]
        name = np.where(name == "", "trunk", np.where(name == "hand", "forearm", name))  # the cuff ends on the hand
        name = np.where(part == "hand", "hand", name)
        self._sleeves: dict[str, _Faces] = {}
        self._hands: dict[str, _Faces] = {}
        self._vertices: dict[str, Index] = {}
        for side in SIDES:
            mine = moving & (on_left == (side == "left"))
            for kind, found in ((part == "trunk", self._sleeves), (part == "hand", self._hands)):
                found[side] = self._place[mesh.faces[mine & kind]], name[mine & kind]
            beyond = np.array([b.startswith(side) and _limb(b) == "hand" for b in HUMANOID.joint_names])
            skin_of_hand = np.array(parts)[mesh.part_of_vertex] == "hand"
            self._vertices[side] = np.flatnonzero(skin_of_hand & beyond[strongest])

    def worst(self, local_rotations: npt.ArrayLike, frames: Index) -> list[Collision]:
        """The deepest vertex of each of some frames of a clip [T, 55, 4]; nothing but the arms may move."""
        posed = skin_frames(self._mesh, np.asarray(local_rotations)[frames], self._used)
        return [self._worst(vertices, int(frame)) for vertices, frame in zip(posed, frames, strict=True)]

    def gap(self, local_rotations: npt.ArrayLike, side: str) -> float:
        """Metres from the skin of a hand to any other skin, in one pose [55, 4]; negative inside."""
        vertices = skin_frames(self._mesh, np.asarray(local_rotations)[None], self._used)[0]
        points = self._hand_points(vertices, side)
        other_hand = [self._piece(vertices, *self._hands[_other(side)])]
        gaps = []
        for pieces in ([self._apart], self._top(vertices, None, side), other_hand):
            distance, names = _signed(pieces, points)
            gaps.append(float(np.min(distance, where=names != "", initial=np.inf)))
        return min(gaps)

    def is_on_skin(self, local_rotations: npt.ArrayLike, points: Array) -> npt.NDArray[np.bool_]:
        """Whether points of the world [N, 3] are on head, trunk, legs or sleeves, in one pose [55, 4]."""
        vertices = skin_frames(self._mesh, np.asarray(local_rotations)[None], self._used)[0]
        distances = [_signed(pieces, points)[0] for pieces in ([self._apart], self._top(vertices, None, ""))]
        return np.asarray(np.min(distances, axis=0) < _IN_THE_AIR)

    def _worst(self, vertices: Array, frame: int) -> Collision:
        found = NOTHING
        for side in SIDES:
            points = self._hand_points(vertices, side)
            in_room = self._room.may_hold(points)
            in_hand = self._in_box_of(vertices, points, *self._hands[_other(side)])
            in_sleeve = in_room.copy()
            for owner in SIDES:
                faces, names = self._sleeves[owner]
                in_sleeve |= self._in_box_of(vertices, points, faces, _without(names, "forearm", owner == side))
            searches = []
            if in_room.any():
                searches.append(([self._apart], points[in_room]))
            if in_sleeve.any():
                searches.append((self._top(vertices, points[in_sleeve], side), points[in_sleeve]))
            if in_hand.any():
                searches.append(([self._piece(vertices, *self._hands[_other(side)])], points[in_hand]))
            for pieces, near in searches:
                distance, names = _signed(pieces, near)
                distance = np.where(names == "", 0.0, distance)
                k = int(distance.argmin())
                if -distance[k] > found.depth:
                    what = f"{_other(side)} hand" if names[k] == "hand" else str(names[k])
                    found = Collision(float(-distance[k]), frame, f"{side} hand in {what}")
        return found

    def _hand_points(self, vertices: Array, side: str) -> Array:
        return np.asarray(vertices[self._place[self._vertices[side]]])

    def _top(self, vertices: Array, points: Array | None, side: str) -> list[_Skin]:
        """The top as the hand of `side` meets it: its middle, and what of the sleeves is near points."""
        pieces = [self._middle]
        for owner in SIDES:
            faces, names = self._sleeves[owner]
            names = _without(names, "forearm", owner == side)
            if points is not None:
                near = _in_box(vertices, points.min(axis=0) - _DEEPEST, points.max(axis=0) + _DEEPEST)
                kept = near[faces[:, 0]] | near[faces[:, 1]] | near[faces[:, 2]]
                faces, names = faces[kept], names[kept]
            if len(faces):
                pieces.append(self._piece(vertices, faces, names))
        return pieces

    @staticmethod
    def _piece(vertices: Array, faces: Index, names: npt.NDArray[np.str_]) -> _Skin:
        used, inverse = np.unique(faces, return_inverse=True)
        local = inverse.reshape(faces.shape)
        return _Skin(vertices[faces], mean_normals(vertices[used], local)[local], names)

    @staticmethod
    def _in_box_of(vertices: Array, points: Array, faces: Index, names: npt.NDArray[np.str_]) -> npt.NDArray[np.bool_]:
        """[N] which points are in the box around the faces that have a name."""
        corners = vertices[faces[names != ""].ravel()]
        return _in_box(points, corners.min(axis=0), corners.max(axis=0))


def _other(side: str) -> str:
    return SIDES[1 - SIDES.index(side)]


def _without(names: npt.NDArray[np.str_], name: str, really: bool) -> npt.NDArray[np.str_]:
    return np.where(names == name, "", names) if really else names


def _part_names(mesh: AvatarMesh) -> list[str]:
    """What each part of the mesh counts as; the first skin of the face is the head, the others are its ears."""
    names = []
    for part in mesh.parts:
        name = {"top": "trunk", "trousers": "legs"}.get(part.material, "")
        if part.material == "skin":
            name = "hand" if part.mesh == "Hands" else "head"
        names.append("" if name == "head" and "head" in names else name)
    return names


def _limb(bone: str) -> str:
    """`upper arm`, `forearm`, `hand`, or nothing for bones that stand still."""
    name = bone.removeprefix("left").removeprefix("right")
    if name == "UpperArm":
        return "upper arm"
    if name == "LowerArm":
        return "forearm"
    return "hand" if name.startswith(("Hand", "Thumb", "Index", "Middle", "Ring", "Little")) else ""


def _in_box(points: Array, low: Array, high: Array) -> npt.NDArray[np.bool_]:
    x, y, z = points.T
    inside = (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1]) & (z > low[2]) & (z < high[2])
    return np.asarray(inside)
