"""SMPL-X parameter files: every layout, the mean hand, and the rotations as keypoints."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.motion import rotation
from signllm.motion.kinematics import humanoid_keypoints
from signllm.motion.skeletons import humanoid, prompt2sign, smplx
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.readers.smplx import MODEL, load, read
from signllm_training.prompt2sign.rotations_to_keypoints import (
    BONES,
    mean_rotation,
    rotations_to_keypoints,
    smplx_to_humanoid,
)
from signllm_training.prompt2sign.sample import Sample, Skipped
from signllm_training.prompt2sign.standard import standardise
from tests import strategies

Array = npt.NDArray[np.float64]
OPTIONS = ReadOptions(language="asl")
JOINT = {name: j for j, name in enumerate(smplx.JOINT_NAMES)}
KEYPOINT = {name: k for k, name in enumerate(prompt2sign.KEYPOINT_NAMES)}


def some_pose(frames: int = 4, seed: int = 1, scale: float = 0.4) -> Array:
    """[T, 55, 3], jaw and eyes at rest, because not every layout has them."""
    rotvec = np.random.default_rng(seed).normal(0.0, scale, (frames, 55, 3))
    rotvec[:, 22:25] = 0.0
    return rotvec


def row(rotvec: Array, width: int) -> Array:
    """Rows of a layout, [T, width], written down independently of the reader: what is no rotation is 7."""
    frames = len(rotvec)
    root, body = rotvec[:, 0], rotvec[:, 1:22].reshape(frames, -1)
    jaw, left, right = (rotvec[:, a:b].reshape(frames, -1) for a, b in ((22, 23), (25, 40), (40, 55)))
    eyes = rotvec[:, 23:25].reshape(frames, -1)

    def rest(count: int) -> Array:
        return np.full((frames, count), 7.0)

    parts = {
        182: [root, body, left, right, jaw, rest(23)],
        169: [root, body, left, right, rest(13)],
        322: [root, body, left, right, jaw, rest(163)],
        156: [root, body, left, right],
        165: [root, body, jaw, eyes, left, right],
        72: [root, body, rest(6)],
    }
    return np.concatenate(parts[width], axis=1)


def signavatars(rotvec: Array, width: int = 182, **more: object) -> dict[str, object]:
    return {"width": np.array([1280]), ("smplx" if width == 182 else "unsmooth_smplx"): row(rotvec, width), **more}


def dump(path: Path, value: object) -> Path:
    path.write_bytes(pickle.dumps(value))
    return path


# Rotations to keypoints


def test_the_rest_pose_is_the_humanoids_rest_pose() -> None:
    rest = humanoid_keypoints(np.broadcast_to(rotation.IDENTITY, (1, 55, 4)))
    np.testing.assert_allclose(rotations_to_keypoints(np.zeros((1, 55, 3))), rest, atol=1e-6)


def test_every_joint_has_a_bone_of_its_own_and_the_same_parent() -> None:
    assert sorted(BONES) == sorted(humanoid.HUMANOID.joint_names)
    for joint, parent in enumerate(smplx.PARENTS[1:], 1):
        bone = humanoid.HUMANOID.index[BONES[joint]]
        assert humanoid.HUMANOID.joint_names[humanoid.HUMANOID.parents[bone]] == BONES[parent]


def test_keypoints_are_those_of_a_plain_walk_down_the_tree() -> None:
    rotvec = some_pose()
    rest = np.array([humanoid.HUMANOID.rest_positions[humanoid.HUMANOID.index[bone]] for bone in BONES])
    for frame, points in zip(rotvec, humanoid_keypoints(smplx_to_humanoid(rotvec)), strict=True):
        turn: list[Array] = []
        at: list[Array] = []
        for joint, parent in enumerate(smplx.PARENTS):
            local = rotation.quat_to_matrix(rotation.rotvec_to_quat(frame[joint]))
            turn.append(turn[parent] @ local if parent >= 0 else local)
            at.append(at[parent] + turn[parent] @ (rest[joint] - rest[parent]) if parent >= 0 else rest[joint])
        expected = {"left_wrist": "left_wrist", "right_elbow": "right_elbow", "left_shoulder": "left_shoulder"}
        for side in ("left", "right"):
            for theirs, ours in (("index", "index"), ("pinky", "little"), ("ring", "ring"), ("thumb", "thumb")):
                expected |= {f"{side}_hand_{ours}{k}": f"{side}_{theirs}{k}" for k in (1, 2, 3)}
        for ours, theirs in expected.items():
            away = at[JOINT[theirs]] - [0.0, humanoid.SHOULDER_HEIGHT, 0.0]
            np.testing.assert_allclose(points[KEYPOINT[ours]], away, atol=1e-12)


@settings(max_examples=25)
@given(st.integers(0, 1000))
def test_bone_lengths_are_constant_and_a_turned_camera_changes_nothing(seed: int) -> None:
    rotvec = some_pose(seed=seed)
    points = rotations_to_keypoints(rotvec)
    rest = rotations_to_keypoints(np.zeros((1, 55, 3)))
    for a, b in prompt2sign.LIMBS[2:]:  # the nose hangs on the head, the neck on the chest: no bone between them
        if a != prompt2sign.NECK:
            lengths = np.linalg.norm(points[:, a] - points[:, b], axis=-1)
            np.testing.assert_allclose(lengths, np.linalg.norm(rest[0, a] - rest[0, b]), atol=1e-6)
    turned = rotvec.copy()
    camera = rotation.rotvec_to_quat(np.random.default_rng(seed + 1).normal(0.0, 2.0, 3))
    turned[:, 0] = rotation.quat_to_rotvec(rotation.multiply(camera, rotation.rotvec_to_quat(rotvec[:, 0])))
    ours, theirs = points - points[:1, :1], rotations_to_keypoints(turned)
    np.testing.assert_allclose(theirs - theirs[:1, :1], ours, atol=2e-6)


def test_the_signer_faces_the_viewer_in_a_camera_whose_y_points_down() -> None:
    rotvec = np.zeros((3, 55, 3))
    rotvec[:, 0, 0] = np.pi  # as monocular fits have it
    rotvec[:, JOINT["right_shoulder"], 2] = -1.2  # the right arm goes up
    points = rotations_to_keypoints(rotvec)
    assert (points[:, KEYPOINT["right_wrist"], 1] > points[:, KEYPOINT["nose"], 1]).all()
    assert (points[:, KEYPOINT["left_shoulder"], 0] > points[:, KEYPOINT["right_shoulder"], 0]).all()
    assert (points[:, KEYPOINT["nose"], 2] > points[:, KEYPOINT["neck"], 2]).all()


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("finger", ["index", "middle", "pinky", "ring", "thumb"])
def test_a_bent_finger_moves_that_finger_alone(side: str, finger: str) -> None:
    rotvec = np.zeros((1, 55, 3))
    rest = rotations_to_keypoints(rotvec)
    rotvec[:, JOINT[f"{side}_{finger}2"], 2] = 0.5
    moved = np.flatnonzero(np.abs(rotations_to_keypoints(rotvec) - rest).max(axis=(0, 2)) > 1e-6)
    ours = finger.replace("pinky", "little")
    assert [prompt2sign.KEYPOINT_NAMES[k] for k in moved] == [f"{side}_hand_{ours}{k}" for k in (3, 4)]


@settings(max_examples=25)
@given(strategies.unit_vectors(), st.floats(0.0, 3.0), st.floats(0.0, 0.3))
def test_the_mean_rotation_lies_between_two_and_does_not_see_signs(axis: Array, angle: float, apart: float) -> None:
    pair = rotation.axis_angle_to_quat(axis, np.array([angle - apart, angle + apart]))
    for signs in ([1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]):
        mean = mean_rotation(pair * np.array(signs)[:, None])
        assert rotation.angle_between(mean, rotation.axis_angle_to_quat(axis, angle)) < 1e-6


# Files


def test_all_layouts_of_one_pose_are_one_clip(tmp_path: Path) -> None:
    rotvec = some_pose()
    flat = ReadOptions(profile="smplx-flat")
    expected = rotations_to_keypoints(rotvec)
    files = [dump(tmp_path / f"{w}.pkl", signavatars(rotvec, w)) for w in (182, 169)]
    np.save(tmp_path / "x.npy", row(rotvec, 322))
    files.append(tmp_path / "x.npy")
    for width in (156, 165):
        np.savez(tmp_path / f"{width}.npz", poses=row(rotvec, width), mocap_framerate=120.0, gender="neutral")
        files.append(tmp_path / f"{width}.npz")
    seen = [load(file, flat) for file in files]
    assert [reader for _, reader in seen] == [
        *("smplx:signavatars182", "smplx:signavatars169", "smplx:motionx322", "smplx:amass156", "smplx:amass165")
    ]
    assert [observation.fps for observation, _ in seen] == [24.0, 24.0, 30.0, 120.0, 120.0]
    for observation, _ in seen:
        np.testing.assert_allclose(observation.points, expected, atol=1e-6)
        assert (observation.confidence == 1.0).all() and observation.depth == "measured"
    assert standardise(seen[0][0]).points.shape == (4, 50, 3)


def test_a_body_without_hands_has_no_fingers(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", poses=row(some_pose(), 72), mocap_frame_rate=60)
    seen, _ = load(tmp_path / "a.npz", OPTIONS)
    assert (seen.confidence.sum(axis=1) == 10).all() and seen.fps == 60.0


def test_hands_relative_to_the_mean_hand_need_the_model_to_be_exact(tmp_path: Path) -> None:
    rotvec = some_pose()
    mean = np.random.default_rng(2).normal(0.0, 0.3, (2, 45))
    stored = rotvec.copy()
    stored[:, 25:55] -= mean.reshape(30, 3)
    file = dump(tmp_path / "clip.pkl", signavatars(stored))
    exact = rotations_to_keypoints(rotvec)
    without, reader = load(file, OPTIONS)
    assert reader == "smplx:signavatars182+relaxed-hand"
    hands = [*range(9, 29), *range(30, 50)]
    np.testing.assert_allclose(np.delete(without.points, hands, axis=1), np.delete(exact, hands, axis=1), atol=1e-6)
    assert np.abs(without.points - exact).max() > 0.005
    folder = tmp_path / "with"
    folder.mkdir()
    file = dump(folder / "clip.pkl", signavatars(stored))
    np.savez(folder / MODEL, hands_meanl=mean[0], hands_meanr=mean[1], v_template=np.zeros((9, 3)))
    with_model, reader = load(file, OPTIONS)
    assert reader == "smplx:signavatars182+model-hand"
    np.testing.assert_allclose(with_model.points, exact, atol=1e-6)
    assert [type(each) for each in read(folder, OPTIONS)] == [Sample]  # the model is no sample
    np.savez(tmp_path / MODEL, hands_meanl=mean[0])
    with pytest.raises(DataError, match="'hands_meanl' and 'hands_meanr' of 45 numbers"):
        load(tmp_path / "clip.pkl", OPTIONS)


def test_the_relaxed_hand_bends_towards_the_palm(tmp_path: Path) -> None:
    seen, _ = load(dump(tmp_path / "a.pkl", signavatars(np.zeros((2, 55, 3)))), OPTIONS)
    flat = rotations_to_keypoints(np.zeros((2, 55, 3)))
    for side in ("left", "right"):  # palms point down in the T-pose
        for finger in ("index", "middle", "ring", "little"):
            tip = KEYPOINT[f"{side}_hand_{finger}4"]
            assert (seen.points[:, tip, 1] < flat[:, tip, 1] - 0.02).all()


def test_frames_left_out_stay_gaps_and_hands_that_are_not_valid_are_missing(tmp_path: Path) -> None:
    held = signavatars(
        some_pose(3),
        total_valid_index=np.array([10, 11, 14]),
        left_valid=np.array([1, 0, 1]),
        right_valid=np.array([True, True, False]),
    )
    seen, _ = load(dump(tmp_path / "a.pkl", held), ReadOptions(fps=25.0, profile="smplx-flat"))
    assert len(seen) == 5 and seen.fps == 25.0
    left, right = (slice(base + 1, base + 21) for base in (8, 29))
    assert (seen.confidence[[2, 3]] == 0.0).all()
    assert (seen.confidence[1, left] == 0.0).all() and (seen.confidence[1, right] == 1.0).all()
    assert (seen.confidence[4, right] == 0.0).all() and seen.confidence[4, 8] == seen.confidence[4, 29] == 1.0


def test_a_frame_with_a_number_that_is_none_is_missing(tmp_path: Path) -> None:
    rotvec = some_pose()
    rotvec[1, 20, 1], rotvec[2, 0, 0] = np.nan, 1e30
    np.save(tmp_path / "a.npy", row(rotvec, 322))
    seen, _ = load(tmp_path / "a.npy", OPTIONS)
    assert seen.confidence.max(axis=1).tolist() == [1.0, 0.0, 0.0, 1.0]


def test_a_folder_is_read_in_order_with_its_sentences_and_what_is_skipped_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "train"
    folder.mkdir()
    dump(folder / "b.pkl", signavatars(some_pose()))
    dump(folder / "a.pkl", {"other": 1})
    (folder / "c.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    (folder / "d.txt").write_text("no pose")
    np.savez(tmp_path / "shape.npz", betas=np.zeros(10))
    table = tmp_path / "t.csv"
    table.write_text("name|video|start|end|speaker|orth|translation\nb|b/1|-1|-1|Signer01|MY NAME|my name .\n")
    found = list(read(tmp_path, ReadOptions(language="asl", corpus="sa", text=table)))
    assert [type(each) for each in found] == [Skipped, Skipped, Sample, Skipped]
    shape, a, b, c = found
    assert isinstance(b, Sample) and isinstance(a, Skipped) and isinstance(c, Skipped) and isinstance(shape, Skipped)
    assert (b.name, b.text, b.gloss, b.signer, b.language) == (
        "train/b",
        "my name .",
        ("MY", "NAME"),
        "Signer01",
        "asl",
    )
    assert (b.provenance.corpus, b.provenance.source) == ("sa", "train/b.pkl")
    assert b.split == "train"
    assert a.source == "train/a.pkl" and a.reason == "holds other; 'smplx' (SignAvatars) or 'poses' (AMASS) is needed"
    assert "os.system" in c.reason
    assert shape.source == "shape.npz"


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ([1], "holds a list"),
        ({"smplx": np.zeros((4, 181))}, r"shape \(4, 181\); 1 to 100,000 frames of 182 or 169 values"),
        ({"smplx": np.zeros((0, 182))}, r"shape \(0, 182\)"),
        ({"smplx": np.zeros(182)}, r"shape \(182,\)"),
        ({"smplx": [["a"]]}, "not numbers"),
        ({"smplx": [[1.0], [1.0, 2.0]]}, "is no array"),
        ({"smplx": np.full((2, 182), np.nan)}, "no frame holds rotations that are finite"),
        ({"smplx": np.zeros((2, 182)), "left_valid": np.zeros(3)}, "'left_valid' has 3 values for 2 frames"),
        ({"smplx": np.zeros((2, 182)), "total_valid_index": [4, 4]}, "do not rise"),
        ({"smplx": np.zeros((2, 182)), "total_valid_index": [4, np.inf]}, "do not rise"),
        ({"smplx": np.zeros((2, 182)), "total_valid_index": [0, 10**9]}, "reaches over 1000000001 frames"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, held: object, says: str) -> None:
    with pytest.raises(DataError, match=says):
        load(dump(tmp_path / "a.pkl", held), OPTIONS)


def test_a_frame_rate_that_nobody_says_is_asked_for(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", poses=np.zeros((2, 156)))
    with pytest.raises(DataError, match="give --fps"):
        load(tmp_path / "a.npz", OPTIONS)
    assert load(tmp_path / "a.npz", ReadOptions(fps=60.0))[0].fps == 60.0
    np.savez(tmp_path / "a.npz", poses=np.zeros((2, 156)), mocap_framerate=np.nan)
    with pytest.raises(DataError, match="nan frames per second"):
        load(tmp_path / "a.npz", OPTIONS)


def test_a_folder_without_files_and_an_unknown_profile_stop_the_reading(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file ending in \.pkl, \.npy, \.npz"):
        list(read(tmp_path, OPTIONS))
    with pytest.raises(DataError, match="smplx-flat and smplx-mean"):
        read(tmp_path, ReadOptions(profile="phoenix"))


VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.integers(),
    st.lists(st.floats(), max_size=4),
    st.sampled_from([np.zeros((2, 182)), np.full((1, 169), np.inf), np.arange(2), np.array([[1e308] * 182] * 2)]),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)
NAMES = st.sampled_from(["smplx", "unsmooth_smplx", "total_valid_index", "left_valid", "mocap_framerate", "other"])


@settings(max_examples=80)
@given(st.one_of(st.dictionaries(NAMES, VALUES, max_size=4), VALUES), st.sampled_from([2, 5]))
def test_any_file_is_a_clip_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, held: object, protocol: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.pkl"
    path.write_bytes(pickle.dumps(held, protocol=protocol))
    (found,) = read(path, OPTIONS)
    assert isinstance(found, (Sample, Skipped))
