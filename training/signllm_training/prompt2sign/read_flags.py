"""The flags of commands that read a corpus: what its user says about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signllm_training.prompt2sign.readers.options import ReadOptions


def add_read_flags(parser: argparse.ArgumentParser, profile: str = "--profile") -> None:
    """Add a flag for each of `ReadOptions`, and `--kind`; `profile` is what the flag of that name is called."""
    said = parser.add_argument_group("what the source does not say itself")
    said.add_argument("--kind", default="", help="kind of data, where it is not recognised")
    said.add_argument(
        profile,
        dest="source_profile",
        default="",
        metavar="NAME",
        help="profile that it is in, where that is ambiguous",
    )
    said.add_argument("--language", default="", metavar="CODE", help="sign language: asl, dgs, dsgs, lsf-ch, ...")
    said.add_argument("--licence", default="", metavar="NAME", help="SPDX identifier, or the corpus's own name for it")
    said.add_argument("--consent", default="", metavar="TEXT", help="what the signers agreed to")
    said.add_argument("--corpus", default="", metavar="NAME", help="short name (default: that of the folder)")
    said.add_argument("--text", type=Path, metavar="FILE", help="table of sentences, with times where clips are cut")
    said.add_argument("--fps", type=float, help="frames per second")
    said.add_argument(
        "--split", default="", choices=("train", "dev", "test"), help="the split that all of it belongs to"
    )
    said.add_argument(
        "--people", default="largest", choices=("largest", "only"), help="of several people follow the largest, or skip"
    )
    said.add_argument("--trust", action="append", default=[], metavar="CHECK", help="a check that you answer for")
    said.add_argument("--blender", type=Path, metavar="PATH", help="Blender, or a Python with bpy, for FBX and glTF")
    said.add_argument("--openpose", type=Path, metavar="PATH", help="OpenPose binary, for video")
    said.add_argument("--mediapipe", type=Path, metavar="FILE", help="holistic_landmarker.task, for video")


def read_options(flags: argparse.Namespace) -> ReadOptions:
    """What was said.

    Raises:
        DataError: It cannot be followed.
    """
    from signllm_training.prompt2sign.licences import licence_named
    from signllm_training.prompt2sign.readers.options import ReadOptions

    return ReadOptions(
        language=flags.language,
        corpus=flags.corpus,
        licence=licence_named(flags.licence, flags.consent),
        fps=flags.fps,
        profile=flags.source_profile,
        text=flags.text,
        split=flags.split,
        blender=flags.blender,
        openpose=flags.openpose,
        mediapipe=flags.mediapipe,
        people=flags.people,
        trust=frozenset(flags.trust),
    )
