"""Forward kinematics and the step between local and world rotations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from signllm.motion import rotation
from signllm.motion.skeleton import Skeleton
from signllm.motion.skeletons import humanoid


def local_to_world(local: npt.ArrayLike, skeleton: Skeleton) -> rotation.Array:
    """World rotations of every joint.

    Args:
        local: Unit quaternions xyzw relative to the parent joint, [..., J, 4].
        skeleton: The tree.

    Returns:
        Unit quaternions xyzw, [..., J, 4].
    """
    local = _checked(local, skeleton)
    world = local.copy()
    parents = np.array(skeleton.parents)
    for joints in skeleton.levels[1:]:
        world[..., joints, :] = rotation.multiply(world[..., parents[joints], :], local[..., joints, :])
    return world


def world_to_local(world: npt.ArrayLike, skeleton: Skeleton) -> rotation.Array:
    """Inverse of `local_to_world`, [..., J, 4] -> [..., J, 4]."""
    world = _checked(world, skeleton)
    parents = np.array(skeleton.parents[1:])
    local = world.copy()
    local[..., 1:, :] = rotation.multiply(rotation.inverse(world[..., parents, :]), world[..., 1:, :])
    return local


def forward_kinematics(
    local: npt.ArrayLike, skeleton: Skeleton, root: npt.ArrayLike | None = None
) -> tuple[rotation.Array, rotation.Array]:
    """Joint positions and world rotations of a pose.

    Args:
        local: Unit quaternions xyzw relative to the parent joint, [..., J, 4].
        skeleton: The tree and its bone lengths.
        root: Position of the root joint in metres, [..., 3]; its rest position when absent.

    Returns:
        Positions [..., J, 3] in metres and world rotations [..., J, 4].
    """
    local = _checked(local, skeleton)
    world = local_to_world(local, skeleton)
    positions = np.zeros((*local.shape[:-1], 3))
    positions[..., 0, :] = skeleton.rest_offsets[0] if root is None else np.asarray(root)
    parents = np.array(skeleton.parents)
    for joints in skeleton.levels[1:]:
        up = parents[joints]
        positions[..., joints, :] = positions[..., up, :] + rotation.rotate(
            world[..., up, :], skeleton.rest_offsets[joints]
        )
    return positions, world


def humanoid_keypoints(local: npt.ArrayLike) -> rotation.Array:
    """The 50 keypoints of Prompt2Sign on this project's humanoid.

    Args:
        local: Local rotations xyzw of the 55 humanoid bones, [..., 55, 4].

    Returns:
        Metres from the midpoint of the shoulder joints, [..., 50, 3].
    """
    positions, world = forward_kinematics(local, humanoid.HUMANOID)
    bones = humanoid.KEYPOINT_BONES
    keypoints = positions[..., bones, :] + rotation.rotate(world[..., bones, :], humanoid.KEYPOINT_OFFSETS)
    return np.asarray(keypoints - np.array([0.0, humanoid.SHOULDER_HEIGHT, 0.0]))


def _checked(q: npt.ArrayLike, skeleton: Skeleton) -> rotation.Array:
    q = np.asarray(q, dtype=np.float64)
    joints = len(skeleton.joint_names)
    if q.shape[-2:] != (joints, 4):
        raise ValueError(f"{skeleton.name}: expected rotations [..., J={joints}, 4], got {q.shape}")
    return q
