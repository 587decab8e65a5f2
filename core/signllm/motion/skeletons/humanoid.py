"""The 55 humanoid bones of VRM 1.0 and the rest pose (T-pose) of this project's own signer.

Names, parents and the T-pose: VRMC_vrm-1.0, "humanoid" and "tpose": facing +Z, arms along X, palms down, four
fingers along X, thumb halfway between X and +Z. Lengths are this project's: a shoulder width of 0.36 m, the arm
of an adult 1.70 m tall, and a hand whose knuckles and phalanges follow published anthropometry to the millimetre.
Signing never moves the hips, so that the root stays where it rests.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeleton import Skeleton
from signllm.motion.skeletons import prompt2sign

SHOULDER_WIDTH: Final = 0.36
"""Metres between the two shoulder joints; locations of signs are given in this unit."""
SHOULDER_HEIGHT: Final = 1.38
"""Metres from the floor to the shoulder joints; the midpoint between them is the origin of keypoints."""
UPPER_ARM: Final = 0.28
FOREARM: Final = 0.25

# Hand, in the palm space of a right hand: +X to the thumb, +Y from the wrist to the middle knuckle, +Z out of the palm.
KNUCKLES: Final = {
    "index": (0.025, 0.092, 0.000),
    "middle": (0.003, 0.093, 0.002),
    "ring": (-0.017, 0.087, 0.000),
    "little": (-0.035, 0.077, -0.003),
}
PHALANGES: Final = {
    "thumb": (0.045, 0.034, 0.028),
    "index": (0.045, 0.026, 0.023),
    "middle": (0.050, 0.030, 0.024),
    "ring": (0.046, 0.029, 0.024),
    "little": (0.036, 0.021, 0.021),
}
"""Bone lengths from the palm to the tip; the thumb's first is its metacarpal."""
THUMB_ROOT: Final = (0.024, 0.022, 0.010)
FINGERS: Final = ("thumb", "index", "middle", "ring", "little")

_SEGMENTS = {"thumb": ("Metacarpal", "Proximal", "Distal")}
_FINGER_SEGMENTS = ("Proximal", "Intermediate", "Distal")
_MIDLINE: dict[str, tuple[str, tuple[float, float, float]]] = {
    "hips": ("", (0.0, 0.94, 0.0)),
    "spine": ("hips", (0.0, 1.03, -0.005)),
    "chest": ("spine", (0.0, 1.15, -0.010)),
    "upperChest": ("chest", (0.0, 1.27, -0.010)),
    "neck": ("upperChest", (0.0, 1.42, 0.0)),
    "head": ("neck", (0.0, 1.50, 0.020)),
    "jaw": ("head", (0.0, 1.535, 0.055)),
}
_LEFT: dict[str, tuple[str, tuple[float, float, float]]] = {
    "Eye": ("head", (0.032, 1.625, 0.110)),
    "UpperLeg": ("hips", (0.090, 0.900, 0.0)),
    "LowerLeg": ("leftUpperLeg", (0.090, 0.490, 0.005)),
    "Foot": ("leftLowerLeg", (0.090, 0.080, -0.015)),
    "Toes": ("leftFoot", (0.090, 0.020, 0.110)),
    "Shoulder": ("upperChest", (0.030, 1.390, 0.010)),
    "UpperArm": ("leftShoulder", (0.5 * SHOULDER_WIDTH, SHOULDER_HEIGHT, 0.0)),
    "LowerArm": ("leftUpperArm", (0.5 * SHOULDER_WIDTH + UPPER_ARM, SHOULDER_HEIGHT, 0.0)),
    "Hand": ("leftLowerArm", (0.5 * SHOULDER_WIDTH + UPPER_ARM + FOREARM, SHOULDER_HEIGHT, 0.0)),
}
NOSE_TIP: Final = (0.0, SHOULDER_HEIGHT + 0.58 * SHOULDER_WIDTH, 0.46 * SHOULDER_WIDTH)


