"""Bytes per frame in every format, measured: what stands here instead of the paper's "80 % smaller"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from signllm_training.prompt2sign.convert import ConvertOptions, convert
from signllm_training.prompt2sign.convert_targets import FORMATS
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers import recognise
from signllm_training.prompt2sign.readers.kinds import KINDS, kind_of_file

_PROFILES: Final = ("phoenix", "signllm", "dwpose")
_NAMES: Final = {
    "set": "standard, Parquet (a prepared set)",
    "npz": "standard, .npz, a file per clip",
    "pose": ".pose, a file per clip",
    "skels": ".skels",
}
VIDEO: Final = (
    "No figure against video: the videos of these corpora are not here, and any percentage depends on their bit rate."
)


@dataclass(frozen=True)
class Size:
    """What one format takes."""

    name: str
    bytes: int
    clips: int
    frames: int
    reason: str = ""
    """Why there is no figure, where there is none."""

    @property
    def per_frame(self) -> float:
        """Bytes per frame."""
        return self.bytes / self.frames if self.frames else 0.0


def measure(source: Path, options: ConvertOptions) -> list[Size]:
    """What a source takes as it lies there, and in every format that can be written of it.

    Raises:
        DataError: It cannot be read, or nothing of it can be.
    """
    kind = options.kind or recognise(source)
    with TemporaryDirectory(prefix="signllm-sizes-") as folder:
        # The standard comes first: it is what all others are made from, so that lifting is done once.
        standard = _written(source, Path(folder) / "set", replace(options, kind=kind, format="set", profile=""))
        if not standard.frames:
            raise DataError(f"nothing can be converted: {standard.reason}", source)
        own = sum(path.stat().st_size for path in _files(source, kind))
        sizes = [Size(f"as it is: {KINDS[kind].what}", own, standard.clips, standard.frames), standard]
        for form in FORMATS[2:]:
            for profile in _PROFILES if form == "skels" else ("",):
                target = Path(folder) / f"{form}{profile}"
                sizes.append(_written(Path(folder) / "set", target, ConvertOptions(format=form, profile=profile)))
    return sizes


def as_markdown(sizes: list[Size]) -> str:
    """The measurement as a Markdown table."""
    own = sizes[0].per_frame
    lines = ["| format | bytes per frame | of the source | clips | frames |", "|---|---:|---:|---:|---:|"]
    for size in sizes:
        figures = (
            ("-", "-") if size.reason else (f"{size.per_frame:,.0f}", f"{size.per_frame / own:.0%}" if own else "-")
        )
        lines.append(f"| {size.name} | {figures[0]} | {figures[1]} | {size.clips} | {size.frames:,} |")
    reasons = [f"- {size.name}: {size.reason}" for size in sizes if size.reason]
    return "\n".join([*lines, "", *reasons, *([""] if reasons else []), VIDEO])


def _written(source: Path, out: Path, options: ConvertOptions) -> Size:
    name = _NAMES[options.format] + (f", profile {options.profile}" if options.profile else "")
    try:
        summary = convert(source, out, options)
    except DataError as error:
        return Size(name, 0, 0, 0, error.reason)
    ending = ".parquet" if options.format == "set" else f".{options.format}"
    size = sum(path.stat().st_size for path in summary.files if path.suffix == ending)
    skipped = summary.skipped[0].reason if summary.skipped and not summary.clips else ""
    return Size(name, size, summary.clips, summary.frames, skipped)


def _files(source: Path, kind: str) -> Iterator[Path]:
    """Files that hold the source's clips, and not its texts."""
    if source.is_file():
        yield source
        return
    for path in sorted(source.rglob("*")):
        if path.is_file() and (
            path.name.endswith("_keypoints.json") if kind == "openpose" else kind_of_file(path) == kind
        ):
            yield path
