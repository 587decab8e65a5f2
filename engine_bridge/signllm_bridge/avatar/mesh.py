"""The avatar's mesh as arrays, and the linear blend skinning that every client applies to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from signllm.motion import kinematics, rotation
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge.avatar.fields import Array

Index = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of the avatar with one material: skin of the hands, top, hair ..."""

    mesh: str
    """Which mesh of the file it belongs to: `Body`, `Hands` or `Face`."""
    material: str
    """Name in `palette.MATERIALS`."""
    vertices: Array
    """[V, 3], metres, T-pose."""
    normals: Array
    """[V, 3], unit."""
    faces: Index
    """[F, 3], counter-clockwise seen from outside."""
    joints: Index
    """[V, 4] humanoid bones."""
    weights: Array
    """[V, 4], each row sums to 1."""
    morphs: Mapping[str, Array]
    """Expression name -> offsets [V, 3] at full strength; absent names do not move this part."""


@dataclass(frozen=True, eq=False)
class AvatarMesh:
    """The whole avatar in T-pose, all parts in one set of arrays."""

    parts: tuple[Part, ...]
    vertices: Array
    """[V, 3], metres."""
    normals: Array
    """[V, 3], unit."""
    faces: Index
    """[F, 3] into all vertices."""
    joints: Index
    """[V, 4] humanoid bones."""
    weights: Array
    """[V, 4]."""
    part_of_vertex: Index
    """[V] index into `parts`."""
    part_of_face: Index
    """[F] index into `parts`; its material is `parts[k].material`."""
    morphs: Mapping[str, Array]
    """Expression name -> offsets [V, 3] of all vertices."""

    @classmethod
    def of_parts(cls, parts: Sequence[Part]) -> AvatarMesh:
        """Concatenate parts; every morph reaches over all vertices."""
        counts = [len(part.vertices) for part in parts]
        starts = np.cumsum([0, *counts[:-1]])
        names = dict.fromkeys(name for part in parts for name in part.morphs)
        still = [np.zeros((count, 3)) for count in counts]
        return cls(
            parts=tuple(parts),
            vertices=np.concatenate([part.vertices for part in parts]),
            normals=np.concatenate([part.normals for part in parts]),
            faces=np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)]),
            joints=np.concatenate([part.joints for part in parts]),
            weights=np.concatenate([part.weights for part in parts]),
            part_of_vertex=np.repeat(np.arange(len(parts)), counts),
            part_of_face=np.repeat(np.arange(len(parts)), [len(part.faces) for part in parts]),
            morphs={
                name: np.concatenate([part.morphs.get(name, zero) for part, zero in zip(parts, still, strict=True)])
                for name in names
            },
        )


def skin(mesh: AvatarMesh, local_rotations: npt.ArrayLike, *, morphs: Mapping[str, float] | None = None) -> Array:
    """Vertices of the posed avatar.

    Args:
        mesh: The avatar in T-pose.
        local_rotations: Unit quaternions xyzw of the 55 humanoid bones, [55, 4].
        morphs: Strength 0..1 of each expression morph to apply first.

    Returns:
        [V, 3], metres.

    Raises:
        KeyError: `morphs` names one that the mesh lacks.
    """
    rest = mesh.vertices + sum((mesh.morphs[name] * amount for name, amount in (morphs or {}).items()), np.zeros(3))
    positions, world = kinematics.forward_kinematics(local_rotations, HUMANOID)
    relative = rest[:, None] - HUMANOID.rest_positions[mesh.joints]  # [V, 4, 3]
    moved = positions[mesh.joints] + rotation.rotate(world[mesh.joints], relative)
    return np.asarray(np.sum(mesh.weights[..., None] * moved, axis=1))


def strongest_four(names: Sequence[str], weights: npt.ArrayLike) -> tuple[Index, Array]:
    """The glTF form of skin weights: at most four bones per vertex.

    Args:
        names: Humanoid bone of each column.
        weights: Not negative, each row with a sum above zero, [V, len(names)].

    Returns:
        Bone indices [V, 4] and weights [V, 4] that sum to 1; unused places are bone 0 with weight 0.
    """
    weights = np.asarray(weights, dtype=np.float64)
    weights = np.pad(weights, ((0, 0), (0, max(0, 4 - weights.shape[1]))))
    bones = np.array([HUMANOID.index[name] for name in names] + [0] * (weights.shape[1] - len(names)))
    order = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    best = np.take_along_axis(weights, order, axis=1)
    # A trace below half a percent moves nothing visibly, but costs every renderer a bone.
    best = np.where(best < 0.005, 0.0, best)
    best /= best.sum(axis=1, keepdims=True)
    return np.where(best > 0.0, bones[order], 0), best
