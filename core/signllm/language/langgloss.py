"""LangGloss: a gloss with its language attribute, `ASL_HELLO`, the source token of Prompt2LangGloss.

The paper turns `<xxx>` into `<ASL xxx>`, so that the same word is another token in each language (SignLLM, arXiv
2405.10718, section 4.3). Which character it puts between the two cannot be told from its typesetting. Here it is the
underscore: a space would fall apart where lines of glosses are split, a hyphen is part of codes (`LSF-CH`) and of
glosses (`THANK-YOU`), and a colon marks letters and numbers (`fs:A`). Codes have no underscore, so the first one ends
the attribute, and a gloss may have more of them: `DGS___ON__` is the gloss `__ON__`.

Every token has exactly one spelling and every spelling one reading; what could be read in two ways is refused:
an attribute in small letters or of a language that is not expected (`MOTHER_TONGUE` is a gloss, not a language
MOTHER), a gloss that already has an attribute, one with brackets or blanks, and letters that are composed in two ways.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from signllm.errors import InputError
from signllm.language.languages import LANGUAGES

SEPARATOR: Final = "_"
"""Between the attribute and the gloss."""
LONGEST: Final = 200
"""Characters of the longest gloss."""

_CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
_SHOWN: Final = 60


@dataclass(frozen=True, order=True)
class LangGloss:
    """One source token: a gloss of a language."""

    language: str
    """Code of the sign language, such as `asl`."""
    gloss: str
    """Name of the sign in its language: `HELLO`, `fs:A`; `|` is a pause."""

    def __post_init__(self) -> None:
        """Reject what would not be read back as it was.

        Raises:
            InputError: The code or the gloss cannot be written so that it has one reading.
        """
        check_code(self.language)
        if reason := _unfit(self.gloss):
            raise InputError(f"the gloss {self.gloss[:_SHOWN]!r} {reason}")
        if any(self.gloss.startswith(code.upper() + SEPARATOR) for code in (self.language, *LANGUAGES)):
            raise InputError(
                f"the gloss {self.gloss[:_SHOWN]!r} has a language attribute already and would get a second one; "
                "read it with its attribute, or give the gloss without it"
            )

    def __str__(self) -> str:
        """`ASL_HELLO`."""
        return f"{self.language.upper()}{SEPARATOR}{self.gloss}"

    @property
    def token(self) -> str:
        """`<ASL_HELLO>`, as the paper prints tokens."""
        return f"<{self}>"


def parse_langgloss(text: str, languages: Collection[str] = tuple(LANGUAGES)) -> LangGloss:
    """The gloss and the language of `ASL_HELLO` or `<ASL_HELLO>`.

    Args:
        text: One token, without blanks around it.
        languages: Codes that can be attributes; by default those of the eight sign languages.

    Raises:
        InputError: There is no attribute, not one of these languages, or the gloss has more than one reading.
    """
    bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    attribute, separator, gloss = bare.partition(SEPARATOR)
    if not separator or attribute not in (code.upper() for code in languages):
        known = ", ".join(code.upper() for code in languages)
        raise InputError(
            f"{text[:_SHOWN]!r} has no language attribute in capitals; write it before the gloss, "
            f"as in {LangGloss(next(iter(languages), 'asl'), 'HELLO')}; attributes are: {known}"
        )
    return LangGloss(attribute.lower(), gloss)


def attach(language: str, glosses: Iterable[str]) -> tuple[LangGloss, ...]:
    """The glosses of an utterance with the attribute of its language.

    Raises:
        InputError: The code or a gloss cannot be written so that it has one reading.
    """
    return tuple(LangGloss(language, gloss) for gloss in glosses)


def parse_line(line: str, languages: Collection[str] = tuple(LANGUAGES)) -> tuple[LangGloss, ...]:
    """The tokens of a line such as `ASL_HELLO ASL_fs:A`.

    Raises:
        InputError: One of them is none; see `parse_langgloss`.
    """
    return tuple(parse_langgloss(word, languages) for word in line.split())


def print_line(tokens: Sequence[LangGloss]) -> str:
    """The line that `parse_line` reads."""
    return " ".join(map(str, tokens))


def check_code(code: str) -> None:
    """Whether a language's code can be an attribute.

    Raises:
        InputError: It cannot.
    """
    if not _CODE.fullmatch(code):
        raise InputError(
            f"{code[:_SHOWN]!r} is no code of a language; write small letters, digits and hyphens, such as asl"
        )


def _unfit(gloss: str) -> str:
    """Why a gloss has no spelling of its own; empty when it has."""
    if not gloss:
        return "is empty; name a sign, such as HELLO"
    if len(gloss) > LONGEST:
        return f"has {len(gloss)} characters; {LONGEST} are the most"
    if any(character in "<>" for character in gloss):
        return "has brackets, which stand around tokens; leave them out"
    # What is not printable cannot be told from what is: blanks, controls, marks of direction, halves of characters.
    if not gloss.isprintable() or " " in gloss:
        return "has blanks or characters that cannot be seen; join its words with hyphens, as in THANK-YOU"
    if unicodedata.normalize("NFC", gloss) != gloss:
        return "has letters and marks apart that are one letter when composed; give it in Unicode's NFC"
    return ""
