"""What a session is told, and what it asks for: the vocabulary between the state machine and its shells."""

from __future__ import annotations

from dataclasses import dataclass

from signllm.source import Utterance
from signllm_bridge.messages import ErrorCode, ServerMessage, Speak

# -------------------------------------------------------------------------------------- events: what happens


@dataclass(frozen=True)
class Opened:
    """The connection is there."""


@dataclass(frozen=True)
class Received:
    """A WebSocket message has come; text messages come as `str`."""

    data: bytes | str


@dataclass(frozen=True)
class Planned:
    """The text of an utterance has become glosses."""

    utterance_id: int
    utterance: Utterance
    review: str = ""
    """Lowest review state of what is signed; empty when nothing is."""


@dataclass(frozen=True)
class Posed:
    """The next frame of an utterance has been made."""

    utterance_id: int
    gloss: int
    """Index of its gloss; the number of glosses while the hands return to rest."""
    rotations: bytes
    root: tuple[float, float, float]
    face: bytes = b""


@dataclass(frozen=True)
class Exhausted:
    """The utterance has no more frames."""

    utterance_id: int


@dataclass(frozen=True)
class Failed:
    """The utterance cannot be signed, or not to its end."""

    utterance_id: int
    code: ErrorCode
    message: str


@dataclass(frozen=True)
class Recorded:
    """What a `Record` asked for stands in the file."""

    number: int


@dataclass(frozen=True)
class NotRecorded:
    """It could not be written; the message says why, to whoever wanted it written."""

    number: int
    message: str


@dataclass(frozen=True)
class Woken:
    """Time has passed."""


Event = Opened | Received | Planned | Posed | Exhausted | Failed | Recorded | NotRecorded | Woken


# --------------------------------------------------------------------------------- actions: what is to be done


@dataclass(frozen=True)
class Send:
    """Send this message."""

    message: ServerMessage


@dataclass(frozen=True)
class Generate:
    """Start to make the frames of an utterance; `speak` has a language and a source."""

    utterance_id: int
    speak: Speak


@dataclass(frozen=True)
class StopGenerating:
    """Make no more frames of this utterance; those on their way are ignored."""

    utterance_id: int


@dataclass(frozen=True)
class WrongSign:
    """What a viewer reports: a sign of an utterance that was not right."""

    text: str
    language: str
    source: str
    gloss_line: str
    gloss_index: int
    gloss: str
    presentation_time_us: int
    note: str


@dataclass(frozen=True)
class Approval:
    """A named operator lets a message be signed that would be captions only."""

    approved_by: str
    text: str
    language: str
    source: str
    gloss_line: str


Entry = WrongSign | Approval


@dataclass(frozen=True)
class Record:
    """Write this down for good, with the time, and answer with `Recorded` or `NotRecorded`."""

    number: int
    entry: Entry


@dataclass(frozen=True)
class Close:
    """Close the connection."""

    code: int
    reason: str


Action = Send | Generate | StopGenerating | Record | Close
