"""One clip of the standard as one row of a table: every field a plain value, arrays as little-endian bytes.

Nothing is rounded: a row gives back the very bits that it was made from. Confidences are left out where they say no
more than the mask does (all 0 or 1), as most sources' do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import (
    DEPTHS,
    SPLITS,
    UNITS,
    UNKNOWN_LICENCE,
    Floats,
    Licence,
    Provenance,
    Sample,
)
from signllm_training.prompt2sign.standard import PROFILE, Placement, StandardClip, restore

if TYPE_CHECKING:
    from signllm_training.prompt2sign.quality import Quality

MAX_FRAMES: Final = 200_000
"""Longest clip, two hours: what claims more is no clip, and would fill the memory."""
_POINT_BYTES: Final = prompt2sign.COUNT * 3 * 4
_CONFIDENCE_BYTES: Final = prompt2sign.COUNT * 4

_NOWHERE: Final = Provenance("", "", "")


@dataclass(frozen=True)
class Entry:
    """What a row says about its clip, besides the keypoints."""

    name: str
    """Unique within its corpus."""
    language: str = ""
    """Code of `languages`; empty when nobody said."""
    text: str = ""
    gloss: tuple[str, ...] = ()
    prompt: str = ""
    """What the model is asked, the text within; empty when there is none."""
    signer: str = ""
    split: str = ""
    """One of `sample.SPLITS`."""
    licence: Licence = UNKNOWN_LICENCE
    provenance: Provenance = _NOWHERE
    quality: Quality | None = None
    """What cleaning found; nothing when the clip was not cleaned."""


def to_row(sample: Sample, clip: StandardClip, quality: Quality | None = None, prompt: str = "") -> dict[str, Any]:
    """The row of a sample whose keypoints became `clip`; `sample.seen` is not stored.

    Raises:
        DataError: The clip is longer than `MAX_FRAMES`.
    """
    entry = Entry(
        name=sample.name,
        language=sample.language,
        text=sample.text,
        gloss=sample.gloss,
        prompt=prompt,
        signer=sample.signer,
        split=sample.split,
        licence=sample.licence,
        provenance=sample.provenance,
        quality=quality,
    )
    return entry_row(entry, clip)


def entry_row(entry: Entry, clip: StandardClip) -> dict[str, Any]:
    """The row of a clip.

    Raises:
        DataError: The clip is longer than `MAX_FRAMES`.
    """
    if len(clip) > MAX_FRAMES:
        raise DataError(f"{entry.name}: {len(clip)} frames; a clip has at most {MAX_FRAMES}: cut it into sentences")
    place, licence, origin = clip.placement, entry.licence, entry.provenance
    row: dict[str, Any] = {
        "name": entry.name,
        "language": entry.language,
        "text": entry.text,
        "gloss": list(entry.gloss),
        "prompt": entry.prompt,
        "signer": entry.signer,
        "split": entry.split,
        "licence": licence.name,
        "licence_commercial": licence.commercial,
        "licence_consent": licence.consent,
        "corpus": origin.corpus,
        "source": origin.source,
        "reader": origin.reader,
        "begin_s": origin.begin_s,
        "end_s": origin.end_s,
        "profile": PROFILE,
        "fps": float(clip.fps),
        "frames": len(clip),
        "depth": clip.depth,
        "origin": list(map(float, place.origin)),
        "scale": float(place.scale),
        "axes": list(place.axes),
        "unit": place.unit,
        "points": np.ascontiguousarray(clip.points, "<f4").tobytes(),
        "mask": np.packbits(clip.mask, axis=None, bitorder="little").tobytes(),
        "confidence": _confidence_bytes(clip),
    }
    return row | _quality_row(entry.quality)


def from_row(row: Mapping[str, Any]) -> tuple[Entry, StandardClip]:
    """What `to_row` was given, bit for bit.

    Raises:
        DataError: The row holds what no clip can be.
    """
    if row["profile"] != PROFILE:
        raise DataError(f"{row['name']}: keypoints in the profile {row['profile']!r}; this version reads {PROFILE!r}")
    clip = _clip(row)
    if row["split"] not in SPLITS:
        raise DataError(f"{row['name']}: split {row['split']!r}; {', '.join(filter(None, SPLITS))} are possible")
    entry = Entry(
        name=row["name"],
        language=row["language"],
        text=row["text"],
        gloss=tuple(row["gloss"]),
        prompt=row["prompt"],
        signer=row["signer"],
        split=row["split"],
        licence=Licence(row["licence"], row["licence_commercial"], row["licence_consent"]),
        provenance=Provenance(row["corpus"], row["source"], row["reader"], row["begin_s"], row["end_s"]),
        quality=_quality(row),
    )
    return entry, clip


def to_sample(entry: Entry, clip: StandardClip) -> Sample:
    """The sample that a row was made from: its source's numbers, to one rounding of float32."""
    return Sample(
        name=entry.name,
        language=entry.language,
        text=entry.text,
        gloss=entry.gloss,
        signer=entry.signer,
        split=entry.split,
        licence=entry.licence,
        provenance=entry.provenance,
        seen=restore(clip),
    )


