"""Text to an utterance: English to ASL glosses by rule, spelling what has no sign, saying what was lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from signllm.errors import InputError
from signllm.language.languages import find_language
from signllm.language.normalise import MAX_CHARACTERS, CleanText, clean, shorten
from signllm.language.rules import order_sentence
from signllm.language.spelling import MAX_LETTERS, glosses_of, read_glosses
from signllm.language.spelling import spell as spell_word
from signllm.language.vocabulary import Vocabulary, asl_vocabulary
from signllm.language.words import split_sentences
from signllm.source import Gloss, Utterance

MAX_WORDS: Final = 60
"""Most signs and spelled words in one utterance, about a minute of signing; the rest is cut with a notice."""

EXPERIMENTAL: Final = "Experimental"
SPELLED_ONLY: Final = "Spelled only"
CAPTIONS_ONLY: Final = "Captions only"
ENOUGH_SIGNS: Final = 0.5
"""Share of content words that must have signs for the label `Experimental`."""


@dataclass(frozen=True)
class _Group:
    """One sign or one spelled word, and the source text that it stands for."""

    sign: str
    text: str


def translate(
    text: str,
    language: str = "asl",
    *,
    spell: bool = False,
    gloss: str | None = None,
    known: frozenset[str] | None = None,
) -> Utterance:
    """What is signed for a text: glosses in ASL order, words without a sign spelled, and notices of what was lost.

    Args:
        text: English, at most 2,000 characters; `fs:ANA` inside it is spelled exactly.
        language: Sign language; one without signs here gives captions only, never another language's signs.
        spell: Spell every word, no grammar.
        gloss: Glosses to use instead of the grammar: `NAME MY fs:ANA num:25`; `text` is then only the caption.
        known: Sign names that can be made; words of other signs are spelled. All signs of the word table if None.

    Raises:
        InputError: Nothing to sign, a text that is too long, or a gloss that does not exist.
        UnknownLanguageError: Not one of `LANGUAGES`.
    """
    found = find_language(language)
    source = clean(text if gloss is None or text.strip() else gloss)
    if not found.has_signs:
        notice = f"There are no signs of {found.name} here yet, so the text is shown as captions only."
        return Utterance(source.shown, found.id, (), CAPTIONS_ONLY, 0.0, (notice,))
    vocabulary = asl_vocabulary()
    names = vocabulary.glosses if known is None else known
    if gloss is not None:
        groups = [_Group(sign, sign) for sign in read_glosses(_checked_length(gloss), names)]
    elif spell:
        groups = list(_spelled(source.signed))
    else:
        groups = list(_grammar(source.signed, vocabulary, names))
    return _utterance(source, found.id, groups, vocabulary)


def explain(text: str) -> tuple[str, ...]:
    """How an English text becomes glosses: one line for each rule that changed the words, `rule: words after it`.

    Raises:
        InputError: Nothing to sign, or a text that is too long.
    """
    vocabulary = asl_vocabulary()
    sentences = split_sentences(clean(text).signed)
    return tuple(line for sentence in sentences for line in order_sentence(sentence, vocabulary)[1])


def _checked_length(gloss: str) -> str:
    if not gloss.strip():
        raise InputError("the gloss line is empty; write signs such as: MY NAME fs:ANA")
    if len(gloss) > MAX_CHARACTERS:
        raise InputError(
            f"the glosses have {len(gloss):,} characters; at most {MAX_CHARACTERS:,} are taken: send fewer"
        )
    return gloss


def _grammar(text: str, vocabulary: Vocabulary, known: frozenset[str]) -> Iterator[_Group]:
    for sentence in split_sentences(text):
        for word in order_sentence(sentence, vocabulary)[0]:
            for sign in word.signs or ():
                makeable = ":" in sign or sign in known
                yield _Group(sign if makeable else spell_word(_spelled_for(sign, word.text)), word.text)


def _spelled_for(sign: str, text: str) -> str:
    """What is spelled in place of a sign that cannot be made: the word, or of a group of words the sign's name."""
    return sign if " " in text else text


def _spelled(text: str) -> Iterator[_Group]:
    for part in re.findall(r"[A-Za-z0-9]+(?:'[A-Za-z]+)*", re.sub(r"\bfs:", " ", text, flags=re.IGNORECASE)):
        yield _Group(f"num:{part}" if part.isdigit() else spell_word(part), part)


def _utterance(source: CleanText, language: str, groups: list[_Group], vocabulary: Vocabulary) -> Utterance:
    kept = groups[:MAX_WORDS]
    glosses = [gloss for word, group in enumerate(kept) for gloss in glosses_of(group.sign, word, group.text)]
    coverage = _coverage(kept, vocabulary)
    return Utterance(
        text=source.shown,
        language=language,
        glosses=tuple(glosses),
        label=_label(glosses, coverage),
        coverage=coverage,
        notices=(*source.notices, *_cuts(groups)) if glosses else source.notices or _nothing_signed(source.shown),
    )


def _nothing_signed(shown: str) -> tuple[str, ...]:
    """Why a text without a gloss gives none: articles, the copula and the like are not signed."""
    return (f"These words have no sign of their own in ASL, so they are in the caption only: {shorten(shown)}",)


def _coverage(groups: Sequence[_Group], vocabulary: Vocabulary) -> float:
    """Share of the content words with a sign of their own; numbers have signs, pronouns and the like do not count."""
    if not groups:
        return 0.0
    content = [group.sign for group in groups if group.sign not in vocabulary.classes["grammatical"]]
    signed = sum(not sign.startswith("fs:") for sign in content)
    return signed / len(content) if content else 1.0


def _label(glosses: list[Gloss], coverage: float) -> str:
    if not glosses:
        return CAPTIONS_ONLY
    return EXPERIMENTAL if coverage >= ENOUGH_SIGNS else SPELLED_ONLY


def _cuts(groups: list[_Group]) -> Iterator[str]:
    if len(groups) > MAX_WORDS:
        cut = len(groups) - MAX_WORDS
        yield f"Only the first {MAX_WORDS} of {len(groups)} words are signed; the last {cut} are in the caption only."
    if any(len(group.sign.partition(":")[2]) > MAX_LETTERS for group in groups[:MAX_WORDS]):
        yield f"Words longer than {MAX_LETTERS} letters are spelled up to there."
