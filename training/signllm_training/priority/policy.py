"""Losses of a policy whose action is the pose sequence: weighted regression, and policy gradients.

Axes: B sequences of a batch, V values per frame (the last axis); the axes between are free, such as frames, or decoder
steps and horizon. `known` masks values and broadcasts to the shape of the prediction. Weights `weight`, [B], are the
importance weights of the draw.

The Gaussian policy is N(mean, deviation^2) for every known value, so that up to a constant
log pi(a) = -sum((a - mean)^2) / (2 * deviation^2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from signllm.errors import InputError
from signllm_training.priority.presets import PolicyConfig

Reward = Callable[[Tensor], Tensor]
"""Takes poses of the shape of the prediction, without gradient, and gives the reward of each sequence, [B]."""


def sequence_errors(mean: Tensor, target: Tensor, known: Tensor, groups: Sequence[slice] = (slice(None),)) -> Tensor:
    """Squared error of each sequence, [B]: the mean over known values inside each group, then over groups.

    Args:
        mean: [B, ..., V].
        target: Of the same shape; what is not known may hold anything, NaN too.
        known: Bool, broadcasts to the shape.
        groups: Parts of V, such as body and hands, that count alike however many values they have. A group of which
            a sequence has nothing known is left out of its mean.

    Raises:
        InputError: Shapes differ, or a sequence has no known value.
    """
    if mean.shape != target.shape:
        raise InputError(
            f"expected targets of the shape of the prediction {tuple(mean.shape)}, got {tuple(target.shape)}"
        )
    mean, known = _full_precision(mean), known.expand(mean.shape)
    squares = torch.where(known, mean - target, 0).square()
    sums = torch.stack([squares[..., part].flatten(1).sum(1) for part in groups])  # [groups, B]
    counts = torch.stack([known[..., part].flatten(1).sum(1) for part in groups])
    if len(empty := (counts == 0).all(0).nonzero()):
        raise InputError(f"sequence {int(empty[0])} of the batch has no known value; leave it out of the set")
    return (sums / counts.clamp(min=1)).sum(0) / (counts > 0).sum(0)


def mse_loss(error: Tensor, weight: Tensor | None = None) -> Tensor:
    """The mean error; as the RL loss of SignLLM maximises r = -MSE, this is that loss too."""
    return (error if weight is None else weight * error).mean()


def rwr_loss(error: Tensor, reward: Tensor, *, temperature: float, weight: Tensor | None = None) -> Tensor:
    """Reward-weighted regression: sum_i softmax(reward / temperature)_i * error_i, the weights without gradient.

    Source: Peters and Schaal, Reinforcement learning by reward-weighted regression, 2007, with a batch for the set.

    Args:
        error: [B].
        reward: [B], such as -error, or -error over the language's median, which keeps the temperature's meaning
            while errors fall.
        temperature: In units of the reward.
        weight: [B].
    """
    _check_rewards(reward, len(error))
    softmax = torch.softmax(reward.detach() / temperature, 0)
    return (softmax * (error if weight is None else weight * error)).sum()


def awr_loss(
    error: Tensor,
    reward: Tensor,
    value: Tensor,
    *,
    scale: float,
    clip: tuple[float, float] = (0.1, 10.0),
    weight: Tensor | None = None,
) -> Tensor:
    """Advantage-weighted regression: the mean of exp((reward - value) / scale) * error, the factor within `clip`.

    Source: Peng et al., Advantage-Weighted Regression, 2019. `value`, [B] or one number, is what was to be expected,
    such as the batch's mean reward, or -1 for rewards of -error over the language's median.
    """
    _check_rewards(reward, len(error))
    advantage = torch.exp((reward - value).detach() / scale).clamp(*clip)
    return (advantage * (error if weight is None else weight * error)).mean()


def sample_actions(mean: Tensor, known: Tensor, deviation: float, generator: torch.Generator) -> Tensor:
    """Poses drawn from the policy, without gradient; unknown values stay at the mean."""
    mean = _full_precision(mean.detach())
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    return torch.where(known.expand(mean.shape), mean + deviation * noise, mean)


def policy_gradient_loss(
    mean: Tensor, actions: Tensor, advantage: Tensor, known: Tensor, *, deviation: float, weight: Tensor | None = None
) -> Tensor:
    """The mean of -advantage * log pi(actions), whose gradient over actions of the policy is minus the reward's.

    Source: Williams, Simple statistical gradient-following algorithms, 1992. The constant of log pi is left out.
    """
    gap = torch.where(known.expand(mean.shape), actions - _full_precision(mean), 0)
    log_probability = -gap.square().flatten(1).sum(1) / (2 * deviation**2)  # [B]
    factor = advantage if weight is None else weight * advantage
    return -(factor.detach() * log_probability).mean()


def reinforce_loss(
    mean: Tensor,
    known: Tensor,
    reward: Reward,
    *,
    deviation: float,
    generator: torch.Generator,
    baseline: Tensor | float | None = None,
    actions: int = 1,
    weight: Tensor | None = None,
) -> Tensor:
    """REINFORCE for a reward without a gradient, such as DTW or back-translation.

    With a reward of -MSE its expected gradient is that of the MSE, whatever the deviation, with noise on top.

    Args:
        mean: [B, ..., V], the prediction.
        known: Bool, broadcasts to the shape.
        reward: Of poses.
        deviation: Sigma of the policy.
        generator: Of the noise, on the device of `mean`.
        baseline: [B] or one number, which must not depend on the sequence's own action; it lowers the noise. None is
            `mean_of_others`.
        actions: Drawn for each sequence.
        weight: [B].

    Raises:
        InputError: The reward function gives another shape than [B], or a value that is not finite.
    """
    losses = []
    for _ in range(actions):
        action = sample_actions(mean, known, deviation, generator)
        rewards = _rewards_of(reward, action)
        advantage = rewards - (mean_of_others(rewards) if baseline is None else baseline)
        losses.append(policy_gradient_loss(mean, action, advantage, known, deviation=deviation, weight=weight))
    return torch.stack(losses).mean()


def mean_of_others(rewards: Tensor) -> Tensor:
    """The mean reward of the other sequences of the batch, [B]; 0 for a batch of one.

    A baseline without a state that leaves the expected gradient as it is: actions are drawn independently.
    """
    return (rewards.sum() - rewards) / max(1, len(rewards) - 1)


def scst_loss(
    mean: Tensor,
    known: Tensor,
    reward: Reward,
    *,
    deviation: float,
    generator: torch.Generator,
    actions: int = 1,
    weight: Tensor | None = None,
) -> Tensor:
    """REINFORCE whose baseline is the reward of the mean itself.

    Source: Rennie et al., Self-critical Sequence Training, 2017.
    """
    baseline = _rewards_of(reward, _full_precision(mean.detach()))
    return reinforce_loss(
        mean, known, reward, deviation=deviation, generator=generator, baseline=baseline, actions=actions, weight=weight
    )


def policy_loss(
    config: PolicyConfig,
    mean: Tensor,
    target: Tensor,
    known: Tensor,
    *,
    median: Tensor,
    weight: Tensor | None = None,
    groups: Sequence[slice] = (slice(None),),
    reward: Reward | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """The loss that `config` names.

    Args:
        config: Which, and its settings.
        mean: [B, ..., V], the prediction.
        target: Of the same shape.
        known: Bool, broadcasts to the shape.
        median: [B], the running median of the errors of each sequence's language: rwr and awr take -error / median as
            the reward, of which -1 is the usual one.
        weight: [B], importance weights.
        groups: As `sequence_errors` takes them.
        reward: Of `reinforce` and `scst`, unless `config.reward` is `mse`.
        generator: Of `reinforce` and `scst`.

    Raises:
        InputError: The loss needs a reward or a generator that is not given.
    """
    if config.loss in ("mse", "rwr", "awr"):
        error = sequence_errors(mean, target, known, groups)
        relative = -error.detach() / median
        if config.loss == "rwr":
            return rwr_loss(error, relative, temperature=config.temperature, weight=weight)
        if config.loss == "awr":
            value = torch.full_like(relative, -1)
            return awr_loss(error, relative, value, scale=config.advantage_scale, clip=config.clip, weight=weight)
        return mse_loss(error, weight)
    if config.reward == "mse":
        reward = negative_error(target, known, groups)
    if reward is None or generator is None:
        raise InputError(f"the loss {config.loss!r} needs a generator and a reward function for {config.reward!r}")
    loss = scst_loss if config.loss == "scst" else reinforce_loss
    return loss(
        mean,
        known,
        reward,
        deviation=config.deviation,
        generator=generator,
        actions=config.actions,
        weight=weight,
    )


def negative_error(target: Tensor, known: Tensor, groups: Sequence[slice] = (slice(None),)) -> Reward:
    """The reward of SignLLM, r = -MSE, of poses against their target."""
    return lambda poses: -sequence_errors(poses, target, known, groups)


def _rewards_of(reward: Reward, poses: Tensor) -> Tensor:
    with torch.no_grad():
        rewards = reward(poses)
    _check_rewards(rewards, len(poses))
    return rewards.to(poses)


def _check_rewards(reward: Tensor, count: int) -> None:
    if reward.shape != (count,) or not reward.isfinite().all():
        raise InputError(f"expected {count} finite rewards, one per sequence, got {reward.tolist()}")


def _full_precision(values: Tensor) -> Tensor:
    return values.float() if values.dtype in (torch.bfloat16, torch.float16) else values
