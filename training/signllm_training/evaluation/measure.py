"""One score as it is printed: its value, and a signature that says how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import signllm


class Measure(NamedTuple):
    """A value that nobody has to guess the definition of."""

    name: str
    """What a table's column says."""
    value: float
    """NaN where there was nothing to measure; `notes` says why."""
    signature: str
    """Metric, its settings and the version of the code, `|` between parts, as sacrebleu writes it."""
    notes: tuple[str, ...] = ()
    """What a reader has to know before comparing the value, one sentence each."""

    def __str__(self) -> str:
        """One line, and one more for each note."""
        lines = [f"{self.name} {self.value:.4f} ({self.signature})", *(f"  {note}" for note in self.notes)]
        return "\n".join(lines)


def signature(metric: str, settings: Mapping[str, Any], version: str = "") -> str:
    """`metric|key:value|...|version:...`; without a version, that of this package, whose own definition it is."""
    parts = [f"{key}:{value}" for key, value in settings.items()]
    return "|".join([metric, *parts, f"version:{version or f'signllm-{signllm.__version__}'}"])
