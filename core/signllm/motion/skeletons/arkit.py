"""The 52 blend shapes of ARKit, in the order of Apple's documentation: left eye, right eye, jaw, mouth, the rest.

Source: names of `ARFaceAnchor.BlendShapeLocation` (facts). Sides are the signer's. Weights run from 0 to 1.
"""

from __future__ import annotations

from typing import Final

_EYE = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
_SIDES = ("Left", "Right")

FACE_NAMES: Final[tuple[str, ...]] = (
    *(f"eye{shape}{side}" for side in _SIDES for shape in _EYE),
    *("jawForward", "jawLeft", "jawRight", "jawOpen"),
    *("mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight"),
    *(f"mouth{shape}{side}" for shape in ("Smile", "Frown", "Dimple", "Stretch") for side in _SIDES),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *(f"mouth{shape}{side}" for shape in ("Press", "LowerDown", "UpperUp") for side in _SIDES),
    *("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    *("cheekPuff", "cheekSquintLeft", "cheekSquintRight"),
    *("noseSneerLeft", "noseSneerRight", "tongueOut"),
)
"""52 names; `face` arrays, [T, 52], follow this order."""
