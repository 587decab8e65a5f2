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
_DEEPEST: Final = {"hand": 0.025, "arm": 0.060}
"""Metres; faces that are farther from all vertices of a hand than this cannot be nearest to one that is inside."""
_CELL: Final = 0.015
"""Metres: edge of the cells that say roughly where the body is."""
_NEAR: Final = 4
"""How many samples name candidates for the nearest face."""
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


class Skin:
    """A posed surface that knows how deep points are behind it."""

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

    def deepest(self, points: Array) -> tuple[float, str]:
        """Metres by which the deepest of points [N, 3] is behind the skin, and the name of what it is in.

        Zero and "" when all are in front of it.
        """
        if not len(points):
            return 0.0, ""
        _, sample = self._tree.query(points)
        face = self._samples.face[sample]
        ahead = np.einsum("np,np->n", points - self.corners[face, 0], self._across[face])
        near = points[ahead < _TIE]
        if not len(near):
            return 0.0, ""
        distance, face = self._signed(near)
        distance = np.where(self.names[face] == "", 0.0, distance)
        k = int(distance.argmin())
        return (float(-distance[k]), str(self.names[face[k]])) if distance[k] < 0.0 else (0.0, "")

    def _signed(self, points: Array) -> tuple[Array, Index]:
        """Distances [N], negative behind the skin, and the nearest faces."""
        _, sample = self._tree.query(points, k=_NEAR)
        faces = self._samples.face[sample]  # [N, K]
        each = np.repeat(points, _NEAR, axis=0)
        corners = self.corners[faces.ravel()]
        nearest = trimesh_triangles.closest_point(corners, each)
        apart = np.linalg.norm(each - nearest, axis=1).reshape(-1, _NEAR)
        rows, best = np.arange(len(points)), apart.argmin(axis=1)
        chosen = rows * _NEAR + best
        face = faces[rows, best]
        shares = np.clip(trimesh_triangles.points_to_barycentric(corners[chosen], nearest[chosen]), 0.0, 1.0)
        normal = np.einsum("nk,nkp->np", shares, self.normals[face])
        side = np.einsum("np,np->n", points - nearest[chosen], normal)
        return np.where(side < 0.0, -1.0, 1.0) * apart[rows, best], face


