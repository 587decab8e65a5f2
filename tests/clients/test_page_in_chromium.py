"""The page in a real browser, against the real server and lexicon: what stands in the scene, and what a viewer sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image

from signllm.lexicon.synthesise import LexiconSource
from signllm.motion import rotation
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.motion.skeletons.humanoid import FINGERS, HUMANOID, finger_bones
from signllm.source import PAUSE
from signllm_bridge.messages import EndReason, Setup, SignBoundary, UtteranceEnd, UtteranceStart
from signllm_bridge.retarget import RetargetState, retarget_frame
from signllm_bridge.smallest_three import decode_rotations
from tests.clients.chromium import Chromium
from tests.clients.serving import serving
from tests.clients.watching import OpenPage, frames, is_in_sight, messages, sign, text_of, wait_for_end

SCREENSHOTS: Final = Path(__file__).parents[2] / "build" / "screenshots"
TOLERANCE_DEG: Final = 1.0
LABEL: Final = "Computer-generated signing, experimental"
FINGER_BONES: Final = tuple(bone for side in ("left", "right") for f in FINGERS for bone in finger_bones(side, f))
CHIPS: Final = ["HELLO", "MY", "NAME", "ANA"]
CONTROLS: Final = ("text", "source", "sign", "play", "stop")
LEXICON: Final = LexiconSource.load("asl")

# --------------------------------------------------------------------------------------- what the tests run on


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving(LEXICON.name) as address:
        yield address


def angles_deg(applied: dict[str, list[float]], wanted: rotation.Array) -> rotation.Array:
    """Angle between each finger bone of the scene and its wanted rotation, [30]."""
    found = np.array([applied[bone] for bone in FINGER_BONES])
    return np.degrees(rotation.angle_between(found, wanted[[HUMANOID.index[bone] for bone in FINGER_BONES]]))


# -------------------------------------------------------------------------------------------------- the motion


def test_finger_bones_in_the_scene_equal_the_rotations_of_the_server_at_ten_times_of_a_spelled_word(
    server: str, open_page: OpenPage
) -> None:
    page = open_page(server, "?source=lexicon&interpolate=0")
    sign(page, "fs:HANDS")
    page.wait_for("document.querySelector('.chip span:nth-child(4):is(.now, .done)') !== null")
    page.screenshot(SCREENSHOTS / "page_spelling_hands.png")
    wait_for_end(page)

    sent = frames(page)
    made = list(LEXICON.frames([f"fs:{letter}" for letter in "HANDS"]))
    assert [frame.sequence for frame in sent] == list(range(len(made)))
    state: RetargetState | None = None
    retargeted = []
    for pose in made:
        rotations, state = retarget_frame(pose.keypoints, state)
        retargeted.append(rotations)

    chosen = np.linspace(0, len(sent) - 1, 12).round().astype(int)[1:-1]
    assert len(set(chosen.tolist())) == 10
    shapes = []
    for index in chosen.tolist():
        pose_in_scene = page.evaluate(f"window.signllm.appliedAt({sent[index].sequence})")
        decoded = decode_rotations(sent[index].rotations)
        for kind in ("normalized", "drawn"):
            assert angles_deg(pose_in_scene[kind], decoded).max() < 0.01, "the page applies what was sent"
            assert angles_deg(pose_in_scene[kind], retargeted[index]).max() < TOLERANCE_DEG
        shapes.append(retargeted[index])
    turns = angles_deg(dict(zip(HUMANOID.joint_names, shapes[3].tolist(), strict=True)), shapes[6])
    assert turns.max() > 30.0, "a hand that does not change its shape proves nothing"


def test_poses_between_two_frames_lie_between_their_rotations(server: str, open_page: OpenPage) -> None:
    page = open_page(server, "?source=lexicon", width=320, height=240)  # small: drawn in software
    page.evaluate(
        """window.seen = [];
        (function look() {
            const frame = window.signllm.frame();
            const rotation = window.signllm.boneRotation('rightIndexProximal');
            if (frame) window.seen.push([performance.now() / 1000, frame.sequence, rotation]);
            requestAnimationFrame(look);
        })()"""
    )
    sign(page, "fs:HANDSHANDS")
    wait_for_end(page)
    rotations = {frame.sequence: decode_rotations(frame.rotations) for frame in frames(page)}
    bone = HUMANOID.index["rightIndexProximal"]
    seen = page.evaluate("window.seen")
    eased = seen[0][0] + 0.5  # until then the page may still come from its own rest pose
    seen = [(k, q) for at, k, q in seen if at > eased and k + 1 in rotations]
    assert len(seen) >= 3
    for sequence, found in seen:
        before, after = rotations[sequence][bone], rotations[sequence + 1][bone]
        arc = rotation.angle_between(before, after)
        by_way_of = rotation.angle_between(before, found) + rotation.angle_between(found, after)
        assert np.degrees(by_way_of - arc) < 0.2


def test_brows_eyes_and_head_ask_a_question_and_are_neutral_after_it(server: str, open_page: OpenPage) -> None:
    page = open_page(server, "?source=lexicon&interpolate=0", width=320, height=240)
    every = [page.evaluate(f"window.signllm.faceWeight('{name}')") for name in FACE_NAMES]
    assert every == [0.0] * 52, "the avatar has all shapes, and is neutral"
    page.evaluate(
        """window.seen = [];
        (function look() {
            const weights = ['browDownLeft', 'eyeSquintRight'].map(window.signllm.faceWeight);
            window.seen.push([...weights, window.signllm.boneRotation('neck')[0]]);
            requestAnimationFrame(look);
        })()"""
    )
    sign(page, "Where is the doctor?")
    wait_for_end(page)
    brows, squint, neck = np.array(page.evaluate("window.seen")).max(axis=0)
    assert brows > 0.6 and squint > 0.3
    assert np.degrees(2.0 * np.arcsin(neck)) > 8.0, "the head comes forward"
    assert page.evaluate("window.signllm.faceWeight('browDownLeft')") == 0.0


def test_pause_holds_the_pose_and_play_goes_on_to_the_end(server: str, open_page: OpenPage) -> None:
    page = open_page(server, "?source=lexicon")
    sign(page, "fs:HANDS")
    page.wait_for("window.signllm.frame()?.sequence > 15")
    page.evaluate("document.getElementById('play').click()")
    page.wait_for("document.getElementById('play').innerText === 'Play'")
    assert page.evaluate("window.signllm.activity()") == "paused"
    two_looks = (
        "new Promise((resolve) => requestAnimationFrame(() => resolve(window.signllm.boneRotation('rightHand'))))"
    )
    # Frames that were on their way when it was paused may still be shown; then nothing moves any more.
    page.wait_until(lambda: page.evaluate(two_looks) == page.evaluate(two_looks), "the pose stands still")
    assert page.evaluate(two_looks) == page.evaluate(two_looks)
    page.evaluate("document.getElementById('play').click()")
    wait_for_end(page)
    assert page.evaluate("window.signllm.frame().sequence") == frames(page)[-1].sequence


def test_stop_ends_the_sentence_and_lowers_the_hands(server: str, open_page: OpenPage) -> None:
    page = open_page(server, "?source=lexicon")
    sign(page, "fs:HANDSHANDS")
    page.wait_for("window.signllm.frame()?.sequence > 20")
    page.evaluate("document.getElementById('stop').click()")
    page.wait_for("window.signllm.activity() === 'idle'")
    rest = decode_rotations(frames(page)[0].rotations)[HUMANOID.index["rightLowerArm"]].tolist()
    look = "window.signllm.boneRotation('rightLowerArm')"
    page.wait_until(lambda: np.degrees(rotation.angle_between(page.evaluate(look), rest)) < 0.5, "the hand to be down")


# --------------------------------------------------------------------------------------------------- the model


def test_the_model_signs_a_sentence_to_the_end_with_its_captions_in_step(open_page: OpenPage) -> None:
    with serving("signllm") as address:
        page = open_page(address, "?source=signllm")
        assert page.evaluate("document.getElementById('source').value") == "signllm"
        sign(page, "Hello, my name is Ana.")
        page.wait_for("document.querySelector('.chip.now') !== null")
        wait_for_end(page)
    (start,) = (message for message in messages(page) if isinstance(message, UtteranceStart))
    assert start.source == "signllm"
    reached = [m.gloss for m in messages(page) if isinstance(m, SignBoundary) and m.gloss != PAUSE]
    assert reached == ["HELLO", "MY", "NAME", "fs:A", "fs:N", "fs:A", ""]
    assert page.evaluate("[...document.querySelectorAll('.chip')].map((chip) => chip.textContent)") == CHIPS
    assert page.evaluate("document.querySelectorAll('.chip.done').length") == len(CHIPS)
    (end,) = (message for message in messages(page) if isinstance(message, UtteranceEnd))
    assert end.reason is EndReason.FINISHED
    bone = HUMANOID.index["rightLowerArm"]
    turns = [decode_rotations(frame.rotations)[bone] for frame in frames(page)]
    assert np.degrees(rotation.angle_between(np.array(turns), turns[0])).max() > 60.0, "the arm never rose"


# -------------------------------------------------------------------------------------------- what one can see


def test_label_captions_and_signs_are_in_sight_while_the_avatar_signs(server: str, open_page: OpenPage) -> None:
    for name, (width, height) in {"page": (1280, 720), "page_phone": (390, 844)}.items():
        page = open_page(server, "?source=lexicon&text=Hello,+my+name+is+Ana.&autoplay", width=width, height=height)
        # Paused in the middle of the name: a machine under load must not be late for it.
        page.evaluate(
            """(function wait() {
                if (document.querySelector('.chip.spelled.now')) document.getElementById('play').click();
                else requestAnimationFrame(wait);
            })()"""
        )
        page.wait_for("window.signllm.activity() === 'paused'")
        page.screenshot(SCREENSHOTS / f"{name}.png")
        assert text_of(page, "label") == LABEL
        assert text_of(page, "sentence") == "Hello, my name is Ana."
        assert page.evaluate("document.querySelector('mark').textContent") == "Ana"
        planned = [m.gloss for m in messages(page) if isinstance(m, SignBoundary) and not m.gloss.startswith("fs:")]
        shown = page.evaluate("[...document.querySelectorAll('.chip')].map((chip) => chip.textContent)")
        assert shown == [*(gloss for gloss in planned if gloss not in ("", PAUSE)), "ANA"]
        assert all(is_in_sight(page, element) for element in ("label", "sentence", "chips", "text", "sign"))
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_transparent_page_shows_avatar_label_and_captions_on_nothing(server: str, open_page: OpenPage) -> None:
    page = open_page(server, "?source=lexicon&transparent&text=Hello.&autoplay")
    page.wait_for("document.querySelector('.chip:is(.now, .done)') !== null")
    path = SCREENSHOTS / "overlay.png"
    page.screenshot(path, transparent=True)
    alpha = np.asarray(Image.open(path).convert("RGBA"))[..., 3]
    assert alpha[:40, -200:].max() == 0, "the corner is empty"
    assert alpha[300:400, 620:660].min() == 255, "the body is solid"
    assert (alpha == 0).mean() > 0.5
    assert is_in_sight(page, "label")
    assert is_in_sight(page, "sentence")
    assert not any(page.evaluate(f"document.getElementById('{e}').checkVisibility()") for e in CONTROLS)


def test_the_transparent_page_has_no_caption_box_before_the_first_caption(server: str, open_page: OpenPage) -> None:
    page = open_page(server, "?source=lexicon&transparent")
    assert page.evaluate("getComputedStyle(document.getElementById('sentence')).visibility") == "hidden"


def test_the_transparent_page_shows_captions_that_have_no_signs_and_says_why(server: str, open_page: OpenPage) -> None:
    text = "\u05e9\u05dc\u05d5\u05dd"  # Hebrew
    page = open_page(server, f"?source=lexicon&transparent&text={text}&autoplay")
    page.wait_for(f"document.getElementById('sentence').innerText === '{text}'")
    wait_for_end(page)
    page.screenshot(SCREENSHOTS / "overlay_captions_only.png", transparent=True)
    assert page.evaluate("document.querySelectorAll('.chip').length") == 0
    assert all(is_in_sight(page, element) for element in ("label", "sentence", "notices"))
    assert page.evaluate("getComputedStyle(document.getElementById('sentence')).visibility") == "visible"


def test_the_transparent_page_shows_what_was_refused(server: str, open_page: OpenPage) -> None:
    page = open_page(server, "?source=lexicon&transparent&autoplay")  # there is no text
    page.wait_for("!document.getElementById('error').hidden")
    assert is_in_sight(page, "error")
    assert is_in_sight(page, "label")


def test_everything_comes_from_the_server_itself(server: str, open_page: OpenPage) -> None:
    page = open_page(server)
    assert [url for url in page.requested_urls() if not url.startswith(server)] == []


# ----------------------------------------------------------------------------------------------- when it fails


@pytest.mark.parametrize("text", ["", "   ", "\N{WAVING HAND SIGN}" * 3, "x" * 2001, "\u202e\u05e9\u05dc\u05d5\u05dd"])
def test_what_cannot_be_signed_is_said_in_a_sentence_and_the_page_goes_on(
    server: str, open_page: OpenPage, text: str
) -> None:
    page = open_page(server, "?source=lexicon")
    sign(page, text)
    page.wait_for(
        "(e => !e.hidden && e.innerText.length > 10)(document.getElementById('error'))"
        " || document.getElementById('notices').innerText.length > 10"
    )
    page.wait_for("window.signllm.activity() === 'idle'")
    sign(page, "fs:A")
    page.wait_for("document.getElementById('sentence').innerText === 'A'")


def test_a_lost_server_is_said_and_found_again(browser: Chromium, open_page: OpenPage) -> None:
    with serving(LEXICON.name) as address:
        page = open_page(address, "?source=lexicon")
        sign(page, "fs:HANDSHANDS")
        page.wait_for("window.signllm.frame()?.sequence > 15")
    page.wait_for("document.body.dataset.connection === 'lost'")
    page.evaluate("document.body.classList.add('transparent')")
    assert is_in_sight(page, "status"), "an overlay says it too"
    page.evaluate("document.body.classList.remove('transparent')")
    assert "The avatar rests" in text_of(page, "status")
    sign(page, "Hello.")
    assert "There is no server" in text_of(page, "error")
    with serving(LEXICON.name, port=int(address.rstrip("/").rsplit(":", 1)[1])):
        page.wait_for("document.body.dataset.connection === 'connected'")
        sign(page, "fs:B")
        wait_for_end(page)
        assert len([message for message in messages(page) if isinstance(message, Setup)]) == 2


def test_the_reason_of_a_server_that_hangs_up_is_shown_also_while_the_page_tries_again(open_page: OpenPage) -> None:
    with serving(LEXICON.name, "--max-clients", "1") as address:
        open_page(address)
        page = open_page(address)
        page.evaluate(
            """window.said = [];
            new MutationObserver(([change]) => window.said.push(change.target.innerText))
                .observe(document.getElementById('status'), {childList: true})"""
        )
        page.wait_for("window.said.some((sentence) => sentence.endsWith('trying again now.'))")
        page.wait_for("window.said.length >= 4")
        lost = [sentence for sentence in page.evaluate("window.said") if not sentence.startswith("Connected")]
        assert lost
        assert all("connect again later. The avatar rests" in sentence for sentence in lost)
