"""What a viewer can choose, read and report on the page, in a real browser against the real server and lexicon."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from signllm.lexicon.synthesise import LexiconSource
from signllm.motion import rotation
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge.messages import Frame, Reported, SignBoundary, UtteranceStart
from signllm_bridge.smallest_three import decode_rotations
from tests.clients.chromium import Page
from tests.clients.serving import serving
from tests.clients.watching import OpenPage, is_in_sight, messages, sign, text_of, wait_for_end

LEXICON: Final = LexiconSource.load("asl")
SCREENSHOTS: Final = Path(__file__).parents[2] / "build" / "screenshots"
EMERGENCY: Final = "Fire! Leave the building now."
LABELS: Final = (
    *("Human-approved", "Reviewed signs, automatic grammar", "Experimental", "Spelled only", "Captions only"),
)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports") / "reports.jsonl"


@pytest.fixture(scope="module")
def server(reports: Path) -> Iterator[str]:
    with serving(LEXICON.name, "--reports", str(reports)) as address:
        yield address


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def press(page: Page, key: str, code: int) -> None:
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)


def is_shown(page: Page, element: str) -> bool:
    return bool(page.evaluate(f"document.getElementById('{element}').checkVisibility()"))


def most_turned(page: Page) -> dict[str, float]:
    """Degrees by which each lower arm has turned in the frames that the server sent."""
    sent = [message for message in messages(page) if isinstance(message, Frame)]
    poses = np.array([decode_rotations(frame.rotations) for frame in sent])
    arms = {side: HUMANOID.index[f"{side}LowerArm"] for side in ("left", "right")}
    return {
        side: float(np.degrees(rotation.angle_between(poses[:, arm], poses[0, arm])).max())
        for side, arm in arms.items()
    }


# ------------------------------------------------------------------------------------------------ a wrong sign


def test_a_click_on_a_sign_reports_it_with_a_note_and_thanks_for_it(
    server: str, reports: Path, open_page: OpenPage
) -> None:
    before = len(lines_of(reports))
    page = open_page(server)
    sign(page, "Hello, my name is Ana.")
    page.wait_for("document.querySelector('.chip.now') !== null")
    page.evaluate("[...document.querySelectorAll('.chip button')].find((b) => b.textContent === 'NAME').click()")
    assert page.evaluate("document.getElementById('report').open")
    page.screenshot(SCREENSHOTS / "report.png")
    page.evaluate("document.getElementById('report-note').focus()")
    page.type("The fingers should tap twice.")
    page.evaluate("document.querySelector('#report-form .primary').click()")
    page.wait_for("document.getElementById('reported').innerText.startsWith('Thank you')")
    assert not page.evaluate("document.getElementById('report').open")
    (line,) = lines_of(reports)[before:]
    (start,) = (message for message in messages(page) if isinstance(message, UtteranceStart))
    assert line["gloss"] == "NAME" == start.signs[line["gloss_index"]]
    assert line["note"] == "The fingers should tap twice."
    assert (line["text"], line["source"], line["gloss_line"]) == (start.text, "lexicon", start.gloss)
    assert line["presentation_time_us"] > 0
    assert Reported(1, line["gloss_index"]) in messages(page)


def test_the_keyboard_reports_the_sign_that_is_being_made(server: str, reports: Path, open_page: OpenPage) -> None:
    before = len(lines_of(reports))
    page = open_page(server)
    assert page.evaluate("document.getElementById('wrong').disabled"), "nothing was signed yet"
    sign(page, "fs:HANDS")
    page.wait_for("document.querySelector('.chip span:nth-child(3).now') !== null")
    page.evaluate("document.getElementById('wrong').focus()")
    page.press_enter()
    page.wait_for("document.getElementById('report').open")
    made = page.evaluate("document.getElementById('report-sign').selectedOptions[0].text")
    assert made in {"3. N of HANDS", "4. D of HANDS", "5. S of HANDS"}
    press(page, "Escape", 27)
    page.wait_for("!document.getElementById('report').open")
    assert page.evaluate("document.activeElement.id") == "wrong", "the focus goes back to where it was"
    page.press_enter()
    page.wait_for("document.getElementById('report').open")
    assert page.evaluate("document.activeElement.id") == "report-sign"
    press(page, "Home", 36)
    for _ in range(2):  # to the note, to the button
        press(page, "Tab", 9)
    assert page.evaluate("document.activeElement.textContent") == "Send report"
    page.press_enter()
    page.wait_for("document.getElementById('reported').innerText.startsWith('Thank you')")
    (line,) = lines_of(reports)[before:]
    assert (line["gloss_index"], line["gloss"], line["note"]) == (0, "fs:H", "")


def test_a_report_that_cannot_be_written_is_said_where_it_was_made(open_page: OpenPage, tmp_path: Path) -> None:
    reports = tmp_path / "reports.jsonl"
    with serving(LEXICON.name, "--reports", str(reports)) as address:
        reports.mkdir()
        page = open_page(address)
        sign(page, "fs:A")
        page.wait_for("!document.getElementById('wrong').disabled")
        page.evaluate("document.getElementById('wrong').click()")
        page.evaluate("document.querySelector('#report-form .primary').click()")
        page.wait_for("document.getElementById('reported').dataset.state === 'bad'")
        assert "could not write it down" in text_of(page, "reported")
        assert not is_shown(page, "error"), "the sentence itself had no fault"
        wait_for_end(page)


# --------------------------------------------------------------------------------------- how one is signed to


def test_speed_and_hand_are_chosen_and_kept(server: str, open_page: OpenPage) -> None:
    page = open_page(server)
    wishes = {"speed": "value = '0.5'", "left-handed": "checked = true", "mouthing": "checked = false"}
    for control, value in wishes.items():
        page.evaluate(
            f"(e => {{ e.{value}; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')) }})"
            f"(document.getElementById('{control}'))"
        )
    assert text_of(page, "speed-value") == "0.5\N{MULTIPLICATION SIGN}"
    sign(page, "fs:AB")
    wait_for_end(page)
    sent = [message for message in messages(page) if isinstance(message, Frame)]
    assert len(sent) == len(list(LEXICON.frames(["fs:A", "fs:B"], speed=0.5)))
    turned = most_turned(page)
    assert turned["left"] > 60.0 and turned["right"] < 20.0
    again = open_page(server)
    assert again.evaluate("document.getElementById('speed').value") == "0.5"
    kept = [again.evaluate(f"document.getElementById('{e}').checked") for e in ("left-handed", "mouthing", "drafts")]
    assert kept == [True, False, True]
    overlay = open_page(server, "?transparent")
    assert overlay.evaluate("document.getElementById('speed').value") == "1", "an overlay does what its address says"
    asked = open_page(server, "?transparent&speed=0.75&no-drafts")
    assert asked.evaluate("document.getElementById('speed').value") == "0.75"
    again.evaluate("localStorage.clear()")


def test_without_drafts_words_are_spelled_and_the_label_says_so(server: str, open_page: OpenPage) -> None:
    page = open_page(server, "?text=My+name+is+Ana.&autoplay&no-drafts")
    page.wait_for("document.querySelector('.chip') !== null")
    chips = page.evaluate("[...document.querySelectorAll('.chip')].map((chip) => chip.textContent)")
    assert chips == ["MY", "NAME", "ANA"]
    assert page.evaluate("document.querySelectorAll('.chip.spelled').length") == 3
    assert text_of(page, "quality").startswith("Spelled only. 0 %")


def test_play_signs_the_last_sentence_again_as_it_is_chosen_now(server: str, open_page: OpenPage) -> None:
    page = open_page(server)
    sign(page, "fs:A")
    wait_for_end(page)
    page.evaluate("document.getElementById('left-handed').checked = true")
    page.evaluate("document.getElementById('play').click()")
    page.wait_until(
        lambda: sum(isinstance(m, SignBoundary) and m.gloss == "" for m in messages(page)) == 2, "the second time"
    )
    assert most_turned(page)["left"] > 60.0


def test_a_broadcast_shows_the_source_with_fewer_errors_and_the_studio_the_model(open_page: OpenPage) -> None:
    chosen = "document.getElementById('source').value"
    with serving("signllm") as address:
        assert open_page(address).evaluate(chosen) == "signllm"
        assert open_page(address, "?transparent").evaluate(chosen) == "lexicon"
        assert open_page(address, "?transparent&source=signllm").evaluate(chosen) == "signllm"
    with serving("signllm", "--broadcast-source", "signllm") as address:
        assert open_page(address, "?transparent").evaluate(chosen) == "signllm"


# ------------------------------------------------------------------------------------------------ what is said


@pytest.mark.parametrize("query", ["", "?transparent"])
def test_label_and_coverage_stay_in_sight_while_and_after_signing(server: str, open_page: OpenPage, query: str) -> None:
    page = open_page(server, f"{query or '?'}&text=Hello,+my+name+is+Ana.&autoplay")
    page.wait_for("document.querySelector('.chip.now') !== null")
    for _ in range(2):
        assert text_of(page, "quality").startswith("Experimental. ")
        assert "% of the words have their own sign. Draft signs." in text_of(page, "quality")
        assert is_in_sight(page, "quality") and is_in_sight(page, "label")
        wait_for_end(page)


def test_the_label_explains_the_five_labels_to_those_who_point_at_it_or_tab_to_it(
    server: str, open_page: OpenPage
) -> None:
    page = open_page(server, "?text=Hello.&autoplay")
    page.wait_for("!document.getElementById('quality-box').hidden")
    assert not is_shown(page, "labels")
    press(page, "Tab", 9)
    page.evaluate("document.getElementById('quality').focus({focusVisible: true})")
    assert is_shown(page, "labels")
    said = text_of(page, "labels")
    assert all(label in said for label in LABELS)
    assert page.evaluate("document.querySelector('#labels .current').innerText").startswith("Experimental")
    press(page, "Escape", 27)
    assert not is_shown(page, "labels")
    page.evaluate("document.activeElement.blur()")
    x, y = page.evaluate("(b => [b.x + 20, b.y + 10])(document.getElementById('quality').getBoundingClientRect())")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    page.wait_for("document.getElementById('labels').checkVisibility()")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y + 450)
    page.wait_for("!document.getElementById('labels').checkVisibility()")


def test_what_is_not_signed_is_read_in_large_letters_with_the_reason_and_the_avatar_rests(
    server: str, open_page: OpenPage
) -> None:
    page = open_page(server)
    usual = page.evaluate("parseFloat(getComputedStyle(document.getElementById('sentence')).fontSize)")
    stage = page.evaluate("document.getElementById('canvas').clientHeight")
    sign(page, EMERGENCY)
    page.wait_for("document.body.classList.contains('captions-only')")
    wait_for_end(page)
    page.screenshot(SCREENSHOTS / "captions_only.png")
    assert not [message for message in messages(page) if isinstance(message, Frame)]
    assert text_of(page, "sentence") == EMERGENCY
    assert page.evaluate("parseFloat(getComputedStyle(document.getElementById('sentence')).fontSize)") > 1.5 * usual
    assert "emergency domain" in text_of(page, "reason")
    assert text_of(page, "quality") == "Captions only. Nothing is signed."
    assert all(is_in_sight(page, element) for element in ("sentence", "reason", "quality", "label"))
    assert not is_shown(page, "wrong")
    assert page.evaluate("document.getElementById('canvas').clientHeight") == stage, "the avatar keeps its size"
    sign(page, "fs:A")
    page.wait_for("!document.body.classList.contains('captions-only')")
    assert not is_shown(page, "reason")


def test_how_the_text_became_signs_is_there_for_those_who_open_it(server: str, open_page: OpenPage) -> None:
    page = open_page(server)
    assert not is_shown(page, "trace")
    sign(page, "I do not understand.")
    page.wait_for("!document.getElementById('trace').hidden")
    assert not is_shown(page, "rules")
    page.evaluate("document.querySelector('#trace summary').click()")
    (start,) = (message for message in messages(page) if isinstance(message, UtteranceStart))
    shown = page.evaluate("[...document.querySelectorAll('#rules li')].map((line) => line.textContent)")
    assert shown == list(start.trace)
    assert any(line.startswith("mark_negation") for line in start.trace)


def test_everything_that_can_be_operated_has_a_name_and_can_be_reached(server: str, open_page: OpenPage) -> None:
    page = open_page(server)
    sign(page, "fs:A")
    page.wait_for("!document.getElementById('wrong').disabled")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "checkbox", "slider", "combobox", "textbox", "DisclosureTriangle"}
    operable = [node for node in nodes if not node["ignored"] and node.get("role", {}).get("value") in roles]
    names = [node.get("name", {}).get("value", "").strip() for node in operable]
    assert all(names), names
    for name in ("Sentence", "Source", "Speed", "Left-handed", "Mouthing", "Draft signs", "Spell every word", "Sign"):
        assert name in names
    assert {"Wrong sign", "Play", "Stop"} & set(names) >= {"Wrong sign", "Stop"}
    reached = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(30):
        press(page, "Tab", 9)
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    controls = {"quality", "wrong", "text", "source", "speed", "left-handed", "mouthing", "drafts", "spell", "sign"}
    assert controls <= set(reached)
