"""The pieces of retargeting that have laws of their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signllm.motion import rotation
from signllm_bridge.retarget import layout, limbs
from tests.strategies import Array, quaternions, random_quaternions, unit_vectors

CIRCLE = st.floats(-10.0, 10.0)


@given(quaternions())
def test_into_is_the_inverse_rotation(q: Array) -> None:
    v = np.random.default_rng(0).normal(size=(4, 3))
    np.testing.assert_allclose(limbs.into(q, v), rotation.rotate(rotation.inverse(q), v), atol=1e-12)


@given(unit_vectors(), unit_vectors())
def test_swings_are_the_smallest_rotations_opposite_directions_included(rest: Array, direction: Array) -> None:
    q = limbs.swing_from(rest)(direction)
    assert np.linalg.norm(q) == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(rotation.rotate(q, rest), direction, atol=1e-5)
    assert rotation.rotate(q, np.cross(rest, direction)) == pytest.approx(np.cross(rest, direction), abs=1e-5)


@given(CIRCLE)
def test_a_faded_angle_is_itself_while_arms_can_reach_it_and_never_larger(angle: float) -> None:
    around = np.mod(angle + np.pi, 2.0 * np.pi) - np.pi
    faded = float(limbs.fade(np.array(angle)))
    if abs(around) <= 0.75 * np.pi:
        assert faded == pytest.approx(around, abs=1e-9)
    assert abs(faded) <= abs(around) + 1e-9


@given(CIRCLE, st.floats(0.0, 1e-3))
def test_a_faded_angle_is_continuous_all_around_the_circle(angle: float, step: float) -> None:
    before, after = limbs.fade(np.array([angle, angle + step]))
    assert abs(after - before) <= 3.0 * step + 1e-9


@given(st.floats(-np.pi, np.pi))
def test_the_roll_of_a_turn_about_x_is_its_angle(angle: float) -> None:
    roll = float(limbs.roll_about_x(limbs.about_x(np.array(angle))))
    assert np.cos(roll - angle) == pytest.approx(1.0, abs=1e-9)
    assert abs(roll) <= np.pi + 1e-12


def test_a_palm_is_found_in_any_position() -> None:
    q = random_quaternions(np.random.default_rng(1), 100)
    found, fixed = limbs.palm(rotation.rotate(q[:, None], layout.KNUCKLE_REST))
    assert fixed.all()
    np.testing.assert_allclose(rotation.angle_between(found, q), 0.0, atol=1e-6)


@pytest.mark.parametrize(("knuckles", "enough"), [((0, 3), True), ((0, 1, 3), True), ((2,), False), ((), False)])
def test_two_knuckles_are_enough_for_a_palm_and_one_is_not(knuckles: tuple[int, ...], enough: bool) -> None:
    seen = np.zeros((4, 3))
    seen[list(knuckles)] = layout.KNUCKLE_REST[list(knuckles)]
    found, fixed = limbs.palm(seen)
    assert bool(fixed) == enough
    if enough:
        np.testing.assert_allclose(found, rotation.IDENTITY, atol=1e-9)


def test_the_head_puts_the_nose_on_the_ray_at_its_own_distance() -> None:
    directions = rotation.normalize(np.random.default_rng(2).normal(size=(50, 3)) * 0.3 + [0.0, 0.8, 0.6])
    nose = layout.HEAD_FROM_NECK + rotation.rotate(limbs.head(directions), layout.NOSE_FROM_HEAD)
    np.testing.assert_allclose(rotation.normalize(nose), directions, atol=1e-9)
