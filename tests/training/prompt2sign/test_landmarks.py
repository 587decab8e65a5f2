"""MediaPipe landmarks in Parquet, long and wide, and in the alphabet's JSON: the same clips as in `.pose`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  (every machine tries the same examples)
from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import holistic
from signllm_training.prompt2sign.errors import AmbiguousDataError, DataError, MissingToolError
from signllm_training.prompt2sign.picture import aspect_measured, aspect_said
from signllm_training.prompt2sign.pose_header import read_header
from signllm_training.prompt2sign.readers import alphabet, landmarks, pose
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Sample, Skipped
from signllm_training.prompt2sign.standard import restore, standardise
from tests.real_data import real_data

Floats = npt.NDArray[np.float32]
KINDS = {"face": ("face", 468), "left_hand": ("left_hand", 21), "pose": ("body", 33), "right_hand": ("right_hand", 21)}


def person(frames: int = 5, height: float = 4 / 3) -> Floats:
    """[T, 586, 3]: x and z in picture widths, y in picture heights; every frame differs a little."""
    rng = np.random.default_rng(7)
    points = np.full((frames, holistic.COUNT, 3), np.nan)
    at = {name: k for k, name in enumerate(holistic.BODY_NAMES)}
    spots = {"NOSE": (0.0, -0.12, -0.3)}
    for joint, x, y, z in (("SHOULDER", 0.15, 0.0, 0.0), ("ELBOW", 0.2, 0.2, -0.1), ("WRIST", 0.1, 0.1, -0.5)):
        spots |= {f"LEFT_{joint}": (x, y, z), f"RIGHT_{joint}": (-x, y, z)}
    for name, spot in spots.items():
        points[:, at[name]] = spot
    for side in ("left", "right"):
        start = holistic.START[f"{side}_hand"]
        points[:, start : start + 21] = points[:, at[f"{side.upper()}_WRIST"]][:, None] + rng.uniform(
            -0.05, 0.05, (21, 3)
        )
        points[:, start] = points[:, at[f"{side.upper()}_WRIST"]]
        points[:, start : start + 21, 2] -= points[:, start : start + 1, 2]
    face = holistic.START["face"]
    points[:, face : face + 468] = [0.0, -0.12, 0.0]
    for k, spot in (
        (454, (0.05, -0.12, 0.0)),
        (234, (-0.05, -0.12, 0.0)),
        (0, (0, -0.1, -0.06)),
        (10, (0, -0.18, 0)),
        (152, (0, -0.056, 0)),
    ):
        points[:, face + k] = spot
    points += rng.normal(0, 1e-4, points.shape)
    points += [0.5, 0.5 * height, 0.0]
    points[..., 1] /= height
    return points.astype(np.float32)


def long_table(points: Floats, first: int = 20, keep: Any = None) -> pa.Table:
    """The long layout: a row per landmark and frame, in the order of the public set."""
    columns: dict[str, list[Any]] = {name: [] for name in ("frame", "row_id", "type", "landmark_index", "x", "y", "z")}
    for t, frame in enumerate(points):
        for kind, (component, count) in KINDS.items():
            start = holistic.START[component]
            for k in range(count):
                if keep is not None and not keep(t, kind, k):
                    continue
                x, y, z = (float(v) for v in frame[start + k])
                row = (first + t, f"{first + t}-{kind}-{k}", kind, k, x, y, z)
                for name, value in zip(columns, row, strict=True):
                    columns[name].append(value)
    types = {"frame": pa.int16(), "landmark_index": pa.int16()}
    return pa.table({name: pa.array(values, types.get(name)) for name, values in columns.items()})


def wide_table(clips: Mapping[int, Floats]) -> pa.Table:
    """The wide layout: a row per frame, sequences one after another."""
    columns: dict[str, Any] = {
        "sequence_id": np.concatenate([np.full(len(points), k) for k, points in clips.items()]),
        "frame": np.concatenate([np.arange(len(points), dtype=np.int16) for points in clips.values()]),
    }
    together = np.concatenate(list(clips.values()))
    for axis, letter in enumerate("xyz"):
        for kind, (component, count) in KINDS.items():
            for k in range(count):
                columns[f"{letter}_{kind}_{k}"] = together[:, holistic.START[component] + k, axis]
    return pa.table(columns)


def write(path: Path, table: pa.Table, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)
    return path


def read(path: Path, **options: Any) -> list[Sample | Skipped]:
    return list(landmarks.read(path, ReadOptions(**options)))


def one(path: Path, **options: Any) -> Sample:
    (found,) = read(path, **options)
    assert isinstance(found, Sample), found
    return found


def skipped(path: Path, **options: Any) -> str:
    (found,) = read(path, **options)
    assert isinstance(found, Skipped)
    return found.reason


# Parquet


def test_both_layouts_hold_the_same_clip(tmp_path: Path) -> None:
    points = person()
    long = one(write(tmp_path / "a" / "7.parquet", long_table(points)))
    wide = one(write(tmp_path / "b" / "f.parquet", wide_table({7: points})))
    np.testing.assert_array_equal(long.seen.points, wide.seen.points)
    np.testing.assert_array_equal(long.seen.confidence, wide.seen.confidence)
    assert (long.name, wide.name) == ("7", "f/7")
    assert (long.seen.unit, long.seen.depth, long.seen.axes, long.seen.fps) == ("image", "measured", (1, -1, -1), 30.0)
    assert (long.seen.confidence == 1).all()


def test_shares_of_width_and_height_become_picture_widths(tmp_path: Path) -> None:
    for height, profile in ((4 / 3, "3:4"), (9 / 16, "16:9"), (1.0, "1:1")):
        points = person(height=height)
        path = write(tmp_path / f"{height}.parquet", long_table(points))
        measured, said = one(path), one(path, profile=profile)
        np.testing.assert_array_equal(measured.seen.points, said.seen.points)
        np.testing.assert_allclose(said.seen.points[:, 8, 1], points[:, 511, 1] * height, rtol=1e-6)
        np.testing.assert_array_equal(said.seen.points[:, 8, 0], points[:, 511, 0])


def test_a_clip_goes_to_the_standard_and_back(tmp_path: Path) -> None:
    seen = one(write(tmp_path / "a.parquet", long_table(person()))).seen
    np.testing.assert_allclose(restore(standardise(seen)).points, seen.points, atol=1e-6, rtol=0)
    placed = standardise(seen).points
    assert (placed[:, prompt2sign.WRIST["left"], 0] > 0.05).all()
    assert (placed[:, prompt2sign.WRIST["right"], 0] < -0.05).all()
    assert (placed[:, [4, 7], 2] > 0.05).all()  # the hands are before the signer


@pytest.mark.parametrize("name", ["essen", "kinder", "kleine", "pizza"])
def test_a_real_clip_is_the_same_in_parquet_and_in_pose(tmp_path: Path, name: str) -> None:
    path = real_data(f"pose_signs_dsgs/{name}.pose")
    header = read_header(path.read_bytes())
    raw, confidence, _ = pose._load(path.read_bytes(), header, np.arange(178))
    order = holistic.order_of_names(header.names)
    assert order is not None
    shares = (raw / [640, 480, 1]).astype(np.float32)
    points, sure = holistic.arrange(shares, confidence, order)
    points[sure == 0] = np.nan
    parquet = standardise(one(write(tmp_path / "a.parquet", wide_table({1: points}))).seen)
    plain = standardise(pose.read_observation(path, ReadOptions())[0])
    np.testing.assert_array_equal(parquet.mask, plain.mask)
    np.testing.assert_allclose(parquet.points, plain.points, atol=2e-6, rtol=0)


def test_a_missing_landmark_and_a_missing_frame_are_masked(tmp_path: Path) -> None:
    points = person()
    points[1, holistic.START["left_hand"] + 3] = np.nan
    table = long_table(points, keep=lambda t, kind, k: t != 2 and (t, kind, k) != (3, "right_hand", 20))
    seen = one(write(tmp_path / "a.parquet", table)).seen
    assert len(seen) == 5
    assert not seen.confidence[2].any()
    assert (seen.confidence[1, 8 + 3], seen.confidence[3, 49]) == (0.0, 0.0)
    assert (seen.confidence > 0).sum() == 5 * 50 - 50 - 2


def test_many_sequences_come_one_by_one_over_batches(tmp_path: Path) -> None:
    clips = {3: person(400), 1: person(300), 2: person(1)}
    found = read(write(tmp_path / "a.parquet", wide_table(clips), row_group_size=250))
    assert [(s.name, len(s.seen)) for s in found if isinstance(s, Sample)] == [("a/3", 400), ("a/1", 300), ("a/2", 1)]


def test_the_table_says_sign_signer_and_what_is_missing(tmp_path: Path) -> None:
    write(tmp_path / "landmarks" / "26734" / "100.parquet", long_table(person()))
    (tmp_path / "train.csv").write_text(
        "path,participant_id,sequence_id,sign\n"
        "landmarks/26734/100.parquet,26734,100,blow\nlandmarks/26734/101.parquet,26734,101,wait\n"
    )
    found, gone = read(tmp_path, language="asl", split="train")
    assert isinstance(found, Sample)
    assert isinstance(gone, Skipped)
    assert (found.name, found.text, found.gloss, found.signer) == ("landmarks/26734/100", "blow", ("blow",), "26734")
    assert (found.language, found.split, found.provenance.corpus) == ("asl", "train", tmp_path.name)
    assert (gone.source, gone.line) == ("landmarks/26734/101.parquet, sequence 101", 3)
    alone = one(tmp_path / "landmarks" / "26734" / "100.parquet")
    assert (alone.name, alone.text) == (found.name, "blow")


def test_the_table_of_sentences_says_phrases(tmp_path: Path) -> None:
    write(tmp_path / "landmarks" / "54.parquet", wide_table({11: person(), 12: person()}))
    (tmp_path / "train.csv").write_text(
        "path,file_id,sequence_id,participant_id,phrase\n"
        'landmarks/54.parquet,54,11,217,"3 creek, road"\nlandmarks/54.parquet,54,12,107,scales\n'
    )
    a, b = read(tmp_path)
    assert isinstance(a, Sample)
    assert isinstance(b, Sample)
    assert [(s.text, s.gloss, s.signer) for s in (a, b)] == [("3 creek, road", (), "217"), ("scales", (), "107")]


def test_a_table_further_up_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "in" / "a.parquet", long_table(person()))
    (tmp_path / "train.csv").write_text("id,label\n1,2\n")
    assert one(path).text == ""


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("id,label\n1,2\n", r"train\.csv, line 1: its header is 'id,label'; path, sequence_id and sign or phrase"),
        ("path,sequence_id,sign\na,1,x\na,1,y\n", "line 3: sequence '1' of 'a' is named twice"),
        (b"path,sequence_id,sign\n\xff,1,x\n", "no table"),
    ],
)
def test_a_table_that_cannot_be_right_stops_the_run(tmp_path: Path, table: str | bytes, message: str) -> None:
    write(tmp_path / "a.parquet", long_table(person()))
    (tmp_path / "train.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    with pytest.raises(DataError, match=message):
        read(tmp_path)


def replaced(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(values))


def test_without_a_face_the_picture_has_no_shape_until_it_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", long_table(person(), keep=lambda t, kind, k: kind != "face"))
    assert "no face shows how these compare; say it with the option profile, width first: 16:9" in skipped(path)
    assert len(one(path, profile="3:4").seen) == 5
    with pytest.raises(AmbiguousDataError):
        aspect_measured(None)


@pytest.mark.parametrize("profile", ["phoenix", "16/9", "0:9", "1:50", "16:9 "])
def test_a_profile_that_is_no_shape_is_refused(profile: str) -> None:
    with pytest.raises(DataError, match="the shape of the picture, width first, such as 16:9"):
        aspect_said(profile)


def test_rows_that_cannot_be_right_are_a_sentence(tmp_path: Path) -> None:
    table = long_table(person(2))
    rows = table.num_rows
    index, kind = table.column("landmark_index").to_pylist(), table.column("type").to_pylist()
    bad = {
        "row 0: face has no landmark 500": replaced(table, "landmark_index", [500, *index[1:]]),
        "row 0: face has no landmark -1": replaced(table, "landmark_index", [-1, *index[1:]]),
        "type 'tail': face, pose, left_hand, right_hand are known": replaced(table, "type", ["tail", *kind[1:]]),
        "1 rows have no type": replaced(table, "type", [None, *kind[1:]]),
        "a landmark is given twice in one frame": pa.concat_tables([table, table]),
        "frames 0 to 30,000: at most 20,000": replaced(table, "frame", [0] * (rows - 1) + [30_000]),
        "column frame has rows without a number": replaced(table, "frame", [None] + [0] * (rows - 1)),
        "column frame holds float64": replaced(table, "frame", [0.5] * rows),
        "column x holds object": replaced(table, "x", ["left"] * rows),
        "it has 0 rows": table.slice(0, 0),
        "its columns are frame, row_id, type, landmark_index, x, y ...: landmarks are in": table.drop_columns(["z"]),
    }
    for k, (message, changed) in enumerate(bad.items()):
        assert message in skipped(write(tmp_path / f"{k}.parquet", changed)), message


def test_one_bad_sequence_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    table = wide_table({1: person(2), 2: person(2), 3: person(2)})
    broken = replaced(table, "frame", [0, 1, 0, 0, 0, 50_000])
    a, b, c = read(write(tmp_path / "a.parquet", broken))
    assert isinstance(a, Sample)
    assert isinstance(b, Skipped)
    assert isinstance(c, Skipped)
    assert (b.source, b.reason) == ("a.parquet, sequence 2", "a frame is given twice")
    assert "at most 20,000 are read as one clip" in c.reason
    again = replaced(table, "sequence_id", [1, 1, 2, 2, 1, 1])
    *_, last = read(write(tmp_path / "b.parquet", again))
    assert isinstance(last, Skipped)
    assert "goes on after another one began" in last.reason


def test_a_word_of_a_megabyte_per_row_takes_no_gigabytes(tmp_path: Path) -> None:
    table = long_table(person(8))
    words = pa.DictionaryArray.from_arrays(np.zeros(table.num_rows, np.int32), ["x" * 1_000_000])
    path = write(tmp_path / "a.parquet", table.set_column(2, "type", words))
    assert path.stat().st_size < 2_000_000
    assert "type 'xxxxxxxx" in skipped(path)


@pytest.mark.parametrize(("name", "message"), [("no", "no such file"), ("", r"no \.parquet file in this folder")])
def test_nothing_to_read_is_a_sentence(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path / name)


def test_a_missing_library_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.parquet", long_table(person(1)))
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingToolError, match=r"pip install 'signllm\[data\]'"):
        read(path)


@settings(max_examples=40)
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=6), st.booleans())
def test_a_damaged_file_is_clips_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, at: int, patch: bytes, cut: bool
) -> None:
    folder = tmp_path_factory.mktemp("landmarks")
    path = write(folder / "a.parquet", long_table(person(1)))
    data = bytearray(path.read_bytes())
    start = len(data) - 1 - at % len(data)  # what matters lies at a Parquet file's end
    data[start : start + len(patch)] = b"" if cut else patch
    path.write_bytes(data)
    assert all(isinstance(each, (Sample, Skipped)) for each in read(path))


# The alphabet


def test_the_real_alphabet_becomes_the_standard_and_returns() -> None:
    found = list(alphabet.read(real_data("alphabet_mediapipe"), ReadOptions(language="asl")))
    assert [each.text for each in found if isinstance(each, Sample)] == list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for clip in found:
        assert isinstance(clip, Sample)
        assert (len(clip.seen), clip.gloss, clip.language) == (20, (clip.text,), "asl")
        np.testing.assert_allclose(restore(standardise(clip.seen)).points, clip.seen.points, atol=1e-4, rtol=0)


def test_the_real_alphabet_is_spelt_by_the_hand_on_the_signers_left() -> None:
    for clip in alphabet.read(real_data("alphabet_mediapipe"), ReadOptions()):
        assert isinstance(clip, Sample)
        placed = standardise(clip.seen)
        left, right = prompt2sign.hand_slice("left"), prompt2sign.hand_slice("right")
        assert placed.mask[:, left].mean() > 0.9, clip.text
        assert not placed.mask[:, right].any()
        known = placed.mask[:, left].all(axis=1)
        assert (placed.points[known][:, left, 0].mean(axis=1) > 0.1).all()
        assert (placed.points[known][:, prompt2sign.HAND_BASE["left"], 2] > 0.0).all()
        if clip.text == "B":  # fingers up, and the thumb's side of a left hand to the signer's right
            hand = placed.points[:, left].mean(axis=0)
            assert hand[12, 1] > hand[0, 1]
            assert hand[5, 0] < hand[17, 0]


def frame(hands: list[list[list[float]]], number: int = 0) -> list[Any]:
    body = [[k, 300.0 + k, 200.0 + 2 * k, -0.1] for k in range(33)]
    body[11][1:], body[12][1:] = [400.0, 200.0, 0.0], [200.0, 200.0, 0.0]
    body[15][1:], body[16][1:] = [420.0, 300.0, -0.2], [180.0, 300.0, -0.2]
    return [number, body, hands]


def hand(x: float, y: float) -> list[list[float]]:
    return [[k, x + k, y - k, -0.001 * k] for k in range(21)]


def spell(frames: list[Any]) -> Any:
    return alphabet.decode(json.dumps(frames).encode(), 30.0)


def test_hands_go_to_the_wrist_they_are_near_whichever_list_they_are_in() -> None:
    left, right = hand(421, 300), hand(181, 300)
    for lists in ([left, right], [right, left], [[], right + left], [left + right, []]):
        seen = spell([frame(lists)])
        assert seen.points[0, 8, 0] == 421
        assert seen.points[0, 29, 0] == 181
    nearest = spell([frame([hand(500, 300) + left, []])])
    assert nearest.points[0, 8, 0] == 421
    assert not nearest.confidence[0, 29]


def test_depth_is_in_widths_of_a_picture_640_wide() -> None:
    seen = spell([frame([hand(421, 300), []])])
    np.testing.assert_allclose(np.diff(seen.points[0, 8:29, 2]), -0.64, atol=1e-3)


def test_a_frame_without_a_body_is_unknown_even_with_a_hand() -> None:
    seen = spell([frame([hand(421, 300), []]), [1, [], [hand(421, 300), []]]])
    assert seen.confidence[0, 8]
    assert not seen.confidence[1].any()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[[0, [", r"line 1: no whole JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "a list of 1 to 20,000 frames"),
        (b"{}", "a list of 1 to 20,000 frames"),
        (b"[[0, []]]", r"frame 0: \[number, body, \[hand, hand\]\] is expected"),
        (b"[[0, [], []], [1, [[0, 1, 2, 3]], []]]", "frame 1: 33 landmarks"),
        (json.dumps([frame([hand(1, 1)[:20], []])]).encode(), "frame 0: 21 landmarks"),
        (json.dumps([[0, [[k, 1, 2] for k in range(33)], []]]).encode(), r"a landmark is \[index, x, y, z\]"),
        (json.dumps([[0, [[k, 1, 2, "3"] for k in range(33)], []]]).encode(), r"a landmark is \[index, x, y, z\]"),
        (json.dumps([[0, [[k, 1, 2, True] for k in range(33)], []]]).encode(), r"a landmark is \[index, x, y, z\]"),
        (json.dumps([[0, [[0, 1, 2, 3] for k in range(33)], []]]).encode(), "not numbered from 0 to 32"),
        (json.dumps([[0, [[k, 10**400, 2, 3] for k in range(33)], []]]).encode(), "frame 0: int too large"),
    ],
)
def test_json_that_is_no_alphabet_is_a_sentence(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        alphabet.decode(data, 30.0, "A.json")


def test_numbers_that_are_none_are_missing() -> None:
    text = json.dumps([frame([hand(421, 300), []])])
    tip = alphabet.decode(text.replace("[20, 441,", "[20, NaN,").encode(), 30.0)
    assert (tip.confidence[0, 8:29] > 0).tolist() == [True] * 20 + [False]
    wrist = alphabet.decode(text.replace("[0, 421,", "[0, NaN,").encode(), 30.0)
    assert not wrist.confidence[0, 8:].any()  # whose hand it is cannot be told


def test_a_bad_letter_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "A.json").write_text(json.dumps([frame([hand(421, 300), []])]))
    (tmp_path / "B.json").write_text("[")
    a, b = alphabet.read(tmp_path, ReadOptions())
    assert isinstance(a, Sample)
    assert isinstance(b, Skipped)
    assert (b.source, b.line) == ("B.json", 1)


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
        max_leaves=12,
    ),
    st.integers(0, 3),
)
def test_any_json_is_a_clip_or_a_sentence(value: Any, place: int) -> None:
    good: list[Any] = frame([hand(421, 300), []])
    frames = [value, [value, good[1], good[2]], [0, value, good[2]], [0, good[1], [value, value]]]
    try:
        alphabet.decode(json.dumps([frames[place]]).encode(), 30.0)
    except DataError:
        pass


@settings(max_examples=40)
@given(st.binary(max_size=60))
def test_any_bytes_are_an_alphabet_or_a_sentence(data: bytes) -> None:
    try:
        alphabet.decode(data, 30.0)
    except DataError:
        pass
