"""What the user of a reader may say about a corpus that the corpus does not say itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import SPLITS, UNKNOWN_LICENCE, Licence

PEOPLE: Final = ("largest", "only")
"""Several people in a picture: follow the largest, or skip the sample."""


@dataclass(frozen=True)
class ReadOptions:
    """Said by the user; what a source says itself wins, but for `profile`, which is there to overrule a measurement."""

    language: str = ""
    """Code of the sign language where the source does not say: `asl`, `dgs`, ..."""
    corpus: str = ""
    """Short name of the corpus; the folder's name when empty."""
    licence: Licence = UNKNOWN_LICENCE
    fps: float | None = None
    """Frames per second of sources that do not say; each reader documents its default."""
    profile: str = ""
    """Forces a profile where measurement is ambiguous: `phoenix`, `signllm`, `dwpose`, `holistic178`, `slrtp178`."""
    text: Path | None = None
    """Text table beside the data."""
    split: str = ""
    """One of `SPLITS`, for sources that do not say."""
    blender: Path | None = None
    """Blender, or a Python with `bpy` in its own environment."""
    openpose: Path | None = None
    """OpenPose binary."""
    mediapipe: Path | None = None
    """Model file of MediaPipe's holistic landmarker, `holistic_landmarker.task`."""
    people: str = "largest"
    """One of `PEOPLE`."""
    trust: frozenset[str] = frozenset()
    """Names of checks that the user answers for, as the reader's refusal spells them."""

    def __post_init__(self) -> None:
        """Check what can be checked before a file is opened.

        Raises:
            DataError: No reader could follow these options.
        """
        if self.split not in SPLITS:
            raise DataError(f"split {self.split!r}: {', '.join(filter(None, SPLITS))} are possible, or none")
        if self.people not in PEOPLE:
            raise DataError(f"people {self.people!r}: {' and '.join(PEOPLE)} are possible")
        if self.fps is not None and not 0.0 < self.fps < 1000.0:
            raise DataError(f"{self.fps} frames per second: between 0 and 1000 are possible")
