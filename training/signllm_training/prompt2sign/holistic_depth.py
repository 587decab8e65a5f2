"""Depth of MediaPipe's landmarks: three origins and two exaggerations made into one.

What MediaPipe calls z grows away from the camera, in picture widths like x. But the body's counts from the hips, each
hand's from its own wrist and the face's from its own middle, and `pose-format` leaves all of them as they are beside an
x in pixels. Measured on 32 real clips: hands and face are as deep as they are wide when z is taken in picture widths;
the body is three to eight times too deep in the picture's landmarks where the legs are not seen, and about right in the
world landmarks.
"""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.holistic import BODY_NAMES, START
from signllm_training.prompt2sign.sample import Floats

_LEFT, _RIGHT, _LIP, _TOP, _CHIN = (START["face"] + k for k in (454, 234, 0, 10, 152))
LIP_DEPTH: Final = 0.60
"""How far the upper lip lies before the cheeks, in widths of the face: four clips whose width is known to be 640 give
612 to 640 with it."""
FACE_HEIGHT: Final = 1.24
"""Forehead to chin in widths of the face: 1.21 to 1.29 in 32 clips with square picture elements."""
LONGEST_ARM_BONE: Final = 0.95
"""Of the upper arm and the forearm, in shoulder widths: a little above the 0.8 of a grown person."""
_NOSE_AHEAD: Final = 0.5
"""Nose before the shoulders, in shoulder widths, for landmarks that say nothing of its depth."""
_SHOULDER_POINTS: Final = [prompt2sign.SHOULDER["left"], prompt2sign.SHOULDER["right"]]
_SHOULDER_LANDMARKS: Final = [BODY_NAMES.index("LEFT_SHOULDER"), BODY_NAMES.index("RIGHT_SHOULDER")]


def measure_depth_unit(points: Floats, confidence: Floats) -> float | None:
    """What one of z is in the unit of x, by the shape of the face; None without a face.

    Args:
        points: [T, 586, 3].
        confidence: [T, 586].
    """
    seen = (confidence[:, [_LEFT, _RIGHT, _LIP]] > 0).all(axis=1)
    face = points[seen].astype(np.float64)
    width = np.linalg.norm((face[:, _LEFT] - face[:, _RIGHT])[:, :2], axis=-1)
    depth = np.abs(0.5 * (face[:, _LEFT, 2] + face[:, _RIGHT, 2]) - face[:, _LIP, 2])
    kept = (depth > 0) & (width > 0)
    if not kept.any():
        return None
    unit = float(LIP_DEPTH * np.median(width[kept]) / np.median(depth[kept]))
    return unit if np.isfinite(unit) else None


def measure_aspect(points: Floats, confidence: Floats) -> float | None:
    """Height of the picture in widths, for x and y in shares of them, by the shape of the face; None without a face.

    Args:
        points: [T, 586, 3], y in picture heights, x and z in picture widths.
        confidence: [T, 586].
    """
    seen = (confidence[:, [_LEFT, _RIGHT, _TOP, _CHIN]] > 0).all(axis=1)
    face = points[seen].astype(np.float64)
    across, along = face[:, _LEFT] - face[:, _RIGHT], face[:, _TOP] - face[:, _CHIN]
    # Depth is in widths whatever the aspect, so a turned or nodding head keeps its size.
    width, deep, high = np.linalg.norm(across[:, [0, 2]], axis=-1), along[:, 2], np.abs(along[:, 1])
    square = (FACE_HEIGHT * width) ** 2 - deep**2 - along[:, 0] ** 2
    kept = (high > 0) & (square > 0)
    if not kept.any():
        return None
    aspect = float(np.median(np.sqrt(square[kept]) / high[kept]))
    return aspect if 0.0 < aspect < np.inf else None


def choose_unit(measured: float | None, said: tuple[float, ...]) -> float:
    """A unit that the file says, where it is within a quarter of the measured one, else the measured one.

    Args:
        measured: From `measure_depth_unit`.
        said: Candidates, the one to trust without a measurement first; none of them zero.
    """
    if measured is None:
        return said[0]
    nearest = min(said, key=lambda unit: abs(np.log(unit / measured)))
    return nearest if abs(np.log(nearest / measured)) < np.log(1.25) else measured


