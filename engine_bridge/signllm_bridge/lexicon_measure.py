"""`signllm lexicon measure`: contacts, collisions, joints and timing of every sign, as one table."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from signllm.arguments import CommandParser
from signllm_bridge.lexicon_measure_report import as_json, as_markdown, as_text, summarise
from signllm_bridge.lexicon_measure_sign import Measurer
from signllm_bridge.lexicon_postures import chosen, read_signs

_EXAMPLES: Final = """\
examples:
  signllm lexicon measure BOOK SCHOOL
      these signs: what misses, what collides, which joints are beyond their limits, and where
  signllm lexicon measure --out docs/results/lexicon.md
      the whole lexicon with its summary, as Markdown
  signllm lexicon measure --json > lexicon.json
      the same for programs
"""


def measure(argv: Sequence[str] | None = None) -> int:
    """`signllm lexicon measure`. Returns the exit status."""
    parser = CommandParser("lexicon measure", "Measure signs on the avatar.", _EXAMPLES)
    parser.add_argument(
        "signs", nargs="*", metavar="SIGN", help="glosses; the whole lexicon and its summary when absent"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table here instead of printing it")
    parser.add_argument("--json", action="store_true", help="JSON instead of Markdown")
    parser.add_argument(
        "--no-timing", action="store_true", help="leave out the times of this machine: same bytes each run"
    )
    parser.add_argument("--language", default="asl", help="sign language (default: asl)")
    options = parser.parse_args(argv)
    signs = read_signs(options.language, _report)
    names = chosen(signs, options.signs) if options.signs else list(signs)
    measurer = Measurer(signs)
    rows = []
    for number, name in enumerate(names, 1):
        if sys.stderr.isatty():
            print(f"\r{number} of {len(names)}", end="", file=sys.stderr)
        rows.append(measurer.measure(name))
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    summary = None if options.signs else summarise(measurer, rows, timing=not options.no_timing)
    if options.json:
        text = as_json(rows, summary)
    elif options.signs and options.out is None:
        text = "\n".join(map(as_text, rows))
    else:
        text = as_markdown(rows, summary)
    if options.out is None:
        print(text)
    else:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    return 0


def _report(sentence: str) -> None:
    print(f"signllm lexicon measure: {sentence}", file=sys.stderr)