def finger_bones(side: str, finger: str) -> tuple[str, str, str]:
    """Names of a finger's three bones, from the palm outwards."""
    name = f"{side}{finger.capitalize()}"
    first, second, third = _SEGMENTS.get(finger, _FINGER_SEGMENTS)
    return name + first, name + second, name + third


def palm_to_rest(v: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Vectors of a *right* palm space as they lie in the T-pose: Y along -X, the thumb's X along +Z, palm down."""
    x, y, z = np.moveaxis(np.asarray(v, dtype=np.float64), -1, 0)
    return np.stack([-y, -z, x], axis=-1)


def _hand_chain(finger: str) -> npt.NDArray[np.float64]:
    """[4, 3] rest positions of one finger of the right hand in its palm space, tip included."""
    straight = np.array([0.0, 1.0, 0.0])
    if finger == "thumb":
        straight = np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0])
    root = np.array(THUMB_ROOT if finger == "thumb" else KNUCKLES[finger])
    reach = np.concatenate([[0.0], np.cumsum(PHALANGES[finger])])
    return np.asarray(root + reach[:, None] * straight)


def _build() -> tuple[Skeleton, dict[str, tuple[str, npt.NDArray[np.float64]]]]:
    flip = {"right": np.array([-1.0, 1.0, 1.0]), "left": np.array([1.0, 1.0, 1.0])}
    rest: dict[str, tuple[str, npt.NDArray[np.float64]]] = {
        name: (parent, np.array(at)) for name, (parent, at) in _MIDLINE.items()
    }
    tips: dict[str, tuple[str, npt.NDArray[np.float64]]] = {}
    for side in ("left", "right"):
        for name, (parent, at) in _LEFT.items():
            rest[side + name] = (parent.replace("left", side), np.array(at) * flip[side])
        for finger in FINGERS:
            chain = palm_to_rest(_hand_chain(finger)) * (flip["right"] * flip[side])
            chain = chain + rest[f"{side}Hand"][1]
            parent = f"{side}Hand"
            for bone, at in zip(finger_bones(side, finger), chain, strict=False):
                rest[bone] = (parent, at)
                parent = bone
            tips[f"{side}_hand_{finger}4"] = (parent, chain[3] - chain[2])
    names = tuple(rest)
    offsets = np.array([at - (rest[parent][1] if parent else 0.0) for parent, at in rest.values()])
    parents = tuple(names.index(parent) if parent else -1 for parent, _ in rest.values())
    return Skeleton("vrm_humanoid", names, parents, offsets), tips


def _keypoint_sites() -> dict[str, tuple[str, npt.NDArray[np.float64]]]:
    sites = {
        "nose": ("head", np.array(NOSE_TIP) - np.array(_MIDLINE["head"][1])),
        "neck": ("upperChest", np.array([0.0, SHOULDER_HEIGHT, 0.0]) - np.array(_MIDLINE["upperChest"][1])),
    }
    for side in ("right", "left"):
        for part, bone in (("shoulder", "UpperArm"), ("elbow", "LowerArm"), ("wrist", "Hand")):
            sites[f"{side}_{part}"] = (side + bone, np.zeros(3))
        sites[f"{side}_hand_base"] = (f"{side}Hand", np.zeros(3))
        for finger in FINGERS:
            for k, bone in enumerate(finger_bones(side, finger), 1):
                sites[f"{side}_hand_{finger}{k}"] = (bone, np.zeros(3))
    return sites | _TIPS


HUMANOID, _TIPS = _build()
"""55 bones in T-pose."""
_SITES = _keypoint_sites()
KEYPOINT_BONES: npt.NDArray[np.intp] = np.array(
    [HUMANOID.index[_SITES[name][0]] for name in prompt2sign.KEYPOINT_NAMES]
)
"""Bone that carries each of the 50 keypoints."""
KEYPOINT_OFFSETS: npt.NDArray[np.float64] = np.array([_SITES[name][1] for name in prompt2sign.KEYPOINT_NAMES])
"""[50, 3], metres, from that bone to the keypoint in the rest pose."""
