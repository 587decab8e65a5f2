"""The source that broadcasts get by default is the one that the committed quality table measures as better."""

from __future__ import annotations

import re
from pathlib import Path

from signllm.config import DEFAULT_STRIDE
from signllm_bridge.config import BridgeConfig

QUALITY = Path(__file__).parents[2] / "docs" / "results" / "quality.md"
ROWS = {"signllm": f"SignLLM, K = {DEFAULT_STRIDE}", "lexicon": "synthesiser"}


def sign_errors(row: str) -> float:
    """Per cent of wrong signs on set B, everyday sentences, from text."""
    section = QUALITY.read_text(encoding="utf-8").split("\n## Set B")[1].split("\n## ")[0]
    match = re.search(rf"^\| {re.escape(row)} \| text \| \*\*([\d.]+)\*\*", section, re.MULTILINE)
    assert match is not None, f"{QUALITY} has no row for {row} from text in set B"
    return float(match[1])


def test_broadcasts_default_to_the_source_with_fewer_sign_errors_in_the_committed_table() -> None:
    measured = {source: sign_errors(row) for source, row in ROWS.items()}
    assert min(measured, key=lambda source: measured[source]) == BridgeConfig().broadcast_source, measured
