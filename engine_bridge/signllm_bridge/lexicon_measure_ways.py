"""Ways between signs, measured on the avatar: pairs drawn by a seed, because there are tens of thousands of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from signllm.lexicon.synthesise import Synthesiser
from signllm_bridge.lexicon_measure_collisions import FLESH, Body
from signllm_bridge.retarget import retarget

_SEED: Final = 5
PAIRS: Final = 300
"""Pairs that are looked at."""
_LISTED: Final = 10


@dataclass(frozen=True)
class WayMeasures:
    """What happens between signs."""

    pairs: int
    beyond: int
    """Ways on which a hand is deeper in the body or the other hand than `FLESH`, and than in both postures at its
    ends."""
    deepest: Sequence[tuple[float, str, str, str]]
    """The deepest of them: millimetres, both signs, what is in what."""


def measure_ways(synthesiser: Synthesiser, body: Body, names: Sequence[str], pairs: int = PAIRS) -> WayMeasures:
    """Look at every frame of the ways between `pairs` pairs of `names`."""
    rng = np.random.default_rng(_SEED)
    found: list[tuple[float, str, str, str]] = []
    for _ in range(pairs if len(names) > 1 else 0):
        before, after = (names[k] for k in rng.choice(len(names), 2, replace=False))
        way = synthesiser.way_keypoints(before, after)
        worst = body.worst(retarget(way.astype(np.float64)), np.arange(len(way)))
        ends = max(worst[0].depth, worst[-1].depth)
        deepest = max(worst, key=lambda collision: collision.depth)
        if deepest.depth > max(FLESH, ends):
            found.append((round(1000.0 * deepest.depth, 1), before, after, deepest.what))
    found.sort(reverse=True)
    return WayMeasures(pairs, len(found), found[:_LISTED])
