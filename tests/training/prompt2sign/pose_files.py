"""`.pose` files by the specification alone, and a person to put into them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

import tests.strategies  # noqa: F401  (every machine tries the same examples)
from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import holistic
from signllm_training.prompt2sign.readers import pose
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Observation, Sample, Skipped

Floats = npt.NDArray[np.float32]
Component = tuple[str, str, Sequence[str]]
"""Name, format, points."""
LEFT, RIGHT = prompt2sign.hand_slice("left"), prompt2sign.hand_slice("right")


def pose_bytes(
    version: float,
    components: Sequence[Component],
    points: Floats,
    confidence: Floats,
    fps: float = 25.0,
    size: tuple[int, int, int] = (640, 480, 640),
    order: str = "<",
) -> bytes:
    """A `.pose` file by the specification alone. points [T, P, K, D], confidence [T, P, K]."""

    def text(s: str) -> bytes:
        return struct.pack(order + "H", len(s.encode())) + s.encode()

    out = struct.pack(order + "fHHHH", version, *size, len(components))
    for name, letters, names in components:
        out += text(name) + text(letters) + struct.pack(order + "HHH", len(names), 0, 0) + b"".join(map(text, names))
    frames, people = points.shape[:2]
    kind = order + "f4"
    if version == 0.0:
        out += struct.pack(order + "HH", int(fps), frames)
        for t in range(frames):
            out += struct.pack(order + "H", people)
            for p in range(people):
                both = np.concatenate([points[t, p], confidence[t, p][:, None]], axis=-1)
                out += struct.pack(order + "h", p) + both.astype(kind).tobytes()
        return out
    head = (int(fps), frames % 65536, people) if version == 0.1 else (fps, frames, people)
    out += struct.pack(order + ("HHH" if version == 0.1 else "fIH"), *head)
    return out + points.astype(kind).tobytes() + confidence.astype(kind).tobytes()


def openpose_components() -> list[Component]:
    body = ["Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist"]
    return [
        ("pose_keypoints_2d", "XYC", [*body, *(f"other{k}" for k in range(17))]),
        ("face_keypoints_2d", "XYC", [f"FB_{k}" for k in range(70)]),
        ("hand_left_keypoints_2d", "XYC", [f"h{k}" for k in range(21)]),
        ("hand_right_keypoints_2d", "XYC", [f"h{k}" for k in range(21)]),
    ]


def holistic_components(face: int, *, world: bool) -> list[Component]:
    made: list[Component] = [
        ("POSE_LANDMARKS", "XYZC", holistic.BODY_NAMES),
        ("FACE_LANDMARKS", "XYZC", [str(k) for k in range(face)]),
        ("LEFT_HAND_LANDMARKS", "XYZC", holistic.HAND_NAMES),
        ("RIGHT_HAND_LANDMARKS", "XYZC", holistic.HAND_NAMES),
    ]
    return [*made, ("POSE_WORLD_LANDMARKS", "XYZC", holistic.BODY_NAMES)] if world else made


def signer(frames: int = 4, seed: int = 0) -> Floats:
    """[T, 586, 3]: a person in a picture 640 wide, hands on wrists, a face of a face's shape; z in picture widths."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-0.01, 0.01, (frames, holistic.COUNT, 3)) * [640, 640, 0.1] + [320, 200, 0]
    at = {name: k for k, name in enumerate(holistic.BODY_NAMES)}
    for start in (0, holistic.START["world"]):
        for side, sign in (("LEFT", 1), ("RIGHT", -1)):
            for joint, across, down, ahead in (
                ("SHOULDER", 90, 40, 0.0),
                ("ELBOW", 120, 160, 0.0),
                ("WRIST", 60, 90, -0.1),
            ):
                points[:, start + at[f"{side}_{joint}"]] += [sign * across, down, ahead]
        points[:, start + at["NOSE"]] += [0, -80, -0.1]
    for side in ("left", "right"):
        start = holistic.START[f"{side}_hand"]
        hand = points[:, at[f"{side.upper()}_WRIST"]][:, None] + rng.uniform(-20, 20, (frames, 21, 3)) * [1, 1, 1e-3]
        hand[:, 0] = points[:, at[f"{side.upper()}_WRIST"]]
        hand[..., 2] -= hand[:, :1, 2]
        points[:, start : start + 21] = hand
    face = holistic.START["face"]
    for k, spot in (
        (454, (40, -80, 0)),
        (234, (-40, -80, 0)),
        (0, (0, -60, -48 / 640)),
        (10, (0, -130, 0)),
        (152, (0, -31, 0)),
    ):
        points[:, face + k] = np.array([320, 200, 0]) + spot
    return points.astype(np.float32)


def sure(points: Floats) -> Floats:
    return np.ones(points.shape[:-1], np.float32)


def decode(data: bytes, **options: str) -> tuple[Observation, str]:
    return pose.decode(data, ReadOptions(**options))  # type: ignore[arg-type]


def samples(folder: Path, **options: str) -> list[Sample]:
    found = list(pose.read(folder, ReadOptions(**options)))  # type: ignore[arg-type]
    assert not [each for each in found if isinstance(each, Skipped)]
    return [each for each in found if isinstance(each, Sample)]


def observation(points: Floats, confidence: Floats, **said: object) -> Observation:
    return Observation(points, confidence, **{"fps": 25.0, **said})  # type: ignore[arg-type]


def assert_same(a: Observation, b: Observation) -> None:
    np.testing.assert_array_equal(a.points, np.where((b.confidence > 0)[..., None], b.points, 0))
    np.testing.assert_array_equal(a.confidence, b.confidence)
    assert (a.fps, a.axes, a.unit, a.depth) == (b.fps, b.axes, b.unit, b.depth)
