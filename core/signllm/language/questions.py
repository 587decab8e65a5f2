"""Rules about questions: the question word is found and goes last, the auxiliary goes back behind its subject."""

from __future__ import annotations

from dataclasses import replace

from signllm.language.clause import Clause, Words
from signllm.language.clauses import is_interjection
from signllm.language.sentence_rules import longest_matches
from signllm.language.verbs import is_perfect
from signllm.language.words import Word, decide, merge


def find_question_word(words: Words, clause: Clause) -> Words:
    """A question word becomes one word with the role `question`; it moves to the end in the last rule."""
    start = _first(words, clause)
    found: Words = []
    at = 0
    for group, signs in longest_matches(words, clause.vocabulary.questions):
        if signs is not None and _asks(words, at, len(group), start, clause):
            found.append(merge(group, signs, "question"))
        else:
            found.extend(_relative(word, found, clause) for word in group)
        at += len(group)
    return found


def _relative(word: Word, before: Words, clause: Clause) -> Word:
    """A question word that does not ask: `when` is spelled, `who` after its noun is the face's, `whether` stays."""
    if word.form == "when":
        return replace(word, signs=("fs:WHEN",))
    noun = bool(before) and before[-1].tag in ("noun", "name", "pronoun") and before[-1].signs != ()
    return decide(word) if word.form in ("who", "which", "where") and noun else word


def _first(words: Words, clause: Clause) -> int:
    """Index of the first word that is no time, conjunction or interjection."""
    for at, word in enumerate(words):
        skipped = word.role == "time" or clause.is_(word, "joining") or is_interjection(word, clause)
        if not skipped and not word.silent:
            return at
    return len(words)


def _asks(words: Words, at: int, length: int, start: int, clause: Clause) -> bool:
    """Whether the question word asks: it begins a question, or follows a verb of knowing or saying."""
    after = words[at + length] if at + length < len(words) else None
    if at == start and (clause.question or clause.is_(after, "be", "do", "modal")):
        return True
    return at > 0 and (clause.is_(words[at - 1], "mind") or (clause.question and after is None))


def opens_with_auxiliary(words: Words, clause: Clause) -> bool:
    """Whether a clause begins like a question for yes or no: `do you know where ...`."""
    start = _first(words, clause)
    return start < len(words) and clause.is_(words[start], "do", "be", "have", "modal")


def undo_inversion(words: Words, clause: Clause) -> Words:
    """`can you help` as `you can help`: the auxiliary goes back behind its subject."""
    asks = any(word.role == "question" for word in words)
    start = _first([word if word.role != "question" else replace(word, role="time") for word in words], clause)
    if start >= len(words) or not clause.is_(words[start], "do", "be", "have", "modal"):
        return words
    subject = start + 1
    follower = words[subject] if subject < len(words) else None
    pronoun = clause.is_(follower, "nominative")
    if clause.is_(words[start], "have"):  # "who has a book" is no inversion, "what has your mother eaten" is one
        perfect = any(is_perfect([word], clause) for word in words[subject:])
        inverted = clause.question and (pronoun or perfect or not asks)
    else:
        inverted = clause.question or asks or pronoun
    if not inverted:
        return words
    if follower is not None and follower.form == "not":
        subject += 1
    end = _subject_end(words, subject, clause)
    return [*words[:start], *words[subject:end], *words[start:subject], *words[end:]]


def _subject_end(words: Words, at: int, clause: Clause) -> int:
    """Index behind the noun phrase that begins at `at`; `at` itself when there is none."""
    if at >= len(words):
        return at
    end = at + 1
    if clause.is_(words[at], "article", "possessive") or (
        clause.is_(words[at], "pointing") and _is_noun(words, end, clause)
    ):
        end = _verb_or_end(words, at + 2, clause)
    elif not clause.is_(words[at], "nominative") and not words[at].capital:
        end = at if clause.is_verb(words[at]) else _verb_or_end(words, at + 1, clause)
    if end < len(words) and words[end].form == "and":
        return _subject_end(words, end + 1, clause)
    return min(end, len(words))


def _is_noun(words: Words, at: int, clause: Clause) -> bool:
    """Whether a noun can follow `this` here: a word that is no verb, article or possessive."""
    if at >= len(words) or words[at].role:
        return False
    return not clause.is_(words[at], "article", "possessive") and not clause.is_verb(words[at])


def _verb_or_end(words: Words, at: int, clause: Clause) -> int:
    """Index of the first verb, adverb or time from `at`, or one noun further when there is none."""
    for index in range(at, len(words)):
        word = words[index]
        if clause.is_verb(word) or word.role == "time" or word.form in ("already", "not", "and"):
            return index
    return at
