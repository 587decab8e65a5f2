"""From the files of a corpus to a set that training reads: read, clean, lift, standardise, prompt, store.

One process cuts the stream of samples into units, which are done wherever there is a core, as is the reading of what
takes long to read; what is written does not depend on where. Memory holds a few units, however large the corpus is.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from signllm_training.prompt2sign import manifest
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.journal import Journal, fingerprint
from signllm_training.prompt2sign.languages import find_language
from signllm_training.prompt2sign.manifest import FileHash, Manifest
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Read, Sample, Skipped
from signllm_training.prompt2sign.splits import SplitRule
from signllm_training.prompt2sign.standard import PROFILE
from signllm_training.prompt2sign.units import Made, Steps, Unit, cut, make_shard

Part = Callable[[], list[Sample | Skipped]]
"""Reads a part of a corpus."""
Calls = Callable[[Iterator[Part]], Iterator[list[Sample | Skipped]]]
"""Calls parts, wherever there is a core, and gives what they give, in their order."""


class Units(Protocol):
    """Reads the corpus and gives its units in order, those that are done already as what became of them."""

    def __call__(self, calls: Calls = ...) -> Iterator[Unit | Made]:
        """Read through `calls`, where a corpus has parts that can be read by themselves; else in this process."""


Work = Callable[[Unit | Made], Made]
Engine = Callable[[Units, Work], Iterator[Made]]
"""Does every unit, in any order, and holds few of them at a time. What it is given can be pickled."""

UNSURE: Final = "without_signer_or_split"
"""Where the manifest's options say how many clips do not say what the splits go by."""
_READ_AHEAD: Final = 4
"""Parts of a corpus that are read before they are asked for, for every process."""
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class PrepareOptions:
    """What a prepared set is made of and how; kept with the set."""

    read: ReadOptions = field(default_factory=ReadOptions)
    kind: str = ""
    """Kind of source where it is not recognised, as `open_corpus` takes it."""
    steps: Steps = field(default_factory=Steps)
    split: SplitRule = field(default_factory=SplitRule)
    clips_per_shard: int = 256
    frames_per_shard: int = 16_384
    """A shard, which one process makes, is full when either is reached."""

    def __post_init__(self) -> None:
        """Reject what cannot work.

        Raises:
            DataError: Nothing fits into a shard, or the language is not known.
        """
        if self.read.language:
            find_language(self.read.language)
        if self.clips_per_shard < 1 or self.frames_per_shard < 1:
            raise DataError("a shard holds at least one clip and one frame")

    def to_json(self) -> dict[str, Any]:
        """A JSON object that tells these options from others."""
        text = json.dumps(dataclasses.asdict(self), default=_plain)
        found: dict[str, Any] = json.loads(text)
        return found


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    clips: int
    frames: int
    skipped: int


@dataclass(frozen=True)
class Summary:
    """What a prepared set holds, and what was left out."""

    manifest: Manifest
    unsure: int
    """Clips that do not say what the splits go by, and so are all in `train`."""


