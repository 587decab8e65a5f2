"""What was signed, in writing: the text tables of How2Sign, Phoenix-14T and SLRTP, and cutting by their times.

- How2Sign: tab-separated with a header, `SENTENCE_NAME`, `SENTENCE`, times in seconds, quoted as spreadsheets quote.
- Phoenix-14T: `|` between columns, `name|video|start|end|speaker|orth|translation`, no quoting; times are -1 there.
- Parallel files: line k of `dev.files` names what line k of `dev.text` and `dev.gloss` say. Nothing but their number of
  lines can be checked: in the public `dev.text` of Prompt2Sign, lines 1554 to 1653 are one off (measured), and only
  How2Sign's own table has them right.
- SLRTP: its own `.pt` files are pickles, and nothing from outside is unpickled here. A JSON export is read: an object
  of `{name: {"text": ..., "gloss": ..., "speaker": ...}}`, or a list of such objects with their `name`.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import Observation

MAX_TABLE_BYTES: Final = 256 << 20
"""A table larger than this is refused before it is read; How2Sign's largest has 5 MB."""
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')
_PARALLEL: Final = (".files", ".text", ".gloss")
_SPLIT_OF: Final = {"train": "train", "val": "dev", "dev": "dev", "validation": "dev", "test": "test"}
_HOW2SIGN: Final = ("SENTENCE_NAME", "SENTENCE")
_PHOENIX: Final = ("name", "video", "start", "end", "speaker", "orth", "translation")


@dataclass(frozen=True)
class TextRow:
    """One sentence of a table."""

    name: str
    """As in the table: Prompt2Sign's files put the split before it, `dev/...`."""
    text: str
    gloss: tuple[str, ...] = ()
    signer: str = ""
    begin_s: float | None = None
    """Start in `recording`, seconds; none when the table gives no times."""
    end_s: float | None = None
    split: str = ""
    recording: str = ""
    """Name of the longer recording that the sentence is part of."""


def split_of(name: str) -> str:
    """The split that a file or folder name begins or ends with, one of `sample.SPLITS`; empty when it names none."""
    words = "".join(c if c.isalnum() else " " for c in name.lower()).split()
    found = {_SPLIT_OF[word] for word in words if word in _SPLIT_OF}
    return found.pop() if len(found) == 1 else ""


def read_table(path: Path) -> dict[str, TextRow]:
    """The sentences of a table by name.

    Args:
        path: A table, recognised by its header; or one of the parallel files (`dev.text`), whose neighbours are found.

    Raises:
        DataError: It is no table of a known kind, or a line of it cannot be right; with the line.
    """
    if path.suffix in _PARALLEL:
        return _by_name(_read_parallel(path), path.with_suffix(".files"))
    if path.suffix in (".pt", ".pkl", ".pickle"):
        raise DataError(
            "a pickle can run code, so it is not opened; export its texts as JSON, where you trust it: "
            '{name: {"text": ..., "gloss": ..., "speaker": ...}}',
            path,
        )
    if path.suffix == ".json":
        return _by_name(((None, row) for row in _read_json(path)), path)
    lines = read_lines(path)
    header = lines[0] if lines else ""
    if set(_HOW2SIGN) <= set(header.split("\t")):
        return _by_name(_read_how2sign(lines, path), path)
    if set(_PHOENIX[:1] + _PHOENIX[-1:]) <= set(header.split("|")):
        return _by_name(_read_phoenix(lines, path), path)
    raise DataError(
        f"begins with {header[:80]!r}, which is no header that is known: How2Sign has SENTENCE_NAME and SENTENCE "
        "between tabs, Phoenix-14T has name and translation between |",
        path,
        1,
    )


def find_tables(folder: Path) -> dict[str, TextRow]:
    """The sentences of all parallel files (`dev.files` with `dev.text`) that lie in a folder."""
    rows: dict[str, TextRow] = {}
    for path in sorted(folder.glob("*.files")):
        if path.with_suffix(".text").is_file():
            rows.update(read_table(path))
    return rows


