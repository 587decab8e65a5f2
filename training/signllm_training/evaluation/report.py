"""The quality table: scores of many sentences with their confidence, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from signllm_training.evaluation.edits import Edits
from signllm_training.evaluation.scoring import Motion, Score
from signllm_training.evaluation.systems import Row

SAMPLES: Final = 2000
"""Bootstrap samples over sentences."""
SEED: Final = 0
HEADER: Final = (
    "system",
    "signs from",
    "sign errors, % [95 % CI]",
    "S + D + I",
    "nothing merged, %",
    "segments, %",
    "letter errors, %",
    "whole names right, %",
    "hands",
    "body",
    "distance",
    "duration",
    "jerk",
)


class Estimate(NamedTuple):
    """A value and the middle 95 % of its bootstrap distribution; NaN where there was nothing to count."""

    value: float
    low: float
    high: float


def ratio(counts: npt.ArrayLike, totals: npt.ArrayLike, seed: int = SEED) -> Estimate:
    """Sum over sum with sentences resampled: `counts` errors of `totals` signs, both [N]."""
    counts, totals = np.asarray(counts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if not totals.sum():
        return Estimate(float("nan"), float("nan"), float("nan"))
    picks = np.random.default_rng(seed).integers(len(counts), size=(SAMPLES, len(counts)))
    sums = totals[picks].sum(axis=1)
    ratios = counts[picks].sum(axis=1)[sums > 0] / sums[sums > 0]
    low, high = np.percentile(ratios, (2.5, 97.5))
    return Estimate(float(counts.sum() / totals.sum()), float(low), float(high))


def summarise(row: Row, scores: Sequence[Score]) -> dict[str, Any]:
    """All figures of one row, ready for JSON: shares from 0 to 1, with `_ci` beside those that have one."""
    edits = [score.edits for score in scores]
    errors = ratio([e.errors for e in edits], [e.signs for e in edits])
    letters = ratio([e.letter_errors for e in edits], [e.letters for e in edits])
    names = ratio([e.names_right for e in edits], [e.names for e in edits])
    total = Edits(*np.sum([tuple(e) for e in edits], axis=0).tolist())
    summary: dict[str, Any] = {
        "system": row.system,
        "input": row.input,
        "sentences": len(scores),
        **total._asdict(),
        "sign_error_rate": errors.value,
        "sign_error_rate_ci": errors[1:],
        "strict_sign_error_rate": sum(s.strict.errors for s in scores) / total.signs,
        "segment_error_rate": sum(s.segment_errors for s in scores) / total.signs,
        "letter_error_rate": letters.value,
        "letter_error_rate_ci": letters[1:],
        "whole_names_right": names.value,
        "whole_names_right_ci": names[1:],
    }
    motions = np.array([astuple(s.motion) for s in scores if s.motion is not None])
    for name, values in zip(Motion.__dataclass_fields__, motions.T, strict=True):
        summary[name] = float(values.mean())
        summary[f"{name}_ci"] = ratio(values, np.ones_like(values))[1:]
    return _without_nan(summary)


def markdown(summaries: Sequence[Mapping[str, Any]]) -> str:
    """One table, a line per row."""
    lines = [HEADER, ("---", "---", *["---:"] * (len(HEADER) - 2)), *(_cells(summary) for summary in summaries)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = row["sign_error_rate_ci"]
    return (
        row["system"],
        row["input"],
        f"**{_percent(row['sign_error_rate'])}** [{_percent(low)}, {_percent(high)}]",
        f"{row['substitutions']} + {row['deletions']} + {row['insertions']} of {row['signs']}",
        _percent(row["strict_sign_error_rate"]),
        _percent(row["segment_error_rate"]),
        _percent(row["letter_error_rate"]),
        _percent(row["whole_names_right"]),
        *(_number(row[name], 4) for name in ("hand", "body")),
        *(_number(row[name], 3) for name in ("distance", "duration", "jerk")),
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _without_nan(summary: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: figures that do not exist are null, and so are their intervals."""
    missing = {k for k, v in summary.items() if isinstance(v, float) and np.isnan(v)}
    missing |= {f"{k}_ci" for k in missing}
    return {k: None if k in missing else v for k, v in summary.items()}
