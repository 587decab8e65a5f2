"""Reads `.pose` files, versions 0.0 to 0.2, through the library `pose-format`.

Understood: MediaPipe Holistic of 543, 576 or 586 points or reduced to 178; OpenPose of 137; 178 points without names in
either of their two orders; and what `writers.pose` writes. Points are found by their names.

Coordinates are the file's own, in picture elements. Depth, which Holistic counts from three origins, is laid out by
`holistic_depth`, which changes it; OpenPose has none. A picture that was mirrored afterwards shows in its shoulders,
and `axes` says so. Version 0.0 keeps one person per frame.

A table `index.csv` beside the files, as the public lexicons have it (`path`, `signed_language`, `words`, `glosses`,
`start`, `end` in milliseconds), says what is signed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm_training.prompt2sign import holistic, holistic_depth, pose_profile, tables
from signllm_training.prompt2sign.errors import DataError, MissingToolError
from signllm_training.prompt2sign.pose_header import MAX_BYTES, Component, PoseHeader, read_header
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.readers.pose_index import Entry, assign, read_index
from signllm_training.prompt2sign.sample import Floats, Observation, Provenance, Read, Sample, Skipped
from signllm_training.prompt2sign.standard import StandardClip

PROFILES: Final = ("", "image", "holistic178", "slrtp178")
"""`image` leaves world landmarks aside; the last two name the order of 178 points."""
_OPENPOSE: Final = (
    *(("pose_keypoints_2d", name) for name in ("Nose", "Neck", "RShoulder", "RElbow", "RWrist")),
    *(("pose_keypoints_2d", name) for name in ("LShoulder", "LElbow", "LWrist")),
)


def read(path: Path, options: ReadOptions) -> Read:
    """Clips of a `.pose` file, or of every one below a folder.

    Raises:
        DataError: There is no such file, `index.csv` cannot be read, or the profile is not one of `PROFILES`.
    """
    if options.profile not in PROFILES:
        raise DataError(f"profile {options.profile!r}: .pose files know {', '.join(filter(None, PROFILES))}", path)
    if not path.exists():
        raise DataError("no such file or folder", path)
    folder = path if path.is_dir() else path.absolute().parent
    files = sorted(path.rglob("*.pose")) if path.is_dir() else [path]
    if not files:
        raise DataError("no .pose file in this folder", path)
    index = read_index(folder / "index.csv") if (folder / "index.csv").is_file() else {}
    table = tables.Sentences(tables.read_table(options.text) if options.text else {})
    return _samples(files, folder, index, table, options, whole=path.is_dir())


def _samples(
    files: list[Path],
    folder: Path,
    index: dict[str, Entry],
    table: tables.Sentences,
    options: ReadOptions,
    *,
    whole: bool,
) -> Iterator[Sample | Skipped]:
    sources = [file.absolute().relative_to(folder.absolute()).as_posix() for file in files]
    entries, missing = assign(index, sources)
    for file, source in zip(files, sources, strict=True):
        try:
            seen, tag = read_observation(file, options)
            yield _sample(seen, tag, source, folder, entries.get(source), table, options)
        except MissingToolError:
            raise
        except DataError as error:
            yield Skipped(source, error.line, error.reason)
    for name in missing if whole else ():
        line = index[name].line
        yield Skipped(name, line, f"index.csv, line {line}, names this file, but there is none")


def _sample(
    seen: Observation,
    tag: str,
    source: str,
    folder: Path,
    entry: Entry | None,
    table: tables.Sentences,
    options: ReadOptions,
) -> Sample:
    name = source.removesuffix(".pose")
    begin_s = end_s = None
    if entry is not None and entry.cuts(len(seen) / seen.fps):
        begin_s, end_s = entry.begin_s, entry.end_s
        seen = tables.cut(seen, begin_s, end_s)
    row = table.of_clip(name)
    return Sample(
        name=name,
        language=(entry.language if entry else "") or options.language,
        text=row.text if row else entry.text if entry else "",
        gloss=row.gloss if row else entry.gloss if entry else (),
        signer=row.signer if row else "",
        split=(row.split if row else "") or options.split,
        licence=options.licence,
        provenance=Provenance(options.corpus or folder.name, source, f"pose:{tag}", begin_s, end_s),
        seen=seen,
    )


def read_observation(path: Path, options: ReadOptions) -> tuple[Observation, str]:
    """The clip of one file, and which order of points it was in.

    Raises:
        DataError: It cannot be read, or holds points that are not known.
        AmbiguousDataError: 178 points without names fit both of their orders, or neither.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DataError(f"a .pose file of {size:,} bytes: at most {MAX_BYTES:,} are read; cut the recording", path)
        return decode(path.read_bytes(), options, path)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from error


