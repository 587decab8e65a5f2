"""Batches of a prepared set: of similar length, padded with a mask, changed by chance, and always the same.

A batch is a function of the seed, the epoch and its number, so that any number of workers makes the same ones. Of the
set only its index is in memory, and the few row groups that the batches at hand come from.
"""

from __future__ import annotations

import bisect
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.augment import AugmentOptions, augment
from signllm_training.prompt2sign.rows import Entry, from_row
from signllm_training.prompt2sign.sample import Floats
from signllm_training.prompt2sign.standard import StandardClip
from signllm_training.prompt2sign.store import read_group, read_shards, row_groups, shard_paths

_ORDER, _CHANGE = 0, 1
"""What is drawn: the order of an epoch, the changes of a clip."""


@dataclass(frozen=True)
class LoaderOptions:
    """How clips become batches."""

    seed: int = 0
    clips: int = 64
    """Most clips of a batch."""
    frames: int = 16_384
    """Most frames of a batch, padding included, before clips are sped up or slowed down; a longer clip is alone."""
    pool_groups: int = 8
    """Row groups (about 64 clips each) whose clips are mixed and then sorted by length: more mix better, and up to
    8 MB each are kept."""
    shuffle: bool = True
    """Whether the order is drawn anew in every epoch; without, it is that of the set, within pools by length."""
    augment: AugmentOptions | None = field(default_factory=AugmentOptions)
    """How clips are changed; `None` for what must be as it is, such as dev and test."""

    def __post_init__(self) -> None:
        """Reject what cannot work."""
        if min(self.clips, self.frames, self.pool_groups) < 1:
            raise ValueError("a batch has at least one clip and one frame, and comes of at least one row group")


class Batch(NamedTuple):
    """Clips of similar length; the default collation of torch makes tensors of its arrays."""

    points: Floats
    """[B, T, 50, 3] metres, as in `StandardClip`; zero where nothing is known and beyond the end of a clip."""
    mask: npt.NDArray[np.bool_]
    """[B, T, 50] whether a keypoint is known; false beyond the end."""
    confidence: Floats
    """[B, T, 50]."""
    lengths: npt.NDArray[np.int64]
    """[B], frames of each clip."""
    fps: Floats
    """[B], frames per second of each clip."""
    names: tuple[str, ...]
    texts: tuple[str, ...]
    prompts: tuple[str, ...]
    glosses: tuple[tuple[str, ...], ...]
    languages: tuple[str, ...]


class PreparedSet:
    """One split of a prepared set, as clips and as batches.

    May be pickled and handed to other processes; each opens the files for itself.
    """

    def __init__(self, folder: Path, split: str = "train", options: LoaderOptions | None = None) -> None:
        """Read the index: the number of frames of every clip.

        Raises:
            DataError: There is no such set, or a file of it is damaged.
        """
        self.folder, self.split, self.options = folder, split, options or LoaderOptions()
        groups = row_groups(shard_paths(folder, split))
        self._groups = [(path, number) for path, number, count in groups if count]
        counts = [count for _, _, count in groups if count]
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)  # first clip of every group
        self.frames: npt.NDArray[np.int32] = np.array(list(self.column("frames")), np.int32)
        """[N], frames of every clip."""
        self._cache = _Cache(self.options.pool_groups)

    def __len__(self) -> int:
        """Number of clips."""
        return len(self.frames)

    def clip(self, number: int) -> tuple[Entry, StandardClip]:
        """A clip as it is stored, and what is said about it.

        Raises:
            DataError: The file is damaged.
        """
        if not 0 <= number < len(self):
            raise IndexError(f"clip {number} of {len(self)}")
        group = bisect.bisect_right(self._starts, number) - 1
        rows = self._cache.rows(*self._groups[group])
        return from_row(rows[number - int(self._starts[group])])

    def column(self, name: str) -> Iterator[Any]:
        """One column of the store for all clips in order, without their keypoints."""
        for row in read_shards(self.folder, self.split, [name]):
            yield row[name]

    def epoch(self, number: int) -> Epoch:
        """The batches of an epoch, which a `torch.utils.data.DataLoader(epoch, batch_size=None)` takes as they are."""
        return Epoch(self, number)

    def order(self, epoch: int) -> Iterator[npt.NDArray[np.int64]]:
        """Clips of every pool of an epoch, [n]: what lies together is asked for together."""
        rng = np.random.default_rng((self.options.seed, _ORDER, epoch))
        groups = np.arange(len(self._groups))
        if self.options.shuffle:
            rng.shuffle(groups)
        for at in range(0, len(groups), self.options.pool_groups):
            pool = groups[at : at + self.options.pool_groups]
            clips = np.concatenate([np.arange(self._starts[k], self._starts[k + 1]) for k in pool])
            if self.options.shuffle:
                rng.shuffle(clips)
            yield clips

    def __getstate__(self) -> dict[str, Any]:
        """Everything but what has been read."""
        return self.__dict__ | {"_cache": _Cache(self.options.pool_groups)}


