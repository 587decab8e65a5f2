"""What the model is meant to reach, and whether it does: a short table above all others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from signllm.config import DEFAULT_STRIDE
from signllm_training.evaluation.systems import Row

SYSTEM: Final = f"SignLLM, K = {DEFAULT_STRIDE}"
"""The row that the aims are for."""
_INPUTS: Final = ("text", "glosses")


@dataclass(frozen=True)
class Aim:
    """A figure of the summary and the range that it should be in, both ends included."""

    measure: str
    key: str
    low: float
    high: float
    percent: bool = False

    def is_met(self, value: float | None) -> bool | None:
        """Whether a figure is in the range; None when there was nothing to count."""
        return None if value is None else self.low <= value <= self.high

    @property
    def wanted(self) -> str:
        """The range in words."""
        if self.low <= 0.0:
            return f"at most {self.shown(self.high)}"
        if self.high >= 1.0 and self.percent:
            return f"at least {self.shown(self.low)}"
        return f"{self.shown(self.low)} to {self.shown(self.high)}"

    def shown(self, value: float | None) -> str:
        """A figure as the table shows it."""
        if value is None:
            return "-"
        return f"{100 * value:.1f} %" if self.percent else f"{value:.4f}".rstrip("0")


_EVERYWHERE: Final = (
    Aim("letter errors", "letter_error_rate", 0.0, 0.005, percent=True),
    Aim("whole names right", "whole_names_right", 0.97, 1.0, percent=True),
    Aim("hands, shoulder widths", "hand", 0.0, 0.01),
    Aim("body, shoulder widths", "body", 0.0, 0.03),
    Aim("distance", "distance", 0.95, 1.05),
)
AIMS: Final[Mapping[str, tuple[Aim, ...]]] = MappingProxyType(
    {
        "A": (Aim("sign errors", "sign_error_rate", 0.0, 0.05, percent=True), *_EVERYWHERE),
        "B": (Aim("sign errors", "sign_error_rate", 0.0, 0.20, percent=True), *_EVERYWHERE),
    }
)
"""Aims by set."""


def compare(summaries: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Every aim with what was reached from text and from glosses, ready for JSON; empty without the model's rows."""
    found: list[dict[str, Any]] = []
    for name, rows in summaries.items():
        reached = {Row(row["system"], row["input"]): row for row in rows}
        for aim in AIMS[name] if Row(SYSTEM, _INPUTS[0]) in reached else ():
            line: dict[str, Any] = {"set": name, "measure": aim.measure, "aim": aim.wanted}
            for source in _INPUTS:
                value = reached[Row(SYSTEM, source)].get(aim.key)
                line[source] = aim.shown(value)
                line[f"{source}_met"] = aim.is_met(value)
            found.append(line)
    return found


def markdown(compared: Iterable[Mapping[str, Any]]) -> str:
    """The table of `compare`."""
    header = ("set", "measure", "aim", *(cell for source in _INPUTS for cell in (f"from {source}", "met")))
    lines = [header, ("---", "---", "---", "---:", "---", "---:", "---")]
    for line in compared:
        cells = [cell for source in _INPUTS for cell in (line[source], _WORDS[line[f"{source}_met"]])]
        lines.append((line["set"], line["measure"], line["aim"], *cells))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_WORDS: Final = MappingProxyType({True: "yes", False: "**no**", None: "-"})
