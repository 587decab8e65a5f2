"""Errors of the data pipeline; catch by what you can do about it.

DataError                 data that cannot be used: file, line where there is one, what is wrong, what is allowed
|-- AmbiguousDataError    more than one reading fits: name the one that is right
`-- MissingToolError      a library or program that this kind of data needs is not installed
"""

from __future__ import annotations

from pathlib import Path

from signllm.errors import SignLLMError


class DataError(SignLLMError):
    """Data that cannot be used."""

    def __init__(self, message: str, path: Path | str | None = None, line: int | None = None) -> None:
        """Say what is wrong, and in which file and line, counted from 1."""
        self.path, self.line, self.reason = path, line, message
        place = "" if path is None else f"{path}: " if line is None else f"{path}, line {line}: "
        super().__init__(place + message)


class AmbiguousDataError(DataError):
    """Data that more than one reading fits."""


class MissingToolError(DataError):
    """A library or program that is not installed; the message says how to install it."""
