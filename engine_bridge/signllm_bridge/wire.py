"""Messages to bytes and back: protobuf, wire version 1; every length is capped before anything is kept.

Pure: bytes in, values out. What a peer may send is limited three times: the size of a message before it is parsed,
the number and length of the strings in it, and the length of the arrays of a frame.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, TypeVar

from google.protobuf.message import DecodeError

from signllm_bridge.errors import WireError
from signllm_bridge.messages import (
    WIRE_VERSION,
    ClientMessage,
    Command,
    Control,
    EndReason,
    Error,
    ErrorCode,
    Frame,
    NonManual,
    Ping,
    Pong,
    Report,
    Reported,
    ServerMessage,
    Setup,
    SignBoundary,
    Speak,
    State,
    Status,
    UtteranceEnd,
    UtteranceStart,
)
from signllm_bridge.smallest_three import BYTES_PER_ROTATION
from signllm_bridge.v1 import pose_stream_pb2 as pb

E = TypeVar("E", ErrorCode, EndReason, Status)

MAX_MESSAGE_BYTES: Final = 64 * 1024
MAX_NAMES: Final = 1024
"""Joints, face weights, sources, notices, lines of a trace or markings in one message."""
MAX_SIGNS: Final = 4096
"""Signs, letters and digits of one utterance."""
MAX_NAME_LENGTH: Final = 1000
"""Characters of a joint name, a notice or a line of a trace."""


# ------------------------------------------------------------------------------------------------ to bytes


def encode_server_message(message: ServerMessage) -> bytes:
    """Bytes of one WebSocket message to a client."""
    match message:
        case Setup():
            out = pb.ServerMessage(setup=_setup_to_pb(message))
        case UtteranceStart():
            out = pb.ServerMessage(utterance_start=_start_to_pb(message))
        case Frame():
            out = pb.ServerMessage(frame=_frame_to_pb(message))
        case SignBoundary():
            out = pb.ServerMessage(sign_boundary=_boundary_to_pb(message))
        case UtteranceEnd():
            out = pb.ServerMessage(utterance_end=_end_to_pb(message))
        case Error(code, text, utterance_id):
            out = pb.ServerMessage(error=pb.Error(code=f"CODE_{code.name}", message=text, utterance_id=utterance_id))
        case Pong(client, server):
            out = pb.ServerMessage(pong=pb.Pong(client_time_us=client, server_time_us=server))
        case State(status, server):
            out = pb.ServerMessage(state=pb.State(status=f"STATUS_{status.name}", server_time_us=server))
        case Reported(utterance_id, index):
            out = pb.ServerMessage(reported=pb.Reported(utterance_id=utterance_id, gloss_index=index))
    return out.SerializeToString()


def encode_client_message(message: ClientMessage) -> bytes:
    """Bytes of one WebSocket message to the server."""
    match message:
        case Speak():
            out = pb.ClientMessage(speak=_speak_to_pb(message))
        case Control(command):
            out = pb.ClientMessage(control=pb.Control(command=f"COMMAND_{command.name}"))
        case Ping(client):
            out = pb.ClientMessage(ping=pb.Ping(client_time_us=client))
        case Report():
            out = pb.ClientMessage(report=_report_to_pb(message))
    return out.SerializeToString()


def without_repetition(frame: Frame, before: Frame | None) -> Frame:
    """`frame` without the root and face that the receiver knows from the frame sent `before`."""
    if before is None:
        return frame
    root = None if frame.root == before.root else frame.root
    return replace(frame, root=root, face=b"" if frame.face == before.face else frame.face)


def _setup_to_pb(m: Setup) -> pb.Setup:
    return pb.Setup(
        wire_version=m.wire_version,
        server_name=m.server_name,
        rig_name=m.rig_name,
        joint_names=m.joint_names,
        face_names=m.face_names,
        fps=m.fps,
        rotation_format=pb.ROTATION_FORMAT_SMALLEST_THREE_32,
        label=m.label,
        sources=m.sources,
        max_text_length=m.max_text_length,
        broadcast_source=m.broadcast_source,
    )


def _start_to_pb(m: UtteranceStart) -> pb.UtteranceStart:
    return pb.UtteranceStart(
        utterance_id=m.utterance_id,
        text=m.text,
        language=m.language,
        source=m.source,
        gloss=m.gloss,
        label=m.label,
        coverage=m.coverage,
        notices=m.notices,
        trace=m.trace,
        review=m.review,
        non_manuals=[
            pb.NonManual(name=marking.name, first_gloss=marking.first_gloss, last_gloss=marking.last_gloss)
            for marking in m.non_manuals
        ],
        signs=m.signs,
        sign_words=m.sign_words,
    )


def _frame_to_pb(m: Frame) -> pb.Frame:
    return pb.Frame(
        utterance_id=m.utterance_id,
        sequence=m.sequence,
        presentation_time_us=m.presentation_time_us,
        rotations=m.rotations,
        root=m.root or (),
        face=m.face,
    )


def _boundary_to_pb(m: SignBoundary) -> pb.SignBoundary:
    return pb.SignBoundary(
        utterance_id=m.utterance_id,
        gloss_index=m.gloss_index,
        gloss=m.gloss,
        word_index=m.word_index,
        text=m.text,
        start_time_us=m.start_time_us,
    )


def _end_to_pb(m: UtteranceEnd) -> pb.UtteranceEnd:
    return pb.UtteranceEnd(
        utterance_id=m.utterance_id, frames=m.frames, reason=f"REASON_{m.reason.name}", end_time_us=m.end_time_us
    )


def _speak_to_pb(m: Speak) -> pb.Speak:
    return pb.Speak(
        text=m.text,
        language=m.language,
        source=m.source,
        spell=m.spell,
        gloss=m.gloss,
        speed=m.speed,
        left_handed=m.left_handed,
        no_mouthing=m.no_mouthing,
        no_drafts=m.no_drafts,
        approved_by=m.approved_by,
    )


def _report_to_pb(m: Report) -> pb.Report:
    return pb.Report(
        utterance_id=m.utterance_id,
        gloss_index=m.gloss_index,
        gloss=m.gloss,
        presentation_time_us=m.presentation_time_us,
        note=m.note,
    )


# ---------------------------------------------------------------------------------------------- from bytes


def decode_client_message(data: bytes) -> ClientMessage:
    """What a client asks for.

    Raises:
        WireError: The bytes are too many, no `ClientMessage`, or a body or command that version 1 does not have.
    """
    _check_size(data)
    parsed = pb.ClientMessage()
    _parse(parsed, data, "ClientMessage")
    match parsed.WhichOneof("body"):
        case "speak":
            return _speak_from_pb(parsed.speak)
        case "control":
            return Control(_command_from_pb(parsed.control.command))
        case "ping":
            return Ping(parsed.ping.client_time_us)
        case "report":
            r = parsed.report
            return Report(r.utterance_id, r.gloss_index, r.gloss, r.presentation_time_us, r.note)
        case _:
            raise WireError(
                f"the message has no body that wire version {WIRE_VERSION} knows: send speak, control, ping or report"
            )


def decode_server_message(data: bytes) -> ServerMessage | None:
    """What the server says; None for a body that was added after this code, which a client ignores.

    Raises:
        WireError: The bytes are too many, no `ServerMessage`, or hold a list or array of impossible length.
    """
    _check_size(data)
    parsed = pb.ServerMessage()
    _parse(parsed, data, "ServerMessage")
    body = parsed.WhichOneof("body")
    return None if body is None else _server_from_pb(parsed, body)


_ServerBody = Literal[
    "setup", "utterance_start", "frame", "sign_boundary", "utterance_end", "error", "pong", "state", "reported"
]


def _server_from_pb(parsed: pb.ServerMessage, body: _ServerBody) -> ServerMessage:
    match body:
        case "setup":
            return _setup_from_pb(parsed.setup)
        case "utterance_start":
            return _start_from_pb(parsed.utterance_start)
        case "frame":
            return _frame_from_pb(parsed.frame)
        case "sign_boundary":
            b = parsed.sign_boundary
            return SignBoundary(b.utterance_id, b.gloss_index, b.gloss, b.word_index, b.text, b.start_time_us)
        case "utterance_end":
            e = parsed.utterance_end
            return UtteranceEnd(e.utterance_id, e.frames, _member(EndReason, e.reason), e.end_time_us)
        case "error":
            return Error(_member(ErrorCode, parsed.error.code), parsed.error.message, parsed.error.utterance_id)
        case "pong":
            return Pong(parsed.pong.client_time_us, parsed.pong.server_time_us)
        case "state":
            return State(_member(Status, parsed.state.status), parsed.state.server_time_us)
        case "reported":
            return Reported(parsed.reported.utterance_id, parsed.reported.gloss_index)


def _check_size(data: bytes) -> None:
    if len(data) > MAX_MESSAGE_BYTES:
        raise WireError(
            f"a message of {len(data)} bytes is too long: at most {MAX_MESSAGE_BYTES} are allowed; send less text"
        )


def _parse(message: pb.ClientMessage | pb.ServerMessage, data: bytes, name: str) -> None:
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise WireError(
            f"{len(data)} bytes are no {name} of wire version {WIRE_VERSION} ({error}): "
            "send one protobuf message per binary WebSocket frame"
        ) from error


def _command_from_pb(value: int) -> Command:
    try:
        return Command(value)
    except ValueError as error:
        allowed = ", ".join(f"{command.name} {command.value}" for command in Command)
        raise WireError(f"control command {value} is unknown: allowed are {allowed}") from error


def _member(kind: type[E], value: int) -> E:
    """The enum's member, or UNSPECIFIED for a value that a newer server has added."""
    return kind(value) if value in {member.value for member in kind} else kind(0)


