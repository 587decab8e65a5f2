"""The tree of the 50 keypoints, with one length for every kind of bone, the same on the left and on the right."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign

STARTS: Final = np.array([start for start, _ in prompt2sign.LIMBS])
"""Keypoint at which each of the 49 limbs starts, root to leaf; the root is the nose."""
ENDS: Final = np.array([end for _, end in prompt2sign.LIMBS])
KIND: Final = np.array([0, 1, 2, 3, 1, 2, 3, *range(4, 25), *range(4, 25)])
"""Kind of bone of each limb: 0 nose to neck, 1 shoulder, 2 upper arm, 3 forearm, 4 from the body's wrist to the hand's,
then thumb 5..8, index 9..12, middle 13..16, ring 17..20, little finger 21..24, each from the palm to the tip.

Source: the limbs that share a length in the published tools (2D_to_3D)."""
KINDS: Final = 25
NECK_TO_NOSE, SHOULDER, UPPER_ARM, FOREARM, WRIST_GAP = range(5)

_FINGER_PROPORTIONS: Final = (
    *(0.095, 0.125, 0.094, 0.078),  # thumb
    *(0.265, 0.125, 0.072, 0.064),  # index
    *(0.259, 0.139, 0.083, 0.067),  # middle
    *(0.246, 0.128, 0.081, 0.067),  # ring
    *(0.235, 0.100, 0.058, 0.058),  # little
)
PROPORTIONS: Final = np.array([0.74, 0.5, 0.78, 0.69, 0.03, *_FINGER_PROPORTIONS])
"""Length of each kind in shoulder widths, [25]: those of the body that `signllm.lexicon` animates."""

PARENT: Final = np.zeros(prompt2sign.COUNT, dtype=np.intp)
"""Where the bone that ends in a keypoint starts when the neck is the root, [50]; the neck is its own parent."""
BONE_KIND: Final = np.zeros(prompt2sign.COUNT, dtype=np.intp)
"""Kind of the bone that ends in a keypoint when the neck is the root, [50]; means nothing for the neck."""
PARENT[ENDS], BONE_KIND[ENDS] = STARTS, KIND
PARENT[prompt2sign.NOSE], PARENT[prompt2sign.NECK] = prompt2sign.NECK, prompt2sign.NECK
BONE_KIND[prompt2sign.NOSE] = NECK_TO_NOSE


def levels() -> tuple[npt.NDArray[np.intp], ...]:
    """Keypoints by their distance from the neck, from 1 on."""
    depth = np.zeros(prompt2sign.COUNT, dtype=np.intp)
    for keypoint in (prompt2sign.NOSE, *ENDS[1:]):  # root to leaf
        depth[keypoint] = depth[PARENT[keypoint]] + 1
    return tuple(np.flatnonzero(depth == level) for level in range(1, int(depth.max()) + 1))


def ancestry(starts: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Which limbs lie between the root and a keypoint, [50, limbs], 1 or 0: keypoints are sums of their limbs."""
    between = np.zeros((prompt2sign.COUNT, len(ends)))
    for limb, (start, end) in enumerate(zip(starts, ends, strict=True)):
        between[end] = between[start]
        between[end, limb] = 1.0
    return between


def bones_from_neck() -> npt.NDArray[np.float64]:
    """Which bones lie between the neck and a keypoint, [50, 50], bones named by their end; the neck counts for all."""
    order = np.array([prompt2sign.NECK, *np.concatenate(levels())])
    between = ancestry(PARENT[order], order)
    columns = np.zeros_like(between)
    columns[:, order] = between
    return columns
