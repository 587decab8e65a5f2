"""Video, through an estimator of poses that the user has: the paper's steps 2 and 3.

- OpenPose (`--openpose build/examples/openpose/openpose.bin`): it is run as a program of its own, writes its JSON into
  a temporary folder, and the reader of that kind reads it. Two-dimensional; the way of the paper and of How2Sign.
- MediaPipe (`pip install 'signllm[mediapipe]'`, `--mediapipe holistic_landmarker.task`): its holistic landmarker, as
  the reader of landmarks takes it. The model is a file that the user has downloaded; nothing is downloaded here.

Without either option, an OpenPose that is installed is taken, else a model that lies beside the videos. A video that a
text table knows as a recording of several sentences is cut by their times.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm_training.prompt2sign import holistic
from signllm_training.prompt2sign.errors import DataError, MissingToolError
from signllm_training.prompt2sign.other_programs import find_program, run_program
from signllm_training.prompt2sign.readers import landmarks, openpose
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.readers.recordings import Load, read_recordings
from signllm_training.prompt2sign.sample import Floats, Observation, Read, Sample

SUFFIXES: Final = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg")
MODEL: Final = "holistic_landmarker.task"
OPENPOSE_NAMES: Final = ("openpose.bin", "OpenPoseDemo", "openpose")
LIMIT_S: Final = 6 * 3600.0
"""Seconds that OpenPose may take for one video."""
MAX_FRAMES: Final = 30_000
"""Of one video through MediaPipe, whose landmarks are all kept until the end: 20 minutes, 200 MB."""

_GET_OPENPOSE: Final = (
    "build OpenPose (github.com/CMU-Perceptual-Computing-Lab/openpose) with its models and give --openpose "
    "build/examples/openpose/openpose.bin"
)
_GET_MEDIAPIPE: Final = (
    "pip install 'signllm[mediapipe]', download holistic_landmarker.task from MediaPipe's page of the holistic "
    "landmarker, and give --mediapipe PATH"
)

Picture = npt.NDArray[np.uint8]
"""[H, W, 3] red, green, blue."""


def read(path: Path, options: ReadOptions) -> Read:
    """Samples of a video, or of all below a folder.

    Raises:
        DataError: As in `read_recordings`.
        MissingToolError: There is no estimator; the message says how to get one.
    """
    return read_recordings(path, SUFFIXES, options, _estimator(path, options))


def _estimator(path: Path, options: ReadOptions) -> Load:
    if options.openpose is not None:
        program = find_program(options.openpose, OPENPOSE_NAMES, _GET_OPENPOSE)
        return lambda file: (by_openpose(file, program, options), "video:openpose")
    beside = (path if path.is_dir() else path.parent) / MODEL
    model = options.mediapipe or (beside if beside.is_file() else None)
    if options.mediapipe is None:
        try:
            program = find_program(None, OPENPOSE_NAMES, _GET_OPENPOSE)
        except MissingToolError:
            pass
        else:
            return lambda file: (by_openpose(file, program, options), "video:openpose")
    if model is None:
        raise MissingToolError(f"video needs an estimator of poses. Either {_GET_OPENPOSE}; or {_GET_MEDIAPIPE}")
    if not model.is_file():
        raise MissingToolError(f"there is no such model: {_GET_MEDIAPIPE}", model)
    return lambda file: (by_mediapipe(file, model), "video:mediapipe")


def by_openpose(video: Path, program: Path, options: ReadOptions, *, limit_s: float = LIMIT_S) -> Observation:
    """What OpenPose sees in a video.

    Args:
        video: File.
        program: OpenPose's demo program; `models` is looked for in the folders above it.
        options: Which people count, and the frame rate of a video that does not say it.
        limit_s: Seconds that it may take.

    Raises:
        DataError: It cannot read the video, sees nobody, or took too long.
        MissingToolError: It cannot be started, or nothing can say the video's frame rate.
    """
    fps = frame_rate(video, options)
    with tempfile.TemporaryDirectory(prefix="signllm-openpose-") as name:
        folder = Path(name) / "clip"
        folder.mkdir()
        outcome = run_program(_openpose_command(program, video, folder), limit_s=limit_s, folder=Path(name))
        if outcome.status != 0:
            raise DataError(
                f"OpenPose ended with status {outcome.status}; the last it said: {outcome.last_line}", video
            )
        if next(folder.iterdir(), None) is None:
            raise DataError(f"OpenPose found no frame; the last it said: {outcome.last_line}", video)
        found = list(openpose.read(folder, ReadOptions(fps=fps, people=options.people)))
    samples = [each for each in found if isinstance(each, Sample)]
    if len(samples) != 1:
        reasons = [each.reason for each in found if not isinstance(each, Sample)]
        raise DataError(reasons[-1] if reasons else f"OpenPose wrote {len(samples)} clips", video)
    return samples[0].seen


def _openpose_command(program: Path, video: Path, folder: Path) -> list[str | Path]:
    command: list[str | Path] = [program, "--video", video.absolute(), "--write_json", folder]
    command += ["--hand", "--display", "0", "--render_pose", "0", "--model_pose", "BODY_25"]
    models = next((up / "models" for up in program.absolute().parents if (up / "models" / "pose").is_dir()), None)
    return command if models is None else [*command, "--model_folder", f"{models}/"]


def frame_rate(video: Path, options: ReadOptions) -> float:
    """Frames per second of a video: by ffprobe, else by OpenCV, else as the user says.

    Raises:
        DataError: The video does not say it.
        MissingToolError: Nothing here can tell.
    """
    fps: float | None = None
    try:
        fps = _ask_ffprobe(video)
    except MissingToolError:
        try:
            with _opened(video) as capture:
                fps = float(capture.get(_cv2().CAP_PROP_FPS))
        except MissingToolError:
            if options.fps is None:
                raise MissingToolError("to know a video's frame rate, install ffmpeg, or give --fps", video) from None
    if fps is not None and 0.0 < fps < 1000.0:
        return fps
    if options.fps is None:
        raise DataError("the video does not say its frame rate: give --fps", video)
    return options.fps


def _ask_ffprobe(video: Path) -> float | None:
    program = find_program(None, ("ffprobe",), "install ffmpeg")
    wanted = ["-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate", "-of", "default=nk=1:nw=1"]
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_program([program, "-v", "error", *wanted, video.absolute()], limit_s=60.0, folder=Path(folder))
    if outcome.status != 0:
        raise DataError(f"ffprobe cannot read it: {outcome.last_line}", video)
    try:
        return float(Fraction(outcome.last_line))  # as in 30000/1001
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def by_mediapipe(video: Path, model: Path) -> Observation:
    """What MediaPipe's holistic landmarker sees in a video.

    Raises:
        DataError: The video cannot be read, is too long, or shows nobody; the model is none.
        MissingToolError: MediaPipe is not installed.
    """
    with _opened(video) as capture:
        fps = float(capture.get(_cv2().CAP_PROP_FPS))
        if not 0.0 < fps < 1000.0:
            raise DataError("the video does not say its frame rate", video)
        points, confidence, aspect = _landmarks(_pictures(capture, video), fps, model, video)
    if not confidence.any():
        raise DataError("nobody is seen in any frame", video)
    return landmarks.observe(points, confidence, aspect, fps)


def _landmarks(pictures: Iterator[Picture], fps: float, model: Path, video: Path) -> tuple[Floats, Floats, float]:
    """Landmarks [T, 586, 3], confidence [T, 586], and the pictures' height in widths."""
    rows: list[tuple[Floats, Floats]] = []
    aspect = 1.0
    with _landmarker(model) as detect:
        for t, picture in enumerate(pictures):
            aspect = picture.shape[0] / picture.shape[1]
            rows.append(landmark_row(detect(picture, round(1000.0 * t / fps))))
    if not rows:
        raise DataError("no frame can be read", video)
    return np.stack([row for row, _ in rows]), np.stack([certain for _, certain in rows]), aspect