class Sentences:
    """Looks sentences up by a clip's or a recording's name, with or without a split before it."""

    def __init__(self, rows: Mapping[str, TextRow]) -> None:
        """Index the rows of a table."""
        self._rows = {_bare(name): row for name, row in rows.items()}
        self._recordings: dict[str, list[TextRow]] = {}
        for row in rows.values():
            if row.recording and row.begin_s is not None and row.end_s is not None:
                self._recordings.setdefault(row.recording, []).append(row)

    def of_clip(self, name: str) -> TextRow | None:
        """The sentence that has this name."""
        return self._rows.get(_bare(name))

    def in_recording(self, name: str) -> tuple[TextRow, ...]:
        """The sentences that a recording holds, by their start; all have times."""
        return tuple(sorted(self._recordings.get(name, ()), key=lambda row: row.begin_s or 0.0))


def cut(seen: Observation, begin_s: float, end_s: float) -> Observation:
    """The part of a recording between two times; frame k shows the time from k / fps on.

    Frames are counted from the nearest whole one, so that sentences which follow one another share no frame. Tables
    that end a little after the recording are common: what there is, is given.

    Args:
        seen: The recording, from its first frame.
        begin_s: Start, seconds.
        end_s: End, seconds.

    Raises:
        DataError: The times are not in order, or the recording has no frame between them.
    """
    if not (math.isfinite(begin_s) and math.isfinite(end_s) and 0.0 <= begin_s < end_s):
        raise DataError(f"from {begin_s} to {end_s} seconds: a start of 0 or more and a later end are needed")
    first = round(begin_s * seen.fps)
    last = min(round(end_s * seen.fps), len(seen))
    if first >= last:
        raise DataError(
            f"no frame from {begin_s:g} to {end_s:g} seconds: the recording has {len(seen)} frames, "
            f"{len(seen) / seen.fps:.2f} seconds at {seen.fps:g} frames per second"
        )
    return replace(seen, points=seen.points[first:last], confidence=seen.confidence[first:last])


def unquote(line: str) -> str:
    """A line of a `.text` file without the quotes of the spreadsheet that it came from.

    Prompt2Sign's files keep them around every sentence with a comma: 850 of 1,739 lines of the public `dev.text`.
    """
    return line[1:-1].replace('""', '"') if _QUOTED.fullmatch(line) else line


def read_lines(path: Path) -> list[str]:
    r"""Lines of a text file: UTF-8, ended by "\n" or "\r\n"; the last one need not be ended.

    Raises:
        DataError: The file is not there, is too large, or is not UTF-8; with the line.
    """
    try:
        if path.stat().st_size > MAX_TABLE_BYTES:
            raise DataError(f"{path.stat().st_size} bytes: a table has at most {MAX_TABLE_BYTES}", path)
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from error
    raw = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if raw[-1] == b"":
        raw.pop()
    lines = []
    for number, line in enumerate(raw, 1):
        try:
            lines.append(line.removesuffix(b"\r").decode())
        except UnicodeDecodeError as error:
            raise DataError("is not UTF-8", path, number) from error
    return lines


def _bare(name: str) -> str:
    return name.rpartition("/")[2]


def _by_name(rows: Iterable[tuple[int | None, TextRow]], path: Path) -> dict[str, TextRow]:
    found: dict[str, TextRow] = {}
    for line, row in rows:
        if not row.name:
            raise DataError("the sentence has no name", path, line)
        if found.setdefault(row.name, row) != row:
            raise DataError(f"{row.name!r} has been given another sentence before: names are unique", path, line)
    return found


