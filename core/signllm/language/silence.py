"""Rules about what is not signed, what is left to look up, and the final order."""

from __future__ import annotations

from signllm.language.clause import Clause, Words
from signllm.language.words import Word, decide


def drop_weather_it(words: Words, clause: Clause) -> Words:
    """`it is raining` is RAIN: the it of weather and clock time points at nothing."""
    weather = clause.vocabulary.classes["weather"]
    rest = [word for word in words if word.form != "it" and not word.role and not _says_nothing(word, clause)]
    told = all(word.lemma in weather or word.form in weather for word in rest)
    clock = any(word.role == "question" and "TIME" in (word.signs or ()) for word in words) and not rest
    if not (clock or (rest and told)):
        return words
    return [decide(word) if word.form == "it" else word for word in words]


def _says_nothing(word: Word, clause: Clause) -> bool:
    return (
        word.silent
        or clause.is_(word, "be", "modal", "silent", "do")
        or word.form in ("not", "again", "very", "too", "already", "if")
        or word.signs in (("FINISH",), ("fs:WILL",))
    )


def drop_silent(words: Words, clause: Clause) -> Words:
    """Articles, the copula and prepositions that space shows are not signed; `come in` keeps its in."""
    found: Words = []
    for at, word in enumerate(words):
        last = at + 1 == len(words) or words[at + 1].form in ("and", "or")
        particle = word.form in ("in", "on") and last and at > 0
        if word.signs is None and clause.is_(word, "silent") and not particle:
            found.append(decide(word))
        elif word.form == "because" and word.signs is None:
            found.append(decide(word, "WHY"))
        elif word.form == "one" and at > 0 and words[at - 1].silent and words[at - 1].form == "the":
            found.append(decide(word))
        else:
            found.append(word)
    return found


def look_up(words: Words, clause: Clause) -> Words:
    """Every word left becomes its sign, or its letters."""
    return [word if word.signs is not None else decide(word, *clause.signs(word)) for word in words]


def time_first_question_last(words: Words, clause: Clause) -> Words:
    """Time words to the front of the clause, question words to its end."""
    times = [word for word in words if word.role == "time"]
    questions = [word for word in words if word.role == "question"]
    return [*times, *(word for word in words if word.role not in ("time", "question")), *questions]
