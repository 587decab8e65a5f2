"""What waits for a slow reader: everything that is said once, and of the frames only the newest.

A client that reads slower than frames are made would make the server's memory grow, and see the past. Here old
frames make room for new ones; the gap shows in `Frame.sequence`. Pure: no socket, no waiting.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from signllm_bridge.errors import WireError
from signllm_bridge.messages import Frame, ServerMessage
from signllm_bridge.wire import encode_server_message, without_repetition

MAX_FRAMES: Final = 12
"""Frames that may wait: a lead of 4 and 320 ms of a stalled network."""
MAX_MESSAGES: Final = 512
"""Messages that may wait in all: a peer that asks and never reads is not served."""


class Outbox:
    """Messages in order, as they will be encoded when the peer takes them."""

    def __init__(self) -> None:
        """Nothing waits, and the peer knows no root and no face."""
        self._messages: deque[ServerMessage] = deque()
        self._frames = 0
        self._last_frame: Frame | None = None
        self.skipped = 0
        """Frames that made room for newer ones."""

    def __len__(self) -> int:
        """Messages that wait."""
        return len(self._messages)

    def put(self, message: ServerMessage) -> None:
        """Add a message; the oldest frame goes when too many wait.

        Raises:
            WireError: The peer has let so many messages wait that it does not seem to read.
        """
        if len(self._messages) >= MAX_MESSAGES:
            raise WireError(f"{MAX_MESSAGES} messages wait for a client that does not read: connect again and read")
        self._messages.append(message)
        if isinstance(message, Frame):
            self._frames += 1
            if self._frames > MAX_FRAMES:
                self._drop_oldest_frame()

    def take(self) -> bytes:
        """The oldest message as bytes; a frame without the root and face that the peer has.

        Raises:
            IndexError: Nothing waits.
        """
        message = self._messages.popleft()
        if isinstance(message, Frame):
            self._frames -= 1
            # Compared with what was really sent: a frame that was skipped told the peer nothing.
            message, self._last_frame = without_repetition(message, self._last_frame), message
        return encode_server_message(message)

    def _drop_oldest_frame(self) -> None:
        oldest = next(k for k, message in enumerate(self._messages) if isinstance(message, Frame))
        del self._messages[oldest]
        self._frames -= 1
        self.skipped += 1
