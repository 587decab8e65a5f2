"""`signllm say`, `serve` and `doctor` as they are typed; the lexicon signs, so that no checkpoint is needed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from signllm.model import source as model_source
from signllm.model.checkpoint import EMBEDDED, save_checkpoint
from signllm.motion.clip_io import read_recording
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge import cli, doctor, sources
from signllm_bridge.versions import lexicon_version
from tests.small_checkpoint import small_checkpoint

LEXICON = ["--source", "lexicon"]
PATIENCE_S = 60


def test_say_writes_every_key_that_is_promised(tmp_path: Path) -> None:
    out = tmp_path / "hello.npz"
    assert cli.say(["My name is Ana.", *LEXICON, "--out", str(out)]) == 0
    with np.load(out, allow_pickle=False) as file:
        frames = len(file["keypoints"])
        assert file["keypoints"].shape == (frames, 50, 3)
        assert file["rotations"].shape == (frames, 55, 4)
        assert file["root"].shape == (frames, 3)
        assert file["face"].shape == (frames, 52)
        assert tuple(file["joint_names"]) == HUMANOID.joint_names
        assert len(file["face_names"]) == 52
        assert file["fps"] == 25.0
        assert {"fs:A", "fs:N", "NAME", "MY"} <= set(file["gloss"]["name"])
        starts, ends = file["gloss"]["start"], file["gloss"]["end"]
        assert (starts < ends).all() and (starts[1:] == ends[:-1]).all()
        assert 0.0 < ends[-1] < frames / 25.0, "the hands return to rest after the last sign"
        assert str(file["label"]) == "Experimental"
        assert 0.0 <= file["coverage"] <= 1.0


def test_say_writes_the_same_frames_as_json_lines(tmp_path: Path) -> None:
    files = [tmp_path / "a.npz", tmp_path / "a.jsonl"]
    for file in files:
        assert cli.say(["--gloss", "NAME MY fs:ANA", *LEXICON, "--out", str(file)]) == 0
    whole, lines = map(read_recording, files)
    assert whole.gloss == lines.gloss
    np.testing.assert_allclose(whole.clip.rotations, lines.clip.rotations, atol=1e-5)


def test_say_pipes_frames_and_keeps_its_report_out_of_the_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.say(["YES", *LEXICON, "--out", "-", "--json"]) == 0
    out, err = capsys.readouterr()
    header, *frames = map(json.loads, out.splitlines())
    assert header["gloss"] == ["YES"]
    measured = json.loads(err.splitlines()[-1])
    assert measured["frames"] == len(frames)
    assert measured["seconds"] == pytest.approx(len(frames) / 25)
    assert measured["time_to_first_frame_ms"] > 0.0
    assert measured["real_time_factor"] > 0.0


def test_say_spells_exactly_when_told_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.say(["Yes no", *LEXICON, "--spell", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert measured["gloss"] == "fs:YES fs:NO"


def test_say_signs_slower_and_with_the_left_hand(tmp_path: Path) -> None:
    usual, other = tmp_path / "usual.npz", tmp_path / "other.npz"
    wishes = ["--speed", "0.5", "--left-handed", "--no-mouthing"]
    for out, options in ((usual, []), (other, wishes)):
        assert cli.say(["--gloss", "MY NAME", *LEXICON, *options, "--out", str(out)]) == 0
    right, left = (read_recording(out).clip.keypoints for out in (usual, other))
    assert right is not None and left is not None
    assert len(left) > 1.6 * len(right)
    moved = [[np.ptp(points[:, wrist], axis=0).max() for wrist in (4, 7)] for points in (right, left)]
    assert moved[0][0] > moved[0][1] and moved[1][1] > moved[1][0]


def test_say_explains_how_the_text_became_the_glosses(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.say(["I do not understand.", *LEXICON, "--explain"]) == 0
    *trace, signed = capsys.readouterr().out.splitlines()
    assert len(trace) >= 2 and all(": " in line for line in trace)
    assert trace[-1].startswith("mark_negation: ")
    assert "NOT UNDERSTAND  (Experimental" in signed


def test_say_spells_instead_of_drafts_and_signs_an_emergency_only_when_somebody_approves_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.say(["My name is Ana.", *LEXICON, "--no-drafts", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["gloss"] == "fs:MY fs:NAME fs:ANA"
    alarm = ["Fire! Leave the building now!", *LEXICON]
    assert cli.say(alarm) == 2
    assert "captions only" in capsys.readouterr().err
    assert cli.say([*alarm, "--approved-by", "Ana Ruiz"]) == 0
    assert "Ana Ruiz approved it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "there is nothing to sign; give a text in quotes"),
        (["   "], "there is nothing to sign"),
        (["x" * 300_000], "at most 200,000"),
        (["hello", "--language", "klingon"], "klingon"),
        (["hello", "--language", "dgs"], "nothing of this text is signed"),
        (["--gloss", "NOSUCHSIGN"], "NOSUCHSIGN"),
        (["hello", "--out", "hello.txt"], ".npz or .jsonl"),
        (["hello", "--out", "/no/such/folder/hello.npz"], "there is no such folder"),
        (["\N{WAVING HAND SIGN}"], "nothing of this text is signed"),
        (["\x00\x01"], "no word to sign"),
        (["hello", "--speed", "3"], "speed 3 is out of range; choose 0.5 to 1.25"),
        (["hello", "--speed", "nan"], "speed nan is out of range"),
        (["hello", "--approved-by", "42"], "the name of the person who approved"),
    ],
)
def test_say_ends_bad_input_with_one_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.say([*arguments, *LEXICON]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert words in lines[-1]
    assert len(lines) == 1


@pytest.fixture
def _threads() -> Iterator[None]:
    """Loading the model sets the threads of the whole process."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def small_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _threads: None) -> Path:
    """A small model in place of the embedded one."""
    path = tmp_path / "small.safetensors"
    save_checkpoint(small_checkpoint(), path)
    monkeypatch.setattr(model_source, "EMBEDDED", path)
    return path


