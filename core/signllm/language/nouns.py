"""Rules about how many and how much: MANY, a number, a sign made again, MORE; never an ending."""

from __future__ import annotations

from dataclasses import replace

from signllm.language.clause import Clause, Words
from signllm.language.words import decide


def sign_plurals(words: Words, clause: Clause) -> Words:
    """`several people` is MANY PEOPLE, `children` is CHILD made twice; after a number a noun stands once."""
    found: Words = []
    for at, word in enumerate(words):
        if word.signs is None and clause.is_(word, "plenty") and _counts(words, at):
            found.append(decide(word, "MANY"))
            continue
        found.append(word)
        if word.signs is not None or word.form == word.lemma:
            continue
        before = words[at - 1] if at > 0 else None
        counted = before is not None and (
            before.role == "number" or clause.is_(before, "plenty") or before.text.lower().endswith("many")
        )
        sign = clause.sign(word)
        if sign in clause.vocabulary.classes["again_for_plural"] and word.tag == "noun" and not counted:
            found.append(decide(replace(word, form="", lemma=""), *clause.signs(word)))
    return found


def sign_comparatives(words: Words, clause: Clause) -> Words:
    """`warmer` is MORE WARM."""
    found: Words = []
    for word in words:
        sign = clause.vocabulary.comparatives.get(word.form) if word.signs is None else None
        found += [word] if sign is None else [decide(replace(word, form="", lemma=""), "MORE"), decide(word, sign)]
    return found


def _counts(words: Words, at: int) -> bool:
    """Whether a noun follows, perhaps behind an adjective."""
    return any(word.tag in ("noun", "adjective") for word in words[at + 1 : at + 3])


def keep_in(words: Words, clause: Clause) -> Words:
    """IN where being inside is what is said: `is in the car`, `come in`; elsewhere space shows it."""
    found = list(words)
    for at, word in enumerate(words):
        if word.form not in ("in", "inside") or word.signs is not None or at == 0 or at + 1 >= len(words):
            continue
        inside = clause.is_(words[at - 1], "be") or (
            word.form == "inside" and words[at + 1].tag in ("article", "possessive")
        )
        thing = words[at + 2] if at + 2 < len(words) else None
        placed = thing is not None and thing.lemma in clause.vocabulary.classes["place"]
        if (
            inside
            and clause.is_(words[at + 1], "article", "possessive", "pointing")
            and thing is not None
            and not placed
        ):
            found[at] = decide(word, "IN")
    return found
