"""The kinds of data that can be read, and how each is recognised: by what is in a file, hardly by its name."""

from __future__ import annotations

import os
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Final

from signllm_training.prompt2sign.errors import AmbiguousDataError, DataError
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Read


@dataclass(frozen=True)
class Kind:
    """A kind of data."""

    name: str
    """What `--kind` calls it; also the name of its module, unless `module` says another."""
    what: str
    module: str = ""

    def reader(self) -> Callable[[Path, ReadOptions], Read]:
        """Its reader; only now is it imported, with the libraries that it needs."""
        module = import_module(f"{__package__}.{self.module or self.name}")
        read: Callable[[Path, ReadOptions], Read] = module.read
        return read


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("set", "a prepared set: a folder with manifest.json, or one .parquet shard", "prepared"),
        Kind("clip", "a .npz file of one standard clip, as `signllm convert` writes it"),
        Kind("openpose", "folders of OpenPose JSON, a file per frame (*_keypoints.json)"),
        Kind("skels", ".skels files of Prompt2Sign and Progressive Transformers, .text/.gloss/.files beside them"),
        Kind("pose", ".pose files of pose-format"),
        Kind("landmarks", "MediaPipe landmarks: .parquet files as in the public ASL sets"),
        Kind("alphabet", "MediaPipe landmarks of a public ASL alphabet: .json files, one per letter"),
        Kind("dwpose", "DWPose .npz files, one per frame or clip"),
        Kind("smplx", "SMPL-X parameters: .pkl, .npy or .npz of SignAvatars, Motion-X, AMASS"),
        Kind("bvh", "motion capture as .bvh"),
        Kind("blender", "motion capture as .fbx, .glb or .gltf, through Blender"),
        Kind("video", "video, through an estimator of poses"),
    )
}
"""What `--kind` may name."""

_HEAD: Final = 4096
_FOLDERS: Final = 500
_FILES_PER_ENDING: Final = 2
"""How much of a folder is looked at; a corpus has a million files of one kind."""
_DWPOSE: Final = frozenset({"bodies.npy", "num_persons.npy"})
_SMPLX: Final = frozenset({"poses.npy", "root_orient.npy", "pose_body.npy", "smplx.npy", "body_pose.npy"})
_CLIP: Final = frozenset({"points.npy", "mask.npy", "about.npy"})
_POSE_VERSIONS: Final = tuple(struct.pack("<f", version) for version in (0.1, 0.2))
_NUMBERS: Final = re.compile(rb"\s*(?:[-+]?\d+\.\d+(?:[eE][-+]?\d+)?[ \t]+){20}")
_ALPHABET: Final = re.compile(rb"\[\s*\[\s*\d+\s*,\s*\[\s*(?:\[\s*\d+\s*,|\])")
_VIDEO: Final = re.compile(rb"....ftyp|RIFF....AVI |\x1aE\xdf\xa3|\x00\x00\x01[\xb3\xba]|FLV\x01", re.DOTALL)
_FBX: Final = (b"Kaydara FBX Binary", b"; FBX")
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05]")


def recognise(path: Path) -> str:
    """Name of the kind of a file or folder.

    Raises:
        DataError: Nothing in it is of a kind that can be read.
        AmbiguousDataError: A folder holds several kinds.
    """
    if not path.exists():
        raise DataError("there is no such file or folder", path)
    if path.is_file():
        found = {kind_of_file(path): path}
    elif (path / "manifest.json").is_file() and next(path.glob("*.parquet"), None):
        return "set"
    else:
        found = _kinds_below(path)
    found.pop("", None)
    if not found:
        raise DataError(f"nothing here is of a kind that can be read, which are:\n{kinds_table()}", path)
    if len(found) > 1:
        each = ", ".join(f"{kind} ({example.relative_to(path)})" for kind, example in sorted(found.items()))
        raise AmbiguousDataError(f"several kinds of data: {each}; name one with --kind", path)
    return next(iter(found))


def kinds_table() -> str:
    """All kinds, one a line."""
    return "\n".join(f"  {kind.name:<10} {kind.what}" for kind in KINDS.values())


def kind_of_file(path: Path) -> str:
    """Name of the kind that a file is of, or belongs to; empty when it is of none."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from error
    if head.startswith(b"PAR1"):
        from signllm_training.prompt2sign.store import is_shard

        return "set" if is_shard(path) else "landmarks"
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_archive(path)
    return _kind_of_head(head, path.suffix.lower())


def _kind_of_head(head: bytes, suffix: str) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"\x93NUMPY") or (_PICKLE.match(head) and suffix in (".pkl", ".pickle")):
        return "smplx"
    if text.startswith(b"HIERARCHY"):
        return "bvh"
    if head.startswith((b"glTF", *_FBX)) or (suffix == ".gltf" and text.startswith(b"{")):
        return "blender"
    if _VIDEO.match(head):
        return "video"
    if head.startswith(_POSE_VERSIONS) or suffix == ".pose":
        return "pose"
    if text.startswith(b"{") and b'"people"' in head:
        return "openpose"
    if _ALPHABET.match(text):
        return "alphabet"
    return "skels" if suffix == ".skels" or _NUMBERS.match(head) else ""


def _kind_of_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = frozenset(islice(archive.namelist(), 10_000))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "smplx" if path.suffix.lower() == ".npz" else ""  # whose reader says what is wrong with it
    for kind, some in (("dwpose", _DWPOSE), ("smplx", _SMPLX)):
        if names & some:
            return kind
    return "clip" if names >= _CLIP else ""


def _kinds_below(path: Path) -> dict[str, Path]:
    """Kinds in a folder, each with an example."""
    found: dict[str, Path] = {}
    for file in _some_files(path):
        kind = "openpose" if file.name.endswith("_keypoints.json") else kind_of_file(file)
        found.setdefault(kind, file)
    return found


def _some_files(path: Path) -> Iterator[Path]:
    for folder, below, files in islice(os.walk(path), _FOLDERS):
        below[:] = sorted(name for name in below if not name.startswith("."))
        seen: dict[str, int] = {}
        for name in sorted(name for name in files if not name.startswith(".")):
            ending = os.path.splitext(name)[1].lower()
            seen[ending] = seen.get(ending, 0) + 1
            if seen[ending] <= _FILES_PER_ENDING and (Path(folder) / name).is_file():
                yield Path(folder) / name
