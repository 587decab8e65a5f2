"""Video through an estimator: how OpenPose is run and MediaPipe is asked, with stand-ins that are neither."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import holistic
from signllm_training.prompt2sign.errors import DataError, MissingToolError
from signllm_training.prompt2sign.readers import video
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Sample, Skipped
from tests import strategies  # noqa: F401  every machine tries the same examples

# Takes OpenPose's flags and writes its JSON; the "video" says how many frames of how many people. It is no OpenPose.
STAND_IN_OPENPOSE = """#!{python}
import json, pathlib, sys
flags = sys.argv[1:]
video, folder = (pathlib.Path(flags[flags.index(flag) + 1]) for flag in ("--video", "--write_json"))
words = video.read_text().split()
if words[0] == "fail":
    print("Error: VideoCapture (IP camera/video) could not be opened")
    sys.exit(255)
(pathlib.Path(__file__).parent / "flags.json").write_text(json.dumps(flags))
frames, people = map(int, words)
def person(size):
    return {{
        "pose_keypoints_2d": [x for k in range(25) for x in (size * (100 + k), size * (200 + k), 0.9)],
        "hand_left_keypoints_2d": [x for k in range(21) for x in (size * (300 + k), 400.0, 0.5)],
        "hand_right_keypoints_2d": [0.0] * 63,
        "face_keypoints_2d": [],
    }}
for t in range(frames):
    held = {{"version": 1.3, "people": [person(p + 1) for p in range(people)]}}
    (folder / f"{{video.stem}}_{{t:012d}}_keypoints.json").write_text(json.dumps(held))
"""
STAND_IN_FFPROBE = "#!{python}\nprint({answer!r})\nraise SystemExit({status})\n"


def program(path: Path, text: str, **values: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(python=sys.executable, **values))
    path.chmod(0o755)
    return path


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with a stand-in for ffprobe alone."""
    program(tmp_path / "bin" / "ffprobe", STAND_IN_FFPROBE, answer="30000/1001", status=0)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setitem(sys.modules, "cv2", None)
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    return tmp_path / "bin"


@pytest.fixture
def openpose(tmp_path: Path, tools: Path) -> Path:
    (tmp_path / "openpose" / "models" / "pose").mkdir(parents=True)
    return program(tmp_path / "openpose" / "build" / "examples" / "openpose.bin", STAND_IN_OPENPOSE)


def clip(folder: Path, says: str, name: str = "clip.mp4") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(says)
    return path


def test_openpose_is_run_and_its_json_read(tmp_path: Path, openpose: Path) -> None:
    path = clip(tmp_path / "videos", "3 1", "-odd $(name).mp4")
    (sample,) = video.read(path, ReadOptions(language="asl", openpose=openpose))
    assert isinstance(sample, Sample)
    assert (sample.name, sample.provenance.reader, sample.provenance.source) == (
        *("-odd $(name)", "video:openpose", "-odd $(name).mp4"),
    )
    seen = sample.seen
    assert (len(seen), seen.depth, seen.unit) == (3, "none", "pixel") and seen.fps == pytest.approx(29.97, abs=1e-3)
    np.testing.assert_allclose(seen.points[0, prompt2sign.NECK], [101.0, 201.0, 0.0])
    assert seen.confidence[0, 29:].max() == 0.0 and seen.confidence[0, 8] == 0.5
    flags = (openpose.parent / "flags.json").read_text()
    for flag in ('"--hand"', '"--display", "0"', '"--render_pose", "0"', str(tmp_path / "openpose" / "models") + "/"):
        assert flag in flags


def test_several_people_are_as_the_reader_of_openpose_has_them(tmp_path: Path, openpose: Path) -> None:
    path = clip(tmp_path / "videos", "2 2")
    (sample,) = video.read(path, ReadOptions(openpose=openpose))
    assert isinstance(sample, Sample) and sample.seen.points[0, prompt2sign.NECK, 0] == 202.0
    (skipped,) = video.read(path, ReadOptions(openpose=openpose, people="only"))
    assert isinstance(skipped, Skipped) and "2 people" in skipped.reason


