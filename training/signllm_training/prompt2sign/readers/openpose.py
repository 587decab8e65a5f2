"""Reads folders of OpenPose JSON, a file per frame, as How2Sign has them: `CLIP/CLIP_000000000012_keypoints.json`.

Every folder below the given one that holds such files is a clip, or several where the names of its files say so. Time
is kept: a frame whose file is missing, damaged or shows nobody keeps its place, with confidence 0. A damaged file is
named in a `Skipped` of its own, before the clip that it belongs to. OpenPose names sides by the signer; x and y are
pixels, y down; a confidence of 0 is a missing keypoint.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import tables
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers.openpose_frames import (
    NUMBERS,
    FrameError,
    Loads,
    follow,
    json_loads,
    people_in,
)
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Floats, Observation, Provenance, Read, Sample, Skipped

FPS: Final = 24.0
"""Where the user does not say: the files do not, and this is the rate that How2Sign is commonly brought to."""
MAX_FRAME_BYTES: Final = 4 << 20
"""A larger file is not read: 200 people in a picture are less."""
MAX_FRAMES: Final = 100_000
"""More than an hour. A clip whose frame numbers lie further apart is skipped before memory is taken for it."""
_ENDING: Final = "_keypoints.json"
_FRAME: Final = re.compile(r"(?:(?P<clip>.+)_)?(?P<frame>[0-9]{1,18})_keypoints\.json")


def read(path: Path, options: ReadOptions) -> Read:
    """Clips of the folders below `path`, in the order of their names.

    Texts come from the table that the user names, else from `*.files` with `*.text` in `path`, or beside a `path` that
    is called `json`.
    A folder that the table knows as a recording, and not as a sentence, is cut into its sentences by their times: frame
    number k is at k / fps seconds then. All other clips begin with the first frame that there is.

    Raises:
        DataError: There is no such folder, no OpenPose file in it, or the table is wrong.
    """
    return (found for part in parts(path, options) for found in part())


def parts(path: Path, options: ReadOptions) -> Iterator[Callable[[], list[Sample | Skipped]]]:
    """What `read` gives, clip by clip, each read when it is called, in whatever process.

    Raises:
        DataError: As `read`.
    """
    if not path.is_dir():
        raise DataError("is no folder: OpenPose writes folders of JSON files, one per frame", path)
    clips = _find(path)
    first = next(clips, None)
    if first is None:
        raise DataError(f"no *{_ENDING} in this folder or below it", path)
    if options.text:
        sentences = tables.Sentences(tables.read_table(options.text))
    else:
        above = tables.find_tables(path.absolute().parent) if path.absolute().name == "json" else {}
        sentences = tables.Sentences(above | tables.find_tables(path))
    return (partial(_read_clip, clip, path, *_rows(sentences, clip.name), options) for clip in chain([first], clips))


def _rows(sentences: tables.Sentences, name: str) -> tuple[tables.TextRow | None, tuple[tables.TextRow, ...]]:
    """The sentence that a clip is, or those that a recording holds."""
    row = sentences.of_clip(name)
    return row, () if row else sentences.in_recording(name)


@dataclass
class _Clip:
    """The files of one clip."""

    name: str
    folder: Path
    frames: dict[int, str] = field(default_factory=dict)
    """File by number of its frame."""
    useless: list[str] = field(default_factory=list)
    """Files without a number, or with one that another file has too."""


def _find(root: Path) -> Iterator[_Clip]:
    for folder, below, files in os.walk(root):
        below.sort()
        clips: dict[str, _Clip] = {}
        for file in sorted(files):
            if not file.endswith(_ENDING):
                continue
            match = _FRAME.fullmatch(file)
            name = (match["clip"] if match else None) or Path(folder).absolute().name
            clip = clips.setdefault(name, _Clip(name, Path(folder)))
            if match is None or int(match["frame"]) in clip.frames:
                clip.useless.append(file)
            else:
                clip.frames[int(match["frame"])] = file
        yield from clips.values()


def _read_clip(
    clip: _Clip, root: Path, row: tables.TextRow | None, parts: tuple[tables.TextRow, ...], options: ReadOptions
) -> list[Sample | Skipped]:
    return list(_samples(clip, root, row, parts, options))


def _samples(
    clip: _Clip, root: Path, row: tables.TextRow | None, parts: tuple[tables.TextRow, ...], options: ReadOptions
) -> Read:
    source = clip.folder.relative_to(root).as_posix()
    for file in clip.useless:
        yield Skipped(f"{source}/{file}", None, "has no frame number of its own before _keypoints.json")
    if not clip.frames:
        return
    first = 0 if parts else min(clip.frames)
    count = max(clip.frames) - first + 1
    if count > MAX_FRAMES:
        yield Skipped(source, None, f"{clip.name}: frame {max(clip.frames)} is more than {MAX_FRAMES} after the first")
        return
    people, crowds, damaged = _people(clip, first, count, json_loads())
    for frame, reason in damaged.items():
        yield Skipped(f"{source}/{clip.frames[frame]}", None, f"{reason}: the frame is kept, without keypoints")
    if crowds and options.people == "only":
        frame = min(crowds)
        yield Skipped(
            f"{source}/{clip.frames[first + frame]}", None, f"shows {len(crowds[frame])} people, and only one is wanted"
        )
        return
    seen = _observation(follow(people, crowds), options.fps or FPS)
    corpus = options.corpus or root.absolute().name
    if not parts:
        yield _sample(seen, row or tables.TextRow(clip.name, ""), clip.name, corpus, source, options)
    for part in parts:
        assert part.begin_s is not None and part.end_s is not None
        try:
            piece = tables.cut(seen, part.begin_s, part.end_s)
        except DataError as error:
            yield Skipped(source, None, f"{part.name}: {error.reason}")
            continue
        yield _sample(piece, part, part.name, corpus, source, options)


def _people(clip: _Clip, first: int, count: int, loads: Loads) -> tuple[Floats, dict[int, Floats], dict[int, str]]:
    """The only person of each frame [T, 150], all people of crowded ones, and what is wrong with damaged files."""
    people = np.zeros((count, NUMBERS), dtype=np.float32)
    crowds: dict[int, Floats] = {}
    damaged: dict[int, str] = {}
    for frame, file in clip.frames.items():
        try:
            found = people_in(_load(clip.folder / file), loads)
        except FrameError as error:
            damaged[frame] = str(error)
            continue
        if len(found) == 1:
            people[frame - first] = found[0]
        elif len(found):
            crowds[frame - first] = found
    return people, crowds, damaged


def _load(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FRAME_BYTES + 1)
    except OSError as error:
        raise FrameError(f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_FRAME_BYTES:
        raise FrameError(f"has more than {MAX_FRAME_BYTES} bytes")
    return data


def _observation(people: Floats, fps: float) -> Observation:
    points = people.reshape(-1, prompt2sign.COUNT, 3).copy()
    confidence = points[..., 2].copy()
    points[..., 2] = 0.0
    points[confidence == 0.0] = 0.0
    return Observation(points, confidence, fps)


def _sample(
    seen: Observation, row: tables.TextRow, name: str, corpus: str, source: str, options: ReadOptions
) -> Sample | Skipped:
    if not seen.confidence.any():
        return Skipped(source, None, f"{name}: nobody is seen in any of its {len(seen)} frames")
    # The nearest folder above the clip's own says more than the table: How2Sign has the split there.
    above = [tables.split_of(part) for part in reversed(source.split("/")[:-1])]
    split = next(filter(None, above), "") or row.split or options.split
    provenance = Provenance(corpus, source, "openpose", row.begin_s, row.end_s)
    return Sample(name, options.language, row.text, row.gloss, row.signer, split, options.licence, provenance, seen)
