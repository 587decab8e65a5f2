"""English word order into ASL word order: small rules, one after the other, over the words of one sentence.

The rules, in order (examples on the right are glosses):

1. time expressions and clock times         "tonight", "at 10"          NOW NIGHT, TIME num:10
2. phrases that are one sign or idiom       "thank you very much"       THANK-YOU
3. the part of speech of each word, and its sense: a guard for each ambiguous word, spelled when it is not sure
4. clauses: interjections, "but she ...", "because ..."; a condition before what follows from it
5. question words to the end                "what do you want"          IX-2 WANT WHAT
6. negation                                 "I can't", "no train"       IX-1 CANNOT, TRAIN NONE
7. auxiliaries: do and be are silent, a yes/no question keeps statement order, the perfect and a simple past
   without a time word are FINISH before the verb, will is silent beside a time word and FUTURE without;
   what goes on and on is signed twice       "kept reading"             READ READ
8. how many                                 "several people"            MANY PEOPLE
9. place first when it sets the scene       "a storm in the north"      NORTH STORM
10. a definite thing that is handled, or a heavy subject, is the topic   "Open the door."  DOOR | OPEN
11. weather has no it                       "it is raining"             RAIN
12. articles and most prepositions are silent; in (when it is said), with, for are signed
13. every other word is its sign, or is spelled
14. time first, question word last
15. the face: questions, topics, conditions, negation, answers, where persons have their places.

NOT stays in its English place, before the word that it negates: IX-1 NOT UNDERSTAND. FINISH stands before its verb,
as the first sentences of this project had it; signers also put it behind. "Because" is the rhetorical WHY: IX-1 HAPPY
WHY IX-2 COME. `|` is a pause: between clauses, after a topic and after a condition.
Source: sentence types of ASL as taught to beginners; not reviewed by Deaf signers.
"""

from __future__ import annotations

from collections.abc import Sequence

from signllm.language.clause import Clause, Rule, Words
from signllm.language.clauses import CONDITION, Part, marked, split_clauses
from signllm.language.faces import mark_answer, mark_question, mark_rhetorical, nod
from signllm.language.negation import mark_negation, sign_negation
from signllm.language.nouns import keep_in, sign_comparatives, sign_plurals
from signllm.language.questions import find_question_word, opens_with_auxiliary, undo_inversion
from signllm.language.senses import guard_senses
from signllm.language.sentence_rules import find_clock, find_phrases, find_times
from signllm.language.silence import drop_silent, drop_weather_it, look_up, time_first_question_last
from signllm.language.tagger import tag_words
from signllm.language.topics import front_place, front_topic, pause, settle_topics
from signllm.language.verbs import sign_auxiliaries
from signllm.language.vocabulary import Vocabulary
from signllm.language.words import SentenceWords, Word

_SENTENCE_RULES: tuple[Rule, ...] = (find_times, find_clock, find_phrases, tag_words, guard_senses)
_CLAUSE_RULES: tuple[Rule, ...] = (
    find_question_word,
    undo_inversion,
    sign_negation,
    sign_auxiliaries,
    sign_plurals,
    sign_comparatives,
    front_place,
    drop_weather_it,
    front_topic,
    keep_in,
    drop_silent,
    look_up,
    time_first_question_last,
)
_FACE_RULES: tuple[Rule, ...] = (mark_question, mark_negation, mark_answer, mark_rhetorical)


def order_sentence(sentence: SentenceWords, vocabulary: Vocabulary) -> tuple[Words, list[str]]:
    """Words in ASL order, each with its signs decided, and the trace: one line for each rule that changed them."""
    clause = Clause(vocabulary, question=sentence.mark == "?")
    words, trace = _apply(_SENTENCE_RULES, list(sentence.words), clause)
    parts = split_clauses(words, clause)
    done: list[tuple[Part, Words]] = []
    for part in parts:
        asks = clause.question and part.kind != CONDITION and not _is_call(part.words, clause)
        own = Clause(vocabulary, question=asks, polar=asks and opens_with_auxiliary(part.words, clause))
        ordered, lines = _apply(_CLAUSE_RULES, part.words, own)
        ordered, more = _apply(_FACE_RULES, settle_topics(ordered), own)
        if part.kind == CONDITION:
            real = any(word.signs == ("fs:IF",) for word in ordered)
            ordered = marked(ordered, "conditional" if real else "topic")
        elif done and done[-1][1] and done[-1][1][-1].signs == ("YES",):
            ordered = nod(ordered, own)
        done.append((part, ordered))
        trace.extend((*lines, *more))
    return _join(done), trace


def _join(parts: Sequence[tuple[Part, Words]]) -> Words:
    """All clauses with a pause between them; none beside PLEASE, which leans on its neighbour."""
    joined: Words = []
    for _, words in parts:
        if not any(not word.silent for word in words):
            continue
        if joined and not _leans(joined, words):
            joined.append(pause())
        joined.extend(words)
    return joined


def _leans(before: Words, after: Words) -> bool:
    """Whether two clauses belong to one breath: a polite word, or a reason behind its WHY."""
    said = [word for word in after if not word.silent]
    reason = bool(said) and said[0].form == "because" and said[0].signs == ("WHY",)
    last = [word for word in before if not word.silent]
    polite = {("PLEASE",), ("THANK-YOU",)}
    alone = len(said) == 1 and (said[0].signs in polite or said[0].tag in ("name", "noun", "number"))
    return reason or alone or (bool(last) and last[-1].signs == ("PLEASE",) and len(last) == 1)


def _is_call(words: Words, clause: Clause) -> bool:
    interjections = clause.vocabulary.classes["interjection"]
    return all(word.silent or clause.signs(word)[0] in interjections for word in words)


def _apply(rules: Sequence[Rule], words: Words, clause: Clause) -> tuple[Words, list[str]]:
    trace = []
    for rule in rules:
        changed = rule(words, clause)
        if changed != words and (line := _line(changed, rule)):
            trace.append(f"{rule.__name__}: {line}")
        words = changed
    return words, trace


def _line(words: Words, rule: Rule) -> str:
    said = [word for word in words if not word.silent]
    if rule is tag_words:
        return " ".join(f"{word.form}/{word.tag}" for word in said if word.signs is None)
    if rule in _FACE_RULES:
        return " ".join(_marked_line(word) for word in said)
    return " ".join(_shown(word) for word in said)


def _shown(word: Word) -> str:
    if word.signs is not None:
        return " ".join(word.signs)
    return f"{word.form}={word.sense}" if word.sense else word.form


def _marked_line(word: Word) -> str:
    return _shown(word) + (f"[{','.join(word.marks)}]" if word.marks else "")
