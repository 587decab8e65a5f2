"""`.pose` files: every version and order of points, read with left and right where they are."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest

import tests.strategies  # noqa: F401  (every machine tries the same examples)
from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import holistic
from signllm_training.prompt2sign.errors import AmbiguousDataError, DataError, MissingToolError
from signllm_training.prompt2sign.readers import pose
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Sample, Skipped
from signllm_training.prompt2sign.standard import restore, standardise
from signllm_training.prompt2sign.writers.pose import encode_pose
from tests.real_data import real_data
from tests.training.prompt2sign.pose_files import (
    LEFT,
    RIGHT,
    Component,
    assert_same,
    decode,
    holistic_components,
    observation,
    openpose_components,
    pose_bytes,
    samples,
    signer,
    sure,
)

TO_STANDARD_AND_BACK = 1e-4
"""Picture elements; measured 3.1e-5, half of a float32's last digit at 500."""


# Real clips


@pytest.mark.parametrize(
    ("folder", "count"), [("pose_fingerspelling_ase", 26), ("pose_signs_dsgs", 4), ("pose_format_versions", 4)]
)
def test_every_real_clip_becomes_the_standard_and_returns(folder: str, count: int) -> None:
    clips = samples(real_data(folder))
    assert len(clips) == count
    for clip in clips:
        back = restore(standardise(clip.seen))
        np.testing.assert_allclose(back.points, clip.seen.points, atol=TO_STANDARD_AND_BACK, rtol=0)
        np.testing.assert_array_equal(back.confidence, clip.seen.confidence)


def test_fingerspelling_is_done_with_the_right_hand_on_the_right_side() -> None:
    for clip in samples(real_data("pose_fingerspelling_ase")):
        assert clip.language == "asl"
        assert clip.gloss == (clip.text,)
        placed = standardise(clip.seen)
        assert not placed.mask[:, LEFT].any()
        assert placed.mask[:, RIGHT].all()
        # x points to the signer's left.
        assert (placed.points[:, RIGHT, 0].mean(axis=1) < -0.1).all()
        assert np.ptp(placed.points[:, prompt2sign.WRIST["right"]], axis=0).max() > 0.03


def test_palm_and_curled_fingers_of_the_right_hand_face_the_viewer() -> None:
    letters = {clip.text: standardise(clip.seen) for clip in samples(real_data("pose_fingerspelling_ase"))}
    hand = letters["B"].points[-3:, RIGHT].mean(axis=0)
    assert hand[12, 1] > hand[0, 1]  # fingers up and
    assert hand[5, 0] > hand[17, 0]  # the thumb's side to the signer's left: the palm of a right hand faces +z
    for letter in "AES":
        hand = letters[letter].points[-3:, RIGHT].mean(axis=0)
        knuckles, middle_joints = hand[[5, 9, 13, 17], 2], hand[[6, 10, 14, 18], 2]
        assert (middle_joints > knuckles).all(), letter


def test_signs_of_dsgs_have_glosses_and_both_wrists_on_their_own_sides() -> None:
    clips = {clip.name: clip for clip in samples(real_data("pose_signs_dsgs"))}
    assert {name: clip.gloss for name, clip in clips.items()} == {
        name: (name.capitalize(),) for name in ("essen", "kinder", "kleine", "pizza")
    }
    for clip in clips.values():
        assert (clip.language, clip.provenance.reader) == ("dsgs", "pose:holistic178")
        placed = standardise(clip.seen)
        for side, sign in (("left", 1), ("right", -1)):
            known = placed.mask[:, prompt2sign.WRIST[side]]
            assert sign * np.median(placed.points[known, prompt2sign.WRIST[side], 0]) > 0.05


