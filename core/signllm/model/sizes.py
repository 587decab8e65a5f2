"""The named sizes of one encoder-decoder pair: `tiny` is ours, `base`, `large` and `super` are the paper's.

Source: SignLLM, arXiv 2405.10718, section 5 "Setup": 40 M, 120 M and 1 B parameters per language, two encoder and two
decoder layers in all of them. It does not publish widths, and its remark that Large and Super are "about two and four
times" Base fits none of its own numbers: the numbers are kept, and the widths here are chosen to meet them.

Read without torch; only `count_parameters` imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from signllm.config import ModelConfig
from signllm.errors import InputError

COUNTED_TOKENS: Final = 8_000
"""Source tokens of the vocabulary at which a size has its parameters: the embedding is part of them."""
TOLERANCE: Final = 0.05
"""Share by which the counted parameters of `base`, `large` and `super` may differ from the paper's number."""

# Heads of 64 values, 128 in `super`; feed-forward blocks of four widths, a little less in `base`, which then is nearer.
SIZES: Final[Mapping[str, ModelConfig]] = MappingProxyType(
    {
        "tiny": ModelConfig(),
        "base": ModelConfig(width=768, heads=12, feedforward=2_816),
        "large": ModelConfig(width=1_344, heads=21, feedforward=5_376),
        "super": ModelConfig(width=4_096, heads=32, feedforward=16_384),
    }
)
"""Sizes by name, the smallest first."""
PARAMETERS: Final[Mapping[str, int]] = MappingProxyType(
    {"tiny": 6_000_000, "base": 40_000_000, "large": 120_000_000, "super": 1_000_000_000}
)
"""Parameters per language that a size stands for; that of `tiny`, which the paper does not have, is rounded."""


def find_size(name: str) -> ModelConfig:
    """The sizes of a name, in any case.

    Raises:
        InputError: There is no such size; the message lists those there are.
    """
    found = SIZES.get(name.strip().lower())
    if found is None:
        raise InputError(f"there is no size {name[:40]!r}; choose one of: {', '.join(SIZES)}")
    return found


def name_of_size(config: ModelConfig) -> str | None:
    """The name of a config; None for one of somebody's own."""
    return next((name for name, known in SIZES.items() if known == config), None)


def count_parameters(config: ModelConfig, tokens: int = COUNTED_TOKENS) -> int:
    """Trained values of a model, counted on torch's meta device: nothing is allocated, not even for `super`.

    Args:
        config: Sizes of one encoder-decoder pair.
        tokens: Token ids of its vocabulary, special ones included.

    Raises:
        ValueError: There is no token.
    """
    import torch

    from signllm.model.transformer import SignLLM

    if tokens < 1:
        raise ValueError(f"{tokens} tokens cannot be embedded; give at least 1, such as {COUNTED_TOKENS}")
    with torch.device("meta"):
        model = SignLLM(config, tokens)
    return sum(parameter.numel() for parameter in model.parameters())
