"""Keypoints where none can be: too far from what carries them, or there and back faster than anyone moves."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm.motion.skeletons.humanoid import HUMANOID, KEYPOINT_BONES, KEYPOINT_OFFSETS, SHOULDER_WIDTH
from signllm_training.prompt2sign.quality_gaps import Known, distance, without_gaps
from signllm_training.prompt2sign.sample import Floats

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
    confidence: Floats,
    fps: float,
    *,
    body_speed: float,
    hand_speed: float,
    longest_limb: float,
    widest_wrist_gap: float,
) -> tuple[Known, tuple[str, ...]]:
    """Which known keypoints cannot be where they are, [T, 50], and sentences on what cannot be told.

    Limbs are followed outwards: what is too far from the last keypoint that was right is wrong. Where a hand is away
    from its wrist, one of the two is wrong, a hand as a whole.

    Args:
        flat: [T, 50, 2].
        known: [T, 50] keypoints of enough confidence.
        confidence: [T, 50].
        fps: Frames per second.
        body_speed: This and what follows as in `quality.QualityOptions`.
        hand_speed: See there.
        longest_limb: See there.
        widest_wrist_gap: See there.
    """
    wrong = np.zeros_like(known)
    notes: list[str] = []
    wrong[:, _BODY] = known[:, _BODY] & _jumps(flat[:, _BODY], known[:, _BODY], body_speed / fps)
    limits = longest_limb * ADULT
    for chain in (np.array([[prompt2sign.NOSE]]), _ARMS):
        _follow(flat, known, wrong, [prompt2sign.NECK] * chain.shape[1], chain, limits)
    for side in SIDES:
        hand, wrist = prompt2sign.hand_slice(side), prompt2sign.WRIST[side]
        lost_hand, lost_wrist, undecided = _parted(side, flat, known & ~wrong, confidence, widest_wrist_gap)
        wrong[:, hand] |= known[:, hand] & lost_hand[:, None]
        wrong[:, wrist] |= lost_wrist
        if undecided:
            notes.append(
                f"the {side} hand is away from its wrist in {undecided} of {len(flat)} frames, and neither is known to "
                "be wrong"
            )
        _judge_fingers(side, flat, known, wrong, limits)
        right = known[:, hand] & ~wrong[:, hand]
        held = without_gaps(flat[:, hand], right)
        wrong[:, hand] |= right & _jumps(held - held[:, :1], np.ones_like(right), hand_speed / fps)
    return wrong, tuple(notes)


def _parted(
    side: str, flat: Flat, known: Known, confidence: Floats, widest_wrist_gap: float
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], int]:
    """In which frames a hand away from its wrist is wrong, [T], in which the wrist is, [T], and how many are neither.

    The one is wrong that is further from where it is expected between the frames in which they are together, weighed
    by what confidence is said of it. OpenPose turns hands around and says so; MediaPipe loses wrists whose hands it
    still sees, and says nothing. Of a hand's base any confidence counts: an estimator that turned a hand around finds
    no wrist where it looks for one.
    """
    base, wrist = prompt2sign.HAND_BASE[side], prompt2sign.WRIST[side]
    both = (confidence[:, base] > 0.0) & known[:, wrist]
    away = both & (distance(flat[:, base], flat[:, wrist]) > widest_wrist_gap)
    if not away.any():
        return away, away, 0
    doubt = 1.0 / np.maximum(confidence[:, [base, wrist]].astype(np.float64), 1e-6)
    together = both & ~away
    if together.any():
        pair = flat[:, [base, wrist]]
        doubt *= distance(pair, without_gaps(pair, np.stack([together, together], axis=-1)))
        clearly = 1.0
    else:
        clearly = 2.0
    lost_hand = away & (doubt[:, 0] > clearly * doubt[:, 1])
    lost_wrist = away & (doubt[:, 1] > clearly * doubt[:, 0])
    return lost_hand, lost_wrist, int((away & ~lost_hand & ~lost_wrist).sum())


def _judge_fingers(side: str, flat: Flat, known: Known, wrong: Known, limits: Flat) -> None:
    base = prompt2sign.HAND_BASE[side]
    fingers = base + _FINGERS
    # A base from which most fingers are too far is itself in the wrong place.
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
