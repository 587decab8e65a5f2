"""The way between two glosses: both hands from the last posture of one to the first posture of the next.

A hand bows forward, around the body. It lifts off the other hand before it turns, and comes down on it turned. On its
way it stays within the limits of its joints. Where the hands would pass through each other, the signing hand goes
around the other one: the smallest detour that clears it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.lexicon import arm, space
from signllm.lexicon.body import MIRROR, keypoints
from signllm.lexicon.joints import within_limits
from signllm.lexicon.movement import HandTrack, Plan, ease, travel
from signllm.motion import rotation
from signllm.motion.skeletons import prompt2sign

Array = rotation.Array

_BOW: Final = 0.18
"""How far a way bows forward, as a share of its length."""
_POWER: Final = 0.7
"""Signing at another rate changes transitions less than signs: their time goes with this power of the rate."""
_SHORTEST: Final = 2
_LIFT: Final = 0.045
"""Metres by which a hand lifts off the other one before it goes its way, and comes down on it at the end."""
_TURN_FROM, _TURN_TO = 0.25, 0.9
"""Shares of a way between which a hand turns that leaves the other one, or is to meet it: not while they touch."""

_DETOURS: Final = np.stack([space.direction(letters) for letters in ("F", "U", "FU", "R", "FR", "UR", "D", "FD", "DR")])
"""Directions of a detour, the first that clears first."""
_DETOUR_SIZES: Final = (0.04, 0.08, 0.12, 0.16)
"""Metres at the middle of the way."""
_WORTH: Final = 0.001
"""Metres less of pressing for which a longer detour is worth it."""
_GIVES: Final = -0.006
"""Metres by which the spheres of two hands may overlap on their way: there is some hand between them."""
_FINGER, _PALM, _FOREARM = 0.0075, 0.014, 0.030
"""Metres of flesh around a finger's bone, a bone of the palm and those of the forearm, roughly."""
_ALONG: Final = np.linspace(0.12, 0.9, 7)[:, None]
"""Shares of the forearm, from the wrist, at which it is looked at."""
_BONES: Final = np.array([(0 if k % 4 == 1 else k - 1, k) for k in range(1, len(prompt2sign.HAND))])
"""Both ends of a hand's 20 bones, as keypoints of the hand."""
_HAND_RADII: Final = np.where(np.concatenate([np.arange(21) == 0, _BONES[:, 0] == 0]), _PALM, _FINGER)
_FOREARM_RADII: Final = np.full(len(_ALONG), _FOREARM)
_NEAR: Final = 0.35
"""Metres between wrists beyond which hands and forearms are clear of each other, whatever they do."""
_HEAD: Final = np.array([0.0, 0.235, 0.040])
_HEAD_SIZE: Final = np.array([0.080, 0.130, 0.115])
"""Middle and semi-axes in metres of the ellipsoid that stands for the head, nose, ears and hair left out."""
_NEAR_HEAD: Final = 0.40
"""Metres between wrist and head beyond which a hand is clear of it."""


@dataclass(frozen=True, eq=False)
class Way:
    """Both hands between two postures, each as a right hand, without the postures themselves."""

    signing: HandTrack
    other: HandTrack
    keypoints: npt.NDArray[np.float32]
    """The whole signer, [T, 50, 3]."""


def way_between(before: Plan, after: Plan, stretch: float) -> Way:
    """The way from the last posture of one sign to the first of the next.

    Args:
        before: The sign that ends.
        after: The sign that begins.
        stretch: Time that signing takes, as a share of the usual.
    """
    ends = ((before.signing[-1:], after.signing[:1]), (before.other[-1:], after.other[:1]))
    usual = max(_frames(start, end) for start, end in ends)
    frames = max(_SHORTEST, round(usual * stretch**_POWER))
    t = np.arange(1, frames) / frames  # the last step of the way is the sign's own first frame
    u = ease(t)
    late, early = _TURN_FROM * bool(np.any(before.leave)), _TURN_TO if np.any(after.arrive) else 1.0
    turn = ease(np.clip((t - late) / (early - late), 0.0, 1.0))
    signing, other = (_travel(*both, u, turned) for both, turned in zip(ends, (turn, u), strict=True))
    lift = _LIFT * 6.75 * (t * (1.0 - t) ** 2)[:, None]  # a hump with its top, 1, a third of the way along
    if np.any(before.leave) or np.any(after.arrive):
        signing = replace(signing, wrist=signing.wrist + lift * before.leave + lift[::-1] * after.arrive)
        signing = _eased_joints(signing)
    return _around(signing, other, ends, np.sin(np.pi * t))


def bow(start: HandTrack, end: HandTrack) -> Array:
    """How far forward the way between two postures bows at its middle, [3] metres."""
    length = float(np.linalg.norm(end.wrist[0] - start.wrist[0]))
    return np.array([0.0, 0.0, _BOW * max(0.0, length - 0.05)])