def read_clip(path: Path) -> StandardClip:
    """The standard clip that `writers.pose` wrote, with its placement.

    Raises:
        DataError: It is no such file.
    """
    seen, _ = read_observation(path, ReadOptions())
    header = read_header(path.read_bytes(), path)
    space = pose_profile.read_space(header.components[-1].name) if header.names == pose_profile.NAMES else None
    if space is None or space.placement is None:
        raise DataError("no standard clip: this program writes one with the component SIGNLLM_SPACE ... placed=", path)
    return StandardClip(seen.points, seen.confidence > 0, seen.confidence, seen.fps, seen.depth, space.placement)


def decode(data: bytes, options: ReadOptions, path: Path | str | None = None) -> tuple[Observation, str]:
    """The clip that the bytes of a file hold; see `read_observation`."""
    header = read_header(data, path)
    if header.people > 1 and options.people == "only":
        raise DataError(f"up to {header.people} people are in the picture, and `people` is `only`", path)
    if header.people > 1 and header.version == 0.0:
        raise DataError(
            f"up to {header.people} people are in the picture, of whom version 0.0 keeps no track; convert it to 0.2",
            path,
        )
    fps = header.fps or options.fps
    if not fps:
        raise DataError("it does not say its frames per second; give them with the option fps", path)
    return _observe(data, header, fps, options)


def _load(data: bytes, header: PoseHeader, columns: npt.NDArray[np.intp]) -> tuple[Floats, Floats, bool]:
    """Some points of the largest person, [T, K, 3] and [T, K] as they are, and whether all of them have a z."""
    try:
        from pose_format import Pose  # type: ignore[import-untyped,unused-ignore]
    except ImportError as error:
        raise MissingToolError(".pose files need pose-format: pip install 'signllm[data]'") from error
    try:
        body = Pose.read(data).body
    except (ValueError, struct.error) as error:
        raise DataError(f"pose-format cannot read it: {error}") from error
    raw: npt.NDArray[np.float32] = np.ma.getdata(body.data)
    sure: npt.NDArray[np.float32] = np.ma.getdata(body.confidence)
    person = _largest(raw, sure) if raw.shape[1] > 1 else 0
    places = np.array([_xyz(component) for component in header.components for _ in component.points])[columns]  # [K, 3]
    out = np.zeros((len(raw), len(columns), 3), np.float32)
    for axis in range(3):
        has = places[:, axis] >= 0
        out[:, has, axis] = raw[:, person, columns[has], places[has, axis]]
    return out, sure[:, person, columns], bool((places[:, 2] >= 0).all())


def _xyz(component: Component) -> tuple[int, int, int]:
    """Where in a point's numbers x, y and z are; -1 for a z that is not there."""
    x, y, z = (component.format.find(letter) for letter in "XYZ")
    if min(x, y) < 0:
        raise DataError(f"its component {component.name[:40]!r} has the format {component.format}, without X or Y")
    return x, y, z


