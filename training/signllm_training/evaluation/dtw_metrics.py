"""Measures on clips of a whole split, each in its published definition and under its own name.

The definitions of "DTW" differ by a factor of 300 on the same clips, and a motionless mean pose does well in all of
them: a table shows them beside the total-distance ratio, the duration ratio and the jerk, never alone.

Clips are [T, K, D], in the unit that the definition asks for. An output without frames has no path, so that every
measure along one leaves it out and says so in a note; the sign error rate is where it pays for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from signllm.motion.skeletons import prompt2sign
from signllm_training.evaluation import features, metrics
from signllm_training.evaluation.clip_pairs import (
    Clips,
    by_shoulders,
    check_clips,
    in_reference_shoulder_widths,
    masked_distances,
    mean,
    mean_joint_costs,
    mean_of_frames,
    mean_ratio,
    pair_up,
)
from signllm_training.evaluation.measure import Measure, signature
from signllm_training.evaluation.metrics import Alignment, Array
from signllm_training.evaluation.warping import FAST_RADIUS, banded_dtw, dtw_totals, fast_dtw

SLRTP_FPS: Final = 12.5
"""Frame rate at which SLRTP 2025 scores; it takes every second frame of clips at 25."""
FILL: Final = 10.0
"""Where a missing keypoint of nDTWp is put, in shoulder widths on every axis. Source: sign-language-processing/
pose-evaluation, whose own discussion calls the resulting distance half an artefact."""
BAND: Final = 0.1
"""How far `DTW-MJE v1` may shift a frame, as a share of the clip."""
_EVERY: Final = range(prompt2sign.COUNT)
PARTS: Final = {
    "all": list(_EVERY),
    "body": list(features.BODY),
    **{f"{side} hand": list(_EVERY[prompt2sign.hand_slice(side)]) for side in features.SIDES},
}
"""Keypoints that `DTW-MJE v1` is reported for on their own."""


def score_poses(hypotheses: Clips, references: Clips, *, fps: float) -> tuple[Measure, ...]:
    """The measures of one row that need no unit of another corpus: clips of 50 keypoints in metres.

    Args:
        hypotheses: [T, 50, 3] each, T from 0, finite.
        references: [U, 50, 3] each, U at least 1, finite, in the same order.
        fps: Frames per second of both.

    Returns:
        `dtw_mje_v1`, nDTW-MJE of Ham2Pose, nDTWp, MPJPE and PA-MPJPE, and the ratios of distance, duration and jerk.

    Raises:
        ValueError: Clips do not pair up, or hold what is not a number.
    """
    return (
        *dtw_mje_v1(hypotheses, references, fps=fps),
        ham2pose_ndtw_mje(hypotheses, references),
        ndtw_p(hypotheses, references),
        *joint_errors(hypotheses, references),
        distance_ratio(hypotheses, references),
        duration_ratio(hypotheses, references),
        *jerk(hypotheses, references, fps=fps),
    )


def cut_at_counter(frames: npt.ArrayLike) -> Array:
    """Frames of a Progressive Transformer before the one with the largest counter, without their counters.

    Args:
        frames: Coordinates and, last, the counter, [T, F + 1]; an output is given without the frame it was started
            from.

    Returns:
        [t, F] with t at least 1. The frame of the largest counter itself is left out, as in the published code.
    """
    frames = np.asarray(frames, dtype=np.float64)
    if frames.ndim != 2 or not len(frames):
        raise ValueError(f"expected frames with a counter [T >= 1, F + 1], got {frames.shape}")
    cut: Array = frames[: max(1, int(np.argmax(frames[:, -1]))), :-1]
    return cut


def progressive_transformers_dtw(hypotheses: Clips, references: Clips) -> Measure:
    """The "DTW" of Progressive Transformers: smallest sum of absolute differences, for each frame of the reference.

    Args:
        hypotheses: Outputs after `cut_at_counter`, [T, 150] or [T, 50, 3].
        references: The same, in the numbers of the corpus' own files: coordinates are divided by 3 in those of this
            paper and by 9 in those of Prompt2Sign, which alone makes values differ by a factor of 3.

    Source: BenSaunders27/ProgressiveTransformersSLP, `helpers.calculate_dtw`: what it calls a Euclidean norm is the sum
    of absolute differences. Both of its clips lack their first frame, which the decoder is started from.
    """
    pairs, notes = pair_up(hypotheses, references)
    flat = [(made.reshape(len(made), -1), wanted.reshape(len(wanted), -1)) for made, wanted in pairs]
    values = [metrics.dtw(cdist(made, wanted, "cityblock")).total / len(wanted) for made, wanted in flat]
    how = {"cost": "L1", "divide": "reference frames", "mean": "clips", "align": "exact"}
    return Measure("DTW (Progressive Transformers)", mean(values), signature("DTW-PT", how), notes)


def slrtp_dtw_mje(hypotheses: Clips, references: Clips, *, fps: float, radius: int | None = FAST_RADIUS) -> Measure:
    """DTW-MJE of SLRTP 2025: mean distance of the joints over all aligned frames of the corpus.

    Args:
        hypotheses: [T, K, 3].
        references: [U, K, 3].
        fps: 25, of which every second frame is taken, or 12.5.
        radius: Of FastDTW, 1 in the published code; none warps exactly.

    Source: walsharry/SLRTP-Sign-Production-Evaluation, `metrics.pose_dtw_mje`. It has 178 keypoints with the right hand
    first; the value depends on which are given.
    """
    step = {2 * SLRTP_FPS: 2, SLRTP_FPS: 1}.get(fps)
    if step is None:
        raise ValueError(f"expected clips at 25 or 12.5 frames per second, got {fps:g}")
    pairs, notes = pair_up([clip[::step] for clip in hypotheses], [clip[::step] for clip in references])
    aligned = [np.linalg.norm(np.subtract(*_warped(*pair, radius)), axis=-1) for pair in pairs]  # [P, K]
    value = float(np.concatenate(aligned).mean()) if aligned else float("nan")
    how = {"fps": f"{SLRTP_FPS:g}", "align": _name(radius), "cost": "L2 of the frame", "mean": "aligned frames"}
    return Measure("DTW-MJE (SLRTP)", value, signature("DTW-MJE-SLRTP", how), notes)


def slrtp_distance(
    hypotheses: Clips, references: Clips, *, wrists: Sequence[int] = tuple(prompt2sign.WRIST.values())
) -> Measure:
    """Total distance of SLRTP 2025: paths of all clips over the references', mean of the two wrists."""
    check_clips(hypotheses, references)
    made, wanted = (
        [sum(metrics.total_distance(clip[:, [wrist]]) for clip in clips) for wrist in wrists]
        for clips in (hypotheses, references)
    )
    value, notes = mean_ratio(made, wanted)
    return Measure("distance (SLRTP)", value, signature("distance-SLRTP", {"mean": "corpus, wrists"}), notes)


