"""Signs that touch do touch: skin meets skin within 10 mm, at every posture that says so, and no hand jerks.

Both parts are found again from the hands' tracks: a round part, such as a finger tip, ends its flesh's radius from the
bone. An offset moves the point that is touched along the body, or away from it when the hand leaves; the part must
then be at the moved point. Right hands throughout, as in the synthesiser: the left hand's track is mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from signllm.lexicon import space
from signllm.lexicon.hand import palm_keypoints
from signllm.lexicon.movement import HandTrack, frame_count
from signllm.lexicon.phonology import OTHER, Posture, Step, merge
from signllm.lexicon.signs import load_signs
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion.skeletons import prompt2sign
from signllm.source import FPS

SYNTHESISER = Synthesiser.load("asl")
SIGNS = load_signs("asl")
TOLERANCE = 0.010
MIRROR = np.array([-1.0, 1.0, 1.0])
FASTEST_WRIST = 30.0
FASTEST_JOINT = 65.0
"""Most acceleration of the wrists and of any joint, in m/s²: 28.3 (RAIN) and 61.6 (NO) are the largest there are."""

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moment:
    """The end of a step, or the start of the sign."""

    frame: int
    posture: Posture
    step: Step | None

    @property
    def shift(self) -> Vector:
        """How far the point that is met lies from the place, [3] metres."""
        # Where the other hand is carried along, it takes the place with it.
        carried = self.step is not None and self.step.both
        offset = {} if carried else self.posture.offset or {}
        total = sum((space.direction(letters) * metres for letters, metres in offset.items()), np.zeros(3))
        brush = self.step.brush if self.step else None
        return np.asarray(total + space.direction(brush.toward) * brush.length if brush else total)


def touches(gloss: str) -> list[Moment]:
    """Moments at which a sign's part is at skin."""
    return [moment for moment in moments(gloss) if moment.posture.touch]


def moments(gloss: str) -> Iterator[Moment]:
    sign, at = SIGNS[gloss], 0
    posture = sign.start
    yield Moment(at, posture, None)
    for step in sign.steps:
        at, posture = at + frame_count(step.ms), merge(posture, step.to)
        yield Moment(at, posture, step)


def is_on_other(moment: Moment) -> bool:
    return str(moment.posture.at).startswith(OTHER)


def bone(track: HandTrack, frame: int, part: str) -> tuple[Vector, float]:
    """A part of a hand in the coordinate space of the shoulders, and the flesh around it, metres."""
    found = space.part_of_hand(part, palm_keypoints(track.angles[frame]))
    return track.wrist[frame] + space.palm_axes(track.orientation[frame]) @ found.at, found.flesh


def gap(gloss: str, moment: Moment) -> float:
    """Metres between the skin of the touching part and the skin that it is to meet; negative inside."""
    plan, posture = SYNTHESISER.plan(gloss), moment.posture
    assert posture.at and posture.part
    part, flesh = bone(plan.signing, moment.frame, posture.part)
    if is_on_other(moment):
        met, other_flesh = bone(plan.other, moment.frame, posture.at.removeprefix(OTHER))
        met = met * MIRROR
    else:
        met, other_flesh = space.places()[posture.at].at, 0.0
    return float(np.linalg.norm(part - met - moment.shift)) - flesh - other_flesh


ON_OTHER = [gloss for gloss in SIGNS if any(is_on_other(moment) for moment in touches(gloss))]
ON_BODY = [gloss for gloss in SIGNS if any(not is_on_other(moment) for moment in touches(gloss))]


def test_all_kinds_of_contact_are_there() -> None:
    assert len(ON_OTHER) >= 12 and len(ON_BODY) >= 20
    assert all(SIGNS[gloss].hands == "asymmetric" for gloss in ON_OTHER)


@pytest.mark.parametrize("gloss", ON_OTHER)
def test_a_part_that_touches_the_other_hand_meets_its_skin(gloss: str) -> None:
    for moment in filter(is_on_other, touches(gloss)):
        assert abs(gap(gloss, moment)) < TOLERANCE, f"frame {moment.frame}: {moment.posture.part}"


@pytest.mark.parametrize("gloss", ON_BODY)
def test_a_part_that_touches_the_body_meets_its_place(gloss: str) -> None:
    for moment in touches(gloss):
        if not is_on_other(moment):
            assert abs(gap(gloss, moment)) < TOLERANCE, f"frame {moment.frame}: {moment.posture.part}"


def test_a_hand_that_is_moved_away_is_seen_to_touch_no_more() -> None:
    moment = touches("SCHOOL")[0]
    away = Moment(moment.frame, merge(moment.posture, Posture(offset={"U": 0.03})), None)
    assert gap("SCHOOL", moment) < 1e-6 < TOLERANCE < gap("SCHOOL", away)


def test_no_sign_accelerates_a_wrist_or_a_joint_beyond_its_bound() -> None:
    wrists = list(prompt2sign.WRIST.values())
    for gloss in SYNTHESISER.vocabulary:
        clip = SYNTHESISER.clip([gloss])[0].astype(np.float64)
        acceleration = np.linalg.norm(np.diff(clip, n=2, axis=0), axis=-1) * FPS**2
        assert acceleration.max() < FASTEST_JOINT, gloss
        assert acceleration[:, wrists].max() < FASTEST_WRIST, gloss
