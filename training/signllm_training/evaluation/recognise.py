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
"""Least that each sign of the chain is charged: of two explanations that fit alike the shorter wins. The little slide
of a doubled letter is worth five times as much, a wrong handshape more."""
NOISE_SHARE: Final = 0.25
"""What a sign is charged in a noisy clip, in mean frame costs: a sign that explains less is a wobble, not a sign."""
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
    """`read` with the given neighbours alone."""
    programme = _Programme(features, templates, pairs)
    first = programme.solve(SIGN_COST)
    sign_cost = NOISE_SHARE * first.cost / len(features)
    return programme.solve(sign_cost) if sign_cost > SIGN_COST else first


class _Programme:
    """The dynamic programme of one clip: the cheapest chain for a given cost of a sign."""

    def __init__(self, features: Floats, templates: Templates, pairs: Sequence[Pair]) -> None:
        self._features, self._templates = features, templates
        self._signs = sorted({sign for pair in pairs for sign in pair} | {templates.rest})
        self._rest = len(self._signs) - 1
        place = {sign: k for k, sign in enumerate(self._signs)}
        arcs = np.array([(place[i], place[j]) for i, j in pairs], dtype=np.intp).reshape(-1, 2)
        self._before, self._after = arcs.T
        self._network = _Network([templates.segment(i, j) for i, j in pairs])
        self._costs = self._network.costs(features)

    def solve(self, sign_cost: float) -> Reading:
        size, frames = len(self._signs), len(self._features)
        fees = np.where(np.arange(size) == self._rest, 0.0, sign_cost).astype(np.float32)
        best = np.full((frames + 1, size), np.inf, dtype=np.float32)  # chains of the frames < t, by their last sign
        best[0, self._rest] = 0.0
        came_from = np.zeros(best.shape, dtype=np.intp)
        self._network.reset()
        for t, costs in enumerate(self._costs):
            table = np.full((size, size), np.inf, dtype=np.float32)
            entry = best[t, self._before] + fees[self._after]
            table[self._before, self._after] = self._network.step(costs, entry)
            best[t + 1], came_from[t + 1] = table.min(axis=0), table.argmin(axis=0)
            if t + 1 < frames:
                best[t + 1, self._rest] = np.inf  # the way to rest is the end of the utterance
        last = int(best[-1].argmin())
        cost = float(best[-1, last])
        chain = self._trace(last, best, came_from, fees) if np.isfinite(cost) else []
        return Reading([self._templates.names[self._signs[k]] for k in chain if k != self._rest], cost)

    def _trace(self, place: int, best: Floats, came_from: npt.NDArray[np.intp], fees: Floats) -> list[int]:
        t, chain = len(self._features), []
        while t > 0:
            chain.append(place)
            before = int(came_from[t, place])
            segment = self._templates.segment(self._signs[before], self._signs[place])
            total = float(best[t, place] - fees[place])
            t, place = _entered(self._features[:t], segment, best[:t, before], total), before
        return chain[::-1]


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
        self._now = np.empty(len(self._frames), dtype=np.float32)
        self.reset()

    def reset(self) -> None:
        """Back to before the first frame."""
        self._now[:] = np.inf

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
