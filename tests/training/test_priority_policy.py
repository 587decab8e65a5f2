"""The losses: which are the MSE in disguise, which weigh it, and what the policy gradient expects and varies by.

Expectations over the Gaussian policy are exact here: n nodes of Gauss and Hermite integrate every polynomial up to
degree 2n - 1, and with r = -MSE the gradient is a cubic in the noise, its square one of degree 6.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from signllm.errors import InputError
from signllm_training.priority.policy import (
    Reward,
    awr_loss,
    mean_of_others,
    mse_loss,
    negative_error,
    policy_gradient_loss,
    policy_loss,
    reinforce_loss,
    rwr_loss,
    sample_actions,
    scst_loss,
    sequence_errors,
)
from signllm_training.priority.presets import PolicyConfig

MEAN = torch.tensor([[[0.3, -0.7], [1.1, 0.4]]], dtype=torch.float64)  # [B=1, T=2, V=2]
TARGET = torch.tensor([[[-0.2, 0.5], [0.9, -1.0]]], dtype=torch.float64)
KNOWN = torch.ones(1, 2, 2, dtype=torch.bool)


def poses(batch: int = 3, *, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """A prediction, its target with NaN where nothing is known, and what is known; [B, T=4, V=6]."""
    generator = torch.Generator().manual_seed(seed)
    mean, target = torch.randn(2, batch, 4, 6, generator=generator, dtype=torch.float64)
    known = torch.rand(batch, 4, 6, generator=generator) < 0.7
    return mean, torch.where(known, target, torch.nan), known


def gradient(loss_of: object, mean: Tensor) -> Tensor:
    """The gradient of a loss by the prediction."""
    assert callable(loss_of)
    mean = mean.detach().clone().requires_grad_()
    loss_of(mean).backward()
    assert mean.grad is not None
    return mean.grad


def mse_gradient(mean: Tensor, target: Tensor, known: Tensor) -> Tensor:
    return gradient(lambda m: mse_loss(sequence_errors(m, target, known)), mean)


def gauss(nodes: int, values: int) -> tuple[Tensor, Tensor]:
    """Nodes [n, values] and weights [n] of standard normal noise."""
    at, weight = np.polynomial.hermite_e.hermegauss(nodes)
    chosen = np.array(list(itertools.product(range(nodes), repeat=values)))
    return torch.tensor(at[chosen]), torch.tensor((weight / weight.sum())[chosen].prod(1))


def moments(target: Tensor, known: Tensor, deviation: float, baseline: float) -> tuple[Tensor, Tensor]:
    """Exact mean and variance of the gradient of REINFORCE at MEAN with r = -MSE, one action: a batch of all nodes."""
    noise, weight = gauss(4, MEAN.numel())
    count = len(noise)
    mean, target, known = (values.expand(count, 2, 2) for values in (MEAN, target, known))
    actions = torch.where(known, mean + deviation * noise.view(count, 2, 2), mean)
    advantage = negative_error(target, known)(actions) - baseline
    each = gradient(lambda m: count * policy_gradient_loss(m, actions, advantage, known, deviation=deviation), mean)
    first, second = (torch.einsum("n,ntv->tv", weight, power) for power in (each, each.square()))
    return first[None], (second - first.square())[None]


def test_the_error_of_a_sequence_is_the_mean_over_what_is_known() -> None:
    mean, target, known = poses()
    groups = [slice(0, 2), slice(2, 6)]
    for b, found in enumerate(sequence_errors(mean, target, known, groups)):
        of_groups = []
        for part in groups:
            squares = [
                float(mean[b, t, v] - target[b, t, v]) ** 2
                for t in range(4)
                for v in range(*part.indices(6))
                if known[b, t, v]
            ]
            of_groups.append(sum(squares) / len(squares))
        assert float(found) == pytest.approx(sum(of_groups) / 2, rel=1e-12)


def test_groups_count_alike_however_many_values_they_have() -> None:
    mean, target = torch.zeros(1, 1, 10), torch.zeros(1, 1, 10)
    mean[..., 0] = 2  # a group of one value with an error of 4 beside nine without
    error = sequence_errors(mean, target, torch.ones(1, 1, 10, dtype=torch.bool), [slice(0, 1), slice(1, 10)])
    assert error.tolist() == [2]


def test_a_group_of_which_nothing_is_known_is_left_out() -> None:
    mean, target, known = torch.ones(1, 2, 4), torch.zeros(1, 2, 4), torch.ones(1, 2, 4, dtype=torch.bool)
    known[..., :2] = False
    assert sequence_errors(mean, target, known, [slice(0, 2), slice(2, 4)]).tolist() == [1]


def test_what_is_not_known_reaches_neither_the_loss_nor_the_gradient() -> None:
    mean, target, known = poses()
    found = mse_gradient(mean, target, known)
    assert found.isfinite().all() and not found[~known].any() and found[known].all()


def test_a_mask_of_frames_serves_for_all_their_values() -> None:
    mean, target, _ = poses()
    target, frames = target.nan_to_num(), torch.tensor([[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 1]]).bool()
    whole = frames[..., None].expand(3, 4, 6)
    assert torch.equal(sequence_errors(mean, target, frames[..., None]), sequence_errors(mean, target, whole))


def test_the_rl_loss_of_the_paper_has_the_gradient_of_the_mse() -> None:
    """Maximising r = -MSE is minimising the MSE: equation 3 of the paper, bit for bit."""
    mean, target, known = poses()
    rl = gradient(lambda m: -negative_error(target, known)(m).mean(), mean)
    assert torch.equal(rl, mse_gradient(mean, target, known))


@pytest.mark.parametrize("deviation", [0.05, 0.5, 2.0])
@pytest.mark.parametrize("baseline", [0.0, -0.8])
def test_reinforce_with_minus_mse_has_in_expectation_the_gradient_of_the_mse(deviation: float, baseline: float) -> None:
    """Whatever the deviation and the baseline, exactly."""
    expected, _ = moments(TARGET, KNOWN, deviation, baseline)
    torch.testing.assert_close(expected, mse_gradient(MEAN, TARGET, KNOWN), rtol=1e-9, atol=1e-11)


def pair_moments(target: Tensor, *, others: bool) -> tuple[Tensor, Tensor]:
    """Exact mean and variance of the gradient at PAIR, over all nodes of both sequences' noise."""
    known, deviation = torch.ones(2, 1, 1, dtype=torch.bool), 0.3
    first, second = torch.zeros_like(PAIR), torch.zeros_like(PAIR)
    for noise, weight in zip(*gauss(4, 2), strict=True):
        action = PAIR + deviation * noise.view(2, 1, 1)
        rewards = negative_error(target, known)(action)
        advantage = rewards - mean_of_others(rewards) if others else rewards
        one = gradient(lambda m, a=action, r=advantage: policy_gradient_loss(m, a, r, known, deviation=deviation), PAIR)
        first, second = first + weight * one, second + weight * one.square()
    return first, second - first.square()


