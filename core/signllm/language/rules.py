"""English word order into ASL word order: small rules, one after the other, over the words of one sentence.

The rules, in order (examples on the right are glosses):

1. time expressions and clock times         "tonight", "at 10"          NOW NIGHT, TIME num:10
2. phrases that are one sign or idiom       "thank you very much"       THANK-YOU
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

from collections.abc import Sequence

from signllm.language.clause import Clause, Rule, Words
from signllm.language.clauses import split_clauses
from signllm.language.questions import find_question_word, undo_inversion
from signllm.language.sentence_rules import find_clock, find_phrases, find_times, guard_senses
from signllm.language.silence import drop_silent, drop_weather_it, look_up, time_first_question_last
from signllm.language.verbs import sign_auxiliaries
from signllm.language.vocabulary import Vocabulary
from signllm.language.words import SentenceWords

_SENTENCE_RULES: tuple[Rule, ...] = (find_times, find_clock, find_phrases, guard_senses)
_CLAUSE_RULES: tuple[Rule, ...] = (
    find_question_word,
    undo_inversion,
    sign_auxiliaries,
    drop_weather_it,
    drop_silent,
    look_up,
    time_first_question_last,
)


def order_sentence(sentence: SentenceWords, vocabulary: Vocabulary) -> tuple[Words, list[str]]:
    """Words in ASL order, each with its signs decided, and the trace: one line for each rule that changed them."""
    clause = Clause(vocabulary, question=sentence.mark == "?")
    words, trace = _apply(_SENTENCE_RULES, list(sentence.words), clause)
    ordered: Words = []
    for part in split_clauses(words, clause):
        done, lines = _apply(_CLAUSE_RULES, part, clause)
        ordered.extend(done)
        trace.extend(lines)
    return ordered, trace


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
