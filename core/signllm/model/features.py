"""Keypoints in metres to and from the 150 normalised values that the model reads and writes.

The 8 body joints are relative to the midpoint of the shoulders and the 21 joints of each hand to its own wrist:
in absolute coordinates the arms would be nearly all of the loss. Every value is divided by a scale, of its own
for the body, common to all values of a hand, so that one unit is the same distance at every finger joint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign as layout

Floats = npt.NDArray[np.float32]

POSE_VALUES: Final = 3 * layout.COUNT
"""150 values of one pose: 8 body joints, left hand, right hand."""
FRAME_VALUES: Final = POSE_VALUES + 1
"""A frame is a pose and its progress, the share of its gloss that is done: the t-th of n frames has (t + 1) / n.

The counter of the whole clip in Progressive Transformers is (gloss index + progress) / S. A counter per gloss
has the same resolution however long the utterance is, and starts again from 0 after every error.
"""
SCALE_FLOOR: Final = 0.01
"""Least scale, in shoulder widths (about 3.5 mm): a joint that never moves must not turn noise into signal."""

_HANDS: Final = tuple((layout.WRIST[side], layout.hand_slice(side)) for side in ("left", "right"))


@dataclass(frozen=True, eq=False)
class FeatureSpace:
    """The affine map between keypoints and features, measured on a corpus."""

    mean: Floats
    """[150], shoulder widths."""
    scale: Floats
    """[150], shoulder widths per unit."""
    shoulder_width: float
    """Metres between the shoulder joints of the corpus' signer."""
    rest: Floats
    """[50, 3], metres: the keypoints of the rest pose, in which every utterance starts."""

    def encode(self, keypoints: npt.NDArray[np.floating[Any]]) -> Floats:
        """Features [..., 150] of keypoints [..., 50, 3] in metres."""
        if keypoints.shape[-2:] != (layout.COUNT, 3):
            raise ValueError(f"expected keypoints [..., {layout.COUNT}, 3], got {keypoints.shape}")
        values = _to_parts(keypoints) / self.shoulder_width  # [..., 50, 3]
        flat = values.reshape(*keypoints.shape[:-2], POSE_VALUES)
        return ((flat - self.mean) / self.scale).astype(np.float32)

    def decode(self, features: npt.NDArray[np.floating[Any]]) -> Floats:
        """Keypoints [..., 50, 3] in metres from features [..., 150 or 151]; the progress is ignored."""
        if features.shape[-1] not in (POSE_VALUES, FRAME_VALUES):
            raise ValueError(f"expected features [..., {POSE_VALUES} or {FRAME_VALUES}], got {features.shape}")
        flat = features[..., :POSE_VALUES] * self.scale + self.mean
        parts = flat.reshape(*features.shape[:-1], layout.COUNT, 3) * self.shoulder_width
        for wrist, hand in _HANDS:
            parts[..., hand, :] += parts[..., wrist : wrist + 1, :]
        return parts.astype(np.float32)

    @property
    def rest_frame(self) -> Floats:
        """[151], the frame before the first: the rest pose at progress 0."""
        return np.append(self.encode(self.rest), np.float32(0))

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back; 6 decimals of a shoulder width are less than a micrometre."""
        return {
            "mean": np.round(self.mean.astype(float), 6).tolist(),
            "scale": np.round(self.scale.astype(float), 6).tolist(),
            "shoulder_width_m": self.shoulder_width,
            "rest_m": np.round(self.rest.astype(float), 6).tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FeatureSpace:
        """The space that `to_json` wrote.

        Raises:
            ValueError: An array has another shape than 150, 150 and [50, 3].
        """
        mean, scale, rest = (np.asarray(data[key], np.float32) for key in ("mean", "scale", "rest_m"))
        if mean.shape != (POSE_VALUES,) or scale.shape != (POSE_VALUES,) or rest.shape != (layout.COUNT, 3):
            raise ValueError(
                f"expected mean and scale [{POSE_VALUES}] and rest [{layout.COUNT}, 3], "
                f"got {mean.shape}, {scale.shape}, {rest.shape}"
            )
        return cls(mean, scale, float(data["shoulder_width_m"]), rest)


def measure_feature_space(
    keypoints: npt.NDArray[np.floating[Any]], rest: npt.NDArray[np.floating[Any]]
) -> FeatureSpace:
    """The space in which the frames of a corpus, [T, 50, 3] metres, have mean 0 and about unit variance.

    Args:
        keypoints: Frames of many clips of one signer.
        rest: [50, 3], metres, the pose before the first frame; it also gives the shoulder width.
    """
    width = float(np.linalg.norm(rest[layout.SHOULDER["left"]] - rest[layout.SHOULDER["right"]]))
    parts = _to_parts(keypoints) / width
    std = parts.std(axis=0)  # [50, 3]
    for _, hand in _HANDS:
        std[hand] = np.sqrt(np.mean(np.square(std[hand])))
    mean = parts.mean(axis=0).reshape(-1).astype(np.float32)
    scale = np.maximum(std, SCALE_FLOOR).reshape(-1).astype(np.float32)
    space = FeatureSpace(mean, scale, width, rest.astype(np.float32))
    return FeatureSpace.from_json(space.to_json())  # rounded as on disk: a resumed run is exact


def gloss_progress(index: npt.NDArray[np.integer[Any]]) -> Floats:
    """Progress [T] within each gloss from the gloss index [T] of every frame: (t + 1) / n."""
    starts = np.flatnonzero(np.diff(index, prepend=-1))
    counts = np.diff(np.append(starts, len(index)))
    since = np.arange(len(index)) - np.repeat(starts, counts)
    progress: Floats = ((since + 1) / np.repeat(counts, counts)).astype(np.float32)
    return progress


def _to_parts(keypoints: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Body relative to mid-shoulder, hands relative to their wrists, [..., 50, 3] metres."""
    shoulders = keypoints[..., [layout.SHOULDER["right"], layout.SHOULDER["left"]], :]
    parts = np.asarray(keypoints - shoulders.mean(axis=-2, keepdims=True), np.float64)
    for wrist, hand in _HANDS:
        parts[..., hand, :] -= parts[..., wrist : wrist + 1, :].copy()
    return parts