def _speak_from_pb(m: pb.Speak) -> Speak:
    return Speak(
        text=m.text,
        language=m.language,
        source=m.source,
        spell=m.spell,
        gloss=m.gloss,
        speed=m.speed,
        left_handed=m.left_handed,
        no_mouthing=m.no_mouthing,
        no_drafts=m.no_drafts,
        approved_by=m.approved_by,
    )


def _setup_from_pb(m: pb.Setup) -> Setup:
    if not (math.isfinite(m.fps) and 0 < m.fps <= 1000):
        raise WireError(f"setup has {m.fps} frames per second: more than 0 and at most 1000 are allowed")
    return Setup(
        wire_version=m.wire_version,
        server_name=m.server_name,
        rig_name=m.rig_name,
        joint_names=_names(m.joint_names, "joint names"),
        face_names=_names(m.face_names, "face names"),
        fps=m.fps,
        label=m.label,
        sources=_names(m.sources, "sources"),
        max_text_length=m.max_text_length,
        broadcast_source=m.broadcast_source,
    )


def _start_from_pb(m: pb.UtteranceStart) -> UtteranceStart:
    return UtteranceStart(
        utterance_id=m.utterance_id,
        text=m.text,
        language=m.language,
        source=m.source,
        gloss=m.gloss,
        label=m.label,
        coverage=m.coverage,
        notices=_names(m.notices, "notices"),
        trace=_names(m.trace, "lines of the trace"),
        review=m.review,
        non_manuals=_non_manuals(m.non_manuals),
        signs=_names(m.signs, "signs", MAX_SIGNS),
        sign_words=_words(m.sign_words),
    )


