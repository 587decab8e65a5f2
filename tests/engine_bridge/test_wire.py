"""Wire version 1: round trips, golden bytes, the error of rotations, and what garbage does."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from signllm_bridge import messages as m
from signllm_bridge.errors import WireError
from signllm_bridge.smallest_three import (
    MAX_ERROR_DEG,
    decode_rotations,
    encode_rotations,
    pack_rotations,
    unpack_rotations,
)
from signllm_bridge.v1 import pose_stream_pb2 as pb
from signllm_bridge.wire import (
    MAX_MESSAGE_BYTES,
    MAX_NAMES,
    decode_client_message,
    decode_server_message,
    encode_client_message,
    encode_server_message,
    without_repetition,
)

GOLDEN = Path(__file__).parents[1] / "golden"
FRAME_LIMIT_BYTES = 330
FIRST = (
    *("control_cancel", "control_pause", "control_resume", "error", "frame", "frame_late_in_a_long_stream"),
    *("frame_unchanged_root", "ping", "pong", "setup", "sign_boundary", "sign_boundary_rest", "speak", "speak_gloss"),
    *("state_paused", "state_playing", "utterance_end", "utterance_end_cancelled", "utterance_start"),
)
"""Messages of the first release."""


def load_maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_wire", GOLDEN / "make_wire.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = load_maker()

# ------------------------------------------------------------------------------------------------- rotations

numbers = st.floats(-1.0, 1.0, width=32)
quaternions = (
    hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(4)), elements=numbers)
    .filter(lambda q: bool((np.linalg.norm(q, axis=-1) > 1e-3).all()))
    .map(lambda q: q / np.linalg.norm(q, axis=-1, keepdims=True))
)


def angle_deg(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Angle of the rotation between two; by arcsine, which is exact near zero where arccosine is not."""
    b = np.where((a * b).sum(axis=-1, keepdims=True) < 0.0, -b, b)
    return np.asarray(np.degrees(4.0 * np.arcsin(np.minimum(1.0, 0.5 * np.linalg.norm(a - b, axis=-1)))))


@given(quaternions)
@example(np.full((1, 4), 0.5))
@example(np.array([[0.5, -0.5, 0.5, -0.5]]))
@example(np.array([[np.sqrt(0.5), 0.0, 0.0, -np.sqrt(0.5)]]))
def test_a_rotation_survives_within_its_bound_and_stays_unit(q: np.ndarray[Any, Any]) -> None:
    decoded = decode_rotations(encode_rotations(q))
    assert decoded.shape == q.shape
    assert angle_deg(q, decoded).max() <= MAX_ERROR_DEG
    np.testing.assert_allclose(np.linalg.norm(decoded, axis=-1), 1.0, atol=1e-12)


def test_the_mean_error_of_random_rotations_is_below_a_tenth_of_a_degree() -> None:
    q = np.random.default_rng(0).normal(size=(100_000, 4))
    q /= np.linalg.norm(q, axis=-1, keepdims=True)
    error = angle_deg(q, unpack_rotations(pack_rotations(q)))
    assert error.mean() <= 0.09
    assert error.max() <= MAX_ERROR_DEG


@pytest.mark.parametrize("axis", range(4))
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_rest_and_half_turns_about_the_axes_are_exact(axis: int, sign: float) -> None:
    q = sign * np.eye(4)[axis]
    np.testing.assert_array_equal(unpack_rotations(pack_rotations(q)), np.eye(4)[axis])


@given(hnp.arrays(np.uint32, st.integers(0, 8)))
def test_every_32_bits_are_a_unit_quaternion(packed: np.ndarray[Any, Any]) -> None:
    np.testing.assert_allclose(np.linalg.norm(unpack_rotations(packed), axis=-1), 1.0, atol=1e-12)


@given(quaternions)
def test_a_batch_is_a_loop(q: np.ndarray[Any, Any]) -> None:
    np.testing.assert_array_equal(pack_rotations(q), [pack_rotations(row) for row in q])


def test_the_layout_is_the_one_of_the_readme() -> None:
    assert encode_rotations([[0, 0, 0, 1]]).hex(" ") == "ff fd f7 df"
    assert encode_rotations([[1, 0, 0, 0]]).hex(" ") == "ff fd f7 1f"
    assert encode_rotations([[0, 0.6, 0, 0.8]]).hex(" ") == "ff c5 fe df"
    assert encode_rotations([[-0.5, 0.5, 0.5, -0.5]]).hex(" ") == "68 5b 62 09"


