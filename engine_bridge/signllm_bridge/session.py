"""One connection's protocol as a state machine: events and `now` in, actions out. No socket, no clock, no thread.

What a shell does: it feeds `Opened` once, then every message, every frame of the source that it runs, and `Woken`
at `wakeup`; it carries out the actions in order. What the machine does:

    idle      -- Speak --------------------> speaking: Generate; the shell answers Planned, Posed ..., Exhausted
    speaking  -- Speak --------------------> speaking, the new one waits in line
    speaking  -- last frame sent, CANCEL or Failed --> UtteranceEnd; the next in line, or idle
    any       -- Speak with approved_by ---> Record; it waits in line until the approval is written down
    any       -- Report -------------------> Record; the shell answers Recorded or NotRecorded
    any       -- PAUSE / RESUME -----------> the presentation clock stands still / goes on; nothing is lost
    any       -- bytes that are no message > Error; after several in a row Close

Every accepted Speak ends in exactly one UtteranceEnd; every refused one in exactly one Error. Every Report ends in
exactly one Reported or Error.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from signllm.errors import InputError
from signllm.source import Utterance, check_speed
from signllm_bridge.announcements import boundary_of, capped, start_of
from signllm_bridge.config import SessionLimits
from signllm_bridge.errors import WireError, as_sentence
from signllm_bridge.events import (
    Action,
    Approval,
    Close,
    Entry,
    Event,
    Exhausted,
    Failed,
    Generate,
    NotRecorded,
    Opened,
    Planned,
    Posed,
    Received,
    Record,
    Recorded,
    Send,
    StopGenerating,
    Woken,
)
from signllm_bridge.messages import (
    ClientMessage,
    Command,
    Control,
    EndReason,
    Error,
    ErrorCode,
    Frame,
    Ping,
    Pong,
    Report,
    Reported,
    ServerMessage,
    Setup,
    Speak,
    State,
    Status,
    UtteranceEnd,
)
from signllm_bridge.pacing import FrameSchedule, PresentationClock
from signllm_bridge.wire import decode_client_message
from signllm_bridge.wrong_signs import SeenUtterances

POLICY_VIOLATION: Final = 1008
"""WebSocket close code (RFC 6455, 7.4.1)."""
_MAX_LANGUAGE_LENGTH: Final = 35  # RFC 5646, 4.4.1: the longest language tag to be expected
_MAX_APPROVER_LENGTH: Final = 80


class SessionState(Enum):
    """What a viewer would say the stream does."""

    IDLE = "idle"
    SPEAKING = "speaking"
    PAUSED = "paused"


@dataclass
class _Running:
    """The utterance being signed, or waiting for it."""

    utterance_id: int
    speak: Speak
    utterance: Utterance | None = None
    approval: int = 0
    """Number of the `Record` without which it may not begin; 0 when it may."""
    problem: str = ""
    """Why it ends before it begins."""
    ready: deque[Posed] = field(default_factory=deque)
    exhausted: bool = False
    boundary: int = -1
    """Gloss of the last frame sent."""
    frames: int = 0


class Session:
    """The server's side of one connection."""

    def __init__(self, setup: Setup, limits: SessionLimits, *, now: float) -> None:
        """A session whose presentation clock reads 0 at `now`."""
        self._setup, self._limits = setup, limits
        self._clock = PresentationClock(now)
        self._schedule = FrameSchedule(setup.fps, limits.lead_frames)
        self._running: _Running | None = None
        self._waiting: deque[_Running] = deque()
        self._last_id = 0
        self._sequence = 0
        self._bad_messages = 0
        self._seen = SeenUtterances()
        self._reports: dict[int, Report] = {}
        """Reports that are being written, by the number of their `Record`."""
        self._reported = 0
        self._last_record = 0
        self._actions: list[Action] = []

    @property
    def state(self) -> SessionState:
        """Idle, speaking or paused."""
        if self._clock.is_paused:
            return SessionState.PAUSED
        return SessionState.IDLE if self._running is None else SessionState.SPEAKING

    @property
    def buffered(self) -> int:
        """Frames that wait for their time."""
        return len(self._running.ready) if self._running else 0

    def wakeup(self, now: float) -> float | None:
        """When to feed `Woken`, on the clock of `now`; None when only another event can change anything."""
        if self._clock.is_paused or not self.buffered:
            return None
        return now + self._schedule.wait(self._clock.reading(now))

    def receive(self, event: Event, now: float) -> list[Action]:
        """What to do about `event`, in order."""
        self._actions = []
        match event:
            case Opened():
                self._send(self._setup)
            case Received(data):
                self._receive_bytes(data, now)
            case Woken():
                pass
            case Planned() | Posed() | Exhausted() | Failed():
                self._receive_generated(event, now)
            case Recorded() | NotRecorded():
                self._receive_recorded(event, now)
        self._send_due_frames(now)
        return self._actions

    # ------------------------------------------------------------------------------------------ from the client

    def _receive_bytes(self, data: bytes | str, now: float) -> None:
        try:
            if isinstance(data, str):
                raise WireError("a text message cannot be read: send one protobuf message per binary frame")
            message = decode_client_message(data)
        except WireError as error:
            self._refuse_bytes(error)
            return
        self._bad_messages = 0
        self._receive_message(message, now)

    def _refuse_bytes(self, error: WireError) -> None:
        self._bad_messages += 1
        self._send(Error(ErrorCode.BAD_MESSAGE, capped(str(error))))
        if self._bad_messages >= self._limits.max_bad_messages:
            self._actions.append(Close(POLICY_VIOLATION, f"{self._bad_messages} unreadable messages in a row"))

    def _receive_message(self, message: ClientMessage, now: float) -> None:
        match message:
            case Speak():
                self._speak(message, now)
            case Report():
                self._report(message)
            case Ping(client_time):
                self._send(Pong(client_time, self._time_us(now)))
            case Control(Command.PAUSE):
                self._clock = self._clock.paused(now)
                self._send(State(Status.PAUSED, self._time_us(now)))
            case Control(Command.RESUME):
                self._clock = self._clock.resumed(now)
                self._send(State(Status.PLAYING, self._time_us(now)))
            case Control(Command.CANCEL):
                self._cancel(now)

    def _speak(self, speak: Speak, now: float) -> None:
        refusal = self._refusal(speak)
        if refusal is not None:
            self._send(refusal)
            return
        self._last_id += 1
        complete = replace(
            speak,
            language=speak.language or self._limits.default_language,
            source=speak.source or self._setup.sources[0],
            approved_by=speak.approved_by.strip(),
        )
        entry = _Running(self._last_id, complete)
        if complete.approved_by:
            entry.approval = self._record(
                Approval(complete.approved_by, speak.text, complete.language, complete.source, speak.gloss)
            )
        self._waiting.append(entry)
        self._start_next(now)

    def _refusal(self, speak: Speak) -> Error | None:
        """Why the request cannot be taken on, None when it can."""
        limit = self._limits.max_text_length
        for name, text in (("text", speak.text), ("gloss line", speak.gloss)):
            if len(text) > limit:
                sentence = f"The {name} has {len(text)} characters: at most {limit} can be signed at a time; send less."
                return Error(ErrorCode.INPUT_REFUSED, sentence)
        if not (speak.text.strip() or speak.gloss.strip()):
            return Error(ErrorCode.INPUT_REFUSED, "There is no text to sign: send at least one word.")
        if len(speak.language) > _MAX_LANGUAGE_LENGTH:
            return Error(ErrorCode.INPUT_REFUSED, "The language is no language code: send one such as 'asl'.")
        if speak.source and speak.source not in self._setup.sources:
            known = ", ".join(self._setup.sources)
            return Error(ErrorCode.INPUT_REFUSED, f"Source {speak.source[:40]!r} is not served here: choose {known}.")
        name = speak.approved_by.strip()
        if name and not (name.isprintable() and len(name) <= _MAX_APPROVER_LENGTH and any(map(str.isalpha, name))):
            sentence = f"Who approves a message is named in 1 to {_MAX_APPROVER_LENGTH} characters: send the name."
            return Error(ErrorCode.INPUT_REFUSED, sentence)
        try:
            check_speed(speak.speed or 1.0)
        except InputError as error:
            return Error(ErrorCode.INPUT_REFUSED, as_sentence(error))
        if len(self._waiting) >= self._limits.max_waiting:
            sentence = f"{len(self._waiting)} utterances are waiting already: cancel them, or ask again later."
            return Error(ErrorCode.QUEUE_FULL, sentence)
        return None

    def _cancel(self, now: float) -> None:
        forgotten, self._waiting = self._waiting, deque()
        if self._running is not None:
            self._actions.append(StopGenerating(self._running.utterance_id))
            self._end(EndReason.CANCELLED, now)
        for entry in forgotten:
            self._send(UtteranceEnd(entry.utterance_id, 0, EndReason.CANCELLED, self._end_us(now)))

    def _report(self, report: Report) -> None:
        try:
            entry = self._seen.wrong_sign(report)
            if self._reported >= self._limits.max_reports:
                raise InputError(f"{self._limits.max_reports} signs have been reported already; connect again for more")
        except InputError as error:
            self._send(Error(ErrorCode.REPORT_REFUSED, capped(as_sentence(error))))
            return
        self._reported += 1
        self._reports[self._record(entry)] = report

    # -------------------------------------------------------------------------------------- from the generation

    def _receive_generated(self, event: Planned | Posed | Exhausted | Failed, now: float) -> None:
        running = self._running
        if running is None or running.utterance_id != event.utterance_id:
            return  # of an utterance that was cancelled while this was on its way
        match event:
            case Planned(_, utterance, review):
                running.utterance = utterance
                self._seen.add(running.utterance_id, running.speak, utterance)
                self._send(start_of(running.utterance_id, running.speak, utterance, review))
            case Posed():
                running.ready.append(event)
            case Exhausted():
                running.exhausted = True
            case Failed(utterance_id, code, message):
                self._send(Error(code, capped(message), utterance_id))
                self._end(EndReason.FAILED, now)

    # ------------------------------------------------------------------------------------- from the writer of files

    def _record(self, entry: Entry) -> int:
        self._last_record += 1
        self._actions.append(Record(self._last_record, entry))
        return self._last_record

    def _receive_recorded(self, event: Recorded | NotRecorded, now: float) -> None:
        problem = capped(event.message) if isinstance(event, NotRecorded) else ""
        report = self._reports.pop(event.number, None)
        if report is not None:
            done = Reported(report.utterance_id, report.gloss_index)
            self._send(Error(ErrorCode.REPORT_REFUSED, problem) if problem else done)
        for entry in self._waiting:
            if entry.approval == event.number:
                entry.approval, entry.problem = 0, problem
        self._start_next(now)

    # ------------------------------------------------------------------------------------------------- to the client

    def _send_due_frames(self, now: float) -> None:
        running = self._running
        if running is None or self._clock.is_paused:
            return
        reading = self._clock.reading(now)
        while running.ready and self._schedule.wait(reading) == 0.0:
            self._send_frame(running, running.ready.popleft(), reading)
        if running.exhausted and not running.ready:
            self._end(EndReason.FINISHED, now)

    def _send_frame(self, running: _Running, pose: Posed, reading: float) -> None:
        time_us = _microseconds(self._schedule.due(reading))
        self._schedule = self._schedule.after_frame(reading)
        if pose.gloss != running.boundary:
            running.boundary = pose.gloss
            self._send(boundary_of(running.utterance_id, running.utterance, pose.gloss, time_us))
        self._send(Frame(running.utterance_id, self._sequence, time_us, pose.rotations, pose.root, pose.face))
        self._sequence += 1
        running.frames += 1

    # --------------------------------------------------------------------------------------------------- common

    def _start_next(self, now: float) -> None:
        while self._running is None and self._waiting and not self._waiting[0].approval:
            entry = self._waiting.popleft()
            if entry.problem:  # told in its turn: utterances end in the order in which they were asked for
                self._send(Error(ErrorCode.SOURCE_FAILED, entry.problem, entry.utterance_id))
                self._send(UtteranceEnd(entry.utterance_id, 0, EndReason.FAILED, self._end_us(now)))
            else:
                self._running = entry
                self._actions.append(Generate(entry.utterance_id, entry.speak))

    def _end(self, reason: EndReason, now: float) -> None:
        assert self._running is not None
        running, self._running = self._running, None
        self._send(UtteranceEnd(running.utterance_id, running.frames, reason, self._end_us(now)))
        self._start_next(now)

    def _end_us(self, now: float) -> int:
        return _microseconds(self._schedule.due(self._clock.reading(now)))

    def _time_us(self, now: float) -> int:
        return _microseconds(self._clock.reading(now))

    def _send(self, message: ServerMessage) -> None:
        self._actions.append(Send(message))


def _microseconds(seconds: float) -> int:
    return round(seconds * 1e6)
