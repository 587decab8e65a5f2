"""What the decoder is given and asked for: windows, targets, noise, its own predictions."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from signllm.config import ModelConfig
from signllm.model.features import FRAME_VALUES
from signllm.model.transformer import Prediction
from signllm_training.config import TrainConfig
from signllm_training.forcing import (
    Tracks,
    add_noise,
    corrupt_pointers,
    known_steps,
    mix_steps,
    predicted_tracks,
    step_positions,
    step_targets,
)
from signllm_training.losses import compute_losses

MODEL = ModelConfig(width=32, heads=2, feedforward=64)
W, H = MODEL.history, MODEL.horizon
FRAMES = 13
GLOSSES = [0] * 5 + [1] * 5 + [2] * 3  # two glosses and the return to rest


def tracks() -> Tracks:
    """One clip whose every value is its frame number, 1, 2, ...; the rest frames before it are 0."""
    numbers = torch.cat((torch.zeros(W), torch.arange(1, FRAMES + 1), torch.full((H,), FRAMES)))
    frames = numbers[:, None].expand(-1, FRAME_VALUES)[None].float()
    index = torch.tensor([[0] * W + GLOSSES + [3] * H])
    return Tracks(frames, index, torch.tensor([2]), torch.tensor([FRAMES]))


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(("stride", "expected"), [(4, [0, 1, 5, 9, 13]), (8, [0, 1, 9]), (1, list(range(14)))])
def test_steps_stand_where_generation_would_make_them(stride: int, expected: list[int]) -> None:
    assert step_positions(tracks(), stride).tolist() == expected


def test_a_step_sees_the_frames_before_it_and_the_gloss_of_the_last() -> None:
    steps = known_steps(tracks(), step_positions(tracks(), 4), MODEL, 4)
    assert steps.history[0, :, :, 0].tolist() == [[0] * 4, [0, 0, 0, 1], [2, 3, 4, 5], [6, 7, 8, 9], [10, 11, 12, 13]]
    assert steps.pointer.tolist() == [[0, 0, 0, 1, 2]]


def test_a_step_is_asked_for_the_frames_after_it_and_for_the_end() -> None:
    targets = step_targets(tracks(), step_positions(tracks(), 4), MODEL)
    assert targets.frames[0, 1, :, 0].tolist() == [2, 3, 4, 5, 6, 7, 8, 9]
    assert targets.index[0, 2].tolist() == [1, 1, 1, 1, 1, 2, 2, 2]
    assert targets.index[0, 4].tolist() == [3] * 8
    assert targets.used.all()


def test_steps_after_a_clip_that_is_shorter_than_its_batch_are_not_used() -> None:
    short = dataclasses.replace(tracks(), lengths=torch.tensor([6]))
    used = step_targets(short, torch.tensor([0, 1, 5, 6, 7]), MODEL).used
    assert used.tolist() == [[True, True, True, True, False]]


def test_perfect_predictions_give_the_truth_back_and_no_loss() -> None:
    truth = tracks()
    positions = step_positions(truth, 4)
    steps, targets = known_steps(truth, positions, MODEL, 4), step_targets(truth, positions, MODEL)
    moved = (targets.index - steps.pointer[..., None]).clamp(0, MODEL.advances - 1)
    perfect = Prediction(targets.frames, 50.0 * torch.nn.functional.one_hot(moved, MODEL.advances))
    made = predicted_tracks(truth, steps, perfect, MODEL)
    assert torch.equal(made.frames, truth.frames)
    assert torch.equal(made.index, truth.index)
    assert float(compute_losses(perfect, targets, steps.pointer, TrainConfig()).total) == pytest.approx(0, abs=1e-6)


def test_noise_leaves_the_rest_frames_alone_and_is_small_on_the_progress() -> None:
    config = TrainConfig(noise=(0.3,))
    steps = known_steps(tracks(), step_positions(tracks(), 1), MODEL, 1)
    noise = add_noise(steps, config, np.random.default_rng(0), generator()).history - steps.history
    assert torch.equal(noise[:, 0], torch.zeros_like(noise[:, 0]))
    assert float(noise[:, 4:, :, :-1].std()) == pytest.approx(0.3, rel=0.1)
    assert float(noise[..., -1].abs().max()) < 0.2


def test_pointers_are_wrong_only_near_boundaries() -> None:
    config = TrainConfig(pointer_corruption=1.0, pointer_reach=2)
    steps = known_steps(tracks(), step_positions(tracks(), 1), MODEL, 1)
    changed = torch.zeros(14, dtype=torch.bool)
    for seed in range(50):
        corrupt = corrupt_pointers(steps, tracks(), config, MODEL, torch.Generator().manual_seed(seed))
        changed |= corrupt.pointer[0] != steps.pointer[0]
        assert corrupt.pointer.max() <= 2
    assert changed.nonzero().flatten().tolist() == [4, 5, 6, 7, 9, 10, 11, 12]


def test_whole_steps_are_exchanged() -> None:
    steps = known_steps(tracks(), step_positions(tracks(), 1), MODEL, 1)
    other = dataclasses.replace(steps, history=steps.history + 100, pointer=steps.pointer + 100)
    mixed = mix_steps(steps, other, 0.5, generator())
    changed = mixed.pointer >= 100
    assert 0 < int(changed.sum()) < changed.numel()
    assert torch.equal((mixed.history >= 100).all(-1).all(-1), changed)
