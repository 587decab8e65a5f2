"""The synthesiser: glosses in, keypoints out, frame by frame.

A clip is a row of segments, one per gloss, and a last one in which the hands return to rest. A segment starts with
the transition from where the previous gloss left the hands. It depends on nothing but its neighbours, so that it can
be made as soon as they are known, and is made once. A pause holds the hands where the gloss before it left them.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.errors import InputError
from signllm.lexicon import arm, space
from signllm.lexicon.body import MIRROR, keypoints
from signllm.lexicon.hand import palm_keypoints
from signllm.lexicon.handshapes import load_handshapes
from signllm.lexicon.movement import HandTrack, Plan, ease, frame_count, sample_step, travel
from signllm.lexicon.phonology import OTHER, Posture, Sign, Step, merge
from signllm.lexicon.signs import ALPHABETS, load_signs
from signllm.lexicon.ways import Way, way_between
from signllm.motion import rotation
from signllm.source import PAUSE, PoseFrame, check_speed

REST: Final = ""
"""Name of the segment in which the hands return to rest."""

_AIR_GAP: Final = 0.03
"""Metres that a hand keeps from skin which it does not touch."""
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
_NOWHERE: Final = np.zeros(3)
_REST_POSTURE: Final = Posture(shape="LAX", palm="LLB", fingers="D", at="REST", part="wrist", touch=True)


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

    def prepare(self) -> None:
        """Plan every sign, a second of work, so that the first frame of a gloss waits for nothing but the way to it."""
        for gloss in (REST, *self.vocabulary):
            self.plan(gloss)

    def segment(self, previous: str, gloss: str, following: str = REST) -> npt.NDArray[np.float32]:
        """Keypoints of one gloss with the transition into it, [T, 50, 3], metres; treat as read-only.

        Args:
            previous: The gloss before it, `REST` at the start.
            gloss: The gloss, `REST` for the return to rest.
            following: The gloss after it; only whether it continues a spelled word matters.

        Raises:
            InputError: A gloss is not in the vocabulary.
        """
        key = self._key(previous, gloss, following)
        if key not in self._segments:
            self._segments[key] = np.concatenate(list(self._pieces(*key)))
        return self._segments[key]

    def way_keypoints(self, previous: str, gloss: str) -> npt.NDArray[np.float32]:
        """The way alone, with the last frame of the gloss before it and the first of its own, [T, 50, 3] metres.

        Raises:
            InputError: A gloss is not in the vocabulary.
        """
        before, after = self._sign_keypoints(previous)[-1:], self._sign_keypoints(gloss)[:1]
        return np.concatenate([before, self._way(previous, gloss).keypoints, after])

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
        for around in _neighbours(glosses):
            yield self.segment(*around)

    def pieces(self, glosses: Sequence[str]) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        """The frames of `clip` as they are made, the way to a sign before the sign, with the index of their gloss."""
        for index, around in enumerate(_neighbours(glosses)):
            key = self._key(*around)
            if key in self._segments:
                yield index, self._segments[key]
                continue
            made = []
            for piece in self._pieces(*key):
                made.append(piece)
                yield index, piece
            self._segments[key] = np.concatenate(made)

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

    @staticmethod
    def _key(previous: str, gloss: str, following: str) -> tuple[str, str, bool, bool]:
        """What a segment depends on: of a letter's neighbours, whether they are letters too."""
        spelled = _is_letter(gloss)
        return previous, gloss, spelled and not _is_letter(previous), spelled and not _is_letter(following)

    def _pieces(self, previous: str, gloss: str, first: bool, last: bool) -> Iterator[npt.NDArray[np.float32]]:
        """The parts of a segment in their order."""
        if gloss == PAUSE:
            yield np.repeat(self._sign_keypoints(previous)[-1:], self._frames(_PAUSE), axis=0)
            return
        hold = _HOLD_END
        if _is_letter(gloss):
            hold = _LETTER_HOLD - 1 + _LETTER_HOLD_EDGE * (first + last)
        if previous == gloss and ":" in gloss:
            yield self._doubled(gloss, self._frames(hold))
            return
        yield self._way(previous, gloss).keypoints
        sign = self._sign_keypoints(gloss)
        yield np.concatenate([sign, np.repeat(sign[-1:], self._frames(hold), axis=0)])

    def _doubled(self, gloss: str, hold: int) -> npt.NDArray[np.float32]:
        """A letter or digit after itself: the hand slides to the side and back while it is shown again."""
        plan, way = self.plan(gloss), self._way(gloss, gloss)
        signing = HandTrack.join([way.signing, plan.signing, plan.signing.hold(hold)])
        share = np.arange(1, len(signing) + 1) / len(signing)
        slide = np.sin(np.pi * share)[:, None] * [-_DOUBLED, 0.0, 0.0]
        signing = dataclasses.replace(signing, wrist=signing.wrist + slide)
        return keypoints(signing, HandTrack.join([way.other, plan.other, plan.other.hold(hold)]))

    def _sign_keypoints(self, gloss: str) -> npt.NDArray[np.float32]:
        """The frames of one gloss from its first posture to its last, the same whatever stands before it."""
        if gloss not in self._made:
            plan = self.plan(gloss)
            self._made[gloss] = keypoints(plan.signing, plan.other)
        return self._made[gloss]

    def _way(self, previous: str, gloss: str) -> Way:
        """From the end of one gloss to the first posture of the next."""
        return way_between(self.plan(previous), self.plan(gloss), self._stretch)

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

    def prepare(self) -> None:
        """Do beforehand what every request would have to do; see `Synthesiser.prepare`."""
        self._synthesiser.prepare()

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
        for index, piece in self._at_speed[speed].pieces(glosses):
            for frame in piece:
                yield PoseFrame(frame, index)


