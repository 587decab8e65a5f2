"""What all benchmarks share: a source to measure, glosses, a typed stopwatch, and the way to the report."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from signllm.source import PoseSource
from signllm_bridge.server.websocket_server import STREAM_PATH


@pytest.fixture(scope="session")
def glosses() -> tuple[str, ...]:
    """About ten seconds of signing, letters among it."""
    return tuple("HELLO MY NAME fs:A fs:N fs:A HAPPY MEET IX-2 TODAY IX-1 WANT LEARN SIGN".split())


@pytest.fixture(scope="session")
def checkpoint() -> Path:
    """The checkpoint that ships; these figures are the model's, and nothing else is measured in its place."""
    from signllm.model.checkpoint import EMBEDDED

    if not EMBEDDED.is_file():
        pytest.fail(f"there is no checkpoint to measure; run `make embedded` first: {EMBEDDED}", pytrace=False)
    return EMBEDDED


@pytest.fixture(scope="session")
def source(checkpoint: Path) -> PoseSource:
    """The embedded model, on one thread as `signllm say` and `serve` run it."""
    import torch

    from signllm.model.source import ModelSource

    torch.set_num_threads(1)
    return ModelSource.load(checkpoint)


@pytest.fixture(scope="module")
def server(source: PoseSource) -> Iterator[tuple[str, int]]:
    """Address of the stream and process id of a server that has just been started, as a user starts it."""
    command = [sys.executable, "-m", "signllm.cli", "serve", "--port", "0", "--source", source.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            printed = next(line for line in process.stdout if "ready" in line)
            port = re.search(r":(\d+)", printed)
            assert port is not None, printed
            yield f"ws://127.0.0.1:{port[1]}{STREAM_PATH}", process.pid
        finally:
            process.terminate()


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
