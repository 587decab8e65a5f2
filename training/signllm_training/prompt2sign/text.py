"""Sentences as a corpus stores them: one spelling per sentence, and not a letter lost."""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from typing import Final

_QUOTES: Final = (
    dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2039\u203a\u02bc\u2032\u00b4\u0060"), "'")
    | dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02\u301d\u301e\u301f"), '"')
    | {ord("\uff07"): "'"}
)
"""Quotation marks and apostrophes of all written languages here, each as its ASCII sign."""
_WIDE: Final = str.maketrans("\uff01\uff0c\uff0e\uff1a\uff1b\uff1f\u3002\u3001\uff08\uff09\uff5e", "!,.:;?.,()~")
"""Punctuation as wide as a Korean syllable."""
_UPPER: Final = MappingProxyType({"tr": str.maketrans({"I": "\u0131", "\u0130": "i"})})
"""Capitals whose small letters Unicode's table gives wrongly: Turkish has a dotted and a dotless i."""
_WORD: Final = re.compile(r"\w+(?:['-]\w+)*")
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs"})
"""Unicode categories that nobody reads: control signs, invisible formatting, halves of surrogate pairs."""


def normalise(text: str, written: str) -> str:
    """`text` in Unicode's composed form (NFC), with plain quotes, single spaces and no invisible characters.

    Letters, marks, digits and their case stay: NFKC and `str.casefold` are not used, which would turn the German
    'ß' into 'ss' and the French 'œ' no longer into itself. Doing it twice changes nothing more.

    Args:
        text: Any text.
        written: BCP 47 tag of the written language; of it only the language counts, `de` of `de-CH`.
    """
    composed = unicodedata.normalize("NFC", text)
    # A tab or line end is a control character too, but it parts words.
    spaced = "".join(" " if c.isspace() else c for c in composed)
    seen = "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED)
    plain = unicodedata.normalize("NFC", seen).translate(_QUOTES)
    if primary(written) == "ko":
        plain = plain.translate(_WIDE)
    return " ".join(plain.split())


def fold_case(text: str, written: str) -> str:
    """`normalise` in small letters by the rules of the written language: German 'ẞ' is 'ß', Turkish has two i."""
    plain = normalise(text, written)
    # `İ` of other languages becomes two characters, an i and a dot over it, which NFC leaves as they are.
    return unicodedata.normalize("NFC", plain.translate(_UPPER.get(primary(written), {})).lower())


def words(text: str, written: str) -> tuple[str, ...]:
    """The words of a text in small letters, without punctuation; apostrophes and hyphens within a word stay."""
    return tuple(_WORD.findall(fold_case(text, written)))


def primary(written: str) -> str:
    """The language of a BCP 47 tag without its region: `de` of `de-CH`."""
    return written.split("-", 1)[0].lower()
