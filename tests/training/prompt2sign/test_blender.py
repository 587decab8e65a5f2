"""FBX and glTF through Blender: with a real one where there is one, its driver with a stand-in everywhere."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError, MissingToolError
from signllm_training.prompt2sign.joints_to_keypoints import joints_to_keypoints
from signllm_training.prompt2sign.other_programs import find_program, run_program
from signllm_training.prompt2sign.readers import blender, bvh
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Sample, Skipped
from signllm_training.prompt2sign.standard import standardise
from tests import strategies  # noqa: F401  every machine tries the same examples
from tests.real_data import real_data

OPTIONS = ReadOptions(language="asl")
TIPS = [k for k, name in enumerate(prompt2sign.KEYPOINT_NAMES) if name.endswith("4")]

# Obeys the contract of blender_export.py; what it does is what the "motion file" says. It is no Blender.
STAND_IN = """#!{python}
import json, os, signal, sys
import numpy as np
before, (path, out, fps, most) = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
order = open(path).read().split()
if order[0] == "say":
    print("the reason", file=sys.stderr)
    sys.exit(int(order[1]))
if order[0] == "die":
    os.kill(os.getpid(), signal.SIGSEGV)
if order[0] == "hang":
    os.fork()
    signal.pause()
if order[0] == "talk":
    for _ in range(2000):
        sys.stdout.write("x" * 10000 + "\\n")
    sys.exit(9)
if order[0] == "nothing":
    sys.exit(0)
held = {{"Hips": (0, 0, 1), "Head": (0, 0, 1.55)}}
for side, x in (("Left", 1), ("Right", -1)):
    held |= {{side + "Arm": (x * 0.18, 0, 1.4), side + "ForeArm": (x * 0.46, 0, 1.4), side + "Hand": (x * 0.71, 0, 1.4)}}
names, rest = np.array(list(held)), np.array(list(held.values()), float)
frames = 3
heads = np.repeat(rest[None], frames, axis=0)
turns = np.zeros((frames, len(names), 4))
turns[..., 3] = 1
arrays = dict(names=names, parents=np.zeros(len(names)), heads=heads, tails=heads, turns=turns, rest=rest, fps=np.array(float(fps)))
if order[0] == "flags":
    arrays["names"] = np.array((before + ["x"] * 99)[: len(names)])
if order[0] == "without":
    del arrays[order[1]]
if order[0] == "words":
    arrays[order[1]] = np.array("abc")
if order[0] == "objects":
    arrays["names"] = np.array([{{}}], dtype=object)
np.savez(out, **arrays)
"""  # noqa: E501


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    path = tmp_path / "stand-in-for-blender"
    path.write_text(STAND_IN.format(python=sys.executable))
    path.chmod(0o755)
    return path


def motion(folder: Path, order: str, ending: str = ".fbx") -> Path:
    path = folder / f"clip{ending}"
    path.write_text(order)
    return path


@pytest.fixture
def real_blender() -> Path:
    """A Blender, or a Python with bpy, that `SIGNLLM_TEST_BLENDER` names."""
    named = os.environ.get("SIGNLLM_TEST_BLENDER")
    if named is None:
        message = "no Blender: set SIGNLLM_TEST_BLENDER to one, or to a Python with bpy"
        if "bpy" in os.environ.get("SIGNLLM_REQUIRE", "").split(","):
            pytest.fail(message)
        pytest.skip(message)
    return Path(named)


FROM_BVH = """
import builtins, os, sys, bpy
plain_open = builtins.open  # Debian's Blender 3.4 opens a BVH in a mode that Python 3.11 no longer has
builtins.open = lambda path, mode="r", *more, **named: plain_open(path, mode.replace("U", ""), *more, **named)
source, out = sys.argv[sys.argv.index("--") + 1 :]
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_anim.bvh(filepath=source, update_scene_fps=True, update_scene_duration=True)
if out.endswith(".fbx"):
    bpy.ops.export_scene.fbx(filepath=out, add_leaf_bones=False, bake_anim_simplify_factor=0.0)
else:
    bpy.ops.export_scene.gltf(filepath=out, export_format="GLB")
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.parametrize("ending", [".fbx", ".glb"])
def test_a_real_blender_gives_the_keypoints_of_the_bvh_that_it_was_made_of(
    real_blender: Path, tmp_path: Path, ending: str
) -> None:
    source = real_data("bvh_idle/Idle.bvh")
    script, file = tmp_path / "make.py", tmp_path / f"idle{ending}"
    script.write_text(FROM_BVH)
    start = (
        [real_blender]
        if real_blender.name.startswith("python")
        else [real_blender, "--background", "--factory-startup"]
    )
    flag: list[str | Path] = [script] if len(start) == 1 else ["--python", script]
    run_program([*start, *flag, "--", source, file], limit_s=120.0, folder=tmp_path)
    (sample,) = blender.read(file, ReadOptions(blender=real_blender))
    assert isinstance(sample, Sample)
    ours, theirs = standardise(sample.seen), standardise(bvh.load(source, OPTIONS)[0])
    assert len(ours) == 250 and ours.fps == 30.0 and sample.provenance.reader == "blender:mixamo"
    guessed = [prompt2sign.NOSE, *TIPS]
    np.testing.assert_allclose(
        np.delete(ours.points, guessed, axis=1), np.delete(theirs.points, guessed, axis=1), atol=2e-6
    )
    assert np.abs(ours.points[:, guessed] - theirs.points[:, guessed]).max() < 0.03


