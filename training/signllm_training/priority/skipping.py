"""Whether a batch is learnt from, after its forward pass: three rules, and guards that no rule overrides.

SignLLM (arXiv 2405.10718, section 4.4) says: "if the reward is less than 50%, skip the batch", not of what. `ratio`
is 50 % of what good batches get, `median` of all batches, `absolute` of the largest reward possible. A skipped batch
has cost its forward pass; the log counts it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from signllm.errors import CheckpointError, InputError
from signllm_training.priority.presets import SkipConfig

Guard = Literal["", "warm-up", "fraction", "consecutive", "language"]


@dataclass(frozen=True)
class Decision:
    """What to do with a batch, and why."""

    skip: bool
    wanted: bool
    """What the rule alone says."""
    guard: Guard = ""
    """The first guard that forbade a skip that the rule wanted."""


@dataclass
class SkipLog:
    """What training has cost and whom it served."""

    samples_seen: int = 0
    forward_steps: int = 0
    backward_steps: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    """Samples of each language in forward passes."""
    learnt: Counter[str] = field(default_factory=Counter)
    """Samples of each language in backward passes."""

    @property
    def cost(self) -> int:
        """In forward passes, a backward pass being two."""
        return self.forward_steps + 2 * self.backward_steps

    @property
    def skipped_share(self) -> float:
        """Of all batches."""
        return 1 - self.backward_steps / self.forward_steps if self.forward_steps else 0.0

    def coverage(self) -> dict[str, float]:
        """Share of each language's samples that was learnt from."""
        return {name: self.learnt[name] / count for name, count in sorted(self.seen.items())}


class SkipGate:
    """The state from batch to batch; `decide` is its only event."""

    def __init__(self, config: SkipConfig, sequences: int) -> None:
        """A gate before its first batch, for a set of that many sequences."""
        self.log = SkipLog()
        self._config = config
        self._warm_up = config.warm_up * sequences
        self._rewards: list[float] = []
        """Of the last batches, skipped ones too."""
        self._level = math.nan
        """Running mean of the percentile of `_rewards`."""
        self._guarded = 0
        """Batches after the warm-up."""
        self._skipped = 0
        self._in_a_row = 0
        self._left_out: set[str] = set()
        """Languages whose last batch was skipped."""

    def decide(self, reward: float, languages: Sequence[str]) -> Decision:
        """Whether to skip a batch.

        Args:
            reward: The mean reward of its sequences.
            languages: Of each of its sequences.

        Raises:
            InputError: The reward is not finite, or the batch is empty.
        """
        if not math.isfinite(reward) or not languages:
            raise InputError(
                f"a batch of {len(languages)} sequences has reward {reward}; give one or more, and a number"
            )
        warm = self.log.samples_seen < self._warm_up
        wanted = self._wants(reward)
        guard = self._guard(set(languages), warm) if wanted else ""
        decision = Decision(wanted and not guard, wanted, guard)
        self._take_in(decision, reward, languages, warm)
        return decision

    def _wants(self, reward: float) -> bool:
        rule, past = self._config.rule, self._rewards
        if rule == "absolute":
            return reward < self._config.threshold
        if rule == "off" or not past:
            return False
        limit = self._config.threshold * self._level if rule == "ratio" else float(np.median(past))
        return reward < limit

    def _guard(self, languages: set[str], warm: bool) -> Guard:
        if warm:
            return "warm-up"
        if self._skipped + 1 > self._config.max_fraction * (self._guarded + 1):
            return "fraction"
        if self._in_a_row >= self._config.max_consecutive:
            return "consecutive"
        return "language" if languages & self._left_out else ""

    def _take_in(self, decision: Decision, reward: float, languages: Sequence[str], warm: bool) -> None:
        log, decay = self.log, self._config.decay
        self._rewards = [*self._rewards, reward][-self._config.window :]
        level = float(np.percentile(self._rewards, self._config.percentile))
        self._level = level if math.isnan(self._level) else decay * self._level + (1 - decay) * level
        self._guarded += not warm
        self._skipped += decision.skip
        self._in_a_row = self._in_a_row + 1 if decision.skip else 0
        self._left_out = self._left_out | set(languages) if decision.skip else self._left_out - set(languages)
        log.samples_seen += len(languages)
        log.forward_steps += 1
        log.seen.update(languages)
        if not decision.skip:
            log.backward_steps += 1
            log.learnt.update(languages)

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `restore` goes on exactly."""
        return {
            "rewards": list(self._rewards),
            "level": None if math.isnan(self._level) else self._level,
            "guarded": self._guarded,
            "skipped": self._skipped,
            "in_a_row": self._in_a_row,
            "left_out": sorted(self._left_out),
            "samples_seen": self.log.samples_seen,
            "forward_steps": self.log.forward_steps,
            "backward_steps": self.log.backward_steps,
            "seen": dict(self.log.seen),
            "learnt": dict(self.log.learnt),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`.

        Raises:
            CheckpointError: It is not what `to_json` gives.
        """
        try:
            counts = {name: int(state[name]) for name in ("samples_seen", "forward_steps", "backward_steps")}
            self.log = SkipLog(**counts, seen=Counter(state["seen"]), learnt=Counter(state["learnt"]))
            self._rewards = [float(reward) for reward in state["rewards"]]
            self._level = math.nan if state["level"] is None else float(state["level"])
            self._guarded, self._skipped = int(state["guarded"]), int(state["skipped"])
            self._in_a_row, self._left_out = int(state["in_a_row"]), set(state["left_out"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"the saved state of the skip rule is damaged ({error!r}); start the run anew"
            ) from error
