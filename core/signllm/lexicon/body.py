"""The body that carries two hands: keypoints of a whole signer from the tracks of the hands."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.lexicon import arm, space
from signllm.lexicon.hand import palm_keypoints
from signllm.lexicon.movement import HandTrack
from signllm.motion.skeletons import humanoid, prompt2sign

MIRROR: Final = np.array([-1.0, 1.0, 1.0])
"""The other hand is computed as a right hand and seen in the mirror."""


def keypoints(signing: HandTrack, other: HandTrack) -> npt.NDArray[np.float32]:
    """The 50 keypoints of two hands and the body that carries them, [T, 50, 3], metres from mid-shoulder."""
    frames = len(signing)
    both = HandTrack.join([signing, other])  # one pass for both hands takes little longer than for one
    axes = space.palm_axes(both.orientation)
    wrist = arm.reachable(both.wrist)
    elbow = arm.elbow(wrist, axes)
    hand = wrist[:, None] + np.einsum("tij,tkj->tki", axes, palm_keypoints(both.angles))
    result = np.zeros((frames, prompt2sign.COUNT, 3))
    result[:, prompt2sign.NOSE] = np.array(humanoid.NOSE_TIP) - [0.0, humanoid.SHOULDER_HEIGHT, 0.0]
    for side, rows, flip in (("right", slice(frames), np.ones(3)), ("left", slice(frames, None), MIRROR)):
        result[:, prompt2sign.SHOULDER[side]] = arm.SHOULDER * flip
        result[:, prompt2sign.ELBOW[side]] = elbow[rows] * flip
        result[:, prompt2sign.WRIST[side]] = wrist[rows] * flip
        result[:, prompt2sign.hand_slice(side)] = hand[rows] * flip
    return result.astype(np.float32)
