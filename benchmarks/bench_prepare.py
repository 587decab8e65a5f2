"""`signllm prepare` on a synthetic corpus: time, memory and clips per second, on this machine's cores.

The corpus is the synthesiser's signing as a 2D estimator would see it: noise of one pixel, confidences, no depth, 100
frames a clip, in a .skels file of the DWPose profile. Its clips are 200 different ones again and again. All is done
that is done to a real corpus: it is read, cleaned, lifted, standardised, given prompts, stored and listed.

As a program it prints a table for 1,000 and 10,000 clips: `python benchmarks/bench_prepare.py --workers 2`.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from signllm.lexicon.synthesise import Synthesiser
from signllm_training.evaluation import machine
from signllm_training.prompt2sign.sample import Licence, Observation, Provenance, Sample
from signllm_training.prompt2sign.writers.skels import write_skels

DIFFERENT: Final = 200
FRAMES: Final = 100
_OURS: Final = Licence("CC0-1.0", commercial=True)
_MIB: Final = 1 << 20


@dataclass(frozen=True)
class Run:
    """What one run took."""

    clips: int
    seconds: float
    processor: float
    """Seconds that all processes together computed."""
    memory: float
    """Bytes, resident in all processes together at the worst moment; pages that they share count in each."""
    largest: float
    """Bytes, resident in the largest process."""


def write_corpus(folder: Path, clips: int) -> None:
    """Write `clips` clips as .skels, .text, .gloss and .files."""
    few = min(clips, DIFFERENT)
    write_skels(_samples(few), folder, "dwpose")
    for path in sorted(folder.iterdir()):
        lines = path.read_bytes().splitlines(keepends=True)
        assert len(lines) == few
        with path.open("wb") as file:
            for k in range(clips):
                file.write(f"train/clip{k:06d}\n".encode() if path.suffix == ".files" else lines[k % few])


def run_prepare(source: Path, out: Path, workers: int) -> Run:
    """Prepare a corpus as a user does, watched."""
    clips = (source / "train.files").read_bytes().count(b"\n")
    module = "signllm_training.prompt2sign.prepare_cli"
    command = [sys.executable, "-m", module, str(source), str(out), "--language", "asl", "--licence", "CC0-1.0"]
    before, start = _children(), time.monotonic()
    with (
        subprocess.Popen([*command, "--split-by", "given", "--workers", str(workers)]) as process,
        _Watch(process.pid) as watch,
    ):
        process.wait()
    seconds = time.monotonic() - start
    assert process.returncode == 0
    processor, largest = _children()[0] - before[0], _children()[1]
    return Run(clips, seconds, processor, watch.most, largest)


def _samples(count: int) -> Iterator[Sample]:
    """The synthesiser's clips in parts of a picture of 1280 pixels."""
    motion, rng = Synthesiser.load("asl"), np.random.default_rng(0)
    signs = [name for name in motion.vocabulary if ":" not in name]
    for k in range(count):
        glosses = tuple(signs[i] for i in rng.integers(0, len(signs), 12))
        points = motion.clip(glosses)[0][:FRAMES].copy()
        assert len(points) == FRAMES
        points[..., :2] = points[..., :2] * [0.47, -0.47] + [0.5, 0.25] + rng.normal(0.0, 1 / 1280, (FRAMES, 50, 2))
        points[..., 2] = 0.0
        confidence = rng.uniform(0.4, 1.0, points.shape[:2]).astype(np.float32)
        seen = Observation(points.astype(np.float32), confidence, 25.0, unit="image")
        made = Provenance("synthetic", f"clip{k}", "synthesiser")
        yield Sample(f"clip{k}", "asl", " ".join(glosses[:4]).lower(), glosses[:4], "", "train", _OURS, made, seen)


def _children() -> tuple[float, float]:
    """Seconds that children have computed, with theirs, and bytes of the largest; of those that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class _Watch:
    """Adds up, ten times a second, what a process and its children hold."""

    def __init__(self, pid: int) -> None:
        self._pid, self._over = pid, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.most = 0.0

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.most = max(self.most, sum(map(_resident, _family(self._pid))))


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def test_preparing_a_thousand_clips(
    measure: Callable[..., list[float]], record: Callable[..., None], tmp_path: Path
) -> None:
    """As many processes as cores, at most two."""
    write_corpus(tmp_path / "corpus", 1000)
    runs: list[Run] = []

    def once() -> None:
        runs.append(run_prepare(tmp_path / "corpus", tmp_path / "set", min(2, os.cpu_count() or 1)))

    measure(once, rounds=1, setup=lambda: None)
    record("signllm prepare, 2D clips of 100 frames", runs[0].clips / runs[0].seconds, "clips/s", at_least=10_000 / 240)
    if sys.platform == "linux":
        record("signllm prepare, all processes", runs[0].memory / _MIB, "MiB", at_most=1536)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table. Returns the exit status: 0 when every run stayed under the aims."""
    parser = argparse.ArgumentParser(description="Measure `signllm prepare` on synthetic corpora.")
    parser.add_argument("--clips", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(argv)
    print("| clips of 100 frames | seconds | clips/s | processor, ms/clip | all processes, MiB | largest, MiB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    runs = []
    for clips in options.clips:
        with tempfile.TemporaryDirectory() as folder:
            write_corpus(Path(folder) / "corpus", clips)
            run = run_prepare(Path(folder) / "corpus", Path(folder) / "set", options.workers)
        cells = (
            f"{run.clips:,}",
            f"{run.seconds:.1f}",
            f"{run.clips / run.seconds:.1f}",
            f"{1000 * run.processor / run.clips:.1f}",
            f"{run.memory / _MIB:.0f}",
            f"{run.largest / _MIB:.0f}",
        )
        print(f"| {' | '.join(cells)} |", flush=True)
        runs.append(run)
    print(f"\n{options.workers} workers; {machine.describe(('numpy', 'torch', 'pyarrow'))}")
    return 0 if all(run.seconds < 0.024 * run.clips + 10 and run.memory < 1536 * _MIB for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
