"""Facial expressions: morph targets under their ARKit names, and VRM's presets as mixtures of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from signllm.motion.skeletons.arkit import FACE_NAMES

CUSTOM: Final = FACE_NAMES
"""Morph targets of the face, each also a custom VRM expression of the same name."""


def _both(name: str, weight: float) -> dict[str, float]:
    return {f"{name}Left": weight, f"{name}Right": weight}


PRESETS: Final[Mapping[str, Mapping[str, float]]] = {
    "happy": _both("mouthSmile", 0.9) | _both("eyeSquint", 0.6) | {"browInnerUp": 0.15},
    "angry": _both("browDown", 1.0) | _both("eyeSquint", 0.5) | _both("mouthFrown", 0.5),
    "sad": {"browInnerUp": 0.9} | _both("mouthFrown", 0.9) | _both("eyeSquint", 0.2),
    "relaxed": _both("mouthSmile", 0.45) | _both("eyeBlink", 0.25),
    "surprised": {"browInnerUp": 0.8, "jawOpen": 0.45} | _both("browOuterUp", 0.9) | _both("eyeWide", 0.9),
    "aa": {"jawOpen": 0.8},
    "ih": {"jawOpen": 0.25} | _both("mouthStretch", 0.5),
    "ou": {"jawOpen": 0.2, "mouthPucker": 0.9},
    "ee": {"jawOpen": 0.15} | _both("mouthStretch", 1.0),
    "oh": {"jawOpen": 0.45, "mouthFunnel": 0.8},
    "blink": _both("eyeBlink", 1.0),
    "blinkLeft": {"eyeBlinkLeft": 1.0},
    "blinkRight": {"eyeBlinkRight": 1.0},
    "neutral": {},
}
"""VRM 1.0 preset -> strength of each morph."""
