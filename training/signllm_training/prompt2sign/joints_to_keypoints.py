"""From the joints of a motion-captured rig to the 50 keypoints, in the rig's own lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion import rotation
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.joint_names import Rig, find_joints
from signllm_training.prompt2sign.sample import Observation

Array = rotation.Array
Known = npt.NDArray[np.bool_]

GUESSED: Final = 0.5
"""Confidence of a finger tip that the rig does not have, laid out along its finger."""
_TIP_LENGTH: Final = 0.8
"""Of the last bone of a finger relative to the one before; the humanoid's fingers have 0.78 to 1."""
_NOSE: Final = (np.array(humanoid.NOSE_TIP) - humanoid.HUMANOID.rest_positions[humanoid.HUMANOID.index["head"]]) / (
    humanoid.SHOULDER_WIDTH
)
"""From the head joint to the tip of the nose, in shoulder widths: left, up, forward."""
_AXES: Final = np.concatenate([np.eye(3), -np.eye(3)])


@dataclass(frozen=True, eq=False)
class MovingJoints:
    """A rig over time, in any coordinate space whose axes are right-handed and one of which points up or down."""

    names: tuple[str, ...]
    """J names."""
    positions: Array
    """[T, J, 3]; a frame with a value that is not finite is missing."""
    turns: Array
    """[T, J, 4] rotations since the rest pose, xyzw, in the space of `positions`."""
    rest: Array
    """[J, 3] positions in the rest pose."""
    ends: Array
    """[T, J, 3] where the bone of a joint ends; NaN where nothing is known of it."""
    ends_measured: bool = True
    """Whether the file says these ends; else they are an importer's guess."""


def joints_to_keypoints(moving: MovingJoints, fps: float) -> tuple[Observation, str]:
    """Keypoints of a rig, and the style of its names.

    The clip is turned as a whole so that up is y and the shoulders lie, on the whole, along x: rigs stand in worlds
    where any way may be forward. What the signer leans and turns stays. The neck is the middle between the shoulders;
    the nose hangs on the head joint as it does on this project's humanoid, in the rig's shoulder widths.

    Raises:
        DataError: The rig's names are not known, no frame is whole, or the signer has no width.
    """
    rig = find_joints(moving.names)
    # NaN compares as false.
    usual = np.asarray(
        (np.abs(moving.positions) < 1e9).all(axis=(1, 2)) & (np.abs(moving.turns) < 2.0).all(axis=(1, 2))
    )
    if not usual.any():
        raise DataError("no frame holds finite numbers alone")
    positions, ends = moving.positions[usual], moving.ends[usual]
    points = np.full((len(positions), prompt2sign.COUNT, 3), np.nan)
    certain = np.ones(prompt2sign.COUNT)
    for k, name in enumerate(prompt2sign.KEYPOINT_NAMES):
        joint = rig.joints.get(name.replace("_hand_base", "_wrist"))
        if joint is not None:
            points[:, k] = positions[:, joint]
    points[:, prompt2sign.NECK] = points[:, list(prompt2sign.SHOULDER.values())].mean(axis=1)
    for side in ("left", "right"):
        _add_tips(points, certain, rig, ends, 1.0 if moving.ends_measured else GUESSED, side)
    axes = _viewer_axes(points, positions, rig)
    _add_nose(points, positions, moving, usual, rig)
    return _observation(points @ axes.T, certain, usual, fps), rig.style


def _add_tips(points: Array, certain: Array, rig: Rig, ends: Array, confidence: float, side: str) -> None:
    """Fill the tips that are no joints: the end of the last bone, or as far as fingers usually go."""
    first = prompt2sign.HAND_BASE[side] + 1
    for finger in range(len(prompt2sign.FINGERS)):
        *_, before, last, tip = range(first + 4 * finger, first + 4 * finger + 4)
        joint = rig.joints.get(prompt2sign.KEYPOINT_NAMES[last])
        if joint is None or prompt2sign.KEYPOINT_NAMES[tip] in rig.joints:
            continue
        bone = points[:, last] - points[:, before]
        reach = np.linalg.norm(ends[:, joint] - points[:, last], axis=-1)
        length = np.linalg.norm(bone, axis=-1)
        # An end at the joint itself is an exporter's empty place; one beyond two bones, an importer's guess.
        if ((reach > 0.1 * length) & (reach < 2.0 * length)).all():
            points[:, tip], certain[tip] = ends[:, joint], confidence
        else:
            points[:, tip] = points[:, last] + _TIP_LENGTH * bone
            certain[tip] = GUESSED


def _viewer_axes(points: Array, positions: Array, rig: Rig) -> Array:
    """[3, 3] rows: the signer's left, up and forward, whose mean over the clip they are, up along an axis of space."""
    left_shoulder, right_shoulder = (points[:, prompt2sign.SHOULDER[side]] for side in ("left", "right"))
    across = (left_shoulder - right_shoulder).mean(axis=0)
    middle = 0.5 * (left_shoulder + right_shoulder)
    if "hips" in rig.joints:
        rise = middle - positions[:, rig.joints["hips"]]
    elif "head" in rig.joints:
        rise = positions[:, rig.joints["head"]] - middle
    else:  # hands hang below shoulders more than they are raised
        rise = middle - 0.5 * (points[:, prompt2sign.WRIST["left"]] + points[:, prompt2sign.WRIST["right"]])
    up = _AXES[np.argmax(_AXES @ rise.mean(axis=0))]
    left = across - (across @ up) * up
    if np.linalg.norm(left) < 0.1 * np.linalg.norm(across) or not np.linalg.norm(across) > 0.0:
        raise DataError("the signer's shoulders have no left and right: they are in one place, or one above the other")
    left = rotation.normalize(left)
    return np.stack([left, up, rotation.cross(left, up)])


def _add_nose(points: Array, positions: Array, moving: MovingJoints, usual: Known, rig: Rig) -> None:
    """Hang the nose on the head joint: left, up and forward are those of the rest pose, turned with the head."""
    if not {"head", "hips"} <= rig.joints.keys():
        return
    left, right, head, hips = (
        moving.rest[rig.joints[name]] for name in ("left_shoulder", "right_shoulder", "head", "hips")
    )
    across, rise = left - right, rotation.normalize(head - hips)
    y = _AXES[np.argmax(_AXES @ rise)]
    x = rotation.normalize(across - (across @ y) * y)
    # A rest pose that is no body, as some exporters write, has no forward; then the nose is not known.
    if rise @ y < 0.8 or x @ across < 0.8 * np.linalg.norm(across) or not x.any():
        return
    width = np.linalg.norm(across)
    offset = width * _NOSE @ np.stack([x, y, rotation.cross(x, y)])
    turn = moving.turns[usual][:, rig.joints["head"]]
    points[:, prompt2sign.NOSE] = positions[:, rig.joints["head"]] + rotation.rotate(turn, offset)


def _observation(points: Array, certain: Array, usual: Known, fps: float) -> Observation:
    known: Known = np.asarray(np.isfinite(points).all(axis=-1))
    every = np.zeros((len(usual), prompt2sign.COUNT, 3), np.float32)
    confidence = np.zeros((len(usual), prompt2sign.COUNT), np.float32)
    every[usual] = np.where(known[..., None], points, 0.0)
    confidence[usual] = np.where(known, certain, 0.0)
    return Observation(every, confidence, fps, (1, 1, 1), "arbitrary", "measured")
