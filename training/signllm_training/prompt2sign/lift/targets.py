"""What a lifter aims at: normalised, pruned and smoothed keypoints, and the loss that says how near it came.

Source: B1 to B3 and the loss of the published tools (2D_to_3D; J. Zelinka and J. Kanis, "Neural Sign Language
Synthesis: Words Are Our Glosses", WACV 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import Observation

Array = npt.NDArray[np.float64]

BODY_SEEN: Final = 0.3
"""Least mean confidence of the eight body keypoints: a frame below it counts for nothing."""
ENOUGH: Final = 0.99
"""Confidence that the weighted mean over neighbouring frames gathers before it stops."""
LENGTH_WEIGHT: Final = 0.001
SMOOTHNESS_WEIGHT: Final = 0.1


@dataclass(frozen=True, eq=False)
class Targets:
    """Where keypoints should lie in the picture plane, in standard deviations from the clip's mean."""

    xy: Array
    """[T, 50, 2], to the signer's left and up."""
    weight: Array
    """[T, 50], the confidences; 0 in frames without a body."""
    centre: tuple[float, float]
    """The clip's mean in the source's numbers."""
    scale: float
    """The source's units for one standard deviation. As published, it is that of x and y together about one mean, so
    that it grows with how far from the picture's diagonal the signer stands."""
    axes: tuple[int, int, int]

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.xy)


@dataclass(frozen=True)
class Loss:
    """The three terms that the published procedure descends, on normalised keypoints."""

    data: float
    """Mean over frames and keypoints of the weighted squared distance in the picture plane."""
    length: float
    """Sum of the 25 lengths."""
    smoothness: float
    """Mean over steps and keypoints of the squared way between two frames, depth included; 0 for one frame."""

    @property
    def total(self) -> float:
        """The sum: data + 0.001 length + 0.1 smoothness."""
        return self.data + LENGTH_WEIGHT * self.length + SMOOTHNESS_WEIGHT * self.smoothness


def make_targets(seen: Observation) -> Targets:
    """Normalise, prune and smooth.

    Raises:
        DataError: The observation has depth, shows no body in any frame, or all its keypoints are in one place.
    """
    if seen.depth != "none":
        raise DataError(f"this clip has {seen.depth} depth: lift clips whose depth is 'none'")
    weight = seen.confidence.astype(np.float64)
    if not (weight > 0.0).any():
        raise DataError("no keypoint is seen in any frame: there is nothing to lift")
    weight[weight[:, : len(prompt2sign.BODY)].mean(axis=1) < BODY_SEEN] = 0.0
    if not (weight > 0.0).any():
        raise DataError(
            f"the mean confidence of the {len(prompt2sign.BODY)} body keypoints is below {BODY_SEEN} in every frame: "
            "there is no body to lift"
        )
    # Missing keypoints count as zeros, as they do in the published tools: OpenPose writes 0 0 0 for them.
    xy = np.where(seen.confidence[..., None] > 0.0, seen.points[..., :2], 0.0).astype(np.float64)
    mean, scale = xy.mean(axis=(0, 1)), float(xy.std())
    if scale <= 1e-9 * max(1.0, float(np.abs(xy).max())):
        raise DataError("all keypoints are always in one place: there is nothing to lift")
    placed = (xy - mean) / scale * np.array(seen.axes[:2])
    return Targets(_gather(placed, weight), weight, (float(mean[0]), float(mean[1])), scale, seen.axes)


def restore_points(points: Array, targets: Targets) -> npt.NDArray[np.float32]:
    """Lifted keypoints [T, 50, 3] in the source's numbers; depth starts where the method put it."""
    placed = points * np.array(targets.axes) * targets.scale + np.array([*targets.centre, 0.0])
    return np.asarray(placed, dtype=np.float32)


def measure_loss(points: Array, lengths: Array, targets: Targets) -> Loss:
    """How near lifted keypoints [T, 50, 3] and lengths [25], both normalised, come to the targets."""
    away = np.sum((points[..., :2] - targets.xy) ** 2, axis=-1)
    steps = np.sum(np.diff(points, axis=0) ** 2, axis=-1)
    return Loss(
        float(np.mean(targets.weight * away)), float(lengths.sum()), float(steps.mean()) if len(points) > 1 else 0.0
    )


def _gather(xy: Array, weight: Array) -> Array:
    """Weighted means over t, t +- 1, t +- 2, ... until the weights of a keypoint add up to `ENOUGH`.

    Sums over windows are differences of running sums, and the window is found by bisection: a keypoint that is missing
    for long costs no more than one that is seen.
    """
    frames = len(xy)
    sums = np.concatenate([np.zeros_like(weight[:1]), np.cumsum(weight, axis=0)])
    moments = weight[..., None] * xy
    moments = np.concatenate([np.zeros_like(xy[:1]), np.cumsum(moments, axis=0)])
    at = np.arange(frames)[:, None]

    def window(radius: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Array]:
        first, end = np.maximum(at - radius, 0), np.minimum(at + radius + 1, frames)
        return first, end, np.take_along_axis(sums, end, axis=0) - np.take_along_axis(sums, first, axis=0)

    low = np.zeros(weight.shape, dtype=np.intp)
    high = np.full_like(low, frames - 1)
    while (low < high).any():
        middle = (low + high) // 2
        enough = window(middle)[2] >= ENOUGH
        low, high = np.where(enough, low, np.minimum(middle + 1, high)), np.where(enough, middle, high)
    first, end, gathered = window(high)
    total = np.take_along_axis(moments, end[..., None], axis=0) - np.take_along_axis(moments, first[..., None], axis=0)
    # Running sums leave dust where nothing was added: what was never seen stays at the mean, as published.
    known = gathered > 1e-9
    return np.where(known[..., None], total / np.where(known, gathered, 1.0)[..., None], 0.0)
