"""What one of MediaPipe's z is, as faces and headers say it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  (every machine tries the same examples)
from signllm_training.prompt2sign import holistic, holistic_depth
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.pose_header import read_header
from signllm_training.prompt2sign.readers import pose
from tests.real_data import real_data
from tests.training.prompt2sign.pose_files import signer, sure


def test_a_unit_that_the_file_says_wins_where_the_face_agrees() -> None:
    assert holistic_depth.choose_unit(612.0, (640.0, 1250.0, 1.0)) == 640.0
    assert holistic_depth.choose_unit(370.0, (500.0, 1.0)) == 370.0
    assert holistic_depth.choose_unit(None, (640.0, 1.0)) == 640.0


def test_real_faces_say_the_width_of_their_picture() -> None:
    for path in sorted(real_data("pose_signs_dsgs").glob("*.pose")):
        header = read_header(path.read_bytes())
        points, confidence, _ = pose._load(path.read_bytes(), header, np.arange(178))
        order = holistic.order_of_names(header.names)
        assert order is not None
        measured = holistic_depth.measure_depth_unit(*holistic.arrange(points, confidence, order))
        assert measured == pytest.approx(640, rel=0.06)


def test_without_a_face_no_unit_is_measured() -> None:
    empty = np.zeros((2, 586, 3), np.float32), np.zeros((2, 586), np.float32)
    assert holistic_depth.measure_depth_unit(*empty) is None
    assert holistic_depth.measure_aspect(*empty) is None


def test_order_says_how_many_points_it_has() -> None:
    with pytest.raises(DataError, match="order slrtp178 has 178 points"):
        holistic.arrange(np.zeros((1, 5, 3), np.float32), np.zeros((1, 5), np.float32), holistic.SLRTP178)


def test_arms_are_made_short_enough_in_depth_and_stay_where_they_are_in_the_picture() -> None:
    points = signer()
    points[:, [15, 16], 2] -= 2.0  # both wrists, two picture widths before the signer: no arm is so long
    chosen, known = holistic.keypoints(points, sure(points))
    laid, kept = holistic_depth.lay_depth(chosen, points, known, 640.0, world=False)
    np.testing.assert_array_equal(laid[..., :2], chosen[..., :2])
    assert 0.0 < kept < 0.2
    width = np.linalg.norm((chosen[:, 5] - chosen[:, 2])[:, :2], axis=-1)
    for chain in ((2, 3, 4), (5, 6, 7)):
        bones = np.linalg.norm(np.diff(laid[:, chain], axis=1), axis=-1) / width[:, None]
        assert np.median(bones) <= holistic_depth.LONGEST_ARM_BONE + 0.05


def test_a_hand_whose_wrist_is_lost_keeps_the_depth_between_its_neighbours() -> None:
    points = signer(5)
    points[:, 16, 2] = -0.01 * np.arange(5)
    confidence = sure(points)
    confidence[2, 16] = 0.0
    chosen, known = holistic.keypoints(points, confidence)
    laid, kept = holistic_depth.lay_depth(chosen, points, known, 640.0, world=False)
    assert kept == 1.0
    base = laid[:, 29, 2]
    assert base[2] == pytest.approx((base[1] + base[3]) / 2, abs=1e-3)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.booleans(), st.floats(1e-3, 1e4))
def test_depth_is_finite_and_the_picture_unchanged_whatever_is_missing(
    seed: int, missing: float, world: bool, unit: float
) -> None:
    rng = np.random.default_rng(seed)
    points = (rng.standard_normal((3, holistic.COUNT, 3)) * 10.0 ** rng.uniform(-6, 6)).astype(np.float32)
    confidence = (rng.random(points.shape[:2]) >= missing).astype(np.float32)
    points, confidence = holistic.masked(points, confidence)
    chosen, known = holistic.keypoints(points, confidence)
    laid, kept = holistic_depth.lay_depth(chosen, points, known, unit, world=world)
    assert 0.0 <= kept <= 1.0
    assert np.isfinite(laid).all()
    np.testing.assert_array_equal(laid[..., :2], chosen[..., :2])
    assert not laid[known == 0].any()
