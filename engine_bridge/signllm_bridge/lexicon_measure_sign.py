"""One sign measured on the avatar: contacts, collisions, joints, reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.lexicon import space
from signllm.lexicon.body import keypoints
from signllm.lexicon.contacts import Moment, gap, moments, touches
from signllm.lexicon.joints import ARM_LIMITS_DEG, arm_angles, arm_excess, finger_excess
from signllm.lexicon.movement import HandTrack
from signllm.lexicon.phonology import Sign
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion import kinematics, rotation
from signllm.motion.skeletons import prompt2sign
from signllm.motion.skeletons.humanoid import HUMANOID, SHOULDER_HEIGHT
from signllm.source import FPS
from signllm_bridge.avatar.build import build_mesh
from signllm_bridge.lexicon_measure_collisions import FLESH, SIDES, Body
from signllm_bridge.lexicon_measure_ways import WayMeasures, measure_ways
from signllm_bridge.retarget import retarget

Array = npt.NDArray[np.float64]

CONTACT_AIM: Final = 0.010
"""Metres by which a part may miss the skin that it is to touch."""
_OFF: Final = 0.005
"""Metres of offset away from the skin from which a posture is not a contact any more."""
_EVERY: Final = 2
"""Collisions are looked for at every second frame."""
_MIRROR: Final = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class SignMeasures:
    """One sign, from rest to rest."""

    name: str
    duration_ms: float
    """From its first posture to its last."""
    contacts: int
    """Postures at which skin is to meet skin."""
    contact_mm: float
    """Worst distance between the two skins, zero without contacts."""
    contact_at: str
    float_mm: float
    """Widest gap on the avatar between the hand and any skin, at postures whose place is on skin."""
    float_at: str
    depth_mm: float
    """How deep a hand goes into the body at its worst."""
    depth_at: str
    reach_mm: float
    """How far the wrist falls short of its place because the arm is too short."""
    joints_deg: Mapping[str, float]
    """Degrees beyond the limit, by joint; joints within their limits are left out."""
    joints_at: Mapping[str, str]

    @property
    def faults(self) -> tuple[str, ...]:
        """What misses its aim."""
        found = []
        if self.contact_mm > 1000 * CONTACT_AIM:
            found.append("contact")
        if self.float_mm > 1000 * CONTACT_AIM:
            found.append("floats")
        if self.depth_mm > 1000 * FLESH:
            found.append("collision")
        if self.joints_deg:
            found.append("joints")
        if self.reach_mm > 1.0:
            found.append("reach")
        return tuple(found)


@cache
def _body() -> Body:
    return Body(build_mesh())


class Measurer:
    """Measures signs of one lexicon on the avatar."""

    def __init__(self, signs: Mapping[str, Sign]) -> None:
        """Measure signs of `signs`."""
        self.signs = signs
        self.synthesiser = Synthesiser(dict(signs))
        self._body = _body()

    def _widest(self, shown: Array, gaps: Sequence[tuple[float, Moment]]) -> tuple[float, Moment | None]:
        """The widest gap between hand and skin over the moments of contact, and where it is."""
        found: list[tuple[float, Moment]] = []
        for _, moment in gaps:
            if self._meets_skin(moment):
                found.append((self._body.gap(retarget(shown[moment.frame]), "right"), moment))
        return max(found, key=lambda item: item[0], default=(0.0, None))

    def _meets_skin(self, moment: Moment) -> bool:
        """Whether the place is on skin, and no offset takes the hand off it."""
        if moment.is_on_other:
            return bool(np.linalg.norm(moment.shift) < _OFF)
        place = space.places()[str(moment.posture.at)]
        if moment.posture.at not in self._on_skin or moment.shift @ place.normal > _OFF:
            return False
        return not moment.shift.any() or bool(self._is_on_skin((place.at + moment.shift)[None])[0])

    @cached_property
    def _on_skin(self) -> frozenset[str]:
        """Places that are on the avatar when its arms hang; the others are in the signing space."""
        at = np.stack([place.at for place in space.places().values()])
        return frozenset(np.array(list(space.places()))[self._is_on_skin(at)].tolist())

    def _is_on_skin(self, points: Array) -> npt.NDArray[np.bool_]:
        """Whether points [N, 3], metres from mid-shoulder, are on the avatar when its arms hang."""
        rest = retarget(self.synthesiser.clip([])[0][0])
        return self._body.is_on_skin(rest, points + np.array([0.0, SHOULDER_HEIGHT, 0.0]))

    def measure_ways(self, names: Sequence[str]) -> WayMeasures:
        """The ways between pairs of signs."""
        return measure_ways(self.synthesiser, self._body, names)

    def measure(self, name: str) -> SignMeasures:
        """Everything about one sign."""
        sign, plan = self.signs[name], self.synthesiser.plan(name)
        clip = self.synthesiser.clip([name])[0].astype(np.float64)
        shown = keypoints(plan.signing, plan.other).astype(np.float64)
        where = _Places(sign, clip, shown)
        rotations = retarget(clip)
        gaps = [(abs(gap(plan, moment)), moment) for moment in touches(sign)]
        miss, moment = max(gaps, key=lambda item: item[0], default=(0.0, None))
        floating, floats = self._widest(shown, gaps)
        worst = max(self._body.worst(rotations, np.arange(0, len(clip), _EVERY)), key=lambda found: found.depth)
        joints, joints_at = _joints(rotations, (plan.signing, plan.other), where)
        return SignMeasures(
            name=name,
            duration_ms=1000.0 * len(plan.signing) / FPS,
            contacts=len(gaps),
            contact_mm=_tenth(1000.0 * miss),
            contact_at=_contact(moment, where) if moment else "",
            float_mm=_tenth(1000.0 * max(floating, 0.0)),
            float_at=_contact(floats, where) if floats and floating > 0.0 else "",
            depth_mm=_tenth(1000.0 * worst.depth),
            depth_at=f"{worst.what}, {where.shown(worst.frame)}" if worst.depth else "",
            reach_mm=_tenth(1000.0 * max(_short(track) for track in (plan.signing, plan.other))),
            joints_deg=joints,
            joints_at=joints_at,
        )


def _contact(moment: Moment, where: _Places) -> str:
    return f"{moment.posture.part} to {moment.posture.at}, {where.planned(moment.frame)}"


class _Places:
    """Names for the frames of a sign."""

    def __init__(self, sign: Sign, clip: Array, shown: Array) -> None:
        self._ends = [moment.frame for moment in moments(sign)]
        same = np.abs(clip - shown[0]).max(axis=(1, 2)) < 1e-5
        self._first = int(same.argmax())
        self._length = len(shown)

    def planned(self, frame: int) -> str:
        """A frame of the plan."""
        if frame <= 0:
            return "start"
        step = next((k for k, end in enumerate(self._ends) if frame <= end), len(self._ends) - 1)
        return f"step {step}" if step and frame == self._ends[step] else f"in step {step}" if step else "held"

    def shown(self, frame: int) -> str:
        """A frame of the clip from rest to rest."""
        if frame < self._first:
            return "way in"
        return self.planned(frame - self._first) if frame < self._first + self._length else "way out"


def _joints(rotations: Array, tracks: Sequence[HandTrack], where: _Places) -> tuple[dict[str, float], dict[str, str]]:
    """Degrees beyond the limits by joint, and where they are worst."""
    positions, world = kinematics.forward_kinematics(rotations, HUMANOID)
    degrees, places = {}, {}
    for side, track in zip(SIDES, tracks, strict=True):
        bones = [HUMANOID.index[side + bone] for bone in ("UpperArm", "LowerArm", "Hand")]
        points, turn = positions[:, bones], world[:, bones[2]]
        if side == "left":
            points, turn = points * _MIRROR, np.asarray(rotation.mirror(turn))
        angles = arm_angles(points[:, 0], points[:, 1], points[:, 2], space.palm_axes(turn))
        beyond = arm_excess(angles)
        for k, joint in enumerate(ARM_LIMITS_DEG):
            frame = int(beyond[:, k].argmax())
            if (most := _tenth(float(beyond[frame, k]))) > 0.0:
                name = f"{side} {joint}"
                degrees[name] = most
                places[name] = f"{angles[frame, k]:.0f}°, {where.shown(frame)}"
        fingers = finger_excess(track.angles).max(axis=1)
        if (most := _tenth(float(fingers.max()))) > 0.0:
            degrees[f"{side} fingers"], places[f"{side} fingers"] = most, where.planned(int(fingers.argmax()))
    return degrees, places


def _short(track: HandTrack) -> float:
    """Metres by which the arm is too short for the wrist's places."""
    shown = keypoints(track, track)[:, prompt2sign.WRIST["right"]]
    return float(np.linalg.norm(shown - track.wrist, axis=-1).max())


def _tenth(value: float) -> float:
    return round(value, 1) + 0.0
