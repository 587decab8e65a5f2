"""What `signllm say` does once its parts are joined: writes the frames of one utterance, and measures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signllm.errors import FormatError, InputError
from signllm.motion import clip_io
from signllm.motion.recording import Header, MotionFrame, collect
from signllm.source import FPS, Utterance
from signllm_bridge.generation import Generation
from signllm_bridge.messages import Speak

PIPE: Final = "-"
SUFFIXES: Final = (".npz", ".jsonl")


@dataclass(frozen=True)
class Measured:
    """What making an utterance took."""

    frames: int
    seconds: float
    """Of signing."""
    time_to_first_frame_ms: float
    """From the text to the first frame, loading not counted."""
    real_time_factor: float
    """Seconds spent per second of signing: below 1 is faster than real time."""


class Stopwatch:
    """Frames, counted and timed as they pass."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start now; `clock` gives seconds."""
        self._clock = clock
        self._started = self._last = clock()
        self._first: float | None = None
        self._frames = 0

    def watch(self, frames: Iterator[MotionFrame]) -> Iterator[MotionFrame]:
        """The same frames."""
        for frame in frames:
            self._last = self._clock()
            self._first = self._last if self._first is None else self._first
            self._frames += 1
            yield frame

    def measured(self) -> Measured:
        """What has passed so far; at least one frame."""
        assert self._first is not None
        seconds = self._frames / FPS
        first_ms = 1000.0 * (self._first - self._started)
        factor = (self._last - self._started) / seconds
        return Measured(self._frames, seconds, round(first_ms, 3), round(factor, 5))


def check_target(out: str | None) -> None:
    """Make sure that the file can be written, before anything is loaded.

    Raises:
        FormatError: The suffix is unknown, or there is no such folder.
    """
    if out is None or out == PIPE:
        return
    path = Path(out)
    if path.suffix not in SUFFIXES:
        raise FormatError(f"motion files end in {' or '.join(SUFFIXES)}, or are {PIPE} for a pipe: choose one: {out}")
    if not path.resolve().parent.is_dir():
        raise FormatError(f"there is no such folder, make it first: {path.resolve().parent}")


def write_utterance(
    generation: Generation, speak: Speak, out: str | None, *, clock: Callable[[], float]
) -> tuple[Utterance, Measured]:
    """Sign `speak` into a file (`.npz`, `.jsonl`), a pipe (`-`, JSON lines) or, with None, nowhere.

    Raises:
        InputError: The text cannot be signed, or nothing of it can.
        FormatError: The file or the pipe cannot be written.
    """
    stopwatch = Stopwatch(clock)
    utterance = generation.plan(speak)
    names = tuple(gloss.name for gloss in utterance.glosses)
    if not names:
        raise InputError(" ".join(("nothing of this text is signed.", *utterance.notices)))
    header = Header(names, utterance.label, utterance.coverage, float(FPS))
    frames = stopwatch.watch(generation.sign(speak, utterance))
    if out is None:
        _drain(frames)
    elif out == PIPE:
        with _telling(out):
            _drain(clip_io.write_jsonl(sys.stdout, header, frames))
    elif out.endswith(".npz"):
        clip_io.write_npz(Path(out), collect(header, frames))
    else:
        with _telling(out), Path(out).open("w", encoding="utf-8") as stream:
            _drain(clip_io.write_jsonl(stream, header, frames))
    return utterance, stopwatch.measured()


@contextmanager
def _telling(out: str) -> Iterator[None]:
    """Turns a file that cannot be opened and a disk that is full into a sentence."""
    try:
        yield
    except BrokenPipeError:  # the reader has seen enough: no error
        raise
    except OSError as error:
        raise FormatError(f"cannot write the motion file: {error.strerror}; choose another path: {out}") from error


def _drain(frames: Iterator[MotionFrame]) -> None:
    for _ in frames:
        pass
