"""A model of random weights, for what must be true of every checkpoint."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from signllm.config import ModelConfig
from signllm.model.checkpoint import Checkpoint
from signllm.model.features import FeatureSpace
from signllm.model.transformer import SignLLM
from signllm.model.vocabulary import Vocabulary

SMALL: Final = ModelConfig(width=32, heads=2, feedforward=64, max_segment_frames=30)


def small_checkpoint() -> Checkpoint:
    """Knows HELLO, fs:A and fs:B; the same weights every time."""
    torch.manual_seed(0)
    vocabulary = Vocabulary("asl", ("HELLO", "fs:A", "fs:B"))
    rng = np.random.default_rng(0)
    rest = rng.normal(0.0, 0.2, (50, 3)).astype(np.float32)
    rest[[1, 2, 5]] = np.array([[0, 0, 0], [-0.18, 0, 0], [0.18, 0, 0]])
    features = FeatureSpace(np.zeros(150, np.float32), np.full(150, 0.1, np.float32), 0.36, rest)
    return Checkpoint(SignLLM(SMALL, len(vocabulary)).eval(), vocabulary, features)
