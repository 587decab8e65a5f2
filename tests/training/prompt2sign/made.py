"""Samples made of numbers: signers whose shoulders are where shoulders are, and whose hands are anywhere."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from signllm_training.prompt2sign.sample import Licence, Observation, Provenance, Sample

NON_COMMERCIAL = Licence("CC-BY-NC-4.0", consent="research only")


def observation(frames: int = 12, *, seed: int = 0, missing: float = 0.1, depth: str = "none") -> Observation:
    """A clip in pixels; `missing` is the share of keypoints that are not seen, shoulders apart."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(100.0, 900.0, (frames, 50, 3)).astype(np.float32)
    points[:, 2] = [400.0, 300.0, 0.0]
    points[:, 5] = [600.0, 310.0, 0.0]
    points[:, 0] = [500.0, 200.0, 0.0]
    points[:, 1] = [500.0, 305.0, 0.0]
    if depth == "none":
        points[..., 2] = 0.0
    confidence = rng.uniform(0.2, 1.0, (frames, 50)).astype(np.float32)
    confidence[rng.random((frames, 50)) < missing] = 0.0
    confidence[:, [0, 1, 2, 5]] = 1.0
    points[confidence == 0.0] = 0.0
    return Observation(points, confidence, 25.0, depth=depth)


def sample(name: str = "a", **changes: Any) -> Sample:
    """A sentence of `observation()`."""
    made = Sample(
        name=name,
        language="asl",
        text="I am going to show you.",
        gloss=("SHOW", "YOU"),
        signer="5",
        split="train",
        licence=NON_COMMERCIAL,
        provenance=Provenance("how2sign", f"clips/{name}", "openpose", 1.5, 2.25),
        seen=observation(seed=sum(map(ord, name))),
    )
    return dataclasses.replace(made, **changes)
