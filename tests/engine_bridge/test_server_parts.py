"""The parts of the server that need no socket: pages, origins, and what waits for a slow reader."""

from __future__ import annotations

import json
import logging
import os
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signllm_bridge.config import BridgeConfig
from signllm_bridge.errors import RecordError, SettingError, WireError
from signllm_bridge.events import Approval, Exhausted, Posed, WrongSign
from signllm_bridge.messages import Frame, Pong, ServerMessage, SignBoundary
from signllm_bridge.outbox import MAX_FRAMES, MAX_MESSAGES, Outbox
from signllm_bridge.server import records as records_module
from signllm_bridge.server.http_pages import Pages
from signllm_bridge.server.origins import is_origin_allowed
from signllm_bridge.server.records import Records, check_path, default_path
from signllm_bridge.server.worker import Generated, Worker
from signllm_bridge.wire import decode_server_message

HIPS = (0.0, 1.0, 0.0)


def frame(sequence: int, root: tuple[float, float, float] = HIPS) -> Frame:
    return Frame(1, sequence, 40_000 * sequence, b"\0\0\0\0", root)


def drain(outbox: Outbox) -> list[ServerMessage | None]:
    return [decode_server_message(outbox.take()) for _ in range(len(outbox))]


# ---------------------------------------------------------------------------------------------------- outbox


def test_messages_leave_in_the_order_in_which_they_came() -> None:
    outbox = Outbox()
    for message in (Pong(1, 2), frame(0), Pong(3, 4)):
        outbox.put(message)
    assert drain(outbox) == [Pong(1, 2), frame(0), Pong(3, 4)]


def test_a_slow_reader_gets_the_newest_frames_and_every_other_message() -> None:
    outbox = Outbox()
    boundary = SignBoundary(1, 0, "HELLO", 0, "Hello", 0)
    outbox.put(boundary)
    for sequence in range(100):
        outbox.put(frame(sequence))
    first, *frames = drain(outbox)
    assert first == boundary
    assert [f.sequence for f in frames if isinstance(f, Frame)] == list(range(100 - MAX_FRAMES, 100))
    assert outbox.skipped == 100 - MAX_FRAMES


def test_the_root_is_sent_when_it_differs_from_that_of_the_frame_sent_before() -> None:
    outbox = Outbox()
    for sequence in range(3):
        outbox.put(frame(sequence))
    outbox.put(frame(3, (0.0, 1.0, 0.5)))
    assert [f.root for f in drain(outbox) if isinstance(f, Frame)] == [HIPS, None, None, (0.0, 1.0, 0.5)]


def test_a_frame_that_was_skipped_told_the_reader_nothing() -> None:
    outbox = Outbox()
    for sequence in range(MAX_FRAMES + 1):
        outbox.put(frame(sequence))
    first = drain(outbox)[0]
    assert isinstance(first, Frame)
    assert (first.sequence, first.root) == (1, HIPS)


def test_a_peer_that_asks_and_never_reads_is_not_served() -> None:
    outbox = Outbox()
    for k in range(MAX_MESSAGES):
        outbox.put(Pong(k, k))
    with pytest.raises(WireError, match="does not read"):
        outbox.put(Pong(0, 0))


# ---------------------------------------------------------------------------------------------------- worker


def test_a_worker_makes_no_more_frames_than_there_is_room_for_until_some_are_taken() -> None:
    delivered, third = threading.Event(), threading.Event()
    made: list[int] = []

    def frames() -> Iterator[Generated]:
        for k in range(100):
            made.append(k)
            yield Posed(1, 0, b"", HIPS)

    count = 0

    def deliver(_: Generated) -> None:
        nonlocal count
        count += 1
        if count == 2:
            delivered.set()
        if count == 3:
            third.set()

    worker = Worker(frames(), deliver, ahead=2)
    assert delivered.wait(10)
    worker.grant()
    assert third.wait(10)
    worker.stop()
    worker.join(10)
    assert count == 3
    assert len(made) <= 4, "one more is made, and waits for room"


