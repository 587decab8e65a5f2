"""`signllm lexicon check|show|add|export|import`: round trips, own signs, and a sentence for what is wrong."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from signllm.errors import InputError, LexiconError
from signllm.lexicon import commands, exchange, signs
from signllm.lexicon.describe import describe, primitives
from signllm.lexicon.sigml import direction_symbol, palm_symbol, to_sigml
from signllm.lexicon.signs import load_signs, parse_signs

OWN = """\
[HELLO]
english = { interjection = ["hello"] }
hands = "one"
start = { shape = "5", palm = "F", fingers = "U", at = "NEUTRAL", part = "palm" }
steps = [{ ms = 600, shake = { axis = "R", size = 0.08, cycles = 2 } }]

["my sign"]
hands = "one"
start = { shape = "1", palm = "F", fingers = "U", at = "CHIN", part = "index", touch = true }
"""


def test_every_sign_survives_json_and_toml() -> None:
    known = load_signs("asl")
    language, from_json = exchange.from_json(exchange.to_json(known.values(), "asl"), "x.json")
    assert language == "asl"
    assert from_json == known
    assert parse_signs("\n".join(map(exchange.to_toml, known.values())), "x.toml") == known


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "x.json: not valid JSON"),
        ("[]", "not a lexicon: expected"),
        ('{"format": "signllm-lexicon", "version": 2}', 'expected "format": "signllm-lexicon" and "version": 1'),
        ('{"format": "signllm-lexicon", "version": 1, "signs": 3}', "a table by name"),
        (
            '{"format": "signllm-lexicon", "version": 1, "language": "asl", "signs": {"A": {"hands": "one"}}}',
            "x.json: A: field 'start' is missing",
        ),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_a_wrong_document_is_refused(text: str, message: str) -> None:
    with pytest.raises(LexiconError, match=message):
        exchange.from_json(text, "x.json")


def test_every_sign_is_valid_sigml_in_its_own_element() -> None:
    known = load_signs("asl")
    root = ET.fromstring(to_sigml(known.values()))
    assert [sign.get("gloss") for sign in root] == list(known)
    for sign in root:
        manual = sign.find("hamnosys_manual")
        assert manual is not None
        tags = [symbol.tag for symbol in manual]
        assert all(tag.startswith("ham") for tag in tags)
        assert tags.count("hamparbegin") == tags.count("hamparend")
        assert sum(tag.startswith("hampalm") and len(tag) in (8, 9) for tag in tags) >= 1


@pytest.mark.parametrize(
    ("palm", "fingers", "symbol"),
    [("U", "F", "u"), ("D", "F", "d"), ("L", "F", "l"), ("F", "U", "d"), ("B", "U", "u"), ("L", "U", "l")],
)
def test_the_palm_is_counted_around_the_fingers(palm: str, fingers: str, symbol: str) -> None:
    assert palm_symbol(palm, fingers) == symbol


@pytest.mark.parametrize(
    ("letters", "symbol"), [("U", "u"), ("F", "o"), ("B", "i"), ("LF", "ol"), ("FFFU", "o"), ("FFU", "uo")]
)
def test_directions_become_the_nearest_that_has_a_symbol(letters: str, symbol: str) -> None:
    assert direction_symbol(letters) == symbol


def test_a_sign_without_movement_is_made_of_a_hold_and_others_list_their_primitives() -> None:
    known = load_signs("asl")
    assert primitives(known["fs:A"]) == ("hold",)
    assert any("circle" in primitive for primitive in primitives(known["PLEASE"]))
    assert "other hand: OPEN_B" in describe(known["LEARN"])
    assert "other hand: back at the place itself" in primitives(known["SICK"])


def test_an_own_file_is_added_and_its_signs_take_the_place_of_those_that_ship(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(OWN)
    assert commands.add([str(file), "--to", str(tmp_path / "own")]) == 0
    assert "take the place of signs that were there before: HELLO" in capsys.readouterr().out
    monkeypatch.setenv(signs.OWN_LEXICON, str(tmp_path / "own"))
    load_signs.cache_clear()
    try:
        known = load_signs("asl")
        assert known["HELLO"].start.shape == "5"
        assert "my sign" in known and "GOOD" in known
    finally:
        monkeypatch.delenv(signs.OWN_LEXICON)
        load_signs.cache_clear()
    assert load_signs("asl")["HELLO"].start.shape != "5"


def test_a_file_with_a_mistake_is_not_added(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(OWN.replace('"5"', '"FIVE"'))
    with pytest.raises(LexiconError, match=r"mine\.toml, line 1: HELLO: start: handshape 'FIVE' is not known"):
        commands.add([str(file), "--to", str(tmp_path / "own")])
    assert not (tmp_path / "own").exists()


def test_without_a_place_for_own_signs_nothing_is_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(signs.OWN_LEXICON, raising=False)
    with pytest.raises(InputError, match="give --to FOLDER, or set SIGNLLM_LEXICON"):
        commands.add([str(tmp_path / "mine.toml")])


def test_export_and_import_are_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, back = tmp_path / "two.json", tmp_path / "two.toml"
    assert commands.export([str(out), "HELLO", "LEARN"]) == 0
    assert commands.import_([str(out), "--out", str(back)]) == 0
    table = tmp_path / "table.md"
    assert commands.check([str(back), "--out", str(table)]) == 0
    assert "2 signs, all can be made." in capsys.readouterr().out
    assert table.read_text().count("\n| ") == 3  # a heading and two signs
    assert "handshape FLAT5 > FLAT_O" in table.read_text()


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda folder: commands.export([str(folder / "x.txt")]), r"\.txt cannot be written; end the name in"),
        (lambda folder: commands.export([str(folder / "no" / "x.json")]), "cannot be written"),
        (lambda folder: commands.show(["HELO"]), "did you mean HELLO"),
        (lambda folder: commands.check([str(folder / "none.toml")]), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(run, message: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=message):
        run(tmp_path)
