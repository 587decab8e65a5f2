"""The head's own movement on the humanoid: neck and head turn, and a hand that touches the face goes along."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.face import FaceFrame
from signllm.motion import rotation
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm.motion.skeletons.humanoid import HUMANOID

Array = rotation.Array

_NECK: Final = HUMANOID.index["neck"]
_HEAD: Final = HUMANOID.index["head"]
_ORIGIN: Final = np.array([0.0, humanoid.SHOULDER_HEIGHT, 0.0])
_NECK_AT: Final = HUMANOID.rest_positions[_NECK] - _ORIGIN
_HEAD_AT: Final = HUMANOID.rest_positions[_HEAD] - _ORIGIN
_SKULL: Final = np.array([0.0, 0.235, 0.055])
_SKULL_RADII: Final = np.array([0.076, 0.125, 0.098])
"""An ellipsoid about the head and its radii, in the space of keypoints: how near a hand is, not where it touches."""
_TOUCHING, _AWAY = 0.020, 0.150
"""Metres between hand and head below which the hand is carried along, and above which it is left alone."""
_SHARPNESS: Final = 0.010
"""Metres by which a point of the hand may be farther from the head than the nearest and still count."""


def turn_head(rotations: Array, face: FaceFrame) -> Array:
    """Local rotations [J=55, 4] with the head turned, half by the neck and half by the head itself."""
    neck, head = _shares(face)
    turned = rotations.copy()
    turned[_NECK] = rotation.multiply(rotations[_NECK], neck)
    turned[_HEAD] = rotation.multiply(head, rotations[_HEAD])
    return turned


def carry_hands(keypoints: npt.NDArray[np.floating], face: FaceFrame) -> npt.NDArray[np.floating]:
    """Keypoints [50, 3] of hands that go along with the head where they touch it; the same ones while it is at rest.

    Without this a head that shakes or comes forward meets the hand at its chin from inside. The nose stays where the
    source has it: `turn_head` turns the head.
    """
    if face.lean == 0.0 and abs(face.head[3]) == 1.0:
        return keypoints
    carried = keypoints.astype(np.float64)
    for side in ("right", "left"):
        hand = prompt2sign.hand_slice(side)
        points = carried[hand]
        gaps = _gaps(points)
        share = _closeness(float(gaps.min()))
        if share == 0.0:
            continue
        nearness = np.exp((gaps.min() - gaps) / _SHARPNESS)
        touching = nearness @ points / nearness.sum()
        move = share * (head_point(touching, face) - touching)
        shoulder, elbow, wrist = (
            carried[table[side]] for table in (prompt2sign.SHOULDER, prompt2sign.ELBOW, prompt2sign.WRIST)
        )
        carried[prompt2sign.ELBOW[side]] = _elbow(shoulder, elbow, wrist, wrist + move)
        carried[prompt2sign.WRIST[side]] = wrist + move
        carried[hand] = points + move
    return carried.astype(keypoints.dtype)


def head_point(point: Array, face: FaceFrame) -> Array:
    """Where a point of the resting head, in the space of keypoints, goes with it, [..., 3]."""
    neck, _ = _shares(face)
    at = _NECK_AT + rotation.rotate(neck, _HEAD_AT - _NECK_AT)
    return np.asarray(at + rotation.rotate(face.head, point - _HEAD_AT))


def _shares(face: FaceFrame) -> tuple[Array, Array]:
    """Local rotations of neck and head: half of the turn each, and a lean that the head undoes."""
    half = rotation.slerp(rotation.IDENTITY, face.head, 0.5)
    lean = rotation.rotvec_to_quat([face.lean, 0.0, 0.0])
    return rotation.multiply(half, lean), rotation.multiply(rotation.inverse(lean), half)


def _gaps(points: Array) -> Array:
    """[N] about how far points are from the head, metres."""
    scaled = (points - _SKULL) / _SKULL_RADII
    return np.asarray((np.linalg.norm(scaled, axis=-1) - 1.0) * _SKULL_RADII.min())


def _closeness(gap: float) -> float:
    """1 for a hand that touches the head, 0 for one that is away, and a smooth way between."""
    t = min(1.0, max(0.0, (_AWAY - gap) / (_AWAY - _TOUCHING)))
    return t * t * (3.0 - 2.0 * t)


def _elbow(shoulder: Array, elbow: Array, wrist: Array, wanted: Array) -> Array:
    """The elbow once the wrist is where it is wanted: both bones as long as before, bent to the same side."""
    upper, lower = np.linalg.norm(elbow - shoulder), np.linalg.norm(wrist - elbow)
    reach = wanted - shoulder
    span = float(np.linalg.norm(reach))
    if span < 1e-6 or upper < 1e-6:
        return elbow
    axis = reach / span
    aside = (elbow - shoulder) - ((elbow - shoulder) @ axis) * axis
    along = (upper**2 - lower**2 + span**2) / (2.0 * span)
    height = np.sqrt(max(0.0, float(upper**2 - along**2)))
    return np.asarray(shoulder + along * axis + height * rotation.normalize(aside))
