"""The eight sign languages of Prompt2Sign: codes, names, written languages, and how many clips the paper counts.

The paper's GSL is `dgs` here, as its signers call it; the codes of the paper and of ISO 639-3 are understood as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from signllm_training.prompt2sign import text as _text
from signllm_training.prompt2sign.errors import DataError


@dataclass(frozen=True)
class Language:
    """A sign language, and the written language beside it."""

    code: str
    name: str
    """In English."""
    own_name: str
    """In the written language beside it."""
    iso639_3: str
    """Source: ISO 639-3 as in the IANA language subtag registry."""
    paper_code: str
    written: str
    """BCP 47 tag of the written language."""
    written_name: str
    """In English."""
    paper_corpus: str
    """Corpus that the paper's count is of."""
    paper_counts: tuple[int, int, int]
    """Clips in train, dev and test. Source: SignLLM, arXiv 2405.10718, table 1."""


_ALL: Final = (
    Language(
        *("asl", "American Sign Language", "American Sign Language", "ase", "ASL"),
        *("en", "English", "How2Sign", (31_047, 1_739, 2_343)),
    ),
    Language(
        *("dgs", "German Sign Language", "Deutsche Gebärdensprache", "gsg", "GSL"),
        *("de", "German", "PHOENIX-14T", (7_096, 519, 642)),
    ),
    Language(
        *("dsgs", "Swiss German Sign Language", "Deutschschweizer Gebärdensprache", "sgg", "DSGS"),
        *("de-CH", "German", "SignSuisse", (8_043, 500, 500)),
    ),
    Language(
        *("lsf-ch", "French Sign Language of Switzerland", "Langue des signes de Suisse romande", "ssr", "LSF-CH"),
        *("fr-CH", "French", "SignSuisse", (5_672, 500, 250)),
    ),
    Language(
        *(
            "lis-ch",
            "Italian Sign Language of Switzerland",
            "Lingua dei segni della Svizzera italiana",
            "slf",
            "LIS-CH",
        ),
        *("it-CH", "Italian", "SignSuisse", (2_254, 250, 250)),
    ),
    Language(
        *("lsa", "Argentine Sign Language", "Lengua de Señas Argentina", "aed", "LSA"),
        *("es-AR", "Spanish", "LSA64", (2_400, 400, 400)),
    ),
    Language(
        *("ksl", "Korean Sign Language", "한국수어", "kvk", "KSL"),
        *("ko", "Korean", "KSL", (700, 300, 200)),
    ),
    Language(
        *("tsl", "Turkish Sign Language", "Türk İşaret Dili", "tsm", "TSL"),
        *("tr", "Turkish", "AUTSL", (28_142, 4_418, 3_742)),
    ),
)
LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({language.code: language for language in _ALL})
"""By code, in the order of the paper's table."""
_ALIASES: Final = MappingProxyType(
    {name: language.code for language in _ALL for name in (language.paper_code.lower(), language.iso639_3)}
)


def find_language(name: str) -> Language:
    """The language of a code, of the paper's code or of an ISO 639-3 code, in any case.

    Raises:
        DataError: It is none of the eight.
    """
    key = name.strip().lower().replace("_", "-")
    found = LANGUAGES.get(_ALIASES.get(key, key))
    if found is None:
        known = ", ".join(
            code if code == language.paper_code.lower() else f"{code} (or {language.paper_code.lower()})"
            for code, language in LANGUAGES.items()
        )
        raise DataError(f"no sign language has the code {name[:40]!r} here; there are: {known}")
    return found


def normalise_text(text: str, code: str) -> str:
    """A sentence as the corpus stores it (`text.normalise`) in the written language beside the sign language `code`.

    An empty code, of a source that does not say its language, takes what all written languages have in common.

    Raises:
        DataError: The code is not known.
    """
    return _text.normalise(text, find_language(code).written if code else "")
