"""Gaps in the tracks of keypoints: short ones are filled by interpolation, long ones stay gaps."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.sample import Floats

Known = npt.NDArray[np.bool_]
_BODY: Final = len(prompt2sign.BODY)
_WRIST_OF: Final = np.array(
    [-1] * _BODY
    + [prompt2sign.WRIST["left"]] * len(prompt2sign.HAND)
    + [prompt2sign.WRIST["right"]] * len(prompt2sign.HAND)
)
"""Keypoint that carries each of the 50 while it is not seen; -1 for none."""


def distance(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Distance of points [..., 2 or more] across the picture, [...]."""
    return np.asarray(np.hypot(a[..., 0] - b[..., 0], a[..., 1] - b[..., 1]))


def fill_gaps(points: Floats, known: Known, longest: int) -> tuple[Floats, Known]:
    """Points with gaps of at most `longest` frames filled, and which were filled.

    Body keypoints go straight from where they were lost to where they were found; those of a hand do so as seen from
    their wrist, so that a hand lost for a moment rides on its arm. Gaps at an end of the clip stay.

    Args:
        points: [T, 50, 3].
        known: [T, 50].
        longest: Frames.

    Returns:
        Points [T, 50, 3], the array given where there is nothing to fill, and the keypoints filled [T, 50].
    """
    filled = np.zeros_like(known)
    if known.all() or longest < 1:
        return points, filled
    before, after = _neighbours(known)
    filled = ~known & (before >= 0) & (after < len(known)) & (after - before <= longest + 1)
    if not filled.any():
        return points, filled
    points = points.copy()
    for group in (slice(0, _BODY), slice(_BODY, None)):  # wrists before the hands that they carry
        frame, keypoint = np.nonzero(filled[:, group])
        keypoint = keypoint + (group.start or 0)
        first, last = before[frame, keypoint], after[frame, keypoint]
        # In double precision, where differences of any two single ones stay finite.
        carried = np.stack([_carrier(points, known | filled, keypoint, at) for at in (first, frame, last)])
        carried[:, np.isnan(carried).any(axis=(0, 2))] = 0.0
        part = ((frame - first) / (last - first))[:, None]
        start, end = (points[at, keypoint] - by for at, by in ((first, carried[0]), (last, carried[2])))
        points[frame, keypoint] = start + part * (end - start) + carried[1]
    return points, filled


def without_gaps(track: npt.NDArray[Any], known: Known) -> npt.NDArray[Any]:
    """[T, K, D] with every gap bridged in a straight line, however long, and both ends held; never known: all zero.

    A track that never moves faster than some speed does not do so after this either.
    """
    if known.all():
        return track
    before, after = _neighbours(known)
    last = len(known) - 1
    never = np.asarray(~known.any(axis=0))
    before, after = np.where(before < 0, after, before), np.where(after > last, before, after)
    before, after = np.clip(before, 0, last), np.clip(after, 0, last)
    keypoint = np.arange(known.shape[1])[None, :]
    start, end = track[before, keypoint], track[after, keypoint]
    part = (np.arange(len(known))[:, None] - before) / np.maximum(after - before, 1)
    return np.asarray(np.where(never[:, None], 0.0, start + part[..., None] * (end - start)))


def _neighbours(known: Known) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Last frame at or before each at which a keypoint is known, -1 for none, and the first at or after, T for none."""
    frames = np.arange(len(known))[:, None]
    before = np.maximum.accumulate(np.where(known, frames, -1), axis=0)
    after = np.minimum.accumulate(np.where(known, frames, len(known))[::-1], axis=0)[::-1]
    return before, after


def _carrier(
    points: Floats, known: Known, keypoint: npt.NDArray[np.intp], frame: npt.NDArray[np.intp]
) -> npt.NDArray[Any]:
    """[N, 3] where what carries a keypoint is in a frame; NaN where nothing does or it is not known."""
    wrist = _WRIST_OF[keypoint]
    held = (wrist >= 0) & known[frame, wrist]
    return np.where(held[:, None], points[frame, wrist].astype(np.float64), np.nan)
