"""The arm that carries a hand: analytic two-bone inverse kinematics with a natural elbow."""

from __future__ import annotations

from typing import Final

import numpy as np

from signllm.motion import rotation
from signllm.motion.skeletons import humanoid

SHOULDER: Final = np.array([-0.5 * humanoid.SHOULDER_WIDTH, 0.0, 0.0])
"""The right shoulder joint, metres from the midpoint of both."""
_RELAXED_ELBOW: Final = rotation.normalize([-0.8, -1.0, 0.1])
"""Where the elbow goes by itself: down, and out so far that the forearm stays clear of the trunk."""
_WRIST_COMFORT: Final = 0.26
_FOREARM_COMFORT: Final = 0.12
"""How much the elbow gives way to spare the wrist, and to spare the forearm its turn, 0 to 1."""
_THUMB_OUT_COMFORT: Final = 0.30
"""How much more it gives way the farther the thumb points outward: the palm can face up only with the elbow near."""
_REACH: Final = 0.995
"""Share of the arm's length that is used: a locked elbow has no plane and looks wrong."""


def reachable(wrist: rotation.Array) -> rotation.Array:
    """The wrist, drawn in to what a right arm reaches, [..., 3] -> [..., 3]."""
    arm = np.asarray(wrist) - SHOULDER
    length = np.linalg.norm(arm, axis=-1, keepdims=True)
    most = _REACH * (humanoid.UPPER_ARM + humanoid.FOREARM)
    return np.asarray(SHOULDER + arm * np.minimum(1.0, most / np.maximum(length, 1e-9)))


def elbow(wrist: rotation.Array, axes: rotation.Array) -> rotation.Array:
    """Elbow of a right arm.

    The elbow turns about the line from shoulder to wrist: down by itself; towards the place from which the forearm
    would run straight into the hand, which spares the wrist; and to the side opposite to the thumb, which spares the
    forearm its turn, so that it comes to the body under a palm that faces up and rises over one that faces down. The
    wishes are blended, so that the elbow never jumps between two answers.

    Args:
        wrist: Reachable wrist, metres from the midpoint of the shoulders, [..., 3].
        axes: The hand's palm axes as columns, [..., 3, 3].

    Returns:
        [..., 3], at exactly the upper arm's and the forearm's length from shoulder and wrist.
    """
    thumb, fingers = axes[..., :, 0], axes[..., :, 1]
    line = wrist - SHOULDER
    length = np.linalg.norm(line, axis=-1, keepdims=True)
    axis = line / length
    a, b = humanoid.UPPER_ARM, humanoid.FOREARM
    along = (a * a - b * b + length * length) / (2.0 * length)
    height = np.sqrt(np.maximum(a * a - along * along, 0.0))
    foot = SHOULDER + along * axis
    straight = rotation.normalize(wrist - b * fingers - foot)
    turned = _FOREARM_COMFORT + _THUMB_OUT_COMFORT * np.maximum(0.0, -thumb[..., :1]) ** 2
    wish = (1.0 - _WRIST_COMFORT - turned) * _RELAXED_ELBOW + _WRIST_COMFORT * straight - turned * thumb
    wish = wish - np.sum(wish * axis, axis=-1, keepdims=True) * axis
    return np.asarray(foot + height * rotation.normalize(wish))


def forearm_roll(wrist: rotation.Array, axes: rotation.Array) -> rotation.Array:
    """How far a right forearm is turned, 0 with the thumb up in front of the body, positive for the palm up.

    Anatomy allows about a quarter turn to either side; beyond a half turn the angle wraps.

    Args:
        wrist: Reachable wrist, metres from the midpoint of the shoulders, [..., 3].
        axes: The hand's palm axes as columns, [..., 3, 3].

    Returns:
        Radians in (-pi, pi], [...].
    """
    fingers, thumb = axes[..., :, 1], axes[..., :, 0]
    bend = elbow(wrist, axes)
    upper = rotation.normalize(bend - SHOULDER)
    lower = rotation.normalize(wrist - bend)
    hinge = rotation.normalize(rotation.cross(upper, lower))
    neutral = rotation.cross(hinge, lower)
    thumb = rotation.rotate(rotation.between(fingers, lower), thumb)  # the wrist's bend taken out
    sine = np.sum(rotation.cross(neutral, thumb) * lower, axis=-1)
    return np.asarray(np.arctan2(sine, np.sum(neutral * thumb, axis=-1)))