def test_a_recording_is_cut_by_the_times_of_its_table(tmp_path: Path, openpose: Path) -> None:
    folder = tmp_path / "videos"
    clip(folder, "90 1", "rec-rgb_front.mp4")
    table = tmp_path / "how2sign_val.csv"
    head = "VIDEO_ID\tVIDEO_NAME\tSENTENCE_ID\tSENTENCE_NAME\tSTART_REALIGNED\tEND_REALIGNED\tSENTENCE"
    rows = [
        f"rec\trec-rgb_front\trec_{k}\trec_{k}-rgb_front\t{a}\t{b}\tSentence {k}."
        for k, a, b in ((0, 0, 1), (1, 1, 2.5), (2, 9, 10))
    ]
    table.write_text("\n".join([head, *rows]) + "\n")
    found = list(video.read(folder, ReadOptions(openpose=openpose, text=table)))
    assert [type(each) for each in found] == [Sample, Sample, Skipped]
    first, second, third = found
    assert isinstance(first, Sample) and isinstance(second, Sample) and isinstance(third, Skipped)
    assert (first.text, second.text, first.split) == ("Sentence 0.", "Sentence 1.", "dev")
    assert (len(first.seen), len(second.seen)) == (30, 45)
    assert (second.provenance.begin_s, second.provenance.end_s) == (1.0, 2.5)
    assert "no frame from 9 to 10 seconds" in third.reason


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("fail", r"OpenPose ended with status 255; the last it said: Error: VideoCapture .* could not be opened"),
        ("0 1", "OpenPose found no frame"),
        ("2 0", "nobody is seen in any of its 2 frames"),
    ],
)
def test_a_video_that_gives_nothing_is_skipped_with_the_reason(
    tmp_path: Path, openpose: Path, says: str, reason: str
) -> None:
    clip(tmp_path / "videos", says)
    (skipped,) = video.read(tmp_path / "videos", ReadOptions(openpose=openpose))
    assert isinstance(skipped, Skipped) and skipped.source == "clip.mp4"
    assert re.search(reason, skipped.reason)


@pytest.mark.parametrize(("answer", "fps"), [("25/1", 25.0), ("24000/1001", 23.976), ("0/0", 60.0), ("N/A", 60.0)])
def test_the_frame_rate_is_the_videos_or_else_the_users(tmp_path: Path, tools: Path, answer: str, fps: float) -> None:
    path = clip(tmp_path / "videos", "1 1")
    program(tools / "ffprobe", STAND_IN_FFPROBE, answer=answer, status=0)
    assert video.frame_rate(path, ReadOptions(fps=60.0)) == pytest.approx(fps, abs=1e-3)


def test_a_frame_rate_that_nothing_says_is_asked_for(tmp_path: Path, tools: Path) -> None:
    path = clip(tmp_path / "videos", "1 1")
    program(tools / "ffprobe", STAND_IN_FFPROBE, answer="N/A", status=0)
    with pytest.raises(DataError, match="does not say its frame rate: give --fps"):
        video.frame_rate(path, ReadOptions())
    program(tools / "ffprobe", STAND_IN_FFPROBE, answer="moov atom not found", status=1)
    with pytest.raises(DataError, match="ffprobe cannot read it: moov atom not found"):
        video.frame_rate(path, ReadOptions())
    (tools / "ffprobe").unlink()
    with pytest.raises(MissingToolError, match="install ffmpeg, or give --fps"):
        video.frame_rate(path, ReadOptions())
    assert video.frame_rate(path, ReadOptions(fps=60.0)) == 60.0


def test_missing_estimators_are_told_how_to_get(tmp_path: Path, tools: Path) -> None:
    path = clip(tmp_path / "videos", "1 1")
    with pytest.raises(MissingToolError, match=r"build OpenPose .*; or pip install 'signllm\[mediapipe\]'"):
        video.read(path, ReadOptions())
    with pytest.raises(MissingToolError, match=r"openpose\.bin: is no program that can be run: build OpenPose"):
        video.read(path, ReadOptions(openpose=tmp_path / "openpose.bin"))
    with pytest.raises(MissingToolError, match=r"there is no such model: pip install"):
        video.read(path, ReadOptions(mediapipe=tmp_path / "none.task"))
    (path.parent / video.MODEL).write_text("a model beside the videos")
    with pytest.raises(MissingToolError, match="read by OpenCV, which comes with MediaPipe"):
        list(video.read(path, ReadOptions()))