def _largest(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> int:
    """The person whose known points span most of the picture, in the median frame where they are seen."""
    known = (confidence > 0) & np.isfinite(points[..., :2]).all(axis=-1)  # [T, P, K]
    low = np.where(known[..., None], points[..., :2], np.inf).min(axis=2)
    high = np.where(known[..., None], points[..., :2], -np.inf).max(axis=2)
    spans = np.where(np.isfinite(high), high.astype(np.float64) - np.where(np.isfinite(low), low, 0.0), 0.0)
    return int(np.argmax(np.median(np.linalg.norm(spans, axis=-1), axis=0)))


def _observe(data: bytes, header: PoseHeader, fps: float, options: ReadOptions) -> tuple[Observation, str]:
    names = header.names
    if names == pose_profile.NAMES:
        space = pose_profile.read_space(header.components[-1].name)
        points, confidence, _ = _load(data, header, np.arange(len(names)))
        points, confidence = holistic.masked(space.from_file(points), confidence, float(np.finfo(np.float32).max))
        return Observation(points, confidence, space.fps, space.axes, space.unit, space.depth), "signllm50"
    if set(_OPENPOSE) <= set(names):
        points, confidence, _ = _load(data, header, _openpose_places(header))
        points[..., 2] = 0.0
        points, confidence = holistic.masked(points, confidence)
        return Observation(
            points, confidence, fps, (holistic.facing(points, confidence), -1, 1)
        ), f"openpose{len(names)}"
    return _observe_holistic(data, header, fps, options)


def _observe_holistic(data: bytes, header: PoseHeader, fps: float, options: ReadOptions) -> tuple[Observation, str]:
    order = holistic.order_of_names(header.names)
    # The face's mesh is nine tenths of the points, and most of it is of no use here.
    columns = holistic.needed(order) if order else np.arange(len(header.names))
    points, confidence, has_depth = _load(data, header, columns)
    points, confidence = holistic.masked(points, confidence)
    if order:
        order = replace(order, places=tuple(order.places[k] for k in columns))
    else:
        order = _order_without_names(points, confidence, header, options)
    placed, sure = holistic.arrange(points, confidence, order)
    chosen, known = holistic.keypoints(placed, sure)
    axes = (holistic.facing(chosen, known), -1, -1)
    if not has_depth:
        chosen[..., 2] = 0.0
        return Observation(chosen, known, fps, axes), order.name
    world = options.profile != "image" and bool(placed[:, holistic.START["world"] :, 2].any())
    unit = _depth_unit(placed, sure, header, order)
    chosen, _ = holistic_depth.lay_depth(chosen, placed, known, unit, world=world)
    return Observation(chosen, known, fps, axes, depth="measured"), order.name + (",world" if world else "")


def _order_without_names(
    points: Floats, confidence: Floats, header: PoseHeader, options: ReadOptions
) -> holistic.Order:
    fitting = holistic.order_of_count(points.shape[1])
    if len(fitting) == 1:
        return fitting[0]
    by_name = {order.name: order for order in fitting}
    if options.profile in by_name:
        return by_name[options.profile]
    if fitting:
        return holistic.recognise_178(points, confidence)
    parts = ", ".join(f"{c.name[:30]} ({len(c.points)})" for c in header.components[:8])
    raise DataError(
        f"its components {parts} are none that is known: MediaPipe Holistic (543, 576, 586 or 178 points), OpenPose "
        "(137) and this program's own"
    )


def _depth_unit(placed: Floats, confidence: Floats, header: PoseHeader, order: holistic.Order) -> float:
    """Picture elements for one of z: the width of the picture before it was resized, which few headers keep."""
    if not order.faces_named:
        return 1.0  # the challenge's clips are three-dimensional, in one unit
    measured = holistic_depth.measure_depth_unit(placed, confidence)
    said = [float(size) for size in (header.depth, header.width) if size] + [1.0]
    return holistic_depth.choose_unit(measured, tuple(said))


def _openpose_places(header: PoseHeader) -> npt.NDArray[np.intp]:
    at = {name: k for k, name in reversed(list(enumerate(header.names)))}
    hands = [_component_start(header, f"hand_{side}_keypoints_2d") for side in ("left", "right")]
    return np.array([at[name] for name in _OPENPOSE] + [start + k for start in hands for k in range(21)])


def _component_start(header: PoseHeader, name: str) -> int:
    start = 0
    for component in header.components:
        if component.name == name and len(component.points) == 21:
            return start
        start += len(component.points)
    raise DataError(f"it has OpenPose's body, but no component {name} of 21 points")
