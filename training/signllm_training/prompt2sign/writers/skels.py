"""Writes `.skels` with its `.text`, `.gloss` and `.files`, in each of the three profiles.

Exactness, tested:

- phoenix and signllm: what `readers.skels` read is written byte for byte, and so are the three files beside it. That
  holds for clips with coordinates below 80, where single precision keeps five decimals; also after the standard and
  back (`standardise`, `restore`), but for a zero that was written with a minus. Lines that were skipped are not there,
  nor are quotes that a spreadsheet left around a sentence in `.text`.
- dwpose: only the 50 keypoints and their scores are kept on the way. They come back within 1e-7; of legs, hips and face
  there is nothing to write, so they are 0 with the scores of missing ones. The numbers are the file's own when the
  profile is named with the shape of its pictures, `dwpose:16:9`; dwpose alone writes square ones, y in widths.

A clip from elsewhere is placed in the profile first (`place`), as the tools that made the profile did.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

import numpy as np

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import Observation, Sample
from signllm_training.prompt2sign.skels_profiles import (
    DWPOSE_BODY,
    DWPOSE_BODY_SCORES,
    DWPOSE_HAND_SCORES,
    DWPOSE_HANDS,
    MISSING,
    SHOULDERS,
    Doubles,
    Profile,
    profile_named,
)

NO_SPLIT: Final = "clips"
"""Name of the files for samples without a split."""
_DIVISOR: Final = 9.0
"""Prompt2Sign's tool divides standard deviations by this."""
_BODY: Final = len(prompt2sign.BODY)


def write_skels(samples: Iterable[Sample], folder: Path, profile: str) -> list[Path]:
    """Write samples as `train.skels`, `dev.skels`, ..., with the files beside them; memory is that of one sample.

    Line ends within a text become spaces: a line is a clip. `.gloss` is there only for splits that have glosses.

    Args:
        samples: Clips; those that a reader read from this profile are written as they are, others are placed in it.
        folder: Made where it is not there; files of the same names are replaced when all is written.
        profile: One of `skels_profiles.PROFILES`, or dwpose with a shape, `dwpose:16:9`.

    Returns:
        The files.

    Raises:
        DataError: A clip cannot be said in this profile, a name has a line end, or the profile is unknown.
    """
    chosen = profile_named(profile)
    folder.mkdir(parents=True, exist_ok=True)
    open_files: dict[str, dict[str, IO[str]]] = {}
    glossed: set[str] = set()
    with ExitStack() as stack:
        for sample in samples:
            lines = _lines(sample, chosen)
            stem = sample.split or NO_SPLIT
            if stem not in open_files:
                open_files[stem] = {suffix: stack.enter_context(_part(folder, stem, suffix)) for suffix in lines}
            for suffix, line in lines.items():
                open_files[stem][suffix].write(line + "\n")
            if sample.gloss:
                glossed.add(stem)
    return list(_finish(folder, open_files, glossed))


def place(seen: Observation, profile: Profile) -> Observation:
    """An observation from anywhere in a profile's coordinate space.

    phoenix: in every frame the neck at 0 and the shoulders 1/3 apart across the picture; where they are missing, as
    between the frames around. signllm: over the clip the mean at 0, one standard deviation of x and y a ninth. dwpose:
    pictures from 0 to 1 are needed, depth is left out.

    Raises:
        DataError: What the profile needs was not seen.
    """
    if profile.planar:
        if seen.unit != "image":
            raise DataError(
                f"the unit is {seen.unit!r}: the profile dwpose has parts of the picture, whose size is not known here"
            )
        scale, origin = np.ones((1, 1, 1)), np.zeros((1, 1, 3))
    elif seen.depth == "none":
        raise DataError(f"the clip has no depth, and the profile {profile.name} has: lift it first")
    elif profile.name == "phoenix":
        scale, origin = _by_shoulders(seen)
    else:
        scale, origin = _by_deviation(seen)
    known = (seen.confidence > 0.0)[..., None]
    turned = np.array(seen.axes) * np.array(profile.axes)
    points = np.where(known, (seen.points.astype(np.float64) - origin) * scale * turned, 0.0)
    if profile.depth == "none":
        points[..., 2] = 0.0
    return replace(seen, points=points.astype(np.float32), axes=profile.axes, unit=profile.unit, depth=profile.depth)


def clip_line(seen: Observation, profile: Profile) -> str:
    """One line of `.skels`, without its end, of a clip that is in the profile's coordinate space."""
    counters = profile.counter(len(seen))
    if profile.planar:
        return " ".join(_numbers(_dwpose_values(seen, profile.height), 8, [f"{counter:.8f}" for counter in counters]))
    points = seen.points.astype(np.float64)
    if profile.name == "signllm":
        points[~(seen.confidence > 0.0)] = MISSING
    values = points[:, profile.order].reshape(len(seen), -1)
    if profile.name == "signllm":
        # The tool writes the rounded number as Python does, `1.0`, and a space after each, the last one too.
        return " ".join(_numbers(values, 5, [f"{round(float(counter), 5)}" for counter in counters])) + " "
    return " ".join(_numbers(values, 5, [f"{counter:.4f}" for counter in counters]))


