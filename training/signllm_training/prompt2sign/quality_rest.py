"""Hands at rest at both ends of a clip."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.quality_gaps import Known, distance, without_gaps
from signllm_training.prompt2sign.quality_outliers import SIDES, Flat

_LOW: Final = 0.1
"""Shoulder widths above its elbow that a resting wrist may lie: hands hang, lie in the lap or are folded at the belly.
A sign held at the end of a sentence is above; wrists of three How2Sign clips, cut between signs, are 0.15 or more."""
_SPAN_S: Final = 0.2
"""Seconds over which motion is averaged: the noise of an estimator looks like motion from one frame to the next."""


def find_rest(flat: Flat, known: Known, fps: float, *, rest_speed: float, margin_s: float) -> tuple[int, int]:
    """First frame to keep and the one behind the last, with a margin of rest; (0, 0) if the hands rest throughout.

    A wrist rests while it is seen, is no higher than its elbow, and neither it nor the hand on it moves. A hand out of
    the picture or not found is not taken to rest: it may be too fast to be found.

    Args:
        flat: [T, 50, 2].
        known: [T, 50].
        fps: Frames per second.
        rest_speed: As in `quality.QualityOptions`.
        margin_s: As in `quality.QualityOptions`.
    """
    rest = _resting(flat, known, fps, rest_speed)
    if rest.all():
        return 0, 0
    margin = round(margin_s * fps)
    moving = np.flatnonzero(~rest)
    return max(0, int(moving[0]) - margin), min(len(flat), int(moving[-1]) + 1 + margin)


def _resting(flat: Flat, known: Known, fps: float, rest_speed: float) -> npt.NDArray[np.bool_]:
    frames = len(flat)
    rest = np.full(frames, frames > 1)
    for side in SIDES:
        wrist, elbow = prompt2sign.WRIST[side], prompt2sign.ELBOW[side]
        rest &= known[:, wrist] & known[:, elbow] & (flat[:, wrist, 1] <= flat[:, elbow, 1] + _LOW)
    if not (rest[0] or rest[-1]):
        return rest
    half = max(1, round(0.5 * _SPAN_S * fps))
    before = np.maximum(np.arange(frames) - half, 0)
    after = np.minimum(np.arange(frames) + half, frames - 1)
    for side in SIDES:
        columns = [prompt2sign.WRIST[side], *range(prompt2sign.COUNT)[prompt2sign.hand_slice(side)]]
        held = without_gaps(flat[:, columns], known[:, columns])
        speed = distance(held[after], held[before]) * (fps / (after - before))[:, None]
        rest &= (speed[:, 0] < rest_speed) & (np.median(speed[:, 1:], axis=1) < rest_speed)
    return rest
