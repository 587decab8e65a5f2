"""The synthesiser: bones keep their length, contacts touch, motion is smooth, and segments are independent."""

from __future__ import annotations

import numpy as np
import pytest

from signllm.errors import InputError
from signllm.lexicon import arm, space
from signllm.lexicon.hand import palm_keypoints
from signllm.lexicon.movement import Plan, ease, travel
from signllm.lexicon.signs import load_signs, parse_signs
from signllm.lexicon.synthesise import REST, LexiconSource, Synthesiser
from signllm.lexicon.ways import bow
from signllm.motion import rotation
from signllm.motion.skeletons import humanoid, prompt2sign

SYNTHESISER = Synthesiser.load("asl")
SENTENCE = ["HELLO", "MY", "NAME", "fs:A", "fs:N", "fs:N", "fs:A", "num:3", "HELP", "SIGN"]
FLIP = np.array([-1.0, 1.0, 1.0])
SIGNS = [name for name in SYNTHESISER.vocabulary if ":" not in name]


def test_the_first_cut_has_the_alphabet_the_digits_and_the_kinds_of_signs_that_are_hard() -> None:
    signs = load_signs("asl")
    assert {f"fs:{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} <= set(signs)
    assert {f"num:{digit}" for digit in range(10)} <= set(signs)
    words = [sign for name, sign in signs.items() if ":" not in name]
    head = {"FOREHEAD", "TEMPLE", "EYE", "NOSE", "CHEEK", "EAR", "MOUTH", "CHIN", "UNDER_CHIN"}

    def touches_other(sign: object) -> bool:
        postures = [sign.start, *(step.to for step in sign.steps)]  # type: ignore[attr-defined]
        return any(p.at and p.at.startswith("other.") for p in postures) and any(p.touch for p in postures)

    assert len(words) >= 60
    assert sum(sign.hands == "asymmetric" and touches_other(sign) for sign in words) >= 12
    assert sum(sign.start.at in head for sign in words) >= 12
    assert sum(sign.hands == "symmetric" for sign in words) >= 10
    assert sum(any(step.to.shape for step in sign.steps) for sign in words) >= 5


def test_every_bone_keeps_its_length_in_every_sign() -> None:
    lengths = None
    for gloss in SYNTHESISER.vocabulary:
        clip, _ = SYNTHESISER.clip([gloss])
        limbs = np.array(prompt2sign.LIMBS[1:])  # the nose is no bone of the arms
        now = np.linalg.norm(clip[:, limbs[:, 1]] - clip[:, limbs[:, 0]], axis=-1)
        lengths = now[0] if lengths is None else lengths
        assert np.abs(now - lengths).max() < 1e-6, gloss


def test_the_arms_have_the_lengths_of_the_humanoid() -> None:
    clip, _ = SYNTHESISER.clip(SENTENCE)
    for side in ("left", "right"):
        shoulder, elbow = clip[:, prompt2sign.SHOULDER[side]], clip[:, prompt2sign.ELBOW[side]]
        assert np.allclose(np.linalg.norm(elbow - shoulder, axis=-1), humanoid.UPPER_ARM, atol=1e-6)
        assert np.allclose(
            np.linalg.norm(clip[:, prompt2sign.WRIST[side]] - elbow, axis=-1), humanoid.FOREARM, atol=1e-6
        )


@pytest.mark.parametrize("gloss", SIGNS)
def test_no_sign_asks_for_more_than_the_arm_reaches(gloss: str) -> None:
    plan = SYNTHESISER.plan(gloss)
    for track in (plan.signing, plan.other):
        assert np.allclose(arm.reachable(track.wrist), track.wrist, atol=1e-6)


def test_a_touching_part_meets_the_skin() -> None:
    sign = load_signs("asl")["MOTHER"]
    plan = SYNTHESISER.plan("MOTHER")
    axes = space.palm_axes(plan.signing.orientation[0])
    tip = plan.signing.wrist[0] + axes @ palm_keypoints(plan.signing.angles[0])[4]
    place = space.places()["CHIN"]
    assert sign.start.part == "thumb"
    assert np.linalg.norm(tip - place.at) == pytest.approx(0.0075, abs=1e-6)  # the flesh around the bone


def test_mirror_signs_are_mirror_images_and_one_handed_signs_leave_the_other_hand_at_rest() -> None:
    what = SYNTHESISER.segment(REST, "WHAT")
    right, left = what[:, prompt2sign.hand_slice("right")], what[:, prompt2sign.hand_slice("left")]
    assert np.allclose(left * [-1.0, 1.0, 1.0], right, atol=1e-6)
    hello, rest = SYNTHESISER.segment(REST, "HELLO"), SYNTHESISER.segment(REST, REST)
    assert np.allclose(hello[:, prompt2sign.hand_slice("left")], rest[0, prompt2sign.hand_slice("left")], atol=1e-6)


def test_hands_never_jump() -> None:
    for gloss in SYNTHESISER.vocabulary:
        clip, _ = SYNTHESISER.clip(["MY", gloss, "GOOD"])
        step = np.linalg.norm(np.diff(clip, axis=0), axis=-1).max()
        assert step < 0.25, f"{gloss}: {step:.3f} m in one frame"  # 6 m/s at a finger tip


def test_a_clip_is_its_segments_in_a_row_and_ends_at_rest() -> None:
    clip, index = SYNTHESISER.clip(SENTENCE)
    assert index[0] == 0 and index[-1] == len(SENTENCE)
    assert np.all(np.isin(np.diff(index), (0, 1)))
    assert np.array_equal(clip[index == 7], SYNTHESISER.segment("fs:A", "num:3", "HELP"))
    assert np.allclose(clip[-1], SYNTHESISER.segment(REST, REST)[-1], atol=1e-6)


def test_a_doubled_letter_moves_between_its_two_halves() -> None:
    clip, index = SYNTHESISER.clip(["fs:N", "fs:N"])
    wrist = clip[index == 1][:, prompt2sign.WRIST["right"]]
    assert np.ptp(wrist[:, 0]) > 0.02


def test_the_source_streams_the_same_frames_with_the_gloss_of_each() -> None:
    clip, index = SYNTHESISER.clip(SENTENCE)
    frames = list(LexiconSource(SYNTHESISER).frames(SENTENCE))
    assert np.array_equal(np.stack([frame.keypoints for frame in frames]), clip)
    assert [frame.gloss for frame in frames] == index.tolist()


def test_an_unknown_gloss_is_named_before_any_frame() -> None:
    with pytest.raises(InputError, match="'XYZZY' is not in the lexicon"):
        next(LexiconSource(SYNTHESISER).frames(["HELLO", "XYZZY"]))


def test_easing_starts_and_ends_at_rest() -> None:
    u = np.linspace(0.0, 1.0, 101)
    speed = np.gradient(ease(u), u)
    assert ease(u)[0] == 0.0 and ease(u)[-1] == pytest.approx(1.0)
    assert np.all(np.diff(ease(u)) >= 0.0) and speed[0] < 0.02 and speed[-1] < 0.02


def test_no_transition_turns_the_palm_through_the_back_of_the_forearm() -> None:
    ends = ("", "WHAT", "NEW", "KNOW", "FAMILY", "FINISH", "WAIT", "SAY", "fs:A", "fs:G", "fs:P")
    for before in ends:
        for after in SYNTHESISER.vocabulary:
            start, end = SYNTHESISER.plan(before).signing[-1:], SYNTHESISER.plan(after).signing[:1]
            way = travel(start, end, np.linspace(0.0, 1.0, 40), bow(start, end))
            roll = arm.forearm_roll(arm.reachable(way.wrist), space.palm_axes(way.orientation))
            assert np.abs(np.diff(roll)).max() < np.pi, f"{before} to {after}"


def test_a_pause_holds_both_hands_where_the_sign_before_it_left_them() -> None:
    clip, index = SYNTHESISER.clip(["WANT", "|", "WHAT"])
    pause = clip[index == 1]
    assert 4 <= len(pause) <= 8
    assert np.allclose(pause, clip[index == 0][-1])
    unpaused, at = SYNTHESISER.clip(["WANT", "WHAT"])
    assert np.array_equal(clip[index == 2], unpaused[at == 1])


def test_a_doubled_letter_and_a_doubled_digit_go_to_the_side_and_back() -> None:
    for gloss in ("fs:N", "num:4"):
        clip, index = SYNTHESISER.clip([gloss, gloss])
        wrist = clip[index == 1][:, prompt2sign.WRIST["right"], 0]
        held = clip[index == 0][-1, prompt2sign.WRIST["right"], 0]
        assert held - wrist.min() > 0.04
        assert wrist[-1] == pytest.approx(held, abs=1e-5)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25])
