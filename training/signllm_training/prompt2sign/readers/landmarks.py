"""Reads MediaPipe landmarks in Parquet, in both layouts of the public ASL sets, with the table that lies beside them.

Long, a file per sign: a row per landmark with `frame`, `type` (`face`, `pose`, `left_hand`, `right_hand`),
`landmark_index`, `x`, `y`, `z`; `train.csv` says `path`, `participant_id`, `sequence_id`, `sign`. Wide, many sentences
in a file: a row per frame with `sequence_id`, `frame` and `x_face_0` ... `z_right_hand_20`; the table says `phrase`.

x is in picture widths, y in heights, z in widths; missing landmarks are NaN. The result is in picture widths: the
picture's shape is measured on the face or said as `profile` (see `picture`). Neither layout says its frames per second:
30, unless the option says otherwise. Frames that are left out stay in the clip, with nothing known.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm_training.prompt2sign import holistic, holistic_depth
from signllm_training.prompt2sign.errors import DataError, MissingToolError
from signllm_training.prompt2sign.picture import aspect_measured, aspect_said
from signllm_training.prompt2sign.readers.landmarks_table import Line, find_table
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Floats, Observation, Provenance, Read, Sample, Skipped

DEFAULT_FPS: Final = 30.0
MAX_FRAMES: Final = 20_000
"""Of one clip, 11 minutes."""
_MAX_ROWS: Final = MAX_FRAMES * 543
_LONG: Final = ("frame", "type", "landmark_index", "x", "y", "z")
_COMPONENTS: Final = {"face": "face", "pose": "body", "left_hand": "left_hand", "right_hand": "right_hand"}
_BATCH: Final = 512


def read(path: Path, options: ReadOptions) -> Read:
    """Clips of a Parquet file, or of every one below a folder.

    Raises:
        DataError: There is no such file, its table cannot be read, or the profile is no shape of a picture.
        MissingToolError: `pyarrow` is not installed.
    """
    aspect = aspect_said(options.profile)
    if not path.exists():
        raise DataError("no such file or folder", path)
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise DataError("no .parquet file in this folder", path)
    folder, lines = find_table(path)
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise MissingToolError("Parquet needs pyarrow: pip install 'signllm[data]'") from error
    return _samples(files, folder, lines, aspect, options, whole=path == folder)


def _samples(
    files: Sequence[Path],
    folder: Path,
    lines: dict[tuple[str, str], Line],
    aspect: float | None,
    options: ReadOptions,
    *,
    whole: bool,
) -> Iterator[Sample | Skipped]:
    unused = dict(lines)
    by_source: dict[str, list[str]] = {}
    for path, sequence in lines:
        by_source.setdefault(path, []).append(sequence)
    for file in files:
        source = file.absolute().relative_to(folder.absolute()).as_posix()
        try:
            for sequence, points, confidence, problem in _clips(file):
                # A file of one sign does not name its sequence; the table does.
                named = by_source.get(source, [])
                key = (source, sequence or (named[0] if len(named) == 1 else ""))
                line = lines.get(key)
                unused.pop(key, None)
                name = source.removesuffix(".parquet") + (f"/{sequence}" if sequence else "")
                try:
                    if problem:
                        raise DataError(problem)
                    seen = observe(points, confidence, aspect, options.fps or DEFAULT_FPS)
                    yield _sample(name, source, line, seen, options, options.corpus or folder.name)
                except DataError as error:
                    yield Skipped(source + (f", sequence {sequence}" if sequence else ""), error.line, error.reason)
        except DataError as error:
            yield Skipped(source, error.line, error.reason)
            for sequence in by_source.get(source, []):
                unused.pop((source, sequence), None)
    for (source, sequence), line in unused.items() if whole else ():
        yield Skipped(f"{source}, sequence {sequence}", line.line, "the table names it, but there is no such clip")


def _sample(name: str, source: str, line: Line | None, seen: Observation, options: ReadOptions, corpus: str) -> Sample:
    return Sample(
        name=name,
        language=options.language,
        text=line.text if line else "",
        gloss=line.gloss if line else (),
        signer=line.signer if line else "",
        split=options.split,
        licence=options.licence,
        provenance=Provenance(corpus, source, "landmarks"),
        seen=seen,
    )


def observe(points: Floats, confidence: Floats, aspect: float | None, fps: float) -> Observation:
    """A clip in picture widths.

    Args:
        points: [T, 586, 3], x and z in picture widths, y in heights.
        confidence: [T, 586].
        aspect: Height of the picture in widths; measured where it is None.
        fps: Frames per second.

    Raises:
        AmbiguousDataError: It is None, and no face is seen.
    """
    if aspect is None:
        aspect = aspect_measured(holistic_depth.measure_aspect(points, confidence))
    square = points * np.array([1.0, aspect, 1.0], np.float32)
    chosen, known = holistic.keypoints(square, confidence)
    chosen, _ = holistic_depth.lay_depth(chosen, square, known, 1.0, world=False)
    axes = (holistic.facing(chosen, known), -1, -1)
    return Observation(chosen, known, fps, axes, "image", "measured")


_Clip = tuple[str, Floats, Floats, str]
"""Sequence, points [T, 586, 3], confidence [T, 586], and what is wrong with it, if anything."""


def _clips(path: Path) -> Iterator[_Clip]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        columns = pq.read_schema(path).names
        is_long = set(_LONG) <= set(columns)
        # The kind of landmark is one of four words; as a dictionary it takes a number per row, however long they are.
        with pq.ParquetFile(path, read_dictionary=["type"] if is_long else None) as file:
            if is_long:
                yield _read_long(file)
            elif {"frame", "sequence_id", "x_pose_11", "x_left_hand_0"} <= set(columns):
                yield from _read_wide(file, columns)
            else:
                raise DataError(
                    f"its columns are {', '.join(columns[:8])} ...: landmarks are in {', '.join(_LONG)}, or in "
                    "sequence_id, frame, x_face_0 and so on",
                    path,
                )
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"no whole Parquet file: {str(error)[:200]}", path) from error


def _read_long(file: Any) -> _Clip:
    rows = file.metadata.num_rows
    if not 0 < rows <= _MAX_ROWS:
        raise DataError(f"it has {rows:,} rows: 1 to {_MAX_ROWS:,} are read, {MAX_FRAMES:,} frames of one clip")
    table = file.read(columns=list(_LONG))
    frame, index = (_integers(table.column(name), name) for name in ("frame", "landmark_index"))
    kinds = table.column("type").combine_chunks().dictionary_encode()
    kinds = kinds.chunk(0) if hasattr(kinds, "chunk") else kinds
    words = [str(word) for word in kinds.dictionary.to_pylist()]
    if strange := sorted(set(words) - set(_COMPONENTS)):
        raise DataError(f"type {strange[0][:40]!r}: {', '.join(_COMPONENTS)} are known")
    if kinds.null_count:
        raise DataError(f"{kinds.null_count} rows have no type")
    codes = kinds.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    starts = np.array([holistic.START[_COMPONENTS[word]] for word in words], np.int64)
    counts = np.array([holistic.COMPONENTS[_COMPONENTS[word]] for word in words], np.int64)
    if (wrong := (index < 0) | (index >= counts[codes])).any():
        k = int(np.argmax(wrong))
        raise DataError(f"row {k}: {words[codes[k]]} has no landmark {index[k]}")
    times = _times(frame)
    place = times * holistic.COUNT + starts[codes] + index
    if len(np.unique(place)) != len(place):
        raise DataError("a landmark is given twice in one frame")
    xyz = np.stack([_floats(table.column(name), name) for name in "xyz"], axis=-1)
    points = np.full((int(times.max()) + 1, holistic.COUNT, 3), np.nan, np.float32)
    points.reshape(-1, 3)[place] = xyz
    return "", *_known(points), ""


def _read_wide(file: Any, columns: Sequence[str]) -> Iterator[_Clip]:
    """Clips of a file with a row per frame; the frames of one sequence follow one another."""
    names = [f"{kind}_{k}" for kind, part in _COMPONENTS.items() for k in range(holistic.COMPONENTS[part])]
    names = [name for name in names if {f"{axis}_{name}" for axis in "xyz"} <= set(columns)]
    places = [holistic.START[_COMPONENTS[kind]] + int(k) for kind, _, k in (name.rpartition("_") for name in names)]
    wanted = ["sequence_id", "frame", *(f"{axis}_{name}" for name in names for axis in "xyz")]
    sequence, held, numbers = "", list[Floats](), list[npt.NDArray[np.int64]]()
    done = set[str]()
    for batch in file.iter_batches(batch_size=_BATCH, columns=wanted):
        ids = _integers(batch.column("sequence_id"), "sequence_id")
        frames = _integers(batch.column("frame"), "frame")
        flat = np.stack([_floats(batch.column(name), name) for name in wanted[2:]], axis=-1)
        for begin, end in _runs(ids):
            if str(ids[begin]) != sequence:
                if held:
                    yield _wide_clip(sequence, held, numbers, places, done)
                sequence, held, numbers = str(ids[begin]), [], []
            if sum(map(len, held)) <= MAX_FRAMES:  # more are counted as too many, but not kept
                held.append(flat[begin:end].reshape(end - begin, len(names), 3))
                numbers.append(frames[begin:end])
    if held:
        yield _wide_clip(sequence, held, numbers, places, done)


def _wide_clip(
    sequence: str,
    held: list[Floats],
    numbers: list[npt.NDArray[np.int64]],
    places: Sequence[int],
    done: set[str],
) -> _Clip:
    empty = np.zeros((1, holistic.COUNT, 3), np.float32), np.zeros((1, holistic.COUNT), np.float32)
    if sequence in done:
        return sequence, *empty, "the sequence goes on after another one began: sort the file by sequence_id"
    done.add(sequence)
    try:
        times = _times(np.concatenate(numbers))
        if len(np.unique(times)) != len(times):
            raise DataError("a frame is given twice")
    except DataError as error:
        return sequence, *empty, error.reason
    points = np.full((int(times.max()) + 1, holistic.COUNT, 3), np.nan, np.float32)
    points[np.ix_(times, np.array(places))] = np.concatenate(held)
    return sequence, *_known(points), ""


def _runs(ids: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Begin and end of runs of equal values."""
    edges = [0, *(np.flatnonzero(np.diff(ids)) + 1).tolist(), len(ids)]
    for begin, end in itertools.pairwise(edges):
        if begin < end:
            yield begin, end


