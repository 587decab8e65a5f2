"""From ordered words to groups of glosses: only signs that can be made and may be used, everything else spelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from signllm.language import numbers
from signllm.language.labels import GOOD_COVERAGE
from signllm.language.spelling import spell
from signllm.language.vocabulary import OTHER_NAMES, Vocabulary
from signllm.language.words import Word
from signllm.source import PAUSE


@dataclass(frozen=True)
class Group:
    """One sign, one spelled word or one number, and the source text that it stands for."""

    sign: str
    text: str
    marks: tuple[str, ...] = ()
    """What the face says over it."""


class Signable:
    """The signs that a source can make and that may be shown."""

    def __init__(self, vocabulary: Vocabulary, known: frozenset[str] | None, *, drafts: bool) -> None:
        """Know the names that a source can make; all of the lexicon when `known` is None."""
        self.vocabulary = vocabulary
        names = vocabulary.glosses | {PAUSE} if known is None else known
        self._names = names if drafts else frozenset(name for name in names if self._is_approved(name))

    def _is_approved(self, name: str) -> bool:
        return name == PAUSE or self.vocabulary.reviews.get(name) == "approved"

    def can_make(self, sign: str) -> bool:
        """Whether a sign can be made; letters and numbers always."""
        return OTHER_NAMES in sign or sign in self._names

    def signs(self, sign: str, text: str) -> tuple[str, ...]:
        """The sign itself, what can stand in for it, or the letters of its word; a pause may be left out."""
        if self.can_make(sign):
            return (sign,)
        if sign == PAUSE:
            return ()
        instead = self.vocabulary.instead.get(sign)
        if instead is not None and all(self.can_make(name) for name in instead.split()):
            return tuple(instead.split())
        return (spell(sign if " " in text else text),)


def groups_of(words: Sequence[Word], signable: Signable) -> list[Group]:
    """The groups of a sentence; where many of its words have no sign, those that are only guessed are spelled too."""
    groups = list(_groups(words, signable, guess=True))
    if any(word.guess for word in words) and coverage_of(groups, signable.vocabulary) < GOOD_COVERAGE:
        return list(_groups(words, signable, guess=False))
    return groups


def _groups(words: Sequence[Word], signable: Signable, *, guess: bool) -> Iterator[Group]:
    for word in words:
        spelled = word.guess and not guess
        for sign in word.signs or ():
            names = (spell(word.text),) if spelled else signable.signs(sign, word.text)
            for name in names:
                yield Group(name, word.text, word.marks)


def coverage_of(groups: Sequence[Group], vocabulary: Vocabulary) -> float:
    """Share of the content words with a sign of their own; numbers have signs, pronouns and the like do not count."""
    if not groups:
        return 0.0
    content = [group for group in groups if group.sign not in vocabulary.classes["grammatical"]]
    return sum(map(_is_covered, content)) / len(content) if content else 1.0


def _is_covered(group: Group) -> bool:
    """Whether it is a sign, or spelled by signers too: `March 3rd`, not the verb `march`."""
    if not group.sign.startswith("fs:"):
        return True
    month = group.sign in numbers.MONTH_SIGNS
    return group.sign in numbers.SPELLED and not (month and group.text.islower())
