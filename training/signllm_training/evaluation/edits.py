"""What is wrong with a string of signs: substitutions, deletions and insertions against the reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

SPELLED: Final = "fs:"
"""Prefix of fingerspelled letters."""


class Edits(NamedTuple):
    """Errors and what they are counted over; adds up field by field."""

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    signs: int = 0
    """Signs, letters and digits of the reference."""
    letter_errors: int = 0
    """Reference letters replaced or missing, and letters inserted or put for another sign's place."""
    letters: int = 0
    names_right: int = 0
    """Runs of letters in the reference that came out letter for letter, with nothing added inside or at the ends."""
    names: int = 0

    @property
    def errors(self) -> int:
        """Substitutions, deletions and insertions together."""
        return self.substitutions + self.deletions + self.insertions


Pair = tuple[int | None, int | None]
"""Places in reference and hypothesis; None on one side is an insertion or a deletion."""


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> list[Pair]:
    """The fewest edits from reference to hypothesis; between equals a pair comes before a gap."""
    rows, columns = len(reference), len(hypothesis)
    cost = np.zeros((rows + 1, columns + 1), dtype=int)
    cost[:, 0], cost[0] = np.arange(rows + 1), np.arange(columns + 1)
    for i, wanted in enumerate(reference, 1):
        for j, made in enumerate(hypothesis, 1):
            cost[i, j] = min(cost[i - 1, j - 1] + (wanted != made), cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    pairs: list[Pair] = []
    i, j = rows, columns
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (reference[i - 1] != hypothesis[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]


def count(reference: Sequence[str], hypothesis: Sequence[str], merge: Callable[[str], str] = str) -> Edits:
    """Errors of a hypothesis.

    Args:
        reference: Glosses that should have been signed.
        hypothesis: Glosses that were read.
        merge: Stands for every gloss of a group that is not told apart; identity scores strictly.
    """
    wanted, made = [merge(g) for g in reference], [merge(g) for g in hypothesis]
    pairs = align(wanted, made)
    wrong = [(i, j) for i, j in pairs if i is None or j is None or wanted[i] != made[j]]
    runs = spelled_runs(reference)
    return Edits(
        substitutions=sum(i is not None and j is not None for i, j in wrong),
        deletions=sum(j is None for _, j in wrong),
        insertions=sum(i is None for i, _ in wrong),
        signs=len(reference),
        letter_errors=sum(_concerns_letter(pair, reference, hypothesis) for pair in wrong),
        letters=sum(len(run) for run in runs),
        names_right=sum(_is_whole(run, pairs, wrong) for run in runs),
        names=len(runs),
    )


def spelled_runs(glosses: Sequence[str]) -> list[range]:
    """Places of the fingerspelled words: maximal runs of letters."""
    runs: list[range] = []
    for k, gloss in enumerate(glosses):
        if not gloss.startswith(SPELLED):
            continue
        if runs and runs[-1].stop == k:
            runs[-1] = range(runs[-1].start, k + 1)
        else:
            runs.append(range(k, k + 1))
    return runs


def _concerns_letter(pair: Pair, reference: Sequence[str], hypothesis: Sequence[str]) -> bool:
    i, j = pair
    gloss = reference[i] if i is not None else hypothesis[j] if j is not None else ""
    return gloss.startswith(SPELLED)


def _is_whole(run: range, pairs: Sequence[Pair], wrong: Sequence[Pair]) -> bool:
    """Whether a run of letters is free of errors, insertions at its two ends included."""
    places = [k for k, (i, _) in enumerate(pairs) if i in run]
    touched = pairs[max(0, places[0] - 1) : places[-1] + 2]
    return not any(pair in wrong and (pair[0] is None or pair[0] in run) for pair in touched)
