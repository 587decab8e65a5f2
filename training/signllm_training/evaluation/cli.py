"""`signllm evaluate`: the quality table, printed by one command."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from signllm.arguments import CommandParser
from signllm.config import DEFAULT_STRIDE
from signllm.errors import CheckpointError
from signllm.lexicon.signs import load_signs
from signllm_training.evaluation import aims, machine, report
from signllm_training.evaluation.evaluate import LANGUAGE, Plan, cases, evaluate
from signllm_training.evaluation.scoring import Score
from signllm_training.evaluation.systems import Case, Row
from signllm_training.evaluation.templates import merged_groups
from signllm_training.grammar import DRAWS, is_trained, set_a, set_b

QUICK: Final = 10
"""Sentences of each set with `--quick`."""
ALL_STRIDES: Final = (1, 2, 4, 8)
_EXAMPLES: Final = """\
examples:
  signllm evaluate --out docs/results/quality.md
      the model that ships, with the baselines beside it
  signllm evaluate --checkpoint runs/tiny/asl_tiny.safetensors --quick
      20 sentences in half a minute, while training goes on
"""
_SETS: Final = {
    "A": "Set A: sentences of templates kept from training, gloss strings that training cannot give, random names",
    "B": "Set B: everyday sentences written by hand, outside the grammar",
}
_MERGED: Final = """\
These are the groups whose entries in the lexicon are equal once these are left out: where the palm faces and the \
fingers point, numbers of turns, cycles and contacts, one way or both ways, durations, steps that wait, repeat an \
earlier step or go back to the start, and how far an offset goes in its direction. All else must be the same: hands, \
handshapes, places, touching parts, and kind, direction and size of every movement."""
_NOTES: Final = """\
How to read this. **Sign errors**: substitutions (S), deletions (D) and insertions (I) over the signs, letters and \
digits of the reference. The output is read back, on its own, as the chain of the synthesiser's signs that explains \
all its frames at the least cost; the reference and the model's own gloss track play no part in that, and a sign must \
explain at least a quarter of a mean frame's squared cost to be one. Frame cost: \
body in shoulder widths from mid-shoulder, each hand from its wrist in palm lengths, three parts of equal weight. \
**Segments** is the other way to count: the output takes over the boundaries of the synthesiser's clip by DTW, and \
each piece is matched with every sign after the same neighbour; it can only find substitutions. **Whole names** are \
runs of letters without an error. **Hands** are joints from their wrist, **body** from mid-shoulder, mean distance in \
shoulder widths along the DTW path; **distance** (path of the wrists), **duration** and **jerk** are ratios to the \
synthesiser's clip. Brackets hold 95 % bootstrap intervals over sentences.

The row *synthesiser, glosses* is the ceiling and has no errors if the scorer is right; *synthesiser, text* has the \
errors of the translation alone. The reference is the synthesiser: the table says how well the model has learned it, \
not how well people understand the signing. Automatic scores do not measure comprehension by Deaf viewers.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `signllm evaluate`.

    Args:
        argv: Arguments after the subcommand's name; those of the process when absent.

    Returns:
        Exit code 0.

    Raises:
        SignLLMError: The checkpoint or the lexicon cannot be used.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(arguments)
    checkpoint = None if options.baselines else _checkpoint(options.checkpoint)
    for notice in _notices(checkpoint):
        print(f"notice: {notice}", file=sys.stderr)
    plan = Plan(checkpoint, ALL_STRIDES if options.all else (DEFAULT_STRIDE,))
    work = {name: cases(sentences, options.sentences) for name, sentences in (("A", set_a()), ("B", set_b()))}
    scores = _scores(plan, work, options.workers)
    summaries = {name: [report.summarise(row, found) for row, found in rows.items()] for name, rows in scores.items()}
    trained = [is_trained(case.sentence) for case in work["B"]]
    compared, untrained = aims.compare(summaries), _untrained(scores["B"], trained)
    groups = merged_groups(load_signs(LANGUAGE))
    sha256 = hashlib.sha256(checkpoint.read_bytes()).hexdigest() if checkpoint else None
    text = _document(
        _Results(summaries, compared, _trained_line(work["B"], trained, untrained)), groups, arguments, sha256
    )
    print(text)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, encoding="utf-8")
    if options.json:
        facts: dict[str, Any] = {
            "checkpoint_sha256": sha256,
            "machine": machine.describe(),
            "merged": groups,
            "sets": summaries,
        }
        facts |= {"aims": compared, "b_trained": sum(trained), "b_untrained_sign_error_rate": untrained}
        print(json.dumps(facts, allow_nan=False))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        "evaluate",
        "Print the quality table: signs, letters and names that came out right, and how the joints moved.",
        _EXAMPLES,
    )
    parser.add_argument("--checkpoint", type=Path, help="a .safetensors file (default: the model that ships)")
    parser.add_argument("--all", action="store_true", help="K = 1, 2, 4 and 8 frames per step, not one alone")
    parser.add_argument("--baselines", action="store_true", help="no model: the synthesiser and the baselines alone")
    parser.add_argument("--sentences", type=_positive, metavar="N", help="N of each set, evenly spaced (default: all)")
    parser.add_argument("--quick", dest="sentences", action="store_const", const=QUICK, help=f"--sentences {QUICK}")
    parser.add_argument("--workers", type=_positive, default=os.cpu_count() or 1, help="processes (default: all cores)")
    parser.add_argument("--out", type=Path, help="also write the table to this Markdown file")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _checkpoint(path: Path | None) -> Path:
    if path is None:
        from signllm.model.checkpoint import EMBEDDED  # imports torch: not for --help

        path = EMBEDDED
    if not path.is_file():
        raise CheckpointError(f"there is no checkpoint {path}; train one with `signllm train`, or use --baselines")
    return path


