"""What a preparation has done so far, on disk beside its shards: stopped at any moment, it goes on from there.

`.prepare/begun.json` says of what and how the set is made, `.prepare/train-00003.json` that this unit is done. Every
file appears under its name when it is whole. When all is done the folder gives way to the manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from signllm_training.prompt2sign import manifest
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.units import Made, Unit

_FOLDER: Final = ".prepare"
_BEGUN: Final = "begun.json"


class Journal:
    """The record of one prepared set."""

    def __init__(self, out: Path, about: Mapping[str, Any]) -> None:
        """Open or begin the record in `out`.

        Args:
            out: Folder of the set.
            about: Options and source, plain JSON, which a run that goes on must share with the one that began.

        Raises:
            DataError: `out` holds another set or other files.
        """
        self._out, self._folder = out, out / _FOLDER
        self._about: dict[str, Any] = json.loads(json.dumps(about))
        self.finished = (out / manifest.NAME).is_file()
        """Whether the whole set is made."""
        begun = _read(out / manifest.NAME if self.finished else self._folder / _BEGUN)
        if begun and self.finished:
            begun = {name: begun.get("options", {}).get(name) for name in self._about}
        if begun and (self.finished or self._has_units()):
            self._check_same(begun)
        elif out.exists() and not begun and any(path.name != _FOLDER for path in out.iterdir()):
            raise DataError("the folder holds other files: give one that is empty or not there yet", out)
        else:
            for path in out.glob("*-*.parquet"):  # of a run with other options that was killed before it had a record
                path.unlink()
            self._folder.mkdir(parents=True, exist_ok=True)
            write_json(self._folder / _BEGUN, self._about)

    def made(self, unit: Unit) -> Made | None:
        """What became of a unit, if it is done.

        Raises:
            DataError: It was made of other samples.
        """
        data = _read(self._folder / f"{unit.name}.json")
        if data is None:
            return None
        made = Made.from_json(data)
        if made.shard and not (self._out / made.shard).is_file():
            return None
        if made.digest != unit.digest:
            raise DataError(
                f"the source gives other samples than those that {made.shard or unit.name} was made of: "
                f"restore the source, or give another folder",
                self._out,
            )
        return made

    def add(self, made: Made) -> None:
        """Write down that a unit is done."""
        write_json(self._folder / f"{made.unit}.json", made.to_json())

    def all_made(self) -> Iterator[Made]:
        """Everything that is done, in the order of splits and numbers, one in memory at a time."""
        for path in sorted(self._folder.glob("*-*.json")):
            data = _read(path)
            assert data is not None
            yield Made.from_json(data)

    def finish(self) -> None:
        """Forget the single units, once the manifest is written."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _has_units(self) -> bool:
        """Whether anything is done: a run that failed at once binds nobody to its options."""
        return next(self._folder.glob("*-*.json"), None) is not None

    def _check_same(self, begun: Mapping[str, Any]) -> None:
        if begun == self._about:
            return
        if begun.get("source") is None:
            raise DataError("the folder holds a set that another command made: give another one", self._out)
        if begun["source"] != self._about["source"]:
            raise DataError(
                "the source has changed since this set was begun (files or their sizes): "
                "give another folder, or delete this one",
                self._out,
            )
        changed = sorted(_differences(begun, self._about))
        raise DataError(
            f"this set was begun with other options ({'; '.join(changed)}): "
            "give the same ones, give another folder, or delete this one",
            self._out,
        )


def fingerprint(source: Path) -> str:
    """Hash of the names and sizes of all files of a corpus: of a folder, or of a file and those named like it.

    Times are left out, as copies have others; what single samples hold is hashed with the unit that they belong to.

    Raises:
        DataError: There is no such file or folder.
    """
    found = hashlib.blake2b(digest_size=16)
    if source.is_dir():
        for folder, folders, files in os.walk(source):
            folders.sort()
            _add(found, Path(folder), sorted(files), os.path.relpath(folder, source))
    else:
        parent = source.parent
        names = sorted(path.name for path in parent.glob("*") if path.is_file() and path.stem == source.stem)
        if source.name not in names and not names:
            raise DataError("there is no such file or folder", source)
        _add(found, parent, names, "")
    return found.hexdigest()


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write a JSON file, which appears when it is whole."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def _add(found: hashlib.blake2b, folder: Path, names: list[str], under: str) -> None:
    for name in names:
        found.update(f"{under}/{name}\0{(folder / name).stat().st_size}\n".encode(errors="surrogateescape"))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DataError("the file is damaged: delete the folder that it is in", path) from error
    if not isinstance(data, dict):
        raise DataError("the file is damaged: delete the folder that it is in", path)
    return data


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], under: str = "") -> Iterator[str]:
    for name in sorted(set(old) | set(new)):
        before, now = old.get(name), new.get(name)
        if isinstance(before, dict) and isinstance(now, dict):
            yield from _differences(before, now, f"{under}{name}.")
        elif before != now:
            yield f"{under}{name} was {before!r}, is {now!r}"
