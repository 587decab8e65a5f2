"""`signllm gloss` prints what a text becomes and why; its report compares gloss lines as words."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from signllm.errors import InputError
from signllm.language.cli import PAIRS, main
from signllm.language.overlap import compute_overlap, plain_tokens
from signllm.language.report import ENGLISH, GLOSSES, load_pairs, write_report


def test_the_command_prints_glosses_face_label_notices_and_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["Please close the door."]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "text      Please close the door.",
        "glosses   DOOR | PLEASE CLOSE",
        "face      topic over gloss 0: door",
        "label     Experimental; 100% of the words that carry meaning have a sign",
    ]
    assert lines[-1].startswith("rule      look_up:")


def test_the_command_reads_standard_input_and_prints_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Take cover now."))
    assert main(["--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["label"], told["glosses"], told["text"]) == ("Captions only", [], "Take cover now.")


def test_options_reach_the_translation(capsys: pytest.CaptureFixture[str]) -> None:
    main(["Take cover now.", "--approved-by", "Ana Li"])
    assert "signed because Ana Li approved it" in capsys.readouterr().out
    main(["My mother.", "--no-drafts"])
    assert "glosses   fs:MY fs:MOTHER" in capsys.readouterr().out


def test_the_report_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PAIRS, raising=False)
    with pytest.raises(InputError, match="name their folder with --pairs, or set SIGNLLM_TEST_DATA"):
        main(["--report", "-"])
    with pytest.raises(InputError, match=f"{ENGLISH} and {GLOSSES} missing"):
        main(["--report", "-", "--pairs", str(tmp_path)])
    (tmp_path / ENGLISH).write_text("one\ntwo\n")
    (tmp_path / GLOSSES).write_text("ONE\n")
    with pytest.raises(InputError, match=r"2 lines and .* 1; they must be pairs"):
        load_pairs(tmp_path)


def test_the_report_is_a_table_of_the_pairs_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / ENGLISH).write_text("my mother is happy .\ni want water .\n")
    (tmp_path / GLOSSES).write_text("X-MY MOTHER BE DESC-HAPPY .\nX-I WANT WATER .\n")
    target = tmp_path / "gloss.md"
    assert main(["--report", str(target), "--pairs", str(tmp_path)]) == 0
    table = target.read_text()
    assert "on 2 rule-made pairs" in table
    assert "| our glosses | 92.3 |" in table
    assert "| Experimental | 2 |" in table
    with pytest.raises(InputError, match="cannot be written"):
        main(["--report", str(tmp_path / "no" / "folder"), "--pairs", str(tmp_path)])


@pytest.mark.skipif(PAIRS not in os.environ, reason=f"set {PAIRS} to the folder of test data")
def test_our_glosses_share_two_thirds_of_their_words_with_the_rule_made_pairs(tmp_path: Path) -> None:
    pairs = load_pairs(Path(os.environ[PAIRS]) / "text")[:200]
    (tmp_path / ENGLISH).write_text("\n".join(english for english, _ in pairs))
    (tmp_path / GLOSSES).write_text("\n".join(glosses for _, glosses in pairs))
    row = next(line for line in write_report(tmp_path).splitlines() if line.startswith("| our glosses"))
    assert float(row.split("|")[2]) > 66


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ("MY NAME | fs:ANA num:25", ["MY", "NAME", "ANA", "25"]),
        ("X-I WANT DESC-NEW BOOK .", ["I", "WANT", "NEW", "BOOK"]),
        ("IX-1 IX-2 IX-3", ["I", "YOU", "IT"]),
        (", . |", []),
    ],
)
def test_lines_of_both_conventions_become_plain_words(line: str, tokens: list[str]) -> None:
    assert plain_tokens(line) == tokens


def test_equal_lines_agree_fully_and_different_ones_not_at_all() -> None:
    lines = ["MY MOTHER NEED MORE WATER".split(), "YOUR FATHER WANT BOOK".split()]
    full = compute_overlap(lines, lines)
    assert (full.f1, full.bleu1, full.bleu4, full.chrf) == pytest.approx((100, 100, 100, 100))
    none = compute_overlap([["X"], ["Y"]], [["A"], ["B"]])
    assert (none.f1, none.bleu1, none.bleu4, none.chrf) == (0, 0, 0, 0)


def test_overlap_by_hand() -> None:
    found = compute_overlap([["A", "B"]], [["A", "C", "B", "D"]])
    assert found.f1 == pytest.approx(100 * 2 * 1.0 * 0.5 / 1.5)
    assert found.bleu1 == pytest.approx(100 * 2.718281828 ** (1 - 4 / 2))
    assert found.bleu4 == 0
