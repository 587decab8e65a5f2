"""The header of a `.pose` file, read and held against the file's size before a library takes memory by it.

A header of 20 bytes may announce 4 billion frames of 65,535 people; `pose-format` believes it.

Source: specification of the format, versions 0.0, 0.1 and 0.2, of `pose-format`; all numbers little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signllm_training.prompt2sign.errors import DataError

MAX_BYTES: Final = 1 << 29
"""Largest file that is read, 512 MiB: half an hour of Holistic at 30 frames per second."""
_MAX_POINTS: Final = 4096
_MAX_DIMS: Final = 8
_VERSIONS: Final = (0.0, 0.1, 0.2)


@dataclass(frozen=True)
class Component:
    """A named group of points."""

    name: str
    format: str
    """A letter for each number of a point; `C`, the last, is its confidence."""
    points: tuple[str, ...]


@dataclass(frozen=True)
class PoseHeader:
    """What a file says of itself, and found to be true of its size."""

    version: float
    width: int
    height: int
    depth: int
    """In the unit of `width`; 0 where the file does not say."""
    components: tuple[Component, ...]
    fps: float
    frames: int
    people: int
    """Most people in one frame."""

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """(component, point) of every point, in the order of the data."""
        return tuple((component.name, point) for component in self.components for point in component.points)


class _Reader:
    """Numbers and strings of a buffer that ends where it ends."""

    def __init__(self, data: bytes, order: str) -> None:
        self.data, self.order, self.at = data, order, 0

    def take(self, kinds: str) -> tuple[int, ...]:
        layout = struct.Struct(self.order + kinds)
        if self.at + layout.size > len(self.data):
            raise DataError(f"it ends within its header, after {len(self.data):,} bytes: it is cut off")
        values = layout.unpack_from(self.data, self.at)
        self.at += layout.size
        return values

    def skip(self, count: int) -> None:
        self.at += count
        self.take("")

    def text(self) -> str:
        (length,) = self.take("H")
        if self.at + length > len(self.data):
            raise DataError(f"it ends within a name of its header, after {len(self.data):,} bytes: it is cut off")
        self.at += length
        try:
            return self.data[self.at - length : self.at].decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"a name of {length} bytes at byte {self.at - length} is no UTF-8: some writers count letters instead "
                "of bytes, so names outside ASCII break a file"
            ) from error


def read_header(data: bytes, path: Path | str | None = None) -> PoseHeader:
    """The header of a whole `.pose` file; every count in it is checked against the bytes there are.

    Raises:
        DataError: It is no such file, is cut off, has its bytes in the wrong order, or asks for more than it brings.
    """
    try:
        return _read(data, "<")
    except DataError as error:
        raise DataError(_swapped(data) or error.reason, path) from error


def _swapped(data: bytes) -> str:
    """What is wrong if the file makes sense with its bytes the other way round."""
    try:
        _head(_Reader(data, ">"))
    except DataError:
        return ""
    return "its bytes are in the wrong order: a .pose file is little-endian, this one was written big-endian"


def _head(reader: _Reader) -> tuple[float, tuple[int, ...], tuple[Component, ...]]:
    (raw,) = reader.take("f")
    version = round(raw, 3)
    if version not in _VERSIONS or (version == 0.0 and raw != 0.0):
        raise DataError(f"no .pose file of version 0.0, 0.1 or 0.2: its version would be {raw:.6g}")
    size = reader.take("HHH")
    (count,) = reader.take("H")
    components = tuple(_component(reader) for _ in range(count))
    points = sum(len(component.points) for component in components)
    if not 0 < points <= _MAX_POINTS:
        raise DataError(f"it has {points:,} points in {count:,} components: 1 to {_MAX_POINTS:,} points are read")
    return version, size, components


def _component(reader: _Reader) -> Component:
    name, letters = reader.text(), reader.text()
    points, limbs, colours = reader.take("HHH")
    if points > _MAX_POINTS:
        raise DataError(f"its component {name[:40]!r} has {points:,} points: at most {_MAX_POINTS:,} are read")
    if not 2 <= len(letters) <= _MAX_DIMS + 1 or not letters.endswith("C") or len(set(letters)) != len(letters):
        raise DataError(
            f"its component {name[:40]!r} has the format {letters[:20]!r}: a letter for each number and C at the end, "
            "such as XYZC"
        )
    names = tuple(reader.text() for _ in range(points))
    reader.skip(4 * limbs + 6 * colours)
    return Component(name, letters, names)


def _read(data: bytes, order: str) -> PoseHeader:
    if len(data) > MAX_BYTES:
        raise DataError(f"a .pose file of {len(data):,} bytes: at most {MAX_BYTES:,} are read; cut the recording")
    reader = _Reader(data, order)
    version, size, components = _head(reader)
    if version == 0.0:
        fps, frames, people = _walk_v0_0(reader, components)
    else:
        fps, frames, people = _count(reader, version, components)
    if not 0.0 <= fps < 1000.0:
        raise DataError(f"{fps:.6g} frames per second: between 0 and 1000 are possible")
    return PoseHeader(version, size[0], size[1], size[2], components, fps, frames, people)


def _count(reader: _Reader, version: float, components: tuple[Component, ...]) -> tuple[float, int, int]:
    """Frames per second, frames and people of versions 0.1 and 0.2."""
    fps, frames, people = reader.take("HHH" if version == 0.1 else "fIH")
    left = len(reader.data) - reader.at
    points = sum(len(component.points) for component in components)
    frame = people * points * max(len(component.format) for component in components) * 4
    if frame == 0 or left == 0:
        raise DataError(f"{frames:,} frames of {people:,} people: nothing to read")
    if version == 0.1 and left % frame == 0 and (left // frame) % 65536 == frames:
        frames = left // frame  # its count has 16 bits; longer recordings wrap around
    if frames * frame != left:
        what = "it is cut off" if left < frames * frame else "something follows its data"
        raise DataError(
            f"its header announces {frames:,} frames of {people:,} people with {points:,} points, {frames * frame:,} "
            f"bytes, but {left:,} follow: {what}"
        )
    return float(fps), frames, people


def _walk_v0_0(reader: _Reader, components: tuple[Component, ...]) -> tuple[float, int, int]:
    """Frames per second, frames and people of version 0.0, whose frames differ in length."""
    if len({component.format for component in components if component.points}) != 1:
        raise DataError("its components differ in format, which version 0.0 of the format cannot put side by side")
    person = 2 + 4 * sum(len(component.points) * len(component.format) for component in components)
    fps, frames = reader.take("HH")
    if frames == 0:
        raise DataError("a clip without a frame")
    most = 0
    for frame in range(frames):
        if reader.at + 2 > len(reader.data):
            raise DataError(f"its header announces {frames:,} frames, but it ends in frame {frame:,}: it is cut off")
        (people,) = reader.take("H")
        reader.at += people * person
        most = max(most, people)
    if reader.at != len(reader.data):
        what = "it is cut off" if reader.at > len(reader.data) else "something follows its data"
        raise DataError(f"its {frames:,} frames take {reader.at:,} bytes, but it has {len(reader.data):,}: {what}")
    return float(fps), frames, most
