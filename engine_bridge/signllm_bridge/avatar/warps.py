"""How each morph moves the face: as warps of the space around it, lips that part or roll in, and skin that gives way.

Everything is given for the left side or the midline, in metres of the T-pose, under the morph's name without its side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from signllm_bridge.avatar.fields import Array

MOUTH_HEIGHT: Final = 1.5525
"""Where the lips meet (y)."""


@dataclass(frozen=True)
class Bump:
    """A push that is strongest at `centre` and fades like a bell; one beside the midline is there for either side."""

    centre: tuple[float, float, float]
    """Metres in the T-pose."""
    reach: tuple[float, float, float]
    """Metres along x, y, z at which 1/e of the push is left."""
    push: tuple[float, float, float]
    """Offset at the centre, metres."""


_CORNER: Final = (0.0245, 1.554, 0.130)
_BUMPS: Final[dict[str, tuple[Bump, ...]]] = {
    "browInnerUp": (Bump((0.014, 1.652, 0.125), (0.017, 0.018, 0.05), (0.0, 0.0095, 0.0012)),),
    "browDown": (
        Bump((0.020, 1.650, 0.122), (0.018, 0.015, 0.05), (-0.0040, -0.0085, 0.0022)),
        Bump((0.046, 1.650, 0.110), (0.016, 0.014, 0.05), (-0.0010, -0.0035, 0.0010)),
    ),
    "browOuterUp": (Bump((0.041, 1.652, 0.112), (0.019, 0.018, 0.05), (0.0, 0.0090, 0.0)),),
    "cheekPuff": (
        Bump((0.050, 1.554, 0.090), (0.024, 0.024, 0.05), (0.0170, 0.0, 0.0080)),
        Bump((0.0, 1.553, 0.140), (0.030, 0.020, 0.04), (0.0, 0.0, 0.0030)),
    ),
    "cheekSquint": (Bump((0.035, 1.596, 0.112), (0.019, 0.014, 0.04), (0.0005, 0.0070, 0.0050)),),
    "noseSneer": (
        Bump((0.0125, 1.587, 0.136), (0.010, 0.013, 0.03), (0.0025, 0.0080, 0.0012)),
        Bump((0.0200, 1.574, 0.125), (0.014, 0.014, 0.04), (0.0005, 0.0055, 0.0025)),
    ),
    "jawOpen": (Bump((0.0, 1.521, 0.115), (0.050, 0.029, 0.060), (0.0, -0.0180, -0.0035)),),
    "jawForward": (Bump((0.0, 1.517, 0.118), (0.045, 0.032, 0.050), (0.0, 0.0, 0.0110)),),
    "jaw": (Bump((0.0, 1.520, 0.105), (0.060, 0.034, 0.070), (0.0170, 0.0, 0.0)),),
    "mouthFunnel": (
        Bump(_CORNER, (0.014, 0.014, 0.04), (-0.0080, 0.0, 0.0020)),
        Bump((0.0, 1.553, 0.140), (0.022, 0.018, 0.05), (0.0, 0.0, 0.0060)),
    ),
    "mouthPucker": (
        Bump(_CORNER, (0.014, 0.014, 0.04), (-0.0115, 0.0, 0.0020)),
        Bump((0.0, 1.553, 0.140), (0.020, 0.018, 0.05), (0.0, 0.0, 0.0085)),
    ),
    "mouth": (
        Bump((0.0, 1.553, 0.138), (0.034, 0.022, 0.050), (0.0090, 0.0, 0.0)),
        Bump((0.034, 1.556, 0.120), (0.018, 0.018, 0.04), (0.0010, 0.0030, 0.0)),
    ),
    "mouthStretch": (Bump(_CORNER, (0.016, 0.016, 0.04), (0.0075, -0.0020, -0.0030)),),
    "mouthSmile": (
        Bump(_CORNER, (0.017, 0.015, 0.04), (0.0060, 0.0080, -0.0025)),
        Bump((0.036, 1.585, 0.110), (0.020, 0.016, 0.04), (0.0010, 0.0030, 0.0020)),
    ),
    "mouthFrown": (Bump(_CORNER, (0.017, 0.015, 0.04), (0.0010, -0.0075, -0.0010)),),
    "mouthDimple": (
        Bump(_CORNER, (0.012, 0.012, 0.04), (0.0080, 0.0030, -0.0055)),
        Bump((0.034, 1.556, 0.118), (0.012, 0.014, 0.03), (0.0015, 0.0, -0.0040)),
    ),
    "mouthPress": (Bump(_CORNER, (0.014, 0.012, 0.04), (0.0015, 0.0, -0.0025)),),
    "mouthShrugLower": (Bump((0.0, 1.530, 0.135), (0.024, 0.015, 0.04), (0.0, 0.0050, 0.0045)),),
    "mouthShrugUpper": (Bump((0.0, 1.564, 0.142), (0.024, 0.011, 0.04), (0.0, 0.0020, 0.0045)),),
    "mouthUpperUp": (Bump((0.013, 1.568, 0.138), (0.014, 0.012, 0.04), (0.0010, 0.0040, 0.0010)),),
    "mouthLowerDown": (Bump((0.013, 1.537, 0.135), (0.014, 0.012, 0.04), (0.0005, -0.0040, 0.0005)),),
}
LIPS: Final = {
    "jawOpen": (0.0005, -0.0180),
    "jawForward": (0.0, 0.0025),
    "mouthFunnel": (0.0030, -0.0050),
    "mouthStretch": (0.0010, -0.0018),
    "mouthUpperUp": (0.0060, 0.0),
    "mouthLowerDown": (0.0, -0.0070),
    "mouthShrugUpper": (0.0035, 0.0045),
    "mouthShrugLower": (0.0030, 0.0045),
    # ARKit's mouthClose shuts the lips over an open jaw: with jawOpen at the same weight both lips meet half way.
    "mouthClose": (-0.0055, 0.0130),
}
"""Morph -> how far the upper and the lower lip rise."""
ROLLS: Final = {
    "mouthRollUpper": (1.0, 0.0),
    "mouthRollLower": (0.0, 1.0),
    "mouthPress": (0.65, 0.65),
}
"""Morph -> how much of the upper and of the lower lip rolls in."""
_ROOM: Final = {
    "jawOpen": (-0.0080, -0.007),
    "mouthFunnel": (-0.0030, -0.007),
    "mouthUpperUp": (-0.0045, 0.005),
    "mouthLowerDown": (-0.0045, -0.006),
}
"""Morph -> how far the skin behind parted lips draws back (z), and where, from the line between them (y)."""
_STILL: Final = 2e-5
"""Metres that nobody sees: offsets below are left out."""


def stem_and_side(name: str) -> tuple[str, str]:
    """Morph name without its side, and the side or an empty string."""
    for side in ("Left", "Right"):
        if name.endswith(side):
            return name.removesuffix(side), side.lower()
    return name, ""


def warp(name: str, p: Array) -> Array:
    """Offsets [N, 3] of points of the face; zero for a morph that only moves lids, eyes, lips or tongue."""
    stem, side = stem_and_side(name)
    total = np.zeros_like(p)
    for bump in _BUMPS.get(stem, ()):
        for sign in {"left": (1.0,), "right": (-1.0,)}.get(side, (1.0, -1.0) if bump.centre[0] > 0.0 else (1.0,)):
            flip = np.array([sign, 1.0, 1.0])
            away = (p - flip * bump.centre) / bump.reach
            total += np.exp(-np.sum(away * away, axis=1))[:, None] * (flip * bump.push)
    return still(total)


def mouth_room(name: str, p: Array) -> Array:
    """How far the skin behind parted lips draws back, so that it does not show in the open mouth."""
    stem, side = stem_and_side(name)
    back, height = _ROOM.get(stem, (0.0, 0.0))
    away = (p - (0.0, MOUTH_HEIGHT + height, 0.140)) / (0.022, 0.011, 0.030)
    share = np.exp(-np.sum(away * away, axis=1)) * half(side, p)
    return still(share[:, None] * np.array([0.0, 0.0, back]))


def half(side: str, p: Array) -> Array:
    """[N] 1 on the morph's own side, fading over the middle; 1 everywhere for a morph of both sides."""
    if not side:
        return np.ones(len(p))
    share = 0.5 + 0.5 * np.clip(p[:, 0] / 0.012, -1.0, 1.0)
    return np.asarray(share if side == "left" else 1.0 - share)


def still(offsets: Array) -> Array:
    """The offsets without the tails of the bells."""
    length = np.linalg.norm(offsets, axis=1, keepdims=True)
    return np.where(length < _STILL, 0.0, offsets)
