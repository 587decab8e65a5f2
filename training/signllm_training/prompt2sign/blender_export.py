# SPDX-License-Identifier: GPL-3.0-or-later
# This file uses bpy, Blender's Python module, which is under the GPL, and so is this file, unlike the rest of the
# project. It runs inside the user's own Blender, in a process of its own; nothing in the project imports it.
"""Bones of an animated armature in a .fbx, .glb or .gltf file, frame by frame, as an .npz file.

Stands alone, in two ways:
    blender --background --factory-startup --python-exit-code 1 --python blender_export.py -- IN OUT FPS MAX_FRAMES
    python blender_export.py -- IN OUT FPS MAX_FRAMES          with a Python that has bpy

FPS is what a glTF, which counts in seconds, is read at; a FBX says its own. Of several armatures the one with most
bones is written. The .npz holds `names` [J] and `parents` [J]; `heads` and `tails` [T, J, 3]; `turns` [T, J, 4],
quaternions x, y, z, w since the rest pose; `rest` [J, 3]; `fps`. All in Blender's world: z up, metres as imported.

Exit status 0 when the .npz is written; 3 when there is no armature, 4 when it does not move or too long, 5 when
Blender cannot read the file. The last line on standard error then says what was wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import bpy  # type: ignore[import-not-found, unused-ignore]
import numpy as np

NO_ARMATURE, NO_MOTION, UNREADABLE = 3, 4, 5
MOST_PLACES = 5_000_000  # bones times frames, 400 MB: half an hour of 90 bones at 30 frames per second


def leave(status: int) -> NoReturn:
    """End at once: as a Python module, Blender 4.2 crashes while it takes itself apart (measured), all work done."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def stop(status: int, sentence: str) -> NoReturn:
    """End with a sentence on standard error."""
    print(sentence, file=sys.stderr)
    leave(status)


def load(path: str, fps: float) -> None:
    """Import a file into an empty scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = max(1, round(fps)), max(1, round(fps)) / fps
    try:
        if path.lower().endswith(".fbx"):
            bpy.ops.import_scene.fbx(filepath=path)
        else:
            bpy.ops.import_scene.gltf(filepath=path)
    except RuntimeError as error:  # how bpy reports what went wrong in an operator
        stop(UNREADABLE, "Blender cannot read it: " + (str(error).strip().splitlines() or ["no reason given"])[-1])


def largest_armature() -> Any:
    """The armature object with most bones."""
    armatures = [each for each in bpy.data.objects if each.type == "ARMATURE" and each.pose and each.pose.bones]
    if not armatures:
        stop(NO_ARMATURE, "it has no armature: keypoints come from the bones of one")
    return max(armatures, key=lambda each: len(each.pose.bones))


def frame_range(armature: Any, most: int) -> tuple[int, int]:
    """First and last frame of what moves the armature."""
    data = armature.animation_data
    ranges = [data.action.frame_range] if data and data.action else []
    ranges += [
        (strip.frame_start, strip.frame_end) for track in (data.nla_tracks if data else ()) for strip in track.strips
    ]
    if not ranges:
        stop(NO_MOTION, "its armature has no animation")
    first, last = round(min(start for start, _ in ranges)), round(max(end for _, end in ranges))
    if last - first >= most:
        stop(NO_MOTION, f"its animation has {last - first + 1} frames; at most {most} are read")
    places = (last - first + 1) * len(armature.pose.bones)
    if places > MOST_PLACES:
        stop(NO_MOTION, f"its bones times its frames are {places}; at most {MOST_PLACES} are read")
    return first, last


def walk(armature: Any, first: int, last: int) -> dict[str, np.ndarray[Any, Any]]:
    """Arrays of all frames."""
    scene, bones = bpy.context.scene, armature.data.bones
    order = sorted(bones, key=lambda bone: len(bone.parent_recursive))
    place = {bone.name: j for j, bone in enumerate(order)}
    scene.frame_set(first)
    world = armature.matrix_world.copy()
    rest_turns = [(world @ bone.matrix_local).to_quaternion() for bone in order]
    shape = (last - first + 1, len(order))
    heads, tails, turns = np.zeros((*shape, 3)), np.zeros((*shape, 3)), np.zeros((*shape, 4))
    for t in range(shape[0]):
        scene.frame_set(first + t)
        for j, bone in enumerate(order):
            posed = armature.pose.bones[bone.name]
            heads[t, j], tails[t, j] = armature.matrix_world @ posed.head, armature.matrix_world @ posed.tail
            turn = (armature.matrix_world @ posed.matrix).to_quaternion() @ rest_turns[j].inverted()
            turns[t, j] = turn.x, turn.y, turn.z, turn.w
    return {
        "names": np.array([bone.name for bone in order]),
        "parents": np.array([place[bone.parent.name] if bone.parent else -1 for bone in order]),
        "heads": heads,
        "tails": tails,
        "turns": turns,
        "rest": np.array([world @ bone.head_local for bone in order]),
        "fps": np.array(scene.render.fps / scene.render.fps_base),
    }


def main(arguments: Sequence[str]) -> None:
    """Import, walk, write."""
    path, out, fps, most = arguments
    load(path, float(fps))
    armature = largest_armature()
    held = walk(armature, *frame_range(armature, int(most)))
    with open(out, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **held)
    leave(0)


main(sys.argv[sys.argv.index("--") + 1 :])
