"""An utterance of the humanoid as it is stored: what is known before its first frame, its frames, and the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.errors import FormatError
from signllm.motion import rotation
from signllm.motion.clip import Clip
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm.motion.skeletons.arkit import FACE_NAMES

MAX_FRAMES: Final = 100_000
"""An hour and more of signing; a longer utterance is refused before it takes the memory."""
FRAME_SHAPES: Final = {
    "keypoints": (prompt2sign.COUNT, 3),
    "rotations": (len(humanoid.HUMANOID.joint_names), 4),
    "root": (3,),
    "face": (len(FACE_NAMES),),
}
"""Shapes of the arrays of one frame."""


@dataclass(frozen=True)
class GlossSpan:
    """When a sign is made."""

    name: str
    start: float
    """Seconds from the first frame."""
    end: float
    """Seconds from the first frame; the next sign may begin here."""


@dataclass(frozen=True)
class Header:
    """What is known of an utterance before its first frame."""

    gloss: tuple[str, ...]
    label: str
    coverage: float
    fps: float = 25.0


@dataclass(frozen=True, eq=False)
class MotionFrame:
    """One frame of the humanoid as it is written."""

    keypoints: npt.NDArray[np.floating]
    """[50, 3] metres."""
    rotations: npt.NDArray[np.floating]
    """[J, 4] unit quaternions xyzw."""
    root: npt.NDArray[np.floating]
    """[3] metres."""
    face: npt.NDArray[np.floating]
    """[52] weights."""
    gloss: int
    """Index into `Header.gloss`, or their number while the hands return to rest."""


@dataclass(frozen=True, eq=False)
class Recording:
    """A finished utterance."""

    clip: Clip
    face: rotation.Array
    """[T, 52] weights in the order of `FACE_NAMES`."""
    gloss: tuple[GlossSpan, ...]
    label: str
    coverage: float


def collect(header: Header, frames: Iterable[MotionFrame]) -> Recording:
    """The finished utterance of a header and its frames.

    Raises:
        FormatError: A frame has arrays of the wrong shape, or there are more than `MAX_FRAMES`.
    """
    kept: list[MotionFrame] = []
    for frame in frames:
        if len(kept) == MAX_FRAMES:
            raise FormatError(f"a motion file holds at most {MAX_FRAMES} frames; cut the utterance into parts")
        check_frame(frame, len(kept))
        kept.append(frame)
    keypoints = _stacked([f.keypoints for f in kept], prompt2sign.COUNT, 3)
    rotations = _stacked([f.rotations for f in kept], len(humanoid.HUMANOID.joint_names), 4)
    clip = Clip(rotations, _stacked([f.root for f in kept], 3), header.fps, humanoid.HUMANOID, keypoints)
    face = _stacked([f.face for f in kept], len(FACE_NAMES))
    spans = _spans(header, np.array([f.gloss for f in kept], dtype=np.intp))
    return Recording(clip, face, spans, header.label, header.coverage)


def check_frame(frame: MotionFrame, index: int) -> None:
    """Check one frame.

    Raises:
        FormatError: An array has the wrong shape, or a value that is no number; the message names frame `index`.
    """
    for name, shape in FRAME_SHAPES.items():
        value = np.asarray(getattr(frame, name))
        if value.shape != shape:
            raise FormatError(f"frame {index}: expected {name} {list(shape)}, got {list(value.shape)}")
        if not np.isfinite(value).all():
            raise FormatError(f"frame {index}: {name} holds a value that is no number; fill gaps before writing")


def _stacked(rows: list[npt.NDArray[np.floating]], *shape: int) -> rotation.Array:
    return np.array(rows, dtype=np.float64).reshape(len(rows), *shape)


def _spans(header: Header, indices: npt.NDArray[np.intp]) -> tuple[GlossSpan, ...]:
    """From a gloss's first frame to the end of its last one; a gloss without frames has no span."""
    spans = []
    for index, name in enumerate(header.gloss):
        frames = np.flatnonzero(indices == index)
        if len(frames):
            spans.append(GlossSpan(name, float(frames[0] / header.fps), float((frames[-1] + 1) / header.fps)))
    return tuple(spans)
