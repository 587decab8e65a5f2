"""The learning rate over a run, and the running mean of the weights."""

from __future__ import annotations

import math

import torch
from torch import nn

from signllm_training.config import TrainConfig


def one_cycle(done: float, config: TrainConfig) -> float:
    """Learning rate when the share `done` (0 to 1) of the run is over: up, then down to almost 0, in half cosines.

    Source: Smith and Topin, Super-convergence, 2018. A function of the share, not of the step, so that a run
    with a time budget ends its schedule on any machine.
    """
    if done < config.warm_up:
        low, high, u = config.learning_rate / 25, config.learning_rate, done / config.warm_up
    else:
        low, high = config.learning_rate, config.learning_rate / 1e4
        u = min(1.0, (done - config.warm_up) / (1 - config.warm_up))
    return low + (high - low) * 0.5 * (1 - math.cos(math.pi * u))


class AveragedWeights:
    """An exponential running mean of a model's weights."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Start from the model's weights as they are."""
        self.decay = decay
        self.tensors = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take in the weights after `step` steps; early on the mean is shorter, to forget the random start."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            self.tensors[name].lerp_(value, 1 - decay)
