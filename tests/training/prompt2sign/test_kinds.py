"""Kinds of data are recognised by what is in a file; what is of none is refused with the list of them."""

from __future__ import annotations

import io
import pickle
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm_training.prompt2sign import store
from signllm_training.prompt2sign.errors import AmbiguousDataError, DataError
from signllm_training.prompt2sign.readers import KINDS, ReadOptions, kinds_table, open_corpus, recognise
from signllm_training.prompt2sign.readers.kinds import kind_of_file
from signllm_training.prompt2sign.standard import standardise
from signllm_training.prompt2sign.writers.clip import write_clip
from tests import strategies  # noqa: F401  every machine tries the same examples
from tests.training.prompt2sign.made import sample


def _npz(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **{name: np.asarray(value) for name, value in arrays.items()})  # type: ignore[arg-type]
    return file.getvalue()


def _npy(array: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(array))
    return file.getvalue()


_FRAME = b'{"version":1.3,"people":[{"pose_keypoints_2d":[]}]}'
CONTENTS = {
    "a_000000000000_keypoints.json": (_FRAME, "openpose"),
    "dev.skels": (b"0.1 " * 151, "skels"),
    "clips.txt": (b"-0.12345 " * 151, "skels"),
    "old.pose": (struct.pack("<f", 0.0) + b"\0" * 20, "pose"),
    "without_ending": (struct.pack("<f", 0.2) + b"\0" * 20, "pose"),
    "A.json": (b"[[50, [[0, 1.0, 2.0, 3.0]], [[], []]]]", "alphabet"),
    "00000001.npz": (_npz(bodies=[0.0], hands=[0.0]), "dwpose"),
    "amass.npz": (_npz(poses=[0.0], trans=[0.0]), "smplx"),
    "motionx.npy": (_npy(np.zeros((2, 322))), "smplx"),
    "signavatars.pkl": (pickle.dumps({"smplx": [0.0]}), "smplx"),
    "idle.bvh": (b"HIERARCHY\nROOT Hips\n", "bvh"),
    "no_ending_either": (b"\xef\xbb\xbf\nHIERARCHY\n", "bvh"),
    "sign.fbx": (b"Kaydara FBX Binary  \x00\x1a\x00", "blender"),
    "text.fbx": (b"; FBX 7.4.0 project file\n", "blender"),
    "sign.glb": (b"glTF\x02\0\0\0", "blender"),
    "sign.gltf": (b'{"asset": {"version": "2.0"}}', "blender"),
    "clip.mp4": (b"\0\0\0\x18ftypisom", "video"),
    "clip.mkv": (b"\x1aE\xdf\xa3\x01", "video"),
    "clip.avi": (b"RIFF\0\0\0\0AVI LIST", "video"),
}
NOTHING = {
    "dev.text": b"guten abend .\n",
    "dev.gloss": b"GUT ABEND\n",
    "index.csv": b"path,spoken_language\n",
    "README.md": b"# A corpus\n",
    "config.json": b'{"fps": 25}',
    "empty": b"",
    "weights.npz": _npz(layer=[1.0]),
    "numbers.text": b"3.5 degrees in the north\n",
    "archive.zip": b"PK\x03\x04 cut short",
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_is_recognised_by_what_is_in_it(tmp_path: Path, name: str) -> None:
    content, kind = CONTENTS[name]
    (tmp_path / name).write_bytes(content)
    assert recognise(tmp_path / name) == kind
    (tmp_path / "dev.text").write_bytes(b"guten abend .\n")
    assert recognise(tmp_path) == kind


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_of_no_kind_is_refused_with_the_list(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(NOTHING[name])
    for path in (tmp_path, tmp_path / name):
        with pytest.raises(DataError, match="nothing here is of a kind that can be read") as error:
            recognise(path)
        assert kinds_table() in str(error.value)


def test_sets_shards_and_standard_clips_are_told_from_other_parquet_and_npz(tmp_path: Path) -> None:
    made = sample()
    clip = standardise(made.seen)
    row = store.to_row(made, clip)
    (tmp_path / "set").mkdir()
    store.write_shard(tmp_path / "set/x.parquet", [row])
    assert recognise(tmp_path / "set/x.parquet") == "set"
    assert recognise(tmp_path / "set") == "set"
    write_clip(store.from_row(row)[0], clip, tmp_path / "a.npz")
    assert recognise(tmp_path / "a.npz") == "clip"
    (tmp_path / "set/x.parquet").write_bytes(b"PAR1 landmarks, or whatever PAR1")
    assert recognise(tmp_path / "set/x.parquet") == "landmarks"


def test_several_kinds_in_a_folder_are_for_the_user_to_choose_from(tmp_path: Path) -> None:
    for name in ("idle.bvh", "clip.mp4"):
        (tmp_path / name).write_bytes(CONTENTS[name][0])
    with pytest.raises(AmbiguousDataError, match=r"bvh \(idle.bvh\), video \(clip.mp4\); name one with --kind"):
        recognise(tmp_path)


def test_a_large_folder_is_recognised_by_a_few_of_its_files(tmp_path: Path) -> None:
    for k in range(50):
        (tmp_path / f"{k:03}.bvh").write_bytes(b"HIERARCHY" if k < 2 else CONTENTS["clip.mp4"][0])
    (tmp_path / ".hidden.mp4").write_bytes(CONTENTS["clip.mp4"][0])
    assert recognise(tmp_path) == "bvh"


def test_only_the_reader_that_is_needed_is_imported() -> None:
    code = (
        "import sys; import signllm_training.prompt2sign.readers\n"
        "found = [name.removeprefix('signllm_training.prompt2sign.') for name in sys.modules]\n"
        "wanted = ('pyarrow', 'pose_format', 'orjson', 'torch', 'scipy')\n"
        "print(*sorted(name for name in found if name.startswith('readers.') or name in wanted))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["readers.kinds", "readers.options"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_reader(kind: str) -> None:
    assert callable(KINDS[kind].reader())


def test_a_kind_or_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        open_corpus(tmp_path / "absent", ReadOptions())
    with pytest.raises(DataError, match="there is no kind 'films' of data; there are:\n  set "):
        open_corpus(tmp_path, ReadOptions(), "films")


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"split": "exam"}, "split 'exam'"), ({"people": "all"}, "people 'all'"), ({"fps": 0.0}, "0.0 frames per second")],
)
def test_options_that_no_reader_could_follow_are_refused(options: dict[str, object], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        ReadOptions(**options)  # type: ignore[arg-type]


@settings(max_examples=150)
@given(content=st.binary(max_size=60) | st.sampled_from([c for c, _ in CONTENTS.values()]).map(lambda c: c[:40]))
def test_any_bytes_are_of_some_kind_or_none(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    assert kind_of_file(path) in {"", *KINDS}


@pytest.mark.parametrize("names", [["../evil.npy"], ["x" * 300 + ".npy"] * 3, []])
def test_archives_are_looked_into_without_unpacking(tmp_path: Path, names: list[str]) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for k, name in enumerate(names):
            archive.writestr(f"{k}{name}", b"")
        archive.writestr("bodies.npy", b"")
    assert kind_of_file(tmp_path / "a.npz") == "dwpose"
