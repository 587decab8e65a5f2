"""What is wrong with a clip, mended where that can be done honestly, and a score.

In this order: keypoints of too little confidence count as missing; sides that were exchanged are put right; keypoints
where no hand can be are removed; short gaps are filled; hands at rest are cut from both ends. A clip in which nothing
is wrong keeps every bit. Everything is measured across the picture, in shoulder widths, so that pixels and metres, and
sources with and without depth, are judged alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.quality_gaps import fill_gaps
from signllm_training.prompt2sign.quality_outliers import find_outliers
from signllm_training.prompt2sign.quality_rest import find_rest
from signllm_training.prompt2sign.quality_swaps import mend_sides
from signllm_training.prompt2sign.sample import Observation, Provenance, Sample

_SHOULDERS: Final = (prompt2sign.SHOULDER["right"], prompt2sign.SHOULDER["left"])
_BODY_WEIGHT, _BETTER_HAND, _OTHER_HAND = 0.4, 0.45, 0.15
"""How much of the score the body, the hand that is seen more, and the other hand are worth: many signs have one hand,
and the other one is often out of the picture."""


@dataclass(frozen=True)
class QualityOptions:
    """What counts as wrong, and what is mended. Lengths are in the clip's median shoulder width (about 0.36 m)."""

    least_confidence: float = 0.05
    """Keypoints below it count as missing. In the hands of three How2Sign clips that OpenPose placed at the wrong end
    of the hand, the wrist has 0.02 to 0.08; in the others it has 0.5 (median)."""
    longest_gap_s: float = 0.2
    """Longest gap that is filled, seconds: a handshape can come and go in 80 ms, a sign in 200 to 300."""
    filled_confidence: float = 0.05
    """Confidence of what was filled in."""
    body_speed: float = 16.0
    """Fastest that a keypoint of body or wrist moves, shoulder widths per second. Measured: at most 4.9 in three
    How2Sign clips, 11.5 in ten of PHOENIX-14T, 8.3 in the lexicon's synthesiser."""
    hand_speed: float = 25.0
    """The same for the keypoints of a hand against its wrist; measured at most 17.8 in PHOENIX-14T."""
    longest_limb: float = 2.0
    """Longest that a limb appears, in lengths of an adult's; measured at most 1.5 where the estimate is right."""
    widest_wrist_gap: float = 0.4
    """Furthest that the base of a hand lies from the wrist of its arm. Measured: at most 0.19 in PHOENIX-14T; in
    How2Sign 0.3 where the hand is right, and 0.4 to 0.9 where OpenPose turned it around or placed it elsewhere; in
    the letters of two MediaPipe sets 0.26, and 0.4 to 2.6 where a hand or a wrist was lost."""
    mend_sides: bool = True
    """Whether exchanged sides are put right."""
    trim: bool = True
    """Whether hands at rest are cut from both ends."""
    rest_speed: float = 0.5
    """Slower than this a wrist is still, shoulder widths per second, averaged over a fifth of a second; half of all
    frames of signing are faster (measured)."""
    margin_s: float = 0.2
    """How much rest is kept, seconds."""

    def __post_init__(self) -> None:
        """Check ranges.

        Raises:
            DataError: A value makes no sense.
        """
        if not (0.0 <= self.filled_confidence < 1.0 and 0.0 <= self.least_confidence <= 1.0):
            raise DataError(
                f"least_confidence {self.least_confidence} must be 0 to 1, and filled_confidence "
                f"{self.filled_confidence} below 1: what was filled in was not seen"
            )
        if 0.0 < self.filled_confidence < self.least_confidence:
            raise DataError("filled_confidence below least_confidence: what is filled in would count as missing")
        lengths = (self.longest_gap_s, self.margin_s, self.rest_speed)
        limits = (self.body_speed, self.hand_speed, self.longest_limb, self.widest_wrist_gap)
        if not (all(0.0 <= x < float("inf") for x in lengths) and all(0.0 < x < float("inf") for x in limits)):
            raise DataError(f"lengths, times and speeds must be finite and not negative, limits above 0: {self}")


