"""Outputs and their references in pairs: which can be compared, in which unit, and what a missing keypoint costs.

A missing keypoint is NaN. Whoever has confidences writes `np.where(confidence[..., None] > 0, points, np.nan)`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from signllm.motion.skeletons import prompt2sign
from signllm_training.evaluation import features
from signllm_training.evaluation.metrics import Array

Clips = Sequence[npt.NDArray[np.floating]]
Pair = tuple[Array, Array]
"""An output and its reference, [T, ...] and [U, ...]."""
Bools = npt.NDArray[np.bool_]

_SHOULDERS = [prompt2sign.SHOULDER[side] for side in features.SIDES]


def pair_up(hypotheses: Clips, references: Clips, *, may_miss: bool = False) -> tuple[list[Pair], tuple[str, ...]]:
    """Outputs that have frames, with their references, and the note on those that have none.

    Raises:
        ValueError: See `check_clips`.
    """
    check_clips(hypotheses, references, may_miss=may_miss)
    pairs: list[Pair] = [
        (np.asarray(made, dtype=np.float64), np.asarray(wanted, dtype=np.float64))
        for made, wanted in zip(hypotheses, references, strict=True)
        if len(made)
    ]
    empty = len(references) - len(pairs)
    return pairs, (f"{empty} of {len(references)} outputs have no frames and are left out",) if empty else ()


def check_clips(hypotheses: Clips, references: Clips, *, may_miss: bool = False) -> None:
    """Check that clips pair up; with `may_miss`, keypoints may be missing.

    Raises:
        ValueError: They do not; the message says which pair, counted from 0, and why.
    """
    if not len(references) or len(hypotheses) != len(references):
        raise ValueError(
            f"expected one output for each of at least one reference, got {len(hypotheses)} for {len(references)}"
        )
    for place, (made, wanted) in enumerate(zip(hypotheses, references, strict=True)):
        if not len(wanted):
            raise ValueError(f"reference {place} has no frames: leave it out of the split")
        if made.shape[1:] != wanted.shape[1:]:
            raise ValueError(f"pair {place}: expected frames of one shape, got {made.shape} and {wanted.shape}")
        if not may_miss and not (np.isfinite(made).all() and np.isfinite(wanted).all()):
            raise ValueError(
                f"pair {place} holds NaN or infinity, and this measure needs every keypoint: fill the gaps"
            )


def by_shoulders(clip: npt.ArrayLike) -> Array:
    """A clip with its mean shoulder distance as the unit and its mean mid-shoulder as the origin, [T, 50, D].

    One shift and one scale for the clip, so that leaning and swaying stay.

    Raises:
        ValueError: No frame has both shoulders apart.

    Source: `Pose.normalize` of pose-format, which Ham2Pose and pose-evaluation call.
    """
    clip = np.asarray(clip, dtype=np.float64)
    shoulders = clip[:, _SHOULDERS]
    shoulders = shoulders[_are_there(shoulders).all(axis=1)]
    width = np.linalg.norm(shoulders[:, 0] - shoulders[:, 1], axis=-1).mean() if len(shoulders) else 0.0
    if not width:
        raise ValueError(_NO_SHOULDERS)
    normalised: Array = (clip - shoulders.mean(axis=(0, 1))) / width
    return normalised


def in_reference_shoulder_widths(made: Array, wanted: Array) -> Pair:
    """Both clips from mid-shoulder, frame by frame, in the reference's median shoulder width, [T, 50, 3], [U, 50, 3].

    Raises:
        ValueError: No frame of the reference has both shoulders apart.
    """
    shoulders = wanted[:, _SHOULDERS]
    widths = np.linalg.norm(shoulders[:, 0] - shoulders[:, 1], axis=-1)
    width = np.median(widths[np.isfinite(widths)]) if np.isfinite(widths).any() else 0.0
    if not width:
        raise ValueError(_NO_SHOULDERS)
    made, wanted = ((clip - clip[:, _SHOULDERS].mean(axis=1, keepdims=True)) / width for clip in (made, wanted))
    return made, wanted


def mean_joint_costs(made: Array, wanted: Array) -> Array:
    """Mean distance of the joints that the reference has, between all pairs of frames, [T, K, D], [U, K, D] -> [T, U].

    A frame in which the reference has none costs nothing.
    """
    has = _are_there(wanted)  # [U, K]
    filled = np.where(has[..., None], wanted, 0.0)
    total = np.zeros((len(made), len(wanted)))
    for k in range(wanted.shape[1]):
        total += cdist(made[:, k], filled[:, k]) * has[:, k]
    costs: Array = total / np.maximum(has.sum(axis=1), 1)
    return costs


def masked_distances(made: Array, wanted: Array) -> Array:
    """Costs between the points of one keypoint where either may be missing, [T, D], [U, D] -> [T, U].

    Nothing where the reference's is missing, half the reference's distance from the origin where only the output's is.

    Source: rotem-shalev/Ham2Pose, `metrics.masked_euclidean`.
    """
    here, there = _are_there(made), _are_there(wanted)
    filled = np.where(there[:, None], wanted, 0.0)
    apart = cdist(np.where(here[:, None], made, 0.0), filled)
    costs: Array = np.where(there, np.where(here[:, None], apart, np.linalg.norm(filled, axis=-1) / 2), 0.0)
    return costs


def mean_of_frames(apart: Array) -> float:
    """Mean over frames of the mean over their joints, [P, K]; NaN, for missing, counts in neither."""
    has: Bools = np.isfinite(apart)
    joints = has.sum(axis=1)
    return mean(np.where(has, apart, 0.0).sum(axis=1)[joints > 0] / joints[joints > 0])


def mean_ratio(made: Sequence[float], wanted: Sequence[float]) -> tuple[float, tuple[str, ...]]:
    """Mean of `made` over `wanted`, and the note on the pairs left out because the reference has 0."""
    kept = [m / w for m, w in zip(made, wanted, strict=True) if w > 0]
    still = len(wanted) - len(kept)
    return mean(kept), (f"{still} of {len(wanted)} references have 0 here and are left out",) if still else ()


def mean(values: Sequence[float] | Array) -> float:
    """Mean, NaN of nothing."""
    return float(np.mean(values)) if len(values) else float("nan")


def _are_there(points: Array) -> Bools:
    """Whether all coordinates of a keypoint are known, [..., D] -> [...]."""
    there: Bools = np.asarray(np.isfinite(points).all(axis=-1))
    return there


_NO_SHOULDERS = "a clip cannot be measured in shoulder widths: no frame has both shoulders, or they lie in one point"
