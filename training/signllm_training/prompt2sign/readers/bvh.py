"""BVH motion capture: joints by their names as keypoints, in the file's own unit and lengths.

Exactness: positions are those of the file's tree to float32. Fingers that a rig lacks have confidence 0, finger tips
that it lacks are laid out along their finger with confidence 0.5.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from signllm_training.prompt2sign.bvh_file import Bvh, pose_joints, read_bvh
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.joints_to_keypoints import MovingJoints, joints_to_keypoints
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.readers.recordings import read_recordings
from signllm_training.prompt2sign.sample import Observation, Read

SUFFIXES: Final = (".bvh",)


def read(path: Path, options: ReadOptions) -> Read:
    """Samples of a BVH file, or of all below a folder; its frame time counts, `options.fps` only where it is zero.

    Raises:
        DataError: As in `read_recordings`.
    """
    return read_recordings(path, SUFFIXES, options, lambda file: load(file, options))


def load(path: Path, options: ReadOptions) -> tuple[Observation, str]:
    """Keypoints of one BVH file, and its reader and the style of its names.

    Raises:
        DataError: It is no BVH, or its joints are not known.
    """
    bvh = read_bvh(path)
    try:
        seen, style = joints_to_keypoints(moving_joints(bvh), _fps(bvh, options))
    except DataError as error:
        raise DataError(error.reason, path, error.line) from error
    return seen, f"bvh:{style}"


def moving_joints(bvh: Bvh) -> MovingJoints:
    """The rig of a BVH file over time."""
    positions, turns, ends = pose_joints(bvh)
    rest = np.zeros((len(bvh.names), 3))
    for j, parent in enumerate(bvh.parents):
        rest[j] = bvh.offsets[j] + (rest[parent] if parent >= 0 else 0.0)
    return MovingJoints(bvh.names, positions, turns, rest, ends)


def _fps(bvh: Bvh, options: ReadOptions) -> float:
    if bvh.frame_time > 1e-6:
        fps = 1.0 / bvh.frame_time
        # Files write 0.033333 and mean 30.
        return float(round(fps)) if abs(fps - round(fps)) < 5e-5 * fps else fps
    if options.fps is None:
        raise DataError(f"a frame time of {bvh.frame_time:g} seconds: give --fps")
    return options.fps
