"""The five labels that viewers are shown, and which of them an utterance gets.

No rule of this package gives `Human-approved`: only a person who has seen the utterance can.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

HUMAN_APPROVED: Final = "Human-approved"
"""Recorded or approved by a qualified Deaf translator; given by an operator, never by a program."""
REVIEWED: Final = "Reviewed signs, automatic grammar"
"""Every sign and letter in it is `approved`; the order of the signs is still the rules' own."""
EXPERIMENTAL: Final = "Experimental"
"""At least one sign in it is a draft."""
SPELLED_ONLY: Final = "Spelled only"
"""Fewer than half of the content words have a sign."""
CAPTIONS_ONLY: Final = "Captions only"
"""Nothing is signed: no signs of the language, a message that must not be guessed, or nothing that can be signed."""
LABELS: Final = (HUMAN_APPROVED, REVIEWED, EXPERIMENTAL, SPELLED_ONLY, CAPTIONS_ONLY)

ENOUGH_SIGNS: Final = 0.5
"""Share of the content words that must have signs for more than `Spelled only`."""
GOOD_COVERAGE: Final = 0.9
"""Share of the content words under which nothing is guessed, and the viewer is told to read the caption."""


def choose_label(reviews: Iterable[str], coverage: float) -> str:
    """The label of an utterance.

    Args:
        reviews: Review states of all that is signed, letters and digits included; empty when nothing is.
        coverage: Share of the content words that have a sign of their own.
    """
    states = set(reviews)
    if not states:
        return CAPTIONS_ONLY
    if coverage < ENOUGH_SIGNS:
        return SPELLED_ONLY
    return REVIEWED if states == {"approved"} else EXPERIMENTAL
