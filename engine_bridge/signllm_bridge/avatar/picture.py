"""Still pictures of the avatar, drawn in NumPy: no graphics card, no window, the same pixels every time.

Orthographic, so that a centimetre is as long everywhere. The light comes from above the camera's left shoulder; what
lies deeper than its surroundings is darkened, and so is the rim of whatever passes in front of something else: fingers
of one colour are told apart by those two.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter

from signllm.motion import kinematics, rotation
from signllm.motion.skeletons.humanoid import FINGERS, HUMANOID, finger_bones
from signllm_bridge.avatar.build import build_mesh
from signllm_bridge.avatar.fields import Array
from signllm_bridge.avatar.mesh import AvatarMesh, Index
from signllm_bridge.avatar.palette import MATERIALS
from signllm_bridge.avatar.surface import mean_normals

_Pixels = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]
"""[height, width, 3] sRGB."""

BACKGROUND: Final = (236, 238, 240)
_SAMPLES: Final = 2
"""Samples per pixel along each side."""
_LIGHT: Final = rotation.normalize([-0.45, 0.75, 0.75])
"""Towards the lamp: right, up, to the camera."""
_AMBIENT, _LAMP, _HEADLIGHT = 0.42, 0.46, 0.22
_HAND_GAIN: Final = 1.16
"""Hands are lit a little more than the face, so that they stand out before it."""
_RIM: Final = (0.0025, 0.009)
"""Metres by which one surface lies before the next where the line between them starts, and is at its darkest."""
_LINE: Final = 0.52
_HOLLOW_RADIUS, _HOLLOW_DEPTH, _HOLLOW_SHADE = 0.010, 0.020, 0.55
"""Metres around a point that count as its surroundings, metres below them that are darkest, and how dark."""
_EMPTY: Final = np.int64(-1)


@dataclass(frozen=True, eq=False)
class View:
    """A direction of sight: unit vectors of the picture in the world."""

    name: str
    right: Array
    up: Array
    toward: Array
    """Out of the picture, to the viewer."""

    def project(self, points: Array) -> Array:
        """[..., 3] metres to the right, up and towards the viewer."""
        return np.asarray(points @ np.stack([self.right, self.up, self.toward], axis=-1))


def view(name: str, toward: npt.ArrayLike, up: npt.ArrayLike = (0.0, 1.0, 0.0)) -> View:
    """The view of someone who stands where `toward` points to; `up` is made perpendicular to it."""
    out = rotation.normalize(toward)
    upward = rotation.normalize(np.asarray(up) - np.dot(up, out) * out)
    return View(name, np.cross(upward, out), upward, out)


FRONT: Final = view("front", (0.0, 0.0, 1.0))
"""As the person opposite sees the signer: the right hand is on the left."""
SIDE: Final = view("right side", (-1.0, 0.0, 0.0))
"""From the signer's right; the signer looks to the right."""
ABOVE: Final = view("above", (0.0, 0.85, 0.55))
"""From above and in front of the signer."""
PALM: Final = view("palm side", (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0))
"""The right hand of the T-pose, fingers up, palm to the viewer."""
THUMB: Final = view("thumb side", (0.0, 0.0, 1.0), (-1.0, 0.0, 0.0))
"""The right hand of the T-pose, fingers up, thumb to the viewer, palm to the left."""


@dataclass(frozen=True)
class Frame:
    """What a picture shows, in metres of its view: from the left to the right and from the bottom to the top."""

    left: float
    right: float
    bottom: float
    top: float

    @classmethod
    def around(cls, points: Array, margin: float) -> Frame:
        """The frame around points [N, 3] of a view, with `margin` metres on every side."""
        low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
        return cls(float(low[0]), float(high[0]), float(low[1]), float(high[1]))

    def united(self, other: Frame) -> Frame:
        """The smallest frame that holds both."""
        return Frame(
            min(self.left, other.left),
            max(self.right, other.right),
            min(self.bottom, other.bottom),
            max(self.top, other.top),
        )


