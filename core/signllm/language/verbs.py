"""Rules about auxiliaries and tense: do, have, will, going to and the simple past."""

from __future__ import annotations

from dataclasses import replace

from signllm.language.clause import Clause, Words
from signllm.language.words import Word, decide


def sign_auxiliaries(words: Words, clause: Clause) -> Words:
    """Auxiliaries are silent or become FINISH; `going to` is the future; a simple past without a time is FINISH."""
    timed = any(word.role == "time" for word in words)
    words = _again_and_again(_going_to(words, clause), clause)
    return _past([_auxiliary(words, at, timed, clause) for at in range(len(words))], timed, clause)


def _going_to(words: Words, clause: Clause) -> Words:
    """`going to eat` as `will eat`; `going to school` stays a journey."""
    found = list(words)
    for at in range(len(words) - 2):
        going, to, verb = words[at : at + 3]
        if going.form == "going" and to.form == "to" and clause.is_verb(verb):
            found[at] = replace(going, form="will", lemma="will")
            found[at + 1] = decide(to)
    return found


def _again_and_again(words: Words, clause: Clause) -> Words:
    """A verb that goes on and on is made again: `kept reading`, `has been waiting for hours`; a plain -ing is not."""
    lasting = any(clause.is_(word, "lasting") for word in words) or any(
        "all day" in word.text.lower() or "all night" in word.text.lower() or "hours" in word.text.lower()
        for word in words
    )
    found: Words = []
    for at, word in enumerate(words):
        found.append(word)
        goes_on = word.signs is None and word.tag == "verb" and word.form.endswith("ing") and clause.sign(word)
        if lasting and goes_on and at > 0 and (clause.is_(words[at - 1], "be", "lasting") or words[at - 1].silent):
            found.append(decide(replace(word, form="", lemma=""), *clause.signs(word)))
    return [
        decide(word) if word.form in ("kept", "keeps", "keep") and len(found) > len(words) else word for word in found
    ]


def _auxiliary(words: Words, at: int, timed: bool, clause: Clause) -> Word:
    word = words[at]
    if word.signs is not None:
        return word
    rest = words[at + 1 :]
    if clause.is_(word, "do"):
        negated = bool(rest) and rest[0].form == "not"
        asked = clause.question and bool(rest)
        return decide(word) if negated or asked or any(clause.is_verb(later) for later in rest) else word
    if clause.is_(word, "future"):
        return decide(word) if timed else decide(word, "FUTURE")
    if clause.is_(word, "have") and is_perfect(rest, clause):
        negated = any(later.form in ("not", "never") for later in rest[:2])
        done = any(clause.sign(later) == "FINISH" for later in rest[:3] if later.signs is None)
        been = any(later.form == "been" for later in rest[:2])
        return decide(word) if negated or done or been else decide(word, "FINISH")
    return word


def is_perfect(rest: Words, clause: Clause) -> bool:
    """Whether a participle follows `have`, perhaps after not, already, just or never."""
    for word in rest[:3]:
        if word.form in ("not", "already", "just", "never", "ever"):
            continue
        past = word.lemma != word.form and (word.form.endswith("ed") or (word.tag == "verb" and word.form[-1] != "s"))
        return clause.is_(word, "participle") or (past and word.signs is None)
    return False


def _past(words: Words, timed: bool, clause: Clause) -> Words:
    """FINISH before a completed action in the simple past, when no time word says when."""
    marked = any((word.signs or (clause.sign(word),)) == ("FINISH",) for word in words)
    negated = any(word.form == "not" or word.signs == ("CANNOT",) for word in words)
    reason = bool(words) and words[0].form == "because"
    if timed or marked or negated or reason or any(word.role == "question" for word in words):
        return words
    asked = any(word.form == "did" and word.silent for word in words)
    found: Words = []
    for at, word in enumerate(words):
        if _is_past(words, at, asked, clause):
            found.append(replace(word, form="", signs=("FINISH",), tag=""))
            asked = False
        found.append(word)
    return found


def _is_past(words: Words, at: int, asked: bool, clause: Clause) -> bool:
    word = words[at]
    if word.signs is not None or clause.sign(word) not in clause.vocabulary.classes["completing"]:
        return False
    if at > 0 and clause.is_(words[at - 1], "be", "article", "possessive"):
        return False
    regular = word.form.endswith("ed") and word.lemma != word.form
    return asked or regular or clause.is_(word, "past")
