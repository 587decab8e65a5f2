"""The 55 joints of SMPL-X, names and parents; no bone lengths, because the model is licensed.

Source: vchoutas/smplx, joint_names.py and the kinematic tree stored in the model (facts, not code).
Mind the fingers: index, middle, *pinky, ring*, thumb, and no tips.
"""

from __future__ import annotations

_FINGERS = ("index", "middle", "pinky", "ring", "thumb")

JOINT_NAMES: tuple[str, ...] = (
    *("pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2"),
    *("left_ankle", "right_ankle", "spine3", "left_foot", "right_foot", "neck"),
    *("left_collar", "right_collar", "head", "left_shoulder", "right_shoulder"),
    *("left_elbow", "right_elbow", "left_wrist", "right_wrist"),
    *("jaw", "left_eye", "right_eye"),
    *(f"left_{finger}{k}" for finger in _FINGERS for k in (1, 2, 3)),
    *(f"right_{finger}{k}" for finger in _FINGERS for k in (1, 2, 3)),
)

_BODY_PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 15, 15, 15)


def _hand_parents(wrist: int, first: int) -> list[int]:
    return [wrist if k % 3 == 0 else first + k - 1 for k in range(15)]


PARENTS: tuple[int, ...] = (*_BODY_PARENTS, *_hand_parents(20, 25), *_hand_parents(21, 40))
