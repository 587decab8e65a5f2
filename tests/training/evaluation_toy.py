"""A synthesiser of ten signs that fits on a screen: random postures, smooth ways between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign

Floats = npt.NDArray[np.float32]


class ToySynthesiser:
    """Each sign is one posture of the arms and one of each hand, reached in five frames, held for three."""

    def __init__(self) -> None:
        self.vocabulary = ("BUY", "HELLO", "NAME", "MY", "RAIN", "fs:A", "fs:B", "fs:C", "fs:D", "fs:E")
        rng = np.random.default_rng(7)
        self._postures = {name: _posture(rng) for name in ("", *self.vocabulary)}

    def segment(self, previous: str, gloss: str, following: str = "") -> Floats:
        start, end = self._postures[previous], self._postures[gloss]
        u = np.linspace(0.2, 1.0, 5)[:, None, None]
        way = start + (3 * u**2 - 2 * u**3) * (end - start)
        if previous == gloss:
            way[:, prompt2sign.WRIST["left"] :, 1] += 0.1 * np.sin(np.pi * u[..., 0])
        return np.concatenate([way, np.repeat(end[None], 3, axis=0)]).astype(np.float32)

    def clip(self, glosses: Sequence[str]) -> tuple[Floats, npt.NDArray[np.intp]]:
        chain = ["", *glosses, ""]
        parts = [self.segment(before, sign) for before, sign in zip(chain, chain[1:], strict=False)]
        return np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts])


def _posture(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    points = np.zeros((prompt2sign.COUNT, 3))
    points[prompt2sign.NOSE] = (0.0, 0.2, 0.1)
    for side, sign in (("right", -1.0), ("left", 1.0)):
        points[prompt2sign.SHOULDER[side]] = (sign * 0.18, 0.0, 0.0)
        points[prompt2sign.ELBOW[side]] = (sign * 0.25, -0.25, 0.05)
        wrist = np.array([sign * 0.15, -0.2, 0.3]) + rng.uniform(-0.15, 0.15, 3)
        points[prompt2sign.WRIST[side]] = wrist
        fingers = rng.uniform(-0.09, 0.09, (20, 3))
        fingers[8] *= 0.09 / np.linalg.norm(fingers[8])
        points[prompt2sign.hand_slice(side)] = wrist + np.concatenate([np.zeros((1, 3)), fingers])
    return points
