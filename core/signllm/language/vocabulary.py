"""The table of English words and their ASL signs (`data/asl_words.toml`), loaded once."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

Signs = tuple[str, ...]
Phrases = Mapping[tuple[str, ...], Signs]


@dataclass(frozen=True)
class Sense:
    """A sense of a word that its sign does not have, known by its neighbours; every condition given must hold."""

    words: frozenset[str]
    signs: Signs
    previous: frozenset[str]
    next: frozenset[str]
    unless_previous: frozenset[str]
    unless_next: frozenset[str]
    capital: bool


@dataclass(frozen=True)
class Vocabulary:
    """English words, phrases and senses, and what is signed for them."""

    sign_of: Mapping[str, str]
    """English base form to gloss name."""
    phrases: Phrases
    times: Phrases
    questions: Phrases
    senses: Mapping[str, tuple[Sense, ...]]
    """English form to the senses to look for, in order."""
    classes: Mapping[str, frozenset[str]]

    @property
    def glosses(self) -> frozenset[str]:
        """Every gloss name that a word can become."""
        return frozenset(self.sign_of.values())


@functools.cache
def asl_vocabulary() -> Vocabulary:
    """The ASL table that ships with the package."""
    text = resources.files("signllm.language").joinpath("data", "asl_words.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    classes = {name: frozenset(words) for name, words in data["classes"].items()}
    senses: dict[str, tuple[Sense, ...]] = {}
    for entry in data["sense"]:
        sense = _sense(entry, classes)
        for word in sense.words:
            senses[word] = (*senses.get(word, ()), sense)
    return Vocabulary(
        sign_of={word: gloss for gloss, words in data["words"].items() for word in words},
        phrases=_phrases(data["phrases"]),
        times=_phrases(data["times"]),
        questions=_phrases(data["questions"]),
        senses=senses,
        classes=classes,
    )


def _phrases(entries: Mapping[str, str]) -> Phrases:
    return {tuple(english.split()): tuple(signs.split()) for english, signs in entries.items()}


def _sense(entry: Mapping[str, Any], classes: Mapping[str, frozenset[str]]) -> Sense:
    def words(field: str) -> frozenset[str]:
        found: set[str] = set()
        for word in entry.get(field, ()):
            found |= classes.get(word[1:], frozenset({word})) if word.startswith("@") else {word}
        return frozenset(found)

    return Sense(
        words=frozenset(entry["words"]),
        signs=tuple(entry["signs"].split()),
        previous=words("previous"),
        next=words("next"),
        unless_previous=words("unless_previous"),
        unless_next=words("unless_next"),
        capital=bool(entry.get("capital", False)),
    )
