"""Standard clips changed as signing itself varies: the other hand leads, faster, turned a little, seen less surely.

Every function is pure: a clip goes in, another comes out, and chance is an argument. What comes out keeps the
`placement` of what went in, which after a change no longer leads back to the source's numbers.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign as layout
from signllm_training.prompt2sign.standard import StandardClip

_LEAST_NOISE: Final = 0.25
"""Share of the noise that a keypoint gets whose source was sure of it."""
_WHOLE: Final = 1e-4
"""Part of a frame that is rounding, not a way between two frames: single precision over 1,000 frames."""


@dataclass(frozen=True)
class AugmentOptions:
    """How much a clip is changed; the zeros of `NO_CHANGE` leave it as it is."""

    mirror: float = 0.5
    """Share of the clips whose hands change sides. Signs of one hand mean the same with the other."""
    speed: float = 0.15
    """A clip takes between 1 / (1 + speed) and 1 + speed of its time, on a logarithmic scale."""
    turn_deg: float = 10.0
    """Most degrees that a signer is turned about the vertical, either way. Clips without depth are not turned."""
    noise_m: float = 0.004
    """Metres, standard deviation of the noise on a keypoint that its source was not sure of at all; a quarter of it
    on one of confidence 1."""

    def __post_init__(self) -> None:
        """Reject what cannot be done."""
        if not 0.0 <= self.mirror <= 1.0:
            raise ValueError(f"mirror is a share of the clips, 0 to 1, not {self.mirror}")
        if not (0.0 <= self.speed < 4.0 and 0.0 <= self.turn_deg <= 90.0 and 0.0 <= self.noise_m < 1.0):
            raise ValueError(
                f"speed {self.speed} must be 0 to 4, turn_deg {self.turn_deg} 0 to 90, noise_m {self.noise_m} 0 to 1"
            )


NO_CHANGE: Final = AugmentOptions(mirror=0.0, speed=0.0, turn_deg=0.0, noise_m=0.0)


def augment(clip: StandardClip, options: AugmentOptions, rng: np.random.Generator) -> StandardClip:
    """The clip, changed by chance; what one option draws does not depend on the others."""
    flipped, stretch, turn = rng.random(), rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)
    if flipped < options.mirror:
        clip = mirror(clip)
    if options.speed:
        clip = resample(clip, (1.0 + options.speed) ** stretch)
    if options.turn_deg and clip.depth != "none":
        clip = turn_about_vertical(clip, math.radians(options.turn_deg * turn))
    return add_noise(clip, options.noise_m, rng) if options.noise_m else clip


def mirror(clip: StandardClip) -> StandardClip:
    """The same signing by a signer whose other hand leads: x is turned round, and left and right change names.

    Turning x round alone would leave a left hand on the right: the hands' keypoints change places as well.
    """
    points = clip.points[:, _MIRRORED] * np.array([-1.0, 1.0, 1.0], np.float32)
    points = np.where(clip.mask[:, _MIRRORED, None], points, np.float32(0.0))  # no negative zeros
    return dataclasses.replace(
        clip, points=points, mask=clip.mask[:, _MIRRORED], confidence=clip.confidence[:, _MIRRORED]
    )


def resample(clip: StandardClip, stretch: float) -> StandardClip:
    """The clip in `stretch` times its time, at the same frames per second: 2 is half as fast.

    A keypoint between two frames is known when it is known in both, and as sure as the less sure one.

    Raises:
        ValueError: `stretch` is not above 0.
    """
    if not stretch > 0.0:
        raise ValueError(f"a clip takes {stretch} of its time: only more than 0 is possible")
    frames = len(clip)
    at = np.linspace(0.0, frames - 1, max(1, round((frames - 1) * stretch) + 1))
    before = np.floor(at + _WHOLE).astype(np.intp)
    share = np.clip(at - before, 0.0, 1.0)
    share[share < _WHOLE] = 0.0
    after = np.minimum(before + (share > 0.0), frames - 1)
    part = share.astype(np.float32)[:, None, None]
    mask = clip.mask[before] & clip.mask[after]
    points = clip.points[before] * (1.0 - part) + clip.points[after] * part
    confidence = np.minimum(clip.confidence[before], clip.confidence[after])
    return dataclasses.replace(
        clip, points=np.where(mask[..., None], points, np.float32(0.0)), mask=mask, confidence=confidence
    )


def turn_about_vertical(clip: StandardClip, angle: float) -> StandardClip:
    """The signer turned by `angle` radians about the vertical through the middle of the shoulders, towards the left."""
    cos, sin = math.cos(angle), math.sin(angle)
    turn = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]], np.float32)
    return dataclasses.replace(clip, points=clip.points @ turn.T)


def add_noise(clip: StandardClip, noise_m: float, rng: np.random.Generator) -> StandardClip:
    """Gaussian noise of up to `noise_m` metres, the more the less sure the source was; unknown keypoints stay zero.

    Clips without depth get none of it in depth.
    """
    spread = noise_m * (_LEAST_NOISE + (1.0 - _LEAST_NOISE) * (1.0 - clip.confidence)) * clip.mask  # [T, 50]
    noise = rng.standard_normal(clip.points.shape, np.float32) * spread[..., None].astype(np.float32)
    if clip.depth == "none":
        noise[..., 2] = 0.0
    return dataclasses.replace(clip, points=clip.points + noise)


def _mirrored() -> npt.NDArray[np.intp]:
    """For every keypoint the one on the other side of the body."""
    order = np.arange(layout.COUNT)
    for pair in (layout.SHOULDER, layout.ELBOW, layout.WRIST):
        order[[pair["left"], pair["right"]]] = pair["right"], pair["left"]
    left, right = layout.hand_slice("left"), layout.hand_slice("right")
    order[left], order[right] = order[right].copy(), order[left].copy()
    return order


_MIRRORED: Final = _mirrored()
