"""The standard's coordinate space: where a clip is placed, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.motion.skeletons import prompt2sign
from signllm.motion.skeletons.humanoid import SHOULDER_WIDTH
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import Observation
from signllm_training.prompt2sign.standard import restore, standardise

RIGHT, LEFT = prompt2sign.SHOULDER["right"], prompt2sign.SHOULDER["left"]


def seen(frames: int = 6, scale: float = 200.0, axes: tuple[int, int, int] = (1, -1, 1)) -> Observation:
    rng = np.random.default_rng(3)
    points = rng.normal(scale=scale, size=(frames, 50, 3)) + np.array([640.0, 360.0, 0.0])
    points[:, RIGHT], points[:, LEFT] = [540.0, 300.0, 0.0], [740.0, 300.0, 0.0]
    confidence = rng.uniform(0.1, 1.0, size=(frames, 50))
    confidence[1, 20] = 0.0
    return Observation(points.astype(np.float32), confidence.astype(np.float32), 25.0, axes)


def test_the_origin_is_between_the_shoulders_and_a_metre_is_a_metre() -> None:
    clip = standardise(seen())
    assert np.allclose(clip.points[:, [RIGHT, LEFT]].mean(axis=1), 0.0, atol=1e-6)
    apart = np.linalg.norm(clip.points[:, LEFT] - clip.points[:, RIGHT], axis=-1)
    assert np.median(apart) == pytest.approx(SHOULDER_WIDTH, abs=1e-6)


def test_the_signers_left_is_plus_x_and_up_is_plus_y() -> None:
    clip = standardise(seen())
    assert clip.points[0, LEFT, 0] > 0.0 > clip.points[0, RIGHT, 0]
    higher = seen()
    higher.points[:, prompt2sign.NOSE] = [640.0, 100.0, 0.0]  # y is down in a picture
    assert standardise(higher).points[0, prompt2sign.NOSE, 1] > 0.3


def test_what_is_missing_is_masked_and_zero() -> None:
    clip = standardise(seen())
    assert not clip.mask[1, 20] and np.all(clip.points[1, 20] == 0.0)
    assert clip.mask.sum() == clip.mask.size - 1


@given(st.sampled_from([(1, -1, 1), (-1, -1, 1), (1, 1, -1)]), st.floats(0.01, 500.0))
@settings(max_examples=20)
def test_the_way_back_gives_the_sources_numbers(axes: tuple[int, int, int], scale: float) -> None:
    source = seen(scale=scale, axes=axes)
    back = restore(standardise(source))
    known = source.confidence > 0.0
    assert np.abs(back.points - source.points)[known].max() < 1e-4 * max(1.0, scale / 100.0)
    assert np.array_equal(back.confidence, source.confidence)
    assert (back.fps, back.axes, back.unit, back.depth) == (source.fps, source.axes, source.unit, source.depth)


def test_a_clip_without_shoulders_or_of_another_world_is_a_sentence() -> None:
    headless = seen()
    headless.confidence[:, RIGHT] = 0.0
    with pytest.raises(DataError, match="both shoulders are never seen together"):
        standardise(headless)
    flat = seen()
    flat.points[:, LEFT] = flat.points[:, RIGHT]
    with pytest.raises(DataError, match="always in one place"):
        standardise(flat)
    far = seen()
    far.points[0, 30] = 3e38
    with pytest.raises(DataError, match="no signer is that large"):
        standardise(far)