def test_a_stopped_worker_delivers_nothing_more() -> None:
    begun, release = threading.Event(), threading.Event()
    delivered: list[Generated] = []

    def events() -> Iterator[Generated]:
        begun.set()
        release.wait(10)
        yield Exhausted(1)

    worker = Worker(events(), delivered.append, ahead=1)
    assert begun.wait(10)
    worker.stop()
    release.set()
    worker.join(10)
    assert delivered == []


# --------------------------------------------------------------------------------------------------- records

WRONG = WrongSign("Hi", "asl", "lexicon", "HELLO", 0, "HELLO", 0, "Too fast.")
APPROVAL = Approval("Ana\x9b Ruiz", "Leave!", "asl", "lexicon", "")


def records_at(path: Path) -> Records:
    return Records(path, {"server": "test"}, clock=lambda: datetime(2026, 1, 2, tzinfo=UTC))


def test_records_are_appended_in_order_to_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "state" / "signllm" / "reports.jsonl"
    for _ in range(2):  # two runs of the server
        records = records_at(path)
        assert [records.submit(WRONG).exception() for _ in range(2)] == [None, None]
        records.close()
    assert [json.loads(line)["note"] for line in path.read_text().splitlines()] == ["Too fast."] * 4
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_an_approval_also_stands_in_the_log_and_its_name_cannot_steer_a_terminal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        records_at(tmp_path / "reports.jsonl").append(APPROVAL)
    (line,) = caplog.messages
    assert "approval" in line and "Ruiz" in line and "Leave!" in line and "2026-01-02" in line
    assert line.isascii() and line.isprintable()


def test_a_full_file_takes_nothing_more_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "reports.jsonl"
    records = records_at(path)
    records.append(WRONG)
    before = path.read_bytes()
    monkeypatch.setattr(records_module, "KEPT_FOR_APPROVALS", 0)
    monkeypatch.setattr(records_module, "MAX_BYTES", len(before) + 10)
    with pytest.raises(RecordError, match="file of reports is full"):
        records.append(WRONG)
    assert path.read_bytes() == before


def test_reports_cannot_take_the_room_that_approvals_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "reports.jsonl"
    records = records_at(path)
    records.append(WRONG)
    monkeypatch.setattr(records_module, "KEPT_FOR_APPROVALS", 4096)
    monkeypatch.setattr(records_module, "MAX_BYTES", path.stat().st_size + 4096)
    with pytest.raises(RecordError, match="file of reports is full"):
        records.append(WRONG)
    records.append(APPROVAL)
    assert [json.loads(line)["kind"] for line in path.read_text().splitlines()] == ["wrong-sign", "approval"]


def test_a_disk_that_takes_half_a_line_keeps_none_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "reports.jsonl"
    records = records_at(path)
    records.append(WRONG)
    before, write = path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:20]))
    with pytest.raises(RecordError, match="No space left on device"):
        records.append(WRONG)
    assert path.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_a_sentence_that_tells_a_stranger_nothing_of_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "secret-name"
    path.symlink_to("/dev/full")
    with pytest.raises(RecordError, match="could not write it down") as raised:
        records_at(path).append(WRONG)
    assert "secret-name" not in str(raised.value)


def test_the_state_folder_is_that_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    name = Path("signllm", "signllm-reports.jsonl")
    assert default_path({}, "linux") == tmp_path / ".local" / "state" / name
    assert default_path({"XDG_STATE_HOME": "relative"}, "linux") == tmp_path / ".local" / "state" / name
    assert default_path({"XDG_STATE_HOME": "/var/x"}, "linux") == "/var/x" / name
    assert default_path({}, "darwin") == tmp_path / "Library" / "Application Support" / name
    assert default_path({"LOCALAPPDATA": "/c/local"}, "win32") == "/c/local" / name


