"""The 385 numbers of a frame in the profile dwpose: keypoints, scores, and the shape of the picture behind them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.picture import aspect_measured
from signllm_training.prompt2sign.readers.dwpose import FACE_HEIGHT
from signllm_training.prompt2sign.skels_profiles import (
    DWPOSE_BODY,
    DWPOSE_BODY_SCORES,
    DWPOSE_FACE,
    DWPOSE_HAND_SCORES,
    DWPOSE_HANDS,
    Doubles,
    Profile,
    in_pictures,
)

_JAW, _CHIN, _BRIDGE = (0, 16), 8, 27
"""Of the 68 points of a face: the ends of the jaw, the chin, and the bridge of the nose."""


def with_measured_shape(profile: Profile, lines: Iterable[Doubles]) -> Profile:
    """The profile with the shape of the pictures, measured on the faces in some clips; square where there are none.

    This project's own files have no faces, and are of square pictures unless they were asked to be otherwise.
    """
    heights = [_heights(line.reshape(-1, profile.values)) for line in lines if len(line) % profile.values == 0]
    found = np.concatenate([np.empty(0), *heights])
    return in_pictures(profile, aspect_measured(float(np.median(found)))) if len(found) else profile


def keypoints(frames: Doubles, profile: Profile) -> tuple[Doubles, Doubles]:
    """Points [T, 50, 3] in picture widths, depth zero, and confidence [T, 50]; legs, hips and face are left out."""
    count, body = len(frames), len(prompt2sign.BODY)
    planar = np.concatenate(
        [frames[:, DWPOSE_BODY].reshape(count, -1, 2)[:, :body], frames[:, DWPOSE_HANDS].reshape(count, -1, 2)], axis=1
    )
    points = np.concatenate([planar * [1.0, profile.height], np.zeros((*planar.shape[:2], 1))], axis=-1)
    scores = frames[:, DWPOSE_BODY_SCORES]
    if (scores == np.round(scores)).all():  # indices of the points, -1 for one that is missing: index 0 is a nose
        scores = (scores >= 0.0).astype(np.float64)
    confidence = np.concatenate([scores[:, :body], frames[:, DWPOSE_HAND_SCORES]], axis=1)
    confidence[(planar < 0.0).all(axis=-1)] = 0.0  # DWPose puts -1 where it sees nothing
    return points, np.clip(np.nan_to_num(confidence, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)


def _heights(frames: Doubles) -> Doubles:
    """Height of the picture in widths, as the face of each frame that has one shows it."""
    face = frames[:, DWPOSE_FACE].reshape(len(frames), -1, 2)
    wide = np.abs(face[:, _JAW[1], 0] - face[:, _JAW[0], 0])
    high = np.abs(face[:, _CHIN, 1] - face[:, _BRIDGE, 1])
    possible = (wide > 1e-3) & (wide < 10.0) & (high > 1e-3) & (high < 10.0)  # and no NaN
    return FACE_HEIGHT * wide[possible] / high[possible]
