"""The protocol, driven by lists of (now, event): what is sent, when, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signllm.source import Gloss, NonManual, Utterance
from signllm_bridge.config import SessionLimits
from signllm_bridge.errors import SettingError
from signllm_bridge.events import (
    Action,
    Approval,
    Close,
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
    WrongSign,
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
    Setup,
    SignBoundary,
    Speak,
    State,
    Status,
    UtteranceEnd,
    UtteranceStart,
)
from signllm_bridge.messages import NonManual as Marking
from signllm_bridge.session import Session, SessionState
from signllm_bridge.wire import MAX_MESSAGE_BYTES, encode_client_message, encode_server_message
from signllm_bridge.wrong_signs import KEPT

SETUP = Setup("test", "vrm_humanoid", ("hips",), 25.0, "Computer-generated", ("signllm", "lexicon"), 2000)
GLOSSES = (Gloss("HELLO", 0, "Hello"), Gloss("fs:A", 1, "Al"), Gloss("fs:L", 1, "Al"))
HIPS = (0.0, 1.0, 0.0)
LEAD_S = 4 / 25


def said(message: ClientMessage) -> Received:
    return Received(encode_client_message(message))


PAUSE, RESUME, CANCEL = (said(Control(command)) for command in (Command.PAUSE, Command.RESUME, Command.CANCEL))
SPEAK = said(Speak("Hello Al"))


def planned(number: int = 1, glosses: tuple[Gloss, ...] = GLOSSES) -> Planned:
    utterance = Utterance("Hello Al", "asl", glosses, "Experimental", 0.5, ("Al is spelled.",))
    return Planned(number, utterance, "draft" if glosses else "")


def posed(gloss: int = 0, number: int = 1) -> Posed:
    return Posed(number, gloss, b"\0\0\0\0", HIPS)


class Driven:
    """A session that began at 0, and everything that it has done."""

    def __init__(self, limits: SessionLimits | None = None) -> None:
        self.session = Session(SETUP, limits or SessionLimits(), now=0.0)
        self.actions: list[tuple[float, Action]] = []

    def run(self, *script: tuple[float, Event]) -> list[Action]:
        """Feed the events in order and return what they brought about."""
        before = len(self.actions)
        for now, event in script:
            self.actions += [(now, action) for action in self.session.receive(event, now)]
        return [action for _, action in self.actions[before:]]

    def run_clock(self, now: float, until: float) -> None:
        """Wake the session when it asks for it, from `now` until it sleeps or time is up."""
        while (when := self.session.wakeup(now)) is not None and when <= until:
            now = when
            self.run((now, Woken()))

    def frames(self) -> list[tuple[float, Frame]]:
        """When each frame was sent."""
        return [(now, a.message) for now, a in self.actions if isinstance(a, Send) and isinstance(a.message, Frame)]


def messages(actions: Iterable[Action]) -> list[object]:
    return [action.message for action in actions if isinstance(action, Send)]


def test_setup_is_sent_first() -> None:
    assert Driven().run((0.0, Opened())) == [Send(SETUP)]


def test_a_text_is_generated_announced_signed_and_ended() -> None:
    driven = Driven()
    actions = driven.run(
        (1.0, SPEAK),
        (1.1, planned()),
        (1.2, posed(0)),
        (1.2, posed(1)),
        (1.2, posed(3)),
        (1.2, Exhausted(1)),
    )
    assert actions[0] == Generate(1, Speak("Hello Al", "asl", "signllm"))
    assert messages(actions) == [
        UtteranceStart(
            *(1, "Hello Al", "asl", "signllm", "HELLO fs:AL", "Experimental", 0.5, ("Al is spelled.",)),
            review="draft",
            signs=("HELLO", "fs:A", "fs:L"),
            sign_words=(0, 1, 1),
        ),
        SignBoundary(1, 0, "HELLO", 0, "Hello", 1_200_000),
        Frame(1, 0, 1_200_000, b"\0\0\0\0", HIPS),
        SignBoundary(1, 1, "fs:A", 1, "Al", 1_240_000),
        Frame(1, 1, 1_240_000, b"\0\0\0\0", HIPS),
        SignBoundary(1, 3, "", 2, "", 1_280_000),
        Frame(1, 2, 1_280_000, b"\0\0\0\0", HIPS),
        UtteranceEnd(1, 3, EndReason.FINISHED, 1_320_000),
    ]
    assert driven.session.state is SessionState.IDLE


def test_an_utterance_without_signs_is_a_caption_that_ends_at_once() -> None:
    driven = Driven()
    sent = messages(driven.run((1.0, SPEAK), (1.1, planned(glosses=())), (1.1, Exhausted(1))))
    assert [type(message) for message in sent] == [UtteranceStart, UtteranceEnd]


def test_frames_are_sent_at_most_the_lead_before_their_time() -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, planned()), *[(0.0, posed()) for _ in range(50)])
    driven.run_clock(0.0, until=10.0)
    frames = driven.frames()
    assert len(frames) == 50
    for k, (now, frame) in enumerate(frames):
        assert frame.presentation_time_us == 40_000 * k
        assert now == pytest.approx(max(0.0, k / 25 - LEAD_S), abs=1e-6)


def test_a_session_sleeps_when_only_the_source_can_go_on() -> None:
    driven = Driven()
    assert driven.session.wakeup(0.0) is None
    driven.run((0.0, SPEAK), (0.0, planned()), (0.0, posed()))
    assert driven.session.wakeup(0.0) is None


def test_a_source_that_stalls_moves_the_rest_and_makes_no_burst() -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, planned()), (0.0, posed()), (0.0, posed()))
    driven.run(*[(3.0, posed()) for _ in range(20)])
    times = [frame.presentation_time_us for _, frame in driven.frames()]
    assert times == [0, 40_000, *range(3_000_000, 3_000_000 + 5 * 40_000, 40_000)]


def test_a_paused_stream_keeps_its_frames_and_goes_on_where_it_stood() -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, planned()), *[(0.0, posed()) for _ in range(10)])
    assert messages(driven.run((0.1, PAUSE))) == [State(Status.PAUSED, 100_000)]
    assert driven.session.state is SessionState.PAUSED
    assert driven.session.wakeup(0.1) is None
    assert messages(driven.run((5.0, Woken()), (6.0, posed()), (7.0, Exhausted(1)))) == []
    state, *rest = messages(driven.run((9.0, RESUME)))
    assert state == State(Status.PLAYING, 100_000)
    assert not any(isinstance(message, State) for message in rest)
    driven.run_clock(9.0, until=20.0)
    assert [f.presentation_time_us for _, f in driven.frames()] == list(range(0, 11 * 40_000, 40_000))


def test_pausing_twice_is_answered_twice_and_changes_nothing() -> None:
    driven = Driven()
    sent = messages(driven.run((1.0, PAUSE), (2.0, PAUSE), (3.0, RESUME), (4.0, RESUME)))
    assert sent == [
        State(Status.PAUSED, 1_000_000),
        State(Status.PAUSED, 1_000_000),
        State(Status.PLAYING, 1_000_000),
        State(Status.PLAYING, 2_000_000),
    ]


def test_the_next_text_waits_and_follows_without_a_gap() -> None:
    driven = Driven()
    first = driven.run((0.0, SPEAK), (0.0, said(Speak("More", "asl", "lexicon"))), (0.0, planned()), (0.0, posed()))
    assert [a for a in first if isinstance(a, Generate)] == [Generate(1, Speak("Hello Al", "asl", "signllm"))]
    second = driven.run((0.01, Exhausted(1)), (0.02, planned(2)), (0.02, posed(0, 2)))
    assert second[:2] == [
        Send(UtteranceEnd(1, 1, EndReason.FINISHED, 40_000)),
        Generate(2, Speak("More", "asl", "lexicon")),
    ]
    assert second[-1] == Send(Frame(2, 1, 40_000, b"\0\0\0\0", HIPS))


def test_the_queue_is_bounded_and_says_so() -> None:
    driven = Driven(SessionLimits(max_waiting=2))
    driven.run((0.0, SPEAK), (0.0, SPEAK), (0.0, SPEAK))
    (action,) = driven.run((0.0, SPEAK))
    assert isinstance(action, Send) and isinstance(action.message, Error)
    assert action.message.code is ErrorCode.QUEUE_FULL
    assert "2 utterances are waiting" in action.message.message


def test_cancel_ends_the_running_utterance_and_the_waiting_ones() -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, SPEAK), (0.0, planned()), *[(0.0, posed()) for _ in range(10)])
    assert driven.run((0.1, CANCEL)) == [
        StopGenerating(1),
        Send(UtteranceEnd(1, 5, EndReason.CANCELLED, 200_000)),
        Send(UtteranceEnd(2, 0, EndReason.CANCELLED, 200_000)),
    ]
    assert driven.run((0.2, posed()), (0.3, Exhausted(1)), (0.4, planned()), (5.0, Woken())) == []
    assert driven.session.state is SessionState.IDLE


def test_cancel_without_anything_to_cancel_is_quiet() -> None:
    assert Driven().run((0.0, CANCEL)) == []


def test_presentation_times_never_go_back_after_a_cancel() -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, planned()), *[(0.0, posed()) for _ in range(5)], (0.01, CANCEL))
    driven.run((0.02, SPEAK), (0.02, planned(2)), (0.02, posed(0, 2)))
    driven.run_clock(0.02, until=1.0)
    assert [f.presentation_time_us for _, f in driven.frames()] == list(range(0, 6 * 40_000, 40_000))


def test_a_failure_is_told_and_the_next_text_is_signed() -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, SPEAK))
    assert driven.run((0.1, Failed(1, ErrorCode.INPUT_REFUSED, "No."))) == [
        Send(Error(ErrorCode.INPUT_REFUSED, "No.", 1)),
        Send(UtteranceEnd(1, 0, EndReason.FAILED, 100_000)),
        Generate(2, Speak("Hello Al", "asl", "signllm")),
    ]


@pytest.mark.parametrize(
    ("speak", "words"),
    [
        (Speak(""), "There is no text to sign"),
        (Speak(" \n\t "), "There is no text to sign"),
        (Speak("x" * 2001), "The text has 2001 characters: at most 2000"),
        (Speak("", gloss="X " * 1001), "The gloss line has 2002 characters: at most 2000"),
        (Speak("Hi", language="x" * 99), "send one such as 'asl'"),
        (Speak("Hi", source="magic"), "Source 'magic' is not served here: choose signllm, lexicon."),
        (Speak("Hi", speed=2.0), "Speed 2 is out of range; choose 0.5 to 1.25"),
        (Speak("Hi", speed=-1.0), "Speed -1 is out of range; choose 0.5 to 1.25"),
        (Speak("Hi", speed=float("nan")), "Speed nan is out of range; choose 0.5 to 1.25"),
        (Speak("Hi", approved_by="x" * 81), "named in 1 to 80 characters: send the name"),
        (Speak("Hi", approved_by="Ana\x1b[2J"), "named in 1 to 80 characters: send the name"),
        (Speak("Hi", approved_by="42"), "named in 1 to 80 characters: send the name"),
    ],
)
def test_a_request_that_cannot_be_taken_is_refused_in_one_sentence(speak: Speak, words: str) -> None:
    (action,) = Driven().run((0.0, said(speak)))
    assert isinstance(action, Send) and isinstance(action.message, Error)
    assert action.message.code is ErrorCode.INPUT_REFUSED
    assert words in action.message.message


def test_a_text_of_just_the_limit_and_a_gloss_line_alone_are_taken() -> None:
    for speak in (Speak("x" * 2000), Speak("", gloss="NAME MY")):
        (action,) = Driven().run((0.0, said(speak)))
        assert isinstance(action, Generate)


def test_garbage_is_answered_and_the_stream_lives_on() -> None:
    driven = Driven()
    (error,) = messages(driven.run((0.0, Received(b"\xff"))))
    assert isinstance(error, Error) and error.code is ErrorCode.BAD_MESSAGE
    assert messages(driven.run((1.0, said(Ping(7))))) == [Pong(7, 1_000_000)]


def test_garbage_in_a_row_closes_but_a_good_message_between_forgives() -> None:
    driven = Driven(SessionLimits(max_bad_messages=2))
    garbage = (0.0, Received("text"))
    assert not [a for a in driven.run(garbage, (0.0, said(Ping(1))), garbage) if isinstance(a, Close)]
    assert driven.run(garbage)[-1] == Close(1008, "2 unreadable messages in a row")


def test_a_pong_reads_the_presentation_clock() -> None:
    driven = Driven()
    assert messages(driven.run((2.0, PAUSE), (5.0, said(Ping(1)))))[-1] == Pong(1, 2_000_000)


def test_limits_below_one_are_refused() -> None:
    with pytest.raises(SettingError, match="max_waiting is 0: it must be at least 1"):
        SessionLimits(max_waiting=0)


def test_what_a_viewer_asks_for_reaches_the_generation() -> None:
    wish = Speak("Hi", "asl", "lexicon", speed=0.75, left_handed=True, no_mouthing=True, no_drafts=True)
    assert Driven().run((0.0, said(wish))) == [Generate(1, wish)]


def test_what_was_decided_about_a_text_is_told_before_its_frames() -> None:
    driven = Driven()
    utterance = Utterance(
        *("No.", "asl", (Gloss("NO", 0, "No"),), "Experimental", 1.0),
        nonmanuals=(NonManual("negation", 0, 0),),
        trace=("look_up: NO",),
    )
    (start,) = messages(driven.run((0.0, SPEAK), (0.0, Planned(1, utterance, "draft"))))
    assert isinstance(start, UtteranceStart)
    assert (start.trace, start.review, start.non_manuals) == (
        ("look_up: NO",),
        "draft",
        (Marking("negation", 0, 0),),
    )


def test_the_longest_announcement_fits_into_a_message() -> None:
    wide = "\N{WAVING HAND SIGN}"
    glosses = tuple(Gloss("fs:A", k // 40, wide * 40) for k in range(2400))
    utterance = Utterance(
        text=wide * 2000,
        language="asl",
        glosses=glosses,
        label="Experimental",
        coverage=0.0,
        notices=(wide * 1000,) * 100,
        nonmanuals=(NonManual("yes-no-question", 0, 2399),) * 1000,
        trace=(wide * 1000,) * 100,
    )
    (start,) = messages(Driven().run((0.0, SPEAK), (0.0, Planned(1, utterance, "draft")))[-1:])
    assert isinstance(start, UtteranceStart)
    assert min(len(start.notices), len(start.trace), len(start.signs)) >= 4
    assert len(encode_server_message(start)) < MAX_MESSAGE_BYTES


# ---------------------------------------------------------------------------------------------- wrong signs

REPORT = said(Report(1, 1, "fs:A", 1_240_000, "The thumb is across."))


def test_a_report_is_written_down_with_all_that_the_sign_can_be_made_of_again_and_then_acknowledged() -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, planned()))
    assert driven.run((1.0, REPORT)) == [
        Record(
            1,
            WrongSign(
                *("Hello Al", "asl", "signllm", "HELLO fs:AL", 1, "fs:A"),
                presentation_time_us=1_240_000,
                note="The thumb is across.",
            ),
        )
    ]
    assert driven.run((1.1, Recorded(1))) == [Send(Reported(1, 1))]
    assert driven.run((1.2, Recorded(1))) == [], "told once"


def test_a_report_that_cannot_be_written_is_told_to_the_viewer_and_the_stream_goes_on() -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, planned()), (1.0, REPORT))
    assert driven.run((1.1, NotRecorded(1, "The disk is full."))) == [
        Send(Error(ErrorCode.REPORT_REFUSED, "The disk is full."))
    ]
    assert messages(driven.run((1.2, posed())))[-1] == Frame(1, 0, 1_200_000, b"\0\0\0\0", HIPS)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (Report(2, 0), "Utterance 2 is none of the last 64 that were signed on this connection"),
        (Report(0, 0), "Utterance 0 is none of the last 64"),
        (Report(1, 3), "Sign 3 does not exist; utterance 1 has 0 to 2."),
        (Report(1, 1, "HELLO"), "Sign 1 is fs:A, not HELLO; report it by its own index."),
        (Report(1, 1, note="x" * 501), "The note has 501 characters; at most 500 are kept: use fewer words."),
    ],
)
def test_a_report_of_nothing_that_was_signed_is_refused_in_one_sentence(report: Report, words: str) -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, SPEAK), (0.0, planned()))
    (error,) = messages(driven.run((1.0, said(report))))
    assert isinstance(error, Error) and error.code is ErrorCode.REPORT_REFUSED
    assert words in error.message


def test_a_caption_has_no_sign_to_report() -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, planned(glosses=())), (0.0, Exhausted(1)))
    (error,) = messages(driven.run((1.0, said(Report(1, 0)))))
    assert isinstance(error, Error) and "has no signs, only its caption" in error.message


def test_a_sign_is_reported_after_its_utterance_and_only_the_oldest_are_forgotten() -> None:
    driven = Driven()
    for number in range(1, KEPT + 2):
        driven.run((0.0, SPEAK), (0.0, planned(number)), (0.0, Exhausted(number)))
    (error,) = messages(driven.run((0.0, said(Report(1, 0)))))
    assert isinstance(error, Error) and "none of the last" in error.message
    (record,) = driven.run((0.0, said(Report(2, 0))))
    assert isinstance(record, Record)


def test_one_viewer_cannot_fill_the_file() -> None:
    driven = Driven(SessionLimits(max_reports=2))
    driven.run((0.0, SPEAK), (0.0, planned()), (0.0, REPORT), (0.0, REPORT))
    (error,) = messages(driven.run((0.0, REPORT)))
    assert isinstance(error, Error) and "2 signs have been reported already" in error.message


# ------------------------------------------------------------------------------------------------ approvals

APPROVED = said(Speak("Leave the building.", approved_by=" Ana Ruiz "))


def test_an_approved_message_is_signed_once_the_approval_is_written_down() -> None:
    driven = Driven()
    assert driven.run((0.0, APPROVED)) == [Record(1, Approval("Ana Ruiz", "Leave the building.", "asl", "signllm", ""))]
    assert driven.session.state is SessionState.IDLE
    assert driven.run((0.1, Recorded(1))) == [
        Generate(1, Speak("Leave the building.", "asl", "signllm", approved_by="Ana Ruiz"))
    ]


def test_an_approval_that_cannot_be_written_ends_its_message_in_its_turn() -> None:
    driven = Driven()
    driven.run((0.0, SPEAK), (0.0, APPROVED), (0.0, SPEAK), (0.0, planned()))
    assert driven.run((0.1, NotRecorded(1, "The disk is full."))) == []
    assert driven.run((0.2, Exhausted(1))) == [
        Send(UtteranceEnd(1, 0, EndReason.FINISHED, 200_000)),
        Send(Error(ErrorCode.SOURCE_FAILED, "The disk is full.", 2)),
        Send(UtteranceEnd(2, 0, EndReason.FAILED, 200_000)),
        Generate(3, Speak("Hello Al", "asl", "signllm")),
    ]


def test_a_message_that_waits_for_its_approval_can_be_cancelled() -> None:
    driven = Driven()
    driven.run((0.0, APPROVED))
    assert driven.run((0.1, CANCEL)) == [Send(UtteranceEnd(1, 0, EndReason.CANCELLED, 100_000))]
    assert driven.run((0.2, Recorded(1))) == []


events = st.one_of(
    st.sampled_from([SPEAK, APPROVED, REPORT, PAUSE, RESUME, CANCEL, Received(b"\xff"), said(Ping(1)), Woken()]),
    st.builds(Recorded, st.integers(1, 3)),
    st.builds(NotRecorded, st.integers(1, 3), st.just("The disk is full.")),
    st.builds(planned, st.integers(1, 3)),
    st.builds(posed, st.integers(-1, 5), st.integers(1, 3)),
    st.builds(Exhausted, st.integers(1, 3)),
    st.builds(Failed, st.integers(1, 3), st.just(ErrorCode.SOURCE_FAILED), st.just("No.")),
)


@given(st.lists(st.tuples(st.floats(0.0, 0.5), events), max_size=60))
def test_whatever_happens_the_stream_keeps_its_promises(steps: list[tuple[float, Event]]) -> None:
    driven, now = Driven(SessionLimits(max_bad_messages=1000)), 0.0
    for wait, event in steps:
        now += wait
        driven.run((now, event))
    sent = messages(action for _, action in driven.actions)
    frames = [m for m in sent if isinstance(m, Frame)]
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    times = [frame.presentation_time_us for frame in frames]
    assert all(later - earlier >= 39_999 for earlier, later in pairwise(times))
    ended = [m.utterance_id for m in sent if isinstance(m, UtteranceEnd)]
    assert ended == sorted(set(ended)), "each utterance ends once, in order"
    for end in (m for m in sent if isinstance(m, UtteranceEnd)):
        assert end.frames == sum(frame.utterance_id == end.utterance_id for frame in frames)
    after_end: set[int] = set()
    for message in sent:
        if isinstance(message, Frame | SignBoundary | UtteranceStart):
            assert message.utterance_id not in after_end
        if isinstance(message, UtteranceEnd):
            after_end.add(message.utterance_id)
