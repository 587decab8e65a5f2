"""Generation: frames from gloss tokens, chunk after chunk, never with a known length.

`Decoder` is the fast path (caches, one step at a time) and `plain_chunks` the readable reference that computes
every step anew; a test holds them together. Both share the rules of `advance`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from signllm.config import DEFAULT_STRIDE
from signllm.model.features import FRAME_VALUES, POSE_VALUES
from signllm.model.layers import KeysValues
from signllm.model.transformer import Memory, Prediction, SignLLM, Steps


@dataclass(frozen=True)
class Chunk:
    """Frames that belong together because one step made them."""

    frames: Tensor
    """[B, n, 151], normalised pose and progress."""
    gloss: Tensor
    """[B, n], index of each frame's gloss, rising; S during the return to rest, S + 1 once all is over.

    This is the stop rule: the decoder names the frames after the last one too, so a clip ends before its first
    frame of S + 1. (A threshold on the progress of the return to rest must know how many frames that takes.)
    """


class StepCache:
    """The last keys and values of one self-attention, in a ring: its cost does not grow with the clip."""

    def __init__(self, steps: int, like: Tensor) -> None:
        """Room for `steps` steps shaped as `like` [B, H, _, D/H]."""
        batch, heads, _, size = like.shape
        self._keys = like.new_zeros(batch, heads, steps, size)
        self._values = like.new_zeros(batch, heads, steps, size)
        self._count = 0

    def append(self, keys: Tensor, values: Tensor) -> KeysValues:
        """Overwrite the oldest step. Keys are already turned to their positions, so their order is free."""
        room = self._keys.shape[2]
        slot = self._count % room
        self._keys[:, :, slot] = keys[:, :, 0]
        self._values[:, :, slot] = values[:, :, 0]
        self._count += 1
        filled = min(self._count, room)
        return self._keys[:, :, :filled], self._values[:, :, :filled]


class Overlap:
    """Blends what several steps said about the same frame, weighted by how far ahead each was looking.

    The weights are a half sine over the horizon: a step's word counts most in the middle of what it sees. It fades in
    and out, so that chunks join without a seam (overlap and add). Measured half-way through a training, at a stride of
    4: jerk 1.06 instead of 1.94 times that of the synthesiser, hand joints 5.0 instead of 5.8 mm off.
    """

    def __init__(self, horizon: int) -> None:
        """Nothing has been said yet."""
        ahead = (torch.arange(horizon) + 0.5) / horizon
        self._window = torch.sin(torch.pi * ahead)[:, None]  # [horizon, 1]
        self._sum = torch.zeros(1, 0, POSE_VALUES)
        self._weight = torch.zeros(0, 1)

    def blend(self, frames: Tensor, kept: int) -> Tensor:
        """The next frames with what earlier steps said of them; the progress stays as it is.

        Args:
            frames: [B, horizon, 151], what the newest step predicts.
            kept: Frames of these that are made now.

        Returns:
            [B, kept, 151].
        """
        total, weight = frames[..., :POSE_VALUES] * self._window, self._window.clone()
        known = self._sum.shape[1]
        total[:, :known] += self._sum
        weight[:known] += self._weight
        self._sum, self._weight = total[:, kept:], weight[kept:]
        return torch.cat((total[:, :kept] / weight[:kept], frames[:, :kept, POSE_VALUES:]), dim=-1)


class Decoder:
    """One generation, for a batch of utterances: `next_chunk` until `Chunk.gloss` is past the end in every row."""

    def __init__(self, model: SignLLM, tokens: Tensor, rest: Tensor, *, stride: int = DEFAULT_STRIDE) -> None:
        """Encode the utterances.

        Args:
            model: In evaluation mode.
            tokens: Token ids [B, S + 1], END after the glosses, then padding.
            rest: [151], the rest frame that stands before the first.
            stride: Frames per step after the first chunk, which is always one frame, to be early.
        """
        if stride not in model.config.strides:
            raise ValueError(f"stride {stride} is not one of the trained strides {model.config.strides}")
        self.model, self.stride = model, stride
        with torch.inference_mode():
            self.memory = model.encode(tokens)
            steps = model.config.window_steps(stride)
            self._caches = [StepCache(steps, keys) for keys, _ in self.memory.layers]
            self._history = rest.expand(len(tokens), 1, model.config.history, FRAME_VALUES)
            self._pointer = Pointer.start(self.memory)
            self._overlap = Overlap(model.config.horizon)
        self._made = 0

    @torch.inference_mode()
    def next_chunk(self) -> Chunk:
        """The next frames of every row: one at first, then `stride`."""
        kept = self.stride if self._made else 1
        steps = Steps(self._history, self._pointer.index[:, None], torch.tensor([self._made]), self.stride)
        prediction = self.model.decode(steps, self.memory, caches=self._caches)
        prediction = replace(prediction, frames=self._overlap.blend(prediction.frames[:, 0], kept)[:, None])
        chunk = advance(prediction, self._pointer, kept, most=self.model.config.max_segment_frames)
        self._history = torch.cat((self._history, chunk.frames[:, None]), dim=2)[:, :, -self.model.config.history :]
        self._pointer = self._pointer.after(chunk)
        self._made += kept
        return chunk


@dataclass(frozen=True)
class Pointer:
    """Where the generation stands in each row's glosses."""

    index: Tensor
    """[B], gloss of the last frame, at most S."""
    held: Tensor
    """[B], frames made since the index last changed."""
    end: Tensor
    """[B], S."""

    @classmethod
    def start(cls, memory: Memory) -> Pointer:
        """At the first gloss, before the first frame."""
        zero = torch.zeros_like(memory.end)
        return cls(zero, zero, memory.end)

    def after(self, chunk: Chunk) -> Pointer:
        """The pointer once `chunk` is made."""
        index = torch.minimum(chunk.gloss[:, -1], self.end)
        held = torch.where(index == self.index, self.held + chunk.gloss.shape[1], 0)
        return Pointer(index, held, self.end)


