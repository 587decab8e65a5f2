"""How well each sequence is learnt: its error over time, and the reward that sampling and skipping go by.

Axes: N sequences of the training set, n of a batch, L languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.errors import CheckpointError, InputError
from signllm_training.priority.presets import Transform

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_SMALLEST_MEDIAN: Final = 1e-12
"""Squared features are of the order of 1: below this a language is learnt by heart, and its errors are rounding."""


def compute_rewards(
    transform: Transform, error: Floats, median: Floats, *, temperature: float = 1.0, epsilon: float = 0.01
) -> Floats:
    """Rewards of sequences by their errors, at least 0.

    With x = error / median, which makes languages comparable:

        exp      exp(-x / temperature)
        inverse  1 / (1 + x)
        minmax   1 - (x - min x) / (max x - min x + epsilon)
        rank     1 - (rank of x - 1/2) / N, ties sharing their mean rank
        td       x + epsilon, as |delta| + epsilon of Schaul et al., Prioritized Experience Replay, 2016, section 3.3
        literal  error; SignLLM prints P(i) = r(i)^eta / sum_j r(j)^eta with r = -MSE, and for a whole eta, the only
                 one for which that is a real number, the signs cancel: P(i) = MSE(i)^eta / sum_j MSE(j)^eta

    The first four fall with the error: easy sequences first. The last two rise with it: hard sequences first.

    Args:
        transform: One of the names above.
        error: [N], squared errors.
        median: [N], the median of the errors of each sequence's language.
        temperature: Of `exp`.
        epsilon: Of `minmax` and `td`, in medians.

    Raises:
        InputError: An error is negative or not finite, a median is not above 0, or the shapes differ.
    """
    _check_errors(error)
    if error.shape != median.shape or not (median > 0).all():
        raise InputError(f"medians must be above 0, one for each of the {len(error)} errors, not {median}")
    if not len(error):
        return np.zeros(0)
    relative = error / median
    match transform:
        case "exp":
            return np.exp(-relative / temperature)
        case "inverse":
            return np.asarray(1 / (1 + relative))
        case "minmax":
            low = relative.min()
            return np.asarray(1 - (relative - low) / (relative.max() - low + epsilon))
        case "rank":
            return np.asarray(1 - (_ranks(relative) - 0.5) / len(relative))
        case "td":
            return relative + epsilon
        case "literal":
            return error.copy()
    raise InputError(f"no reward transform {transform!r}; there are: exp, inverse, minmax, rank, literal, td")


def _ranks(values: Floats) -> Floats:
    """Places in ascending order from 1 on, [N]; equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray(last - (counts - 1) / 2)[which]


class ErrorMemory:
    """The running error of every sequence and the running median of every language."""

    def __init__(self, languages: Sequence[str], *, decay: float, window: int) -> None:
        """A memory of no errors yet.

        Args:
            languages: Of each sequence, N.
            decay: Per observation of a sequence, of the running mean of its error; 0 keeps the last alone.
            window: Errors of a language that its median is taken over, the newest ones.
        """
        if not languages:
            raise InputError("there are no sequences to train on; give a set that has some")
        self.names = tuple(sorted(set(languages)))
        self.language: Indices = np.searchsorted(np.array(self.names), np.array(languages)).astype(np.int64)
        """[N], place in `names`."""
        self._decay = decay
        self._error: Floats = np.zeros(len(languages))
        self._times: Indices = np.zeros(len(languages), dtype=np.int64)
        self._recent: Floats = np.zeros((len(self.names), window))
        self._added: Indices = np.zeros(len(self.names), dtype=np.int64)

    @property
    def seen(self) -> npt.NDArray[np.bool_]:
        """Which sequences have an error, [N]."""
        return self._times > 0

    @property
    def errors(self) -> Floats:
        """The running error of each sequence, [N]; 0 for those not seen."""
        return self._error.copy()

    def update(self, indices: Indices, errors: Floats) -> None:
        """Take in the errors of a batch, in its order; a sequence may come several times.

        The first error of a sequence is taken as it is, later ones as e <- decay * e + (1 - decay) * new.

        Raises:
            InputError: There is no such sequence, or an error is negative or not finite.
        """
        check_indices(indices, len(self._error))
        if indices.shape != errors.shape:
            raise InputError(f"expected one error for each of {len(indices)} sequences, got {errors.shape}")
        _check_errors(errors, indices)
        for i, error in zip(indices, errors, strict=True):
            decay = self._decay if self._times[i] else 0.0
            self._error[i] = decay * self._error[i] + (1 - decay) * error
            self._times[i] += 1
            k = self.language[i]
            self._recent[k, self._added[k] % self._recent.shape[1]] = error
            self._added[k] += 1

    def medians(self) -> Floats:
        """The running median of each sequence's language, [N]; 1 for a language of which nothing was seen."""
        found = np.ones(len(self.names))
        for k, added in enumerate(self._added):
            if added:
                found[k] = max(_SMALLEST_MEDIAN, float(np.median(self._recent[k, :added])))
        return found[self.language]

    def rewards(self, transform: Transform, *, temperature: float = 1.0, epsilon: float = 0.01) -> Floats:
        """Rewards of all sequences, [N].

        Those not seen yet have the highest there is, so that each is soon seen once, as new transitions have in
        Schaul et al. 2016, section 3.2.
        """
        seen = self.seen
        rewards = np.ones(len(seen))
        if seen.any():
            known = compute_rewards(
                transform, self._error[seen], self.medians()[seen], temperature=temperature, epsilon=epsilon
            )
            rewards[seen], rewards[~seen] = known, known.max()
        return rewards

    def coverage(self) -> dict[str, float]:
        """Share of each language's sequences that were seen."""
        return {name: float(self.seen[self.language == k].mean()) for k, name in enumerate(self.names)}

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Arrays from which `restore` goes on exactly."""
        return {
            "error": self._error.copy(),
            "times": self._times.copy(),
            "recent": self._recent.copy(),
            "added": self._added.copy(),
        }

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from `state`.

        Raises:
            CheckpointError: It is of another set of sequences or another window.
        """
        for name, now in self.state().items():
            if name not in state or state[name].shape != now.shape:
                was = state[name].shape if name in state else "nothing"
                raise CheckpointError(
                    f"the saved rewards do not fit this set: {name} has {now.shape}, the run has {was}; "
                    "go on with the data and the settings that the run was started with"
                )
        self._error, self._recent = (np.array(state[name], dtype=np.float64) for name in ("error", "recent"))
        self._times, self._added = (np.array(state[name], dtype=np.int64) for name in ("times", "added"))


def check_indices(indices: Indices, count: int) -> None:
    """Refuse an index that is none of `count` sequences."""
    if len(bad := indices[(indices < 0) | (indices >= count)]):
        raise InputError(f"there is no sequence {bad[0]}; they are numbered from 0 to {count - 1}")


def _check_errors(error: Floats, indices: Indices | None = None) -> None:
    bad = np.flatnonzero(~(np.isfinite(error) & (error >= 0)))
    if len(bad):
        at = bad[0] if indices is None else indices[bad[0]]
        raise InputError(
            f"the error of sequence {at} is {error[bad[0]]}; errors are finite and at least 0, "
            "so look for a clip with NaN or a run that diverged"
        )
