"""The model that ships: it is whole, it knows the lexicon's glosses, and it signs what it is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from signllm.lexicon.synthesise import Synthesiser
from signllm.model.checkpoint import EMBEDDED
from signllm.model.source import ModelSource
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm.source import PAUSE, PoseFrame

NAME = ["MY", "NAME", "fs:A", "fs:N", "fs:A"]
SENTENCES = [
    NAME,
    ["HELLO", "IX-1", "HAPPY", "MEET", "IX-2"],
    ["TOMORROW", "WE", "GO", "SCHOOL"],
    ["fs:Q", "fs:U", "fs:I", "fs:Z", "num:4", "num:0"],
    ["IX-2", "NEED", "HELP", "WHAT"],
]


@pytest.fixture(scope="module")
def source() -> ModelSource:
    return ModelSource.load()


@pytest.fixture(scope="module")
def synthesiser() -> Synthesiser:
    return Synthesiser.load("asl")


def held(keypoints: np.ndarray, gloss: Sequence[int] | np.ndarray, index: int) -> np.ndarray:
    """The posture in which a gloss ends."""
    return np.asarray(keypoints[np.flatnonzero(np.asarray(gloss) == index)[-1]])


def test_it_is_small_and_knows_exactly_the_glosses_of_the_lexicon(
    source: ModelSource, synthesiser: Synthesiser
) -> None:
    size = EMBEDDED.stat().st_size + EMBEDDED.with_suffix(".json").stat().st_size
    assert size <= 10_000_000
    assert sorted(source.vocabulary) == sorted((*synthesiser.vocabulary, PAUSE))


@pytest.mark.parametrize("glosses", SENTENCES, ids=" ".join)
def test_it_signs_every_gloss_in_order_with_the_lexicons_hands(
    source: ModelSource, synthesiser: Synthesiser, glosses: list[str]
) -> None:
    frames: list[PoseFrame] = list(source.frames(glosses))
    order = [frame.gloss for frame in frames]
    assert order == sorted(order) and set(order) == set(range(len(glosses) + 1))
    expected, index = synthesiser.clip(glosses)
    assert len(frames) == pytest.approx(len(expected), rel=0.1)
    made = np.stack([frame.keypoints for frame in frames])
    for k in range(len(glosses)):
        ours, theirs = held(made, order, k), held(expected, index, k)
        for side in ("left", "right"):
            hand = prompt2sign.hand_slice(side)
            wrist = prompt2sign.WRIST[side]
            error = np.linalg.norm((ours[hand] - ours[wrist]) - (theirs[hand] - theirs[wrist]), axis=-1).mean()
            # Coarse on purpose: a wrong letter is about 0.1 away. The exact figures are in docs/results/quality.md.
            assert error < 0.05 * humanoid.SHOULDER_WIDTH, f"{glosses[k]}, {side} hand: {1000 * error:.0f} mm"


@pytest.mark.parametrize("stride", [1, 2, 8])
def test_it_signs_with_every_number_of_frames_per_step(stride: int) -> None:
    order = [frame.gloss for frame in ModelSource.load(stride=stride).frames(NAME)]
    assert set(order) == set(range(len(NAME) + 1))
