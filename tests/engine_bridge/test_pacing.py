"""Frames are due once a frame, never in the past, never in a burst; a pause shifts nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signllm_bridge.pacing import FrameSchedule, PresentationClock

FPS = 25.0
LEAD = 4
seconds = st.floats(0.0, 100.0, allow_nan=False)


def send_all(schedule: FrameSchedule, reading: float, limit: int = 1000) -> tuple[list[float], FrameSchedule]:
    """Presentation times of the frames that may be sent at `reading` when there are always more."""
    times: list[float] = []
    while schedule.wait(reading) == 0.0 and len(times) < limit:
        times.append(schedule.due(reading))
        schedule = schedule.after_frame(reading)
    return times, schedule


def test_the_clock_reads_the_seconds_since_it_started() -> None:
    assert PresentationClock(100.0).reading(103.5) == 3.5


def test_a_paused_clock_stands_still_and_goes_on_where_it_stood() -> None:
    clock = PresentationClock(100.0).paused(101.0)
    assert clock.is_paused
    assert clock.reading(109.0) == 1.0
    clock = clock.resumed(109.0)
    assert clock.reading(109.0) == pytest.approx(1.0)
    assert clock.reading(109.5) == pytest.approx(1.5)


def test_a_second_pause_or_resume_changes_nothing() -> None:
    paused = PresentationClock(0.0).paused(1.0)
    assert paused.paused(2.0) == paused
    running = paused.resumed(3.0)
    assert running.resumed(4.0) == running


@given(st.lists(st.tuples(st.booleans(), st.floats(0.0, 10.0)), max_size=20))
def test_the_clock_never_runs_back(steps: list[tuple[bool, float]]) -> None:
    clock, now, before = PresentationClock(0.0), 0.0, 0.0
    for pause, wait in steps:
        clock = clock.paused(now) if pause else clock.resumed(now)
        now += wait
        assert clock.reading(now) >= before - 1e-9
        before = clock.reading(now)


def test_the_first_frame_is_due_when_it_is_there() -> None:
    schedule = FrameSchedule(FPS, LEAD)
    assert schedule.wait(7.0) == 0.0
    assert schedule.due(7.0) == 7.0


def test_frames_run_ahead_by_the_lead_and_then_wait_for_the_clock() -> None:
    times, schedule = send_all(FrameSchedule(FPS, LEAD), 7.0)
    assert times == pytest.approx([7.0 + k / FPS for k in range(LEAD + 1)])
    assert schedule.wait(7.0) == pytest.approx(1 / FPS)
    times, schedule = send_all(schedule, 7.0 + 1 / FPS)
    assert times == pytest.approx([7.0 + 5 / FPS])


def test_an_hour_of_frames_does_not_drift() -> None:
    schedule = FrameSchedule(FPS, LEAD).after_frame(0.0)
    for _ in range(90_000 - 1):
        schedule = schedule.after_frame(0.0)
    assert schedule.due(0.0) == pytest.approx(3600.0, abs=1e-9)


def test_after_a_stall_the_schedule_starts_anew_instead_of_catching_up() -> None:
    _, schedule = send_all(FrameSchedule(FPS, LEAD), 0.0)
    times, _ = send_all(schedule, 5.0)
    assert times == pytest.approx([5.0 + k / FPS for k in range(LEAD + 1)])


@given(st.lists(st.floats(0.0, 1.0), max_size=60))
def test_frames_are_never_in_the_past_never_closer_than_one_frame_and_never_too_far_ahead(waits: list[float]) -> None:
    schedule, reading, before = FrameSchedule(FPS, LEAD), 0.0, -1.0
    for wait in waits:
        reading += wait
        times, schedule = send_all(schedule, reading)
        assert len(times) <= LEAD + 1
        for time in times:
            assert reading - 1e-9 <= time <= reading + LEAD / FPS + 1e-6
            assert time - before >= 1 / FPS - 1e-9
            before = time


@given(seconds)
def test_waiting_as_long_as_told_is_long_enough(reading: float) -> None:
    _, schedule = send_all(FrameSchedule(FPS, LEAD), reading)
    assert schedule.wait(reading + schedule.wait(reading)) == 0.0
