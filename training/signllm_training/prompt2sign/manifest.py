"""`manifest.json` of a prepared set: what is in it, what it was made from, what was left out, what may be done with it.

Counts are taken from the shards themselves, not from what the program believes to have written, and no clock or machine
leaves its mark: the same sources and options give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from signllm import __version__
from signllm_training.prompt2sign import licences
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import Licence, Skipped
from signllm_training.prompt2sign.standard import PROFILE

NAME: Final = "manifest.json"
FORMAT: Final = "signllm prepared set"
VERSION: Final = 1
_LARGEST_BYTES: Final = 1 << 30
"""Of a manifest; a million clips take a quarter of it."""
_CHUNK: Final = 1 << 20
_COLUMNS: Final = (
    *("language", "split", "frames", "fps", "corpus", "licence", "licence_commercial", "licence_consent"),
)


@dataclass(frozen=True)
class FileHash:
    """A file, or a folder with all that is in it."""

    path: str
    """Within the set or the corpus, `/` between parts."""
    bytes: int
    sha256: str
    """Of the contents; of a folder, that of its files' names, sizes and hashes. Empty when it is not there."""


@dataclass(frozen=True)
class Shard:
    """One file of the set."""

    file: FileHash
    clips: int
    frames: int


@dataclass(frozen=True)
class Part:
    """What the set holds of one language and split."""

    language: str
    split: str
    clips: int
    frames: int
    seconds: float


@dataclass(frozen=True)
class Use:
    """Clips of one corpus under one licence."""

    corpus: str
    licence: Licence
    clips: int
    seconds: float


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says."""

    parts: tuple[Part, ...]
    uses: tuple[Use, ...]
    shards: tuple[Shard, ...]
    sources: tuple[FileHash, ...]
    skipped: tuple[Skipped, ...]
    options: Mapping[str, Any]
    """What the user asked for, as JSON."""
    tool: str = f"signllm {__version__}"
    profile: str = PROFILE

    @property
    def clips(self) -> int:
        """Number of clips."""
        return sum(part.clips for part in self.parts)

    @property
    def seconds(self) -> float:
        """How long all clips take."""
        return sum(part.seconds for part in self.parts)

    def skipped_by_reason(self) -> dict[str, list[Skipped]]:
        """What was left out, the most frequent reason first."""
        reasons: dict[str, list[Skipped]] = {}
        for skip in self.skipped:
            reasons.setdefault(skip.reason, []).append(skip)
        return dict(sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])))


def build(
    folder: Path,
    *,
    sources: Iterable[FileHash] = (),
    skipped: Iterable[Skipped] = (),
    options: Mapping[str, Any] | None = None,
) -> Manifest:
    """The manifest of the shards in a folder: they are read once, a few columns of them.

    Raises:
        DataError: A shard cannot be read.
    """
    from signllm_training.prompt2sign import store  # Arrow takes its time, and a manifest can be read without it

    parts: dict[tuple[str, str], list[float]] = {}
    uses: dict[tuple[str, Licence], list[float]] = {}
    shards = []
    for path in store.shard_paths(folder):
        clips = frames = 0
        for row in store.read_shards(path, columns=_COLUMNS):
            counted = (1, row["frames"], row["frames"] / row["fps"])
            licence = Licence(row["licence"], row["licence_commercial"], row["licence_consent"])
            _count(parts, (row["language"], row["split"]), counted)
            _count(uses, (row["corpus"], licence), counted)
            clips, frames = clips + 1, frames + row["frames"]
        shards.append(Shard(hash_source(folder, path.name), clips, frames))
    return Manifest(
        parts=tuple(Part(*key, int(n), int(t), round(s, 3)) for key, (n, t, s) in sorted(parts.items())),
        uses=tuple(
            Use(*key, int(n), round(s, 3))
            for key, (n, _, s) in sorted(uses.items(), key=lambda item: (item[0][0], item[0][1].name, str(item[0])))
        ),
        shards=tuple(shards),
        sources=tuple(sorted(sources, key=lambda source: source.path)),
        skipped=tuple(skipped),
        options=dict(options or {}),
    )


def write(manifest: Manifest, folder: Path) -> Path:
    """Write `manifest.json`, whole or not at all; returns its path."""
    path = folder / NAME
    part = folder / f".{NAME}.part"
    part.write_text(json.dumps(to_json(manifest), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, path)
    return path


def load(folder: Path) -> Manifest:
    """Read `manifest.json` of a prepared set.

    Raises:
        DataError: There is none, or it is damaged, or of another version.
    """
    path = folder / NAME
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise DataError(f"larger than {_LARGEST_BYTES} bytes, as no manifest is", path)
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError("there is none; `signllm prepare` and `signllm convert` write it last", path) from None
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"cannot be read ({error}); make the set again", path) from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise DataError(f"this is no manifest of a {FORMAT}", path)
    if about.get("version") != VERSION:
        raise DataError(f"version {about.get('version')!r}; this version of signllm reads {VERSION}", path)
    try:
        return _from_json(about)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DataError(f"damaged ({type(error).__name__}: {error}); make the set again", path) from error


def verify(folder: Path, corpus: Path | None = None) -> list[str]:
    """What is not as the manifest says, a sentence each; none when all is well.

    Args:
        folder: Prepared set.
        corpus: Where its sources are, to compare them as well.

    Raises:
        DataError: The manifest itself cannot be read.
    """
    manifest = load(folder)
    listed = {shard.file.path for shard in manifest.shards}
    problems = [
        f"{path.name} is not in the manifest"
        for path in sorted(folder.glob("*.parquet"))
        if path.name not in listed and not path.name.startswith(".")
    ]
    problems += _changed(folder, [shard.file for shard in manifest.shards])
    if not problems:
        # The bytes are what they were when they were counted; a manifest edited by hand still shows.
        counted = build(folder)
        if counted.parts != manifest.parts or counted.uses != manifest.uses:
            problems.append("counts, durations or licences are not those of the shards")
    return problems + (_changed(corpus, manifest.sources) if corpus else [])


def notices(manifest: Manifest) -> tuple[str, ...]:
    """What must be printed when something is learnt from this set, and must follow what was learnt; often nothing."""
    found = (licences.notice(use.corpus, use.licence, use.clips) for use in manifest.uses)
    return tuple(filter(None, found))


def record(manifest: Manifest) -> dict[str, Any]:
    """What a checkpoint says about the data it was trained on, as JSON; `notices` among it."""
    about = to_json(manifest)
    canonical = json.dumps(about, sort_keys=True, separators=(",", ":")).encode()
    kept = {key: about[key] for key in ("tool", "profile", "clips", "seconds", "parts", "licences", "notices")}
    return {"manifest_sha256": hashlib.sha256(canonical).hexdigest()} | kept


def hash_source(root: Path, source: str) -> FileHash:
    """The hash of `root/source`, a file or a folder; of `root` itself when that is a file."""
    path = root if root.is_file() else root / source
    if path.is_file():
        return FileHash(source, path.stat().st_size, _sha256(path))
    if not path.is_dir():
        return FileHash(source, 0, "")
    total, digest = 0, hashlib.sha256()
    for file in sorted(file for file in path.rglob("*") if file.is_file()):
        size = file.stat().st_size
        digest.update(f"{file.relative_to(path).as_posix()}\0{size}\0{_sha256(file)}\n".encode())
        total += size
    return FileHash(source, total, digest.hexdigest())


def to_json(manifest: Manifest) -> dict[str, Any]:
    """The manifest as JSON values."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "tool": manifest.tool,
        "profile": manifest.profile,
        "clips": manifest.clips,
        "seconds": round(manifest.seconds, 3),
        "notices": list(notices(manifest)),
        "licences": [
            {"corpus": use.corpus, **asdict(use.licence), "clips": use.clips, "seconds": use.seconds}
            for use in manifest.uses
        ],
        "parts": [asdict(part) for part in manifest.parts],
        "options": dict(manifest.options),
        "skipped": {
            reason: [{"source": skip.source, "line": skip.line} for skip in skips]
            for reason, skips in manifest.skipped_by_reason().items()
        },
        "shards": [{**asdict(shard.file), "clips": shard.clips, "frames": shard.frames} for shard in manifest.shards],
        "sources": [asdict(source) for source in manifest.sources],
    }


