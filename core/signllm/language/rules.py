"""English word order into ASL word order: small rules, one after the other, over the words of one sentence.

The rules, in order (examples on the right are glosses):

1. phrases that are one sign or idiom       "thank you very much"       THANK-YOU
2. time expressions, to the front later     "tonight"                   NOW NIGHT
3. senses that the sign does not have       "looks like rain"           fs:LIKE
4. clauses: interjections, "but she ...", "because ..."; each is ordered by itself
5. question words to the end                "what do you want"          IX-2 WANT WHAT
6. auxiliaries: do and be are silent, a yes/no question keeps statement order, the perfect and a simple past
   without a time word are FINISH before the verb, will is silent beside a time word and spelled without
7. weather has no it                        "it is raining"             RAIN
8. articles and most prepositions are silent; for, with, without, before, after ... are spelled
9. every other word is its sign, or is spelled
10. time first, question word last.

NOT stays in its English place, before the word that it negates: IX-1 NOT UNDERSTAND.
"Because" is the rhetorical WHY: IX-1 HAPPY WHY IX-2 COME.
Source: sentence types of ASL as taught to beginners; not reviewed by Deaf signers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from signllm.language.vocabulary import Phrases, Sense, Vocabulary
from signllm.language.words import SentenceWords, Word, decide, merge

Words = list[Word]


@dataclass(frozen=True)
class Clause:
    """What the rules must know about the clause whose words they order."""

    vocabulary: Vocabulary
    question: bool

    def is_(self, word: Word | None, *classes: str) -> bool:
        """Whether an undecided word belongs to one of the classes of the vocabulary."""
        return word is not None and any(word.form in self.vocabulary.classes[name] for name in classes)

    def sign(self, word: Word) -> str | None:
        """The sign of an undecided word by its form or base form."""
        signs = self.vocabulary.sign_of
        if word.form in self.vocabulary.classes["as_written"] and word.form not in signs:
            return None
        return signs.get(word.form) or signs.get(word.lemma)

    def is_verb(self, word: Word) -> bool:
        """Whether it is one of the verbs that have a sign."""
        sign = word.signs[-1] if word.signs else self.sign(word) if word.signs is None else None
        return sign in self.vocabulary.classes["verb"]


def order_sentence(sentence: SentenceWords, vocabulary: Vocabulary) -> tuple[Words, list[str]]:
    """Words in ASL order, each with its signs decided, and the trace: one line for each rule that changed them."""
    clause = Clause(vocabulary, question=sentence.mark == "?")
    words, trace = _apply(_SENTENCE_RULES, list(sentence.words), clause)
    ordered: Words = []
    for part in _clauses(words, clause):
        done, lines = _apply(_CLAUSE_RULES, part, clause)
        ordered.extend(done)
        trace.extend(lines)
    return ordered, trace


Rule = Callable[[Words, Clause], Words]


def _apply(rules: Sequence[Rule], words: Words, clause: Clause) -> tuple[Words, list[str]]:
    trace = []
    for rule in rules:
        changed = rule(words, clause)
        if changed != words:
            trace.append(f"{rule.__name__}: {_line(changed)}")
        words = changed
    return words, trace


def _line(words: Words) -> str:
    return " ".join(" ".join(word.signs) if word.signs is not None else word.form for word in words if not word.silent)


# Rules over a whole sentence


def find_phrases(words: Words, clause: Clause) -> Words:
    """Idioms become their signs; each sign of an idiom is a word, so that the order rules see it."""
    found: Words = []
    for group, signs in _longest_matches(words, clause.vocabulary.phrases):
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
    for group, signs in _longest_matches(words, clause.vocabulary.times):
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
    return found


def _time_at(words: Words, at: int, clause: Clause) -> tuple[int, tuple[str, ...]]:
    here, after, third = ([*words[at : at + 3], None, None, None])[:3]
    assert here is not None
    if here.role == "time":
        part_of_day = clause.is_(after, "unit") and after is not None and after.lemma in _PARTS_OF_DAY
        return (2, (*(here.signs or ()), *_signs(after, clause))) if part_of_day and after else (0, ())
    if here.form in ("next", "last", "every") and after is not None and clause.is_(after, "unit", "weekday", "month"):
        if after.lemma == "time":
            return 0, ()
        return 2, (f"fs:{here.form.upper()}", *_signs(after, clause))
    if here.form in ("on", "in") and after is not None and clause.is_(after, "weekday", "month"):
        return 2, _signs(after, clause)
    if clause.is_(here, "weekday", "month") and here.signs is None:
        return 1, _signs(here, clause)
    if after is not None and third is not None and third.form == "ago" and after.lemma in clause.vocabulary.classes["unit"]:
        number = ("num:1",) if here.form in ("a", "an") else here.signs or ()
        return (3, (*number, *_signs(after, clause), "fs:AGO")) if number else (0, ())
    return 0, ()


_PARTS_OF_DAY = frozenset("morning afternoon evening night".split())


def _signs(word: Word | None, clause: Clause) -> tuple[str, ...]:
    """The signs of a word by look-up alone: its sign, or its letters."""
    if word is None:
        return ()
    return word.signs if word.signs is not None else (clause.sign(word) or spell(word, clause),)


def _longest_matches(words: Words, phrases: Phrases) -> Iterator[tuple[Words, tuple[str, ...] | None]]:
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


def guard_senses(words: Words, clause: Clause) -> Words:
    """Words whose neighbours show another sense than the sign's are spelled, or silent."""
    return [_guarded(words, at, clause) for at in range(len(words))]


