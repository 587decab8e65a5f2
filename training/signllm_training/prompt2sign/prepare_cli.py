"""`signllm prepare`: a corpus in, a set that training reads out."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from signllm.arguments import CommandParser
from signllm_training.prompt2sign.read_flags import add_read_flags, read_options

if TYPE_CHECKING:
    from signllm_training.prompt2sign.prepare import Engine, PrepareOptions, Progress, Summary

_EXAMPLES: Final = """\
examples:
  signllm prepare how2sign/train how2sign_set --language asl --text how2sign_realigned_train.csv --split train
        --split-by given --licence CC-BY-NC-4.0
      OpenPose folders and their table of sentences, in the corpus's own splits
  signllm prepare phoenix phoenix_set --language dgs --fps 25 --licence "research only" --strict
      .skels files; the first sample that cannot be used ends the run
  signllm prepare lexicon_videos signs_set --split-by signer --shares 0.9 0.05 0.05 --workers 8
      nobody who is in train is in dev or test
  signllm prepare how2sign/train how2sign_set ... --engine ray
      the same on a Ray cluster (RAY_ADDRESS), with source and set in folders that all machines see

Stopped at any moment, the same command goes on where it was.
"""
_EXAMPLES_OF_A_REASON: Final = 3


def main(argv: Sequence[str] | None = None) -> int:
    """`signllm prepare`. Returns the exit status."""
    flags = _parser().parse_args(argv)
    from signllm.errors import SignLLMError

    try:
        return _prepare(flags)
    except SignLLMError as error:
        print(f"signllm prepare: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("signllm prepare: stopped; the same command goes on where it was", file=sys.stderr)
        return 130


def _prepare(flags: argparse.Namespace) -> int:
    from signllm_training.prompt2sign.prepare import prepare

    options = _prepare_options(flags)
    engine: Engine | None = None
    if flags.engine == "ray":
        from signllm_training.prompt2sign.ray_engine import run_ray

        engine = run_ray
    with _Line(flags.quiet) as line:
        summary = prepare(
            flags.source,
            flags.out,
            options,
            workers=flags.workers,
            engine=engine,
            strict=flags.strict,
            progress=line.show,
        )
    print("\n".join(_lines(summary, flags.out, options)))
    return 0


def _parser() -> CommandParser:
    parser = CommandParser("prepare", "Make a corpus into a set that training reads.", _EXAMPLES)
    parser.add_argument("source", type=Path, metavar="IN", help="folder or file of the corpus; its kind is recognised")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the set")
    made = parser.add_argument_group("what is made of it")
    made.add_argument(
        "--method",
        default="fast",
        choices=("fast", "closed_form", "reference", "none"),
        help="how missing depth is found; none leaves it out (default: fast)",
    )
    made.add_argument(
        "--positive-depth", action="store_true", help="depth as in the published procedure: in front only"
    )
    made.add_argument("--keep-rest", action="store_true", help="keep hands at rest at both ends of a clip")
    made.add_argument(
        "--split-by",
        default="signer",
        choices=("signer", "given", "hash"),
        help="signer: nobody is in two splits, and clips without a signer are in train (default); "
        "given: as the corpus has it; hash: by the clip's name",
    )
    made.add_argument(
        "--shares",
        type=float,
        nargs=3,
        default=(0.8, 0.1, 0.1),
        metavar="SHARE",
        help="of train, dev and test, where splits are drawn (default: 0.8 0.1 0.1)",
    )
    made.add_argument("--seed", type=int, default=0, help="of splits and prompts (default: 0)")
    add_read_flags(parser)
    run = parser.add_argument_group("how it is run; none of this changes what is made")
    run.add_argument("--workers", type=_positive, default=_cores(), help="processes (default: one for every core)")
    run.add_argument("--engine", default="local", choices=("local", "ray"), help="this machine, or a Ray cluster")
    run.add_argument("--strict", action="store_true", help="stop at the first sample that cannot be used")
    run.add_argument("--quiet", action="store_true", help="no progress at a terminal")
    return parser


def _prepare_options(flags: argparse.Namespace) -> PrepareOptions:
    from signllm_training.prompt2sign.prepare import PrepareOptions
    from signllm_training.prompt2sign.quality import QualityOptions
    from signllm_training.prompt2sign.splits import SplitRule
    from signllm_training.prompt2sign.units import Steps

    steps = Steps(QualityOptions(trim=not flags.keep_rest), flags.method, flags.positive_depth, flags.seed)
    rule = SplitRule(flags.split_by, tuple(flags.shares), flags.seed)
    return PrepareOptions(read_options(flags), flags.kind, steps, rule)


class _Line:
    """The line of progress, which is there at a terminal only."""

    def __init__(self, quiet: bool) -> None:
        self._shown = sys.stderr.isatty() and not quiet
        self._start = time.monotonic()

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def show(self, done: Progress) -> None:
        if self._shown:
            rate = done.frames / max(time.monotonic() - self._start, 1e-3)
            text = f"{done.clips:,} clips, {done.frames:,} frames ({rate:,.0f} a second), {done.skipped:,} skipped"
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def _lines(summary: Summary, out: Path, options: PrepareOptions) -> list[str]:
    from signllm_training.prompt2sign.manifest import notices

    manifest = summary.manifest
    lines = [f"{out}: {manifest.clips:,} clips, {_duration(manifest.seconds)}"]
    for part in sorted(manifest.parts, key=lambda part: (part.language, part.split)):
        what = f"{part.language or 'language not said'} {part.split}"
        lines.append(f"  {what:<20} {part.clips:>9,} clips {part.frames:>12,} frames  {_duration(part.seconds)}")
    if manifest.skipped:
        lines.append(f"skipped: {len(manifest.skipped):,}, all in manifest.json")
    for reason, skips in manifest.skipped_by_reason().items():
        places = [one.source if one.line is None else f"{one.source}, line {one.line}" for one in skips]
        more = f" and {len(places) - _EXAMPLES_OF_A_REASON:,} more" if len(places) > _EXAMPLES_OF_A_REASON else ""
        lines.append(f"  {len(skips):>6,}  {reason}: {'; '.join(places[:_EXAMPLES_OF_A_REASON])}{more}")
    if summary.unsure:
        missing = "signer" if options.split.by == "signer" else "split"
        other = "; --split-by given keeps the corpus's own splits" if options.split.by == "signer" else ""
        lines.append(f"clips that do not name their {missing}: {summary.unsure:,}, all in train{other}")
    return lines + [f"notice: {notice}" for notice in notices(manifest)]


def _duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
