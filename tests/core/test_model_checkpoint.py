"""Checkpoints on disk, and the source that signs with one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from signllm.errors import CheckpointError, InputError
from signllm.model.checkpoint import load_checkpoint, save_checkpoint
from signllm.model.source import ModelSource
from signllm.source import PoseSource
from tests.small_checkpoint import SMALL, small_checkpoint


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "asl_small.safetensors"
    save_checkpoint(small_checkpoint(), path, training={"seed": 0})
    return path


def test_a_checkpoint_comes_back_in_half_precision(path: Path) -> None:
    written, read = small_checkpoint(), load_checkpoint(path)
    assert read.model.config == written.model.config
    assert read.vocabulary == written.vocabulary
    for name, value in written.model.state_dict().items():
        assert torch.equal(read.model.state_dict()[name], value.half().float()), name


def test_the_record_of_the_training_is_kept_for_people(path: Path) -> None:
    assert json.loads(path.with_suffix(".json").read_text())["training"] == {"seed": 0}


def test_damaged_weights_are_refused_with_the_file_and_the_hash_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())["sha256"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=f"expected {expected}; restore this file: {path}"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("key", "value"), [("training", {"seed": 1}), ("glosses", ["HELLO", "fs:B", "fs:A"]), ("extra", 1)]
)
def test_a_description_that_was_changed_is_refused_with_the_file_and_the_hash_expected(
    path: Path, key: str, value: object
) -> None:
    about = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(about | {key: value}))
    message = f"damaged description.*expected {about['json_sha256']}; restore this file: {path.with_suffix('.json')}"
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path)


def test_a_description_may_be_laid_out_anew_and_may_lack_its_own_hash(path: Path) -> None:
    about = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(dict(reversed(about.items())), indent=4))
    load_checkpoint(path)
    del about["json_sha256"]
    path.with_suffix(".json").write_text(json.dumps(about | {"training": {}}))
    load_checkpoint(path)


def test_a_description_with_numbers_as_keys_and_tuples_keeps_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "shares.safetensors"
    save_checkpoint(small_checkpoint(), path, training={"shares": {8: 0.5, 16: 0.5}, "noise": (0.1, 0.2)})
    load_checkpoint(path)


@pytest.mark.parametrize("data", [b"", b"no tensors at all", save({"other": torch.zeros(1)})[:-1]])
def test_weights_that_are_no_safetensors_are_named_though_their_hash_fits(path: Path, data: bytes) -> None:
    about = json.loads(path.with_suffix(".json").read_text())
    del about["json_sha256"]
    about["sha256"] = hashlib.sha256(data).hexdigest()
    path.write_bytes(data)
    path.with_suffix(".json").write_text(json.dumps(about))
    with pytest.raises(CheckpointError, match=f"no safetensors .*{about['sha256']} expected; train anew: {path}"):
        load_checkpoint(path)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_folder_in_place_of_a_file_is_named(path: Path, suffix: str) -> None:
    folder = path.with_suffix(suffix)
    folder.unlink()
    folder.mkdir()
    with pytest.raises(CheckpointError, match=rf"cannot be read \(Is a directory\); give a .*: {folder}"):
        load_checkpoint(path)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_missing_file_is_named(path: Path, suffix: str) -> None:
    path.with_suffix(suffix).unlink()
    with pytest.raises(CheckpointError, match=f"one is missing.*{path.with_suffix(suffix)}"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not of format 1"),
        ('{"format": 2}', "not of format 1"),
        ('{"format": 1}', "does not fit its weights"),
    ],
)
def test_a_description_that_cannot_be_used_is_refused(path: Path, text: str, message: str) -> None:
    path.with_suffix(".json").write_text(text)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path)


def test_weights_of_another_size_are_refused(path: Path) -> None:
    about = json.loads(path.with_suffix(".json").read_text())
    about["config"]["width"] = 64
    del about["json_sha256"]
    path.with_suffix(".json").write_text(json.dumps(about))
    with pytest.raises(CheckpointError, match="does not fit its weights"):
        load_checkpoint(path)


def test_the_source_signs_from_a_file_and_ends(path: Path) -> None:
    source: PoseSource = ModelSource.load(path)
    frames = list(source.frames(["HELLO", "fs:A"]))
    assert source.name == "signllm"
    assert 0 < len(frames) <= 3 * (SMALL.max_segment_frames + 8)
    assert all(frame.keypoints.shape == (50, 3) and frame.keypoints.dtype == np.float32 for frame in frames)
    assert [frame.gloss for frame in frames] == sorted(frame.gloss for frame in frames)
    assert frames[-1].gloss <= 2


def test_the_same_glosses_give_the_same_frames(path: Path) -> None:
    source = ModelSource.load(path)
    first, second = ([frame.keypoints for frame in source.frames(["HELLO"])] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_two_utterances_can_be_made_at_once(path: Path) -> None:
    source = ModelSource.load(path)
    alone = [frame.keypoints for frame in source.frames(["fs:A"])]
    mixed = zip(source.frames(["fs:A"]), source.frames(["fs:B"]), strict=False)
    for expected, (frame, _) in zip(alone, mixed, strict=False):
        np.testing.assert_array_equal(expected, frame.keypoints)


def test_unknown_glosses_are_refused_before_the_first_frame(path: Path) -> None:
    with pytest.raises(InputError, match="'SAILBOAT'"):
        ModelSource.load(path).frames(["SAILBOAT"])
    with pytest.raises(InputError, match="nothing to sign"):
        ModelSource.load(path).frames([])
    with pytest.raises(InputError, match="choose one of 1, 2, 4, 8"):
        ModelSource.load(path, stride=3)
