"""Reads the `.npz` files of `writers.clip`: one standard clip each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from signllm_training.prompt2sign.array_files import load_npz
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.rows import Entry, from_row, to_sample
from signllm_training.prompt2sign.sample import UNKNOWN_LICENCE, Read, Skipped
from signllm_training.prompt2sign.standard import StandardClip

_NULL: Final = type(None)
_TEXTS: Final = (
    *("name", "language", "text", "prompt", "signer", "split", "licence", "licence_consent", "corpus", "source"),
    *("reader", "profile", "depth", "unit"),
)
_COUNTS: Final = ("swapped", "outliers", "filled", "trimmed_begin", "trimmed_end")
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(_TEXTS, (str,)),
    **dict.fromkeys(("fps", "scale"), (float,)),
    **dict.fromkeys(("begin_s", "end_s", "quality", "missing"), (float, _NULL)),
    **dict.fromkeys(_COUNTS, (int, _NULL)),
    **dict.fromkeys(("gloss", "origin", "axes"), (list,)),
    "notes": (list, _NULL),
    "licence_commercial": (bool,),
}
_ELEMENTS: Final = {"gloss": str, "notes": str, "origin": float, "axes": int}


def read(path: Path, options: ReadOptions) -> Read:
    """The sample of a file, or of every `.npz` below a folder.

    Raises:
        DataError: There is no such file.
    """
    for found in entries(path, options):
        yield found if isinstance(found, Skipped) else to_sample(*found)


def entries(path: Path, options: ReadOptions) -> Iterator[tuple[Entry, StandardClip] | Skipped]:
    """The clips themselves, bit for bit, with what is known about them."""
    files = sorted(path.rglob("*.npz")) if path.is_dir() else [path]
    if not files:
        raise DataError("no .npz file in this folder", path)
    for file in files:
        try:
            entry, clip = load_clip(file)
        except DataError as error:
            yield Skipped(file.relative_to(path).as_posix() if path.is_dir() else file.name, None, error.reason)
        else:
            yield with_options(entry, options), clip


def load_clip(path: Path) -> tuple[Entry, StandardClip]:
    """What `write_clip` was given.

    Raises:
        DataError: The file is damaged, or no standard clip.
    """
    arrays = load_npz(path)
    try:
        points, mask, confidence, about = (arrays[name] for name in ("points", "mask", "confidence", "about"))
    except KeyError as error:
        raise DataError(f"no standard clip: there is no array {error} in it", path) from None
    try:
        return from_row(_row(points, mask, confidence, about))
    except DataError as error:
        raise DataError(error.reason, path) from error


def with_options(entry: Entry, options: ReadOptions) -> Entry:
    """An entry in which the user's word stands where it says nothing."""
    return replace(
        entry,
        language=entry.language or options.language,
        split=entry.split or options.split,
        licence=options.licence if entry.licence == UNKNOWN_LICENCE else entry.licence,
        provenance=replace(entry.provenance, corpus=entry.provenance.corpus or options.corpus),
    )


def _row(points: Any, mask: Any, confidence: Any, about: Any) -> dict[str, Any]:
    frames = len(points) if isinstance(points, np.ndarray) and points.ndim else 0
    expected = ((points, (frames, 50, 3), "<f4"), (mask, (frames, 50), "|b1"), (confidence, (frames, 50), "<f4"))
    for array, shape, kind in expected:
        if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype.str != kind:
            raise DataError("no standard clip: points, mask and confidence are not [T, 50, ...] arrays of one length")
    if not isinstance(about, np.ndarray) or about.dtype.kind != "U" or about.ndim:
        raise DataError("no standard clip: `about` is no text")
    return _about(str(about)) | {
        "frames": frames,
        "points": points.tobytes(),
        "mask": np.packbits(mask, axis=None, bitorder="little").tobytes(),
        "confidence": confidence.tobytes(),
    }


def _about(text: str) -> dict[str, Any]:
    try:
        about = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"`about` is no JSON ({error})") from error
    if not isinstance(about, dict):
        raise DataError("`about` is no JSON object")
    for name, types in _TYPES.items():
        value = about.get(name)
        # An exact comparison: True is an int to isinstance.
        if type(value) not in types or (
            isinstance(value, list) and any(type(one) is not _ELEMENTS[name] for one in value)
        ):
            raise DataError(f"`about` says {name} = {str(value)[:40]!r}, which it cannot be")
    return about
