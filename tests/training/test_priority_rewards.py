"""From errors to rewards: what each transform promises, and what the memory of errors keeps."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.errors import CheckpointError, InputError
from signllm_training.priority.presets import Transform
from signllm_training.priority.rewards import ErrorMemory, Floats, compute_rewards

TRANSFORMS: tuple[Transform, ...] = get_args(Transform)
EASY_FIRST: tuple[Transform, ...] = ("exp", "inverse", "minmax", "rank")
HARD_FIRST: tuple[Transform, ...] = ("td", "literal")

errors = st.lists(st.floats(0, 100), min_size=1, max_size=20).map(np.array)


def ones(error: Floats) -> Floats:
    return np.ones(len(error))


@settings(max_examples=40)
@given(errors)
def test_rewards_of_the_easy_first_kind_lie_between_0_and_1_and_fall_with_the_error(error: Floats) -> None:
    order = np.argsort(error)
    for transform in EASY_FIRST:
        reward = compute_rewards(transform, error, ones(error))
        assert (reward >= 0).all() and (reward <= 1).all()
        assert (np.diff(reward[order]) <= 0).all(), transform


@settings(max_examples=40)
@given(errors)
def test_rewards_of_the_hard_first_kind_rise_with_the_error(error: Floats) -> None:
    order = np.argsort(error)
    for transform in HARD_FIRST:
        assert (np.diff(compute_rewards(transform, error, ones(error))[order]) >= 0).all(), transform


def test_each_formula_at_numbers_worked_out_by_hand() -> None:
    error, median = np.array([0.0, 2.0, 6.0]), np.full(3, 2.0)  # x = 0, 1, 3
    expected = {
        "exp": [1, np.exp(-1 / 2), np.exp(-3 / 2)],
        "inverse": [1, 1 / 2, 1 / 4],
        "minmax": [1, 1 - 1 / 3.5, 1 - 3 / 3.5],
        "rank": [5 / 6, 3 / 6, 1 / 6],
        "td": [0.5, 1.5, 3.5],
        "literal": [0, 2, 6],
    }
    for transform in TRANSFORMS:
        reward = compute_rewards(transform, error, median, temperature=2.0, epsilon=0.5)
        np.testing.assert_allclose(reward, expected[transform], rtol=1e-15)


@pytest.mark.parametrize("eta", [0, 1, 2, 3, 4])
def test_literal_is_the_printed_formula_for_every_whole_eta(eta: int) -> None:
    error = np.array([0.1, 0.5, 2.0, 7.0])
    printed = (-error) ** eta / ((-error) ** eta).sum()
    powers = compute_rewards("literal", error, ones(error)) ** eta
    np.testing.assert_allclose(powers / powers.sum(), printed, rtol=1e-15)


def test_the_printed_formula_has_no_value_for_an_eta_that_is_not_whole() -> None:
    with np.errstate(invalid="ignore"):
        assert np.isnan(np.array([-0.1, -0.5]) ** 0.5).all()


@settings(max_examples=40)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_rank_does_not_change_under_monotone_maps(whole: list[int]) -> None:
    error = np.array(whole, dtype=float)
    before = compute_rewards("rank", error, ones(error))
    for stretched in (np.sqrt(error), error**3, np.expm1(error / 10), error + 5):
        np.testing.assert_array_equal(compute_rewards("rank", stretched, ones(error)), before)


def test_equal_errors_have_equal_ranks_whatever_their_order() -> None:
    reward = compute_rewards("rank", np.array([3.0, 1.0, 3.0, 1.0]), np.ones(4))
    assert reward.tolist() == [0.25, 0.75, 0.25, 0.75]


@pytest.mark.parametrize("transform", ["exp", "inverse", "minmax", "rank", "td"])
def test_the_scale_of_a_languages_errors_does_not_matter(transform: Transform) -> None:
    error, median = np.array([1.0, 2.0, 4.0]), np.full(3, 2.0)
    small = compute_rewards(transform, error, median)
    np.testing.assert_allclose(compute_rewards(transform, 1024 * error, 1024 * median), small, rtol=1e-15)


def test_a_wrong_error_is_named() -> None:
    with pytest.raises(InputError, match="error of sequence 1 is nan; errors are finite and at least 0"):
        compute_rewards("exp", np.array([0.0, np.nan]), np.ones(2))
    with pytest.raises(InputError, match=r"error of sequence 0 is -1\.0"):
        compute_rewards("td", np.array([-1.0]), np.ones(1))
    with pytest.raises(InputError, match="medians must be above 0, one for each of the 2 errors"):
        compute_rewards("exp", np.ones(2), np.array([1.0, 0.0]))
    with pytest.raises(InputError, match="no reward transform 'log'; there are: exp, inverse"):
        compute_rewards("log", np.ones(2), np.ones(2))  # type: ignore[arg-type]


def memory(decay: float = 0.5, window: int = 4) -> ErrorMemory:
    """Five sequences: 0, 1, 2 in ASL and 3, 4 in DGS."""
    return ErrorMemory(["asl", "asl", "asl", "dgs", "dgs"], decay=decay, window=window)


def see(kept: ErrorMemory, *pairs: tuple[int, float]) -> None:
    kept.update(np.array([i for i, _ in pairs]), np.array([error for _, error in pairs]))


def test_the_first_error_is_kept_as_it_is_and_later_ones_are_mixed_in() -> None:
    kept = memory(decay=0.75)
    see(kept, (1, 8.0))
    assert kept.errors.tolist() == [0, 8, 0, 0, 0]
    see(kept, (1, 4.0), (1, 0.0))
    assert kept.errors[1] == 0.75 * (0.75 * 8 + 0.25 * 4)


def test_without_decay_the_last_error_alone_counts() -> None:
    kept = memory(decay=0)
    see(kept, (2, 8.0), (2, 3.0))
    assert kept.errors[2] == 3


def test_each_language_has_the_median_of_its_own_last_errors() -> None:
    kept = memory(window=3)
    see(kept, (0, 1.0), (1, 2.0), (3, 50.0))
    assert kept.medians().tolist() == [1.5, 1.5, 1.5, 50, 50]
    see(kept, (0, 10.0), (1, 20.0))  # 1.0 has left the window
    assert kept.medians().tolist() == [10, 10, 10, 50, 50]


def test_errors_of_zero_leave_rewards_finite() -> None:
    kept = memory()
    see(kept, (0, 0.0), (3, 0.0))
    for transform in TRANSFORMS:
        assert np.isfinite(kept.rewards(transform)).all()


def test_before_anything_was_seen_all_rewards_are_equal() -> None:
    assert memory().rewards("literal").tolist() == [1] * 5


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_what_was_not_seen_yet_has_the_highest_reward_there_is(transform: Transform) -> None:
    kept = memory()
    see(kept, (0, 1.0), (1, 3.0), (3, 40.0))
    rewards = kept.rewards(transform)
    assert rewards[2] == rewards[4] == rewards[[0, 1, 3]].max()


def test_coverage_is_the_share_of_each_language_that_was_seen() -> None:
    kept = memory()
    see(kept, (0, 1.0), (0, 1.0), (4, 1.0))
    assert kept.coverage() == {"asl": 1 / 3, "dgs": 1 / 2}


def test_a_restored_memory_goes_on_exactly() -> None:
    rng = np.random.default_rng(0)
    whole, first, second = memory(0.3), memory(0.3), memory(0.3)
    batches = [(rng.integers(5, size=3), rng.exponential(size=3)) for _ in range(12)]
    for k, (indices, error) in enumerate(batches):
        whole.update(indices, error)
        (first if k < 5 else second).update(indices, error)
        if k == 4:
            second.restore(first.state())
    for name, values in whole.state().items():
        np.testing.assert_array_equal(second.state()[name], values)


def test_a_saved_state_does_not_change_with_the_memory() -> None:
    kept = memory()
    saved = kept.state()
    see(kept, (0, 1.0))
    assert not any(values.any() for values in saved.values())


def test_a_memory_of_another_set_is_refused() -> None:
    with pytest.raises(CheckpointError, match=r"do not fit this set: error has \(5,\), the run has \(2,\)"):
        memory().restore(ErrorMemory(["asl", "dgs"], decay=0.5, window=4).state())
    with pytest.raises(CheckpointError, match=r"recent has .* the run has nothing"):
        memory().restore({name: values for name, values in memory().state().items() if name != "recent"})


@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [
        ([5], [1.0], "there is no sequence 5; they are numbered from 0 to 4"),
        ([-1], [1.0], "there is no sequence -1"),
        ([0, 3], [1.0, np.inf], "error of sequence 3 is inf; .*NaN or a run that diverged"),
        ([0, 3], [1.0], "expected one error for each of 2 sequences"),
    ],
)
def test_wrong_batches_are_named_and_change_nothing(indices: list[int], error: list[float], message: str) -> None:
    kept = memory()
    with pytest.raises(InputError, match=message):
        kept.update(np.array(indices), np.array(error))
    assert not kept.seen.any()


def test_a_set_without_sequences_is_refused() -> None:
    with pytest.raises(InputError, match="there are no sequences to train on"):
        ErrorMemory([], decay=0.5, window=4)