def test_what_is_no_quaternion_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[\.\.\., 4\], got shape \(5, 3\)"):
        pack_rotations(np.zeros((5, 3)))
    with pytest.raises(ValueError, match="finite"):
        pack_rotations([np.nan, 0, 0, 1])


# -------------------------------------------------------------------------------------------------- messages

uint32, uint64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
text = st.text(max_size=60)
float32 = st.floats(-1e6, 1e6, width=32)
names = st.lists(text, max_size=5).map(tuple)
server_messages = st.one_of(
    st.builds(
        m.Setup,
        text,
        text,
        names,
        st.floats(1.0, 120.0, width=32),
        text,
        names,
        uint32,
        names,
        wire_version=uint32,
        broadcast_source=text,
    ),
    st.builds(
        m.UtteranceStart,
        *(uint32, text, text, text, text, text, st.floats(0, 1, width=32), names),
        trace=names,
        review=text,
        non_manuals=st.lists(st.builds(m.NonManual, text, uint32, uint32), max_size=4).map(tuple),
        signs=names,
        sign_words=st.lists(uint32, max_size=5).map(tuple),
    ),
    st.builds(
        m.Frame,
        uint32,
        uint32,
        uint64,
        st.integers(0, 60).flatmap(lambda n: st.binary(min_size=4 * n, max_size=4 * n)),
        st.none() | st.tuples(float32, float32, float32),
        st.binary(max_size=60),
    ),
    st.builds(m.SignBoundary, uint32, uint32, text, uint32, text, uint64),
    st.builds(m.UtteranceEnd, uint32, uint32, st.sampled_from(m.EndReason), uint64),
    st.builds(m.Error, st.sampled_from(m.ErrorCode), text, uint32),
    st.builds(m.Pong, uint64, uint64),
    st.builds(m.State, st.sampled_from(m.Status), uint64),
    st.builds(m.Reported, uint32, uint32),
)
client_messages = st.one_of(
    st.builds(
        m.Speak,
        *(text, text, text, st.booleans(), text),
        speed=float32,
        left_handed=st.booleans(),
        no_mouthing=st.booleans(),
        no_drafts=st.booleans(),
        approved_by=text,
    ),
    st.builds(m.Report, uint32, uint32, text, uint64, text),
    st.builds(m.Control, st.sampled_from(m.Command)),
    st.builds(m.Ping, uint64),
)


@given(server_messages)
def test_server_messages_round_trip(message: m.ServerMessage) -> None:
    assert decode_server_message(encode_server_message(message)) == message


@given(client_messages)
def test_client_messages_round_trip(message: m.ClientMessage) -> None:
    assert decode_client_message(encode_client_message(message)) == message


