"""`signllm corpus`."""

from pathlib import Path

import numpy as np
import pytest

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import manifest
from signllm_training.prompt2sign.corpus_cli import main
from signllm_training.prompt2sign.languages import LANGUAGES
from signllm_training.prompt2sign.prompts import templates
from signllm_training.prompt2sign.sample import UNKNOWN_LICENCE, Observation, Provenance, Sample
from signllm_training.prompt2sign.standard import standardise
from signllm_training.prompt2sign.store import ShardWriter, to_row

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    points = np.random.default_rng(0).normal(size=(5, prompt2sign.COUNT, 3)).astype(np.float32)
    seen = Observation(points, np.ones(points.shape[:2], dtype=np.float32), 25.0)
    one = Sample("clip", "asl", "Hi.", (), "", "train", UNKNOWN_LICENCE, Provenance("c", "s", "r"), seen)
    with ShardWriter(tmp_path / "set", "train") as shard:
        shard.add(to_row(one, standardise(seen)))
    manifest.write(manifest.build(tmp_path / "set"), tmp_path / "set")
    return tmp_path / "set"


def test_report_writes_a_page_and_says_where(folder: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "page.html"
    assert main(["report", str(folder), "--out", str(out), "--previews", "1"]) == 0
    assert capsys.readouterr().out == f"report: {out}\n"
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_verify_says_whether_a_set_is_as_it_was_made(folder: Path, capsys: Captured) -> None:
    assert main(["verify", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}: as its manifest says\n"
    shard = next(folder.glob("*.parquet"))
    shard.write_bytes(shard.read_bytes() + b"x")
    assert main(["verify", str(folder)]) == 1
    assert shard.name in capsys.readouterr().out


def test_report_of_no_prepared_set_is_one_sentence(tmp_path: Path, capsys: Captured) -> None:
    assert main(["report", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("signllm corpus report: ") and error.count("\n") == 1
    assert "there is none; `signllm prepare`" in error


@pytest.mark.parametrize("previews", ["-1", "201", "many", "9" * 5000, "²"])
def test_previews_that_cannot_be_are_refused(previews: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", "set", "--previews", previews])
    assert ended.value.code == 2
    assert "is no number from 0 to 200" in capsys.readouterr().err


def test_languages_prints_all_with_the_papers_counts(capsys: Captured) -> None:
    assert main(["languages"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(LANGUAGES) + 1
    for line, language in zip(lines[1:], LANGUAGES.values(), strict=False):
        assert line.startswith(f"{language.code} ")
        assert language.own_name in line and f" {language.iso639_3} " in line
        assert line.split()[-3:] == [f"{count:,}" for count in language.paper_counts]


def test_prompts_prints_the_templates(capsys: Captured) -> None:
    assert main(["prompts", "lsa"]) == 0
    assert tuple(capsys.readouterr().out.splitlines()) == templates("lsa")


def test_prompts_puts_a_text_in_each(capsys: Captured) -> None:
    assert main(["prompts", "GSL", "--text", "Hallo {Welt}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 30 and all("Hallo {Welt}" in line for line in lines)


def test_a_seed_chooses_one_and_always_the_same(capsys: Captured) -> None:
    printed = []
    for seed in ("3", "3", "4"):
        assert main(["prompts", "asl", "--text", "Hi", "--seed", seed]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2] and printed[0].count("\n") == 1


def test_an_unknown_language_is_one_sentence(capsys: Captured) -> None:
    assert main(["prompts", "xx"]) == 2
    assert "no sign language has the code 'xx' here; there are: asl" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["help"]])
def test_help_lists_the_subcommands(arguments: list[str], capsys: Captured) -> None:
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert all(f"\n  {name} " in printed for name in ("languages", "prompts", "report"))


def test_an_unknown_subcommand_names_the_nearest(capsys: Captured) -> None:
    assert main(["reprot"]) == 2
    assert "did you mean report" in capsys.readouterr().err
    assert main(["zzz"]) == 2
    assert "there are: languages, prompts, report" in capsys.readouterr().err
