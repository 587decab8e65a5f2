"""Make the flesh of every handshape touch where it should and pass through itself nowhere.

Run `python -m signllm.lexicon.solve_handshapes` after editing angles in `data/handshapes.toml`: it stays as near to
them as the goals below allow and writes the file again. A handshape that already meets its goals is left alone, so
that a second run changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from signllm.lexicon import handshapes
from signllm.lexicon.hand import CLEARANCE_PAIRS, clearance, palm_keypoints
from signllm.lexicon.handshapes import LIMITS
from signllm.motion.skeletons.prompt2sign import HAND

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Touch:
    """Skin of `a` lies on skin of `b`, or `gap` metres from it; a finger's name means whichever bone is nearest."""

    a: str
    b: str
    gap: float = 0.0


@dataclass(frozen=True)
class Place:
    """Keypoint `point` lies about `offset` millimetres (palm space) from keypoint `base`."""

    point: str
    base: str
    offset: tuple[float, float, float]


Goal = Touch | Place

# The thumb's tip bone point lies this far in front of a curled finger's bone when thumb and finger just touch.
_OVER_MIDDLE: Final = (Touch("thumb3", "middle2"), Place("thumb4", "middle2", (-3, -13, 14)))
_OVER_RING: Final = (Touch("thumb3", "ring2"), Place("thumb4", "ring2", (-3, -13, 14)))
_FOLDED: Final = (Touch("thumb3", "palm"), Place("thumb4", "middle1", (-9, -14, 18)))
_PAIR: Final = (Touch("index3", "middle3"),)
_FOUR: Final = (Touch("index3", "middle3"), Touch("middle3", "ring3"), Touch("ring", "little3"))
_PARALLEL: Final = (
    Touch("thumb3", "index", gap=0.015),
    Place("thumb4", "index4", (0, -34, 2)),
    Place("thumb3", "index4", (0, -50, -22)),
)
_PINCH: Final = (Touch("thumb3", "index3"), Place("thumb4", "index4", (0, -4, -4)))

GOALS: Final[dict[str, tuple[Goal, ...]]] = {
    "A": (Touch("thumb3", "index"), Place("thumb4", "index2", (15, 4, -6))),
    "S": (*_OVER_MIDDLE, Touch("thumb", "index2")),
    "I": (*_OVER_MIDDLE, Touch("thumb", "index2")),
    "1": _OVER_MIDDLE,
    "FLAT_1": _OVER_MIDDLE,
    "X": _OVER_MIDDLE,
    "HORNS": _OVER_MIDDLE,
    "T": (
        Touch("thumb", "index"),
        Touch("thumb3", "middle"),
        Place("thumb4", "middle2", (-1, -20, 18)),
        Place("thumb3", "middle2", (20, -32, -4)),
        Place("index4", "thumb3", (-3, -14, 26)),
    ),
    "N": (
        Touch("thumb", "middle"),
        Touch("thumb3", "ring"),
        Place("thumb4", "ring2", (0, -6, 16)),
        Place("thumb4", "middle4", (-18, 6, -14)),
        Place("thumb3", "index4", (0, 6, -22)),
    ),
    "M": (
        Touch("thumb", "ring"),
        Touch("thumb3", "little"),
        Place("thumb4", "little2", (2, -4, 14)),
        Place("thumb4", "ring4", (-14, 6, -14)),
        Place("thumb3", "middle4", (4, 6, -20)),
    ),
    "E": (
        Touch("thumb", "index3"),
        Touch("thumb", "middle3"),
        Touch("thumb", "ring3"),
        Place("thumb4", "ring4", (-3, -8, 0)),
    ),
    "B": (*_FOLDED, *_FOUR),
    "4": _FOLDED,
    "OPEN_B": _FOUR,
    "THUMB_B": _FOUR,
    "BENT_THUMB_B": _FOUR,
    "BENT_4": (Touch("thumb3", "palm"), *_FOUR),
    "BENT_OPEN_U": _PAIR,
    "U": (*_OVER_RING, *_PAIR),
    "BENT_U": (*_OVER_RING, *_PAIR),
    "CURVED_U": (*_OVER_RING, *_PAIR),
    "OPEN_U": _PAIR,
    "V": _OVER_RING,
    "BENT_V": _OVER_RING,
    "R": (*_OVER_RING, Touch("index", "middle"), Place("middle4", "index4", (18, 8, -13))),
    "O": (*_PINCH, Touch("thumb3", "middle3")),
    "FLAT_O": (*_PINCH, Touch("thumb3", "middle3")),
    "F": _PINCH,
    "BABY_O": _PINCH,
    "G": _PARALLEL,
    "Q": _PARALLEL,
    "T_DGS": (Touch("thumb3", "index"), Place("thumb4", "index2", (0, -12, 6))),
    "D": (Touch("thumb3", "middle3"), Place("thumb4", "middle4", (2, -4, -4))),
    "K": (Touch("thumb3", "middle1"), Place("thumb4", "middle2", (9, -14, 4))),
    "W": (Touch("thumb3", "little"), Place("thumb4", "little3", (0, 0, 12))),
    "7": (Touch("thumb3", "ring3"), Place("thumb4", "ring4", (0, -4, -4))),
    "8": (Touch("thumb3", "middle3"), Place("thumb4", "middle4", (0, -4, -4))),
    "L_CLOSED_8": (Touch("thumb3", "middle3"), Place("thumb4", "middle4", (0, -4, -4))),
}
"""What touches in each handshape; those not named only keep their fingers out of one another."""

