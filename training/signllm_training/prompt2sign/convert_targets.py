"""What `signllm convert` writes: prepared sets, and files of each format, from items that come one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.quality import Quality
from signllm_training.prompt2sign.rows import Entry, entry_row
from signllm_training.prompt2sign.sample import Sample
from signllm_training.prompt2sign.standard import StandardClip, standardise

FORMATS: Final = ("set", "parquet", "skels", "pose", "npz")
"""What can be written."""


@dataclass(frozen=True, eq=False)
class Item:
    """A sample on its way; `clip` is there when the source holds standard clips."""

    sample: Sample
    clip: StandardClip | None = None
    prompt: str = ""
    quality: Quality | None = None
    data: bytes = b""
    """The whole file, for formats that are encoded before it is sure that they can be."""

    def standard(self) -> StandardClip:
        """The clip in the standard's coordinate space."""
        return self.clip or standardise(self.sample.seen)

    def row(self) -> dict[str, Any]:
        """The row of the clip."""
        return entry_row(self.entry(), self.standard())

    def entry(self) -> Entry:
        """What is known about the clip."""
        one = self.sample
        return Entry(
            name=one.name,
            language=one.language,
            text=one.text,
            gloss=one.gloss,
            prompt=self.prompt,
            signer=one.signer,
            split=one.split,
            licence=one.licence,
            provenance=one.provenance,
            quality=self.quality,
        )


def format_of(out: Path) -> str:
    """The format that the ending of a path stands for; a folder is a prepared set.

    Raises:
        DataError: Nothing with this ending is written.
    """
    suffix = out.suffix.lower().removeprefix(".")
    if out.is_dir() or not suffix:
        return "set"
    if suffix not in FORMATS[1:]:
        endings = ", ".join(f".{name}" for name in FORMATS[1:])
        raise DataError(f"files with the ending {out.suffix} are not written; {endings} and folders are", out)
    return suffix


def is_folder(out: Path, form: str) -> bool:
    """Whether the output of a format is a folder of files."""
    return form == "set" or (form != "parquet" and out.suffix.lower() != f".{form}")


def writable(item: Item, form: str, profile: str) -> Item:
    """The item as its format needs it.

    Raises:
        DataError: It cannot be said in this format.
    """
    if form == "skels":
        return _in_profile(item, profile)
    if form == "pose":
        from signllm_training.prompt2sign.writers.pose import encode_pose

        return replace(item, data=encode_pose(item.clip or item.sample.seen))
    item = replace(item, clip=item.standard())
    item.row()  # raises for what cannot be stored
    return item


def write_items(items: Iterator[Item], out: Path, form: str, profile: str) -> list[Path]:
    """Write items that are `writable` to a file or folder; returns the files, none when there was no item.

    Raises:
        DataError: There are several clips for a file that holds one.
    """
    if is_folder(out, form):
        return _FOLDERS[form](items, out, profile)
    first = next(items, None)
    if first is None:
        return []
    out.parent.mkdir(parents=True, exist_ok=True)
    return _FILES[form](chain((first,), items), out, profile)


def _in_profile(item: Item, name: str) -> Item:
    """The item in a profile's coordinate space, and saying so: the writer then leaves its numbers alone."""
    from signllm_training.prompt2sign.skels_profiles import profile_named
    from signllm_training.prompt2sign.writers.skels import place

    sample, profile = item.sample, profile_named(name)
    seen, reader = sample.seen, f"skels:{profile.name}"
    if any(end in sample.name for end in "\r\n"):
        raise DataError("the name has a line end, and a line of .files is a name")
    if sample.provenance.reader == reader and (seen.unit, seen.axes) == (profile.unit, profile.axes):
        return item
    if not profile.planar and seen.depth == "none":
        raise DataError(f"the clip has no depth, and .skels of the profile {name} have: --method fast finds it")
    provenance = replace(sample.provenance, reader=reader)
    return replace(item, sample=replace(sample, seen=place(seen, profile), provenance=provenance))


def _write_set(items: Iterator[Item], out: Path, _: str) -> list[Path]:
    from signllm_training.prompt2sign.store import ShardWriter

    writers: dict[str, ShardWriter] = {}
    with ExitStack() as stack:
        for item in items:
            split = item.sample.split
            if split not in writers:
                writers[split] = stack.enter_context(ShardWriter(out, split))
            writers[split].add(item.row())
    return [path for writer in writers.values() for path in writer.finished]


def _write_parquet(items: Iterator[Item], out: Path, _: str) -> list[Path]:
    from signllm_training.prompt2sign.store import write_shard

    write_shard(out, (item.row() for item in items))
    return [out]


def _write_skels_folder(items: Iterator[Item], out: Path, profile: str) -> list[Path]:
    from signllm_training.prompt2sign.writers.skels import write_skels

    return write_skels((item.sample for item in items), out, profile)


def _write_skels_file(items: Iterator[Item], out: Path, profile: str) -> list[Path]:
    from signllm_training.prompt2sign.writers.skels import write_skels

    with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        # Without its split every clip goes into the same file.
        parts = write_skels((replace(item.sample, split="") for item in items), Path(folder), profile)
        return [part.replace(out.with_suffix(part.suffix)) for part in parts]


def _each_into_folder(write: Callable[[Item, Path], None], suffix: str) -> _Write:
    def write_all(items: Iterator[Item], out: Path, _: str) -> list[Path]:
        written: dict[str, Path] = {}
        for item in items:
            name = _file_name(item.sample.name, written)
            written[name] = out / f"{name}{suffix}"
            out.mkdir(parents=True, exist_ok=True)
            write(item, written[name])
        return list(written.values())

    return write_all


def _one_into_file(write: Callable[[Item, Path], None]) -> _Write:
    def write_one(items: Iterator[Item], out: Path, _: str) -> list[Path]:
        item = next(items)
        if next(items, None) is not None:
            form = out.suffix.lower()
            raise DataError(f"a {form} file holds one clip, and there are more: name a folder, and --to {form[1:]}")
        write(item, out)
        return [out]

    return write_one


def _file_name(name: str, taken: Mapping[str, Path]) -> str:
    """A name from outside as that of a file: no path, not hidden, not twice."""
    plain = re.sub(r"[^\w.-]+", "_", name)[:80].strip(".") or "clip"
    found, number = plain, 1
    while found in taken:
        number += 1
        found = f"{plain}-{number}"
    return found


def _write_data(item: Item, path: Path) -> None:
    path.write_bytes(item.data)


def _write_clip(item: Item, path: Path) -> None:
    from signllm_training.prompt2sign.writers.clip import write_clip

    write_clip(item.entry(), item.standard(), path)


_Write = Callable[[Iterator[Item], Path, str], list[Path]]
_FOLDERS: Final[dict[str, _Write]] = {
    "set": _write_set,
    "skels": _write_skels_folder,
    "pose": _each_into_folder(_write_data, ".pose"),
    "npz": _each_into_folder(_write_clip, ".npz"),
}
_FILES: Final[dict[str, _Write]] = {
    "parquet": _write_parquet,
    "skels": _write_skels_file,
    "pose": _one_into_file(_write_data),
    "npz": _one_into_file(_write_clip),
}
