"""What reviewers say of a sign, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from signllm.lexicon.phonology import Posture, Sign, Step
from signllm.lexicon.signs import parse_signs
from signllm_bridge.errors import ReviewError
from signllm_bridge.review import verdicts
from signllm_bridge.review.cli import main
from signllm_bridge.review.verdicts import Verdict, form_of, from_table, state_of, with_states

BOOK = Sign(
    "BOOK",
    hands="symmetric",
    start=Posture(shape="OPEN_B", palm="L", fingers="F", at="CENTRE", part="little_side"),
    steps=(Step(ms=440, to=Posture(palm="U")),),
    other=None,
    english={"noun": ("book",)},
)


def verdict(reviewer: str, word: str = "yes", *, deaf: str = "yes", sign: Sign = BOOK) -> Verdict:
    return Verdict(sign.name, form_of(sign), reviewer, deaf, "native or early signer", word)


# -------------------------------------------------------------------------------------------------- the rules


def test_two_yes_from_two_deaf_reviewers_approve_a_sign() -> None:
    assert state_of(BOOK, [verdict("Ana")]) == "draft"
    assert state_of(BOOK, [verdict("Ana"), verdict("Ben")]) == "approved"


@pytest.mark.parametrize("again", ["Ana Lopez", "ANA LOPEZ", "  ana   lopez ", "Ana\tLopez"])
def test_one_person_is_one_voice_whatever_case_and_spaces(again: str) -> None:
    assert state_of(BOOK, [verdict("Ana Lopez"), verdict(again)]) == "draft"


@pytest.mark.parametrize("deaf", ["no", "not said"])
def test_a_yes_of_someone_who_is_not_deaf_or_does_not_say_so_approves_nothing(deaf: str) -> None:
    assert state_of(BOOK, [verdict("Ana"), verdict("Ben", deaf=deaf)]) == "draft"


@pytest.mark.parametrize("deaf", verdicts.DEAF)
def test_any_no_makes_a_draft(deaf: str) -> None:
    given = [verdict("Ana"), verdict("Ben"), verdict("Cem", "no", deaf=deaf)]
    assert state_of(BOOK, given) == "draft"
    assert state_of(replace(BOOK, review="approved"), given) == "draft"


def test_marks_that_nobody_sees_make_no_second_person() -> None:
    for first, again in (("Ana", "An\u200ba"), ("Ana", "\uff21na"), ("Jos\u00e9", "Jose\u0301")):
        assert state_of(BOOK, [verdict(first), verdict(again)]) == "draft"
    assert state_of(BOOK, [verdict("Jos\u00e9"), verdict("Jose")]) == "approved"


def test_the_latest_word_of_a_reviewer_counts() -> None:
    given = [verdict("Ana", "no"), verdict("Ben")]
    assert state_of(BOOK, [*given, verdict("Ana")]) == "approved"
    assert state_of(BOOK, [*given, verdict("Ana"), verdict("Ben", "unsure")]) == "draft"


def test_verdicts_on_another_form_of_the_sign_are_stale() -> None:
    given = [verdict("Ana"), verdict("Ben")]
    changed = replace(BOOK, steps=(Step(ms=500, to=Posture(palm="U")),))
    assert form_of(changed) != form_of(BOOK)
    assert state_of(changed, given) == "draft"
    assert state_of(changed, [*given, verdict("Cem", "no")]) == "draft"


def test_what_a_sign_is_called_in_english_and_who_wrote_it_is_not_its_form() -> None:
    other = replace(BOOK, english={"noun": ("book", "volume")}, provenance="Somebody.", review="checked")
    assert form_of(other) == form_of(BOOK)


def test_a_sign_that_nobody_judged_keeps_its_state() -> None:
    assert state_of(replace(BOOK, review="checked"), []) == "checked"
    assert state_of(replace(BOOK, review="checked"), [verdict("Ana", "unsure")]) == "checked"


def test_states_are_those_of_each_sign_by_its_own_verdicts() -> None:
    page = replace(BOOK, name="PAGE")
    given = [verdict("Ana"), verdict("Ben"), verdict("Ana", "no", sign=page)]
    assert verdicts.states({"BOOK": BOOK, "PAGE": page}, given) == {"BOOK": "approved", "PAGE": "draft"}


# --------------------------------------------------------------------------------------------- what is refused


def refused(**fields: object) -> str:
    table = {"sign": "BOOK", "form": "0", "reviewer": "Ana", "deaf": "yes", "fluency": "fluent", "verdict": "yes"}
    with pytest.raises(ReviewError) as error:
        from_table(table | fields)
    return str(error.value)


def test_a_verdict_needs_a_name() -> None:
    assert "the reviewer is missing" in refused(reviewer="  ")


def test_names_and_notes_have_a_longest_length() -> None:
    assert "the note has 1001 characters: at most 1000" in refused(note="x" * 1001)
    assert "the reviewer has 81 characters" in refused(reviewer="x" * 81)


@pytest.mark.parametrize("text", ["\ud800", "a\x1b[2J", "\0"])
def test_what_cannot_be_written_or_would_drive_a_terminal_is_refused(text: str) -> None:
    assert "the note holds half a character or a control character" in refused(note=text)
    assert "the reviewer holds" in refused(reviewer=f"Ana{text}")


@pytest.mark.parametrize(("field", "allowed"), [("deaf", "not said"), ("fluency", "learner"), ("verdict", "unsure")])
def test_another_choice_is_refused_with_those_that_there_are(field: str, allowed: str) -> None:
    message = refused(**{field: "perhaps"})
    assert f"{field} is 'perhaps'" in message
    assert allowed in message


def test_what_is_wrong_is_one_of_a_list() -> None:
    assert "'colour' cannot be what is wrong" in refused(wrong=["colour"])
    assert "a list of texts" in refused(wrong="handshape ") or "cannot be what is wrong" in refused(wrong="handshape")


@pytest.mark.parametrize("table", [[], None, "yes", {"sign": "BOOK", "extra": "1"}])
def test_what_is_no_table_of_the_fields_is_refused(table: object) -> None:
    with pytest.raises(ReviewError, match="expected a table with the fields deaf, fluency, form"):
        from_table(table)


def test_a_table_that_lacks_a_field_or_holds_numbers_is_refused() -> None:
    with pytest.raises(ReviewError, match="a field is missing"):
        from_table({"sign": "BOOK"})
    assert "every field holds text" in refused(note=5)


# ----------------------------------------------------------------------------------------------------- the file


def test_verdicts_come_back_from_their_file_in_order(tmp_path: Path) -> None:
    file = tmp_path / "new" / "reviews.jsonl"
    given = [verdict("Ana"), replace(verdict("Ben", "no"), wrong=("palm",), note='He said:\n"é" \u2028')]
    for one in given:
        verdicts.append(file, one)
    assert verdicts.read(file) == (given, [])
    assert file.stat().st_mode & 0o077 == 0, "names are in it: only its owner may read it"


def test_no_file_holds_no_verdicts(tmp_path: Path) -> None:
    assert verdicts.read(tmp_path / "reviews.jsonl") == ([], [])


@pytest.mark.parametrize("line", ["{", "[1]", "[" * 100_000, '{"sign": "BOOK"}', "\x00\xff"])
def test_a_broken_line_is_left_out_with_a_sentence_and_the_others_stay(tmp_path: Path, line: str) -> None:
    file = tmp_path / "reviews.jsonl"
    file.write_text(f"{verdict('Ana').to_json()}\n{line}\n\n{verdict('Ben').to_json()}\n", encoding="latin-1")
    found, warnings = verdicts.read(file)
    assert [one.reviewer for one in found] == ["Ana", "Ben"]
    assert len(warnings) == 1
    assert warnings[0].startswith("reviews.jsonl, line 2 is no verdict and was left out: ")


def test_a_line_that_was_cut_off_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    file.write_text(verdict("Ana").to_json()[:30])
    verdicts.append(file, verdict("Ben"))
    found, warnings = verdicts.read(file)
    assert [one.reviewer for one in found] == ["Ben"]
    assert len(warnings) == 1


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="the review could not be kept"):
        verdicts.append(tmp_path, verdict("Ana"))


# ------------------------------------------------------------------------------------- states in lexicon files

LEXICON = """\
# Things.
["*"]
provenance = "Me."
review = "draft"   # of all

