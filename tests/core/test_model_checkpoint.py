"""Checkpoints on disk, and the source that signs with one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from signllm.config import ModelConfig
from signllm.errors import CheckpointError, InputError
from signllm.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from signllm.model.features import FeatureSpace
from signllm.model.source import ModelSource
from signllm.model.transformer import SignLLM
from signllm.model.vocabulary import Vocabulary
from signllm.source import PoseSource

SMALL = ModelConfig(width=32, heads=2, feedforward=64, max_segment_frames=30)


def checkpoint() -> Checkpoint:
    torch.manual_seed(0)
    vocabulary = Vocabulary("asl", ("HELLO", "fs:A", "fs:B"))
    rng = np.random.default_rng(0)
    rest = rng.normal(0.0, 0.2, (50, 3)).astype(np.float32)
    rest[[1, 2, 5]] = np.array([[0, 0, 0], [-0.18, 0, 0], [0.18, 0, 0]])
    features = FeatureSpace(np.zeros(150, np.float32), np.full(150, 0.1, np.float32), 0.36, rest)
    return Checkpoint(SignLLM(SMALL, len(vocabulary)).eval(), vocabulary, features)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "asl_small.safetensors"
    save_checkpoint(checkpoint(), path, training={"seed": 0})
    return path


def test_a_checkpoint_comes_back_in_half_precision(path: Path) -> None:
    written, read = checkpoint(), load_checkpoint(path)
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