def prepare(
    source: Path,
    out: Path,
    options: PrepareOptions | None = None,
    *,
    workers: int = 1,
    engine: Engine | None = None,
    strict: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Make the prepared set `out` of the corpus `source`, or go on making it.

    Args:
        source: Whatever `open_corpus` reads.
        out: Folder of the set: empty, not there yet, or of a run with the same source and options that was stopped.
        options: What is made.
        workers: Processes that work beside the one that reads; with 1 it does all.
        engine: Does the work instead of those processes.
        strict: Stop at the first sample that cannot be used.
        progress: Told after every unit.

    Raises:
        DataError: The source cannot be read, `out` holds something else, or, if `strict`, a sample cannot be used.
        MissingToolError: A package is not installed.
    """
    from signllm_training.prompt2sign import store

    options = options or PrepareOptions()
    if out.resolve().is_relative_to(source.resolve()):
        raise DataError("the set would lie within its own source: give a folder outside of it", out)
    about = {"options": options.to_json(), "profile": PROFILE, "schema": store.SCHEMA_VERSION}
    about |= {"source": fingerprint(source), "text": fingerprint(options.read.text) if options.read.text else ""}
    journal = Journal(out, about)
    if not journal.finished:
        units = functools.partial(units_of, source, options, journal)
        work = functools.partial(make_shard, steps=options.steps, source=source, folder=out)
        done = Progress(0, 0, 0)
        running = (engine or functools.partial(run_local, workers=workers))(units, work)
        try:
            for made in running:
                if strict and made.skipped:
                    raise DataError(made.skipped[0].reason, made.skipped[0].source, made.skipped[0].line)
                journal.add(made)
                done = Progress(done.clips + made.clips, done.frames + made.frames, done.skipped + len(made.skipped))
                progress(done)
        finally:
            if isinstance(running, Generator):
                running.close()  # now, not when the error has been handled: it has processes
        _write_manifest(source, out, journal, about)
        journal.finish()
    found = manifest.load(out)
    return Summary(found, int(found.options.get(UNSURE, 0)))


def in_turn(parts: Iterator[Part]) -> Iterator[list[Sample | Skipped]]:
    """Parts called here, one after the other."""
    return (part() for part in parts)


def units_of(source: Path, options: PrepareOptions, journal: Journal, calls: Calls = in_turn) -> Iterator[Unit | Made]:
    """The units of a corpus in order, those that are done already as what became of them."""
    from signllm_training.prompt2sign.readers import open_corpus, openpose, recognise

    kind = options.kind or recognise(source)
    if kind == "openpose":  # the one kind that takes longer to read than a process needs for the rest
        read: Read = itertools.chain.from_iterable(calls(openpose.parts(source, options.read)))
    else:
        read = open_corpus(source, options.read, kind)
    for unit in cut(read, options.split, clips=options.clips_per_shard, frames=options.frames_per_shard):
        yield journal.made(unit) or unit


def run_local(units: Units, work: Work, *, workers: int) -> Iterator[Made]:
    """Do units in processes of this machine, in their order, each with one thread; with one worker in this process."""
    with _one_thread():  # new processes take these settings from this one
        if workers == 1:
            yield from map(work, units())
        else:
            yield from _run_in_processes(units, work, workers)


def _run_in_processes(units: Units, work: Work, workers: int) -> Iterator[Made]:
    waiting: deque[Future[Made]] = deque()
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin_worker)

    def read_ahead(parts: Iterator[Part]) -> Iterator[list[Sample | Skipped]]:
        reading: deque[Future[list[Sample | Skipped]]] = deque()
        for part in parts:
            reading.append(pool.submit(part))
            if len(reading) > _READ_AHEAD * workers:
                yield reading.popleft().result()
        while reading:
            yield reading.popleft().result()

    try:
        for unit in units(read_ahead):
            waiting.append(pool.submit(work, unit))
            # One unit in every process and one ready to go: more would only fill the memory.
            while len(waiting) > workers + 1 or (waiting and waiting[0].done()):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise DataError(
            "a worker process ended without a word, most likely for want of memory: "
            "run the same command again with fewer --workers; finished shards are kept"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _write_manifest(source: Path, out: Path, journal: Journal, about: Mapping[str, Any]) -> None:
    """Write the manifest from what the journal has, in order: whatever was done first or in an earlier run."""
    sources: dict[str, FileHash] = {}
    skipped: list[Skipped] = []
    unsure = 0
    for made in journal.all_made():
        sources |= {one.path: one for one in made.sources}
        skipped += made.skipped
        unsure += made.unsure
    if not any(out.glob("*.parquet")):
        first = f"; the first: {skipped[0].source}: {skipped[0].reason}" if skipped else ""
        raise DataError(f"no sample can be used: the source has none, or all {len(skipped)} were skipped{first}", out)
    hashes = _hashed(source, sources.values())
    built = manifest.build(out, sources=hashes, skipped=skipped, options={**about, UNSURE: unsure})
    manifest.write(built, out)


def _hashed(source: Path, parts: Iterable[FileHash]) -> list[FileHash]:
    """Hashes of all parts of the corpus; of its files, when its samples name places that it was once made from."""
    whole = [part if part.sha256 else manifest.hash_source(source, part.path) for part in parts]
    found = [part for part in whole if part.sha256]
    if found or not source.is_dir():
        return found
    return [manifest.hash_source(source, path.name) for path in sorted(source.iterdir()) if path.is_file()]


def _begin_worker() -> None:
    """What every process of the pool does first.

    Ctrl-C reaches every process of a terminal: the unit at hand is finished, and the process that reads says that it
    stops. When that one is killed, its workers would wait for work for ever: they end with it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread in each process that starts meanwhile: there are as many processes as cores."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    assert isinstance(value, Path)
    return value.name  # no folder of this machine is named in a set