@pytest.mark.usefixtures("small_model")
def test_the_model_signs_with_one_thread_whichever_thread_asks() -> None:
    torch.set_num_threads(2)
    sources.load_source(sources.MODEL)
    with ThreadPoolExecutor(1) as other:
        assert (torch.get_num_threads(), other.submit(torch.get_num_threads).result()) == (1, 1)


@pytest.mark.usefixtures("small_model")
def test_frames_per_step_are_chosen_when_the_model_is_loaded(tmp_path: Path) -> None:
    glosses = ["HELLO", "fs:A"] * 8
    lengths = set()
    for stride in (1, 8):
        out = tmp_path / f"{stride}.npz"
        options = ["--frames-per-step", str(stride), "--out", str(out)]
        assert cli.say(["--gloss", " ".join(glosses), *options]) == 0
        clip = read_recording(out).clip
        expected = [frame.keypoints for frame in model_source.ModelSource.load(stride=stride).frames(glosses)]
        assert clip.keypoints is not None
        np.testing.assert_allclose(clip.keypoints, expected, atol=1e-6)
        lengths.add(len(expected))
    assert len(lengths) == 2, "this model's pace depends on the step"


def test_other_frames_per_step_are_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.say(["YES", "--frames-per-step", "3"])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert "--frames-per-step: invalid choice: 3" in error and "signllm say --help" in error
    assert error.count("\n") == 1


def test_without_torch_the_lexicon_is_served_and_the_user_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert cli._generation_to_serve(None, 4).source_names == ("lexicon",)
    error = capsys.readouterr().err
    assert error.startswith("signllm serve: the lexicon signs instead of the model, because torch, which the model")
    assert error.count("\n") == 1


def test_without_torch_the_model_cannot_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert cli.say(["YES", "--source", "signllm"]) == 2
    error = capsys.readouterr().err
    assert "install the package again, or use --source lexicon" in error
    assert error.count("\n") == 1


@pytest.mark.usefixtures("_threads")
def test_a_damaged_model_gives_way_to_the_lexicon(small_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_model.write_bytes(b"damaged")
    assert cli._generation_to_serve(None, 4).source_names == ("lexicon",)
    assert "because damaged weights" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("target", ["-", "FILE"])
def test_a_full_disk_is_one_sentence(target: str, tmp_path: Path) -> None:
    out = target
    if target == "FILE":
        out = str(tmp_path / "hello.jsonl")
        Path(out).symlink_to("/dev/full")
    command = [sys.executable, "-m", "signllm.cli", "say", "YES", *LEXICON, "--out", out]
    buffered = os.environ | {"PYTHONUNBUFFERED": ""}
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, env=buffered
        )
    message = f"cannot write the motion file: No space left on device; choose another path: {out}"
    assert (answer.returncode, answer.stderr) == (2, f"signllm say: {message}\n")


def test_help_shows_examples_and_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from signllm_bridge import cli\n"
        "for command in (cli.say, cli.serve, cli.doctor):\n"
        "    try:\n"
        "        command(['--help'])\n"
        "    except SystemExit as stop:\n"
        "        assert stop.code == 0\n"
        "assert not {'torch', 'websockets', 'simplemma'} & set(sys.modules)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert len(re.findall(r"^examples?:$", answer.stdout, re.MULTILINE)) == 3


