"""The landmarks of MediaPipe Holistic, in the orders that files hold them in, and the 50 keypoints made of them.

Every order is first brought to one: body 33, face 478, left hand 21, right hand 21, world 33, which is 586 points.
Files of 543 points have no irises and no world landmarks, those of 576 no irises; two different orders have 178.

Source: point names, MediaPipe Holistic as `pose-format` writes them; the two orders of 178 points, `reduce_holistic` of
`pose-format` and the skeleton of the SLRTP challenge of 2025.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import AmbiguousDataError, DataError
from signllm_training.prompt2sign.sample import Floats

COMPONENTS: Final = {"body": 33, "face": 478, "left_hand": 21, "right_hand": 21, "world": 33}
START: Final = {"body": 0, "face": 33, "left_hand": 511, "right_hand": 532, "world": 553}
COUNT: Final = 586

# fmt: off
BODY_NAMES: Final = (
    "NOSE", "LEFT_EYE_INNER", "LEFT_EYE", "LEFT_EYE_OUTER", "RIGHT_EYE_INNER", "RIGHT_EYE", "RIGHT_EYE_OUTER",
    "LEFT_EAR", "RIGHT_EAR", "MOUTH_LEFT", "MOUTH_RIGHT", "LEFT_SHOULDER", "RIGHT_SHOULDER", "LEFT_ELBOW",
    "RIGHT_ELBOW", "LEFT_WRIST", "RIGHT_WRIST", "LEFT_PINKY", "RIGHT_PINKY", "LEFT_INDEX", "RIGHT_INDEX",
    "LEFT_THUMB", "RIGHT_THUMB", "LEFT_HIP", "RIGHT_HIP", "LEFT_KNEE", "RIGHT_KNEE", "LEFT_ANKLE", "RIGHT_ANKLE",
    "LEFT_HEEL", "RIGHT_HEEL", "LEFT_FOOT_INDEX", "RIGHT_FOOT_INDEX",
)
_FINGERS: Final = {
    "THUMB": ("CMC", "MCP", "IP", "TIP"),
    **{f"{name}": ("MCP", "PIP", "DIP", "TIP") for name in ("INDEX_FINGER", "MIDDLE_FINGER", "RING_FINGER", "PINKY")},
}
HAND_NAMES: Final = ("WRIST", *(f"{finger}_{joint}" for finger, joints in _FINGERS.items() for joint in joints))
CONTOUR: Final = (
    0, 7, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80, 81, 82, 84, 87,
    88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157,
    158, 159, 160, 161, 162, 163, 172, 173, 176, 178, 181, 185, 191, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282,
    283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336,
    338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398,
    400, 402, 405, 409, 415, 454, 466,
)
"""The 128 points of the face's outline, brows, eyes and lips."""
# fmt: on

_BODY_OF: Final = {  # keypoint of Prompt2Sign: landmark
    prompt2sign.NOSE: 0,
    **{prompt2sign.SHOULDER[side]: BODY_NAMES.index(f"{side.upper()}_SHOULDER") for side in ("left", "right")},
    **{prompt2sign.ELBOW[side]: BODY_NAMES.index(f"{side.upper()}_ELBOW") for side in ("left", "right")},
    **{prompt2sign.WRIST[side]: BODY_NAMES.index(f"{side.upper()}_WRIST") for side in ("left", "right")},
}


@dataclass(frozen=True)
class Order:
    """Where in the 586 points each point of a file belongs."""

    name: str
    places: tuple[int, ...]
    """For each point of the file; -1 for a point that has no place."""
    faces_named: bool = True
    """Whether the points of the face are known one by one, or only as a set."""


def _run(component: str, count: int) -> tuple[int, ...]:
    return tuple(range(START[component], START[component] + count))


def _whole(face: int, *, world: bool) -> tuple[int, ...]:
    parts = (*_run("body", 33), *_run("face", face), *_run("left_hand", 21), *_run("right_hand", 21))
    return parts + (_run("world", 33) if world else ())


def _body(*names: str) -> tuple[int, ...]:
    return tuple(BODY_NAMES.index(name) for name in names)


