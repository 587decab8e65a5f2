"""English words with the parts of speech that they can have (`data/english.toml`), loaded once."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

CLOSED: Final = ("be", "do", "have", "modal")
"""Tags of the words that carry tense: never a noun or a plain verb."""


@dataclass(frozen=True)
class English:
    """Words of the closed classes, and base forms of the open ones."""

    closed: Mapping[str, tuple[str, ...]]
    """Form to its tags, the likeliest first."""
    open: Mapping[str, frozenset[str]]
    """Tag to base forms."""
    irregular: Mapping[str, str]
    """Form of a verb to its base form."""
    endings: Mapping[str, tuple[str, ...]]
    """Tag to the endings of words in none of the lists."""

    def tags(self, form: str, lemma: str) -> tuple[str, ...]:
        """Every part of speech that a word can have; empty for a word that is not known at all."""
        found = list(self.closed.get(form, ()))
        if found and found[0] in (*CLOSED, "article", "possessive", "question"):
            return tuple(found)
        base = self.base(form, lemma)
        found += [tag for tag, words in self.open.items() if base in words or lemma in words or form in words]
        return tuple(dict.fromkeys(found or self._by_ending(form)))

    def base(self, form: str, lemma: str) -> str:
        """Base form of a word, `close` for `closing` too where the lemma is the form itself."""
        verbs = self.open["verb"]
        if form in self.irregular:
            return self.irregular[form]
        if form != lemma or lemma in verbs:
            return lemma
        for ending in ("ing", "ed"):
            stem = form.removesuffix(ending)
            if stem != form and len(stem) > 1:
                for verb in (stem, f"{stem}e", stem[:-1] if stem[-1] == stem[-2] else stem):
                    if verb in verbs:
                        return verb
        return lemma

    def is_verb_form(self, form: str, lemma: str) -> bool:
        """Whether a word can only be an inflected verb by its look: `closed`, `closing`, not `close`."""
        base = self.base(form, lemma)
        past = form != base and not form.endswith(("s", "er", "est"))
        return base in self.open["verb"] and (past or form.endswith(("ed", "ing")))

    def _by_ending(self, form: str) -> tuple[str, ...]:
        if len(form) < 5:
            return ()
        return tuple(tag for tag, ends in self.endings.items() if form.endswith(ends))[:1]


@functools.cache
def load_english() -> English:
    """The tables that ship with the package."""
    text = resources.files("signllm.language").joinpath("data", "english.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    closed: dict[str, tuple[str, ...]] = {}
    for tag, words in data["closed"].items():
        for word in words.split():
            closed[word] = (*closed.get(word, ()), tag)
    return English(
        closed=closed,
        open={tag: frozenset(words.split()) for tag, words in data["open"].items()},
        irregular=data["irregular"],
        endings={tag: tuple(ends.split()) for tag, ends in data["endings"].items()},
    )
