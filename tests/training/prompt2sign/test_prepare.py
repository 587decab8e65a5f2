"""`signllm prepare`: the same bytes whoever makes them and however often it is stopped, and nothing lost silently."""

from __future__ import annotations

import dataclasses
import functools
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm_training.prompt2sign import manifest, prepare_cli
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.loader import LoaderOptions, PreparedSet
from signllm_training.prompt2sign.prepare import PrepareOptions, Progress, Units, Work, prepare, run_local
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import UNKNOWN_LICENCE, Observation, Provenance, Sample, Skipped
from signllm_training.prompt2sign.splits import SplitRule
from signllm_training.prompt2sign.store import read_shards
from signllm_training.prompt2sign.units import Made, Steps, Unit, cut, make_shard, rows_of
from signllm_training.prompt2sign.writers.skels import write_skels
from tests.real_data import real_data

GIVEN = PrepareOptions(
    ReadOptions(language="asl", fps=25.0),
    steps=Steps(method="none"),
    split=SplitRule("given"),
    clips_per_shard=8,
)

BODY = np.array(
    [[0, 0.25], [0, 0], [-0.18, 0], [-0.25, -0.25], [-0.2, -0.1], [0.18, 0], [0.25, -0.25], [0.2, -0.1]], np.float64
)
"""Metres across the picture, where the body's keypoints are."""


