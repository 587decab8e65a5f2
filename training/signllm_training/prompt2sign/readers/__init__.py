"""One reader per kind of source: a path in, samples as their source saw them out."""

from __future__ import annotations

from pathlib import Path

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers.kinds import KINDS, kinds_table, recognise
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Read

__all__ = ["KINDS", "ReadOptions", "kinds_table", "open_corpus", "recognise"]


def open_corpus(path: Path, options: ReadOptions | None = None, kind: str = "") -> Read:
    """Samples of a file or folder, as its reader finds them.

    Args:
        path: Any kind of `KINDS`.
        options: What the user says about it.
        kind: Name of its kind; recognised when absent.

    Raises:
        DataError: There is nothing there, or nothing that can be read.
        AmbiguousDataError: A folder holds several kinds, or its numbers fit several readings.
        MissingToolError: Its reader needs what is not installed.
    """
    if not path.exists():
        raise DataError("there is no such file or folder", path)
    name = kind or recognise(path)
    if name not in KINDS:
        raise DataError(f"there is no kind {name!r} of data; there are:\n{kinds_table()}")
    return KINDS[name].reader()(path, options or ReadOptions())
