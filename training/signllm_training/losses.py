"""The loss of one step: pose, velocity, progress and the gloss that each frame belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from signllm.model.features import POSE_VALUES
from signllm.model.transformer import Prediction
from signllm.motion.skeletons import prompt2sign
from signllm_training.config import TrainConfig
from signllm_training.forcing import Targets

_BODY_VALUES = 3 * len(prompt2sign.BODY)


@dataclass(frozen=True)
class Losses:
    """Means over the frames of the horizon of all steps in use."""

    total: Tensor
    pose: Tensor
    """Squared error per value, in units of the features."""
    progress: Tensor
    advance: Tensor
    """Cross entropy of the gloss head, nats per frame."""


def compute_losses(prediction: Prediction, targets: Targets, pointer: Tensor, config: TrainConfig) -> Losses:
    """All terms of the loss and their weighted sum.

    Args:
        prediction: Of every step, the whole horizon.
        targets: The same frames of the clip.
        pointer: [B, N], the pointer that each step was given, which the gloss head counts from.
        config: The weights.
    """
    used = targets.used
    error = (prediction.frames.float() - targets.frames)[used]  # [M, H, 151]
    weight = torch.ones(POSE_VALUES)
    weight[:_BODY_VALUES] = config.body_weight
    weight = weight / weight.mean()
    pose_error = error[..., :POSE_VALUES]
    pose = (pose_error.square() * weight).mean()
    velocity = (pose_error.diff(dim=1).square() * weight).mean()
    progress = error[..., POSE_VALUES].square().mean()
    classes = prediction.advance.shape[-1]
    moved = (targets.index - pointer[..., None]).clamp(0, classes - 1)[used]  # [M, H]
    advance = F.cross_entropy(prediction.advance.float()[used].flatten(0, 1), moved.flatten())
    total = (
        pose + config.velocity_weight * velocity + config.progress_weight * progress + config.advance_weight * advance
    )
    return Losses(total, pose, progress, advance)