def test_a_real_blender_says_what_is_wrong_with_a_file(real_blender: Path, tmp_path: Path) -> None:
    for ending in (".fbx", ".glb", ".gltf"):
        motion(tmp_path, "not a motion file", ending)
    found = list(blender.read(tmp_path, ReadOptions(blender=real_blender)))
    assert len(found) == 3
    for skipped in found:
        assert isinstance(skipped, Skipped) and skipped.reason.startswith("Blender cannot read it: ")


def test_the_script_stands_alone() -> None:
    text = blender.SCRIPT.read_text()
    assert text.startswith("# SPDX-License-Identifier: GPL-3.0-or-later\n")
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert imported == {"__future__", "bpy", "collections.abc", "numpy", "os", "sys", "typing"}
    package = blender.SCRIPT.parent
    others = [path for path in package.rglob("*.py") if path != blender.SCRIPT]
    assert not any("import blender_export" in path.read_text() or "import bpy" in path.read_text() for path in others)


def test_bones_become_keypoints(stand_in: Path, tmp_path: Path) -> None:
    (sample,) = blender.read(motion(tmp_path, "bones"), ReadOptions(blender=stand_in, fps=60.0))
    assert isinstance(sample, Sample)
    seen = sample.seen
    assert (len(seen), seen.fps, sample.provenance.reader) == (3, 60.0, "blender:mixamo")
    names = list(prompt2sign.KEYPOINT_NAMES)
    np.testing.assert_allclose(seen.points[0, names.index("left_wrist")], [0.71, 1.4, 0.0], atol=1e-6)
    assert seen.points[0, prompt2sign.NOSE, 2] > 0.1  # the front of a world whose z points up is its -y


def test_blender_starts_without_the_users_settings_and_a_python_starts_the_script(
    stand_in: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        DataError, match="--background, --factory-startup, --disable-autoexec, --python-exit-code, 1, --p"
    ):
        blender.load(motion(tmp_path, "flags"), OPTIONS, stand_in)
    python = tmp_path / "python3.11"
    python.write_text(stand_in.read_text())
    python.chmod(0o755)
    with pytest.raises(DataError, match=r"joints in the file: -B, /[^,]*, x,"):
        blender.load(motion(tmp_path, "flags"), OPTIONS, python)


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ("say 3", r"clip\.fbx: the reason$"),
        ("say 5", r"clip\.fbx: the reason$"),
        ("say 1", "ended with status 1; the last it said: the reason"),
        ("die", "crashed with signal 11; the last it said: it said nothing"),
        ("talk", "ended with status 9; the last it said: x{300}$"),
        ("nothing", "ended without writing bones"),
        ("without heads", "Blender wrote arrays of shapes"),
        ("without rest", "Blender wrote arrays of shapes"),
        ("without fps", "Blender wrote arrays of shapes"),
        ("without names", "Blender wrote arrays of shapes"),
        ("words heads", "Blender wrote 'heads' as <U3, not as numbers"),
        ("objects", r"names\.npy: an array of objects"),
    ],
)
def test_what_went_wrong_in_the_other_process_is_said(stand_in: Path, tmp_path: Path, order: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        blender.load(motion(tmp_path, order), OPTIONS, stand_in)


def test_a_process_that_does_not_end_is_ended_with_all_that_it_started(stand_in: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"stand-in-for-blender was ended after 0\.5 seconds"):
        blender.load(motion(tmp_path, "hang"), OPTIONS, stand_in, limit_s=0.5)
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(str(stand_in).encode() in command for command in commands)


def test_a_missing_blender_is_told_how_to_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = motion(tmp_path, "bones")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match=r"blender is not installed: install Blender .*pip install bpy"):
        blender.read(file, OPTIONS)
    with pytest.raises(MissingToolError, match=r"clip\.fbx: is no program that can be run"):
        blender.read(file, ReadOptions(blender=file))
    file.chmod(0o755)
    program = find_program(file, ("blender",), "")
    with pytest.raises(MissingToolError, match="cannot be started"):
        blender.load(file, OPTIONS, program)
    without = tmp_path / "python3"
    without.symlink_to(sys.executable)
    with pytest.raises(DataError, match=r"python3 has no bpy: install Blender"):
        blender.load(file, OPTIONS, without)


def test_a_name_with_shell_signs_is_a_name(stand_in: Path, tmp_path: Path) -> None:
    path = tmp_path / "$(touch ran); a & b.fbx"
    path.write_text("bones")
    (sample,) = blender.read(path, ReadOptions(blender=stand_in))
    assert isinstance(sample, Sample) and not list(tmp_path.rglob("ran"))


@settings(max_examples=60)
@given(st.data())
def test_whatever_the_other_process_writes_is_a_clip_or_a_data_error(data: st.DataObject) -> None:
    arrays = {
        "names": np.array(["LeftArm", "LeftForeArm", "LeftHand", "RightArm", "RightForeArm", "RightHand"]),
        **{name: np.ones((2, 6, width)) for name, width in (("heads", 3), ("tails", 3), ("turns", 4))},
        "rest": np.zeros((6, 3)),
        "fps": np.array(30.0),
    }
    value = st.sampled_from([np.nan, np.inf, -1e308, 0.0, 1.0])
    for name in data.draw(st.lists(st.sampled_from(sorted(arrays)), max_size=3)):
        shape = data.draw(st.sampled_from([arrays[name].shape, (), (0,), (2, 6, 3), (1, 1)]))
        arrays[name] = np.full(shape, data.draw(value)) if data.draw(st.booleans()) else arrays[name].astype(str)
    try:
        moving, fps = blender._moving_joints(arrays)
        joints_to_keypoints(moving, fps)
    except DataError:
        pass
