"""`signllm convert`: any kind in, any format out; nothing lost silently, and real corpora there and back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from signllm_training.prompt2sign import manifest, store
from signllm_training.prompt2sign.convert import ConvertOptions, convert
from signllm_training.prompt2sign.convert_cli import main
from signllm_training.prompt2sign.convert_sizes import VIDEO, as_markdown, measure
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.quality import Quality
from signllm_training.prompt2sign.readers import ReadOptions
from signllm_training.prompt2sign.readers.clip import load_clip
from signllm_training.prompt2sign.rows import Entry
from signllm_training.prompt2sign.sample import Observation, Sample
from signllm_training.prompt2sign.standard import StandardClip, standardise
from signllm_training.prompt2sign.writers.clip import write_clip
from tests.training.prompt2sign.made import observation, sample

QUALITY = Quality(score=0.9, missing=0.1, swapped=2, outliers=3, filled=4, trimmed=(5, 6), notes=("hands apart",))


def samples() -> list[Sample]:
    return [
        sample("dev/a", split="dev", seen=observation(9, seed=1, depth="lifted")),
        sample("b", seen=observation(5, seed=2, depth="lifted", missing=0.0)),
        sample("../c", seen=observation(7, seed=3, depth="lifted"), text="Grüße\nan alle", gloss=()),
    ]


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A set of `samples()`, with prompts and quality."""
    for split in ("dev", "train"):
        with store.ShardWriter(tmp_path / "set", split) as writer:
            for one in samples():
                if one.split == split:
                    writer.add(store.to_row(one, standardise(one.seen), QUALITY, f"Sign: {one.text}"))
    manifest.write(manifest.build(tmp_path / "set"), tmp_path / "set")
    return tmp_path / "set"


def openpose(folder: Path, frames: Sequence[str]) -> Path:
    folder.mkdir(parents=True)
    for k, text in enumerate(frames):
        (folder / f"{folder.name}_{k:012}_keypoints.json").write_text(text)
    return folder


