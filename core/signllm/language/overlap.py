"""How far two lists of gloss lines agree: token F1, BLEU and chrF over a whole corpus, without any library.

A gloss line of ours and one of another convention are made comparable by `plain_tokens`: pauses and punctuation go,
spelled words and numbers are words, pointing signs are pronouns.
Source: BLEU, Papineni et al. 2002 (one reference, brevity penalty, no smoothing); chrF, Popovic 2015 (character
n-grams 1 to 6 without blanks, beta 2).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_POINTING: Final = {"IX-1": "I", "IX-2": "YOU", "IX-3": "IT"}
_PREFIXES: Final = ("DESC-", "X-")
"""Marks of adverbs and pronouns in the rule-made corpus ASLG-PC12."""
_CHARACTERS: Final = 6
_BETA: Final = 2.0

Lines = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Overlap:
    """Agreement of a corpus of gloss lines with references, each 0 to 100."""

    f1: float
    bleu1: float
    bleu4: float
    chrf: float


def plain_tokens(line: str) -> list[str]:
    """The words of a gloss line, whichever convention it follows, in upper case."""
    words = []
    for token in line.upper().split():
        word = _POINTING.get(token, token)
        for prefix in _PREFIXES:
            word = word.removeprefix(prefix)
        kind, separator, rest = word.partition(":")
        word = rest if separator and kind in ("FS", "NUM", "DIG", "ORD", "USD") else word
        if any(character.isalnum() for character in word):
            words.append(word)
    return words


def compute_overlap(hypotheses: Lines, references: Lines) -> Overlap:
    """Agreement of tokens, line by line, counted over all lines."""
    pairs = list(zip(hypotheses, references, strict=True))
    return Overlap(
        f1=100 * _f(*_matches(pairs, 1), beta=1.0),
        bleu1=100 * _bleu(pairs, 1),
        bleu4=100 * _bleu(pairs, 4),
        chrf=100 * _chrf(pairs),
    )


def _matches(pairs: Sequence[tuple[Sequence[str], Sequence[str]]], length: int) -> tuple[int, int, int]:
    """N-grams found in both, in the hypotheses and in the references."""
    both = ours = theirs = 0
    for hypothesis, reference in pairs:
        left, right = _ngrams(hypothesis, length), _ngrams(reference, length)
        both += (left & right).total()
        ours += left.total()
        theirs += right.total()
    return both, ours, theirs


def _ngrams(tokens: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[at : at + length]) for at in range(len(tokens) - length + 1))


def _f(both: int, ours: int, theirs: int, *, beta: float) -> float:
    if not both:
        return 0.0
    precision, recall = both / ours, both / theirs
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def _bleu(pairs: Sequence[tuple[Sequence[str], Sequence[str]]], longest: int) -> float:
    logs = []
    for length in range(1, longest + 1):
        both, ours, _ = _matches(pairs, length)
        if not both:
            return 0.0
        logs.append(math.log(both / ours))
    ours, theirs = sum(len(left) for left, _ in pairs), sum(len(right) for _, right in pairs)
    brevity = min(0.0, 1 - theirs / ours)
    return math.exp(brevity + sum(logs) / longest)


def _chrf(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> float:
    letters = [(tuple("".join(left)), tuple("".join(right))) for left, right in pairs]
    scores = [_f(*_matches(letters, length), beta=_BETA) for length in range(1, _CHARACTERS + 1)]
    return sum(scores) / len(scores)
