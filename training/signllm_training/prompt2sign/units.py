"""The unit of work: a run of samples that becomes one shard, whoever makes it and whenever.

Units are cut from the stream of samples by rules that know nothing of workers, so that their number and order change
nothing in what is written; a run that was stopped goes on with the first unit that has no shard.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.languages import find_language, normalise_text
from signllm_training.prompt2sign.manifest import FileHash, hash_source
from signllm_training.prompt2sign.quality import Quality, QualityOptions, clean
from signllm_training.prompt2sign.sample import Observation, Read, Sample, Skipped
from signllm_training.prompt2sign.splits import SplitRule
from signllm_training.prompt2sign.standard import standardise

METHODS: Final = ("fast", "closed_form", "reference", "none")
"""How missing depth is found; `none` leaves it out."""
NOTHING: Final = "nothing"
_MOST_SKIPPED: Final = 10_000
_LIFTED_FRAMES: Final = 2048
"""Frames that are lifted together, which bounds the memory that takes; a longer clip is lifted alone."""


@dataclass(frozen=True)
class Steps:
    """What is done to every sample."""

    quality: QualityOptions = field(default_factory=QualityOptions)
    method: str = "fast"
    """One of `METHODS`, for clips without depth."""
    positive_depth: bool = False
    """Depth in front of the first joint only, as in the published procedure."""
    seed: int = 0
    """Of the choice of prompts."""

    def __post_init__(self) -> None:
        """Reject what cannot work.

        Raises:
            DataError: There is no such method.
        """
        if self.method not in METHODS:
            raise DataError(f"there is no method {self.method!r} of finding depth; there are: {', '.join(METHODS)}")


@dataclass(frozen=True)
class Unit:
    """Samples of one split that become one shard."""

    split: str
    """`NOTHING` for what was skipped after the last sample, or too much of it to keep until the next one."""
    number: int
    """Within the split, from 0."""
    samples: tuple[Sample, ...]
    skipped: tuple[Skipped, ...]
    """What the reader skipped meanwhile."""
    unsure: int
    """Samples that do not say what the splits go by."""

    @property
    def name(self) -> str:
        """`train-00003`."""
        return f"{self.split}-{self.number:05d}"

    @property
    def digest(self) -> str:
        """Hash of what goes in, to know a shard again that was made of it."""
        found = hashlib.blake2b(digest_size=16)
        for sample in self.samples:
            seen = sample.seen
            about = (sample.name, sample.language, sample.text, sample.gloss, sample.signer, sample.licence)
            found.update(repr((*about, sample.provenance, seen.fps, seen.axes, seen.unit, seen.depth)).encode())
            found.update(seen.points.tobytes())
            found.update(seen.confidence.tobytes())
        found.update(repr(self.skipped).encode())
        return found.hexdigest()


@dataclass(frozen=True)
class Made:
    """What became of a unit."""

    unit: str
    digest: str
    shard: str
    """File name; empty when no sample of the unit could be used."""
    clips: int
    frames: int
    skipped: tuple[Skipped, ...]
    unsure: int
    sources: tuple[FileHash, ...]
    """Parts of the corpus that it was made of; without a hash where other units are made of them too."""

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Made:
        """What `to_json` gave."""
        skipped = tuple(Skipped(**one) for one in data["skipped"])
        return cls(**data | {"skipped": skipped, "sources": tuple(FileHash(**one) for one in data["sources"])})


def cut(read: Read, rule: SplitRule, *, clips: int, frames: int) -> Iterator[Unit]:
    """Units of at most `clips` samples and, but for one that is longer alone, `frames` frames; each as soon as full.

    Holds one unfinished unit of each split.
    """
    waiting: dict[str, list[Sample]] = {}
    held: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    skipped: list[Skipped] = []

    def close(split: str) -> Unit:
        samples = tuple(waiting.pop(split, ()))
        unit = Unit(split, numbers[split], samples, tuple(skipped), sum(map(rule.unsure, samples)))
        numbers[split] += 1
        held[split] = 0
        skipped.clear()
        # The rule has been asked; from here on the sample is in the split that it is stored in.
        return dataclasses.replace(unit, samples=tuple(dataclasses.replace(one, split=split) for one in samples))

    for one in read:
        if isinstance(one, Skipped):
            skipped.append(one)
            if len(skipped) >= _MOST_SKIPPED:
                yield close(NOTHING)
            continue
        split = rule.split_of(one)
        if split in waiting and held[split] + len(one.seen) > frames:
            yield close(split)
        waiting.setdefault(split, []).append(one)
        held[split] += len(one.seen)
        if len(waiting[split]) >= clips:
            yield close(split)
    for split in sorted(waiting):
        yield close(split)
    if skipped:
        yield close(NOTHING)


def make_shard(unit: Unit | Made, *, steps: Steps, source: Path, folder: Path) -> Made:
    """Clean, lift, standardise and store the samples of a unit; those that cannot be are skipped, with their reason.

    Args:
        unit: What to store; what is made already stays as it is.
        steps: How.
        source: File or folder of the corpus, whose parts are hashed for the manifest.
        folder: Takes the shard.
    """
    from signllm_training.prompt2sign.store import shard_name, write_shard

    if isinstance(unit, Made):
        return unit
    rows, skipped = rows_of(unit.samples, steps)
    name = shard_name(unit.split, unit.number) if rows else ""
    if rows:
        write_shard(folder / name, rows)
    frames = sum(row["frames"] for row in rows)
    names = Counter(sample.provenance.source for sample in unit.samples)
    # A file of many samples is hashed once, when all are done.
    sources = tuple(hash_source(source, name) if n == 1 else FileHash(name, 0, "") for name, n in names.items())
    return Made(unit.name, unit.digest, name, len(rows), frames, (*unit.skipped, *skipped), unit.unsure, sources)


def rows_of(samples: Sequence[Sample], steps: Steps) -> tuple[list[dict[str, Any]], list[Skipped]]:
    """Rows of `samples` in their order, and those that none could be made of."""
    from signllm_training.prompt2sign.rows import to_row

    cleaned: list[tuple[Sample, Quality]] = []
    skipped: list[Skipped] = []
    for sample in samples:
        try:
            cleaned.append(clean(_spelled_alike(sample), steps.quality))
        except DataError as error:
            skipped.append(skip(sample, error))
    rows = []
    for (sample, quality), seen in zip(cleaned, _lifted([sample.seen for sample, _ in cleaned], steps), strict=True):
        try:
            if isinstance(seen, DataError):
                raise seen
            rows.append(to_row(sample, standardise(seen), quality, _prompt(sample, steps)))
        except DataError as error:
            skipped.append(skip(sample, error))
    return rows, skipped


def skip(sample: Sample, error: DataError) -> Skipped:
    """A sample as skipped for an error."""
    source = sample.provenance.source
    return Skipped(source if sample.name in source else f"{source} ({sample.name})", error.line, error.reason)


def _spelled_alike(sample: Sample) -> Sample:
    """The sample with the language's own code, and its text in one spelling of what Unicode spells in several."""
    code = sample.language
    if _is_known(code):
        code = find_language(code).code
    text = normalise_text(sample.text, code if _is_known(code) else "")
    return dataclasses.replace(sample, language=code, text=text)


