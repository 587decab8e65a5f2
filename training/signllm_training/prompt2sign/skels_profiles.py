"""The three profiles of `.skels`: what a line's numbers mean, and how to tell them apart by measuring.

A line is a clip: its frames follow one another, each ends with a counter, all numbers are separated by one space.

| | phoenix | signllm | dwpose |
|---|---|---|---|
| from | Progressive Transformers | Prompt2Sign's tool | Prompt2Sign's tool of 2025 |
| numbers per frame | 50 x (x, y, z) + 1 | 50 x (x, y, z) + 1 | 384 + 1, below |
| unit | shoulders 1/3 apart in every frame | the clip's standard deviation / 9 | the picture's width and height |
| origin | the neck, in every frame | mean of the clip | top left of the picture |
| counter | i / T, i = 0 .. T-1, 4 decimals | (i + 1) / T, at most 5 decimals | i / (T - 1), 8 decimals |
| decimals | 5 | 5 | 8 |
| missing | cannot be said | 0.01600 for x, y and z | score of -1 (body) or 0 (hands) |
| after the last counter | nothing | a space | nothing |

dwpose: 18 body points (x, y) in the order of COCO as OpenPose has it, 18 body scores (the point's own index, or -1),
the left hand's 21 points and the right hand's, 2 x 21 hand scores, 68 face points, 68 face scores.

Its x and y can only be compared when the picture's shape is known: dwpose alone is a square one, `dwpose:16:9` one of
that shape. The reader measures the shape on the faces, and gives both in picture widths.

Which hand is which. signllm and dwpose keep OpenPose's names, which are the signer's sides: points 2 to 4 and 29 to 49
are right. In phoenix point 2 lies at +x, the right of the picture, in every frame (measured). Either the picture is
mirrored, or the names are the picture's sides and not the signer's. The files do not say. Inference, and what is done
here: the names are swapped. Hand 8 to 28 is held higher in 9 of 10 public clips and moves more in 8 of them, so it is
the dominant hand; it hangs at -x, where a right-handed signer's right hand is in a picture that is not mirrored; and
the weather interpreters of that corpus are right-handed. So 8 to 28 is read as the signer's right hand.

Depth of phoenix and signllm was computed from the picture, always away from the head along one sign of z (fact); that
this sign points out of the picture, so that hands are before the chest, is inference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import AmbiguousDataError, DataError
from signllm_training.prompt2sign.picture import aspect_said

Doubles = npt.NDArray[np.float64]

MISSING: Final = 0.016
"""What Prompt2Sign's tool writes for a number that is missing."""
SHOULDERS: Final = 1.0 / 3.0
"""Distance of the shoulders across the picture in the phoenix profile."""
_COUNTER_TOLERANCE: Final = 6e-5
"""A counter of four decimals is off by half of the last one at most; a little more for the tool's own rounding."""
_MOST: Final = 0.75
"""Share of the frames, and of the clips, that must look like a profile: one broken clip hides nothing."""
_BODY: Final = len(prompt2sign.BODY)
_HAND: Final = len(prompt2sign.HAND)
SIDES_SWAPPED: Final = (0, 1, 5, 6, 7, 2, 3, 4, *range(_BODY + _HAND, 50), *range(_BODY, _BODY + _HAND))
"""Where each of our keypoints lies in a file whose left and right are the picture's; its own inverse."""
DWPOSE_BODY: Final = slice(0, 36)
DWPOSE_BODY_SCORES: Final = slice(36, 54)
DWPOSE_HANDS: Final = slice(54, 138)
DWPOSE_HAND_SCORES: Final = slice(138, 180)
DWPOSE_FACE: Final = slice(180, 316)


@dataclass(frozen=True)
class Profile:
    """What cannot be read off a line."""

    name: str
    values: int
    """Numbers per frame, with the counter."""
    decimals: int
    fps: float
    """Where the user does not say: 25 is Phoenix's broadcast, 24 the rate that Prompt2Sign's tools cut videos at."""
    axes: tuple[int, int, int]
    unit: str
    depth: str
    order: tuple[int, ...]
    """Where each of the 50 keypoints lies in the file."""
    counter: Callable[[int], Doubles]
    """The counters of a clip of T frames, [T]."""
    height: float = 1.0
    """Of the picture, in its widths; of dwpose alone."""

    @property
    def planar(self) -> bool:
        """Whether it is dwpose, whatever the shape of its picture."""
        return self.depth == "none"


def _from_zero(frames: int) -> Doubles:
    return np.arange(frames) / frames


def _from_one(frames: int) -> Doubles:
    return np.arange(1, frames + 1) / frames