def test_arms_of_real_clips_are_no_longer_than_arms() -> None:
    for folder in ("pose_fingerspelling_ase", "pose_signs_dsgs"):
        for clip in samples(real_data(folder)):
            placed = standardise(clip.seen)
            for side in ("left", "right"):
                chain = [prompt2sign.SHOULDER[side], prompt2sign.ELBOW[side], prompt2sign.WRIST[side]]
                seen = placed.mask[:, chain].all(axis=1)
                if seen.any():
                    bones = np.linalg.norm(np.diff(placed.points[seen][:, chain], axis=1), axis=-1)
                    assert np.median(bones) < 0.36
                    assert bones.max() < 0.6


def test_openpose_of_version_0_0_is_what_the_library_reads() -> None:
    from pose_format import Pose

    path = real_data("pose_format_versions/openpose.pose")
    body = Pose.read(path.read_bytes()).body
    seen, tag = pose.read_observation(path, ReadOptions())
    assert (tag, seen.depth, len(seen)) == ("openpose137", "none", 93)
    places = [*range(8), *range(95, 137)]
    known = seen.confidence > 0
    np.testing.assert_array_equal(known, body.confidence[:, 0, places] > 0)
    np.testing.assert_array_equal(seen.points[known][:, :2], body.data.data[:, 0, places][known])
    np.testing.assert_array_equal(seen.confidence, np.minimum(body.confidence[:, 0, places], 1).astype(np.float32))


# Versions and orders


@pytest.mark.parametrize("version", [0.0, 0.1, 0.2])
def test_every_version_holds_the_same_clip(version: float) -> None:
    points = np.random.default_rng(3).uniform(100, 400, (3, 1, 137, 2)).astype(np.float32)
    seen, _ = decode(pose_bytes(version, openpose_components(), points, sure(points)))
    np.testing.assert_array_equal(seen.points[..., :2], points[:, 0, [*range(8), *range(95, 137)]])
    assert seen.fps == 25.0


@pytest.mark.parametrize(("face", "world", "count"), [(468, False, 543), (468, True, 576), (478, True, 586)])
def test_holistic_of_every_size_gives_the_same_keypoints(face: int, world: bool, count: int) -> None:
    points = signer()
    order = next(order for order in holistic.ORDERS if order.name == f"holistic{count}")
    chosen = points[:, None, list(order.places)]
    assert chosen.shape[2] == count
    seen, tag = decode(pose_bytes(0.2, holistic_components(face, world=world), chosen, sure(chosen)), profile="image")
    assert tag == f"holistic{count}"
    np.testing.assert_array_equal(seen.points[:, 0, :2], points[:, 0, :2])
    np.testing.assert_array_equal(seen.points[:, LEFT, :2], points[:, 511:532, :2])
    np.testing.assert_array_equal(seen.points[:, RIGHT, :2], points[:, 532:553, :2])
    np.testing.assert_allclose(seen.points[:, 1], seen.points[:, [2, 5]].mean(axis=1), rtol=1e-6, atol=1e-4)


def test_depth_is_counted_from_the_wrist_and_in_widths_of_the_picture() -> None:
    points = signer()
    chosen = points[:, None]
    seen, _ = decode(pose_bytes(0.2, holistic_components(478, world=True), chosen, sure(chosen)), profile="image")
    assert (seen.axes, seen.depth, seen.unit) == ((1, -1, -1), "measured", "pixel")
    hand = seen.points[:, RIGHT, 2]
    np.testing.assert_allclose(hand[:, 0], seen.points[:, prompt2sign.WRIST["right"], 2], rtol=1e-6)
    np.testing.assert_allclose(hand - hand[:, :1], 640 * points[:, 532:553, 2], atol=1e-3)
    assert (standardise(seen).points[:, prompt2sign.WRIST["right"], 2] > 0.05).all()  # it lies before the signer


