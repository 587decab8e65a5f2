"""The table `index.csv` of the public lexicons of `.pose` files: what each file signs, and where in it.

Source: columns, index of the lexicons of `spoken-to-signed-translation`; times are in milliseconds.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.languages import find_language

MAX_BYTES: Final = 64 << 20
_NEEDED: Final = ("path", "words", "glosses")


@dataclass(frozen=True)
class Entry:
    """A line of the table."""

    language: str
    text: str
    gloss: tuple[str, ...]
    begin_s: float
    end_s: float
    line: int

    def cuts(self, duration_s: float) -> bool:
        """Whether the sign is a part of a file this long; a file that ends sooner was cut before."""
        return self.begin_s < self.end_s <= duration_s and (self.begin_s > 0.0 or self.end_s < duration_s)


def read_index(path: Path) -> dict[str, Entry]:
    """The entries by the path that they name.

    Raises:
        DataError: It is no such table, or a line is wrong.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"a table of {path.stat().st_size:,} bytes: at most {MAX_BYTES:,} are read", path)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        rows = csv.DictReader(lines, strict=True)
        if missing := [name for name in _NEEDED if name not in (rows.fieldnames or ())]:
            raise DataError(f"no column {', '.join(missing)}; its header is {lines[:1]}"[:300], path, 1)
        entries: dict[str, Entry] = {}
        for row in rows:
            name = row["path"] or ""
            if name in entries:
                raise DataError(
                    f"{name[:60]!r} is named twice, first in line {entries[name].line}", path, rows.line_num
                )
            entries[name] = _entry(row, path, rows.line_num)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"no table: {error}", path) from error
    return entries


def _entry(row: Mapping[str, str | None], path: Path, line: int) -> Entry:
    try:
        begin_s, end_s = (float(row.get(key) or 0) / 1000.0 for key in ("start", "end"))
        if not 0.0 <= begin_s <= end_s < float("inf"):
            raise ValueError("it ends before it starts")
    except ValueError as error:
        raise DataError(f"start and end should be milliseconds: {error}", path, line) from error
    code = (row.get("signed_language") or "").strip()
    try:
        language = find_language(code).code if code else ""
    except DataError:
        language = code.lower()  # a language that is not among the eight keeps its own code
    return Entry(language, row["words"] or "", tuple((row["glosses"] or "").split()), begin_s, end_s, line)


def assign(entries: Mapping[str, Entry], sources: Sequence[str]) -> tuple[dict[str, Entry], list[str]]:
    """The entry of each file that has one, and the paths that no file was found for.

    The public tables keep folders that copies of the files may have lost: where a path names no file, the only file of
    that name which no other path names is meant.
    """
    found = {source: entries[source] for source in sources if source in entries}
    by_name: dict[str, list[str]] = {}
    for source in sources:
        if source not in found:
            by_name.setdefault(PurePosixPath(source).name, []).append(source)
    lost = [path for path in entries if path not in found]
    wanted = Counter(PurePosixPath(path).name for path in lost)
    missing = []
    for path in lost:
        name = PurePosixPath(path).name
        if wanted[name] == 1 and len(by_name.get(name, ())) == 1:
            found[by_name[name][0]] = entries[path]
        else:
            missing.append(path)
    return found, missing
