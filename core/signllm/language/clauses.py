"""A sentence cut into clauses that are ordered one by one."""

from __future__ import annotations

from signllm.language.clause import Clause, Words
from signllm.language.words import Word


def split_clauses(words: Words, clause: Clause) -> list[Words]:
    """The sentence in clauses that are ordered one by one, commas gone."""
    parts: list[Words] = [[]]
    for at, word in enumerate(words):
        if _starts_clause(words, at, clause, parts[-1]):
            parts.append([])
        if _is_tag(words[at:], clause):
            break
        if word.form != ",":
            parts[-1].append(word)
    return [part for part in parts if part]


def _is_tag(rest: Words, clause: Clause) -> bool:
    """Whether `, isn't it` and the like is all that is left of a question: the face asks, nothing is signed."""
    if not clause.question or len(rest) != 4 or rest[0].form != ",":
        return False
    auxiliary, negation, pronoun = rest[1:]
    asks = clause.is_(auxiliary, "be", "do", "have", "modal")
    return asks and negation.form == "not" and clause.is_(pronoun, "nominative")


def _starts_clause(words: Words, at: int, clause: Clause, so_far: Words) -> bool:
    """Whether a clause begins at this word: after an interjection, at `because`, at `and she`, at `, she`."""
    if not so_far:
        return False
    here, before = words[at], words[at - 1]
    after = words[at + 1] if at + 1 < len(words) else None
    if here.form == "because":
        return True
    if all(is_interjection(word, clause) for word in so_far) and not is_interjection(here, clause):
        return before.form == "," or _is_greeting(so_far, here, clause)
    if before.form == ",":
        imperative = is_interjection(here, clause) or clause.is_(here, "nominative")
        return imperative or (clause.is_(here, "joining") and _opens(after, clause))
    return clause.is_(here, "joining") and _opens(after, clause)


def _opens(word: Word | None, clause: Clause) -> bool:
    """Whether a clause can begin with it: a subject pronoun, a time, please."""
    return word is not None and (clause.is_(word, "nominative") or word.role == "time" or word.form == "please")


def is_interjection(word: Word, clause: Clause) -> bool:
    """Whether it is signed like hello, please, yes: by itself, before or after a clause."""
    sign = word.signs[0] if word.signs else clause.sign(word) if word.signs is None else None
    return sign in clause.vocabulary.classes["interjection"]


def _is_greeting(so_far: Words, here: Word, clause: Clause) -> bool:
    """`Hello my name ...`, `Yes I can` without a comma; please and a single no stay with what follows."""
    sign = clause.sign(so_far[-1]) or ""
    return sign in ("HELLO", "YES") or (sign in ("NO", "SORRY") and clause.is_(here, "nominative"))
