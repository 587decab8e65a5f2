"""Every file of the real data becomes the standard and comes back, exactly where `docs/data.md` says so.

The folder is walked: a corpus or file that is not spoken for here fails.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from signllm_training.prompt2sign import store
from signllm_training.prompt2sign.convert import ConvertOptions, convert
from signllm_training.prompt2sign.convert_cli import main
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers import ReadOptions, open_corpus, recognise
from signllm_training.prompt2sign.readers.kinds import kind_of_file
from signllm_training.prompt2sign.sample import Sample, Skipped
from signllm_training.prompt2sign.skels_profiles import profile_named
from signllm_training.prompt2sign.standard import StandardClip, restore
from signllm_training.prompt2sign.writers.skels import place
from tests.real_data import real_data

CORPORA = {
    "alphabet_mediapipe": ("alphabet", 26, 520),
    "bvh_idle": ("bvh", 1, 250),
    "dwpose": ("dwpose", 1, 20),
    "openpose_how2sign": ("openpose", 3, 328),
    "pose_fingerspelling_ase": ("pose", 26, 669),
    "pose_format_versions": ("pose", 4, 607),
    "pose_signs_dsgs": ("pose", 4, 239),
    "skels_phoenix": ("skels", 10, 1172),
}
"""Kind, clips and frames of each."""
TEXTS = (".csv", ".files", ".gloss", ".text")
"""Endings of what lies beside clips and is no clip."""
NO_POSES = {"SOURCES.md", "text"}
BODIES = {"humanml3d"}
"""Bodies without fingers: refused."""


def samples(path: Path) -> list[Sample]:
    found = list(open_corpus(path, ReadOptions()))
    assert not [one for one in found if isinstance(one, Skipped)]
    return [one for one in found if isinstance(one, Sample)]


def clips(folder: Path) -> list[StandardClip]:
    return [store.from_row(row)[1] for row in store.read_shards(folder)]


def assert_same(ours: list[StandardClip], theirs: list[StandardClip]) -> None:
    def key(clip: StandardClip) -> bytes:
        return clip.points.tobytes() + clip.confidence.tobytes()

    assert len(ours) == len(theirs)
    for a, b in zip(sorted(ours, key=key), sorted(theirs, key=key), strict=True):
        assert a.points.tobytes() == b.points.tobytes()
        assert a.confidence.tobytes() == b.confidence.tobytes()
        assert np.array_equal(a.mask, b.mask)
        assert (a.fps, a.depth, a.placement) == (b.fps, b.depth, b.placement)


def test_every_corpus_is_spoken_for() -> None:
    assert {path.name for path in real_data(".").iterdir()} == {*CORPORA, *NO_POSES, *BODIES}


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_file_of_it_is_read(corpus: str) -> None:
    path = real_data(corpus)
    kind, count, frames = CORPORA[corpus]
    found = samples(path)
    assert (recognise(path), len(found), sum(len(one.seen) for one in found)) == (kind, count, frames)
    sources = {one.provenance.source for one in found}
    for file in (file for file in path.rglob("*") if file.is_file()):
        names = {parent.relative_to(path).as_posix() for parent in (file, *file.parents) if path in parent.parents}
        assert names & sources or (file.suffix in TEXTS and kind_of_file(file) == ""), file


@pytest.mark.parametrize("corpus", CORPORA)
def test_its_numbers_come_back_from_the_standard_to_one_rounding_of_float32(corpus: str, tmp_path: Path) -> None:
    path = real_data(corpus)
    convert(path, tmp_path / "set", ConvertOptions(strict=True))
    stored = {
        (entry.name, entry.split): (entry, clip)
        for entry, clip in map(store.from_row, store.read_shards(tmp_path / "set"))
    }
    for one in samples(path):
        entry, clip = stored.pop((one.name, one.split))
        seen, back = one.seen, restore(clip)
        known = seen.confidence > 0
        error = np.abs(back.points.astype(np.float64) - seen.points)[known]
        assert (error <= 2.0**-23 * (np.abs(seen.points)[known] + np.abs(clip.placement.origin))).all()
        assert back.confidence.tobytes() == np.where(known, seen.confidence, 0).tobytes()
        assert (back.fps, back.axes, back.unit, back.depth) == (seen.fps, seen.axes, seen.unit, seen.depth)
        assert (entry.text, entry.gloss, entry.provenance) == (one.text, one.gloss, one.provenance)
    assert not stored


@pytest.mark.parametrize("corpus", CORPORA)
def test_no_bit_changes_between_the_formats_of_the_standard(corpus: str, tmp_path: Path) -> None:
    path = real_data(corpus)
    convert(path, tmp_path / "set")
    for form in ("npz", "pose"):
        convert(tmp_path / "set", tmp_path / form, ConvertOptions(format=form, strict=True))
        convert(tmp_path / form, tmp_path / f"{form}.parquet", ConvertOptions(strict=True))
        assert_same(clips(tmp_path / "set"), clips(tmp_path / f"{form}.parquet"))


@pytest.mark.parametrize("corpus", CORPORA)
def test_it_can_be_said_in_skels_and_comes_back_with_their_five_decimals(corpus: str, tmp_path: Path) -> None:
    path = real_data(corpus)
    convert(path, tmp_path / "set", ConvertOptions(method="closed_form", strict=True))
    for profile in ("phoenix", "signllm"):
        options = ConvertOptions(profile=profile, strict=True)
        convert(tmp_path / "set", tmp_path / f"{profile}.skels", options)
        back = list(open_corpus(tmp_path / f"{profile}.skels", ReadOptions(profile=profile)))
        lifted = list(open_corpus(tmp_path / "set", ReadOptions()))
        for one, again in zip(lifted, back, strict=True):
            assert isinstance(one, Sample) and isinstance(again, Sample)
            as_read = one.provenance.reader == f"skels:{profile}"
            placed = one.seen if as_read else place(one.seen, profile_named(profile))
            known = placed.confidence > 0
            # In phoenix nothing can be missing.
            assert np.array_equal(again.seen.confidence > 0, known | (profile == "phoenix"))
            assert np.abs(placed.points - again.seen.points)[known].max() <= 0.5e-5 + 1e-6
            assert (again.name, again.text, again.gloss) == (one.name, one.text.strip(), one.gloss)


def test_skels_come_back_byte_for_byte_but_for_the_sign_of_zero(tmp_path: Path) -> None:
    path = real_data("skels_phoenix")
    convert(path, tmp_path / "set", ConvertOptions(strict=True))
    convert(tmp_path / "set", tmp_path / "skels", ConvertOptions(format="skels", profile="phoenix", strict=True))
    for name in ("dev", "train"):
        for ending in ("skels", "text", "gloss", "files"):
            before, after = ((folder / f"{name}.{ending}").read_text() for folder in (path, tmp_path / "skels"))
            assert after == (before.replace("-0.00000", "0.00000") if ending == "skels" else before)


def test_pose_files_come_back_exactly_where_a_keypoint_is_known(tmp_path: Path) -> None:
    for corpus in ("openpose_how2sign", "pose_signs_dsgs"):
        path = real_data(corpus)
        convert(path, tmp_path / corpus, ConvertOptions(format="pose", strict=True))
        back = {one.name: one.seen for one in samples(tmp_path / corpus)}
        for one in samples(path):
            known = one.seen.confidence > 0
            assert np.array_equal(back[one.name].points[known], one.seen.points[known])
            assert np.array_equal(back[one.name].confidence, np.where(known, one.seen.confidence, 0))


def test_texts_alone_are_refused_with_the_kinds_that_there_are() -> None:
    for name in NO_POSES:
        with pytest.raises(DataError, match=r"nothing here is of a kind that can be read, which are:\n  set "):
            open_corpus(real_data(name), ReadOptions())


def test_bodies_without_fingers_are_refused_file_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(real_data("humanml3d")), str(tmp_path / "set")]) == 1
    said = capsys.readouterr().err
    assert "nothing was converted; 4 skipped" in said
    for name in ("joints.npy", "features.npy", "Mean.npy", "Std.npy"):
        assert name in said
