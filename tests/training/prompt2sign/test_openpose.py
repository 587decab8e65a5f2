"""OpenPose JSON: a clip is its frames in time, whatever becomes of some of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import tables
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers import openpose, openpose_frames
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Sample, Skipped
from tests.real_data import real_data

ANY = ReadOptions()


def person(x: float = 500.0, size: float = 100.0, shift: float = 0.0) -> dict[str, Any]:
    """A body whose neck is at `x`, made of numbers that say where they belong: hands far right of the body."""
    body = [[x + size * np.cos(k), 300.0 + size * np.sin(k) + shift, 0.5] for k in range(25)]
    hand = [[x + k, 400.0 + k + shift, 0.25] for k in range(21)]
    return {
        "person_id": [-1],
        "pose_keypoints_2d": np.ravel(body).tolist(),
        "face_keypoints_2d": [0] * 210,
        "hand_left_keypoints_2d": np.ravel(hand).tolist(),
        "hand_right_keypoints_2d": [0] * 63,
    }


def frame(*people: dict[str, Any]) -> bytes:
    return json.dumps({"version": 1.3, "people": people}).encode()


def save(folder: Path, frames: dict[int, bytes], clip: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in frames.items():
        (folder / f"{clip or folder.name}_{number:012d}_keypoints.json").write_bytes(data)
    return folder


def only_sample(read: list[Sample | Skipped]) -> Sample:
    (sample,) = [found for found in read if isinstance(found, Sample)]
    return sample


def skips(read: list[Sample | Skipped]) -> list[tuple[str, str]]:
    return [(found.source, found.reason) for found in read if isinstance(found, Skipped)]


@pytest.fixture(params=["orjson", "json"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything here holds with either parser."""
    if request.param == "json":
        monkeypatch.setattr(openpose, "json_loads", lambda: openpose_frames.standard_loads)
    else:
        pytest.importorskip("orjson")


def test_keypoints_are_body_then_left_hand_then_right_hand(tmp_path: Path) -> None:
    made = person()
    save(tmp_path / "clip", {0: frame(made), 1: frame(made)})
    sample = only_sample(
        list(openpose.read(tmp_path, ReadOptions(language="asl", corpus="made", fps=30.0, split="dev")))
    )
    assert (sample.name, sample.language, sample.split, sample.text) == ("clip", "asl", "dev", "")
    assert (sample.provenance.corpus, sample.provenance.source, sample.provenance.reader) == (
        "made",
        "clip",
        "openpose",
    )
    seen = sample.seen
    assert (len(seen), seen.fps, seen.unit, seen.axes, seen.depth) == (2, 30.0, "pixel", (1, -1, 1), "none")
    body = np.float32(made["pose_keypoints_2d"]).reshape(-1, 3)[:8]
    left = np.float32(made["hand_left_keypoints_2d"]).reshape(-1, 3)
    assert np.array_equal(seen.points[1, :29, :2], np.concatenate([body, left])[:, :2])
    assert np.array_equal(seen.confidence[1, :29], np.concatenate([body, left])[:, 2])
    assert not seen.points[..., 2].any()
    assert not seen.confidence[:, prompt2sign.hand_slice("right")].any()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (frame(person())[:200], "is not JSON"),
        (b"", "is not JSON"),
        (b"\xff" + frame(person()), "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (frame(person()).replace(b"0.25", b"NaN", 1), "is not JSON"),
        (frame(person()).replace(b"0.25", b'"x"', 1), "has a keypoint that is no number"),
        (frame(person()).replace(b"0.25", b"true", 1), "has a keypoint that is no number"),
        (frame(person()).replace(b"0.25", b"1e300", 1), r"has a keypoint further out than 1e\+06"),
        (frame(person()).replace(b"0.25", b"1" + b"0" * 400, 1), "has a keypoint further out|is not JSON"),
        (frame(person() | {"pose_keypoints_2d": [1.0] * 74}), "has 74 numbers for pose_keypoints_2d, not 75 or 54"),
        (frame(person() | {"hand_left_keypoints_2d": [1.0]}), "has 1 numbers for hand_left_keypoints_2d, not 63 or 0"),
        (frame(person() | {"hand_right_keypoints_2d": None}), "has no list for hand_right_keypoints_2d"),
        (b'{"people": [3]}', "has a person that is no object"),
        (b'{"people": 3}', "has no list of people"),
        (b"[]", "has no list of people"),
        (frame(*[person()] * 201), "shows 201 people, more than 200"),
    ],
)
def test_a_damaged_frame_is_named_and_keeps_its_place(tmp_path: Path, data: bytes, reason: str) -> None:
    save(tmp_path / "c", {0: frame(person(shift=0.0)), 1: data, 2: frame(person(shift=2.0))})
    read = list(openpose.read(tmp_path, ANY))
    ((source, said),) = skips(read)
    assert source == "c/c_000000000001_keypoints.json"
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(said)
    seen = only_sample(read).seen
    assert len(seen) == 3 and not seen.confidence[1].any() and not seen.points[1].any()
    assert np.allclose(seen.points[2, 0] - seen.points[0, 0], [0.0, 2.0, 0.0])


