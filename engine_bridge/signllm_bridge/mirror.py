"""Left-handed signing: what one frame shows, seen in the sagittal mirror x -> -x. The text stays as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.face import FaceFrame
from signllm.motion import rotation
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.motion.skeletons.prompt2sign import KEYPOINT_NAMES


def _other_side(name: str) -> str:
    """`right_wrist` for `left_wrist`, `jawRight` for `jawLeft`; a name without a side stays."""
    for left, right in (("left", "right"), ("Left", "Right")):
        if left in name:
            return name.replace(left, right)
        if right in name:
            return name.replace(right, left)
    return name


_KEYPOINTS: Final = [KEYPOINT_NAMES.index(_other_side(name)) for name in KEYPOINT_NAMES]
_WEIGHTS: Final = [FACE_NAMES.index(_other_side(name)) for name in FACE_NAMES]
_FLIP: Final = np.array([-1.0, 1.0, 1.0], dtype=np.float32)


def mirror_keypoints(keypoints: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """[..., K=50, 3] with the sides swapped and x turned round."""
    mirrored: npt.NDArray[np.float32] = keypoints[..., _KEYPOINTS, :] * _FLIP
    return mirrored


def mirror_face(face: FaceFrame) -> FaceFrame:
    """The face that looks and turns to the other side."""
    return replace(face, weights=face.weights[_WEIGHTS], head=rotation.mirror(face.head))
