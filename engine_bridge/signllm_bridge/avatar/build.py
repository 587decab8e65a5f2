"""Puts the avatar together: every part's surface with its material, skin weights and morphs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from signllm.motion.skeletons import humanoid
from signllm_bridge.avatar import body, face, hands
from signllm_bridge.avatar.fields import Array
from signllm_bridge.avatar.mesh import AvatarMesh, Part, strongest_four
from signllm_bridge.avatar.surface import Surface
from signllm_bridge.avatar.vrm import write_vrm

Weigh = Callable[[Array], tuple[list[str], Array]]
MAX_VERTICES = 12_000


def build_avatar() -> bytes:
    """This project's signer as a VRM 1.0 file (binary glTF); the same bytes every time."""
    return write_vrm(build_mesh())


def build_mesh() -> AvatarMesh:
    """This project's signer in T-pose, at most `MAX_VERTICES` vertices."""
    clothes = [
        _part("Body", "top", body.top_surface(), body.top_weights),
        _part("Body", "collar", body.collar_surface(), body.top_weights),
        _part("Body", "trousers", body.trousers_surface(), body.leg_weights),
        _part("Body", "shoes", body.shoes_surface(), body.leg_weights),
    ]
    return AvatarMesh.of_parts([*clothes, *_hand("right"), *_hand("left"), *face.face_parts()])


def _part(mesh: str, material: str, shape: Surface, weigh: Weigh) -> Part:
    joints, weights = strongest_four(*weigh(shape.vertices))
    return Part(mesh, material, shape.vertices, shape.normals, shape.faces, joints, weights, {})


def _hand(side: str) -> list[Part]:
    """The hand of one side: the skin is built once, in the right palm space, and mirrored for the left."""
    wrist = humanoid.HUMANOID.rest_positions[humanoid.HUMANOID.index[f"{side}Hand"]]
    flip = np.array([1.0 if side == "right" else -1.0, 1.0, 1.0])
    parts = []
    for material, shape in hands.hand_surfaces().items():
        names, weights = hands.hand_weights(shape.vertices)
        joints, weights = strongest_four([side + name for name in names], weights)
        vertices = wrist + flip * humanoid.palm_to_rest(shape.vertices)
        normals = flip * humanoid.palm_to_rest(shape.normals)
        faces = shape.faces if side == "right" else shape.faces[:, ::-1]
        parts.append(Part("Hands", material, vertices, normals, faces, joints, weights, {}))
    return parts
