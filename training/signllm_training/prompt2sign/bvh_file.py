"""BVH: a tree of joints with offsets and channels, then one line of channel values per frame.

Source: "Biovision BVH" as described by Meredith and Maddock 2001, "Motion Capture File Formats Explained".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from signllm.motion import rotation
from signllm_training.prompt2sign.errors import DataError

Array = rotation.Array

MAX_BYTES: Final = 1 << 27
MAX_JOINTS: Final = 2_000
MAX_DEPTH: Final = 200
MAX_FRAMES: Final = 1_000_000
MAX_PLACES: Final = 10_000_000
"""Joints times frames, 1 GB: an hour of 90 joints at 30 frames per second. Joints without channels cost no bytes."""
_LARGE: Final = 1e9
_AXIS: Final = {"x": 0, "y": 1, "z": 2}


@dataclass(frozen=True, eq=False)
class Bvh:
    """One BVH file."""

    names: tuple[str, ...]
    """J names, parents before their children."""
    parents: tuple[int, ...]
    """-1 for a root."""
    offsets: Array
    """[J, 3] from the parent in the rest pose, in the file's unit."""
    ends: Array
    """[J, 3] from a last joint to its first end site, NaN where there is none."""
    channels: tuple[tuple[tuple[str, int], ...], ...]
    """For each joint, kind (`position` or `rotation`) and axis of its channels, in the order of the file."""
    frame_time: float
    """Seconds."""
    values: Array
    """[T, C] channel values, degrees for rotations."""


@dataclass
class _Tree:
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    ends: list[list[float]] = field(default_factory=list)
    channels: list[tuple[tuple[str, int], ...]] = field(default_factory=list)