def test_world_landmarks_say_how_deep_the_body_is_unless_told_otherwise() -> None:
    points = signer()
    world = holistic.START["world"]
    points[:, world + 14, 2] += 0.04  # the right elbow, behind the shoulder
    chosen = points[:, None]
    data = pose_bytes(0.2, holistic_components(478, world=True), chosen, sure(chosen))
    (with_world, tag), (without, plain) = decode(data), decode(data, profile="image")
    assert (tag, plain) == ("holistic586,world", "holistic586")
    elbow = prompt2sign.ELBOW["right"]
    assert (with_world.points[:, elbow, 2] > without.points[:, elbow, 2] + 10).all()
    np.testing.assert_array_equal(with_world.points[..., :2], without.points[..., :2])


def test_both_orders_of_178_points_are_the_same_person() -> None:
    points = signer()
    names = [f"p{k}" for k in range(178)]
    found = {}
    for order in (holistic.HOLISTIC178, holistic.SLRTP178):
        chosen = points[:, None, list(order.places)]
        data = pose_bytes(0.2, [("POINTS", "XYZC", names)], chosen, sure(chosen))
        seen, tag = decode(data)
        assert tag == order.name
        forced, _ = decode(data, profile=order.name)
        assert_same(forced, seen)
        found[tag] = seen
    np.testing.assert_array_equal(found["holistic178"].points[..., :2], found["slrtp178"].points[..., :2])
    np.testing.assert_array_equal(found["holistic178"].points[:, LEFT, :2], points[:, 511:532, :2])


def test_names_win_over_a_profile() -> None:
    points = signer()
    chosen = points[:, None, list(holistic.HOLISTIC178.places)]
    kept = [holistic.BODY_NAMES[k] for k in holistic.HOLISTIC178.places[:8]]
    hands = [
        ("LEFT_HAND_LANDMARKS", "XYZC", holistic.HAND_NAMES),
        ("RIGHT_HAND_LANDMARKS", "XYZC", holistic.HAND_NAMES),
    ]
    parts: list[Component] = [
        *(("POSE_LANDMARKS", "XYZC", kept), ("FACE_LANDMARKS", "XYZC", [str(k) for k in holistic.CONTOUR])),
        *hands,
    ]
    data = pose_bytes(0.1, parts, chosen, sure(chosen))
    assert_same(decode(data, profile="slrtp178")[0], decode(data)[0])


def test_178_points_that_fit_neither_order_are_refused() -> None:
    points = np.random.default_rng(0).uniform(0, 500, (3, 1, 178, 3)).astype(np.float32)
    with pytest.raises(AmbiguousDataError, match="fit neither of the orders holistic178 and slrtp178"):
        decode(pose_bytes(0.2, [("X", "XYZC", ["p"] * 178)], points, sure(points)))


def test_178_points_in_one_place_fit_no_order() -> None:
    points = np.ones((3, 1, 178, 3), np.float32)
    with pytest.raises(AmbiguousDataError, match="name it as profile"):
        decode(pose_bytes(0.2, [("X", "XYZC", ["p"] * 178)], points, sure(points)))


def test_a_picture_mirrored_afterwards_keeps_the_signers_left() -> None:
    points = signer()
    plain = standardise(
        decode(pose_bytes(0.2, holistic_components(478, world=True), points[:, None], sure(points)[:, None]))[0]
    )
    mirrored = points.copy()
    mirrored[..., 0] = 640 - mirrored[..., 0]
    data = pose_bytes(0.2, holistic_components(478, world=True), mirrored[:, None], sure(points)[:, None])
    seen, _ = decode(data)
    assert seen.axes == (-1, -1, -1)
    np.testing.assert_allclose(standardise(seen).points, plain.points, atol=1e-5)


def test_the_nose_of_178_points_is_the_middle_of_the_face() -> None:
    clip = samples(real_data("pose_fingerspelling_ase"))[0]
    placed = clip.seen.points
    path = real_data("pose_fingerspelling_ase") / f"{clip.name}.pose"
    from pose_format import Pose

    body = Pose.read(path.read_bytes()).body
    contour = body.data.data[:, 0, [33 + k for k in holistic.CONTOUR]].mean(axis=1)
    width = np.linalg.norm((placed[:, 5] - placed[:, 2])[:, :2], axis=-1)
    assert (np.linalg.norm((contour - body.data.data[:, 0, 0])[:, :2], axis=-1) < 0.05 * width).all()