class Epoch(Sequence[Batch]):
    """The batches of one pass over a set, each made when it is asked for."""

    def __init__(self, clips: PreparedSet, number: int) -> None:
        """Plan them: no keypoint is read."""
        self.set, self.number = clips, number

    @cached_property
    def plan(self) -> list[npt.NDArray[np.int64]]:
        """Numbers of the clips of every batch."""
        options = self.set.options
        rng = np.random.default_rng((options.seed, _ORDER, self.number, 1))
        plan: list[npt.NDArray[np.int64]] = []
        for pool in self.set.order(self.number):
            ordered = pool[np.argsort(self.set.frames[pool], kind="stable")]
            batches = list(_cut(ordered, self.set.frames[ordered], options))
            if options.shuffle:
                batches = [batches[k] for k in rng.permutation(len(batches))]
            plan += batches
        return plan

    def __len__(self) -> int:
        """Number of batches."""
        return len(self.plan)

    def __getitem__(self, number: int) -> Batch:  # type: ignore[override]
        """The batch of that number.

        Raises:
            IndexError: There are not so many.
            DataError: A file is damaged.
        """
        return collate([self._changed(int(k)) for k in self.plan[number]])

    def _changed(self, number: int) -> tuple[Entry, StandardClip]:
        entry, clip = self.set.clip(number)
        options = self.set.options
        if options.augment is None:
            return entry, clip
        return entry, augment(
            clip, options.augment, np.random.default_rng((options.seed, _CHANGE, self.number, number))
        )


def collate(clips: Sequence[tuple[Entry, StandardClip]]) -> Batch:
    """Clips, at least one, as one batch of padded arrays."""
    lengths = np.array([len(clip) for _, clip in clips], np.int64)
    shape = (len(clips), int(lengths.max()), prompt2sign.COUNT)
    points, confidence = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    mask = np.zeros(shape, np.bool_)
    for b, (_, clip) in enumerate(clips):
        points[b, : len(clip)], mask[b, : len(clip)] = clip.points, clip.mask
        confidence[b, : len(clip)] = clip.confidence
    return Batch(
        points,
        mask,
        confidence,
        lengths,
        fps=np.array([clip.fps for _, clip in clips], np.float32),
        names=tuple(entry.name for entry, _ in clips),
        texts=tuple(entry.text for entry, _ in clips),
        prompts=tuple(entry.prompt for entry, _ in clips),
        glosses=tuple(entry.gloss for entry, _ in clips),
        languages=tuple(entry.language for entry, _ in clips),
    )


class _Cache:
    """The row groups that were read last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: OrderedDict[tuple[Path, int], list[dict[str, Any]]] = OrderedDict()

    def rows(self, path: Path, group: int) -> list[dict[str, Any]]:
        key = (path, group)
        if key not in self._held:
            self._held[key] = read_group(path, group)
            if len(self._held) > self._size:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return self._held[key]


def _cut(
    clips: npt.NDArray[np.int64], frames: npt.NDArray[np.int32], options: LoaderOptions
) -> Iterator[npt.NDArray[np.int64]]:
    """Runs of `clips`, which are sorted by length, that are as long as `options` let them be."""
    start = 0
    for end in range(1, len(clips) + 1):
        over = end < len(clips) and (end + 1 - start) * int(frames[end]) > options.frames
        if end == len(clips) or end - start >= options.clips or over:
            yield clips[start:end]
            start = end
