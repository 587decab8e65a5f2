"""What a server holds in memory, and what ships with it: the checkpoint and the avatar."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from signllm_bridge.avatar import build_avatar


@pytest.mark.skipif(sys.platform != "linux", reason="/proc, where the memory of a process is read, is Linux's")
def test_memory_of_a_server(
    measure: Callable[..., list[float]], record: Callable[..., None], server: tuple[str, int]
) -> None:
    """Resident memory once the server has warmed up, before the first client."""
    status = Path(f"/proc/{server[1]}/status")
    measure(status.read_text)
    resident = re.search(r"^VmRSS:\s*(\d+) kB$", status.read_text(), re.MULTILINE)
    assert resident is not None
    record("server, resident memory after warm-up", int(resident[1]) * 1024 / 1e6, "MB")


def test_loading_the_checkpoint(
    measure: Callable[..., list[float]], record: Callable[..., None], checkpoint: Path
) -> None:
    """Both files of it, with their hashes checked."""
    from signllm.model.checkpoint import load_checkpoint

    record("checkpoint, loading", measure(lambda: load_checkpoint(checkpoint)), "ms", scale=1e3)
    size = sum(path.stat().st_size for path in (checkpoint, checkpoint.with_suffix(".json")))
    record("checkpoint, both files", float(size), "bytes")


def test_building_the_avatar(measure: Callable[..., list[float]], record: Callable[..., None]) -> None:
    """Made anew each time a server starts."""
    record("avatar, building", measure(build_avatar, rounds=3), "ms", scale=1e3)
    record("avatar, the VRM file", float(len(build_avatar())), "bytes")
