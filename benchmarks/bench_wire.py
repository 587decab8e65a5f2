"""One frame to bytes and back, beside the plainest numpy code for the same rotations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion import rotation
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge.messages import Frame
from signllm_bridge.smallest_three import decode_rotations, encode_rotations
from signllm_bridge.wire import decode_server_message, encode_server_message

_OFTEN: Final = {"rounds": 200, "iterations": 10}

Floats = npt.NDArray[np.float64]


def _rotations() -> Floats:
    return rotation.normalize(np.random.default_rng(0).normal(size=(len(HUMANOID.joint_names), 4)))


def test_a_frame_to_bytes(measure: Callable[..., list[float]], record: Callable[..., None]) -> None:
    """Smallest three and protobuf."""
    rotations = _rotations()

    def encode() -> bytes:
        return encode_server_message(Frame(1, 7, 280_000, encode_rotations(rotations)))

    record("wire, a frame to bytes", measure(encode, **_OFTEN), "us", scale=1e6)
    record("wire, bytes of a frame", float(len(encode())), "bytes")


def test_a_frame_from_bytes(measure: Callable[..., list[float]], record: Callable[..., None]) -> None:
    """Protobuf with all its checks, and rotations."""
    data = encode_server_message(Frame(1, 7, 280_000, encode_rotations(_rotations())))

    def decode() -> Floats:
        message = decode_server_message(data)
        assert isinstance(message, Frame)
        return decode_rotations(message.rotations)

    record("wire, a frame from bytes", measure(decode, **_OFTEN), "us", scale=1e6)


def test_plain_numpy_to_bytes_and_back(measure: Callable[..., list[float]], record: Callable[..., None]) -> None:
    """What the same rotations cost without messages and checks."""
    rotations = _rotations()
    assert np.allclose(np.abs((_plain_decode(_plain_encode(rotations)) * rotations).sum(axis=-1)), 1.0, atol=1e-4)
    seconds = measure(lambda: _plain_decode(_plain_encode(rotations)), **_OFTEN)
    record("wire, plain numpy smallest three to bytes and back", seconds, "us", scale=1e6)


def _plain_encode(quaternions: Floats) -> bytes:
    """Smallest three in ten bits each, without checks and without a message around it."""
    largest = np.abs(quaternions).argmax(axis=1)
    rows = np.arange(len(quaternions))
    signed = quaternions * np.sign(quaternions[rows, largest])[:, None]
    kept = signed[np.arange(4) != largest[:, None]].reshape(-1, 3)
    levels = np.rint(kept * 511 * np.sqrt(2.0)).astype(np.int64) + 511
    codes = largest << 30 | levels[:, 0] << 20 | levels[:, 1] << 10 | levels[:, 2]
    return bytes(codes.astype("<u4").data)


def _plain_decode(data: bytes) -> Floats:
    codes = np.frombuffer(data, dtype="<u4").astype(np.int64)
    levels = np.stack([codes >> shift & 1023 for shift in (20, 10, 0)], axis=1)
    kept = (levels - 511) / (511 * np.sqrt(2.0))
    largest = codes >> 30
    quaternions = np.empty((len(codes), 4))
    quaternions[np.arange(4) != largest[:, None]] = kept.ravel()
    quaternions[np.arange(len(codes)), largest] = np.sqrt(np.maximum(0.0, 1.0 - (kept**2).sum(axis=1)))
    return quaternions