def lay_depth(
    points: Floats, landmarks: Floats, confidence: Floats, unit: float, *, world: bool
) -> tuple[Floats, float]:
    """The 50 keypoints with one depth for body and hands, in the unit of x.

    The body's depth is taken from the world landmarks if `world`, and in either case made smaller until nine of ten
    bones of the arms are no longer than `LONGEST_ARM_BONE`; each hand starts at the depth of its wrist.

    Args:
        points: [T, 50, 3] from `holistic.keypoints`.
        landmarks: [T, 586, 3] they were made of.
        confidence: [T, 50].
        unit: What one of z is in the unit of x.
        world: Whether the world landmarks say how deep the body is.

    Returns:
        [T, 50, 3], and the share of the body's depth that was kept.
    """
    out = points.astype(np.float64)
    body = slice(0, prompt2sign.HAND_BASE["left"])
    width = _shoulder_width(points, confidence)
    out[:, body, 2] = (_world_depth(landmarks, points, confidence) if world else out[:, body, 2]) * unit
    both: npt.NDArray[np.bool_] = np.all(confidence[:, _SHOULDER_POINTS] > 0, axis=1)
    middle = _filled(out[:, _SHOULDER_POINTS, 2].mean(axis=1), both, np.zeros(len(out)))
    kept = _believable_share(out, confidence, width)
    out[:, body, 2] = middle[:, None] + (out[:, body, 2] - middle[:, None]) * kept
    if not (world or landmarks[:, 0, 2].any()):  # the face's z has its own origin, so a nose made of it has no depth
        out[:, prompt2sign.NOSE, 2] = middle - _NOSE_AHEAD * width
    for side in ("left", "right"):
        hand, wrist = prompt2sign.hand_slice(side), prompt2sign.WRIST[side]
        own = (out[:, hand, 2] - out[:, hand, 2][:, :1]) * unit
        out[:, hand, 2] = _filled(out[:, wrist, 2], confidence[:, wrist] > 0, middle)[:, None] + own
    return np.where((confidence > 0)[..., None], out, 0.0).astype(np.float32), kept


def _shoulder_width(points: Floats, confidence: Floats) -> float:
    seen = (confidence[:, _SHOULDER_POINTS] > 0).all(axis=1)
    if not seen.any():
        return 0.0
    left, right = (points[seen, k, :2].astype(np.float64) for k in _SHOULDER_POINTS)
    return float(np.median(np.linalg.norm(left - right, axis=-1)))


def _world_depth(landmarks: Floats, points: Floats, confidence: Floats) -> npt.NDArray[np.float64]:
    """Depth of the body's keypoints from the world landmarks, for a person as wide as the picture's."""
    start = START["world"]
    left, right = (landmarks[:, start + k, :2].astype(np.float64) for k in _SHOULDER_LANDMARKS)
    wide = float(np.median(np.linalg.norm(left - right, axis=-1)))
    ratio = _shoulder_width(points, confidence) / wide if wide > 0 else 1.0
    names = ("NOSE", "", *(f"{side}_{joint}" for side in ("RIGHT", "LEFT") for joint in ("SHOULDER", "ELBOW", "WRIST")))
    deep = np.stack(
        [landmarks[:, start + BODY_NAMES.index(n), 2] if n else np.zeros(len(landmarks)) for n in names], axis=1
    ).astype(np.float64)  # [T, 8]
    deep[:, prompt2sign.NECK] = deep[:, _SHOULDER_POINTS].mean(axis=1)
    return deep * ratio


def _believable_share(points: npt.NDArray[np.float64], confidence: Floats, width: float) -> float:
    """The largest share, at most 1, of the depth with which nine of ten bones of the arms are short enough."""
    limits = []
    for side in ("left", "right"):
        chain = (prompt2sign.SHOULDER[side], prompt2sign.ELBOW[side], prompt2sign.WRIST[side])
        for a, b in itertools.pairwise(chain):
            seen = (confidence[:, a] > 0) & (confidence[:, b] > 0)
            bone = (points[seen, a] - points[seen, b]) / (width or 1.0)
            room = LONGEST_ARM_BONE**2 - (bone[:, :2] ** 2).sum(axis=-1)
            fits = (room > 0) & (np.abs(bone[:, 2]) > 0)
            limits.append(np.sqrt(room[fits]) / np.abs(bone[fits, 2]))
    together = np.concatenate(limits)
    return float(min(1.0, np.quantile(together, 0.1))) if together.size and width > 0 else 1.0


def _filled(
    values: npt.NDArray[np.float64], known: npt.NDArray[np.bool_], otherwise: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Values over time, interpolated where they are not known."""
    if not known.any():
        return otherwise
    times = np.arange(len(values))
    return np.interp(times, times[known], values[known])