def test_missing_frames_and_frames_without_a_person_keep_their_place(tmp_path: Path) -> None:
    save(tmp_path / "c", {5: frame(person()), 6: frame(), 9: frame(person(shift=4.0))})
    read = list(openpose.read(tmp_path, ANY))
    seen = only_sample(read).seen
    assert not skips(read)  # OpenPose sees nobody now and then: nothing is wrong with the file
    assert seen.confidence.any(axis=1).tolist() == [True, False, False, False, True]


def test_a_clip_of_one_frame_is_a_clip(tmp_path: Path) -> None:
    assert len(only_sample(list(openpose.read(save(tmp_path / "c", {7: frame(person())}), ANY))).seen) == 1


def test_a_clip_without_anybody_is_skipped(tmp_path: Path) -> None:
    save(tmp_path / "c", {0: frame(), 1: frame()})
    assert skips(list(openpose.read(tmp_path, ANY))) == [("c", "c: nobody is seen in any of its 2 frames")]


def test_numbers_far_apart_take_no_memory(tmp_path: Path) -> None:
    save(tmp_path / "c", {0: frame(person()), 10**11: frame(person())})
    ((_, reason),) = skips(list(openpose.read(tmp_path, ANY)))
    assert reason == "c: frame 100000000000 is more than 100000 after the first"


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    save(tmp_path / "c", {0: frame(person()), 1: frame(person()) + b" " * openpose.MAX_FRAME_BYTES})
    ((_, reason),) = skips(list(openpose.read(tmp_path, ANY)))
    assert "more than 4194304 bytes" in reason


def test_files_without_a_number_of_their_own_are_named(tmp_path: Path) -> None:
    folder = save(tmp_path / "c", {3: frame(person())})
    (folder / "c_3_keypoints.json").write_bytes(frame(person()))
    (folder / "_keypoints.json").write_bytes(frame(person()))
    (folder / "notes.json").write_bytes(b"no frame, and not OpenPose's")
    read = list(openpose.read(tmp_path, ANY))
    assert len(only_sample(read).seen) == 1
    assert {Path(source).name for source, _ in skips(read)} == {"_keypoints.json", "c_3_keypoints.json"}


def test_the_largest_person_is_followed_when_others_come_and_go(tmp_path: Path) -> None:
    """The other one is larger for a frame, comes first in the list, and is alone once."""
    signer = [person(x=500.0 + 2 * t, size=150.0 if t == 4 else 100.0) for t in range(6)]
    other = person(x=1500.0, size=120.0)
    crowds = [[signer[0]], [other, signer[1]], [signer[2], other], [other], [other, signer[4]], [signer[5]]]
    save(tmp_path / "c", {t: frame(*people) for t, people in enumerate(crowds)})
    seen = only_sample(list(openpose.read(tmp_path, ANY))).seen
    assert seen.confidence.any(axis=1).tolist() == [True, True, True, False, True, True]
    present = [t for t in range(6) if t != 3]
    assert np.allclose(seen.points[present, 8, 0], [500.0 + 2 * t for t in present])


def test_a_clip_with_several_people_is_skipped_when_only_one_is_wanted(tmp_path: Path) -> None:
    save(tmp_path / "c", {0: frame(person()), 1: frame(person(), person(x=900.0))})
    assert skips(list(openpose.read(tmp_path, ReadOptions(people="only")))) == [
        ("c/c_000000000001_keypoints.json", "shows 2 people, and only one is wanted")
    ]


def test_clips_are_found_below_with_the_split_of_the_nearest_folder(tmp_path: Path) -> None:
    for split in ("train", "val"):
        save(tmp_path / f"{split}_2D_keypoints" / "openpose_output" / "json" / f"a_{split}", {0: frame(person())})
    save(tmp_path / "together", {0: frame(person()), 1: frame(person())}, clip="b")
    save(tmp_path / "together", {0: frame(person())}, clip="c")
    found = [(s.name, s.split, len(s.seen)) for s in openpose.read(tmp_path, ANY) if isinstance(s, Sample)]
    assert found == [("b", "", 2), ("c", "", 1), ("a_train", "train", 1), ("a_val", "dev", 1)]


def test_texts_come_from_the_files_beside_or_from_the_table_that_is_named(tmp_path: Path) -> None:
    save(tmp_path / "json" / "a", {0: frame(person())})
    (tmp_path / "dev.files").write_text("dev/b\ndev/a\n")
    (tmp_path / "dev.text").write_text("other\nhello\n")
    table = tmp_path / "PHOENIX.test.csv"
    table.write_text("name|speaker|orth|translation\na|S1|GUTEN TAG|guten tag\n")
    beside = only_sample(list(openpose.read(tmp_path / "json", ANY)))
    named = only_sample(list(openpose.read(tmp_path / "json", ReadOptions(text=table))))
    assert (beside.text, beside.gloss, beside.signer, beside.split) == ("hello", (), "", "dev")
    assert (named.text, named.gloss, named.signer, named.split) == ("guten tag", ("GUTEN", "TAG"), "S1", "test")


