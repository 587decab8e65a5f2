"""Signs and scores many sentences, on as many processes as asked for."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signllm.lexicon.signs import load_signs
from signllm.lexicon.synthesise import Synthesiser
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
    strides: tuple[int, ...] = (4,)
    """Frames per decoder step; each is a pair of rows."""


class Evaluation:
    """One process's copy of everything that signs and scores."""

    def __init__(self, plan: Plan) -> None:
        """Loads the lexicon and the model."""
        synthesiser = Synthesiser.load(LANGUAGE)
        models = {f"SignLLM, K = {stride}": _load_model(plan.checkpoint, stride) for stride in _strides(plan)}
        self._systems = Systems(synthesiser, models)
        self._scorer = Scorer(Templates(synthesiser), Merge(merged_groups(load_signs(LANGUAGE))))

    def run(self, case: Case) -> dict[Row, Score]:
        """Scores of all rows for one case."""
        scores: dict[Request, Score] = {}
        requests = self._systems.requests(case)
        for request in requests.values():
            if request not in scores:
                scores[request] = self._scorer.score(self._systems.sign(request), case.sentence.glosses)
        return {row: scores[request] for row, request in requests.items()}
