"""The standard on disk: shards of Parquet, one row per clip, `train-00000.parquet` and so on.

A shard is a run of row groups of a few megabytes, which is what a reader holds in memory and what workers divide
among themselves. It appears under its name when it is whole; every page carries a checksum.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from signllm_training.prompt2sign.errors import DataError, MissingToolError
from signllm_training.prompt2sign.rows import Entry, entry_row, from_row, to_row, to_sample
from signllm_training.prompt2sign.standard import PROFILE

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ModuleNotFoundError as error:
    raise MissingToolError("prepared sets are Parquet files: pip install 'signllm[data]'") from error

__all__ = [
    "SCHEMA",
    "Entry",
    "ShardWriter",
    "entry_row",
    "from_row",
    "is_shard",
    "read_shards",
    "row_groups",
    "shard_paths",
    "to_row",
    "to_sample",
    "write_shard",
]

SCHEMA_VERSION: Final = "1"
"""Version of `SCHEMA`; a file says it in its metadata under `signllm.schema`."""
_VERSION_KEY: Final = b"signllm.schema"

GROUP_ROWS: Final = 64
GROUP_BYTES: Final = 8 << 20
"""A row group is full when either is reached, bytes before compression."""
SHARD_ROWS: Final = 2048
SHARD_BYTES: Final = 256 << 20
"""A shard is full when either is reached, bytes before compression."""
_LARGEST_GROUP_ROWS: Final = 4096
_LARGEST_GROUP_BYTES: Final = 512 << 20
"""What a row group of a file from elsewhere may ask for before it is read."""
_UNSPLIT: Final = "unsplit"
_ARRAYS: Final = ("points", "mask", "confidence")
_DAMAGE: Final = (pa.ArrowException, OSError, ValueError, OverflowError, IndexError)
"""What Arrow raises over bytes that are no Parquet; names that are no UTF-8 are a `ValueError`."""


def _schema() -> pa.Schema:
    text, number, count = pa.string(), pa.float64(), pa.int32()
    known = {
        **dict.fromkeys(("name", "language", "text"), text),
        "gloss": pa.list_(text),
        **dict.fromkeys(("prompt", "signer", "split", "licence"), text),
        "licence_commercial": pa.bool_(),
        **dict.fromkeys(("licence_consent", "corpus", "source", "reader", "profile"), text),
        "fps": number,
        "frames": count,
        "depth": text,
        "origin": pa.list_(number),
        "scale": number,
        "axes": pa.list_(pa.int8()),
        "unit": text,
        **dict.fromkeys(_ARRAYS, pa.binary()),
    }
    perhaps = {
        **dict.fromkeys(("begin_s", "end_s", "quality", "missing"), number),
        **dict.fromkeys(("swapped", "outliers", "filled", "trimmed_begin", "trimmed_end"), count),
        "notes": pa.list_(text),
    }
    fields = [pa.field(name, kind, nullable=False) for name, kind in known.items()]
    fields += [pa.field(name, kind) for name, kind in perhaps.items()]
    return pa.schema(fields, {_VERSION_KEY: SCHEMA_VERSION.encode(), b"signllm.profile": PROFILE.encode()})


SCHEMA: Final = _schema()
"""Columns of a shard; see `rows.entry_row` for what is in them."""


class ShardWriter:
    """Writes rows into shards of bounded size, and holds one row group in memory."""

    def __init__(self, folder: Path, split: str, rows_per_shard: int = SHARD_ROWS, *, first: int = 0) -> None:
        """Prepare to write `folder/<split>-<number>.parquet`, numbered from `first`."""
        self._folder, self._split, self._rows_per_shard = folder, split, rows_per_shard
        self._number = first
        self._shard: _Shard | None = None
        self.finished: list[Path] = []
        """Shards that are whole, in order."""

    def add(self, row: Mapping[str, Any]) -> Path | None:
        """Write a row of `to_row`; returns the shard that it completed, if it did."""
        if self._shard is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._shard = _Shard(self._folder / shard_name(self._split, self._number))
        self._shard.add(row)
        full = self._shard.rows >= self._rows_per_shard or self._shard.bytes >= SHARD_BYTES
        return self.flush() if full else None

    def flush(self) -> Path | None:
        """Complete the shard that is being written, whatever its size; returns it."""
        if self._shard is None:
            return None
        self._shard.finish()
        self.finished.append(self._shard.path)
        self._shard = None
        self._number += 1
        return self.finished[-1]

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the last shard, or remove what is half written when something went wrong."""
        if kind is None:
            self.flush()
        elif self._shard is not None:
            self._shard.abandon()


