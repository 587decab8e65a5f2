"""Any text in, letters and digits that can be signed out, with a sentence about each thing left out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from signllm.errors import InputError

MAX_CHARACTERS: Final = 2000
"""Longest text that is taken; a page of speech is shorter."""
_SHOWN: Final = 60
"""Characters of the user's text that a notice repeats."""

_READ_ALOUD: Final = MappingProxyType(
    {"&": " and ", "%": " percent ", "+": " plus ", "=": " equals ", "@": " at ", "€": " euro ", "£": " pound "}
)
_QUOTES: Final = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "`": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-"}
)
# Latin letters that Unicode does not decompose, as their readers write them without the mark.
_FOLDED: Final = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "\u0131": "i", "ħ": "h", "Ħ": "H"}
)
# A letter and all that follows it up to a space or ASCII punctuation: combining marks of any script belong to the word.
_WORD: Final = re.compile(r"[^\W\d_][^\s!-/:-@\[-`{-~]*")
_DOLLARS: Final = re.compile(r"\$\s?(\d[\d.,]{0,20})")


@dataclass(frozen=True)
class CleanText:
    """A text made safe to show, the same text made ready to sign, and what was lost between them."""

    shown: str
    """The author's text without control characters: the caption."""
    signed: str
    """ASCII letters, digits and punctuation; accents folded."""
    notices: tuple[str, ...]


def clean(text: str) -> CleanText:
    """The text as caption and as ASCII to sign; letters without an ASL handshape stay in the caption only.

    Raises:
        InputError: The text is empty, only punctuation, or longer than `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"the text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are signed at once: send it in parts"
        )
    shown = _without_controls(text)
    if not any(unicodedata.category(character)[0] in "LNS" for character in shown):
        raise InputError("the text holds no word to sign; write at least one letter or digit")
    signed, dropped = _drop_symbols(
        _DOLLARS.sub(r"\1 dollars", unicodedata.normalize("NFKC", shown).translate(_QUOTES))
    )
    signed, unspelled = _keep_latin(signed)
    return CleanText(shown, signed, _notices(dropped, unspelled))


def fold(word: str) -> str:
    """Letters without their accents, `é` to `e` and `ß` to `ss`; what has no Latin base is dropped."""
    plain = unicodedata.normalize("NFKD", word.translate(_FOLDED))
    return "".join(character for character in plain if character.isascii())


def _without_controls(text: str) -> str:
    """Line breaks and tabs become spaces; control, format, surrogate and unassigned characters go."""
    kept = []
    for character in text:
        if character.isspace():
            kept.append(" ")
        elif unicodedata.category(character)[0] != "C":
            kept.append(character)
    return "".join(kept).strip()


def _drop_symbols(text: str) -> tuple[str, str]:
    """Text with symbols read aloud or dropped, digits of any script as ASCII; and the symbols dropped."""
    kept, dropped = [], []
    for character in text:
        if character in _READ_ALOUD:
            kept.append(_READ_ALOUD[character])
        elif unicodedata.category(character) == "Nd":
            kept.append(str(unicodedata.decimal(character)))
        elif unicodedata.category(character)[0] == "S":
            dropped.append(character)
            kept.append(" ")
        elif not character.isascii() and unicodedata.category(character)[0] == "P":
            kept.append(" ")
        elif not _is_variation(character):
            kept.append(character)
    return "".join(kept), "".join(dropped)


def _is_variation(character: str) -> bool:
    """Whether it only chooses how an emoji looks (variation selectors)."""
    return "\ufe00" <= character <= "\ufe0f"


def _keep_latin(text: str) -> tuple[str, list[str]]:
    """Text with words of other scripts taken out and accents folded, and the words taken out."""
    unspelled: list[str] = []

    def folded(match: re.Match[str]) -> str:
        word = match[0]
        if all(_is_latin(character) for character in word):
            return fold(word)
        unspelled.append(word)
        return " "

    kept = _WORD.sub(folded, unicodedata.normalize("NFC", text))
    return "".join(character for character in kept if character.isascii()), unspelled


def _is_latin(character: str) -> bool:
    if character.isascii() or unicodedata.category(character)[0] in "MN":
        return True
    return "LATIN" in unicodedata.name(character, "") and bool(fold(character))


def _notices(dropped: str, unspelled: list[str]) -> tuple[str, ...]:
    notices = []
    if dropped:
        notices.append(
            f"Emoji and symbols are not signed and were left out: {shorten(' '.join(dict.fromkeys(dropped)))}"
        )
    if unspelled:
        listed = shorten(", ".join(dict.fromkeys(unspelled)))
        notices.append(f"The ASL alphabet has no handshapes for these words, so they are in the caption only: {listed}")
    return tuple(notices)


def shorten(text: str) -> str:
    """The start of the user's text, as much as a notice repeats."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
