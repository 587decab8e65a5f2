"""The command `signllm lexicon`: finds its subcommand and runs it; none is imported before it is called."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from signllm.errors import SignLLMError


@dataclass(frozen=True)
class _Subcommand:
    target: str
    """`module:function`, a callable `(argv) -> exit status`."""
    summary: str


_SUBCOMMANDS: Final = {
    "add": _Subcommand("signllm.lexicon.commands:add", "put a file of signs into your own lexicon"),
    "check": _Subcommand("signllm.lexicon.commands:check", "check signs, and list the primitives of each"),
    "export": _Subcommand("signllm.lexicon.commands:export", "write signs as one JSON file, or as SiGML"),
    "import": _Subcommand("signllm.lexicon.commands:import_", "turn a JSON lexicon into a lexicon file"),
    "letters": _Subcommand(
        "signllm_bridge.lexicon_letters:letters", "the alphabet: what tells letters apart, real hands"
    ),
    "measure": _Subcommand("signllm_bridge.lexicon_measure:measure", "contacts, collisions, joints, timing: a table"),
    "render": _Subcommand("signllm_bridge.lexicon_render:render", "pictures of signs, letters and handshapes"),
    "show": _Subcommand("signllm.lexicon.commands:show", "everything that the lexicon says of a sign"),
}
_FAILED: Final = 2


def main(argv: Sequence[str] | None = None) -> int:
    """`signllm lexicon SUBCOMMAND`. Returns the exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in _SUBCOMMANDS:
        close = difflib.get_close_matches(name, _SUBCOMMANDS, n=2)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are: {', '.join(_SUBCOMMANDS)}"
        print(f"signllm lexicon: there is no subcommand {name[:40]!r}; {hint}", file=sys.stderr)
        return _FAILED
    module, function = _SUBCOMMANDS[name].target.split(":")
    run: Callable[[list[str]], int] = getattr(importlib.import_module(module), function)
    try:
        return run(rest)
    except SignLLMError as error:
        print(f"signllm lexicon {name}: {error}", file=sys.stderr)
        return _FAILED


def _help() -> str:
    width = max(map(len, _SUBCOMMANDS))
    rows = [f"  {name:<{width}}  {sub.summary}" for name, sub in _SUBCOMMANDS.items()]
    head = "usage: signllm lexicon SUBCOMMAND [OPTIONS]   (signllm lexicon SUBCOMMAND --help explains one)"
    return "\n".join(
        [head, "", "The signs as data: look at them, measure them, change them.", "", "subcommands:", *rows]
    )
