"""The review page and the study in a real browser: what a reviewer and a participant see and do."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from signllm_bridge.review import results, verdicts
from signllm_bridge.review.cli import main
from tests.clients.chromium import Chromium, Page

SCREENSHOTS: Final = Path(__file__).parents[2] / "build" / "screenshots"
SENTENCES: Final = """\
[[sentence]]
text = "The red car is slow."
questions = [{ text = "What colour is the car? </script>", answers = ["Red", "Blue"] }]

[[sentence]]
text = "I was sick yesterday."
questions = [{ text = "When?", answers = ["Yesterday", "Today"] }]
"""


@contextmanager
def reviewing(reviews: Path) -> Iterator[str]:
    """`signllm review` on a free port; gives the address that it prints."""
    command = [sys.executable, "-m", "signllm.cli", "review", "--port", "0", "--reviews", str(reviews)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            address = re.search(r"http://\S+", said)
            assert address is not None, f"no address in {said!r}"
            yield address.group() + "/"
        finally:
            process.terminate()


HEIGHTS: Final = "[...document.querySelectorAll('button')].map((one) => one.getBoundingClientRect().height)"


def reads(text: str) -> str:
    """A JavaScript test for elements with exactly this text."""
    return f"(one) => one.textContent === {text!r}"


def press(page: Page, key: str) -> None:
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key=key, text=key if kind == "keyDown" else "")


def drawn(path: Path, left: int, right: int) -> tuple[int, int, int, int]:
    """Bounding box (x0, y0, x1, y1) of what is dark in these columns of a picture: the avatar's clothes and hair."""
    picture = np.asarray(Image.open(path).convert("L"))[:, left:right]
    y, x = np.nonzero(picture < 90)
    assert len(x) > 500, "nothing is drawn"
    return int(x.min()) + left, int(y.min()), int(x.max()) + left, int(y.max())


def box_of(page: Page, selector: str) -> dict[str, float]:
    return dict(page.evaluate(f"document.querySelector('{selector}').getBoundingClientRect().toJSON()"))


def click(page: Page, selector: str) -> None:
    page.evaluate(f"document.querySelector('{selector}').click()")