def test_a_missing_point_has_confidence_zero_and_no_value() -> None:
    points = signer()[:, None]
    confidence = sure(points)
    confidence[1, 0, 16] = 0.0  # the right wrist
    points[2, 0, 12, 0] = np.nan  # the right shoulder, which takes the neck with it
    seen, _ = decode(pose_bytes(0.2, holistic_components(478, world=True), points, confidence))
    assert seen.confidence[1, 4] == 0.0
    assert seen.confidence[2, [1, 2]].tolist() == [0.0, 0.0]
    assert not seen.points[1, 4].any()
    assert (seen.confidence > 0).sum() == seen.confidence.size - 3


# People, frame rates, tables


def test_the_largest_of_several_people_is_followed_or_the_clip_is_refused() -> None:
    near, far = signer(), signer() * np.array([0.3, 0.3, 1.0], np.float32)
    both = np.stack([far, near], axis=1)
    data = pose_bytes(0.2, holistic_components(478, world=True), both, sure(both))
    alone = pose_bytes(0.2, holistic_components(478, world=True), near[:, None], sure(near[:, None]))
    assert_same(decode(data)[0], decode(alone)[0])
    with pytest.raises(DataError, match="up to 2 people are in the picture, and `people` is `only`"):
        decode(data, people="only")


def test_people_of_version_0_0_cannot_be_followed() -> None:
    points = np.ones((2, 2, 137, 2), np.float32)
    with pytest.raises(DataError, match=r"of whom version 0\.0 keeps no track; convert it to 0\.2"):
        decode(pose_bytes(0.0, openpose_components(), points, sure(points)))


def test_a_frame_without_a_person_stays_in_the_clip() -> None:
    points = np.random.default_rng(1).uniform(0, 300, (2, 1, 137, 2)).astype(np.float32)
    data = pose_bytes(0.0, openpose_components(), points, sure(points))
    head = len(data) - 2 * (2 + 2 + 137 * 3 * 4)
    empty = data[: head - 2] + struct.pack("<H", 3) + data[head:] + struct.pack("<H", 0)
    seen, _ = decode(empty)
    assert len(seen) == 3
    assert not seen.confidence[2].any()
    assert seen.confidence[:2].all()


def test_a_file_without_a_frame_rate_needs_the_option() -> None:
    points = np.ones((1, 1, 137, 2), np.float32)
    data = pose_bytes(0.1, openpose_components(), points, sure(points), fps=0)
    with pytest.raises(DataError, match="give them with the option fps"):
        decode(data)
    assert pose.decode(data, ReadOptions(fps=30.0))[0].fps == 30.0


def test_a_table_beside_the_files_names_cuts_and_misses(tmp_path: Path) -> None:
    points = signer(50)[:, None]
    data = pose_bytes(0.2, holistic_components(478, world=True), points, sure(points))
    for name in ("a", "b"):
        (tmp_path / f"{name}.pose").write_bytes(data)
    (tmp_path / "index.csv").write_text(
        "path,spoken_language,signed_language,start,end,words,glosses,priority\n"
        "de/a.pose,de,sgg,400,1200,ein Kind,KIND EIN,0\n"
        "de/b.pose,de,ase,0,9999,b,B,0\n"
        "de/gone.pose,de,sgg,0,0,fort,FORT,0\n"
    )
    a, b, gone = pose.read(tmp_path, ReadOptions(language="tsl", split="dev"))
    assert isinstance(a, Sample)
    assert isinstance(b, Sample)
    assert isinstance(gone, Skipped)
    assert (a.text, a.gloss, a.language, a.split, len(a.seen)) == ("ein Kind", ("KIND", "EIN"), "dsgs", "dev", 20)
    assert (a.provenance.begin_s, a.provenance.end_s, a.provenance.source) == (0.4, 1.2, "a.pose")
    assert (b.language, len(b.seen), b.provenance.begin_s) == ("asl", 50, None)
    assert (gone.source, gone.line) == ("de/gone.pose", 4)


