"""Augmentation, as laws: what comes out is signing that a signer could have made."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from signllm.lexicon.synthesise import Synthesiser
from signllm.motion.skeletons import prompt2sign as layout
from signllm_training.prompt2sign.augment import (
    NO_CHANGE,
    AugmentOptions,
    add_noise,
    augment,
    mirror,
    resample,
    turn_about_vertical,
)
from signllm_training.prompt2sign.sample import Observation
from signllm_training.prompt2sign.standard import StandardClip, standardise

LEFT, RIGHT = layout.hand_slice("left"), layout.hand_slice("right")


def some_clip(frames: int = 20, seed: int = 0, depth: str = "measured") -> StandardClip:
    """Random keypoints with gaps and every confidence."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.1, 1.0, (frames, 50)).astype(np.float32)
    confidence[rng.random((frames, 50)) < 0.1] = 0.0
    confidence[:, [2, 5]] = 1.0
    points = rng.normal(0.0, 0.3, (frames, 50, 3)).astype(np.float32)
    points[:, 2], points[:, 5] = (-0.18, 0.0, 0.0), (0.18, 0.0, 0.0)
    return standardise(Observation(points, confidence, 25.0, (1, 1, 1), "metre", depth))


def assert_same(a: StandardClip, b: StandardClip, tolerance: float = 0.0) -> None:
    np.testing.assert_allclose(a.points, b.points, atol=tolerance)
    np.testing.assert_array_equal(a.mask, b.mask)
    np.testing.assert_array_equal(a.confidence, b.confidence)


def test_mirroring_twice_changes_nothing() -> None:
    clip = some_clip()
    assert_same(mirror(mirror(clip)), clip)


def test_the_mirrored_signer_raises_the_other_hand_and_it_is_on_its_own_side() -> None:
    keypoints, _ = Synthesiser.load("asl").clip(["HELLO"])  # by the right hand
    seen = Observation(keypoints, np.ones(keypoints.shape[:2], np.float32), 25.0, (1, 1, 1), "metre", "measured")
    clip = standardise(seen)
    other = mirror(clip)
    way = {side: np.ptp(clip.points[:, layout.WRIST[side], 1]) for side in ("left", "right")}
    mirrored = {side: np.ptp(other.points[:, layout.WRIST[side], 1]) for side in ("left", "right")}
    assert way["right"] > way["left"] + 0.1
    assert mirrored["left"] == way["right"]
    assert mirrored["right"] == way["left"]
    # The shoulders are where they were: the left one at +x.
    np.testing.assert_allclose(other.points[:, layout.SHOULDER["left"], 0], 0.18, atol=0.02)
    np.testing.assert_array_equal(other.points[:, LEFT], clip.points[:, RIGHT] * np.array([-1, 1, 1], np.float32))


def test_mirroring_keeps_every_distance_of_a_hand() -> None:
    clip = some_clip()
    clip = dataclasses.replace(clip, mask=np.ones_like(clip.mask))
    pairs = np.linalg.norm(clip.points[:, LEFT, None] - clip.points[:, None, LEFT], axis=-1)
    mirrored = mirror(clip).points[:, RIGHT]
    np.testing.assert_allclose(np.linalg.norm(mirrored[:, :, None] - mirrored[:, None], axis=-1), pairs, atol=1e-6)


@pytest.mark.parametrize(("stretch", "frames"), [(0.5, 11), (1.0, 21), (2.0, 41), (1e-9, 1)])
def test_a_clip_takes_the_time_it_is_told_and_begins_where_it_began(stretch: float, frames: int) -> None:
    clip = some_clip(21)
    other = resample(clip, stretch)
    assert len(other) == frames
    np.testing.assert_array_equal(other.points[0], clip.points[0])
    if frames > 1:
        np.testing.assert_array_equal(other.points[-1], clip.points[-1])


