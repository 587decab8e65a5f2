"""Handshapes: the joint angles a hand may take in a sign, by name, and which letter or digit uses which.

They live in `data/handshapes.toml`, in degrees, so that a signer can correct one without reading Python.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.errors import LexiconError

FINGER_ANGLES: Final = ("mcp", "pip", "dip", "abd")
THUMB_ANGLES: Final = ("abd", "opp", "mcp", "ip", "twist")
DIGIT_ANGLES: Final[Mapping[str, tuple[str, ...]]] = {
    "index": FINGER_ANGLES,
    "middle": FINGER_ANGLES,
    "ring": FINGER_ANGLES,
    "little": FINGER_ANGLES,
    "thumb": THUMB_ANGLES,
}
"""The angles that each row of a handshape gives, in order."""
ANGLE_NAMES: Final[tuple[str, ...]] = tuple(
    f"{digit}_{angle}" for digit, angles in DIGIT_ANGLES.items() for angle in angles
)
"""The 21 angles of a hand; flexion is positive, abduction spreads (the middle finger's goes to the thumb)."""

_FINGER_LIMITS: Final = {"mcp": (-10, 95), "pip": (0, 115), "dip": (-5, 85), "abd": (-25, 25)}
_THUMB_LIMITS: Final = {"abd": (5, 70), "opp": (-10, 120), "mcp": (-10, 70), "ip": (-20, 85), "twist": (-10, 90)}
LIMITS: Final[npt.NDArray[np.float64]] = np.radians(
    [
        (_THUMB_LIMITS if digit == "thumb" else _FINGER_LIMITS)[angle]
        for digit, angles in DIGIT_ANGLES.items()
        for angle in angles
    ]
).T
"""[2, 21] radians: the least and the greatest of each angle."""

HANDSHAPE_OF_LETTER: Final[Mapping[str, str]] = {
    letter: {"H": "U", "J": "I", "P": "K", "Z": "1"}.get(letter, letter) for letter in string.ascii_uppercase
}
"""H, J, P and Z differ from their handshape's own letter by orientation or movement."""
HANDSHAPE_OF_DIGIT: Final[Mapping[str, str]] = dict(zip("0123456789", "O 1 V 3 4 5 W 7 8 F".split(), strict=True))

_FILE: Final = "data/handshapes.toml"
_TEXTS: Final = ("hamnosys", "note")
_FIELDS: Final = (*DIGIT_ANGLES, *_TEXTS)


@cache
def load_handshapes() -> dict[str, npt.NDArray[np.float64]]:
    """Every handshape by its id: [21] radians in the order of `ANGLE_NAMES`, read-only.

    Raises:
        LexiconError: The file lacks a field or holds one that is not known.
    """
    text = resources.files("signllm.lexicon").joinpath(_FILE).read_text(encoding="utf-8")
    return parse_handshapes(text, _FILE)


@cache
def load_hamnosys() -> dict[str, str]:
    """The closest HamNoSys symbols of every handshape, joined by `+`; empty where none fits."""
    text = resources.files("signllm.lexicon").joinpath(_FILE).read_text(encoding="utf-8")
    return {shape: str(fields["hamnosys"]) for shape, fields in tomllib.loads(text).items()}


def parse_handshapes(text: str, file: str) -> dict[str, npt.NDArray[np.float64]]:
    """Handshapes of a TOML document, as `load_handshapes` gives them; `file` names it in messages.

    Raises:
        LexiconError: The document is no TOML, or a handshape lacks a field or has one that is not known.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{file} is not valid TOML: {error}; correct that line") from error
    return {shape: _angles(fields, f"{file}: handshape {shape}") for shape, fields in document.items()}


def _angles(fields: object, where: str) -> npt.NDArray[np.float64]:
    if not isinstance(fields, dict):
        raise LexiconError(f"{where} must be a table with the fields {', '.join(_FIELDS)}; write it as [name]")
    wrong = [f"has the unknown field {name!r}" for name in fields if name not in _FIELDS]
    wrong += [f"lacks the field {name!r}" for name in _FIELDS if name not in fields]
    if wrong:
        raise LexiconError(f"{where} {wrong[0]}; its fields are: {', '.join(_FIELDS)}")
    degrees: list[float] = []
    for digit, names in DIGIT_ANGLES.items():
        degrees += _row(fields[digit], names, f"{where}, field {digit!r}")
    angles = np.radians(degrees)
    angles.flags.writeable = False
    return angles


def _row(row: object, names: tuple[str, ...], where: str) -> list[float]:
    if isinstance(row, list) and len(row) == len(names) and all(type(x) in (int, float) for x in row):
        return [float(x) for x in row]
    raise LexiconError(f"{where} must be {len(names)} numbers in degrees ({', '.join(names)}), got {row!r}")
