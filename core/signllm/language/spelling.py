"""Glosses by name: letters one by one, and the check of glosses that a person has written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Final

from signllm.errors import InputError
from signllm.language.normalise import fold
from signllm.source import PAUSE, Gloss

MAX_LETTERS: Final = 40
"""Longest word that is spelled; longer strings are cut, with a notice."""

_GROUP: Final = re.compile(r"fs:[A-Z0-9]+|num:[0-9]+")


def letters_of(text: str) -> str:
    """The letters and digits of a text that a hand can spell, in upper case: no apostrophe, no accent."""
    return "".join(character for character in fold(text).upper() if character.isalnum())


def spell(text: str) -> str:
    """The sign name that spells a word: `fs:` and its letters."""
    return f"fs:{letters_of(text)}"


def glosses_of(sign: str, word: int, text: str) -> Iterator[Gloss]:
    """One gloss for a sign name, one per letter or digit of `fs:WORD` and `num:25`, all in group `word`."""
    _, separator, rest = sign.partition(":")
    if not separator:
        yield Gloss(sign, word, text)
    for character in rest[:MAX_LETTERS]:
        yield Gloss(f"num:{character}" if character.isdigit() else f"fs:{character}", word, text)


def read_glosses(line: str, known: frozenset[str]) -> list[str]:
    """Sign names from a line such as `NAME MY fs:ANA | num:25`, in upper case; `|` is a pause.

    Raises:
        InputError: A name is not known; the error names it and the ones closest to it.
    """
    signs = [_upper(name) for name in line.split()]
    for sign in signs:
        if sign != PAUSE and sign not in known and _GROUP.fullmatch(sign) is None:
            raise InputError(_unknown(sign[:40], known))
    return signs


def _upper(name: str) -> str:
    kind, separator, rest = name.partition(":")
    return f"{kind.lower()}:{rest.upper()}" if separator else name.upper()


def _unknown(sign: str, known: frozenset[str]) -> str:
    if ":" in sign:
        if sign.startswith("num:"):
            return f"{sign!r} is no number: num: takes the digits 0 to 9, as in num:25; spell letters as fs:ANA"
        return f"{sign!r} is no gloss: spell letters as fs:ANA and digits as num:25"
    close = difflib.get_close_matches(sign, sorted(known - {PAUSE}), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "spell it letter by letter as in fs:ANA"
    return f"there is no sign {sign!r} among the {len(known - {PAUSE})} there are; {hint}"