class Painter:
    """Draws one mesh in any pose."""

    def __init__(self, mesh: AvatarMesh) -> None:
        """Prepare colours and outlines of `mesh`."""
        self.mesh = mesh
        materials = [part.material for part in mesh.parts]
        on_hand = np.array([part.mesh == "Hands" for part in mesh.parts])
        gain = np.where(on_hand, _HAND_GAIN, 1.0)[:, None]
        colours = np.array([[int(MATERIALS[m].srgb[k : k + 2], 16) for k in (1, 3, 5)] for m in materials])
        self._colours = (colours * gain)[mesh.part_of_face].astype(np.float32)
        self._labels = _labels(mesh)
        self._hands = on_hand

    def pose(self, local_rotations: npt.ArrayLike, *, morphs: Mapping[str, float] | None = None) -> Array:
        """Vertices of the posed avatar, [55, 4] -> [V, 3] metres, with the face that `morphs` make, 0..1 each."""
        face = sum((self.mesh.morphs[name] * amount for name, amount in (morphs or {}).items()), np.zeros(3))
        mesh = dataclasses.replace(self.mesh, vertices=self.mesh.vertices + face)
        return np.asarray(skin_frames(mesh, np.asarray(local_rotations)[None])[0])

    def hand_faces(self, side: str) -> npt.NDArray[np.bool_]:
        """[F] whether a face belongs to the hand of `side`."""
        mine = np.flatnonzero(self._hands)
        half = len(mine) // 2  # the right hand's parts come before the left one's
        return np.isin(self.mesh.part_of_face, mine[:half] if side == "right" else mine[half:])

    def picture(
        self,
        vertices: Array,
        sight: View,
        frame: Frame,
        *,
        pixels_per_metre: float,
        faces: npt.NDArray[np.bool_] | None = None,
    ) -> Picture:
        """One picture.

        Args:
            vertices: Posed, [V, 3] metres.
            sight: From where.
            frame: What is shown of it.
            pixels_per_metre: Scale.
            faces: [F] faces to draw; all when absent.

        Returns:
            [height, width, 3], at least 1 x 1.
        """
        scale = pixels_per_metre * _SAMPLES
        width = max(1, round((frame.right - frame.left) * pixels_per_metre)) * _SAMPLES
        height = max(1, round((frame.top - frame.bottom) * pixels_per_metre)) * _SAMPLES
        seen = sight.project(vertices)
        points = np.stack(
            [(seen[:, 0] - frame.left) * scale, (frame.top - seen[:, 1]) * scale, seen[:, 2]], axis=-1
        ).astype(np.float32)
        drawn = np.arange(len(self.mesh.faces)) if faces is None else np.flatnonzero(faces)
        face_at, planes = _rasterise(points, self.mesh.faces, drawn, width, height)
        normals = sight.project(mean_normals(vertices, self.mesh.faces)).astype(np.float32)
        image = self._shade(face_at, planes, normals, scale)
        mean = sum(image[i::_SAMPLES, j::_SAMPLES] for i in range(_SAMPLES) for j in range(_SAMPLES)) / _SAMPLES**2
        return np.clip(np.rint(mean), 0, 255).astype(np.uint8)

    def _shade(self, face_at: Index, planes: _Planes, normals: _Pixels, scale: float) -> _Pixels:
        """[height, width, 3] colours 0..255 from which face is seen at each sample."""
        image = np.empty((*face_at.shape, 3), dtype=np.float32)
        image[...] = BACKGROUND
        y, x = np.nonzero(face_at != _EMPTY)
        if not len(y):
            return image
        face = face_at[y, x]
        shares, depth = planes.at(face, x.astype(np.float32), y.astype(np.float32))
        corners = self.mesh.faces[face]
        normal = sum(shares[:, k, None] * normals[corners[:, k]] for k in range(3))
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        light = _AMBIENT + _LAMP * np.maximum(0.0, normal @ _LIGHT.astype(np.float32))
        light += _HEADLIGHT * np.maximum(0.0, normal[:, 2])
        depths = np.full(face_at.shape, np.float32(-10.0))
        depths[y, x] = depth
        labels = np.full(face_at.shape, -1)
        labels[y, x] = self._labels[face]
        light *= _hollows(depths, face_at != _EMPTY, scale)[y, x] * _lines(depths, labels)[y, x]
        image[y, x] = self._colours[face] * light[:, None]
        return image


