"""Signs that touch do touch: skin meets skin within 10 mm, at every posture that says so, and no hand jerks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from signllm.lexicon.body import keypoints
from signllm.lexicon.contacts import Moment, gap, moments, touches
from signllm.lexicon.phonology import Posture, merge
from signllm.lexicon.signs import load_signs
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion.skeletons import prompt2sign
from signllm.source import FPS

SYNTHESISER = Synthesiser.load("asl")
SIGNS = load_signs("asl")
TOLERANCE = 0.010
FASTEST_WRIST = 46.0
FASTEST_JOINT = 90.0
"""Most acceleration of the wrists and of any joint, in m/s²: the shaken fists of THUNDER (45.0) and the finger that
flicks in 12 (88.4) are the fastest there are; a jump of one frame over 10 cm would be 62 for a wrist."""


def with_a_contact(kind: Callable[[Moment], bool]) -> list[str]:
    return [gloss for gloss, sign in SIGNS.items() if any(map(kind, touches(sign)))]


ON_OTHER = with_a_contact(lambda moment: moment.is_on_other)
ON_BODY = with_a_contact(lambda moment: not moment.is_on_other)


def test_all_kinds_of_contact_are_there() -> None:
    assert len(ON_OTHER) >= 12 and len(ON_BODY) >= 20
    assert all(SIGNS[gloss].hands == "asymmetric" for gloss in ON_OTHER)


def test_the_moments_of_a_sign_are_its_first_frame_and_the_ends_of_its_steps() -> None:
    for gloss in ("HELLO", "SCHOOL", "BOOK"):
        frames = [moment.frame for moment in moments(SIGNS[gloss])]
        assert frames[0] == 0
        assert frames[-1] == len(SYNTHESISER.plan(gloss).signing) - 1
        assert frames == sorted(set(frames))


@pytest.mark.parametrize("gloss", ON_OTHER)
def test_a_part_that_touches_the_other_hand_meets_its_skin(gloss: str) -> None:
    for moment in touches(SIGNS[gloss]):
        if moment.is_on_other:
            missed = gap(SYNTHESISER.plan(gloss), moment)
            assert abs(missed) < TOLERANCE, f"frame {moment.frame}: {moment.posture.part}"


@pytest.mark.parametrize("gloss", ON_BODY)
def test_a_part_that_touches_the_body_meets_its_place(gloss: str) -> None:
    for moment in touches(SIGNS[gloss]):
        if not moment.is_on_other:
            missed = gap(SYNTHESISER.plan(gloss), moment)
            assert abs(missed) < TOLERANCE, f"frame {moment.frame}: {moment.posture.part}"


def test_a_hand_that_is_moved_away_is_seen_to_touch_no_more() -> None:
    moment, plan = touches(SIGNS["SCHOOL"])[0], SYNTHESISER.plan("SCHOOL")
    away = Moment(moment.frame, merge(moment.posture, Posture(offset={"U": 0.03})), None)
    assert abs(gap(plan, moment)) < TOLERANCE < abs(gap(plan, away))


def test_a_place_on_the_other_arm_is_met_where_that_arm_is_shown() -> None:
    """The elbow is taken from the keypoints, so that a contact with it cannot be right by the sums alone."""
    moment = touches(SIGNS["SCHOOL"])[0]
    plan = SYNTHESISER.plan("SCHOOL")
    elbow = keypoints(plan.signing[:1], plan.other[:1])[0, prompt2sign.ELBOW["left"]]
    at_elbow = Moment(0, merge(moment.posture, Posture(at="other.elbow")), None)
    wrist = plan.signing.wrist[0]
    moved = replace(plan.signing, wrist=plan.signing.wrist + (elbow - wrist))
    assert abs(gap(replace(plan, signing=moved), at_elbow)) < 0.15 < gap(plan, at_elbow)


def test_no_sign_accelerates_a_wrist_or_a_joint_beyond_its_bound() -> None:
    wrists = list(prompt2sign.WRIST.values())
    for gloss in SYNTHESISER.vocabulary:
        clip = SYNTHESISER.clip([gloss])[0].astype(np.float64)
        acceleration = np.linalg.norm(np.diff(clip, n=2, axis=0), axis=-1) * FPS**2
        assert acceleration.max() < FASTEST_JOINT, gloss
        assert acceleration[:, wrists].max() < FASTEST_WRIST, gloss
