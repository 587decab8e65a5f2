"""What the decoder is given and asked for at each step of training: teacher forcing, noise, its own predictions.

Axes: B clips, N decoder steps, W frames of history, H frames of horizon, T frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from signllm.config import ModelConfig
from signllm.model.features import FRAME_VALUES, POSE_VALUES
from signllm.model.transformer import Prediction, Steps
from signllm_training.config import TrainConfig
from signllm_training.corpus import Batch


@dataclass(frozen=True)
class Tracks:
    """A batch as tensors: what was really signed, or what the decoder believes was."""

    frames: Tensor
    """[B, W + T + H, 151]."""
    index: Tensor
    """[B, W + T + H], gloss of each frame; 0 before the clip, S + 1 after it."""
    end: Tensor
    """[B], S."""
    lengths: Tensor
    """[B], frames of each clip."""

    @classmethod
    def of(cls, batch: Batch, clips: int) -> Tracks:
        """The first `clips` clips of a batch."""
        frames, index, lengths = (torch.from_numpy(a[:clips]) for a in (batch.frames, batch.index, batch.lengths))
        return cls(frames, index, index[:, -1] - 1, lengths)


@dataclass(frozen=True)
class Targets:
    """What each step should predict."""

    frames: Tensor
    """[B, N, H, 151]."""
    index: Tensor
    """[B, N, H], gloss of each future frame."""
    used: Tensor
    """[B, N], false for steps after the end of a clip."""


def step_positions(batch: Tracks, stride: int) -> Tensor:
    """Frames known before each step: 0, 1, 1 + stride, ... up to the longest clip's length, [N].

    The length itself is among them: a step that starts where the clip ends must say that it is over.
    """
    return torch.cat((torch.zeros(1, dtype=torch.long), torch.arange(1, int(batch.lengths.max()) + 1, stride)))


def known_steps(tracks: Tracks, positions: Tensor, model: ModelConfig, stride: int) -> Steps:
    """The decoder's input when it has `tracks` behind it."""
    window = positions[:, None] + torch.arange(model.history)  # [N, W]; position p sees W + p - W ... W + p - 1
    pointer = tracks.index[:, positions + model.history - 1]
    return Steps(tracks.frames[:, window], torch.minimum(pointer, tracks.end[:, None]), positions, stride)


def step_targets(truth: Tracks, positions: Tensor, model: ModelConfig) -> Targets:
    """The frames that follow each step."""
    ahead = positions[:, None] + model.history + torch.arange(model.horizon)  # [N, H]
    used = positions <= truth.lengths[:, None]
    ahead = ahead.clamp(max=truth.frames.shape[1] - 1)
    return Targets(truth.frames[:, ahead], truth.index[:, ahead], used)


def predicted_tracks(truth: Tracks, steps: Steps, prediction: Prediction, model: ModelConfig) -> Tracks:
    """The clip as the decoder would have made it, every chunk from a true history: one step of free running."""
    gloss = steps.pointer[..., None] + prediction.advance.argmax(-1).cummax(-1).values  # [B, N, H]
    kept = steps.stride
    frames = torch.cat((prediction.frames[:, 0, :1], prediction.frames[:, 1:, :kept].flatten(1, 2)), dim=1)
    index = torch.cat((gloss[:, 0, :1], gloss[:, 1:, :kept].flatten(1, 2)), dim=1)
    start = model.history
    stop = min(start + frames.shape[1], truth.frames.shape[1])
    all_frames, all_index = truth.frames.clone(), truth.index.clone()
    all_frames[:, start:stop] = frames[:, : stop - start].to(all_frames.dtype)
    all_index[:, start:stop] = torch.minimum(index[:, : stop - start], truth.end[:, None] + 1)
    return Tracks(all_frames, all_index, truth.end, truth.lengths)


def mix_steps(true: Steps, predicted: Steps, share: float, generator: torch.Generator) -> Steps:
    """`true`, with the whole input of a random `share` of the steps taken from `predicted`."""
    chosen = torch.rand(true.pointer.shape, generator=generator) < share
    history = torch.where(chosen[..., None, None], predicted.history, true.history)
    return Steps(history, torch.where(chosen, predicted.pointer, true.pointer), true.positions, true.stride)


def add_noise(steps: Steps, config: TrainConfig, rng: np.random.Generator, generator: torch.Generator) -> Steps:
    """Noise on the history, half of it common to the frames of one step: free running is off for frames on end.

    The rest frames before the start are exact, as they are at run time.
    """
    batch, count, window, _ = steps.history.shape
    std = torch.from_numpy(rng.choice(config.noise, batch)).float()[:, None, None, None]
    white = torch.randn(batch, count, window, FRAME_VALUES, generator=generator)
    shared = torch.randn(batch, count, 1, FRAME_VALUES, generator=generator)
    noise = (white + shared) * (0.5**0.5 * std)
    noise[..., POSE_VALUES:] *= config.progress_noise
    made = steps.positions[:, None] - window + torch.arange(window) >= 0  # [N, W], false before the first frame
    return Steps(steps.history + noise * made[..., None], steps.pointer, steps.positions, steps.stride)


def corrupt_pointers(
    steps: Steps, truth: Tracks, config: TrainConfig, model: ModelConfig, generator: torch.Generator
) -> Steps:
    """Some pointers as they were or will be a few frames away: wrong near boundaries only, to learn to recover."""
    shape = steps.pointer.shape
    chosen = torch.rand(shape, generator=generator) < config.pointer_corruption
    reach = config.pointer_reach
    shift = torch.randint(-reach, reach + 1, shape, generator=generator)
    at = (steps.positions + model.history - 1 + shift).clamp(0, truth.index.shape[1] - 1)  # [B, N]
    nearby = torch.minimum(truth.index.gather(1, at), truth.end[:, None])
    nearby[:, 0] = steps.pointer[:, 0]
    return Steps(steps.history, torch.where(chosen, nearby, steps.pointer), steps.positions, steps.stride)
