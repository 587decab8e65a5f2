"""Reads `.skels`, the text format of Prompt2Sign and Progressive Transformers, in each of its three profiles.

Line k of `dev.skels` is the clip that line k of `dev.files`, `dev.text` and `dev.gloss` names; each of those three may
be absent. The profile is measured, never guessed: see `skels_profiles`, which also says which hand is which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final

import numpy as np

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import tables
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers.decimals import NotANumberError, parse_decimals
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.readers.skels_dwpose import keypoints, with_measured_shape
from signllm_training.prompt2sign.sample import Observation, Provenance, Read, Sample, Skipped
from signllm_training.prompt2sign.skels_profiles import (
    MISSING,
    Doubles,
    Profile,
    counter_fits,
    profile_named,
    recognise,
)

MAX_LINE_BYTES: Final = 64 << 20
"""A longer line is skipped, unread: half an hour at 25 frames per second is less."""
_MEASURED: Final = 12
"""Clips that the profile is measured on."""
_LARGEST: Final = 1e6
"""No coordinate of these profiles is anywhere near."""
_BLOCK: Final = 1 << 20


def read(path: Path, options: ReadOptions) -> Read:
    """Clips of a `.skels` file, or of every one in a folder.

    What the numbers cannot say is the user's: `fps` (25 for phoenix, 24 for the others), `language`, `profile`. A
    `text` table wins over the files beside the clips. A number that is `nan` makes its keypoint missing.

    Raises:
        DataError: There is no such file, or the lines of the files beside it do not pair up.
        AmbiguousDataError: The numbers fit more than one profile, or none wholly; name it with the option `profile`.
    """
    files = sorted(path.glob("*.skels")) if path.is_dir() else [path]
    if not files:
        raise DataError("no .skels file in this folder", path)
    corpus = options.corpus or (path if path.is_dir() else path.absolute().parent).name
    table = tables.Sentences(tables.read_table(options.text) if options.text else {})
    opened = [_open(file, options) for file in files]
    return (
        found for file, profile, beside in opened for found in _clips(file, profile, beside, table, corpus, options)
    )


@dataclass(frozen=True)
class _Beside:
    """The lines of the files beside the clips; none where there is no such file."""

    files: list[str] | None
    text: list[str] | None
    gloss: list[str] | None


def _open(path: Path, options: ReadOptions) -> tuple[Path, Profile, _Beside]:
    """Pair the files up and find the profile; what is wrong with the whole is said before the first clip."""
    try:
        count = _count_lines(path)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from error
    beside = {}
    for suffix in (".files", ".text", ".gloss"):
        other = path.with_suffix(suffix)
        beside[suffix[1:]] = lines = tables.read_lines(other) if other.is_file() else None
        if lines is not None and len(lines) != count:
            raise DataError(
                f"{len(lines)} lines, but {path.name} has {count}: line k of one belongs to line k of the other, so "
                "no line can be trusted",
                other,
                min(len(lines), count) + 1,
            )
    measured = [] if options.profile and options.profile != "dwpose" else list(islice(_readable(path), _MEASURED))
    try:
        profile = profile_named(options.profile) if options.profile else recognise(measured)
    except DataError as error:
        raise type(error)(error.reason, path) from error
    return path, with_measured_shape(profile, measured) if profile.planar else profile, _Beside(**beside)


def _readable(path: Path) -> Iterator[Doubles]:
    for line in _lines(path):
        try:
            numbers = parse_decimals(line or b"")
        except NotANumberError:
            continue
        if len(numbers):
            yield numbers


def _count_lines(path: Path) -> int:
    count, last = 0, b"\n"
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            count += block.count(b"\n")
            last = block[-1:]
    return count + (last != b"\n")


def _lines(path: Path) -> Iterator[bytes | None]:
    """Lines without their end, one in memory at a time; none for one that is too long."""
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES + 1):
            if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
                _skip_line(file)
                yield None
            else:
                yield line.removesuffix(b"\n").removesuffix(b"\r")


def _skip_line(file: IO[bytes]) -> None:
    while (rest := file.readline(_BLOCK)) and not rest.endswith(b"\n"):
        pass


def _clips(
    path: Path, profile: Profile, beside: _Beside, table: tables.Sentences, corpus: str, options: ReadOptions
) -> Read:
    split = tables.split_of(path.stem) or options.split
    for k, line in enumerate(_lines(path)):
        name = beside.files[k] if beside.files else f"{path.stem}-{k + 1:06d}"
        try:
            seen = _observe(line, profile, options)
        except (DataError, NotANumberError) as error:
            yield Skipped(path.name, k + 1, f"{name}: {error}")
            continue
        row = table.of_clip(name) or tables.TextRow(
            name,
            tables.unquote(beside.text[k]) if beside.text else "",
            tuple(beside.gloss[k].split()) if beside.gloss else (),
        )
        yield Sample(
            name,
            options.language,
            row.text,
            row.gloss,
            row.signer,
            split or row.split,
            options.licence,
            Provenance(corpus, path.name, f"skels:{profile.name}"),
            seen,
        )


def _observe(line: bytes | None, profile: Profile, options: ReadOptions) -> Observation:
    """What one line shows.

    Raises:
        DataError, NotANumberError: It cannot be read.
    """
    if line is None:
        raise DataError(f"the line is longer than {MAX_LINE_BYTES} bytes")
    numbers = parse_decimals(line)
    if not len(numbers):
        raise DataError("the line is empty: that tool's mark of a clip that failed")
    if len(numbers) % profile.values:
        raise DataError(_wrong_count(len(numbers), profile))
    frames = numbers.reshape(-1, profile.values)
    _check_counter(frames[:, -1], profile, forced=bool(options.profile))
    points, confidence = keypoints(frames, profile) if profile.planar else _three_dimensional(frames, profile)
    missing = ~(confidence > 0.0)
    if not np.isfinite(points).all():  # asked first because it is rare, and the next line is slow
        missing |= ~np.isfinite(points).all(axis=-1)
    points[missing], confidence[missing] = 0.0, 0.0
    if missing.all():
        raise DataError("no keypoint in any frame")
    if np.abs(points).max() > _LARGEST:
        raise DataError(f"a coordinate of {np.abs(points).max():g}: none is larger than {_LARGEST:g}")
    return Observation(
        points.astype(np.float32),
        confidence.astype(np.float32),
        options.fps or profile.fps,
        profile.axes,
        profile.unit,
        profile.depth,
    )


def _wrong_count(count: int, profile: Profile) -> str:
    message = f"{count} numbers are no whole number of frames of {profile.values}, the counter among them"
    if count % (profile.values - 1) == 0:
        return f"{message}; they would be of {profile.values - 1}, so the counters seem to be missing"
    return message


def _check_counter(counter: Doubles, profile: Profile, forced: bool) -> None:
    """A frame that lost or gained a number shows in the counters of all that follow.

    Where the user names the profile, any counter that rises from 0 or more to at most 1 will do.
    """
    if counter_fits(counter, profile):
        return
    if forced and len(counter) and 0.0 <= counter[0] and counter[-1] <= 1.0 + 1e-6 and (np.diff(counter) >= 0.0).all():
        return
    expected = profile.counter(len(counter))
    frame = int(np.argmin(np.abs(counter - expected) <= 1e-4))
    raise DataError(
        f"frame {frame + 1} ends with {counter[frame]:g} where its counter, {expected[frame]:.5f}, should be: a number "
        "is missing or too many, there or before"
    )


def _three_dimensional(frames: Doubles, profile: Profile) -> tuple[Doubles, Doubles]:
    """Points [T, 50, 3] and confidence [T, 50] of phoenix and signllm."""
    points = frames[:, :-1].reshape(len(frames), prompt2sign.COUNT, 3)
    if profile.name == "signllm":
        said = points != MISSING
        known = said[..., 0] | said[..., 1] | said[..., 2]  # any(axis=-1) takes three times as long
        return points.copy(), known.astype(np.float64)
    return points[:, profile.order], np.ones(points.shape[:2])
