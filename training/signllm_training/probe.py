"""A quick look at free-running generation during training; `signllm evaluate` measures the real thing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from signllm.model.decoding import Decoder
from signllm.model.features import FeatureSpace
from signllm.model.transformer import SignLLM
from signllm.motion.skeletons import prompt2sign
from signllm_training.corpus import Batch

_MOST_FRAMES = 2
"""Times the longest reference, after which a generation is cut."""


@dataclass(frozen=True)
class Scores:
    """Means over the glosses of some clips."""

    hand_mm: float
    """Distance of a hand joint from where it should be, relative to its wrist, over the glosses of the reference."""
    body_mm: float
    """The same of the body's joints, relative to mid-shoulder."""
    timing: float
    """Share of the glosses whose number of frames is right to within one."""
    length: float
    """Frames generated / frames of the reference."""
    distance: float
    """Way of all joints / the way in the reference."""

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"hand {self.hand_mm:.1f} mm, body {self.body_mm:.1f} mm, timing {self.timing:.1%}, "
            f"length {self.length:.3f}, distance {self.distance:.3f}"
        )


def generate(
    model: SignLLM, batch: Batch, features: FeatureSpace, *, stride: int = 4
) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]]:
    """Keypoints [T, 50, 3] and gloss index [T] that the model makes for each clip of a batch."""
    decoder = Decoder(model, torch.from_numpy(batch.tokens), torch.from_numpy(features.rest_frame), stride=stride)
    over = decoder.memory.end + 1
    chunks, running, made = [], True, 0
    while running and made < _MOST_FRAMES * batch.lengths.max():
        chunks.append(decoder.next_chunk())
        made += chunks[-1].gloss.shape[1]
        running = bool((torch.cat([c.gloss for c in chunks], 1).amax(1) < over).any())
    gloss = torch.cat([chunk.gloss for chunk in chunks], 1)
    keypoints = features.decode(torch.cat([chunk.frames for chunk in chunks], 1).numpy())
    counts = (gloss.cummax(1).values < over[:, None]).sum(1).tolist()
    return [(keypoints[b, :n], gloss[b, :n].numpy()) for b, n in enumerate(counts)]


def compute_scores(model: SignLLM, batches: Sequence[Batch], features: FeatureSpace, *, stride: int = 4) -> Scores:
    """Free running against the synthesiser, gloss by gloss: a shift in time is counted by `timing` alone."""
    rows: list[tuple[float, ...]] = []
    ratios: list[tuple[float, float]] = []
    for batch in batches:
        start = batch.frames.shape[1] - model.config.horizon - int(batch.lengths.max())
        for b, (made, made_index) in enumerate(generate(model, batch, features, stride=stride)):
            clip = slice(start, start + int(batch.lengths[b]))
            true, index = features.decode(batch.frames[b, clip]), batch.index[b, clip]
            rows += [_compare(made[made_index == g], true[index == g]) for g in range(int(index.max()) + 1)]
            ratios.append((len(made) / len(true), _way(made) / _way(true)))
    hand, body, timing = np.mean(rows, axis=0).tolist()
    length, distance = np.mean(ratios, axis=0).tolist()
    return Scores(hand, body, timing, length, distance)


def to_json(scores: Scores) -> dict[str, float]:
    """The scores, rounded."""
    return {name: round(value, 4) for name, value in dataclasses.asdict(scores).items()}


def _compare(made: npt.NDArray[np.float32], true: npt.NDArray[np.float32]) -> tuple[float, float, float]:
    """Hand and body distance in mm and whether the frame count is right, for one gloss."""
    if not len(made):
        made = np.zeros_like(true[:1])
    at = np.round(np.linspace(0, len(made) - 1, len(true))).astype(int)
    hands = [_hand(made[at], side) - _hand(true, side) for side in ("left", "right")]
    body = made[at, : len(prompt2sign.BODY)] - true[:, : len(prompt2sign.BODY)]
    hand_mm = 1000 * float(np.mean(np.linalg.norm(hands, axis=-1)))
    body_mm = 1000 * float(np.mean(np.linalg.norm(body, axis=-1)))
    return hand_mm, body_mm, float(abs(len(made) - len(true)) <= 1)


def _hand(keypoints: npt.NDArray[np.float32], side: str) -> npt.NDArray[np.float32]:
    wrist = prompt2sign.WRIST[side]
    return keypoints[:, prompt2sign.hand_slice(side)] - keypoints[:, wrist : wrist + 1]


def _way(keypoints: npt.NDArray[np.float32]) -> float:
    return float(np.linalg.norm(np.diff(keypoints, axis=0), axis=-1).sum()) + 1e-9
