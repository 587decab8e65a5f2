"""Which sequences are drawn: probabilities from rewards, the weights that undo them, and the draw itself.

Axes: N sequences.
"""

from __future__ import annotations

import numpy as np

from signllm.errors import InputError
from signllm_training.priority.rewards import Floats, Indices


def compute_probabilities(reward: Floats, *, eta: float, floor: float, language: Indices | None = None) -> Floats:
    """How often each sequence is drawn, [N]: at least `floor` / N, and 1 together.

        P(i) = (1 - floor) * r(i)^eta / sum_j r(j)^eta + floor / N

    Source: SignLLM (arXiv 2405.10718, section 4.4) for the fraction; the floor is ours, against sequences that are
    never seen again. With `language` the sum runs over the sequences of the same language, whose fractions are
    scaled to its share of the data: rewards then compete inside a language and none is starved by another.

    Args:
        reward: [N], at least 0. When all are 0 the fraction, 0 / 0, is taken as uniform.
        eta: 0 is uniform.
        floor: Kappa, 0 to 1.
        language: [N], a number for the language of each sequence; none for one sum over all.

    Raises:
        InputError: A reward is negative or not finite, or there are none.
    """
    count = len(reward)
    if not count or not np.isfinite(reward).all() or (reward < 0).any():
        raise InputError(f"rewards must be finite, at least 0 and one or more, not {reward}")
    if language is None:
        share = _shares(reward, eta)
    else:
        share = np.zeros(count)
        for one in np.unique(language):
            inside = language == one
            share[inside] = _shares(reward[inside], eta) * (np.count_nonzero(inside) / count)
    return (1 - floor) * share + floor / count


def _shares(reward: Floats, eta: float) -> Floats:
    highest = reward.max()
    if highest == 0:
        return np.full(len(reward), 1 / len(reward))
    # The quotient first: no power of a large reward overflows then, nor do those of small ones all vanish.
    power = (reward / highest) ** eta
    return np.asarray(power / power.sum())


def importance_weights(probability: Floats, beta: float) -> Floats:
    """Weights of the losses that undo the sampling, [N], the largest being 1.

        w(i) = (N * P(i))^-beta / max_j (N * P(j))^-beta

    With beta 1 the expected weighted loss under P is the plain mean of the losses times N * min P, a factor common to
    all sequences; with beta 0 nothing is undone. Source: Schaul et al., Prioritized Experience Replay, 2016,
    section 3.4. The maximum is over all sequences, not over a batch, so that the factor is no chance of a batch.

    Raises:
        InputError: A probability is 0 and beta is not: what is never drawn cannot be weighed.
    """
    if beta == 0:
        return np.ones(len(probability))
    least = probability.min()
    if least <= 0:
        raise InputError(
            f"sequence {int(probability.argmin())} is never drawn, so importance weights with beta {beta:g} cannot "
            "make up for it; choose a floor above 0, or beta 0"
        )
    return np.asarray((probability / least) ** -beta)


def anneal(start: float, end: float, done: float) -> float:
    """A setting when the share `done` (0 to 1) of the run is over, in a straight line."""
    return start + (end - start) * min(1.0, max(0.0, done))


def draw(probability: Floats, count: int, rng: np.random.Generator) -> Indices:
    """`count` sequences with replacement, a function of the generator's state alone.

    The inverse of the summed probabilities at uniform numbers, not `Generator.choice`, whose stream numpy may change.
    """
    if count < 1:
        raise InputError(f"cannot draw {count} sequences; draw at least 1")
    edges = np.cumsum(probability)
    found = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    last = np.flatnonzero(probability)[-1]  # a product may round up to the last edge
    return np.asarray(np.minimum(found, last), dtype=np.int64)
