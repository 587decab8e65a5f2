"""Text to an utterance: English to ASL glosses by rule, spelling what has no sign, saying what was lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from signllm.errors import InputError
from signllm.language import safety
from signllm.language.faces import place_persons, tiers
from signllm.language.groups import Group, Signable, coverage_of, groups_of
from signllm.language.labels import CAPTIONS_ONLY, GOOD_COVERAGE, choose_label
from signllm.language.languages import find_language
from signllm.language.normalise import CleanText, clean, shorten
from signllm.language.rules import order_sentence
from signllm.language.spelled_only import spell_words
from signllm.language.spelling import MAX_LETTERS, glosses_of, read_glosses
from signllm.language.spelling import spell as spell_word
from signllm.language.vocabulary import Vocabulary, asl_vocabulary
from signllm.language.words import SentenceWords, Word, split_sentences
from signllm.source import PAUSE, Utterance

MAX_WORDS: Final = 60
"""Most signs and spelled words in one utterance, about a minute of signing; the rest is cut with a notice."""
MAX_GLOSS_LINE: Final = 2000
"""Longest line of glosses that is taken, in characters."""


@dataclass(frozen=True)
class _Draft:
    """What will be signed, and what was found on the way there."""

    groups: tuple[Group, ...]
    trace: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def translate(
    text: str,
    language: str = "asl",
    *,
    spell: bool = False,
    gloss: str | None = None,
    known: frozenset[str] | None = None,
    drafts: bool = True,
    approved_by: str | None = None,
) -> Utterance:
    """What is signed for a text: glosses in ASL order, words without a sign spelled, and notices of what was lost.

    Args:
        text: English, at most 200,000 characters, of which the first 60 signs are signed; `fs:ANA` is spelled exactly.
        language: Sign language; one without signs here gives captions only, never another language's signs. With
            `spell` and for `fs:WORD` the letters of its own alphabet are used, where there is one.
        spell: Spell every word, no grammar.
        gloss: Glosses to use instead of the grammar: `NAME MY fs:ANA num:25`; `text` is then only the caption.
        known: Sign names that can be made; words of other signs are spelled. All signs of the lexicon if None.
        drafts: Whether signs may be used that no Deaf signer has approved; without them their words are spelled.
        approved_by: Name of the operator who approved this message of the emergency domain. Without it such a message
            is captions only.

    Raises:
        InputError: Nothing to sign, a text that is too long, a gloss that does not exist, or a name that is none.
        UnknownLanguageError: Not one of `LANGUAGES`.
    """
    found = find_language(language)
    operator = None if approved_by is None else safety.checked_name(approved_by)
    source = clean(text if gloss is None or text.strip() else gloss)
    if not (found.has_signs or found.has_alphabet):
        notice = f"There are no signs of {found.name} here yet, so the text is shown as captions only."
        return Utterance(source.shown, found.id, (), CAPTIONS_ONLY, 0.0, (notice,))
    notices: tuple[str, ...] = ()
    if safety.is_emergency(source.shown) or (gloss is not None and safety.is_emergency(gloss)):
        notices = (safety.emergency_notice(operator),)
        if operator is None:
            return Utterance(source.shown, found.id, (), CAPTIONS_ONLY, 0.0, (*source.notices, *notices))
    if not found.has_signs:
        line = None if gloss is None else _checked_length(gloss)
        spelled = spell_words(source.shown, found, every=spell, line=line, known=known, most=MAX_WORDS)
        return replace(spelled, notices=(*notices, *spelled.notices))
    vocabulary = asl_vocabulary()
    signable = Signable(vocabulary, known, drafts=drafts)
    if gloss is not None:
        signs = read_glosses(_checked_length(gloss), vocabulary.glosses if known is None else known)
        draft = _Draft(tuple(Group(sign, sign) for sign in signs))
    elif spell:
        draft = _Draft(tuple(_spelled(source.signed)))
    else:
        draft = _grammar(source.signed, signable)
    return _utterance(source, found.id, replace(draft, notices=(*notices, *draft.notices)), vocabulary)


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
    if len(gloss) > MAX_GLOSS_LINE:
        raise InputError(
            f"the glosses have {len(gloss):,} characters; at most {MAX_GLOSS_LINE:,} are taken: send fewer"
        )
    return gloss


def _grammar(text: str, signable: Signable) -> _Draft:
    """Every sentence ordered by rule; one that must not be guessed is left to the caption."""
    trace: list[str] = []
    notices: list[str] = []
    ordered: list[list[Word]] = []
    for sentence in split_sentences(text):
        if reason := _caption_reason(sentence):
            notices.append(safety.sentence_notice(_said(sentence), reason))
            trace.append(f"captions_only: {reason}")
            continue
        words, lines = order_sentence(sentence, signable.vocabulary)
        if safety.loses_negation(sentence, words):
            notices.append(safety.sentence_notice(_said(sentence), "the rules lost its negation"))
            trace.append("captions_only: the rules lost its negation")
            continue
        notices.extend(dict.fromkeys(word.notice for word in sentence.words if word.notice))
        ordered.append([_as_written(word) if word.unsure else word for word in words])
        trace.extend(lines)
    groups: list[Group] = []
    for words in place_persons(ordered):
        sentence_groups = groups_of(words, signable)
        if groups and sentence_groups and signable.can_make(PAUSE):
            groups.append(Group(PAUSE, PAUSE))
        groups.extend(sentence_groups)
    return _Draft(tuple(groups), tuple(trace), (*notices, *_name_notice(ordered, signable.vocabulary)))


def _said(sentence: SentenceWords) -> str:
    """The words of a sentence for a notice; the parts of `don't` have one text."""
    texts = [word.text for word in sentence.words if word.form != ","]
    kept = [text for at, text in enumerate(texts) if at == 0 or text != texts[at - 1]]
    following = [*kept[1:], ""]
    return " ".join(
        text for text, after in zip(kept, following, strict=True) if not ("'" in after and after.startswith(text))
    )


def _caption_reason(sentence: SentenceWords) -> str:
    """Why a sentence must not be guessed; '' when it may be signed."""
    if safety.is_dose(sentence.words):
        return "it tells a dose of medicine, which a wrong sign must not change"
    if unsure := safety.unsure_negation(sentence):
        return f"its negation is not sure ({unsure})"
    return ""


def _as_written(number: Word) -> Word:
    """A number that may mean something else than it seems to: its digits one by one, its words letter by letter."""
    parts = re.findall(r"\d+|[A-Za-z]+", re.sub(r"^(?:on|in|at|the|of) ", "", number.text, flags=re.IGNORECASE))
    return replace(number, signs=tuple(f"dig:{part}" if part.isdigit() else spell_word(part) for part in parts))


def _name_notice(sentences: Sequence[Sequence[Word]], vocabulary: Vocabulary) -> Iterator[str]:
    """What was taken for a name though it could be a word with a sign."""
    names = [
        word.text
        for words in sentences
        for word in words
        if word.tag == "name" and (word.form in vocabulary.parts_of or word.lemma in vocabulary.parts_of)
        if sum(other.tag == "name" for other in words) == 1
    ]
    if names:
        yield f"Taken for a name because of the capital, and spelled: {shorten(', '.join(dict.fromkeys(names)))}"


def _spelled(text: str) -> Iterator[Group]:
    for part in re.findall(r"[A-Za-z0-9]+(?:'[A-Za-z]+)*", re.sub(r"\bfs:", " ", text, flags=re.IGNORECASE)):
        yield Group(f"dig:{part}" if part.isdigit() else spell_word(part), part)


def _utterance(source: CleanText, language: str, draft: _Draft, vocabulary: Vocabulary) -> Utterance:
    kept = _cut(draft.groups)
    glosses, marks = [], []
    for word, group in enumerate(kept):
        for gloss in glosses_of(group.sign, word, group.text):
            glosses.append(gloss)
            marks.append(group.marks)
    coverage = coverage_of(kept, vocabulary)
    reviews = {vocabulary.reviews.get(gloss.name, "draft") for gloss in glosses if gloss.name != PAUSE}
    notices = (*source.notices, *draft.notices, *_cuts(draft.groups, source.cut_words))
    if glosses:
        notices = (*notices, *_coverage_notice(coverage))
    return Utterance(
        text=source.shown,
        language=language,
        glosses=tuple(glosses),
        label=choose_label(reviews, coverage),
        coverage=coverage,
        notices=notices if glosses or notices else _nothing_signed(source.shown),
        nonmanuals=tiers(marks),
        trace=draft.trace,
    )


def _nothing_signed(shown: str) -> tuple[str, ...]:
    """Why a text without a gloss gives none: articles, the copula and the like are not signed."""
    return (f"These words have no sign of their own in ASL, so they are in the caption only: {shorten(shown)}",)


def _coverage_notice(coverage: float) -> Iterator[str]:
    if coverage < GOOD_COVERAGE:
        said = f"Only {coverage:.0%} of the words that carry meaning have a sign here"
        yield f"{said}; the rest is spelled: read the caption."


def _cut(groups: Sequence[Group]) -> list[Group]:
    """The first `MAX_WORDS` groups, pauses not counted, and no pause at the end."""
    kept: list[Group] = []
    count = 0
    for group in groups:
        count += group.sign != PAUSE
        if count > MAX_WORDS:
            break
        kept.append(group)
    while kept and kept[-1].sign == PAUSE:
        kept.pop()
    return kept


def _cuts(groups: Sequence[Group], cut_words: int) -> Iterator[str]:
    count = sum(group.sign != PAUSE for group in groups)
    if cut_words or count > MAX_WORDS:
        signed, cut = min(count, MAX_WORDS), max(count - MAX_WORDS, 0) + cut_words
        yield (
            f"Only the first {signed} of {signed + cut:,} words are signed; the last {cut:,} are in the caption only."
        )
    if any(
        len(group.sign) > MAX_LETTERS + 3 and group.sign.startswith(("fs:", "dig:")) for group in groups[:MAX_WORDS]
    ):
        yield f"Words longer than {MAX_LETTERS} letters are spelled up to there."
