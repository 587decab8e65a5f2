"""The training loop, top to bottom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from rich.progress import Progress
from torch.nn.attention import SDPBackend, sdpa_kernel

from signllm.config import ModelConfig
from signllm.errors import CheckpointError, InputError
from signllm.model.checkpoint import Checkpoint, save_checkpoint
from signllm.model.features import FeatureSpace
from signllm.model.transformer import SignLLM
from signllm_training.config import Recipe
from signllm_training.corpus import POOL, Batch, ClipSource, Corpus, Motion, Sentences
from signllm_training.forcing import (
    Tracks,
    add_noise,
    corrupt_pointers,
    known_steps,
    mix_steps,
    predicted_tracks,
    step_positions,
    step_targets,
)
from signllm_training.losses import Losses, compute_losses
from signllm_training.optim import AveragedWeights, one_cycle
from signllm_training.probe import Scores, compute_scores, to_json
from signllm_training.state import RunState, load_about, load_state, save_state, saved_features

_HELD_OUT_POOL: Final = 1_000_000
"""Pool whose clips are kept for the probe."""


@dataclass(frozen=True)
class Budget:
    """How long a run lasts and how often it is saved."""

    steps: int
    minutes: float | None = None
    """Time over all sittings; it replaces `steps` when given."""
    save_minutes: float = 3.0

    def done(self, state: RunState) -> float:
        """Share of the run that is over, 0 to 1."""
        if self.minutes is not None:
            return min(1.0, state.seconds / (60 * self.minutes))
        return min(1.0, state.step / self.steps)


def train(
    recipe: Recipe,
    motion: Motion,
    sentences: Sentences,
    folder: Path,
    *,
    minutes: float | None = None,
    resume: bool = False,
    report: Callable[[str], None] = print,
) -> Path:
    """Train a model and write `folder/<language>_<recipe>.safetensors` and .json, again and again as it gets better.

    Args:
        recipe: The model and its training.
        motion: The synthesiser.
        sentences: The sentence grammar.
        folder: Takes the checkpoint and the state to resume from.
        minutes: Time budget over all sittings, instead of the recipe's steps.
        resume: Go on with the run in `folder`, with the recipe and the lexicon as they are now; start anew when
            there is none.
        report: Takes the lines for people.

    Returns:
        Path of the checkpoint.

    Raises:
        InputError: `folder` holds a run and `resume` is false.
        CheckpointError: The run in `folder` cannot be read, or is of another model or lexicon.
    """

    def corpus(features: FeatureSpace | None) -> ClipSource:
        return Corpus(motion, sentences, recipe.train, features=features)

    return train_on(corpus, recipe, folder, minutes=minutes, resume=resume, report=report)


def train_on(
    make_corpus: Callable[[FeatureSpace | None], ClipSource],
    recipe: Recipe,
    folder: Path,
    *,
    minutes: float | None = None,
    resume: bool = False,
    report: Callable[[str], None] = print,
) -> Path:
    """Train a model as `train` does, on the corpus that `make_corpus` makes for a saved feature space or for none.

    What must be said of the corpus, its `about`, is written into the checkpoint as `data`.
    """
    config = recipe.train
    torch.set_num_threads(config.threads)
    about = load_about(folder)
    if about and not resume:
        raise InputError(f"this folder holds a run already; go on with --resume or give another --out: {folder}")
    corpus = make_corpus(saved_features(about) if about else None)
    state = new_state(recipe, len(corpus.vocabulary))
    if about:
        if _clips_of(about.get("data", {})) != _clips_of(corpus.about):
            raise CheckpointError(f"this run was started with other data; give another --out: {folder}")
        if tuple(about["glosses"]) != corpus.vocabulary.glosses:
            raise CheckpointError(
                f"the lexicon has other glosses than this run was started with; give another --out: {folder}"
            )
        load_state(state, folder, about)
    budget = Budget(config.steps, minutes)
    probe = list(_probe_batches(corpus, recipe.model))
    path = folder / f"{config.language}_{recipe.name}.safetensors"
    scores: Scores | None = None
    saved_at = state.seconds

    def save() -> None:
        about = {
            "recipe": recipe.to_json(),
            "features": corpus.features.to_json(),
            "glosses": corpus.vocabulary.glosses,
            **_data_record(corpus),
        }
        save_state(state, folder, about)
        training = _training_record(recipe, state, scores) | _data_record(corpus)
        save_checkpoint(_averaged_checkpoint(state, recipe, corpus), path, training=training)

    try:
        with Progress() as bar:
            task = bar.add_task("training", total=1.0)
            clock = time.monotonic()
            for batch in _batches(corpus, recipe.model, state.step):
                if budget.done(state) >= 1:
                    break
                losses = training_step(state, batch, recipe, done=budget.done(state))
                state.step += 1
                state.seconds, clock = state.seconds + time.monotonic() - clock, time.monotonic()
                bar.update(task, completed=budget.done(state), description=f"step {state.step} loss {losses.total:.4f}")
                if state.step % config.probe_every == 0:
                    scores = compute_scores(_averaged_checkpoint(state, recipe, corpus).model, probe, corpus.features)
                    report(_line(state, losses, scores))
                if state.seconds - saved_at > 60 * budget.save_minutes:
                    save()
                    saved_at = state.seconds
        scores = compute_scores(_averaged_checkpoint(state, recipe, corpus).model, probe, corpus.features)
        report(f"step {state.step}, {state.seconds / 60:.0f} min: {scores}")
    finally:
        if state.step:
            save()  # after Ctrl-C too: nothing is lost
    return path


def new_state(recipe: Recipe, vocabulary_size: int) -> RunState:
    """A run before its first step."""
    config = recipe.train
    torch.manual_seed(config.seed)
    model = SignLLM(recipe.model, vocabulary_size)
    optimizer = torch.optim.AdamW(
        model.parameters(), config.learning_rate, betas=config.betas, weight_decay=config.weight_decay, fused=True
    )
    return RunState(model, AveragedWeights(model, config.average_decay), optimizer)


def training_step(state: RunState, batch: Batch, recipe: Recipe, *, done: float) -> Losses:
    """One update of the weights.

    Args:
        state: Its model, average and optimizer change; its step seeds every draw.
        batch: Clips to learn from.
        recipe: The model and its training.
        done: Share of the run that is over, which sets the learning rate and when sampling begins.
    """
    config, model = recipe.train, state.model
    rng = np.random.default_rng((config.seed, 2, state.step))
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    stride = int(rng.choice(list(config.stride_shares), p=list(config.stride_shares.values())))
    clips = max(1, min(len(batch.lengths), config.decoder_steps * stride // int(batch.lengths.max())))

    truth = Tracks.of(batch, clips)
    positions = step_positions(truth, stride)
    targets = step_targets(truth, positions, recipe.model)
    steps = known_steps(truth, positions, recipe.model, stride)
    # The fused attention of torch is 2 to 3 times slower than the plain one in the backward pass on CPUs.
    with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16), sdpa_kernel(SDPBackend.MATH):
        memory = model.encode(torch.from_numpy(batch.tokens[:clips]))
        if done >= config.sampling_from:
            # Two-pass scheduled sampling: predict from the truth, then learn from what was predicted.
            with torch.no_grad():
                first = model.decode(add_noise(steps, config, rng, generator), memory)
            made = predicted_tracks(truth, steps, first, recipe.model)
            believed = known_steps(made, positions, recipe.model, stride)
            steps = mix_steps(steps, believed, config.sampling_share, generator)
        steps = corrupt_pointers(steps, truth, config, recipe.model, generator)
        prediction = model.decode(add_noise(steps, config, rng, generator), memory)
    losses = compute_losses(prediction, targets, steps.pointer, config)

    state.optimizer.zero_grad()
    losses.total.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm)
    for group in state.optimizer.param_groups:
        group["lr"] = one_cycle(done, config)
    state.optimizer.step()
    state.average.update(model, state.step)
    return losses


def _batches(corpus: ClipSource, model: ModelConfig, step: int) -> Iterator[Batch]:
    """The batches from `step` on, without end."""
    pool, skip = divmod(step, POOL)
    while True:
        for i, batch in enumerate(corpus.batches(pool, history=model.history, horizon=model.horizon)):
            if i >= skip:
                yield batch
        pool, skip = pool + 1, 0


def _probe_batches(corpus: ClipSource, model: ModelConfig) -> Iterator[Batch]:
    rng = np.random.default_rng((corpus.config.seed, 1, _HELD_OUT_POOL))
    clips = [corpus.held_out(rng) for _ in range(corpus.config.probe_clips)]
    yield corpus.collate(clips, history=model.history, horizon=model.horizon)


def _averaged_checkpoint(state: RunState, recipe: Recipe, corpus: ClipSource) -> Checkpoint:
    model = SignLLM(recipe.model, len(corpus.vocabulary))
    model.load_state_dict(state.average.tensors)
    return Checkpoint(model.eval(), corpus.vocabulary, corpus.features)


def _training_record(recipe: Recipe, state: RunState, scores: Scores | None) -> dict[str, Any]:
    return {
        "recipe": recipe.to_json(),
        "steps": state.step,
        "minutes": round(state.seconds / 60, 1),
        "scores": to_json(scores) if scores else {},
    }


def _data_record(corpus: ClipSource) -> dict[str, Any]:
    return {"data": dict(corpus.about)} if corpus.about else {}


def _clips_of(data: Mapping[str, Any]) -> tuple[Any, Any]:
    """What tells one set from another; the wording of its notices may change with the program."""
    return data.get("parts"), data.get("licences")


def _line(state: RunState, losses: Losses, scores: Scores) -> str:
    return (
        f"step {state.step}, {state.seconds / 60:.0f} min, pose {losses.pose:.4f}, progress {losses.progress:.4f}, "
        f"gloss {losses.advance:.4f}: {scores}"
    )
