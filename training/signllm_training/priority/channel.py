"""The channel as a training loop meets it: draw sequences, report their errors, learn from them or not.

It has no random numbers, clock or files of its own: a run goes on exactly from its state and the loop's generators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from signllm.errors import CheckpointError, InputError
from signllm_training.priority.presets import PriorityConfig
from signllm_training.priority.rewards import ErrorMemory, Floats, Indices, check_indices
from signllm_training.priority.sampling import anneal, compute_probabilities, draw, importance_weights
from signllm_training.priority.skipping import Decision, SkipGate, SkipLog


@dataclass(frozen=True, eq=False)
class Draw:
    """Sequences to train on."""

    indices: Indices
    """[n], places in the training set."""
    weights: Floats
    """[n], importance weights of their losses."""


class PriorityChannel:
    """Rewards, sampling and skipping of one training set."""

    def __init__(self, config: PriorityConfig, languages: Sequence[str]) -> None:
        """A channel that has seen nothing; `languages` are those of each sequence of the set."""
        self.config = config
        self.memory = ErrorMemory(languages, decay=config.error_decay, window=config.median_window)
        self._gate = SkipGate(config.skip, len(languages))
        self.drawn = Draw(np.zeros(0, dtype=np.int64), np.zeros(0))
        """The last draw. It is part of the state: a run that stopped in the middle of it must not draw anew, because
        rewards have changed since."""

    @property
    def log(self) -> SkipLog:
        """What training has cost and whom it served."""
        return self._gate.log

    def probabilities(self, done: float) -> Floats:
        """How often each sequence is drawn when the share `done` (0 to 1) of the run is over, [N]."""
        config = self.config
        eta = config.eta if config.eta_end is None else anneal(config.eta, config.eta_end, done)
        rewards = self.memory.rewards(config.transform, temperature=config.temperature, epsilon=config.epsilon)
        language = self.memory.language if config.per_language else None
        return compute_probabilities(rewards, eta=eta, floor=config.floor, language=language)

    def draw(self, count: int, rng: np.random.Generator, *, done: float) -> Draw:
        """`count` sequences with replacement, and keep them as `drawn`."""
        probability = self.probabilities(done)
        weights = importance_weights(probability, anneal(self.config.beta, self.config.beta_end, done))
        indices = draw(probability, count, rng)
        self.drawn = Draw(indices, weights[indices])
        return self.drawn

    def observe(self, indices: Indices, errors: Floats) -> Decision:
        """Take in the errors of a batch after its forward pass; says whether to learn from it.

        Args:
            indices: [n], its sequences.
            errors: [n], such as `policy.sequence_errors` gives.

        Raises:
            InputError: The batch is empty, there is no such sequence, or an error is negative or not finite.
        """
        if not len(indices):
            raise InputError("a batch of no sequences was observed; give at least one")
        self.memory.update(indices, errors)
        config = self.config
        rewards = self.memory.rewards(config.skip.reward, temperature=config.temperature, epsilon=config.epsilon)[
            indices
        ]
        return self._gate.decide(float(rewards.mean()), self.languages(indices))

    def languages(self, indices: Indices) -> list[str]:
        """Of those sequences."""
        check_indices(indices, len(self.memory.language))
        return [self.memory.names[k] for k in self.memory.language[indices]]

    def state(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Arrays and a JSON object from which `restore` goes on exactly."""
        arrays = self.memory.state() | {"indices": self.drawn.indices.copy(), "weights": self.drawn.weights.copy()}
        return arrays, {"languages": list(self.memory.names), "skip": self._gate.to_json()}

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]], about: Mapping[str, Any]) -> None:
        """Go on from what `state` gave.

        Raises:
            CheckpointError: It is of another set or other settings, or damaged.
        """
        if list(about.get("languages", ())) != list(self.memory.names):
            raise CheckpointError(
                f"the run was started with the languages {about.get('languages')}, the set has "
                f"{list(self.memory.names)}; go on with the data that the run was started with"
            )
        if missing := [name for name in ("indices", "weights") if name not in arrays]:
            raise CheckpointError(f"the saved run has no {missing} of its last draw; start the run anew")
        if "skip" not in about:
            raise CheckpointError("the saved run has no state of its skip rule; start the run anew")
        self.memory.restore(arrays)
        self._gate.restore(about["skip"])
        self.drawn = Draw(np.array(arrays["indices"], dtype=np.int64), np.array(arrays["weights"], dtype=np.float64))
