"""Manual alphabets of other sign languages: words of German spelled with the letters of DGS or of DSGS.

Only letters with a documented form are in the lexicon (`signllm/lexicon/data/<language>/alphabet.toml`); a word with
another letter is not spelled at all, because the letter of another language in its place would be read as a mistake.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from signllm.language.languages import LANGUAGES
from signllm.lexicon.signs import ALPHABETS, load_signs

PREFIXES: Final[Mapping[str, str]] = MappingProxyType({name: LANGUAGES[name].name for name in ALPHABETS})
"""Prefix of the letters of an alphabet, which is its language's id, to the language's name."""

_SHARP_S: Final = "ß"
_SHARP_S_LETTER: Final = "SS"
"""Name of the letter ß: gloss names are in capitals."""


@functools.cache
def alphabet(prefix: str) -> frozenset[str]:
    """The letters that the alphabet of a language has here, without their prefix; `SCH` and the like among them."""
    return frozenset(name.partition(":")[2] for name in load_signs(prefix) if name.startswith(f"{prefix}:"))


def upper(text: str) -> str:
    """Capitals, ß left as it is."""
    return "".join(character if character == _SHARP_S else character.upper() for character in text)


def letters(prefix: str, word: str) -> tuple[str, ...]:
    """The names of a word's letters, the longest first: SCHÖN is SCH Ö N.

    Raises:
        ValueError: A letter is not in the alphabet; see `missing`.
    """
    if absent := missing(prefix, word):
        raise ValueError(f"no letter {absent[0]!r} in the alphabet of {PREFIXES[prefix]}")
    return tuple(f"{prefix}:{letter}" for letter in _split(prefix, word))


def missing(prefix: str, word: str) -> tuple[str, ...]:
    """The letters of a word that the alphabet does not have here, each once."""
    known = alphabet(prefix)
    return tuple(dict.fromkeys(letter for letter in _split(prefix, word) if letter not in known))


def spellable(text: str) -> list[str]:
    """The words of a text in capitals, accents and umlauts kept, all other marks gone."""
    composed = upper(unicodedata.normalize("NFC", text))
    return re.findall(r"[^\W_]+", composed)


def problem(prefix: str, word: str) -> str:
    """A sentence on why a word cannot be spelled with an alphabet."""
    known = ", ".join(sorted(alphabet(prefix)))
    absent = ", ".join(missing(prefix, word)) or "nothing after the colon"
    return f"the alphabet of {PREFIXES[prefix]} here cannot spell {word[:40]!r}: {absent}; its letters are {known}"


def _split(prefix: str, word: str) -> list[str]:
    """A word as letters; SCH and CH are one letter where the alphabet has them."""
    known = alphabet(prefix)
    if word in known:
        return [word]
    found, at = [], 0
    while at < len(word):
        size = next((n for n in (3, 2) if word[at : at + n] in known and word[at : at + n] != _SHARP_S_LETTER), 1)
        found.append(_SHARP_S_LETTER if word[at] == _SHARP_S else word[at : at + size])
        at += size
    return found