def openpose_frame(seen: Observation, frame: int) -> str:
    triples = np.concatenate((seen.points[frame, :, :2], seen.confidence[frame][:, None]), axis=1).astype(float)
    body = np.zeros((25, 3))
    body[:8] = triples[:8]
    parts = {"pose": body, "hand_left": triples[8:29], "hand_right": triples[29:]}
    person = {f"{name}_keypoints_2d": values.ravel().tolist() for name, values in parts.items()}
    return json.dumps({"version": 1.3, "people": [person]})


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two clips of OpenPose that are whole, and one in which nobody is seen."""
    for number, name in enumerate(("good", "fine")):
        seen = observation(6, seed=number)
        openpose(tmp_path / "corpus" / name, [openpose_frame(seen, k) for k in range(6)])
    openpose(tmp_path / "corpus" / "nobody", ['{"version": 1.3, "people": []}'] * 4)
    return tmp_path / "corpus"


def clips(folder: Path) -> dict[str, tuple[Entry, StandardClip]]:
    return {entry.name: (entry, clip) for entry, clip in map(store.from_row, store.read_shards(folder))}


def assert_same_clip(ours: StandardClip, theirs: StandardClip) -> None:
    for name in ("points", "mask", "confidence"):
        assert getattr(ours, name).tobytes() == getattr(theirs, name).tobytes(), name
    assert (ours.fps, ours.depth, ours.placement) == (theirs.fps, theirs.depth, theirs.placement)


def test_between_the_standard_s_own_files_no_bit_and_no_word_changes(prepared: Path, tmp_path: Path) -> None:
    steps = [
        (tmp_path / "one.parquet", ConvertOptions()),
        (tmp_path / "files", ConvertOptions(format="npz")),
        (tmp_path / "again", ConvertOptions()),
    ]
    source = prepared
    for out, options in steps:
        summary = convert(source, out, options)
        assert (summary.clips, summary.frames, summary.skipped) == (3, 21, [])
        source = out
    before, after = clips(prepared), clips(tmp_path / "again")
    assert before.keys() == after.keys()
    for name, (entry, clip) in before.items():
        assert after[name][0] == entry
        assert_same_clip(after[name][1], clip)


def test_pose_files_keep_every_bit_of_a_standard_clip(prepared: Path, tmp_path: Path) -> None:
    convert(prepared, tmp_path / "poses", ConvertOptions(format="pose"))
    convert(tmp_path / "poses", tmp_path / "again")
    before, after = clips(prepared), clips(tmp_path / "again")
    assert sorted(after) == ["_c", "b", "dev_a"]  # names are those of files now
    for name, now in (("../c", "_c"), ("b", "b"), ("dev/a", "dev_a")):
        assert_same_clip(after[now][1], before[name][1])


def test_a_name_from_outside_is_no_path(prepared: Path, tmp_path: Path) -> None:
    summary = convert(prepared, tmp_path / "poses", ConvertOptions(format="pose"))
    assert sorted(path.relative_to(tmp_path).as_posix() for path in summary.files) == [
        "poses/_c.pose",
        "poses/b.pose",
        "poses/dev_a.pose",
    ]


@pytest.mark.parametrize("profile", ["phoenix", "signllm"])
def test_skels_are_one_file_or_one_of_each_split_with_texts_beside(
    prepared: Path, tmp_path: Path, profile: str
) -> None:
    options = ConvertOptions(profile=profile)
    files = convert(prepared, tmp_path / "all.skels", options).files
    assert {path.name for path in files} == {"all.skels", "all.text", "all.gloss", "all.files"}
    assert (tmp_path / "all.files").read_text().splitlines() == ["dev/a", "b", "../c"]
    assert (tmp_path / "all.text").read_text().splitlines()[2] == "Grüße an alle"
    folder = tmp_path / "skels"
    files = convert(prepared, folder, ConvertOptions(profile=profile, format="skels")).files
    assert {path.name for path in files} >= {"dev.skels", "train.skels", "train.text", "dev.files"}
    lines = [(folder / f"{split}.skels").read_text() for split in ("dev", "train")]
    assert "".join(lines) == (tmp_path / "all.skels").read_text()
    assert [len(line.split()) for line in lines[1].splitlines()] == [5 * 151, 7 * 151]
    # What was read from a profile is written into it as it was.
    convert(tmp_path / "all.skels", tmp_path / "set2", ConvertOptions(read=ReadOptions(profile=profile)))
    convert(tmp_path / "set2", tmp_path / "back.skels", options)
    assert (tmp_path / "back.skels").read_bytes() == (tmp_path / "all.skels").read_bytes().replace(
        b"-0.00000", b"0.00000"
    )


def test_what_cannot_be_used_is_skipped_counted_and_named(corpus: Path, tmp_path: Path) -> None:
    summary = convert(corpus, tmp_path / "set", ConvertOptions(read=ReadOptions(language="asl")))
    assert (summary.clips, summary.frames) == (2, 12)
    assert [skipped.source for skipped in summary.skipped] == ["nobody"]
    found = manifest.load(tmp_path / "set")
    assert list(found.skipped) == summary.skipped
    assert [source.path for source in found.sources] == ["fine", "good"]
    assert found.options["language"] == "asl"
    assert manifest.verify(tmp_path / "set", corpus) == []


def test_strict_stops_at_the_first_and_leaves_nothing_behind(corpus: Path, tmp_path: Path) -> None:
    for name in ("set", "all.parquet", "poses"):
        options = ConvertOptions(strict=True, format="pose" if name == "poses" else "")
        with pytest.raises(DataError, match="nobody: "):
            convert(corpus, tmp_path / name, options)
    left = [path for path in tmp_path.rglob("*") if path.is_file() and corpus not in path.parents]
    assert sorted(path.name for path in left) == ["fine.pose", "good.pose"]  # whole files, of the clips before


def test_depth_is_found_only_when_asked_for(corpus: Path, tmp_path: Path) -> None:
    convert(corpus, tmp_path / "flat")
    assert {clip.depth for _, clip in clips(tmp_path / "flat").values()} == {"none"}
    assert not any(clip.points[..., 2].any() for _, clip in clips(tmp_path / "flat").values())
    convert(corpus, tmp_path / "deep", ConvertOptions(method="closed_form"))
    assert {clip.depth for _, clip in clips(tmp_path / "deep").values()} == {"lifted"}
    assert all(clip.points[..., 2].any() for _, clip in clips(tmp_path / "deep").values())
    # A set without depth gets it later just so.
    convert(tmp_path / "flat", tmp_path / "later", ConvertOptions(method="closed_form"))
    for name, (_, clip) in clips(tmp_path / "later").items():
        assert clip.points == pytest.approx(clips(tmp_path / "deep")[name][1].points, abs=1e-3)


def test_one_clip_that_cannot_be_lifted_does_not_stop_the_others(tmp_path: Path) -> None:
    flat = observation(6, depth="none")
    hands_only = Observation(flat.points, np.where(np.arange(50) < 8, 0, flat.confidence).astype(np.float32), 25.0)
    clip = standardise(flat)
    blind = StandardClip(
        np.where((hands_only.confidence > 0)[..., None], clip.points, 0).astype(np.float32),
        hands_only.confidence > 0,
        hands_only.confidence,
        25.0,
        "none",
        clip.placement,
    )
    rows = [store.to_row(sample("a"), clip), store.to_row(sample("blind"), blind), store.to_row(sample("c"), clip)]
    store.write_shard(tmp_path / "x.parquet", rows)
    summary = convert(tmp_path / "x.parquet", tmp_path / "set", ConvertOptions(method="closed_form"))
    assert sorted(clips(tmp_path / "set")) == ["a", "c"]
    assert [skipped.source for skipped in summary.skipped] == ["clips/a (blind)"] or "blind" in summary.skipped[
        0
    ].source


def test_a_damaged_row_is_skipped_with_its_number(prepared: Path, tmp_path: Path) -> None:
    rows = list(store.read_shards(prepared))
    rows[1]["points"] = rows[1]["points"][:-4]
    store.write_shard(tmp_path / "x.parquet", rows)
    summary = convert(tmp_path / "x.parquet", tmp_path / "out.parquet")
    assert (summary.clips, [(one.source, one.line) for one in summary.skipped]) == (2, [("x.parquet", 2)])


@pytest.mark.parametrize("method", ["guess", "FAST"])
def test_methods_and_formats_that_do_not_exist_are_refused(method: str) -> None:
    with pytest.raises(DataError, match="there are: none, closed_form, fast, reference"):
        ConvertOptions(method=method)
    with pytest.raises(DataError, match="there are: set, parquet, skels, pose, npz"):
        ConvertOptions(format=method)


@pytest.mark.parametrize(
    ("out", "options", "reason"),
    [
        ("x.mp4", {}, r"ending .mp4 are not written; .parquet, .skels, .pose, .npz and folders are"),
        ("full", {}, "holds other files: give a folder that is empty or not there yet"),
        ("set/inside", {}, "lies within what is read"),
        ("x.skels", {}, "profiles phoenix, signllm, dwpose, and none is named: --profile"),
        ("x.skels", {"profile": "x"}, "profile 'x' of .skels: there are phoenix, signllm, dwpose"),
        ("x.pose", {}, "a .pose file holds one clip, and there are more: name a folder, and --to pose"),
        ("x.npz", {}, "a .npz file holds one clip, and there are more: name a folder, and --to npz"),
        ("x.pose", {"profile": "phoenix"}, "--source-profile"),
    ],
)
def test_targets_that_cannot_be_written_are_refused(
    prepared: Path, tmp_path: Path, out: str, options: dict[str, str], reason: str
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match=reason):
        convert(prepared, tmp_path / out, ConvertOptions(**options))  # type: ignore[arg-type]
    assert not list(tmp_path.glob("x.*"))
    assert (tmp_path / "full" / "thesis.txt").read_text() == "mine"


def test_the_file_that_is_read_is_not_written_over(prepared: Path) -> None:
    shard = next(prepared.glob("train-*.parquet"))
    before = shard.read_bytes()
    with pytest.raises(DataError, match="is the file that is read"):
        convert(shard, shard)
    assert shard.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda arrays: arrays.pop("mask"), "there is no array 'mask'"),
        (lambda arrays: arrays.update(points=arrays["points"][:-1]), "arrays of one length"),
        (lambda arrays: arrays.update(points=arrays["points"].astype(">f4")), "arrays of one length"),
        (lambda arrays: arrays.update(about=np.array("{")), "no JSON"),
        (lambda arrays: arrays.update(about=np.array("[]")), "no JSON object"),
        (lambda arrays: arrays.update(about=np.array(3)), "`about` is no text"),
        (lambda arrays: arrays.update(about=np.array('{"name": 3}')), "says name = '3'"),
        (lambda arrays: arrays.update(points=np.full_like(arrays["points"], np.nan)), "not finite"),
    ],
)
def test_clip_files_that_hold_no_clip_are_refused(tmp_path: Path, change: object, reason: str) -> None:
    made = sample()
    clip = standardise(made.seen)
    write_clip(store.from_row(store.to_row(made, clip))[0], clip, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        arrays = dict(file)
    change(arrays)  # type: ignore[operator]
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=reason):
        load_clip(tmp_path / "a.npz")


def test_the_command_prints_what_became_of_it_and_says_by_its_status_whether_anything_did(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(corpus), str(tmp_path / "set"), "--licence", "cc0-1.0"]) == 0
    said = capsys.readouterr()
    assert "2 clips, 12 frames\nskipped: 1\n" in said.out
    assert said.out.rstrip().endswith(": nobody")
    assert manifest.load(tmp_path / "set").uses[0].licence.commercial
    shutil.rmtree(corpus / "good")
    shutil.rmtree(corpus / "fine")
    assert main([str(corpus), str(tmp_path / "nothing")]) == 1
    assert "nothing was converted; 1 skipped\n" in capsys.readouterr().err
    assert not (tmp_path / "nothing").exists()
    assert main([str(corpus), str(tmp_path / "nothing"), "--strict"]) == 2
    assert main([str(tmp_path / "absent"), str(tmp_path / "nothing")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(["in"], "OUT is missing"), (["in", "out", "--sizes"], "--sizes takes one place"), ([], "IN")],
)
def test_the_command_says_what_it_needs(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert reason in capsys.readouterr().err


def test_the_size_of_a_frame_is_that_of_the_files_written(prepared: Path, tmp_path: Path) -> None:
    sizes = {size.name: size for size in measure(prepared, ConvertOptions())}
    for form, profile, name in (
        ("set", "", "standard, Parquet (a prepared set)"),
        ("skels", "phoenix", ".skels, profile phoenix"),
        ("pose", "", ".pose, a file per clip"),
    ):
        files = convert(prepared, tmp_path / f"a{form}", ConvertOptions(format=form, profile=profile)).files
        assert sizes[name].bytes == sum(
            file.stat().st_size for file in files if file.suffix == f".{form}".replace("set", "parquet")
        )
        assert (sizes[name].clips, sizes[name].frames) == (3, 21)
    table = as_markdown(list(sizes.values()))
    assert "| .skels, profile dwpose | - | - |" in table
    assert "- .skels, profile dwpose: the unit is 'pixel'" in table
    assert table.endswith(VIDEO)
