"""A thread that makes one utterance, no faster than its frames are taken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from signllm_bridge.events import Exhausted, Failed, Planned, Posed

Generated = Planned | Posed | Exhausted | Failed


class Worker:
    """Runs an iterator of events in a thread; at most `ahead` frames are made before they are asked for."""

    def __init__(self, events: Iterator[Generated], deliver: Callable[[Generated], None], *, ahead: int) -> None:
        """Start at once; `deliver` is called from the thread, and never after `stop` has been seen there."""
        self._events, self._deliver = events, deliver
        self._room = threading.Semaphore(ahead)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="signllm-generation", daemon=True)
        self._thread.start()

    def grant(self) -> None:
        """One frame has been taken: one more may be made."""
        self._room.release()

    def stop(self) -> None:
        """Make no more frames; returns at once, the thread ends after the frame that it is making."""
        self._stopped.set()
        self._room.release()

    def join(self, timeout: float) -> None:
        """Wait until the thread has ended, `timeout` seconds at most."""
        self._thread.join(timeout)

    def _run(self) -> None:
        for event in self._events:
            if isinstance(event, Posed):
                self._room.acquire()
            if self._stopped.is_set():
                return
            self._deliver(event)
