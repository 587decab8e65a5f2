"""The eight sign languages of Prompt2Sign, and which of them have signs or a manual alphabet here.

Source: Prompt2Sign's language list (SignLLM, arXiv 2405.10718); it calls German Sign Language GSL, its signers DGS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from signllm.errors import UnknownLanguageError


@dataclass(frozen=True)
class SignLanguage:
    """A sign language by its id, name and whether this package holds signs or the alphabet of it."""

    id: str
    name: str
    has_signs: bool
    has_alphabet: bool = False
    """Whether words can be spelled with its own manual alphabet."""


_ALL: Final = (
    SignLanguage("asl", "American Sign Language", has_signs=True, has_alphabet=True),
    SignLanguage("dgs", "German Sign Language", has_signs=False, has_alphabet=True),
    SignLanguage("dsgs", "Swiss German Sign Language", has_signs=False, has_alphabet=True),
    SignLanguage("lsf-ch", "French Sign Language of Switzerland", has_signs=False),
    SignLanguage("lis-ch", "Italian Sign Language of Switzerland", has_signs=False),
    SignLanguage("lsa", "Argentine Sign Language", has_signs=False),
    SignLanguage("ksl", "Korean Sign Language", has_signs=False),
    SignLanguage("tsl", "Turkish Sign Language", has_signs=False),
)
_ALIASES: Final = MappingProxyType({"gsl": "dgs"})

LANGUAGES: Final[Mapping[str, SignLanguage]] = MappingProxyType({language.id: language for language in _ALL})
"""Sign languages by id."""


def find_language(name: str) -> SignLanguage:
    """The language of an id, in any case; `gsl` is the paper's word for `dgs`.

    Raises:
        UnknownLanguageError: It is none of the eight; the error lists those with signs.
    """
    key = name.strip().lower()
    found = LANGUAGES.get(_ALIASES.get(key, key))
    if found is None:
        signed = tuple(language.id for language in _ALL if language.has_signs)
        raise UnknownLanguageError(name[:40], signed)
    return found