TOUCH_SLACK: Final = 0.0015
"""Metres by which a touch may miss."""
OVERLAP: Final = 0.0010
"""Metres of flesh that may give way."""

_STARTS: Final = 8
_PLACE_SIGMA: Final = 0.006
_TOUCH_SIGMA: Final = 0.0003
_FINGER_SIGMA: Final = np.radians(7.0)
_THUMB_SIGMA: Final = np.radians(16.0)
_SIGMA: Final = np.where([n.startswith("thumb") for n in handshapes.ANGLE_NAMES], _THUMB_SIGMA, _FINGER_SIGMA)


def pairs_between(a: str, b: str) -> npt.NDArray[np.intp]:
    """Columns of `clearance` between two segments, or whole fingers, or `palm`.

    Raises:
        ValueError: There is no such pair.
    """
    found = [
        k
        for k, (first, second) in enumerate(CLEARANCE_PAIRS)
        if (first.startswith(a) and second.startswith(b)) or (first.startswith(b) and second.startswith(a))
    ]
    if not found:
        raise ValueError(f"no clearance between {a!r} and {b!r}; see CLEARANCE_PAIRS for the names")
    return np.array(found)


def meets_goals(angles: Array, goals: tuple[Goal, ...]) -> bool:
    """Whether a hand [21] touches within `TOUCH_SLACK` and overlaps by `OVERLAP` at most."""
    gaps = clearance(angles)
    touches = [gaps[pairs_between(g.a, g.b)].min() - g.gap for g in goals if isinstance(g, Touch)]
    return bool(gaps.min() >= -OVERLAP and np.all(np.abs(touches) <= TOUCH_SLACK))


def solve(wanted: Array, goals: tuple[Goal, ...], rng: np.random.Generator) -> Array:
    """Angles [21] nearest to `wanted` that meet the goals, the best of a few starts around it."""
    wanted = np.clip(wanted, *LIMITS)

    def residuals(x: Array) -> Array:
        return _residuals(x, wanted, goals)

    def jacobian(x: Array) -> Array:
        step = 1e-6
        moved = residuals(x + step * np.eye(x.size)) - residuals(x - step * np.eye(x.size))
        return np.asarray(moved.T / (2 * step))

    best, least = wanted, np.inf
    for k in range(_STARTS):
        start = np.clip(wanted + (k > 0) * rng.normal(size=wanted.size) * _SIGMA, LIMITS[0] + 1e-6, LIMITS[1] - 1e-6)
        found = least_squares(residuals, start, jac=jacobian, bounds=tuple(LIMITS), max_nfev=150)
        if found.cost < least:
            best, least = found.x, found.cost
    return np.asarray(best)


def _residuals(x: Array, wanted: Array, goals: tuple[Goal, ...]) -> Array:
    """[..., R] departures in units of what is tolerable."""
    gaps, points = clearance(x), palm_keypoints(x)
    parts = [(x - wanted) / _SIGMA, np.minimum(0.0, gaps) / _TOUCH_SIGMA]
    for goal in goals:
        if isinstance(goal, Touch):
            gap = gaps[..., pairs_between(goal.a, goal.b)].min(axis=-1, keepdims=True)
            parts.append((gap - goal.gap - 0.0004) / _TOUCH_SIGMA)
        else:
            apart = points[..., HAND.index(goal.point), :] - points[..., HAND.index(goal.base), :]
            parts.append((apart - np.array(goal.offset) * 1e-3) / _PLACE_SIGMA)
    return np.concatenate(parts, axis=-1)


def write_angles(text: str, shape: str, angles: Array) -> str:
    """The TOML document with the five rows of one handshape replaced, to a tenth of a degree."""
    degrees = [round(float(x), 1) + 0.0 for x in np.degrees(angles)]
    header, start = f"[{shape}]\n", text.index(f"[{shape}]\n")
    end = text.find("\n[", start + len(header))
    section = text[start:] if end < 0 else text[start:end]
    rest = "" if end < 0 else text[end:]
    for digit, names in handshapes.DIGIT_ANGLES.items():
        row = ", ".join(f"{x:g}" for x in degrees[: len(names)])
        degrees = degrees[len(names) :]
        section = re.sub(rf"(?m)^{digit} = .*$", f"{digit} = [{row}]", section)
    return text[:start] + section + rest


def main() -> None:
    """Solve every handshape that needs it and rewrite the file."""
    path = Path(__file__).with_name("data") / "handshapes.toml"
    text = path.read_text(encoding="utf-8")
    for shape, wanted in handshapes.parse_handshapes(text, path.name).items():
        goals = GOALS.get(shape, ())
        if meets_goals(wanted, goals):
            continue
        angles = solve(wanted, goals, np.random.default_rng(7))
        text = write_angles(text, shape, angles)
        print(f"{shape}: moved by up to {np.degrees(np.abs(angles - wanted).max()):.0f} degrees,", end=" ")
        print("meets its goals" if meets_goals(angles, goals) else "does NOT meet its goals")
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
