"""Clips: frames at a rate, cut and resampled without changing the movement."""

from __future__ import annotations

import numpy as np
import pytest

from signllm.motion import rotation
from signllm.motion.clip import Clip
from tests.strategies import random_quaternions, random_skeleton

RNG = np.random.default_rng(0)
SKELETON = random_skeleton(RNG, 3)


def swing(frames: int, fps: float = 25.0) -> Clip:
    """Three joints that turn at 1, 2 and 3 radians per second while the root walks 1 m/s along x."""
    t = np.arange(frames) / fps
    rotations = rotation.axis_angle_to_quat([0.0, 0.0, 1.0], t[:, None] * [1.0, 2.0, 3.0])
    root = t[:, None] * [1.0, 0.0, 0.0]
    return Clip(rotations, root, fps, SKELETON, keypoints=np.tile(root[:, None], (1, 50, 1)))


def test_arrays_that_do_not_belong_together_are_rejected_with_both_shapes() -> None:
    q, root = random_quaternions(RNG, 4, 3), np.zeros((4, 3))
    with pytest.raises(ValueError, match=r"expected rotations \[T, J=3, 4\], got \(4, 2, 4\)"):
        Clip(q[:, :2], root, 25.0, SKELETON)
    with pytest.raises(ValueError, match=r"expected root \[T=4, 3\], got \(3, 3\)"):
        Clip(q, root[:3], 25.0, SKELETON)
    with pytest.raises(ValueError, match=r"expected keypoints \[T=4, K=50, 3\], got \(4, 49, 3\)"):
        Clip(q, root, 25.0, SKELETON, keypoints=np.zeros((4, 49, 3)))
    with pytest.raises(ValueError, match="expected fps above 0, got 0"):
        Clip(q, root, 0.0, SKELETON)


def test_length_is_frames_and_duration_is_seconds() -> None:
    clip = swing(50)
    assert len(clip) == 50
    assert clip.duration == 2.0
    np.testing.assert_allclose(clip.times[[0, 1, -1]], [0.0, 0.04, 1.96])


@pytest.mark.parametrize("frame", [0, 1, 7, 14, 28, 29, 49])
def test_slices_at_a_frame_time_start_with_that_frame(frame: int) -> None:
    clip = swing(50)
    head, tail = clip.slice(0.0, frame / 25.0), clip.slice(frame * 0.04, 99.0)
    assert (len(head), len(tail)) == (frame, 50 - frame)
    np.testing.assert_array_equal(np.concatenate([head.rotations, tail.rotations]), clip.rotations)
    assert tail.keypoints is not None and len(tail.keypoints) == 50 - frame


def test_a_slice_outside_the_clip_is_empty_and_before_it_starts_at_its_start() -> None:
    assert len(swing(10).slice(5.0, 9.0)) == 0
    assert len(swing(10).slice(-1.0, 0.08)) == 2


@pytest.mark.parametrize("fps", [10.0, 24.0, 25.0, 30.0, 60.0, 97.3])
def test_resampling_keeps_the_movement_and_its_duration(fps: float) -> None:
    clip = swing(50).resample(fps)
    assert clip.fps == fps
    assert clip.duration == pytest.approx(2.0, abs=0.5 / fps)
    expected = np.minimum(clip.times, 1.96)[:, None] * [1.0, 2.0, 3.0]  # the last frame is held
    angles = rotation.axis_angle_to_quat([0.0, 0.0, 1.0], expected)
    np.testing.assert_allclose(rotation.angle_between(clip.rotations, angles), 0.0, atol=1e-7)
    np.testing.assert_allclose(clip.root[:, 0], np.minimum(clip.times, 1.96), atol=1e-12)
    assert clip.keypoints is not None
    np.testing.assert_allclose(clip.keypoints[:, 9], clip.root, atol=1e-12)


def test_resampling_to_the_same_rate_changes_nothing() -> None:
    clip = swing(20)
    np.testing.assert_allclose(clip.resample(25.0).rotations, clip.rotations, atol=1e-12)


def test_resampled_signs_are_continuous_even_if_the_clips_were_not() -> None:
    clip = swing(20)
    flipped = Clip(clip.rotations * np.where(np.arange(20) % 3, 1.0, -1.0)[:, None, None], clip.root, 25.0, SKELETON)
    q = flipped.resample(50.0).rotations
    assert np.all(np.sum(q[1:] * q[:-1], axis=-1) > 0.0)


def test_one_frame_and_no_frame_can_be_resampled() -> None:
    assert len(swing(1).resample(100.0)) == 4
    assert len(swing(0).resample(100.0)) == 0
    with pytest.raises(ValueError, match="expected fps above 0, got -1"):
        swing(3).resample(-1.0)
