"""Eyes, lids, brows and mouth on the head's skin, and the morph targets that move them."""

from __future__ import annotations

from signllm_bridge.avatar import head
from signllm_bridge.avatar.mesh import Part, strongest_four


def face_parts() -> list[Part]:
    """Head skin, hair and features with their morphs, bound to neck, head and eye bones."""
    parts = []
    for material, shape in (("skin", head.head_surface()), ("hair", head.hair_surface())):
        joints, weights = strongest_four(*head.head_weights(shape.vertices))
        parts.append(Part("Face", material, shape.vertices, shape.normals, shape.faces, joints, weights, {}))
    return parts
