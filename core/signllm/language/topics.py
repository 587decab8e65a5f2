"""Rules about what is named first: the place of a scene, a definite thing that is handled, a heavy subject."""

from __future__ import annotations

from typing import Final

from signllm.language.clause import Clause, Words
from signllm.language.clauses import marked
from signllm.language.words import Word, decide
from signllm.source import PAUSE

_PLACING: Final = frozenset("in at on across near throughout over along around from".split())
_MODIFIERS: Final = frozenset({"article", "possessive", "determiner", "adjective", "number", "name"})
_PHRASES: Final = frozenset({"article", "possessive", "determiner", "noun", "adjective"})
_RELATIVES: Final = frozenset({"who", "which", "that", "whose"})
_HEAVY: Final = 4
"""Words with a sign or letters that make a subject heavy."""


def pause(text: str = PAUSE) -> Word:
    """The gloss in which the hands hold still between two clauses."""
    return Word(text, "", "", signs=(PAUSE,), tag="pause")


def front_place(words: Words, clause: Clause) -> Words:
    """`storms in the north` is NORTH STORM: where something happens is said before what happens."""
    if clause.question or not _sets_scene(words, clause):
        return words
    for at, word in enumerate(words):
        if word.form in _PLACING and word.signs is None and at > 0:
            end = _phrase_end(words, at + 1)
            head = words[end - 1]
            if end < len(words) and words[end].form == "to":
                continue
            if end > at + 1 and (head.lemma in clause.vocabulary.classes["place"] or head.tag == "name"):
                end = _further_places(words, end, clause)
                place = [decide(word), *words[at + 1 : end]]
                start = 1 if _opens_with_answer(words, clause) else 0
                return [*words[:start], *place, *words[start:at], *words[end:]]
    return words


def _further_places(words: Words, end: int, clause: Clause) -> int:
    """Index behind `and the south`, as often as that follows."""
    while end + 1 < len(words) and words[end].form == "and":
        after = _phrase_end(words, end + 1 + (words[end + 1].form in _PLACING))
        if after == end + 1 or words[after - 1].lemma not in clause.vocabulary.classes["place"]:
            break
        end = after
    return end


def _sets_scene(words: Words, clause: Clause) -> bool:
    """Whether the clause says that there is something, or what the weather is like: nobody does anything in it."""
    scene = clause.vocabulary.classes["scene"]
    for word in words:
        if word.role == "time" or word.silent or word.form == "it" or word.signs in (("NOT",), ("MORE",)):
            continue
        if clause.is_(word, "be", "modal", "article", "silent") or word.tag in ("adverb", "adjective", "determiner"):
            if (word.signs or (clause.sign(word),))[-1] in scene:
                return True
            continue
        return (word.signs or (clause.sign(word),))[-1] in scene
    return False


def _opens_with_answer(words: Words, clause: Clause) -> bool:
    return bool(words) and words[0].signs in (("YES",), ("NO",))


def _phrase_end(words: Words, at: int) -> int:
    """Index behind a noun phrase that begins at `at`; `at` when there is none."""
    end = at
    while end < len(words) and (words[end].tag in _MODIFIERS) and not words[end].role:
        end += 1
    nouns = end
    while nouns < len(words) and words[nouns].tag in ("noun", "name") and not words[nouns].role:
        nouns += 1
    if nouns < len(words) - 1 and words[nouns].form == "of" and nouns > at:
        inner = _phrase_end(words, nouns + 1)
        return inner if inner > nouns + 1 else nouns
    named = end > at and words[end - 1].tag == "name"
    return nouns if nouns > end or named else at


def front_topic(words: Words, clause: Clause) -> Words:
    """A definite thing that is handled comes first and is the topic; so does a subject of many words."""
    if clause.question or any(word.role == "question" for word in words):
        return words
    return _object_first(words, clause) or _heavy_subject(words, clause) or words


def _object_first(words: Words, clause: Clause) -> Words | None:
    if any(word.form == "not" or word.signs in (("CANNOT",), ("NOT",)) for word in words):
        return None
    classes = clause.vocabulary.classes
    for at, word in enumerate(words[:-1]):
        if word.tag != "verb" or (*clause.signs(word), "")[0] not in classes["handling"]:
            continue
        if any(clause.is_(other, "mind") for other in words[:at]):
            return None
        end = _phrase_end(words, at + 1)
        definite = clause.is_(words[at + 1], "definite") and words[at + 1].signs is None
        if not definite or end == at + 1 or (*clause.signs(words[end - 1]), "")[0] in classes["person"]:
            return None
        topic = marked(words[at + 1 : end], "topic")
        times = [other for other in words if other.role == "time"]
        rest = [other for other in (*words[: at + 1], *words[end:]) if other.role != "time"]
        return [*times, *topic, pause(), *rest]
    return None


def _heavy_subject(words: Words, clause: Clause) -> Words | None:
    start = next((at for at, word in enumerate(words) if word.role != "time" and not word.silent), len(words))
    verbs = [at for at, word in enumerate(words) if at > start and _finite(word)]
    related = any(word.silent and word.form in _RELATIVES for word in words[start : verbs[0]]) if verbs else False
    if related and len(verbs) > 1 and words[start].tag in _PHRASES:
        return [*words[:start], *marked(words[start : verbs[1]], "topic"), pause(), *words[verbs[1] :]]
    verb = verbs[0] if verbs else None
    if verb is None or words[start].tag not in _PHRASES:
        return None
    subject = words[start:verb]
    heavy = [word for word in subject if not word.silent and not clause.is_(word, "silent")]
    plain = all(
        word.tag in (*_MODIFIERS, "noun", "preposition") or word.silent or word.form in ("and", "of")
        for word in subject
    )
    joined = any(word.tag == "preposition" and word.form != "of" for word in subject)
    if len(heavy) < _HEAVY or not plain or not joined or verb + 1 >= len(words):
        return None
    return [*words[:start], *marked(subject, "topic"), pause(), *words[verb:]]


def _finite(word: Word) -> bool:
    return word.tag in ("be", "have", "modal", "do", "verb") and (word.signs is None or bool(word.signs))


def settle_topics(words: Words) -> Words:
    """Topics whose words all turned out silent leave no pause behind."""
    found: Words = []
    for word in words:
        said = any(not other.silent and other.signs != (PAUSE,) for other in found)
        if word.signs == (PAUSE,) and (not said or (found and found[-1].signs == (PAUSE,))):
            continue
        found.append(word)
    while found and found[-1].signs == (PAUSE,):
        found.pop()
    return found
