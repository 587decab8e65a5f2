"""Names of what face and head do as part of a sign: the values of `face` in a sign's entry."""

from __future__ import annotations

from typing import Final

LEXICAL_FACES: Final = (
    *("headshake", "nod", "head-tilt", "head-forward", "head-back"),
    *("smile", "frown", "brows-up", "brows-down", "squint", "eyes-closed", "eyes-wide"),
    *("gaze-up", "gaze-down", "gaze-left", "gaze-right"),
    *("puffed-cheeks", "sucked-cheeks", "blow", "teeth", "tongue-out"),
    *("mouth-cha", "mouth-oo", "mouth-mm", "mouth-pah"),
)
"""What each looks like is in `signllm/face/data/expressions.toml`."""