PAIR = torch.tensor([0.3, -0.9], dtype=torch.float64).view(2, 1, 1)
"""Two sequences of one value."""


@pytest.mark.parametrize("gaps", [(0.7, -1.1), (1.0, 1.0), (0.0, 3.0)])
def test_the_mean_of_others_as_baseline_leaves_the_expectation_as_it_is(gaps: tuple[float, float]) -> None:
    target = PAIR - torch.tensor(gaps, dtype=torch.float64).view(2, 1, 1)
    expected, _ = pair_moments(target, others=True)
    wanted = mse_gradient(PAIR, target, torch.ones(2, 1, 1, dtype=torch.bool))
    torch.testing.assert_close(expected, wanted, rtol=1e-9, atol=1e-11)


def test_it_lowers_the_variance_where_sequences_are_alike() -> None:
    target = PAIR - 1
    _, without = pair_moments(target, others=False)
    _, variance = pair_moments(target, others=True)
    assert (variance < without / 2).all()


def test_the_mean_of_others_leaves_out_its_own() -> None:
    assert mean_of_others(torch.tensor([1.0, 2.0, 6.0])).tolist() == [4, 3.5, 1.5]
    assert mean_of_others(torch.tensor([5.0])).tolist() == [0]


def test_reinforce_takes_the_mean_of_others_unless_told() -> None:
    mean, target, known = poses()
    reward = negative_error(target, known)

    def loss(baseline: Tensor | None) -> Tensor:
        generator = torch.Generator().manual_seed(1)
        return reinforce_loss(mean, known, reward, deviation=0.3, generator=generator, baseline=baseline)

    rewards = reward(sample_actions(mean, known, 0.3, torch.Generator().manual_seed(1)))
    assert torch.equal(loss(None), loss(mean_of_others(rewards)))
    assert loss(None) != loss(torch.zeros(3))


def test_no_gradient_goes_through_the_advantage() -> None:
    action = MEAN + 0.1
    found = [
        gradient(
            lambda m, own=own: policy_gradient_loss(
                m, action, (m if own else MEAN).flatten(1).sum(1), KNOWN, deviation=1.0
            ),
            MEAN,
        )
        for own in (True, False)
    ]
    assert torch.equal(*found)


def test_an_action_does_not_count_where_nothing_is_known() -> None:
    mean, _, known = poses()
    action = sample_actions(mean, known, 0.5, torch.Generator().manual_seed(0))
    elsewhere = torch.where(known, action, torch.nan)
    found = [
        gradient(lambda m, a=a: policy_gradient_loss(m, a, torch.ones(3), known, deviation=1.0), mean)
        for a in (action, elsewhere)
    ]
    assert torch.equal(*found)