def write_shard(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write all rows into one file, which appears when it is whole; returns their number."""
    shard = _Shard(path)
    try:
        for row in rows:
            shard.add(row)
    except BaseException:
        shard.abandon()
        raise
    shard.finish()
    return shard.rows


def shard_name(split: str, number: int) -> str:
    """File name of a shard."""
    return f"{split or _UNSPLIT}-{number:05d}.parquet"


def shard_paths(folder: Path, split: str | None = None) -> list[Path]:
    """Shards of a prepared set in order, of one split or of all; a single file is its own shard.

    Raises:
        DataError: There are none.
    """
    if folder.is_file():
        return [folder]
    pattern = "*" if split is None else split or _UNSPLIT
    found = sorted(path for path in folder.glob(f"{pattern}-*.parquet") if not path.name.startswith("."))
    if not found:
        there = sorted({path.name.rsplit("-", 1)[0] for path in folder.glob("*-*.parquet")})
        raise DataError(f"no shards {pattern}-*.parquet; " + (f"there are: {', '.join(there)}" if there else
                        "`signllm prepare` and `signllm convert` make them"), folder)  # fmt: skip
    return found


def row_groups(paths: Sequence[Path]) -> list[tuple[Path, int, int]]:
    """Shard, number within it and rows of every row group: what workers divide and a loader shuffles.

    Raises:
        DataError: A file is damaged or of another schema.
    """
    groups = []
    for path in paths:
        with _open(path, None) as file:
            counts = [file.metadata.row_group(k).num_rows for k in range(file.metadata.num_row_groups)]
        groups += [(path, k, count) for k, count in enumerate(counts)]
    return groups


def read_group(path: Path, group: int, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Rows of one row group, all of their columns or some.

    Raises:
        DataError: The file is damaged or of another schema.
    """
    with _open(path, columns) as file:
        return list(_read(file, path, group, columns))


def read_shards(
    folder: Path,
    split: str | None = None,
    columns: Sequence[str] | None = None,
    *,
    worker: int = 0,
    workers: int = 1,
) -> Iterator[dict[str, Any]]:
    """Rows of a prepared set in order, one row group in memory at a time; `from_row` reads a whole one.

    Args:
        folder: Prepared set, or a single shard.
        split: Only this split's; `""` for what belongs to none.
        columns: Only these, as a loader needs that sorts by length first.
        worker: This worker's number; it reads every `workers`-th row group.
        workers: Number of workers that share the set.

    Raises:
        DataError: A file is damaged or of another schema.
    """
    number = 0
    for path in shard_paths(folder, split):
        with _open(path, columns) as file:
            for group in range(file.metadata.num_row_groups):
                if number % workers == worker:
                    yield from _read(file, path, group, columns)
                number += 1


def is_shard(path: Path) -> bool:
    """Whether a Parquet file says that it holds clips of the standard, of whatever version."""
    try:
        return _VERSION_KEY in (pq.read_schema(path).metadata or {})
    except _DAMAGE:
        return False


class _Shard:
    """A file that is being written under another name."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows, self.bytes = path, 0, 0
        self._part = path.with_name(f".{path.name}.part")
        self._group: list[Mapping[str, Any]] = []
        self._group_bytes = 0
        self._writer = pq.ParquetWriter(
            self._part,
            SCHEMA,
            compression="zstd",
            use_dictionary=[name for name in SCHEMA.names if name not in _ARRAYS],
            write_statistics=["name", "language", "split", "frames"],
            write_page_checksum=True,
        )

    def add(self, row: Mapping[str, Any]) -> None:
        size = sum(len(row[name]) for name in _ARRAYS)
        self._group.append(row)
        self._group_bytes += size
        self.rows += 1
        self.bytes += size
        if len(self._group) >= GROUP_ROWS or self._group_bytes >= GROUP_BYTES:
            self._write_group()

    def finish(self) -> None:
        self._write_group()
        self._writer.close()
        with self._part.open("rb") as file:  # a name that outlives a power cut must not stand for an empty file
            os.fsync(file.fileno())
        self._part.replace(self.path)

    def abandon(self) -> None:
        self._writer.close()
        self._part.unlink(missing_ok=True)

    def _write_group(self) -> None:
        if self._group:
            self._writer.write_table(pa.Table.from_pylist(self._group, schema=SCHEMA))
            self._group, self._group_bytes = [], 0


def _open(path: Path, columns: Sequence[str] | None) -> pq.ParquetFile:
    """The file, once its footer asks for nothing absurd."""
    try:
        file = pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True)
        try:
            _check(file, path, SCHEMA.names if columns is None else columns)
        except BaseException:
            file.close()
            raise
    except FileNotFoundError:
        raise DataError("there is no such file", path) from None
    except _DAMAGE as error:
        raise DataError(f"the file is damaged or no Parquet ({_first_line(error)}); make it again", path) from error
    return file


def _check(file: pq.ParquetFile, path: Path, columns: Sequence[str]) -> None:
    schema = file.schema_arrow
    version = (schema.metadata or {}).get(_VERSION_KEY, b"").decode(errors="replace")
    if not version:
        raise DataError("Parquet, but no clips of the standard: `signllm convert` makes those from other data", path)
    if version != SCHEMA_VERSION:
        raise DataError(
            f"schema {version}; this version of signllm reads {SCHEMA_VERSION}: update signllm, or make the set again",
            path,
        )
    for name in columns:
        if name not in SCHEMA.names:
            raise DataError(f"there is no column {name!r}; there are: {', '.join(SCHEMA.names)}", path)
        if schema.get_field_index(name) < 0 or not schema.field(name).equals(SCHEMA.field(name)):
            raise DataError(f"column {name!r} is missing or of another type than in schema {version}", path)
    for number in range(file.metadata.num_row_groups):
        _check_group(file.metadata.row_group(number), path)


def _check_group(group: pq.RowGroupMetaData, path: Path) -> None:
    # Its columns are not looked at: pyarrow 26 ends the process over some that are damaged, instead of raising.
    if not 0 <= group.num_rows <= _LARGEST_GROUP_ROWS or not 0 <= group.total_byte_size <= _LARGEST_GROUP_BYTES:
        raise DataError(
            f"a row group of {group.num_rows} rows and {group.total_byte_size} bytes; at most {_LARGEST_GROUP_ROWS} "
            f"and {_LARGEST_GROUP_BYTES} are read",
            path,
        )


def _read(file: pq.ParquetFile, path: Path, group: int, columns: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """Rows of a group, a few at a time: a dictionary makes a large array of a few bytes, again and again."""
    names = None if columns is None else list(columns)
    about = file.metadata.row_group(group)
    step = min(GROUP_ROWS, max(1, _LARGEST_GROUP_BYTES // max(1, about.total_byte_size)))
    total = count = 0
    try:
        for batch in file.iter_batches(step, row_groups=[group], columns=names, use_threads=False):
            batch.validate(full=True)
            total += batch.nbytes
            if total > _LARGEST_GROUP_BYTES:
                raise DataError(f"row group {group} holds more than {_LARGEST_GROUP_BYTES} bytes; make it again", path)
            count += len(batch)
            yield from batch.to_pylist()
        if count != about.num_rows:
            raise DataError(f"row group {group} holds {count} of its {about.num_rows} rows; make the file again", path)
    except _DAMAGE as error:
        raise DataError(f"row group {group} is damaged ({_first_line(error)}); make the file again", path) from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
