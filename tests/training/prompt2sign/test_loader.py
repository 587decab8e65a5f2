"""The loader: the same batches whoever makes them, every clip once an epoch, little padding, little memory."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch.utils.data import DataLoader

from signllm_training.prompt2sign.augment import AugmentOptions
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.loader import Batch, LoaderOptions, PreparedSet
from signllm_training.prompt2sign.rows import Entry, entry_row
from signllm_training.prompt2sign.sample import Observation
from signllm_training.prompt2sign.standard import StandardClip, standardise
from signllm_training.prompt2sign.store import ShardWriter, read_group, row_groups, shard_paths

CLIPS = 300
AS_STORED = LoaderOptions(clips=16, frames=2000, pool_groups=2, augment=None)


def some_clip(number: int) -> StandardClip:
    """5 to 120 frames; the number is in the nose's height, so that a clip is known again."""
    rng = np.random.default_rng(number)
    frames = int(rng.integers(5, 121))
    points = rng.normal(0.0, 0.2, (frames, 50, 3)).astype(np.float32)
    points[:, 2], points[:, 5], points[:, 0] = (-0.18, 0.0, 0.0), (0.18, 0.0, 0.0), (0.0, 0.001 * number, 0.0)
    confidence = np.ones((frames, 50), np.float32)
    confidence[0, 40:] = 0.0
    return standardise(Observation(points, confidence, 25.0, (1, 1, 1), "metre", "measured"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 clips in three shards of train, and four in dev."""
    folder = tmp_path_factory.mktemp("set")
    for split, count in (("train", CLIPS), ("dev", 4)):
        with ShardWriter(folder, split, 100) as shards:
            for k in range(count):
                entry = Entry(f"{split}{k}", "asl", f"text {k}", ("HELLO",) * (k % 3), f"say {k}", split=split)
                shards.add(entry_row(entry, some_clip(k)))
    return folder


def assert_same(a: Batch, b: Batch) -> None:
    for field, one, other in zip(Batch._fields, a, b, strict=True):
        if isinstance(one, tuple):
            assert one == other, field
        else:
            np.testing.assert_array_equal(one, other, err_msg=field)


def test_every_clip_comes_once_in_an_epoch_as_it_is_stored(folder: Path) -> None:
    seen = []
    for batch in PreparedSet(folder, "train", AS_STORED).epoch(0):
        for b, name in enumerate(batch.names):
            number, end = int(name.removeprefix("train")), int(batch.lengths[b])
            clip = some_clip(number)
            np.testing.assert_array_equal(batch.points[b, :end], clip.points)
            np.testing.assert_array_equal(batch.mask[b, :end], clip.mask)
            np.testing.assert_array_equal(batch.confidence[b, :end], clip.confidence)
            assert not batch.mask[b, end:].any()
            assert not batch.points[b, end:].any()
            assert (batch.texts[b], batch.prompts[b]) == (f"text {number}", f"say {number}")
            assert batch.glosses[b] == ("HELLO",) * (number % 3)
            seen.append(number)
    assert sorted(seen) == list(range(CLIPS))


def test_batches_keep_to_their_bounds_and_little_of_them_is_padding(folder: Path) -> None:
    batches = list(PreparedSet(folder, "train", AS_STORED).epoch(0))
    assert max(len(batch.lengths) for batch in batches) <= 16
    assert max(batch.mask.shape[0] * batch.mask.shape[1] for batch in batches) <= 2000
    padded = sum(batch.mask.shape[0] * batch.mask.shape[1] for batch in batches)
    assert sum(int(batch.lengths.sum()) for batch in batches) > 0.85 * padded


def test_a_clip_that_is_longer_than_a_batch_may_be_is_alone(folder: Path) -> None:
    batches = list(PreparedSet(folder, "train", LoaderOptions(frames=100, augment=None)).epoch(0))
    assert sum(len(batch.lengths) for batch in batches) == CLIPS
    assert all(len(batch.lengths) == 1 for batch in batches if batch.lengths.max() > 100)


def test_epochs_differ_and_an_epoch_is_the_same_whenever_it_is_asked_for(folder: Path) -> None:
    first, second = PreparedSet(folder), PreparedSet(folder)
    assert [batch.names for batch in first.epoch(0)] != [batch.names for batch in first.epoch(1)]
    for batch, again in zip(first.epoch(1), second.epoch(1), strict=True):
        assert_same(batch, again)


def test_another_seed_is_another_order_and_other_changes(folder: Path) -> None:
    ordered = LoaderOptions(shuffle=False, seed=1)
    one, other = PreparedSet(folder, "train", LoaderOptions(shuffle=False)), PreparedSet(folder, "train", ordered)
    assert one.epoch(0)[0].names == other.epoch(0)[0].names
    assert not np.array_equal(one.epoch(0)[0].points, other.epoch(0)[0].points)
    shuffled = [PreparedSet(folder, "train", LoaderOptions(seed=seed)).epoch(0)[0].names for seed in (0, 1)]
    assert shuffled[0] != shuffled[1]


def test_a_batch_does_not_depend_on_what_was_asked_for_before(folder: Path) -> None:
    epoch = PreparedSet(folder).epoch(3)
    forwards = list(epoch)
    for number in reversed(range(len(epoch))):
        assert_same(PreparedSet(folder).epoch(3)[number], forwards[number])
    with pytest.raises(IndexError):
        epoch[len(epoch)]


@pytest.mark.filterwarnings("ignore:This DataLoader will create 3 worker processes")  # on machines of two cores
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_any_number_of_workers_makes_the_same_batches(folder: Path, workers: int) -> None:
    prepared = PreparedSet(folder, "train", LoaderOptions(clips=64))
    context = {"multiprocessing_context": "spawn"}
    made: Iterator[Batch] = iter(DataLoader(prepared.epoch(0), batch_size=None, num_workers=workers, **context))  # type: ignore[arg-type]
    for batch, alone in zip(made, prepared.epoch(0), strict=True):
        np.testing.assert_array_equal(batch.points.numpy(), alone.points)  # type: ignore[attr-defined]
        np.testing.assert_array_equal(batch.mask.numpy(), alone.mask)  # type: ignore[attr-defined]
        assert tuple(batch.names) == alone.names


def test_no_more_row_groups_are_kept_than_a_pool_has(folder: Path) -> None:
    prepared = PreparedSet(folder, "train", AS_STORED)
    groups = row_groups(shard_paths(folder, "train"))
    assert len(groups) > 2
    for _ in prepared.epoch(0):
        assert len(prepared._cache._held) <= 2
    assert len(pickle.dumps(prepared)) < 10_000  # what workers are sent


def test_a_pool_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[Path, int]] = []

    def watched(path: Path, group: int) -> list[dict[str, Any]]:
        read.append((path, group))
        return read_group(path, group)

    monkeypatch.setattr("signllm_training.prompt2sign.loader.read_group", watched)
    for _ in PreparedSet(folder, "train", AS_STORED).epoch(0):
        pass
    assert sorted(read) == sorted((path, group) for path, group, _ in row_groups(shard_paths(folder, "train")))


def test_clips_are_changed_only_where_that_is_asked_for(folder: Path) -> None:
    options = LoaderOptions(shuffle=False, augment=AugmentOptions(speed=0.0))
    changed, stored = PreparedSet(folder, "dev", options), PreparedSet(folder, "dev", AS_STORED)
    assert len(changed) == len(stored) == 4
    again = next(iter(stored.epoch(1)))
    assert sorted(again.names) == ["dev0", "dev1", "dev2", "dev3"]
    by_name = {name: again.points[b] for b, name in enumerate(again.names)}
    other = changed.epoch(0)[0]
    assert all(not np.array_equal(other.points[b], by_name[name]) for b, name in enumerate(other.names))


def test_a_column_is_read_without_the_keypoints(folder: Path) -> None:
    prepared = PreparedSet(folder, "dev")
    assert list(prepared.column("gloss")) == [["HELLO"] * (k % 3) for k in range(4)]
    assert [len(prepared.clip(k)[1]) for k in range(4)] == prepared.frames.tolist()
    with pytest.raises(IndexError, match="clip 4 of 4"):
        prepared.clip(4)


def test_a_split_that_is_not_there_is_answered_with_those_that_are(folder: Path) -> None:
    with pytest.raises(DataError, match=r"no shards test-\*\.parquet; there are: dev, train"):
        PreparedSet(folder, "test")


@pytest.mark.parametrize("setting", [{"clips": 0}, {"frames": 0}, {"pool_groups": 0}])
def test_settings_that_cannot_be_are_refused(setting: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        LoaderOptions(**setting)  # type: ignore[arg-type]
