"""`.pose`: every version and order of points read, absurd headers refused, ours written and read back exactly."""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  (every machine tries the same examples)
from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import holistic, holistic_depth, pose_profile
from signllm_training.prompt2sign.errors import AmbiguousDataError, DataError, MissingToolError
from signllm_training.prompt2sign.pose_header import read_header
from signllm_training.prompt2sign.readers import pose
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Observation, Sample, Skipped
from signllm_training.prompt2sign.standard import restore, standardise
from signllm_training.prompt2sign.writers.pose import encode_pose, write_pose
from tests.real_data import real_data

Floats = npt.NDArray[np.float32]
Component = tuple[str, str, Sequence[str]]
BODY, LEFT, RIGHT = slice(0, 8), prompt2sign.hand_slice("left"), prompt2sign.hand_slice("right")
TO_STANDARD_AND_BACK = 1e-4
"""Picture elements; measured 3.1e-5, half of a float32's last digit at 500."""


def pose_bytes(
    version: float,
    components: Sequence[Component],
    points: Floats,
    confidence: Floats,
    fps: float = 25.0,
    size: tuple[int, int, int] = (640, 480, 640),
    order: str = "<",
) -> bytes:
    """A `.pose` file by the specification alone. points [T, P, K, D], confidence [T, P, K]."""

    def text(s: str) -> bytes:
        return struct.pack(order + "H", len(s.encode())) + s.encode()

    out = struct.pack(order + "fHHHH", version, *size, len(components))
    for name, letters, names in components:
        out += text(name) + text(letters) + struct.pack(order + "HHH", len(names), 0, 0) + b"".join(map(text, names))
    frames, people = points.shape[:2]
    kind = order + "f4"
    if version == 0.0:
        out += struct.pack(order + "HH", int(fps), frames)
        for t in range(frames):
            out += struct.pack(order + "H", people)
            for p in range(people):
                both = np.concatenate([points[t, p], confidence[t, p][:, None]], axis=-1)
                out += struct.pack(order + "h", p) + both.astype(kind).tobytes()
        return out
    head = (int(fps), frames % 65536, people) if version == 0.1 else (fps, frames, people)
    out += struct.pack(order + ("HHH" if version == 0.1 else "fIH"), *head)
    return out + points.astype(kind).tobytes() + confidence.astype(kind).tobytes()


def openpose_components() -> list[Component]:
    body = ["Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist"]
    return [
        ("pose_keypoints_2d", "XYC", [*body, *(f"other{k}" for k in range(17))]),
        ("face_keypoints_2d", "XYC", [f"FB_{k}" for k in range(70)]),
        ("hand_left_keypoints_2d", "XYC", [f"h{k}" for k in range(21)]),
        ("hand_right_keypoints_2d", "XYC", [f"h{k}" for k in range(21)]),
    ]


def holistic_components(face: int, *, world: bool) -> list[Component]:
    made: list[Component] = [
        ("POSE_LANDMARKS", "XYZC", holistic.BODY_NAMES),
        ("FACE_LANDMARKS", "XYZC", [str(k) for k in range(face)]),
        ("LEFT_HAND_LANDMARKS", "XYZC", holistic.HAND_NAMES),
        ("RIGHT_HAND_LANDMARKS", "XYZC", holistic.HAND_NAMES),
    ]
    return [*made, ("POSE_WORLD_LANDMARKS", "XYZC", holistic.BODY_NAMES)] if world else made


