"""Values that come and go without a jump, one frame at a time."""

from __future__ import annotations

import math

from signllm.source import FPS


def ease(u: float) -> float:
    """Minimum-jerk progress from 0 to 1 for time `u` from 0 to 1."""
    u = min(1.0, max(0.0, u))
    return u * u * u * (10.0 + u * (6.0 * u - 15.0))


class Level:
    """How strongly something is on, 0 to 1; it eases in and out over a fixed number of frames."""

    def __init__(self, frames: int) -> None:
        """Off; a change takes `frames`."""
        self.value = 0.0
        self.on_for = 0
        """Frames since it was last switched on."""
        self._frames = frames
        self._from, self._goal, self._age = 0.0, 0.0, 0

    def step(self, on: bool) -> float:
        """The next frame's value, now that it is switched on or off."""
        goal = 1.0 if on else 0.0
        if goal != self._goal:
            self._from, self._goal, self._age = self.value, goal, 0
            self.on_for = 0 if on else self.on_for
        self._age += 1
        self.on_for += 1
        self.value = self._from + (goal - self._from) * ease(self._age / self._frames)
        return self.value


class Swing:
    """A movement to and fro whose size follows a level; it starts in the middle each time that it is wanted."""

    def __init__(self, hertz: float) -> None:
        """At rest."""
        self._step = 2.0 * math.pi * hertz / FPS
        self._phase = 0.0

    def step(self, size: float) -> float:
        """Phase of the next frame in radians; 0 while `size` is 0."""
        self._phase = self._phase + self._step if size > 0.0 else 0.0
        return self._phase
