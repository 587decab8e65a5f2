"""Keypoints where none can be: too far from what carries them, or there and back faster than anyone moves."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm.motion.skeletons.humanoid import HUMANOID, KEYPOINT_BONES, KEYPOINT_OFFSETS, SHOULDER_WIDTH
from signllm_training.prompt2sign.quality_gaps import Known, distance, without_gaps

Flat = npt.NDArray[np.float64]
"""[T, 50, 2] shoulder widths across the picture."""
SIDES: Final = ("left", "right")
_BODY: Final = slice(0, len(prompt2sign.BODY))
_NOISE: Final = 0.1
"""Shoulder widths by which an estimator misses a keypoint that it has found: what it adds to the length of a limb."""
_CARRIER: Final = np.array(
    [prompt2sign.NECK, prompt2sign.NECK, *(start for start, _ in sorted(prompt2sign.LIMBS[1:], key=lambda k: k[1]))]
)
"""[50] keypoint that carries each: the neck carries the nose and the shoulders, nothing carries the neck."""
_REST: Final = HUMANOID.rest_positions[KEYPOINT_BONES] + KEYPOINT_OFFSETS
ADULT: Final[Flat] = np.linalg.norm(_REST - _REST[_CARRIER], axis=-1) / SHOULDER_WIDTH
"""[50] length of the limb that ends at each keypoint, shoulder widths: an adult's, as in `skeletons.humanoid`."""
_ARMS: Final = np.array(
    [[k[side] for side in SIDES] for k in (prompt2sign.SHOULDER, prompt2sign.ELBOW, prompt2sign.WRIST)]
)
_FINGERS: Final = np.arange(1, len(prompt2sign.HAND)).reshape(-1, 4).T
"""[4, 5] keypoints of a hand, counted from its base, outwards along each finger."""


def find_outliers(
    flat: Flat,
    known: Known,
    there: Known,
    fps: float,
    *,
    body_speed: float,
    hand_speed: float,
    longest_limb: float,
    widest_wrist_gap: float,
) -> Known:
    """Which known keypoints cannot be where they are, [T, 50].

    Limbs are followed outwards: what is too far from the last keypoint that was right is wrong. A hand away from its
    wrist is wrong as a whole; of its base any confidence at all is taken, since an estimator that turns a hand around
    finds no wrist where it looks for one.

    Args:
        flat: [T, 50, 2].
        known: [T, 50] keypoints of enough confidence.
        there: [T, 50] keypoints of any confidence.
        fps: Frames per second.
        body_speed: This and what follows as in `quality.QualityOptions`.
        hand_speed: See there.
        longest_limb: See there.
        widest_wrist_gap: See there.
    """
    wrong = np.zeros_like(known)
    wrong[:, _BODY] = known[:, _BODY] & _jumps(flat[:, _BODY], known[:, _BODY], body_speed / fps)
    limits = longest_limb * ADULT
    neck = [prompt2sign.NECK]
    for chain in (np.array([[prompt2sign.NOSE]]), _ARMS):
        _follow(flat, known, wrong, neck * chain.shape[1], chain, limits)
    for side in SIDES:
        _judge_hand(side, flat, known, there, wrong, limits, widest_wrist_gap)
        hand = prompt2sign.hand_slice(side)
        right = known[:, hand] & ~wrong[:, hand]
        held = without_gaps(flat[:, hand], right)
        wrong[:, hand] |= right & _jumps(held - held[:, :1], np.ones_like(right), hand_speed / fps)
    return wrong


def _judge_hand(
    side: str, flat: Flat, known: Known, there: Known, wrong: Known, limits: Flat, widest_wrist_gap: float
) -> None:
    hand, base, wrist = prompt2sign.hand_slice(side), prompt2sign.HAND_BASE[side], prompt2sign.WRIST[side]
    away = distance(flat[:, base], flat[:, wrist]) > widest_wrist_gap
    away &= there[:, base] & known[:, wrist] & ~wrong[:, wrist]
    wrong[:, hand] |= known[:, hand] & away[:, None]
    # A base from which most fingers are too far is itself in the wrong place.
    fingers = base + _FINGERS
    far = distance(flat[:, fingers[0]], flat[:, base, None]) > limits[fingers[0]] + _NOISE
    wrong[:, base] |= known[:, base] & ((far & known[:, fingers[0]]).sum(axis=1) > fingers.shape[1] // 2)
    _follow(flat, known, wrong, [base] * fingers.shape[1], fingers, limits)


def _follow(
    flat: Flat, known: Known, wrong: Known, roots: list[int], chains: npt.NDArray[np.intp], limits: Flat
) -> None:
    """Mark what is too far from the last right keypoint before it, along [L, C] keypoints outwards from C roots."""
    right = known[:, roots] & ~wrong[:, roots]
    held = flat[:, roots]
    # Nothing is too far from a root that is not known.
    allowed = np.where(right, _NOISE, np.inf)
    for keypoints in chains:
        allowed = allowed + limits[keypoints]
        here = known[:, keypoints] & ~wrong[:, keypoints]
        far = here & (distance(flat[:, keypoints], held) > allowed)
        wrong[:, keypoints] |= far
        right = here & ~far
        held = np.where(right[..., None], flat[:, keypoints], held)
        allowed = np.where(right, _NOISE, allowed)


def _jumps(track: Flat, known: Known, reach: float) -> Known:
    """Where a track [T, K, 2] is further from its median over five frames than `reach`, along the picture's x or y.

    A track that moves at most `reach` per frame has no such place: three of the five values, its own and those before
    and after, then lie within `reach` of it, and so does their median. So only what cannot be is found: one or two
    frames away from the rest.
    """
    held = without_gaps(track, known)
    # Almost every clip ends here.
    if len(held) < 3 or not (np.abs(np.diff(held, axis=0)) > reach).any():
        return np.zeros_like(known)
    padded = np.concatenate([held[:1], held[:1], held, held[-1:], held[-1:]])
    median = np.median(np.stack([padded[k : k + len(held)] for k in range(5)]), axis=0)
    return np.asarray((np.abs(held - median) > reach).any(axis=-1))
