"""The study as one HTML file: script, avatar and clips inside it, so that it opens without a server or a network."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from signllm_bridge.errors import ReviewError, StartupError
from signllm_bridge.review.clips import rig
from signllm_bridge.review.results import COLUMNS
from signllm_bridge.review.study import SentenceItem, SignItem
from signllm_bridge.review.verdicts import DEAF, FLUENCIES

_VIDEO_TYPES: Final = {".mp4": "video/mp4", ".webm": "video/webm"}
_LARGEST_VIDEO: Final = 40_000_000
"""Bytes of one video; browsers read the whole page into memory."""
SCRIPT: Final = "assets/study.js"
STYLE: Final = "assets/study.css"
LICENCES: Final = "assets/THIRD_PARTY_LICENCES.txt"


def write_study(
    signs: Sequence[SignItem],
    sentences: Sequence[SentenceItem],
    *,
    clip: Callable[[str], dict[str, Any]],
    sentence_clip: Callable[[str, str], dict[str, Any]],
    avatar: bytes,
    pages: Path,
    about: str,
    instructions: Path | None = None,
) -> str:
    """The HTML text.

    Args:
        signs: First part.
        sentences: Second part.
        clip: Clip of a sign.
        sentence_clip: Clip of a text by a source.
        avatar: VRM file.
        pages: Folder of the built pages.
        about: One line that says what made the file: versions and seed.
        instructions: Video of a person who explains the study in ASL.

    Raises:
        ReviewError: A sentence is not signed, or a video cannot be used.
        StartupError: The built script of the study is missing.
    """
    try:
        script = (pages / SCRIPT).read_text(encoding="utf-8")
        style = (pages / STYLE).read_text(encoding="utf-8")
        licences = (pages / LICENCES).read_text(encoding="utf-8")
    except OSError as error:
        raise StartupError("the built page of the study is missing; run `make pages`, then try again") from error
    data = {
        "about": about,
        "licences": licences,
        "rig": rig(),
        "columns": COLUMNS,
        "choices": {"deaf": DEAF, "fluency": FLUENCIES},
        "avatar": base64.b64encode(avatar).decode("ascii"),
        "instructions": None if instructions is None else _video(instructions),
        "signs": [asdict(item) | {"clip": clip(item.sign)} for item in signs],
        "sentences": [
            asdict(item)
            | (
                {"clip": sentence_clip(item.text, item.source), "video": None}
                if item.video is None
                else {"clip": None, "video": _video(item.video)}
            )
            for item in sentences
        ],
    }
    # "<" as an escape: no text of a sentence file can end the script element.
    inside = json.dumps(data, ensure_ascii=True).replace("<", "\\u003c")
    script = script.replace("</script", r"<\/script").replace("<!--", r"<\!--")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>Study: are these signs understood?</title>",
            f"<style>{style}</style>",
            "</head>",
            '<body><main id="study"></main>',
            f'<script id="data" type="application/json">{inside}</script>',
            f"<script>{script}</script>",
            "</body></html>",
            "",
        ]
    )


def _video(file: Path) -> str:
    """A video as an address that holds it.

    Raises:
        ReviewError: It is missing, too large, or of another kind.
    """
    kind = _VIDEO_TYPES.get(file.suffix.lower())
    if kind is None:
        raise ReviewError(f"a video must be {' or '.join(_VIDEO_TYPES)}, which every browser plays: {file.name}")
    try:
        size = file.stat().st_size
        if size > _LARGEST_VIDEO:
            raise ReviewError(
                f"the video has {size / 1e6:.0f} MB, at most {_LARGEST_VIDEO / 1e6:.0f} fit into the page; "
                f"make it smaller: {file.name}"
            )
        return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
    except OSError as error:
        raise ReviewError(f"the video cannot be read ({error.strerror}): {file}") from error
