"""Movement primitives: what one step of a sign does to a hand, sampled at the frames of the step.

Everything here is for a right hand; the other hand is computed as a right hand and mirrored. Easing is minimum-jerk
(Flash and Hogan 1985): rest to rest with a quintic polynomial.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from signllm.lexicon import arm, space
from signllm.lexicon.handshapes import ANGLE_NAMES
from signllm.lexicon.phonology import Brush, Circle, Shake, Step, Tap, Wiggle, Wrist, Zigzag
from signllm.motion import rotation
from signllm.source import FPS

Array = rotation.Array

_KNUCKLE_ANGLES: Final = [k for k, name in enumerate(ANGLE_NAMES) if name.endswith("_mcp") and "thumb" not in name]
_TWO_PI: Final = 2.0 * np.pi
_TURN_SAMPLES: Final = 25
"""Points of a turn at which the forearm's roll is looked at."""
_WIDE_TURN: Final = np.radians(120.0)


@dataclass(frozen=True, eq=False)
class HandTrack:
    """A hand over time, as a right hand.

    `wrist` [T, 3] in metres, `orientation` [T, 4] world rotation of the hand bone, `angles` [T, 21] in radians.
    """

    wrist: Array
    orientation: Array
    angles: Array

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.wrist)

    def __getitem__(self, frames: slice) -> HandTrack:
        """Some of the frames."""
        return HandTrack(self.wrist[frames], self.orientation[frames], self.angles[frames])

    @staticmethod
    def join(tracks: list[HandTrack]) -> HandTrack:
        """Tracks one after the other."""
        return HandTrack(
            np.concatenate([track.wrist for track in tracks]),
            np.concatenate([track.orientation for track in tracks]),
            np.concatenate([track.angles for track in tracks]),
        )

    def hold(self, frames: int) -> HandTrack:
        """The last frame, `frames` times."""
        last = self[-1:]
        return HandTrack(*(np.repeat(x, frames, axis=0) for x in (last.wrist, last.orientation, last.angles)))


@dataclass(frozen=True, eq=False)
class Plan:
    """The frames of one sign from its first posture on: the signing hand and the other one, each as a right hand."""

    signing: HandTrack
    other: HandTrack
    arrive: rotation.Array
    """Unit vector [3] away from the other hand if the signing hand touches it in its first posture, else zero."""
    leave: rotation.Array
    """The same of its last posture."""


def ease(u: Array) -> Array:
    """Minimum-jerk progress from 0 to 1 for time `u` from 0 to 1."""
    return np.asarray(u * u * u * (10.0 + u * (6.0 * u - 15.0)))


def frame_count(milliseconds: float) -> int:
    """Frames of a step, two at least."""
    return max(2, round(milliseconds * FPS / 1000.0))


def travel(
    start: HandTrack, end: HandTrack, u: Array, bow: Array | None = None, *, turn: Array | None = None
) -> HandTrack:
    """From one posture to another, one frame each.

    The hand turns the short way, unless a wide turn is easier for the forearm the other way around.

    Args:
        start: Posture before.
        end: Posture after.
        u: Progress of the wrist, already eased, [T], 0 to 1.
        bow: How far the way bows out half-way, [3] metres.
        turn: Progress of the hand's turning and of its fingers, [T]; that of the wrist when absent.
    """
    turned = u if turn is None else turn
    bow = np.zeros(3) if bow is None else bow

    def wrist(at: Array) -> Array:
        return np.asarray(start.wrist + (end.wrist - start.wrist) * at[:, None] + np.sin(np.pi * at)[:, None] * bow)

    rotate = rotation.slerp
    if rotation.angle_between(start.orientation[0], end.orientation[0]) > _WIDE_TURN:
        samples = np.linspace(0.0, 1.0, _TURN_SAMPLES)
        reached = arm.reachable(wrist(samples))
        most_roll = {}
        for way in (rotation.slerp, rotation.slerp_long):
            axes = space.palm_axes(way(start.orientation, end.orientation, samples))
            most_roll[way] = float(np.abs(arm.forearm_roll(reached, axes)).max())
        rotate = min(most_roll, key=lambda way: most_roll[way])
    return HandTrack(
        wrist(u),
        rotate(start.orientation, end.orientation, turned),
        start.angles + (end.angles - start.angles) * turned[:, None],
    )


