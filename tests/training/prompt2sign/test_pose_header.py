"""Headers of `.pose` files that lie: refused by the size of the file, before the library sees it."""

from __future__ import annotations

import struct
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  (every machine tries the same examples)
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.pose_header import read_header
from tests.training.prompt2sign.pose_files import (
    Component,
    decode,
    openpose_components,
    pose_bytes,
    sure,
)


def small() -> bytes:
    points = np.ones((2, 1, 137, 2), np.float32)
    return pose_bytes(0.2, openpose_components(), points, sure(points))


def test_a_header_that_asks_for_terabytes_is_refused_by_the_size_of_the_file() -> None:
    data = small()
    at = len(data) - 2 * 137 * 3 * 4 - 6
    absurd = data[:at] + struct.pack("<IH", 4_294_967_295, 65_535) + data[at + 6 :]
    with pytest.raises(DataError, match=r"announces 4,294,967,295 frames of 65,535 people .* it is cut off"):
        decode(absurd)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ends within its header"),
        (b"PK\x03\x04 and so on", r"no \.pose file of version 0\.0, 0\.1 or 0\.2"),
        (struct.pack("<fHHHH", 0.3, 1, 1, 1, 1), r"its version would be 0\.3"),
        (struct.pack("<fHHHH", 0.2, 1, 1, 1, 0), "0 points in 0 components"),
        (struct.pack("<fHHHHHHHH", 0.2, 1, 1, 1, 1, 0, 65535, 1, 1), "ends within a name"),
        (
            struct.pack("<fHHHHH", 0.2, 1, 1, 1, 1, 1) + b"A" + struct.pack("<H", 4) + b"XYZC" + b"\xff" * 6,
            "has 65,535",
        ),
        (struct.pack("<fHHHHH", 0.2, 1, 1, 1, 1, 1) + b"\xff" + bytes(20), "no UTF-8: some writers count letters"),
    ],
)
def test_a_header_that_cannot_be_right_is_a_sentence(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        decode(data)


@pytest.mark.parametrize("version", [0.0, 0.1, 0.2])
def test_the_wrong_byte_order_is_recognised(version: float) -> None:
    points = np.ones((2, 1, 137, 2), np.float32)
    data = pose_bytes(version, openpose_components(), points, sure(points), order=">")
    with pytest.raises(
        DataError, match=r"bytes are in the wrong order: .* little-endian, this one was written big-endian"
    ):
        decode(data)


@pytest.mark.parametrize("version", [0.0, 0.1, 0.2])
def test_a_file_cut_off_anywhere_is_refused_before_the_library_sees_it(
    version: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = np.ones((3, 1, 137, 2), np.float32)
    data = pose_bytes(version, openpose_components(), points, sure(points))
    read_header(data)
    monkeypatch.setitem(sys.modules, "pose_format", None)
    for end in [*range(0, 400, 7), *range(len(data) - 40, len(data))]:
        with pytest.raises(DataError, match=r"cut off|nothing to read|no \.pose file"):
            decode(data[:end])


@pytest.mark.parametrize("version", [0.0, 0.1, 0.2])
def test_bytes_after_the_data_are_refused(version: float) -> None:
    points = np.ones((2, 1, 137, 2), np.float32)
    with pytest.raises(DataError, match=r"something follows its data"):
        decode(pose_bytes(version, openpose_components(), points, sure(points)) + b"\0\0\0\0")


def test_a_count_of_16_bits_wraps_around_in_long_recordings() -> None:
    components: list[Component] = [("POINTS", "XC", ["a"])]
    points = np.ones((65_536 + 3, 1, 1, 1), np.float32)
    assert read_header(pose_bytes(0.1, components, points, sure(points))).frames == 65_539


def test_unknown_points_are_listed() -> None:
    points = np.ones((1, 1, 2, 2), np.float32)
    with pytest.raises(DataError, match=r"its components LIPS \(2\) are none that is known: MediaPipe Holistic"):
        decode(pose_bytes(0.2, [("LIPS", "XYC", ["a", "b"])], points, sure(points)))


def test_openpose_without_a_hand_is_a_sentence() -> None:
    points = np.ones((1, 1, 116, 2), np.float32)
    with pytest.raises(DataError, match="no component hand_right_keypoints_2d of 21 points"):
        decode(pose_bytes(0.2, openpose_components()[:3], points, sure(points)))


def test_a_format_without_y_is_a_sentence() -> None:
    points = np.ones((1, 1, 2, 1), np.float32)
    with pytest.raises(DataError, match="has the format XC, without X or Y"):
        decode(pose_bytes(0.2, [("LIPS", "XC", ["a", "b"])], points, sure(points)))


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_clip_or_a_sentence(data: bytes) -> None:
    try:
        decode(data)
    except DataError:
        pass


@settings(max_examples=120)
@given(st.sampled_from([0.0, 0.1, 0.2]), st.integers(0, 1500), st.binary(min_size=1, max_size=8), st.booleans())
def test_a_damaged_file_is_a_clip_or_a_sentence(version: float, at: int, patch: bytes, from_end: bool) -> None:
    points = np.ones((2, 1, 137, 2), np.float32)
    data = bytearray(pose_bytes(version, openpose_components(), points, sure(points)))
    start = len(data) - at - len(patch) if from_end else at
    data[max(start, 0) : max(start, 0) + len(patch)] = patch
    try:
        decode(bytes(data))
    except DataError:
        pass
