"""What a frame is to the scorer: one vector whose Euclidean distance is the frame cost."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign

Floats = npt.NDArray[np.float32]

BODY: Final = tuple(range(prompt2sign.HAND_BASE["left"]))
"""Keypoints of the body, wrists included."""
SIDES: Final = ("right", "left")
PALM_END: Final = 9
"""Place of the middle knuckle among a hand's 21 keypoints; the wrist is 0."""
SIZE: Final = 3 * (len(BODY) + 2 * 20)


class Scale(NamedTuple):
    """Sizes that make distances comparable, measured on the reference: an output cannot shrink its own errors."""

    shoulder_width: float
    """Distance between the shoulder joints in metres."""
    palm_length: float
    """Distance from the wrist to the middle knuckle in metres."""


def measure(keypoints: npt.ArrayLike) -> Scale:
    """Sizes of the signer in a clip, [T, 50, 3], medians over frames and sides."""
    keypoints = np.asarray(keypoints)
    right, left = (keypoints[:, prompt2sign.SHOULDER[side]] for side in SIDES)
    palms = [np.linalg.norm(hand(keypoints, side)[:, PALM_END - 1], axis=-1) for side in SIDES]
    return Scale(float(np.median(np.linalg.norm(left - right, axis=-1))), float(np.median(palms)))


def body(keypoints: npt.ArrayLike) -> Floats:
    """Body joints from the midpoint of the shoulders, [T, 50, 3] -> [T, 8, 3] in the unit given."""
    points: Floats = np.asarray(keypoints, dtype=np.float32)
    shoulders = [prompt2sign.SHOULDER[side] for side in SIDES]
    centred: Floats = points[:, BODY] - points[:, shoulders].mean(axis=1, keepdims=True)
    return centred


def hand(keypoints: npt.ArrayLike, side: str) -> Floats:
    """Joints of one hand from its own wrist, [T, 50, 3] -> [T, 20, 3] in the unit given."""
    points = np.asarray(keypoints, dtype=np.float32)[:, prompt2sign.hand_slice(side)]
    return points[:, 1:] - points[:, :1]


def wrists(keypoints: npt.ArrayLike) -> Floats:
    """Both wrists, [T, 50, 3] -> [T, 2, 3]."""
    return np.asarray(keypoints, dtype=np.float32)[:, [prompt2sign.WRIST[side] for side in SIDES]]


def frame_features(keypoints: npt.ArrayLike, scale: Scale) -> Floats:
    """Vectors whose distance is the frame cost.

    Three parts: the body in shoulder widths from the middle of the shoulders, each hand in palm lengths from its
    wrist. A part's distance is the root mean square over its joints, and the frame cost is the root mean square of
    the three, so that the parts weigh the same however many joints they have.

    Args:
        keypoints: `prompt2sign` order, any unit, [T, 50, 3] with T at least 1.
        scale: Sizes of the signer, in the same unit.

    Returns:
        [T, 144] without unit.

    Raises:
        ValueError: The shape is another one, or a value is not finite.
    """
    keypoints = np.asarray(keypoints, dtype=np.float32)
    if keypoints.ndim != 3 or keypoints.shape[1:] != (prompt2sign.COUNT, 3) or not len(keypoints):
        raise ValueError(f"expected keypoints [T >= 1, 50, 3], got {keypoints.shape}")
    if not np.isfinite(keypoints).all():
        raise ValueError("expected finite keypoints, got NaN or infinity")
    parts = [body(keypoints) / scale.shoulder_width]
    parts += [hand(keypoints, side) / scale.palm_length for side in SIDES]
    scaled = [part.reshape(len(keypoints), -1) / np.sqrt(3 * part.shape[1]) for part in parts]
    return np.concatenate(scaled, axis=1, dtype=np.float32)


def distances(features: Floats, others: Floats) -> Floats:
    """Frame costs between all frames of two clips, [T, F] and [U, F] -> [T, U]."""
    costs: Floats = np.sqrt(squared_distances(features, others))
    return costs


def squared_distances(features: Floats, others: Floats) -> Floats:
    """Squares of `distances`, which add up over frames the way independent errors do, [T, F], [U, F] -> [T, U]."""
    squared = (features**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None]
    squared -= 2.0 * features @ others.T
    clipped: Floats = np.maximum(squared, 0.0, out=squared)
    return clipped
