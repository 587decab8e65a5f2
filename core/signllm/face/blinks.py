"""When the eyes blink: where phrases end, and in long ones between two words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from signllm.source import FPS, PAUSE, Gloss

_SHUT: Final = (0.55, 1.0, 0.70, 0.20)
"""How far the lids are shut in the frames of a blink, 160 ms."""
_OFTEN: Final = 4 * FPS
"""Frames after which a blink between two words is due."""
_APART: Final = FPS // 2
"""Frames between two blinks at least."""
_INSIDE: Final = 3
"""Words of a phrase on either side of a blink within it: a short phrase is not broken."""


class Blinks:
    """The lids of an utterance, frame by frame."""

    def __init__(self, glosses: Sequence[Gloss]) -> None:
        """Eyes open; nothing due yet."""
        self._ends = {k for k, gloss in enumerate(glosses) if gloss.name == PAUSE} | {len(glosses)}
        self._gaps = _gaps(glosses, sorted(self._ends))
        self._gloss = 0
        self._since = 0  # frames since the last blink began, or since the start
        self._left: tuple[float, ...] = ()

    def step(self, gloss: int, *, shut: bool) -> float:
        """How far the lids are shut in the next frame, which belongs to `gloss`; no blink while they are `shut`."""
        self._since += 1
        if gloss != self._gloss:
            self._gloss = gloss
            due = (gloss in self._ends and self._since >= _APART) or (gloss in self._gaps and self._since >= _OFTEN)
            if due and not shut:
                self._left, self._since = _SHUT, 0
        now, self._left = self._left[:1], self._left[1:]
        return now[0] if now else 0.0


def _gaps(glosses: Sequence[Gloss], ends: list[int]) -> set[int]:
    """Glosses that begin a word well inside a long phrase."""
    gaps: set[int] = set()
    start = 0
    for end in ends:
        first = [k for k in range(start, end) if k == start or glosses[k].word != glosses[k - 1].word]
        gaps.update(first[_INSIDE : len(first) - _INSIDE + 1])
        start = end + 1
    return gaps
