"""The paper's three steps: length, direction and place of every bone, in closed form, vectorised over frames.

Step I takes lengths from the picture plane, L = sqrt((a_x - b_x)^2 + (a_y - b_y)^2). Step II gives every bone the
direction A = angle / |angle|. Step III walks from the root to the finger tips, Q = P + L A. The paper leaves three
things open, which the published tools (2D_to_3D) settle: L is the median over frames and both sides; x and y of the
angle point from where the bone's start was put to its target, and z is what the length leaves for depth,
sqrt(L^2 - x^2 - y^2), or nothing when the target is too far; depth is always positive, and 0.001 at least.

Source: SignLLM, arXiv 2405.10718, "Unified Compression of Pose Data".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.lift.limbs import ENDS, KIND, KINDS, STARTS
from signllm_training.prompt2sign.lift.targets import Array, Targets

SEED: Final = 1234
"""Of the noise on the root in the published tools."""
_NOISE: Final = 0.001
_LEAST_DEPTH: Final = 0.001
_LEAST_LENGTH: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Posed:
    """A skeleton posed in every frame, in normalised units."""

    lengths: Array
    """[25], by kind of bone."""
    directions: Array
    """Unit vectors [T, 49, 3], by limb."""
    points: Array
    """[T, 50, 3]."""


def closed_form(targets: Targets, seed: int = SEED) -> Posed:
    """The three steps.

    Args:
        targets: Of one clip.
        seed: Of the noise that the published tools add to the root.
    """
    lengths = picture_lengths(targets)
    points = np.zeros((len(targets), prompt2sign.COUNT, 3))
    directions = np.zeros((len(targets), len(ENDS), 3))
    root = prompt2sign.NOSE
    points[:, root] = np.random.RandomState(seed).uniform(-_NOISE, _NOISE, (3, len(targets))).T
    points[:, root, :2] += targets.xy[:, root]
    for limb, (start, end) in enumerate(zip(STARTS, ENDS, strict=True)):
        length = lengths[KIND[limb]]
        directions[:, limb] = bone_directions(targets.xy[:, end] - points[:, start, :2], length)
        points[:, end] = points[:, start] + length * directions[:, limb]
    return Posed(lengths, directions, points)


def picture_lengths(targets: Targets) -> Array:
    """Step I: median length of each kind of bone in the picture plane over frames and both sides, [25].

    The lower of the two in the middle: so do the published tools, and their figures depend on it in the second digit.
    """
    seen = np.linalg.norm(targets.xy[:, ENDS] - targets.xy[:, STARTS], axis=-1)
    middle = [np.percentile(seen[:, kind == KIND], 50, method="lower") for kind in range(KINDS)]
    return np.maximum(middle, _LEAST_LENGTH)


def bone_directions(way: Array, length: float) -> Array:
    """Step II: unit vectors [..., 3] of a bone whose end should lie `way` [..., 2] from its start in the picture.

    The published tools weigh five directions and keep the one whose end comes nearest. For a target within reach that
    is the one below; for one out of reach the two of them that lie in the plane and point to it are the same.
    """
    depth = np.sqrt(np.maximum(length**2 - np.sum(way**2, axis=-1), 0.0))
    angle = np.concatenate([way, depth[..., None]], axis=-1)
    angle = np.where(np.any(angle != 0.0, axis=-1, keepdims=True), angle, 1.0)
    angle[..., 2] += _LEAST_DEPTH
    return np.asarray(angle / np.linalg.norm(angle, axis=-1, keepdims=True))