def _times(frame: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Frames counted from the first."""
    low, high = int(frame.min()), int(frame.max())
    if high - low >= MAX_FRAMES:
        raise DataError(f"frames {low:,} to {high:,}: at most {MAX_FRAMES:,} are read as one clip")
    return frame - low


def _known(points: Floats) -> tuple[Floats, Floats]:
    finite: npt.NDArray[np.bool_] = np.all(np.isfinite(points), axis=-1)
    return holistic.masked(points, np.where(finite, np.float32(1), np.float32(0)))


def _array(column: Any) -> npt.NDArray[Any]:
    """A chunked column of a table, or a column of a batch."""
    whole = column.combine_chunks() if hasattr(column, "num_chunks") else column
    return np.asarray(whole.to_numpy(zero_copy_only=False))


def _integers(column: Any, name: str) -> npt.NDArray[np.int64]:
    if column.null_count:
        raise DataError(f"column {name} has rows without a number")
    values: npt.NDArray[Any] = _array(column)
    if values.dtype.kind not in "iu":
        raise DataError(f"column {name} holds {values.dtype}, not whole numbers")
    return values.astype(np.int64)


def _floats(column: Any, name: str) -> npt.NDArray[np.float32]:
    values: npt.NDArray[Any] = _array(column)
    if values.dtype.kind not in "fiu":
        raise DataError(f"column {name} holds {values.dtype}, not numbers")
    with np.errstate(over="ignore", invalid="ignore"):
        return values.astype(np.float32)