@contextmanager
def _part(folder: Path, stem: str, suffix: str) -> Iterator[IO[str]]:
    """A file under a name of its own until all is written; removed when something goes wrong."""
    path = folder / f"{stem}.{suffix}.part"
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _lines(sample: Sample, profile: Profile) -> dict[str, str]:
    if any(end in sample.name for end in "\r\n"):
        raise DataError(f"the name {sample.name!r} has a line end, and a line of .files is a name")
    try:
        seen = sample.seen if _is_as_read(sample, profile) else place(sample.seen, profile)
    except DataError as error:
        raise DataError(f"{sample.name}: {error.reason}") from error
    return {
        "skels": clip_line(seen, profile),
        "text": _one_line(sample.text),
        "gloss": _one_line(" ".join(sample.gloss)),
        "files": sample.name,
    }


def _is_as_read(sample: Sample, profile: Profile) -> bool:
    """Whether the numbers are still the profile's own: whoever moves a clip elsewhere says so in its unit and axes."""
    same_space = (sample.seen.unit, sample.seen.axes) == (profile.unit, profile.axes)
    return same_space and sample.provenance.reader == f"skels:{profile.name}"


def _one_line(text: str) -> str:
    return text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ")


def _numbers(values: Doubles, decimals: int, counters: list[str]) -> Iterator[str]:
    """Frames as text; what rounds to zero is written without a minus, unless it is a negative zero itself."""
    rounds_to_zero = (np.abs(values) < 0.5 * 10.0**-decimals) & (values != 0.0)
    row = " ".join([f"%.{decimals}f"] * values.shape[1])
    for frame, counter in zip(np.where(rounds_to_zero, 0.0, values).tolist(), counters, strict=True):
        yield f"{row % tuple(frame)} {counter}"


def _dwpose_values(seen: Observation, height: float) -> Doubles:
    count = len(seen)
    values = np.zeros((count, 384))
    planar = seen.points[:, :, :2].astype(np.float64) / [1.0, height]
    confidence = seen.confidence.astype(np.float64)
    body = confidence[:, :_BODY]
    values[:, DWPOSE_BODY.start : DWPOSE_BODY.start + 2 * _BODY] = planar[:, :_BODY].reshape(count, -1)
    scores = values[:, DWPOSE_BODY_SCORES]
    if np.isin(body, (0.0, 1.0)).all():  # as that tool does: the point's index, or -1
        scores[:] = -1.0
        scores[:, :_BODY] = np.where(body > 0.0, np.arange(_BODY), -1.0)
    else:
        scores[:, :_BODY] = body
    values[:, DWPOSE_HANDS] = planar[:, _BODY:].reshape(count, -1)
    values[:, DWPOSE_HAND_SCORES] = confidence[:, _BODY:]
    return values


def _by_shoulders(seen: Observation) -> tuple[Doubles, Doubles]:
    """Scale [T, 1, 1] and origin [T, 1, 3] of each frame."""
    known = seen.confidence > 0.0
    points = seen.points.astype(np.float64)
    right, left = prompt2sign.SHOULDER["right"], prompt2sign.SHOULDER["left"]
    apart = np.linalg.norm(points[:, right, :2] - points[:, left, :2], axis=-1)
    width = _between(apart[:, None], known[:, right] & known[:, left] & (apart > 0.0), "both shoulders are")
    neck = _between(points[:, prompt2sign.NECK], known[:, prompt2sign.NECK], "the neck is")
    return (SHOULDERS / width)[:, :, None], neck[:, None]


def _between(values: Doubles, known: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], what: str) -> Doubles:
    """Values [T, C], where they are not known as between the known ones around."""
    if not known.any():
        raise DataError(f"{what} never seen, and the profile phoenix is measured from there")
    times = np.arange(len(values))
    return np.stack([np.interp(times, times[known], column[known]) for column in values.T], axis=-1)


def _by_deviation(seen: Observation) -> tuple[Doubles, Doubles]:
    """Scale [1, 1, 1] and origin [1, 1, 3] of the clip; the nose, where lifting starts, has depth 0 on average."""
    known = seen.confidence > 0.0
    seen_points = seen.points[known].astype(np.float64)
    deviation = float(seen_points[:, :2].std()) if len(seen_points) else 0.0
    if deviation <= 0.0:
        raise DataError("the keypoints are all in one place or missing, so the clip has no unit")
    noses = seen.points[known[:, prompt2sign.NOSE], prompt2sign.NOSE, 2].astype(np.float64)
    depth = float(noses.mean()) if len(noses) else float(seen_points[:, 2].min())
    origin = np.array([*seen_points[:, :2].mean(axis=0), depth])
    return np.full((1, 1, 1), 1.0 / (_DIVISOR * deviation)), origin[None, None]


def _finish(folder: Path, open_files: dict[str, dict[str, IO[str]]], glossed: set[str]) -> Iterator[Path]:
    """Give the files their names; only now are older ones replaced."""
    for stem, files in open_files.items():
        for suffix in files:
            part, final = folder / f"{stem}.{suffix}.part", folder / f"{stem}.{suffix}"
            if suffix == "gloss" and stem not in glossed:
                part.unlink()
                final.unlink(missing_ok=True)
            else:
                os.replace(part, final)
                yield final
