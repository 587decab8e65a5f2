"""Reads prepared sets back: the samples that they were made from, to one rounding of float32."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from signllm_training.prompt2sign import store
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers.clip import with_options
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.rows import Entry
from signllm_training.prompt2sign.sample import Read, Skipped
from signllm_training.prompt2sign.standard import StandardClip


def read(path: Path, options: ReadOptions) -> Read:
    """Samples of a prepared set, or of one shard.

    Raises:
        DataError: There are no shards, or one is damaged or of another schema.
    """
    for found in entries(path, options):
        yield found if isinstance(found, Skipped) else store.to_sample(*found)


def entries(path: Path, options: ReadOptions) -> Iterator[tuple[Entry, StandardClip] | Skipped]:
    """The clips themselves, bit for bit, with what their rows say."""
    for shard in store.shard_paths(path):
        for number, row in enumerate(store.read_shards(shard), 1):
            try:
                entry, clip = store.from_row(row)
            except DataError as error:
                yield Skipped(shard.name, number, error.reason)
            else:
                yield with_options(entry, options), clip
