"""Motion files of `signllm say`: `.npz` for a whole utterance, `.jsonl` for one frame a line as it is made.

Keys of the `.npz`; `T` frames, `J` joints:

    keypoints    [T, 50, 3]  metres, order of `prompt2sign.KEYPOINT_NAMES`
    rotations    [T, J, 4]   unit quaternions xyzw relative to the parent joint
    root         [T, 3]      metres, position of the root joint
    face         [T, 52]     weights of the blend shapes, 0 to 1
    joint_names  [J]         names of the axis J, the root first
    face_names   [52]        names of the last axis of `face`
    fps          []          frames per second
    gloss        [G]         records `name`, `start`, `end`; seconds from the first frame
    label        []          what viewers are told about the quality
    coverage     []          share of the content words that were signed and not spelled, 0 to 1

The first line of a `.jsonl` is an object with `format`, `version`, `fps`, `joint_names`, `face_names`, `gloss` (names),
`label` and `coverage`. Every other line is a frame: `time` in seconds, `gloss` (the index of the name that the frame
belongs to, or their number while the hands return to rest), `keypoints`, `rotations`, `root`, `face`.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

import numpy as np

from signllm.errors import FormatError
from signllm.motion.clip import Clip
from signllm.motion.recording import FRAME_SHAPES, GlossSpan, Header, MotionFrame, Recording, check_frame, collect
from signllm.motion.skeletons import humanoid
from signllm.motion.skeletons.arkit import FACE_NAMES

FORMAT: Final = "signllm-motion"
VERSION: Final = 1
_MAX_BYTES: Final = 1 << 30
_MAX_LINE: Final = 1 << 20
_DECIMALS: Final = 6  # a micrometre, and a ten-thousandth of a degree


def write_npz(file: Path | BinaryIO, recording: Recording) -> None:
    """Write an utterance to a path, or to a binary stream such as a pipe.

    Raises:
        FormatError: The path cannot be written, or the clip has no keypoints.
    """
    clip = recording.clip
    if clip.keypoints is None:
        raise FormatError("a motion file needs keypoints, and this clip has rotations only; write it with its source")
    name_type = f"U{max([1, *(len(span.name) for span in recording.gloss)])}"
    rows = [(span.name, span.start, span.end) for span in recording.gloss]
    arrays: dict[str, Any] = {
        "keypoints": clip.keypoints.astype(np.float32),
        "rotations": clip.rotations.astype(np.float32),
        "root": clip.root.astype(np.float32),
        "face": recording.face.astype(np.float32),
        "joint_names": np.array(clip.skeleton.joint_names),
        "face_names": np.array(FACE_NAMES),
        "fps": np.array(clip.fps),
        "gloss": np.array(rows, dtype=[("name", name_type), ("start", "f8"), ("end", "f8")]),
        "label": np.array(recording.label),
        "coverage": np.array(recording.coverage),
    }
    try:
        if not isinstance(file, Path):
            np.savez_compressed(file, **arrays)
            return
        with file.open("wb") as stream:  # not the path itself: numpy would append a suffix
            np.savez_compressed(stream, **arrays)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise FormatError(f"cannot write the motion file: {error.strerror}; choose another path: {file}") from error


def read_npz(path: Path) -> Recording:
    """Read what `write_npz` wrote; nothing is unpickled.

    Raises:
        FormatError: The file is missing, damaged, too large, or lacks a key.
    """
    arrays = _load_arrays(path)
    missing = sorted({*_ARRAY_KEYS} - set(arrays))
    if missing:
        raise FormatError(f"no motion file, it lacks {', '.join(missing)}; make one with signllm say: {path}")
    try:
        _check_names(arrays["joint_names"].tolist(), arrays["face_names"].tolist())
        clip = Clip(
            np.asarray(arrays["rotations"], dtype=np.float64),
            np.asarray(arrays["root"], dtype=np.float64),
            float(arrays["fps"]),
            humanoid.HUMANOID,
            np.asarray(arrays["keypoints"], dtype=np.float64),
        )
        spans = tuple(GlossSpan(str(name), float(a), float(b)) for name, a, b in arrays["gloss"].tolist())
        face = np.asarray(arrays["face"], dtype=np.float64)
        if face.shape != (len(clip), len(FACE_NAMES)):
            raise ValueError(f"expected face [T={len(clip)}, {len(FACE_NAMES)}], got {face.shape}")
        return Recording(clip, face, spans, str(arrays["label"]), float(arrays["coverage"]))
    except (ValueError, TypeError) as error:
        raise FormatError(f"damaged motion file, {error}; make it again with signllm say: {path}") from error


def write_jsonl(stream: TextIO, header: Header, frames: Iterable[MotionFrame]) -> Iterator[MotionFrame]:
    """Write the header, then each frame as it comes, and pass the frames on.

    Lazy: nothing is written until the result is iterated, so that a caller can count or collect as it writes.

    Yields:
        The frames, each after its line was written and flushed.

    Raises:
        FormatError: A frame has arrays of the wrong shape, or a value that is no number.
    """
    stream.write(jsonl_header(header))
    stream.flush()
    for index, frame in enumerate(frames):
        stream.write(jsonl_frame(frame, index, header.fps))
        stream.flush()
        yield frame


def jsonl_header(header: Header) -> str:
    """First line of a `.jsonl`, with its line end."""
    return _line(
        {
            "format": FORMAT,
            "version": VERSION,
            "fps": header.fps,
            "joint_names": humanoid.HUMANOID.joint_names,
            "face_names": FACE_NAMES,
            "gloss": header.gloss,
            "label": header.label,
            "coverage": header.coverage,
        }
    )


def jsonl_frame(frame: MotionFrame, index: int, fps: float) -> str:
    """Line of the `index`-th frame, with its line end.

    Raises:
        FormatError: An array has the wrong shape, or a value that is no number.
    """
    check_frame(frame, index)
    values = {name: np.round(np.asarray(getattr(frame, name), dtype=np.float64), _DECIMALS) for name in FRAME_SHAPES}
    fields = {name: value.tolist() for name, value in values.items()}
    return _line({"time": round(index / fps, _DECIMALS), "gloss": frame.gloss, **fields})


def read_jsonl(path: Path) -> Recording:
    """Read what `write_jsonl` wrote.

    Raises:
        FormatError: The file is missing, or a line of it is damaged; the message has its number.
    """
    try:
        with path.open(encoding="utf-8") as stream:
            lines = _objects(stream, path)
            header = _header(next(lines, {}), path)
            return collect(header, _frames(lines, path))
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"cannot read the motion file: {error}") from error


def read_recording(path: Path) -> Recording:
    """Read a motion file, `.npz` or `.jsonl`.

    Raises:
        FormatError: The suffix is neither, or the file cannot be read.
    """
    readers = {".npz": read_npz, ".jsonl": read_jsonl}
    if path.suffix not in readers:
        raise FormatError(f"motion files end in .npz or .jsonl; this one ends in {path.suffix!r}: {path}")
    return readers[path.suffix](path)


_ARRAY_KEYS: Final = (
    *("keypoints", "rotations", "root", "face", "joint_names"),
    *("face_names", "fps", "gloss", "label", "coverage"),
)


def _load_arrays(path: Path) -> Mapping[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _MAX_BYTES:
            raise FormatError(f"the motion file unpacks to {size} bytes and at most {_MAX_BYTES} are read: {path}")
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise FormatError(f"cannot read the motion file, {error}; make it again with signllm say: {path}") from error


def _check_names(joint_names: list[str], face_names: list[str]) -> None:
    for what, found, known in (
        ("joint_names", joint_names, humanoid.HUMANOID.joint_names),
        ("face_names", face_names, FACE_NAMES),
    ):
        if tuple(found) != known:
            odd = next((name for name in found if name not in known), None)
            raise ValueError(f"{what} are not this version's" + (f" ({odd!r} is unknown)" if odd else ""))


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n"


def _objects(stream: TextIO, path: Path) -> Iterator[dict[str, Any]]:
    number = 0
    while line := stream.readline(_MAX_LINE):
        number += 1
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"line {number} is not JSON; make the file again with signllm say: {path}") from error
        if not isinstance(value, dict):
            raise FormatError(f"line {number} is not an object; make the file again with signllm say: {path}")
        yield value


def _header(value: Mapping[str, Any], path: Path) -> Header:
    if (value.get("format"), value.get("version")) != (FORMAT, VERSION):
        raise FormatError(f"the first line does not say {FORMAT!r} version {VERSION}; use signllm say: {path}")
    try:
        _check_names(value["joint_names"], value["face_names"])
        gloss = tuple(str(name) for name in value["gloss"])
        header = Header(gloss, str(value["label"]), float(value["coverage"]), float(value["fps"]))
        if not header.fps > 0.0:
            raise ValueError(f"fps {header.fps} is not above 0")
        return header
    except (KeyError, ValueError, TypeError) as error:
        raise FormatError(f"damaged first line, {error}; make the file again with signllm say: {path}") from error


def _frames(lines: Iterable[Mapping[str, Any]], path: Path) -> Iterator[MotionFrame]:
    for number, value in enumerate(lines, 2):
        try:
            arrays = {name: np.array(value[name], dtype=np.float64) for name in FRAME_SHAPES}
            yield MotionFrame(**arrays, gloss=int(value["gloss"]))
        except (KeyError, ValueError, TypeError) as error:
            raise FormatError(f"damaged line {number}, {error}; make the file again: {path}") from error
