"""What markings look like: blend shape weights, head and their movements, read from `data/expressions.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.errors import LexiconError
from signllm.lexicon.phonology import LEXICAL_FACES
from signllm.motion.skeletons.arkit import FACE_NAMES

Weights = npt.NDArray[np.float32]

GRAMMATICAL_FACES: Final = (
    *("yes-no-question", "wh-question", "topic", "negation", "affirmation", "conditional", "rhetorical"),
    *("gaze-left", "gaze-right"),
)
"""Names that a `signllm.source.NonManual` may have."""
INDEX: Final = {name: k for k, name in enumerate(FACE_NAMES)}
"""Blend shape -> its place in a row of weights."""
_AXES: Final = ("yaw", "pitch", "roll")


@dataclass(frozen=True, eq=False)
class Expression:
    """One marking at full strength; angles in degrees."""

    weights: Weights
    """[52]."""
    before: Weights
    """[52] weights that a gesture of the mouth starts from; equal to `weights` where it has one shape only."""
    before_ms: float = 0.0
    mouth: bool = False
    """It takes the place of mouthing."""
    yaw: float = 0.0
    """To the signer's left."""
    pitch: float = 0.0
    """Downwards."""
    roll: float = 0.0
    """To the signer's left shoulder."""
    lean: float = 0.0
    """By which the neck carries the head forward while the face goes on looking ahead."""
    shake: float = 0.0
    """To each side of a headshake."""
    nod: float = 0.0
    """By which nods go down."""


def find_expression(name: str, *, grammatical: bool) -> Expression:
    """The marking of a sign, or of a row of glosses.

    Raises:
        LexiconError: There is no such marking.
    """
    known = load_expressions()["grammatical" if grammatical else "lexical"]
    if name not in known:
        kind = "a marking of glosses" if grammatical else "a face of a sign"
        raise LexiconError(f"{name!r} is not {kind}; allowed are: {', '.join(known)}")
    return known[name]


@cache
def load_expressions() -> dict[str, dict[str, Expression]]:
    """All markings by name, under `grammatical` and `lexical`.

    Raises:
        LexiconError: The file holds something that is not a marking.
    """
    path = resources.files("signllm.face") / "data" / "expressions.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    groups = {
        kind: {name: _expression(row, f"expressions.toml: {kind}.{name}") for name, row in rows.items()}
        for kind, rows in table.items()
    }
    for kind, names in (("grammatical", GRAMMATICAL_FACES), ("lexical", LEXICAL_FACES)):
        if differ := set(names) ^ set(groups.get(kind, {})):
            raise LexiconError(
                f"expressions.toml: {kind}: describe exactly {', '.join(names)}; not so: {sorted(differ)}"
            )
    return groups


def as_weights(shares: Mapping[str, float], where: str) -> Weights:
    """[52] weights of a table of shares; a name without a side stands for left and right.

    Raises:
        LexiconError: A name is no blend shape, or a share is not between 0 and 1.
    """
    row = np.zeros(len(FACE_NAMES), dtype=np.float32)
    for name, share in shares.items():
        both = [name] if name in INDEX else [f"{name}Left", f"{name}Right"]
        if both[0] not in INDEX:
            raise LexiconError(f"{where}: {name!r} is no blend shape; allowed are: {', '.join(FACE_NAMES)}")
        if not 0.0 <= share <= 1.0:
            raise LexiconError(f"{where}: {name} = {share}: weights lie between 0 and 1")
        row[[INDEX[one] for one in both]] = share
    row.setflags(write=False)
    return row


def _expression(row: dict[str, Any], where: str) -> Expression:
    given = dict(row)
    head = given.pop("head", {})
    allowed = {field.name for field in fields(Expression)} - set(_AXES)
    if unknown := (set(given) - allowed) | (set(head) - set(_AXES)):
        names = ", ".join((*sorted(allowed), *(f"head.{axis}" for axis in _AXES)))
        raise LexiconError(f"{where}: field {sorted(unknown)[0]!r} is not known; allowed are: {names}")
    weights = as_weights(given.pop("weights", {}), where)
    before = as_weights(given.pop("before"), where) if "before" in given else weights
    return Expression(weights=weights, before=before, **head, **given)
