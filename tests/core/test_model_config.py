"""Sizes of a model and the tokens it reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from signllm.config import ModelConfig
from signllm.errors import InputError
from signllm.model.vocabulary import END, Vocabulary


def test_a_config_comes_back_from_json() -> None:
    config = ModelConfig(width=64, heads=2, strides=(1, 4))
    assert ModelConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 30}, "width 30 must be a multiple of twice the 4 heads"),
        ({"heads": 0}, "heads is 0; it must be a whole number of at least 1"),
        ({"width": 2.5}, "width is 2.5; it must be a whole number"),
        ({"strides": (2, 4)}, "they must rise from 1"),
        ({"strides": ()}, "they must rise from 1"),
        ({"frame_window": 4}, "frame_window 4 must be at least the horizon, 8"),
    ],
)
def test_sizes_that_cannot_work_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ModelConfig(**settings)


def test_an_unknown_setting_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown model settings \['depth'\]; known are: width, heads"):
        ModelConfig.from_json({"depth": 3})


def test_tokens_carry_the_language() -> None:
    vocabulary = Vocabulary("asl", ("HELLO", "fs:A"))
    assert vocabulary.tokens == ("<PAD>", "<END>", "<ASL_HELLO>", "<ASL_fs:A>")
    assert vocabulary.encode(["fs:A", "HELLO"]) == [3, 2, END]


def test_an_unknown_gloss_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="no sign for 'SAILBOAT'; it knows 1 glosses, and other words can be spelled"):
        Vocabulary("asl", ("HELLO",)).encode(["HELLO", "SAILBOAT"])


def test_glosses_must_be_unique() -> None:
    with pytest.raises(ValueError, match="unique"):
        Vocabulary("asl", ("HELLO", "HELLO"))
