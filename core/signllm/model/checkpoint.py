"""A trained model on disk: weights as fp16 safetensors, everything else as JSON beside them. No pickle.

`asl_tiny.safetensors` holds the tensors of `SignLLM.state_dict()`; `asl_tiny.json` says what they are:

    format      1
    config      `ModelConfig`
    language    `asl`, and `glosses`, the vocabulary in the order of the token ids
    features    `FeatureSpace`: mean, scale, shoulder width, rest pose
    sha256      hash of the .safetensors file, checked before it is read
    training    recipe, seed, steps and scores that made it; for people, not read back
    json_sha256 hash of all of the above as canonical JSON; checked where it is there
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from signllm.config import ModelConfig
from signllm.errors import CheckpointError
from signllm.model.features import FeatureSpace
from signllm.model.transformer import SignLLM
from signllm.model.vocabulary import Vocabulary

FORMAT: Final = 1
_JSON_HASH: Final = "json_sha256"
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
    about[_JSON_HASH] = _json_hash(about)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The weights go first, each file under its final name at once: a stop in between leaves a hash that
    # does not match, never half a file.
    _replace(path, data)
    _replace(path.with_suffix(".json"), (json.dumps(about, indent=1) + "\n").encode())


def load_checkpoint(path: Path = EMBEDDED) -> Checkpoint:
    """The model that `save_checkpoint` wrote, in single precision and evaluation mode.

    Raises:
        CheckpointError: A file is missing, cannot be read, is damaged (the message has the expected hash) or of
            another format.
    """
    about_path = path.with_suffix(".json")
    data, about = _read(path, about_path)
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise CheckpointError(f"this checkpoint is not of format {FORMAT}, the one read here: {about_path}")
    if _JSON_HASH in about:  # files of before it was written have none
        _check_hash("description", _json_hash(about), str(about[_JSON_HASH]), about_path)
    try:
        _check_hash("weights", hashlib.sha256(data).hexdigest(), str(about["sha256"]), path)
        tensors = load(data)
        config = ModelConfig.from_json(about["config"])
        vocabulary = Vocabulary(about["language"], tuple(about["glosses"]))
        features = FeatureSpace.from_json(about["features"])
        model = SignLLM(config, len(vocabulary))
        model.load_state_dict({name: value.float() for name, value in tensors.items()})
    except SafetensorError as error:
        raise CheckpointError(
            f"the weights are no safetensors ({error}) though their sha256 is the {about['sha256']} expected; "
            f"train anew: {path}"
        ) from error
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"the checkpoint's description does not fit its weights ({error}): {about_path}"
        ) from error
    return Checkpoint(model.eval(), vocabulary, features)


def _read(path: Path, about_path: Path) -> tuple[bytes, Any]:
    try:
        return path.read_bytes(), json.loads(about_path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"a checkpoint is two files, {path.name} and {about_path.name}, and one is missing; "
            f"train one with `signllm train` or restore it: {error.filename}"
        ) from error
    except OSError as error:
        raise CheckpointError(
            f"this part of a checkpoint cannot be read ({error.strerror}); "
            f"give a .safetensors file that you may read: {error.filename}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"this file is not JSON; restore it or train anew: {about_path}") from error


def _json_hash(about: Mapping[str, Any]) -> str:
    """Hash of a description without its own: keys sorted, no spaces, numbers as Python writes them."""
    plain = json.loads(json.dumps(about))  # tuples and keys that are numbers, as the file will hold them
    rest = {name: value for name, value in plain.items() if name != _JSON_HASH}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _check_hash(what: str, found: str, expected: str, path: Path) -> None:
    if found != expected:
        raise CheckpointError(f"damaged {what}: the sha256 is {found}, expected {expected}; restore this file: {path}")


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)


def count_parameters(model: torch.nn.Module) -> int:
    """Number of trained values."""
    return sum(p.numel() for p in model.parameters())
