"""Reads the JSON of MediaPipe's body and hands that the public ASL alphabet is kept in: a file per letter.

A file is a list of frames `[number, body, [hand, hand]]`; the body has 33 landmarks, each hand 21 or none, a landmark
is `[index, x, y, z]`. x and y are in picture elements of a picture 640 wide, z in picture widths. Where the estimator
saw two hands on one side, a list holds 42 landmarks. A hand belongs to the wrist of the body that it is nearer to,
whichever list it is in: the lists' own order calls the left hand right (measured on all 26 files).

Frames per second are not said: 30, unless the option says otherwise. Confidence is 1 for what is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from signllm_training.prompt2sign import holistic, holistic_depth, tables
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Floats, Observation, Provenance, Read, Sample, Skipped

DEFAULT_FPS: Final = 30.0
PICTURE_WIDTH: Final = 640.0
MAX_BYTES: Final = 64 << 20
_MAX_FRAMES: Final = 20_000
_WRISTS: Final = {side: holistic.BODY_NAMES.index(f"{side.upper()}_WRIST") for side in ("left", "right")}


def read(path: Path, options: ReadOptions) -> Read:
    """Clips of a file, or of every `.json` of a folder; a file's name is what it says.

    Raises:
        DataError: There is no such file.
    """
    if not path.exists():
        raise DataError("no such file or folder", path)
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise DataError("no .json file in this folder", path)
    table = tables.Sentences(tables.read_table(options.text) if options.text else {})
    return _samples(files, table, options)


def _samples(files: list[Path], table: tables.Sentences, options: ReadOptions) -> Iterator[Sample | Skipped]:
    for file in files:
        row = table.of_clip(file.stem)
        try:
            yield Sample(
                name=file.stem,
                language=options.language,
                text=row.text if row else file.stem,
                gloss=row.gloss if row else (file.stem,),
                signer=row.signer if row else "",
                split=(row.split if row else "") or options.split,
                licence=options.licence,
                provenance=Provenance(options.corpus or file.absolute().parent.name, file.name, "alphabet"),
                seen=_load(file, options.fps or DEFAULT_FPS),
            )
        except DataError as error:
            yield Skipped(file.name, error.line, error.reason)


def _load(path: Path, fps: float) -> Observation:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"a file of {path.stat().st_size:,} bytes: at most {MAX_BYTES:,} are read", path)
        return decode(path.read_bytes(), fps, path)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from error


def decode(data: bytes, fps: float, path: Path | str | None = None) -> Observation:
    """The clip that the bytes of a file hold.

    Raises:
        DataError: They are no such JSON; with the frame that is wrong.
    """
    try:
        frames = json.loads(data)
    except json.JSONDecodeError as error:
        raise DataError(f"no whole JSON: {error.msg}", path, error.lineno) from error
    except (ValueError, RecursionError) as error:  # bytes that are no text; numbers of thousands of digits
        raise DataError(f"no JSON: {str(error)[:120]}", path) from error
    if not isinstance(frames, list) or not 0 < len(frames) <= _MAX_FRAMES:
        raise DataError(f"a list of 1 to {_MAX_FRAMES:,} frames [number, body, [hand, hand]] is expected", path)
    points = np.full((len(frames), holistic.COUNT, 3), np.nan, np.float32)
    for t, frame in enumerate(frames):
        try:
            _fill(points[t], frame)
        except (ValueError, TypeError, OverflowError) as error:
            raise DataError(f"frame {t}: {str(error)[:160]}", path) from error
    points, confidence = holistic.masked(points, np.ones(points.shape[:2], np.float32))
    chosen, known = holistic.keypoints(points, confidence)
    chosen, _ = holistic_depth.lay_depth(chosen, points, known, PICTURE_WIDTH, world=False)
    return Observation(chosen, known, fps, (holistic.facing(chosen, known), -1, -1), depth="measured")


def _fill(points: Floats, frame: Any) -> None:
    """Put one frame's landmarks in their places, [586, 3]."""
    if not isinstance(frame, list) or len(frame) != 3 or not isinstance(frame[2], list):
        raise ValueError("[number, body, [hand, hand]] is expected")
    body = _landmarks(frame[1], 33)
    if len(body) not in (0, 33):
        raise ValueError(f"the body has {len(body)} landmarks instead of 33")
    points[: len(body)] = body
    if len(body) == 0:
        return  # hands without a body cannot be told apart
    best = dict.fromkeys(_WRISTS, np.inf)
    for hand in (hand for given in frame[2] for hand in _landmarks(given, 21).reshape(-1, 21, 3)):
        gaps = {side: float(np.linalg.norm(hand[0, :2] - body[wrist, :2])) for side, wrist in _WRISTS.items()}
        side = min(gaps, key=gaps.__getitem__)
        if gaps[side] < best[side]:
            best[side] = gaps[side]
            start = holistic.START[f"{side}_hand"]
            points[start : start + 21] = hand


def _landmarks(given: Any, count: int) -> Floats:
    """[K, 3] of `[index, x, y, z]`, K a multiple of `count`."""
    if not isinstance(given, list) or len(given) % count or len(given) > 4 * count:
        raise ValueError(f"{count} landmarks [index, x, y, z], or none, are expected")
    if any(
        not isinstance(one, list) or len(one) != 4 or not all(type(n) in (int, float) for n in one) for one in given
    ):
        raise ValueError("a landmark is [index, x, y, z]")
    if [one[0] for one in given] != [k % count for k in range(len(given))]:
        raise ValueError(f"landmarks are not numbered from 0 to {count - 1}")
    with np.errstate(over="ignore"):
        return np.array(given, np.float64).reshape(-1, 4)[:, 1:].astype(np.float32)
