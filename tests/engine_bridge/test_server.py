"""Real sockets, the real lexicon: what a client of the server sees. Every wait is bounded."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from signllm.errors import InputError
from signllm.lexicon.synthesise import LexiconSource
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm.source import Gloss, PoseFrame, Utterance
from signllm_bridge.config import BridgeConfig, SessionLimits
from signllm_bridge.errors import StartupError
from signllm_bridge.generation import Generation, VocabularySource
from signllm_bridge.messages import (
    Command,
    Control,
    EndReason,
    Error,
    ErrorCode,
    Frame,
    Ping,
    Pong,
    ServerMessage,
    Setup,
    SignBoundary,
    Speak,
    State,
    Status,
    UtteranceEnd,
    UtteranceStart,
)
from signllm_bridge.retarget import RetargetState, retarget_frame
from signllm_bridge.server.http_pages import Pages
from signllm_bridge.server.websocket_server import SUBPROTOCOL, Server, listen, running
from signllm_bridge.smallest_three import decode_rotations
from signllm_bridge.wire import decode_server_message, encode_client_message

PATIENCE_S = 20.0
AVATAR = b"glTF avatar"


def translate(text: str, language: str, *, spell: bool, gloss: str | None, known: frozenset[str] | None) -> Utterance:
    """Every word of the text is a gloss; what matters here is the way, not the language."""
    if language != "asl":
        raise InputError(f"language {language} has no signs here")
    names = (gloss or text).split()
    glosses = tuple(Gloss(name, k, name.lower()) for k, name in enumerate(names))
    return Utterance(text, language, glosses, "Experimental", 1.0, ("A notice.",))


class Broken:
    """A source that breaks after three frames."""

    name = "broken"
    vocabulary = ("HELLO",)

    def frames(self, glosses: Sequence[str]) -> Iterator[PoseFrame]:
        yield from itertools.islice(LEXICON.frames(["HELLO"]), 3)
        raise RuntimeError("the weights have melted")


class Endless:
    """A source that never stops, and counts what it makes."""

    name = "endless"
    vocabulary = ("HELLO",)

    def __init__(self) -> None:
        self.made = 0

    def frames(self, glosses: Sequence[str]) -> Iterator[PoseFrame]:
        frame = next(LEXICON.frames(["HELLO"]))
        while True:
            self.made += 1
            yield frame


LEXICON = LexiconSource.load("asl")


class Client:
    """A client as another program would write it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, message: Speak | Control | Ping) -> None:
        await self.socket.send(encode_client_message(message))

    async def receive(self) -> ServerMessage:
        data = await self.socket.recv()
        assert isinstance(data, bytes)
        message = decode_server_message(data)
        assert message is not None
        return message

    async def until(self, kind: type[ServerMessage] | Any) -> list[ServerMessage]:
        """Messages up to the first of `kind`, which is the last."""
        messages = [await self.receive()]
        while not isinstance(messages[-1], kind):
            messages.append(await self.receive())
        return messages


@contextlib.asynccontextmanager
async def serving(*sources: VocabularySource, **settings: Any) -> AsyncIterator[int]:
    config = BridgeConfig(port=0, **settings)
    generation = Generation(translate, {source.name: source for source in sources or (LEXICON,)})
    listener = listen(config.host, config.port)
    async with running(Server(config, generation, Pages(AVATAR)), listener):
        yield listener.getsockname()[1]


@contextlib.asynccontextmanager
async def client_of(port: int, **options: Any) -> AsyncIterator[Client]:
    url = f"ws://127.0.0.1:{port}/stream"
    async with connect(url, subprotocols=[SUBPROTOCOL], compression=None, **options) as socket:
        yield Client(socket)


