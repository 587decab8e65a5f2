"""What flows through the pipeline: one sentence or sign of one signer, as its source saw it.

Readers keep the source's own numbers. Where its axes point, what its unit is and whether it saw depth is said beside
them, so that `standard` can place every source in one coordinate space, and back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError

Floats = npt.NDArray[np.float32]

UNITS: Final = ("pixel", "image", "metre", "shoulder", "arbitrary")
"""What a source measures in: picture elements, picture widths, metres, shoulder widths, or nothing that it names."""
DEPTHS: Final = ("none", "measured", "lifted")
"""Whether the third coordinate is missing, comes from the source, or was computed from the other two."""
SPLITS: Final = ("train", "dev", "test", "")


@dataclass(frozen=True)
class Licence:
    """What may be done with a sample."""

    name: str
    """SPDX identifier where there is one, else the name that the corpus uses; `unknown` when nothing is said."""
    commercial: bool = False
    """Whether commercial use is known to be allowed."""
    consent: str = ""
    """What the signers agreed to, as far as the corpus says."""


UNKNOWN_LICENCE: Final = Licence("unknown")


@dataclass(frozen=True)
class Provenance:
    """Where a sample comes from."""

    corpus: str
    """Short name of the corpus or folder."""
    source: str
    """File or folder within it, `/` between parts; never an absolute path."""
    reader: str
    """Reader and, where it has some, its profile: `skels:phoenix`."""
    begin_s: float | None = None
    """Start within a longer recording, seconds."""
    end_s: float | None = None


@dataclass(frozen=True, eq=False)
class Observation:
    """Keypoints over time in the numbers of their source."""

    points: Floats
    """[T, 50, 3] in the order of `signllm.motion.skeletons.prompt2sign`; zero depth where there is none; finite."""
    confidence: Floats
    """[T, 50], 0 where a keypoint is missing, to 1; a source without confidences says 1 for what it has."""
    fps: float
    """Frames per second."""
    axes: tuple[int, int, int] = (1, -1, 1)
    """Signs, 1 or -1, of the source's x, y and z along the signer's left, up, and the way the signer faces. The default
    is a picture: x to its right, where a signer's left is, and y down."""
    unit: str = "pixel"
    """One of `UNITS`."""
    depth: str = "none"
    """One of `DEPTHS`."""

    def __post_init__(self) -> None:
        """Check shapes and values.

        Raises:
            DataError: They cannot be what the source saw.
        """
        frames = len(self.points)
        if self.points.shape != (frames, prompt2sign.COUNT, 3) or self.confidence.shape != (frames, prompt2sign.COUNT):
            raise DataError(
                f"expected points [T, {prompt2sign.COUNT}, 3] and confidence [T, {prompt2sign.COUNT}], got "
                f"{self.points.shape} and {self.confidence.shape}"
            )
        if frames == 0:
            raise DataError("a clip without a frame")
        if not (np.isfinite(self.points).all() and np.isfinite(self.confidence).all()):
            raise DataError("a coordinate or confidence is not a finite number: readers give missing ones confidence 0")
        if not 0.0 < self.fps < 1000.0:
            raise DataError(f"{self.fps} frames per second: between 0 and 1000 are possible")
        if set(self.axes) - {1, -1} or self.unit not in UNITS or self.depth not in DEPTHS:
            raise DataError(f"axes {self.axes}, unit {self.unit!r}, depth {self.depth!r} are not all known")

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.points)


@dataclass(frozen=True, eq=False)
class Sample:
    """One sentence or sign."""

    name: str
    """Unique within its corpus."""
    language: str
    """Code of `languages`: `asl`, `dgs`, ...; empty when the source does not say."""
    text: str
    """What it says in the written language; empty when the source does not say."""
    gloss: tuple[str, ...]
    """Glosses, none when the source has none."""
    signer: str
    """Identifier within the corpus; empty when the source does not say."""
    split: str
    """One of `SPLITS`."""
    licence: Licence
    provenance: Provenance
    seen: Observation


@dataclass(frozen=True)
class Skipped:
    """A sample that could not be read: counted in the report, never lost silently."""

    source: str
    """File within the corpus."""
    line: int | None
    """Line in it, counted from 1, where there is one."""
    reason: str


Read = Iterator[Sample | Skipped]
"""What every reader returns; it stops only when the corpus as a whole cannot be read (`DataError`)."""
