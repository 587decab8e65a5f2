"""The face put together, and the morph targets that move it.

A morph is a warp of space near the face, the sum of a few smooth bumps, so that skin, lips and brows move together;
lids and lips add what is their own: lids slide over the eyeball, lips part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from signllm_bridge.avatar import expressions, features, head
from signllm_bridge.avatar.features import Feature
from signllm_bridge.avatar.fields import Array
from signllm_bridge.avatar.mesh import Part, strongest_four


@dataclass(frozen=True)
class Bump:
    """A push that is strongest at `centre` and fades like a bell; given for the left side or the midline."""

    centre: tuple[float, float, float]
    """Metres in the T-pose."""
    reach: tuple[float, float, float]
    """Metres along x, y, z at which 1/e of the push is left."""
    push: tuple[float, float, float]
    """Offset at the centre, metres."""


_CORNER = (0.0245, 1.554, 0.130)
_BUMPS: dict[str, tuple[Bump, ...]] = {
    "browInnerUp": (Bump((0.014, 1.652, 0.125), (0.016, 0.016, 0.05), (0.0, 0.0075, 0.0012)),),
    "browDown": (
        Bump((0.020, 1.650, 0.122), (0.018, 0.015, 0.05), (-0.0035, -0.0070, 0.0020)),
        Bump((0.046, 1.650, 0.110), (0.016, 0.014, 0.05), (-0.0010, -0.0030, 0.0010)),
    ),
    "browOuterUp": (Bump((0.043, 1.652, 0.112), (0.018, 0.016, 0.05), (0.0, 0.0070, 0.0)),),
    "jawOpen": (Bump((0.0, 1.521, 0.115), (0.050, 0.029, 0.060), (0.0, -0.0150, -0.0030)),),
    "mouthFunnel": (
        Bump(_CORNER, (0.014, 0.014, 0.04), (-0.0080, 0.0, 0.0020)),
        Bump((0.0, 1.553, 0.140), (0.022, 0.018, 0.05), (0.0, 0.0, 0.0060)),
    ),
    "mouthPucker": (
        Bump(_CORNER, (0.014, 0.014, 0.04), (-0.0115, 0.0, 0.0020)),
        Bump((0.0, 1.553, 0.140), (0.020, 0.018, 0.05), (0.0, 0.0, 0.0085)),
    ),
    "mouthStretch": (Bump(_CORNER, (0.016, 0.016, 0.04), (0.0065, -0.0010, -0.0030)),),
    "mouthSmile": (
        Bump(_CORNER, (0.017, 0.015, 0.04), (0.0050, 0.0070, -0.0020)),
        Bump((0.036, 1.585, 0.110), (0.020, 0.016, 0.04), (0.0010, 0.0030, 0.0020)),
    ),
    "mouthFrown": (Bump(_CORNER, (0.017, 0.015, 0.04), (0.0010, -0.0070, -0.0010)),),
}
_LIPS = {"jawOpen": (0.0005, -0.0150), "mouthFunnel": (0.0030, -0.0050), "mouthStretch": (0.0008, -0.0012)}
"""Morph -> how far the upper and the lower lip rise, metres."""
_LIDS = {"eyeBlink": "shut", "eyeWide": "wide", "eyeSquint": "squint"}


def face_parts() -> list[Part]:
    """Head skin, hair and features with their morphs, bound to neck, head and eye bones."""
    skin = head.head_surface()
    joints, weights = strongest_four(*head.head_weights(skin.vertices))
    moved = {name: offsets for name in expressions.CUSTOM if (offsets := _warp(name, skin.vertices)) is not None}
    moved = {name: offsets + _mouth_room(name, skin.vertices) for name, offsets in moved.items()}
    parts = [Part("Face", "skin", skin.vertices, skin.normals, skin.faces, joints, weights, moved)]
    hair = head.hair_surface()
    joints, weights = strongest_four(["head"], np.ones((len(hair.vertices), 1)))
    parts.append(Part("Face", "hair", hair.vertices, hair.normals, hair.faces, joints, weights, {}))
    return [*parts, *_by_material(features.all_features())]


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
    morphs = {name: offsets for name in expressions.CUSTOM if (offsets := _feature_morph(name, sheet)) is not None}
    return Part("Face", sheet.material, shape.vertices, shape.normals, shape.faces, joints, weights, morphs)


def _feature_morph(name: str, sheet: Feature) -> Array | None:
    """Offsets [V, 3] of a sheet, or None where the morph leaves it alone."""
    stem, side = _stem(name)
    if sheet.bone != "head":
        return None
    if sheet.lid:
        return sheet.lid[_LIDS[stem]] if stem in _LIDS and side == sheet.side else None
    offsets = _warp(name, sheet.shape.vertices)
    if offsets is None or sheet.upper is None or sheet.lower is None:
        return offsets
    up, down = _LIPS.get(stem, (0.0, 0.0))
    if stem == "jawOpen":
        # The lower lip hangs on the jaw alone: the bump of the chin would pull at the upper lip as well.
        offsets = np.zeros_like(offsets)
        offsets[:, 2] = -0.0035 * sheet.lower
    half = _half(side, sheet.shape.vertices)
    offsets[:, 1] += half * (up * sheet.upper + down * sheet.lower)
    return offsets


def _warp(name: str, p: Array) -> Array | None:
    """Offsets [N, 3] of points of the face, or None for a morph that moves lids only."""
    stem, side = _stem(name)
    if stem not in _BUMPS:
        return None
    total = np.zeros_like(p)
    for bump in _BUMPS[stem]:
        for sign in {"left": (1.0,), "right": (-1.0,)}.get(side, (1.0, -1.0) if bump.centre[0] > 0.0 else (1.0,)):
            flip = np.array([sign, 1.0, 1.0])
            away = (p - flip * bump.centre) / bump.reach
            total += np.exp(-np.sum(away * away, axis=1))[:, None] * (flip * bump.push)
    return total


def _mouth_room(name: str, p: Array) -> Array:
    """How far the skin behind parted lips draws back, so that it does not show in the open mouth."""
    back = {"jawOpen": -0.0080, "mouthFunnel": -0.0030}.get(name, 0.0)
    away = (p - (0.0, features.MOUTH[1] - 0.007, 0.140)) / (0.022, 0.011, 0.030)
    return np.asarray(np.exp(-np.sum(away * away, axis=1))[:, None] * np.array([0.0, 0.0, back]))


def _half(side: str, p: Array) -> Array:
    """[N] 1 on the morph's own side, fading over the middle; 1 everywhere for a morph of both sides."""
    if not side:
        return np.ones(len(p))
    share = 0.5 + 0.5 * np.clip(p[:, 0] / 0.012, -1.0, 1.0)
    return np.asarray(share if side == "left" else 1.0 - share)


def _stem(name: str) -> tuple[str, str]:
    """Morph name without its side, and the side or an empty string."""
    for side in ("Left", "Right"):
        if name.endswith(side):
            return name.removesuffix(side), side.lower()
    return name, ""
