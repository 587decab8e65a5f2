"""The channel as a training loop meets it: draws, decisions, and a run that stops anywhere and goes on."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from safetensors.numpy import load, save

from signllm.errors import CheckpointError, InputError
from signllm_training.priority.channel import PriorityChannel
from signllm_training.priority.presets import PRESETS, PriorityConfig, SkipConfig, preset
from signllm_training.priority.rewards import Floats, Indices
from signllm_training.priority.sampling import importance_weights

LANGUAGES = ["asl"] * 12 + ["dgs"] * 6 + ["tsl"] * 2
DRAW, BATCH, STEPS = 8, 4, 30
"""Sequences drawn together, those of a batch, and batches of a run."""


def channel(config: PriorityConfig | None = None) -> PriorityChannel:
    return PriorityChannel(config or preset("per-is"), LANGUAGES)


def errors_at(step: int, indices: Indices) -> Floats:
    """What a model that gets better might do: a function of the step and the sequence."""
    noise = np.random.default_rng((7, step)).uniform(0.5, 1.5, size=len(LANGUAGES))
    return np.asarray((1 + indices % 5) * np.exp(-step / 20) * noise[indices])


def run(one: PriorityChannel, first: int, last: int) -> list[tuple[list[int], list[float], bool]]:
    """Steps `first` to `last` as a trainer takes them: a draw is cut into two batches."""
    found = []
    for step in range(first, last):
        if step % (DRAW // BATCH) == 0:
            one.draw(DRAW, np.random.default_rng((0, step)), done=step / STEPS)
        part = slice(BATCH * (step % (DRAW // BATCH)), None)
        indices, weights = one.drawn.indices[part][:BATCH], one.drawn.weights[part][:BATCH]
        skip = one.observe(indices, errors_at(step, indices)).skip
        found.append((indices.tolist(), weights.tolist(), skip))
    return found


CONFIGS = {
    **PRESETS,
    "curriculum": PriorityConfig(transform="exp", eta=2, eta_end=0, skip=SkipConfig(rule="median", warm_up=0.2)),
}


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("stop", [0, 1, 8, 13, 29])
def test_a_resumed_run_goes_on_exactly(name: str, stop: int) -> None:
    """Through the files that a run is saved in, in the middle of a draw too."""
    whole, first, second = (channel(CONFIGS[name]) for _ in range(3))
    expected = run(whole, 0, STEPS)
    found = run(first, 0, stop)
    arrays, about = first.state()
    second.restore(load(save(arrays)), json.loads(json.dumps(about)))
    assert found + run(second, stop, STEPS) == expected
    np.testing.assert_array_equal(second.probabilities(1.0), whole.probabilities(1.0))
    assert second.log == whole.log


def test_a_draw_carries_the_weights_of_its_sequences() -> None:
    one = channel()
    run(one, 0, 6)
    drawn = one.draw(50, np.random.default_rng(0), done=0.5)
    weights = importance_weights(one.probabilities(0.5), 0.7)
    np.testing.assert_array_equal(drawn.weights, weights[drawn.indices])


def test_eta_and_beta_are_annealed_by_the_share_of_the_run() -> None:
    one = channel(PriorityConfig(transform="exp", eta=2, eta_end=0))
    one.observe(np.arange(20), errors_at(0, np.arange(20)))
    assert np.ptp(one.probabilities(0)) > np.ptp(one.probabilities(0.5)) > 0.001
    np.testing.assert_allclose(one.probabilities(1), 1 / 20)


def test_rewards_compete_inside_a_language_or_over_all() -> None:
    apart, together = channel(), channel(dataclasses.replace(preset("per-is"), per_language=False))
    # Each language's median is its own, so one sequence far above it is needed to tell the two apart.
    error = np.ones(20)
    error[0] = 1000
    for one in (apart, together):
        one.observe(np.arange(20), error)
    assert apart.probabilities(0)[12:18].sum() == pytest.approx(6 / 20)
    assert together.probabilities(0)[12:18].sum() < 5 / 20


def test_every_sequence_is_drawn_soon_once_whatever_the_rewards() -> None:
    one = channel(preset("paper-prose"))
    one.observe(np.arange(19), np.linspace(1, 30, 19))
    assert one.probabilities(0)[19] == one.probabilities(0).max()


def test_a_decision_looks_at_the_batch_just_seen() -> None:
    config = PriorityConfig(skip=SkipConfig(rule="absolute", warm_up=0, max_fraction=1))
    one = channel(config)
    one.observe(np.arange(12), np.ones(12))
    assert not one.observe(np.array([12, 13]), np.zeros(2)).wanted  # no error: reward 1
    assert one.observe(np.array([0, 1]), np.array([9.0, 9.0])).wanted


def test_a_skipped_batch_is_remembered_and_its_forward_pass_counted() -> None:
    one = channel(PriorityConfig(error_decay=0, skip=SkipConfig(rule="absolute", warm_up=0, max_fraction=1)))
    one.observe(np.arange(12), np.ones(12))
    assert one.observe(np.array([12]), np.array([5.0])).skip
    assert one.memory.errors[12] == 5
    assert (one.log.forward_steps, one.log.backward_steps, one.log.samples_seen) == (2, 0, 13)


def test_wrong_batches_are_named() -> None:
    with pytest.raises(InputError, match="a batch of no sequences"):
        channel().observe(np.zeros(0, dtype=np.int64), np.zeros(0))
    with pytest.raises(InputError, match="there is no sequence 20; they are numbered from 0 to 19"):
        channel().observe(np.array([20]), np.ones(1))
    with pytest.raises(InputError, match="there is no sequence 99"):
        channel().languages(np.array([99]))
    with pytest.raises(InputError, match="there are no sequences"):
        PriorityChannel(PriorityConfig(), [])


def test_a_run_on_other_data_is_refused() -> None:
    arrays, about = channel().state()
    with pytest.raises(
        CheckpointError, match=r"started with the languages \['asl', 'dgs', 'tsl'\], the set has \['asl'\]"
    ):
        PriorityChannel(PriorityConfig(), ["asl"] * 20).restore(arrays, about)
    with pytest.raises(CheckpointError, match="do not fit this set"):
        PriorityChannel(PriorityConfig(), [*LANGUAGES, "asl"]).restore(arrays, about)


def test_a_damaged_state_is_refused() -> None:
    arrays, about = channel().state()
    for name in arrays:
        with pytest.raises(CheckpointError, match=name):
            channel().restore({key: value for key, value in arrays.items() if key != name}, about)
    with pytest.raises(CheckpointError, match="no state of its skip rule"):
        channel().restore(arrays, {"languages": about["languages"]})
    with pytest.raises(CheckpointError, match="languages None"):
        channel().restore(arrays, {})
