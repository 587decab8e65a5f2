"""Utterances in a sign language of which only the manual alphabet is here: words are spelled, and nothing is signed.

All words of a text are spelled or none: a sentence without its "not" would say something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from signllm.errors import InputError
from signllm.language import alphabets
from signllm.language.labels import CAPTIONS_ONLY, SPELLED_ONLY
from signllm.language.languages import SignLanguage
from signllm.language.normalise import MAX_SIGNED_CHARACTERS, shorten
from signllm.language.spelling import glosses_of
from signllm.source import PAUSE, Gloss, Utterance

_MARKED: Final = re.compile(r"\bfs:([^\W_]+)", re.IGNORECASE)


def spell_words(
    text: str,
    language: SignLanguage,
    *,
    every: bool,
    line: str | None = None,
    known: frozenset[str] | None = None,
    most: int,
) -> Utterance:
    """The words of a text in the letters of a language; a caption, with the reason, where one cannot be spelled.

    Args:
        text: The caption, its accents and umlauts kept.
        language: A language with an alphabet and without signs.
        every: Spell every word; otherwise only those written as `fs:WORD`, and without any the text is a caption.
        line: Letters to use instead of the text's words: `dgs:ANA | dgs:BERLIN`.
        known: Letters that the source can make; all if None.
        most: Most words that are spelled; the rest is cut with a notice.

    Raises:
        InputError: `line` holds something else than words in the letters of the language.
    """
    start = text[:MAX_SIGNED_CHARACTERS]
    if line is not None:
        signs = list(_checked(line, language))
        words = [sign.partition(":")[2] for sign in signs if sign != PAUSE]
    elif every:
        words = alphabets.spellable(_MARKED.sub(r"\1", start))
    else:
        words = [word for marked in _MARKED.findall(start) for word in alphabets.spellable(marked)]
        if not words:
            return Utterance(text, language.id, (), CAPTIONS_ONLY, 0.0, (_no_signs(language),))
    notices = [f"There are no signs of {language.name} here: words are spelled, and nothing else is signed."]
    absent = [word for word in words if alphabets.missing(language.id, word)]
    if absent:
        return Utterance(text, language.id, (), CAPTIONS_ONLY, 0.0, (_cannot(absent, language),))
    if len(words) > most:
        notices.append(f"Only the first {most} of {len(words)} words are spelled; the others are in the caption only.")
    glosses = tuple(_glosses([f"{language.id}:{word}" for word in words[:most]]))
    if known is not None and any(gloss.name not in known for gloss in glosses):
        notices.append(f"This source cannot make the letters of {language.name}; choose the source lexicon.")
        glosses = ()
    label = SPELLED_ONLY if glosses else CAPTIONS_ONLY
    return Utterance(text, language.id, glosses, label, 0.0, tuple(notices))


def _no_signs(language: SignLanguage) -> str:
    return (
        f"There are no signs of {language.name} here yet, only its manual alphabet, so the text is shown as captions "
        "only. To have a word spelled write it as fs:WORD, or ask for spelling."
    )


def _cannot(words: Sequence[str], language: SignLanguage) -> str:
    letters = dict.fromkeys(letter for word in words for letter in alphabets.missing(language.id, word))
    listed = shorten(", ".join(dict.fromkeys(words)))
    return (
        f"The alphabet of {language.name} has no documented form here for {shorten(', '.join(letters))}, "
        f"so the text is shown as captions only: {listed} cannot be spelled."
    )


def _glosses(signs: Sequence[str]) -> Iterator[Gloss]:
    for word, sign in enumerate(signs):
        yield from glosses_of(sign, word, sign.partition(":")[2])


def _checked(line: str, language: SignLanguage) -> Iterator[str]:
    for name in line.split():
        kind, _, rest = name.partition(":")
        if name == PAUSE:
            yield name
            continue
        if kind.lower() != language.id or not rest:
            raise InputError(
                f"{name[:40]!r} is no gloss of {language.name}: only its letters are here; write {language.id}:ANA"
            )
        word = alphabets.upper(rest)
        if alphabets.missing(language.id, word):
            raise InputError(alphabets.problem(language.id, word))
        yield f"{language.id}:{word}"