_OF_RESULT: Final = {
    "body": "pose_landmarks",
    "face": "face_landmarks",
    "left_hand": "left_hand_landmarks",
    "right_hand": "right_hand_landmarks",
    "world": "pose_world_landmarks",
}


def landmark_row(result: Any) -> tuple[Floats, Floats]:
    """One result of the holistic landmarker as [586, 3] and confidence [586], 0 for what was not found.

    The body's confidence is MediaPipe's visibility; face and hands have none, and are found or not as a whole.
    """
    points, confidence = np.zeros((holistic.COUNT, 3), np.float32), np.zeros(holistic.COUNT, np.float32)
    for component, name in _OF_RESULT.items():
        found = getattr(result, name) or []
        first, most = holistic.START[component], holistic.COMPONENTS[component]
        for k, point in enumerate(found[:most], first):
            points[k] = point.x, point.y, point.z
            visible = point.visibility if component in ("body", "world") else 1.0
            confidence[k] = 1.0 if visible is None else min(max(visible, 0.0), 1.0)
    bad = ~np.isfinite(points).all(axis=-1) | ~np.isfinite(confidence)
    points[bad], confidence[bad] = 0.0, 0.0
    return points, confidence


@contextmanager
def _landmarker(model: Path) -> Iterator[Any]:
    try:
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision
    except ImportError as error:
        raise MissingToolError(f"MediaPipe is not installed: {_GET_MEDIAPIPE}") from error
    if not hasattr(vision, "HolisticLandmarker"):
        raise MissingToolError(f"this MediaPipe has no holistic landmarker, 1.0 and later have: {_GET_MEDIAPIPE}")
    options = vision.HolisticLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)), running_mode=vision.RunningMode.VIDEO
    )
    try:
        landmarker = vision.HolisticLandmarker.create_from_options(options)
    except (RuntimeError, ValueError, OSError) as error:
        raise MissingToolError(f"MediaPipe cannot load this model ({str(error)[:200]})", model) from error

    def detect(picture: Picture, at_ms: int) -> Any:
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture)
        try:
            return landmarker.detect_for_video(image, at_ms)
        except (RuntimeError, ValueError) as error:
            raise DataError(f"MediaPipe failed at {at_ms} ms: {str(error)[:200]}") from error

    try:
        yield detect
    finally:
        landmarker.close()


def _cv2() -> Any:
    try:
        return import_module("cv2")
    except ImportError as error:
        raise MissingToolError("video is read by OpenCV, which comes with MediaPipe: " + _GET_MEDIAPIPE) from error


@contextmanager
def _opened(video: Path) -> Iterator[Any]:
    capture = _cv2().VideoCapture(str(video))
    try:
        if not capture.isOpened():
            raise DataError("OpenCV cannot read this video", video)
        yield capture
    finally:
        capture.release()


def _pictures(capture: Any, video: Path) -> Iterator[Picture]:
    cv2 = _cv2()
    for count in range(MAX_FRAMES + 1):
        there, picture = capture.read()
        if not there:
            return
        if count == MAX_FRAMES:
            raise DataError(f"more than {MAX_FRAMES:,} frames: cut the video into shorter ones", video)
        yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