def _prompt(sample: Sample, steps: Steps) -> str:
    """A question around the text; none where there is no text, or no question in its language."""
    if not (sample.text and _is_known(sample.language)):
        return ""
    from signllm_training.prompt2sign.prompts import prompt_for

    return prompt_for(sample.text, sample.language, steps.seed, f"{sample.provenance.corpus}/{sample.name}")


@cache
def _is_known(language: str) -> bool:
    try:
        find_language(language)
    except DataError:
        return False
    return True


def _lifted(seen: Sequence[Observation], steps: Steps) -> list[Observation | DataError]:
    """Every observation with depth, or why it has none."""
    found: list[Observation | DataError] = list(seen)
    flat = [k for k, one in enumerate(seen) if one.depth == "none"]
    if steps.method == "none" or not flat:
        return found
    for batch in _batches(sorted(flat, key=lambda k: len(seen[k])), seen):
        for k, one in zip(batch, _lift_batch([seen[k] for k in batch], steps), strict=True):
            found[k] = one
    return found


def _batches(order: Sequence[int], seen: Sequence[Observation]) -> Iterator[list[int]]:
    """Runs of `order`, of similar length, of at most `_LIFTED_FRAMES` frames once they are padded."""
    batch: list[int] = []
    for k in order:
        if batch and len(seen[k]) * (len(batch) + 1) > _LIFTED_FRAMES:
            yield batch
            batch = []
        batch.append(k)
    yield batch


def _lift_batch(seen: Sequence[Observation], steps: Steps) -> list[Observation | DataError]:
    from signllm_training.prompt2sign.lift import lift_many

    try:
        with _one_thread():
            return list(lift_many(seen, steps.method, positive_depth=steps.positive_depth))
    except DataError as error:
        if len(seen) == 1:
            return [error]
    return [one for alone in seen for one in _lift_batch([alone], steps)]  # the others are not lost with it


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread of torch: sums of several come out differently, and there is a process for every core."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
