"""From any kind of data that can be read to any that can be written, one clip in memory at a time.

What passes through is the sample as its source saw it, and, where the source is the standard already, the standard clip
itself: from one of the standard's files to another no bit changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from signllm_training.prompt2sign import manifest
from signllm_training.prompt2sign.convert_targets import FORMATS, Item, format_of, is_folder, writable, write_items
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers import ReadOptions, open_corpus, recognise
from signllm_training.prompt2sign.rows import Entry, to_sample
from signllm_training.prompt2sign.sample import Observation, Sample, Skipped
from signllm_training.prompt2sign.standard import StandardClip

METHODS: Final = ("none", "closed_form", "fast", "reference")
"""How depth is found where a source has none; `none` leaves it out, and the clip says so."""
_LIFTED_FRAMES: Final = 4096
"""Frames that are lifted together."""
_STANDARD: Final = ("set", "clip")
"""Kinds that hold standard clips."""


@dataclass(frozen=True)
class ConvertOptions:
    """What is made of what."""

    read: ReadOptions = field(default_factory=ReadOptions)
    kind: str = ""
    """Kind of the source where it is not recognised."""
    format: str = ""
    """One of `FORMATS`; told from the ending of the output when empty, and a folder becomes a prepared set."""
    profile: str = ""
    """Profile of `.skels` that are written."""
    method: str = "none"
    """One of `METHODS`."""
    positive_depth: bool = False
    """Depth in front of the first joint only, as in the published procedure."""
    strict: bool = False
    """Stop at the first sample that cannot be converted."""

    def __post_init__(self) -> None:
        """Check the names.

        Raises:
            DataError: There is no such method or format.
        """
        if self.method not in METHODS:
            raise DataError(f"there is no method {self.method!r} of finding depth; there are: {', '.join(METHODS)}")
        if self.format and self.format not in FORMATS:
            raise DataError(f"there is no format {self.format!r} to write; there are: {', '.join(FORMATS)}")


@dataclass
class Summary:
    """What became of a source."""

    clips: int = 0
    frames: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    """What was written."""


def convert(
    source: Path,
    out: Path,
    options: ConvertOptions | None = None,
    *,
    progress: Callable[[Summary], None] = lambda _: None,
) -> Summary:
    """Convert a file or folder.

    Args:
        source: Whatever `open_corpus` reads.
        out: A file whose ending says its format, or a folder that is empty or not there yet.
        options: How.
        progress: Told after every clip.

    Returns:
        What was written and what was skipped; no file when no clip could be converted.

    Raises:
        DataError: The source or the target cannot be used, or, if `strict`, a sample cannot be.
        MissingToolError: A library for one of the formats is not installed.
    """
    options = options or ConvertOptions()
    form = options.format or format_of(out)
    _check_target(source, out, form, options)
    kind = options.kind or recognise(source)
    summary = Summary()
    names: dict[str, None] = {}

    def items() -> Iterator[Item]:
        for found in _writable(_lifted(_opened(source, kind, options.read), options), form, options.profile):
            if isinstance(found, Skipped):
                if options.strict:
                    raise DataError(found.reason, found.source, found.line)
                summary.skipped.append(found)
                continue
            summary.clips, summary.frames = summary.clips + 1, summary.frames + len(found.sample.seen)
            names[found.sample.provenance.source] = None
            progress(summary)
            yield found

    summary.files = write_items(items(), out, form, options.profile)
    if form == "set" and summary.files:
        hashes = _sources(source, kind, names)
        built = manifest.build(out, sources=hashes, skipped=summary.skipped, options=_said(options))
        summary.files.append(manifest.write(built, out))
    return summary


def _check_target(source: Path, out: Path, form: str, options: ConvertOptions) -> None:
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise DataError("lies within what is read: give a place outside of it", out)
    if source.exists() and out.exists() and out.samefile(source):
        raise DataError("is the file that is read: give another name", out)
    if is_folder(out, form) and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError("holds other files: give a folder that is empty or not there yet", out)
    if form == "skels":
        from signllm_training.prompt2sign.skels_profiles import PROFILES, profile_named

        if not options.profile:
            raise DataError(f".skels are written in the profiles {', '.join(PROFILES)}, and none is named: --profile")
        profile_named(options.profile)
    elif options.profile:
        raise DataError("--profile is that of .skels that are written; --source-profile is that of what is read")


def _opened(source: Path, kind: str, options: ReadOptions) -> Iterator[Item | Skipped]:
    if kind in _STANDARD:
        from signllm_training.prompt2sign.readers import clip, prepared

        entries = prepared.entries if kind == "set" else clip.entries
        for one in entries(source, options):
            yield one if isinstance(one, Skipped) else _standard_item(*one)
        return
    for found in open_corpus(source, options, kind):
        yield (
            found
            if isinstance(found, Skipped)
            else Item(found, _clip_of_pose(found, source) if kind == "pose" else None)
        )


def _standard_item(entry: Entry, clip: StandardClip) -> Item:
    return Item(to_sample(entry, clip), clip, entry.prompt, entry.quality)


def _clip_of_pose(sample: Sample, source: Path) -> StandardClip | None:
    """The standard clip that a `.pose` file holds when this program wrote one into it."""
    from signllm_training.prompt2sign.readers.pose import read_clip

    if sample.seen.unit != "metre":
        return None
    try:
        clip = read_clip(source / sample.provenance.source if source.is_dir() else source)
    except DataError:
        return None
    return clip if len(clip) == len(sample.seen) else None


def _lifted(items: Iterable[Item | Skipped], options: ConvertOptions) -> Iterator[Item | Skipped]:
    """Items with depth, if that is asked for; several are lifted together."""
    if options.method == "none":
        yield from items
        return
    waiting: list[Item | Skipped] = []
    frames = 0
    for item in items:
        waiting.append(item)
        frames += 0 if isinstance(item, Skipped) else len(item.sample.seen)
        if frames >= _LIFTED_FRAMES:
            yield from _lift(waiting, options)
            waiting, frames = [], 0
    yield from _lift(waiting, options)


def _lift(items: list[Item | Skipped], options: ConvertOptions) -> Iterator[Item | Skipped]:
    flat = [item for item in items if isinstance(item, Item) and item.sample.seen.depth == "none"]
    found = dict(zip(map(id, flat), _lift_each([item.sample.seen for item in flat], options), strict=True))
    for item in items:
        seen = found.get(id(item))
        if seen is None or isinstance(item, Skipped):
            yield item
        elif isinstance(seen, DataError):
            yield _skip(item.sample, seen)
        else:
            yield replace(item, sample=replace(item.sample, seen=seen), clip=None)


def _lift_each(seen: list[Observation], options: ConvertOptions) -> list[Observation | DataError]:
    from signllm_training.prompt2sign.lift import lift, lift_many

    if not seen:
        return []
    try:
        return list(lift_many(seen, options.method, positive_depth=options.positive_depth))
    except DataError:
        pass  # one of them cannot be lifted: find out which
    found: list[Observation | DataError] = []
    for one in seen:
        try:
            found.append(lift(one, options.method, positive_depth=options.positive_depth))
        except DataError as error:
            found.append(error)
    return found


def _writable(items: Iterable[Item | Skipped], form: str, profile: str) -> Iterator[Item | Skipped]:
    """Items of which it is sure that they can be written: what stops one must not stop the others."""
    for item in items:
        try:
            yield item if isinstance(item, Skipped) else writable(item, form, profile)
        except DataError as error:
            assert isinstance(item, Item)
            yield _skip(item.sample, error)


def _skip(sample: Sample, error: DataError) -> Skipped:
    source = sample.provenance.source
    # A file may hold many samples.
    named = source if sample.name in source else f"{source} ({sample.name})"
    return Skipped(named, error.line, error.reason)


def _sources(source: Path, kind: str, names: Iterable[str]) -> Iterator[manifest.FileHash]:
    if kind in _STANDARD and source.is_dir():
        # What its rows name is where the numbers once came from, not what was read now.
        names = (path.relative_to(source).as_posix() for path in sorted(source.rglob("*")) if path.is_file())
    elif source.is_file():
        names = (source.name,)
    return (manifest.hash_source(source, name) for name in names)


def _said(options: ConvertOptions) -> dict[str, Any]:
    """What the user asked for; no folder of this machine is named."""
    read = options.read
    return {
        "command": "convert",
        "kind": options.kind,
        "method": options.method,
        "positive_depth": options.positive_depth,
        "language": read.language,
        "corpus": read.corpus,
        "licence": read.licence.name,
        "fps": read.fps,
        "profile": read.profile,
        "text": read.text.name if read.text else "",
        "split": read.split,
        "people": read.people,
        "trust": sorted(read.trust),
    }