def test_so_it_has_with_a_mask() -> None:
    known = KNOWN.clone()
    known[0, 1, 0] = False
    expected, _ = moments(TARGET, known, 0.5, 0.0)
    torch.testing.assert_close(expected, mse_gradient(MEAN, TARGET, known), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("loss", ["reinforce", "scst"])
def test_the_sampled_gradient_lies_as_near_as_its_variance_lets_it(loss: str) -> None:
    """The mean of n actions lies within 5 standard errors, which are known exactly, of the gradient of the MSE."""
    actions, deviation, reward = 2000, 0.5, negative_error(TARGET, KNOWN)
    baseline = float(reward(MEAN)) if loss == "scst" else 0.0
    _, variance = moments(TARGET, KNOWN, deviation, baseline)
    function = scst_loss if loss == "scst" else reinforce_loss
    generator = torch.Generator().manual_seed(0)
    found = gradient(
        lambda m: function(m, KNOWN, reward, deviation=deviation, generator=generator, actions=actions), MEAN
    )
    wrong = (found - mse_gradient(MEAN, TARGET, KNOWN)).abs()
    assert (wrong <= 5 * (variance / actions).sqrt()).all()
    assert wrong.any()  # it is an estimate


def test_the_self_critical_baseline_lowers_the_variance() -> None:
    reward = negative_error(TARGET, KNOWN)
    _, without = moments(TARGET, KNOWN, 0.2, 0.0)
    _, critical = moments(TARGET, KNOWN, 0.2, float(reward(MEAN)))
    assert (critical < without / 5).all()


def test_scst_is_reinforce_with_the_reward_of_the_mean_as_its_baseline() -> None:
    mean, target, known = poses()
    reward = negative_error(target, known)

    def generator() -> torch.Generator:
        return torch.Generator().manual_seed(3)

    critical = scst_loss(mean, known, reward, deviation=0.3, generator=generator())
    plain = reinforce_loss(mean, known, reward, deviation=0.3, generator=generator(), baseline=reward(mean))
    assert torch.equal(critical, plain)


def test_reinforce_climbs_a_reward_that_has_no_gradient() -> None:
    """Reward 1 where the first value is above 0.5: the mean of that value must rise, expected over the noise."""
    generator = torch.Generator().manual_seed(0)

    def reward(action: Tensor) -> Tensor:
        return (action[:, 0, 0] > 0.5).double()

    found = gradient(lambda m: reinforce_loss(m, KNOWN, reward, deviation=0.5, generator=generator, actions=1000), MEAN)
    # d/dm P(m + 0.5 z > 0.5) = the density of the action at 0.5, for the loss with a minus
    density = float(np.exp(-(((0.5 - 0.3) / 0.5) ** 2) / 2) / (0.5 * np.sqrt(2 * np.pi)))
    bound = 5 * (1 / 0.5) / np.sqrt(1000)  # |reward| <= 1, so the variance is at most 1 / deviation^2
    assert abs(float(found[0, 0, 0]) + density) <= bound < density
    assert (found.flatten()[1:].abs() <= bound).all()


def test_actions_have_no_gradient_and_keep_the_mean_where_nothing_is_known() -> None:
    mean, _, known = poses()
    action = sample_actions(mean.requires_grad_(), known, 0.5, torch.Generator().manual_seed(0))
    assert not action.requires_grad
    assert torch.equal(action[~known], mean[~known]) and (action[known] != mean[known]).all()


def test_actions_of_half_precision_predictions_are_in_full_precision() -> None:
    action = sample_actions(MEAN.bfloat16(), KNOWN, 0.001, torch.Generator().manual_seed(0))
    assert action.dtype == torch.float32
    assert sequence_errors(MEAN.bfloat16(), TARGET.float(), KNOWN).dtype == torch.float32


def test_rwr_weighs_by_the_softmax_of_rewards_without_their_gradient() -> None:
    error = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)
    rwr_loss(error, -error, temperature=2.0).backward()  # type: ignore[no-untyped-call]
    powers = np.exp(-np.array([1, 2, 4]) / 2.0)
    assert error.grad is not None
    assert error.grad.tolist() == pytest.approx(powers / powers.sum())


def test_rwr_of_a_high_temperature_is_the_mse_and_of_a_low_one_the_easiest_sequence_alone() -> None:
    error = torch.tensor([1.0, 2.0, 4.0])
    assert float(rwr_loss(error, -error, temperature=1e6)) == pytest.approx(float(mse_loss(error)), rel=1e-5)
    assert float(rwr_loss(error, -error, temperature=1e-2)) == pytest.approx(1)


