"""From a sentence at the server to the first frame at a client: `signllm serve` as it is, a real WebSocket."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle

from websockets.sync.client import ClientConnection, connect

from signllm.source import PoseSource
from signllm_bridge.messages import Command, Control, Frame, ServerMessage, Setup, Speak, UtteranceEnd
from signllm_bridge.server.websocket_server import SUBPROTOCOL
from signllm_bridge.wire import decode_server_message, encode_client_message

SENTENCES = ("My name is Ana.", "I want to learn to sign.", "Where is the doctor?", "Are you hungry today?")
ROUNDS = 40
_PAUSE_S = 0.3
"""Longer than the frames that are sent ahead of their time: the next sentence meets a server that is idle."""


def test_first_frame(
    measure: Callable[..., list[float]], record: Callable[..., None], server: tuple[str, int], source: PoseSource
) -> None:
    """The clock starts when the sentence is sent and stops when its first frame is decoded."""
    sentences = cycle(SENTENCES)
    with connect(server[0], subprotocols=[SUBPROTOCOL], compression=None) as socket:
        _until(socket, Setup)

        def first_frame(sentence: str) -> None:
            _send(socket, Speak(sentence, "asl", source.name))
            _until(socket, Frame)

        def and_over(_: str) -> None:
            _send(socket, Control(Command.CANCEL))
            _until(socket, UtteranceEnd)
            time.sleep(_PAUSE_S)

        for sentence in SENTENCES:
            first_frame(sentence)
            and_over(sentence)
        around = {"setup": lambda: ((next(sentences),), {}), "teardown": and_over}
        seconds = measure(first_frame, rounds=ROUNDS, **around)
    what = f"sentence at the server to first frame at a client, source `{source.name}`"
    record(what, seconds, "ms", scale=1e3, at_most=40)
    record("the same, 95th percentile", sorted(seconds)[int(0.95 * ROUNDS)], "ms", scale=1e3)


def _send(socket: ClientConnection, message: Speak | Control) -> None:
    socket.send(encode_client_message(message))


def _until(socket: ClientConnection, kind: type[ServerMessage]) -> None:
    while True:
        data = socket.recv(timeout=30)
        assert isinstance(data, bytes)
        if isinstance(decode_server_message(data), kind):
            return
