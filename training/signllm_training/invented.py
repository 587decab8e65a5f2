"""Two invented languages, `x-test-a` and `x-test-b`, for tests and result tables only: nobody signs them.

They tell whether a model of several languages keeps them apart, which needs languages that share every word and no
sign. Each has the glosses of ASL; its sign for a word is what ASL makes for another word, by a seeded permutation in
which no word keeps the sign of ASL or of the other invented language. Words stand in another order as well.

They are in no list of languages and no menu, and nothing but a recipe or a test that names them may use them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.errors import InputError
from signllm.source import PAUSE
from signllm_training.corpus import Motion, Rng, Sentences

CODES: Final = ("x-test-a", "x-test-b")
SEED: Final = 1880
"""Seed of the permutations. A lexicon with another sign in it gives other ones."""

_LEAST: Final = 1 + len(CODES)
"""Glosses that a kind must have at least: each word has its own sign in ASL and in every invented language."""
_LETTERS: Final = "fs"

Unit = tuple[str, ...]
"""Glosses that stay together: a sign, a spelled word, a number."""


@dataclass(frozen=True)
class InventedLanguage:
    """A language made from the signs of ASL."""

    code: str
    signs: Mapping[str, str]
    """Gloss -> gloss of ASL whose sign it is made with."""

    def translate(self, glosses: Sequence[str]) -> list[str]:
        """Glosses of ASL in the order of this language.

        Each clause, from pause to pause, has an order of its own. Letters of a spelled word and signs of a number stay
        together as they are.
        """
        order = _ORDERS[self.code]
        clauses = (tuple(clause) for _, clause in itertools.groupby(glosses, lambda gloss: gloss == PAUSE))
        return [gloss for clause in clauses for unit in order(_units(clause)) for gloss in unit]

    def sentences(self, asl: Sentences) -> Sentences:
        """Sentences of this language for those that `asl` draws."""

        def drawn(rng: Rng) -> list[str]:
            return self.translate(asl(rng))

        return drawn

    def motion(self, asl: Motion) -> Motion:
        """The motion of this language, made by the synthesiser of ASL.

        Raises:
            InputError: `asl` has not the signs that the language was made from.
        """
        if missing := sorted(set(self.signs) ^ set(asl.vocabulary)):
            raise InputError(
                f"{self.code} was made from another lexicon: {', '.join(missing[:5])} is in one of the two only; "
                "make it from the vocabulary of the motion"
            )
        return InventedMotion(asl, self.signs)


@dataclass(frozen=True)
class InventedMotion:
    """A synthesiser that makes other signs for the same glosses."""

    asl: Motion
    signs: Mapping[str, str]

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Names of all glosses, those of ASL."""
        return self.asl.vocabulary

    def clip(self, glosses: Sequence[str]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
        """Keypoints [T, 50, 3] and gloss index [T], the last being the return to rest.

        Raises:
            InputError: A gloss is not in the vocabulary.
        """
        return self.asl.clip([self.signs.get(gloss, gloss) for gloss in glosses])


def invent(code: str, vocabulary: Sequence[str]) -> InventedLanguage:
    """The invented language of a code, from the glosses of ASL.

    Signs change places with signs, letters with letters, counting with counting, digits with digits, and so on: then
    spelling stays spelling, and `num:6` never gets the sign of `dig:6`, which is the same hand.

    Args:
        code: `x-test-a` or `x-test-b`.
        vocabulary: Glosses of ASL, in any order; the pause is none.

    Raises:
        InputError: The code is none of these, or there are too few glosses of a kind to tell three languages apart.
    """
    if code not in CODES:
        raise InputError(f"{code[:40]!r} is no invented language; choose one of: {', '.join(CODES)}")
    kinds: dict[str, list[str]] = {}
    for gloss in sorted(set(vocabulary) - {PAUSE}):
        kinds.setdefault(_kind(gloss), []).append(gloss)
    signs: dict[str, str] = {}
    for number, kind in enumerate(sorted(kinds)):
        names = kinds[kind]
        if len(names) < _LEAST:
            raise InputError(
                f"too few to tell three languages apart: {', '.join(names)}; of each kind of gloss (signs, fs:, num:, "
                f"dig:, ...) give at least {_LEAST} or none"
            )
        places = list(_permutations(len(names), np.random.default_rng((SEED, number))))[CODES.index(code)]
        signs |= {name: names[place] for name, place in zip(names, places, strict=True)}
    return InventedLanguage(code, MappingProxyType(signs))


def _permutations(count: int, rng: Rng) -> Iterator[list[int]]:
    """One for each invented language; none has a number where it is, or where an earlier one has it."""
    taken = [list(range(count))]
    while len(taken) <= len(CODES):
        places = rng.permutation(count).tolist()  # about one in seven will do
        if not any(place in before for place, *before in zip(places, *taken, strict=True)):
            taken.append(places)
            yield places


def _kind(gloss: str) -> str:
    """`fs` for letters, `num`, `dig` and so on for numbers, nothing for signs."""
    prefix, separator, _ = gloss.partition(":")
    return prefix if separator else ""


def _units(clause: Sequence[str]) -> list[Unit]:
    """Signs one by one, letters that follow each other in one piece, and so numbers, of whatever kinds."""
    units: list[Unit] = []
    for (together, _), run in itertools.groupby(clause, lambda gloss: (":" in gloss, _kind(gloss) == _LETTERS)):
        glosses = tuple(run)
        units += [glosses] if together else [(gloss,) for gloss in glosses]
    return units


def _reversed(units: list[Unit]) -> list[Unit]:
    """The last first, and so on to the first."""
    return units[::-1]


def _last_first(units: list[Unit]) -> list[Unit]:
    """The last before all others."""
    return units[-1:] + units[:-1]


_ORDERS: Final[Mapping[str, Callable[[list[Unit]], list[Unit]]]] = MappingProxyType(
    {"x-test-a": _reversed, "x-test-b": _last_first}
)
