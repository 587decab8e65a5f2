"""The face put together, and the morph targets that move it.

A morph is a warp of space near the face, the sum of a few smooth bumps, so that skin, lips and brows move together;
lids, eyes, lips and tongue add what is their own: lids slide over the eyeball, lips part.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm_bridge.avatar import features, head, warps
from signllm_bridge.avatar.features import Feature
from signllm_bridge.avatar.fields import Array
from signllm_bridge.avatar.mesh import Part, strongest_four


def face_parts() -> list[Part]:
    """Head skin, hair and features with their morphs, bound to neck, head and eye bones."""
    skin = head.head_surface()
    joints, weights = strongest_four(*head.head_weights(skin.vertices))
    moved = {name: warps.warp(name, skin.vertices) + warps.mouth_room(name, skin.vertices) for name in FACE_NAMES}
    parts = [Part("Face", "skin", skin.vertices, skin.normals, skin.faces, joints, weights, _moving(moved))]
    hair = head.hair_surface()
    joints, weights = strongest_four(["head"], np.ones((len(hair.vertices), 1)))
    parts.append(Part("Face", "hair", hair.vertices, hair.normals, hair.faces, joints, weights, {}))
    return [*parts, *_by_material(features.all_features())]


def _moving(morphs: dict[str, Array]) -> dict[str, Array]:
    """The morphs that move anything."""
    return {name: offsets for name, offsets in morphs.items() if offsets.any()}


def _by_material(sheets: Iterable[Feature]) -> list[Part]:
    """One part per material: fewer pieces for a client to draw."""
    groups: dict[str, list[Part]] = {}
    for sheet in sheets:
        groups.setdefault(sheet.material, []).append(_feature_part(sheet))
    return [_joined(parts) for parts in groups.values()]


def _joined(parts: list[Part]) -> Part:
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    names = sorted({name for part in parts for name in part.morphs})
    return Part(
        mesh=parts[0].mesh,
        material=parts[0].material,
        vertices=np.concatenate([part.vertices for part in parts]),
        normals=np.concatenate([part.normals for part in parts]),
        faces=np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)]),
        joints=np.concatenate([part.joints for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
        morphs={
            name: np.concatenate([part.morphs.get(name, np.zeros_like(part.vertices)) for part in parts])
            for name in names
        },
    )


def _feature_part(sheet: Feature) -> Part:
    shape = sheet.shape
    joints, weights = strongest_four([sheet.bone], np.ones((len(shape.vertices), 1)))
    morphs = _moving({name: _feature_morph(name, sheet) for name in FACE_NAMES})
    return Part("Face", sheet.material, shape.vertices, shape.normals, shape.faces, joints, weights, morphs)


def _feature_morph(name: str, sheet: Feature) -> Array:
    """Offsets [V, 3] of a sheet."""
    stem, side = warps.stem_and_side(name)
    vertices = sheet.shape.vertices
    if sheet.own:
        mine = stem in sheet.own and side in ("", sheet.side)
        return sheet.own[stem] if mine else np.zeros_like(vertices)
    offsets = warps.warp(name, vertices)
    if sheet.lips is None:
        return offsets
    if stem == "jawOpen":
        # The lower lip hangs on the jaw alone: the bump of the chin would pull at the upper lip as well.
        offsets = np.zeros_like(offsets)
        offsets[:, 2] = -0.0035 * sheet.lips.lower
    share = warps.half(side, vertices)
    rise, fall = warps.LIPS.get(stem, (0.0, 0.0))
    lower = sheet.lips.lower if stem == "jawOpen" else sheet.lips.jaw_shut
    offsets[:, 1] += share * (rise * sheet.lips.upper + fall * lower)
    into, beneath = warps.ROLLS.get(stem, (0.0, 0.0))
    rolled = share * (into * (sheet.lips.upper > 0.0) + beneath * (sheet.lips.lower > 0.0))
    return offsets + rolled[:, None] * sheet.lips.rolled
