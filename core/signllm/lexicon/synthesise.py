"""The synthesiser: glosses in, keypoints out, frame by frame.

A clip is a row of segments, one per gloss, and a last one in which the hands return to rest. A segment starts with
the transition from where the previous gloss left the hands. It depends on nothing but its neighbours, so that it can
be made as soon as they are known, and is made once. A pause holds the hands where the gloss before it left them.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.errors import InputError
from signllm.lexicon import arm, space
from signllm.lexicon.hand import palm_keypoints
from signllm.lexicon.handshapes import load_handshapes
from signllm.lexicon.movement import HandTrack, ease, frame_count, sample_step, travel
from signllm.lexicon.phonology import OTHER, Posture, Sign, Step, merge
from signllm.lexicon.signs import ALPHABETS, load_signs
from signllm.motion import rotation
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm.source import PAUSE, PoseFrame, check_speed

REST: Final = ""
"""Name of the segment in which the hands return to rest."""

_FLIP: Final = np.array([-1.0, 1.0, 1.0])
_AIR_GAP: Final = 0.03
"""Metres that a hand keeps from skin which it does not touch."""
_BOW: Final = 0.18
"""How far a transition bows forward, as a share of its way: hands go around the body, not through it."""
_HOLD_END: Final = 2
"""Frames that a sign's last posture is held, 80 ms."""
_HOLD_STILL: Final = 9
"""Frames of a sign without movement."""
_LETTER_HOLD: Final = 3
_LETTER_HOLD_EDGE: Final = 2
"""Frames that a letter is held, and what the first and the last of a word get on top: 3.3 letters a second
(FSboard: 3 million characters in 250 hours) and word edges half as long again."""
_DOUBLED: Final = 0.055
"""Metres of the slide to the side and back that tells a doubled letter or digit from one."""
_PAUSE: Final = 6
"""Frames of a pause between clauses, 240 ms on top of the last sign's hold. Pauses take about 17 % of signing, at
clause boundaries (Huenerfauth 2009)."""
_TRANSITION_POWER: Final = 0.7
"""Signing at another rate changes transitions less than signs: their time goes with this power of the rate."""
_SHORTEST: Final = 2
"""Fewest frames that a posture is held: no handshape is shown for less than 80 ms."""
_LETTERED: Final = {
    "circle": ("start", "toward"),
    "shake": ("axis",),
    "tap": ("away",),
    "brush": ("toward",),
    "zigzag": ("axis",),
}
"""Movements laid over a path, and their fields that hold letters of `space.direction`."""
_SPELLED: Final = ("fs:", "dgs:", "dsgs:")
"""What the names of letters begin with."""
_LIFT: Final = 0.045
"""Metres by which a hand lifts off the other one before it goes its way, and comes down on it at the end."""
_TURN_FROM, _TURN_TO = 0.25, 0.9
"""Shares of a way between which a hand turns that leaves the other one, or is to meet it: not while they touch."""
_NOWHERE: Final = np.zeros(3)
_REST_POSTURE: Final = Posture(shape="LAX", palm="LLB", fingers="D", at="REST", part="wrist", touch=True)


@dataclass(frozen=True, eq=False)
class Plan:
    """The frames of one sign from its first posture on: the signing hand and the other one, each as a right hand."""

    signing: HandTrack
    other: HandTrack
    arrive: rotation.Array
    """Unit vector [3] away from the other hand if the signing hand touches it in its first posture, else zero."""
    leave: rotation.Array
    """The same of its last posture."""


