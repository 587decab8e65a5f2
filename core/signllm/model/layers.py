"""Attention with rotary positions, and the encoder and decoder layers made of it.

Axes: B batch, N positions, S source positions, D width, H heads. All layers are pre-norm.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

KeysValues = tuple[Tensor, Tensor]
"""Keys and values of one attention, [B, H, S, D/H] each."""
Rotation = tuple[Tensor, Tensor]
"""Cosine and sine of the angles of rotary positions, broadcastable to [B, H, N, D/H / 2]."""


class Cache(Protocol):
    """Keeps the keys and values of earlier steps."""

    def append(self, keys: Tensor, values: Tensor) -> KeysValues:
        """Add one step, [B, H, 1, D/H], and return all that attention may still see."""
        ...


def rotary_rotation(positions: Tensor, head_size: int) -> Rotation:
    """Angles for positions [N] or [B, N]: attention then depends on distances only, never on the length.

    Source: Su et al., RoFormer, 2021, with its base of 10,000.
    """
    frequencies = 10_000.0 ** (-torch.arange(0, head_size, 2, device=positions.device) / head_size)
    angles = positions[..., None].float() * frequencies
    if positions.dim() == 2:
        angles = angles[:, None]  # [B, 1, N, D/H / 2]
    return angles.cos(), angles.sin()


def rotate(x: Tensor, rotation: Rotation) -> Tensor:
    """`x` [B, H, N, D/H] with the pair (value i, value i + half) turned by the angle of its position."""
    cos, sin = (part.to(x.dtype) for part in rotation)  # under autocast, mixed products would be slow
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)


class Attention(nn.Module):
    """Multi-head attention whose keys are made apart from its queries, so that they can be cached."""

    def __init__(self, width: int, heads: int) -> None:
        """Sizes D and H."""
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def keys_values(self, x: Tensor, rotation: Rotation) -> KeysValues:
        """Keys, turned to their positions, and values of `x` [B, S, D]."""
        keys, values = self.key_value(x).chunk(2, dim=-1)
        return rotate(self._split(keys), rotation), self._split(values)

    def forward(self, x: Tensor, keys_values: KeysValues, rotation: Rotation, mask: Tensor | None) -> Tensor:
        """What the positions of `x` [B, N, D] read; `mask` is true where they may look, [..., N, S]."""
        keys, values = keys_values
        queries = rotate(self._split(self.query(x)), rotation)  # [B, H, N, D/H]
        read = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        read = read.transpose(1, 2).flatten(2)  # [B, N, D]
        return self.out(read)  # type: ignore[no-any-return]

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)  # [B, H, N, D/H]


def feedforward(width: int, hidden: int) -> nn.Sequential:
    """The two linear maps with GELU between them."""
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))


class EncoderLayer(nn.Module):
    """Self-attention over the gloss tokens."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        """Sizes D, H and of the feed-forward block."""
        super().__init__()
        self.attention = Attention(width, heads)
        self.feedforward = feedforward(width, hidden)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))

    def forward(self, x: Tensor, rotation: Rotation, mask: Tensor) -> Tensor:
        """`x` [B, S, D] after one layer; `mask` [B, 1, S, S]."""
        h = self.norms[0](x)
        x = x + self.attention(h, self.attention.keys_values(h, rotation), rotation, mask)
        return x + self.feedforward(self.norms[1](x))  # type: ignore[no-any-return]


class DecoderLayer(nn.Module):
    """Causal self-attention over the steps, then attention over the encoded glosses."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        """Sizes D, H and of the feed-forward block."""
        super().__init__()
        self.self_attention = Attention(width, heads)
        self.cross_attention = Attention(width, heads)
        self.feedforward = feedforward(width, hidden)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))

    def forward(
        self,
        x: Tensor,
        steps: tuple[Rotation, Tensor | None],
        memory: tuple[KeysValues, Rotation, Tensor],
        *,
        cache: Cache | None = None,
    ) -> Tensor:
        """`x` [B, N, D] after one layer.

        Args:
            x: One position per decoder step.
            steps: Rotary positions of the steps and their causal mask [N, N] (none with a cache).
            memory: Keys and values of the glosses, rotary positions of the pointers, mask [B, 1, N, S].
            cache: Keys and values of the steps before `x`, which then holds one step.
        """
        rotation, mask = steps
        h = self.norms[0](x)
        own = self.self_attention.keys_values(h, rotation)
        if cache is not None:
            own = cache.append(*own)
        x = x + self.self_attention(h, own, rotation, mask)
        x = x + self.cross_attention(self.norms[1](x), *memory)
        return x + self.feedforward(self.norms[2](x))  # type: ignore[no-any-return]
