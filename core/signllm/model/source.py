"""The trained model as a `PoseSource`: the one that `signllm say --source signllm` and the server use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import torch

from signllm.config import DEFAULT_STRIDE
from signllm.errors import InputError
from signllm.model.checkpoint import EMBEDDED, Checkpoint, load_checkpoint
from signllm.model.decoding import Decoder
from signllm.source import PoseFrame, check_speed, retimed


class ModelSource:
    """Signs with a checkpoint, frame by frame."""

    name: Final = "signllm"
    learned: Final = True

    def __init__(self, checkpoint: Checkpoint, *, stride: int = DEFAULT_STRIDE) -> None:
        """Use `checkpoint`, `stride` frames per decoder step after the first frame.

        Raises:
            InputError: The model was not trained for this stride.
        """
        strides = checkpoint.model.config.strides
        if stride not in strides:
            raise InputError(f"{stride} frames per step is not possible; choose one of {', '.join(map(str, strides))}")
        self._checkpoint, self._stride = checkpoint, stride
        self._rest = torch.from_numpy(checkpoint.features.rest_frame)

    @classmethod
    def load(cls, path: Path | None = None, *, stride: int = DEFAULT_STRIDE) -> ModelSource:
        """The source for a checkpoint file, by default the one that ships with the package.

        Raises:
            CheckpointError: The file is missing, damaged or of another format.
        """
        return cls(load_checkpoint(path or EMBEDDED), stride=stride)

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Glosses that `frames` takes."""
        return self._checkpoint.vocabulary.glosses

    def prepare(self) -> None:
        """Nothing to do: a decoder has no work that could be done before it is asked."""

    def frames(self, glosses: Sequence[str], *, speed: float = 1.0) -> Iterator[PoseFrame]:
        """Frames at 25 per second, each as soon as it is known; see `PoseSource.frames`.

        Raises:
            InputError: A gloss is not in `vocabulary`, there is none, or the speed is out of range.
        """
        check_speed(speed)
        if not glosses:
            raise InputError("there is nothing to sign; give at least one gloss")
        tokens = torch.tensor([self._checkpoint.vocabulary.encode(glosses)])
        return retimed(self._generate(tokens), speed)

    def _generate(self, tokens: torch.Tensor) -> Iterator[PoseFrame]:
        over = tokens.shape[1]  # S + 1: past the return to rest
        decoder = Decoder(self._checkpoint.model, tokens, self._rest, stride=self._stride)
        while True:
            chunk = decoder.next_chunk()
            keypoints = self._checkpoint.features.decode(chunk.frames[0].numpy())
            for points, gloss in zip(keypoints, chunk.gloss[0].tolist(), strict=True):
                if gloss >= over:
                    return
                yield PoseFrame(points, gloss)