def ham2pose_ndtw_mje(hypotheses: Clips, references: Clips, *, radius: int | None = FAST_RADIUS) -> Measure:
    """The nDTW-MJE of Ham2Pose: each keypoint's path warped on its own, clips normalised by the shoulders.

    A pair of points costs nothing where the reference's is missing, half the reference's distance from mid-shoulder
    where only the output's is, and their distance otherwise. The sum along the path is not divided by its length.

    Args:
        hypotheses: [T, 50, D], NaN where a keypoint is missing.
        references: [U, 50, D], NaN where a keypoint is missing.
        radius: Of FastDTW, 1 in the published code; none warps exactly.

    Source: rotem-shalev/Ham2Pose, `metrics.compare_poses`. Its 51 keypoints are these 50 and the middle of the hips. In
    its coarsest frames the package fastdtw forgets which points are missing and warps by whatever lies under the mask;
    that accident is not repeated, so that with missing keypoints a value may differ in its third digit.
    """
    pairs, notes = pair_up(hypotheses, references, may_miss=True)
    values = []
    for pair in pairs:
        made, wanted = (by_shoulders(clip).swapaxes(0, 1) for clip in pair)  # [50, T, D]
        paths = [_align(*both, masked_distances, radius) for both in zip(made, wanted, strict=True)]
        values.append(mean([path.total for path in paths]))
    how = {"norm": "shoulders", "align": _name(radius), "missing": "0,half", "divide": "none", "mean": "keypoints"}
    return Measure("nDTW-MJE (Ham2Pose)", mean(values), signature("nDTW-MJE-Ham2Pose", how), notes)


