"""The parts of `signllm lexicon` that need the signs alone: check, show, add, export, import."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from signllm.arguments import CommandParser
from signllm.errors import InputError, LexiconError
from signllm.lexicon import exchange
from signllm.lexicon.describe import describe, primitives
from signllm.lexicon.phonology import Sign
from signllm.lexicon.sigml import to_sigml
from signllm.lexicon.signs import OWN_LEXICON, load_signs, own_folder, parse_signs
from signllm.lexicon.synthesise import Synthesiser

_CHECK_EXAMPLES: Final = """\
examples:
  signllm lexicon check
      every sign that there is, with the movement primitives that it is made of
  signllm lexicon check --out docs/results/primitives.md
      the same as a table
  signllm lexicon check my-signs.toml
      a file before it is added: line, sign and field of the first thing that is wrong
"""
_SHOW_EXAMPLES: Final = "example:\n  signllm lexicon show BOOK LEARN\n"
_ADD_EXAMPLES: Final = f"""\
examples:
  signllm lexicon add my-signs.toml --to ~/signs
  {OWN_LEXICON}=~/signs signllm serve --source lexicon
      signs with them; an entry with the name of a sign that ships takes its place
"""
_EXPORT_EXAMPLES: Final = """\
examples:
  signllm lexicon export lexicon.json
      the whole lexicon as one file that `signllm lexicon import` reads
  signllm lexicon export signs.sigml HELLO LEARN
      two signs for tools that read SiGML; what has no HamNoSys symbol is said in a comment
"""
_IMPORT_EXAMPLES: Final = "example:\n  signllm lexicon import lexicon.json --out signs.toml\n"


def check(argv: Sequence[str]) -> int:
    """`signllm lexicon check`: signs with their primitives, or the first thing that is wrong."""
    parser = CommandParser("lexicon check", "Check signs, and list what each is made of.", _CHECK_EXAMPLES)
    parser.add_argument("files", nargs="*", type=Path, help="lexicon files (default: all signs that there are)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write a Markdown table")
    _add_language(parser)
    options = parser.parse_args(argv)
    signs: Mapping[str, Sign] = _read_all(options.files) if options.files else load_signs(options.language)
    _plan_all(signs)
    width = max(map(len, signs), default=0)
    for name, sign in signs.items():
        print(f"{name:<{width}}  {sign.hands:<11} {sign.review:<8} {'; '.join(primitives(sign))}")
    print(f"\n{len(signs)} signs, all can be made.")
    if options.out:
        _write(options.out, _primitives_table(signs))
    return 0


def _primitives_table(signs: Mapping[str, Sign]) -> str:
    rows = [f"| {name} | {sign.hands} | {'; '.join(primitives(sign))} |" for name, sign in signs.items()]
    head = [
        "# What signs are made of",
        "",
        "Made by `signllm lexicon check --out docs/results/primitives.md`: the movement primitives of every sign in",
        "their order, with all their numbers. Every number stands in the sign's entry; none is a default. The words",
        "are those of [the lexicon's page](../lexicon.md); lengths are metres.",
        "",
        "| sign | hands | primitives |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def show(argv: Sequence[str]) -> int:
    """`signllm lexicon show`: everything that an entry says."""
    parser = CommandParser("lexicon show", "Show everything that the lexicon says of some signs.", _SHOW_EXAMPLES)
    parser.add_argument("names", nargs="+", help="names of signs: HELLO, fs:A, num:3")
    _add_language(parser)
    options = parser.parse_args(argv)
    print("\n\n".join(describe(sign) for sign in _chosen(options.names, load_signs(options.language))))
    return 0


def add(argv: Sequence[str]) -> int:
    """`signllm lexicon add`: a checked file goes into the user's own lexicon."""
    parser = CommandParser("lexicon add", "Check a file of signs and put it into your own lexicon.", _ADD_EXAMPLES)
    parser.add_argument("file", type=Path, help="a lexicon file (.toml)")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help=f"your lexicon (default: ${OWN_LEXICON})")
    _add_language(parser)
    options = parser.parse_args(argv)
    folder = options.to / options.language if options.to else own_folder(options.language)
    if folder is None:
        raise InputError(f"there is no place for it; give --to FOLDER, or set {OWN_LEXICON} to a folder of yours")
    if options.file.suffix != ".toml":
        raise InputError(f"a lexicon file ends in .toml; this one does not: {options.file}")
    signs = _read_all([options.file])
    _plan_all(signs)
    known = load_signs(options.language)
    replaced = sorted(set(signs) & set(known))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / options.file.name).write_text(options.file.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"Added {', '.join(signs)} -> {folder / options.file.name}")
    if replaced:
        print(f"These take the place of signs that were there before: {', '.join(replaced)}")
    if own_folder(options.language) != folder:
        print(f"Set {OWN_LEXICON}={folder.parent} for the commands that are to use them.")
    print("The source `lexicon` signs them; the model knows only the signs that it was trained on.")
    return 0


