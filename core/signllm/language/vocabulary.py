"""What English becomes in ASL: the words that the signs serve, and the tables of phrases, times, questions and senses.

A sign's own entry in the lexicon says which English words it serves, by part of speech. `data/asl_words.toml` adds what
is no single word: phrases, time expressions, question words, classes of words. `data/asl_senses.toml` has a guard for
every word that is served in one of its senses only.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from signllm.language.conditions import Sense, read_sense
from signllm.lexicon.signs import load_signs

Signs = tuple[str, ...]
Phrases = Mapping[tuple[str, ...], Signs]
OTHER_NAMES: Final = ":"
"""Letters and numbers have it in their names; no word becomes them by look-up."""


@dataclass(frozen=True)
class Vocabulary:
    """English words, phrases and senses, and what is signed for them."""

    glosses: frozenset[str]
    """Every sign that there is; letters and numbers not among them."""
    parts_of: Mapping[str, Mapping[str, str]]
    """English base form to the signs that it can become, by part of speech."""
    phrases: Phrases
    times: Phrases
    questions: Phrases
    senses: Mapping[str, Sense]
    """English form or base form to its guard."""
    comparatives: Mapping[str, str]
    """English comparative to the sign of its base form."""
    instead: Mapping[str, str]
    """Signs that can stand in for a sign that is not to be used."""
    classes: Mapping[str, frozenset[str]]
    reviews: Mapping[str, str]
    """Review state of every entry, letters and numbers among them."""
    parts_of_sign: Mapping[str, str]
    """Sign to the first part of speech that it serves."""

    @property
    def sign_of(self) -> Mapping[str, str]:
        """English base form to one of the signs that it can become."""
        return {word: next(iter(signs.values())) for word, signs in self.parts_of.items()}

    def part_of_sign(self, sign: str) -> str:
        """Part of speech that a sign is most often; a spelled word is a noun."""
        return self.parts_of_sign.get(sign, "noun" if sign.startswith("fs:") else "")


@functools.cache
def asl_vocabulary() -> Vocabulary:
    """The ASL tables that ship with the package."""
    signs = load_signs("asl")
    data = _table("asl_words.toml")
    classes = {name: frozenset(words) for name, words in data["classes"].items()}
    parts_of: dict[str, dict[str, str]] = {}
    phrases = _phrases(data["phrases"])
    for name, part, english in _served():
        if " " in english:
            phrases.setdefault(tuple(english.split()), (name,))
        else:
            parts_of.setdefault(english, {}).setdefault(part, name)
    return Vocabulary(
        glosses=frozenset(name for name in signs if OTHER_NAMES not in name),
        parts_of=parts_of,
        phrases=phrases,
        times=_phrases(data["times"]),
        questions=_phrases(data["questions"]),
        senses={
            word: read_sense(row, classes) for key, row in _table("asl_senses.toml").items() for word in key.split()
        },
        comparatives=data["comparatives"],
        instead=data["instead"],
        classes=classes,
        reviews={name: sign.review for name, sign in signs.items()},
        parts_of_sign={name: next(iter(sign.english), "") for name, sign in signs.items() if OTHER_NAMES not in name},
    )


def _served() -> Iterator[tuple[str, str, str]]:
    """Every sign, part of speech and English base form that it serves, in the order of the signs' names."""
    for name, sign in sorted(load_signs("asl").items()):
        for part, words in sign.english.items():
            for english in words:
                yield name, part, english.lower()


def _table(name: str) -> dict[str, Any]:
    text = resources.files("signllm.language").joinpath("data", name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def _phrases(entries: Mapping[str, str]) -> dict[tuple[str, ...], Signs]:
    return {tuple(english.split()): tuple(signs.split()) for english, signs in entries.items()}
