"""What a training run is: a recipe in TOML fills these dataclasses, and the checkpoint keeps them."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from signllm.config import ModelConfig
from signllm.errors import InputError


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides what the weights become, but for the corpus code."""

    language: str = "asl"
    tokens: str = "gloss"
    """What the model reads of a prepared set: `gloss`, or `word`, the words of the text, where glosses are not
    published. Words come in the order of the written language and say nothing of how they are signed."""
    seed: int = 0
    """Seed of the weights, the corpus and all noise; every draw is a function of seed and step."""
    steps: int = 15_000
    """Length of the schedule when no time budget is given."""
    batch: int = 48
    """Most clips per step."""
    decoder_steps: int = 1300
    """Most decoder steps, clips times steps per clip, in one step of training: long clips come in smaller batches,
    and so do short strides, and every step of training costs about the same."""
    threads: int = 1
    """Threads of torch; two were slower than one on a busy two-core machine."""
    bfloat16: bool = True
    """Multiply in bfloat16 (weights stay in single precision); 1.8 times faster on a CPU with AMX."""

    learning_rate: float = 1.2e-3
    """Peak of the one-cycle schedule."""
    warm_up: float = 0.1
    """Share of the run in which the rate rises."""
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    average_decay: float = 0.999
    """Decay per step of the averaged weights, which are the ones saved."""

    stride_shares: Mapping[str, float] = field(default_factory=lambda: {"1": 0.1, "2": 0.2, "4": 0.5, "8": 0.2})
    """How often each stride is trained."""
    noise: tuple[float, ...] = (0.02, 0.1, 0.3)
    """Standard deviations of the Gaussian noise on decoder inputs, in units of the features; one per clip."""
    progress_noise: float = 0.1
    """Noise of the progress as a share of that of the pose."""
    sampling_from: float = 0.2
    """Share of the run after which the decoder's own predictions replace part of its inputs."""
    sampling_share: float = 0.5
    """Share of the steps whose history is then predicted."""
    pointer_corruption: float = 0.15
    """Share of the steps whose pointer is taken from up to `pointer_reach` frames earlier or later."""
    pointer_reach: int = 3

    body_weight: float = 2.0
    """Weight of the body's values against those of the hands."""
    velocity_weight: float = 1.0
    progress_weight: float = 2.0
    advance_weight: float = 0.3

    random_share: float = 0.2
    """Share of clips whose glosses come in random order instead of from the sentence grammar."""
    spelled_share: float = 0.3
    """Share of clips into which a random spelled name is put, beside those that have one already."""
    digits_share: float = 0.1
    """Share of clips into which a random number is put."""
    doubled_share: float = 0.25
    """Share of the letters and digits of those names and numbers that repeat the one before."""
    pause_share: float = 0.15
    """Share of clips into which a pause is put somewhere."""
    max_glosses: int = 24
    max_frames: int = 300

    probe_every: int = 1000
    """Steps between free-running checks on held-out clips."""
    probe_clips: int = 16

    def __post_init__(self) -> None:
        """Reject what cannot work."""
        if self.tokens not in ("gloss", "word"):
            raise ValueError(f"tokens is {self.tokens!r}; it must be gloss or word")
        if abs(sum(self.stride_shares.values()) - 1) > 1e-6:
            raise ValueError(f"stride_shares {dict(self.stride_shares)} must add up to 1")
        for name in (
            "steps",
            "batch",
            "decoder_steps",
            "threads",
            "max_glosses",
            "max_frames",
            "probe_every",
            "probe_clips",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")


@dataclass(frozen=True)
class Recipe:
    """A model and its training: the two tables `[model]` and `[train]` of a recipe file, and `data` above them."""

    name: str
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    data: str = ""
    """Folder of a prepared set to train on; the lexicon's synthesiser when empty."""

    def to_json(self) -> dict[str, Any]:
        """A JSON object for the checkpoint; of `data` it has the name alone, no folder of this machine."""
        about = {"name": self.name, "model": self.model.to_json(), "train": dataclasses.asdict(self.train)}
        return about | ({"data": Path(self.data).name} if self.data else {})


def load_recipe(name: str) -> Recipe:
    """The recipe that ships under `name`, or the one in the file at that path.

    Raises:
        InputError: There is no such recipe, or a setting in it is unknown or impossible.
    """
    shipped = resources.files("signllm_training") / "recipes"
    path = Path(name) if name.endswith(".toml") else shipped / f"{name}.toml"
    try:
        text = path.read_text()
    except OSError as error:
        names = sorted(entry.name.removesuffix(".toml") for entry in shipped.iterdir() if entry.name.endswith(".toml"))
        raise InputError(f"no recipe {name!r}; give a .toml file or one of: {', '.join(names)}") from error
    try:
        recipe = recipe_from_tables(Path(name).stem, tomllib.loads(text))
        # A path in a file is meant from where the file lies.
        return dataclasses.replace(recipe, data=str(Path(name).parent / recipe.data)) if recipe.data else recipe
    except (TypeError, ValueError) as error:
        raise InputError(f"the recipe {name!r} cannot be used: {error}") from error


def recipe_from_tables(name: str, data: Mapping[str, Any]) -> Recipe:
    """The recipe of the tables `[model]` and `[train]` and of `data`.

    Raises:
        ValueError: A table or a setting is unknown or impossible.
    """
    if unknown := sorted(set(data) - {"model", "train", "data"}):
        raise ValueError(f"unknown tables {unknown}; known are: model, train, and data, a folder")
    if not isinstance(folder := data.get("data", ""), str):
        raise ValueError(f"data is the folder of a prepared set in quotes, not {folder!r}")
    train = dict(data.get("train", {}))
    known = [f.name for f in dataclasses.fields(TrainConfig)]
    if unknown := sorted(set(train) - set(known)):
        raise ValueError(f"unknown training settings {unknown}; known are: {', '.join(known)}")
    train = {key: tuple(value) if isinstance(value, list) else value for key, value in train.items()}
    return Recipe(name, ModelConfig.from_json(data.get("model", {})), TrainConfig(**train), folder)
