"""Results of the study: the page's CSV files read back, and what they say, with what they cannot say."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Final

from signllm_bridge.errors import ReviewError

COLUMNS: Final = (
    *("participant", "deaf", "fluency", "part", "item", "source", "question", "answer", "expected", "correct"),
    *("milliseconds", "replays", "speed"),
)
"""Columns of a results file, one row per answer."""
_Z: Final = 1.959964
"""Quantile of the normal distribution for 95 %."""
CAUTION: Final = (
    "Only answers of Deaf signers say whether signing is understood; rows of others show whether the study works. "
    "Automatic scores say nothing about it."
)


@dataclass(frozen=True)
class Answer:
    """One row."""

    participant: str
    deaf: str
    part: str
    """`choice`, `named`, `question`, `clarity` or `grammar`."""
    item: str
    source: str
    answer: str
    correct: bool | None
    """None for sliders and for what was not answered."""


def read(files: Iterable[Path]) -> list[Answer]:
    """Answers of all files.

    Raises:
        ReviewError: A file is none of the study's, or a participant's code is in two of them.
    """
    found: list[Answer] = []
    seen: set[str] = set()
    for file in files:
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                rows = csv.DictReader(lines)
                if tuple(rows.fieldnames or ()) != COLUMNS:
                    raise ReviewError(f"{file.name} is no results file: its columns must be {', '.join(COLUMNS)}")
                given = [_answer(row, file.name) for row in rows]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ReviewError(f"{file.name} cannot be read as CSV: {error}") from error
        people = {answer.participant for answer in given}
        if seen & people:
            twice = ", ".join(sorted(seen & people))
            raise ReviewError(
                f"{file.name} has answers of {twice[:80]}, whose file was read before: give every file once, and every "
                "participant a code of their own"
            )
        seen |= people
        found += given
    return found


def _answer(row: dict[str, str], file: str) -> Answer:
    if None in row or None in row.values():
        raise ReviewError(f"{file} has a row that is cut off or too long; take the file as the page saved it")
    correct = {"1": True, "0": False}.get(row["correct"])
    return Answer(row["participant"], row["deaf"], row["part"], row["item"], row["source"], row["answer"], correct)


def wilson(right: int, total: int) -> tuple[float, float]:
    """95 % interval of a share; 0 to 1 when nothing was counted.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    if total == 0:
        return 0.0, 1.0
    share, z2 = right / total, _Z * _Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z / (1 + z2 / total) * sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def table(answers: Sequence[Answer]) -> str:
    """Recognition and comprehension in Markdown, overall and by sign, for Deaf participants and for the others."""
    lines = [CAUTION, ""]
    for title, group in (
        ("Deaf participants", [a for a in answers if a.deaf == "yes"]),
        ("Others", [a for a in answers if a.deaf != "yes"]),
    ):
        people = len({answer.participant for answer in group})
        lines += [f"## {title} ({people})", ""]
        if group:
            lines += [*_shares(group), "", *_sliders(group), "", *_by_sign(group), ""]
    return "\n".join(lines).rstrip() + "\n"


def _shares(group: Sequence[Answer]) -> list[str]:
    rows = [("signs out of four (chance 25 %)", [a for a in group if a.part == "choice"])]
    rows.append(("signs named freely", [a for a in group if a.part == "named"]))
    for source in sorted({a.source for a in group if a.part == "question"}):
        rows.append(
            (
                f"questions about sentences by `{source}`",
                [a for a in group if a.part == "question" and a.source == source],
            )
        )
    lines = [
        "| what | right | of | share | 95 % interval | could not tell |",
        "| --- | ---: | ---: | ---: | --- | ---: |",
    ]
    return lines + [_share(name, given) for name, given in rows if given]


def _share(name: str, given: Sequence[Answer]) -> str:
    right, total = sum(answer.correct is True for answer in given), len(given)
    low, high = wilson(right, total)
    unknown = sum(answer.correct is None for answer in given)
    return f"| {name} | {right} | {total} | {right / total:.0%} | {low:.0%} to {high:.0%} | {unknown} |"


def _sliders(group: Sequence[Answer]) -> list[str]:
    lines = ["| 0 to 100 | source | mean | answers |", "| --- | --- | ---: | ---: |"]
    for part in ("clarity", "grammar"):
        for source in sorted({a.source for a in group if a.part == part}):
            given = [float(a.answer) for a in group if a.part == part and a.source == source and _is_number(a.answer)]
            if given:
                lines.append(f"| {part} | {source} | {sum(given) / len(given):.0f} | {len(given)} |")
    return lines


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def _by_sign(group: Sequence[Answer]) -> list[str]:
    lines = ["| sign | right | of | 95 % interval |", "| --- | ---: | ---: | --- |"]
    for item in sorted({a.item for a in group if a.part in ("choice", "named")}):
        asked = [a for a in group if a.item == item and a.part in ("choice", "named")]
        right = sum(answer.correct is True for answer in asked)
        low, high = wilson(right, len(asked))
        lines.append(f"| {item} | {right} | {len(asked)} | {low:.0%} to {high:.0%} |")
    return lines