@cache
def painter() -> Painter:
    """The painter of this project's own signer."""
    return Painter(build_mesh())


def skin_frames(mesh: AvatarMesh, local_rotations: npt.ArrayLike, vertices: Index | None = None) -> Array:
    """Posed vertices of many frames; the same as `mesh.skin`, by one matrix per bone and frame.

    Args:
        mesh: The avatar in T-pose.
        local_rotations: Unit quaternions xyzw, [T, 55, 4].
        vertices: Which vertices, [N]; all when absent.

    Returns:
        [T, N, 3], metres.
    """
    positions, world = kinematics.forward_kinematics(local_rotations, HUMANOID)
    matrices = rotation.quat_to_matrix(world)  # [T, 55, 3, 3]
    shifts = positions - np.einsum("tjab,jb->tja", matrices, HUMANOID.rest_positions)
    chosen = np.arange(len(mesh.vertices)) if vertices is None else vertices
    rest, weights, joints = mesh.vertices[chosen], mesh.weights[chosen], mesh.joints[chosen]
    result = np.zeros((len(positions), len(chosen), 3))
    for k in range(weights.shape[1]):
        rows = np.flatnonzero(weights[:, k])
        bone = joints[rows, k]
        moved = np.einsum("tnab,nb->tna", matrices[:, bone], rest[rows]) + shifts[:, bone]
        result[:, rows] += weights[rows, k, None] * moved
    return result


@dataclass(frozen=True, eq=False)
class _Planes:
    """For every face its corners' shares and its depth as planes over the samples, [F, 4, (x, y, 1)]."""

    coefficients: _Pixels

    def at(self, face: Index, x: _Pixels, y: _Pixels) -> tuple[_Pixels, _Pixels]:
        """Shares [N, 3] and depth [N] of faces at samples."""
        shares = [self.share(k, face, x, y) for k in range(4)]
        return np.stack(shares[:3], axis=-1), shares[3]

    def share(self, k: int, face: Index, x: _Pixels, y: _Pixels) -> _Pixels:
        """One corner's share at samples, or the depth for k = 3, [N]."""
        a, b, c = self.coefficients[:, k].T
        return np.asarray(a[face] * x + b[face] * y + c[face])


