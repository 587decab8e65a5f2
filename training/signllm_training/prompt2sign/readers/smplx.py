"""Parameter files of SMPL-X: SignAvatars .pkl, Motion-X .npy, AMASS .npz; rotations only, no licensed model needed.

Body shape is left out: every signer gets this project's own bone lengths, so keypoints are metres of that skeleton.

Hands are stored in two ways (`flat_hand_mean` of the smplx package): AMASS holds absolute rotations; SignAvatars and
Motion-X hold rotations relative to the model's mean hand, to be added to it as axis-angle vectors. That mean is part of
the licensed model. Where `SMPLX_NEUTRAL.npz` lies beside the data or in a folder `smplx` there, its `hands_meanl` and
`hands_meanr` are used, and fingers are exact. Where it does not, a relaxed hand of this project's own stands in: its
fingers are wrong by the difference, up to some tenths of a radian per joint. The provenance of each sample says which
was used. The profiles `smplx-flat` and `smplx-mean` overrule the choice for data made with the other option.

Source: layouts, READMEs of SignAvatars, Motion-X and AMASS; which of them uses the mean hand, their viewers' settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign, smplx
from signllm_training.prompt2sign.array_files import load_npy, load_npz
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.readers.recordings import read_recordings
from signllm_training.prompt2sign.restricted_pickle import load_pickle
from signllm_training.prompt2sign.rotations_to_keypoints import rotations_to_keypoints
from signllm_training.prompt2sign.sample import Observation, Read

Array = npt.NDArray[np.float64]

SUFFIXES: Final = (".pkl", ".npy", ".npz")
PROFILES: Final = ("smplx-flat", "smplx-mean")
MODEL: Final = "SMPLX_NEUTRAL.npz"
"""The user's own copy of the licensed model, of which the mean hands are read and nothing else."""
MAX_FRAMES: Final = 100_000
"""More than an hour of SignAvatars, a quarter of one of AMASS at its fastest."""


@dataclass(frozen=True)
class Layout:
    """Where a row of numbers keeps its rotations."""

    name: str
    parts: Mapping[str, int]
    """First column of `root`, `body`, `left`, `right`, `jaw`, those that it has."""
    relative_hands: bool
    fps: float | None
    """What the corpus is known to have, where its files do not say."""


_ROOT_BODY_HANDS: Final = {"root": 0, "body": 3, "left": 66, "right": 111}
LAYOUTS: Final[Mapping[int, Layout]] = {
    182: Layout("signavatars182", {**_ROOT_BODY_HANDS, "jaw": 156}, True, 24.0),
    169: Layout("signavatars169", _ROOT_BODY_HANDS, True, 24.0),
    322: Layout("motionx322", {**_ROOT_BODY_HANDS, "jaw": 156}, True, 30.0),
    156: Layout("amass156", _ROOT_BODY_HANDS, False, None),
    165: Layout("amass165", {"root": 0, "body": 3, "jaw": 66, "left": 75, "right": 120}, False, None),
    72: Layout("amass72", {"root": 0, "body": 3}, False, None),
}
"""By the number of values in a frame."""
_OF_KIND: Final = {".pkl": (182, 169), ".npy": (322, 182, 169), ".npz": (156, 165, 72)}

_JOINTS: Final = {
    "root": slice(0, 1),
    "body": slice(1, 22),
    "jaw": slice(22, 23),
    "left": slice(25, 40),
    "right": slice(40, 55),
}
assert smplx.JOINT_NAMES[25] == "left_index1" and smplx.JOINT_NAMES[40] == "right_index1"


def read(path: Path, options: ReadOptions) -> Read:
    """Samples of a parameter file, or of all below a folder.

    Frames per second: AMASS files say them; SignAvatars has 24 and Motion-X 30 unless `options.fps` says otherwise.
    Frames that a SignAvatars file leaves out, and hands that it calls not valid, have confidence 0.

    Raises:
        DataError: As in `read_recordings`, or the profile is not one of `PROFILES`.
    """
    if options.profile not in ("", *PROFILES):
        raise DataError(f"profile {options.profile!r}: SMPL-X files have {' and '.join(PROFILES)}")
    return read_recordings(path, SUFFIXES, options, lambda file: load(file, options), but=(MODEL,))


def load(path: Path, options: ReadOptions) -> tuple[Observation, str]:
    """Keypoints of one parameter file, and its reader and profile.

    Raises:
        DataError: It is damaged, has another layout, or does not say its frame rate.
    """
    raw = _open(path)
    rows = _rows(raw, path)
    layout = LAYOUTS[rows.shape[1]]
    relative = layout.relative_hands if not options.profile else options.profile == "smplx-mean"
    rotvec, mean = np.zeros((len(rows), 55, 3)), ""
    for part, first in layout.parts.items():
        joints = rotvec[:, _JOINTS[part]]
        joints[:] = rows[:, first : first + 3 * joints.shape[1]].reshape(joints.shape)
    if relative and "left" in layout.parts:
        hands, mean = _mean_hands(path.parent)
        rotvec[:, _JOINTS["left"]] += hands[0]
        rotvec[:, _JOINTS["right"]] += hands[1]
    # NaN compares as false; nothing that turns by more than a thousand radians was meant as a rotation.
    known = np.asarray((np.abs(rotvec) < 1000.0).all(axis=(1, 2)))
    if not known.any():
        raise DataError("no frame holds rotations that are finite and below 1000 radians", path)
    points = np.zeros((len(rows), prompt2sign.COUNT, 3), np.float32)
    points[known] = rotations_to_keypoints(rotvec[known])
    confidence = _confidence(raw, layout, known, path)
    points, confidence = _at_their_times(points, confidence, raw, path)
    seen = Observation(points, confidence, _fps(raw, layout, options, path), (1, 1, 1), "metre", "measured")
    return seen, f"smplx:{layout.name}{mean}"


