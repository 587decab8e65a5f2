"""Readers of pose data: frames per second of one core, on files made here. Alone: `python benchmarks/bench_readers.py`.

Seconds are those that the processor worked for this process: one core, whatever else the machine does.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from signllm_training.prompt2sign.readers import openpose, openpose_frames, skels
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Read, Sample
from signllm_training.prompt2sign.skels_profiles import PROFILES
from signllm_training.prompt2sign.writers.skels import write_skels

OPENPOSE_AIM, SKELS_AIM = 2_000.0, 80_000.0
CASES: Final[dict[str, float | None]] = {
    "OpenPose JSON, parsed by orjson": OPENPOSE_AIM,
    "OpenPose JSON, parsed by the standard library": OPENPOSE_AIM,
    ".skels, phoenix (151 numbers per frame)": SKELS_AIM,
    ".skels, signllm (151 numbers per frame)": SKELS_AIM,
    ".skels, dwpose (385 numbers per frame)": None,
    ".skels, phoenix, written": None,
}
_CLIPS, _FRAMES, _PICTURES = 200, 150, 400
_DIFFERENT = 10
"""Clips of numbers of their own; a file repeats them, which saves the time to make more."""


def rate(case: str, folder: Path, rounds: int = 5) -> float:
    """Frames per second of one core: the median over rounds, after one that warms up."""
    run, frames = _prepare(case, folder)
    seconds = []
    for _ in range(rounds + 1):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return frames / statistics.median(seconds[1:])


@pytest.mark.parametrize("case", CASES)
def test_frames_per_second(
    case: str, tmp_path: Path, measure: Callable[..., list[float]], record: Callable[..., None]
) -> None:
    """Measured once as a whole: `rate` has rounds of its own."""
    rates: list[float] = []
    measure(lambda: rates.append(rate(case, tmp_path)), rounds=1, setup=lambda: None)
    record(f"reading {case}, one core", rates, "frames/s", at_least=CASES[case])


def _prepare(case: str, folder: Path) -> tuple[Callable[[], object], int]:
    """What is measured, and its number of frames."""
    if case.startswith("OpenPose"):
        _make_openpose(folder)
        openpose.json_loads = (  # type: ignore[attr-defined]
            openpose_frames.json_loads if "orjson" in case else lambda: openpose_frames.standard_loads
        )
        return lambda: _count(openpose.read(folder, ReadOptions())), _PICTURES
    profile = case.split()[1].strip(",")
    _make_skels(folder, profile)
    if case.endswith("written"):
        samples = [found for found in skels.read(folder, ReadOptions()) if isinstance(found, Sample)]
        return lambda: write_skels(samples, folder / "written", profile), _CLIPS * _FRAMES
    return lambda: _count(skels.read(folder, ReadOptions())), _CLIPS * _FRAMES


def _count(read: Read) -> int:
    frames = sum(len(found.seen) for found in read if isinstance(found, Sample))
    assert frames in (_PICTURES, _CLIPS * _FRAMES), "the benchmark's own files are not read whole"
    return frames


def _make_openpose(folder: Path) -> None:
    """Files as large as OpenPose's: 137 points with six digits each."""
    rng = np.random.default_rng(0)
    counts = {
        "pose_keypoints_2d": 25,
        "face_keypoints_2d": 70,
        "hand_left_keypoints_2d": 21,
        "hand_right_keypoints_2d": 21,
    }
    (folder / "clip").mkdir()
    for frame in range(_PICTURES):
        person: dict[str, object] = {"person_id": [-1]}
        for key, count in counts.items():
            points = np.column_stack(
                [rng.uniform(100.0, 700.0, (count, 2)).round(3), rng.uniform(0.1, 1.0, count).round(6)]
            )
            person[key] = points.ravel().tolist()
        text = json.dumps({"version": 1.3, "people": [person]}, separators=(",", ":"))
        (folder / "clip" / f"clip_{frame:012d}_keypoints.json").write_text(text)


def _make_skels(folder: Path, name: str) -> None:
    profile = PROFILES[name]
    rng = np.random.default_rng(0)
    decimals = 4 if name == "phoenix" else profile.decimals
    lines = []
    for _ in range(_DIFFERENT):
        values = rng.uniform(-0.3, 0.3, (_FRAMES, profile.values - 1))
        if name == "phoenix":
            values[:, 3:9] = [0.0, 0.0, 0.0, 1 / 6, 0.1, 0.0]
            values[:, 15:18] = [-1 / 6, 0.1, 0.0]
        counters = [f"{counter:.{decimals}f}" for counter in profile.counter(_FRAMES)]
        rows = [" ".join(f"{value:.{profile.decimals}f}" for value in row) for row in values]
        lines.append(" ".join(f"{row} {counter}" for row, counter in zip(rows, counters, strict=True)))
    text = "\n".join(lines) + "\n"
    (folder / "train.skels").write_text(text * (_CLIPS // _DIFFERENT))


def main() -> None:
    """Print the table."""
    print("| one core | frames/s | aim |\n| --- | ---: | ---: |")
    for case, aim in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            print(f"| {case} | {rate(case, Path(folder)):,.0f} | {f'{aim:,.0f}' if aim else ''} |", flush=True)


if __name__ == "__main__":
    main()
