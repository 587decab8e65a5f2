"""Training end to end on a toy language whose signs are points in space."""

from __future__ import annotations

import dataclasses
import json
import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from signllm.config import ModelConfig
from signllm.errors import CheckpointError, InputError
from signllm.model.checkpoint import load_checkpoint
from signllm.model.source import ModelSource
from signllm.source import PAUSE
from signllm_training import cli
from signllm_training.config import Recipe, TrainConfig, load_recipe, recipe_from_tables
from signllm_training.corpus import Corpus
from signllm_training.optim import one_cycle
from signllm_training.trainer import new_state, train, training_step

NAMES = (
    "BALL",
    "CAT",
    *(f"fs:{letter}" for letter in string.ascii_uppercase),
    *(f"num:{digit}" for digit in range(10)),
)


class ToyMotion:
    """Both hands travel in 5 to 10 frames to a place of the gloss's own, and at the end back to rest."""

    vocabulary = NAMES

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self._places = {name: rng.normal(0.0, 0.15, (50, 3)) for name in (*NAMES, PAUSE, "")}
        for place in self._places.values():
            place[[1, 2, 5]] = np.array([[0, 0, 0], [-0.18, 0, 0], [0.18, 0, 0]])

    def clip(self, glosses: Sequence[str]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
        parts = []
        for before, name in zip(("", *glosses), (*glosses, ""), strict=True):
            count = 5 + len(name)
            u = np.arange(1, count + 1)[:, None, None] / count
            parts.append(self._places[before] * (1 - u) + self._places[name] * u)
        index = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        return np.concatenate(parts).astype(np.float32), index


def toy_sentences(rng: np.random.Generator) -> list[str]:
    return [NAMES[i] for i in rng.integers(0, 2, int(rng.integers(1, 4)))]


def toy_recipe(**changes: object) -> Recipe:
    model = ModelConfig(width=32, heads=2, feedforward=64, max_segment_frames=30)
    settings = {"steps": 6, "batch": 4, "probe_clips": 2, "max_frames": 80, "bfloat16": False, **changes}
    return recipe_from_tables("toy", {"model": model.to_json(), "train": settings})


def quiet(_: str) -> None:
    """Takes no notice."""


def toy_train(folder: Path, recipe: Recipe, *, resume: bool = False) -> Path:
    return train(recipe, ToyMotion(), toy_sentences, folder, resume=resume, report=quiet)


def test_a_run_ends_with_a_checkpoint_that_signs_and_says_how_it_was_made(tmp_path: Path) -> None:
    path = toy_train(tmp_path, toy_recipe())
    assert path == tmp_path / "asl_toy.safetensors"
    assert len(list(ModelSource.load(path).frames(["BALL", "fs:A"]))) > 0
    training = json.loads(path.with_suffix(".json").read_text())["training"]
    assert training["steps"] == 6
    assert training["recipe"] == json.loads(json.dumps(toy_recipe().to_json()))
    assert set(training["scores"]) == {"hand_mm", "body_mm", "timing", "length", "distance"}


def test_a_resumed_run_equals_one_that_was_never_stopped(tmp_path: Path) -> None:
    recipe = toy_recipe(steps=12, probe_every=6, sampling_from=0.0)
    whole = load_checkpoint(toy_train(tmp_path / "whole", recipe)).model.state_dict()

    def press_ctrl_c(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, ToyMotion(), toy_sentences, tmp_path / "parts", report=press_ctrl_c)
    assert json.loads((tmp_path / "parts" / "state.json").read_text())["step"] == 6
    resumed = load_checkpoint(toy_train(tmp_path / "parts", recipe, resume=True)).model.state_dict()
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name


def test_a_folder_with_a_run_is_not_overwritten_by_accident(tmp_path: Path) -> None:
    toy_train(tmp_path, toy_recipe(steps=1))
    with pytest.raises(InputError, match="holds a run already; go on with --resume or give another --out"):
        toy_train(tmp_path, toy_recipe(steps=1))


def test_a_run_of_another_model_or_a_damaged_one_is_not_resumed(tmp_path: Path) -> None:
    toy_train(tmp_path, toy_recipe(steps=1))
    wider = dataclasses.replace(toy_recipe(), model=ModelConfig(width=64, heads=2, feedforward=64))
    with pytest.raises(CheckpointError, match="does not fit this recipe"):
        toy_train(tmp_path, wider, resume=True)
    about = json.loads((tmp_path / "state.json").read_text())
    (tmp_path / "state.json").write_text(json.dumps(about | {"glosses": ["DOG"]}))
    with pytest.raises(CheckpointError, match="other glosses than this run was started with"):
        toy_train(tmp_path, toy_recipe(), resume=True)
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(CheckpointError, match="damaged"):
        toy_train(tmp_path, toy_recipe(), resume=True)


def test_a_time_budget_ends_the_run_wherever_it_is(tmp_path: Path) -> None:
    path = train(toy_recipe(steps=10**6), ToyMotion(), toy_sentences, tmp_path, minutes=1e-6, report=quiet)
    assert json.loads(path.with_suffix(".json").read_text())["training"]["steps"] == 1


def test_a_batch_can_be_learnt_by_heart() -> None:
    recipe = toy_recipe(noise=(0.02,), warm_up=0.01, learning_rate=3e-3)
    corpus = Corpus(ToyMotion(), toy_sentences, recipe.train)
    state = new_state(recipe, len(corpus.vocabulary))
    batch = next(corpus.batches(0, history=recipe.model.history, horizon=recipe.model.horizon))
    losses = []
    for step in range(60):
        losses.append(float(training_step(state, batch, recipe, done=step / 60).total.detach()))
        state.step += 1
    assert np.mean(losses[-5:]) < 0.4 * np.mean(losses[:5])


def test_the_learning_rate_rises_then_falls_to_almost_nothing() -> None:
    config = TrainConfig(learning_rate=1.0, warm_up=0.1)
    rates = [one_cycle(done, config) for done in np.linspace(0, 1, 101)]
    assert int(np.argmax(rates)) == 10
    assert rates[10] == pytest.approx(1.0)
    assert rates[0] == pytest.approx(1 / 25)
    assert rates[-1] < 1e-3


def test_the_recipe_that_ships_is_a_model_of_two_to_five_million_parameters() -> None:
    recipe = load_recipe("tiny")
    model = new_state(recipe, 116).model
    assert 2e6 < sum(p.numel() for p in model.parameters()) < 5e6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[train]\nspeed = 1", r"unknown training settings \['speed'\]; known are: language"),
        ("[model]\nwidth = 3", "width 3 must be a multiple"),
        ("[other]", r"unknown tables \['other'\]"),
        ("[train]\nsteps = 0", "steps is 0"),
        ("[train.stride_shares]\n4 = 0.5", "must add up to 1"),
        ("[train", "cannot be used"),
    ],
)
def test_a_recipe_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        load_recipe(str(path))


def test_an_unknown_recipe_is_answered_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"no recipe 'huge'; give a \.toml file or one of: tiny"):
        load_recipe("huge")


def test_the_command_says_what_is_wrong_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.train(["--recipe", "huge"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit):
        cli.train(["--help"])
    assert "examples:" in capsys.readouterr().out


SHORT = """
[model]
width = 32
heads = 2
feedforward = 64

[train]
steps = 1
batch = 2
probe_clips = 1
max_frames = 100
bfloat16 = false
"""


def test_the_command_ends_with_the_scores_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "short.toml"
    recipe.write_text(SHORT)
    assert cli.train(["--recipe", str(recipe), "--out", str(tmp_path / "run"), "--json"]) == 0
    about = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert load_checkpoint(Path(about["checkpoint"]))
    assert about["steps"] == 1
    assert set(about["scores"]) == {"hand_mm", "body_mm", "timing", "length", "distance"}


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "soon"])
def test_minutes_must_be_a_number_above_0(minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.train([f"--minutes={minutes}"])
    assert f"{minutes!r} is no number above 0" in capsys.readouterr().err
