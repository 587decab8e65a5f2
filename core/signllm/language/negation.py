"""Rules about negation: lexical negatives, NONE behind what there is none of, and where the headshake begins."""

from __future__ import annotations

from dataclasses import replace

from signllm.language.clause import Clause, Words
from signllm.language.words import Word, decide


def sign_negation(words: Words, clause: Clause) -> Words:
    """`can not` is CANNOT, and `no train` is TRAIN NONE."""
    return _none_behind(_cannot(words), clause)


def _cannot(words: Words) -> Words:
    """CANNOT for `can`, `could` and a not behind it, wherever a subject came between them."""
    found = list(words)
    for at, word in enumerate(found[:-1]):
        after = found[at + 1]
        if word.form in ("can", "could") and not word.signs and after.form == "not" and after.signs is None:
            found[at] = decide(replace(word, text=_text(word, after)), "CANNOT")
            found[at + 1] = decide(after)
    return found


def _text(word: Word, after: Word) -> str:
    return word.text if word.text == after.text else f"{word.text} {after.text}"


def _none_behind(words: Words, clause: Clause) -> Words:
    """A `no` before a noun goes behind it as NONE."""
    for at, word in enumerate(words[:-1]):
        if word.form != "no" or word.signs is not None or word.tag != "determiner":
            continue
        end = at + 1
        while end < len(words) and words[end].tag in ("adjective", "noun", "number"):
            end += 1
        if end > at + 1:
            rest = _none_behind(words[end:], clause)
            return [*words[:at], *words[at + 1 : end], decide(word, "NONE"), *rest]
    return words


def mark_negation(words: Words, clause: Clause) -> Words:
    """The headshake from the negative sign to the end of the clause; NO as an answer has its own."""
    negative = clause.vocabulary.classes["negative"]
    shaking, found = False, []
    for word in words:
        shaking = shaking or bool(negative & set(word.signs or ()))
        alone = word.signs == ("NO",)
        found.append(replace(word, marks=(*word.marks, "negation")) if shaking or alone else word)
    return found
