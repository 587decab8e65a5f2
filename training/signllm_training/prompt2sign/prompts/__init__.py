"""Prompts: questions around a text, in the written language beside each sign language.

SignLLM trains on texts and on questions for them (Prompt2Sign: 120 questions in English, 30 in each other language).
These were written for this project, each names its sign language, and none is taken from a published set.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.languages import LANGUAGES, find_language
from signllm_training.prompt2sign.text import fold_case

PLACE: Final = "{text}"
"""Where the text goes."""
COUNTS: Final = {code: 120 if code == "asl" else 30 for code in LANGUAGES}
"""How many templates each language has. Source: SignLLM, arXiv 2405.10718, on prompt templates."""


def templates(code: str) -> tuple[str, ...]:
    """The templates of a sign language, each with one `PLACE`.

    Args:
        code: As `languages.find_language` takes it.

    Raises:
        DataError: The language is not known, or its file is damaged.
    """
    return _load(find_language(code).code)


def prompt_for(text: str, code: str, seed: int, key: str) -> str:
    """A question around `text`, chosen by `seed` and `key` alone: the same in every process and on every machine.

    Args:
        text: Whatever it holds, braces too, stays as it is.
        code: As `languages.find_language` takes it.
        seed: Of the whole set.
        key: Of the sample, its name for example; each key makes a choice of its own.

    Raises:
        DataError: The language is not known.
    """
    language = find_language(code).code
    choices = _load(language)
    digest = hashlib.blake2b(f"{seed}\0{language}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    before, after = choices[int.from_bytes(digest, "little") % len(choices)].split(PLACE)
    return before + text + after


def parse(document: str, code: str, source: str) -> tuple[str, ...]:
    """The templates in a TOML document.

    Args:
        document: Its text.
        code: Of the language that it must be for.
        source: Name to show in errors.

    Raises:
        DataError: It is no TOML, of another language, or its templates are too few, too many, alike, or without one
            `PLACE` each.
    """
    try:
        table = tomllib.loads(document)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"not TOML: {error}", source) from error
    found, expected = table.get("templates"), COUNTS[code]
    if table.get("language") != code:
        raise DataError(f"language is {table.get('language')!r}, expected {code!r}", source)
    if not isinstance(found, list) or not all(isinstance(template, str) for template in found):
        raise DataError("`templates` must be a list of strings", source)
    if len(found) != expected:
        raise DataError(f"{len(found)} templates, expected {expected}", source)
    seen: dict[str, str] = {}
    for template in found:
        if template.count(PLACE) != 1 or template.replace(PLACE, "").count("{") + template.count("}") != 1:
            raise DataError(f"expected one {PLACE} and no other brace in {template!r}", source)
        # Case and quotes do not make another question.
        folded = fold_case(template, LANGUAGES[code].written)
        if folded in seen:
            raise DataError(f"two templates are alike: {template!r} and {seen[folded]!r}", source)
        seen[folded] = template
    return tuple(found)


@cache
def _load(code: str) -> tuple[str, ...]:
    file = files(__name__).joinpath(f"{code}.toml")
    return parse(file.read_text(encoding="utf-8"), code, file.name)
