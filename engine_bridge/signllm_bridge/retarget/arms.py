"""Both arms of one pose, seen as left ones: from the directions of their bones to local rotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from signllm.motion import rotation
from signllm_bridge.retarget import fingers, layout, limbs

Array = rotation.Array

_TWIST_PER_FRAME: Final = 0.6
"""Radians by which upper arm and forearm may turn about themselves in one frame: 15 rad/s, more than arms do."""


@dataclass(frozen=True, eq=False)
class Arms:
    """What both arms do, left first; the axis of sides has length 2."""

    upper: Array
    """[..., 2, 3] unit directions of the upper arms in the space of the chest."""
    forearm: Array
    """[..., 2, 3] unit directions of the forearms in the space of the untwisted upper arms."""
    hand: Array
    """[..., 2, 4] rotations of the hands in the space of the untwisted forearms."""
    fingers: fingers.Fingers
    """[..., 2] hands."""
    twists: Array | None
    """[..., 2, 2] radians by which upper arms and forearms turn about themselves; absent before the first frame."""


def _at_rest() -> Arms:
    along = np.array([1.0, 0.0, 0.0])
    pair = np.tile(along, (2, 1))
    straight = fingers.Fingers(np.tile(along, (2, layout.FINGER_COUNT, 3, 1)), np.zeros(2))
    return Arms(pair, pair, np.tile(rotation.IDENTITY, (2, 1)), straight, twists=None)


REST: Final = _at_rest()
"""The T-pose."""


def solve(directions: Array, known: Array, held: Arms) -> tuple[Array, Arms]:
    """Local rotations of both arms.

    The forearm is a pure hinge on the upper arm while the elbow is bent. With P the smallest rotation that raises the
    upper arm from the T-pose, B the smallest that bends the forearm from there, H the hand's rotation after both, and
    X(a), X(b) the twists of upper arm and forearm about their own length, the bones turn by P X(a), X(-a) B X(a + b)
    and X(-a - b) H. Whatever a and b are, upper arm, forearm and hand end where the keypoints are.

    Args:
        directions: Unit directions of a side's bones as in `layout`, in the space of the chest, [..., 2, 21, 3].
        known: Which of them exist, [..., 2, 21, 1].
        held: What takes the place of those that do not.

    Returns:
        Unit quaternions in the order of `layout.ARM_BONES`, [..., 2, 18, 4], and what the arms do.
    """
    upper = np.where(known[..., layout.UPPER_ARM, :], directions[..., layout.UPPER_ARM, :], held.upper)
    lift = limbs.swing_from_x(upper)
    forearm = limbs.into(lift, directions[..., [layout.FOREARM], :])[..., 0, :]
    forearm = np.where(known[..., layout.FOREARM, :], forearm, held.forearm)
    bend = limbs.swing_from_x(forearm)
    reach = rotation.multiply(lift, bend)

    palm, fixed = limbs.palm(directions[..., layout.KNUCKLES, :])
    hand = np.where(fixed[..., None], rotation.multiply(rotation.inverse(reach), palm), held.hand)
    twists = _twists(forearm, hand, held)

    phalanges = limbs.into(rotation.multiply(reach, hand), directions[..., layout.PHALANGES, :])
    shape = (*upper.shape[:-1], layout.FINGER_COUNT, 3)
    seen = known[..., layout.PHALANGES, 0].reshape(shape)
    finger_bones, bent = fingers.solve(phalanges.reshape(*shape, 3), seen, held.fingers)

    local = np.empty((*upper.shape[:-1], 18, 4))
    local[..., :3, :] = _chain(lift, bend, hand, twists)
    local[..., 3:, :] = finger_bones.reshape(*upper.shape[:-1], 15, 4)
    return local, Arms(upper, forearm, hand, bent, twists)


def _chain(lift: Array, bend: Array, hand: Array, twists: Array) -> Array:
    """Local rotations [..., 3, 4] of upper arm, forearm and hand: the three products of `solve`."""
    first = limbs.about_x(twists[..., 0])
    both = limbs.about_x(twists[..., 0] + twists[..., 1])
    turns = np.stack([lift, rotation.inverse(first), rotation.inverse(both)], axis=-2)
    bones = rotation.multiply(turns, np.stack([first, bend, hand], axis=-2))
    bones[..., 1, :] = rotation.multiply(bones[..., 1, :], both)
    return bones


def _twists(forearm: Array, hand: Array, held: Arms) -> Array:
    roll = limbs.roll_about_x(hand)
    humerus = limbs.humerus_twist(forearm, roll)
    if held.twists is None:
        return np.stack([humerus, limbs.forearm_twist(roll, humerus)], axis=-1)
    humerus = _towards(humerus, held.twists[..., 0])
    lower = _towards(limbs.forearm_twist(roll, humerus), held.twists[..., 1])
    return np.stack([humerus, lower], axis=-1)


def _towards(angle: Array, last: Array) -> Array:
    """`angle`, or as far from `last` on the way to it as one frame allows: the limb stays, only its skin lags."""
    step = np.mod(angle - last + np.pi, 2.0 * np.pi) - np.pi
    return np.asarray(last + np.clip(step, -_TWIST_PER_FRAME, _TWIST_PER_FRAME))
