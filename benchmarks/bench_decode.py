"""The model's frames: how fast they come, and that late ones cost no more than early ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import islice

from signllm.source import FPS, PoseSource

WINDOW = 16
"""Frames that are timed together: whole decoder steps for 1, 2, 4 and 8 frames a step."""
EARLY, LATE = 10, 300


def test_generation_is_ahead_of_real_time(
    measure: Callable[..., list[float]], record: Callable[..., None], source: PoseSource, glosses: Sequence[str]
) -> None:
    """Whole utterances, one stream."""
    frames = sum(1 for _ in source.frames(glosses))
    seconds = measure(lambda: sum(1 for _ in source.frames(glosses)))
    speeds = [frames / FPS / taken for taken in seconds]
    record(f"generation, source `{source.name}`", speeds, "x real time", at_least=10)
    record(f"generation, source `{source.name}`, per frame", seconds, "ms", scale=1e3 / frames)


def test_frame_300_costs_what_frame_10_costs(
    measure: Callable[..., list[float]], record: Callable[..., None], source: PoseSource, glosses: Sequence[str]
) -> None:
    """The key-value cache at work: each step pays for itself, not for all before it."""
    ratios: list[float] = []

    def generate() -> None:
        times = [time.perf_counter()]
        times += [time.perf_counter() for _ in islice(source.frames([*glosses] * 3), LATE + WINDOW)]
        assert len(times) > LATE + WINDOW, "the utterance is too short for this benchmark"
        ratios.append(_cost(times, LATE) / _cost(times, EARLY))

    measure(generate, rounds=20)
    record("generation, cost of frame 300 over frame 10", ratios, "ratio", at_most=1.3)


def _cost(times: Sequence[float], frame: int) -> float:
    return times[frame + WINDOW] - times[frame]
