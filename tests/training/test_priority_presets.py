"""The settings: what is refused and how, the round trip through JSON, and what the two readings of the paper do."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from typing import Any

import numpy as np
import pytest

from signllm.errors import InputError
from signllm_training.priority.channel import PriorityChannel
from signllm_training.priority.presets import PRESETS, PolicyConfig, PriorityConfig, SkipConfig, preset
from signllm_training.priority.rewards import Floats


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_makes_the_round_trip_through_json(name: str) -> None:
    config = preset(name)
    assert PriorityConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_settings_that_differ_everywhere_make_the_round_trip() -> None:
    config = PriorityConfig(
        transform="exp",
        eta=2.0,
        eta_end=0.0,
        temperature=0.5,
        epsilon=0.1,
        floor=0.2,
        beta=0.1,
        beta_end=0.2,
        per_language=False,
        error_decay=0.1,
        median_window=7,
        skip=SkipConfig("median", "rank", 0.4, 80.0, 50, 0.5, 2.0, 3, 0.2),
        policy=PolicyConfig("awr", "mse", 0.2, 4, 2.0, 3.0, (0.2, 5.0)),
    )
    for one in (config, config.skip, config.policy):
        changed = [f.name for f in dataclasses.fields(one) if getattr(one, f.name) != getattr(type(one)(), f.name)]
        assert changed == [f.name for f in dataclasses.fields(one)]
    assert PriorityConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_a_table_names_a_preset_and_changes_parts_of_it() -> None:
    table = tomllib.loads('preset = "paper-prose"\neta = 2\n[skip]\nrule = "median"\n[policy]\nclip = [0.5, 2]')
    base = preset("paper-prose")
    assert PriorityConfig.from_json(table) == dataclasses.replace(
        base,
        eta=2,
        skip=dataclasses.replace(base.skip, rule="median"),
        policy=dataclasses.replace(base.policy, clip=(0.5, 2)),
    )


def test_an_empty_table_is_the_default_which_is_replay_with_weights() -> None:
    assert PriorityConfig.from_json({}) == PriorityConfig() == preset("per-is")


def probabilities(name: str, error: Floats) -> Floats:
    channel = PriorityChannel(preset(name), ["asl"] * len(error))
    channel.observe(np.arange(len(error)), error)
    return channel.probabilities(done=0.5)


ERRORS = np.array([0.5, 1.0, 1.5, 3.0])


def test_the_prose_draws_small_errors_first_and_the_formula_large_ones() -> None:
    prose, formula = probabilities("paper-prose", ERRORS), probabilities("paper-formula", ERRORS)
    assert (np.diff(prose) < 0).all() and (np.diff(formula) > 0).all()
    expected = np.exp(-ERRORS / 1.25)  # 1.25 is their median
    np.testing.assert_allclose(prose, expected / expected.sum())
    np.testing.assert_allclose(formula, ERRORS / ERRORS.sum())


def test_the_two_readings_differ_in_the_transform_and_in_skipping_alone() -> None:
    prose, formula = preset("paper-prose"), preset("paper-formula")
    assert dataclasses.replace(prose, transform="literal", skip=SkipConfig()) == formula
    assert prose.skip == SkipConfig(rule="ratio", reward="exp", threshold=0.5)


@pytest.mark.parametrize("name", ["paper-prose", "paper-formula", "uniform"])
def test_what_the_paper_does_not_have_is_off(name: str) -> None:
    config = preset(name)
    assert (config.floor, config.beta, config.beta_end, config.per_language) == (0, 0, 0, False)
    assert (config.error_decay, config.eta_end, config.policy.loss) == (0, None, "mse")


def test_uniform_is_uniform_whatever_was_seen() -> None:
    assert probabilities("uniform", ERRORS).tolist() == [0.25] * 4


def test_weights_are_all_that_replay_with_and_without_them_differ_in() -> None:
    assert dataclasses.replace(preset("per"), beta=0.4, beta_end=1.0) == preset("per-is")


NUMBERS: list[tuple[str, Any, str]] = [
    ("eta", -1, "eta is -1; it must be a number of at least 0"),
    ("eta", float("nan"), "eta is nan; it must be a number"),
    ("eta", True, "eta is True; it must be a number"),
    ("eta_end", -0.5, "eta_end is -0.5"),
    ("floor", 1.5, "floor is 1.5; it must be a number from 0 to 1"),
    ("beta", "much", "beta is 'much'; it must be a number from 0 to 1"),
    ("beta_end", 2, "beta_end is 2; it must be a number from 0 to 1"),
    ("temperature", 0, "temperature is 0; it must be a number above 0"),
    ("temperature", float("inf"), "temperature is inf; it must be a number above 0"),
    ("epsilon", 0, "epsilon is 0; it must be a number above 0"),
    ("error_decay", 1, "error_decay is 1; it must be a number from 0 to below 1"),
    ("median_window", 0, "median_window is 0; it must be a whole number of at least 1"),
    ("median_window", 2.5, "median_window is 2.5; it must be a whole number"),
    ("per_language", 1, "per_language is 1; it must be true or false"),
    ("transform", "log", "transform is 'log'; choose one of: exp, inverse, minmax, rank, literal, td"),
    ("transform", ["exp"], "choose one of: exp"),
    ("skip", {"rule": "half"}, "skip.rule is 'half'; choose one of: off, ratio, median, absolute"),
    ("skip", {"reward": "td"}, "skip.reward is 'td', which rises .* choose one of: exp, inverse, minmax, rank$"),
    ("skip", {"threshold": 50}, "skip.threshold is 50; it must be a number from 0 to 1"),
    ("skip", {"percentile": 101}, "skip.percentile is 101; it must be a number from 0 to 100"),
    ("skip", {"window": 0}, "skip.window is 0; it must be a whole number of at least 1"),
    ("skip", {"decay": 1}, "skip.decay is 1; it must be a number from 0 to below 1"),
    ("skip", {"warm_up": -1}, "skip.warm_up is -1; it must be a number of at least 0"),
    ("skip", {"max_consecutive": 0}, "skip.max_consecutive is 0; it must be a whole number of at least 1"),
    ("skip", {"max_fraction": 2}, "skip.max_fraction is 2; it must be a number from 0 to 1"),
    ("skip", "off", "skip is 'off'; it must be a table of settings"),
    ("policy", {"loss": "ppo"}, "policy.loss is 'ppo'; choose one of: mse, rwr, awr, reinforce, scst"),
    ("policy", {"reward": "bleu"}, "policy.reward is 'bleu'; choose one of: mse, dtw, back-translation"),
    ("policy", {"deviation": 0}, "policy.deviation is 0; it must be a number above 0"),
    ("policy", {"actions": 0}, "policy.actions is 0; it must be a whole number of at least 1"),
    ("policy", {"temperature": -1}, "policy.temperature is -1"),
    ("policy", {"advantage_scale": 0}, "policy.advantage_scale is 0"),
    ("policy", {"clip": [2, 1]}, r"policy.clip is \[2, 1\]; it must be two numbers from 0 on that do not fall"),
    ("policy", {"clip": 3}, "policy.clip is 3"),
    ("policy", {"clip": ["a", "b"]}, "policy.clip is"),
]


@pytest.mark.parametrize(("name", "value", "message"), NUMBERS, ids=[f"{name}={value}" for name, value, _ in NUMBERS])
def test_impossible_settings_are_a_sentence(name: str, value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        PriorityConfig.from_json({name: value})


def test_settings_that_do_not_go_together_are_a_sentence() -> None:
    with pytest.raises(InputError, match=r"importance weights .* need a floor above 0"):
        PriorityConfig(floor=0)
    with pytest.raises(InputError, match=r"with transform 'literal' eta is 0\.5 .* choose a whole eta"):
        PriorityConfig(transform="literal", eta=0.5)
    with pytest.raises(InputError, match=r"with transform 'literal' eta is 2 and eta_end 0\.0"):
        PriorityConfig(transform="literal", eta=2.0, eta_end=0.0)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"kappa": 0.1}, r"unknown priority settings \['kappa'\]; known are: preset, transform, eta"),
        ({"skip": {"rules": "off"}}, r"unknown priority settings \['skip.rules'\]; known are: rule, reward"),
        ({"policy": {"preset": "per"}}, r"unknown priority settings \['policy.preset'\]; known are: loss"),
        ({"preset": "paper"}, "no preset 'paper'; presets are: uniform, paper-prose, paper-formula, per, per-is"),
        ({"preset": ["per"]}, "no preset"),
        ([], r"priority is \[\]; it must be a table of settings"),
    ],
)
def test_unknown_settings_are_a_sentence(table: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        PriorityConfig.from_json(table)