_REDUCED_BODY: Final = _body(
    *(f"{side}_{joint}" for joint in ("SHOULDER", "ELBOW", "WRIST", "HIP") for side in ("LEFT", "RIGHT"))
)
_SLRTP_BODY: Final = _body(
    *(f"{side}_{joint}" for side in ("RIGHT", "LEFT") for joint in ("SHOULDER", "ELBOW", "WRIST")),
    *("RIGHT_HIP", "LEFT_HIP"),
)
_CONTOUR_PLACES: Final = tuple(START["face"] + point for point in CONTOUR)

HOLISTIC178: Final = Order(
    "holistic178", (*_REDUCED_BODY, *_CONTOUR_PLACES, *_run("left_hand", 21), *_run("right_hand", 21))
)
SLRTP178: Final = Order(  # which of its 128 points of the face is which is not published
    "slrtp178", (*_SLRTP_BODY, *_run("right_hand", 21), *_run("left_hand", 21), *_CONTOUR_PLACES), faces_named=False
)
ORDERS: Final = (
    Order("holistic543", _whole(468, world=False)),
    Order("holistic553", _whole(478, world=False)),
    Order("holistic576", _whole(468, world=True)),
    Order("holistic586", _whole(478, world=True)),
    HOLISTIC178,
    SLRTP178,
)


def order_of_count(count: int) -> tuple[Order, ...]:
    """The orders that have this many points."""
    return tuple(order for order in ORDERS if len(order.places) == count)


_COMPONENT_NAMES: Final = {
    "POSE_LANDMARKS": ("body", BODY_NAMES),
    "FACE_LANDMARKS": ("face", tuple(str(k) for k in range(478))),
    "LEFT_HAND_LANDMARKS": ("left_hand", HAND_NAMES),
    "RIGHT_HAND_LANDMARKS": ("right_hand", HAND_NAMES),
    "POSE_WORLD_LANDMARKS": ("world", BODY_NAMES),
}


def order_of_names(names: Sequence[tuple[str, str]]) -> Order | None:
    """The order that (component, point) names say, or None where they are not those of Holistic."""
    places = []
    for component, point in names:
        known = _COMPONENT_NAMES.get(component)
        places.append(START[known[0]] + known[1].index(point) if known and point in known[1] else -1)
    needed = {*_body("LEFT_SHOULDER", "RIGHT_SHOULDER"), START["left_hand"], START["right_hand"]}
    return Order(f"holistic{len(places)}", tuple(places)) if needed <= set(places) else None


_USED_BODY: Final = (0, 11, 12, 13, 14, 15, 16)
_USED: Final = (
    *_USED_BODY,
    *_CONTOUR_PLACES,
    *_run("left_hand", 21),
    *_run("right_hand", 21),
    *(START["world"] + k for k in _USED_BODY),
)


def needed(order: Order) -> npt.NDArray[np.intp]:
    """Which points of a file the keypoints and their depth are made of."""
    return np.flatnonzero(np.isin(order.places, _USED))


def arrange(points: Floats, confidence: Floats, order: Order) -> tuple[Floats, Floats]:
    """Points of a file at their places among the 586.

    Args:
        points: [T, K, 3].
        confidence: [T, K].
        order: Of K points.

    Returns:
        [T, 586, 3] and [T, 586]; what the file lacks is zero with confidence 0.
    """
    frames = len(points)
    if points.shape != (frames, len(order.places), 3) or confidence.shape != (frames, len(order.places)):
        raise DataError(f"order {order.name} has {len(order.places)} points, got {points.shape}, {confidence.shape}")
    placed, sure = np.zeros((frames, COUNT, 3), np.float32), np.zeros((frames, COUNT), np.float32)
    has = [k for k, place in enumerate(order.places) if place >= 0]
    at = [order.places[k] for k in has]
    placed[:, at], sure[:, at] = points[:, has], confidence[:, has]
    return placed, sure


_NEAR_WRIST: Final = 0.4
"""A hand's wrist lies this close to the body's, in shoulder widths: measured 0.02 to 0.13, means of 30 real clips."""


def recognise_178(points: Floats, confidence: Floats) -> Order:
    """Which of the two orders 178 points without names are in: the one in which hands hang on wrists.

    Args:
        points: [T, 178, 3]; depth is not used.
        confidence: [T, 178].

    Raises:
        AmbiguousDataError: Both or neither.
    """
    fits = [order for order in (HOLISTIC178, SLRTP178) if _hands_hang_on_wrists(points, confidence, order)]
    if len(fits) == 1:
        return fits[0]
    raise AmbiguousDataError(
        f"178 points without names fit {'both' if fits else 'neither'} of the orders holistic178 and slrtp178: in the "
        "right one each hand hangs on its wrist; name it as profile"
    )