def test_a_user_without_a_home_folder_is_told_to_name_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(SettingError, match="give --reports FILE"):
        default_path({}, "linux")


def test_reports_go_to_a_file_in_a_folder_that_exists(tmp_path: Path) -> None:
    assert check_path(tmp_path / "reports.jsonl") == tmp_path / "reports.jsonl"
    with pytest.raises(SettingError, match="this is a folder; add a file name"):
        check_path(tmp_path)
    with pytest.raises(SettingError, match="no such folder for the reports"):
        check_path(tmp_path / "none" / "reports.jsonl")


# ----------------------------------------------------------------------------------------------------- pages


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    site = tmp_path / "site"
    (site / "assets").mkdir(parents=True)
    (site / "index.html").write_text("<p>hi")
    (site / "assets" / "page.js").write_text("1")
    (site / "assets" / "a b.css").write_text("p{}")
    (tmp_path / "secret.txt").write_text("secret")
    (site / "link.txt").symlink_to(tmp_path / "secret.txt")
    return Pages(b"glTF", site)


@pytest.mark.parametrize(
    ("target", "kind", "body"),
    [
        ("/", "text/html; charset=utf-8", b"<p>hi"),
        ("/index.html?x=1", "text/html; charset=utf-8", b"<p>hi"),
        ("/assets/page.js", "text/javascript; charset=utf-8", b"1"),
        ("/assets/a%20b.css", "text/css; charset=utf-8", b"p{}"),
        ("/avatar.vrm", "model/gltf-binary", b"glTF"),
        ("/healthz", "text/plain; charset=utf-8", b"ok\n"),
    ],
)
def test_files_are_served_with_their_type(pages: Pages, target: str, kind: str, body: bytes) -> None:
    page = pages.get(target)
    assert (page.status, page.content_type, page.body) == (200, kind, body)
    assert ("Content-Length", str(len(body))) in page.headers


@pytest.mark.parametrize(
    "target",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/link.txt",
        "/assets",
        "/none",
        "/%00",
        "/" + "a" * 5000,
        "",
        "*",
        "http://[",
    ],
)
def test_nothing_outside_the_folder_is_served(pages: Pages, target: str) -> None:
    page = pages.get(target)
    assert page.status == 404
    assert b"the signing page is at /" in page.body


@given(st.text(max_size=60))
def test_any_path_is_answered(target: str) -> None:
    assert Pages(b"").get("/" + target).status in (200, 404)


# --------------------------------------------------------------------------------------------------- origins


@pytest.mark.parametrize(
    ("origin", "host", "is_allowed"),
    [
        (None, "127.0.0.1:8765", True),
        ("http://localhost:5173", "localhost:8765", True),
        ("http://127.0.0.1:8765", "127.0.0.1:8765", True),
        ("http://[::1]:8765", "[::1]:8765", True),
        ("http://192.168.1.5:8765", "192.168.1.5:8765", True),
        ("http://192.168.1.6:8765", "192.168.1.5:8765", False),
        ("http://evil.example", "127.0.0.1:8765", False),
        ("http://evil.example:8765", "evil.example:8765", False),
        ("http://localhost.evil.example", "127.0.0.1:8765", False),
        ("https://friend.example", "127.0.0.1:8765", True),
        ("null", "127.0.0.1:8765", False),
        ("http://[", "127.0.0.1:8765", False),
        ("", "127.0.0.1:8765", False),
    ],
)
def test_only_pages_of_this_machine_and_listed_ones_may_connect(
    origin: str | None, host: str, is_allowed: bool
) -> None:
    assert is_origin_allowed(origin, host, ("https://friend.example",)) is is_allowed


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(SettingError, match="port 70000 does not exist: choose 1 to 65535"):
        BridgeConfig(port=70_000)
    with pytest.raises(SettingError, match="max_connections is 0: it must be at least 1"):
        BridgeConfig(max_connections=0)
