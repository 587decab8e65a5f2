"""Which keypoints and bones retargeting reads and writes, as index tables; data only.

The right side is worked on as a left one, seen in the mirror x -> -x, so that there is one code path. A *side* is
therefore an axis of length 2, left first.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from signllm.motion import rotation
from signllm.motion.skeletons import humanoid, prompt2sign

SIDES: Final = ("left", "right")
FINGER_COUNT: Final = len(humanoid.FINGERS)

_POINTS = ("shoulder", "elbow", "wrist", *prompt2sign.HAND)
_BONES: Final = (
    *(("shoulder", "elbow"), ("elbow", "wrist")),
    *(("base", f"{finger}1") for finger in humanoid.FINGERS[1:]),
    *((f"{finger}{k}", f"{finger}{k + 1}") for finger in humanoid.FINGERS for k in (1, 2, 3)),
)
UPPER_ARM, FOREARM, KNUCKLES, PHALANGES = 0, 1, slice(2, 6), slice(6, 21)
"""Where the directions of a side lie: 21 of them, each from one keypoint to the next."""


def _keypoints(point: int) -> list[list[int]]:
    """Keypoint at the `point`-th end (0 start, 1 end) of each of the 21 directions, left then right."""
    rows = []
    for side in SIDES:
        names = {name: f"{side}_{'' if k < 3 else 'hand_'}{name}" for k, name in enumerate(_POINTS)}
        rows.append([prompt2sign.KEYPOINT_NAMES.index(names[bone[point]]) for bone in _BONES])
    return rows


STARTS: Final = np.array(_keypoints(0))
"""[2, 21] keypoint at which each direction begins."""
ENDS: Final = np.array(_keypoints(1))
"""[2, 21] keypoint at which each direction ends."""


def _arm_bones(side: str) -> list[int]:
    fingers = [bone for finger in humanoid.FINGERS for bone in humanoid.finger_bones(side, finger)]
    return [humanoid.HUMANOID.index[name] for name in (f"{side}UpperArm", f"{side}LowerArm", f"{side}Hand", *fingers)]


ARM_BONES: Final = np.array([_arm_bones(side) for side in SIDES])
"""[2, 18] bones: upper arm, forearm, hand, then fifteen finger bones, thumb first, from the palm outwards."""
CHEST: Final = humanoid.HUMANOID.index["upperChest"]
HEAD: Final = humanoid.HUMANOID.index["head"]

MIRROR: Final = np.array([[[1.0, 1.0, 1.0]], [[-1.0, 1.0, 1.0]]])
"""[2, 1, 3] makes positions of the right side those of a left one."""
MIRROR_ROTATION: Final = np.array([[[1.0, 1.0, 1.0, 1.0]], [[1.0, -1.0, -1.0, 1.0]]])
"""[2, 1, 4] makes rotations of a left side those of the right one."""

# Rest pose of the left side, in which the forearm, the hand and the fingers run along +X and the palm faces down.
_REST = humanoid.HUMANOID.rest_offsets
KNUCKLE_REST: Final = rotation.normalize(_REST[ARM_BONES[0, [6, 9, 12, 15]]])
"""[4, 3] unit directions from the wrist to the knuckles, index to little."""
HEAD_FROM_NECK: Final = _REST[humanoid.HUMANOID.index["neck"]] + _REST[HEAD] - humanoid.KEYPOINT_OFFSETS[1]
"""Metres from keypoint 1 to the joint of the head."""
NOSE_FROM_HEAD: Final = humanoid.KEYPOINT_OFFSETS[prompt2sign.NOSE]
"""Metres from the joint of the head to keypoint 0."""


def _finger_axes() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    axes = np.tile(np.eye(3), (FINGER_COUNT, 1, 1))
    along = rotation.normalize(_REST[ARM_BONES[0, 4]])
    # The thumb bends across the palm: its nail is rolled from the plane of the palm by far more than a right angle
    # less 20 degrees; the same roll rests in the T-pose of the avatar and of the lexicon's hand.
    up = np.array([0.0, 1.0, 0.0])
    across = np.cross(along, up)
    roll = np.radians(20.0)
    back = np.sin(roll) * up + np.cos(roll) * across
    axes[0] = np.stack([along, back, np.cross(along, back)], axis=-1)
    return axes


FINGER_AXES: Final = _finger_axes()
"""[5, 3, 3]; columns: the finger's direction at rest, the back of the finger, and the axis about which it straightens.

A finger bends by negative turns about its third axis, away from its second.
"""
