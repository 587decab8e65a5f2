"""Hands of real signers from public landmark files: one clip of each ASL letter, as the signer's right hand.

Two formats are read: `.pose` of pose-format 0.1 and 0.2 with the 21 points of MediaPipe's right hand, and JSON lists of
MediaPipe frames. Neither is part of the package; the caller names their folder.
"""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.errors import InputError

Array = npt.NDArray[np.float64]
Letters = Mapping[str, Array]
"""Letter to the frames in which it is held, [T, 21, 3]: x to the signer's left, y up, z forward, in pixels."""

POSE_FOLDER, JSON_FOLDER = "pose_fingerspelling_ase", "alphabet_mediapipe"
_HAND_POINTS: Final = 21
_RIGHT_HAND: Final = "RIGHT_HAND_LANDMARKS"
_JSON_WIDTH: Final = 640
"""Pixels of the pictures behind the JSON files; their depth is in picture widths."""
_LEAST_HOLD: Final = 5
_HOLD_SHARE: Final = 0.25
"""A letter is held for at least this share of its clip."""
_MOST_FRAMES: Final = 10_000


def load_pose_letters(folder: Path) -> Letters:
    """The letters of `pose_fingerspelling_ase`; its `index.csv` says which file is which.

    Raises:
        InputError: The folder or a file of it is missing or cannot be read.
    """
    index = _found(folder / "index.csv")
    with index.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["words"]: held(read_pose_hand(_found(folder / row["path"]))) for row in rows if len(row["words"]) == 1}


def load_json_letters(folder: Path) -> Letters:
    """The letters of `alphabet_mediapipe`, whose pictures are mirrored: its left hand is the signer's right one.

    Raises:
        InputError: The folder is missing or a file of it cannot be read.
    """
    files = sorted(_found(folder).glob("?.json"))
    if not files:
        raise InputError(f"{folder} holds no files such as A.json; name a folder of MediaPipe letters")
    return {path.stem: held(_json_hand(path)) for path in files}


def held(frames: Array) -> Array:
    """The frames of a clip in which the hand moves least, a quarter of them and at least five."""
    count = min(len(frames), max(_LEAST_HOLD, round(_HOLD_SHARE * len(frames))))
    speed = np.linalg.norm(np.diff(frames, axis=0), axis=-1).mean(axis=-1)
    motion = [speed[start : start + count - 1].sum() for start in range(len(frames) - count + 1)]
    start = int(np.argmin(motion))
    return frames[start : start + count]


def read_pose_hand(path: Path) -> Array:
    """The right hand of the first person of a .pose file, frames without it left out, [T, 21, 3].

    Raises:
        InputError: The file is no .pose file of version 0.1 or 0.2 with a right hand.
    """
    try:
        points, seen, width = _read_pose(path.read_bytes())
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is no .pose file with a right hand of 21 points: {error}") from error
    return np.asarray(points[seen] * [1.0, -1.0, -float(width)])


def _read_pose(data: bytes) -> tuple[Array, npt.NDArray[np.bool_], int]:
    """Points [T, 21, 3], which frames show all of them, and the picture's width in pixels."""
    reader = _Bytes(data)
    (version,) = reader.take("f")
    if not 0.05 < version < 0.25:
        raise ValueError(f"version {version:.1f}, but 0.1 and 0.2 are read")
    width, _, _, components = reader.take("HHHH")
    first: dict[str, int] = {}
    total, dimensions = 0, 0
    for _ in range(components):
        name, form = reader.text(), reader.text()
        points, limbs, colours = reader.take("HHH")
        for _ in range(points):
            reader.text()
        reader.skip(4 * limbs + 6 * colours)
        first[name], total, dimensions = total, total + points, len(form) - 1
    _, frames, people = reader.take("fIH") if version > 0.15 else reader.take("HHH")
    if not 0 < frames <= _MOST_FRAMES or people < 1 or dimensions != 3:
        raise ValueError(f"{frames} frames of {people} people in {dimensions} dimensions")
    shape = (frames, people, total)
    values = reader.floats(int(np.prod(shape)) * dimensions).reshape(*shape, dimensions)
    confidence = reader.floats(int(np.prod(shape))).reshape(shape)
    hand = slice(first[_RIGHT_HAND], first[_RIGHT_HAND] + _HAND_POINTS)
    return values[:, 0, hand], np.all(confidence[:, 0, hand] > 0, axis=-1), width


class _Bytes:
    """Little-endian values, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self._data, self._at)
        self._at += struct.calcsize(f"<{form}")
        return values

    def text(self) -> str:
        (length,) = self.take("H")
        (text,) = self.take(f"{length}s")
        return bytes(text).decode("utf-8")

    def skip(self, count: int) -> None:
        self._at += count

    def floats(self, count: int) -> Array:
        values = np.frombuffer(self._data, "<f4", count, self._at)
        self._at += 4 * count
        return values.astype(np.float64)


def _json_hand(path: Path) -> Array:
    """The hand that is seen in most frames of `[[number, body, [hand, hand]], ...]`, [T, 21, 3]."""
    try:
        frames = json.loads(path.read_text(encoding="utf-8"))[:_MOST_FRAMES]
        sides = [[frame[2][side] for frame in frames if len(frame[2][side]) == _HAND_POINTS] for side in (0, 1)]
        points = np.array(max(sides, key=len), dtype=np.float64)[..., 1:4]
    except (ValueError, LookupError, TypeError) as error:
        raise InputError(f"{path.name} is no list of MediaPipe frames with hands: {error}") from error
    if points.ndim != 3 or len(points) < 2:
        raise InputError(f"{path.name} shows a hand in fewer than two frames")
    return np.asarray(points * [-1.0, -1.0, -float(_JSON_WIDTH)])


def _found(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"{path} does not exist; SIGNLLM_TEST_DATA must name the folder of the real hands")
    return path