def _guarded(words: Words, at: int, clause: Clause) -> Word:
    word = words[at]
    if word.signs is not None and word.role != "number":
        return word
    before = _names_of(words[at - 1] if at > 0 else None, "@start")
    after = _names_of(words[at + 1] if at + 1 < len(words) else None, "@end")
    for sense in clause.vocabulary.senses.get(word.form, ()):
        if _holds(sense, word, before, after):
            return replace(word, signs=sense.signs)
    return word


def _holds(sense: Sense, word: Word, before: frozenset[str], after: frozenset[str]) -> bool:
    return (
        (not sense.previous or bool(sense.previous & before))
        and (not sense.next or bool(sense.next & after))
        and not sense.unless_previous & before
        and not sense.unless_next & after
        and (word.capital or not sense.capital)
    )


def _names_of(word: Word | None, edge: str) -> frozenset[str]:
    """The names by which a sense can ask for a neighbour."""
    if word is None or word.form == ",":
        return frozenset({edge})
    names = {word.form}
    if word.role == "number":
        names.add("@number")
    if word.role == "time":
        names.add("@end")
    if word.capital:
        names.add("@name")
    return frozenset(names)


# Clauses


def _clauses(words: Words, clause: Clause) -> list[Words]:
    """The sentence in clauses that are ordered one by one, commas gone."""
    parts: list[Words] = [[]]
    for at, word in enumerate(words):
        if _starts_clause(words, at, clause, parts[-1]):
            parts.append([])
        if word.form != ",":
            parts[-1].append(word)
    return [part for part in parts if part]


def _starts_clause(words: Words, at: int, clause: Clause, so_far: Words) -> bool:
    """Whether a clause begins at this word: after an interjection, at `because`, at `and she`, at `, she`."""
    if not so_far:
        return False
    here, before = words[at], words[at - 1]
    after = words[at + 1] if at + 1 < len(words) else None
    if here.form == "because":
        return True
    if all(_is_interjection(word, clause) for word in so_far) and not _is_interjection(here, clause):
        return before.form == "," or _is_greeting(so_far, here, clause)
    if before.form == ",":
        imperative = _is_interjection(here, clause) or clause.is_(here, "nominative")
        return imperative or (clause.is_(here, "joining") and _opens(after, clause))
    return clause.is_(here, "joining") and _opens(after, clause)


def _opens(word: Word | None, clause: Clause) -> bool:
    """Whether a clause can begin with it: a subject pronoun, a time, please."""
    return word is not None and (clause.is_(word, "nominative") or word.role == "time" or word.form == "please")


def _is_interjection(word: Word, clause: Clause) -> bool:
    sign = word.signs[0] if word.signs else clause.sign(word) if word.signs is None else None
    return sign in clause.vocabulary.classes["interjection"]


def _is_greeting(so_far: Words, here: Word, clause: Clause) -> bool:
    """`Hello my name ...`, `Yes I can` without a comma; please and a single no stay with what follows."""
    sign = clause.sign(so_far[-1]) or ""
    return sign in ("HELLO", "YES") or (sign in ("NO", "SORRY") and clause.is_(here, "nominative"))


# Rules over one clause


