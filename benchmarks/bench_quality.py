"""Cleaning clips: milliseconds for 100 frames, with nothing to mend and with everything to mend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from signllm.lexicon.synthesise import Synthesiser
from signllm_training.prompt2sign.quality import QualityOptions, clean
from signllm_training.prompt2sign.quality_swaps import MIRRORED
from signllm_training.prompt2sign.sample import UNKNOWN_LICENCE, Observation, Provenance, Sample

FRAMES = 100
_AT_MOST_MS = 4.0
"""10,000 clips of 100 frames in well under a minute on one core."""


def clip(glosses: str) -> Sample:
    """The first frames of a synthesised sentence, as an observation with depth."""
    points = Synthesiser.load("asl").clip(glosses.split())[0][:FRAMES]
    assert len(points) == FRAMES
    seen = Observation(points, np.ones(points.shape[:2], dtype=np.float32), 25.0, (1, 1, 1), "metre", "measured")
    return Sample("clip", "asl", "", (), "", "", UNKNOWN_LICENCE, Provenance("bench", "clip", "bench"), seen)


def spoilt(sample: Sample) -> Sample:
    """The clip with gaps, jumps and exchanged hands."""
    points, confidence = sample.seen.points.copy(), sample.seen.confidence.copy()
    points[20:40, 8:] = points[20:40, MIRRORED[8:]]
    points[50, 4] += 1.0
    confidence[::7, 29:] = 0.0
    return replace(sample, seen=replace(sample.seen, points=points, confidence=confidence))


def test_a_clip_is_judged_in_milliseconds(measure: Callable[..., list[float]], record: Callable[..., None]) -> None:
    """Nearly all clips of a corpus: nothing is wrong, or a gap here and there."""
    options, whole = QualityOptions(), clip("HELLO MY NAME BOOK WHERE GIVE WORK")
    seconds = measure(lambda: clean(whole, options), rounds=50)
    record("clean 100 frames, nothing to mend", seconds, "ms", scale=1e3, at_most=_AT_MOST_MS)


def test_a_clip_is_mended_in_milliseconds(measure: Callable[..., list[float]], record: Callable[..., None]) -> None:
    """Hands exchanged for a while, a jump, and a lost hand every seventh frame."""
    options, broken = QualityOptions(), spoilt(clip("HELLO MY NAME BOOK WHERE GIVE WORK"))
    found = clean(broken, options)[1]
    assert found.swapped == 20 and found.filled > 200 and found.outliers >= 1
    seconds = measure(lambda: clean(broken, options), rounds=50)
    record("clean 100 frames, everything to mend", seconds, "ms", scale=1e3, at_most=2 * _AT_MOST_MS)
