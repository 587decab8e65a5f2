"""The study: what is shown and asked, and the one file that holds it all."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from signllm.lexicon.signs import load_signs
from signllm_bridge.errors import ReviewError, StartupError
from signllm_bridge.review.cli import main
from signllm_bridge.review.clips import sentence_clip
from signllm_bridge.review.results import COLUMNS
from signllm_bridge.review.study import HUMAN, Question, SentenceItem, likeness, sentence_items, sign_items
from signllm_bridge.review.study_page import LICENCES, SCRIPT, STYLE, write_study
from signllm_bridge.sources import LEXICON, make_generation

SIGNS: Final = load_signs("asl")
SOURCES: Final = ("lexicon", "signllm")


# ------------------------------------------------------------------------------------------------------- signs


def test_a_seed_decides_everything() -> None:
    assert sign_items(SIGNS, 24, 7) == sign_items(dict(reversed(SIGNS.items())), 24, 7)
    assert sentence_items(SOURCES, 7) == sentence_items(SOURCES, 7)
    assert sign_items(SIGNS, 24, 7) != sign_items(SIGNS, 24, 8)
    assert sentence_items(SOURCES, 7) != sentence_items(SOURCES, 8)


def test_every_other_sign_has_four_different_choices_with_the_answer_among_them() -> None:
    items = sign_items(SIGNS, 240, 7)
    assert len({item.sign for item in items}) == 240
    assert [bool(item.choices) for item in items] == [True, False] * 120
    places: Counter[int] = Counter()
    for item in items[::2]:
        assert len(set(item.choices)) == 4
        places[item.choices.index(item.answer)] += 1
        assert len(set(item.choices) & set(item.accepted)) == 1, "no wrong choice is another word for the sign"
    assert min(places[k] for k in range(4)) > 15, f"the answer must not stand at one place: {places}"


def test_two_wrong_choices_look_like_the_sign() -> None:
    by_word: dict[str, list[str]] = {}
    for name, sign in SIGNS.items():
        for words in sign.english.values():
            for word in words:
                by_word.setdefault(word, []).append(name)
    everything = [likeness(SIGNS["BOOK"], sign) for name, sign in SIGNS.items() if ":" not in name]
    typical = sorted(everything)[len(everything) // 2]
    for item in sign_items(SIGNS, 60, 3)[::2]:
        near = [max(likeness(SIGNS[item.sign], SIGNS[n]) for n in by_word[word]) for word in item.choices]
        assert sum(value > typical for value in near) >= 3, item


def test_a_sign_that_is_named_freely_takes_every_word_that_it_serves() -> None:
    (item,) = [item for item in sign_items(SIGNS, 240, 7) if item.sign == "BABY"]
    assert item.answer in item.accepted
    assert {"baby", "infant"} <= set(item.accepted)


@pytest.mark.parametrize("count", [0, 3, -1, 100_000])
def test_a_number_of_signs_that_cannot_be_shown_is_refused_with_the_range(count: int) -> None:
    with pytest.raises(ReviewError, match=rf"{count} signs cannot be shown: choose 4 to 2\d\d"):
        sign_items(SIGNS, count, 7)


# --------------------------------------------------------------------------------------------------- sentences


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "sentences.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


SENTENCE: Final = '[[sentence]]\ntext = "{}"\nquestions = [{{ text = "Who?", answers = ["I", "You"] }}]\n'


@pytest.mark.parametrize("seed", range(6))
def test_sources_take_turns(seed: int) -> None:
    turns = [item.source for item in sentence_items(SOURCES, seed)]
    assert len(turns) == 10
    assert set(pairwise(turns)) == {SOURCES, SOURCES[::-1]}


def test_each_sentence_that_ships_is_signed_and_not_only_captioned() -> None:
    generation = make_generation((LEXICON,))
    for item in sentence_items((LEXICON,), 7):
        assert sentence_clip(generation, item.text, LEXICON)["frames"] > 25, item.text
        assert all(len(question.answers) == 4 for question in item.questions)


def test_a_person_may_sign_a_sentence_and_the_sources_still_take_turns(
    tmp_path: Path, written: Callable[[str], Path]
) -> None:
    file = written(
        SENTENCE.format("One.") + SENTENCE.format("Two.") + 'video = "two.mp4"\n' + SENTENCE.format("Three.")
    )
    found = {item.text: item for item in sentence_items(SOURCES, 1, file)}
    assert found["Two."].source == HUMAN
    assert found["Two."].video == tmp_path / "two.mp4"
    assert {found["One."].source, found["Three."].source} == set(SOURCES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[sentence", "is no list of sentences"),
        ("", "is no list of sentences .*write \\[\\[sentence\\]\\] with text and questions"),
        ("sentence = []", "holds 0 sentences: give 1 to 100"),
        ("sentence = 5", "is no list of sentences"),
        ("sentence = [5]", "is no list of sentences"),
        ('[[sentence]]\ntext = "Hello."', "is no list of sentences \\('questions'\\)"),
        ("[[sentence]]\ntext = 5\nquestions = []", "expected a text, found '5'"),
        (SENTENCE.format(" "), "expected a text, found ' '"),
        (SENTENCE.format("Hi.").replace('["I", "You"]', '"No"'), "answers must be a list"),
        (SENTENCE.format("Hi.").replace('"You"', '"I"'), "'Who\\?' needs two answers at least, and each of them once"),
        (SENTENCE.format("Hi.").replace(', "You"', ""), "'Who\\?' needs two answers at least"),
        (SENTENCE.format("Hi.") * 101, "holds 101 sentences"),
    ],
)
def test_a_file_that_is_no_list_of_sentences_is_refused_with_what_it_should_be(
    written: Callable[[str], Path], text: str, said: str
) -> None:
    with pytest.raises(ReviewError, match=said):
        sentence_items(SOURCES, 7, written(text))


def test_files_that_are_not_there_or_not_text_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="the sentences cannot be read"):
        sentence_items(SOURCES, 7, tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReviewError, match=r"binary\.toml is no list of sentences"):
        sentence_items(SOURCES, 7, tmp_path / "binary.toml")


def test_a_sentence_that_would_only_be_captioned_cannot_be_asked_about() -> None:
    generation = make_generation((LEXICON,))
    with pytest.raises(ReviewError, match="this sentence is not signed, so that nobody can be asked about it: 'Fire"):
        sentence_clip(generation, "Fire! Leave the building now.", LEXICON)


# -------------------------------------------------------------------------------------------------------- file


class Scripts(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["script"] and data.strip():
            self.texts.append(data)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    (folder / "assets").mkdir(parents=True)
    (folder / SCRIPT).write_text('say("</script><!-- <script>")', encoding="utf-8")
    (folder / STYLE).write_text("body { color: red }", encoding="utf-8")
    (folder / LICENCES).write_text("MIT </script>", encoding="utf-8")
    return folder


def page(pages: Path, items: list[SentenceItem], instructions: Path | None = None) -> str:
    return write_study(
        sign_items(SIGNS, 4, 7),
        items,
        clip=lambda name: {"of": name},
        sentence_clip=lambda text, source: {"of": text, "by": source},
        avatar=b"glTF",
        pages=pages,
        about="seed 7",
        instructions=instructions,
    )


def data_of(text: str) -> dict[str, Any]:
    parser = Scripts()
    parser.feed(text)
    assert parser.tags == ["html", "head", "meta", "meta", "title", "style", "body", "main", "script", "script"]
    data, script = parser.texts
    assert script == r'say("<\/script><\!-- <script>")'
    return dict(json.loads(data))


def test_the_file_holds_signs_sentences_avatar_and_columns_and_asks_for_nothing_else(pages: Path) -> None:
    questions = (Question("Who?", ("I", "You")),)
    text = page(pages, [SentenceItem("Hello.", "lexicon", questions)])
    data = data_of(text)
    assert [item["clip"] for item in data["signs"]] == [{"of": item.sign} for item in sign_items(SIGNS, 4, 7)]
    assert data["sentences"][0]["clip"] == {"of": "Hello.", "by": "lexicon"}
    assert data["sentences"][0]["questions"] == [{"text": "Who?", "answers": ["I", "You"]}]
    assert data["columns"] == list(COLUMNS)
    assert data["avatar"] == "Z2xURg=="
    assert data["instructions"] is None
    assert re.findall(r"(?:src|href)\s*=", text) == []


@pytest.mark.parametrize("evil", ["</script><script>alert(1)</script>", "<!--<script>", "]]></SCRIPT >", "\u2028<b>"])
def test_no_text_of_a_sentence_ends_the_script_that_holds_it(pages: Path, evil: str) -> None:
    data = data_of(page(pages, [SentenceItem(evil, "lexicon", (Question(evil, (evil, "no")),))]))
    assert data["sentences"][0]["text"] == evil
    assert data["sentences"][0]["questions"][0]["answers"] == [evil, "no"]


def test_videos_of_people_are_put_into_the_file(pages: Path, tmp_path: Path) -> None:
    video = tmp_path / "hello.MP4"
    video.write_bytes(b"moving")
    data = data_of(page(pages, [SentenceItem("Hello.", HUMAN, (), video)], video))
    assert data["instructions"] == "data:video/mp4;base64,bW92aW5n"
    assert data["sentences"][0]["video"] == data["instructions"]
    assert data["sentences"][0]["clip"] is None


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        ("talk.avi", 3, r"a video must be \.mp4 or \.webm"),
        ("none.mp4", None, "the video cannot be read"),
        ("long.webm", 40_000_001, "the video has 40 MB, at most 40 fit into the page"),
    ],
)
def test_a_video_that_cannot_be_used_is_a_sentence(
    pages: Path, tmp_path: Path, name: str, size: int | None, said: str
) -> None:
    if size is not None:
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    with pytest.raises(ReviewError, match=said):
        page(pages, [], tmp_path / name)


def test_without_the_built_script_it_says_how_to_build_it(pages: Path) -> None:
    (pages / SCRIPT).unlink()
    with pytest.raises(StartupError, match="run `make pages`"):
        page(pages, [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--study", "study.html", "--signs", "2"], "2 signs cannot be shown: choose 4 to"),
        (["--study", "study.html", "--sentences", "none.toml"], "the sentences cannot be read"),
        (["--study-results", "none.csv"], "none.csv cannot be read as CSV"),
    ],
)
def test_the_command_says_what_is_wrong_in_one_sentence(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("signllm review: ")
    assert said in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