def _open(path: Path) -> dict[str, Any]:
    if path.suffix.lower() == ".npy":
        return {"smplx": load_npy(path)}
    if path.suffix.lower() == ".npz":
        return load_npz(path)
    raw = load_pickle(path)
    if not isinstance(raw, dict):
        raise DataError(f"holds a {type(raw).__name__}; SignAvatars files hold a dictionary with 'smplx'", path)
    return {str(name): value for name, value in raw.items()}


def _rows(raw: dict[str, Any], path: Path) -> Array:
    allowed = _OF_KIND[path.suffix.lower()]
    name = next((name for name in ("smplx", "unsmooth_smplx", "poses") if name in raw), None)
    if name is None:
        held = ", ".join(sorted(raw)[:12]) or "nothing"
        raise DataError(f"holds {held}; 'smplx' (SignAvatars) or 'poses' (AMASS) is needed", path)
    rows = _numbers(raw[name], name, path)
    if rows.ndim != 2 or rows.shape[1] not in allowed or not 0 < len(rows) <= MAX_FRAMES:
        raise DataError(
            f"{name!r} has shape {rows.shape}; 1 to {MAX_FRAMES:,} frames of {' or '.join(map(str, allowed))} values "
            f"are known in {path.suffix.lower()} files",
            path,
        )
    return rows


def _numbers(value: Any, name: str, path: Path) -> Array:
    try:
        array = np.asarray(value)
    except ValueError as error:  # lists of unequal lengths
        raise DataError(f"{name!r} is no array: {error}", path) from error
    if array.dtype.kind not in "biuf":
        raise DataError(f"{name!r} holds {array.dtype}, not numbers", path)
    return array.astype(np.float64)


def _confidence(
    raw: dict[str, Any], layout: Layout, known: npt.NDArray[np.bool_], path: Path
) -> npt.NDArray[np.float32]:
    confidence = np.repeat(known[:, None], prompt2sign.COUNT, axis=1).astype(np.float32)
    for side in ("left", "right"):
        fingers = prompt2sign.hand_slice(side)
        fingers = slice(fingers.start + 1, fingers.stop)  # the first is the wrist, which the arm carries
        if side not in layout.parts:
            confidence[:, fingers] = 0.0
        elif f"{side}_valid" in raw:
            valid = _numbers(raw[f"{side}_valid"], f"{side}_valid", path).reshape(-1)
            if len(valid) != len(known):
                raise DataError(f"'{side}_valid' has {len(valid)} values for {len(known)} frames", path)
            confidence[valid <= 0.0, fingers] = 0.0
    return confidence


def _at_their_times(
    points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32], raw: dict[str, Any], path: Path
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Put frames where SignAvatars' list of frame numbers has them, so that what was left out stays a gap in time."""
    if "total_valid_index" not in raw:
        return points, confidence
    numbers = _numbers(raw["total_valid_index"], "total_valid_index", path).reshape(-1)
    whole = bool((np.abs(numbers) < 2**53).all()) and bool((np.floor(numbers) == numbers).all())
    if len(numbers) != len(points) or not whole or (np.diff(numbers) < 1).any():
        raise DataError(
            f"'total_valid_index' has {len(numbers)} frame numbers for {len(points)} frames, or they do not rise", path
        )
    span = numbers[-1] - numbers[0] + 1
    if span > MAX_FRAMES:
        raise DataError(f"'total_valid_index' reaches over {span:.0f} frames; {MAX_FRAMES:,} are allowed", path)
    at = (numbers - numbers[0]).astype(np.intp)
    spread = np.zeros((int(span), *points.shape[1:]), np.float32)
    certain = np.zeros((int(span), confidence.shape[1]), np.float32)
    spread[at], certain[at] = points, confidence
    return spread, certain


def _fps(raw: dict[str, Any], layout: Layout, options: ReadOptions, path: Path) -> float:
    for name in ("mocap_framerate", "mocap_frame_rate"):
        if name in raw:
            return float(_one(_numbers(raw[name], name, path), name, path))
    fps = options.fps or layout.fps
    if fps is None:
        raise DataError("does not say its frame rate ('mocap_framerate'): give --fps", path)
    return fps


def _one(value: Array, name: str, path: Path) -> float:
    if value.size != 1:
        raise DataError(f"{name!r} has {value.size} values; one is needed", path)
    return float(value.reshape(-1)[0])


def _mean_hands(folder: Path) -> tuple[Array, str]:
    """Mean hands as axis-angle, [2, 15, 3], left first, and where they come from."""
    for model in (folder / MODEL, folder / "smplx" / MODEL):
        if model.is_file():
            return _model_hands(model), "+model-hand"
    return _relaxed_hands(), "+relaxed-hand"


@cache
def _model_hands(path: Path) -> Array:
    held = load_npz(path, only=("hands_meanl", "hands_meanr"))
    means = [_numbers(held.get(name, ()), name, path) for name in ("hands_meanl", "hands_meanr")]
    if any(mean.shape != (45,) or not np.isfinite(mean).all() for mean in means):
        raise DataError("has no 'hands_meanl' and 'hands_meanr' of 45 numbers each", path)
    return np.stack(means).reshape(2, 15, 3)


def _relaxed_hands() -> Array:
    """A hand at rest, this project's own guess: four fingers bent by 20, 30 and 15 degrees, the thumb straight.

    In the T-pose fingers lie along x with the palm down, so that bending turns about z, each hand the other way.
    """
    bends = np.zeros((2, 5, 3, 3))
    bends[:, :4, :, 2] = np.radians([20.0, 30.0, 15.0])
    bends[0] *= -1.0
    return bends.reshape(2, 15, 3)
