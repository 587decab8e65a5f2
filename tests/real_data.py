"""Real pose data for tests. It is not part of the repository: `SIGNLLM_TEST_DATA` names its folder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest


def real_data(path: str) -> Path:
    """A file or folder of the real data; without any data the test is skipped, or fails where data are required."""
    folder = os.environ.get("SIGNLLM_TEST_DATA")
    if folder is None:
        message = "no real pose data: set SIGNLLM_TEST_DATA to their folder"
        if "data" in os.environ.get("SIGNLLM_REQUIRE", "").split(","):
            pytest.fail(message)
        pytest.skip(message)
    found = Path(folder) / path
    assert found.exists(), f"SIGNLLM_TEST_DATA is set, but this is missing from it: {path}"
    return found


EXCHANGED = [0, 1, 5, 6, 7, 2, 3, 4, *range(29, 50), *range(8, 29)]


def read_skels(path: Path) -> list[npt.NDArray[np.float64]]:
    """Clips of a .skels file in the Phoenix profile as keypoints [T, 50, 3], y up, facing +Z, shoulder width 0.36 m.

    A line is a clip of frames of 150 coordinates and a counter; shoulders are 1/3 apart and y points down. Keypoint 2
    lies at +x, where the signer's left is: the names are taken to be exchanged, as the hand named left signs more.
    """
    clips = []
    for line in path.read_text().splitlines():
        frames = np.array(line.split(), dtype=np.float64).reshape(-1, 151)[:, :150]
        clips.append(frames.reshape(-1, 50, 3)[:, EXCHANGED] * [1.0, -1.0, 1.0] * 3 * 0.36)
    return clips
