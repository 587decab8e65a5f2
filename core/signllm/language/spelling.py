"""Glosses by name: letters one by one, numbers sign by sign, and the check of glosses that a person has written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Final

from signllm.errors import InputError
from signllm.language import alphabets, numbers
from signllm.language.normalise import fold
from signllm.source import PAUSE, Gloss

MAX_LETTERS: Final = 40
"""Longest word that is spelled; longer strings are cut, with a notice."""

_SPELLED: Final = re.compile(r"fs:[A-Z0-9]+")


def letters_of(text: str) -> str:
    """The letters and digits of a text that a hand can spell, in upper case: no apostrophe, no accent."""
    return "".join(character for character in fold(text).upper() if character.isalnum())


def spell(text: str) -> str:
    """The sign name that spells a word: `fs:` and its letters."""
    return f"fs:{letters_of(text)}"


def expand(sign: str) -> tuple[str, ...]:
    """The lexicon's names for a sign name: `fs:ANA` letter by letter, `num:205` as 2, hundred, 5, others as they are.

    Raises:
        ValueError: It has the form of a number and is none.
    """
    kind, separator, rest = sign.partition(":")
    if not separator:
        return (sign,)
    if kind in numbers.KINDS:
        return numbers.expand(sign)
    if kind in alphabets.PREFIXES:
        return alphabets.letters(kind, rest)[:MAX_LETTERS]
    return tuple(f"dig:{character}" if character.isdigit() else f"fs:{character}" for character in rest[:MAX_LETTERS])


def glosses_of(sign: str, word: int, text: str) -> Iterator[Gloss]:
    """The glosses of a sign name, one or several as `expand` gives them, all in group `word`."""
    names = expand(sign)
    kind, _, rest = sign.partition(":")
    group = ""
    if len(names) > 1 and kind != "fs":
        group = f"{kind}:{rest[:MAX_LETTERS]}"
    elif any(name.startswith("dig:") for name in names) and kind == "fs":
        group = f"fs:{rest[:MAX_LETTERS]}"
    for name in names:
        yield Gloss(name, word, text, group)


def read_glosses(line: str, known: frozenset[str]) -> list[str]:
    """Sign names from a line such as `NAME MY fs:ANA num:25`, in upper case.

    Raises:
        InputError: A name is not known; the error names it and the ones closest to it.
    """
    signs = [_upper(name) for name in line.split()]
    for sign in signs:
        if sign != PAUSE and sign not in known and not _is_group(sign):
            raise InputError(_unknown(sign, known))
    return signs


def _is_group(sign: str) -> bool:
    return numbers.is_group(sign) or _SPELLED.fullmatch(sign) is not None


def _upper(name: str) -> str:
    kind, separator, rest = name.partition(":")
    return f"{kind.lower()}:{alphabets.upper(rest)}" if separator else name.upper()


def _unknown(sign: str, known: frozenset[str]) -> str:
    kind, separator, _ = sign.partition(":")
    shown = repr(sign[:40])
    if kind in alphabets.PREFIXES and separator:
        return f"{shown} is a word in the letters of {alphabets.PREFIXES[kind]}: choose that language to spell it"
    if kind in numbers.KINDS and separator:
        return numbers.problem(sign)
    if separator:
        return f"{shown} is no gloss: spell letters as fs:ANA, write a number as num:25 and its digits as dig:25"
    close = difflib.get_close_matches(sign[:40], sorted(known), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "spell it letter by letter as in fs:ANA"
    return f"there is no sign {shown} among the {len(known)} there are; {hint}"
