"""The console command `signllm`: finds the subcommands that are installed and runs one of them.

Subcommands are entry points of the group `signllm.commands`, callables `(argv: list[str]) -> int`. None is imported
before it is called, so that help costs no more than `import signllm`.
"""

from __future__ import annotations

import difflib
import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from signllm import __version__
from signllm.errors import InputError, SignLLMError

GROUP: Final = "signllm.commands"
_FAILED, _INTERRUPTED, _PIPE_CLOSED = 2, 130, 141
"""Exit codes; the last two are what a shell reports for SIGINT and SIGPIPE."""

# Known here as text alone: asking a command for its own summary would import it.
_SUMMARIES: Final = {
    "compare": "show what both sources make of a text, side by side",
    "convert": "turn pose data of one format into another",
    "corpus": "look at a prepared set, the languages and the prompts",
    "doctor": "say what this machine can run, and what is missing",
    "evaluate": "print the quality table of a checkpoint",
    "gloss": "print the glosses of a text, and how they came about",
    "lexicon": "look at the signs, measure them, change them",
    "prepare": "make one training set of a corpus of pose data",
    "review": "let Deaf signers judge the signs, and study whether they are understood",
    "say": "turn text into a motion file, or frames on a pipe",
    "serve": "serve the page and stream frames to it",
    "train": "make a corpus and train a model on it",
}
_EXAMPLES: Final = """\
examples:
  signllm serve
      then open the address that it prints, and type a sentence
  signllm say "My name is Ana." --out hello.npz
      keypoints, bone rotations and sign boundaries of one utterance
  signllm say "My name is Ana." --out - | head -3
      the same as JSON lines, a frame as soon as it is made
  signllm say --gloss "NAME MY fs:ANA" --out name.npz
      glosses as they are, without the grammar
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the console command.

    Args:
        argv: Arguments after the command's name; those of this process when absent.

    Returns:
        Exit code: 0, what the subcommand returns, 2 after an error that was reported, 130 after Ctrl-C.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        return _flushed(_run(arguments))
    except SignLLMError as error:
        print(f"signllm: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return _PIPE_CLOSED
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _forget_stdout()
        print("signllm: the output cannot be written: no space left; make room or send it elsewhere", file=sys.stderr)
        return _FAILED


def _run(arguments: list[str]) -> int:
    commands = {entry.name: entry for entry in entry_points(group=GROUP)}
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help(sorted(commands)))
        return 0
    if arguments[0] == "--version":
        print(f"signllm {__version__}")
        return 0
    command = _load(arguments[0], commands)
    return command(arguments[1:])


def _flushed(code: int) -> int:
    """The exit code; a closed pipe and a full disk show here, not while the interpreter shuts down."""
    try:
        sys.stdout.flush()
    except OSError:
        if not code:
            raise
        _forget_stdout()  # the command has said its sentence already
    return code


def _help(names: Sequence[str]) -> str:
    width = max(map(len, names), default=0)
    rows = [f"  {name:<{width}}  {_SUMMARIES.get(name, '')}".rstrip() for name in names]
    return "\n".join(
        [
            "usage: signllm COMMAND [OPTIONS]   (signllm COMMAND --help explains one)",
            "       signllm --version",
            "",
            "Text in, 3D sign-language motion out, frame by frame.",
            "",
            "commands:",
            *rows,
            "",
            _EXAMPLES.rstrip(),
        ]
    )


def _load(name: str, commands: Mapping[str, EntryPoint]) -> Callable[[list[str]], int]:
    if name not in commands:
        raise InputError(_unknown(name, sorted(commands)))
    try:
        command: Callable[[list[str]], int] = commands[name].load()
    except ModuleNotFoundError as error:
        message = f"command {name!r} needs the Python package {error.name!r}; install it and try again"
        raise SignLLMError(message) from error
    return command


def _unknown(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=2)
    hint = f"did you mean {' or '.join(close)}?" if close else f"commands are: {', '.join(names)}"
    return f"there is no command {name[:40]!r}; {hint}"


def _forget_stdout() -> None:
    """Let the interpreter's last flush go nowhere, as the documentation of `signal` advises for SIGPIPE."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file, as in a notebook: nothing will be flushed to a pipe
        return


if __name__ == "__main__":
    sys.exit(main())
