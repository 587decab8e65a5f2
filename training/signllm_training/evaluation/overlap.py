"""ROUGE-L and CIDEr-D on sentences in words: plain functions, no tokeniser and no package."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

ORDERS: Final = (1, 2, 3, 4)
"""Orders of n-grams, of BLEU and CIDEr-D."""
COCO_BETA: Final = 1.2
"""Weight of recall in ROUGE-L. Source: the caption evaluation of MS COCO, which the sign papers' codes took over."""
CIDER_SIGMA: Final = 6.0
"""Width of the penalty on length, in words. Source: Vedantam et al. 2015, "CIDEr", section on CIDEr-D."""

Gram = tuple[str, ...]


def rouge_l(made: Sequence[str], wanted: Sequence[str], beta: float = COCO_BETA) -> float:
    """ROUGE-L of one sentence in words, from 0 to 1.

    F = (1 + beta^2) P R / (R + beta^2 P). Source: Lin 2004, "ROUGE", equations 2 to 4.
    """
    common = common_subsequence(made, wanted)
    if not common:
        return 0.0
    precision, recall = common / len(made), common / len(wanted)
    return (1 + beta**2) * precision * recall / (recall + beta**2 * precision)


def common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence.

    One bit for each place of `first`, so that a row of the table is one addition of whole numbers.
    Source: Hyyrö 2004, "Bit-parallel LCS-length computation revisited".
    """
    places: dict[str, int] = {}
    for place, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << place
    every = (1 << len(first)) - 1
    row = every
    for word in second:
        matches = row & places.get(word, 0)
        row = ((row + matches) | (row - matches)) & every
    return len(first) - row.bit_count()


def cider_d(made: Sequence[Sequence[str]], wanted: Sequence[Sequence[str]]) -> list[float]:
    """CIDEr-D of every sentence, from 0 to 10, one reference each.

    The cosine of n-gram vectors weighted by tf-idf, clipped to the reference's weights, times a penalty on length,
    averaged over n from 1 to 4, times 10. A reference is one document. A sentence of fewer than four words cannot reach
    10, because it has no vector for the longer n-grams.

    Source: Vedantam et al. 2015, "CIDEr: Consensus-based image description evaluation". Term frequencies are counts as
    in the authors' code, where the paper's equation 1 divides them by the sentence's length; it matters to the
    clipping alone, and every published figure comes from the code.
    """
    wanted_grams = [_grams(sentence) for sentence in wanted]
    documents = _documents(wanted_grams)
    pairs = zip(map(_grams, made), wanted_grams, strict=True)
    return [_sentence_cider_d(a, b, documents, len(wanted)) for a, b in pairs]


def is_without_contrast(references: Sequence[Sequence[str]]) -> bool:
    """Whether every n-gram is in all references, as with one alone: each then weighs nothing in CIDEr-D."""
    documents = _documents([_grams(sentence) for sentence in references])
    return all(count == len(references) for count in documents.values())


def _grams(sentence: Sequence[str]) -> Counter[Gram]:
    return Counter(tuple(sentence[k : k + n]) for n in ORDERS for k in range(len(sentence) - n + 1))


def _documents(references: Sequence[Counter[Gram]]) -> Counter[Gram]:
    """How many references have an n-gram."""
    return Counter(gram for grams in references for gram in grams)


def _sentence_cider_d(made: Counter[Gram], wanted: Counter[Gram], documents: Counter[Gram], references: int) -> float:
    similarity = 0.0
    for n in ORDERS:
        a, b = (_weights(grams, n, documents, references) for grams in (made, wanted))
        size = math.hypot(*a.values()) * math.hypot(*b.values())
        if size:
            similarity += sum(min(weight, b[gram]) * b[gram] for gram, weight in a.items() if gram in b) / size
    longer = _length(made) - _length(wanted)
    return 10.0 * similarity / len(ORDERS) * math.exp(-(longer**2) / (2 * CIDER_SIGMA**2))


def _weights(grams: Counter[Gram], n: int, documents: Counter[Gram], references: int) -> dict[Gram, float]:
    """Tf-idf of the n-grams of one order; one that no reference has weighs as if one had it."""
    return {g: tf * math.log(references / max(1, documents[g])) for g, tf in grams.items() if len(g) == n}


def _length(grams: Counter[Gram]) -> int:
    return sum(tf for gram, tf in grams.items() if len(gram) == 1)