def test_another_speed_scales_signs_and_pauses_fully_and_transitions_less(speed: float) -> None:
    glosses = ["HELLO", "MY", "NAME", "|", "fs:A", "fs:N"]
    usual, quick = SYNTHESISER.clip(glosses)[1], SYNTHESISER.at_speed(speed).clip(glosses)[1]
    ratio = len(quick) / len(usual)
    assert min(1 / speed, speed**-0.7) - 0.12 < ratio < max(1 / speed, speed**-0.7) + 0.12
    assert np.bincount(quick)[3] == pytest.approx(np.bincount(usual)[3] / speed, abs=1)


def test_no_speed_shows_a_handshape_for_less_than_80_milliseconds() -> None:
    clip, index = SYNTHESISER.at_speed(1.25).clip(["fs:A", "fs:B", "fs:C"])
    middle = clip[index == 1][:, prompt2sign.hand_slice("right")]
    still = np.linalg.norm(np.diff(middle, axis=0), axis=-1).max(axis=1) < 1e-6
    assert still.sum() >= 2


@pytest.mark.parametrize("speed", [0.0, 0.49, 1.3, float("nan")])
def test_a_speed_out_of_range_is_refused_with_the_range(speed: float) -> None:
    with pytest.raises(InputError, match=r"choose 0\.5 to 1\.25"):
        SYNTHESISER.at_speed(speed)
    with pytest.raises(InputError, match=r"choose 0\.5 to 1\.25"):
        list(LexiconSource(SYNTHESISER).frames(["HELLO"], speed=speed))


