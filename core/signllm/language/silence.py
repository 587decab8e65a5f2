"""Rules about what is not signed, what is left to look up, and the final order."""

from __future__ import annotations

from dataclasses import replace

from signllm.language.clause import Clause, Words
from signllm.language.words import Word, decide


def drop_weather_it(words: Words, clause: Clause) -> Words:
    """`it is raining` is RAIN: the it of weather and clock time points at nothing."""
    weather = clause.vocabulary.classes["weather"]
    rest = [word for word in words if word.form != "it" and not word.role and not _says_nothing(word, clause)]
    told = all(word.lemma in weather or word.form in weather for word in rest)
    clock = any(word.role in ("question", "clock") and "TIME" in (word.signs or ()) for word in words) and not rest
    if not (clock or (rest and told)):
        return [decide(word) if _is_rained(words, at, clause) else word for at, word in enumerate(words)]
    return [decide(word) if word.form == "it" else word for word in words]


def _is_rained(words: Words, at: int, clause: Clause) -> bool:
    """Whether a word is the it of `it rains` inside a longer clause."""
    if words[at].form != "it" or words[at].signs is not None:
        return False
    rest = (word for word in words[at + 1 :] if not clause.is_(word, "be", "modal", "do") and not word.silent)
    after = next((word for word in rest if word.tag not in ("adverb", "negation", "have") and not word.signs), None)
    return after is not None and after.tag == "verb" and after.lemma in ("rain", "snow", "thunder", "freeze")


def _says_nothing(word: Word, clause: Clause) -> bool:
    return (
        word.silent
        or clause.is_(word, "be", "modal", "silent", "do", "seeming")
        or word.lemma in clause.vocabulary.classes["place"]
        or word.tag == "adverb"
        or word.form in ("not", "again", "very", "too", "already", "if", "get", "gets", "getting", "because")
        or word.signs in (("FINISH",), ("FUTURE",), ("fs:IF",), ("fs:WHEN",), ("NOT",))
    )


def drop_silent(words: Words, clause: Clause) -> Words:
    """Articles, the copula and prepositions that space shows are not signed; `come in` keeps its in."""
    found: Words = []
    for at, word in enumerate(words):
        last = words[at + 1].form in ("and", "or") if at + 1 < len(words) else True
        last = last or all(later.role == "time" for later in words[at + 1 :])
        particle = word.form in ("in", "on") and last and at > 0
        if word.form == "because" and word.signs is None:
            found.append(decide(word, _because(words, clause)))
        elif word.form == "and" and word.signs is None and _joins_numbers(words, at):
            found.append(decide(word, "AND"))
        elif word.signs is None and clause.is_(word, "silent") and not particle:
            found.append(decide(word))
        elif word.form == "one" and at > 0 and words[at - 1].silent and words[at - 1].form == "the":
            found.append(decide(word))
        else:
            found.append(word)
    return found


def _because(words: Words, clause: Clause) -> str:
    """The rhetorical WHY for a reason that is told; BECAUSE where somebody asks or something is denied."""
    denied = any(word.form == "not" or word.signs in (("CANNOT",), ("NOT",)) for word in words)
    return "BECAUSE" if clause.question or denied else "WHY"


def _joins_numbers(words: Words, at: int) -> bool:
    """Whether an `and` stands between two numbers, where a short break would not be seen."""
    if not 0 < at < len(words) - 1:
        return False
    return words[at - 1].role == words[at + 1].role == "number"


def look_up(words: Words, clause: Clause) -> Words:
    """Every word left becomes its sign, or its letters."""
    return [
        word if word.signs is not None else decide(replace(word, guess=clause.is_guessed(word)), *clause.signs(word))
        for word in words
    ]


def time_first_question_last(words: Words, clause: Clause) -> Words:
    """Time words to the front of the clause, behind BUT and the WHY of a reason; question words to its end."""
    if words and words[0].form in ("because", "but") and words[0].signs:
        return [words[0], *time_first_question_last(words[1:], clause)]
    times = [word for word in words if word.role == "time"]
    questions = [word for word in words if word.role == "question"]
    return [*times, *(word for word in words if word.role not in ("time", "question")), *questions]
