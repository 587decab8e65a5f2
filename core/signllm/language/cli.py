"""The command `signllm gloss`: what a text becomes, and why; or the table of agreement with rule-made pairs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from signllm.arguments import CommandParser
from signllm.errors import InputError
from signllm.language.translate import translate
from signllm.source import Utterance

PAIRS: Final = "SIGNLLM_TEST_DATA"
"""Environment variable that names the folder of test data, with the pairs in its folder `text`."""
_EXAMPLES: Final = """\
examples:
  signllm gloss "If it rains tomorrow, we stay home."
      glosses, what the face says, the rules that were used, and the label
  signllm gloss "The fire is warm." --json
      the same as one JSON object
  signllm gloss --report docs/results/gloss.md --pairs FOLDER
      the table of agreement with rule-made pairs
"""


def main(argv: Sequence[str] | None = None) -> int:
    """`signllm gloss`. Returns the exit status."""
    options = _parser().parse_args(argv)
    if options.report is not None:
        return _report(options)
    utterance = translate(
        _text(options.text),
        options.language,
        spell=options.spell,
        drafts=not options.no_drafts,
        approved_by=options.approved_by,
    )
    print(json.dumps(asdict(utterance), ensure_ascii=False) if options.json else describe(utterance))
    return 0


def _parser() -> CommandParser:
    parser = CommandParser("gloss", "What a text becomes in signs, and why.", _EXAMPLES)
    parser.add_argument("text", nargs="?", help="English; standard input when it is absent or -")
    parser.add_argument("--language", default="asl", help="sign language (default: asl)")
    parser.add_argument("--spell", action="store_true", help="spell every word")
    parser.add_argument("--no-drafts", action="store_true", help="spell the words of signs that nobody has approved")
    parser.add_argument("--approved-by", metavar="NAME", help="who approved this message of the emergency domain")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--report", metavar="FILE", type=Path, help="write the table of agreement; - prints it")
    parser.add_argument("--pairs", metavar="FOLDER", type=Path, help=f"its pairs (default: text in ${PAIRS})")
    return parser


def _text(argument: str | None) -> str:
    return sys.stdin.read() if argument in (None, "-") else str(argument)


def describe(utterance: Utterance) -> str:
    """An utterance for a person to read: one fact a line, the trace last."""
    lines = [f"text      {utterance.text}", f"glosses   {utterance.gloss_text or '-'}"]
    for tier in utterance.nonmanuals:
        said = list(dict.fromkeys(gloss.word for gloss in utterance.glosses[tier.first : tier.last + 1]))
        texts = {gloss.word: gloss.text for gloss in utterance.glosses}
        where = f"glosses {tier.first} to {tier.last}" if tier.last > tier.first else f"gloss {tier.first}"
        lines.append(f"face      {tier.name} over {where}: {' '.join(texts[word] for word in said)}")
    lines.append(f"label     {utterance.label}; {utterance.coverage:.0%} of the words that carry meaning have a sign")
    lines += [f"notice    {notice}" for notice in utterance.notices]
    lines += [f"rule      {line}" for line in utterance.trace]
    return "\n".join(lines)


def _report(options: argparse.Namespace) -> int:
    from signllm.language.report import write_report

    if options.pairs is None and PAIRS not in os.environ:
        raise InputError(f"the report needs the rule-made pairs: name their folder with --pairs, or set {PAIRS}")
    table = write_report(options.pairs or Path(os.environ[PAIRS]) / "text")
    if str(options.report) == "-":
        print(table)
        return 0
    try:
        options.report.write_text(table, encoding="utf-8")
    except OSError as error:
        raise InputError(f"the report cannot be written ({error.strerror}): {options.report}") from error
    print(f"wrote {options.report}")
    return 0
