"""The study as one HTML file: script, avatar and clips inside it, so that it opens without a server or a network."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from signllm_bridge.errors import StartupError
from signllm_bridge.review.clips import rig
from signllm_bridge.review.results import COLUMNS
from signllm_bridge.review.study import SentenceItem, SignItem
from signllm_bridge.review.verdicts import DEAF, FLUENCIES

SCRIPT: Final = "assets/study.js"
STYLE: Final = "assets/study.css"


def write_study(
    signs: Sequence[SignItem],
    sentences: Sequence[SentenceItem],
    *,
    clip: Callable[[str], dict[str, Any]],
    sentence_clip: Callable[[str, str], dict[str, Any]],
    avatar: bytes,
    pages: Path,
    about: str,
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

    Raises:
        StartupError: The built script of the study is missing.
    """
    try:
        script = (pages / SCRIPT).read_text(encoding="utf-8")
        style = (pages / STYLE).read_text(encoding="utf-8")
    except OSError as error:
        raise StartupError("the built page of the study is missing; run `make pages`, then try again") from error
    data = {
        "about": about,
        "rig": rig(),
        "columns": COLUMNS,
        "choices": {"deaf": DEAF, "fluency": FLUENCIES},
        "avatar": base64.b64encode(avatar).decode("ascii"),
        "signs": [asdict(item) | {"clip": clip(item.sign)} for item in signs],
        "sentences": [asdict(item) | {"clip": sentence_clip(item.text, item.source)} for item in sentences],
    }
    # "<" as an escape: no text of a sentence file can end the script element.
    inside = json.dumps(data, ensure_ascii=True).replace("<", "\\u003c")
    script = script.replace("</script", r"<\/script")
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
