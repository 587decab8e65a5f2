"""Sampling as laws: probabilities, the floor, languages, and weights that undo the sampling exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.errors import InputError
from signllm_training.priority.rewards import Floats, Indices
from signllm_training.priority.sampling import anneal, compute_probabilities, draw, importance_weights

rewards = st.lists(st.floats(0, 1e6), min_size=1, max_size=30).map(np.array)
etas = st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.0])
floors = st.sampled_from([0.0, 0.1, 0.5, 1.0])


def languages(count: int) -> Indices:
    """0, 0, 1, 0, 0, 1, ...: twice as many of one language."""
    return np.where(np.arange(count) % 3 == 2, 1, 0)


@settings(max_examples=60)
@given(rewards, etas, floors, st.booleans())
def test_probabilities_are_a_distribution_and_keep_the_floor(
    reward: Floats, eta: float, floor: float, apart: bool
) -> None:
    count = len(reward)
    p = compute_probabilities(reward, eta=eta, floor=floor, language=languages(count) if apart else None)
    assert p.sum() == pytest.approx(1, abs=1e-12)
    assert (p >= floor / count * (1 - 1e-12)).all()


@settings(max_examples=30)
@given(rewards, floors)
def test_eta_0_is_uniform(reward: Floats, floor: float) -> None:
    p = compute_probabilities(reward, eta=0, floor=floor)
    np.testing.assert_allclose(p, 1 / len(reward), rtol=1e-12)


def test_a_floor_of_1_is_uniform() -> None:
    p = compute_probabilities(np.array([1.0, 5.0]), eta=2, floor=1)
    assert p.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("eta", [0.5, 1, 2])
def test_without_a_floor_it_is_the_formula_of_the_paper(eta: float) -> None:
    reward = np.array([0.2, 1.0, 3.0])
    expected = reward**eta / (reward**eta).sum()
    np.testing.assert_allclose(compute_probabilities(reward, eta=eta, floor=0), expected, rtol=1e-14)


@pytest.mark.parametrize("scale", [1e-300, 1e-3, 1e300])
def test_the_scale_of_rewards_does_not_matter(scale: float) -> None:
    reward = np.array([1.0, 2.0, 4.0])
    expected = compute_probabilities(reward, eta=2, floor=0.1)
    np.testing.assert_allclose(compute_probabilities(scale * reward, eta=2, floor=0.1), expected, rtol=1e-12)


def test_rewards_of_zero_alone_are_uniform_and_beside_others_get_the_floor() -> None:
    assert compute_probabilities(np.zeros(4), eta=1, floor=0).tolist() == [0.25] * 4
    assert compute_probabilities(np.array([0.0, 1.0]), eta=1, floor=0.1) == pytest.approx([0.05, 0.95])


@settings(max_examples=30)
@given(rewards, etas)
def test_a_higher_reward_is_never_drawn_less_often(reward: Floats, eta: float) -> None:
    p = compute_probabilities(reward, eta=eta, floor=0.1)
    assert (np.diff(p[np.argsort(reward)]) >= 0).all()


@settings(max_examples=30)
@given(rewards, etas, floors)
def test_apart_each_language_keeps_its_share_of_the_data(reward: Floats, eta: float, floor: float) -> None:
    language = languages(len(reward))
    p = compute_probabilities(reward, eta=eta, floor=floor, language=language)
    for one in np.unique(language):
        assert p[language == one].sum() == pytest.approx((language == one).mean(), abs=1e-12)


def test_together_a_language_with_low_rewards_starves_and_apart_it_does_not() -> None:
    reward, language = np.array([1.0] * 8 + [0.01] * 2), np.array([0] * 8 + [1] * 2)
    together = compute_probabilities(reward, eta=1, floor=0)
    apart = compute_probabilities(reward, eta=1, floor=0, language=language)
    assert together[8:].sum() < 0.003
    assert apart[8:].sum() == pytest.approx(0.2)


def test_with_one_language_apart_is_together() -> None:
    reward = np.array([1.0, 2.0, 3.0])
    apart = compute_probabilities(reward, eta=1, floor=0.1, language=np.zeros(3, dtype=np.int64))
    np.testing.assert_allclose(apart, compute_probabilities(reward, eta=1, floor=0.1), rtol=1e-15)


@settings(max_examples=40)
@given(rewards, etas, st.booleans())
def test_weights_with_beta_1_make_the_expectation_unbiased(reward: Floats, eta: float, apart: bool) -> None:
    """As an exact sum over all sequences: sum_i P(i) w(i) L(i) is the mean of L, up to the factor of all."""
    count = len(reward)
    losses = np.random.default_rng(count).exponential(size=count)
    p = compute_probabilities(reward, eta=eta, floor=0.1, language=languages(count) if apart else None)
    expected = (p * importance_weights(p, 1) * losses).sum()
    assert expected / (count * p.min()) == pytest.approx(losses.mean(), rel=1e-9)


def test_without_weights_the_expectation_is_that_of_other_data() -> None:
    losses = np.array([1.0, 1.0, 10.0])
    p = compute_probabilities(losses, eta=1, floor=0)  # hard first
    assert (p * importance_weights(p, 0) * losses).sum() == pytest.approx(102 / 12)
    assert losses.mean() == 4


@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
def test_the_largest_weight_is_1_and_belongs_to_the_rarest(beta: float) -> None:
    p = np.array([0.1, 0.2, 0.7])
    weights = importance_weights(p, beta)
    plain = (3 * p) ** -beta
    np.testing.assert_allclose(weights, plain / plain.max(), rtol=1e-15)
    assert weights[0] == weights.max() == 1


def test_uniform_sampling_needs_no_weights() -> None:
    assert importance_weights(np.full(4, 0.25), 0.7).tolist() == [1] * 4


@pytest.mark.parametrize(("done", "expected"), [(-1, 0.4), (0, 0.4), (0.5, 0.7), (1, 1.0), (2, 1.0)])
def test_settings_go_in_a_straight_line_and_stay_at_their_end(done: float, expected: float) -> None:
    assert anneal(0.4, 1.0, done) == pytest.approx(expected)


def test_a_draw_is_a_function_of_the_generator() -> None:
    p = np.array([0.2, 0.3, 0.5])
    first, again, other = (draw(p, 50, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


class Numbers(np.random.Generator):
    """A generator that gives an even grid of numbers from 0 on, on the edges too, instead of random ones."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def random(self, size: int) -> Floats:  # type: ignore[override]
        return np.arange(size) / size


