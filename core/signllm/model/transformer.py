"""The Text2Pose core of SignLLM: gloss tokens to frames, with one encoder and one decoder.

Source: SignLLM, section 4.1: f_u = Enc(x_u | x_1:U), p_w+1 = Dec(p_w | p_1:w-1, f_1:U). Ours predicts several
frames per step and keeps a *pointer*, the gloss that the last frame belongs to. There are no absolute positions:
frames are placed by their distance in frames, glosses by their distance from the pointer.

Axes: B batch, N decoder steps, W frames of history, S source positions (glosses and END), D width, H heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from signllm.config import ModelConfig
from signllm.model.features import FRAME_VALUES, POSE_VALUES
from signllm.model.layers import Cache, DecoderLayer, EncoderLayer, KeysValues, rotary_rotation
from signllm.model.vocabulary import PAD

_MARKS: Final = (1.0, 8.0, 8.0)
"""Sizes of the marks of a repeated token: those for the decoder learn so many times faster than other weights."""


@dataclass(frozen=True)
class Memory:
    """The encoded glosses, made once per utterance."""

    here: Tensor
    """[B, S, D], added to the decoder's input for the gloss under the pointer."""
    following: Tensor
    """[B, S, D], added for the gloss after it."""
    layers: tuple[KeysValues, ...]
    """Keys and values of the cross-attention of each decoder layer."""
    valid: Tensor
    """[B, S], false at padding."""
    end: Tensor
    """[B], index of END, which is the number of glosses."""


@dataclass(frozen=True)
class Steps:
    """What the decoder knows before each of its steps."""

    history: Tensor
    """[B, N, W, 151], the last frames; rest frames before the first."""
    pointer: Tensor
    """[B, N], index of the gloss of the last frame; 0 before the first."""
    positions: Tensor
    """[N], frames made before the step: 0, 1, 1 + stride, ..."""
    stride: int
    """Frames that each step after the first will keep."""


@dataclass(frozen=True)
class Prediction:
    """The next frames after each step; all of the horizon, of which `stride` are kept."""

    frames: Tensor
    """[B, N, horizon, 151], normalised pose and progress."""
    advance: Tensor
    """[B, N, horizon, advances], logits of how many glosses after the pointer the frame lies."""


