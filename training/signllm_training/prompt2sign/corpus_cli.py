"""`signllm corpus`: look at a prepared set, at the languages, and at the prompts."""

from __future__ import annotations

import argparse
import difflib
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from signllm.arguments import CommandParser
from signllm.errors import SignLLMError

_HELP: Final = """\
usage: signllm corpus SUBCOMMAND [OPTIONS]   (signllm corpus SUBCOMMAND --help explains one)

Look at a prepared set, at the languages, and at the prompts.

subcommands:
  languages  the sign languages, and how many clips the SignLLM paper has of each
  prompts    questions around a text, in the written language of a sign language
  report     plots, skeletons, licences and what was left out, as one page that needs no network
  verify     whether a set's files, and its sources, are still those that it was made with"""
_REPORT_EXAMPLES: Final = """\
examples:
  signllm corpus report how2sign_set
  signllm corpus report how2sign_set --out how2sign.html --previews 30
"""
_PROMPTS_EXAMPLES: Final = """\
examples:
  signllm corpus prompts dgs
      the templates
  signllm corpus prompts dgs --text "Guten Morgen" --seed 3
      one question, the same whenever the seed is
"""
_VERIFY_EXAMPLES: Final = """\
examples:
  signllm corpus verify how2sign_set
  signllm corpus verify how2sign_set --sources how2sign
      the files that it was made of as well
"""
_CHANGED, _FAILED, _INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """`signllm corpus SUBCOMMAND`. Returns the exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_HELP)
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in _SUBCOMMANDS:
        close = difflib.get_close_matches(name, _SUBCOMMANDS, n=2)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are: {', '.join(_SUBCOMMANDS)}"
        print(f"signllm corpus: there is no subcommand {name[:40]!r}; {hint}", file=sys.stderr)
        return _FAILED
    try:
        return _SUBCOMMANDS[name](rest)
    except SignLLMError as error:
        print(f"signllm corpus {name}: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"signllm corpus {name}: stopped", file=sys.stderr)
        return _INTERRUPTED


def report(argv: Sequence[str]) -> int:
    """`signllm corpus report`: write the report page of a prepared set. Returns the exit status."""
    parser = CommandParser("corpus report", "Write the report page of a prepared set.", _REPORT_EXAMPLES)
    parser.add_argument("folder", type=Path, metavar="PREPARED_SET", help="folder that `signllm prepare` made")
    parser.add_argument("--out", type=Path, default=Path("report.html"), help="HTML file (default: report.html)")
    parser.add_argument("--previews", type=_count, default=12, help="clips of which frames are drawn (default: 12)")
    options = parser.parse_args(argv)
    from signllm_training.prompt2sign.report_page import write_report

    print(f"report: {write_report(options.folder, options.out, previews=options.previews)}")
    return 0


def verify(argv: Sequence[str]) -> int:
    """`signllm corpus verify`: compare a set with its manifest. Returns the exit status, 1 when something differs."""
    parser = CommandParser("corpus verify", "Compare a prepared set with its manifest.", _VERIFY_EXAMPLES)
    parser.add_argument("folder", type=Path, metavar="PREPARED_SET", help="folder that `signllm prepare` made")
    parser.add_argument("--sources", type=Path, metavar="FOLDER", help="corpus that it was made of")
    options = parser.parse_args(argv)
    from signllm_training.prompt2sign import manifest

    problems = manifest.verify(options.folder, options.sources)
    print("\n".join(problems) or f"{options.folder}: as its manifest says")
    return _CHANGED if problems else 0


def languages(argv: Sequence[str]) -> int:
    """`signllm corpus languages`: print the registry. Returns the exit status."""
    CommandParser("corpus languages", "Print the sign languages, with the paper's counts.", "").parse_args(argv)
    from signllm_training.prompt2sign.languages import LANGUAGES

    rows = [["code", "paper", "ISO", "name", "own name", "written", "corpus", "train", "dev", "test"]]
    for one in LANGUAGES.values():
        written = f"{one.written_name} ({one.written})"
        names = [one.code, one.paper_code, one.iso639_3, one.name, one.own_name, written, one.paper_corpus]
        rows.append([*names, *(f"{count:,}" for count in one.paper_counts)])
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        gaps = [" " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [gap + cell if k >= 7 else cell + gap for k, (cell, gap) in enumerate(zip(row, gaps, strict=True))]
        print("  ".join(cells).rstrip())
    print("train, dev, test: clips in table 1 of the SignLLM paper, arXiv 2405.10718; GSL is its name for DGS")
    return 0


def prompts(argv: Sequence[str]) -> int:
    """`signllm corpus prompts`: print the prompts of a language. Returns the exit status."""
    parser = CommandParser("corpus prompts", "Print questions around a text.", _PROMPTS_EXAMPLES)
    parser.add_argument(
        "language", metavar="LANG", help="code of a sign language; `signllm corpus languages` lists them"
    )
    parser.add_argument("--text", help="put this in each of them (default: they are printed as templates)")
    parser.add_argument("--seed", type=int, help="print only the one that this seed chooses for the text")
    options = parser.parse_args(argv)
    from signllm_training.prompt2sign.prompts import PLACE, prompt_for, templates

    text = PLACE if options.text is None else options.text
    if options.seed is not None:
        print(prompt_for(text, options.language, options.seed, text))
        return 0
    for template in templates(options.language):
        print(text.join(template.split(PLACE)))
    return 0


_SUBCOMMANDS: Final = MappingProxyType[str, Callable[[Sequence[str]], int]](
    {"languages": languages, "prompts": prompts, "report": report, "verify": verify}
)


def _width(text: str) -> int:
    """Columns of a terminal: East Asian letters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text[:4]) > 200 or len(text) > 3:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number from 0 to 200")
    return int(text)