def test_an_installed_openpose_is_found(tmp_path: Path, tools: Path) -> None:
    program(tools / "openpose.bin", STAND_IN_OPENPOSE)
    (sample,) = video.read(clip(tmp_path / "videos", "2 1"), ReadOptions())
    assert isinstance(sample, Sample) and sample.provenance.reader == "video:openpose"


# MediaPipe


def point(x: float, y: float, z: float, visibility: float | None = None) -> SimpleNamespace:
    return SimpleNamespace(x=x, y=y, z=z, visibility=visibility)


def result(**components: Any) -> SimpleNamespace:
    """What a holistic landmarker gives back; nothing found where nothing is given."""
    names = ("pose_landmarks", "face_landmarks", "left_hand_landmarks", "right_hand_landmarks", "pose_world_landmarks")
    return SimpleNamespace(**({key: [] for key in names} | components))


def test_a_result_has_each_landmark_in_its_place() -> None:
    body = [point(0.5, 0.01 * k, 0.0, 0.9) for k in range(33)]
    hand = [point(0.01 * k, 0.5, 0.0) for k in range(21)]
    points, confidence = video.landmark_row(result(pose_landmarks=body, left_hand_landmarks=hand))
    np.testing.assert_allclose(points[holistic.START["body"] + 12], [0.5, 0.12, 0.0])
    np.testing.assert_allclose(points[holistic.START["left_hand"] + 8], [0.08, 0.5, 0.0])
    assert confidence[:33].min() == confidence[:33].max() == np.float32(0.9)
    assert confidence[511:532].min() == 1.0 and confidence[33:511].max() == confidence[532:].max() == 0.0


def fake_mediapipe(monkeypatch: pytest.MonkeyPatch, results: list[Any], *, fps: float = 25.0) -> list[int]:
    """Modules that obey the parts of OpenCV and MediaPipe that are used; they are neither. Returns the times asked."""
    times: list[int] = []
    pictures = iter([np.full((720, 1280, 3), k, np.uint8) for k in range(len(results))])

    class Capture:
        def __init__(self, path: str) -> None:
            self.path = path

        def isOpened(self) -> bool:
            return not self.path.endswith("bad.mp4")

        def get(self, _: int) -> float:
            return fps

        def read(self) -> tuple[bool, Any]:
            picture = next(pictures, None)
            return picture is not None, picture

        def release(self) -> None:
            pass

    class Landmarker:
        @classmethod
        def create_from_options(cls, options: Any) -> Landmarker:
            if options.base_options.path.endswith("bad.task"):
                raise RuntimeError("Unable to open zip archive.")
            return cls()

        def detect_for_video(self, image: Any, at_ms: int) -> Any:
            times.append(at_ms)
            found = results[len(times) - 1]
            if isinstance(found, Exception):
                raise found
            return found

        def close(self) -> None:
            times.append(-1)

    cv2 = ModuleType("cv2")
    cv2.__dict__.update(
        VideoCapture=Capture, CAP_PROP_FPS=5, COLOR_BGR2RGB=4, cvtColor=lambda picture, _: picture[..., ::-1]
    )
    vision = ModuleType("mediapipe.tasks.python.vision")
    vision.__dict__.update(
        HolisticLandmarker=Landmarker,
        HolisticLandmarkerOptions=lambda **options: SimpleNamespace(**options),
        RunningMode=SimpleNamespace(VIDEO=1),
    )
    python = ModuleType("mediapipe.tasks.python")
    python.__dict__.update(BaseOptions=lambda model_asset_path: SimpleNamespace(path=model_asset_path), vision=vision)
    mediapipe = ModuleType("mediapipe")
    mediapipe.__dict__.update(Image=lambda **image: image, ImageFormat=SimpleNamespace(SRGB=1))
    tasks = ModuleType("mediapipe.tasks")
    for name, module in {"cv2": cv2, "mediapipe": mediapipe, "mediapipe.tasks": tasks}.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "mediapipe.tasks.python", python)
    monkeypatch.setitem(sys.modules, "mediapipe.tasks.python.vision", vision)
    return times


