"""Versions of what signs: digests of the files themselves, so that a report names the very signs that were made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from signllm.lexicon.signs import own_folder

_DIGITS: Final = 16
"""Of a SHA-256 in hexadecimal: enough to tell versions apart."""


def lexicon_version() -> str:
    """Digest of all files of the lexicon and of the user's own signs, whatever order a file system lists them in."""
    files = sorted(_toml_files(resources.files("signllm.lexicon") / "data"), key=str)
    own = own_folder("asl")
    if own is not None and own.is_dir():
        files += sorted((file for file in own.iterdir() if file.name.endswith(".toml")), key=str)
    return _digest(files)


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
