"""Versions of what signs: digests of the files themselves, so that a report names the very signs that were made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

_DIGITS: Final = 16
"""Of a SHA-256 in hexadecimal: enough to tell versions apart."""


def lexicon_version() -> str:
    """Digest of all data files of the lexicon, whatever the order in which a file system lists them."""
    return _digest(sorted(_toml_files(resources.files("signllm.lexicon") / "data"), key=str))


def file_version(path: Path) -> str:
    """First digits of a file's SHA-256, as `sha256sum` prints it.

    Raises:
        OSError: The file cannot be read.
    """
    return _digest([path])


def _toml_files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _toml_files(entry)
        elif entry.name.endswith(".toml"):
            yield entry


def _digest(files: Iterable[Traversable]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:_DIGITS]