def _confidence_bytes(clip: StandardClip) -> bytes:
    if np.array_equal(clip.confidence, clip.mask.astype(np.float32)):
        return b""
    return np.ascontiguousarray(clip.confidence, "<f4").tobytes()


def _clip(row: Mapping[str, Any]) -> StandardClip:
    name, frames = row["name"], row["frames"]
    if not 0 < frames <= MAX_FRAMES:
        raise DataError(f"{name}: {frames} frames; a clip has 1 to {MAX_FRAMES}")
    points = _floats(name, "points", row["points"], frames * _POINT_BYTES).reshape(frames, prompt2sign.COUNT, 3)
    mask = _mask(name, row["mask"], frames)
    if not row["confidence"]:
        confidence = mask.astype(np.float32)
    else:
        confidence = _floats(name, "confidence", row["confidence"], frames * _CONFIDENCE_BYTES).reshape(mask.shape)
    if points[~mask].any():
        raise DataError(f"{name}: keypoints that the mask calls unknown have coordinates: the row is damaged")
    if not 0.0 < row["fps"] < 1000.0 or row["depth"] not in DEPTHS:
        raise DataError(f"{name}: {row['fps']} frames per second and depth {row['depth']!r} are not both possible")
    return StandardClip(points, mask, confidence, row["fps"], row["depth"], _placement(row))


def _floats(name: str, what: str, data: bytes, size: int) -> Floats:
    if len(data) != size:
        raise DataError(f"{name}: {len(data)} bytes of {what}; its number of frames takes {size}")
    values = np.frombuffer(data, "<f4")
    if not np.isfinite(values).all():
        raise DataError(f"{name}: {what} that are not finite numbers: the row is damaged")
    return values.astype(np.float32)  # a copy: what `frombuffer` gives cannot be written to


def _mask(name: str, data: bytes, frames: int) -> npt.NDArray[np.bool_]:
    count = frames * prompt2sign.COUNT
    if len(data) != -(-count // 8):
        raise DataError(f"{name}: {len(data)} bytes of mask; its number of frames takes {-(-count // 8)}")
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=count, bitorder="little")
    return bits.astype(np.bool_).reshape(frames, prompt2sign.COUNT)


def _placement(row: Mapping[str, Any]) -> Placement:
    origin, axes, scale, unit = row["origin"], row["axes"], row["scale"], row["unit"]
    possible = (
        len(origin) == len(axes) == 3
        and all(map(math.isfinite, origin))
        and not set(axes) - {1, -1}
        and math.isfinite(scale)
        and scale > 0.0
        and unit in UNITS
    )
    if not possible:
        raise DataError(
            f"{row['name']}: placed at {origin}, axes {axes}, scale {scale}, unit {unit!r}, which no clip can be"
        )
    return Placement((origin[0], origin[1], origin[2]), scale, (axes[0], axes[1], axes[2]), unit)


def _quality_row(quality: Quality | None) -> dict[str, Any]:
    if quality is None:
        return dict.fromkeys(
            ("quality", "missing", "swapped", "outliers", "filled", "trimmed_begin", "trimmed_end", "notes")
        )
    return {
        "quality": float(quality.score),
        "missing": float(quality.missing),
        "swapped": quality.swapped,
        "outliers": quality.outliers,
        "filled": quality.filled,
        "trimmed_begin": quality.trimmed[0],
        "trimmed_end": quality.trimmed[1],
        "notes": list(quality.notes),
    }


def _quality(row: Mapping[str, Any]) -> Quality | None:
    if row["quality"] is None:
        return None
    from signllm_training.prompt2sign.quality import Quality  # takes its time, and most readers need none

    return Quality(
        score=row["quality"],
        missing=row["missing"] or 0.0,
        swapped=row["swapped"] or 0,
        outliers=row["outliers"] or 0,
        filled=row["filled"] or 0,
        trimmed=(row["trimmed_begin"] or 0, row["trimmed_end"] or 0),
        notes=tuple(row["notes"] or ()),
    )
