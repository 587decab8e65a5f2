"""The shape of a model, as data: saved in every checkpoint, read without torch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DEFAULT_STRIDE: Final = 2
"""Frames per decoder step where nobody chooses: measured best of 1, 2, 4 and 8 (docs/results/quality.md)."""


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of one encoder-decoder pair; the defaults are the preset `tiny` (about 4.4 M parameters)."""

    width: int = 256
    """D, values per position."""
    heads: int = 4
    """H, attention heads; the head size D / H must be even, because rotary positions turn pairs."""
    feedforward: int = 1024
    """Hidden values of each feed-forward block."""
    encoder_layers: int = 2
    decoder_layers: int = 2
    history: int = 4
    """W, frames that the decoder sees of its own past at each step."""
    strides: tuple[int, ...] = (1, 2, 4, 8)
    """Frames per step that can be chosen at run time; the last is the horizon, the frames predicted at each step."""
    advances: int = 4
    """Classes of the gloss head: a frame lies 0, 1, ... glosses after the current pointer."""
    frame_window: int = 64
    """Frames of its own past that decoder self-attention reaches back: keeps the cost per frame flat."""
    token_window: int = 8
    """Tokens to either side that attention over glosses reaches, so that long utterances look like trained ones."""
    max_segment_frames: int = 125
    """Frames after which a gloss is ended by force, so that generation ends for every input."""

    def __post_init__(self) -> None:
        """Reject sizes that cannot work together."""
        sizes = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "strides"}
        for name, value in sizes.items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} is {value!r}; it must be a whole number of at least 1")
        if self.width % (2 * self.heads):
            raise ValueError(f"width {self.width} must be a multiple of twice the {self.heads} heads")
        if not self.strides or self.strides[0] != 1 or list(self.strides) != sorted(set(self.strides)):
            raise ValueError(f"strides are {self.strides}; they must rise from 1, such as (1, 2, 4, 8)")
        if self.frame_window < self.horizon:
            raise ValueError(f"frame_window {self.frame_window} must be at least the horizon, {self.horizon}")

    @property
    def horizon(self) -> int:
        """Frames predicted at each step, of which the first `stride` are kept."""
        return self.strides[-1]

    def window_steps(self, stride: int) -> int:
        """Decoder steps that self-attention reaches back at `stride` frames per step."""
        return self.frame_window // stride

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return dataclasses.asdict(self) | {"strides": list(self.strides)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelConfig:
        """The config that `to_json` wrote.

        Raises:
            ValueError: A field is unknown or its value cannot work.
        """
        known = [f.name for f in dataclasses.fields(cls)]
        if unknown := sorted(set(data) - set(known)):
            raise ValueError(f"unknown model settings {unknown}; known are: {', '.join(known)}")
        values = dict(data)
        if "strides" in values:
            values["strides"] = tuple(values["strides"])
        return cls(**values)