def test_a_recording_is_cut_into_its_sentences(tmp_path: Path) -> None:
    frames = {k: frame(person(shift=float(k))) for k in range(2, 10)}
    save(tmp_path / "v-1-rgb_front", frames)
    table = tmp_path / "t.csv"
    rows = [("s0", 0.2, 0.5, "one"), ("s1", 0.5, 1.1, "two"), ("s2", 5.0, 6.0, "three"), ("s3", 0.0, 0.2, "four")]
    lines = ["VIDEO_NAME\tSENTENCE_NAME\tSTART\tEND\tSENTENCE"]
    lines += [f"v-1-rgb_front\t{name}\t{begin}\t{end}\t{text}" for name, begin, end, text in rows]
    table.write_text("\n".join(lines))
    read = list(openpose.read(tmp_path, ReadOptions(text=table, fps=10.0)))
    samples = [found for found in read if isinstance(found, Sample)]
    assert [(s.name, s.text, len(s.seen)) for s in samples] == [("s0", "one", 3), ("s1", "two", 5)]
    assert np.allclose(np.diff(samples[1].seen.points[:, 0, 1]), 1.0)
    assert np.isclose(samples[1].seen.points[0, 0, 1] - samples[0].seen.points[0, 0, 1], 3.0)
    assert (samples[1].provenance.begin_s, samples[1].provenance.end_s) == (0.5, 1.1)
    assert [reason.split(":")[0] for _, reason in skips(read)] == ["s3", "s2"]  # nobody seen yet; after the end


def test_folders_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no \*_keypoints\.json in this folder or below it"):
        openpose.read(tmp_path, ANY)
    with pytest.raises(DataError, match="is no folder"):
        openpose.read(tmp_path / "absent", ANY)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_bytes_are_people_or_a_reason(data: st.DataObject) -> None:
    values = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.text(max_size=3))
    nested = st.recursive(
        values, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner))
    )
    damaged = st.builds(lambda cut, byte: frame(person())[:cut] + byte, st.integers(0, 3000), st.binary(max_size=2))
    parts = st.sampled_from(["pose_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d"])
    wrong = st.builds(lambda part, value: json.dumps({"people": [person() | {part: value}]}).encode(), parts, nested)
    file = data.draw(st.one_of(st.binary(max_size=60), damaged, wrong, nested.map(lambda v: json.dumps(v).encode())))
    for loads in (openpose_frames.json_loads(), openpose_frames.standard_loads):
        try:
            people = openpose_frames.people_in(file, loads)
        except openpose_frames.FrameError:
            continue
        assert people.shape[1:] == (150,) and np.isfinite(people).all()
        assert ((people[:, 2::3] >= 0.0) & (people[:, 2::3] <= 1.0)).all()


def test_real_how2sign_clips_have_their_frames_and_texts() -> None:
    read = list(openpose.read(real_data("openpose_how2sign"), ReadOptions(language="asl")))
    assert not skips(read)
    found = {s.name: s for s in read if isinstance(s, Sample)}
    assert {name: len(s.seen) for name, s in found.items()} == {
        "_2FBDaOPYig_2-3-rgb_front": 157,
        "_2FBDaOPYig_3-3-rgb_front": 109,
        "_2FBDaOPYig_4-3-rgb_front": 62,
    }
    # No sentence of others is written here: that each clip has its own is checked against How2Sign's table.
    table = tables.read_table(real_data("text/how2sign_realigned_val.csv"))
    assert all(s.text == table[name].text and s.split == "dev" for name, s in found.items())


def test_real_how2sign_clips_have_each_hand_on_its_own_arm_and_side() -> None:
    for sample in openpose.read(real_data("openpose_how2sign"), ANY):
        assert isinstance(sample, Sample)
        x, known = sample.seen.points[..., 0], sample.seen.confidence > 0.0
        both = known[:, 2] & known[:, 5]
        assert both.any() and (x[both, 2] < x[both, 5]).all()  # the signer's right is at the left of the picture
        for side, other in (("left", "right"), ("right", "left")):
            hand, own, far = prompt2sign.HAND_BASE[side], prompt2sign.WRIST[side], prompt2sign.WRIST[other]
            seen = known[:, hand] & known[:, own] & known[:, far]
            points = sample.seen.points[seen]
            distance = {k: np.linalg.norm(points[:, hand] - points[:, k], axis=-1) for k in (own, far)}
            assert len(points) and np.median(distance[own]) < np.median(distance[far])