def pressed(points: npt.NDArray[np.floating], detour: Array | None = None) -> Array:
    """How deep the signing hand is in the head, or two hands in each other or in each other's forearm, roughly.

    Hands and forearms are spheres along their bones, the head is an ellipsoid.

    Args:
        points: Keypoints [T, 50, 3] in metres.
        detour: Metres by which the signing hand is elsewhere, [..., T, 3]; the elbow stays.

    Returns:
        Metres [..., T], negative where they are apart.
    """
    signing, other = _spheres(points, "right"), _spheres(points, "left")
    signing_arm, other_arm = _forearm(points, "right"), _forearm(points, "left")
    if detour is not None:
        shift = detour[..., None, :]
        signing, signing_arm = signing + shift, signing_arm + shift * (1.0 - _ALONG)
    depths = (
        _overlap(signing, _HAND_RADII, other, _HAND_RADII),
        _overlap(signing, _HAND_RADII, other_arm, _FOREARM_RADII),
        _overlap(signing_arm, _FOREARM_RADII, other, _HAND_RADII),
        _in_head(signing),
    )
    return np.asarray(np.maximum.reduce(depths))


def _frames(start: HandTrack, end: HandTrack) -> int:
    """Frames of the way between two postures: 160 ms for a change in place, 440 ms at most."""
    length = float(np.linalg.norm(end.wrist[0] - start.wrist[0]))
    turn = float(rotation.angle_between(start.orientation[0], end.orientation[0]))
    return int(np.clip(round(3.5 + 12.0 * length + turn), 4, 11))


def _travel(start: HandTrack, end: HandTrack, u: Array, turn: Array) -> HandTrack:
    """A hand's own way; a hand that stays where it is, as at rest, takes no time."""
    if all(np.array_equal(getattr(start, name), getattr(end, name)) for name in ("wrist", "orientation", "angles")):
        return start.hold(len(u))
    return _eased_joints(travel(start, end, u, bow(start, end), turn=turn))


def _eased_joints(track: HandTrack) -> HandTrack:
    """The same way with the wrist and the forearm turned no further than they go."""
    return replace(track, orientation=within_limits(arm.reachable(track.wrist), track.orientation))


def _around(signing: HandTrack, other: HandTrack, ends: tuple[tuple[HandTrack, HandTrack], ...], hump: Array) -> Way:
    """The way on which the signing hand goes around head and other hand where it would pass through them."""
    straight = Way(signing, other, keypoints(signing, other))
    wrist = arm.reachable(signing.wrist)
    near_hand = np.linalg.norm(wrist - arm.reachable(other.wrist) * MIRROR, axis=-1).min() < _NEAR
    near_head = np.linalg.norm(wrist - _HEAD, axis=-1).min() < _NEAR_HEAD
    if not (near_hand or near_head):
        return straight
    shown = straight.keypoints
    least = float(pressed(shown).max())
    if least <= _GIVES:
        return straight
    here = np.concatenate([keypoints(one, two) for one, two in zip(*ends, strict=True)])
    allowed = max(_GIVES, float(pressed(here).max()))
    best = np.zeros(3)
    for size in _DETOUR_SIZES:
        if least <= allowed:
            break
        deepest = pressed(shown, size * hump[:, None] * _DETOURS[:, None]).max(axis=-1)
        k = int(np.argmax(deepest <= allowed)) if np.any(deepest <= allowed) else int(deepest.argmin())
        if deepest[k] < least - _WORTH:
            best, least = size * _DETOURS[k], float(deepest[k])
    if not np.any(best):
        return straight
    signing = _eased_joints(replace(signing, wrist=signing.wrist + hump[:, None] * best))
    return Way(signing, other, keypoints(signing, other))


def _spheres(points: npt.NDArray[np.floating], side: str) -> Array:
    """[T, S, 3] the middles of a hand's spheres: its joints, the middles of its bones."""
    hand = points[:, prompt2sign.hand_slice(side)]
    return np.concatenate([hand, 0.5 * (hand[:, _BONES[:, 0]] + hand[:, _BONES[:, 1]])], axis=1)


def _forearm(points: npt.NDArray[np.floating], side: str) -> Array:
    wrist, elbow = points[:, None, prompt2sign.WRIST[side]], points[:, None, prompt2sign.ELBOW[side]]
    return np.asarray(wrist + _ALONG * (elbow - wrist))


def _in_head(spheres: Array) -> Array:
    """Metres [..., T] by which the deepest sphere of a hand [..., T, S, 3] is in the head."""
    share = np.linalg.norm((spheres - _HEAD) / (_HEAD_SIZE + _HAND_RADII[:, None]), axis=-1)
    return np.asarray(((1.0 - share) * _HEAD_SIZE.min()).max(axis=-1))


def _overlap(a: Array, a_radii: Array, b: Array, b_radii: Array) -> Array:
    """Metres [..., T] by which the deepest two spheres of two sets, [..., T, A, 3] and [..., T, B, 3], overlap."""
    # In place and in single precision, which is a micrometre here: this is most of the work of a detour.
    a, b = a.astype(np.float32), b.astype(np.float32)
    square = -2.0 * a @ np.swapaxes(b, -1, -2)
    square += np.sum(a * a, axis=-1)[..., :, None]
    square += np.sum(b * b, axis=-1)[..., None, :]
    distance = np.sqrt(np.maximum(square, 0.0, out=square), out=square)
    reach = (a_radii[:, None] + b_radii).astype(np.float32)
    return np.asarray(np.subtract(reach, distance, out=distance).max(axis=(-2, -1)), dtype=np.float64)