def _neighbours(glosses: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Each gloss and the last return to rest, between what the hands come from and what comes next."""
    previous = REST
    for gloss, following in itertools.pairwise((*glosses, REST, REST)):
        yield previous, gloss, following
        if gloss != PAUSE:
            previous = gloss


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
            carried = (track.wrist - state.wrist) * MIRROR
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
    flip = MIRROR if mirrored else np.ones(3)
    angles = load_handshapes()[posture.shape]
    orientation = _orientation(posture.palm, posture.fingers, mirrored)
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
def _orientation(palm: str, fingers: str, mirrored: bool) -> rotation.Array:
    flip = MIRROR if mirrored else np.ones(3)
    return space.hand_orientation(space.direction(palm) * flip, space.direction(fingers) * flip)


@cache
def _keypoints_of_shape(shape: str) -> rotation.Array:
    return palm_keypoints(load_handshapes()[shape])


def _place(name: str, anchor: HandTrack | None) -> space.Place:
    if not name.startswith(OTHER):
        return space.places()[name]
    assert anchor is not None, "only asymmetric signs have an anchor"
    part = name.removeprefix(OTHER)
    here = _on_arm(part, anchor) if part in space.ARM_PLACES else _on_hand(part, anchor)
    return space.Place(here.at * MIRROR, here.normal * MIRROR)


def _on_hand(name: str, anchor: HandTrack) -> space.Place:
    part = space.part_of_hand(name, palm_keypoints(anchor.angles[-1]))
    axes = space.palm_axes(anchor.orientation[-1])
    return space.Place(anchor.wrist[-1] + axes @ (part.at + part.flesh * part.normal), axes @ part.normal)


def _on_arm(name: str, anchor: HandTrack) -> space.Place:
    """A place on the skin of the arm that carries a hand, all as of a right arm."""
    wrist = arm.reachable(anchor.wrist[-1])
    elbow = arm.elbow(wrist, space.palm_axes(anchor.orientation[-1]))
    if name == "forearm":
        along = rotation.normalize(wrist - elbow)
        up = np.array([0.0, 1.0, 0.0])
        normal = rotation.normalize(up - np.dot(up, along) * along + 1e-9 * elbow)
        return space.Place(0.5 * (wrist + elbow) + space.FOREARM_FLESH * normal, normal)
    out = rotation.normalize(elbow - 0.5 * (wrist + arm.SHOULDER))
    normal = out if name == "elbow" else -out
    return space.Place(elbow + space.ELBOW_FLESH * normal, normal)
