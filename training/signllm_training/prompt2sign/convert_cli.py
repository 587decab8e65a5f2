"""`signllm convert`: pose data of any kind in, of another kind out, told by the ending of a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from signllm.arguments import CommandParser
from signllm_training.prompt2sign.read_flags import add_read_flags, read_options

if TYPE_CHECKING:
    from signllm_training.prompt2sign.convert import ConvertOptions, Summary
    from signllm_training.prompt2sign.sample import Skipped

_EXAMPLES: Final = """\
examples:
  signllm convert how2sign/json how2sign_set --language asl --method fast --licence CC-BY-NC-4.0
      folders of OpenPose JSON into a set in the standard, depth found
  signllm convert how2sign_set how2sign.skels --profile signllm
      that set as .skels, with .text, .gloss and .files beside it; the other profiles are phoenix and dwpose
  signllm convert hello.pose hello.npz
      one clip into arrays in the standard
  signllm convert how2sign_set poses --to pose
      a folder with a .pose file for every clip
  signllm convert --sizes how2sign/json
      the bytes that a frame takes in each format

What is read: folders or files of OpenPose JSON, .skels, .pose, MediaPipe and DWPose landmarks, SMPL-X, .bvh, .fbx,
.glb, video, and what this command writes. `signllm prepare` also cleans, splits and resumes: it is for training.
"""
_SHOWN: Final = 3
"""Places that are named for each reason; a set's manifest has all."""
_NOTHING: Final = 1
"""Exit status when nothing could be converted."""


def main(argv: Sequence[str] | None = None) -> int:
    """`signllm convert`. Returns the exit status."""
    parser = _parser()
    flags = parser.parse_args(argv)
    if flags.sizes and flags.out is not None:
        parser.error("--sizes takes one place, which it reads; nothing is written")
    if not flags.sizes and flags.out is None:
        parser.error("OUT is missing: a file ending in .parquet, .skels, .pose or .npz, or a folder")
    from signllm.errors import SignLLMError

    try:
        return _measure(flags) if flags.sizes else _convert(flags)
    except SignLLMError as error:
        print(f"signllm convert: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("signllm convert: stopped; what is half written was removed", file=sys.stderr)
        return 130


def _parser() -> CommandParser:
    parser = CommandParser("convert", "Convert pose data between formats, by the ending of OUT.", _EXAMPLES)
    parser.add_argument("source", type=Path, metavar="IN", help="file or folder; its kind is recognised")
    parser.add_argument(
        "out", type=Path, nargs="?", metavar="OUT", help="file, or a folder, which becomes a set that training reads"
    )
    parser.add_argument("--sizes", action="store_true", help="measure the bytes per frame in each format instead")
    made = parser.add_argument_group("what is made")
    made.add_argument(
        "--to", default="", choices=("set", "parquet", "skels", "pose", "npz"), help="format, where OUT is a folder"
    )
    made.add_argument("--profile", default="", metavar="NAME", help="of .skels: phoenix, signllm, dwpose, dwpose:16:9")
    made.add_argument(
        "--method",
        choices=("none", "closed_form", "fast", "reference"),
        help="how depth is found where there is none; none leaves it out (default: none; with --sizes: fast)",
    )
    made.add_argument(
        "--positive-depth", action="store_true", help="depth as in the published procedure: in front only"
    )
    made.add_argument("--strict", action="store_true", help="stop at the first sample that cannot be converted")
    made.add_argument("--quiet", action="store_true", help="no progress at a terminal")
    add_read_flags(parser, "--source-profile")
    return parser


def _convert(flags: argparse.Namespace) -> int:
    from signllm_training.prompt2sign.convert import convert

    shown = sys.stderr.isatty() and not flags.quiet
    try:
        summary = convert(flags.source, flags.out, _options(flags), progress=_show if shown else lambda _: None)
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    for line in summary_lines(summary, flags.out):
        print(line, file=sys.stdout if summary.files else sys.stderr)
    return 0 if summary.files else _NOTHING


def _measure(flags: argparse.Namespace) -> int:
    from signllm_training.prompt2sign.convert_sizes import as_markdown, measure

    print(as_markdown(measure(flags.source, _options(flags))))
    return 0


def _options(flags: argparse.Namespace) -> ConvertOptions:
    from signllm_training.prompt2sign.convert import ConvertOptions

    return ConvertOptions(
        read=read_options(flags),
        kind=flags.kind,
        format=flags.to,
        profile=flags.profile,
        method=flags.method or ("fast" if flags.sizes else "none"),
        positive_depth=flags.positive_depth,
        strict=flags.strict,
    )


def summary_lines(summary: Summary, out: Path) -> list[str]:
    """What became of the source, a line each: what was written, and what was skipped, where and why."""
    if summary.files:
        count = len(summary.files)
        where = out if count == 1 else f"{summary.files[0].parent} ({count} files)"
        lines = [f"{where}: {summary.clips:,} clips, {summary.frames:,} frames"]
    else:
        lines = [f"signllm convert: nothing was converted; {len(summary.skipped):,} skipped"]
    reasons: dict[str, list[Skipped]] = {}
    for skipped in summary.skipped:
        reasons.setdefault(skipped.reason, []).append(skipped)
    if reasons and summary.files:
        lines.append(f"skipped: {len(summary.skipped):,}")
    for reason, found in sorted(reasons.items(), key=lambda item: -len(item[1])):
        places = [one.source if one.line is None else f"{one.source}, line {one.line}" for one in found]
        more = f" and {len(places) - _SHOWN:,} more" if len(places) > _SHOWN else ""
        lines.append(f"  {len(found):>6,}  {reason}: {'; '.join(places[:_SHOWN])}{more}")
    return lines


def _show(summary: Summary) -> None:
    text = f"{summary.clips:,} clips, {summary.frames:,} frames, {len(summary.skipped):,} skipped"
    print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
