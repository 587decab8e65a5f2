"""The console command: finds subcommands, reports errors in one sentence, loads nothing that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from signllm import __version__, cli
from signllm.errors import CheckpointError, SignLLMError

Install = Callable[[Callable[[list[str]], int]], None]
_INSTALLED: dict[str, Callable[[list[str]], int]] = {}


def command(argv: list[str]) -> int:
    """Entry point of the tests; does what the test installed."""
    return _INSTALLED["dance"](argv)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a subcommand `dance`, beside one that cannot be imported."""
    monkeypatch.setitem(sys.modules, "installed_for_this_test", sys.modules[__name__])
    found = EntryPoints(
        [
            EntryPoint("dance", "installed_for_this_test:command", cli.GROUP),
            EntryPoint("broken", "no_such_package.cli:main", cli.GROUP),
        ]
    )
    monkeypatch.setattr(cli, "entry_points", lambda group: found.select(group=group))

    def install_it(function: Callable[[list[str]], int]) -> None:
        monkeypatch.setitem(_INSTALLED, "dance", function)

    return install_it


def test_a_subcommand_gets_its_arguments_and_returns_the_exit_code(install: Install) -> None:
    seen: list[list[str]] = []

    def dance(argv: list[str]) -> int:
        seen.append(argv)
        return 7

    install(dance)
    assert cli.main(["dance", "--slowly", "--help"]) == 7
    assert seen == [["--slowly", "--help"]]


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_what_is_installed_and_shows_examples(
    argv: list[str], install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(argv) == 0
    out = capsys.readouterr().out
    assert "  broken\n  dance\n" in out
    assert 'signllm say "My name is Ana." --out hello.npz' in out
    assert max(map(len, out.splitlines())) <= 80


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"signllm {__version__}\n"


def test_an_unknown_command_is_one_sentence_with_close_matches(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["dence"]) == 2
    assert capsys.readouterr().err == "signllm: there is no command 'dence'; did you mean dance?\n"
    assert cli.main(["xyz"]) == 2
    assert capsys.readouterr().err == "signllm: there is no command 'xyz'; commands are: broken, dance\n"


class PackagesOwnError(SignLLMError):
    """As another package of the project would derive it."""


@pytest.mark.parametrize("error", [SignLLMError, CheckpointError, PackagesOwnError])
def test_our_errors_become_one_sentence_and_exit_code_2(
    error: type[SignLLMError], install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    def dance(argv: list[str]) -> int:
        raise error("the floor is wet; wait until it has dried")

    install(dance)
    assert cli.main(["dance"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "signllm: the floor is wet; wait until it has dried\n")


def test_a_missing_package_is_named(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["broken"]) == 2
    assert "command 'broken' needs the Python package 'no_such_package'" in capsys.readouterr().err


def test_other_errors_are_ours_to_mend_and_keep_their_traceback(install: Install) -> None:
    def dance(argv: list[str]) -> int:
        raise ZeroDivisionError

    install(dance)
    with pytest.raises(ZeroDivisionError):
        cli.main(["dance"])


def test_ctrl_c_ends_it_without_a_word(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    def dance(argv: list[str]) -> int:
        raise KeyboardInterrupt

    install(dance)
    assert cli.main(["dance"]) == 130
    assert capsys.readouterr() == ("", "")


FULL_DISK = Path("/dev/full")
on_a_full_disk = pytest.mark.skipif(not FULL_DISK.exists(), reason="only Linux has a disk that is always full")


@on_a_full_disk
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_under_the_output_is_one_sentence(unbuffered: str) -> None:
    command, environment = (
        [sys.executable, "-m", "signllm.cli", "--help"],
        os.environ | {"PYTHONUNBUFFERED": unbuffered},
    )
    with FULL_DISK.open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    message = "signllm: the output cannot be written: no space left; make room or send it elsewhere\n"
    assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.parametrize("name", ["doctor", "evaluate", "say", "serve", "train"])
def test_an_option_that_does_not_exist_is_one_sentence(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main([name, "--nonsense"])
    assert stop.value.code == 2
    message = f"signllm {name}: unrecognized arguments: --nonsense; `signllm {name} --help` lists what there is\n"
    assert capsys.readouterr() == ("", message)


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_closed_pipe_ends_it_without_a_word() -> None:
    code = f"""
import os, subprocess, sys
reader, writer = os.pipe()
os.close(reader)
run = "import sys; from signllm import cli; sys.exit(cli.main(['--help']))"
done = subprocess.run([{sys.executable!r}, "-c", run], stdout=writer, stderr=subprocess.PIPE)
print(done.returncode, done.stderr)
"""
    assert run_python(code).stdout == "141 b''\n"


@pytest.mark.parametrize("use", ["", "from signllm import cli; cli.main(['--help'])", "import signllm.motion.clip_io"])
def test_help_and_import_load_neither_torch_nor_any_subcommand(use: str) -> None:
    code = f"import signllm\n{use}\nimport sys\nheavy = ['torch', 'scipy', 'signllm_bridge', 'signllm_training']"
    done = run_python(code + "\nprint([name for name in heavy if name in sys.modules], file=sys.stderr)")
    assert done.stderr == "[]\n"


def test_the_commands_of_this_project_are_installed(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main([])
    out = capsys.readouterr().out
    for name in ("doctor", "evaluate", "say", "serve", "train"):
        assert f"\n  {name}" in out
