"""FBX and glTF motion capture, through the user's Blender in a process of its own.

Blender is never a part of this project: it is under the GPL, large, and pinned to one Python each. So the user names a
Blender (`--blender /opt/blender/blender`) or a Python with `bpy` in an environment of its own
(`python -m venv bpy-env; bpy-env/bin/pip install bpy; --blender bpy-env/bin/python`), and `blender_export.py` is run by
it, file by file, without the user's settings and scripts and with a time limit.

Exactness: bone heads are Blender's; a BVH that Blender made into a FBX and a glTF gives the keypoints of the BVH
itself to 2e-6 m. FBX has no ends of last bones: where a rig has no joint at a finger's tip, the tip is Blender's guess,
with confidence 0.5. The nose hangs on the head as it stood in the rest pose, which a FBX without a skin does not have:
Blender then takes the first frame for it. A glTF counts in seconds: it is read at `options.fps`, 30 frames per second
when nothing is given. A .gltf may name other files, which Blender opens.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm_training.prompt2sign.array_files import load_npz
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.joints_to_keypoints import MovingJoints, joints_to_keypoints
from signllm_training.prompt2sign.other_programs import Outcome, find_program, run_program
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.readers.recordings import read_recordings
from signllm_training.prompt2sign.sample import Observation, Read

SUFFIXES: Final = (".fbx", ".glb", ".gltf")
SCRIPT: Final = Path(__file__).parent.parent / "blender_export.py"
GLTF_FPS: Final = 30.0
LIMIT_S: Final = 600.0
"""Seconds that Blender may take for one file."""
MAX_FRAMES: Final = 100_000
MAX_BONES: Final = 2_000
_SAID_BY_SCRIPT: Final = (3, 4, 5)
_HOW_TO_GET: Final = (
    "install Blender (blender.org, or the system's package 'blender') and name it with --blender PATH; or make a "
    "Python with bpy, 'python3.11 -m venv bpy-env' and 'bpy-env/bin/pip install bpy==4.2.0', and give "
    "--blender bpy-env/bin/python"
)


def read(path: Path, options: ReadOptions) -> Read:
    """Samples of a .fbx, .glb or .gltf file, or of all below a folder.

    Raises:
        DataError: As in `read_recordings`.
        MissingToolError: There is no Blender.
    """
    blender = find_program(options.blender, ("blender",), _HOW_TO_GET)
    return read_recordings(path, SUFFIXES, options, lambda file: load(file, options, blender))


def load(path: Path, options: ReadOptions, blender: Path, *, limit_s: float = LIMIT_S) -> tuple[Observation, str]:
    """Keypoints of one file, and its reader and the style of its names.

    Args:
        path: File.
        options: What the user says.
        blender: A Blender, or a Python with bpy: any program whose name begins with `python`.
        limit_s: Seconds that it may take.

    Raises:
        DataError: Blender cannot read it, crashed or took too long, or no armature of it moves or is known.
        MissingToolError: Blender cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="signllm-blender-") as name:
        folder = Path(name)
        out = folder / "bones.npz"
        command = [*_start(blender), "--", path.absolute(), out, str(options.fps or GLTF_FPS), str(MAX_FRAMES)]
        outcome = run_program(command, limit_s=limit_s, folder=folder)
        if outcome.status != 0 or not out.is_file():
            raise DataError(_what_happened(outcome, blender), path)
        held = load_npz(out)
    try:
        moving, fps = _moving_joints(held)
        seen, style = joints_to_keypoints(moving, fps)
    except DataError as error:
        raise DataError(error.reason, path) from error
    return seen, f"blender:{style}"


def _start(blender: Path) -> list[str | Path]:
    if blender.name.lower().startswith("python"):
        return [blender, "-B", SCRIPT]
    # Without the user's start-up file, add-ons and scripts in files; a Python error ends with status 1.
    flags = ["--background", "--factory-startup", "--disable-autoexec", "--python-exit-code", "1"]
    return [blender, *flags, "--python", SCRIPT]


def _what_happened(outcome: Outcome, blender: Path) -> str:
    if outcome.status in _SAID_BY_SCRIPT:
        return outcome.last_line
    if "No module named 'bpy'" in outcome.said:
        return f"{blender.name} has no bpy: {_HOW_TO_GET}"
    if outcome.status < 0:
        return f"{blender.name} crashed with signal {-outcome.status}; the last it said: {outcome.last_line}"
    if outcome.status == 0:
        return f"{blender.name} ended without writing bones; the last it said: {outcome.last_line}"
    return f"{blender.name} ended with status {outcome.status}; the last it said: {outcome.last_line}"


def _moving_joints(held: dict[str, Any]) -> tuple[MovingJoints, float]:
    """Check what the script wrote: it is data from another process, made of a file from outside."""
    names = tuple(str(name) for name in np.atleast_1d(held.get("names", ())))
    heads, tails, turns = (_numbers(held, name) for name in ("heads", "tails", "turns"))
    joints, frames = len(names), len(heads) if heads.ndim else 0
    shapes = (heads.shape, tails.shape, turns.shape, _numbers(held, "rest").shape, _numbers(held, "fps").shape)
    if shapes != ((frames, joints, 3), (frames, joints, 3), (frames, joints, 4), (joints, 3), ()):
        raise DataError(
            f"Blender wrote arrays of shapes {shapes} for {joints} bones: is blender_export.py of this version?"
        )
    if not (0 < frames <= MAX_FRAMES and 0 < joints <= MAX_BONES):
        raise DataError(f"{joints} bones in {frames} frames: at most {MAX_BONES:,} in {MAX_FRAMES:,} are read")
    return MovingJoints(names, heads, turns, _numbers(held, "rest"), tails, ends_measured=False), float(
        _numbers(held, "fps")
    )


def _numbers(held: dict[str, Any], name: str) -> npt.NDArray[np.float64]:
    array = np.asarray(held.get(name, ()))
    if array.dtype.kind not in "biuf":
        raise DataError(f"Blender wrote {name!r} as {array.dtype}, not as numbers")
    return array.astype(np.float64)
