"""The standard clip: every source in one coordinate space, with a mask beside the values.

Origin: the middle between the shoulders, its median over the clip, so that a signer who sways still sways. Unit: metres
of a signer whose shoulders are 0.36 m apart, the clip's median apart. Axes: x to the signer's left, y up, z the way
the signer faces. How a clip was placed is kept, so that its source's numbers can be made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm.motion.skeletons.humanoid import SHOULDER_WIDTH
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import Floats, Observation

PROFILE: Final = "signllm-50-v1"
"""Name and version of this profile, written beside every clip."""
_FARTHEST: Final = 1e6
"""Metres: what is farther cannot be told from damage."""
_SHOULDERS: Final = [prompt2sign.SHOULDER["right"], prompt2sign.SHOULDER["left"]]


@dataclass(frozen=True)
class Placement:
    """How a source's numbers became the standard's: `(value - origin) * axes * scale`."""

    origin: tuple[float, float, float]
    """In the source's numbers."""
    scale: float
    """Metres of the standard for one of the source's units."""
    axes: tuple[int, int, int]
    unit: str


@dataclass(frozen=True, eq=False)
class StandardClip:
    """Keypoints of one clip in the profile of this module."""

    points: Floats
    """[T, 50, 3] metres; zero where `mask` says that nothing is known."""
    mask: npt.NDArray[np.bool_]
    """[T, 50] whether a keypoint is known."""
    confidence: Floats
    """[T, 50], 0 to 1, as the source said."""
    fps: float
    depth: str
    """One of `sample.DEPTHS`."""
    placement: Placement

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.points)


def standardise(seen: Observation) -> StandardClip:
    """Place an observation in the standard's coordinate space.

    Raises:
        DataError: Both shoulders are never seen together, or they are always in one place.
    """
    known = seen.confidence > 0.0
    both = known[:, _SHOULDERS].all(axis=1)
    if not both.any():
        raise DataError("both shoulders are never seen together, so the clip has no origin and no unit")
    right, left = (seen.points[both, k].astype(np.float64) for k in _SHOULDERS)
    # Across the picture only: depth that was computed or guessed would make the unit depend on it.
    apart = float(np.median(np.linalg.norm((left - right)[:, :2], axis=-1)))
    if apart <= 0.0:
        raise DataError("both shoulders are always in one place, so the clip has no unit")
    origin = np.median(0.5 * (right + left), axis=0)
    placement = Placement(
        (float(origin[0]), float(origin[1]), float(origin[2])), SHOULDER_WIDTH / apart, seen.axes, seen.unit
    )
    points = (seen.points.astype(np.float64) - origin) * (np.array(seen.axes) * placement.scale)
    kept = np.where(known[..., None], points, 0.0)
    if np.abs(kept).max() > _FARTHEST:
        raise DataError(f"a keypoint is {np.abs(kept).max():.2g} m from the shoulders: no signer is that large")
    kept = kept.astype(np.float32)
    return StandardClip(kept, known, seen.confidence, seen.fps, seen.depth, placement)


def restore(clip: StandardClip) -> Observation:
    """The observation that `standardise` was given; missing keypoints are zero."""
    placement = clip.placement
    points = clip.points.astype(np.float64) / (np.array(placement.axes) * placement.scale) + np.array(placement.origin)
    points = np.where(clip.mask[..., None], points, 0.0).astype(np.float32)
    confidence = np.where(clip.mask, clip.confidence, 0.0).astype(np.float32)
    return Observation(points, confidence, clip.fps, placement.axes, placement.unit, clip.depth)
