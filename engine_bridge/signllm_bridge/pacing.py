"""When frames are due: a clock that can stand still, and a schedule that never bursts. Time is an argument.

`now` is any steady clock in seconds. The presentation clock reads 0 when the connection opens and stops while the
stream is paused; the schedule works in its readings alone, so that a pause shifts nothing that was sent before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_EPSILON = 1e-9
"""Seconds; sums of 1/fps must not miss a deadline that they meet."""


@dataclass(frozen=True)
class PresentationClock:
    """Seconds of presentation since `started`, without the pauses."""

    started: float
    """`now` at which the clock reads 0; moves on with every pause."""
    stopped: float | None = None
    """`now` at which the clock was stopped, None while it runs."""

    @property
    def is_paused(self) -> bool:
        """Whether the clock stands still."""
        return self.stopped is not None

    def reading(self, now: float) -> float:
        """Seconds presented."""
        return (now if self.stopped is None else self.stopped) - self.started

    def paused(self, now: float) -> PresentationClock:
        """The clock, stopped; a stopped clock stays where it is."""
        return self if self.is_paused else replace(self, stopped=now)

    def resumed(self, now: float) -> PresentationClock:
        """The clock, going on from the reading at which it was stopped."""
        return self if self.stopped is None else PresentationClock(now - self.reading(now))


@dataclass(frozen=True)
class FrameSchedule:
    """Frame i is due at `start + i / fps`, and may be sent `lead` frames before that.

    A frame that comes late (at the start, after a stall of the source) is due at once and the schedule goes on from
    there: presentation times never lie in the past, never go back, and are never closer than one frame.
    """

    fps: float
    lead: int
    start: float = 0.0
    """Presentation time of frame 0 of the current run, seconds."""
    count: int = 0
    """Frames of the current run that are behind us."""

    @property
    def end(self) -> float:
        """When the last frame stops being shown: the earliest time of the next one."""
        return self.start + self.count / self.fps

    def due(self, reading: float) -> float:
        """Presentation time of the next frame if it is there at `reading`."""
        return max(self.end, reading)

    def wait(self, reading: float) -> float:
        """Seconds until the next frame may be sent, 0 when it may be sent now."""
        ahead = self.due(reading) - reading - self.lead / self.fps
        return ahead if ahead > _EPSILON else 0.0

    def after_frame(self, reading: float) -> FrameSchedule:
        """The schedule once the next frame has been sent at `reading`."""
        due = self.due(reading)
        if due > self.end:
            return replace(self, start=due, count=1)
        return replace(self, count=self.count + 1)
