"""Forward kinematics against the plainest loop, and what the humanoid's keypoints are."""

from __future__ import annotations

import numpy as np
import pytest

from signllm.motion import kinematics, rotation
from signllm.motion.skeleton import Skeleton
from signllm.motion.skeletons import humanoid, prompt2sign
from tests.strategies import Array, random_poses, random_quaternions, random_skeleton

RNG_SEED = 7
AT_REST = np.tile(rotation.IDENTITY, (55, 1))
KEYPOINT = {name: k for k, name in enumerate(prompt2sign.KEYPOINT_NAMES)}


def walk(local: Array, skeleton: Skeleton, root: Array) -> tuple[Array, Array]:
    """Joint by joint, with rotation matrices, as a textbook does it."""
    positions, matrices = np.zeros((len(local), 3)), np.zeros((len(local), 3, 3))
    for j, p in enumerate(skeleton.parents):
        own = rotation.quat_to_matrix(local[j])
        matrices[j] = own if p < 0 else matrices[p] @ own
        positions[j] = root if p < 0 else positions[p] + matrices[p] @ skeleton.rest_offsets[j]
    return positions, matrices


@pytest.mark.parametrize("joints", [1, 2, 12, 40])
def test_forward_kinematics_equals_a_walk_down_the_tree(joints: int) -> None:
    rng = np.random.default_rng(joints)
    skeleton, root = random_skeleton(rng, joints), rng.normal(size=3)
    local = random_quaternions(rng, joints)
    positions, world = kinematics.forward_kinematics(local, skeleton, root)
    expected, matrices = walk(local, skeleton, root)
    np.testing.assert_allclose(positions, expected, atol=1e-12)
    np.testing.assert_allclose(rotation.quat_to_matrix(world), matrices, atol=1e-12)


def test_local_and_world_rotations_are_inverse_to_each_other() -> None:
    rng = np.random.default_rng(RNG_SEED)
    skeleton = random_skeleton(rng, 25)
    local = random_quaternions(rng, 4, 25)
    world = kinematics.local_to_world(local, skeleton)
    np.testing.assert_allclose(kinematics.world_to_local(world, skeleton), local, atol=1e-12)


def test_a_batch_of_poses_equals_a_loop_over_them() -> None:
    rng = np.random.default_rng(RNG_SEED)
    skeleton = random_skeleton(rng, 8)
    local, root = random_quaternions(rng, 2, 3, 8), rng.normal(size=(2, 3, 3))
    positions, _ = kinematics.forward_kinematics(local, skeleton, root)
    for i in np.ndindex(2, 3):
        np.testing.assert_allclose(positions[i], kinematics.forward_kinematics(local[i], skeleton, root[i])[0])


def test_bones_keep_their_lengths_in_every_pose() -> None:
    rng = np.random.default_rng(RNG_SEED)
    skeleton = random_skeleton(rng, 20)
    positions, _ = kinematics.forward_kinematics(random_quaternions(rng, 5, 20), skeleton)
    bones = positions[:, 1:] - positions[:, list(skeleton.parents[1:])]
    lengths = np.broadcast_to(np.linalg.norm(skeleton.rest_offsets[1:], axis=-1), (5, 19))
    np.testing.assert_allclose(np.linalg.norm(bones, axis=-1), lengths)


def test_without_rotation_joints_are_where_they_rest() -> None:
    positions, world = kinematics.forward_kinematics(AT_REST, humanoid.HUMANOID)
    np.testing.assert_allclose(positions, humanoid.HUMANOID.rest_positions, atol=1e-15)
    np.testing.assert_array_equal(world, AT_REST)


def test_a_wrong_number_of_joints_is_named_with_the_right_one() -> None:
    with pytest.raises(ValueError, match=r"vrm_humanoid: expected rotations \[..., J=55, 4\], got \(52, 4\)"):
        kinematics.local_to_world(np.zeros((52, 4)), humanoid.HUMANOID)