def export(argv: Sequence[str]) -> int:
    """`signllm lexicon export`: the signs as JSON or SiGML."""
    parser = CommandParser("lexicon export", "Write signs as one JSON file or as SiGML.", _EXPORT_EXAMPLES)
    parser.add_argument("out", type=Path, help="file to write: .json or .sigml")
    parser.add_argument("names", nargs="*", help="signs to write (default: all)")
    _add_language(parser)
    options = parser.parse_args(argv)
    signs = load_signs(options.language)
    chosen = _chosen(options.names, signs) if options.names else list(signs.values())
    writers = {".json": lambda: exchange.to_json(chosen, options.language), ".sigml": lambda: to_sigml(chosen)}
    if options.out.suffix not in writers:
        raise InputError(f"{options.out.suffix or 'no ending'} cannot be written; end the name in .json or .sigml")
    _write(options.out, writers[options.out.suffix]())
    print(f"{len(chosen)} signs -> {options.out}")
    return 0


def import_(argv: Sequence[str]) -> int:
    """`signllm lexicon import`: a JSON file as a lexicon file."""
    parser = CommandParser("lexicon import", "Turn a JSON lexicon into a lexicon file.", _IMPORT_EXAMPLES)
    parser.add_argument("file", type=Path, help="what `signllm lexicon export` wrote (.json)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="lexicon file to write (.toml)")
    options = parser.parse_args(argv)
    language, signs = exchange.from_json(_text(options.file), options.file.name)
    _plan_all(signs)
    _write(options.out, "\n".join(exchange.to_toml(sign) for sign in signs.values()))
    print(f"{len(signs)} signs of {language} -> {options.out}; `signllm lexicon add` puts them to use")
    return 0


def _add_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--language", choices=("asl", "dgs", "dsgs"), default="asl", help="sign language (default: asl)"
    )


def _read_all(files: Sequence[Path]) -> dict[str, Sign]:
    signs: dict[str, Sign] = {}
    for file in files:
        for name, sign in parse_signs(_text(file), file.name).items():
            if name in signs:
                raise LexiconError(f"{file.name}: {name}: defined twice; keep one of the two entries")
            signs[name] = sign
    return signs


def _plan_all(signs: Mapping[str, Sign]) -> None:
    """Make every sign once: what the parser cannot see shows here."""
    synthesiser = Synthesiser(dict(signs))
    for name in signs:
        try:
            synthesiser.plan(name)
        except LexiconError as error:
            raise LexiconError(f"{name}: {error}") from error


def _chosen(names: Sequence[str], signs: Mapping[str, Sign]) -> list[Sign]:
    for name in names:
        if name not in signs:
            close = difflib.get_close_matches(name.upper(), list(signs), n=3)
            hint = f"did you mean {' or '.join(close)}?" if close else "`signllm lexicon check` lists all"
            raise InputError(f"there is no sign {name[:40]!r} among the {len(signs)}; {hint}")
    return [signs[name] for name in names]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"this file cannot be read ({error.strerror}): {file}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"this file is not UTF-8 text: {file}") from error


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"this file cannot be written ({error.strerror}): {file}") from error
