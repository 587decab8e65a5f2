"""The named sizes: what they count, and that every one of them is a model that can run."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from signllm.config import ModelConfig
from signllm.errors import InputError
from signllm.model import checkpoint
from signllm.model.sizes import (
    COUNTED_TOKENS,
    PARAMETERS,
    SIZES,
    TOLERANCE,
    count_parameters,
    find_size,
    name_of_size,
)
from signllm.model.transformer import SignLLM
from tests.small_checkpoint import SMALL


@pytest.mark.parametrize("name", ["base", "large", "super"])
def test_a_size_has_the_parameters_of_the_paper_within_five_percent(name: str) -> None:
    assert TOLERANCE == 0.05 and COUNTED_TOKENS == 8_000
    assert abs(count_parameters(SIZES[name]) / PARAMETERS[name] - 1) < TOLERANCE


def test_the_parameters_are_those_of_the_paper() -> None:
    assert [PARAMETERS[name] for name in ("base", "large", "super")] == [40_000_000, 120_000_000, 1_000_000_000]


@pytest.mark.parametrize("name", SIZES)
def test_every_size_has_two_encoder_and_two_decoder_layers(name: str) -> None:
    assert (SIZES[name].encoder_layers, SIZES[name].decoder_layers) == (2, 2)


def test_tiny_is_the_default_model_and_rounds_to_its_number() -> None:
    assert SIZES["tiny"] == ModelConfig()
    assert round(count_parameters(SIZES["tiny"]), -6) == PARAMETERS["tiny"]


def test_sizes_rise_and_every_one_has_a_number() -> None:
    counts = [count_parameters(config) for config in SIZES.values()]
    assert counts == sorted(counts)
    assert list(SIZES) == list(PARAMETERS)


def test_the_count_is_that_of_a_real_model() -> None:
    assert count_parameters(SMALL, 50) == checkpoint.count_parameters(SignLLM(SMALL, 50))


def test_one_token_more_is_one_row_of_the_embedding() -> None:
    assert count_parameters(SMALL, 51) - count_parameters(SMALL, 50) == SMALL.width


def test_nothing_is_allocated_and_the_default_device_comes_back() -> None:
    count_parameters(SIZES["super"])  # four gigabytes, if it were
    assert torch.zeros(1).device.type == "cpu"


@pytest.mark.parametrize("name", [" Base", "LARGE ", "super"])
def test_a_size_is_found_in_any_case(name: str) -> None:
    assert find_size(name) is SIZES[name.strip().lower()]


def test_an_unknown_size_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="no size 'huge'; choose one of: tiny, base, large, super"):
        find_size("huge")


def test_a_config_knows_its_name_only_if_nothing_was_changed() -> None:
    assert name_of_size(ModelConfig.from_json(SIZES["large"].to_json())) == "large"
    assert name_of_size(SMALL) is None


def test_no_token_is_refused() -> None:
    with pytest.raises(ValueError, match="0 tokens cannot be embedded; give at least 1"):
        count_parameters(SMALL, 0)


def test_names_and_sizes_are_read_without_torch() -> None:
    code = "import sys, signllm.model.naming; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