class _Room:
    """Cells of space that a closed surface fills or passes near: a quick no for most points."""

    def __init__(self, samples: Array) -> None:
        """Fill the cells inside the surface that `samples` [S, 3] lie on."""
        self._low = samples.min(axis=0) - 2 * _CELL
        cell = ((samples - self._low) / _CELL).astype(np.int64)
        full = np.zeros(cell.max(axis=0) + 3, dtype=bool)
        full[tuple(cell.T)] = True
        self._full = binary_fill_holes(binary_dilation(full))

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
        """Divide `mesh`."""
        self._mesh = mesh
        named = {"top": "trunk", "trousers": "legs"}
        parts = [_part_name(part.mesh, part.material, named) for part in mesh.parts]
        first_head = parts.index("head")
        parts = [name if name != "head" or k == first_head else "" for k, name in enumerate(parts)]
        part_of_face = np.array(parts)[mesh.part_of_face]
        strongest = mesh.joints[np.arange(len(mesh.joints)), mesh.weights.argmax(axis=1)]
        bone = np.array([_limb(name) for name in HUMANOID.joint_names])
        self._moving = np.array([bool(_limb(name)) for name in HUMANOID.joint_names])
        carried = np.sum(mesh.weights * self._moving[mesh.joints], axis=1)
        moves = (carried[mesh.faces] > 0.0).any(axis=1)
        still = np.flatnonzero(~moves & (part_of_face != ""))
        rest_normals = mean_normals(mesh.vertices, mesh.faces)
        self._still = Skin(mesh.vertices[mesh.faces[still]], rest_normals[mesh.faces[still]], part_of_face[still])
        self._room = _Room(self._still.samples)
        limb_of_face = np.where(part_of_face == "hand", "hand", bone[strongest[mesh.faces[:, 0]]])
        limb_of_face = np.where(limb_of_face == "", "trunk", limb_of_face)
        on_left = mesh.vertices[mesh.faces].mean(axis=1)[:, 0] > 0.0
        counted = moves & (part_of_face != "")
        rows = {side: np.flatnonzero(counted & (on_left == (side == "left"))) for side in SIDES}
        self._used = np.unique(np.concatenate([mesh.faces[r].ravel() for r in rows.values()]))
        self._place = np.full(len(mesh.vertices), -1)
        self._place[self._used] = np.arange(len(self._used))
        self._limbs = {side: (self._place[mesh.faces[r]], limb_of_face[r]) for side, r in rows.items()}
        self._own_limbs = {}
        for side, (faces, names) in self._limbs.items():
            sleeve = names != "hand"
            self._own_limbs[side] = faces[sleeve], np.where(names[sleeve] == "forearm", "", names[sleeve])
        hand = np.array(parts)[mesh.part_of_vertex] == "hand"
        beyond = {side: np.array([_beyond_wrist(name, side) for name in HUMANOID.joint_names]) for side in SIDES}
        self._hands = {side: np.flatnonzero(hand & beyond[side][strongest]) for side in SIDES}

    def worst(self, local_rotations: npt.ArrayLike, frames: Index) -> list[Collision]:
        """The deepest vertex of each of some frames of a clip [T, 55, 4]; nothing but the arms may move."""
        posed = skin_frames(self._mesh, np.asarray(local_rotations)[frames], self._used)
        return [self._worst(vertices, int(frame)) for vertices, frame in zip(posed, frames, strict=True)]

    def _worst(self, vertices: Array, frame: int) -> Collision:
        found = NOTHING
        for side, other in (SIDES, SIDES[::-1]):
            points = vertices[self._place[self._hands[side]]]
            searches = [(self._still, points[self._room.may_hold(points)])]
            for owner in SIDES:
                limb = self._limb_near(vertices, points, owner, owner == side)
                searches += [limb] if limb else []
            for skin, near in searches:
                depth, name = skin.deepest(near)
                if depth > found.depth:
                    found = Collision(depth, frame, f"{side} hand in {other + ' hand' if name == 'hand' else name}")
        return found

    def _limb_near(self, vertices: Array, points: Array, owner: str, own: bool) -> tuple[Skin, Array] | None:
        """The arm of one side as far as a hand may be in it, and the points that may be; own forearm and hand aside."""
        faces, names = self._own_limbs[owner] if own else self._limbs[owner]
        low, high = points.min(axis=0), points.max(axis=0)
        near = np.zeros(len(faces), dtype=bool)
        for kind, margin in _DEEPEST.items():
            inside = _in_box(vertices, low - margin, high + margin)
            inside = inside[faces[:, 0]] | inside[faces[:, 1]] | inside[faces[:, 2]]
            near |= inside & ((names == "hand") == (kind == "hand"))
        counted = faces[near & (names != "")]
        if not len(counted):
            return None
        corners = vertices[np.unique(counted)]
        inside = _in_box(points, corners.min(axis=0), corners.max(axis=0))
        if not inside.any():
            return None
        faces = faces[near]
        return Skin(vertices[faces], _corner_normals(vertices, faces), names[near]), points[inside]


def _part_name(mesh: str, material: str, named: dict[str, str]) -> str:
    if mesh == "Hands":
        return "hand" if material == "skin" else ""
    if mesh == "Face":
        return "head" if material == "skin" else ""
    return named.get(material, "")


def _limb(bone: str) -> str:
    """`upper arm`, `forearm`, `hand`, or nothing for bones that stand still."""
    name = bone.removeprefix("left").removeprefix("right")
    if name == "UpperArm":
        return "upper arm"
    if name == "LowerArm":
        return "forearm"
    return "hand" if name.startswith(("Hand", "Thumb", "Index", "Middle", "Ring", "Little")) else ""


def _beyond_wrist(bone: str, side: str) -> bool:
    return bone.startswith(side) and _limb(bone) == "hand"


def _in_box(points: Array, low: Array, high: Array) -> npt.NDArray[np.bool_]:
    x, y, z = points.T
    inside = (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1]) & (z > low[2]) & (z < high[2])
    return np.asarray(inside)


def _corner_normals(vertices: Array, faces: Index) -> Array:
    """[F, 3, 3] normals at the corners of some faces, from those faces alone."""
    used, inverse = np.unique(faces, return_inverse=True)
    local = inverse.reshape(faces.shape)
    return mean_normals(vertices[used], local)[local]