def advance(prediction: Prediction, pointer: Pointer, kept: int, *, most: int) -> Chunk:
    """The first `kept` frames of a one-step prediction, each with its gloss.

    A frame may not lie before the one that precedes it, nor past S + 1. After `most` frames within one gloss
    the last frame of the chunk moves on whatever the model says, so that every generation ends.
    """
    moved = prediction.advance[:, 0, :kept].argmax(dim=-1).cummax(dim=1).values  # [B, kept]
    gloss = torch.minimum(pointer.index[:, None] + moved, pointer.end[:, None] + 1)
    stuck = (gloss[:, -1] == pointer.index) & (pointer.held + kept > most)
    gloss = torch.cat((gloss[:, :-1], (gloss[:, -1] + stuck)[:, None]), dim=1)
    return Chunk(prediction.frames[:, 0, :kept], gloss)


@torch.inference_mode()
def plain_chunks(model: SignLLM, tokens: Tensor, rest: Tensor, *, stride: int = DEFAULT_STRIDE) -> Iterator[Chunk]:
    """The same chunks as `Decoder`, every step computed from the first on, without a cache."""
    memory = model.encode(tokens)
    pointer, overlap = Pointer.start(memory), Overlap(model.config.horizon)
    frames = rest.expand(len(tokens), model.config.history, FRAME_VALUES)
    histories, pointers, positions = [], [], []
    made, kept = 0, 1
    while True:
        histories.append(frames[:, -model.config.history :])
        pointers.append(pointer.index)
        positions.append(made)
        steps = Steps(torch.stack(histories, 1), torch.stack(pointers, 1), torch.tensor(positions), stride)
        every = model.decode(steps, memory)
        last = Prediction(overlap.blend(every.frames[:, -1], kept)[:, None], every.advance[:, -1:])
        chunk = advance(last, pointer, kept, most=model.config.max_segment_frames)
        frames = torch.cat((frames, chunk.frames), dim=1)
        pointer = pointer.after(chunk)
        made, kept = made + kept, stride
        yield chunk