@dataclass(frozen=True)
class Quality:
    """What was found in a clip."""

    score: float
    """0 to 1: `seen * (1 - 4 wrong) * (1 - swapped / 2)`.

    `seen` = 0.4 body + 0.45 the hand that was seen more + 0.15 the other, each the share of its keypoints that the
    source saw with enough confidence; `wrong` is the share of outliers among them, of which a quarter leaves nothing;
    `swapped` the share of frames with exchanged sides. Confidences do not count otherwise: sources mean different
    things by them."""
    missing: float
    """Share of keypoints that the source did not see with enough confidence, 0 to 1."""
    swapped: int
    """Frames with exchanged sides, all put right if asked for."""
    outliers: int
    """Keypoints, each in each frame, where none can be."""
    filled: int
    """Keypoints, each in each frame, that were filled in."""
    trimmed: tuple[int, int]
    """Frames of rest cut from the start and the end."""
    notes: tuple[str, ...] = ()
    """Sentences on what could not be mended."""


def clean(sample: Sample, options: QualityOptions) -> tuple[Sample, Quality]:
    """A sample with what is wrong in it mended, and what that was.

    Keypoints that are removed keep their numbers and have confidence 0. The sample's begin and end within a recording
    follow what is cut.
    """
    seen = sample.seen
    confident = (seen.confidence > 0.0) & (seen.confidence >= options.least_confidence)
    width = shoulder_width(seen, confident)
    missing = float(1.0 - confident.mean())
    if width <= 0.0:
        return sample, Quality(0.0, missing, 0, 0, 0, (0, 0), ("both shoulders are never seen together",))
    flat = _picture(seen, width)
    points, confidence = seen.points, seen.confidence
    order, swapped, notes = mend_sides(
        flat, confident, seen.fps, body_speed=options.body_speed, widest_wrist_gap=options.widest_wrist_gap
    )
    if options.mend_sides and swapped:
        frames = np.arange(len(seen))[:, None]
        flat, confident = flat[frames, order], confident[frames, order]
        points, confidence = points[frames, order], confidence[frames, order]
    outliers, undecided = find_outliers(
        *(flat, confident, confidence, seen.fps),
        body_speed=options.body_speed,
        hand_speed=options.hand_speed,
        longest_limb=options.longest_limb,
        widest_wrist_gap=options.widest_wrist_gap,
    )
    known = confident & ~outliers
    points, filled = fill_gaps(points, known, int(options.longest_gap_s * seen.fps))
    if not known.all():
        confidence = np.where(known, confidence, filled * np.float32(options.filled_confidence))
    start, stop = 0, len(seen)
    if options.trim:
        start, stop = find_rest(flat, known, seen.fps, rest_speed=options.rest_speed, margin_s=options.margin_s)
    notes += undecided
    if start == stop:
        notes += ("the hands rest throughout",)
        start, stop = 0, len(seen)
    counts = (swapped, int(outliers.sum()), int(filled.sum()), (start, len(seen) - stop))
    quality = Quality(_score(confident, outliers, swapped / len(seen)), missing, *counts, notes)
    if points is seen.points and confidence is seen.confidence and stop - start == len(seen):
        return sample, quality
    mended = replace(seen, points=points[start:stop], confidence=confidence[start:stop])
    return replace(sample, seen=mended, provenance=_cut(sample, start, stop)), quality


def shoulder_width(seen: Observation, known: npt.NDArray[np.bool_]) -> float:
    """Median distance of the shoulders across the picture in the source's unit; 0 if never seen together."""
    right, left = _SHOULDERS
    both = known[:, right] & known[:, left]
    if not both.any():
        return 0.0
    apart = (seen.points[both, left, :2] - seen.points[both, right, :2]).astype(np.float64)
    return float(np.median(np.linalg.norm(apart, axis=-1)))


def _picture(seen: Observation, width: float) -> npt.NDArray[np.float64]:
    """[T, 50, 2] shoulder widths to the signer's left and up."""
    return np.asarray(seen.points[..., :2].astype(np.float64) * (np.array(seen.axes[:2]) / width))


def _score(seen: npt.NDArray[np.bool_], outliers: npt.NDArray[np.bool_], swapped: float) -> float:
    body = seen[:, : len(prompt2sign.BODY)].mean()
    hands = sorted(seen[:, prompt2sign.hand_slice(side)].mean() for side in ("left", "right"))
    share = _BODY_WEIGHT * body + _BETTER_HAND * hands[1] + _OTHER_HAND * hands[0]
    wrong = outliers.sum() / max(seen.sum(), 1)
    return float(share * max(0.0, 1.0 - 4.0 * wrong) * (1.0 - 0.5 * swapped))


def _cut(sample: Sample, start: int, stop: int) -> Provenance:
    was, seen = sample.provenance, sample.seen
    begin, end = was.begin_s, was.end_s
    if begin is not None:
        begin += start / seen.fps
    if end is not None:
        end -= (len(seen) - stop) / seen.fps
    return replace(was, begin_s=begin, end_s=end)
