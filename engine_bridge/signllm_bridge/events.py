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
class Woken:
    """Time has passed."""


Event = Opened | Received | Planned | Posed | Exhausted | Failed | Woken


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
class Close:
    """Close the connection."""

    code: int
    reason: str


Action = Send | Generate | StopGenerating | Close
