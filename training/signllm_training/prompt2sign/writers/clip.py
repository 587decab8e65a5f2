"""Writes one standard clip as `.npz`: arrays, and a line of JSON for what is none. Nothing in it is pickled.

`points` [T, 50, 3] float32, `mask` [T, 50] bool, `confidence` [T, 50] float32, `about` text: the other columns of a
row of `store`. Exact: `readers.clip` gives back every bit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np

from signllm_training.prompt2sign.rows import Entry, entry_row
from signllm_training.prompt2sign.standard import StandardClip

ARRAYS: Final = ("points", "mask", "confidence")


def write_clip(entry: Entry, clip: StandardClip, path: Path) -> None:
    """Write a clip with what is known about it.

    Raises:
        DataError: The clip is too long.
    """
    about = {key: value for key, value in entry_row(entry, clip).items() if key not in ARRAYS}
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                points=clip.points.astype("<f4"),
                mask=clip.mask,
                confidence=clip.confidence.astype("<f4"),
                about=np.array(json.dumps(about, ensure_ascii=False)),
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
