"""The paper's names of models, such as `SignLLM-6x40M-Base-M (GSL)`: made and read.

The rule is SignLLM-{number of languages}x{parameters of one language}-{size}-{mode}, and then the language of the input
where one of several is meant. Source: SignLLM, arXiv 2405.10718, section 5 "Setup" and tables 2 to 4 and 6. The paper
writes the language in brackets, after a space, or (in its rule) after a hyphen: all three are read, brackets are made.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from signllm.errors import InputError
from signllm.model.sizes import PARAMETERS, SIZES

MOST_LANGUAGES: Final = 99
"""More than any model has; a longer number is a slip."""

_EXAMPLE: Final = "SignLLM-6x40M-Base-M or SignLLM-1x120M-Large-P (ASL)"
_LANGUAGE: Final = r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*"
_NAME: Final = re.compile(
    r"SignLLM-(?P<languages>0|[1-9][0-9]*)x(?P<parameters>[0-9]+[MB])-(?P<size>[A-Za-z]+)-(?P<mode>[A-Za-z]+)"
    rf"(?: ?\((?P<bracketed>{_LANGUAGE})\)|[ -](?P<plain>{_LANGUAGE}))?",
    re.IGNORECASE | re.ASCII,
)
_PAPER_CODES: Final = MappingProxyType({"dgs": "GSL"})
"""What the paper calls a language whose signers call it otherwise."""
_OWN_CODES: Final = MappingProxyType({paper.lower(): own for own, paper in _PAPER_CODES.items()})


class Mode(enum.Enum):
    """How a model knows several languages, by the letter in its name."""

    MLSF = "M"
    """Multi-Language Switching Framework: a pair of encoder and decoder for each language."""
    PROMPT2LANGGLOSS = "P"
    """One set of parameters; each gloss carries its language."""


@dataclass(frozen=True)
class ModelName:
    """What a name says of a model."""

    languages: int
    size: str
    """A name in `signllm.model.sizes.SIZES`."""
    mode: Mode
    language: str = ""
    """Code of the language of the input, such as `asl` or `dgs`; empty where the name is that of the whole model."""

    def __post_init__(self) -> None:
        """Reject what no name can say.

        Raises:
            InputError: A part is out of range or not known.
        """
        if not 1 <= self.languages <= MOST_LANGUAGES:
            raise InputError(f"a model of {self.languages} languages has no name; give 1 to {MOST_LANGUAGES}")
        if self.size not in SIZES:
            raise InputError(f"there is no size {self.size[:40]!r}; choose one of: {', '.join(SIZES)}")
        if self.language and (self.language != self.language.lower() or not re.fullmatch(_LANGUAGE, self.language)):
            raise InputError(
                f"{self.language[:40]!r} is no code of a language; write small letters, digits and hyphens, such as asl"
            )
        if self.language in _OWN_CODES:
            own = _OWN_CODES[self.language]
            raise InputError(f"{self.language!r} is the paper's code of {own!r}; use {own!r}, names are made with both")

    def __str__(self) -> str:
        """The name as the paper writes it; the model's alone when no language is given."""
        language = _PAPER_CODES.get(self.language, self.language.upper())
        name = f"SignLLM-{self.languages}x{_short(PARAMETERS[self.size])}-{self.size.capitalize()}-{self.mode.value}"
        return f"{name} ({language})" if language else name

    @property
    def total_parameters(self) -> int:
        """Parameters of the whole model, by its name: of all pairs in MLSF, of the one shared by all languages in P."""
        return PARAMETERS[self.size] * (self.languages if self.mode is Mode.MLSF else 1)


def parse_name(text: str) -> ModelName:
    """The parts of a model's name, in any case; `GSL` is read as `dgs`.

    Raises:
        InputError: It is no such name, or its parts contradict each other.
    """
    match = _NAME.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text[:60]!r} is no name of a model; names look like {_EXAMPLE}")
    letter = match["mode"].upper()
    if letter not in (mode.value for mode in Mode):
        raise InputError(
            f"{text[:60]!r} has the mode {match['mode'][:20]!r}; M stands for MLSF and P for Prompt2LangGloss"
        )
    if len(match["languages"]) > len(str(MOST_LANGUAGES)):
        raise InputError(f"{text[:60]!r} has more than {MOST_LANGUAGES} languages; names look like {_EXAMPLE}")
    language = (match["bracketed"] or match["plain"] or "").lower()
    name = ModelName(int(match["languages"]), match["size"].lower(), Mode(letter), _OWN_CODES.get(language, language))
    expected = _short(PARAMETERS[name.size])
    if match["parameters"].upper() != expected:
        sizes = ", ".join(f"{_short(count)}-{size.capitalize()}" for size, count in PARAMETERS.items())
        raise InputError(
            f"{text[:60]!r} gives {name.size.capitalize()} {match['parameters'][:20]} parameters per language, "
            f"but it has {expected}; sizes are: {sizes}"
        )
    return name


def _short(parameters: int) -> str:
    """`40M`, `1B`."""
    return f"{parameters // 10**9}B" if parameters >= 10**9 else f"{parameters // 10**6}M"
