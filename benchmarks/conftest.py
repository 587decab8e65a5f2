"""What all benchmarks share: a source to measure, glosses, a typed stopwatch, and the way to the report."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from signllm.lexicon.synthesise import LexiconSource
from signllm.source import PoseSource


@pytest.fixture(scope="session")
def glosses() -> tuple[str, ...]:
    """About ten seconds of signing, letters among it."""
    return tuple("HELLO MY NAME fs:A fs:N fs:A HAPPY MEET IX-2 TODAY IX-1 WANT LEARN SIGN".split())


@pytest.fixture(scope="session")
def source() -> PoseSource:
    """The embedded model; the lexicon, and the report says so, while no checkpoint is there."""
    from signllm.model.checkpoint import EMBEDDED
    from signllm.model.source import ModelSource

    return ModelSource.load() if EMBEDDED.is_file() else LexiconSource.load()


@pytest.fixture
def measure(benchmark: BenchmarkFixture) -> Callable[..., list[float]]:
    """`measure(function, rounds=10)` runs it that often, after a warm-up, and gives the seconds of every round."""

    def run(function: Callable[..., object], *, rounds: int = 10, iterations: int = 1, **around: Any) -> list[float]:
        warm_up = 0 if around else 2  # rounds with their own set-up warm up by themselves
        benchmark.pedantic(  # type: ignore[no-untyped-call]
            function, rounds=rounds, iterations=iterations, warmup_rounds=warm_up, **around
        )
        assert benchmark.stats is not None
        return [float(seconds) for seconds in benchmark.stats.stats.data]

    return run


@pytest.fixture
def record(benchmark: BenchmarkFixture) -> Callable[..., None]:
    """Hands figures to the report: `record("first frame", seconds, "ms", scale=1e3, at_most=40)` keeps the median."""

    def add(
        what: str,
        values: float | list[float],
        unit: str,
        *,
        scale: float = 1.0,
        at_most: float | None = None,
        at_least: float | None = None,
    ) -> None:
        value = scale * (statistics.median(values) if isinstance(values, list) else values)
        figures: list[dict[str, Any]] = benchmark.extra_info.setdefault("figures", [])
        figures.append({"what": what, "value": value, "unit": unit, "at_most": at_most, "at_least": at_least})

    return add
