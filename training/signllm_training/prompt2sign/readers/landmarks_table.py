"""The table beside the public ASL sets of landmarks: which file and sequence says what, and who signs it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signllm_training.prompt2sign.errors import DataError

NAMES: Final = ("train.csv", "supplemental_metadata.csv")
MAX_BYTES: Final = 256 << 20
_ABOVE: Final = 4
"""Folders in which a table is looked for, from the files' own upwards: sets keep files by signer."""


@dataclass(frozen=True)
class Line:
    """A line of a table."""

    sequence: str
    signer: str
    text: str
    gloss: tuple[str, ...]
    """The sign's label, where the table labels signs."""
    line: int


def find_table(path: Path) -> tuple[Path, dict[tuple[str, str], Line]]:
    """The folder that paths are relative to, and the table's lines by path and sequence.

    Raises:
        DataError: A table cannot be read.
    """
    start = path if path.is_dir() else path.absolute().parent
    for folder in [start, *start.absolute().parents][:_ABOVE]:
        # What lies above may belong to something else.
        tables = [folder / name for name in NAMES if (folder / name).is_file()]
        if tables and (folder == start or all(_looks_right(table) for table in tables)):
            return folder, {key: line for table in tables for key, line in _read(table).items()}
    return start, {}


def _looks_right(path: Path) -> bool:
    with path.open("rb") as file:
        names = set(file.readline(4096).strip().split(b","))
    return {b"path", b"sequence_id"} <= names


def _read(path: Path) -> dict[tuple[str, str], Line]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"a table of {path.stat().st_size:,} bytes: at most {MAX_BYTES:,} are read", path)
        text = path.read_text(encoding="utf-8-sig")
        rows = csv.DictReader(text.splitlines(), strict=True)
        header = rows.fieldnames or ()
        if not ({"path", "sequence_id"} <= set(header) and {"sign", "phrase"} & set(header)):
            raise DataError(
                f"its header is {','.join(header)[:120]!r}; path, sequence_id and sign or phrase are needed", path, 1
            )
        found: dict[tuple[str, str], Line] = {}
        for row in rows:
            source, sequence = row["path"] or "", row["sequence_id"] or ""
            if (source, sequence) in found:
                raise DataError(f"sequence {sequence[:40]!r} of {source[:80]!r} is named twice", path, rows.line_num)
            found[source, sequence] = _line(row, rows.line_num)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"no table: {error}", path) from error
    return found


def _line(row: Mapping[str, str | None], number: int) -> Line:
    sign, phrase = row.get("sign") or "", row.get("phrase") or ""
    return Line(
        sequence=row["sequence_id"] or "",
        signer=row.get("participant_id") or "",
        text=phrase or sign,
        gloss=(sign,) if sign else (),
        line=number,
    )