def find_question_word(words: Words, clause: Clause) -> Words:
    """A question word becomes one word with the role `question`; it moves to the end in the last rule."""
    start = _first(words, clause)
    found: Words = []
    at = 0
    for group, signs in _longest_matches(words, clause.vocabulary.questions):
        if signs is not None and _asks(words, at, len(group), start, clause):
            found.append(merge(group, signs, "question"))
        else:
            found.extend(replace(word, signs=("fs:WHEN",)) if word.form == "when" else word for word in group)
        at += len(group)
    return found


def _first(words: Words, clause: Clause) -> int:
    """Index of the first word that is no time, conjunction or interjection."""
    for at, word in enumerate(words):
        skipped = word.role == "time" or clause.is_(word, "joining") or _is_interjection(word, clause)
        if not skipped and not word.silent:
            return at
    return len(words)


def _asks(words: Words, at: int, length: int, start: int, clause: Clause) -> bool:
    """Whether the question word asks: it begins a question, or follows a verb of knowing or saying."""
    after = words[at + length] if at + length < len(words) else None
    if at == start and (clause.question or clause.is_(after, "be", "do", "modal")):
        return True
    return at > 0 and (clause.is_(words[at - 1], "mind") or (clause.question and after is None))


def undo_inversion(words: Words, clause: Clause) -> Words:
    """`can you help` as `you can help`: the auxiliary goes back behind its subject."""
    asks = any(word.role == "question" for word in words)
    start = _first([word if word.role != "question" else replace(word, role="time") for word in words], clause)
    if start >= len(words) or not clause.is_(words[start], "do", "be", "have", "modal"):
        return words
    subject = start + 1
    follower = words[subject] if subject < len(words) else None
    if not (clause.question or asks or (clause.is_(follower, "nominative") and not clause.is_(words[start], "have"))):
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
    if clause.is_(words[at], "article", "possessive") or (clause.is_(words[at], "pointing") and _is_noun(words, end, clause)):
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


def sign_auxiliaries(words: Words, clause: Clause) -> Words:
    """Auxiliaries are silent or become FINISH; `going to` is the future; a simple past without a time is FINISH."""
    timed = any(word.role == "time" for word in words)
    words = _going_to(words, clause)
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
        return decide(word) if timed else decide(word, "fs:WILL")
    if clause.is_(word, "have") and _is_perfect(rest, clause):
        negated = any(later.form == "not" for later in rest[:2])
        done = any(clause.sign(later) == "FINISH" for later in rest[:3] if later.signs is None)
        been = any(later.form == "been" for later in rest[:2])
        return decide(word) if negated or done or been else decide(word, "FINISH")
    return word


def _is_perfect(rest: Words, clause: Clause) -> bool:
    """Whether a participle follows `have`, perhaps after not, already, just or never."""
    for word in rest[:3]:
        if word.form in ("not", "already", "just", "never", "ever"):
            continue
        regular = word.form.endswith("ed") and word.lemma != word.form
        return clause.is_(word, "participle") or (regular and word.signs is None)
    return False


def _past(words: Words, timed: bool, clause: Clause) -> Words:
    """FINISH before a completed action in the simple past, when no time word says when."""
    marked = any(word.signs is None and clause.sign(word) == "FINISH" or word.signs == ("FINISH",) for word in words)
    negated = any(word.form == "not" for word in words)
    if timed or marked or negated:
        return words
    asked = any(word.form == "did" and word.silent for word in words)
    found: Words = []
    for at, word in enumerate(words):
        if _is_past(words, at, asked, clause):
            found.append(replace(word, form="", signs=("FINISH",)))
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
        or word.form in ("not", "again", "very", "too", "already")
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
    return [word if word.signs is not None else decide(word, *_signs(word, clause)) for word in words]


def spell(word: Word, clause: Clause) -> str:
    """`fs:` and the letters: names as written, other words in their base form, since ASL does not inflect."""
    as_written = word.capital or clause.is_(word, "as_written")
    return f"fs:{(word.form if as_written else word.lemma).upper()}"


def time_first_question_last(words: Words, clause: Clause) -> Words:
    """Time words to the front of the clause, question words to its end."""
    times = [word for word in words if word.role == "time"]
    questions = [word for word in words if word.role == "question"]
    return [*times, *(word for word in words if word.role not in ("time", "question")), *questions]


_SENTENCE_RULES: tuple[Rule, ...] = (find_times, find_phrases, guard_senses)
_CLAUSE_RULES: tuple[Rule, ...] = (
    find_question_word,
    undo_inversion,
    sign_auxiliaries,
    drop_weather_it,
    drop_silent,
    look_up,
    time_first_question_last,
)
