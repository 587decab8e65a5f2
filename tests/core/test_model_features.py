"""Keypoints to features and back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signllm.model.features import POSE_VALUES, SCALE_FLOOR, FeatureSpace, gloss_progress, measure_feature_space
from signllm.motion.skeletons import prompt2sign


def clip(seed: int, frames: int = 40) -> np.ndarray:
    """Random keypoints around mid-shoulder; shoulders and neck still, as those of a signer."""
    rng = np.random.default_rng(seed)
    keypoints = rng.normal(0.0, 0.2, (frames, prompt2sign.COUNT, 3)).astype(np.float32)
    keypoints[:, prompt2sign.NECK] = 0.0
    keypoints[:, prompt2sign.SHOULDER["right"]] = [-0.18, 0.0, 0.0]
    keypoints[:, prompt2sign.SHOULDER["left"]] = [0.18, 0.0, 0.0]
    return keypoints


def space(seed: int = 0) -> FeatureSpace:
    keypoints = clip(seed)
    return measure_feature_space(keypoints, keypoints[0])


@given(st.integers(0, 100))
def test_decoding_undoes_encoding_to_a_tenth_of_a_millimetre(seed: int) -> None:
    keypoints = clip(seed)
    np.testing.assert_allclose(space().decode(space().encode(keypoints)), keypoints, atol=1e-4)


def test_where_the_signer_stands_does_not_matter() -> None:
    np.testing.assert_allclose(space().encode(clip(1) + np.array([0.5, 1.0, -2.0])), space().encode(clip(1)), atol=1e-4)


def test_moving_an_arm_leaves_the_values_of_its_hand_alone() -> None:
    keypoints = clip(1)
    moved = keypoints.copy()
    moved[:, prompt2sign.hand_slice("left")] += 0.1
    moved[:, prompt2sign.WRIST["left"]] += 0.1
    first, second = space().encode(keypoints), space().encode(moved)
    hands = slice(3 * len(prompt2sign.BODY), None)
    np.testing.assert_allclose(first[:, hands], second[:, hands], atol=1e-5)


def test_a_joint_that_never_moves_gets_the_least_scale() -> None:
    neck = slice(3 * prompt2sign.NECK, 3 * prompt2sign.NECK + 3)
    np.testing.assert_allclose(space().scale[neck], SCALE_FLOOR)
    np.testing.assert_allclose(space().encode(clip(2))[:, neck], 0.0, atol=1e-6)


def test_one_unit_is_the_same_distance_at_every_joint_of_a_hand() -> None:
    scale = space().scale.reshape(-1, 3)
    for side in ("left", "right"):
        assert len(np.unique(scale[prompt2sign.hand_slice(side)])) == 1


def test_a_batch_is_encoded_as_its_clips_are() -> None:
    batch = np.stack([clip(1), clip(2)])
    np.testing.assert_array_equal(space().encode(batch)[1], space().encode(clip(2)))


def test_the_space_comes_back_from_json() -> None:
    again = FeatureSpace.from_json(json.loads(json.dumps(space().to_json())))
    np.testing.assert_allclose(again.encode(clip(3)), space().encode(clip(3)), atol=1e-3)
    np.testing.assert_allclose(again.rest_frame, space().rest_frame, atol=1e-3)


def test_the_frame_before_the_first_is_the_rest_pose_at_progress_zero() -> None:
    frame = space().rest_frame
    assert frame.shape == (POSE_VALUES + 1,)
    assert frame[-1] == 0.0
    np.testing.assert_allclose(space().decode(frame), clip(0)[0], atol=1e-4)


def test_progress_ends_at_one_in_every_gloss() -> None:
    np.testing.assert_allclose(gloss_progress(np.array([0, 0, 1, 1, 1, 1, 2])), [0.5, 1, 0.25, 0.5, 0.75, 1, 1])


def test_wrong_shapes_say_what_was_expected() -> None:
    with pytest.raises(ValueError, match=r"expected keypoints \[..., 50, 3\], got \(10, 49, 3\)"):
        space().encode(np.zeros((10, 49, 3)))
    with pytest.raises(ValueError, match=r"expected features \[..., 150 or 151\], got \(10, 149\)"):
        space().decode(np.zeros((10, 149)))
    with pytest.raises(ValueError, match=r"expected mean and scale \[150\]"):
        FeatureSpace.from_json(space().to_json() | {"mean": [0.0]})
