"""Mouthing: the mouth shapes of an English word, laid along a sign."""

from __future__ import annotations

import math
import re
import tomllib
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.errors import LexiconError
from signllm.face.expressions import Weights, as_weights
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.source import FPS

VISEME_MS: Final = 90.0
"""Milliseconds from the middle of one mouth shape to that of the next; less where a sign is too short for its word."""


@cache
def _tables() -> tuple[dict[str, Weights], list[tuple[re.Pattern[str], tuple[str, ...]]]]:
    """Mouth shapes by name, and letters with the shapes that they stand for, the longest first."""
    path = resources.files("signllm.face") / "data" / "visemes.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    shapes = {name: as_weights(row, f"visemes.toml: {name}") for name, row in table["shapes"].items()}
    letters = []
    for spelling, names in sorted(table["letters"].items(), key=lambda row: (-len(row[0]), row[0])):
        if unknown := [name for name in names if name not in shapes]:
            known = ", ".join(shapes)
            raise LexiconError(f"visemes.toml: {spelling}: {unknown[0]!r} is no mouth shape; allowed are: {known}")
        # `a_e`: the vowel alone, before a consonant and a silent e.
        pattern = re.sub(r"_e$", r"(?=[^aeiouwxy]e$)", spelling)
        letters.append((re.compile(pattern), tuple(names)))
    return shapes, letters


def mouth_shapes(words: str) -> tuple[str, ...]:
    """Names of the mouth shapes of English words, from their letters; what is no letter is passed over."""
    found: list[str] = []
    for word in re.findall(r"[a-z]+", words.lower()):
        at = 0
        while at < len(word):
            match, names = next(
                ((hit, names) for pattern, names in _tables()[1] if (hit := pattern.match(word, at))), (None, ())
            )
            assert match is not None, "every letter by itself is in the table"
            found += [name for name in names if found[-1:] != [name]]
            at = match.end()
    return tuple(found)


class Mouthing:
    """The mouth while one word is mouthed."""

    def __init__(self, word: str, sign_ms: float, *, speed: float = 1.0) -> None:
        """Lay the shapes of `word` along a sign that takes about `sign_ms`."""
        names = mouth_shapes(word)
        self._shapes = [_tables()[0][name] for name in names]
        step_ms = min(VISEME_MS, sign_ms / max(1, len(names))) / speed
        self._frames = step_ms * FPS / 1000.0

    def weights(self, frame: float) -> npt.NDArray[np.float32] | None:
        """[52] weights `frame` frames after its start; None where the mouth is at rest."""
        at = frame / self._frames - 0.5
        first = math.floor(at)
        if not (self._shapes and -1 <= first < len(self._shapes)):
            return None
        share = math.cos(0.5 * math.pi * (at - first)) ** 2
        total = np.zeros(len(FACE_NAMES), dtype=np.float32)
        for k, weight in ((first, share), (first + 1, 1.0 - share)):
            if 0 <= k < len(self._shapes):
                total += np.float32(weight) * self._shapes[k]
        return total