def in_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Runs a test on an event loop of its own, and fails it when it hangs."""

    def run() -> None:
        async def bounded() -> None:
            async with asyncio.timeout(PATIENCE_S):
                await test()

        asyncio.run(bounded())

    run.__name__ = test.__name__
    return run


def fetch(port: int, target: str, method: str = "GET", **headers: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request(method, target, headers=headers)
    response = connection.getresponse()
    status, kind, body = response.status, response.headers["Content-Type"], response.read()
    connection.close()
    return status, kind, body


# ----------------------------------------------------------------------------------------------- the stream


@in_time
async def test_a_sentence_comes_back_as_setup_start_boundaries_frames_and_end() -> None:
    async with serving() as port, client_of(port) as client:
        setup = await client.receive()
        assert isinstance(setup, Setup)
        assert setup.joint_names == HUMANOID.joint_names
        assert setup.sources == ("lexicon",)
        await client.send(Speak("HELLO fs:A"))
        messages = await client.until(UtteranceEnd)

    start, *body, end = messages
    assert start == UtteranceStart(1, "HELLO fs:A", "asl", "lexicon", "HELLO fs:A", "Experimental", 1.0, ("A notice.",))
    boundaries = [m for m in body if isinstance(m, SignBoundary)]
    frames = [m for m in body if isinstance(m, Frame)]
    expected = list(LEXICON.frames(["HELLO", "fs:A"]))
    assert [(b.gloss, b.text) for b in boundaries] == [("HELLO", "hello"), ("fs:A", "fs:a"), ("", "")]
    assert [frame.sequence for frame in frames] == list(range(len(expected)))
    assert isinstance(end, UtteranceEnd)
    assert (end.frames, end.reason) == (len(expected), EndReason.FINISHED)
    assert end.end_time_us == pytest.approx(frames[-1].presentation_time_us + 40_000, abs=1)
    times = np.array([frame.presentation_time_us for frame in frames])
    assert (np.diff(times) >= 39_999).all()
    assert frames[0].root is not None
    assert all(frame.root is None for frame in frames[1:]), "the hips do not move"
    state: RetargetState | None = None
    for frame, pose in zip(frames, expected, strict=True):
        wanted, state = retarget_frame(pose.keypoints, state)
        got = decode_rotations(frame.rotations)
        assert np.abs((got * wanted).sum(axis=-1)).min() > np.cos(np.radians(0.5))


@in_time
async def test_boundaries_start_when_their_first_frame_is_presented() -> None:
    async with serving() as port, client_of(port) as client:
        await client.send(Speak("YES NO"))
        messages = await client.until(UtteranceEnd)
    after = {id(m): following for m, following in itertools.pairwise(messages)}
    for boundary in (m for m in messages if isinstance(m, SignBoundary)):
        frame = after[id(boundary)]
        assert isinstance(frame, Frame)
        assert frame.presentation_time_us == boundary.start_time_us


@in_time
async def test_two_clients_are_served_at_once_and_do_not_hear_each_other() -> None:
    async with serving() as port, client_of(port) as ana, client_of(port) as ben:
        await ana.send(Speak("YES"))
        await ben.send(Speak("NO"))
        for client, gloss in ((ana, "YES"), (ben, "NO")):
            messages = await client.until(UtteranceEnd)
            assert [m.gloss for m in messages if isinstance(m, UtteranceStart)] == [gloss]


@in_time
async def test_cancel_ends_the_utterance_and_stops_its_source() -> None:
    source = Endless()
    async with serving(source) as port, client_of(port) as client:
        await client.send(Speak("ON AND ON"))
        await client.until(Frame)
        await client.send(Control(Command.CANCEL))
        end = (await client.until(UtteranceEnd))[-1]
        assert isinstance(end, UtteranceEnd)
        assert end.reason is EndReason.CANCELLED
        await client.send(Ping(7))
        assert not [m for m in await client.until(Pong) if isinstance(m, Frame)]
    assert source.made < 25


@in_time
async def test_a_client_that_leaves_stops_its_source() -> None:
    source = Endless()
    async with serving(source) as port:
        async with client_of(port) as client:
            await client.send(Speak("ON AND ON"))
            await client.until(Frame)
    assert source.made < 25


@in_time
async def test_a_paused_stream_sends_no_frames_until_it_is_resumed() -> None:
    async with serving() as port, client_of(port) as client:
        await client.send(Control(Command.PAUSE))
        await client.send(Speak("YES"))
        await client.until(UtteranceStart)
        await client.send(Ping(1))
        messages = await client.until(Pong)
        assert not [m for m in messages if isinstance(m, Frame)]
        await client.send(Control(Command.RESUME))
        state, *rest = await client.until(UtteranceEnd)
        assert isinstance(state, State) and state.status is Status.PLAYING
        assert [m for m in rest if isinstance(m, Frame)]


@in_time
async def test_the_stream_outlives_bad_input() -> None:
    async with serving() as port, client_of(port) as client:
        await client.receive()
        refused: list[tuple[Speak | bytes | str, ErrorCode, str]] = [
            (Speak(""), ErrorCode.INPUT_REFUSED, "no text"),
            (Speak("x" * 2001), ErrorCode.INPUT_REFUSED, "at most 2000"),
            (Speak("x" * 100_000), ErrorCode.BAD_MESSAGE, "at most 65536"),
            (Speak("YES", source="magic"), ErrorCode.INPUT_REFUSED, "choose lexicon"),
            (Speak("YES", language="xx"), ErrorCode.INPUT_REFUSED, "Language xx"),
            (Speak("NOSUCHSIGN"), ErrorCode.INPUT_REFUSED, "NOSUCHSIGN"),
            (b"\xff\xff\xff", ErrorCode.BAD_MESSAGE, "no ClientMessage"),
            (b"", ErrorCode.BAD_MESSAGE, "no body"),
            ("hello", ErrorCode.BAD_MESSAGE, "binary"),
        ]
        for message, code, words in refused:
            await client.socket.send(encode_client_message(message) if isinstance(message, Speak) else message)
            error = (await client.until(Error))[-1]
            assert isinstance(error, Error)
            assert (error.code, words in error.message) == (code, True), error
        await client.send(Speak("YES"))
        end = (await client.until(Frame))[-1]
        assert isinstance(end, Frame)


@in_time
async def test_a_client_that_sends_only_garbage_is_closed_after_the_limit() -> None:
    async with serving(limits=SessionLimits(max_bad_messages=3)) as port, client_of(port) as client:
        for _ in range(3):
            await client.socket.send(b"\xff")
        with pytest.raises(ConnectionClosed) as closed:
            await client.until(UtteranceEnd)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "3 unreadable messages in a row")


@in_time
async def test_a_message_beyond_any_reason_closes_the_connection() -> None:
    async with serving() as port, client_of(port) as client:
        await client.socket.send(b"\0" * 1_000_000)
        with pytest.raises(ConnectionClosed, match="too big"):
            await client.until(UtteranceEnd)


@in_time
async def test_a_source_that_breaks_is_reported_and_the_next_utterance_is_signed() -> None:
    async with serving(LEXICON, Broken()) as port, client_of(port) as client:
        await client.send(Speak("HELLO", source="broken"))
        await client.send(Speak("YES"))
        messages = await client.until(UtteranceEnd)
        assert isinstance(messages[-2], Error)
        assert messages[-2].code is ErrorCode.SOURCE_FAILED
        assert "melted" not in messages[-2].message
        messages = await client.until(UtteranceEnd)
        end = messages[-1]
        assert isinstance(end, UtteranceEnd) and end.reason is EndReason.FINISHED


@in_time
async def test_one_client_too_many_is_told_so() -> None:
    async with serving(max_connections=1) as port, client_of(port) as first:
        await first.receive()
        async with client_of(port) as second:
            setup, error = await second.receive(), await second.receive()
            assert isinstance(setup, Setup) and isinstance(error, Error)
            assert "1 clients at a time" in error.message


@in_time
async def test_pages_of_other_sites_may_not_connect() -> None:
    async with serving(allowed_origins=("https://friend.example",)) as port:
        for origin in ("http://localhost:5173", f"http://127.0.0.1:{port}", "https://friend.example"):
            async with client_of(port, origin=origin) as client:
                assert isinstance(await client.receive(), Setup)
        async with client_of(port, origin="https://evil.example") as client:
            with pytest.raises(ConnectionClosed) as closed:
                await client.receive()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert "start the server with --allow-origin" in closed.value.rcvd.reason
    assert len(closed.value.rcvd.reason.encode()) <= 123


@in_time
async def test_a_client_that_does_not_speak_the_subprotocol_is_refused() -> None:
    async with serving() as port:
        with pytest.raises(InvalidStatus, match="400"):
            async with connect(f"ws://127.0.0.1:{port}/stream"):
                pass


# -------------------------------------------------------------------------------------------------- the pages


@in_time
async def test_pages_are_served_on_the_same_port() -> None:
    async with serving() as port:
        expected = {
            "/": (200, "text/html; charset=utf-8"),
            "/?transparent": (200, "text/html; charset=utf-8"),
            "/avatar.vrm": (200, "model/gltf-binary"),
            "/healthz": (200, "text/plain; charset=utf-8"),
            "/nothing/here": (404, "text/plain; charset=utf-8"),
            "/stream": (426, "text/plain; charset=utf-8"),
        }
        for target, answer in expected.items():
            status, kind, body = await asyncio.to_thread(fetch, port, target)
            assert (status, kind) == answer, target
            assert body
        assert (await asyncio.to_thread(fetch, port, "/avatar.vrm"))[2] == AVATAR
        assert (await asyncio.to_thread(fetch, port, "/", "POST"))[0] in (400, 405)


@in_time
async def test_a_taken_port_is_one_sentence() -> None:
    async with serving() as port:
        with pytest.raises(StartupError, match=rf"port {port} of 127\.0\.0\.1 cannot be used .*--port"):
            listen("127.0.0.1", port)
