"""Running a program that the user has: no shell, a time limit, a bounded memory of what it said."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from signllm_training.prompt2sign.errors import DataError, MissingToolError

_KEPT: Final = 8192


@dataclass(frozen=True)
class Outcome:
    """How a program ended."""

    status: int
    """Exit status; below zero, the signal that ended it."""
    said: str
    """The last that it wrote to standard output and error."""

    @property
    def last_line(self) -> str:
        """The last line that says something."""
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        return lines[-1][:300] if lines else "it said nothing"


def find_program(given: Path | None, names: Sequence[str], how_to_get: str) -> Path:
    """The program that the user named, or the first of some names that is installed.

    Raises:
        MissingToolError: It is not there, or is no program.
    """
    if given is None:
        found = next((path for name in names if (path := shutil.which(name))), None)
        if found is None:
            raise MissingToolError(f"{names[0]} is not installed: {how_to_get}")
        return Path(found)
    if not given.is_file() or not os.access(given, os.X_OK):
        raise MissingToolError(f"is no program that can be run: {how_to_get}", given)
    return given.absolute()  # not resolved: a virtual environment's python is a link that must be called by its name


def run_program(command: Sequence[str | Path], *, limit_s: float, folder: Path) -> Outcome:
    """Run a program to its end.

    Args:
        command: Program and arguments; no shell sees them.
        limit_s: Seconds after which it and all that it started are ended.
        folder: Where it runs.

    Raises:
        MissingToolError: It cannot be started.
        DataError: It took longer.
    """
    try:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,  # a group of its own, so that what it starts can be ended with it
        )
    except OSError as error:
        raise MissingToolError(f"cannot be started: {error.strerror}", str(command[0])) from error
    assert process.stdout is not None
    kept = bytearray()
    reader = threading.Thread(target=_keep_last, args=(process.stdout, kept), daemon=True)
    reader.start()
    try:
        status = process.wait(limit_s)
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{Path(command[0]).name} was ended after {limit_s:g} seconds") from error
    finally:
        _end_group(process)
        reader.join(5.0)
        process.stdout.close()
    return Outcome(status, kept.decode("utf-8", "replace"))


def _keep_last(stream: IO[bytes], kept: bytearray) -> None:
    while chunk := stream.read1(65536):  # type: ignore[attr-defined]
        kept += chunk
        del kept[:-_KEPT]


def _end_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # the group has ended by itself
    process.wait()
