"""The command `signllm review`: the page, the states that follow from the verdicts, and the study."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from signllm import __version__
from signllm.arguments import CommandParser
from signllm.errors import SignLLMError
from signllm_bridge.errors import BridgeError, ReviewError
from signllm_bridge.sources import LEXICON, MODEL, make_generation

if TYPE_CHECKING:
    from signllm.lexicon.phonology import Sign

_FAILED, _INTERRUPTED = 2, 130
_DEFAULT_PORT: Final = 8766
_DEFAULT_FILE: Final = "reviews.jsonl"
_EXAMPLES: Final = """\
examples:
  signllm review
      a page on this machine that plays each sign and takes verdicts; they go into reviews.jsonl
  signllm review --report
      which signs are approved, and what reviewers found wrong
  signllm review --apply ~/signs
      those states in the lexicon files under ~/signs/asl, which begins as a copy of the lexicon
  signllm review --study study.html
      one file for participants; it opens without a network and gives its answers as CSV
  signllm review --study-results anna.csv ben.csv
"""


def main(argv: Sequence[str] | None = None) -> int:
    """`signllm review`. Returns the exit status."""
    options = _parser().parse_args(argv)
    try:
        return _run(options)
    except (SignLLMError, BridgeError) as error:
        print(f"signllm review: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print("\nsignllm review: stopped", file=sys.stderr)
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        "review", "Let Deaf signers judge the signs, and test whether they are understood.", _EXAMPLES
    )
    parser.add_argument(
        "--reviews", type=Path, default=Path(_DEFAULT_FILE), help=f"verdicts (default: {_DEFAULT_FILE})"
    )
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT, help="port; 0 takes a free one (default: 8766)")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--report", action="store_true", help="print the states and what was found wrong")
    mode.add_argument("--apply", type=Path, metavar="FOLDER", help="set the states in a folder of lexicon files")
    mode.add_argument("--study", type=Path, metavar="FILE", help="write the study as one HTML file")
    parser.add_argument("--signs", type=int, default=24, help="signs in the study (default: 24)")
    parser.add_argument(
        "--sentences", type=Path, metavar="FILE", help="sentences of the study, TOML (default: ten that ship)"
    )
    parser.add_argument(
        "--instructions", type=Path, metavar="VIDEO", help="a person who explains the study in ASL, .mp4 or .webm"
    )
    parser.add_argument("--seed", type=int, default=7, help="seed of the study's choices (default: 7)")
    mode.add_argument("--study-results", type=Path, nargs="+", metavar="CSV", help="print what answers say")
    return parser


def _run(options: argparse.Namespace) -> int:
    from signllm_bridge.review import results

    if options.study_results:
        print(results.table(results.read(options.study_results)), end="")
        return 0
    from signllm.lexicon.signs import load_signs

    signs = load_signs("asl")
    if options.report:
        return _report(signs, options.reviews)
    if options.apply:
        return _apply(options.reviews, options.apply)
    if options.study:
        return _study(signs, options)
    return _serve(signs, options)


def _serve(signs: Mapping[str, Sign], options: argparse.Namespace) -> int:
    from signllm_bridge.avatar import build_avatar
    from signllm_bridge.review import verdicts
    from signllm_bridge.review.clips import sign_clip
    from signllm_bridge.review.server import make_server
    from signllm_bridge.review.site import Site
    from signllm_bridge.server.http_pages import Pages

    _, warnings = verdicts.read(options.reviews)
    for warning in warnings:
        print(f"signllm review: {warning}", file=sys.stderr)
    generation = make_generation((LEXICON,))
    site = Site(signs, cache(lambda name: sign_clip(generation, name)), Pages(build_avatar()), options.reviews)
    with make_server(site, options.port) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        print(f"The signs can be reviewed at {address}  (Ctrl-C stops it)")
        print(f"Verdicts are kept in {options.reviews.resolve()}, on this machine alone.", flush=True)
        if options.open:
            webbrowser.open(address)
        server.serve_forever()
    return 0


def _report(signs: Mapping[str, Sign], file: Path) -> int:
    from signllm_bridge.review import verdicts

    given, warnings = verdicts.read(file)
    for warning in warnings:
        print(f"signllm review: {warning}", file=sys.stderr)
    states = verdicts.states(signs, given)
    counts = Counter(states.values())
    print(
        f"{len(given)} verdicts in {file}; of {len(signs)} signs are "
        + ", ".join(f"{n} {s}" for s, n in counts.items())
    )
    for name, sign in signs.items():
        mine = [v for v in given if v.sign == name]
        if mine:
            print(f"\n{name}: {states[name]}")
        for v in mine:
            stale = "" if v.form == verdicts.form_of(sign) else " (of an earlier form)"
            who = f"{v.reviewer} (Deaf: {v.deaf}, {v.fluency})"
            print(f"  {v.verdict}{stale}  {who}  {', '.join(v.wrong)}  {' '.join(v.note.split())}".rstrip())
    return 0


def _apply(given_in: Path, folder: Path) -> int:
    from signllm.lexicon.signs import parse_signs
    from signllm_bridge.review import verdicts

    given, warnings = verdicts.read(given_in)
    for warning in warnings:
        print(f"signllm review: {warning}", file=sys.stderr)
    target = folder / "asl"
    changed: dict[str, str] = {}
    files: dict[Path, str] = {}
    try:
        target.mkdir(parents=True, exist_ok=True)
        if not any(target.glob("*.toml")):
            for source in (resources.files("signllm.lexicon") / "data" / "asl").iterdir():
                if source.name.endswith(".toml"):
                    (target / source.name).write_bytes(source.read_bytes())
        for file in sorted(target.glob("*.toml")):
            text = file.read_bytes().decode()
            signs = parse_signs(text, file.name)
            new = {name: state for name, state in verdicts.states(signs, given).items() if state != signs[name].review}
            after = verdicts.with_states(text, new)
            wanted = {name: replace(sign, review=new.get(name, sign.review)) for name, sign in signs.items()}
            if parse_signs(after, file.name) != wanted:
                raise ReviewError(f"{file.name} is written in a way that cannot be changed safely; set {new} by hand")
            if new:
                files[file] = after
            changed |= new
        for file, after in files.items():  # only when every file can be changed
            file.write_bytes(after.encode())
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewError(f"the lexicon files in {target} cannot be changed: {error}") from error
    print(f"{len(changed)} signs have another state now: {', '.join(f'{n} {s}' for n, s in changed.items()) or 'none'}")
    print(f"Set SIGNLLM_LEXICON={folder} for the commands that are to use them.")
    return 0


def _study(signs: Mapping[str, Sign], options: argparse.Namespace) -> int:
    from signllm_bridge.avatar import build_avatar
    from signllm_bridge.review import study
    from signllm_bridge.review.clips import sentence_clip, sign_clip
    from signllm_bridge.review.study_page import write_study
    from signllm_bridge.server.http_pages import PAGES

    sources = (LEXICON, MODEL)
    generation = make_generation(sources)
    text = write_study(
        study.sign_items(signs, options.signs, options.seed),
        study.sentence_items(sources, options.seed, options.sentences),
        clip=lambda name: sign_clip(generation, name),
        sentence_clip=lambda words, source: sentence_clip(generation, words, source),
        avatar=build_avatar(),
        pages=PAGES,
        instructions=options.instructions,
        about=f"signllm {__version__}, {len(signs)} signs, seed {options.seed}",
    )
    try:
        options.study.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReviewError(f"the study cannot be written ({error.strerror}): {options.study}") from error
    print(f"{options.signs} signs and the sentences -> {options.study} ({len(text) / 1e6:.1f} MB); it needs no network")
    if options.instructions is None:
        print(
            "It has no instructions in ASL yet: record a person who signs them, and give the video as --instructions."
        )
    print("Participants are to be Deaf signers, paid, instructed in sign: see docs/review.md before you use it.")
    return 0