class SignLLM(nn.Module):
    """One encoder-decoder pair, the preset `tiny` by default."""

    def __init__(self, config: ModelConfig, vocabulary_size: int) -> None:
        """Random weights; the residual head starts as "the last frame stays"."""
        super().__init__()
        self.marks: Tensor
        self.config = config
        width, heads, hidden = config.width, config.heads, config.feedforward
        self.tokens = nn.Embedding(vocabulary_size, width)
        self.repeated = nn.Parameter(torch.zeros(3, width))
        self.register_buffer("marks", torch.tensor(_MARKS)[:, None], persistent=False)
        self.encoder = nn.ModuleList(EncoderLayer(width, heads, hidden) for _ in range(config.encoder_layers))
        self.encoder_norm = nn.LayerNorm(width)
        self.here = nn.Linear(width, width, bias=False)
        self.following = nn.Linear(width, width, bias=False)
        self.history = nn.Linear(config.history * FRAME_VALUES, width)
        self.strides = nn.Embedding(len(config.strides), width)
        self.decoder = nn.ModuleList(DecoderLayer(width, heads, hidden) for _ in range(config.decoder_layers))
        self.decoder_norm = nn.LayerNorm(width)
        self.pose_head = nn.Linear(width, config.horizon * FRAME_VALUES)
        self.advance_head = nn.Linear(width, config.horizon * config.advances)
        nn.init.normal_(self.tokens.weight, std=width**-0.5)
        nn.init.normal_(self.strides.weight, std=width**-0.5)
        nn.init.zeros_(self.pose_head.weight)
        nn.init.zeros_(self.pose_head.bias)

    def encode(self, tokens: Tensor) -> Memory:
        """Memory of token ids [B, S]: glosses, END, then padding."""
        valid = tokens != PAD
        places = torch.arange(tokens.shape[1], device=tokens.device)
        rotation = rotary_rotation(places, self.config.width // self.config.heads)
        near = (places[:, None] - places[None, :]).abs() <= self.config.token_window  # [S, S]
        # A padded position sees itself, so that no row of the attention is empty.
        mask = near & (valid[:, None, :] | torch.eye(len(places), dtype=torch.bool, device=tokens.device))
        # A doubled letter is another movement than the letter, and too rare in each letter to be learnt for each.
        repeats = torch.zeros_like(valid)
        repeats[:, 1:] = tokens[:, 1:] == tokens[:, :-1]
        # The decoder is told as well as the encoder: the slide is short, and weak hints of it would be averaged away.
        in_token, in_here, in_following = (repeats[..., None] * mark for mark in self.repeated * self.marks)
        x = self.tokens(tokens) + in_token  # [B, S, D]
        for layer in self.encoder:
            x = layer(x, rotation, mask[:, None])
        x = self.encoder_norm(x)
        return Memory(
            here=self.here(x) + in_here,
            following=self.following(x) + in_following,
            layers=tuple(layer.cross_attention.keys_values(x, rotation) for layer in self._decoder_layers),
            valid=valid,
            end=valid.sum(dim=1) - 1,
        )

    def decode(self, steps: Steps, memory: Memory, *, caches: Sequence[Cache] | None = None) -> Prediction:
        """Predictions after every step.

        Args:
            steps: All steps from the first on, or one step when `caches` hold those before it.
            memory: What `encode` returned.
            caches: One per decoder layer; without them every step attends to the earlier ones in `steps`.
        """
        config = self.config
        batch, count = steps.pointer.shape
        head_size = config.width // config.heads
        following = torch.minimum(steps.pointer + 1, memory.end[:, None])
        x = (
            self.history(steps.history.flatten(2))
            + _at(memory.here, steps.pointer)
            + _at(memory.following, following)
            + self.strides.weight[config.strides.index(steps.stride)]
        )  # [B, N, D]
        own = (rotary_rotation(steps.positions, head_size), None if caches else self._causal_mask(steps))
        pointers = rotary_rotation(steps.pointer, head_size)
        look = self._memory_mask(steps.pointer, memory)
        for i, layer in enumerate(self._decoder_layers):
            cache = caches[i] if caches else None
            x = layer(x, own, (memory.layers[i], pointers, look), cache=cache)
        x = self.decoder_norm(x)
        frames = self.pose_head(x).view(batch, count, config.horizon, FRAME_VALUES)
        last = steps.history[:, :, -1:, :].clone()
        last[..., POSE_VALUES:] = 0  # the progress starts anew with every gloss: it is no residual
        advance = self.advance_head(x).view(batch, count, config.horizon, config.advances)
        return Prediction(frames + last, advance)

    @property
    def _decoder_layers(self) -> list[DecoderLayer]:
        return [layer for layer in self.decoder if isinstance(layer, DecoderLayer)]

    def _causal_mask(self, steps: Steps) -> Tensor:
        """[N, N], true for the step itself and those within the window before it."""
        n = torch.arange(len(steps.positions), device=steps.positions.device)
        back = n[:, None] - n[None, :]
        return (back >= 0) & (back < self.config.window_steps(steps.stride))

    def _memory_mask(self, pointer: Tensor, memory: Memory) -> Tensor:
        """[B, 1, N, S], true for the glosses near the pointer."""
        places = torch.arange(memory.valid.shape[1], device=pointer.device)
        near = (places - pointer[..., None]).abs() <= self.config.token_window  # [B, N, S]
        return (near & memory.valid[:, None])[:, None]


def _at(states: Tensor, pointer: Tensor) -> Tensor:
    """`states` [B, S, D] at `pointer` [B, N]: [B, N, D]."""
    return states.gather(1, pointer[..., None].expand(-1, -1, states.shape[-1]))