def test_a_file_in_another_folder_takes_nobodys_line_of_the_table(tmp_path: Path) -> None:
    points = signer()[:, None]
    data = pose_bytes(0.2, holistic_components(478, world=True), points, sure(points))
    for folder in ("ase", "sgg"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.pose").write_bytes(data)
    (tmp_path / "index.csv").write_text("path,words,glosses\nsgg/a.pose,eins,EINS\n")
    found = [each for each in pose.read(tmp_path, ReadOptions()) if isinstance(each, Sample)]
    assert {each.name: each.text for each in found} == {"ase/a": "", "sgg/a": "eins"}
    assert [each.text for each in pose.read(tmp_path / "ase", ReadOptions()) if isinstance(each, Sample)] == [""]
    (tmp_path / "index.csv").write_text("path,words,glosses\nlost/a.pose,eins,EINS\n")
    *_, missing = pose.read(tmp_path, ReadOptions())
    assert isinstance(missing, Skipped)  # two files could be meant


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("a,b\n1,2\n", r"index\.csv, line 1: no column path, words, glosses"),
        ("path,words,glosses,start,end\nx,w,G,9,2\n", r"line 2: start and end .* ends before it starts"),
        ("path,words,glosses,start,end\nx,w,G,soon,2\n", r"line 2: start and end should be milliseconds"),
        ("path,words,glosses\nx,w,G\nx,v,H\n", "line 3: 'x' is named twice, first in line 2"),
        ('path,words,glosses\n"x,w,G\n', "no table"),
        (b"path,words,glosses\n\xff\n", "no table"),
    ],
)
def test_a_table_that_cannot_be_right_stops_the_run(tmp_path: Path, table: str | bytes, message: str) -> None:
    (tmp_path / "x.pose").write_bytes(b"")
    (tmp_path / "index.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    with pytest.raises(DataError, match=message):
        list(pose.read(tmp_path, ReadOptions()))


def test_a_bad_file_is_skipped_and_the_others_are_read(tmp_path: Path) -> None:
    points = signer()[:, None]
    data = pose_bytes(0.2, holistic_components(478, world=True), points, sure(points))
    (tmp_path / "good.pose").write_bytes(data)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "bad.pose").write_bytes(data[:-7])
    good, bad = pose.read(tmp_path, ReadOptions())
    assert isinstance(good, Sample)
    assert isinstance(bad, Skipped)
    assert (bad.source, bad.reason.endswith("it is cut off")) == ("sub/bad.pose", True)


@pytest.mark.parametrize(("path", "message"), [("none.pose", "no such file"), ("", r"no \.pose file in this folder")])
def test_nothing_to_read_is_a_sentence(tmp_path: Path, path: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        pose.read(tmp_path / path, ReadOptions())


def test_an_unknown_profile_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'phoenix': \.pose files know image, holistic178, slrtp178"):
        pose.read(tmp_path, ReadOptions(profile="phoenix"))


def test_a_missing_library_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = encode_pose(observation(np.ones((1, 50, 3), np.float32), np.ones((1, 50), np.float32)))
    (tmp_path / "a.pose").write_bytes(data)
    monkeypatch.setitem(sys.modules, "pose_format", None)
    with pytest.raises(MissingToolError, match=r"pip install 'signllm\[data\]'"):
        list(pose.read(tmp_path, ReadOptions()))
    with pytest.raises(MissingToolError, match=r"pip install 'signllm\[data\]'"):
        encode_pose(observation(np.ones((1, 50, 3), np.float32), np.ones((1, 50), np.float32)))
