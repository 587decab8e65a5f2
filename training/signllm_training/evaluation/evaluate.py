"""Signs and scores many sentences, on as many processes as asked for."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import Final

from signllm.config import DEFAULT_STRIDE
from signllm.lexicon.signs import load_signs
from signllm.lexicon.synthesise import Synthesiser
from signllm.source import PoseSource
from signllm_training.evaluation.scoring import Score, Scorer
from signllm_training.evaluation.systems import Case, Request, Row, Systems
from signllm_training.evaluation.templates import Merge, Templates, merged_groups
from signllm_training.grammar import Sentence

LANGUAGE: Final = "asl"


@dataclass(frozen=True)
class Plan:
    """What is evaluated."""

    checkpoint: Path | None
    """The model's file; without one the table has the baselines alone."""
    strides: tuple[int, ...] = (DEFAULT_STRIDE,)
    """Frames per decoder step; each is a pair of rows."""


class Evaluation:
    """One process's copy of everything that signs and scores."""

    def __init__(self, plan: Plan) -> None:
        """Loads the lexicon and the model."""
        synthesiser = Synthesiser.load(LANGUAGE)
        self._systems = Systems(synthesiser, _load_models(plan))
        self._scorer = Scorer(Templates(synthesiser), Merge(merged_groups(load_signs(LANGUAGE))))

    def run(self, case: Case) -> dict[Row, Score]:
        """Scores of all rows for one case."""
        scores: dict[Request, Score] = {}
        requests = self._systems.requests(case)
        for request in requests.values():
            if request not in scores:
                scores[request] = self._scorer.score(self._systems.sign(request), case.sentence.glosses)
        return {row: scores[request] for row, request in requests.items()}


def cases(sentences: Sequence[Sentence], count: int | None = None) -> list[Case]:
    """Evenly spaced sentences with another one each, half the set away; all sentences when no count is given."""
    step = 1 if count is None else max(1, len(sentences) // count)
    half = len(sentences) // 2
    return [Case(sentences[k], sentences[k - half]) for k in range(0, len(sentences), step)][:count]


def evaluate(plan: Plan, work: Sequence[Case], workers: int = 1) -> Iterator[dict[Row, Score]]:
    """Scores of every case, in order; the number of workers changes nothing but the time.

    Raises:
        SignLLMError: The checkpoint or the lexicon cannot be used.
    """
    if workers <= 1:
        yield from map(Evaluation(plan).run, work)
        return
    context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(_run_one, repeat(plan), work, chunksize=2)


def _run_one(plan: Plan, case: Case) -> dict[Row, Score]:
    return _evaluation(plan).run(case)


@cache
def _evaluation(plan: Plan) -> Evaluation:
    return Evaluation(plan)


def _load_models(plan: Plan) -> dict[str, PoseSource]:
    if plan.checkpoint is None:
        return {}
    import torch  # seconds to import: the baselines go without

    from signllm.model.checkpoint import load_checkpoint
    from signllm.model.source import ModelSource

    torch.set_num_threads(1)  # the cores are kept busy by the workers
    checkpoint = load_checkpoint(plan.checkpoint)
    return {f"SignLLM, K = {stride}": ModelSource(checkpoint, stride=stride) for stride in plan.strides}