def test_serve_prints_its_address_serves_the_page_and_stops_cleanly(tmp_path: Path) -> None:
    reports = tmp_path / "reports.jsonl"
    command = [sys.executable, "-m", "signllm.cli", "serve", *LEXICON, "--port", "0", "--reports", str(reports)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None and server.stderr is not None
            ready = server.stdout.readline()
            match = re.fullmatch(r"SignLLM is ready: (http://127\.0\.0\.1:\d+)  \(Ctrl-C stops it\)\n", ready)
            assert match is not None, server.stderr.read()
            assert server.stdout.readline() == f"Reports of wrong signs are written to {reports}\n"
            with urllib.request.urlopen(match[1] + "/", timeout=PATIENCE_S) as page:
                assert b"<title>SignLLM" in page.read()
            with urllib.request.urlopen(match[1] + "/avatar.vrm", timeout=PATIENCE_S) as avatar:
                assert avatar.read(4) == b"glTF"
            server.send_signal(signal.SIGINT)
            out, err = server.communicate(timeout=PATIENCE_S)
        finally:
            server.kill()
    assert (server.returncode, out, err) == (0, "\nSignLLM has stopped.\n", "")
    assert not reports.exists(), "made with the first report"


def test_serve_says_in_one_sentence_that_the_port_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.serve([*LEXICON, "--port", str(port)]) == 2
    error = capsys.readouterr().err
    assert error == (
        f"signllm serve: port {port} of 127.0.0.1 cannot be used (Address already in use): "
        "stop the other program, or choose another --port\n"
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--broadcast-source", "signllm"], "--broadcast-source signllm is not served; choose one of lexicon"),
        (["--reports", "/no/such/folder/x.jsonl"], "no such folder for the reports of wrong signs, make it first"),
        (["--reports", "/"], "this is a folder; add a file name"),
    ],
)
def test_serve_refuses_what_cannot_be_served(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.serve([*LEXICON, "--port", "0", *options]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_serve_refuses_a_port_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.serve(["--port", "99999"]) == 2
    assert "port 99999 does not exist" in capsys.readouterr().err


def test_doctor_prints_a_row_for_everything_it_looks_at(capsys: pytest.CaptureFixture[str]) -> None:
    cli.doctor([])
    rows = capsys.readouterr().out.splitlines()
    for name in ("Python", "packages", "model", "lexicon", "page", "reports", "Chromium", "Node"):
        assert any(row.startswith(name) for row in rows), name


def test_doctor_ends_with_the_same_rows_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    status = cli.doctor(["--json"])
    about = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert about["ready"] is (status == 0)
    rows = {row["name"]: row for row in about["findings"]}
    assert rows["lexicon"]["level"] == "ok"
    assert set(rows["Python"]) == {"name", "level", "found", "advice"}


def test_doctor_has_a_row_for_a_package_that_is_not_installed() -> None:
    finding = doctor.check_packages("no-such-distribution")
    assert (finding.level, finding.found) == (doctor.Level.MISSING, "no-such-distribution itself is not installed")


def test_doctor_says_where_reports_go_and_how_many_there_are(tmp_path: Path) -> None:
    path = tmp_path / "later" / "reports.jsonl"
    assert doctor.check_reports(path) == doctor.Finding("reports", doctor.Level.OK, f"0 in {path}")
    path.parent.mkdir()
    path.write_text("{}\n{}\n")
    assert doctor.check_reports(path).found == f"2 in {path}"


def test_the_versions_in_a_report_are_those_of_the_files_that_sign() -> None:
    about = cli._about(["signllm", "lexicon"])
    assert about["server"].startswith("signllm ")
    assert about["lexicon_version"] == lexicon_version() and len(about["lexicon_version"]) == 16
    assert about["model_version"] == hashlib.sha256(EMBEDDED.read_bytes()).hexdigest()[:16]
    assert "model_version" not in cli._about(["lexicon"])


def test_only_a_checkout_is_told_to_use_make() -> None:
    assert doctor.remedy("run `make embedded`", is_checkout=True) == "run `make embedded`"
    assert doctor.remedy("run `make embedded`", is_checkout=False) == "install the package again"


def test_doctor_says_what_to_do_about_what_is_missing(tmp_path: Path) -> None:
    finding = doctor.check_page(tmp_path)
    assert not doctor.can_run([finding])
    assert "-> run `npm ci && npm run build`" in doctor.table([finding])


def test_a_pipe_that_is_closed_early_is_no_traceback() -> None:
    command = f"{sys.executable} -m signllm.cli say YES --source lexicon --out - | head -n 1"
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert json.load(io.StringIO(answer.stdout))["gloss"] == ["YES"]
    assert answer.stderr == ""