def sample_step(
    step: Step, start: HandTrack, end: HandTrack, normal: Array, *, phase: float, frames: Array
) -> HandTrack:
    """Frames of one step.

    Args:
        step: The step.
        start: Posture before it, one frame.
        end: Posture after it, one frame.
        normal: Unit vector away from the place that the hand is at, [3].
        phase: 0, or 0.5 for the second hand of an alternating sign.
        frames: Times within the step as shares of it, [T], 0 to 1.

    Returns:
        T frames.
    """
    chord = float(np.linalg.norm(end.wrist - start.wrist))
    bow = None if step.bulge is None else space.direction(step.bulge) * step.height * chord
    base = travel(start, end, ease(frames), bow)
    if step.shape_after:
        late = ease(np.maximum(0.0, frames - step.shape_after) / (1.0 - step.shape_after))
        base = replace(base, angles=start.angles + (end.angles - start.angles) * late[:, None])
    shift = np.zeros((len(frames), 3))
    if step.circle:
        shift += _circle(step.circle, frames, phase)
    if step.shake:
        shift += _shake(step.shake, frames, phase)
    if step.zigzag:
        shift += _zigzag(step.zigzag, frames)
    if step.tap:
        shift += _tap(step.tap, frames, normal)
    if step.brush:
        shift += _brush(step.brush, frames, normal)
    turn = np.zeros((len(frames), 3))
    for axis, wrist in enumerate((step.nod, step.twist, step.swing)):
        if wrist:
            turn[:, axis] += _swing(wrist, frames, phase)
    orientation = base.orientation
    if np.any(turn):
        world_turn = np.einsum("tij,tj->ti", space.palm_axes(orientation), turn)
        orientation = rotation.multiply(rotation.rotvec_to_quat(world_turn), orientation)
    angles = base.angles
    if step.wiggle:
        angles = angles.copy()
        angles[:, _KNUCKLE_ANGLES] += _wiggle(step.wiggle, frames * step.ms / 1000.0, frames)
    return HandTrack(base.wrist + shift, orientation, angles)


def _steady(u: Array) -> Array:
    # Periodic movements run evenly and only soften at both ends: full easing would crowd their middle.
    return u - 0.5 * np.sin(_TWO_PI * u) / _TWO_PI


def _circle(circle: Circle, u: Array, phase: float) -> Array:
    angle = _TWO_PI * (circle.turns * _steady(u) + phase)
    start, toward = space.direction(circle.start), space.direction(circle.toward)
    return np.asarray(circle.radius * ((np.cos(angle) - 1.0)[:, None] * start + np.sin(angle)[:, None] * toward))


def _shake(shake: Shake, u: Array, phase: float) -> Array:
    wave = np.sin(_TWO_PI * (shake.cycles * _steady(u) + phase))
    return np.asarray(0.5 * shake.size * wave[:, None] * space.direction(shake.axis))


def _zigzag(zigzag: Zigzag, u: Array) -> Array:
    # A triangle wave over the eased path, so that the corners stay where the hand slows down least.
    turn = zigzag.cycles * ease(u)
    wave = 2.0 / np.pi * np.arcsin(np.sin(_TWO_PI * turn))
    return np.asarray(0.5 * zigzag.size * wave[:, None] * space.direction(zigzag.axis))


def _tap(tap: Tap, u: Array, normal: Array) -> Array:
    away = normal if tap.away is None else space.direction(tap.away)
    return np.asarray(tap.gap * (np.sin(np.pi * (tap.times - 1) * _steady(u)) ** 2)[:, None] * away)


def _brush(brush: Brush, u: Array, normal: Array) -> Array:
    # Each stroke takes 55 % of its turn; the rest is the lifted return, left out after the last one.
    turns = np.minimum(u * (brush.times - 1 + 0.55), brush.times - 1e-9)
    part = turns - np.floor(turns)
    stroke = np.where(part < 0.55, ease(np.minimum(part / 0.55, 1.0)), 1.0 - ease((part - 0.55) / 0.45))
    lift = np.where(part < 0.55, 0.0, np.sin(np.pi * (part - 0.55) / 0.45))
    along = brush.length * stroke[:, None] * space.direction(brush.toward)
    return np.asarray(along + brush.lift * lift[:, None] * normal)


def _swing(wrist: Wrist, u: Array, phase: float) -> Array:
    angle = _TWO_PI * (wrist.cycles * _steady(u) + phase)
    share = np.sin(angle) if wrist.both_ways else 0.5 * (1.0 - np.cos(angle))
    return np.asarray(np.radians(wrist.degrees) * share)


def _wiggle(wiggle: Wiggle, seconds: Array, u: Array) -> Array:
    lag = np.arange(4) * 0.22
    wave = np.sin(_TWO_PI * (wiggle.hertz * seconds[:, None] - lag))
    return np.asarray(np.radians(wiggle.degrees) * (0.5 + 0.5 * wave) * np.sin(np.pi * u)[:, None] ** 0.5)