def _rasterise(points: _Pixels, faces: Index, drawn: Index, width: int, height: int) -> tuple[Index, _Planes]:
    """[height, width] the nearest face at each sample, -1 where there is none, and the planes to shade it by.

    All samples of all faces' bounding boxes are tested at once: the faces are small, so that few are in vain.
    """
    corner = points[faces[drawn]].astype(np.float64)  # [F, 3, (x, y, depth)]
    x, y, depth = corner[..., 0], corner[..., 1], corner[..., 2]
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    first = np.maximum(np.ceil(corner[..., :2].min(axis=1) - 0.5), 0).astype(np.int64)
    last = np.floor(corner[..., :2].max(axis=1) - 0.5)
    size = np.minimum(last, (width - 1, height - 1)).astype(np.int64) - first + 1
    seen = (area < -1e-9) & np.all(size > 0, axis=1)  # y points down: what turns its front to the viewer is negative
    kept = np.flatnonzero(seen)
    planes = np.zeros((len(faces), 4, 3), dtype=np.float32)
    planes[drawn[kept]] = _plane_coefficients(x[kept] - 0.5, y[kept] - 0.5, depth[kept], area[kept])
    first, size = first[kept], size[kept]
    count = size[:, 0] * size[:, 1]
    row = np.repeat(np.arange(len(kept)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    down, across = np.divmod(within, size[row, 0])
    column, line = first[row, 0] + across, first[row, 1] + down
    face = drawn[kept][row]
    x_at, y_at, found = column.astype(np.float32), line.astype(np.float32), _Planes(planes)
    one, two = found.share(0, face, x_at, y_at), found.share(1, face, x_at, y_at)
    hit = np.flatnonzero((one >= -1e-4) & (two >= -1e-4) & (one + two <= 1.0001))
    near = found.share(3, face[hit], x_at[hit], y_at[hit])
    # Depth in tenths of a micrometre above the number of the face: one maximum finds the nearest face.
    key = ((near.astype(np.float64) + 10.0) * 1e7).astype(np.int64) << 20 | face[hit]
    nearest = np.full(width * height, _EMPTY)
    np.maximum.at(nearest, line[hit] * width + column[hit], key)
    return np.where(nearest < 0, _EMPTY, nearest & 0xFFFFF).reshape(height, width), found


def _plane_coefficients(x: Array, y: Array, depth: Array, area: Array) -> Array:
    """[F, 4, 3]: the shares of the three corners and the depth, each as a x + b y + c."""
    after, before = [1, 2, 0], [2, 0, 1]
    a = (y[:, after] - y[:, before]) / area[:, None]
    b = (x[:, before] - x[:, after]) / area[:, None]
    c = (x[:, after] * y[:, before] - x[:, before] * y[:, after]) / area[:, None]
    shares = np.stack([a, b, c], axis=-1)
    return np.concatenate([shares, np.einsum("fk,fkp->fp", depth, shares)[:, None]], axis=1)


def _labels(mesh: AvatarMesh) -> Index:
    """[F] a number for each thing that gets an outline: every finger of its own, the rest by its part."""
    finger_of_bone = np.full(len(HUMANOID.joint_names), -1)
    for s, side in enumerate(("right", "left")):
        for f, finger in enumerate(FINGERS):
            finger_of_bone[[HUMANOID.index[bone] for bone in finger_bones(side, finger)]] = 5 * s + f
    strongest = mesh.joints[np.arange(len(mesh.joints)), mesh.weights.argmax(axis=1)]
    finger = finger_of_bone[strongest][mesh.faces].max(axis=1)
    named = list(dict.fromkeys((part.mesh, part.material) for part in mesh.parts))
    part = np.array([named.index((part.mesh, part.material)) for part in mesh.parts])[mesh.part_of_face]
    return np.where(finger >= 0, 100 + finger, part)


def _hollows(depths: _Pixels, covered: npt.NDArray[np.bool_], scale: float) -> _Pixels:
    """[height, width] 0..1: darker where a sample lies deeper than what is around it.

    Source: Luft, Colditz, Deussen, "Image Enhancement by Unsharp Masking the Depth Buffer", SIGGRAPH 2006.
    """
    shade = np.ones_like(depths)
    for radius in (_HOLLOW_RADIUS, 3.0 * _HOLLOW_RADIUS):
        window = 2 * max(1, round(radius * scale)) + 1
        weight = uniform_filter(covered.astype(np.float32), window)
        mean = uniform_filter(np.where(covered, depths, np.float32(0.0)), window) / np.maximum(weight, 1e-6)
        deep = np.clip((mean - depths) / (_HOLLOW_DEPTH * radius / _HOLLOW_RADIUS), 0.0, 1.0)
        shade *= 1.0 - 0.5 * _HOLLOW_SHADE * deep
    return shade


def _lines(depths: _Pixels, labels: Index) -> _Pixels:
    """[height, width] 0..1: dark behind every rim, and between two fingers that lie side by side."""
    shade = np.ones_like(depths)
    for axis in (0, 1):
        for step in (1, 2):
            here = tuple(slice(None, -step) if k == axis else slice(None) for k in (0, 1))
            there = tuple(slice(step, None) if k == axis else slice(None) for k in (0, 1))
            ahead = depths[there] - depths[here]
            apart = (labels[here] != labels[there]) & (labels[here] >= 100) & (labels[there] >= 100) & (step == 1)
            for behind, jump in ((here, ahead), (there, -ahead)):
                dark = np.clip((jump - _RIM[0]) / (_RIM[1] - _RIM[0]), 0.0, 1.0)
                dark = np.maximum(dark, 0.7 * apart)
                shade[behind] = np.minimum(shade[behind], 1.0 - _LINE * dark)
    return shade
