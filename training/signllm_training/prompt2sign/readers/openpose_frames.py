"""One picture of OpenPose: the people in a JSON file, and which of them a clip is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.sample import Floats

NUMBERS: Final = 3 * prompt2sign.COUNT
"""Of a person: x, y and confidence of each of the 50 keypoints."""
MAX_PEOPLE: Final = 200
_LARGEST: Final = 1e6
"""No picture has a pixel further out."""
_BODY: Final = 3 * len(prompt2sign.BODY)
_HAND: Final = 3 * len(prompt2sign.HAND)
_NUMERIC: Final = frozenset({int, float})
_PARTS: Final = (
    ("pose_keypoints_2d", (75, 54), _BODY),
    ("hand_left_keypoints_2d", (63, 0), _HAND),
    ("hand_right_keypoints_2d", (63, 0), _HAND),
)
"""Key, possible counts, and how many of them are used: BODY_25 and COCO begin alike, and hands may be switched off."""

Loads = Callable[[bytes], Any]


class FrameError(ValueError):
    """A file that is no picture of OpenPose; the message says why."""


def json_loads() -> Loads:
    """The quickest parser that is installed: `orjson`, about 5 times as fast, else the standard library's."""
    try:
        import orjson
    except ImportError:
        return standard_loads
    return orjson.loads


def standard_loads(data: bytes) -> Any:
    """As `orjson.loads`: UTF-8 only, and `NaN` is no JSON."""
    return json.loads(data.decode(), parse_constant=_no_constant)


def people_in(data: bytes, loads: Loads) -> Floats:
    """Everybody in a picture, [P, 150]: x, y and confidence of the 50 keypoints.

    Raises:
        FrameError: It is not JSON, or not as OpenPose writes it.
    """
    try:
        found = loads(data)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"is not JSON: {error}") from error
    people = found.get("people") if isinstance(found, dict) else None
    if not isinstance(people, list):
        raise FrameError("has no list of people")
    if len(people) > MAX_PEOPLE:
        raise FrameError(f"shows {len(people)} people, more than {MAX_PEOPLE}")
    rows = [_row(person) for person in people]
    seen = np.array(rows, dtype=np.float32).reshape(-1, NUMBERS)
    np.clip(seen[:, 2::3], 0.0, 1.0, out=seen[:, 2::3])  # OpenPose's go a little above 1
    return seen


def follow(seen: Floats, crowds: Mapping[int, Floats]) -> Floats:
    """The person that a clip is about, frame by frame.

    That is whoever is largest anywhere in the clip, followed to both ends: in the next frame the nearest one, if he or
    she is no further away than the body is large. Taking the largest of each frame would jump from one to the other.

    Args:
        seen: The only person of each frame, zeros where there is nobody, [T, 150].
        crowds: Everybody in the frames that show more than one, [P, 150] each.

    Returns:
        The person that was followed, [T, 150]; zeros in frames without.
    """
    if not crowds:
        return seen
    frames = {t: crowds[t] if t in crowds else seen[t][None] for t in range(len(seen))}
    sizes = {t: [_extent(person) for person in crowd] for t, crowd in frames.items()}
    start = max(sizes, key=lambda t: max(size for size, _ in sizes[t]))
    chosen = np.zeros_like(seen)
    largest = int(np.argmax([size for size, _ in sizes[start]]))
    chosen[start] = frames[start][largest]
    for way in (range(start + 1, len(seen)), range(start - 1, -1, -1)):
        size, centre = sizes[start][largest]
        for t in way:
            away = [np.hypot(*(c - centre)) if s > 0.0 else np.inf for s, c in sizes[t]]
            nearest = int(np.argmin(away))
            if away[nearest] <= size:
                chosen[t] = frames[t][nearest]
                size, centre = sizes[t][nearest]
    return chosen


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _row(person: object) -> list[float]:
    """150 numbers of one person."""
    if not isinstance(person, dict):
        raise FrameError("has a person that is no object")
    row: list[float] = []
    for key, counts, used in _PARTS:
        numbers = person.get(key)
        if not isinstance(numbers, list) or len(numbers) not in counts:
            count = f"{len(numbers)} numbers" if isinstance(numbers, list) else "no list"
            raise FrameError(f"has {count} for {key}, not {' or '.join(map(str, counts))}")
        row += numbers[:used] or [0.0] * used
    if not _NUMERIC.issuperset(map(type, row)):
        raise FrameError("has a keypoint that is no number")
    if not (max(row) <= _LARGEST and min(row) >= -_LARGEST):
        raise FrameError(f"has a keypoint further out than {_LARGEST:g}")
    return row


def _extent(person: Floats) -> tuple[float, npt.NDArray[np.float64]]:
    """Diagonal of the box around a body, and its middle."""
    body = person[:_BODY].reshape(-1, 3).astype(np.float64)
    known = body[body[:, 2] > 0.0, :2]
    if not len(known):
        return 0.0, np.zeros(2)
    low, high = known.min(axis=0), known.max(axis=0)
    return float(np.hypot(*(high - low))), 0.5 * (low + high)
