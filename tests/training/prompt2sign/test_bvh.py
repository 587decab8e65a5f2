"""BVH: the tree, the order of channels, names in several styles, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from signllm.motion.kinematics import humanoid_keypoints
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm_training.prompt2sign.bvh_file import parse_bvh, pose_joints
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.joint_names import STYLES, find_joints, plain_name
from signllm_training.prompt2sign.joints_to_keypoints import GUESSED, MovingJoints, joints_to_keypoints
from signllm_training.prompt2sign.readers.bvh import load, read
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Sample, Skipped
from signllm_training.prompt2sign.standard import standardise
from tests import strategies  # noqa: F401  every machine tries the same examples
from tests.real_data import real_data

Array = npt.NDArray[np.float64]
OPTIONS = ReadOptions(language="asl")
KEYPOINT = {name: k for k, name in enumerate(prompt2sign.KEYPOINT_NAMES)}
FINGERS = {"thumb": "Thumb", "index": "Index", "middle": "Middle", "ring": "Ring", "little": "Pinky"}

SMALL = """HIERARCHY
ROOT Hips
{
  OFFSET 0 90 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT LeftArm
  {
    OFFSET 18 44 0
    CHANNELS 3 Yrotation Zrotation Xrotation
    JOINT LeftForeArm
    {
      OFFSET 28 0 0
      CHANNELS 3 Xrotation Yrotation Zrotation
      JOINT LeftHand {
        OFFSET 25 0 0
        CHANNELS 3 Zrotation Yrotation Xrotation
        End Site
        {
          OFFSET 8 0 0
        }
      }
    }
  }
  JOINT RightArm
  {
    OFFSET -18 44 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT RightForeArm
    {
      OFFSET -28 0 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT RightHand
      {
        OFFSET -25 0 0
        CHANNELS 3 Zrotation Xrotation Yrotation
      }
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
"""
WIDTH = 24


def small(values: Array | None = None) -> str:
    rows = np.zeros((2, WIDTH)) if values is None else values
    return SMALL + "\n".join(" ".join(f"{x:.9f}" for x in row) for row in rows) + "\n"


def as_bvh(orders: str = "ZXY", rotvec: dict[str, Array] | None = None, frames: int = 3) -> tuple[str, list[str]]:
    """The humanoid as a BVH in Mixamo's names, bones turned by `rotvec` [T, 3], and the names of its bones."""
    skeleton = humanoid.HUMANOID
    mixamo = {"hips": "Hips", "head": "Head", "neck": "Neck", "upperChest": "Spine2"}
    for side in ("left", "right"):
        for ours, theirs in (("Shoulder", "Shoulder"), ("UpperArm", "Arm"), ("LowerArm", "ForeArm"), ("Hand", "Hand")):
            mixamo[side + ours] = f"{side.capitalize()}{theirs}"
        for finger, word in FINGERS.items():
            for k, bone in enumerate(humanoid.finger_bones(side, finger), 1):
                mixamo[bone] = f"{side.capitalize()}Hand{word}{k}"
    lines: list[str] = ["HIERARCHY"]
    order: list[str] = []

    def write(joint: int) -> None:
        name = skeleton.joint_names[joint]
        order.append(name)
        x, y, z = skeleton.rest_offsets[joint]
        places = "Xposition Yposition Zposition " if joint == 0 else ""
        turns = " ".join(f"{axis}rotation" for axis in orders)
        lines.extend([f"{'JOINT' if joint else 'ROOT'} mixamorig:{mixamo.get(name, name)}", "{"])
        lines.extend([f"OFFSET {x:.9f} {y:.9f} {z:.9f}", f"CHANNELS {6 if places else 3} {places}{turns}"])
        for child, parent in enumerate(skeleton.parents):
            if parent == joint:
                write(child)
        for k in np.flatnonzero((humanoid.KEYPOINT_BONES == joint) & humanoid.KEYPOINT_OFFSETS.any(axis=1)):
            x, y, z = humanoid.KEYPOINT_OFFSETS[k]
            lines.extend(["End Site", "{", f"OFFSET {x:.9f} {y:.9f} {z:.9f}", "}"])
        lines.append("}")

    write(0)
    lines += ["MOTION", f"Frames: {frames}", "Frame Time: 0.04"]
    for t in range(frames):
        row = list(skeleton.rest_offsets[0])
        for name in order:
            turn = Rotation.from_rotvec((rotvec or {}).get(name, np.zeros((frames, 3)))[t])
            row += list(turn.as_euler(orders, degrees=True))
        lines.append(" ".join(f"{x:.9f}" for x in row))
    return "\n".join(lines) + "\n", order


@pytest.mark.parametrize("orders", ["XYZ", "ZXY", "YXZ", "ZYX"])
def test_a_pose_comes_back_whatever_the_order_of_its_channels(tmp_path: Path, orders: str) -> None:
    rng = np.random.default_rng(4)
    bones = [name for name in humanoid.HUMANOID.joint_names if "Leg" not in name and name != "hips"]
    turned = {name: rng.normal(0.0, 0.4, (3, 3)) for name in bones}
    local = np.zeros((3, 55, 4))
    local[..., 3] = 1.0
    for name, rotvec in turned.items():
        local[:, humanoid.HUMANOID.index[name]] = Rotation.from_rotvec(rotvec).as_quat()
    expected = humanoid_keypoints(local)
    path = tmp_path / "clip.bvh"
    path.write_text(as_bvh(orders, turned)[0])
    seen, reader = load(path, OPTIONS)
    assert reader == "bvh:mixamo" and seen.fps == 25.0 and (seen.confidence == 1.0).all()
    neck = prompt2sign.NECK  # the middle between the shoulders here, a place on the chest there
    ours, theirs = (np.delete(points, neck, axis=1) for points in (seen.points, expected))
    middle = expected[:, [2, 5]].mean(axis=(0, 1))
    across = (expected[:, 5] - expected[:, 2]).mean(axis=0)
    away = Rotation.from_rotvec([0.0, np.arctan2(across[2], across[0]), 0.0])
    theirs = away.apply((theirs - middle).reshape(-1, 3)).reshape(theirs.shape)
    ours = ours - seen.points[:, [2, 5]].mean(axis=(0, 1))
    np.testing.assert_allclose(ours, theirs, atol=2e-6)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_positions_are_those_of_a_plain_walk_with_matrices(seed: int) -> None:
    values = np.random.default_rng(seed).uniform(-180.0, 180.0, (2, WIDTH))
    bvh = parse_bvh(small(values).encode())
    positions, _, ends = pose_joints(bvh)
    for t in range(2):
        row = [float(f"{x:.9f}") for x in values[t]]
        hips = Rotation.from_euler("ZXY", row[3:6], degrees=True)
        arm = hips * Rotation.from_euler("YZX", row[6:9], degrees=True)
        fore = arm * Rotation.from_euler("XYZ", row[9:12], degrees=True)
        hand = fore * Rotation.from_euler("ZYX", row[12:15], degrees=True)
        at = np.array(row[:3])
        for joint, step in ((1, hips.apply([18, 44, 0])), (2, arm.apply([28, 0, 0])), (3, fore.apply([25, 0, 0]))):
            at = at + step
            np.testing.assert_allclose(positions[t, joint], at, atol=1e-9)
        np.testing.assert_allclose(ends[t, 3], at + hand.apply([8, 0, 0]), atol=1e-9)
    assert np.isnan(ends[:, [0, 1, 2, 4, 5, 6]]).all()


def test_position_channels_of_a_joint_stand_in_place_of_its_offset() -> None:
    text = small().replace("CHANNELS 3 Yrotation Zrotation Xrotation", "CHANNELS 3 Xposition Yposition Zposition")
    values = np.zeros((2, WIDTH))
    values[:, :3], values[:, 6:9] = [1.0, 2.0, 3.0], [10.0, 20.0, 30.0]
    rows = text[: text.index("Frame Time")] + small(values)[small().index("Frame Time") :]
    positions, _, _ = pose_joints(parse_bvh(rows.encode()))
    np.testing.assert_array_equal(positions[0, 1], [11.0, 22.0, 33.0])


@pytest.mark.parametrize("turn", [[0.0, 0.0, 0.0], [0.0, 2.5, 0.0], [-np.pi / 2, 0.0, 0.0], [0.0, 0.0, np.pi]])
def test_the_signer_faces_the_viewer_in_any_world(turn: list[float]) -> None:
    moving = a_rig()
    world = Rotation.from_rotvec(turn)
    turned = MovingJoints(
        moving.names,
        world.apply(moving.positions.reshape(-1, 3)).reshape(moving.positions.shape),
        np.broadcast_to(world.as_quat(), moving.turns.shape),
        moving.rest,
        moving.ends,
    )
    (ours, _), (theirs, _) = joints_to_keypoints(turned, 25.0), joints_to_keypoints(moving, 25.0)
    np.testing.assert_array_equal(ours.confidence, theirs.confidence)
    known = ours.confidence[0] > 0.0
    neck = prompt2sign.NECK
    np.testing.assert_allclose(
        ours.points[0, known] - ours.points[0, neck], theirs.points[0, known] - theirs.points[0, neck], atol=1e-6
    )
    assert theirs.points[0, KEYPOINT["nose"], 2] > theirs.points[0, neck, 2] + 0.1
    np.testing.assert_allclose(theirs.points[0, KEYPOINT["left_wrist"]], [0.71, 1.4, 0.0], atol=1e-6)


def a_rig(**more: tuple[float, float, float]) -> MovingJoints:
    """One frame of a rig that rests in a T-pose, with the joints given beside those of the arms."""
    held = {"Hips": (0.0, 1.0, 0.0), "Head": (0.0, 1.55, 0.0)}
    for side, x in (("Left", 1.0), ("Right", -1.0)):
        held |= {f"{side}Arm": (x * 0.18, 1.4, 0.0), f"{side}ForeArm": (x * 0.46, 1.4, 0.0)}
        held |= {f"{side}Hand": (x * 0.71, 1.4, 0.0)}
    held |= more
    rest = np.array(list(held.values()))
    still = np.zeros((1, len(rest), 4))
    still[..., 3] = 1.0
    return MovingJoints(tuple(held), rest[None], still, rest, np.full((1, len(rest), 3), np.nan))


def test_a_tip_that_is_no_joint_is_laid_out_along_its_finger_and_called_a_guess() -> None:
    finger = {f"LeftHandIndex{k}": (0.76 + 0.03 * k, 1.4, 0.0) for k in (1, 2, 3)}
    tip = KEYPOINT["left_hand_index4"]
    seen, _ = joints_to_keypoints(a_rig(**finger), 25.0)
    np.testing.assert_allclose(seen.points[0, tip], [0.85 + 0.8 * 0.03, 1.4, 0.0], atol=1e-6)
    assert seen.confidence[0, tip] == GUESSED
    assert seen.confidence[0, KEYPOINT["left_hand_ring1"]] == 0.0
    ends = a_rig(**finger)
    ends.ends[0, -1] = [0.88, 1.4, 0.0]
    seen, _ = joints_to_keypoints(ends, 25.0)
    np.testing.assert_allclose(seen.points[0, tip], [0.88, 1.4, 0.0], atol=1e-6)
    assert seen.confidence[0, tip] == 1.0
    ends.ends[0, -1] = [1.9, 1.4, 0.0]  # an importer's guess
    assert joints_to_keypoints(ends, 25.0)[0].confidence[0, tip] == GUESSED
    named = a_rig(**finger, LeftHandIndex4=(0.87, 1.4, 0.0))
    assert joints_to_keypoints(named, 25.0)[0].confidence[0, tip] == 1.0


def test_a_rig_without_a_body_in_its_rest_pose_has_no_nose() -> None:
    rig = a_rig()
    folded = MovingJoints(rig.names, rig.positions, rig.turns, np.zeros_like(rig.rest), rig.ends)
    assert joints_to_keypoints(folded, 25.0)[0].confidence[0, KEYPOINT["nose"]] == 0.0


def test_a_rig_without_hips_has_its_head_above() -> None:
    for less in (("Hips",), ("Hips", "Head")):
        rig = a_rig()
        kept = [j for j, name in enumerate(rig.names) if name not in less]
        hung = rig.positions.copy()
        hung[:, [rig.names.index(f"{side}Hand") for side in ("Left", "Right")], 1] -= 0.5
        bare = MovingJoints(
            tuple(rig.names[j] for j in kept), hung[:, kept], rig.turns[:, kept], rig.rest[kept], rig.ends[:, kept]
        )
        seen, _ = joints_to_keypoints(bare, 25.0)
        assert seen.points[0, KEYPOINT["left_wrist"], 1] < seen.points[0, KEYPOINT["left_shoulder"], 1]
        assert seen.points[0, KEYPOINT["left_wrist"], 0] > 0.0


def test_shoulders_one_above_the_other_have_no_left_and_right() -> None:
    rig = a_rig()
    rig.positions[:, [rig.names.index("LeftArm"), rig.names.index("RightArm")], 0] = 0.0
    with pytest.raises(DataError, match="no left and right"):
        joints_to_keypoints(rig, 25.0)


NAMES = {
    "mixamo": ["mixamorig1:Hips", "{S}Arm", "{S}ForeArm", "{S}Hand", "{S}HandPinky2", "{S}HandThumb4"],
    "cmu": ["Hips", "{S}Arm", "{S}ForeArm", "{S}Hand", "{S}FingerBase", "{S}HandIndex1", "LThumb"],
    "cmu-asf": ["root", "{s1}humerus", "{s1}radius", "{s1}wrist", "{s1}hand", "{s1}thumb"],
    "vrm1": ["hips", "{s}UpperArm", "{s}LowerArm", "{s}Hand", "{s}LittleIntermediate", "{s}ThumbMetacarpal"],
    "vrm0": ["hips", "{s}UpperArm", "{s}LowerArm", "{s}Hand", "{s}LittleIntermediate", "{s}ThumbIntermediate"],
    "smplx": ["pelvis", "{s}_shoulder", "{s}_elbow", "{s}_wrist", "{s}_pinky2", "{s}_collar"],
    "unreal": ["pelvis", "upperarm_{s1}", "lowerarm_{s1}", "hand_{s1}", "pinky_02_{s1}", "thumb_01_{s1}"],
    "rigify": ["spine", "upper_arm.{S1}", "forearm.{S1}", "hand.{S1}", "f_pinky.02.{S1}", "thumb.01.{S1}"],
    "biped": ["Bip01 Pelvis", "Bip01 {S1} UpperArm", "Bip01 {S1} Forearm", "Bip01 {S1} Hand", "Bip01 {S1} Finger41"],
    "vroid": ["J_Bip_C_Hips", "J_Bip_{S1}_UpperArm", "J_Bip_{S1}_LowerArm", "J_Bip_{S1}_Hand", "J_Bip_{S1}_Little2"],
}


@pytest.mark.parametrize("style", NAMES)
def test_rigs_are_known_by_their_names(style: str) -> None:
    sides = [{"s": s, "S": s.capitalize(), "s1": s[0], "S1": s[0].upper()} for s in ("left", "right")]
    names = list(dict.fromkeys(name.format(**side) for side in sides for name in NAMES[style]))
    rig = find_joints(names)
    assert rig.style == style and {each.name for each in STYLES} >= set(NAMES)
    assert names[rig.joints["right_wrist"]] == NAMES[style][3].format(**sides[1])
    assert names[rig.joints["left_shoulder"]] == NAMES[style][1].format(**sides[0])
    if style.startswith("cmu"):
        assert not any("hand" in joint for joint in rig.joints)
    else:
        assert names[rig.joints["left_hand_little2"]] == NAMES[style][4].format(**sides[0])


def test_an_unknown_rig_lists_its_joints() -> None:
    with pytest.raises(DataError, match=r"no rig whose arms are known; styles: mixamo, .*; joints in the file: a, b"):
        find_joints(["a", "b"])
    assert plain_name("Character1:mixamorig12:Left_Arm") == plain_name("mixamorig_LeftArm") == "leftarm"


def test_the_idle_clip_reads_whole() -> None:
    path = real_data("bvh_idle/Idle.bvh")
    (sample,) = read(path, OPTIONS)
    assert isinstance(sample, Sample)
    seen = sample.seen
    assert (sample.name, sample.provenance.reader, len(seen), seen.fps) == ("Idle", "bvh:mixamo", 250, 30.0)
    assert (seen.confidence == 1.0).all() and seen.depth == "measured"
    for a, b in prompt2sign.LIMBS[2:]:
        if prompt2sign.NECK not in (a, b):
            assert np.ptp(np.linalg.norm(seen.points[:, a] - seen.points[:, b], axis=-1)) < 1e-6
    clip = standardise(seen)
    up, left = clip.points[..., 1], clip.points[..., 0]
    assert (up[:, KEYPOINT["nose"]] > up[:, KEYPOINT["neck"]]).all()
    assert (up[:, KEYPOINT["left_wrist"]] < up[:, KEYPOINT["left_elbow"]]).all()  # arms hang
    assert (left[:, KEYPOINT["left_wrist"]] > 0.0).all() and (left[:, KEYPOINT["right_wrist"]] < 0.0).all()
    assert (clip.points[:, KEYPOINT["nose"], 2] > clip.points[:, KEYPOINT["neck"], 2]).all()


def test_a_frame_with_a_value_that_is_none_is_missing(tmp_path: Path) -> None:
    for value in ("nan", "inf", "1e300"):
        rows = small().splitlines()
        rows[-1] = rows[-1].replace("0.000000000", value, 7)
        (tmp_path / "a.bvh").write_text("\n".join(rows))
        seen, _ = load(tmp_path / "a.bvh", OPTIONS)
        assert seen.confidence[0].max() == 1.0 and seen.confidence[1].max() == 0.0


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("HIERARCHY", "ZIP", 1, "begins with something other than HIERARCHY"),
        ("ROOT Hips\n{", "ROOT Hips\n", 4, "a { is expected here"),
        ("{\n  OFFSET 0 90 0", "{ {\n  OFFSET 0 90 0", 3, "no { is expected here"),
        ("OFFSET 0 90 0", "OFFSET 0 90", 4, "OFFSET and 3 finite numbers"),
        ("OFFSET 0 90 0", "OFFSET 0 x 0", 4, "could not convert string to float"),
        ("OFFSET 0 90 0", "OFFSET 0 inf 0", 4, "OFFSET and 3 finite numbers"),
        ("OFFSET 0 90 0", "SCALE 1", 4, "'SCALE': OFFSET, CHANNELS"),
        ("CHANNELS 6 X", "CHANNELS 7 X", 5, "CHANNELS, their number"),
        ("Xposition", "Xscale", 5, "channel 'Xscale'"),
        ("  JOINT LeftArm", "}\n  JOINT LeftArm", 7, "JOINT outside of a joint"),
        ("  JOINT LeftArm", "  ROOT LeftArm", 6, "ROOT inside of a joint"),
        ("          OFFSET 8 0 0", "JOINT x {", 19, "an end site has no joints"),
        ("}\nMOTION", "}\n}\nMOTION", 40, "a } without its {"),
        ("}\nMOTION", "MOTION", 39, "MOTION before the last }"),
        ("MOTION\n", "", 40, "FRAMES"),
        ("Frames: 2", "Frames: 0", 41, "Frames: 0; 1 to 1,000,000"),
        ("Frames: 2", "Frames: nan", 41, "Frames: nan"),
        ("Frames: 2", "Frames: 99999999999", 41, "Frames: 1e"),
        ("Frame Time: 0.0333333", "Frame: 1", 42, "'Frames: N' and 'Frame Time: S'"),
        ("0.000000000 0.0", "0.0", 43, "23 values; the channels of the joints are 24"),
        ("Frames: 2", "Frames: 3", None, "says 3 frames and has 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, line: int | None, says: str) -> None:
    assert old in small()
    with pytest.raises(DataError, match=says.replace("{", r"\{").replace("}", r"\}")) as error:
        parse_bvh(small().replace(old, new, 1).encode(), "a.bvh")
    assert error.value.line == line


def test_a_file_that_is_cut_off_is_said_to_be(tmp_path: Path) -> None:
    whole = small().encode()
    for size in range(0, len(whole) - 30, 37):
        with pytest.raises(DataError):
            parse_bvh(whole[:size])
    (tmp_path / "a.bvh").write_bytes(whole[:-60])
    (skipped,) = read(tmp_path, OPTIONS)
    assert isinstance(skipped, Skipped) and skipped.source == "a.bvh" and skipped.line == 44


def test_hierarchies_without_end_are_refused() -> None:
    deep = "HIERARCHY\nROOT a\n{\n" + "JOINT b\n{\n" * 5000
    with pytest.raises(DataError, match="more than 200 inside one another"):
        parse_bvh(deep.encode())
    wide = "HIERARCHY\nROOT a\n{\n" + "JOINT b\n{\n}\n" * 5000
    with pytest.raises(DataError, match=r"more than 2,000 joints"):
        parse_bvh(wide.encode())


def test_joints_without_channels_cannot_fill_the_memory() -> None:
    many = "HIERARCHY\nROOT a\n{\nCHANNELS 1 Xrotation\n" + "JOINT b\n{\n}\n" * 1900 + "}\n"
    with pytest.raises(DataError, match="1901 joints in 900,000 frames: their product may be 10,000,000"):
        parse_bvh((many + "MOTION\nFrames: 900000\nFrame Time: 0.1\n").encode())


def test_a_frame_time_of_zero_asks_for_the_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.bvh"
    for time in ("0", "-1", "nan", "1e-320"):
        path.write_text(small().replace("0.0333333", time))
        with pytest.raises(DataError, match="give --fps"):
            load(path, OPTIONS)
        assert load(path, ReadOptions(fps=60.0))[0].fps == 60.0


WORDS = st.sampled_from(
    [
        *("HIERARCHY", "ROOT", "JOINT", "End Site", "{", "}", "OFFSET 0 0 0", "CHANNELS 1 Xrotation", "MOTION"),
        *("Frames: 1", "Frame Time: 0.1", "0 0 0", "1e999", "-", "CHANNELS -1", "OFFSET", ":", "\x00", "Frames:"),
    ]
)


@settings(max_examples=150)
@given(st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=14), st.binary(max_size=6))
def test_any_text_is_a_bvh_or_a_data_error(words: list[str], tail: bytes) -> None:
    try:
        parse_bvh("\n".join(["HIERARCHY", *words]).encode() + tail)
    except DataError:
        pass


@settings(max_examples=60)
@given(st.data())
def test_any_damage_is_a_clip_or_is_skipped(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray(small(np.full((2, WIDTH), 30.0)).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.sampled_from(list(b"0123 -.eEn{}:\n\xff")))
    path = tmp_path_factory.getbasetemp() / "damaged.bvh"
    path.write_bytes(whole)
    found: list[Any] = list(read(path, OPTIONS))
    assert len(found) == 1 and isinstance(found[0], (Sample, Skipped))