def _from_json(about: Mapping[str, Any]) -> Manifest:
    return Manifest(
        parts=tuple(
            Part(str(p["language"]), str(p["split"]), int(p["clips"]), int(p["frames"]), float(p["seconds"]))
            for p in about["parts"]
        ),
        uses=tuple(
            Use(
                str(use["corpus"]),
                Licence(str(use["name"]), bool(use["commercial"]), str(use["consent"])),
                int(use["clips"]),
                float(use["seconds"]),
            )
            for use in about["licences"]
        ),
        shards=tuple(Shard(_file(shard), int(shard["clips"]), int(shard["frames"])) for shard in about["shards"]),
        sources=tuple(map(_file, about["sources"])),
        skipped=tuple(
            Skipped(str(skip["source"]), None if skip["line"] is None else int(skip["line"]), reason)
            for reason, skips in about["skipped"].items()
            for skip in skips
        ),
        options=dict(about["options"]),
        tool=str(about["tool"]),
        profile=str(about["profile"]),
    )


def _file(about: Mapping[str, Any]) -> FileHash:
    path = PurePosixPath(str(about["path"]))
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{path} lies outside")  # hashing it would read whatever is there
    return FileHash(str(about["path"]), int(about["bytes"]), str(about["sha256"]))


def _count(counts: dict[Any, list[float]], key: Any, more: tuple[float, ...]) -> None:
    counts[key] = [a + b for a, b in zip(counts.get(key, [0.0] * len(more)), more, strict=True)]


def _changed(root: Path, files: Iterable[FileHash]) -> list[str]:
    problems = []
    for file in files:
        now = hash_source(root, file.path)
        if now != file:
            state = "is missing" if not now.sha256 else f"has changed: {now.bytes} bytes, {file.bytes} were listed"
            problems.append(f"{file.path} {state}")
    return problems


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
