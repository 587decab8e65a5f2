"""A sentence cut into clauses that are ordered one by one; what a condition says comes before what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from signllm.language.clause import Clause, Words
from signllm.language.words import Word, decide

_PHRASES: Final = frozenset({"article", "possessive", "determiner", "noun", "name"})
PLAIN: Final = "plain"
CONDITION: Final = "condition"
"""`if it rains`, and `when it rains` where nobody asks."""


@dataclass(frozen=True)
class Part:
    """One clause of a sentence, commas gone."""

    words: Words
    kind: str = PLAIN


def split_clauses(words: Words, clause: Clause) -> list[Part]:
    """The sentence in clauses that are ordered one by one, commas gone."""
    words = _reason_last(words)
    start, end = _condition(words, clause)
    if start == end:
        return _split(words, clause)
    opener = "fs:IF" if words[start].form == "if" else "fs:WHEN"
    condition = [decide(words[start], opener), *words[start + 1 : end]]
    before, after = _split(words[:start], clause), words[end:]
    if after and after[0].form == ",":
        after = after[1:]
    if after and after[0].form == "then":
        after = [decide(after[0]), *after[1:]]
    calls = [part for part in before if _is_call(part.words, clause)]
    rest = [part for part in before if part not in calls]
    return [*calls, Part(_without_commas(condition), CONDITION), *rest, *_split(after, clause)]


def _reason_last(words: Words) -> Words:
    """`because it rained, we stayed` as `we stayed because it rained`: what is told comes before its why."""
    end = next((at for at, word in enumerate(words) if word.form == ","), 0)
    if not end or words[0].form != "because" or words[0].signs is not None:
        return words
    return [*words[end + 1 :], *words[:end]]


def _cleft(words: Words, clause: Clause) -> list[Part] | None:
    """`what I want is water` asks itself and answers: IX-1 WANT WHAT | WATER."""
    if clause.question or len(words) < 5 or words[0].form not in ("what", "where", "who") or words[0].signs is not None:
        return None
    if not clause.is_(words[1], "nominative"):
        return None
    at = next(
        (at for at, word in enumerate(words) if at > 2 and word.tag == "be" and words[at - 1].tag == "verb"), None
    )
    if at is None or at + 1 >= len(words):
        return None
    asked = replace(words[0], signs=(words[0].form.upper(),), marks=("rhetorical",))
    return [Part([*words[1:at], asked]), Part(words[at + 1 :])]


def _split(words: Words, clause: Clause) -> list[Part]:
    if (cleft := _cleft(words, clause)) is not None:
        return cleft
    parts: list[Words] = [[]]
    for at, word in enumerate(words):
        if _starts_clause(words, at, clause, parts[-1]):
            parts.append([])
        if _is_tag(words[at:], clause):
            break
        if word.form != ",":
            parts[-1].append(word)
    return [Part(part) for part in parts if any(not word.silent for word in part)]


def _without_commas(words: Words) -> Words:
    return [word for word in words if word.form != ","]


def _condition(words: Words, clause: Clause) -> tuple[int, int]:
    """Where a condition begins and ends; twice the same index when there is none."""
    for at, word in enumerate(words):
        if word.form in ("if", "when") and word.signs is None and _is_condition(words, at, clause):
            return at, _condition_end(words, at, clause)
    return 0, 0


def _is_condition(words: Words, at: int, clause: Clause) -> bool:
    """Whether `if` or `when` begins a condition: not after `know`, `ask`, and `when` not where it asks."""
    if at + 2 > len(words) - 1:
        return False
    if at > 0 and clause.is_(words[at - 1], "mind") and words[at - 1].tag != "adjective":
        return False
    after = words[at + 1]
    if words[at].form == "if":
        return True
    subject = clause.is_(after, "nominative", "article", "possessive", "pointing") or after.tag in ("name", "noun")
    return subject and not (clause.question and not any(word.form == "," for word in words[at:]) and at < 2)


def _condition_end(words: Words, at: int, clause: Clause) -> int:
    """Index behind the condition: its comma, `then`, or the next subject after its verb."""
    for index in range(at + 1, len(words)):
        if words[index].form in (",", "then"):
            return index
    if any(not word.silent and not _is_call([word], clause) and word.role != "time" for word in words[:at]):
        return len(words)
    verbs = 0
    for index in range(at + 1, len(words)):
        word = words[index]
        if verbs and (clause.is_(word, "nominative") or word.form == "please") and index > at + 2:
            return index
        verbs += word.tag in ("verb", "be", "have")
    return len(words)


def _is_call(words: Words, clause: Clause) -> bool:
    return bool(words) and all(is_interjection(word, clause) or word.silent or word.form == "," for word in words)


def _is_tag(rest: Words, clause: Clause) -> bool:
    """Whether `, isn't it` and the like is all that is left of a question: the face asks, nothing is signed."""
    if not clause.question or rest[0].form != ",":
        return False
    if len(rest) == 2:
        return rest[1].form in ("right", "ok", "okay", "yes", "no", "huh")
    if len(rest) not in (3, 4):
        return False
    auxiliary, *negation, pronoun = rest[1:]
    asks = clause.is_(auxiliary, "be", "do", "have", "modal")
    return asks and all(word.form == "not" for word in negation) and clause.is_(pronoun, "nominative")


def _starts_clause(words: Words, at: int, clause: Clause, so_far: Words) -> bool:
    """Whether a clause begins at this word: after an interjection, at `because`, at `and she`, at `, she`."""
    if not any(not word.silent for word in so_far):
        return False
    here, before = words[at], words[at - 1]
    after = words[at + 1] if at + 1 < len(words) else None
    if here.form == "because":
        return True
    if all(is_interjection(word, clause) for word in so_far) and not is_interjection(here, clause):
        return before.form == "," or _is_greeting(so_far, here, clause)
    if before.form == ",":
        if is_interjection(here, clause) or clause.is_(here, "nominative"):
            return True
        if clause.is_(here, "joining"):
            both = _has_verb(words[at + 1 :]) and _has_verb(so_far)
            return _opens(after, clause) or (both and not _is_list(words, at))
        rest = _until_comma(words[at:])
        if before.text in (":", ";") or (_is_timed(so_far) and here.role != "time" and _is_timed(rest)):
            return True
        named = any(word.tag in ("noun", "name", "adjective") and not word.role for word in so_far)
        if (_is_placed(so_far, clause) and _is_placed(rest, clause)) or (
            named and not _has_verb(so_far) and _is_imperative(here)
        ):
            return True
        if here.role == "time":
            return _has_verb(so_far) and _has_verb(rest)
        return _has_verb(so_far) and _has_verb(words[at:]) and _is_subject(words, at, clause)
    if not clause.is_(here, "joining"):
        return False
    if _has_verb(so_far) and after is not None and after.tag in _PHRASES and _is_subject(words, at + 1, clause):
        return True
    if not _opens(after, clause):
        return False
    return here.form == "but" or (
        _has_verb(so_far) and (after is None or after.role != "time" or _has_verb(words[at:]))
    )


def _is_timed(words: Words) -> bool:
    return any(word.role == "time" for word in words)


def _is_placed(words: Words, clause: Clause) -> bool:
    """Whether a clause says where: `in the north`."""
    places = clause.vocabulary.classes["place"]
    return any(word.tag == "preposition" for word in words) and any(word.lemma in places for word in words)


def _is_imperative(word: Word) -> bool:
    return word.tag == "verb" and word.form == word.lemma and word.signs is None


def _until_comma(words: Words) -> Words:
    return words[: next((at for at, word in enumerate(words) if word.form == ","), len(words))]


def _is_list(words: Words, at: int) -> bool:
    """Whether a comma before `and` closes a list: `bread, milk, and eggs`."""
    return sum(word.form == "," for word in words[:at]) > 1


def _has_verb(words: Words) -> bool:
    for word in words:
        if word.form == ",":
            return False
        if word.tag in ("verb", "be", "have", "modal", "do"):
            return True
    return False


def _is_subject(words: Words, at: int, clause: Clause) -> bool:
    """Whether a noun phrase with its verb stands here: `, the roads are closed`, `, close the window`."""
    if words[at].tag in ("verb", "modal"):
        return words[at].form == words[at].lemma
    for word in words[at:]:
        if word.tag in ("verb", "be", "have", "modal", "do"):
            return True
        if word.tag not in ("article", "possessive", "determiner", "adjective", "noun", "name", "number", "time"):
            return False
    return False


def _opens(word: Word | None, clause: Clause) -> bool:
    """Whether a clause can begin with it: a subject pronoun, a time, please."""
    return word is not None and (clause.is_(word, "nominative") or word.role == "time" or word.form == "please")


def is_interjection(word: Word, clause: Clause) -> bool:
    """Whether it is signed like hello, please, yes: by itself, before or after a clause."""
    if word.form == "no" and word.tag == "determiner":
        return False
    sign = word.signs[0] if word.signs else clause.sign(word) if word.signs is None else None
    return sign in clause.vocabulary.classes["interjection"]


def _is_greeting(so_far: Words, here: Word, clause: Clause) -> bool:
    """`Hello my name ...`, `Yes I can` without a comma; please and a single no stay with what follows."""
    sign = clause.sign(so_far[-1]) or ""
    return sign in ("HELLO", "YES") or (sign in ("NO", "SORRY") and clause.is_(here, "nominative"))


def marked(words: Words, mark: str) -> Words:
    """The words with one more mark of the face."""
    return [replace(word, marks=(*word.marks, mark)) for word in words]
