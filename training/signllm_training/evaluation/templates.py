"""Every sign, letter and digit as the synthesiser makes it after every other: what outputs are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from signllm.lexicon.signs import Sign, Step
from signllm.lexicon.synthesise import REST
from signllm_training.evaluation.edits import SPELLED
from signllm_training.evaluation.features import Floats, Scale, frame_features, measure


class Reference(Protocol):
    """What the scorer needs of `signllm.lexicon.synthesise.Synthesiser`."""

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Names of all signs, letters and digits."""
        ...

    def segment(self, previous: str, gloss: str, following: str = "") -> npt.NDArray[np.float32]:
        """Keypoints of one gloss and the way into it, [T, 50, 3], metres; an empty name is the rest pose."""
        ...

    def clip(self, glosses: Sequence[str]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
        """Keypoints [T, 50, 3] in metres and the gloss index of every frame, [T]; the last index is the way to rest."""
        ...


class Templates:
    """Segments of the synthesiser in all left contexts, as scoring features, made when first asked for.

    A sign's segment begins where its predecessor ends, so it holds the way there: the same sign is another movement
    after another neighbour. Sign number `rest` is the rest pose, first context of every utterance and its last target.
    """

    def __init__(self, reference: Reference) -> None:
        """Templates of a synthesiser's whole vocabulary."""
        self.reference = reference
        self.names: Final = tuple(reference.vocabulary)
        self.rest: Final = len(self.names)
        self.scale: Final[Scale] = measure(reference.clip(self.names[:1])[0])
        self._made: dict[tuple[int, int], Floats] = {}

    def segment(self, before: int, sign: int) -> Floats:
        """Features of a sign's frames after another one, [n, F] with n at least 1; `rest` may stand on either side."""
        key = (before, sign)
        if key not in self._made:
            previous, gloss = (REST if k == self.rest else self.names[k] for k in key)
            # Letters are held shortest inside a word; the longer holds at its ends cost nothing, as stays.
            following = gloss if gloss.startswith(SPELLED) else REST
            keypoints = self.reference.segment(previous, gloss, following)
            self._made[key] = frame_features(keypoints, self.scale)
        return self._made[key]


_ORIENTATION: Final = ("palm", "fingers")
_REPETITION: Final = ("ms", "cycles", "turns", "times", "hertz", "both_ways")


def merged_groups(signs: Mapping[str, Sign]) -> list[tuple[str, ...]]:
    """Signs whose descriptions are the same but for repetition or orientation.

    Numbers of turns, cycles and contacts, durations, steps that repeat or only wait, and where palm and fingers face
    are left out; what remains equal is one group. So the digit 0 and the letter O are one, as they are to the eye.

    Returns:
        Groups of at least two names, sorted.
    """
    keyed = sorted((_core(sign), name) for name, sign in signs.items())
    groups = [tuple(name for _, name in group) for _, group in groupby(keyed, key=lambda pair: pair[0])]
    return sorted(group for group in groups if len(group) > 1)


def _core(sign: Sign) -> str:
    described = asdict(sign)
    steps = [_without(step) for step in described["steps"]]
    waiting = _without(asdict(Step(ms=0.0)))
    once = [step for k, step in enumerate(steps) if step not in [waiting, *steps[:k]]]
    return repr((sign.hands, _without(described["start"]), _without(described["other"] or {}), once))


def _without(table: Mapping[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in table.items() if k not in (*_ORIENTATION, *_REPETITION)}
    return {k: _without(v) if isinstance(v, dict) else v for k, v in kept.items()}


class Merge:
    """Maps a gloss to the first of its group: `merge("fs:Q") == "fs:G"`."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        """Groups of names that count as one."""
        self._first = {name: group[0] for group in groups for name in group}

    def __call__(self, gloss: str) -> str:
        """The name that stands for this gloss's group."""
        return self._first.get(gloss, gloss)
