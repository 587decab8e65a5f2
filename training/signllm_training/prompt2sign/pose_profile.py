"""How the 50 keypoints lie in a `.pose` file of ours, and how such a file says what its numbers mean.

Components `SIGNLLM_BODY` (8 points), `SIGNLLM_LEFT_HAND` and `SIGNLLM_RIGHT_HAND` (21 each), all `XYZC`, points named
as in `signllm.motion.skeletons.prompt2sign`. The format has no field for axes, unit, depth or an exact frame rate, so a
fourth component without points carries them in its name, which every reader of the format skips over:

    SIGNLLM_SPACE axes=+-- unit=pixel depth=measured fps=29.97 factor=1 flip=+++

What was written is `value * factor * flip`, with a factor that is a power of two, so that `value` comes back exactly.
A standard clip adds `placed=` with its origin, scale, axes and unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import Floats
from signllm_training.prompt2sign.standard import Placement

Signs: TypeAlias = tuple[int, int, int]

PARTS: Final = {
    "SIGNLLM_BODY": range(len(prompt2sign.BODY)),
    "SIGNLLM_LEFT_HAND": range(*prompt2sign.hand_slice("left").indices(prompt2sign.COUNT)),
    "SIGNLLM_RIGHT_HAND": range(*prompt2sign.hand_slice("right").indices(prompt2sign.COUNT)),
}
"""Component: the keypoints it holds."""
SPACE: Final = "SIGNLLM_SPACE"
NAMES: Final = tuple((part, prompt2sign.KEYPOINT_NAMES[k]) for part, points in PARTS.items() for k in points)
"""(component, point) of every point of such a file, in order."""
_PLUS: Final = (1, 1, 1)
_LARGEST_FACTOR: Final = 1 << 20


@dataclass(frozen=True)
class Space:
    """What the numbers of a file of ours mean."""

    axes: Signs
    unit: str
    depth: str
    fps: float
    factor: float = 1.0
    flip: Signs = _PLUS
    placement: Placement | None = None
    """Of a standard clip."""

    def to_file(self, points: Floats) -> Floats:
        """Numbers as they are written, [..., 3].

        Raises:
            DataError: One of them is too large to be written.
        """
        with np.errstate(over="ignore"):
            out = points * (np.array(self.flip, np.float32) * np.float32(self.factor))
        if not np.isfinite(out).all():
            raise DataError(f"a coordinate times {self.factor} is too large for a .pose file")
        return out

    def from_file(self, written: Floats) -> Floats:
        """The numbers that `to_file` was given."""
        with np.errstate(invalid="ignore"):  # a damaged file may hold what is no number, which the reader masks
            return written * (np.array(self.flip, np.float32) / np.float32(self.factor))


def write_space(space: Space) -> str:
    """The component's name that says it."""
    said = {
        **{"axes": _signs(space.axes), "unit": space.unit, "depth": space.depth, "fps": repr(float(space.fps))},
        **{"factor": repr(float(space.factor)), "flip": _signs(space.flip)},
    }
    if space.placement is not None:
        placed = space.placement
        numbers = (*placed.origin, placed.scale)
        said["placed"] = ",".join([*(repr(float(n)) for n in numbers), _signs(placed.axes), placed.unit])
    return " ".join([SPACE, *(f"{key}={value}" for key, value in said.items())])


def read_space(name: str) -> Space:
    """What a component's name says.

    Raises:
        DataError: Not what `write_space` writes.
    """
    word, *pairs = name.split(" ")
    said = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    try:
        if word != SPACE:
            raise KeyError(SPACE)
        fps, factor = (float(said[key]) for key in ("fps", "factor"))
        if not (1.0 <= factor <= _LARGEST_FACTOR and math.frexp(factor)[0] == 0.5):
            raise ValueError(f"factor {factor} is no power of two from 1 to {_LARGEST_FACTOR}")
        placement = _placement(said["placed"]) if "placed" in said else None
        return Space(_axes(said["axes"]), said["unit"], said["depth"], fps, factor, _axes(said["flip"]), placement)
    except (KeyError, ValueError) as error:
        raise DataError(
            f"the component {name[:80]!r} should say axes, unit, depth, fps, factor and flip as this program writes "
            f"them: {error}"
        ) from error


def _placement(text: str) -> Placement:
    x, y, z, scale, axes, unit = text.split(",")
    numbers = [float(n) for n in (x, y, z, scale)]
    if not (all(map(math.isfinite, numbers)) and numbers[3] > 0):
        raise ValueError(f"placed={text[:60]}")
    return Placement((numbers[0], numbers[1], numbers[2]), numbers[3], _axes(axes), unit)


def _signs(axes: Signs) -> str:
    return "".join("+" if sign > 0 else "-" for sign in axes)


def _axes(text: str) -> Signs:
    if len(text) != 3 or set(text) - set("+-"):
        raise ValueError(f"signs {text[:20]!r}: three of + and -")
    x, y, z = (1 if sign == "+" else -1 for sign in text)
    return x, y, z