def some_sample(k: int, *, depth: str = "measured", split: str = "", signer: str = "") -> Sample:
    """A clip whose hands wander: 20 to 39 frames."""
    rng = np.random.default_rng(k)
    points = np.cumsum(rng.normal(0.0, 0.01, (20 + k % 20, 50, 3)), axis=0) + rng.normal(0.0, 0.02, (50, 3))
    points[:, :8, :2] += BODY
    points[:, 8:29, :2] += points[:, 7:8, :2]
    points[:, 29:, :2] += points[:, 4:5, :2]
    points[:, [2, 5]] = [[-0.18, 0, 0], [0.18, 0, 0]]
    if depth == "none":
        points[..., 2] = 0.0
    seen = Observation(
        points.astype(np.float32), np.ones(points.shape[:2], np.float32), 25.0, (1, 1, 1), "metre", depth
    )
    made = Provenance("toys", f"clip{k}", "test")
    return Sample(f"clip{k}", "asl", f"text {k}", ("A", f"B{k}"), signer, split, UNKNOWN_LICENCE, made, seen)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """50 clips as .skels, the twelfth line of train damaged."""
    folder = tmp_path_factory.mktemp("corpus")
    write_skels((some_sample(k, split="dev" if k % 5 == 4 else "train") for k in range(50)), folder, "phoenix")
    lines = (folder / "train.skels").read_text().splitlines()
    lines[11] = lines[11].rpartition(" ")[0]
    (folder / "train.skels").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def whole(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of it without a stop."""
    out = tmp_path_factory.mktemp("whole") / "set"
    prepare(corpus, out, GIVEN)
    return contents(out)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_set_holds_every_clip_in_the_order_of_its_source_and_says_what_it_left_out(
    corpus: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    for name, data in whole.items():
        (tmp_path / name).write_bytes(data)
    names = [row["name"].rpartition("/")[2] for row in read_shards(tmp_path, "train")]
    assert names == [f"clip{k}" for k in range(50) if k % 5 != 4 and k != 13]
    rows = list(read_shards(tmp_path, "dev"))
    assert [row["text"] for row in rows] == [f"text {k}" for k in range(4, 50, 5)]
    assert all(row["text"] in row["prompt"] and len(row["prompt"]) > len(row["text"]) for row in rows)
    assert {row["split"] for row in rows} == {"dev"}
    assert manifest.verify(tmp_path, corpus) == []
    (skipped,) = manifest.load(tmp_path).skipped
    assert (skipped.source, skipped.line) == ("train.skels", 12)
    assert sorted(whole) == [
        *("dev-00000.parquet", "dev-00001.parquet", "manifest.json"),
        *(f"train-0000{k}.parquet" for k in range(5)),
    ]


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_makes_the_same_bytes(
    corpus: Path, whole: dict[str, bytes], tmp_path: Path, workers: int
) -> None:
    prepare(corpus, tmp_path / "set", GIVEN, workers=workers)
    assert contents(tmp_path / "set") == whole


@pytest.mark.parametrize("done", range(7))
def test_stopped_at_any_unit_it_goes_on_and_makes_the_same_bytes(
    corpus: Path, whole: dict[str, bytes], tmp_path: Path, done: int
) -> None:
    made: list[str] = []

    def some(units: Units, work: Work) -> Iterator[Made]:
        for unit in units():
            if len(made) == done:
                raise KeyboardInterrupt
            yield work(unit)
            assert isinstance(unit, Unit)
            made.append(unit.name)

    with pytest.raises(KeyboardInterrupt):
        prepare(corpus, tmp_path / "set", GIVEN, engine=some)

    def rest(units: Units, work: Work) -> Iterator[Made]:
        for unit in units():
            assert isinstance(unit, Made) == ((unit.unit if isinstance(unit, Made) else unit.name) in made)
            yield work(unit)

    prepare(corpus, tmp_path / "set", GIVEN, engine=rest)
    assert contents(tmp_path / "set") == whole


@pytest.mark.parametrize(
    "left",
    [
        ["train-00001.parquet"],  # the shard, but no record of it
        [".prepare/train-00001.json"],  # the record, but no shard
        [".train-00001.parquet.part", ".prepare/.train-00001.json.part"],
    ],
)
def test_killed_between_a_shard_and_its_record_it_is_made_again(
    corpus: Path, whole: dict[str, bytes], tmp_path: Path, left: list[str]
) -> None:
    def stop(units: Units, work: Work) -> Iterator[Made]:
        for unit in units():
            if isinstance(unit, Unit) and unit.name == "train-00003":
                raise KeyboardInterrupt
            yield work(unit)

    out = tmp_path / "set"
    with pytest.raises(KeyboardInterrupt):
        prepare(corpus, out, GIVEN, engine=stop)
    kept = {name: data for name, data in contents(out).items() if "train-00001" not in name}
    half = {name: contents(out).get(name, b"half") for name in left}
    for name in contents(out):
        (out / name).unlink()
    for name, data in {**kept, **half}.items():
        (out / name).write_bytes(data)
    prepare(corpus, out, GIVEN)
    assert {name: data for name, data in contents(out).items() if not name.endswith(".part")} == whole


def test_a_finished_set_is_not_made_again(corpus: Path, tmp_path: Path) -> None:
    def nothing(units: Units, work: Work) -> Iterator[Made]:
        raise AssertionError

    first = prepare(corpus, tmp_path / "set", GIVEN)
    assert prepare(corpus, tmp_path / "set", GIVEN, engine=nothing) == first


def test_other_options_are_refused_and_named(corpus: Path, tmp_path: Path) -> None:
    prepare(corpus, tmp_path / "set", GIVEN)
    other = PrepareOptions(GIVEN.read, steps=Steps(method="none", seed=3), split=GIVEN.split, clips_per_shard=9)
    with pytest.raises(
        DataError, match=r"clips_per_shard was 8, is 9; options\.steps\.seed was 0, is 3.*another folder"
    ):
        prepare(corpus, tmp_path / "set", other)


def test_a_run_that_failed_before_anything_was_made_binds_nobody_to_its_options(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        prepare(corpus, tmp_path / "set", dataclasses.replace(GIVEN, kind="bvh"))
    (tmp_path / "set" / "test-00000.parquet").write_bytes(b"killed before it was written down")
    assert prepare(corpus, tmp_path / "set", GIVEN).manifest.clips == 49
    assert not (tmp_path / "set" / "test-00000.parquet").exists()


def test_a_source_with_other_files_is_refused(corpus: Path, tmp_path: Path) -> None:
    source = tmp_path / "corpus"
    source.mkdir()
    for path in corpus.iterdir():
        (source / path.name).write_bytes(path.read_bytes())
    prepare(source, tmp_path / "set", GIVEN)
    (source / "test.skels").write_bytes((source / "dev.skels").read_bytes())
    with pytest.raises(DataError, match="the source has changed since this set was begun"):
        prepare(source, tmp_path / "set", GIVEN)


def test_samples_that_changed_behind_the_same_size_are_refused(corpus: Path, tmp_path: Path) -> None:
    source = tmp_path / "corpus"
    source.mkdir()
    for path in corpus.iterdir():
        (source / path.name).write_bytes(path.read_bytes())

    def two(units: Units, work: Work) -> Iterator[Made]:
        for unit, _ in zip(units(), range(3), strict=False):
            yield work(unit)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(source, tmp_path / "set", GIVEN, engine=two)
    text = (source / "dev.text").read_text()
    (source / "dev.text").write_text(text.replace("text 4", "TEXT 4", 1))
    with pytest.raises(DataError, match="other samples than those that dev-00000"):
        prepare(source, tmp_path / "set", GIVEN)


def test_a_folder_with_other_files_is_not_touched(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all my work")
    with pytest.raises(DataError, match="holds other files"):
        prepare(corpus, tmp_path, GIVEN)
    assert contents(tmp_path) == {"thesis.txt": b"all my work"}


def test_a_set_within_its_source_is_refused(corpus: Path) -> None:
    with pytest.raises(DataError, match="within its own source"):
        prepare(corpus, corpus / "set", GIVEN)


def test_a_source_that_is_not_there_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        prepare(tmp_path / "nowhere", tmp_path / "set", GIVEN)
    assert not (tmp_path / "set").exists()


def test_strict_stops_with_file_and_line(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train\.skels, line 12: "):
        prepare(corpus, tmp_path / "set", GIVEN, strict=True)


def test_memory_holds_a_few_units_however_long_the_corpus_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    read, ahead, one = [0], [0], some_sample(0, split="train")

    def endless(*_: object) -> Iterator[Sample]:
        for _k in range(400):
            read[0] += 1
            yield one

    monkeypatch.setattr("signllm_training.prompt2sign.readers.open_corpus", endless)

    def progress(done: Progress) -> None:
        ahead[0] = max(ahead[0], read[0] - done.clips)

    (tmp_path / "corpus").mkdir()
    options = dataclasses.replace(GIVEN, kind="skels")
    prepare(tmp_path / "corpus", tmp_path / "set", options, progress=progress)
    assert read == [400]
    assert ahead[0] <= GIVEN.clips_per_shard
    read[0] = ahead[0] = 0
    prepare(tmp_path / "corpus", tmp_path / "other", options, workers=2, progress=progress)
    assert ahead[0] <= 5 * GIVEN.clips_per_shard


def test_a_worker_that_is_killed_is_a_sentence() -> None:
    units: Any = lambda _: iter([signal.SIGKILL] * 3)  # noqa: E731
    work: Any = signal.raise_signal
    with pytest.raises(DataError, match=r"ended without a word.*finished shards are kept"):
        list(run_local(units, work, workers=2))


def test_no_sample_that_can_be_used_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        "signllm_training.prompt2sign.readers.open_corpus", lambda *_: iter([Skipped("a.pose", None, "too short")])
    )
    (tmp_path / "corpus").mkdir()
    with pytest.raises(DataError, match=r"no sample can be used.*all 1 were skipped; the first: a\.pose: too short"):
        prepare(tmp_path / "corpus", tmp_path / "set", dataclasses.replace(GIVEN, kind="pose"))


def test_missing_depth_is_found_or_left_out_as_asked() -> None:
    flat = [some_sample(k, depth="none") for k in range(3)]
    lifted, _ = rows_of(flat, Steps())
    left, _ = rows_of(flat, Steps(method="none"))
    assert [row["depth"] for row in lifted] == ["lifted"] * 3
    assert [row["depth"] for row in left] == ["none"] * 3
    assert all(np.frombuffer(row["points"], "<f4").reshape(-1, 50, 3)[..., 2].std() > 0.01 for row in lifted)
    assert rows_of([some_sample(0)], Steps())[0][0]["depth"] == "measured"


def test_texts_are_spelled_alike_and_languages_have_one_code() -> None:
    said = vars(some_sample(0)) | {"language": "ASE", "text": "It\u2019s  fine\u200b.\n"}
    foreign = vars(some_sample(1)) | {"language": "bsl"}
    rows, skipped = rows_of([Sample(**said), Sample(**foreign)], Steps(method="none"))
    assert not skipped
    assert [(row["language"], row["text"]) for row in rows] == [("asl", "It's fine."), ("bsl", "text 1")]
    assert "It's fine." in rows[0]["prompt"]
    assert rows[1]["prompt"] == ""  # there are no questions around British texts


def test_a_clip_that_cannot_be_used_takes_no_other_with_it() -> None:
    blind = some_sample(1, depth="none")
    nobody = Observation(blind.seen.points, np.zeros_like(blind.seen.confidence), 25.0, (1, 1, 1), "metre", "none")
    samples = [some_sample(0, depth="none"), Sample(**{**vars(blind), "seen": nobody}), some_sample(2, depth="none")]
    rows, skipped = rows_of(samples, Steps())
    assert [row["name"] for row in rows] == ["clip0", "clip2"]
    (one,) = skipped
    assert one.source == "clip1"
    assert one.reason


@settings(max_examples=30, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["train", "dev", "skipped"]), max_size=40),
    clips=st.integers(1, 6),
    frames=st.integers(1, 120),
)
def test_units_hold_every_sample_once_in_order_within_their_bounds(kinds: list[str], clips: int, frames: int) -> None:
    def read() -> Iterator[Sample | Skipped]:
        for k, kind in enumerate(kinds):
            yield Skipped(f"clip{k}", None, "no") if kind == "skipped" else some_sample(k, split=kind)

    units = list(cut(read(), SplitRule("given"), clips=clips, frames=frames))
    for split in ("train", "dev"):
        mine = [unit for unit in units if unit.split == split]
        assert [unit.number for unit in mine] == list(range(len(mine)))
        names = [sample.name for unit in mine for sample in unit.samples]
        assert names == [f"clip{k}" for k, kind in enumerate(kinds) if kind == split]
    skipped = [one.source for unit in units for one in unit.skipped]
    assert skipped == [f"clip{k}" for k, kind in enumerate(kinds) if kind == "skipped"]
    for unit in units:
        assert len(unit.samples) <= clips
        assert len(unit.samples) <= 1 or sum(len(sample.seen) for sample in unit.samples) <= frames


def test_by_signer_nobody_is_in_two_splits_and_who_is_not_named_is_in_train() -> None:
    rule = SplitRule("signer")
    splits = {k: {rule.split_of(some_sample(i, signer=f"s{k}", split="dev")) for i in range(5)} for k in range(300)}
    assert all(len(found) == 1 for found in splits.values())
    counts = [sum(found == {split} for found in splits.values()) / 300 for split in ("train", "dev", "test")]
    np.testing.assert_allclose(counts, rule.shares, atol=0.06)
    assert rule.split_of(some_sample(0, split="dev")) == "train"
    assert rule.unsure(some_sample(0))
    assert not rule.unsure(some_sample(0, signer="s1"))


def test_by_name_the_shares_are_kept_and_given_splits_are_not() -> None:
    rule = SplitRule("hash", (0.5, 0.25, 0.25))
    found = [rule.split_of(some_sample(k, split="dev")) for k in range(400)]
    counts = [found.count(split) / 400 for split in ("train", "dev", "test")]
    np.testing.assert_allclose(counts, rule.shares, atol=0.08)
    assert found != [SplitRule("hash", rule.shares, seed=1).split_of(some_sample(k)) for k in range(400)]


@pytest.mark.parametrize("make", [
    functools.partial(SplitRule, "size"),
    functools.partial(SplitRule, shares=(0.8, 0.1, 0.2)),
    functools.partial(Steps, method="guess"),
    functools.partial(PrepareOptions, clips_per_shard=0),
    functools.partial(PrepareOptions, ReadOptions(language="english")),
])  # fmt: skip
def test_options_that_cannot_be_are_refused(make: functools.partial[object]) -> None:
    with pytest.raises(
        DataError, match=r"can be by|add up to 1|fast, closed_form, reference|at least one|there are: asl"
    ):
        make()


def test_what_is_made_already_passes_through(tmp_path: Path) -> None:
    made = Made("train-00000", "", "", 0, 0, (), 0, ())
    assert make_shard(made, steps=Steps(), source=tmp_path, folder=tmp_path) is made


def test_the_command_says_what_was_made_what_was_skipped_and_whose_it_is(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(corpus), str(tmp_path / "set"), "--language", "asl", "--method", "none", "--workers", "1"]
    assert prepare_cli.main([*command, "--licence", "CC-BY-NC-4.0"]) == 0
    printed = capsys.readouterr()
    assert "49 clips" in printed.out
    assert "train.skels, line 12" in printed.out
    assert "clips that do not name their signer: 49, all in train; --split-by given keeps" in printed.out
    assert "notice: " in printed.out
    assert "not for commercial use" in printed.out
    assert printed.err == ""  # no progress but at a terminal
    assert prepare_cli.main([*command, "--licence", "CC0-1.0"]) == 2
    assert "was 'CC-BY-NC-4.0', is 'CC0-1.0'" in capsys.readouterr().err


def test_the_command_shows_examples_and_one_sentence_for_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        prepare_cli.main(["--help"])
    assert "examples:" in capsys.readouterr().out
    source, out = str(tmp_path / "nowhere"), str(tmp_path / "set")
    with pytest.raises(SystemExit):
        prepare_cli.main([source, out, "--workers", "0"])
    assert "'0' is no whole number above 0" in capsys.readouterr().err
    for wrong in (["--shares", "1", "1", "1"], []):
        assert prepare_cli.main([source, out, *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def write_openpose(folder: Path, clips: int) -> None:
    """Clips as OpenPose writes them; every fourth has a damaged frame, every fifth shows nobody."""
    for k in range(clips):
        clip = folder / f"clip{k:02d}"
        clip.mkdir(parents=True)
        for frame, keypoints in enumerate(some_sample(k).seen.points):
            flat = np.column_stack((keypoints[:, :2] * [500, -500] + [640, 300], np.full(50, 0.9))).round(2)
            person = {
                "pose_keypoints_2d": [*flat[:8].ravel().tolist(), *[0] * 51],
                "hand_left_keypoints_2d": flat[8:29].ravel().tolist(),
                "hand_right_keypoints_2d": flat[29:].ravel().tolist(),
            }
            text = json.dumps({"version": 1.3, "people": [] if k % 5 == 2 else [person]})
            damaged = k % 4 == 1 and frame == 3
            (clip / f"clip{k:02d}_{frame:012d}_keypoints.json").write_text(text[:-9] if damaged else text)


def test_what_takes_long_to_read_is_read_by_all_processes_and_comes_out_the_same(tmp_path: Path) -> None:
    write_openpose(tmp_path / "corpus", 30)
    alone = prepare(tmp_path / "corpus", tmp_path / "one", GIVEN)
    assert alone.manifest.clips == 24
    assert len(alone.manifest.skipped) == 14
    prepare(tmp_path / "corpus", tmp_path / "two", GIVEN, workers=2)
    assert contents(tmp_path / "two") == contents(tmp_path / "one")


def test_how2sign_clips_become_a_set_that_the_loader_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = real_data("openpose_how2sign")
    command = [str(source), str(tmp_path / "set"), "--language", "asl", "--split-by", "given", "--workers", "1"]
    assert prepare_cli.main([*command, "--licence", "CC-BY-NC-4.0"]) == 0
    assert "3 clips" in capsys.readouterr().out
    (batch,) = PreparedSet(tmp_path / "set", "dev", LoaderOptions(augment=None)).epoch(0)
    assert all(batch.texts)
    assert all(text in prompt for text, prompt in zip(batch.texts, batch.prompts, strict=True))
    assert batch.lengths.max() <= 157
    assert 0.9 < batch.mask[np.arange(3), :, 1].sum() / batch.lengths.sum() <= 1.0
    assert json.loads((tmp_path / "set" / "manifest.json").read_text())["notices"]
