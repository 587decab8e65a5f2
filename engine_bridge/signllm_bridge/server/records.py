"""The file in which wrong signs and approvals are written down: one line of JSON each, nothing but what was typed."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final

from signllm_bridge.errors import RecordError, SettingError
from signllm_bridge.events import Approval, Entry

FILE_NAME: Final = "signllm-reports.jsonl"
MAX_BYTES: Final = 16 * 1024 * 1024
"""Of the whole file; what comes later is refused, nothing is overwritten."""
KEPT_FOR_APPROVALS: Final = 1024 * 1024
"""Of these: any viewer can report a sign, and no number of reports may keep an operator from approving a message."""
_LOG: Final = logging.getLogger(__name__)


class Records:
    """Appends entries to a file, one after the other, in a thread of its own: a slow disk stops no frame."""

    def __init__(self, path: Path, about: Mapping[str, str], *, clock: Callable[[], datetime]) -> None:
        """Write to `path`, made with the first entry.

        Args:
            path: The file.
            about: What every line says besides its entry: the server's name and the versions of what signs.
            clock: The time of day.
        """
        self.path = path
        self._about, self._clock = dict(about), clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="signllm-records")

    def submit(self, entry: Entry) -> Future[None]:
        """Write an entry down, later; the result is a `RecordError` when that fails."""
        return self._thread.submit(self.append, entry)

    def append(self, entry: Entry) -> None:
        """Write an entry down, so that it is on the disk.

        Raises:
            RecordError: The disk does not take it, or the file has reached its limit.
        """
        kind = "approval" if isinstance(entry, Approval) else "wrong-sign"
        when = self._clock().isoformat(timespec="milliseconds")
        values = {"kind": kind, "time": when, **self._about, **asdict(entry)}
        if isinstance(entry, Approval):
            _LOG.warning("approval: %s", json.dumps(values))
        try:
            limit = MAX_BYTES if isinstance(entry, Approval) else MAX_BYTES - KEPT_FOR_APPROVALS
            self._write(f"{json.dumps(values, ensure_ascii=False)}\n".encode(), limit)
        except OSError as error:
            _LOG.error("%s cannot be written: %s", self.path, error)
            raise RecordError(
                f"this server could not write it down ({error.strerror}); tell whoever runs the server, and try again"
            ) from error

    def close(self) -> None:
        """Wait for what is still to be written."""
        self._thread.shutdown()

    def _write(self, line: bytes, limit: int) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(file).st_size
            if size + len(line) > limit:
                raise RecordError(
                    f"this server's file of reports is full, {limit // 1024**2} MiB; tell whoever runs the server to "
                    "move it away"
                )
            if os.write(file, line) < len(line):  # the disk is full: half a line would spoil the next one
                os.ftruncate(file, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        finally:
            os.close(file)


def default_path(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The file in the folder where this system keeps the state of a user's programs.

    Raises:
        SettingError: This user has no home folder.
    """
    try:
        home = Path.home()
    except RuntimeError as error:
        raise SettingError("there is no home folder for the reports of wrong signs: give --reports FILE") from error
    if platform == "win32":
        state = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        state = home / "Library" / "Application Support"
    else:  # XDG Base Directory Specification 0.8: "All paths [...] must be absolute", others are to be ignored
        given = Path(environment.get("XDG_STATE_HOME", ""))
        state = given if given.is_absolute() else home / ".local" / "state"
    return state / "signllm" / FILE_NAME


def check_path(path: Path) -> Path:
    """The path, if a file can be there.

    Raises:
        SettingError: It is a folder, or its own folder is missing.
    """
    if path.is_dir():
        raise SettingError(f"reports of wrong signs go to a file, and this is a folder; add a file name: {path}")
    if not path.resolve().parent.is_dir():
        raise SettingError(f"there is no such folder for the reports of wrong signs, make it first: {path.parent}")
    return path