def read_bvh(path: Path) -> Bvh:
    """A BVH file.

    Raises:
        DataError: It is too large or no BVH; with the line.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise DataError(f"a BVH of {size:,} bytes: at most {MAX_BYTES:,} are read", path)
    return parse_bvh(path.read_bytes(), path)


def parse_bvh(data: bytes, path: Path | str | None = None) -> Bvh:
    """A BVH file from its bytes; see `read_bvh`."""
    lines = data.decode("utf-8", "replace").splitlines()
    first = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    if first == len(lines) or lines[first].strip().upper() != "HIERARCHY":
        raise DataError("begins with something other than HIERARCHY: no BVH", path, min(first + 1, len(lines)) or None)
    tree, at = _hierarchy(lines, first + 1, path)
    frames, frame_time, at = _motion_header(lines, at, path)
    width = sum(map(len, tree.channels))
    if frames * len(tree.names) > MAX_PLACES:
        raise DataError(f"{len(tree.names)} joints in {frames:,} frames: their product may be {MAX_PLACES:,}", path)
    values = _values(lines, at, frames, width, path)
    return Bvh(
        *(tuple(tree.names), tuple(tree.parents), np.array(tree.offsets), np.array(tree.ends)),
        *(tuple(tree.channels), frame_time, values),
    )


def _hierarchy(lines: list[str], at: int, path: Path | str | None) -> tuple[_Tree, int]:
    """The tree, and the line where MOTION begins."""
    tree = _Tree()
    opened: list[int | None] = []  # joints whose braces are open, None for an end site
    pending: int | None = None  # joint or end site that waits for its brace
    waits = False
    for n in range(at, len(lines)):
        for words in _statements(lines[n]):
            key = words[0].upper()
            here = (path, n + 1)
            if waits != (key == "{"):
                raise DataError(f"{' '.join(words)[:60]!r}: {'a {' if waits else 'no {'} is expected here", *here)
            if key == "{":
                opened.append(pending)
                waits = False
            elif key == "}":
                if not opened:
                    raise DataError("a } without its {", *here)
                opened.pop()
            elif key == "MOTION":
                if opened or not tree.names:
                    raise DataError("MOTION before the last } of the hierarchy, or without any joint", *here)
                return tree, n + 1
            elif key in ("ROOT", "JOINT", "END"):
                pending, waits = _open_joint(tree, opened, words, key, here), True
            elif not opened:
                raise DataError(f"{key[:40]} outside of a joint", *here)
            elif key == "OFFSET":
                _set_offset(tree, opened, words, here)
            elif key == "CHANNELS" and opened[-1] is not None:
                tree.channels[opened[-1]] = _channels(words, here)
            else:
                raise DataError(f"{key[:40]!r}: OFFSET, CHANNELS, JOINT and End Site are known here", *here)
    raise DataError("ends before MOTION: the file is cut off, or has no motion", path, len(lines))


_Here = tuple[Path | str | None, int]


def _statements(line: str) -> list[list[str]]:
    """Words of the statements on a line; braces may stand beside them."""
    words = line.replace("{", " { ").replace("}", " } ").split()
    found: list[list[str]] = []
    for word in words:
        if word in "{}" or not found or found[-1][0] in "{}":
            found.append([word])
        else:
            found[-1].append(word)
    return found


def _open_joint(tree: _Tree, opened: list[int | None], words: list[str], key: str, here: _Here) -> int | None:
    if opened and opened[-1] is None:
        raise DataError("an end site has no joints", *here)
    if (key == "ROOT") == bool(opened):
        raise DataError(f"{key} {'inside' if opened else 'outside'} of a joint", *here)
    if key == "END":
        return None
    if len(tree.names) >= MAX_JOINTS or len(opened) >= MAX_DEPTH:
        raise DataError(f"more than {MAX_JOINTS:,} joints, or more than {MAX_DEPTH} inside one another", *here)
    # Some names have spaces: "Bip01 L Hand".
    tree.names.append(" ".join(words[1:]) or f"joint{len(tree.names)}")
    tree.parents.append(-1 if not opened or opened[-1] is None else opened[-1])
    tree.offsets.append([0.0, 0.0, 0.0])
    tree.ends.append([np.nan] * 3)
    tree.channels.append(())
    return len(tree.names) - 1


def _set_offset(tree: _Tree, opened: list[int | None], words: list[str], here: _Here) -> None:
    offset = _numbers(words[1:], here)
    if len(offset) != 3 or not all(abs(x) < _LARGE for x in offset):
        raise DataError(f"{' '.join(words)[:80]!r}: OFFSET and 3 finite numbers are needed", *here)
    joint = opened[-1]
    if joint is not None:
        tree.offsets[joint] = offset
        return
    parent = opened[-2]
    if parent is not None and np.isnan(tree.ends[parent][0]):
        tree.ends[parent] = offset


def _channels(words: list[str], here: _Here) -> tuple[tuple[str, int], ...]:
    if len(words) < 2 or not words[1].isdecimal() or int(words[1][:6]) != len(words) - 2 or len(words) > 14:
        raise DataError(f"{' '.join(words)[:80]!r}: CHANNELS, their number, and that many names are needed", *here)
    channels = [(word[1:].lower(), _AXIS.get(word[0].lower(), -1)) for word in words[2:]]
    for word, (kind, axis) in zip(words[2:], channels, strict=True):
        if kind not in ("position", "rotation") or axis < 0:
            raise DataError(
                f"channel {word[:40]!r}: Xposition to Zposition and Xrotation to Zrotation are known", *here
            )
    return tuple(channels)


def _motion_header(lines: list[str], at: int, path: Path | str | None) -> tuple[int, float, int]:
    found: dict[str, float] = {}
    for n in range(at, len(lines)):
        name, colon, value = lines[n].partition(":")
        key = " ".join(name.split()).lower()
        if not lines[n].strip():
            continue
        if not colon or key not in ("frames", "frame time"):
            raise DataError("after MOTION, 'Frames: N' and 'Frame Time: S' are needed", path, n + 1)
        number = next(iter(_numbers(value.split()[:1], (path, n + 1))), 0.0)
        if key == "frames" and not (1 <= number <= MAX_FRAMES and number == int(number)):
            raise DataError(f"Frames: {number:g}; 1 to {MAX_FRAMES:,} are possible", path, n + 1)
        found[key] = number
        if len(found) == 2:
            return int(found["frames"]), found["frame time"], n + 1
    raise DataError("ends before 'Frames: N' and 'Frame Time: S'", path, len(lines))


def _values(lines: list[str], at: int, frames: int, width: int, path: Path | str | None) -> Array:
    values, count = np.zeros((frames, width)), 0
    for n in range(at, len(lines)):
        words = lines[n].split()
        if not words:
            continue
        if len(words) != width:
            raise DataError(f"{len(words)} values; the channels of the joints are {width}", path, n + 1)
        if count < frames:
            values[count] = _numbers(words, (path, n + 1))
        count += 1
    if count != frames:
        raise DataError(f"says {frames} frames and has {count}: the file is cut off, or was put together", path)
    return values


def _numbers(words: list[str], here: _Here) -> list[float]:
    try:
        return [float(word) for word in words]
    except ValueError as error:
        raise DataError(f"{str(error)[:100]}", *here) from error


def pose_joints(bvh: Bvh) -> tuple[Array, Array, Array]:
    """Where all joints are.

    Rotation channels turn about the joint's own axes in the order of the file: `Zrotation Xrotation Yrotation` is
    Rz Rx Ry. Position channels stand in place of the offset, as the tools that write them for other joints than the
    root mean them.

    Returns:
        Positions [T, J, 3], world rotations xyzw [T, J, 4], and ends of last joints [T, J, 3] or NaN.
    """
    frames, joints = len(bvh.values), len(bvh.names)
    positions, turns = np.zeros((frames, joints, 3)), np.zeros((frames, joints, 4))
    # What is no angle and no place makes its frame NaN: the frame is missing.
    values = np.where(np.abs(bvh.values) < _LARGE, bvh.values, np.nan)
    angles = np.radians(values)
    column = 0
    for j, parent in enumerate(bvh.parents):
        offset = np.broadcast_to(bvh.offsets[j], (frames, 3)).copy()
        local = np.broadcast_to(rotation.IDENTITY, (frames, 4))
        for kind, axis in bvh.channels[j]:
            if kind == "position":
                offset[:, axis] = values[:, column]
            else:
                turn = np.zeros((frames, 4))
                turn[:, axis], turn[:, 3] = np.sin(0.5 * angles[:, column]), np.cos(0.5 * angles[:, column])
                local = rotation.multiply(local, turn)
            column += 1
        if parent < 0:
            positions[:, j], turns[:, j] = offset, local
        else:
            positions[:, j] = positions[:, parent] + rotation.rotate(turns[:, parent], offset)
            turns[:, j] = rotation.multiply(turns[:, parent], local)
    return positions, turns, positions + rotation.rotate(turns, bvh.ends)