def test_awr_weighs_by_the_advantage_within_its_bounds() -> None:
    error = torch.tensor([0.0, 1.0, 1.5, 100.0], requires_grad=True)
    loss = awr_loss(error, -error, torch.tensor(-1.0), scale=0.5, clip=(0.1, 5.0))
    loss.backward()  # type: ignore[no-untyped-call]
    assert error.grad is not None
    assert (4 * error.grad).tolist() == pytest.approx([5.0, 1.0, np.exp(-1), 0.1])


def test_awr_of_rewards_as_expected_is_the_mse() -> None:
    error = torch.tensor([1.0, 2.0])
    assert awr_loss(error, -error, -error, scale=1.0) == mse_loss(error)


def test_importance_weights_scale_each_sequence_in_every_loss() -> None:
    mean, target, known = poses(2)
    median, one = torch.ones(2), torch.tensor([1.0, 0.0], dtype=torch.float64)
    configs = [PolicyConfig(loss=loss, reward="mse") for loss in ("mse", "rwr", "awr", "reinforce", "scst")]
    for config in configs:
        found = {}
        for name, weight in (("none", None), ("ones", torch.ones(2).double()), ("twice", 2 * one), ("once", one)):
            found[name] = gradient(
                lambda m, config=config, weight=weight: policy_loss(
                    config,
                    m,
                    target,
                    known,
                    median=median,
                    weight=weight,
                    generator=torch.Generator().manual_seed(0),
                ),
                mean,
            )
        assert torch.equal(found["none"], found["ones"]), config.loss
        torch.testing.assert_close(found["twice"], 2 * found["once"])
        torch.testing.assert_close(found["once"][0], found["none"][0])
        assert not found["once"][1].any() and found["none"][1].any()


def test_each_name_is_its_loss() -> None:
    mean, target, known = poses()
    error, median = sequence_errors(mean, target, known), torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    relative = -error / median

    def named(config: PolicyConfig, reward: Reward | None = None) -> Tensor:
        generator = torch.Generator().manual_seed(5)
        return policy_loss(config, mean, target, known, median=median, reward=reward, generator=generator)

    def generator() -> torch.Generator:
        return torch.Generator().manual_seed(5)

    def reward(action: Tensor) -> Tensor:
        return action.flatten(1).max(1).values

    assert torch.equal(named(PolicyConfig(loss="mse")), mse_loss(error))
    assert torch.equal(named(PolicyConfig(loss="rwr", temperature=3)), rwr_loss(error, relative, temperature=3))
    found = named(PolicyConfig(loss="awr", advantage_scale=2, clip=(0.5, 1.5)))
    assert torch.equal(found, awr_loss(error, relative, torch.tensor(-1.0), scale=2, clip=(0.5, 1.5)))
    found = named(PolicyConfig(loss="reinforce", deviation=0.2, actions=3), reward)
    assert torch.equal(found, reinforce_loss(mean, known, reward, deviation=0.2, generator=generator(), actions=3))
    found = named(PolicyConfig(loss="scst", deviation=0.2), reward)
    assert torch.equal(found, scst_loss(mean, known, reward, deviation=0.2, generator=generator()))
    found = named(PolicyConfig(loss="scst", reward="mse", deviation=0.2))
    assert torch.equal(
        found, scst_loss(mean, known, negative_error(target, known), deviation=0.2, generator=generator())
    )


def test_what_a_loss_lacks_is_said() -> None:
    mean, target, known = poses(2)
    config, median = PolicyConfig(loss="reinforce", reward="dtw"), torch.ones(2)
    with pytest.raises(InputError, match="loss 'reinforce' needs a generator and a reward function for 'dtw'"):
        policy_loss(config, mean, target, known, median=median, generator=torch.Generator())
    with pytest.raises(InputError, match="needs a generator"):
        policy_loss(config, mean, target, known, median=median, reward=lambda action: action[:, 0, 0])


def test_wrong_rewards_and_sequences_are_named() -> None:
    mean, target, known = poses(2)
    generator = torch.Generator()
    with pytest.raises(InputError, match="expected 2 finite rewards, one per sequence"):
        reinforce_loss(mean, known, lambda action: action.mean(), deviation=0.1, generator=generator)
    with pytest.raises(InputError, match=r"finite rewards.*nan"):
        scst_loss(mean, known, lambda action: action.sum((1, 2)) * torch.nan, deviation=0.1, generator=generator)
    with pytest.raises(InputError, match="expected 2 finite rewards"):
        rwr_loss(torch.ones(2), torch.ones(3), temperature=1.0)
    known[1] = False
    with pytest.raises(InputError, match="sequence 1 of the batch has no known value; leave it out"):
        sequence_errors(mean, target, known)
    with pytest.raises(InputError, match=r"shape of the prediction \(2, 4, 6\), got \(2, 4, 5\)"):
        sequence_errors(mean, target[..., :5], known)
