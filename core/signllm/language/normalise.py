"""Any text in, letters and digits that can be signed out, with a sentence about each thing left out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from signllm.errors import InputError

MAX_CHARACTERS: Final = 200_000
"""Longest text that is taken; a short book is shorter. What is signed of it is cut, with a notice."""
MAX_SIGNED_CHARACTERS: Final = 2000
"""Characters of a text among which the words to sign are looked for: more than any utterance holds."""
_SHOWN: Final = 60
"""Characters of the user's text that a notice repeats."""

_READ_ALOUD: Final = MappingProxyType(
    {"&": " and ", "%": " percent ", "+": " plus ", "=": " equals ", "@": " at ", "€": " euro ", "£": " pound "}
    | {"°": " degrees ", "¢": " cents "}
)
_QUOTES: Final = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "`": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-"}
    | {"\u2012": "-", "\u2013": "-", "\u2212": "-", "\u2044": "/"}
)
# Latin letters that Unicode does not decompose, as their readers write them without the mark.
_FOLDED: Final = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "\u0131": "i", "ħ": "h", "Ħ": "H"}
)
# A letter and all that follows it up to a space or ASCII punctuation: combining marks of any script belong to the word.
_WORD: Final = re.compile(r"[^\W\d_][^\s!-/:-@\[-`{-~]*")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_LINK: Final = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,2000}", re.IGNORECASE)
_DOMAIN: Final = re.compile(
    r"\b[A-Za-z0-9-]{2,63}\.(?:com|org|net|gov|edu|info|io|app|tv|de|fr|uk|ch|at|eu|us|ca|au)\b(?:/[^\s<>\"]{0,2000})?"
)
_SPELLED_ADDRESS: Final = 40
"""Longest address that is spelled; nobody reads a longer one from the hand."""
_MARKS_OF_ADDRESSES: Final = MappingProxyType({"@": "AT", ".": "DOT", "-": "DASH", "_": "LINE", "+": "PLUS"})
_DOLLARS: Final = re.compile(r"\$\s?(\d(?:[\d.,]{0,20}\d)?(?:\s(?:thousand|million|billion)\b)?)")
_SLANTED: Final = re.compile("(?<=[A-Za-z])[\u00b4\u2032](?=[A-Za-z])")
"""An accent or a prime where an apostrophe is meant."""
_RAISED: Final = re.compile(r"(?<=\d)(?=[\u00bc-\u00be\u2150-\u215e\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089])")
"""Between a digit and a fraction or a raised digit after it, which are no digit of the same number: 2½ is not 21/2."""


@dataclass(frozen=True)
class CleanText:
    """A text made safe to show, the part of it that is signed made ready to sign, and what was lost between them."""

    shown: str
    """The author's text without control characters: the caption."""
    signed: str
    """ASCII letters, digits and punctuation; accents folded."""
    notices: tuple[str, ...]
    cut_words: int = 0
    """Words behind the part that is signed."""


def clean(text: str) -> CleanText:
    """The text as caption and as ASCII to sign; letters without an ASL handshape stay in the caption only.

    Raises:
        InputError: The text is empty, only punctuation, or longer than `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"the text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are taken at once: send it in parts"
        )
    shown = _without_controls(text)
    if not any(unicodedata.category(character)[0] in "LNS" for character in shown):
        raise InputError("the text holds no word to sign; write at least one letter or digit")
    start, cut_words = _start_of(shown)
    plain = unicodedata.normalize("NFKC", _RAISED.sub(" ", _SLANTED.sub("'", start))).translate(_QUOTES)
    addressed, addresses = _read_addresses(plain)
    signed, dropped = _drop_symbols(_DOLLARS.sub(r"\1 dollars", addressed))
    signed, unspelled = _keep_latin(signed)
    return CleanText(shown, signed, (*addresses, *_notices(dropped, unspelled)), cut_words)


def _start_of(text: str) -> tuple[str, int]:
    """The part of a text that is looked at for signing, whole words of it, and how many words are behind it."""
    if len(text) <= MAX_SIGNED_CHARACTERS:
        return text, 0
    end = text.rfind(" ", 0, MAX_SIGNED_CHARACTERS)
    end = end if end > 0 else MAX_SIGNED_CHARACTERS
    return text[:end], len(text[end:].split())


def _read_addresses(text: str) -> tuple[str, list[str]]:
    """Text with short addresses of mail and web spelled with AT and DOT, long ones left out, and a notice of each."""
    spelled: list[str] = []
    captioned: list[str] = []

    def read(match: re.Match[str]) -> str:
        address = match[0].rstrip(".,;:!?)")
        tail = match[0][len(address) :]
        if len(address) > _SPELLED_ADDRESS or "/" in address or not address.isascii():
            captioned.append(address)
            return f" {tail}"
        spelled.append(address)
        parts = re.findall(r"[A-Za-z0-9]+|[@._+-]", address)
        return " ".join(f"fs:{_MARKS_OF_ADDRESSES.get(part, part)}" for part in parts) + tail

    text = _DOMAIN.sub(read, _EMAIL.sub(read, _LINK.sub(read, text)))
    notices = []
    if spelled:
        notices.append(f"Addresses are spelled letter by letter; read them in the caption: {_listed(spelled)}")
    if captioned:
        notices.append(f"Long addresses are in the caption only: {_listed(captioned)}")
    return text, notices


def _listed(items: list[str]) -> str:
    return shorten(", ".join(dict.fromkeys(items)))


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
