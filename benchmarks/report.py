"""Runs the benchmarks and prints one table: `python benchmarks/report.py --out docs/results/speed.md`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from signllm_training.evaluation import machine

HERE: Final = Path(__file__).parent
PACKAGES: Final = ("numpy", "torch", "websockets", "protobuf")


def main(argv: Sequence[str] | None = None) -> int:
    """Run every `bench_*.py` and print the table, a line of JSON last.

    Args:
        argv: Arguments; those of the process when absent.

    Returns:
        0 when all benchmarks ran, whatever they measured; else pytest's exit status.
    """
    parser = argparse.ArgumentParser(description="Measure speed, and print it with the machine.")
    parser.add_argument("--out", type=Path, help="also write the table to this Markdown file")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        measured = Path(folder) / "benchmarks.json"
        files = [str(path) for path in sorted(HERE.glob("bench_*.py"))]
        quiet = ["-q", "-p", "no:cacheprovider", "--import-mode=prepend", "--benchmark-columns=median"]
        status = pytest.main([*quiet, f"--benchmark-json={measured}", *files])
        if status:
            return int(status)
        figures = _figures(json.loads(measured.read_text(encoding="utf-8")))
    text = _document(figures)
    print(text)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, encoding="utf-8")
    if options.json:
        print(json.dumps({"machine": machine.describe(PACKAGES), "figures": figures}))
    return 0


def _figures(measured: dict[str, Any]) -> list[dict[str, Any]]:
    runs = measured["benchmarks"]
    return [figure for run in runs for figure in run["extra_info"].get("figures", ())]


def _document(figures: Sequence[dict[str, Any]]) -> str:
    lines = ["| what | measured | aim | met |", "| --- | ---: | ---: | --- |"]
    for figure in figures:
        aim, met = _aim(figure)
        lines.append(f"| {figure['what']} | {figure['value']:.3g} {figure['unit']} | {aim} | {met} |")
    head = (
        "# Speed",
        f"Command: `python benchmarks/report.py --out docs/results/speed.md`  \nMachine: {machine.describe(PACKAGES)}",
    )
    return "\n\n".join([*head, "\n".join(lines)]) + "\n"


def _aim(figure: dict[str, Any]) -> tuple[str, str]:
    value, at_most, at_least = figure["value"], figure["at_most"], figure["at_least"]
    if at_most is not None:
        return f"at most {at_most:g} {figure['unit']}", "yes" if value <= at_most else "**no**"
    if at_least is not None:
        return f"at least {at_least:g} {figure['unit']}", "yes" if value >= at_least else "**no**"
    return "", ""


if __name__ == "__main__":
    sys.exit(main())