class Synthesiser:
    """Motion for every sign, letter and digit of one language."""

    def __init__(self, signs: dict[str, Sign], *, speed: float = 1.0) -> None:
        """Plan nothing yet: signs are planned when they are first asked for.

        Args:
            signs: By name.
            speed: Rate of signing, 0.5 to 1.25: signs, holds and pauses take 1 / speed of their time, transitions
                1 / speed ** 0.7.

        Raises:
            InputError: The speed is out of range.
        """
        check_speed(speed)
        self._signs = signs
        self._stretch = 1.0 / speed
        self._plans: dict[str, Plan] = {}
        self._made: dict[str, npt.NDArray[np.float32]] = {}
        self._segments: dict[tuple[str, str, bool, bool], npt.NDArray[np.float32]] = {}

    @classmethod
    def load(cls, language: str = "asl") -> Synthesiser:
        """The synthesiser of a language's own lexicon."""
        return cls(load_signs(language))

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """Names of all signs, sorted; a pause can be made as well."""
        return tuple(sorted(self._signs))

    def at_speed(self, speed: float) -> Synthesiser:
        """A synthesiser of the same signs at another rate.

        Raises:
            InputError: The speed is out of range.
        """
        return Synthesiser(self._signs, speed=speed)

    def segment(self, previous: str, gloss: str, following: str = REST) -> npt.NDArray[np.float32]:
        """Keypoints of one gloss with the transition into it, [T, 50, 3], metres; treat as read-only.

        Args:
            previous: The gloss before it, `REST` at the start.
            gloss: The gloss, `REST` for the return to rest.
            following: The gloss after it; only whether it continues a spelled word matters.

        Raises:
            InputError: A gloss is not in the vocabulary.
        """
        spelled = _is_letter(gloss)
        key = (previous, gloss, spelled and not _is_letter(previous), spelled and not _is_letter(following))
        if key not in self._segments:
            self._segments[key] = self._make_segment(*key)
        return self._segments[key]

    def clip(self, glosses: Sequence[str]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
        """A whole utterance from rest to rest.

        Returns:
            Keypoints [T, 50, 3] in metres, and for each frame the index of its gloss [T]; the index after the last
            gloss is the return to rest.

        Raises:
            InputError: A gloss is not in the vocabulary.
        """
        parts = list(self.segments(glosses))
        index = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        return np.concatenate(parts), index

    def segments(self, glosses: Sequence[str]) -> Iterator[npt.NDArray[np.float32]]:
        """The segments of `clip`, each made when it is asked for."""
        around = (*glosses, REST, REST)
        previous = REST
        for gloss, following in itertools.pairwise(around):
            yield self.segment(previous, gloss, following)
            if gloss != PAUSE:
                previous = gloss

    def plan(self, gloss: str) -> Plan:
        """The frames of one gloss without the way to it."""
        if gloss not in self._plans:
            if gloss == REST:
                rest = _resolve(_REST_POSTURE, mirrored=False, anchor=None)[0]
                self._plans[gloss] = Plan(rest, rest, _NOWHERE, _NOWHERE)
            elif gloss in self._signs:
                self._plans[gloss] = _plan(_paced(self._signs[gloss], self._stretch))
            else:
                raise InputError(
                    f"gloss {gloss!r} is not in the lexicon of {len(self._signs)} signs; "
                    "spell the word as fs:WORD, or choose a name that `signllm say --help` explains"
                )
        return self._plans[gloss]

    def _make_segment(self, previous: str, gloss: str, first: bool, last: bool) -> npt.NDArray[np.float32]:
        if gloss == PAUSE:
            return np.repeat(self._sign_keypoints(previous)[-1:], self._frames(_PAUSE), axis=0)
        hold = _HOLD_END
        if _is_letter(gloss):
            hold = _LETTER_HOLD - 1 + _LETTER_HOLD_EDGE * (first + last)
        if previous == gloss and ":" in gloss:
            return self._doubled(gloss, self._frames(hold))
        sign = self._sign_keypoints(gloss)
        way = keypoints(*self._way(previous, gloss))
        return np.concatenate([way, sign, np.repeat(sign[-1:], self._frames(hold), axis=0)])

    def _doubled(self, gloss: str, hold: int) -> npt.NDArray[np.float32]:
        """A letter or digit after itself: the hand slides to the side and back while it is shown again."""
        plan, (way, other_way) = self.plan(gloss), self._way(gloss, gloss)
        signing = HandTrack.join([way, plan.signing, plan.signing.hold(hold)])
        share = np.arange(1, len(signing) + 1) / len(signing)
        slide = np.sin(np.pi * share)[:, None] * [-_DOUBLED, 0.0, 0.0]
        signing = dataclasses.replace(signing, wrist=signing.wrist + slide)
        return keypoints(signing, HandTrack.join([other_way, plan.other, plan.other.hold(hold)]))

    def _sign_keypoints(self, gloss: str) -> npt.NDArray[np.float32]:
        """The frames of one gloss from its first posture to its last, the same whatever stands before it."""
        if gloss not in self._made:
            plan = self.plan(gloss)
            self._made[gloss] = keypoints(plan.signing, plan.other)
        return self._made[gloss]

    def _way(self, previous: str, gloss: str) -> tuple[HandTrack, HandTrack]:
        """Both hands on the way from the end of one gloss to the first posture of the next, without either."""
        before, after = self.plan(previous), self.plan(gloss)
        ends = ((before.signing[-1:], after.signing[:1]), (before.other[-1:], after.other[:1]))
        usual = max(_transition_frames(start, end) for start, end in ends)
        frames = max(_SHORTEST, round(usual * self._stretch**_TRANSITION_POWER))
        u = ease(np.arange(1, frames) / frames)  # the last step of the way is the sign's own first frame
        t = np.arange(1, frames) / frames
        late, early = _TURN_FROM * bool(np.any(before.leave)), _TURN_TO if np.any(after.arrive) else 1.0
        turn = ease(np.clip((t - late) / (early - late), 0.0, 1.0))
        signing, other = (
            travel(start, end, u, transition_bow(start, end), turn=turned)
            for (start, end), turned in zip(ends, (turn, u), strict=True)
        )
        lift = _LIFT * 6.75 * (t * (1.0 - t) ** 2)[:, None]  # a hump with its top, 1, a third of the way along
        lift = lift * before.leave + lift[::-1] * after.arrive
        signing = dataclasses.replace(signing, wrist=signing.wrist + lift)
        return signing, other

    def _frames(self, usual: int) -> int:
        """Frames of a hold or a pause at this rate."""
        return max(min(usual, _SHORTEST), round(usual * self._stretch))


class LexiconSource:
    """The synthesiser as a `PoseSource`: exact, and at once."""

    name: Final = "lexicon"
    learned: Final = False

    def __init__(self, synthesiser: Synthesiser) -> None:
        """Sign with `synthesiser`."""
        self._synthesiser = synthesiser
        self._at_speed = {1.0: synthesiser}

    @classmethod
    def load(cls, language: str = "asl") -> LexiconSource:
        """The source of a language's own lexicon, and of the manual alphabets of the others."""
        signs = dict(load_signs(language))
        for other in ALPHABETS:
            signs |= {name: sign for name, sign in load_signs(other).items() if name.startswith(f"{other}:")}
        return cls(Synthesiser(signs))

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Names of all glosses that it can sign."""
        return (*self._synthesiser.vocabulary, PAUSE)

    def frames(self, glosses: Sequence[str], *, speed: float = 1.0) -> Iterator[PoseFrame]:
        """Frames at 25 per second, from rest to rest; see `signllm.source.PoseSource`."""
        unknown = [gloss for gloss in glosses if gloss not in self.vocabulary]
        if unknown:
            self._synthesiser.plan(unknown[0])  # raises, with the sentence for the user
        if speed not in self._at_speed:
            self._at_speed = {1.0: self._synthesiser, speed: self._synthesiser.at_speed(speed)}
        for index, segment in enumerate(self._at_speed[speed].segments(glosses)):
            for frame in segment:
                yield PoseFrame(frame, index)


def keypoints(signing: HandTrack, other: HandTrack) -> npt.NDArray[np.float32]:
    """The 50 keypoints of two hands and the body that carries them, [T, 50, 3], metres from mid-shoulder."""
    result = np.zeros((len(signing), prompt2sign.COUNT, 3))
    result[:, prompt2sign.NOSE] = np.array(humanoid.NOSE_TIP) - [0.0, humanoid.SHOULDER_HEIGHT, 0.0]
    for side, track, flip in (("right", signing, np.ones(3)), ("left", other, _FLIP)):
        axes = space.palm_axes(track.orientation)
        wrist = arm.reachable(track.wrist)
        hand = wrist[:, None] + np.einsum("tij,tkj->tki", axes, palm_keypoints(track.angles))
        result[:, prompt2sign.SHOULDER[side]] = np.array([-0.5 * humanoid.SHOULDER_WIDTH, 0.0, 0.0]) * flip
        result[:, prompt2sign.ELBOW[side]] = arm.elbow(wrist, axes[:, :, 1]) * flip
        result[:, prompt2sign.WRIST[side]] = wrist * flip
        result[:, prompt2sign.hand_slice(side)] = hand * flip
    return result.astype(np.float32)


def _is_letter(gloss: str) -> bool:
    return gloss.startswith(_SPELLED)


def _paced(sign: Sign, stretch: float) -> Sign:
    """The sign with its steps taking `stretch` of their time; signs without a step are held so much longer."""
    steps = sign.steps or (_still(sign),)
    return dataclasses.replace(sign, steps=tuple(dataclasses.replace(step, ms=step.ms * stretch) for step in steps))


def _plan(sign: Sign) -> Plan:
    if sign.hands == "asymmetric":
        return _asymmetric_plan(sign)
    signing = _track(sign, phase=0.0)
    if sign.hands == "one":
        rest = _resolve(_REST_POSTURE, mirrored=False, anchor=None)[0]
        return Plan(signing, rest.hold(len(signing)), _NOWHERE, _NOWHERE)
    other = _track(sign, phase=0.5) if sign.hands == "alternating" else signing
    return Plan(signing, other, _NOWHERE, _NOWHERE)


def _away(posture: Posture, anchor: HandTrack | None) -> rotation.Array:
    """Away from the other hand where a posture of the signing hand touches it, never towards the trunk; else zero."""
    if not posture.touch or not str(posture.at).startswith(OTHER):
        return _NOWHERE
    normal = _resolve(posture, mirrored=False, anchor=anchor)[1]
    return np.array([normal[0], normal[1], max(0.0, normal[2])])


def _track(sign: Sign, phase: float) -> HandTrack:
    posture = sign.start
    state, normal = _resolve(posture, mirrored=False, anchor=None)
    tracks: list[HandTrack] = []
    for step in sign.steps:
        posture = merge(posture, step.to)
        end, normal_after = _resolve(posture, mirrored=False, anchor=None)
        tracks.append(sample_step(step, state, end, normal, phase=phase, frames=_times(step, not tracks)))
        state, normal = end, normal_after
    return HandTrack.join(tracks)


def _asymmetric_plan(sign: Sign) -> Plan:
    assert sign.other is not None
    base = sign.other
    other, other_normal = _resolve(base, mirrored=True, anchor=None)
    posture = sign.start
    state, normal = _resolve(posture, mirrored=False, anchor=other)
    signing_tracks: list[HandTrack] = []
    other_tracks: list[HandTrack] = []
    for step in sign.steps:
        times = _times(step, not signing_tracks)
        base = merge(base, step.other)
        other_end, other_normal_after = _resolve(base, mirrored=True, anchor=None)
        if step.both:
            other_end = dataclasses.replace(other_end, wrist=other.wrist)
        posture = merge(posture, step.to)
        end, normal_after = _resolve(posture, mirrored=False, anchor=other_end)
        track = sample_step(step, state, end, normal, phase=0.0, frames=times)
        if step.other_moves is None:
            other_track = travel(other, other_end, ease(times))
        else:
            moves = dataclasses.replace(_mirrored(step.other_moves), ms=step.ms)
            other_track = sample_step(moves, other, other_end, other_normal, phase=0.0, frames=times)
        if step.both:
            carried = (track.wrist - state.wrist) * _FLIP
            other_track = dataclasses.replace(other_track, wrist=other_track.wrist + carried)
        signing_tracks.append(track)
        other_tracks.append(other_track)
        state, normal, other, other_normal = end, normal_after, other_track[-1:], other_normal_after
    signing, moved = HandTrack.join(signing_tracks), HandTrack.join(other_tracks)
    return Plan(signing, moved, _away(sign.start, moved[:1]), _away(posture, moved[-1:]))


def _mirrored(moves: Step) -> Step:
    """Movements whose letters are for the world as they are seen in the mirror."""
    swapped = str.maketrans("LR", "RL")
    changes: dict[str, Any] = {} if moves.bulge is None else {"bulge": moves.bulge.translate(swapped)}
    for name, keys in _LETTERED.items():
        if (overlay := getattr(moves, name)) is not None:
            letters = {key: value.translate(swapped) for key in keys if (value := getattr(overlay, key)) is not None}
            changes[name] = dataclasses.replace(overlay, **letters)
    return dataclasses.replace(moves, **changes)


def _still(sign: Sign) -> Step:
    frames = 2 if _is_letter(sign.name) else _HOLD_STILL
    return Step(ms=40.0 * frames)


def _times(step: Step, first: bool) -> rotation.Array:
    """Shares of the step at its frames; the first step of a sign shows its start, later ones have just been there."""
    n = frame_count(step.ms)
    return np.arange(0 if first else 1, n + 1) / n


def _resolve(posture: Posture, *, mirrored: bool, anchor: HandTrack | None) -> tuple[HandTrack, rotation.Array]:
    """A hand in a posture as one frame of a right hand, and the normal of the place that it is at.

    Args:
        posture: Complete.
        mirrored: It is the left hand: the posture, written for the world, is seen in the mirror.
        anchor: The other hand, as a right hand, for places on it.
    """
    assert posture.shape and posture.palm and posture.fingers and posture.at and posture.part
    flip = _FLIP if mirrored else np.ones(3)
    angles = load_handshapes()[posture.shape]
    orientation = space.hand_orientation(space.direction(posture.palm) * flip, space.direction(posture.fingers) * flip)
    part = space.part_of_hand(posture.part, _keypoints_of_shape(posture.shape))
    place = _place(posture.at, anchor)
    target = place.at + part.flesh * place.normal
    if not posture.touch:
        target = target + _AIR_GAP * place.normal
    for letters, metres in (posture.offset or {}).items():
        target = target + space.direction(letters) * metres
    wrist = target * flip - space.palm_axes(orientation) @ part.at
    track = HandTrack(wrist[None], orientation[None], angles[None])
    return track, place.normal * flip


@cache
def _keypoints_of_shape(shape: str) -> rotation.Array:
    return palm_keypoints(load_handshapes()[shape])


def _place(name: str, anchor: HandTrack | None) -> space.Place:
    if not name.startswith(OTHER):
        return space.places()[name]
    assert anchor is not None, "only asymmetric signs have an anchor"
    part = name.removeprefix(OTHER)
    here = _on_arm(part, anchor) if part in space.ARM_PLACES else _on_hand(part, anchor)
    return space.Place(here.at * _FLIP, here.normal * _FLIP)


def _on_hand(name: str, anchor: HandTrack) -> space.Place:
    part = space.part_of_hand(name, palm_keypoints(anchor.angles[-1]))
    axes = space.palm_axes(anchor.orientation[-1])
    return space.Place(anchor.wrist[-1] + axes @ (part.at + part.flesh * part.normal), axes @ part.normal)


def _on_arm(name: str, anchor: HandTrack) -> space.Place:
    """A place on the skin of the arm that carries a hand, all as of a right arm."""
    wrist = arm.reachable(anchor.wrist[-1])
    elbow = arm.elbow(wrist, space.palm_axes(anchor.orientation[-1])[:, 1])
    if name == "forearm":
        along = rotation.normalize(wrist - elbow)
        up = np.array([0.0, 1.0, 0.0])
        normal = rotation.normalize(up - np.dot(up, along) * along + 1e-9 * elbow)
        return space.Place(0.5 * (wrist + elbow) + space.FOREARM_FLESH * normal, normal)
    out = rotation.normalize(elbow - 0.5 * (wrist + arm.SHOULDER))
    normal = out if name == "elbow" else -out
    return space.Place(elbow + space.ELBOW_FLESH * normal, normal)


def _transition_frames(start: HandTrack, end: HandTrack) -> int:
    """Frames of the way between two postures: 160 ms for a change in place, 440 ms at most."""
    way = float(np.linalg.norm(end.wrist[0] - start.wrist[0]))
    turn = float(rotation.angle_between(start.orientation[0], end.orientation[0]))
    return int(np.clip(round(3.5 + 12.0 * way + turn), 4, 11))


def transition_bow(start: HandTrack, end: HandTrack) -> rotation.Array:
    """How far forward the way between two postures bows at its middle, [3] metres."""
    way = float(np.linalg.norm(end.wrist[0] - start.wrist[0]))
    return np.array([0.0, 0.0, _BOW * max(0.0, way - 0.05)])
