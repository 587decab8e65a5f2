"""Signs and sentences as clips that a page plays: rotations and face weights, packed as small integers in JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from signllm.language.labels import EXPERIMENTAL
from signllm.motion.recording import MotionFrame
from signllm.motion.skeletons import prompt2sign
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.motion.skeletons.humanoid import HUMANOID, SHOULDER_HEIGHT
from signllm.source import FPS, Gloss, Utterance
from signllm_bridge.errors import ReviewError
from signllm_bridge.generation import Generation
from signllm_bridge.messages import Speak

LANGUAGE: Final = "asl"
_BUST: Final = np.array([[-0.28, 1.08, -0.14], [0.28, 1.80, 0.16]])
"""Head and trunk to below the chest, opposite corners in metres: what is always in the picture."""
_AT_REST: Final = -0.45
"""Metres from the shoulders: a hand whose middle is lower hangs at rest and may leave the picture."""
_FLESH: Final = 0.045
"""Metres around keypoints that belong to the body."""


def sign_clip(generation: Generation, name: str) -> dict[str, Any]:
    """The clip of one sign by the lexicon, with its own face.

    It is not planned as a text would be: reviewers must see the signs of emergencies too.
    """
    utterance = Utterance(name, LANGUAGE, (Gloss(name, 0, name),), EXPERIMENTAL, 1.0)
    return pack(utterance, generation.frames("lexicon", utterance))


def sentence_clip(generation: Generation, text: str, source: str) -> dict[str, Any]:
    """The clip of an English sentence by one of the sources.

    Raises:
        ReviewError: The sentence is captioned, not signed.
    """
    speak = Speak(text, LANGUAGE, source)
    utterance = generation.plan(speak)
    if not utterance.glosses:
        why = " ".join(utterance.notices) or utterance.label
        raise ReviewError(f"this sentence is not signed, so that nobody can be asked about it: {text[:80]!r} ({why})")
    return pack(utterance, generation.sign(speak, utterance))


def pack(utterance: Utterance, frames: Iterable[MotionFrame]) -> dict[str, Any]:
    """What a page needs of an utterance.

    Returns:
        `fps`, `frames` T, `rotations` int16 [T, J, 4] (value / 32767, xyzw) and `face` uint8 [T, 52] (value / 255),
        both little-endian in base64, `gloss` the gloss line, `starts`, the first frame of each gloss, and `box`, two
        opposite corners in metres of what must be seen.
    """
    rows = list(frames)
    rotations = np.array([row.rotations for row in rows]).reshape(len(rows), -1)
    face = np.array([row.face for row in rows]).reshape(len(rows), -1)
    index = [row.gloss for row in rows]
    starts = [index.index(k) if k in index else len(rows) for k in range(len(utterance.glosses) + 1)]
    return {
        "fps": FPS,
        "frames": len(rows),
        "rotations": _base64(np.rint(rotations * 32767).astype("<i2")),
        "face": _base64(np.rint(np.clip(face, 0.0, 1.0) * 255).astype(np.uint8)),
        "gloss": utterance.gloss_text,
        "starts": starts,
        "box": np.round(_box(rows), 3).tolist(),
    }


def rig() -> dict[str, Any]:
    """Names of the axes of a clip's arrays."""
    return {"joints": list(HUMANOID.joint_names), "faces": list(FACE_NAMES)}


def _box(rows: Sequence[MotionFrame]) -> np.ndarray[Any, Any]:
    """[2, 3]: around head, trunk, and every arm while it signs."""
    low, high = _BUST
    keypoints = np.array([row.keypoints for row in rows], dtype=np.float64).reshape(len(rows), -1, 3)
    keypoints[..., 1] += SHOULDER_HEIGHT
    for side, elbow in prompt2sign.ELBOW.items():
        hand = keypoints[:, prompt2sign.hand_slice(side)]
        raised = hand[:, :, 1].mean(axis=1) > SHOULDER_HEIGHT + _AT_REST
        seen = np.concatenate([hand[raised].reshape(-1, 3), keypoints[raised, elbow]])
        low = np.minimum(low, seen.min(axis=0, initial=np.inf) - _FLESH)
        high = np.maximum(high, seen.max(axis=0, initial=-np.inf) + _FLESH)
    return np.stack([low, high])


def _base64(values: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")
