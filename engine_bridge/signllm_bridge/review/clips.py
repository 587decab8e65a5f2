"""Signs and sentences as clips that a page plays: rotations and face weights, packed as small integers in JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np

from signllm.motion.recording import MotionFrame
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm.source import FPS, Utterance
from signllm_bridge.generation import Generation
from signllm_bridge.messages import Speak

LANGUAGE = "asl"


def sign_clip(generation: Generation, name: str) -> dict[str, Any]:
    """The clip of one sign by the lexicon, with its own face."""
    speak = Speak("", LANGUAGE, "lexicon", gloss=name)
    utterance = generation.plan(speak)
    return pack(utterance, generation.sign(speak, utterance))


def sentence_clip(generation: Generation, text: str, source: str) -> dict[str, Any]:
    """The clip of an English sentence by one of the sources."""
    speak = Speak(text, LANGUAGE, source)
    utterance = generation.plan(speak)
    return pack(utterance, generation.sign(speak, utterance))


def pack(utterance: Utterance, frames: Iterable[MotionFrame]) -> dict[str, Any]:
    """What a page needs of an utterance.

    Returns:
        `fps`, `frames` T, `rotations` int16 [T, J, 4] (value / 32767, xyzw) and `face` uint8 [T, 52] (value / 255),
        both little-endian in base64, `gloss` the gloss line, and `starts`, the first frame of each gloss.
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
    }


def rig() -> dict[str, Any]:
    """Names of the axes of a clip's arrays."""
    return {"joints": list(HUMANOID.joint_names), "faces": list(FACE_NAMES)}


def _base64(values: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")
