"""Keypoints to local rotations of the humanoid: the two entry points and the state between frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion import rotation
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm_bridge.retarget import arms, layout, limbs

Array = rotation.Array

_SHORTEST, _LONGEST = 0.001, 10.0
"""Metres; a bone outside them, or with a coordinate that is no number, has no direction."""
_FARTHEST: Final = 1e3
"""Metres; coordinates beyond count as unknown, so that no square overflows."""


@dataclass(frozen=True, eq=False)
class RetargetState:
    """What one frame leaves to the next: the last good value of everything that a frame can fail to say."""

    rotations: Array
    """[55, 4] rotations of the last frame, for continuous signs."""
    shoulders: Array
    """[3] unit direction from the right to the left shoulder."""
    nose: Array
    """[3] unit direction from neck to nose, in the space of the chest."""
    arms: arms.Arms


REST: Final = RetargetState(
    rotations=np.tile(rotation.IDENTITY, (len(humanoid.HUMANOID.joint_names), 1)),
    shoulders=np.array([1.0, 0.0, 0.0]),
    nose=rotation.normalize(layout.HEAD_FROM_NECK + layout.NOSE_FROM_HEAD),
    arms=arms.REST,
)
"""State before the first frame: what is never seen stays in the T-pose."""


def retarget(keypoints: npt.ArrayLike) -> Array:
    """Local rotations of the humanoid that reproduce keypoints, each frame by itself.

    The directions of arms and finger bones come out exactly, whatever the lengths; the palm fits its knuckles best.
    What keypoints do not say (legs, eyes, jaw, pitch of the trunk, roll of the head about the nose) stays at rest, and
    so does a bone whose keypoints are missing or coincide. Signs are not continued from frame to frame.

    Args:
        keypoints: Metres in the order of `prompt2sign.KEYPOINT_NAMES`, NaN where unknown, [..., K=50, 3].

    Returns:
        Unit quaternions xyzw of the bones of `humanoid.HUMANOID`, [..., J=55, 4].

    Raises:
        ValueError: The last two axes are not 50 keypoints in space.
    """
    return _solve(_checked(keypoints), REST).rotations


def retarget_frame(keypoints: npt.ArrayLike, state: RetargetState | None) -> tuple[Array, RetargetState]:
    """The next frame of a clip: as `retarget`, but signs continue, gaps hold the last good value, twists cannot flip.

    Args:
        keypoints: Metres, NaN where unknown, [K=50, 3].
        state: What the frame before returned; `None` for the first one.

    Returns:
        Unit quaternions xyzw [J=55, 4], and the state for the next frame.

    Raises:
        ValueError: The keypoints are not [50, 3].
    """
    keypoints = _checked(keypoints)
    if keypoints.ndim != 2:
        raise ValueError(f"expected the keypoints of one frame [K=50, 3], got {keypoints.shape}; use retarget")
    state = _solve(keypoints, state or REST)
    return state.rotations, state


def _checked(keypoints: npt.ArrayLike) -> Array:
    keypoints = np.asarray(keypoints, dtype=np.float64)
    if keypoints.shape[-2:] != (prompt2sign.COUNT, 3):
        raise ValueError(f"expected keypoints [..., K={prompt2sign.COUNT}, 3] in metres, got {keypoints.shape}")
    return np.where(np.abs(keypoints) < _FARTHEST, keypoints, np.nan)


def _solve(keypoints: Array, held: RetargetState) -> RetargetState:
    """One frame, or many that each follow `held`: the chest first, then what hangs on it, in its space."""
    right, left = prompt2sign.SHOULDER["right"], prompt2sign.SHOULDER["left"]
    line, known = _directions(keypoints[..., left, :] - keypoints[..., right, :])
    shoulders = np.where(known, line, held.shoulders)
    chest = limbs.swing_from_x(shoulders)
    keypoints = limbs.into(chest, keypoints)

    line, known = _directions(keypoints[..., prompt2sign.NOSE, :] - keypoints[..., prompt2sign.NECK, :])
    nose = np.where(known, line, held.nose)
    bones = (keypoints[..., layout.ENDS, :] - keypoints[..., layout.STARTS, :]) * layout.MIRROR
    local, both_arms = arms.solve(*_directions(bones), held.arms)

    rotations = np.empty((*keypoints.shape[:-2], *REST.rotations.shape))
    rotations[...] = rotation.IDENTITY
    rotations[..., layout.CHEST, :] = chest
    rotations[..., layout.HEAD, :] = limbs.head(nose)
    rotations[..., layout.ARM_BONES, :] = local * layout.MIRROR_ROTATION
    return RetargetState(rotation.continue_signs(rotations, held.rotations), shoulders, nose, both_arms)


def _directions(bones: Array) -> tuple[Array, Array]:
    """Unit directions of `bones` [..., 3], zero where there is none, and whether there is one, [..., 1]."""
    length = np.linalg.norm(bones, axis=-1, keepdims=True)
    known = (length > _SHORTEST) & (length < _LONGEST)
    return np.where(known, bones, 0.0) / np.where(known, length, 1.0), known
