"""The review page's requests and answers, without a socket, and its server for what only a socket shows."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from signllm.lexicon.signs import load_signs
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge.errors import StartupError
from signllm_bridge.review import verdicts
from signllm_bridge.review.cli import main
from signllm_bridge.review.clips import sign_clip
from signllm_bridge.review.server import make_server
from signllm_bridge.review.site import MAX_BODY, Site
from signllm_bridge.server.http_pages import Page, Pages
from signllm_bridge.sources import LEXICON, make_generation

HOST: Final = "127.0.0.1:8766"
NOW: Final = "2026-01-02T03:04:05+00:00"
NAMES: Final = ("fs:A", "num:3", "BOOK", "AGAIN")
SIGNS: Final = {name: load_signs("asl")[name] for name in NAMES}


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    return tmp_path / "reviews.jsonl"


@pytest.fixture
def site(tmp_path: Path, reviews: Path) -> Site:
    folder = tmp_path / "pages"
    (folder / "assets").mkdir(parents=True)
    (folder / "review.html").write_text("<title>review</title>")
    (folder / "assets" / "review.js").write_text("start()")
    return Site(SIGNS, lambda name: {"gloss": name}, Pages(b"avatar", folder), reviews)


def body(**fields: object) -> bytes:
    verdict = {
        "sign": "BOOK",
        "form": verdicts.form_of(SIGNS["BOOK"]),
        "reviewer": "Ana",
        "deaf": "yes",
        "fluency": "native or early signer",
        "verdict": "yes",
    }
    return json.dumps(verdict | fields).encode()


def post(site: Site, data: bytes, host: str | None = HOST, origin: str | None = f"http://{HOST}") -> Page:
    return site.post("/api/verdict", host, origin, data, now=NOW)


def answer(page: Page) -> Any:
    assert page.status is HTTPStatus.OK, page.body
    return json.loads(page.body)


# --------------------------------------------------------------------------------------------------------- get


def test_the_list_has_words_first_by_name_then_numbers_then_letters(site: Site) -> None:
    listing = answer(site.get("/api/signs", HOST))
    assert [(row["group"], row["name"]) for row in listing["signs"]] == [
        ("Words", "AGAIN"),
        ("Words", "BOOK"),
        ("Numbers", "num:3"),
        ("Letters", "fs:A"),
    ]
    book = listing["signs"][1]
    assert book["state"] == "draft"
    assert book["english"]["noun"] == ["book"]
    assert "begins: " in book["description"]
    assert listing["rig"] == {"joints": list(HUMANOID.joint_names), "faces": list(FACE_NAMES)}
    assert listing["choices"]["verdict"] == ["yes", "no", "unsure"]


def test_a_clip_is_that_of_the_sign(site: Site) -> None:
    assert answer(site.get("/api/clip?sign=fs%3AA", HOST)) == {"gloss": "fs:A"}


@pytest.mark.parametrize("query", ["", "?sign=", "?sign=NOSUCH", "?other=BOOK"])
def test_a_sign_that_is_not_there_has_no_clip(site: Site, query: str) -> None:
    page = site.get(f"/api/clip{query}", HOST)
    assert page.status is HTTPStatus.NOT_FOUND
    assert b"There is no sign" in page.body


def test_the_page_and_its_files_are_served_and_nothing_beside_them(site: Site) -> None:
    assert site.get("/", HOST).body == b"<title>review</title>"
    assert site.get("/assets/review.js", HOST).body == b"start()"
    assert site.get("/avatar.vrm", HOST).body == b"avatar"
    assert site.get("/../reviews.jsonl", HOST).status is HTTPStatus.NOT_FOUND


# -------------------------------------------------------------------------------------------------------- post


def test_a_verdict_is_kept_with_its_time_and_shown_with_its_sign(site: Site, reviews: Path) -> None:
    assert answer(post(site, body(note="Good.", time="yesterday"))) == {"sign": "BOOK", "state": "draft"}
    assert answer(post(site, body(reviewer="Ben"))) == {"sign": "BOOK", "state": "approved"}
    (first, second), warnings = verdicts.read(reviews)
    assert (first.reviewer, first.note, first.time, second.reviewer) == ("Ana", "Good.", NOW, "Ben")
    assert warnings == []
    book = answer(site.get("/api/signs", HOST))["signs"][1]
    assert book["state"] == "approved"
    assert [given["reviewer"] for given in book["verdicts"]] == ["Ana", "Ben"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8766", "evil.example:8766", "", None])
def test_requests_under_a_foreign_name_are_refused(site: Site, reviews: Path, host: str | None) -> None:
    assert site.get("/api/signs", host).status is HTTPStatus.FORBIDDEN
    assert post(site, body(), host, f"http://{host}").status is HTTPStatus.FORBIDDEN
    assert not reviews.exists()


@pytest.mark.parametrize("host", ["127.0.0.1:8766", "localhost:1", "[::1]:8766", "localhost"])
def test_every_name_of_this_machine_is_taken(site: Site, host: str) -> None:
    assert answer(post(site, body(), host, f"http://{host}"))["sign"] == "BOOK"


@pytest.mark.parametrize("origin", ["http://evil.example", f"https://{HOST}", "null", None, "http://127.0.0.1:9"])
def test_another_page_cannot_post(site: Site, reviews: Path, origin: str | None) -> None:
    page = post(site, body(), HOST, origin)
    assert page.status is HTTPStatus.FORBIDDEN
    assert b"Only the review page" in page.body
    assert not reviews.exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (body(sign="NOSUCH"), "There is no sign 'NOSUCH' here."),
        (body(form="0123456789abcdef"), "BOOK has been changed since the page was opened; load the page again."),
        (body(reviewer=" "), "The reviewer is missing"),
        (body(note="x" * 1001), "The note has 1001 characters: at most 1000 are kept."),
        (body(verdict="maybe"), "Verdict is 'maybe': choose one of yes, no, unsure."),
        (b"{", "The verdict is not JSON"),
        (b"\xff", "The verdict is not JSON"),
        (b"[" * 8000, "The verdict is not JSON"),
        (b"5", "Expected a table with the fields"),
    ],
)
def test_a_verdict_that_cannot_be_kept_is_answered_with_a_sentence(
    site: Site, reviews: Path, data: bytes, said: str
) -> None:
    page = post(site, data)
    assert page.status is HTTPStatus.BAD_REQUEST
    assert page.body.decode().startswith(said)
    assert not reviews.exists()


def test_a_body_that_is_too_long_and_another_address_are_refused(site: Site) -> None:
    assert post(site, b" " * (MAX_BODY + 1)).status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert site.post("/", HOST, f"http://{HOST}", body(), now=NOW).status is HTTPStatus.NOT_FOUND


def test_the_longest_note_in_any_script_fits(site: Site) -> None:
    assert answer(post(site, body(note="\U0001f91f" * 1000)))["sign"] == "BOOK"


# ------------------------------------------------------------------------------------------------------- clips


def test_the_sign_of_an_emergency_can_be_seen_though_its_message_would_be_captioned() -> None:
    clip = sign_clip(make_generation((LEXICON,)), "FIRE")
    assert clip["frames"] > 10
    assert clip["gloss"] == "FIRE"


@pytest.mark.parametrize("name", ["SKY", "READ", "fs:A"])
def test_what_must_be_seen_holds_the_head_and_the_signing_hands(name: str) -> None:
    generation = make_generation((LEXICON,))
    low, high = np.array(sign_clip(generation, name)["box"])
    assert (low <= [-0.28, 1.08, -0.14]).all()
    assert (high >= [0.28, 1.8, 0.16]).all()
    assert (high - low < 1.4).all()
    if name == "SKY":
        assert high[1] > 1.82, "the hands are above the head"


# ------------------------------------------------------------------------------------------------------ server


@pytest.fixture
def connection(site: Site) -> Iterator[http.client.HTTPConnection]:
    with make_server(site, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        client = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
        yield client
        client.close()
        server.shutdown()
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_the_server_takes_a_verdict_over_a_socket(connection: http.client.HTTPConnection, reviews: Path) -> None:
    origin = f"http://127.0.0.1:{connection.port}"
    connection.request("POST", "/api/verdict", body(), {"Origin": origin})
    reply = connection.getresponse()
    assert (reply.status, json.loads(reply.read())["state"]) == (200, "draft")
    assert len(verdicts.read(reviews)[0]) == 1
    connection.request("GET", "/api/signs")
    assert len(json.loads(connection.getresponse().read())["signs"]) == len(NAMES)


def test_a_list_whose_verdicts_cannot_be_read_says_so(site: Site, reviews: Path) -> None:
    reviews.mkdir()
    answer = site.get("/api/signs", "127.0.0.1:8766")
    assert answer.status is HTTPStatus.INTERNAL_SERVER_ERROR
    assert b"The reviews cannot be read" in answer.body


@pytest.mark.parametrize("length", [str(MAX_BODY + 1), "-1", "many", "9" * 30, "9" * 5000])
def test_the_server_reads_no_body_that_is_too_long_or_of_unknown_length(
    connection: http.client.HTTPConnection, length: str
) -> None:
    connection.request("POST", "/api/verdict", headers={"Content-Length": length})
    assert connection.getresponse().status == 413


def test_a_port_that_is_taken_is_a_sentence(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with make_server(site, 0) as server:
        port = server.server_address[1]
        with pytest.raises(StartupError, match=rf"port {port} cannot be used .*: choose another --port"):
            make_server(site, int(port))
    assert main(["--port", "70000"]) == 2
    assert "port 70000 cannot be used" in capsys.readouterr().err
