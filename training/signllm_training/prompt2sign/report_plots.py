"""Plots as SVG text: histograms and bars that a screen reader can name and a printer can print."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt

_WIDTH, _HEIGHT = 460.0, 200.0
_LEFT, _BOTTOM, _TOP = 46.0, 40.0, 12.0
_BINS: Final = 20
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


def histogram(
    values: npt.NDArray[np.float64], *, title: str, unit: str, low: float = 0.0, high: float | None = None
) -> str:
    """Bars over the range of `values` [N]; what is above `high` (the 99th percentile by default) counts in the last."""
    if not len(values):
        return f"<p>{escape(title)}: nothing to show.</p>"
    top = nice(float(np.percentile(values, 99)) if high is None else high)
    top = top if top > low else low + 1.0
    counts, _ = np.histogram(np.clip(values, low, top), bins=_BINS, range=(low, top))
    quartiles = np.percentile(values, (25, 50, 75))
    unit = f" {unit}" if unit else ""
    summary = f"{title}: median {quartiles[1]:.2f}{unit}, middle half {quartiles[0]:.2f} to {quartiles[2]:.2f}{unit}"
    tallest = nice(float(counts.max()))
    step = (_WIDTH - _LEFT - 8.0) / _BINS
    bars = "".join(
        f'<rect class="bar" x="{_LEFT + k * step + 1:.1f}" y="{_y(count / tallest):.1f}" width="{step - 2:.1f}" '
        f'height="{_y(0.0) - _y(count / tallest):.1f}"><title>{_edge(low, top, k)} to {_edge(low, top, k + 1)}'
        f"{escape(unit)}: {count} clips</title></rect>"
        for k, count in enumerate(counts.tolist())
        if count
    )
    beyond = int((values > top).sum())
    more = f"; the last bar also holds {beyond} longer" if beyond and high is None else ""
    axis = "".join(
        f'<text class="tick" x="{_LEFT + k * step:.1f}" y="{_HEIGHT - 24}" text-anchor="middle">'
        f"{_edge(low, top, k)}</text>"
        for k in range(0, _BINS + 1, 5)
    )
    middle = f'x="{(_LEFT + _WIDTH) / 2}" y="{_HEIGHT - 6}" text-anchor="middle"'
    label = f'<text class="axis" {middle}>{escape(f"{title},{unit}" if unit else title)}</text>'
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{escape(summary)}">'
        f"{_scale(tallest)}{bars}{axis}{label}</svg><figcaption>{escape(summary + more)}.</figcaption></figure>"
    )


def keypoint_bars(shares: npt.NDArray[np.float64], names: Sequence[str], *, title: str) -> str:
    """One row of a bar for each share, 0 to 1, with its name and value."""
    height, left, width = 15.0, 128.0, 300.0
    rows = "".join(
        f'<text class="name" x="{left - 6}" y="{k * height + 11}" text-anchor="end">{escape(name)}</text>'
        f'<rect class="track" x="{left}" y="{k * height + 2:.0f}" width="{width - left - 48}" height="{height - 4}"/>'
        f'<rect class="bar" x="{left}" y="{k * height + 2:.0f}" width="{(width - left - 48) * share:.1f}" '
        f'height="{height - 4}"/><text class="tick" x="{width - 44}" y="{k * height + 11}">{_percent(share)}</text>'
        for k, (name, share) in enumerate(zip(names, shares.tolist(), strict=True))
    )
    summary = f"{title}: " + ", ".join(f"{n} {_percent(s)}" for n, s in zip(names, shares.tolist(), strict=True))
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {width:.0f} {height * len(names):.0f}" '
        f'role="img" aria-label="{escape(summary)}">{rows}</svg></figure>'
    )


def stacked_bar(parts: Sequence[tuple[str, int]], *, title: str) -> str:
    """One bar divided into parts, each with its name and count below."""
    total = sum(count for _, count in parts)
    if not total:
        return ""
    pieces, names, at = [], [], 0.0
    for k, (name, count) in enumerate(parts):
        width = 100.0 * count / total
        pieces.append(f'<rect class="part{k}" x="{at:.2f}" y="0" width="{max(width - 0.3, 0.1):.2f}" height="6"/>')
        names.append(f'<li><span class="swatch part{k}" aria-hidden="true"></span>{escape(name)}: {count:,}</li>')
        at += width
    summary = f"{title}: " + ", ".join(f"{name} {count}" for name, count in parts)
    return (
        f'<figure class="wide"><svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(summary)}">{"".join(pieces)}</svg><ul class="legend">{"".join(names)}</ul></figure>'
    )


def nice(value: float) -> float:
    """The next number above or at `value` that is easy to read on an axis."""
    if value <= 0.0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in _STEPS if step * power >= value * (1.0 - 1e-9)))


def _scale(tallest: float) -> str:
    lines = ""
    for part in (0.0, 0.5, 1.0):
        count = part * tallest
        if count == int(count):
            lines += (
                f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{_y(part):.1f}" y2="{_y(part):.1f}"/>'
                f'<text class="tick" x="{_LEFT - 6}" y="{_y(part) + 4:.1f}" text-anchor="end">{int(count):,}</text>'
            )
    return (
        lines
        + f'<text class="axis" transform="translate(10 {_y(0.5):.0f}) rotate(-90)" text-anchor="middle">clips</text>'
    )


def _y(part: float) -> float:
    return _HEIGHT - _BOTTOM - part * (_HEIGHT - _BOTTOM - _TOP)


def _edge(low: float, top: float, k: int) -> str:
    return f"{low + (top - low) * k / _BINS:.3g}"


def _percent(share: float) -> str:
    # What is not nothing does not read as nothing.
    return "under 0.1 %" if 0.0 < share < 0.001 else f"{100.0 * share:.1f} %"
