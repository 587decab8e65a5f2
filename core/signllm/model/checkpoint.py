"""A trained model on disk: weights as fp16 safetensors, everything else as JSON beside them. No pickle.

`asl_tiny.safetensors` holds the tensors of `SignLLM.state_dict()`; `asl_tiny.json` says what they are:

    format      1
    config      `ModelConfig`
    language    `asl`, and `glosses`, the vocabulary in the order of the token ids
    features    `FeatureSpace`: mean, scale, shoulder width, rest pose
    sha256      hash of the .safetensors file, checked before it is read
    training    recipe, seed, steps and scores that made it; for people, not read back
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load, save

from signllm.config import ModelConfig
from signllm.errors import CheckpointError
from signllm.model.features import FeatureSpace
from signllm.model.transformer import SignLLM
from signllm.model.vocabulary import Vocabulary

FORMAT: Final = 1
EMBEDDED: Final = Path(__file__).parent / "data" / "asl_tiny.safetensors"
"""The checkpoint that ships with the package."""


@dataclass(frozen=True)
class Checkpoint:
    """A model that can sign, with what is needed to run it."""

    model: SignLLM
    vocabulary: Vocabulary
    features: FeatureSpace


def save_checkpoint(checkpoint: Checkpoint, path: Path, *, training: Mapping[str, Any] | None = None) -> None:
    """Write `path` (.safetensors) and the JSON file beside it, the weights in half precision.

    Args:
        checkpoint: What to write.
        path: Ends in `.safetensors`; the folder is made when it is not there.
        training: JSON object with the recipe, the seed and the scores that made the weights.
    """
    tensors = {name: value.detach().half().contiguous() for name, value in checkpoint.model.state_dict().items()}
    data = save(tensors)
    about = {
        "format": FORMAT,
        "config": checkpoint.model.config.to_json(),
        "language": checkpoint.vocabulary.language,
        "glosses": list(checkpoint.vocabulary.glosses),
        "features": checkpoint.features.to_json(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "training": dict(training or {}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    # The weights go first, each file under its final name at once: a stop in between leaves a hash that
    # does not match, never half a file.
    _replace(path, data)
    _replace(path.with_suffix(".json"), (json.dumps(about, indent=1) + "\n").encode())


def load_checkpoint(path: Path = EMBEDDED) -> Checkpoint:
    """The model that `save_checkpoint` wrote, in single precision and evaluation mode.

    Raises:
        CheckpointError: A file is missing, damaged (the message has the expected hash) or of another format.
    """
    about_path = path.with_suffix(".json")
    try:
        about = json.loads(about_path.read_text())
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise CheckpointError(
            f"a checkpoint is two files, {path.name} and {about_path.name}, and one is missing; "
            f"train one with `signllm train` or restore it: {error.filename}"
        ) from error
    except ValueError as error:
        raise CheckpointError(f"this file is not JSON; restore it or train anew: {about_path}") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise CheckpointError(f"this checkpoint is not of format {FORMAT}, the one read here: {about_path}")
    try:
        _check_hash(data, str(about["sha256"]), path)
        config = ModelConfig.from_json(about["config"])
        vocabulary = Vocabulary(about["language"], tuple(about["glosses"]))
        features = FeatureSpace.from_json(about["features"])
        model = SignLLM(config, len(vocabulary))
        model.load_state_dict({name: value.float() for name, value in load(data).items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"the checkpoint's description does not fit its weights ({error}): {about_path}"
        ) from error
    return Checkpoint(model.eval(), vocabulary, features)


def _check_hash(data: bytes, expected: str, path: Path) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise CheckpointError(
            f"the weights are damaged: their sha256 is {found}, expected {expected}; restore this file: {path}"
        )


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)


def count_parameters(model: torch.nn.Module) -> int:
    """Number of trained values."""
    return sum(p.numel() for p in model.parameters())
