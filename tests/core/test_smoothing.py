"""The one-euro filter: calm at rest, prompt in motion, and pure."""

from __future__ import annotations

import numpy as np
import pytest

from signllm.motion import rotation
from signllm.motion.smoothing import OneEuro, OneEuroState, smooth_positions, smooth_rotations
from tests.strategies import Array, random_quaternions

DT = 0.04
RNG_SEED = 3


def positions_through(path: Array, settings: OneEuro | None = None) -> Array:
    out, state = [], None
    for x in path:
        y, state = smooth_positions(x, state, dt=DT, settings=settings)
        out.append(y)
    return np.array(out)


def rotations_through(path: Array, settings: OneEuro | None = None) -> Array:
    out, state = [], None
    for q in path:
        y, state = smooth_rotations(q, state, dt=DT, settings=settings)
        out.append(y)
    return np.array(out)


def test_the_first_frame_passes_unchanged() -> None:
    q = random_quaternions(np.random.default_rng(RNG_SEED), 5)
    np.testing.assert_array_equal(smooth_rotations(q, None, dt=DT)[0], q)
    np.testing.assert_array_equal(smooth_positions(q[:, :3], None, dt=DT)[0], q[:, :3])


def test_what_stands_still_stays_exactly() -> None:
    path = np.tile([0.3, -1.0, 2.0], (20, 7, 1))
    np.testing.assert_allclose(positions_through(path), path, atol=1e-15)
    q = np.tile(random_quaternions(np.random.default_rng(RNG_SEED), 7), (20, 1, 1))
    np.testing.assert_allclose(rotations_through(q), q, atol=1e-12)


def test_tremor_at_rest_shrinks_to_less_than_half() -> None:
    noise = np.random.default_rng(RNG_SEED).normal(scale=0.003, size=(500, 1, 3))
    assert positions_through(noise).std() < 0.5 * noise.std()
    smooth = rotation.quat_to_rotvec(rotations_through(rotation.rotvec_to_quat(noise)))
    assert smooth.std() < 0.5 * noise.std()


def test_faster_movement_lags_less_in_time() -> None:
    def lag_seconds(speed: float) -> float:
        path = speed * np.arange(100)[:, None] * DT * np.array([1.0, 0.0, 0.0])
        return float((path - positions_through(path))[-1, 0] / speed)

    lags = [lag_seconds(speed) for speed in (0.01, 1.0, 10.0)]
    assert lags[0] > lags[1] > lags[2] > 0.0


def test_a_rotation_about_one_axis_is_filtered_as_its_angle_would_be() -> None:
    angles = np.cumsum(np.random.default_rng(RNG_SEED).normal(scale=0.1, size=60))
    by_angle = positions_through(angles[:, None] * [1.0, 0.0, 0.0])[:, 0]
    by_rotation = rotation.quat_to_rotvec(rotations_through(rotation.axis_angle_to_quat([1.0, 0.0, 0.0], angles)))
    np.testing.assert_allclose(by_rotation[:, 0], by_angle, atol=1e-9)


def test_signs_of_the_input_do_not_matter_and_those_of_the_output_continue() -> None:
    t = np.linspace(0.0, 9.0, 80)
    path = rotation.axis_angle_to_quat([0.0, 1.0, 0.0], t)
    flipped = path * np.where(np.arange(80) % 2, -1.0, 1.0)[:, None]
    np.testing.assert_allclose(rotations_through(flipped), rotations_through(path), atol=1e-12)
    out = rotations_through(flipped)
    assert np.all(np.sum(out[1:] * out[:-1], axis=-1) > 0.0)
    np.testing.assert_allclose(np.linalg.norm(out, axis=-1), 1.0, atol=1e-12)


def test_a_step_is_approached_and_never_overshot() -> None:
    path = np.zeros((60, 3))
    path[10:, 1] = 1.0
    out = positions_through(path)[:, 1]
    assert np.all(np.diff(out) >= 0.0) and out[9] == 0.0 and 0.99 < out[-1] <= 1.0


def test_points_have_speeds_of_their_own() -> None:
    rng = np.random.default_rng(RNG_SEED)
    path = rng.normal(scale=0.003, size=(50, 2, 3))
    path[:, 1] += np.arange(50)[:, None] * 0.1
    np.testing.assert_array_equal(positions_through(path)[:, 0], positions_through(path[:, :1])[:, 0])


def test_a_lost_point_stays_and_comes_back() -> None:
    path = np.zeros((10, 2, 3))
    path[:3, 0] = np.nan
    path[4:7, 1] = np.nan
    path[3:, 0] = 1.0
    out = positions_through(path)
    assert np.isnan(out[:3, 0]).all()
    np.testing.assert_array_equal(out[3:, 0], 1.0)
    np.testing.assert_array_equal(out[:, 1], 0.0)


def test_the_state_is_not_changed_by_its_use() -> None:
    _, state = smooth_positions(np.zeros((2, 3)), None, dt=DT)
    frozen = OneEuroState(state.value.copy(), state.velocity.copy())
    smooth_positions(np.ones((2, 3)), state, dt=DT)
    np.testing.assert_array_equal(state.value, frozen.value)
    np.testing.assert_array_equal(state.velocity, frozen.velocity)


def test_settings_and_steps_that_cannot_work_are_rejected() -> None:
    with pytest.raises(ValueError, match="expected cutoffs above 0"):
        OneEuro(min_cutoff_hz=0.0)
    _, state = smooth_positions(np.zeros(3), None, dt=DT)
    with pytest.raises(ValueError, match="expected dt above 0 seconds, got 0"):
        smooth_positions(np.zeros(3), state, dt=0.0)
