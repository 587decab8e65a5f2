"""The messages of the pose stream as plain values: what `proto/` says, without protobuf.

Field by field the meaning is that of `proto/signllm_bridge/v1/pose_stream.proto`; times are microseconds of the
connection's presentation clock. Enum members carry the numbers of the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

WIRE_VERSION: Final = 1


class ErrorCode(Enum):
    """What a client can do about an `Error`."""

    UNSPECIFIED = 0
    BAD_MESSAGE = 1
    INPUT_REFUSED = 2
    QUEUE_FULL = 3
    SOURCE_FAILED = 4
    REPORT_REFUSED = 5


class EndReason(Enum):
    """Why an utterance ended."""

    UNSPECIFIED = 0
    FINISHED = 1
    CANCELLED = 2
    FAILED = 3


class Status(Enum):
    """Whether the presentation clock runs."""

    UNSPECIFIED = 0
    PLAYING = 1
    PAUSED = 2


class Command(Enum):
    """What a client tells the running stream."""

    PAUSE = 1
    RESUME = 2
    CANCEL = 3


@dataclass(frozen=True)
class Setup:
    """What the frames of this connection mean; the first message."""

    server_name: str
    rig_name: str
    joint_names: tuple[str, ...]
    fps: float
    label: str
    sources: tuple[str, ...]
    max_text_length: int
    face_names: tuple[str, ...] = ()
    wire_version: int = WIRE_VERSION
    broadcast_source: str = ""
    """One of `sources`, for clients that nobody chose a source for; empty: the first."""


@dataclass(frozen=True)
class NonManual:
    """A marking of face and head over a row of glosses."""

    name: str
    first_gloss: int
    last_gloss: int


@dataclass(frozen=True)
class UtteranceStart:
    """An utterance begins; everything a caption needs."""

    utterance_id: int
    text: str
    language: str
    source: str
    gloss: str
    label: str
    coverage: float
    notices: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()
    review: str = ""
    non_manuals: tuple[NonManual, ...] = ()
    signs: tuple[str, ...] = ()
    sign_words: tuple[int, ...] = ()


@dataclass(frozen=True)
class Frame:
    """One pose."""

    utterance_id: int
    sequence: int
    presentation_time_us: int
    rotations: bytes
    """Four bytes for each joint of `Setup.joint_names`: see `signllm_bridge.smallest_three`."""
    root: tuple[float, float, float] | None = None
    """Metres; None on the wire when it is that of the frame before."""
    face: bytes = b""
    """One byte for each name of `Setup.face_names`, weight = byte / 255; empty when unchanged."""


@dataclass(frozen=True)
class SignBoundary:
    """A sign begins with the next frame."""

    utterance_id: int
    gloss_index: int
    gloss: str
    word_index: int
    text: str
    start_time_us: int


@dataclass(frozen=True)
class UtteranceEnd:
    """An utterance is over."""

    utterance_id: int
    frames: int
    reason: EndReason
    end_time_us: int


@dataclass(frozen=True)
class Error:
    """Something could not be done; one sentence says what to do instead."""

    code: ErrorCode
    message: str
    utterance_id: int = 0


@dataclass(frozen=True)
class Pong:
    """Answer to a `Ping`."""

    client_time_us: int
    server_time_us: int


@dataclass(frozen=True)
class State:
    """Answer to a pause or a resume."""

    status: Status
    server_time_us: int


@dataclass(frozen=True)
class Reported:
    """A `Report` has been written down."""

    utterance_id: int
    gloss_index: int


@dataclass(frozen=True)
class Speak:
    """Ask for an utterance."""

    text: str
    language: str = ""
    source: str = ""
    spell: bool = False
    gloss: str = ""
    speed: float = 0.0
    """Rate of signing; 0 is the usual rate, which is 1."""
    left_handed: bool = False
    no_mouthing: bool = False
    no_drafts: bool = False
    approved_by: str = ""


@dataclass(frozen=True)
class Report:
    """Tell of a wrong sign."""

    utterance_id: int
    gloss_index: int
    gloss: str = ""
    presentation_time_us: int = 0
    note: str = ""


@dataclass(frozen=True)
class Control:
    """Pause, resume or cancel."""

    command: Command


@dataclass(frozen=True)
class Ping:
    """Ask for the presentation clock."""

    client_time_us: int


ServerMessage = Setup | UtteranceStart | Frame | SignBoundary | UtteranceEnd | Error | Pong | State | Reported
ClientMessage = Speak | Control | Ping | Report