def ndtw_p(hypotheses: Clips, references: Clips, *, fill: float = FILL) -> Measure:
    """The nDTWp of pose-evaluation: hands alone, each keypoint's path warped on its own, missing ones put at `fill`.

    A path's distance is the root of the smallest sum of squared distances, as in dtaidistance. The published pipeline
    first cuts the frames before and after signing; give clips without them.

    Args:
        hypotheses: [T, 50, D], NaN where a keypoint is missing.
        references: [U, 50, D], NaN where a keypoint is missing.
        fill: Every coordinate of a missing keypoint, in shoulder widths.

    Source: Jiang et al. 2025, "Meaningful pose-based sign language evaluation", and README of
    sign-language-processing/pose-evaluation.
    """
    pairs, notes = pair_up(hypotheses, references, may_miss=True)
    hands = [*PARTS["left hand"], *PARTS["right hand"]]
    values = []
    for pair in pairs:
        made, wanted = (np.nan_to_num(by_shoulders(clip)[:, hands], nan=fill).swapaxes(0, 1) for clip in pair)
        squared = [cdist(*both, "sqeuclidean") for both in zip(made, wanted, strict=True)]  # 42 of [T, U]
        values.append(mean(np.sqrt(dtw_totals(squared))))
    how = {"norm": "shoulders", "points": "hands", "fill": fill, "align": "exact, squared", "mean": "keypoints"}
    return Measure("nDTWp", mean(values), signature("nDTWp", how), notes)


def dtw_mje_v1(hypotheses: Clips, references: Clips, *, fps: float, band: float = BAND) -> tuple[Measure, ...]:
    """The project's own: mean distance of the joints in shoulder widths along the path, mean of the clips.

    Joints are taken from mid-shoulder and measured in the reference's shoulder widths, so that an output cannot shrink
    its own errors. The frame cost, and the path with it, is the mean over all joints that the reference has; the parts
    are read off along the same path.

    Args:
        hypotheses: [T, 50, 3], finite.
        references: [U, 50, 3], NaN where a keypoint is missing.
        fps: For the signature: the same clips at 12.5 and 25 frames per second have other values.
        band: How far a frame may be shifted, as a share of the clip; 1 is no limit.

    Returns:
        All joints, then the body and each hand.
    """
    pairs, notes = pair_up(hypotheses, references, may_miss=True)
    values: dict[str, list[float]] = {name: [] for name in PARTS}
    for place, (made, wanted) in enumerate(pairs):
        if not np.isfinite(made).all():
            raise ValueError(f"output {place} of those with frames, from 0, holds NaN or infinity")
        made, wanted = in_reference_shoulder_widths(made, wanted)
        path = banded_dtw(mean_joint_costs(made, wanted), band).path
        apart = np.linalg.norm(made[path[:, 0]] - wanted[path[:, 1]], axis=-1)  # [P, K]
        for name, keypoints in PARTS.items():
            values[name].append(mean_of_frames(apart[:, keypoints]))
    how = {"unit": "shoulder width", "fps": f"{fps:g}", "align": f"exact, band {band:g}", "mean": "frames, clips"}
    return tuple(
        _of_part(name, found, signature("DTW-MJE-v1", {"joints": name, **how}), notes) for name, found in values.items()
    )


