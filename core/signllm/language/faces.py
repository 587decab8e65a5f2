"""What the face and the head say: marks on words while the rules work, tiers over glosses in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from signllm.language.clause import Clause, Words
from signllm.language.words import Word
from signllm.source import PAUSE, NonManual

_PERSONS: Final = {
    **dict.fromkeys(("he", "him", "his", "himself"), "he"),
    **dict.fromkeys(("she", "her", "hers", "herself"), "she"),
    **dict.fromkeys(("they", "them", "their", "theirs", "themselves"), "they"),
}
_GAZES: Final = ("gaze-right", "gaze-left")
"""Where the first and the second person spoken of have their place."""


def mark_question(words: Words, clause: Clause) -> Words:
    """Brows down over a clause that asks with a question word, up over one that asks for yes or no."""
    if not clause.question:
        return words
    asks = not clause.polar and any(word.role == "question" for word in words)
    return [_with(word, "wh-question" if asks else "yes-no-question") for word in words]


def mark_answer(words: Words, clause: Clause) -> Words:
    """A nod over YES, and over what follows it in the same breath."""
    if not words or ("YES",) != words[0].signs or clause.question:
        return words
    return nod(words, clause)


def nod(words: Words, clause: Clause) -> Words:
    """A nod over a statement that is not denied."""
    if clause.question or any("negation" in word.marks for word in words):
        return words
    return [_with(word, "affirmation") for word in words]


def mark_rhetorical(words: Words, clause: Clause) -> Words:
    """Brows up over the WHY that stands for because."""
    return [_with(word, "rhetorical") if word.form == "because" and word.signs == ("WHY",) else word for word in words]


def place_persons(sentences: Sequence[Words]) -> list[Words]:
    """The first person spoken of has a place on the right, the second on the left; the eyes go there with the hand."""
    places: dict[str, str] = {}
    return [[_looked_at(word, places) for word in words] for words in sentences]


def _looked_at(word: Word, places: dict[str, str]) -> Word:
    person = _PERSONS.get(word.form) if word.signs == ("IX-3",) else None
    if person is None:
        return word
    if person not in places and len(places) < len(_GAZES):
        places[person] = _GAZES[len(places)]
    return _with(word, places[person]) if person in places else word


def _with(word: Word, mark: str) -> Word:
    return word if mark in word.marks or word.signs == (PAUSE,) else replace(word, marks=(*word.marks, mark))


def tiers(marks: Sequence[Sequence[str]]) -> tuple[NonManual, ...]:
    """Markings over rows of glosses, from the marks of each gloss; a gloss without a mark ends its row."""
    found: list[NonManual] = []
    open_since: dict[str, int] = {}
    for at, names in enumerate([*marks, ()]):
        for name in [name for name in open_since if name not in names]:
            found.append(NonManual(name, open_since.pop(name), at - 1))
        for name in names:
            open_since.setdefault(name, at)
    return tuple(sorted(found, key=lambda tier: (tier.first, tier.last, tier.name)))
