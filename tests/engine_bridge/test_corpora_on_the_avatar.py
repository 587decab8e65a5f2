"""Clips of real signers on the avatar: with depth, in the standard's place, retargeted, and no hand swapped."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from signllm.motion import kinematics
from signllm.motion.skeletons import prompt2sign
from signllm.motion.skeletons.humanoid import HUMANOID, SHOULDER_WIDTH
from signllm_bridge.retarget import retarget
from signllm_training.prompt2sign.lift import lift
from signllm_training.prompt2sign.quality import QualityOptions, clean
from signllm_training.prompt2sign.readers import ReadOptions, open_corpus
from signllm_training.prompt2sign.sample import Sample
from signllm_training.prompt2sign.standard import standardise
from tests.real_data import real_data

CLEARLY = 0.15
"""Shoulder widths by which one wrist is higher than the other before anybody would say so."""


def raised(wrists: npt.NDArray[np.floating]) -> npt.NDArray[np.int_]:
    """1 where the right wrist is clearly higher, -1 where the left one is; heights [T, 2], the right one's first."""
    apart = wrists[:, 0] - wrists[:, 1]
    return np.where(apart > CLEARLY, 1, np.where(apart < -CLEARLY, -1, 0))


def clips() -> list[Sample]:
    found = list(open_corpus(real_data("openpose_how2sign") / "json", ReadOptions(language="asl")))
    samples = [item for item in found if isinstance(item, Sample)]
    assert len(samples) == 3
    return samples


@pytest.mark.parametrize("number", range(3))
def test_the_hand_that_the_signer_raises_is_the_hand_that_the_avatar_raises(number: int) -> None:
    sample, _ = clean(clips()[number], QualityOptions(trim=False))
    seen = sample.seen
    right, left = (prompt2sign.WRIST[side] for side in ("right", "left"))
    shoulders = seen.points[:, [prompt2sign.SHOULDER[side] for side in ("right", "left")], 0]
    width = float(np.median(np.abs(shoulders[:, 1] - shoulders[:, 0])))
    in_the_picture = raised(-seen.points[:, [right, left], 1] / width)  # y is down in a picture
    rotations = retarget(standardise(lift(seen)).points.astype(np.float64))
    positions, _ = kinematics.forward_kinematics(rotations, HUMANOID)
    hands = [HUMANOID.index[f"{side}Hand"] for side in ("right", "left")]
    on_the_avatar = raised(positions[:, hands, 1] / SHOULDER_WIDTH)
    known = (seen.confidence[:, right] > 0.3) & (seen.confidence[:, left] > 0.3)
    told = known & (in_the_picture != 0) & (on_the_avatar != 0)
    assert told.sum() > 0.3 * len(seen)
    assert np.array_equal(in_the_picture[told], on_the_avatar[told])
    assert np.all(positions[:, hands[0], 0] - positions[:, hands[1], 0] < 0.3)  # hands cross a little, not their sides
    assert np.median(positions[:, hands[0], 0]) < np.median(positions[:, hands[1], 0])  # the right one on its own side