def test_slower_by_two_keeps_every_frame_and_faster_by_two_gives_them_back() -> None:
    clip = some_clip(21)
    slow = resample(clip, 2.0)
    np.testing.assert_array_equal(slow.points[::2], clip.points)
    np.testing.assert_array_equal(slow.mask[::2], clip.mask)
    assert_same(resample(slow, 0.5), clip)


def test_between_a_known_and_an_unknown_keypoint_nothing_is_known() -> None:
    clip = some_clip(21)
    between = resample(clip, 2.0).mask[1::2]
    np.testing.assert_array_equal(between, clip.mask[:-1] & clip.mask[1:])


def test_one_frame_stays_one_frame_at_every_speed() -> None:
    clip = some_clip(1)
    assert_same(resample(clip, 3.0), clip)


@pytest.mark.parametrize("stretch", [0.0, -1.0, math.nan])
def test_no_time_is_no_speed(stretch: float) -> None:
    with pytest.raises(ValueError, match="only more than 0 is possible"):
        resample(some_clip(), stretch)


def test_turning_keeps_distances_and_heights_and_turning_back_gives_the_clip() -> None:
    clip = some_clip()
    turned = turn_about_vertical(clip, 0.3)
    np.testing.assert_array_equal(turned.points[..., 1], clip.points[..., 1])
    np.testing.assert_allclose(np.linalg.norm(turned.points, axis=-1), np.linalg.norm(clip.points, axis=-1), atol=1e-6)
    assert_same(turn_about_vertical(turned, -0.3), clip, 1e-6)


def test_a_quarter_turn_to_the_left_puts_what_was_ahead_at_the_left() -> None:
    clip = some_clip()
    ahead = dataclasses.replace(clip, points=np.broadcast_to(np.array([0, 0, 1], np.float32), clip.points.shape))
    turned = turn_about_vertical(ahead, math.pi / 2)
    np.testing.assert_allclose(turned.points, np.broadcast_to([1.0, 0.0, 0.0], turned.points.shape), atol=1e-6)


def test_noise_is_greater_where_the_source_was_less_sure_and_none_where_nothing_is_known() -> None:
    clip = some_clip(400)
    sure = np.zeros((400, 50), np.float32)
    sure[:, 0], sure[:, 1] = 1.0, 1e-6
    clip = dataclasses.replace(clip, confidence=sure, mask=sure > 0)
    moved = add_noise(clip, 0.01, np.random.default_rng(0)).points - clip.points
    assert moved[:, 0].std() == pytest.approx(0.0025, rel=0.1)
    assert moved[:, 1].std() == pytest.approx(0.01, rel=0.1)
    assert not moved[:, 2:].any()


def test_a_clip_without_depth_gets_none() -> None:
    clip = some_clip(depth="none")
    clip = dataclasses.replace(clip, points=clip.points * np.array([1, 1, 0], np.float32))
    options = AugmentOptions(mirror=1.0, speed=0.3, turn_deg=45.0, noise_m=0.01)
    for seed in range(5):
        assert not augment(clip, options, np.random.default_rng(seed)).points[..., 2].any()


def test_the_same_seed_gives_the_same_clip_and_another_another() -> None:
    clip, options = some_clip(), AugmentOptions()
    first, again, other = (augment(clip, options, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert_same(first, again)
    assert first.points.shape != other.points.shape or not np.array_equal(first.points, other.points)


def test_no_change_is_no_change() -> None:
    clip = some_clip()
    assert augment(clip, NO_CHANGE, np.random.default_rng(0)) is clip


def test_unknown_keypoints_stay_zero_whatever_is_done() -> None:
    clip = some_clip()
    options = AugmentOptions(mirror=0.5, speed=0.5, turn_deg=30.0, noise_m=0.02)
    for seed in range(10):
        other = augment(clip, options, np.random.default_rng(seed))
        assert other.points.dtype == np.float32
        assert not other.points[~other.mask].any()


@pytest.mark.parametrize("setting", [{"mirror": 1.5}, {"speed": -0.1}, {"turn_deg": 91.0}, {"noise_m": math.nan}])
def test_settings_that_cannot_be_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"not|must be"):
        AugmentOptions(**setting)