def _non_manuals(markings: Sequence[pb.NonManual]) -> tuple[NonManual, ...]:
    _names([marking.name for marking in markings], "markings")
    return tuple(NonManual(marking.name, marking.first_gloss, marking.last_gloss) for marking in markings)


def _frame_from_pb(m: pb.Frame) -> Frame:
    if len(m.rotations) % BYTES_PER_ROTATION or len(m.rotations) > MAX_NAMES * BYTES_PER_ROTATION:
        raise WireError(
            f"frame {m.sequence} has {len(m.rotations)} bytes of rotations: "
            f"{BYTES_PER_ROTATION} for each of at most {MAX_NAMES} joints are allowed"
        )
    if len(m.face) > MAX_NAMES:
        raise WireError(f"frame {m.sequence} has {len(m.face)} face weights: at most {MAX_NAMES} are allowed")
    root = tuple(m.root)
    if len(root) not in (0, 3) or not all(map(math.isfinite, root)):
        raise WireError(f"frame {m.sequence} has the root {root}: none or three finite metres are allowed")
    return Frame(
        utterance_id=m.utterance_id,
        sequence=m.sequence,
        presentation_time_us=m.presentation_time_us,
        rotations=m.rotations,
        root=(root[0], root[1], root[2]) if root else None,
        face=m.face,
    )


def _words(words: Sequence[int]) -> tuple[int, ...]:
    if len(words) > MAX_SIGNS:
        raise WireError(f"the message lists the words of {len(words)} signs: at most {MAX_SIGNS} are allowed")
    return tuple(words)


def _names(names: Sequence[str], what: str, limit: int = MAX_NAMES) -> tuple[str, ...]:
    if len(names) > limit:
        raise WireError(f"the message lists {len(names)} {what}: at most {limit} are allowed")
    if any(len(name) > MAX_NAME_LENGTH for name in names):
        raise WireError(f"one of the {what} is longer than the {MAX_NAME_LENGTH} characters allowed")
    return tuple(names)
