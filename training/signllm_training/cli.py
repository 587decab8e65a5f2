"""The commands `signllm train` and `signllm evaluate`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from signllm.arguments import CommandParser
from signllm.errors import SignLLMError

if TYPE_CHECKING:
    from signllm.model.features import FeatureSpace
    from signllm_training.config import Recipe
    from signllm_training.prepared_corpus import PreparedCorpus

_TRAIN_EXAMPLES = """examples:
  signllm train --recipe tiny --minutes 60 --out runs/tiny
  signllm train --recipe tiny --minutes 60 --out runs/tiny --resume
  signllm train --recipe my_recipe.toml --out runs/mine --seed 1
  signllm train --recipe tiny --data my_set --out runs/mine
      on the glossed clips of a set that `signllm prepare` made, instead of the lexicon's
"""


def train(argv: Sequence[str] | None = None) -> int:
    """`signllm train`: make a checkpoint from a recipe. Returns the exit status."""
    parser = CommandParser(
        "train",
        "Train a SignLLM model on the lexicon's clips or a prepared set; Ctrl-C stops, --resume goes on.",
        _TRAIN_EXAMPLES,
    )
    parser.add_argument("--recipe", default="tiny", help="name of a recipe that ships, or a .toml file (default: tiny)")
    parser.add_argument(
        "--minutes", type=_positive, help="time budget over all sittings, instead of the recipe's steps"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/tiny"), help="folder of the run (default: runs/tiny)")
    parser.add_argument(
        "--tokens",
        choices=("gloss", "word"),
        help="what to read of a prepared set: glosses, or the words of its texts where it has none",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in that folder, if there is one")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="prepared set instead of the recipe's `data`")
    parser.add_argument("--seed", type=int, help="seed instead of the recipe's")
    parser.add_argument("--threads", type=int, help="threads instead of the recipe's")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON: the checkpoint and its scores")
    options = parser.parse_args(argv)
    try:
        return _train(options)
    except SignLLMError as error:
        print(f"signllm train: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"signllm train: stopped; go on with --resume: {options.out}", file=sys.stderr)
        return 130


def evaluate(argv: Sequence[str] | None = None) -> int:
    """`signllm evaluate`: print the quality table of a checkpoint. Returns the exit status."""
    from signllm_training.evaluation.cli import main

    return main(argv)


def _train(options: argparse.Namespace) -> int:
    # torch and the synthesiser take a second to load: `--help` should not wait for them.
    import dataclasses
    import json

    from signllm_training.config import load_recipe

    recipe = load_recipe(options.recipe)
    if options.data is not None:
        recipe = dataclasses.replace(recipe, data=str(options.data))
    given = {key: value for key in ("seed", "threads", "tokens") if (value := getattr(options, key)) is not None}
    recipe = dataclasses.replace(recipe, train=dataclasses.replace(recipe.train, **given))
    path = _train_on_data(recipe, options) if recipe.data else _train_on_lexicon(recipe, options)
    print(f"checkpoint: {path}")
    if options.json:
        training = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["training"]
        print(json.dumps({"checkpoint": str(path)} | {name: training[name] for name in ("steps", "minutes", "scores")}))
    return 0


def _train_on_lexicon(recipe: Recipe, options: argparse.Namespace) -> Path:
    from signllm.lexicon.synthesise import Synthesiser
    from signllm_training import trainer
    from signllm_training.grammar import sample_glosses

    motion = Synthesiser.load(recipe.train.language)
    return trainer.train(recipe, motion, sample_glosses, options.out, minutes=options.minutes, resume=options.resume)


def _train_on_data(recipe: Recipe, options: argparse.Namespace) -> Path:
    from signllm_training import trainer
    from signllm_training.prepared_corpus import PreparedCorpus

    def corpus(features: FeatureSpace | None) -> PreparedCorpus:
        return PreparedCorpus(Path(recipe.data), recipe.train, features=features)

    return trainer.train_on(corpus, recipe, options.out, minutes=options.minutes, resume=options.resume)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not value > 0:  # nan is not
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value