def test_a_draw_follows_the_probabilities() -> None:
    p = np.array([0.0, 0.125, 0.0, 0.375, 0.5, 0.0])
    counts = np.bincount(draw(p, 80, Numbers()), minlength=6)
    assert counts.tolist() == [0, 10, 0, 30, 40, 0]


@settings(max_examples=30)
@given(rewards.filter(lambda r: bool(r.any())), st.integers(0, 100))
def test_what_has_no_probability_is_never_drawn(reward: Floats, seed: int) -> None:
    p = compute_probabilities(reward, eta=1, floor=0)
    assert (p[draw(p, 100, np.random.default_rng(seed))] > 0).all()


def test_what_cannot_be_sampled_is_said() -> None:
    with pytest.raises(InputError, match="rewards must be finite, at least 0 and one or more"):
        compute_probabilities(np.array([1.0, np.nan]), eta=1, floor=0.1)
    with pytest.raises(InputError, match="rewards must be finite, at least 0"):
        compute_probabilities(np.array([1.0, -1.0]), eta=1, floor=0.1)
    with pytest.raises(InputError, match="one or more"):
        compute_probabilities(np.zeros(0), eta=1, floor=0.1)
    with pytest.raises(InputError, match="cannot draw 0 sequences"):
        draw(np.ones(1), 0, np.random.default_rng(0))
    with pytest.raises(InputError, match=r"sequence 1 is never drawn.*choose a floor above 0, or beta 0"):
        importance_weights(np.array([1.0, 0.0]), 0.5)
