"""Reads motion back into glosses by the synthesiser's own templates: no model, nothing trained, nothing to overfit.

The whole output is explained at once: a chain of templates, each rendered after the one before it in the chain, that
starts in the rest pose, covers every frame once and has the smallest sum of frame costs. The chain knows nothing of
the reference and nothing of the glosses that the model says it makes. That is what lets it count deletions and
insertions: a segment cut out at the reference's boundaries always holds exactly one answer.

Within a template time may run at up to twice the speed and as slowly as it likes (stay, next, next but one), the
classic left-to-right model of connected-word recognition.
Source: Ney 1984, "The use of a one-stage dynamic programming algorithm for connected word recognition".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from signllm_training.evaluation.features import Floats, distances
from signllm_training.evaluation.templates import Templates

SIGN_COST: Final = 0.1
"""Frame costs charged for each sign of the chain: of two explanations that fit alike the shorter wins."""
LOCAL: Final = 4
"""Signs kept as candidates for being among so many best ones at some frame."""
OVERALL: Final = 16
"""Signs kept for being among so many best ones anywhere."""
_GUARDS: Final = 2
"""Slots before each template: one never open, then the door through which a chain enters."""


class Reading(NamedTuple):
    """Glosses read from a clip."""

    glosses: list[str]
    cost: float
    """Sum of frame costs and sign costs."""


def read(features: Floats, templates: Templates) -> Reading:
    """The glosses that explain a clip best.

    Args:
        features: One clip, [T, F].
        templates: What signs look like.

    Returns:
        The reading; no glosses when the clip is too short for any sign.
    """
    return read_with(features, templates, candidates(features, templates))


def candidates(features: Floats, templates: Templates) -> list[int]:
    """Signs worth a place in the chain: their second half, which depends little on context, is near somewhere.

    Args:
        features: One clip, [T, F].
        templates: What signs look like.

    Returns:
        Numbers of signs, ascending.
    """
    segments = [templates.segment(templates.rest, sign) for sign in range(len(templates.names))]
    halves = [segment[len(segment) // 2 :] for segment in segments]
    network = _Network(halves)
    free = np.zeros(len(halves), dtype=np.float32)
    ends = np.array([network.step(costs, free, t).ends for t, costs in enumerate(network.costs(features))])  # [T, S]
    per_frame = ends / [len(half) for half in halves]
    here, anywhere = np.argsort(per_frame, axis=1)[:, :LOCAL], np.argsort(per_frame.min(axis=0))[:OVERALL]
    return sorted({int(sign) for sign in (*here.ravel(), *anywhere)})


def read_with(features: Floats, templates: Templates, signs: Sequence[int]) -> Reading:
    """`read` over the given signs alone: the dynamic programme itself."""
    nodes, rest = [*signs, templates.rest], len(signs)
    arcs = [(i, j) for i in range(len(nodes)) for j in range(len(nodes)) if (i, j) != (rest, rest)]
    network = _Network([templates.segment(nodes[i], nodes[j]) for i, j in arcs])
    before, after = np.array(arcs).T
    fee = np.where(after == rest, 0.0, SIGN_COST).astype(np.float32)
    chains = _Chains(len(features), len(nodes))
    chains.open(rest)
    for t, costs in enumerate(network.costs(features)):
        state = network.step(costs, chains.cost[t, before] + fee, t)
        chains.extend(t + 1, before, after, state)
        if t + 1 < len(features):
            chains.cost[t + 1, rest] = np.inf  # the way to rest is the end of the utterance
    places, cost = chains.best()
    return Reading([templates.names[nodes[k]] for k in places if k != rest], cost)


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
    ends, entry = np.zeros(0), np.zeros(len(signs), dtype=np.float32)
    for t, costs in enumerate(network.costs(features)):
        ends = network.step(costs, entry, t).ends
        entry = np.full(len(signs), np.inf, dtype=np.float32)
    nearest = int(ends.argmin())
    return templates.names[nearest] if np.isfinite(ends[nearest]) else None


class _State(NamedTuple):
    ends: Floats
    """Cost of the cheapest way to be at each template's last frame now, [A]."""
    starts: npt.NDArray[np.intp]
    """Time at which that way entered the template, [A]."""


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
        self._since = np.zeros(len(self._frames), dtype=np.intp)

    def costs(self, features: Floats) -> Floats:
        """Frame costs of a clip against all slots, [T, N]."""
        costs = distances(features, self._frames)
        costs[:, self._walls] = costs[:, self._doors] = np.inf
        return costs

    def step(self, costs: Floats, entry: Floats, t: int) -> _State:
        """One frame: every template may be entered at the given cost, [A], and every way stays or hops on."""
        now, since = self._now, self._since
        now[self._doors], since[self._doors] = entry, t
        cheapest, began = now[_GUARDS:].copy(), since[_GUARDS:].copy()
        for hop in (1, 2):
            shifted = slice(_GUARDS - hop, len(now) - hop)
            cheaper = now[shifted] < cheapest
            np.copyto(cheapest, now[shifted], where=cheaper)
            np.copyto(began, since[shifted], where=cheaper)
        now[_GUARDS:], since[_GUARDS:] = cheapest + costs[_GUARDS:], began
        return _State(now[self._lasts], since[self._lasts])


class _Chains:
    """Cheapest chains of templates by the time and the sign that they end in."""

    def __init__(self, frames: int, nodes: int) -> None:
        self.cost = np.full((frames + 1, nodes), np.inf, dtype=np.float32)
        self._before = np.zeros((frames + 1, nodes), dtype=np.intp)
        self._start = np.zeros((frames + 1, nodes), dtype=np.intp)

    def open(self, node: int) -> None:
        """Chains begin in this node."""
        self.cost[0, node] = 0.0

    def extend(
        self, t: int, before: npt.NDArray[np.intp], after: npt.NDArray[np.intp], state: _State
    ) -> None:
        """Keeps, for every node, the cheapest of the templates that lead to it and end at time t."""
        nodes = self.cost.shape[1]
        ends = np.full((nodes, nodes), np.inf, dtype=np.float32)
        starts = np.zeros((nodes, nodes), dtype=np.intp)
        ends[before, after], starts[before, after] = state.ends, state.starts
        winner, each = ends.argmin(axis=0), np.arange(nodes)
        self.cost[t], self._before[t], self._start[t] = ends[winner, each], winner, starts[winner, each]

    def best(self) -> tuple[list[int], float]:
        """Nodes of the cheapest chain that ends at the last frame, and its cost; none if no chain gets there."""
        node = int(self.cost[-1].argmin())
        cost = float(self.cost[-1, node])
        if not np.isfinite(cost):
            return [], cost
        places, t = [], len(self.cost) - 1
        while t > 0:
            places.append(node)
            node, t = int(self._before[t, node]), int(self._start[t, node])
        return places[::-1], cost
