"""`import signllm` in a fresh process: quick, and without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

_PROGRAM = """
import json, sys, time
start = time.perf_counter()
import signllm
print(json.dumps([time.perf_counter() - start, "torch" in sys.modules]))
"""


def test_import_is_quick_and_brings_no_torch(measure: Callable[..., list[float]], record: Callable[..., None]) -> None:
    """The time is taken inside the process: starting Python is not ours."""
    seconds: list[float] = []

    def import_once() -> None:
        printed = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True).stdout
        taken, has_torch = json.loads(printed)
        assert not has_torch
        seconds.append(taken)

    measure(import_once)
    record("`import signllm`, fresh process, torch not loaded", seconds, "s", at_most=0.3)