def _notices(checkpoint: Path | None) -> list[str]:
    """What the licences of a checkpoint's data ask for; none where it was trained on the synthesiser."""
    about = checkpoint.with_suffix(".json") if checkpoint else None
    if about is None or not about.is_file():
        return []
    try:
        training = json.loads(about.read_text(encoding="utf-8")).get("training", {})
        return [str(notice) for notice in training.get("data", {}).get("notices", ())]
    except (ValueError, AttributeError, TypeError):
        return []  # whoever loads the checkpoint says what is wrong with it


def _scores(plan: Plan, work: Mapping[str, Sequence[Case]], workers: int) -> dict[str, dict[Row, list[Score]]]:
    """Scores by set and row, in the order of the cases."""
    names = [name for name, chosen in work.items() for _ in chosen]
    results = evaluate(plan, [case for chosen in work.values() for case in chosen], workers)
    scores: dict[str, dict[Row, list[Score]]] = {name: defaultdict(list) for name in work}
    for done, (name, result) in enumerate(zip(names, results, strict=True), 1):
        for row, score in result.items():
            scores[name][row].append(score)
        if sys.stderr.isatty():
            end = "\n" if done == len(names) else ""
            print(f"\r{done} of {len(names)} sentences", end=end, file=sys.stderr, flush=True)
    return scores


def _untrained(scores: Mapping[Row, Sequence[Score]], trained: Sequence[bool]) -> dict[str, float | None]:
    """Sign error rates of the model, by what it signs from, over the sentences that training has not shown."""
    rates = {}
    for row, found in scores.items():
        kept = [score for score, seen in zip(found, trained, strict=True) if not seen]
        if row.system == aims.SYSTEM:
            rates[row.input] = report.summarise(row, kept)["sign_error_rate"] if kept else None
    return rates


def _trained_line(work: Sequence[Case], trained: Sequence[bool], untrained: Mapping[str, float | None]) -> str:
    seen = [case.sentence.text for case, marked in zip(work, trained, strict=True) if marked]
    line = f"Among {DRAWS:,} sentences of training are the signs or the text of {len(seen)} of these {len(work)}"
    line += f" ({' '.join(seen)})" if seen else ""
    rates = [f"{100 * rate:.1f} % from {source}" for source, rate in untrained.items() if rate is not None]
    return f"{line}; sign errors of {aims.SYSTEM} without them: {', '.join(rates)}." if rates else f"{line}."


@dataclass(frozen=True)
class _Results:
    """What there is to print."""

    summaries: Mapping[str, Sequence[Mapping[str, Any]]]
    aims: Sequence[Mapping[str, Any]]
    trained_line: str


def _document(
    results: _Results,
    groups: Iterable[Sequence[str]],
    arguments: Sequence[str],
    sha256: str | None,
) -> str:
    merged = "; ".join(" = ".join(group) for group in groups) or "none"
    parts = [
        "# Quality",
        f"Command: `{shlex.join(['signllm', 'evaluate', *arguments])}`  \n"
        f"Checkpoint sha256: {sha256 or 'none'}  \n"
        f"Machine: {machine.describe()}",
    ]
    if results.aims:
        parts += [f"## Aims for {aims.SYSTEM}", aims.markdown(results.aims)]
    for name, rows in results.summaries.items():
        parts += [f"## {_SETS[name]} ({rows[0]['sentences']} sentences)", report.markdown(rows)]
    parts += [results.trained_line, "## Notes", f"Counted as one: {merged}. {_MERGED}", _NOTES]
    return "\n\n".join(parts)