[BOOK]  # two covers
english = { noun = ["book"] }
hands = "symmetric"
start = { shape = "OPEN_B", palm = "L", fingers = "F", at = "CENTRE", part = "little_side" }
steps = [
    { ms = 440, palm = "U" },
]

# The next one has a state of its own.
["num:1"]
hands = "one"
review  =  'checked' # by two references
start = { shape = "1", palm = "B", fingers = "U", at = "NEUTRAL", part = "palm" }
"""


def states_in(text: str) -> dict[str, str]:
    return {name: sign.review for name, sign in parse_signs(text, "test.toml").items()}


def test_a_state_goes_into_its_entry_and_nothing_else_changes() -> None:
    assert states_in(LEXICON) == {"BOOK": "draft", "num:1": "checked"}
    after = with_states(LEXICON, {"BOOK": "approved", "num:1": "draft"})
    assert states_in(after) == {"BOOK": "approved", "num:1": "draft"}
    lines = after.splitlines()
    assert 'review  =  "draft" # by two references' in lines
    lines.remove('review = "approved"')
    assert [line.replace('"draft" # by', "'checked' # by") for line in lines] == LEXICON.splitlines()
    assert after.index('review = "approved"') < after.index("# The next one")


def test_states_can_be_set_again_and_back() -> None:
    once = with_states(LEXICON, {"BOOK": "approved"})
    assert with_states(once, {"BOOK": "approved"}) == once
    assert states_in(with_states(once, {"BOOK": "draft"}))["BOOK"] == "draft"
    assert with_states(LEXICON, {}) == LEXICON


@pytest.mark.parametrize("text", [LEXICON.replace("\n", "\r\n"), LEXICON.rstrip("\n")])
def test_line_ends_stay_as_they_are(text: str) -> None:
    assert with_states(text, {}) == text
    after = with_states(text, {"num:1": "approved"})
    assert after == text.replace("'checked'", '"approved"')
    more = with_states(text, {"BOOK": "approved"})
    assert more.count("\r\n") == more.count("\n") or "\r" not in more
    assert states_in(more)["BOOK"] == "approved"


def test_every_file_that_ships_can_be_given_states_and_reads_the_same() -> None:
    for file in (resources.files("signllm.lexicon") / "data" / "asl").iterdir():
        text = file.read_bytes().decode()
        before = parse_signs(text, file.name)
        after = parse_signs(with_states(text, dict.fromkeys(before, "checked")), file.name)
        assert after == {name: replace(sign, review="checked") for name, sign in before.items()}


def test_apply_writes_the_states_into_a_folder_and_report_names_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, reviews = tmp_path / "own" / "asl", tmp_path / "reviews.jsonl"
    folder.mkdir(parents=True)
    (folder / "things.toml").write_text(LEXICON, encoding="utf-8")
    book = parse_signs(LEXICON, "things.toml")["BOOK"]
    for name in ("Ana", "Ben"):
        verdicts.append(reviews, verdict(name, sign=book))
    assert main(["--reviews", str(reviews), "--apply", str(folder.parent)]) == 0
    assert "1 signs have another state now: BOOK approved" in capsys.readouterr().out
    assert states_in((folder / "things.toml").read_text(encoding="utf-8")) == {"BOOK": "approved", "num:1": "checked"}
    assert [file.name for file in folder.iterdir()] == ["things.toml"], "a folder that has signs gets no others"

    assert main(["--reviews", str(reviews), "--report"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 verdicts in ")
    assert "yes (of an earlier form)  Ana (Deaf: yes" in said, "the BOOK that ships is another one"


def test_apply_begins_with_a_copy_of_the_lexicon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--reviews", str(tmp_path / "none.jsonl"), "--apply", str(tmp_path / "own")]) == 0
    assert "0 signs have another state now: none" in capsys.readouterr().out
    for file in (resources.files("signllm.lexicon") / "data" / "asl").iterdir():
        assert (tmp_path / "own" / "asl" / file.name).read_bytes() == file.read_bytes()


def test_apply_refuses_a_folder_that_holds_no_lexicon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "asl").write_text("a file")
    assert main(["--apply", str(tmp_path)]) == 2
    assert "cannot be changed" in capsys.readouterr().err