@pytest.mark.parametrize("path", sorted((GOLDEN / "wire").glob("*.bin")), ids=lambda path: path.stem)
def test_golden_bytes_are_read_as_their_description_says(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    decode = decode_server_message if expected["direction"] == "server" else decode_client_message
    message = decode(path.read_bytes())
    assert message is not None
    assert MAKER.describe(message, expected["direction"]) == expected


def test_the_bytes_that_older_clients_were_tested_against_never_change() -> None:
    folder = GOLDEN / "wire"
    digest = hashlib.sha256(b"".join((folder / f"{name}.bin").read_bytes() for name in FIRST)).hexdigest()
    assert digest == "0f64a4fa79134924cb4b2f45219e0978a602ba63e57d7e5216d314d9ca9bfd75"


def test_golden_rotations_are_packed_as_their_table_says() -> None:
    table = json.loads((GOLDEN / "wire" / "rotations.json").read_text())
    assert [int(pack_rotations(row["quaternion"])) for row in table] == [row["packed"] for row in table]


def test_the_golden_files_are_the_ones_that_this_code_writes() -> None:
    for name, data in MAKER.golden_files().items():
        assert (GOLDEN / "wire" / name).read_bytes() == data, f"{name}: run python tests/golden/make_wire.py and look"


def test_a_full_frame_fits_its_limit_even_in_a_long_stream() -> None:
    frame = MAKER.SERVER["frame_late_in_a_long_stream"]
    assert len(frame.rotations) == 55 * 4
    assert len(encode_server_message(frame)) <= FRAME_LIMIT_BYTES


def test_a_root_or_face_that_the_receiver_has_is_left_out() -> None:
    frame = m.Frame(1, 0, 0, b"\0" * 4, (0.0, 1.0, 2.0), b"\1")
    assert without_repetition(frame, None) == frame
    assert without_repetition(frame, frame) == replace(frame, root=None, face=b"")
    assert without_repetition(frame, replace(frame, root=(0.0, 1.0, 3.0))) == replace(frame, face=b"")


def test_a_body_from_the_future_is_ignored_by_a_client() -> None:
    assert decode_server_message(b"\xfa\x01\x00") is None


def test_an_enum_value_from_the_future_is_unspecified() -> None:
    data = pb.ServerMessage(state=pb.State(server_time_us=5)).SerializeToString()
    assert decode_server_message(data.replace(b"\x10\x05", b"\x08\x63")) == m.State(m.Status.UNSPECIFIED, 0)


# --------------------------------------------------------------------------------------------------- garbage


@given(st.binary(max_size=400))
def test_random_bytes_are_a_message_or_a_wire_error(data: bytes) -> None:
    for decode in (decode_client_message, decode_server_message):
        try:
            decode(data)
        except WireError as error:
            assert str(error)


@given(st.data(), server_messages | client_messages)
def test_damaged_messages_are_a_message_or_a_wire_error(data: st.DataObject, message: Any) -> None:
    is_client = isinstance(message, m.Speak | m.Control | m.Ping | m.Report)
    damaged = bytearray(encode_client_message(message) if is_client else encode_server_message(message))
    for _ in range(data.draw(st.integers(1, 4))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    for decode in (decode_client_message, decode_server_message):
        try:
            decode(bytes(damaged))
        except WireError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff", "1 bytes are no ClientMessage of wire version 1 .*: send one protobuf message"),
        (b"", "no body that wire version 1 knows: send speak, control, ping or report"),
        (b"\x12\x02\x08\x63", "control command 99 is unknown: allowed are PAUSE 1, RESUME 2, CANCEL 3"),
        (b"\x0a\x04\x0a\x02\xff\xfe", "no ClientMessage"),
        (b"\0" * (MAX_MESSAGE_BYTES + 1), "a message of 65537 bytes is too long: at most 65536"),
    ],
)
def test_a_wire_error_says_what_was_wrong(data: bytes, words: str) -> None:
    with pytest.raises(WireError, match=words):
        decode_client_message(data)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (pb.ServerMessage(frame=pb.Frame(sequence=7, rotations=b"\0" * 5)), "frame 7 has 5 bytes of rotations: 4 for"),
        (pb.ServerMessage(frame=pb.Frame(rotations=b"\0" * 4 * (MAX_NAMES + 1))), "at most 1024 joints"),
        (pb.ServerMessage(frame=pb.Frame(face=b"\0" * (MAX_NAMES + 1))), "1025 face weights: at most 1024"),
        (pb.ServerMessage(frame=pb.Frame(root=[1.0, 2.0])), "none or three finite metres"),
        (pb.ServerMessage(frame=pb.Frame(root=[1.0, 2.0, float("nan")])), "none or three finite metres"),
        (pb.ServerMessage(setup=pb.Setup(fps=0.0)), "more than 0 and at most 1000"),
        (pb.ServerMessage(setup=pb.Setup(fps=25.0, joint_names=["x"] * (MAX_NAMES + 1))), "1025 joint names: at most"),
        (pb.ServerMessage(setup=pb.Setup(fps=25.0, sources=["x" * 2000])), "one of the sources is longer than"),
        (pb.ServerMessage(utterance_start=pb.UtteranceStart(trace=["x"] * 1025)), "1025 lines of the trace: at most"),
        (pb.ServerMessage(utterance_start=pb.UtteranceStart(signs=["x"] * 4097)), "4097 signs: at most 4096"),
        (pb.ServerMessage(utterance_start=pb.UtteranceStart(sign_words=[1] * 4097)), "the words of 4097 signs"),
        (
            pb.ServerMessage(utterance_start=pb.UtteranceStart(non_manuals=[pb.NonManual()] * 1025)),
            "1025 markings: at most 1024",
        ),
    ],
)
def test_lengths_and_numbers_of_server_messages_are_checked(message: pb.ServerMessage, words: str) -> None:
    with pytest.raises(WireError, match=words):
        decode_server_message(message.SerializeToString())