def test_the_other_hand_of_an_asymmetric_sign_may_move_by_itself() -> None:
    posture = '{ shape = "5", palm = "F", fingers = "U", at = "CENTRE", part = "palm", offset = { SIDE = 0.15 } }'
    circle = 'circle = { start = "U", toward = "R", radius = 0.05, turns = 1 }'
    nod = "nod = { degrees = 20, cycles = 2 }"

    def plan(moves: str) -> Plan:
        start, other = posture.replace("SIDE", "R"), posture.replace("SIDE", "L")
        text = f'[X]\nhands = "asymmetric"\nstart = {start}\nother = {other}\nsteps = [{{ ms = 800{moves} }}]'
        return Synthesiser(parse_signs(text, "x.toml")).plan("X")

    still = plan("")
    assert np.ptp(still.other.wrist, axis=0).max() == 0.0
    signing, other = plan(f", {circle}"), plan(f", other = {{ {circle} }}")
    assert np.array_equal(other.signing.wrist, still.signing.wrist)
    moved = signing.signing.wrist - still.signing.wrist
    assert np.abs(moved).max() > 0.09
    assert np.allclose(other.other.wrist - still.other.wrist, moved * [-1.0, 1.0, 1.0])  # the same in the world
    nodding = plan(f", {nod}, other = {{ {nod} }}")
    assert np.allclose(nodding.other.orientation, nodding.signing.orientation)  # each as a right hand


@pytest.mark.parametrize("gloss", ["GOOD", "NIGHT", "SCHOOL", "DOCTOR"])
def test_a_hand_lifts_off_the_other_one_before_it_turns(gloss: str) -> None:
    plan = SYNTHESISER.plan(gloss)
    way = SYNTHESISER._way(gloss, REST)
    signing, other = way.signing, way.other
    assert np.any(plan.leave)
    parted = (signing.wrist[1] - plan.signing.wrist[-1] - FLIP * (other.wrist[1] - plan.other.wrist[-1])) @ plan.leave
    turned = rotation.angle_between(signing.orientation[0], plan.signing.orientation[-1])
    assert parted > 0.01
    assert turned < np.radians(3.0)


def test_hands_that_do_not_touch_go_their_way_without_a_lift() -> None:
    for gloss in ("HELLO", "WANT", "fs:A"):
        plan = SYNTHESISER.plan(gloss)
        assert not np.any(plan.arrive) and not np.any(plan.leave)