def test_keypoints_start_from_the_midpoint_of_the_shoulders() -> None:
    keypoints = kinematics.humanoid_keypoints(AT_REST)
    np.testing.assert_allclose(keypoints[prompt2sign.NECK], 0.0, atol=1e-12)
    half = 0.5 * humanoid.SHOULDER_WIDTH
    np.testing.assert_allclose(keypoints[prompt2sign.SHOULDER["left"]], [half, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(keypoints[prompt2sign.SHOULDER["right"]], [-half, 0.0, 0.0], atol=1e-12)


def test_the_nose_is_above_and_in_front_of_the_shoulders() -> None:
    nose = kinematics.humanoid_keypoints(AT_REST)[prompt2sign.NOSE]
    assert nose[0] == 0.0 and nose[1] > 0.1 and nose[2] > 0.05


def test_arm_and_hand_have_the_lengths_of_the_constants_to_the_finger_tips() -> None:
    keypoints = kinematics.humanoid_keypoints(random_poses(np.random.default_rng(RNG_SEED), 20))

    def length(a: str, b: str) -> Array:
        return np.asarray(np.linalg.norm(keypoints[:, KEYPOINT[b]] - keypoints[:, KEYPOINT[a]], axis=-1))

    for side in ("left", "right"):
        np.testing.assert_allclose(length(f"{side}_shoulder", f"{side}_elbow"), humanoid.UPPER_ARM)
        np.testing.assert_allclose(length(f"{side}_elbow", f"{side}_wrist"), humanoid.FOREARM)
        np.testing.assert_allclose(length(f"{side}_wrist", f"{side}_hand_base"), 0.0, atol=1e-12)
        for finger, bones in humanoid.PHALANGES.items():
            for k, bone in enumerate(bones, 1):
                ends = f"{side}_hand_{finger}{k}", f"{side}_hand_{finger}{k + 1}"
                np.testing.assert_allclose(length(*ends), bone)


def test_mirrored_rotations_give_mirrored_keypoints() -> None:
    local = random_poses(np.random.default_rng(RNG_SEED), 3)
    swap = {"left": "right", "right": "left"}

    def other(name: str) -> str:
        side = next((s for s in swap if name.startswith(s)), None)
        return name if side is None else swap[side] + name.removeprefix(side)

    bones = [humanoid.HUMANOID.index[other(name)] for name in humanoid.HUMANOID.joint_names]
    points = [KEYPOINT[other(name)] for name in prompt2sign.KEYPOINT_NAMES]
    mirrored = kinematics.humanoid_keypoints(rotation.mirror(local)[:, bones])
    np.testing.assert_allclose(mirrored, kinematics.humanoid_keypoints(local)[:, points] * [-1, 1, 1], atol=1e-12)


@pytest.mark.parametrize(
    ("bone", "axis", "angle", "point", "moves"),
    [
        ("leftUpperArm", [0, 0, 1], -1.2, "left_wrist", [-1, -1, 0]),  # lower the arm: in and down
        ("leftLowerArm", [0, 1, 0], -1.2, "left_wrist", [-1, 0, 1]),  # bend the elbow: in and forward
        ("leftIndexProximal", [0, 0, 1], -1.2, "left_hand_index4", [-1, -1, 0]),  # bend the finger: to the palm
        ("rightIndexProximal", [0, 0, 1], 1.2, "right_hand_index4", [1, -1, 0]),
        ("head", [0, 1, 0], 0.5, "nose", [1, 0, -1]),  # look to the signer's left
    ],
)
def test_single_rotations_move_keypoints_the_way_a_body_does(
    bone: str, axis: list[int], angle: float, point: str, moves: list[int]
) -> None:
    local = AT_REST.copy()
    local[humanoid.HUMANOID.index[bone]] = rotation.axis_angle_to_quat(axis, angle)
    moved = kinematics.humanoid_keypoints(local) - kinematics.humanoid_keypoints(AT_REST)
    np.testing.assert_array_equal(np.sign(np.round(moved[KEYPOINT[point]], 9)), moves)