def test_a_reviewer_sees_a_sign_from_two_sides_and_gives_a_verdict(browser: Chromium, tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.jsonl"
    with reviewing(reviews) as address:
        page = browser.new_page()
        page.open(f"{address}#BABY", 1280, 800)
        page.wait_for("document.getElementById('frame')?.textContent.startsWith('frame ')")
        assert page.evaluate("document.getElementById('name').textContent") == "BABY draft"
        assert "noun: baby" in page.evaluate("document.getElementById('meaning').textContent")
        assert "asymmetric" in page.evaluate("document.getElementById('description').textContent")
        assert page.evaluate("[...document.querySelectorAll('#list h2')].map((h) => h.textContent)") == [
            "Words",
            "Numbers",
            "Letters",
        ]

        # Keys: stop, and frame by frame.
        press(page, "k")
        page.wait_for("document.getElementById('play').textContent === 'Play'")
        before = page.evaluate("Number(document.getElementById('frame').textContent.split(' ')[1])")
        press(page, "l")
        page.wait_for(f"Number(document.getElementById('frame').textContent.split(' ')[1]) !== {before}")
        press(page, "j")
        page.wait_for(f"Number(document.getElementById('frame').textContent.split(' ')[1]) === {before}")

        page.screenshot(SCREENSHOTS / "review.png")
        stage = box_of(page, ".stage")
        middle = int(stage["left"] + stage["width"] / 2)
        front = drawn(SCREENSHOTS / "review.png", int(stage["left"]) + 2, middle)
        drawn(SCREENSHOTS / "review.png", middle, int(stage["right"]) - 2)
        assert front[2] - front[0] > 0.25 * stage["width"] / 2, "the signer fills a good part of the view"

        # A verdict under a name; keys rest while it is written.
        page.evaluate("document.getElementById('reviewer').focus()")
        page.type("Kim Null")
        press(page, "k")
        assert page.evaluate("document.getElementById('play').textContent") == "Play"
        page.evaluate("document.getElementById('deaf').value = 'yes'; document.activeElement.blur()")
        press(page, "2")
        click(page, "#wrong input[value=palm]")
        page.evaluate("document.getElementById('note').value = 'Turn it.'")
        click(page, "#form button[type=submit]")
        page.wait_for("document.getElementById('said').textContent === 'Kept: BABY, no.'")
        page.wait_for("!document.getElementById('name').textContent.startsWith('BABY')")
        (given,), _ = verdicts.read(reviews)
        assert (given.sign, given.verdict, given.deaf, given.wrong, given.note) == (
            "BABY",
            "no",
            "yes",
            ("palm",),
            "Turn it.",
        )
        assert given.person.startswith("kim null")

        # What was judged is left out on demand.
        page.evaluate("document.getElementById('state').value = 'unseen'")
        page.evaluate("document.getElementById('state').dispatchEvent(new Event('change'))")
        shown = page.evaluate("[...document.querySelectorAll('#list button')].map((b) => b.textContent)")
        assert "BABY" not in shown
        assert "BOOK" in shown

        # On a phone the stage is in sight at once and the list is folded.
        page.resize(390, 844)
        page.wait_for("!document.getElementById('index').open")
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(SCREENSHOTS / "review_phone.png")
        stage = box_of(page, ".stage")
        assert stage["top"] < 120
        assert stage["bottom"] < 600
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert [url for url in page.requested_urls() if not url.startswith(address)] == []
        assert page.complaints() == []
        page.call("Page.close")


def test_a_participant_answers_the_study_from_a_file_and_its_csv_is_read_back(
    browser: Chromium, tmp_path: Path
) -> None:
    study, sentences = tmp_path / "study.html", tmp_path / "sentences.toml"
    sentences.write_text(SENTENCES, encoding="utf-8")
    assert main(["--study", str(study), "--signs", "4", "--sentences", str(sentences), "--seed", "7"]) == 0

    page = browser.new_page()
    page.open(study.as_uri(), 1280, 800)
    page.wait_for("document.querySelector('form') !== null")
    assert "a person explains this in ASL" in page.evaluate("document.querySelector('.video').textContent")
    click(page, "button[type=submit]")
    assert page.evaluate("document.querySelector('.asking')") is None, "neither code nor consent was given"
    page.evaluate("document.getElementById('participant').value = '=P1, \"a\"'")
    click(page, "button[type=submit]")
    assert page.evaluate("document.querySelector('.asking')") is None, "consent was not given"
    click(page, "#consent")
    click(page, "button[type=submit]")
    page.wait_for("document.querySelector('.answers') !== null")

    questions = page.evaluate("JSON.parse(document.getElementById('data').textContent)")
    signs = questions["signs"]
    assert [item["source"] for item in questions["sentences"]] in (["lexicon", "signllm"], ["signllm", "lexicon"])
    page.wait_for("document.querySelector('.stage canvas').width > 0")
    page.evaluate("new Promise((resolve) => setTimeout(resolve, 400))")
    page.screenshot(SCREENSHOTS / "study.png")
    stage = box_of(page, ".stage")
    body = drawn(SCREENSHOTS / "study.png", 2, int(stage["right"]) - 2)
    assert body[3] - body[1] > 0.6 * stage["height"], "the avatar is large"
    assert all(height >= 44 for height in page.evaluate(HEIGHTS))

    # Four signs: one chosen rightly, one named rightly, one not told, one named wrongly.
    page.evaluate(f"[...document.querySelectorAll('.answers button')].find({reads(signs[0]['answer'])}).click()")
    answer_in_words(page, f" The {signs[1]['answer'].upper()} ")
    click(page, ".unknown")
    answer_in_words(page, "=no, such")
    for item in questions["sentences"]:
        for question in item["questions"]:
            page.wait_for(f"document.querySelector('#asked h2').textContent === {question['text']!r}")
            page.evaluate(
                f"[...document.querySelectorAll('.answers button')].find({reads(question['answers'][0])}).click()"
            )
        page.wait_for("document.getElementById('rating') !== null")
        assert page.evaluate("document.querySelector('.primary').disabled"), "nobody says 50 by not moving it"
        page.evaluate("(s => { s.value = 73; s.dispatchEvent(new Event('input')) })(document.getElementById('rating'))")
        click(page, ".primary")
        page.wait_for("document.querySelector('#asked h2').textContent.includes('grammar')")
        page.resize(390, 844)
        page.screenshot(SCREENSHOTS / "study_phone.png")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert box_of(page, ".unknown")["bottom"] <= 844, "every answer can be reached without scrolling"
        click(page, ".unknown")
    page.wait_for("document.getElementById('results') !== null")
    assert page.evaluate("document.getElementById('results').download") == "study-_P1_a_.csv"
    file = tmp_path / "answers.csv"
    file.write_text(page.evaluate("fetch(document.getElementById('results').href).then((a) => a.text())"), newline="")
    assert [url for url in page.requested_urls() if url != study.as_uri()] == []
    assert page.complaints() == []
    page.call("Page.close")

    answers = results.read([file])
    assert [(a.part, a.correct) for a in answers] == [
        ("choice", True),
        ("named", True),
        ("choice", None),
        ("named", False),
        *[("question", True), ("clarity", None), ("grammar", None)] * 2,
    ]
    assert {a.participant for a in answers} == {'\'=P1, "a"'}
    assert {a.deaf for a in answers} == {"not said"}
    assert [a.answer for a in answers if a.part == "clarity"] == ["73", "73"]
    assert "| questions about sentences by `signllm` | 1 | 1 | 100% | 21% to 100% | 0 |" in results.table(answers)


def answer_in_words(page: Page, text: str) -> None:
    page.wait_for("document.getElementById('answer') !== null")
    page.evaluate("document.getElementById('answer').focus()")
    page.type(text)
    page.press_enter()
    page.wait_for("document.getElementById('answer') === null")