def _read_parallel(path: Path) -> Iterator[tuple[int, TextRow]]:
    names, texts = read_lines(path.with_suffix(".files")), read_lines(path.with_suffix(".text"))
    gloss_path = path.with_suffix(".gloss")
    glosses = read_lines(gloss_path) if gloss_path.is_file() else [""] * len(names)
    for suffix, lines in ((".text", texts), (".gloss", glosses)):
        if len(lines) != len(names):
            raise DataError(
                f"{len(lines)} lines, but {len(names)} names in {path.stem}.files: line k of one belongs to line k of "
                "the other, so none can be trusted",
                path.with_suffix(suffix),
                min(len(lines), len(names)) + 1,
            )
    split = split_of(path.stem)
    for number, (name, text, gloss) in enumerate(zip(names, texts, glosses, strict=True), 1):
        yield number, TextRow(name, unquote(text), tuple(gloss.split()), split=split)


def _read_how2sign(lines: list[str], path: Path) -> Iterator[tuple[int, TextRow]]:
    header = lines[0].split("\t")
    split = split_of(path.stem)
    for number, line in enumerate(lines[1:], 2):
        cells = _cells(_unquoted(line), header, path, number)
        yield (
            number,
            TextRow(
                cells["SENTENCE_NAME"],
                cells["SENTENCE"],
                begin_s=_seconds(cells.get("START_REALIGNED", cells.get("START", "")), path, number),
                end_s=_seconds(cells.get("END_REALIGNED", cells.get("END", "")), path, number),
                split=split,
                recording=cells.get("VIDEO_NAME", ""),
            ),
        )


def _read_phoenix(lines: list[str], path: Path) -> Iterator[tuple[int, TextRow]]:
    header = lines[0].split("|")
    split = split_of(path.stem)
    for number, line in enumerate(lines[1:], 2):
        cells = _cells(line.split("|"), header, path, number)
        gloss, signer = tuple(cells.get("orth", "").split()), cells.get("speaker", "")
        # start and end count frames of the recording, or are -1: they are no times, and a clip is a sentence here.
        yield number, TextRow(cells["name"], cells["translation"], gloss, signer, split=split)


def _unquoted(line: str) -> list[str]:
    """Cells of one line; a quote that was never meant as one is text, and never swallows the lines after it."""
    try:
        return next(csv.reader([line], delimiter="\t", strict=True), [])
    except csv.Error:
        return line.split("\t")


def _cells(cells: list[str], header: list[str], path: Path, number: int) -> dict[str, str]:
    if len(cells) != len(header):
        raise DataError(f"{len(cells)} columns, but the header has {len(header)}", path, number)
    return dict(zip(header, cells, strict=True))


def _seconds(cell: str, path: Path, number: int) -> float | None:
    if not cell.strip():
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not 0.0 <= value < math.inf:
        raise DataError(f"{cell!r} is no time in seconds", path, number)
    return value


def _read_json(path: Path) -> Iterator[TextRow]:
    try:
        found = json.loads("\n".join(read_lines(path)))
    except (ValueError, RecursionError) as error:
        raise DataError(f"is not JSON: {error}", path, getattr(error, "lineno", None)) from error
    if isinstance(found, dict):
        found = [{**row, "name": name} if isinstance(row, dict) else row for name, row in found.items()]
    if not isinstance(found, list):
        raise DataError('expected {name: {"text": ...}} or a list of objects with "name" and "text"', path)
    for row in found:
        if not isinstance(row, dict) or not isinstance(row.get("name"), str) or not isinstance(row.get("text"), str):
            raise DataError(f'expected an object with "name" and "text", got {str(row)[:80]}', path)
        gloss = row.get("gloss") or ""
        if not isinstance(gloss, str | list):
            raise DataError(f"the gloss of {row['name']!r} is neither text nor a list", path)
        words = gloss.split() if isinstance(gloss, str) else [str(word) for word in gloss]
        signer = str(row.get("speaker") or row.get("signer") or "")
        yield TextRow(row["name"], row["text"], tuple(words), signer, split=split_of(path.stem))
