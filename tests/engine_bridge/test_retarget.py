"""Retargeting: what keypoints say comes out exactly, what they do not say rests or holds, and nothing jumps."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from signllm.lexicon.hand import hand_rotations
from signllm.lexicon.handshapes import load_handshapes
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion import kinematics, rotation
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm_bridge.retarget import RetargetState, retarget, retarget_frame
from tests.strategies import Array, random_poses

BONE = humanoid.HUMANOID.index
AT_REST = np.tile(rotation.IDENTITY, (55, 1))
GAP = np.full(3, np.nan)
# Without the limbs between body wrist and hand base, which are one point here.
LIMBS = np.array([limb for limb in prompt2sign.LIMBS if limb[1] not in prompt2sign.HAND_BASE.values()])


def turned(**bones: Array) -> Array:
    """[55, 4] the T-pose with some bones turned."""
    local = AT_REST.copy()
    for name, q in bones.items():
        local[BONE[name]] = q
    return local


def turn(axis: str, angle: float | Array) -> Array:
    return rotation.axis_angle_to_quat(np.eye(3)["xyz".index(axis)], np.asarray(angle))


def directions(keypoints: Array) -> Array:
    """[..., 47, 3] unit directions of the limbs."""
    return np.asarray(rotation.normalize(keypoints[..., LIMBS[:, 1], :] - keypoints[..., LIMBS[:, 0], :]))


def angles_deg(a: Array, b: Array) -> Array:
    return np.asarray(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1))))


def largest_steps_deg(rotations: Array) -> Array:
    """[55] largest turn of each bone from one frame to the next."""
    return np.asarray(np.degrees(rotation.angle_between(rotations[1:], rotations[:-1]).max(axis=0)))


def follow(keypoints: Array, state: RetargetState | None = None) -> Array:
    """[T, 55, 4] rotations of a clip, frame by frame."""
    frames = []
    for frame in keypoints:
        rotations, state = retarget_frame(frame, state)
        frames.append(rotations)
    return np.array(frames)


def on_other_skeleton(local: Array, rng: np.random.Generator) -> Array:
    """Keypoints of poses on a skeleton each of whose bones is up to 15 % longer or shorter."""
    skeleton = humanoid.HUMANOID
    scales = rng.uniform(0.85, 1.15, size=(len(skeleton.joint_names), 1))
    tips = humanoid.KEYPOINT_OFFSETS * rng.uniform(0.85, 1.15, size=(prompt2sign.COUNT, 1))
    other = dataclasses.replace(skeleton, rest_offsets=skeleton.rest_offsets * scales)
    positions, world = kinematics.forward_kinematics(local, other)
    carriers = humanoid.KEYPOINT_BONES
    keypoints = positions[..., carriers, :] + rotation.rotate(world[..., carriers, :], tips)
    return np.asarray(keypoints - keypoints[..., [prompt2sign.NECK], :])


@pytest.fixture(scope="module")
def lexicon_keypoints() -> Array:
    """[T, 50, 3] every sign, letter and digit of the lexicon in one row."""
    synthesiser = Synthesiser.load()
    return synthesiser.clip(synthesiser.vocabulary)[0].astype(np.float64)


# Exactness


def test_poses_of_our_own_skeleton_come_back_to_the_micrometre() -> None:
    keypoints = kinematics.humanoid_keypoints(random_poses(np.random.default_rng(0), 500))
    np.testing.assert_allclose(kinematics.humanoid_keypoints(retarget(keypoints)), keypoints, atol=1e-6)


def test_they_do_so_frame_by_frame_too_however_wild_the_change() -> None:
    keypoints = kinematics.humanoid_keypoints(random_poses(np.random.default_rng(1), 50))
    np.testing.assert_allclose(kinematics.humanoid_keypoints(follow(keypoints)), keypoints, atol=1e-6)


def test_the_whole_lexicon_comes_back_to_the_micrometre(lexicon_keypoints: Array) -> None:
    back = kinematics.humanoid_keypoints(retarget(lexicon_keypoints))
    np.testing.assert_allclose(back, lexicon_keypoints, atol=1e-6)


def test_the_t_pose_gives_identities() -> None:
    np.testing.assert_allclose(retarget(kinematics.humanoid_keypoints(AT_REST)), AT_REST, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_other_skeletons_with_noise_keep_their_bone_directions(seed: int, lexicon_keypoints: Array) -> None:
    rng = np.random.default_rng(seed)
    for poses in (random_poses(rng, 300), retarget(lexicon_keypoints[seed::20])):
        keypoints = on_other_skeleton(poses, rng)
        keypoints = keypoints + rng.normal(scale=0.003, size=keypoints.shape)
        result = kinematics.humanoid_keypoints(retarget(keypoints))
        errors = angles_deg(directions(result), directions(keypoints))
        assert errors.mean() < 3.0
        # Only the palm is a fit; the trunk hangs on three points, and everything else is exact.
        exact = ~np.isin(LIMBS[:, 1] % 21, [9, 13, 17, 0, 4]) & (LIMBS[:, 0] > prompt2sign.NECK)
        assert errors[:, exact].max() < 1e-3


def test_position_and_size_of_the_signer_do_not_matter() -> None:
    keypoints = kinematics.humanoid_keypoints(random_poses(np.random.default_rng(2), 20))
    np.testing.assert_allclose(retarget(1.7 * keypoints + [3.0, -2.0, 1.0]), retarget(keypoints), atol=1e-9)


def test_any_leading_axes_equal_a_loop() -> None:
    keypoints = kinematics.humanoid_keypoints(random_poses(np.random.default_rng(3), 6)).reshape(2, 3, 50, 3)
    batch = retarget(keypoints)
    assert batch.shape == (2, 3, 55, 4)
    for i in np.ndindex(2, 3):
        np.testing.assert_allclose(batch[i], retarget(keypoints[i]), atol=1e-12)


def test_the_mirrored_signer_gets_mirrored_rotations() -> None:
    def other(name: str) -> str:
        return name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right")

    keypoints = kinematics.humanoid_keypoints(random_poses(np.random.default_rng(4), 20))
    points = [prompt2sign.KEYPOINT_NAMES.index(other(name)) for name in prompt2sign.KEYPOINT_NAMES]
    bones = [BONE[other(name)] for name in humanoid.HUMANOID.joint_names]
    mirrored = retarget(keypoints[:, points] * [-1.0, 1.0, 1.0])
    expected = rotation.mirror(retarget(keypoints))[:, bones]
    np.testing.assert_allclose(rotation.continue_signs(mirrored, expected), expected, atol=1e-9)


# Anatomy


def test_what_keypoints_do_not_show_stays_at_rest() -> None:
    rotations = retarget(kinematics.humanoid_keypoints(random_poses(np.random.default_rng(5), 20)))
    seen = {BONE["upperChest"], BONE["head"], *(j for n, j in BONE.items() if n.startswith(("left", "right")))}
    seen -= {j for n, j in BONE.items() if n.endswith(("Eye", "Leg", "Foot", "Toes", "Shoulder"))}
    unseen = sorted(set(range(55)) - seen)
    np.testing.assert_array_equal(rotations[:, unseen], np.broadcast_to(rotation.IDENTITY, (20, len(unseen), 4)))


@pytest.mark.parametrize("angle", [0.5, 1.5, 2.4])
def test_a_bent_elbow_is_a_hinge(angle: float) -> None:
    upper = rotation.multiply(turn("z", -1.2), turn("x", 0.8))
    keypoints = kinematics.humanoid_keypoints(turned(leftUpperArm=upper, leftLowerArm=turn("y", -angle)))
    forearm = retarget(keypoints)[BONE["leftLowerArm"]]
    swing = rotation.multiply(forearm, rotation.inverse(turn("x", 2.0 * np.arctan2(forearm[0], forearm[3]))))
    np.testing.assert_allclose(swing, turn("y", -angle), atol=1e-9)
    np.testing.assert_allclose(retarget(keypoints)[BONE["leftUpperArm"]], upper, atol=1e-9)


@pytest.mark.parametrize("roll", [-1.4, -0.6, 0.0, 1.0])
def test_forearm_and_hand_share_the_roll_of_the_palm(roll: float) -> None:
    local = turned(leftLowerArm=turn("y", -1.5), leftHand=rotation.multiply(turn("x", roll), turn("z", 0.4)))
    result = retarget(kinematics.humanoid_keypoints(local))
    half = turn("x", 0.5 * roll)
    np.testing.assert_allclose(
        result[BONE["leftLowerArm"]], rotation.multiply(local[BONE["leftLowerArm"]], half), atol=1e-9
    )
    np.testing.assert_allclose(result[BONE["leftHand"]], rotation.multiply(half, turn("z", 0.4)), atol=1e-9)


def test_a_palm_turned_as_far_as_arms_go_leaves_the_hand_where_it_is() -> None:
    local = random_poses(np.random.default_rng(6), 200)
    result = retarget(kinematics.humanoid_keypoints(local))
    hands = [BONE["leftHand"], BONE["rightHand"]]
    expected = kinematics.local_to_world(local, humanoid.HUMANOID)[:, hands]
    actual = kinematics.local_to_world(result, humanoid.HUMANOID)[:, hands]
    np.testing.assert_allclose(rotation.angle_between(actual, expected), 0.0, atol=1e-6)


@pytest.mark.parametrize("finger", ["index", "middle", "ring", "little"])
def test_a_curling_finger_bends_its_three_joints_and_no_bone_twists(finger: str) -> None:
    bends = dict(zip(humanoid.finger_bones("right", finger), (1.5, 1.7, 0.9), strict=True))
    local = turned(**{bone: turn("z", bend) for bone, bend in bends.items()})
    np.testing.assert_allclose(retarget(kinematics.humanoid_keypoints(local)), local, atol=1e-9)


def test_a_thumb_that_folds_across_the_palm_bends_in_one_plane() -> None:
    along, up = np.array([np.sqrt(0.5), 0.0, np.sqrt(0.5)]), np.array([0.0, 1.0, 0.0])
    axis = np.cos(np.radians(20.0)) * -up + np.sin(np.radians(20.0)) * np.cross(along, up)
    bones = dict(zip(humanoid.finger_bones("left", "thumb")[1:], (0.7, 1.1), strict=True))
    local = turned(**{bone: rotation.axis_angle_to_quat(axis, -bend) for bone, bend in bones.items()})
    result = retarget(kinematics.humanoid_keypoints(local))
    np.testing.assert_allclose(rotation.continue_signs(result, local), local, atol=1e-9)


def test_finger_bones_turn_about_themselves_as_the_anatomical_hand_does() -> None:
    angles = np.array([np.asarray(shape) for shape in load_handshapes().values()])
    fingers = [BONE[bone] for finger in humanoid.FINGERS for bone in humanoid.finger_bones("right", finger)]
    local = np.tile(AT_REST, (len(angles), 1, 1))
    local[:, fingers] = hand_rotations(angles)
    result = retarget(kinematics.humanoid_keypoints(local))
    world = [kinematics.local_to_world(q, humanoid.HUMANOID)[:, fingers] for q in (local, result)]
    errors = np.degrees(rotation.angle_between(*world)).reshape(len(angles), 5, 3)
    assert errors[:, 0].mean() < 8.0  # thumb: keypoints show its roll only while it bends
    assert errors[:, 1:].mean() < 3.0


# Time


def sweep(frames: int) -> Array:
    """[frames, 50, 3] an arm that goes through what makes retargeting jump, one cycle of each in turn.

    The elbow straightens and hyperextends by a hair, the palm turns over and over with the arm straight and with it
    bent, the arms cross, fingers close and open again, and the thumb stretches beyond straight.
    """
    t = np.linspace(0.0, 1.0, frames)
    phase = 2.0 * np.pi * t
    elbow = -0.6 + 0.62 * np.cos(3.0 * phase)  # from 0.02 rad beyond straight to 70 degrees
    roll = 1.4 * np.sin(2.0 * phase)
    forward = -0.9 - 0.9 * np.sin(phase)  # to 0.2 rad beyond straight ahead: the arms cross
    local = np.tile(AT_REST, (frames, 1, 1))
    upper = rotation.multiply(turn("y", forward), turn("z", -0.5 + 0.6 * np.sin(phase)))
    bones = {
        "UpperArm": rotation.multiply(upper, turn("x", 0.7 * np.sin(phase + 1.0))),
        "LowerArm": turn("y", elbow),
        "Hand": rotation.multiply(turn("x", roll), turn("z", 0.5 * np.sin(4.0 * phase))),
    }
    bend = 0.8 - 0.9 * np.cos(2.0 * phase)  # from 6 degrees beyond straight to 97
    for finger in humanoid.FINGERS:
        root, *others = humanoid.finger_bones("", finger)
        bones[root] = rotation.multiply(turn("y", 0.2 * np.sin(phase)), turn("z", -0.5 * bend))
        bones |= {bone: turn("z", -bend) for bone in others}
    for bone, q in bones.items():
        local[:, BONE["left" + bone]] = q
        local[:, BONE["right" + bone]] = rotation.mirror(q)
    return kinematics.humanoid_keypoints(local)


def test_a_smooth_movement_through_every_singularity_has_no_jump() -> None:
    coarse, fine = largest_steps_deg(retarget(sweep(400))), largest_steps_deg(retarget(sweep(1600)))
    # The input itself turns by up to 2 degrees a frame.
    assert coarse.max() < 12.0
    # A jump would not shrink with the step.
    assert fine.max() < 0.35 * coarse.max()


def test_a_hand_that_spins_farther_than_a_living_one_still_does_not_jump() -> None:
    for elbow in (0.0, -0.2, -1.5):
        roll = np.linspace(-np.pi, np.pi, 721)
        local = np.tile(turned(leftLowerArm=turn("y", elbow)), (721, 1, 1))
        local[:, BONE["leftHand"]] = turn("x", roll)
        steps = largest_steps_deg(retarget(kinematics.humanoid_keypoints(local)))
        assert steps.max() < 2.0  # the input turns by half a degree


def test_signs_of_quaternions_continue_along_a_clip(lexicon_keypoints: Array) -> None:
    rotations = follow(lexicon_keypoints[:300])
    assert np.all(np.sum(rotations[1:] * rotations[:-1], axis=-1) >= 0.0)


def test_frame_by_frame_equals_the_batch_while_nothing_has_to_be_held() -> None:
    keypoints = sweep(200)
    batch, clip = retarget(keypoints), follow(keypoints)
    np.testing.assert_allclose(rotation.continue_signs(batch, clip), clip, atol=1e-9)


def test_a_twist_that_flips_takes_several_frames_and_the_limb_stays() -> None:
    bent = turned(leftLowerArm=turn("y", -1.0), leftHand=turn("x", 2.2))
    keypoints = (
        kinematics.humanoid_keypoints(bent),
        kinematics.humanoid_keypoints(turned(leftLowerArm=turn("y", -1.0), leftHand=turn("x", -2.2))),
    )
    clip = follow(np.array([keypoints[0], *[keypoints[1]] * 6]))
    assert largest_steps_deg(clip)[BONE["leftLowerArm"]] < 35.0
    np.testing.assert_allclose(kinematics.humanoid_keypoints(clip[1:]), np.array([keypoints[1]] * 6), atol=1e-9)
    np.testing.assert_allclose(clip[-1], rotation.continue_signs(retarget(keypoints[1]), clip[-1]), atol=1e-9)


# Gaps


def test_without_a_single_keypoint_the_first_frame_is_the_t_pose() -> None:
    np.testing.assert_allclose(retarget_frame(np.full((50, 3), np.nan), None)[0], AT_REST, atol=1e-12)
    np.testing.assert_allclose(retarget(np.zeros((4, 50, 3))), np.tile(AT_REST, (4, 1, 1)), atol=1e-12)


def test_a_frame_without_keypoints_repeats_the_last_one() -> None:
    keypoints = kinematics.humanoid_keypoints(random_poses(np.random.default_rng(8), 1))[0]
    first, state = retarget_frame(keypoints, None)
    again, _ = retarget_frame(np.full((50, 3), np.nan), state)
    np.testing.assert_allclose(again, first, atol=1e-9)


@pytest.mark.parametrize("k", range(50))
def test_one_lost_keypoint_leaves_the_bones_that_do_not_need_it(k: int) -> None:
    poses = random_poses(np.random.default_rng(9), 2)
    before, after = kinematics.humanoid_keypoints(poses)
    _, state = retarget_frame(before, None)
    complete, _ = retarget_frame(after, state)
    after = after.copy()
    after[k] = GAP
    rotations, _ = retarget_frame(after, state)
    assert np.isfinite(rotations).all()
    if k in range(*prompt2sign.hand_slice("left").indices(50)) and k != prompt2sign.HAND_BASE["left"]:
        right = [j for name, j in BONE.items() if name.startswith("right")]
        np.testing.assert_allclose(rotations[right], complete[right], atol=1e-12)


def test_a_lost_hand_keeps_its_shape_and_follows_the_forearm() -> None:
    local = turned(leftLowerArm=turn("y", -1.2), leftIndexProximal=turn("z", -1.0))
    _, state = retarget_frame(kinematics.humanoid_keypoints(local), None)
    local[BONE["leftUpperArm"]] = turn("z", -0.3)
    keypoints = kinematics.humanoid_keypoints(local)
    whole, _ = retarget_frame(keypoints, state)
    keypoints[prompt2sign.hand_slice("left")] = GAP
    np.testing.assert_allclose(retarget_frame(keypoints, state)[0], whole, atol=1e-9)


@pytest.mark.parametrize("rubbish", [np.inf, -np.inf, 1e300, 0.0, 1e-9])
def test_rubbish_never_becomes_a_rotation(rubbish: float) -> None:
    rng = np.random.default_rng(10)
    keypoints = kinematics.humanoid_keypoints(random_poses(rng, 30))
    keypoints[rng.random(keypoints.shape) < 0.3] = rubbish
    for rotations in (retarget(keypoints), follow(keypoints)):
        np.testing.assert_allclose(np.linalg.norm(rotations, axis=-1), 1.0, atol=1e-9)


def test_all_knuckles_in_one_line_say_nothing_about_the_palm() -> None:
    keypoints = kinematics.humanoid_keypoints(turned(leftHand=turn("x", 0.5)))
    first, state = retarget_frame(keypoints, None)
    base = prompt2sign.HAND_BASE["left"]
    keypoints[[base + 5, base + 9, base + 13, base + 17]] = keypoints[base + 9]
    rotations, _ = retarget_frame(keypoints, state)
    np.testing.assert_allclose(rotations[BONE["leftHand"]], first[BONE["leftHand"]], atol=1e-9)


def test_state_and_keypoints_are_not_changed() -> None:
    keypoints = kinematics.humanoid_keypoints(AT_REST)
    keypoints.flags.writeable = False
    _, state = retarget_frame(keypoints, None)
    kept = state.rotations.copy()
    retarget_frame(sweep(3)[2], state)
    np.testing.assert_array_equal(state.rotations, kept)


def test_wrong_shapes_are_named_with_the_right_ones() -> None:
    with pytest.raises(ValueError, match=r"expected keypoints \[..., K=50, 3\] in metres, got \(49, 3\)"):
        retarget(np.zeros((49, 3)))
    with pytest.raises(ValueError, match=r"one frame \[K=50, 3\], got \(2, 50, 3\); use retarget"):
        retarget_frame(np.zeros((2, 50, 3)), None)
