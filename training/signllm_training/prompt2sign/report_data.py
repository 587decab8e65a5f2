"""What the report of a corpus is drawn from: counts of a prepared set, taken in one pass, and a few of its clips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import manifest
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.manifest import Manifest
from signllm_training.prompt2sign.rows import Entry, from_row
from signllm_training.prompt2sign.standard import StandardClip

_COLUMNS: Final = (
    *("name", "language", "split", "signer", "text", "frames", "fps", "depth", "mask", "corpus"),
    *("quality", "swapped", "outliers", "filled", "trimmed_begin", "trimmed_end", "notes"),
)
_MENDED: Final = ("swapped", "outliers", "filled", "trimmed_begin", "trimmed_end")


@dataclass(frozen=True)
class Corpus:
    """A prepared set as its report shows it."""

    name: str
    manifest: Manifest
    durations: npt.NDArray[np.float64]
    """[N] seconds."""
    scores: npt.NDArray[np.float64]
    """[M] of the clips that were cleaned."""
    frames: int
    known: npt.NDArray[np.int64]
    """[50] frames in which each keypoint is known."""
    mended: Mapping[str, int]
    """Frames with exchanged sides, outliers, keypoints filled in, frames of rest cut at the beginnings and ends."""
    notes: Mapping[str, int]
    """Clips by what could not be mended in them."""
    depths: Mapping[str, int]
    """Clips by where their depth comes from."""
    without_text: int
    signers: Mapping[str, frozenset[str]]
    """Known signers by split, with the corpus that names them."""
    previews: tuple[tuple[Entry, StandardClip], ...]

    @property
    def shared_signers(self) -> tuple[str, ...]:
        """Signers that more than one split has."""
        splits = Counter(signer for signers in self.signers.values() for signer in signers)
        return tuple(sorted(signer for signer, count in splits.items() if count > 1))


def gather(folder: Path, previews: int) -> Corpus:
    """Read a prepared set.

    Args:
        folder: Prepared set with its manifest.
        previews: Clips to show: half of them those of the lowest scores, the rest spread over the set.

    Raises:
        DataError: There is no prepared set, or it is damaged.
        MissingToolError: Parquet cannot be read.
    """
    about = manifest.load(folder)
    from signllm_training.prompt2sign import store

    durations: list[float] = []
    scores: list[float] = []
    known = np.zeros(prompt2sign.COUNT, dtype=np.int64)
    counts: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    depths: Counter[str] = Counter()
    signers: dict[str, set[str]] = {}
    for row in store.read_shards(folder, columns=_COLUMNS):
        known += _known(row)
        durations.append(row["frames"] / row["fps"])
        scores.append(np.nan if row["quality"] is None else row["quality"])
        counts["frames"] += row["frames"]
        counts["without_text"] += not row["text"]
        counts.update({name: row[name] or 0 for name in _MENDED})
        notes.update(row["notes"] or ())
        depths[row["depth"]] += 1
        if row["signer"]:
            signers.setdefault(row["split"], set()).add(f"{row['corpus']}/{row['signer']}")
    judged = np.array(scores)
    return Corpus(
        name=folder.resolve().name,
        manifest=about,
        durations=np.array(durations),
        scores=judged[~np.isnan(judged)],
        frames=counts["frames"],
        known=known,
        mended={name: counts[name] for name in _MENDED},
        notes=dict(notes.most_common()),
        depths=dict(depths.most_common()),
        without_text=counts["without_text"],
        signers={split: frozenset(found) for split, found in sorted(signers.items())},
        previews=_take(folder, choose(judged, previews)),
    )


def choose(scores: npt.NDArray[np.float64], count: int) -> list[int]:
    """Numbers of the clips to show, in order: half of them the lowest scores, the rest spread over all.

    Args:
        scores: [N], NaN where a clip was not judged.
        count: How many, or all if there are fewer.
    """
    if len(scores) <= count:
        return list(range(len(scores)))
    lowest = [int(k) for k in np.argsort(scores, kind="stable")[: count // 2] if not np.isnan(scores[k])]
    others = np.setdiff1d(np.arange(len(scores)), lowest)
    spread = others[np.linspace(0, len(others) - 1, count - len(lowest)).astype(int)]
    return sorted({*lowest, *spread.tolist()})


def _take(folder: Path, numbers: Sequence[int]) -> tuple[tuple[Entry, StandardClip], ...]:
    """Clips by their number in the set; only the row groups that hold one are read."""
    from signllm_training.prompt2sign import store

    found: list[tuple[Entry, StandardClip]] = []
    first = 0
    for path, group, rows in store.row_groups(store.shard_paths(folder)):
        here = [k - first for k in numbers if first <= k < first + rows]
        if here:
            table = store.read_group(path, group)
            found += [from_row(table[k]) for k in here]
        first += rows
    return tuple(found)


def _known(row: Mapping[str, Any]) -> npt.NDArray[np.int64]:
    count = row["frames"] * prompt2sign.COUNT
    if len(row["mask"]) != -(-count // 8) or not (row["frames"] > 0 and row["fps"] > 0.0):
        says = f"{row['frames']} frames, {row['fps']} a second and {len(row['mask'])} bytes of mask"
        raise DataError(f"{row['name'][:80]}: {says} do not go together; make the set again")
    bits = np.unpackbits(np.frombuffer(row["mask"], np.uint8), count=count, bitorder="little")
    return np.asarray(bits.reshape(-1, prompt2sign.COUNT).sum(axis=0, dtype=np.int64))
