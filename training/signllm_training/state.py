"""A training run on disk, to go on from exactly where it stopped: safetensors and JSON, no pickle.

There is no state of random number generators in it, because every draw is a function of the seed and the step.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from signllm.errors import CheckpointError
from signllm.model.features import FeatureSpace
from signllm.model.transformer import SignLLM
from signllm_training.optim import AveragedWeights

_TENSORS, _ABOUT = "state.safetensors", "state.json"


@dataclass
class RunState:
    """What changes from step to step."""

    model: SignLLM
    average: AveragedWeights
    optimizer: torch.optim.AdamW
    step: int = 0
    """Steps done."""
    seconds: float = 0.0
    """Time spent training, over all sittings."""


def save_state(state: RunState, folder: Path, about: dict[str, Any]) -> None:
    """Write the state; `about` (recipe and feature space) is what `load_about` gives back."""
    tensors = {f"model.{name}": value for name, value in state.model.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in state.average.tensors.items()}
    for index, values in state.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in values.items()}
    folder.mkdir(parents=True, exist_ok=True)
    data = save({name: value.contiguous() for name, value in tensors.items()})
    text = json.dumps(about | {"step": state.step, "seconds": state.seconds}, indent=1)
    for name, content in ((_TENSORS, data), (_ABOUT, text.encode())):
        partial = folder / f"{name}.partial"
        partial.write_bytes(content)
        partial.replace(folder / name)


def load_about(folder: Path) -> dict[str, Any] | None:
    """What `save_state` wrote beside the tensors; none when nothing was saved in `folder`.

    Raises:
        CheckpointError: The file is not JSON.
    """
    path = folder / _ABOUT
    if not path.exists():
        return None
    try:
        about = json.loads(path.read_text())
    except ValueError as error:
        raise CheckpointError(f"the saved run is damaged; delete the folder or give another --out: {path}") from error
    assert isinstance(about, dict)
    return about


def load_state(state: RunState, folder: Path, about: dict[str, Any]) -> None:
    """Fill `state`, made for the same recipe, with what `save_state` wrote.

    Raises:
        CheckpointError: The tensors are missing or of another model.
    """
    path = folder / _TENSORS
    try:
        tensors = load(path.read_bytes())
        state.model.load_state_dict(_under("model.", tensors))
        averages = _under("average.", tensors)
        for name, value in state.average.tensors.items():
            value.copy_(averages[name])
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in _under("optimizer.", tensors).items():
            index, name = key.split(".")
            moments.setdefault(int(index), {})[name] = value
        groups = state.optimizer.state_dict()["param_groups"]
        state.optimizer.load_state_dict({"state": moments, "param_groups": groups})
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"the saved run does not fit this recipe ({error}); give another --out: {path}"
        ) from error
    state.step, state.seconds = int(about["step"]), float(about["seconds"])


def saved_features(about: dict[str, Any]) -> FeatureSpace:
    """The feature space of a saved run."""
    return FeatureSpace.from_json(about["features"])


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
