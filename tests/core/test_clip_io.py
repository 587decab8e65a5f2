"""Motion files: what is written is read back, and what is damaged is refused in one sentence."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from signllm.errors import FormatError
from signllm.motion import clip_io, kinematics, recording
from signllm.motion.recording import GlossSpan, Header, MotionFrame, Recording
from signllm.motion.skeletons import humanoid
from signllm.motion.skeletons.arkit import FACE_NAMES
from tests.strategies import random_poses

HEADER = Header(gloss=("NAME", "fs:Ñ", "fs:Ñ"), label="Experimental", coverage=0.5)
OF_GLOSS = [0, 0, 0, 1, 2, 2, 3]


def frames(count: int = len(OF_GLOSS)) -> list[MotionFrame]:
    rng = np.random.default_rng(0)
    poses = random_poses(rng, count)
    keypoints = kinematics.humanoid_keypoints(poses)
    face = rng.random((count, 52))
    root = np.tile(humanoid.HUMANOID.rest_positions[0], (count, 1))
    return [MotionFrame(keypoints[t], poses[t], root[t], face[t], OF_GLOSS[t]) for t in range(count)]


def write_lines(path: Path) -> list[str]:
    with path.open("w", encoding="utf-8") as stream:
        for _ in clip_io.write_jsonl(stream, HEADER, frames()):
            pass
    return path.read_text(encoding="utf-8").splitlines()


def assert_same(a: Recording, b: Recording) -> None:
    assert (a.gloss, a.label, a.coverage, a.clip.fps) == (b.gloss, b.label, b.coverage, b.clip.fps)
    assert a.clip.keypoints is not None and b.clip.keypoints is not None
    for mine, other in (
        (a.clip.keypoints, b.clip.keypoints),
        (a.clip.rotations, b.clip.rotations),
        (a.clip.root, b.clip.root),
        (a.face, b.face),
    ):
        np.testing.assert_allclose(mine, other, atol=1e-6)


def test_collected_frames_give_every_gloss_its_start_and_end() -> None:
    assert recording.collect(HEADER, frames()).gloss == (
        GlossSpan("NAME", 0.0, 0.12),
        GlossSpan("fs:Ñ", 0.12, 0.16),
        GlossSpan("fs:Ñ", 0.16, 0.24),
    )


def test_npz_files_come_back(tmp_path: Path) -> None:
    whole = recording.collect(HEADER, frames())
    clip_io.write_npz(tmp_path / "a.npz", whole)
    assert_same(clip_io.read_recording(tmp_path / "a.npz"), whole)


def test_jsonl_files_come_back(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl")
    assert_same(clip_io.read_recording(tmp_path / "a.jsonl"), recording.collect(HEADER, frames()))


def test_an_utterance_without_frames_and_glosses_comes_back(tmp_path: Path) -> None:
    empty = recording.collect(Header((), "Captions only", 0.0), [])
    clip_io.write_npz(tmp_path / "a.npz", empty)
    assert_same(clip_io.read_npz(tmp_path / "a.npz"), empty)


def test_an_npz_has_the_documented_keys_and_needs_no_pickle(tmp_path: Path) -> None:
    clip_io.write_npz(tmp_path / "a.npz", recording.collect(HEADER, frames()))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        shapes = {name: file[name].shape for name in file.files}
        assert file["gloss"][1].tolist() == ("fs:Ñ", 0.12, 0.16)
        assert file["joint_names"][0] == "hips"
    assert shapes == {
        **{"keypoints": (7, 50, 3), "rotations": (7, 55, 4), "root": (7, 3), "face": (7, 52)},
        **{"joint_names": (55,), "face_names": (52,), "gloss": (3,), "fps": (), "label": (), "coverage": ()},
    }
    assert all(f"    {name} " in str(clip_io.__doc__) for name in shapes)


def test_an_npz_can_go_to_a_stream_and_is_the_same_each_time() -> None:
    whole = recording.collect(HEADER, frames())
    streams = [io.BytesIO(), io.BytesIO()]
    for stream in streams:
        clip_io.write_npz(stream, whole)
    assert streams[0].getvalue() == streams[1].getvalue() != b""


def test_each_line_is_written_before_the_next_frame_is_made() -> None:
    stream, lines_so_far = io.StringIO(), []

    def source() -> Iterator[MotionFrame]:
        for frame in frames():
            lines_so_far.append(stream.getvalue().count("\n"))
            yield frame

    assert len(list(clip_io.write_jsonl(stream, HEADER, source()))) == 7
    assert lines_so_far == [1, 2, 3, 4, 5, 6, 7]


def test_lines_are_plain_json_with_a_header_first(tmp_path: Path) -> None:
    header, first, second, *_ = map(json.loads, write_lines(tmp_path / "a.jsonl"))
    assert (header["format"], header["version"], header["fps"]) == ("signllm-motion", 1, 25.0)
    assert header["gloss"] == ["NAME", "fs:Ñ", "fs:Ñ"] and header["face_names"] == list(FACE_NAMES)
    assert (first["time"], second["time"], first["gloss"]) == (0.0, 0.04, 0)
    assert np.shape(first["keypoints"]) == (50, 3) and np.shape(first["rotations"]) == (55, 4)


def test_frames_with_gaps_or_wrong_shapes_are_not_written() -> None:
    good = frames()[0]
    broken = MotionFrame(np.full((50, 3), np.nan), good.rotations, good.root, good.face, 0)
    with pytest.raises(FormatError, match="frame 0: keypoints holds a value that is no number"):
        clip_io.jsonl_frame(broken, 0, 25.0)
    short = MotionFrame(good.keypoints, good.rotations[:52], good.root, good.face, 0)
    with pytest.raises(FormatError, match=r"frame 0: expected rotations \[55, 4\], got \[52, 4\]"):
        recording.collect(HEADER, [short])


@pytest.mark.parametrize("name", ["a.npz", "a.jsonl"])
def test_a_missing_file_is_an_error_of_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError, match="cannot read the motion file"):
        clip_io.read_recording(tmp_path / name)


def test_another_suffix_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"end in \.npz or \.jsonl; this one ends in '\.bvh'"):
        clip_io.read_recording(tmp_path / "a.bvh")


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot write the motion file: No such file or directory"):
        clip_io.write_npz(tmp_path / "nowhere" / "a.npz", recording.collect(HEADER, frames()))


@pytest.mark.parametrize("keep", [0, 10, 1000])
def test_a_truncated_npz_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "a.npz"
    clip_io.write_npz(path, recording.collect(HEADER, frames()))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FormatError, match="cannot read the motion file"):
        clip_io.read_npz(path)


def test_pickles_in_an_npz_are_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", keypoints=np.array([{"a": 1}], dtype=object))
    with pytest.raises(FormatError, match="cannot read the motion file"):
        clip_io.read_npz(tmp_path / "a.npz")


def test_an_npz_that_lacks_keys_names_them(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", keypoints=np.zeros((1, 50, 3)), fps=np.array(25.0))
    with pytest.raises(FormatError, match="lacks coverage, face, face_names, gloss, joint_names, label, root, rota"):
        clip_io.read_npz(tmp_path / "a.npz")


def test_an_npz_with_other_joints_names_the_first_unknown_one(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    clip_io.write_npz(path, recording.collect(HEADER, frames()))
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **{**arrays, "joint_names": np.array(["pelvis"])})
    with pytest.raises(FormatError, match="joint_names are not this version's \\('pelvis' is unknown\\)"):
        clip_io.read_npz(path)
    np.savez(path, **{**arrays, "face": np.zeros((3, 52))})
    with pytest.raises(FormatError, match=r"expected face \[T=7, 52\], got \(3, 52\)"):
        clip_io.read_npz(path)


def test_an_archive_that_would_unpack_to_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("keypoints.npy", "w") as member:
        for _ in range(1025):
            member.write(bytes(1 << 20))
    with pytest.raises(FormatError, match="unpacks to 1074790400 bytes and at most 1073741824 are read"):
        clip_io.read_npz(path)


@pytest.mark.parametrize(
    ("line", "text", "message"),
    [
        (0, "", "line 1 is not JSON"),
        (0, "{}", "the first line does not say 'signllm-motion' version 1"),
        (0, '{"format":"signllm-motion","version":1}', "damaged first line, 'joint_names'"),
        (3, "[]", "line 4 is not an object"),
        (3, '{"time":0', "line 4 is not JSON"),
        (3, "[" * 100_000, "line 4 is not JSON"),
        (3, '{"keypoints":"x"}', "damaged line 4"),
        (
            3,
            '{"keypoints":[[1]],"rotations":[],"root":[],"face":[],"gloss":0}',
            r"frame 2: expected keypoints \[50, 3\]",
        ),
    ],
)
def test_a_damaged_line_is_named_by_its_number(tmp_path: Path, line: int, text: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    lines = write_lines(path)
    lines[line] = text
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        clip_io.read_jsonl(path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FormatError, match="cannot read the motion file"):
        clip_io.read_jsonl(tmp_path / "a.jsonl")


def test_more_frames_than_an_hour_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_FRAMES", 5)
    with pytest.raises(FormatError, match="a motion file holds at most 5 frames"):
        recording.collect(HEADER, frames())