def joint_errors(hypotheses: Clips, references: Clips) -> tuple[Measure, Measure]:
    """MPJPE and PA-MPJPE without warping: of the outputs that have as many frames as their references.

    PA-MPJPE fits rotation, scale and shift to every frame on its own; a mirror image is not a rotation.
    """
    pairs, notes = pair_up(hypotheses, references)
    same = [pair for pair in pairs if len(pair[0]) == len(pair[1])]
    if len(same) < len(pairs):
        notes += (f"{len(pairs) - len(same)} of {len(pairs)} outputs have another number of frames and are left out",)
    plain, fitted = ([measure(*pair) for pair in same] for measure in (metrics.mpjpe, metrics.pa_mpjpe))
    how = {"align": "none", "mean": "clips"}
    return (
        Measure("MPJPE", mean(plain), signature("MPJPE", how), notes),
        Measure("PA-MPJPE", mean(fitted), signature("PA-MPJPE", {"fit": "frame, no mirror", **how}), notes),
    )


def distance_ratio(hypotheses: Clips, references: Clips) -> Measure:
    """Path of both wrists over the reference's, mean of the clips: 1 is right, near 0 a pose that hardly moves."""
    check_clips(hypotheses, references)
    made, wanted = (
        [metrics.total_distance(features.wrists(clip)) for clip in clips] for clips in (hypotheses, references)
    )
    value, notes = mean_ratio(made, wanted)
    return Measure("distance", value, signature("distance", {"joints": "wrists", "mean": "clips"}), notes)


def duration_ratio(hypotheses: Clips, references: Clips) -> Measure:
    """Frames over the reference's, mean of the clips, as SLRTP 2025 has it too."""
    check_clips(hypotheses, references)
    value, notes = mean_ratio([len(clip) for clip in hypotheses], [len(clip) for clip in references])
    return Measure("duration", value, signature("duration", {"mean": "clips"}), notes)


def jerk(hypotheses: Clips, references: Clips, *, fps: float) -> tuple[Measure, Measure]:
    """Mean size of the joints' jerk in unit / s³, and its ratio to the reference's, means of the clips."""
    check_clips(hypotheses, references)
    made, wanted = ([metrics.jerk(clip, fps) for clip in clips] for clips in (hypotheses, references))
    value, notes = mean_ratio(made, wanted)
    how = {"fps": f"{fps:g}", "mean": "clips"}
    return (
        Measure("jerk", mean(made), signature("jerk", {"unit": "1/s^3", **how})),
        Measure("jerk ratio", value, signature("jerk", {"unit": "reference", **how}), notes),
    )


def _warped(made: Array, wanted: Array, radius: int | None) -> tuple[Array, Array]:
    path = _align(made.reshape(len(made), -1), wanted.reshape(len(wanted), -1), cdist, radius).path
    return made[path[:, 0]], wanted[path[:, 1]]


def _align(made: Array, wanted: Array, compute_cost: Callable[[Array, Array], Array], radius: int | None) -> Alignment:
    if radius is None:
        return metrics.dtw(compute_cost(made, wanted))
    return fast_dtw(made, wanted, compute_cost, radius)


def _of_part(name: str, values: Sequence[float], how: str, notes: tuple[str, ...]) -> Measure:
    """Mean over the clips whose reference has the part at all."""
    kept = [value for value in values if np.isfinite(value)]
    if len(kept) < len(values):
        notes += (f"{len(values) - len(kept)} of {len(values)} references never show this part and are left out",)
    return Measure(f"DTW-MJE v1 {name}", mean(kept), how, notes)


def _name(radius: int | None) -> str:
    return "exact" if radius is None else f"fastdtw({radius})"
