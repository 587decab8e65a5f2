"""The project's own signer, built by code: an implicit surface, skinned to the humanoid, written as VRM 1.0."""

from signllm_bridge.avatar.build import MAX_VERTICES, build_avatar, build_mesh
from signllm_bridge.avatar.mesh import AvatarMesh, Part, skin

__all__ = ["MAX_VERTICES", "AvatarMesh", "Part", "build_avatar", "build_mesh", "skin"]
