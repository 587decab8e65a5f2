"""The rows of the table: what signs, and from which input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.errors import CheckpointError
from signllm.language import translate
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion.skeletons import prompt2sign
from signllm.source import PAUSE, PoseSource
from signllm_training.grammar import Sentence, sample_sentence

Floats = npt.NDArray[np.float32]
POOL_SIZE: Final = 2000
"""Training sentences among which the retrieval row chooses."""
POOL_SEED: Final = 1
_MEAN_OVER: Final = 100
"""Training sentences whose mean is the static pose."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    system: str
    input: str
    """`text`, `glosses`, or `-` where neither is looked at."""


@dataclass(frozen=True)
class Case:
    """One sentence to be signed, and the one that the row *another sentence* signs instead."""

    sentence: Sentence
    other: Sentence


@dataclass(frozen=True)
class Request:
    """What a row asks for; rows that ask for the same are signed and scored once."""

    maker: str
    """Name of a model, `LEXICON` or `STATIC`."""
    glosses: tuple[str, ...]


LEXICON: Final = "synthesiser"
STATIC: Final = "static mean pose"


class Systems:
    """All rows of the table."""

    def __init__(self, synthesiser: Synthesiser, models: Mapping[str, PoseSource]) -> None:
        """Rows for the models, by their names in the table, the baselines, and the synthesiser itself."""
        self._synthesiser, self._models = synthesiser, models
        self._known = frozenset((*synthesiser.vocabulary, PAUSE))

    def requests(self, case: Case) -> dict[Row, Request]:
        """What every row signs for a case, in the order of the table."""
        glosses = case.sentence.glosses
        translated = tuple(gloss.name for gloss in translate(case.sentence.text, known=self._known).glosses)
        rows = {}
        for maker in (*self._models, LEXICON):
            rows[Row(maker, "text")] = Request(maker, translated)
            rows[Row(maker, "glosses")] = Request(maker, glosses)
        rows[Row("nearest training sentence", "glosses")] = Request(LEXICON, self._nearest(glosses))
        rows[Row("another sentence", "-")] = Request(LEXICON, case.other.glosses)
        rows[Row(STATIC, "-")] = Request(STATIC, glosses)
        return rows

    def sign(self, request: Request) -> Floats:
        """The output for a request, [T, 50, 3] in metres; no frames when there is nothing to sign.

        Raises:
            CheckpointError: The model made no frame, or NaN or infinity.
        """
        if not request.glosses:
            return np.zeros((0, prompt2sign.COUNT, 3), dtype=np.float32)
        if request.maker in self._models:
            return self._model_output(request)
        clip = self._synthesiser.clip(request.glosses)[0]
        return np.repeat(self._mean_pose[None], len(clip), axis=0) if request.maker == STATIC else clip

    def _model_output(self, request: Request) -> Floats:
        frames = [frame.keypoints for frame in self._models[request.maker].frames(request.glosses)]
        if not frames or not np.isfinite(frames).all():
            what = "NaN or infinity" if frames else "no frame"
            raise CheckpointError(
                f"{request.maker} makes {what} for {' '.join(request.glosses)[:80]!r}, which cannot be scored; "
                "train the checkpoint again, or name another with --checkpoint"
            )
        return np.stack(frames)

    @cached_property
    def _pool(self) -> list[tuple[str, ...]]:
        rng = np.random.default_rng(POOL_SEED)
        return [sample_sentence(rng, held_out=False).glosses for _ in range(POOL_SIZE)]

    def _nearest(self, glosses: Sequence[str]) -> tuple[str, ...]:
        return self._pool[int(edit_distances(glosses, self._pool).argmin())]

    @cached_property
    def _mean_pose(self) -> Floats:
        frames = np.concatenate([self._synthesiser.clip(glosses)[0] for glosses in self._pool[:_MEAN_OVER]])
        mean: Floats = frames.mean(axis=0, dtype=np.float64).astype(np.float32)
        return mean


def edit_distances(glosses: Sequence[str], pool: Sequence[Sequence[str]]) -> npt.NDArray[np.intp]:
    """Edits from one gloss string to each of many, [N]; one cell of all tables at a time."""
    numbers = {gloss: k for k, gloss in enumerate(glosses)}
    lengths = np.array([len(other) for other in pool])
    codes = np.full((len(pool), lengths.max(initial=0)), -1)
    for row, other in enumerate(pool):
        codes[row, : len(other)] = [numbers.get(gloss, -1) for gloss in other]
    table = np.zeros((codes.shape[1] + 1, len(pool)), dtype=np.intp) + np.arange(codes.shape[1] + 1)[:, None]
    for i, gloss in enumerate(glosses, 1):
        above, table = table, np.empty_like(table)
        table[0] = i
        for j in range(1, len(table)):
            replaced = above[j - 1] + (codes[:, j - 1] != numbers[gloss])
            table[j] = np.minimum(np.minimum(above[j], table[j - 1]) + 1, replaced)
    distances: npt.NDArray[np.intp] = table[lengths, np.arange(len(pool))]
    return distances