def _hands_hang_on_wrists(points: Floats, confidence: Floats, order: Order) -> bool:
    placed, sure = arrange(points, confidence, order)
    apart = _apart(placed, sure, *_body("LEFT_SHOULDER", "RIGHT_SHOULDER"))
    pairs = [
        (BODY_NAMES.index(f"{side}_WRIST"), START[f"{side.lower()}_hand"]) for side in ("LEFT", "RIGHT")
    ]  # both hands must hang where they are seen: with hands swapped, one may by chance
    gaps = [_apart(placed, sure, wrist, hand) for wrist, hand in pairs]
    known = [gap for gap in gaps if gap is not None]
    return apart is not None and apart > 0.0 and bool(known) and max(known) < _NEAR_WRIST * apart


def _apart(points: Floats, confidence: Floats, a: int, b: int) -> float | None:
    """Median distance of two points across the picture, where both are seen."""
    both = (confidence[:, a] > 0) & (confidence[:, b] > 0)
    if not both.any():
        return None
    return float(np.median(np.linalg.norm((points[both, a] - points[both, b])[:, :2].astype(np.float64), axis=-1)))


def keypoints(points: Floats, confidence: Floats) -> tuple[Floats, Floats]:
    """The 50 keypoints of 586 landmarks, in the landmarks' own numbers.

    The neck is the middle of the shoulders. Where the body has no nose, which the orders of 178 points have not, it is
    the mean of the face's 128 outline points: on 26 real clips 0.4 to 1.8 % of the shoulder width from the nose.

    Args:
        points: [T, 586, 3].
        confidence: [T, 586].

    Returns:
        [T, 50, 3] and [T, 50]; a missing keypoint is zero.
    """
    out = np.zeros((len(points), prompt2sign.COUNT, 3), np.float32)
    sure = np.zeros((len(points), prompt2sign.COUNT), np.float32)
    for keypoint, landmark in _BODY_OF.items():
        out[:, keypoint], sure[:, keypoint] = points[:, landmark], confidence[:, landmark]
    for side in ("left", "right"):
        start = START[f"{side}_hand"]
        out[:, prompt2sign.hand_slice(side)] = points[:, start : start + 21]
        sure[:, prompt2sign.hand_slice(side)] = confidence[:, start : start + 21]
    shoulders = [prompt2sign.SHOULDER["left"], prompt2sign.SHOULDER["right"]]
    out[:, prompt2sign.NECK] = out[:, shoulders].mean(axis=1)
    sure[:, prompt2sign.NECK] = sure[:, shoulders].min(axis=1)
    if not sure[:, prompt2sign.NOSE].any():
        out[:, prompt2sign.NOSE] = points[:, _CONTOUR_PLACES].mean(axis=1)
        sure[:, prompt2sign.NOSE] = confidence[:, _CONTOUR_PLACES].min(axis=1)
    return masked(out, sure)


def facing(points: Floats, confidence: Floats) -> int:
    """1 where the signer's left is to the right of the picture, -1 in a picture that was mirrored afterwards.

    Args:
        points: [T, 50, 3].
        confidence: [T, 50].
    """
    left, right = prompt2sign.SHOULDER["left"], prompt2sign.SHOULDER["right"]
    both = (confidence[:, left] > 0) & (confidence[:, right] > 0)
    return -1 if both.any() and np.median(points[both, left, 0] - points[both, right, 0]) < 0 else 1


LARGEST: Final = 1e8
"""No coordinate of an estimator is anywhere near: a larger one is damage, and its point is missing."""


def masked(
    points: npt.NDArray[np.floating], confidence: npt.NDArray[np.floating], largest: float = LARGEST
) -> tuple[Floats, Floats]:
    """Confidence between 0 and 1, and zeros where it is 0 or a number is larger than `largest` or not finite."""
    with np.errstate(invalid="ignore"):  # some of the patterns that are no number signal it
        finite = (np.abs(points) <= largest).all(axis=-1) & np.isfinite(confidence)
    sure = np.clip(np.where(finite, confidence, 0.0), 0.0, 1.0).astype(np.float32)
    kept = np.where((sure > 0)[..., None], points, 0.0).astype(np.float32)
    return kept, sure
