"""Reads DWPose: a folder of one `.npz` per frame, numbered by their names, in both layouts of keys.

Old: `bodies` (18 N, 2), `body_scores` (N, 18), `hands` (2 N, 21, 2) with all left hands first, `hands_scores`, `faces`
(N, 68, 2). New: `num_persons` and `person_0` ..., each a dictionary, which numpy stores as a pickle; it is read without
running it (`restricted_pickle`).

Body scores are no confidences but the index of the point, or -1 for a missing one (measured). x is in picture widths, y
in picture heights; the result is in picture widths: the picture's shape is measured on the face or said as `profile`
(see `picture`). Frames per second are not said: 24, unless the option says otherwise. A number that is left out is a
frame of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import holistic, tables
from signllm_training.prompt2sign.array_files import load_npz
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.picture import aspect_measured, aspect_said
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Observation, Provenance, Read, Sample, Skipped

DEFAULT_FPS: Final = 24.0
MAX_FRAMES: Final = 100_000
MAX_FRAME_BYTES: Final = 8 << 20
"""A frame of a hundred people takes 300 kB."""
FACE_HEIGHT: Final = 0.87
"""Between the eyes to the chin, in widths of the jaw: 0.84 to 0.88, medians of five clips with square elements."""
_MAX_PEOPLE: Final = 100


@dataclass(frozen=True, eq=False)
class _Person:
    points: npt.NDArray[np.float64]
    """[50, 2]"""
    confidence: npt.NDArray[np.float64]
    """[50]"""
    face: float | None
    """Height of the picture in widths, as the face shows it."""


def read(path: Path, options: ReadOptions) -> Read:
    """The clip of a folder of frames, or of every folder of frames below it; of one `.npz`, a clip of one frame.

    Raises:
        DataError: There is none, or the profile is no shape of a picture.
    """
    aspect = aspect_said(options.profile)
    if not path.exists():
        raise DataError("no such file or folder", path)
    if path.is_dir():
        root = path
        clips = [(folder, sorted(folder.glob("*.npz"))) for folder in [path, *sorted(path.rglob("*/"))]]
        clips = [(folder, files) for folder, files in clips if files]
    else:
        root, clips = path.absolute().parent, [(path, [path])]
    if not clips:
        raise DataError("no .npz file in or below this folder", path)
    table = tables.Sentences(tables.read_table(options.text) if options.text else {})
    return _samples(clips, root, table, aspect, options)


def _samples(
    clips: list[tuple[Path, list[Path]]],
    root: Path,
    table: tables.Sentences,
    aspect: float | None,
    options: ReadOptions,
) -> Iterator[Sample | Skipped]:
    for place, files in clips:
        inside = place.absolute().relative_to(root.absolute()).as_posix()
        source = root.name if inside == "." else inside
        name = source.removesuffix(".npz")
        row = table.of_clip(name)
        try:
            yield Sample(
                name=name,
                language=options.language,
                text=row.text if row else "",
                gloss=row.gloss if row else (),
                signer=row.signer if row else "",
                split=(row.split if row else "") or options.split,
                licence=options.licence,
                provenance=Provenance(options.corpus or root.name, source, "dwpose"),
                seen=_clip(files, aspect, options),
            )
        except DataError as error:
            yield Skipped(source, error.line, error.reason)


def _clip(files: list[Path], aspect: float | None, options: ReadOptions) -> Observation:
    numbered = _numbered(files)
    points = np.zeros((max(numbered) + 1, prompt2sign.COUNT, 3))
    confidence = np.zeros(points.shape[:2])
    last, faces = None, []
    for t, file in sorted(numbered.items()):
        try:
            people = decode(load_npz(file, max_bytes=MAX_FRAME_BYTES, objects=True))
        except DataError as error:
            raise DataError(f"{file.name}: {error.reason}") from error
        if len(people) > 1 and options.people == "only":
            raise DataError(f"{file.name}: {len(people)} people are in the picture, and `people` is `only`")
        if people:
            last = _follow(people, last)
            points[t, :, :2], confidence[t] = last.points, last.confidence
            faces += [last.face] if last.face is not None else []
    if aspect is None:
        aspect = aspect_measured(float(np.median(faces)) if faces else None)
    kept, sure = holistic.masked(points * [1.0, aspect, 0.0], confidence)
    axes = (holistic.facing(kept, sure), -1, 1)
    return Observation(kept, sure, options.fps or DEFAULT_FPS, axes, "image")


def _numbered(files: list[Path]) -> dict[int, Path]:
    """Files by frame, counted from the first."""
    numbers: dict[int, Path] = {}
    for file in files:
        digits = file.stem[len(file.stem.rstrip("0123456789")) :]
        if not 0 < len(digits) <= 12 and len(files) > 1:
            raise DataError(f"{file.name} has no number, so its place among the frames is not known")
        number = int(digits) if 0 < len(digits) <= 12 else 0
        if number in numbers:
            raise DataError(f"{file.name} and {numbers[number].name} are the same frame")
        numbers[number] = file
    first = min(numbers)
    if max(numbers) - first >= MAX_FRAMES:
        raise DataError(f"frames {first:,} to {max(numbers):,}: at most {MAX_FRAMES:,} are read as one clip")
    return {number - first: file for number, file in numbers.items()}


def decode(arrays: Mapping[str, Any]) -> list[_Person]:
    """The people of one frame.

    Raises:
        DataError: The keys are of neither layout, or an array has another shape.
    """
    if "num_persons" in arrays:
        count = _count(arrays["num_persons"])
        return [_new_person(arrays.get(f"person_{k}"), k) for k in range(count)]
    if not {"bodies", "body_scores", "hands", "hands_scores"} <= set(arrays):
        raise DataError(
            f"its arrays are {', '.join(sorted(arrays))[:120]}; DWPose has bodies, body_scores, hands, hands_scores, "
            "or num_persons and person_0"
        )
    body, hands = _array(arrays, "bodies", (-1, 18, 2)), _array(arrays, "hands", (2, -1, 21, 2))
    scores, hand_scores = _array(arrays, "body_scores", (-1, 18)), _array(arrays, "hands_scores", (2, -1, 21))
    faces = _array(arrays, "faces", (-1, 68, 2)) if "faces" in arrays else None
    if not len(body) == len(scores) == hands.shape[1] == hand_scores.shape[1]:
        raise DataError(f"{len(body)} bodies, {len(scores)} scores and {hands.shape[1]} pairs of hands do not pair up")
    return [
        _person(
            body[k], scores[k], hands[:, k], hand_scores[:, k], None if faces is None or k >= len(faces) else faces[k]
        )
        for k in range(len(body))
    ]


def _count(given: Any) -> int:
    value = np.asarray(given)
    if value.size != 1 or value.dtype.kind not in "iu" or not 0 <= int(value.reshape(())) <= _MAX_PEOPLE:
        raise DataError(f"num_persons should be a number up to {_MAX_PEOPLE}")
    return int(value.reshape(()))


def _new_person(given: Any, k: int) -> _Person:
    person = given[0] if isinstance(given, list) and len(given) == 1 else given
    if not isinstance(person, dict):
        raise DataError(f"person_{k} is {'missing' if given is None else 'no dictionary'}")
    hands = np.stack([_array(person, f"{side}_hand_keypoints", (21, 2)) for side in ("left", "right")])
    scores = np.stack([_array(person, f"{side}_hand_scores", (21,)) for side in ("left", "right")])
    face = _array(person, "face_keypoints", (68, 2)) if "face_keypoints" in person else None
    body = _array(person, "body_keypoints", (18, 2)), _array(person, "body_scores", (18,))
    return _person(*body, hands, scores, face)


def _array(arrays: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    given = arrays.get(name)
    value = np.asarray(given if isinstance(given, np.ndarray) else np.nan)
    try:
        if value.dtype.kind not in "fiu" or value.size > _MAX_PEOPLE * 200:
            raise ValueError
        return value.astype(np.float64).reshape(shape)
    except ValueError:
        found = "missing" if given is None else f"{value.dtype} {value.shape}"
        expected = "x".join("N" if n < 0 else str(n) for n in shape)
        raise DataError(f"{name} is {found}: {expected} numbers are expected") from None


def _person(
    body: npt.NDArray[np.float64],
    indices: npt.NDArray[np.float64],
    hands: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
    face: npt.NDArray[np.float64] | None,
) -> _Person:
    """OpenPose's first eight points of the body, then the left and the right hand."""
    points = np.concatenate([body[:8], hands[0], hands[1]])
    confidence = np.concatenate([(indices[:8] >= 0).astype(np.float64), scores[0], scores[1]])
    off = ~np.isfinite(points).all(axis=-1) | (points < 0).all(axis=-1)  # some writers put -1 where nothing is seen
    confidence = np.where(off | ~np.isfinite(confidence), 0.0, np.clip(confidence, 0.0, 1.0))
    return _Person(np.where((confidence > 0)[:, None], points, 0.0), confidence, _aspect(face))


def _aspect(face: npt.NDArray[np.float64] | None) -> float | None:
    if face is None or not np.isfinite(face[[0, 16, 8, 27]]).all():
        return None
    wide, high = abs(float(face[16, 0] - face[0, 0])), abs(float(face[8, 1] - face[27, 1]))
    return float(FACE_HEIGHT * wide / high) if 1e-6 < wide < 1e6 and 1e-6 < high < 1e6 else None


def _follow(people: list[_Person], last: _Person | None) -> _Person:
    """The largest person at first, then whoever is nearest to where that person was."""
    if last is None:
        return max(people, key=lambda person: float(np.linalg.norm(np.ptp(_seen(person), axis=0))))
    middle = np.median(_seen(last), axis=0)
    return min(people, key=lambda person: float(np.linalg.norm(np.median(_seen(person), axis=0) - middle)))


def _seen(person: _Person) -> npt.NDArray[np.float64]:
    known = person.points[:8][person.confidence[:8] > 0]
    return known if len(known) else np.zeros((1, 2))
