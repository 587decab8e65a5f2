"""The 50 keypoints of Prompt2Sign: OpenPose BODY_25 0..7, then the left and the right hand.

Source: order and limbs as in the published tools of Prompt2Sign and Progressive Transformers (2D_to_3D).
OpenPose names sides by the signer: keypoint 2 is the signer's right shoulder, 8..28 the signer's left hand.
"""

from __future__ import annotations

BODY = (
    *("nose", "neck", "right_shoulder", "right_elbow", "right_wrist"),
    *("left_shoulder", "left_elbow", "left_wrist"),
)
FINGERS = ("thumb", "index", "middle", "ring", "little")
HAND = ("base", *(f"{finger}{k}" for finger in FINGERS for k in range(1, 5)))
"""21 keypoints: the wrist, then four per finger from the palm to the tip."""

KEYPOINT_NAMES: tuple[str, ...] = (
    *BODY,
    *(f"left_hand_{part}" for part in HAND),
    *(f"right_hand_{part}" for part in HAND),
)
COUNT = len(KEYPOINT_NAMES)

NOSE, NECK = 0, 1
SHOULDER = {"right": 2, "left": 5}
ELBOW = {"right": 3, "left": 6}
WRIST = {"right": 4, "left": 7}
HAND_BASE = {"left": 8, "right": 29}
"""First keypoint of each hand; the hand's 21 follow one another."""


def hand_slice(side: str) -> slice:
    """Where the 21 keypoints of the `left` or `right` hand lie."""
    return slice(HAND_BASE[side], HAND_BASE[side] + len(HAND))


def _hand_limbs(base: int) -> list[tuple[int, int]]:
    limbs = []
    for finger in range(5):
        first = base + 1 + 4 * finger
        limbs += [(base, first), (first, first + 1), (first + 1, first + 2), (first + 2, first + 3)]
    return limbs


LIMBS: tuple[tuple[int, int], ...] = (
    (0, 1),
    *((1, 2), (2, 3), (3, 4)),
    *((1, 5), (5, 6), (6, 7)),
    *((7, 8), *_hand_limbs(8)),
    *((4, 29), *_hand_limbs(29)),
)
"""49 limbs from the root, which is the nose, to the finger tips."""
