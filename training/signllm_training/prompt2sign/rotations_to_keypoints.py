"""From local rotations of SMPL-X to the 50 keypoints, by forward kinematics over this project's own skeleton.

SMPL-X's bone lengths are licensed, and this project has none of them. Its 55 joints are, one for one, the 55 bones of
the humanoid of `signllm.motion`, both rest in a T-pose that faces +Z with axes along the world's, so that the rotations
carry over and the lengths are this project's: 0.36 m between the shoulders. The nose and the finger tips, which are no
joints, come from the humanoid too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion import rotation
from signllm.motion.kinematics import humanoid_keypoints, local_to_world
from signllm.motion.skeletons import humanoid, smplx
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import Floats

Array = rotation.Array

_BODY: Final = {
    **{"pelvis": "hips", "spine1": "spine", "spine2": "chest", "spine3": "upperChest"},
    **{"neck": "neck", "head": "head", "jaw": "jaw"},
}
_SIDED: Final = {
    **{"hip": "UpperLeg", "knee": "LowerLeg", "ankle": "Foot", "foot": "Toes", "collar": "Shoulder"},
    **{"shoulder": "UpperArm", "elbow": "LowerArm", "wrist": "Hand", "eye": "Eye"},
}


def _bone_of(joint: str) -> str:
    if joint in _BODY:
        return _BODY[joint]
    side, _, part = joint.partition("_")
    if part in _SIDED:
        return side + _SIDED[part]
    finger = part[:-1].replace("pinky", "little")
    return humanoid.finger_bones(side, finger)[int(part[-1]) - 1]


BONES: Final = tuple(_bone_of(joint) for joint in smplx.JOINT_NAMES)
"""The humanoid bone of each of the 55 joints of SMPL-X."""
_ORDER: Final = np.argsort([humanoid.HUMANOID.index[bone] for bone in BONES])
_CHEST: Final = humanoid.HUMANOID.index["upperChest"]


def smplx_to_humanoid(rotvec: npt.ArrayLike) -> Array:
    """Local rotations of the humanoid that make the same pose.

    Args:
        rotvec: Axis times angle in radians of the 55 joints of SMPL-X, relative to their parents, [..., 55, 3]; hands
            absolute (`flat_hand_mean`), not relative to the model's mean hand.

    Returns:
        Unit quaternions xyzw, [..., 55, 4].

    Raises:
        DataError: Another number of joints.
    """
    rotvec = np.asarray(rotvec, dtype=np.float64)
    if rotvec.shape[-2:] != (len(BONES), 3):
        raise DataError(f"expected rotations [..., {len(BONES)}, 3], got {rotvec.shape}")
    return rotation.rotvec_to_quat(rotvec[..., _ORDER, :])


def rotations_to_keypoints(rotvec: npt.ArrayLike) -> Floats:
    """The 50 keypoints of a clip, whose signer faces the viewer on the whole.

    Cameras and worlds differ between sources (y down and z away in one, z up in another), and none says where the
    signer faces. So the clip's mean orientation of the upper chest is taken out; what it sways and turns around that
    mean stays.

    Args:
        rotvec: Axis times angle in radians, [T, 55, 3], as in `smplx_to_humanoid`.

    Returns:
        Metres, [T, 50, 3], x to the signer's left, y up, z the way the signer faces.
    """
    local = smplx_to_humanoid(rotvec)
    away = rotation.inverse(mean_rotation(local_to_world(local, humanoid.HUMANOID)[..., _CHEST, :]))
    local[..., 0, :] = rotation.multiply(away, local[..., 0, :])
    return humanoid_keypoints(local).astype(np.float32)


def mean_rotation(quats: npt.ArrayLike) -> Array:
    """The rotation nearest to all of [N, 4] in the sum of squares, whatever their signs.

    Source: Markley et al. 2007, "Averaging Quaternions": the largest eigenvector of the sum of outer products.
    """
    quats = np.asarray(quats, dtype=np.float64).reshape(-1, 4)
    return np.asarray(np.linalg.eigh(quats.T @ quats)[1][:, -1])
