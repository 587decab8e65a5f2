"""Writes the 50 keypoints of a clip as `.pose` v0.2, which `readers.pose` reads back exactly.

The components are this project's own (`pose_profile`); viewers of the format draw them. An observation is written in
its source's numbers. A standard clip is written as a picture would show it, 1024 to the metre, y down, z away from the
viewer: a power of two and signs, so nothing is rounded. Its origin stays between the shoulders; to look at it, move it
into the picture with `Pose.focus()` of `pose-format`.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Final

import numpy as np

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError, MissingToolError
from signllm_training.prompt2sign.pose_profile import PARTS, Space, write_space
from signllm_training.prompt2sign.sample import Floats, Observation
from signllm_training.prompt2sign.standard import StandardClip

PER_METRE: Final = 1024.0
_COLOURS: Final = {"SIGNLLM_BODY": (60, 60, 60), "SIGNLLM_LEFT_HAND": (0, 110, 200), "SIGNLLM_RIGHT_HAND": (200, 80, 0)}
_LARGEST_SIDE: Final = 65535


def write_pose(clip: Observation | StandardClip, path: Path) -> None:
    """Write a clip.

    Exact: coordinates where a keypoint is known, confidences, frames per second, axes, unit, depth and, for a standard
    clip, its placement. A missing keypoint is written as zeros with confidence 0.

    Raises:
        DataError: A known keypoint has confidence 0, which the format has no way to say, or a number is too large.
        MissingToolError: `pose-format` is not installed.
    """
    path.write_bytes(encode_pose(clip))


def encode_pose(clip: Observation | StandardClip) -> bytes:
    """The bytes that `write_pose` writes."""
    if isinstance(clip, StandardClip):
        if (clip.mask & ~(clip.confidence > 0)).any():
            raise DataError("a known keypoint has confidence 0, which a .pose file would turn into a missing one")
        space = Space((1, 1, 1), "metre", clip.depth, clip.fps, PER_METRE, (1, -1, -1), clip.placement)
        known = clip.mask
    else:
        space = Space(clip.axes, clip.unit, clip.depth, clip.fps)
        known = clip.confidence > 0
    points = space.to_file(np.where(known[..., None], clip.points, np.float32(0)))
    return _encode(points, np.where(known, clip.confidence, np.float32(0)), space)


def _encode(points: Floats, confidence: Floats, space: Space) -> bytes:
    try:
        from pose_format import Pose  # type: ignore[import-untyped,unused-ignore]
        from pose_format.numpy import NumPyPoseBody  # type: ignore[import-untyped,unused-ignore]
        from pose_format.pose_header import (  # type: ignore[import-untyped,unused-ignore]
            PoseHeader,
            PoseHeaderComponent,
            PoseHeaderDimensions,
        )
    except ImportError as error:
        raise MissingToolError("writing .pose needs pose-format: pip install 'signllm[data]'") from error
    parts = [
        PoseHeaderComponent(
            part, [prompt2sign.KEYPOINT_NAMES[k] for k in keypoints], _limbs(keypoints), [_COLOURS[part]], "XYZC"
        )
        for part, keypoints in PARTS.items()
    ]
    parts.append(PoseHeaderComponent(write_space(space), [], [], [], "XYZC"))
    sides = np.ptp(points.reshape(-1, 3).astype(np.float64), axis=0)
    width, height, depth = (min(max(math.ceil(side), 1), _LARGEST_SIDE) for side in sides)
    body = NumPyPoseBody(space.fps, points[:, None], confidence[:, None])
    buffer = io.BytesIO()
    Pose(PoseHeader(0.2, PoseHeaderDimensions(width, height, depth), parts), body).write(buffer)
    return buffer.getvalue()


def _limbs(keypoints: range) -> list[tuple[int, int]]:
    """Limbs within a component; the format has none between components."""
    first = keypoints.start
    return [(a - first, b - first) for a, b in prompt2sign.LIMBS if a in keypoints and b in keypoints]
