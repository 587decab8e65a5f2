"""Rules over a whole sentence: idioms, time expressions and clock times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from signllm.language.clause import Clause, Words
from signllm.language.numbers import is_hour
from signllm.language.spelling import spell
from signllm.language.vocabulary import Phrases
from signllm.language.words import Word, merge


def find_phrases(words: Words, clause: Clause) -> Words:
    """Idioms become their signs; each sign of an idiom is a word, so that the order rules see it."""
    found: Words = []
    for group, signs in longest_matches(words, clause.vocabulary.phrases):
        if signs is None:
            found.extend(group)
        elif not signs:
            found.append(merge(group, ()))
        else:
            text = " ".join(word.text for word in group)
            found.extend(Word(text, "", "", signs=(sign,)) for sign in signs)
    return found


def find_times(words: Words, clause: Clause) -> Words:
    """Time expressions become one word with the role `time`."""
    found: Words = []
    for group, signs in longest_matches(words, clause.vocabulary.times):
        found.extend(group if signs is None else [merge(group, signs, "time")])
    return _pattern_times(found, clause)


def _pattern_times(words: Words, clause: Clause) -> Words:
    """`next week`, `every Friday`, `on Monday`, `two weeks ago`, `tomorrow night`, `in May`."""
    found: Words = []
    at = 0
    while at < len(words):
        count, signs = _time_at(words, at, clause)
        found.append(merge(words[at : at + count], signs, "time") if count else words[at])
        at += max(count, 1)
    return _joined_times(found, clause)


def _joined_times(words: Words, clause: Clause) -> Words:
    """`today or tomorrow`, `before Monday` and `for Friday` are one time each."""
    found: Words = []
    for at, word in enumerate(words):
        before = found[-1] if found else None
        if word.role != "time" or before is None or before.signs is not None or _is_particle(found):
            found.append(word)
        elif before.form in _BOUNDS:
            found[-1] = merge([before, word], (*_BOUNDS[before.form], *(word.signs or ())), "time")
        elif before.form in ("or", "and") and _is_pair(found, words[at + 1 :], clause):
            first, joint = found[-2], (spell("or"),) if before.form == "or" else ()
            found[-2:] = [merge([first, before, word], (*(first.signs or ()), *joint, *(word.signs or ())), "time")]
        else:
            found.append(word)
    return found


def _is_particle(found: Words) -> bool:
    """Whether the last word belongs to the verb before it: `come in tomorrow`."""
    return len(found) > 1 and found[-1].form in ("in", "on") and found[-2].form in _WITH_PARTICLES


_WITH_PARTICLES: Final = frozenset("come comes came coming go goes went going get gets got let check log move".split())


def _is_pair(found: Words, rest: Words, clause: Clause) -> bool:
    """Whether a time stands before `or` and no new clause begins behind the second time."""
    return len(found) > 1 and found[-2].role == "time" and not (rest and clause.is_(rest[0], "nominative"))


_BOUNDS: Final = {
    "before": ("BEFORE",),
    "after": ("AFTER",),
    "until": ("fs:UNTIL",),
    "till": ("fs:UNTIL",),
    "since": ("fs:SINCE",),
    **dict.fromkeys(("for", "on", "in", "at", "by", "of", "from", "during"), ()),
}
"""What may stand before a time and belongs to it."""


def _time_at(words: Words, at: int, clause: Clause) -> tuple[int, tuple[str, ...]]:
    here, after, third = ([*words[at : at + 3], None, None, None])[:3]
    assert here is not None
    if here.role == "time":
        part_of_day = clause.is_(after, "unit") and after is not None and after.lemma in _PARTS_OF_DAY
        return (2, (*(here.signs or ()), *clause.signs(after))) if part_of_day and after else (0, ())
    if here.form in ("next", "last", "every") and after is not None and clause.is_(after, "unit", "weekday", "month"):
        if after.lemma == "time":
            return 0, ()
        return 2, (spell(here.form), *clause.signs(after))
    if here.form in ("on", "in") and after is not None and clause.is_(after, "weekday", "month"):
        return 2, clause.signs(after)
    if clause.is_(here, "weekday", "month") and here.signs is None:
        return 1, clause.signs(here)
    if (
        after is not None
        and third is not None
        and third.form == "ago"
        and after.lemma in clause.vocabulary.classes["unit"]
    ):
        number = ("num:1",) if here.form in ("a", "an") else here.signs or ()
        return (3, (*number, *clause.signs(after), "fs:AGO")) if number else (0, ())
    return 0, ()


_PARTS_OF_DAY = frozenset("morning afternoon evening night".split())


def longest_matches(words: Words, phrases: Phrases) -> Iterator[tuple[Words, tuple[str, ...] | None]]:
    """The words in groups: a phrase with its signs, or one word with None."""
    longest = max(map(len, phrases))
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            group = words[at : at + length]
            signs = phrases.get(tuple(word.form for word in group))
            if signs is not None and all(word.signs is None for word in group):
                yield group, signs
                break
        else:
            group = words[at : at + 1]
            yield group, None
        at += len(group)


def find_clock(words: Words, clause: Clause) -> Words:
    """`five o'clock` and `at 10` are TIME and the number; am and pm after it are spelled."""
    found: Words = []
    at = 0
    while at < len(words):
        count = _clock_at(words, at, clause)
        if not count:
            found.append(words[at])
            at += 1
            continue
        group = [word for word in words[at : at + count] if word.form != "at"]
        half = (spell(group[-1].form),) if group[-1].form in ("am", "pm") else ()
        found.append(merge(words[at : at + count], ("TIME", *(group[0].signs or ()), *half)))
        at += count
    return found


def _clock_at(words: Words, at: int, clause: Clause) -> int:
    """How many words from `at` tell a clock time."""
    start = at + (words[at].form == "at")
    if start >= len(words) or words[start].role != "number" or not is_hour(words[start].signs or ()):
        return 0
    after = words[start + 1] if start + 1 < len(words) else None
    if after is not None and after.form in ("oclock", "am", "pm"):
        return start + 2 - at
    ends = (
        after is None
        or after.role == "time"
        or after.form == ","
        or clause.is_(after, "joining", "do", "be", "modal", "nominative")
    )
    return 2 if ends and start > at else 0
