"""Skeletons: what tables are accepted, and what the tables that ship say."""

from __future__ import annotations

import numpy as np
import pytest

from signllm.motion.skeleton import Skeleton
from signllm.motion.skeletons import arkit, humanoid, prompt2sign, smplx
from tests.strategies import random_skeleton

REST = dict(zip(humanoid.HUMANOID.joint_names, humanoid.HUMANOID.rest_positions, strict=True))


def skeleton(names: tuple[str, ...], parents: tuple[int, ...], bones: int | None = None) -> Skeleton:
    return Skeleton("test", names, parents, np.zeros((len(names) if bones is None else bones, 3)))


def test_counts_that_differ_are_rejected_with_all_three() -> None:
    with pytest.raises(ValueError, match=r"2 names, 2 parents and offsets \(3, 3\)"):
        skeleton(("a", "b"), (-1, 0), bones=3)


@pytest.mark.parametrize("parents", [(0, 0), (-1, 1), (-1, 2), (-1, -1)])
def test_a_child_before_its_parent_is_rejected(parents: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="parents must come before their children"):
        skeleton(("a", "b"), parents)


def test_two_joints_of_one_name_are_rejected() -> None:
    with pytest.raises(ValueError, match="joint names must be unique"):
        skeleton(("a", "a"), (-1, 0))


def test_the_index_finds_every_joint() -> None:
    tree = random_skeleton(np.random.default_rng(0), 9)
    assert [tree.index[name] for name in tree.joint_names] == list(range(9))


def test_levels_hold_every_joint_once_and_below_its_parent() -> None:
    tree = random_skeleton(np.random.default_rng(1), 30)
    depth = {int(j): d for d, level in enumerate(tree.levels) for j in level}
    assert sorted(depth) == list(range(30))
    assert all(depth[j] == depth[p] + 1 for j, p in enumerate(tree.parents) if p >= 0)


def test_the_humanoid_has_the_55_bones_of_vrm_in_its_own_spelling() -> None:
    names = humanoid.HUMANOID.joint_names
    assert len(names) == 55
    assert {"hips", "upperChest", "jaw", "leftThumbMetacarpal", "rightLittleDistal", "leftToes"} <= set(names)


def test_the_humanoid_rests_in_a_t_pose_that_faces_plus_z() -> None:
    assert REST["leftToes"][2] > REST["leftFoot"][2]
    assert REST["leftEye"][2] > REST["head"][2]
    arm = [REST[f"left{bone}"] for bone in ("UpperArm", "LowerArm", "Hand")]
    np.testing.assert_allclose([p[1:] for p in arm], [arm[0][1:]] * 3)
    assert arm[0][0] < arm[1][0] < arm[2][0]


def test_fingers_rest_along_x_and_the_thumb_halfway_to_plus_z() -> None:
    for finger in humanoid.FINGERS:
        first, _, third = (REST[name] for name in humanoid.finger_bones("left", finger))
        expected = [np.sqrt(0.5), 0.0, np.sqrt(0.5)] if finger == "thumb" else [1.0, 0.0, 0.0]
        np.testing.assert_allclose((third - first) / np.linalg.norm(third - first), expected, atol=1e-12)


def test_the_palm_faces_down_and_the_index_is_in_front() -> None:
    knuckles = [REST[f"left{finger}Proximal"] for finger in ("Index", "Middle", "Ring", "Little")]
    assert np.all(np.diff([p[2] for p in knuckles]) < 0.0)
    # +Z of the right palm space comes out of the palm.
    np.testing.assert_array_equal(humanoid.palm_to_rest([0.0, 0.0, 1.0]), [0.0, -1.0, 0.0])


def test_left_and_right_of_the_humanoid_mirror_each_other() -> None:
    for name, at in REST.items():
        other = name.replace("left", "right") if name.startswith("left") else name.replace("right", "left")
        np.testing.assert_allclose(REST[other], at * [-1.0, 1.0, 1.0], atol=1e-15, err_msg=name)


def test_the_shoulders_are_where_the_constants_say() -> None:
    width = REST["leftUpperArm"] - REST["rightUpperArm"]
    np.testing.assert_allclose(width, [humanoid.SHOULDER_WIDTH, 0.0, 0.0])
    assert REST["leftUpperArm"][1] == humanoid.SHOULDER_HEIGHT


def test_prompt2sign_has_50_keypoints_and_a_tree_of_49_limbs_from_the_nose() -> None:
    assert len(set(prompt2sign.KEYPOINT_NAMES)) == prompt2sign.COUNT == 50
    ends = [end for _, end in prompt2sign.LIMBS]
    assert sorted(ends) == list(range(1, 50))
    seen = {prompt2sign.NOSE}
    for start, end in prompt2sign.LIMBS:
        assert start in seen
        seen.add(end)


def test_prompt2sign_names_sides_by_the_signer() -> None:
    names = prompt2sign.KEYPOINT_NAMES
    assert names[prompt2sign.SHOULDER["right"]] == "right_shoulder" and prompt2sign.SHOULDER["right"] == 2
    assert names[prompt2sign.hand_slice("left")][0] == "left_hand_base"
    assert names[prompt2sign.hand_slice("right")][-1] == "right_hand_little4"


def test_smplx_has_55_joints_with_parents_before_children() -> None:
    assert len(smplx.JOINT_NAMES) == len(smplx.PARENTS) == 55
    Skeleton("smplx", smplx.JOINT_NAMES, smplx.PARENTS, np.zeros((55, 3)))
    parents = {name: smplx.JOINT_NAMES[p] for name, p in zip(smplx.JOINT_NAMES, smplx.PARENTS, strict=True) if p >= 0}
    assert parents["left_index1"] == "left_wrist" and parents["right_thumb3"] == "right_thumb2"
    assert parents["jaw"] == "head" and parents["left_collar"] == "spine3"


def test_the_face_has_the_52_shapes_of_arkit() -> None:
    assert len(arkit.FACE_NAMES) == len(set(arkit.FACE_NAMES)) == 52
    assert {"eyeBlinkLeft", "jawOpen", "mouthPucker", "browInnerUp", "tongueOut"} <= set(arkit.FACE_NAMES)
    lefts = {name.removesuffix("Left") for name in arkit.FACE_NAMES if name.endswith("Left")}
    assert lefts == {name.removesuffix("Right") for name in arkit.FACE_NAMES if name.endswith("Right")}
