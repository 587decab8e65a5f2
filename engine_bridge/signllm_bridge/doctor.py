"""What `signllm doctor` looks at: each check is a function that says what it found and what to do."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import Final

from signllm.errors import SignLLMError
from signllm_bridge.errors import BridgeError

MIN_PYTHON: Final = (3, 11)
MIN_NODE: Final = (20, 19)
CHROMIUM_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""Commands that start a Chromium, the one to prefer first."""
_SECONDS: Final = 10.0
_PACKAGE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


_IS_CHECKOUT: Final = (Path(__file__).parents[2] / "Makefile").is_file()
"""Whether this is the repository; a wheel has neither git nor make to mend it with."""


def remedy(in_checkout: str, *, is_checkout: bool = _IS_CHECKOUT) -> str:
    """What mends a file of the package that is missing: a command of the repository, or the package anew."""
    return in_checkout if is_checkout else "install the package again"


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    OPTIONAL = "optional"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One row of the table."""

    name: str
    level: Level
    found: str
    advice: str = ""
    """What to do; empty when nothing is."""


def check_python() -> Finding:
    """Whether this interpreter is new enough."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= MIN_PYTHON:
        return Finding("Python", Level.OK, found)
    return Finding("Python", Level.MISSING, found, f"install Python {'.'.join(map(str, MIN_PYTHON))} or newer")


def check_packages(distribution: str = "signllm") -> Finding:
    """Whether the packages that `distribution` requires are here; pip has seen to their versions."""
    advice = remedy("run `make setup`")
    try:
        required = [text for text in metadata.requires(distribution) or () if "extra ==" not in text]
    except metadata.PackageNotFoundError:
        return Finding("packages", Level.MISSING, f"{distribution} itself is not installed", advice)
    names = [match[0] for text in required if (match := _PACKAGE_NAME.match(text))]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        return Finding("packages", Level.MISSING, f"not there: {', '.join(missing)}", advice)
    return Finding("packages", Level.OK, f"{len(names)} of {len(names)}")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def check_loads(name: str, load: Callable[[], str], advice: str) -> Finding:
    """Whether a part can really be loaded; `load` says what it is."""
    try:
        return Finding(name, Level.OK, load())
    except (SignLLMError, BridgeError, OSError, ImportError) as error:
        return Finding(name, Level.MISSING, str(error), advice)


def check_page(folder: Path) -> Finding:
    """Whether the built page is there."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    if (folder / "index.html").is_file():
        return Finding("page", Level.OK, f"{len(files)} files")
    advice = remedy("run `npm ci && npm run build` in web_overlay/")
    return Finding("page", Level.MISSING, f"no index.html: {folder}", advice)


def check_reports(path: Path) -> Finding:
    """Whether reports of wrong signs can be written to `path`, and how many lines are there."""
    folder = next(parent for parent in path.resolve().parents if parent.exists())
    if not os.access(path if path.exists() else folder, os.W_OK):
        return Finding("reports", Level.OPTIONAL, f"cannot be written: {path}", "give `signllm serve --reports FILE`")
    lines = path.read_bytes().count(b"\n") if path.is_file() and os.access(path, os.R_OK) else 0
    return Finding("reports", Level.OK, f"{lines} in {path}")


def find_chromium() -> str | None:
    """Path of the browser that the page's tests drive, or None where there is none."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def check_chromium() -> Finding:
    """Whether the tests that look at the page can run."""
    if path := find_chromium():
        return Finding("Chromium", Level.OK, path)
    return Finding("Chromium", Level.OPTIONAL, "not found", "only the page's own tests need it: install chromium")


def check_node() -> Finding:
    """Whether the page can be built anew."""
    needed = ".".join(map(str, MIN_NODE))
    advice = f"only needed to change the page: install Node {needed} or newer"
    path = shutil.which("node")
    if path is None:
        return Finding("Node", Level.OPTIONAL, "not found", advice)
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=True)
        found = answer.stdout.strip()
        version = tuple(map(int, found.removeprefix("v").split(".")[:2]))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Finding("Node", Level.OPTIONAL, f"does not run ({error})", advice)
    return Finding("Node", Level.OK, found) if version >= MIN_NODE else Finding("Node", Level.OPTIONAL, found, advice)


def table(findings: Sequence[Finding]) -> str:
    """The findings as aligned lines, what to do below each one that needs something."""
    width = max(len(finding.name) for finding in findings)
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{finding.name:<{width}}  {finding.level.value:<8}  {finding.found}")
        if finding.advice:
            lines.append(f"{'':<{width}}  {'':<8}  -> {finding.advice}")
    return "\n".join(lines)


def to_json(findings: Sequence[Finding]) -> str:
    """The findings as one line: `ready`, and an object for each row."""
    rows = [dataclasses.asdict(finding) | {"level": finding.level.value} for finding in findings]
    return json.dumps({"ready": can_run(findings), "findings": rows})


def can_run(findings: Iterable[Finding]) -> bool:
    """Whether everything that is not optional is there."""
    return all(finding.level is not Level.MISSING for finding in findings)
