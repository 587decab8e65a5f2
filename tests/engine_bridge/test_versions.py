"""`versions`: what a report says has signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from signllm_bridge.versions import lexicon_version


def test_signs_of_ones_own_are_part_of_the_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SIGNLLM_LEXICON", raising=False)
    shipped = lexicon_version()
    monkeypatch.setenv("SIGNLLM_LEXICON", str(tmp_path))
    assert lexicon_version() == shipped, "a folder that holds no signs changes nothing"
    (tmp_path / "asl").mkdir()
    (tmp_path / "asl" / "mine.toml").write_text("# first\n")
    first = lexicon_version()
    (tmp_path / "asl" / "mine.toml").write_text("# second\n")
    assert len({shipped, first, lexicon_version()}) == 3