def standing() -> SimpleNamespace:
    body = [point(0.5, 0.5, 0.0, 0.9) for _ in range(33)]
    for name, x, y in (("LEFT_SHOULDER", 0.6, 0.5), ("RIGHT_SHOULDER", 0.4, 0.5), ("NOSE", 0.5, 0.3)):
        body[holistic.BODY_NAMES.index(name)] = point(x, y, 0.0, 0.9)
    return result(pose_landmarks=body)


def test_mediapipe_sees_every_frame_at_its_time(tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = fake_mediapipe(monkeypatch, [standing(), result(), standing()])
    model = clip(tmp_path / "models", "a model", "holistic.task")
    (sample,) = video.read(clip(tmp_path / "videos", "x"), ReadOptions(mediapipe=model, fps=99.0))
    assert isinstance(sample, Sample) and sample.provenance.reader == "video:mediapipe"
    seen = sample.seen
    assert times == [0, 40, 80, -1] and (len(seen), seen.fps, seen.unit) == (3, 25.0, "image")
    assert seen.confidence.max(axis=1).tolist() == pytest.approx([0.9, 0.0, 0.9])
    left, right = (seen.points[0, prompt2sign.SHOULDER[side]] for side in ("left", "right"))
    np.testing.assert_allclose(left[:2], [0.6, 0.5 * 720 / 1280], atol=1e-6)
    assert left[0] > right[0]


def test_what_mediapipe_cannot_do_is_said(tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = clip(tmp_path / "models", "a model", "holistic.task")
    options, folder = ReadOptions(mediapipe=model), tmp_path / "videos"

    def reason(path: Path) -> str:
        (skipped,) = video.read(path, options)
        assert isinstance(skipped, Skipped)
        return skipped.reason

    fake_mediapipe(monkeypatch, [result(), result()])
    assert reason(clip(folder, "x")) == "nobody is seen in any frame"
    assert reason(clip(folder, "x", "bad.mp4")) == "OpenCV cannot read this video"
    fake_mediapipe(monkeypatch, [])
    assert reason(clip(folder, "x")) == "no frame can be read"
    fake_mediapipe(monkeypatch, [standing()], fps=0.0)
    assert "does not say its frame rate" in reason(clip(folder, "x"))
    fake_mediapipe(monkeypatch, [standing(), RuntimeError("graph failed")])
    assert reason(clip(folder, "x")) == "MediaPipe failed at 40 ms: graph failed"
    fake_mediapipe(monkeypatch, [standing()] * 3)
    monkeypatch.setattr(video, "MAX_FRAMES", 2)
    assert "more than 2 frames" in reason(clip(folder, "x"))
    with pytest.raises(MissingToolError, match=r"cannot load this model \(Unable to open zip archive\.\)"):
        list(video.read(clip(folder, "x"), ReadOptions(mediapipe=clip(folder, "", "bad.task"))))
    del sys.modules["mediapipe.tasks.python"].__dict__["vision"].HolisticLandmarker
    with pytest.raises(MissingToolError, match="has no holistic landmarker"):
        list(video.read(clip(folder, "x"), options))


NUMBERS = st.one_of(st.floats(), st.none())


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(width=32), st.floats(width=32), st.floats(width=32), NUMBERS), max_size=40))
def test_any_landmarks_are_finite_or_missing(found: list[tuple[float, float, float, float | None]]) -> None:
    landmarks = [point(*each) for each in found]
    points, confidence = video.landmark_row(result(pose_landmarks=landmarks, right_hand_landmarks=landmarks))
    assert np.isfinite(points).all() and np.isfinite(confidence).all()
    assert confidence.min() >= 0.0 and confidence.max() <= 1.0
