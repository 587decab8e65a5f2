"""Every sign, letter and digit as the synthesiser makes it after every other: what outputs are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from signllm.lexicon.phonology import Sign, Step
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
    """Signs whose descriptions are equal once orientation, repetition and the length of offsets are left out.

    Left out are where the palm faces and the fingers point; numbers of turns, cycles and contacts, one way or both
    ways, durations; steps that wait, repeat an earlier step or go back to the start; and how far an offset goes in its
    direction. All else is compared. What remains equal is one group: NOW and TODAY (NOW twice), or the digit 0 and
    the letter O. In the lexicon that ships no group differs in the length of an offset alone.

    Returns:
        Groups of at least two names, sorted.
    """
    keyed = sorted((_core(sign), name) for name, sign in signs.items())
    groups = [tuple(name for _, name in group) for _, group in groupby(keyed, key=lambda pair: pair[0])]
    return sorted(group for group in groups if len(group) > 1)


def _core(sign: Sign) -> str:
    start, other = _without(asdict(sign.start)), _without(asdict(sign.other) if sign.other else {})
    steps: list[dict[str, Any]] = []
    for step in (_without(asdict(step)) for step in sign.steps):
        if step not in (_WAIT, *steps) and step != _WAIT | {"to": _back(step["to"], start)}:
            steps.append(step)
    return repr((sign.hands, start, other, steps))


def _back(posture: Mapping[str, Any], start: Mapping[str, Any]) -> dict[str, Any]:
    """The posture of the start in the fields that a step names."""
    return {k: None if v is None else start[k] for k, v in posture.items()}


def _without(table: Mapping[str, Any]) -> dict[str, Any]:
    """A description without what does not tell signs apart; of an offset, its directions."""
    kept = {k: v for k, v in table.items() if k not in (*_ORIENTATION, *_REPETITION)}
    return {k: tuple(v) if k == "offset" and v else _without(v) if isinstance(v, dict) else v for k, v in kept.items()}


_WAIT: Final = _without(asdict(Step(ms=0.0)))


class Merge:
    """Maps a gloss to the first of its group: `merge("fs:U") == "fs:H"`."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        """Groups of names that count as one."""
        self._first = {name: group[0] for group in groups for name in group}

    def __call__(self, gloss: str) -> str:
        """The name that stands for this gloss's group."""
        return self._first.get(gloss, gloss)
