"""Results of the study: files read back, and what they may say."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from signllm_bridge.errors import ReviewError
from signllm_bridge.review.cli import main
from signllm_bridge.review.results import CAUTION, COLUMNS, read, table, wilson


def row(participant: str, part: str, answer: str, correct: str = "", **others: str) -> dict[str, str]:
    known = {"deaf": "yes", "item": "BOOK", "source": "lexicon"} | others
    given = {"participant": participant, "part": part, "answer": answer, "correct": correct}
    return dict.fromkeys(COLUMNS, "") | known | given


def write(file: Path, rows: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> Path:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return file


# Source: Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_that_of_the_literature(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=5e-5)
    assert wilson(total - right, total) == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_nothing_counted_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_shares_are_counted_apart_for_deaf_participants_and_who_cannot_tell_has_not_understood(tmp_path: Path) -> None:
    ana = [
        row("P1", "choice", "book", "1"),
        row("P1", "choice", "school", "0", item="PAPER"),
        row("P1", "choice", "", "", item="CAR"),
        row("P1", "named", "books", "0", item="SUN"),
        row("P1", "question", "I", "1", item="Hi.", source="signllm"),
        row("P1", "question", "I", "1", item="Ho.", source="lexicon"),
        row("P1", "clarity", "60", item="Hi.", source="signllm"),
        row("P1", "clarity", "", item="Ho.", source="signllm"),
    ]
    ben = [row("P2", "choice", "book", "1", deaf="no"), row("P2", "clarity", "90", deaf="no", source="signllm")]
    text = table(read([write(tmp_path / "a.csv", ana), write(tmp_path / "b.csv", ben)]))
    deaf, others = text.split("## Others (1)")
    assert text.startswith(CAUTION)
    assert "## Deaf participants (1)" in deaf
    assert "| signs out of four (chance 25 %) | 1 | 3 | 33% | 6% to 79% | 1 |" in deaf
    assert "| signs named freely | 0 | 1 | 0% | 0% to 79% | 0 |" in deaf
    assert "| questions about sentences by `signllm` | 1 | 1 | 100% | 21% to 100% | 0 |" in deaf
    assert "| clarity | signllm | 60 | 1 |" in deaf
    assert "| BOOK | 1 | 1 | 21% to 100% |" in deaf
    assert "| CAR | 0 | 1 | 0% to 79% |" in deaf
    assert "| signs out of four (chance 25 %) | 1 | 1 | 100% | 21% to 100% | 0 |" in others
    assert "| clarity | signllm | 90 | 1 |" in others


def test_no_answers_are_an_empty_table(tmp_path: Path) -> None:
    assert "## Deaf participants (0)" in table(read([write(tmp_path / "a.csv", [])]))


@pytest.mark.parametrize("columns", [COLUMNS[:-1], COLUMNS[::-1], ("a",)])
def test_a_file_with_other_columns_is_refused_with_those_that_it_needs(
    tmp_path: Path, columns: tuple[str, ...]
) -> None:
    file = write(tmp_path / "other.csv", [row("P1", "choice", "book", "1")], columns)
    with pytest.raises(ReviewError, match=r"other\.csv is no results file: its columns must be participant, deaf"):
        read([file])


@pytest.mark.parametrize("line", ["P1,yes\n", ",".join(["x"] * 20) + "\n"])
def test_a_row_of_another_length_is_refused(tmp_path: Path, line: str) -> None:
    file = write(tmp_path / "cut.csv", [])
    with file.open("a") as lines:
        lines.write(line)
    with pytest.raises(ReviewError, match=r"cut\.csv has a row that is cut off or too long"):
        read([file])


def test_a_code_in_two_files_is_refused_rather_than_counted_twice(tmp_path: Path) -> None:
    first = write(tmp_path / "a.csv", [row("P1", "choice", "book", "1")])
    second = write(tmp_path / "b.csv", [row("P1", "choice", "book", "1")])
    for twice in ([first, first], [first, second]):
        with pytest.raises(ReviewError, match="has answers of P1, whose file was read before"):
            read(twice)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"\x00", b'"' + b"x" * 200_000])
def test_what_is_no_csv_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    with pytest.raises(ReviewError, match=r"bad\.csv (cannot be read as CSV|is no results file)"):
        read([file])


def test_a_file_saved_again_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [row("P1", "choice", "book", "1")])
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert [answer.correct for answer in read([file])] == [True]


def test_the_command_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.csv", [row("P1", "choice", "book", "1")])
    assert main(["--study-results", str(file)]) == 0
    assert capsys.readouterr().out == table(read([file]))
