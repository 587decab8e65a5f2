"""Where a sign's postures lie in its frames, and how far its contacts miss.

A contact is found again from the hands' tracks, not from the sums that placed them: a round part, such as a finger
tip, ends its flesh's radius from the bone. An offset moves the point that is touched along the body, or away from it
when the hand leaves; the part must then be at the moved point. Right hands throughout, as in the synthesiser: the left
hand's track is mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from signllm.lexicon import arm, space
from signllm.lexicon.body import MIRROR, keypoints
from signllm.lexicon.hand import palm_keypoints
from signllm.lexicon.movement import HandTrack, Plan, frame_count
from signllm.lexicon.phonology import OTHER, Posture, Sign, Step, merge
from signllm.motion.skeletons import prompt2sign

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moment:
    """The end of a step, or the start of the sign."""

    frame: int
    """Frame of the sign's plan."""
    posture: Posture
    """What the signing hand holds."""
    step: Step | None
    """The step that ends here; `None` at the start."""

    @property
    def shift(self) -> Vector:
        """How far the point that is met lies from the place, [3] metres."""
        # Where the other hand is carried along, it takes the place with it.
        carried = self.step is not None and self.step.both
        offset = {} if carried else self.posture.offset or {}
        total = sum((space.direction(letters) * metres for letters, metres in offset.items()), np.zeros(3))
        brush = self.step.brush if self.step else None
        return np.asarray(total + space.direction(brush.toward) * brush.length if brush else total)

    @property
    def is_on_other(self) -> bool:
        """Whether the place is on the other hand or arm."""
        return str(self.posture.at).startswith(OTHER)


def moments(sign: Sign) -> Iterator[Moment]:
    """The start of a sign and the end of every step."""
    at, posture = 0, sign.start
    yield Moment(at, posture, None)
    for step in sign.steps:
        at, posture = at + frame_count(step.ms), merge(posture, step.to)
        yield Moment(at, posture, step)


def touches(sign: Sign) -> list[Moment]:
    """Moments at which a sign's part is at skin."""
    return [moment for moment in moments(sign) if moment.posture.touch]


def gap(plan: Plan, moment: Moment) -> float:
    """Metres between the skin of the touching part and the skin that it is to meet; negative inside."""
    posture = moment.posture
    assert posture.at and posture.part
    part, flesh = _bone(plan.signing, moment.frame, posture.part)
    other_flesh = 0.0
    if moment.is_on_other:
        met, other_flesh = _met(plan, moment.frame, posture.at.removeprefix(OTHER))
    else:
        met = space.places()[posture.at].at
    return float(np.linalg.norm(part - met - moment.shift)) - flesh - other_flesh


def _bone(track: HandTrack, frame: int, part: str) -> tuple[Vector, float]:
    """A part of a hand where the arm takes it, in the coordinate space of the shoulders, and the flesh around it."""
    found = space.part_of_hand(part, palm_keypoints(track.angles[frame]))
    wrist = arm.reachable(track.wrist[frame])
    return np.asarray(wrist + space.palm_axes(track.orientation[frame]) @ found.at), found.flesh


def _met(plan: Plan, frame: int, part: str) -> tuple[Vector, float]:
    """The bone under a place on the other hand or arm, where the left one is, and the flesh around it, metres."""
    if part not in space.ARM_PLACES:
        at, flesh = _bone(plan.other, frame, part)
        return at * MIRROR, flesh
    shown = keypoints(plan.signing[frame : frame + 1], plan.other[frame : frame + 1])[0].astype(np.float64)
    wrist, elbow = shown[prompt2sign.WRIST["left"]], shown[prompt2sign.ELBOW["left"]]
    return (0.5 * (wrist + elbow), space.FOREARM_FLESH) if part == "forearm" else (elbow, space.ELBOW_FLESH)
