"""What the readers of motion files share: a file or folder in, one sample per file or, cut, per sentence out."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator
from pathlib import Path

from signllm_training.prompt2sign.errors import DataError, MissingToolError
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Observation, Provenance, Read, Sample, Skipped
from signllm_training.prompt2sign.tables import Sentences, TextRow, cut, find_tables, read_table, split_of

Load = Callable[[Path], tuple[Observation, str]]
"""Reads one file: what was seen, and by which reader and profile."""


def read_recordings(
    path: Path, suffixes: tuple[str, ...], options: ReadOptions, load: Load, *, but: Container[str] = ()
) -> Read:
    """Samples of one file or of all files below a folder, in the order of their names.

    A file's sentence is the one that the text table gives to its name. A file that the table knows as a recording of
    several sentences is cut by their times, and parts without a sentence are left out. A file that no table knows is a
    sample without text.

    Args:
        path: File or folder.
        suffixes: Endings of the files to read, in lower case.
        options: What the user says.
        load: Reads one file; its `DataError` skips that file, a missing tool ends the reading.
        but: Names of files that are no samples.

    Raises:
        DataError: There is no such file, or the text table cannot be read.
    """
    root = path.parent if path.is_file() else path
    sentences = Sentences(read_table(options.text) if options.text else find_tables(root))
    count = 0
    for file in files_below(path, suffixes):
        if file.name not in but:
            count += 1
            yield from _samples(file, root, options, sentences, load)
    if count == 0:
        raise DataError(f"no file ending in {', '.join(suffixes)}", path)


def files_below(path: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """The file itself, or all files below a folder in the order of their names; links to folders are not followed."""
    if path.is_file():
        if path.suffix.lower() in suffixes:
            yield path
        return
    for folder, inner, names in os.walk(path):
        inner.sort()
        for name in sorted(names):
            if name.lower().endswith(suffixes):
                yield Path(folder) / name


def _samples(file: Path, root: Path, options: ReadOptions, sentences: Sentences, load: Load) -> Read:
    source = file.relative_to(root).as_posix()
    try:
        seen, reader = load(file)
    except MissingToolError:
        raise
    except (DataError, OSError) as error:
        yield _skipped(source, error)
        return
    parts = sentences.in_recording(file.stem)
    for row in parts:
        try:
            part = cut(seen, row.begin_s or 0.0, row.end_s or 0.0)
        except DataError as error:
            yield Skipped(source, None, f"{row.name}: {error.reason}")
            continue
        yield _sample(row.name, part, source, root, reader, options, row)
    if not parts:
        name = source.removesuffix(file.suffix)
        yield _sample(name, seen, source, root, reader, options, sentences.of_clip(file.stem))


def _skipped(source: str, error: DataError | OSError) -> Skipped:
    if isinstance(error, DataError):
        return Skipped(source, error.line, error.reason)
    return Skipped(source, None, f"cannot be read: {error.strerror}")


def _sample(
    name: str, seen: Observation, source: str, root: Path, reader: str, options: ReadOptions, row: TextRow | None
) -> Sample:
    times = (row.begin_s, row.end_s) if row is not None and row.recording else (None, None)
    return Sample(
        name=name,
        language=options.language,
        text=row.text if row else "",
        gloss=row.gloss if row else (),
        signer=row.signer if row else "",
        split=(row.split if row else "") or split_of(name.split("/")[0]) or options.split,
        licence=options.licence,
        provenance=Provenance(options.corpus or root.resolve().name, source, reader, *times),
        seen=seen,
    )