def signer(frames: int = 4, seed: int = 0) -> Floats:
    """[T, 586, 3]: a person in a picture 640 wide, hands on wrists, a face of a face's shape; z in picture widths."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-0.01, 0.01, (frames, holistic.COUNT, 3)) * [640, 640, 0.1] + [320, 200, 0]
    at = {name: k for k, name in enumerate(holistic.BODY_NAMES)}
    for start in (0, holistic.START["world"]):
        for side, sign in (("LEFT", 1), ("RIGHT", -1)):
            for joint, across, down, ahead in (
                ("SHOULDER", 90, 40, 0.0),
                ("ELBOW", 120, 160, 0.0),
                ("WRIST", 60, 90, -0.1),
            ):
                points[:, start + at[f"{side}_{joint}"]] += [sign * across, down, ahead]
        points[:, start + at["NOSE"]] += [0, -80, -0.1]
    for side in ("left", "right"):
        start = holistic.START[f"{side}_hand"]
        hand = points[:, at[f"{side.upper()}_WRIST"]][:, None] + rng.uniform(-20, 20, (frames, 21, 3)) * [1, 1, 1e-3]
        hand[:, 0] = points[:, at[f"{side.upper()}_WRIST"]]
        hand[..., 2] -= hand[:, :1, 2]
        points[:, start : start + 21] = hand
    face = holistic.START["face"]
    for k, spot in (
        (454, (40, -80, 0)),
        (234, (-40, -80, 0)),
        (0, (0, -60, -48 / 640)),
        (10, (0, -130, 0)),
        (152, (0, -31, 0)),
    ):
        points[:, face + k] = np.array([320, 200, 0]) + spot
    return points.astype(np.float32)


def sure(points: Floats) -> Floats:
    return np.ones(points.shape[:-1], np.float32)


def decode(data: bytes, **options: str) -> tuple[Observation, str]:
    return pose.decode(data, ReadOptions(**options))  # type: ignore[arg-type]


def samples(folder: Path, **options: str) -> list[Sample]:
    found = list(pose.read(folder, ReadOptions(**options)))  # type: ignore[arg-type]
    assert not [each for each in found if isinstance(each, Skipped)]
    return [each for each in found if isinstance(each, Sample)]


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


def test_real_clips_survive_our_own_files_exactly(tmp_path: Path) -> None:
    for folder in ("pose_signs_dsgs", "pose_format_versions"):
        for clip in samples(real_data(folder)):
            write_pose(clip.seen, tmp_path / "clip.pose")
            again, tag = pose.read_observation(tmp_path / "clip.pose", ReadOptions())
            assert tag == "signllm50"
            assert_same(again, clip.seen)


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


# Headers that lie


def small() -> bytes:
    points = np.ones((2, 1, 137, 2), np.float32)
    return pose_bytes(0.2, openpose_components(), points, sure(points))


def test_a_header_that_asks_for_terabytes_is_refused_by_the_size_of_the_file() -> None:
    data = small()
    at = len(data) - 2 * 137 * 3 * 4 - 6
    absurd = data[:at] + struct.pack("<IH", 4_294_967_295, 65_535) + data[at + 6 :]
    with pytest.raises(DataError, match=r"announces 4,294,967,295 frames of 65,535 people .* it is cut off"):
        decode(absurd)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ends within its header"),
        (b"PK\x03\x04 and so on", r"no \.pose file of version 0\.0, 0\.1 or 0\.2"),
        (struct.pack("<fHHHH", 0.3, 1, 1, 1, 1), r"its version would be 0\.3"),
        (struct.pack("<fHHHH", 0.2, 1, 1, 1, 0), "0 points in 0 components"),
        (struct.pack("<fHHHHHHHH", 0.2, 1, 1, 1, 1, 0, 65535, 1, 1), "ends within a name"),
        (
            struct.pack("<fHHHHH", 0.2, 1, 1, 1, 1, 1) + b"A" + struct.pack("<H", 4) + b"XYZC" + b"\xff" * 6,
            "has 65,535",
        ),
        (struct.pack("<fHHHHH", 0.2, 1, 1, 1, 1, 1) + b"\xff" + bytes(20), "no UTF-8: some writers count letters"),
    ],
)
def test_a_header_that_cannot_be_right_is_a_sentence(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        decode(data)


@pytest.mark.parametrize("version", [0.0, 0.1, 0.2])
def test_the_wrong_byte_order_is_recognised(version: float) -> None:
    points = np.ones((2, 1, 137, 2), np.float32)
    data = pose_bytes(version, openpose_components(), points, sure(points), order=">")
    with pytest.raises(
        DataError, match=r"bytes are in the wrong order: .* little-endian, this one was written big-endian"
    ):
        decode(data)


@pytest.mark.parametrize("version", [0.0, 0.1, 0.2])
def test_a_file_cut_off_anywhere_is_refused_before_the_library_sees_it(
    version: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = np.ones((3, 1, 137, 2), np.float32)
    data = pose_bytes(version, openpose_components(), points, sure(points))
    read_header(data)
    monkeypatch.setitem(sys.modules, "pose_format", None)
    for end in [*range(0, 400, 7), *range(len(data) - 40, len(data))]:
        with pytest.raises(DataError, match=r"cut off|nothing to read|no \.pose file"):
            decode(data[:end])


@pytest.mark.parametrize("version", [0.0, 0.1, 0.2])
def test_bytes_after_the_data_are_refused(version: float) -> None:
    points = np.ones((2, 1, 137, 2), np.float32)
    with pytest.raises(DataError, match=r"something follows its data"):
        decode(pose_bytes(version, openpose_components(), points, sure(points)) + b"\0\0\0\0")


def test_a_count_of_16_bits_wraps_around_in_long_recordings() -> None:
    components: list[Component] = [("POINTS", "XC", ["a"])]
    points = np.ones((65_536 + 3, 1, 1, 1), np.float32)
    assert read_header(pose_bytes(0.1, components, points, sure(points))).frames == 65_539


def test_unknown_points_are_listed() -> None:
    points = np.ones((1, 1, 2, 2), np.float32)
    with pytest.raises(DataError, match=r"its components LIPS \(2\) are none that is known: MediaPipe Holistic"):
        decode(pose_bytes(0.2, [("LIPS", "XYC", ["a", "b"])], points, sure(points)))


def test_openpose_without_a_hand_is_a_sentence() -> None:
    points = np.ones((1, 1, 116, 2), np.float32)
    with pytest.raises(DataError, match="no component hand_right_keypoints_2d of 21 points"):
        decode(pose_bytes(0.2, openpose_components()[:3], points, sure(points)))


def test_a_format_without_y_is_a_sentence() -> None:
    points = np.ones((1, 1, 2, 1), np.float32)
    with pytest.raises(DataError, match="has the format XC, without X or Y"):
        decode(pose_bytes(0.2, [("LIPS", "XC", ["a", "b"])], points, sure(points)))


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_clip_or_a_sentence(data: bytes) -> None:
    try:
        decode(data)
    except DataError:
        pass


@settings(max_examples=120)
@given(st.sampled_from([0.0, 0.1, 0.2]), st.integers(0, 1500), st.binary(min_size=1, max_size=8), st.booleans())
def test_a_damaged_file_is_a_clip_or_a_sentence(version: float, at: int, patch: bytes, from_end: bool) -> None:
    points = np.ones((2, 1, 137, 2), np.float32)
    data = bytearray(pose_bytes(version, openpose_components(), points, sure(points)))
    start = len(data) - at - len(patch) if from_end else at
    data[max(start, 0) : max(start, 0) + len(patch)] = patch
    try:
        decode(bytes(data))
    except DataError:
        pass


# Ours


def observation(points: Floats, confidence: Floats, **said: object) -> Observation:
    return Observation(points, confidence, **{"fps": 25.0, **said})  # type: ignore[arg-type]


def assert_same(a: Observation, b: Observation) -> None:
    np.testing.assert_array_equal(a.points, np.where((b.confidence > 0)[..., None], b.points, 0))
    np.testing.assert_array_equal(a.confidence, b.confidence)
    assert (a.fps, a.axes, a.unit, a.depth) == (b.fps, b.axes, b.unit, b.depth)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    frames, seed = draw(st.integers(1, 4)), draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    scale = 10.0 ** draw(st.integers(-30, 30))
    points = (rng.standard_normal((frames, 50, 3)) * scale).astype(np.float32)
    confidence = (rng.uniform(0, 1, (frames, 50)) * (rng.uniform(0, 1, (frames, 50)) > 0.3)).astype(np.float32)
    return observation(
        points,
        confidence,
        fps=draw(st.floats(0.001, 999.0)),
        axes=tuple(draw(st.lists(st.sampled_from([1, -1]), min_size=3, max_size=3))),
        unit=draw(st.sampled_from(["pixel", "image", "metre", "shoulder", "arbitrary"])),
        depth=draw(st.sampled_from(["none", "measured", "lifted"])),
    )


@settings(max_examples=40)
@given(observations())
def test_what_we_write_is_read_back_exactly(seen: Observation) -> None:
    again, tag = decode(encode_pose(seen))
    assert tag == "signllm50"
    assert_same(again, seen)


@settings(max_examples=25)
@given(observations())
def test_a_standard_clip_is_read_back_exactly_with_its_placement(
    tmp_path_factory: pytest.TempPathFactory, seen: Observation
) -> None:
    try:
        clip = standardise(seen)
        data = encode_pose(clip)
    except DataError:  # no shoulders, or numbers too large for a file
        return
    path = tmp_path_factory.mktemp("clip") / "clip.pose"
    path.write_bytes(data)
    again = pose.read_clip(path)
    np.testing.assert_array_equal(again.points, clip.points)
    np.testing.assert_array_equal(again.mask, clip.mask)
    np.testing.assert_array_equal(again.confidence, clip.confidence)
    assert (again.fps, again.depth, again.placement) == (clip.fps, clip.depth, clip.placement)


def test_the_library_reads_ours_by_names_and_as_a_picture(tmp_path: Path) -> None:
    from pose_format import Pose

    clip = standardise(
        decode(pose_bytes(0.2, holistic_components(478, world=True), signer()[:, None], sure(signer())[:, None]))[0]
    )
    write_pose(clip, tmp_path / "clip.pose")
    read = Pose.read((tmp_path / "clip.pose").read_bytes())
    assert [component.name for component in read.header.components][:3] == list(pose_profile.PARTS)
    assert read.header.components[0].points == list(prompt2sign.BODY)
    assert round(read.header.version, 3) == 0.2
    wrist = read.body.data.data[:, 0, read.header.get_point_index("SIGNLLM_BODY", "right_wrist")]
    np.testing.assert_array_equal(wrist, clip.points[:, prompt2sign.WRIST["right"]] * [1024, -1024, -1024])


def test_a_file_of_ours_without_a_placement_is_no_standard_clip(tmp_path: Path) -> None:
    write_pose(observation(np.ones((1, 50, 3), np.float32), np.ones((1, 50), np.float32)), tmp_path / "a.pose")
    with pytest.raises(DataError, match="no standard clip"):
        pose.read_clip(tmp_path / "a.pose")


@pytest.mark.parametrize(
    "said",
    [
        "",
        " axes=+-+",
        " axes=+-+ unit=pixel depth=none fps=x factor=1.0 flip=+++",
        " axes=+-+ unit=pixel depth=none fps=25.0 factor=3.0 flip=+++",
        " axes=+-+ unit=pixel depth=none fps=25.0 factor=0.0 flip=+++",
        " axes=+-0 unit=pixel depth=none fps=25.0 factor=1.0 flip=+++",
        " axes=+-+ unit=pixel depth=none fps=25.0 factor=1.0 flip=+++ placed=1,2",
        " axes=+-+ unit=pixel depth=none fps=25.0 factor=1.0 flip=+++ placed=1,2,inf,1,+++,metre",
    ],
)
def test_a_file_of_ours_that_does_not_say_what_it_means_is_refused(said: str) -> None:
    with pytest.raises(DataError, match="should say axes, unit, depth, fps, factor and flip"):
        pose_profile.read_space(pose_profile.SPACE + said)


def test_a_file_of_ours_with_an_unknown_unit_is_refused() -> None:
    seen = observation(np.ones((1, 50, 3), np.float32), np.ones((1, 50), np.float32))
    data = encode_pose(seen).replace(b"unit=pixel", b"unit=bushl")
    with pytest.raises(DataError, match="'bushl'"):
        decode(data)


# Depth


def test_a_unit_that_the_file_says_wins_where_the_face_agrees() -> None:
    assert holistic_depth.choose_unit(612.0, (640.0, 1250.0, 1.0)) == 640.0
    assert holistic_depth.choose_unit(370.0, (500.0, 1.0)) == 370.0
    assert holistic_depth.choose_unit(None, (640.0, 1.0)) == 640.0


def test_real_faces_say_the_width_of_their_picture() -> None:
    for path in sorted(real_data("pose_signs_dsgs").glob("*.pose")):
        header = read_header(path.read_bytes())
        points, confidence, _ = pose._load(path.read_bytes(), header)
        order = holistic.order_of_names(header.names)
        assert order is not None
        measured = holistic_depth.measure_depth_unit(*holistic.arrange(points, confidence, order))
        assert measured == pytest.approx(640, rel=0.06)


def test_without_a_face_no_unit_is_measured() -> None:
    empty = np.zeros((2, 586, 3), np.float32), np.zeros((2, 586), np.float32)
    assert holistic_depth.measure_depth_unit(*empty) is None
    assert holistic_depth.measure_aspect(*empty) is None


def test_order_says_how_many_points_it_has() -> None:
    with pytest.raises(DataError, match="order slrtp178 has 178 points"):
        holistic.arrange(np.zeros((1, 5, 3), np.float32), np.zeros((1, 5), np.float32), holistic.SLRTP178)