def _to_one(frames: int) -> Doubles:
    return np.arange(frames) / max(frames - 1, 1)


_PICTURE: Final = (1, -1, 1)
_SAME: Final = tuple(range(prompt2sign.COUNT))
PROFILES: Final = {
    profile.name: profile
    for profile in (
        Profile("phoenix", 151, 5, 25.0, _PICTURE, "arbitrary", "lifted", SIDES_SWAPPED, _from_zero),
        Profile("signllm", 151, 5, 24.0, _PICTURE, "arbitrary", "lifted", _SAME, _from_one),
        Profile("dwpose", 385, 8, 24.0, _PICTURE, "image", "none", _SAME, _to_one),
    )
}


def profile_named(name: str) -> Profile:
    """The profile of this name: one of `PROFILES`, or dwpose with the picture's shape, `dwpose:16:9`.

    Raises:
        DataError: There is none.
    """
    kind, _, shape = name.partition(":")
    if kind not in PROFILES or (shape and kind != "dwpose"):
        raise DataError(f"profile {name!r} of .skels: there are {', '.join(PROFILES)} and, with a shape, dwpose:16:9")
    height = aspect_said(shape)
    return PROFILES[kind] if height is None else in_pictures(PROFILES[kind], height)


def in_pictures(profile: Profile, height: float) -> Profile:
    """A planar profile for pictures of this height in widths; its name says the shape unless it is square."""
    if height == 1.0:
        return replace(profile, name="dwpose", height=1.0)
    wide, high = Fraction(1.0 / height).limit_denominator(99_999).as_integer_ratio()
    return replace(profile, name=f"dwpose:{wide}:{high}", height=height)


def counter_fits(counter: Doubles, profile: Profile) -> bool:
    """Whether the counters of a clip [T] are this profile's; a frame that lost a number is noticed here."""
    return bool((np.abs(counter - profile.counter(len(counter))) <= _COUNTER_TOLERANCE).all())


def recognise(lines: Sequence[Doubles]) -> Profile:
    """The profile that clips are in, by measuring them.

    Args:
        lines: The numbers of some clips of one file.

    Raises:
        AmbiguousDataError: None fits, or more than one; with what was measured, and how to say which it is.
        DataError: No number of values per frame that is known divides any line.
    """
    by_values = {
        values: [line.reshape(-1, values) for line in lines if len(line) and len(line) % values == 0]
        for values in sorted({profile.values for profile in PROFILES.values()})
    }
    measured = {name: _measure(by_values[profile.values], profile) for name, profile in PROFILES.items()}
    fitting = [name for name, facts in measured.items() if facts and all(facts.values())]
    if len(fitting) == 1:
        return PROFILES[fitting[0]]
    candidates = {name: facts for name, facts in measured.items() if facts}
    if not candidates:
        lengths = sorted({len(line) for line in lines})[:5]
        raise DataError(
            f"lines of {', '.join(map(str, lengths))} numbers: a frame has {' or '.join(map(str, by_values))}, "
            "its counter among them"
        )
    found = "; ".join(
        f"{name}: " + ", ".join(f"{fact} {'yes' if true else 'no'}" for fact, true in facts.items())
        for name, facts in candidates.items()
    )
    raise AmbiguousDataError(
        f"the numbers fit {'more than one profile' if fitting else 'no profile wholly'} ({found}); "
        f"say which it is with the option profile: {' or '.join(candidates)}"
    )


def _measure(clips: Sequence[Doubles], profile: Profile) -> dict[str, bool]:
    """What speaks for a profile in clips [T, values]; nothing when there are no such clips."""
    if not clips:
        return {}
    counters = np.mean([counter_fits(clip[:, -1], profile) for clip in clips]) >= _MOST
    facts = {f"counter {_CONVENTION[profile.name]}": bool(counters)}
    if profile.planar:
        return facts
    points = np.concatenate([clip[:, :150].reshape(-1, 50, 3) for clip in clips])
    neck = np.mean(np.abs(points[:, prompt2sign.NECK]).max(axis=-1) <= 1e-5)
    apart = np.linalg.norm(points[:, 2, :2] - points[:, 5, :2], axis=-1)
    third = np.mean(np.abs(apart - SHOULDERS) < 1e-3)
    if profile.name == "phoenix":
        return facts | {"neck at 0": bool(neck >= _MOST), "shoulders 1/3 apart": bool(third >= _MOST)}
    return facts | {"neck not at 0": bool(neck <= 1 - _MOST), "shoulders not 1/3 apart": bool(third <= 1 - _MOST)}


_CONVENTION: Final = {"phoenix": "from 0 to (T-1)/T", "signllm": "from 1/T to 1", "dwpose": "from 0 to 1"}
