"""What the grammar rules share: words to change, and the clause they stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from signllm.language.spelling import spell
from signllm.language.vocabulary import Vocabulary
from signllm.language.words import Word

Words = list[Word]


@dataclass(frozen=True)
class Clause:
    """What the rules must know about the clause whose words they order."""

    vocabulary: Vocabulary
    question: bool

    def is_(self, word: Word | None, *classes: str) -> bool:
        """Whether an undecided word belongs to one of the classes of the vocabulary."""
        return word is not None and any(word.form in self.vocabulary.classes[name] for name in classes)

    def sign(self, word: Word) -> str | None:
        """The sign of an undecided word by its form or base form."""
        signs = self.vocabulary.sign_of
        if word.form in self.vocabulary.classes["as_written"] and word.form not in signs:
            return None
        return signs.get(word.form) or signs.get(word.lemma)

    def is_verb(self, word: Word) -> bool:
        """Whether it is one of the verbs that have a sign."""
        sign = word.signs[-1] if word.signs else self.sign(word) if word.signs is None else None
        return sign in self.vocabulary.classes["verb"]

    def signs(self, word: Word) -> tuple[str, ...]:
        """The signs of a word by look-up alone: its sign, or its letters."""
        return word.signs if word.signs is not None else (self.sign(word) or self.spell(word),)

    def spell(self, word: Word) -> str:
        """`fs:` and the letters: names as written, other words in their base form, since ASL does not inflect."""
        as_written = word.capital or self.is_(word, "as_written")
        return spell(word.form if as_written else word.lemma)


Rule = Callable[[Words, Clause], Words]
"""A rule gives new words; it changes none in place."""
