"""Reads motion back into glosses by the synthesiser's own templates: no model, nothing trained, nothing to overfit.

The whole output is explained at once: a chain of templates, each rendered after the one before it in the chain, that
starts in the rest pose, covers every frame once and has the smallest sum of squared frame costs. The chain knows
nothing of the reference and nothing of the glosses that the model says it makes. That is what lets it count deletions
and insertions: a segment cut out at the reference's boundaries always holds exactly one answer.

Within a template time may run at up to twice the speed and as slowly as it likes (stay, next, next but one), the
classic left-to-right model of connected-word recognition.
Source: Ney 1984, "The use of a one-stage dynamic programming algorithm for connected word recognition".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from signllm_training.evaluation.features import Floats, squared_distances
from signllm_training.evaluation.templates import Templates

SIGN_COST: Final = 2e-4
"""Charged for each sign of the chain, so that of two explanations that fit alike the shorter wins; the little bounce
of a doubled letter is worth five times as much, and a wrong handshape more."""
_ROUNDING: Final = 1e-5
"""What sums of the same costs in another order may differ by."""
Pair = tuple[int, int]
"""Two neighbours, by number: templates depend on nothing else."""
LOCAL: Final = 4
"""Signs kept as candidates for being among so many best ones at some frame."""
OVERALL: Final = 16
"""Signs kept for being among so many best ones anywhere."""
_SLOWEST: Final = 2
_FASTEST: Final = 4
"""A sign is looked for at twice to a quarter of its length after the one before it."""
_GUARDS: Final = 2
"""Slots before each template: one never open, then the door through which a chain enters."""


class Reading(NamedTuple):
    """Glosses read from a clip."""

    glosses: list[str]
    cost: float
    """Sum of squared frame costs and sign costs."""


def read(features: Floats, templates: Templates) -> Reading:
    """The glosses that explain a clip best.

    Args:
        features: One clip, [T, F].
        templates: What signs look like.

    Returns:
        The reading; no glosses when the clip is too short for any sign.
    """
    return read_with(features, templates, likely_pairs(features, templates))


def all_pairs(templates: Templates) -> list[Pair]:
    """Every sign after every other."""
    numbers = range(len(templates.names) + 1)
    return [(i, j) for i in numbers for j in numbers if (i, j) != (templates.rest, templates.rest)]


def likely_pairs(features: Floats, templates: Templates) -> list[Pair]:
    """Neighbours worth a try: both near somewhere, the second one sign's length after the first.

    Signs are looked for by the second half of their segment, which depends little on the sign before, and kept if
    they are among the `LOCAL` best at some frame or the `OVERALL` best of all. This only saves time: `all_pairs`
    reads the same, twenty times slower.

    Args:
        features: One clip, [T, F].
        templates: What signs look like.

    Returns:
        Pairs of sign numbers, `templates.rest` included.
    """
    segments = [templates.segment(templates.rest, sign) for sign in range(len(templates.names))]
    halves = [segment[len(segment) // 2 :] for segment in segments]
    network = _Network(halves)
    free = np.zeros(len(halves), dtype=np.float32)
    ends = np.array([network.step(costs, free) for costs in network.costs(features)])  # [T, S]
    seen = _seen(ends / [len(half) for half in halves])
    frames = len(features)
    pairs = []
    for sign, segment in [*enumerate(segments), (templates.rest, segments[0])]:
        times = [frames] if sign == templates.rest else np.flatnonzero(seen[:, sign])
        before = np.zeros(frames, dtype=bool)
        for t in times:
            before[max(0, t - _SLOWEST * len(segment)) : max(0, t - len(segment) // _FASTEST)] = True
        neighbours = np.flatnonzero(seen[before].any(axis=0))
        pairs += [(int(neighbour), sign) for neighbour in neighbours]
        if sign != templates.rest and len(times) and times[0] < _SLOWEST * len(segment):
            pairs.append((templates.rest, sign))
    return pairs


def _seen(costs: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """When each sign is a candidate, [T, S], from what it costs to end there."""
    seen = np.zeros(costs.shape, dtype=bool)
    np.put_along_axis(seen, np.argsort(costs, axis=1)[:, :LOCAL], True, axis=1)
    best = np.argsort(costs.min(axis=0))[:OVERALL]
    seen[costs.argmin(axis=0)[best], best] = True
    return seen


def read_with(features: Floats, templates: Templates, pairs: Sequence[Pair]) -> Reading:
    """`read` with the given neighbours alone: the dynamic programme itself."""
    nodes = sorted({sign for pair in pairs for sign in pair} | {templates.rest})
    rest, place = len(nodes) - 1, {sign: k for k, sign in enumerate(nodes)}
    arcs = [(place[i], place[j]) for i, j in pairs]
    before, after = np.array(arcs, dtype=np.intp).reshape(-1, 2).T
    network = _Network([templates.segment(nodes[i], nodes[j]) for i, j in arcs])
    fee = np.where(after == rest, 0.0, SIGN_COST).astype(np.float32)
    best = np.full((len(features) + 1, len(nodes)), np.inf, dtype=np.float32)  # chains of frames < t, by their end
    came_from = np.zeros(best.shape, dtype=np.intp)
    best[0, rest] = 0.0
    for t, costs in enumerate(network.costs(features)):
        table = np.full((len(nodes), len(nodes)), np.inf, dtype=np.float32)
        table[before, after] = network.step(costs, best[t, before] + fee)
        came_from[t + 1] = table.argmin(axis=0)
        best[t + 1] = table.min(axis=0)
        if t + 1 < len(features):
            best[t + 1, rest] = np.inf  # the way to rest is the end of the utterance
    node, t, chain = int(best[-1].argmin()), len(features), []
    if not np.isfinite(cost := float(best[-1, node])):
        return Reading([], cost)
    while t > 0:
        chain.append(node)
        previous = int(came_from[t, node])
        segment, fee_paid = templates.segment(nodes[previous], nodes[node]), 0.0 if node == rest else SIGN_COST
        t = _entered(features[:t], segment, best[:t, previous], float(best[t, node]) - fee_paid)
        node = previous
    return Reading([templates.names[nodes[node]] for node in chain[::-1] if node != rest], cost)


def _entered(features: Floats, segment: Floats, chains: Floats, total: float) -> int:
    """When the cheapest way to the end of a template entered it; asked afterwards, for the winning chain alone.

    Args:
        features: Frames up to the end of the template, [T, F].
        segment: The template, [n, F].
        chains: For time 0..T-1, cost of the cheapest chain of the frames before that ends where the template begins.
        total: Cost of the chain with the template at its end.

    Returns:
        The number of the first frame that the template explains.
    """
    costs = squared_distances(features, segment)
    n, end = len(segment), len(features)
    onward = np.full(n + _GUARDS, np.inf, dtype=np.float32)  # cost from now to the end, by the template's frame now
    onward[n - 1] = costs[-1, n - 1]
    sums = np.full(end, np.inf, dtype=np.float32)
    for t in reversed(range(end)):
        if t < end - 1:
            onward[:n] = np.minimum(np.minimum(onward[:n], onward[1:-1]), onward[2:]) + costs[t]
        sums[t] = chains[t] + onward[:2].min()
        if sums[t] <= total + _ROUNDING:
            return t
    return int(sums.argmin())


def classify(features: Floats, templates: Templates, before: int) -> str | None:
    """The one sign that a piece of a clip shows, given the sign before it; the cross-check of `read`.

    Args:
        features: The piece, [T, F]; may be empty.
        templates: What signs look like.
        before: Number of the sign before the piece, or `templates.rest`.

    Returns:
        The nearest sign; None when the piece is shorter than half of every sign.
    """
    if not len(features):
        return None
    signs = range(len(templates.names))
    network = _Network([templates.segment(before, sign) for sign in signs])
    ends, entry = np.zeros(0, dtype=np.float32), np.zeros(len(signs), dtype=np.float32)
    for costs in network.costs(features):
        ends = network.step(costs, entry)
        entry = np.full(len(signs), np.inf, dtype=np.float32)
    nearest = int(ends.argmin())
    return templates.names[nearest] if np.isfinite(ends[nearest]) else None


class _Network:
    """Many templates side by side in one flat array, so that one frame is a handful of vector operations."""

    def __init__(self, segments: Sequence[Floats]) -> None:
        guard = np.zeros((_GUARDS, segments[0].shape[1]), dtype=np.float32)
        self._frames = np.concatenate([part for segment in segments for part in (guard, segment)])
        lengths = np.array([len(segment) + _GUARDS for segment in segments])
        self._lasts = np.cumsum(lengths) - 1
        self._walls = self._lasts + 1 - lengths
        self._doors = self._walls + 1
        self._now = np.full(len(self._frames), np.inf, dtype=np.float32)

    def costs(self, features: Floats) -> Floats:
        """Frame costs of a clip against all slots, [T, N]."""
        costs = squared_distances(features, self._frames)
        costs[:, self._walls] = costs[:, self._doors] = np.inf
        return costs

    def step(self, costs: Floats, entry: Floats) -> Floats:
        """One frame: every template may be entered at the given cost, [A]; every way stays, steps or hops on.

        Returns:
            Cost of the cheapest way to be at each template's last frame now, [A].
        """
        now = self._now
        now[self._doors] = entry
        cheapest = np.minimum(now[_GUARDS:], now[1:-1])
        np.minimum(cheapest, now[:-_GUARDS], out=cheapest)
        np.add(cheapest, costs[_GUARDS:], out=now[_GUARDS:])
        ends: Floats = now[self._lasts]
        return ends
