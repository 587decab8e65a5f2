"""One client: reads the socket, runs the session, writes what it says. All on the event loop, but for the worker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import Future

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from signllm_bridge.config import SessionLimits
from signllm_bridge.errors import RecordError, WireError, as_sentence
from signllm_bridge.events import (
    Action,
    Close,
    Event,
    Generate,
    NotRecorded,
    Opened,
    Received,
    Record,
    Recorded,
    Send,
    StopGenerating,
    Woken,
)
from signllm_bridge.generation import Generation
from signllm_bridge.messages import Frame, Setup
from signllm_bridge.outbox import Outbox
from signllm_bridge.server.records import Records
from signllm_bridge.server.worker import Generated, Worker
from signllm_bridge.session import POLICY_VIOLATION, Session

_LOG = logging.getLogger(__name__)
_INTERNAL_ERROR = 1011  # RFC 6455, 7.4.1
_FRAMES_AHEAD = 8
"""Frames made before their turn: the lead, and as many again for a source that stutters."""
_JOIN_S = 2.0
_NO_FILE = "This server writes nothing down: start it with `signllm serve`, which does."


class Connection:
    """The shell of one session."""

    def __init__(
        self,
        socket: ServerConnection,
        generation: Generation,
        *,
        setup: Setup,
        limits: SessionLimits,
        records: Records | None,
    ) -> None:
        """Serve `socket`; made inside its event loop. Without `records`, reports and approvals are refused."""
        self._socket, self._generation, self._records = socket, generation, records
        self._loop = asyncio.get_running_loop()
        self._session = Session(setup, limits, now=self._loop.time())
        self._outbox = Outbox()
        self._pending = asyncio.Event()
        self._close: Close | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._worker: Worker | None = None

    async def run(self) -> None:
        """Serve until either side closes."""
        self._feed(Opened())
        writer = asyncio.create_task(self._write())
        try:
            async for data in self._socket:
                self._feed(Received(data))
                await asyncio.sleep(0)  # a flood of messages must not starve the writer and the other clients
        except ConnectionClosed:
            pass
        finally:
            await self._finish(writer)

    def _feed(self, event: Event) -> None:
        """Tell the session what happened and do what it says; the one place where its state changes."""
        if self._close is not None:
            return
        try:
            now = self._loop.time()
            for action in self._session.receive(event, now):
                self._carry_out(action)
            self._set_timer(self._session.wakeup(now))
        except WireError as error:
            self._close = Close(POLICY_VIOLATION, str(error))
        except Exception:  # the connection ends here; the others go on
            _LOG.exception("a connection failed")
            self._close = Close(_INTERNAL_ERROR, "the server made an error; its log says more")
        self._pending.set()

    def _carry_out(self, action: Action) -> None:
        match action:
            case Send(message):
                self._outbox.put(message)
                if isinstance(message, Frame) and self._worker is not None:
                    self._worker.grant()
            case Generate():
                self._worker = Worker(self._generation.events(action), self._deliver, ahead=_FRAMES_AHEAD)
            case StopGenerating():
                self._stop_worker()
            case Record():
                self._record(action)
            case Close():
                self._close = action

    def _deliver(self, event: Generated | Recorded | NotRecorded) -> None:
        """Called by other threads: the worker's, and that of the records."""
        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody is left to be told
            self._loop.call_soon_threadsafe(self._feed, event)

    def _record(self, action: Record) -> None:
        if self._records is None:
            self._deliver(NotRecorded(action.number, _NO_FILE))
            return

        def tell(written: Future[None]) -> None:
            error = written.exception()
            if error is None:
                self._deliver(Recorded(action.number))
            elif isinstance(error, RecordError):
                self._deliver(NotRecorded(action.number, as_sentence(error)))
            else:
                _LOG.error("a record failed", exc_info=error)
                self._deliver(NotRecorded(action.number, "The server made an error; its log says more."))

        self._records.submit(action.entry).add_done_callback(tell)

    def _set_timer(self, when: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if when is None else self._loop.call_at(when, self._feed, Woken())

    async def _write(self) -> None:
        """Send what the session says; while the socket is full, frames wait in the outbox and grow old there."""
        try:
            while self._close is None:
                await self._pending.wait()
                self._pending.clear()
                while self._outbox:
                    await self._socket.send(self._outbox.take())
            await self._socket.close(self._close.code, self._close.reason)
        except ConnectionClosed:
            pass
        except Exception:  # the task ends here, and with it the connection
            _LOG.exception("a message could not be sent")
            await self._socket.close(_INTERNAL_ERROR, "the server made an error; its log says more")

    async def _finish(self, writer: asyncio.Task[None]) -> None:
        self._close = self._close or Close(1000, "")
        self._set_timer(None)
        writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writer
        worker = self._worker
        self._stop_worker()
        if worker is not None:
            await asyncio.to_thread(worker.join, _JOIN_S)

    def _stop_worker(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
