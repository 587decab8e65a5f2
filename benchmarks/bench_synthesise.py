"""The synthesiser, nothing cached: how much faster than real time it signs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from signllm.lexicon.synthesise import Synthesiser
from signllm.source import FPS


def test_the_synthesiser_is_far_ahead_of_real_time(
    measure: Callable[..., list[float]], record: Callable[..., None], glosses: Sequence[str]
) -> None:
    """A new synthesiser every round: signs are planned when they are first asked for."""
    frames = len(Synthesiser.load("asl").clip(glosses)[0])
    seconds = measure(lambda synthesiser: synthesiser.clip(glosses), setup=lambda: ((Synthesiser.load("asl"),), {}))
    record("synthesiser, nothing cached", [frames / FPS / taken for taken in seconds], "x real time")
