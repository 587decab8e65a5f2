"""Real sockets, the real lexicon: what a client of the server sees. Every wait is bounded."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
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
    Report,
    Reported,
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
from signllm_bridge.server.records import Records
from signllm_bridge.server.websocket_server import SUBPROTOCOL, Server, listen, running
from signllm_bridge.smallest_three import decode_rotations
from signllm_bridge.wire import decode_server_message, encode_client_message

PATIENCE_S = 20.0
AVATAR = b"glTF avatar"


def translate(
    text: str,
    language: str,
    *,
    spell: bool,
    gloss: str | None,
    known: frozenset[str] | None,
    drafts: bool,
    approved_by: str | None,
) -> Utterance:
    """Every word of the text is a gloss; what matters here is the way, not the language."""
    if language != "asl":
        raise InputError(f"language {language} has no signs here")
    names = (gloss or text).split()
    glosses = tuple(Gloss(name, k, name.lower()) for k, name in enumerate(names))
    return Utterance(text, language, glosses, "Experimental", 1.0, ("A notice.",))


class Broken:
    """A source that breaks after three frames."""

    name = "broken"
    learned = True
    vocabulary = ("HELLO",)

    def prepare(self) -> None:
        """Nothing to do."""

    def frames(self, glosses: Sequence[str], *, speed: float = 1.0) -> Iterator[PoseFrame]:
        yield from itertools.islice(LEXICON.frames(["HELLO"]), 3)
        raise RuntimeError("the weights have melted")


class Endless:
    """A source that never stops, and counts what it makes."""

    name = "endless"
    learned = False
    vocabulary = ("HELLO",)

    def prepare(self) -> None:
        """Nothing to do."""

    def __init__(self) -> None:
        self.made = 0

    def frames(self, glosses: Sequence[str], *, speed: float = 1.0) -> Iterator[PoseFrame]:
        frame = next(LEXICON.frames(["HELLO"]))
        while True:
            self.made += 1
            yield frame


LEXICON = LexiconSource.load("asl")


class Client:
    """A client as another program would write it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, message: Speak | Control | Ping | Report) -> None:
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
async def serving(*sources: VocabularySource, records: Records | None = None, **settings: Any) -> AsyncIterator[int]:
    config = BridgeConfig(port=0, **settings)
    generation = Generation(translate, {source.name: source for source in sources or (LEXICON,)})
    listener = listen(config.host, config.port)
    async with running(Server(config, generation, Pages(AVATAR), records), listener):
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
        assert setup.broadcast_source == "lexicon"
        await client.send(Speak("HELLO fs:A"))
        messages = await client.until(UtteranceEnd)

    start, *body, end = messages
    assert start == UtteranceStart(
        *(1, "HELLO fs:A", "asl", "lexicon", "HELLO fs:A", "Experimental", 1.0, ("A notice.",)),
        review="draft",
        signs=("HELLO", "fs:A"),
        sign_words=(0, 1),
    )
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
async def test_broadcasts_get_the_source_that_was_set_or_the_first_that_is_served() -> None:
    for wanted, sources, expected in (
        ("lexicon", (Broken(), LEXICON), "lexicon"),
        ("broken", (Broken(), LEXICON), "broken"),
        ("lexicon", (Broken(),), "broken"),
    ):
        async with serving(*sources, broadcast_source=wanted) as port, client_of(port) as client:
            setup = await client.receive()
            assert isinstance(setup, Setup)
            assert setup.broadcast_source == expected


# ------------------------------------------------------------------------------------- reports and approvals


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def records_in(folder: str) -> Records:
    about = {"server": "signllm test", "lexicon_version": "abc"}
    return Records(Path(folder, "reports.jsonl"), about, clock=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@in_time
async def test_a_wrong_sign_is_written_as_one_line_and_acknowledged() -> None:
    with tempfile.TemporaryDirectory() as folder:
        records = records_in(folder)
        async with serving(records=records) as port, client_of(port) as client:
            await client.send(Speak("YES NO"))
            await client.until(SignBoundary)
            await client.send(Report(1, 1, "NO", 40_000, 'Two fingers, not "three". \N{WAVING HAND SIGN}\n'))
            assert (await client.until(Reported))[-1] == Reported(1, 1)
            await client.send(Report(1, 7))
            error = (await client.until(Error))[-1]
            assert isinstance(error, Error) and error.code is ErrorCode.REPORT_REFUSED
        assert lines_of(records.path) == [
            {
                "kind": "wrong-sign",
                "time": "2026-01-02T03:04:05.000+00:00",
                "server": "signllm test",
                "lexicon_version": "abc",
                "text": "YES NO",
                "language": "asl",
                "source": "lexicon",
                "gloss_line": "YES NO",
                "gloss_index": 1,
                "gloss": "NO",
                "presentation_time_us": 40_000,
                "note": 'Two fingers, not "three". \N{WAVING HAND SIGN}\n',
            }
        ]


@in_time
async def test_an_approval_is_written_with_name_time_and_text_before_its_message_is_signed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        records = records_in(folder)
        async with serving(records=records) as port, client_of(port) as client:
            await client.send(Speak("YES", approved_by="Zo\u00eb Ruiz"))
            await client.until(UtteranceStart)
            (line,) = lines_of(records.path)
    assert line["time"] == "2026-01-02T03:04:05.000+00:00"
    assert (line["kind"], line["approved_by"], line["text"]) == ("approval", "Zo\u00eb Ruiz", "YES")


@in_time
async def test_what_cannot_be_written_down_is_said_and_an_approval_without_a_line_approves_nothing() -> None:
    with tempfile.TemporaryDirectory() as folder:
        records = records_in(folder)
        records.path.mkdir()
        for written_by in (records, None):
            async with serving(records=written_by) as port, client_of(port) as client:
                await client.send(Speak("YES", approved_by="Ana"))
                refused, end = (await client.until(UtteranceEnd))[-2:]
                assert isinstance(refused, Error) and isinstance(end, UtteranceEnd)
                assert (refused.code, refused.utterance_id) == (ErrorCode.SOURCE_FAILED, 1)
                assert end.reason is EndReason.FAILED
                await client.send(Speak("NO"))
                await client.until(Frame)
                await client.send(Report(2, 0))
                error = (await client.until(Error))[-1]
                assert isinstance(error, Error) and error.code is ErrorCode.REPORT_REFUSED
                expected = "could not write it down (Is a directory)" if written_by else "writes nothing down"
                assert expected in error.message and expected in refused.message


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
