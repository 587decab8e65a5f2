"""What the grammar rules share: words to change, and the clause they stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from signllm.language.spelling import spell
from signllm.language.vocabulary import Vocabulary
from signllm.language.words import Word

Words = list[Word]
_VERBS: Final = frozenset({"verb", "have", "modal"})
_KIN: Final = frozenset({"noun", "verb", "adjective"})
_OPEN: Final = _KIN | {"adverb", "preposition"}


@dataclass(frozen=True)
class Clause:
    """What the rules must know about the clause whose words they order."""

    vocabulary: Vocabulary
    question: bool
    polar: bool = False
    """A question that opens with an auxiliary: a question word in it is told, not asked."""

    def is_(self, word: Word | None, *classes: str) -> bool:
        """Whether an undecided word belongs to one of the classes of the vocabulary."""
        return word is not None and any(word.form in self.vocabulary.classes[name] for name in classes)

    def sign(self, word: Word) -> str | None:
        """The sign of an undecided word: of its sense, or of its form or base form as its part of speech."""
        if word.sense:
            return word.sense
        if word.tag == "name":
            return None
        parts = self.vocabulary.parts_of
        served = parts.get(word.form)
        if served is None and not self.is_(word, "as_written"):
            served = parts.get(word.lemma)
        if served is None:
            return None
        return served.get(word.tag) or next(iter(served.values()))

    def is_guessed(self, word: Word) -> bool:
        """Whether its sign serves the word as another part of speech; a noun for its verb is no guess."""
        served = self.vocabulary.parts_of.get(word.form) or self.vocabulary.parts_of.get(word.lemma) or {}
        if not served or word.sense or word.tag not in _OPEN:
            return False
        return word.tag not in served and not (word.tag in _KIN and _KIN & served.keys())

    def is_verb(self, word: Word) -> bool:
        """Whether it is a verb, a modal or a sign that is most often one."""
        if word.signs:
            return self.vocabulary.part_of_sign(word.signs[-1]) == "verb" or word.tag == "verb"
        return word.signs is None and word.tag in _VERBS

    def signs(self, word: Word) -> tuple[str, ...]:
        """The signs of a word by look-up alone: its sign, or its letters."""
        return word.signs if word.signs is not None else (self.sign(word) or self.spell(word),)

    def spell(self, word: Word) -> str:
        """`fs:` and the letters: names as written, other words in their base form, since ASL does not inflect."""
        as_written = word.capital or self.is_(word, "as_written")
        return spell(word.form if as_written else word.lemma)


Rule = Callable[[Words, Clause], Words]
"""A rule gives new words; it changes none in place."""
