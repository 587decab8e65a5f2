"""The manifest: true to the shards, the same bytes from the same data, and heard by whoever trains on the set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm_training.prompt2sign import manifest, store
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.licences import COMMERCIAL, licence_named, notice
from signllm_training.prompt2sign.sample import UNKNOWN_LICENCE, Licence, Provenance, Skipped
from signllm_training.prompt2sign.standard import standardise
from tests import strategies  # noqa: F401  every machine tries the same examples
from tests.training.prompt2sign.made import NON_COMMERCIAL, observation, sample

FREE = Licence("CC0-1.0", commercial=True)
SKIPPED = (
    Skipped("clips/c", None, "no person in any frame"),
    Skipped("dev.skels", 7, "150 values, 151 make a frame"),
    Skipped("clips/d", None, "no person in any frame"),
)


def rows() -> list[dict[str, Any]]:
    made = [
        sample("a", seen=observation(50)),
        sample("b", seen=observation(25), split="dev"),
        sample("c", seen=observation(10), licence=FREE, provenance=Provenance("asl_mocap", "c.fbx", "blender")),
        sample("d", seen=observation(5), licence=UNKNOWN_LICENCE, provenance=Provenance("found", "d", "pose")),
    ]
    return [store.to_row(one, standardise(one.seen)) for one in made]


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    for split in ("train", "dev"):
        with store.ShardWriter(folder, split, 2) as writer:
            for row in rows():
                if row["split"] == split:
                    writer.add(row)
    corpus = tmp_path / "corpus" / "clips"
    for name in ("a", "b"):
        (corpus / name).mkdir(parents=True)
        (corpus / name / "0.json").write_text(f"frame of {name}")
    sources = [manifest.hash_source(tmp_path / "corpus", f"clips/{name}") for name in ("b", "a")]
    built = manifest.build(folder, sources=sources, skipped=SKIPPED, options={"method": "fast"})
    manifest.write(built, folder)
    return folder


def test_clips_and_durations_are_counted_per_language_and_split(prepared: Path) -> None:
    found = manifest.load(prepared)
    assert [(part.language, part.split, part.clips, part.frames, part.seconds) for part in found.parts] == [
        ("asl", "dev", 1, 25, 1.0),
        ("asl", "train", 3, 65, 2.6),
    ]
    assert (found.clips, found.seconds) == (4, 3.6)
    assert [(shard.file.path, shard.clips, shard.frames) for shard in found.shards] == [
        ("dev-00000.parquet", 1, 25),
        ("train-00000.parquet", 2, 60),
        ("train-00001.parquet", 1, 5),
    ]


def test_licences_are_counted_with_what_the_signers_agreed_to(prepared: Path) -> None:
    found = {use.corpus: (use.licence, use.clips) for use in manifest.load(prepared).uses}
    assert found == {"how2sign": (NON_COMMERCIAL, 2), "asl_mocap": (FREE, 1), "found": (UNKNOWN_LICENCE, 1)}
    assert NON_COMMERCIAL.consent == "research only"


def test_what_was_skipped_is_listed_by_reason_with_file_and_line(prepared: Path) -> None:
    about = json.loads((prepared / "manifest.json").read_text())
    assert about["skipped"] == {
        "no person in any frame": [{"source": "clips/c", "line": None}, {"source": "clips/d", "line": None}],
        "150 values, 151 make a frame": [{"source": "dev.skels", "line": 7}],
    }
    assert sorted(map(str, manifest.load(prepared).skipped)) == sorted(map(str, SKIPPED))


def test_it_reads_back_as_it_was_written(prepared: Path) -> None:
    found = manifest.load(prepared)
    manifest.write(found, prepared)
    assert manifest.load(prepared) == found
    assert found.tool.startswith("signllm ")
    assert (found.profile, found.options) == ("signllm-50-v1", {"method": "fast"})


def test_the_same_data_give_the_same_bytes(prepared: Path) -> None:
    before = (prepared / "manifest.json").read_bytes()
    sources = list(manifest.load(prepared).sources)
    built = manifest.build(prepared, sources=reversed(sources), skipped=SKIPPED, options={"method": "fast"})
    manifest.write(built, prepared)
    assert (prepared / "manifest.json").read_bytes() == before
    assert not list(prepared.glob(".*.part"))


def test_a_set_that_is_as_it_was_made_verifies(prepared: Path, tmp_path: Path) -> None:
    assert manifest.verify(prepared) == []
    assert manifest.verify(prepared, tmp_path / "corpus") == []


def test_every_change_is_found_and_named(prepared: Path, tmp_path: Path) -> None:
    shard = prepared / "dev-00000.parquet"
    data = shard.read_bytes()
    shard.write_bytes(data + b"\0")
    assert manifest.verify(prepared) == [f"{shard.name} has changed: {len(data) + 1} bytes, {len(data)} were listed"]
    shard.unlink()
    assert manifest.verify(prepared) == [f"{shard.name} is missing"]
    shard.write_bytes(data)
    store.write_shard(prepared / "test-00000.parquet", rows())
    assert manifest.verify(prepared) == ["test-00000.parquet is not in the manifest"]
    (prepared / "test-00000.parquet").unlink()
    (tmp_path / "corpus/clips/a/0.json").write_text("another  ")
    assert manifest.verify(prepared, tmp_path / "corpus") == ["clips/a has changed: 9 bytes, 10 were listed"]
    (tmp_path / "corpus/clips/b/0.json").rename(tmp_path / "corpus/clips/b/1.json")
    assert len(manifest.verify(prepared, tmp_path / "corpus")) == 2


def test_a_licence_that_was_edited_in_the_manifest_is_found(prepared: Path) -> None:
    path = prepared / "manifest.json"
    path.write_text(path.read_text().replace('"commercial": false', '"commercial": true'))
    assert manifest.verify(prepared) == ["counts, durations or licences are not those of the shards"]


def test_notices_name_corpus_licence_and_consent_and_are_silent_about_free_data(prepared: Path) -> None:
    assert manifest.notices(manifest.load(prepared)) == (
        "found: 1 clip without a stated licence: ask whose they are before you share what is trained on them",
        "how2sign: 2 clips under CC-BY-NC-4.0: not for commercial use, and neither is what is trained on them; "
        "the signers agreed to: research only",
    )
    assert notice("asl_mocap", FREE, 3) == ""


def test_the_record_for_a_checkpoint_is_json_and_carries_the_notices(prepared: Path) -> None:
    found = manifest.load(prepared)
    record = json.loads(json.dumps(manifest.record(found)))
    assert tuple(record["notices"]) == manifest.notices(found)
    assert record["clips"] == 4
    assert {use["corpus"]: use["consent"] for use in record["licences"]}["how2sign"] == "research only"
    assert len(record["manifest_sha256"]) == 64


@pytest.mark.parametrize(
    ("said", "name", "commercial"),
    [
        ("", "unknown", False),
        ("Unknown", "unknown", False),
        ("cc0-1.0", "CC0-1.0", True),
        ("CC BY 4.0", "CC-BY-4.0", True),
        ("mit", "MIT", True),
        ("CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0", False),
        ("C-UDA", "C-UDA", False),
        ("Phoenix14T research licence", "Phoenix14T research licence", False),
    ],
)
def test_commercial_use_is_allowed_only_where_it_is_known_to_be(said: str, name: str, commercial: bool) -> None:
    assert licence_named(said, "yes") == Licence(name, commercial, "yes")


def test_no_licence_that_forbids_it_is_in_the_list() -> None:
    assert not [name for name in COMMERCIAL if "NC" in name.split("-") or "ND" in name.split("-")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ("[]", "no manifest of a signllm prepared set"),
        ("[" * 100_000, "cannot be read"),
        ('{"format": "signllm prepared set", "version": 2}', "version 2; this version of signllm reads 1"),
        ('{"format": "signllm prepared set", "version": 1}', "damaged"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(DataError, match=reason):
        manifest.load(tmp_path)


def test_a_folder_without_one_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="signllm prepare"):
        manifest.load(tmp_path)


@pytest.mark.parametrize("path", ["/etc", "../..", "clips/../../.."])
def test_a_manifest_cannot_have_files_outside_hashed(prepared: Path, path: str) -> None:
    file = prepared / "manifest.json"
    file.write_text(file.read_text().replace('"dev-00000.parquet"', json.dumps(path)))
    with pytest.raises(DataError, match="lies outside"):
        manifest.verify(prepared)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100)
@given(data=st.data())
def test_any_json_gives_a_manifest_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    about: dict[str, Any] = {"format": manifest.FORMAT, "version": manifest.VERSION, "tool": "x", "profile": "y"}
    about |= {"options": {}, "skipped": {}} | {name: [] for name in ("parts", "licences", "shards", "sources")}
    about[data.draw(st.sampled_from(sorted(about)))] = data.draw(_json)
    folder = tmp_path_factory.getbasetemp()
    (folder / "manifest.json").write_text(json.dumps(about))
    try:
        manifest.load(folder)
    except DataError:
        return
