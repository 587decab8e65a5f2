"""The rule that chooses between the senses of a word: its guard names the sign, or has it spelled."""

from __future__ import annotations

from dataclasses import replace

from signllm.language.clause import Clause, Words
from signllm.language.conditions import SILENT, SPELLED, Condition
from signllm.language.spelling import spell
from signllm.language.words import Word, decide


def guard_senses(words: Words, clause: Clause) -> Words:
    """Each word with a guard gets the sign of its sense, or is spelled when the sense is another or not sure."""
    near = frozenset(name for word in words for name in (word.form, word.lemma) if name)
    return [_guarded(words, at, near, clause) for at in range(len(words))]


def _guarded(words: Words, at: int, near: frozenset[str], clause: Clause) -> Word:
    word = words[at]
    senses = clause.vocabulary.senses
    sense = senses.get(word.form) or senses.get(word.lemma)
    if sense is None or (word.signs is not None and word.form != "one"):
        return word
    before = words[at - 1] if at > 0 else None
    after = words[at + 1] if at + 1 < len(words) else None
    for signs, conditions in sense.choices:
        if any(_holds(condition, word, before, after, near, clause) for condition in conditions):
            return _chosen(word, signs, clause)
    return _chosen(word, SPELLED, clause)


def _chosen(word: Word, signs: str, clause: Clause) -> Word:
    if signs == SILENT:
        return decide(word)
    if signs == SPELLED:
        as_written = word.capital or clause.is_(word, "as_written")
        return decide(word, spell(word.form if as_written else word.lemma))
    if " " in signs or signs.startswith("fs:"):
        return decide(word, *signs.split())
    return replace(word, sense=signs)


def _holds(
    condition: Condition, word: Word, before: Word | None, after: Word | None, near: frozenset[str], clause: Clause
) -> bool:
    previous, following = _names(before, "@start"), _names(after, "@end")
    return (
        (not condition.tag or word.tag in condition.tag)
        and (not condition.form or word.form in condition.form)
        and (not condition.previous or bool(condition.previous & previous))
        and (not condition.next or bool(condition.next & following))
        and (not condition.near or bool(condition.near & (near - {word.form, word.lemma})))
        and not condition.unless_previous & previous
        and not condition.unless_next & following
        and not condition.unless_near & (near - {word.form, word.lemma})
        and (not condition.before or _tag(before, "start") in condition.before)
        and (not condition.after or _tag(after, "end") in condition.after)
        and (word.capital or not condition.capital)
        and (clause.question or not condition.question)
    )


def _tag(word: Word | None, edge: str) -> str:
    if word is None or word.form == "," or (edge == "end" and word.role == "time"):
        return edge
    return word.tag


def _names(word: Word | None, edge: str) -> frozenset[str]:
    """The names by which a condition can ask for a neighbour."""
    if word is None or word.form == ",":
        return frozenset({edge})
    names = {word.form or word.text.rpartition(" ")[2].lower(), word.lemma}
    if word.role == "number":
        names.add("@number")
    if word.role == "time":
        names.add("@end")
    if word.capital:
        names.add("@name")
    return frozenset(names - {""})
