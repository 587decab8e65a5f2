"""The comprehension study as data: which signs and sentences are shown, and what is asked about each.

Half of the signs are named out of four choices, half in the participant's own words. Two of the three wrong choices
look like the sign (same handshape, place, hands or movement), the third is of the same part of speech. Every choice is
a function of the seed. Sentences are signed by both sources in turn, so that no source has the easier half.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from signllm.lexicon.phonology import Sign
from signllm_bridge.errors import ReviewError

CHOICES: Final = 4
_BY_FORM: Final = 2
"""Wrong choices that look like the sign."""
_OVERLAYS: Final = ("circle", "shake", "nod", "twist", "swing", "tap", "brush", "wiggle", "zigzag")


@dataclass(frozen=True)
class SignItem:
    """One sign to be named."""

    sign: str
    answer: str
    choices: tuple[str, ...]
    """Shuffled, the answer among them; none for a sign that is named freely."""
    accepted: tuple[str, ...]
    """Words that count as right when it is named freely."""


@dataclass(frozen=True)
class Question:
    """One question about a sentence."""

    text: str
    answers: tuple[str, ...]
    """The right one first."""


@dataclass(frozen=True)
class SentenceItem:
    """One sentence to be understood."""

    text: str
    source: str
    questions: tuple[Question, ...]


def sign_items(signs: Mapping[str, Sign], count: int, seed: int) -> list[SignItem]:
    """`count` signs in random order, every other one with choices.

    Raises:
        ReviewError: There are not so many signs with an English word.
    """
    words = {name: _words(sign) for name, sign in signs.items() if ":" not in name and _words(sign)}
    if not CHOICES <= count <= len(words):
        raise ReviewError(f"{count} signs cannot be shown: choose {CHOICES} to {len(words)}")
    rng = np.random.default_rng((seed, 1))
    chosen = [sorted(words)[k] for k in rng.permutation(len(words))[:count]]
    return [_item(name, signs, words, rng, named=k % 2 == 1) for k, name in enumerate(chosen)]


def sentence_items(sources: Sequence[str], seed: int, file: Path | None = None) -> list[SentenceItem]:
    """The sentences of a file, or those that ship, in random order, the sources taking turns.

    Raises:
        ReviewError: The file is no list of sentences with questions.
    """
    rng = np.random.default_rng((seed, 2))
    rows = _rows(file)
    first = int(rng.integers(len(sources)))
    turns = [sources[(first + k) % len(sources)] for k in range(len(rows))]
    return [
        SentenceItem(rows[k][0], source, rows[k][1])
        for k, source in zip(rng.permutation(len(rows)), turns, strict=True)
    ]


def likeness(a: Sign, b: Sign) -> int:
    """How much two signs look alike: equal features of form, counted."""
    same = [
        a.hands == b.hands,
        a.start.shape == b.start.shape,
        a.start.at == b.start.at,
        a.start.palm == b.start.palm,
        bool(a.start.touch) == bool(b.start.touch),
        _movements(a) == _movements(b),
    ]
    return 2 * same[1] + 2 * same[2] + sum(same)


def _item(
    name: str, signs: Mapping[str, Sign], words: Mapping[str, tuple[str, ...]], rng: np.random.Generator, *, named: bool
) -> SignItem:
    answer = words[name][0]
    if named:
        return SignItem(name, answer, (), words[name])
    others = [other for other in words if other != name and not set(words[other]) & set(words[name])]
    alike = sorted(others, key=lambda other: (-likeness(signs[name], signs[other]), other))[:_BY_FORM]
    kind = set(signs[name].english)
    related = [other for other in others if kind & set(signs[other].english) and other not in alike]
    rest = related or [other for other in others if other not in alike]
    picked = [*alike, rest[int(rng.integers(len(rest)))]]
    choices = [answer, *(words[other][0] for other in picked)]
    return SignItem(name, answer, tuple(choices[k] for k in rng.permutation(CHOICES)), words[name])


def _words(sign: Sign) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words in sign.english.values() for word in words))


def _movements(sign: Sign) -> frozenset[str]:
    return frozenset(name for step in sign.steps for name in _OVERLAYS if getattr(step, name) is not None)


def _rows(file: Path | None) -> list[tuple[str, tuple[Question, ...]]]:
    source = file or resources.files("signllm_bridge.review") / "data" / "sentences.toml"
    try:
        data: Any = tomllib.loads(source.read_text(encoding="utf-8"))
        rows = [
            (str(row["text"]), tuple(Question(str(q["text"]), tuple(map(str, q["answers"]))) for q in row["questions"]))
            for row in data["sentence"]
        ]
    except OSError as error:
        raise ReviewError(f"the sentences cannot be read ({error.strerror}): {file}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ReviewError(
            f"{source.name} is no list of sentences ({error}); write [[sentence]] with text and questions, "
            "each with text and answers, the right one first"
        ) from error
    if not rows or any(len(question.answers) < 2 for _, questions in rows for question in questions):
        raise ReviewError(f"{source.name}: there must be a sentence, and every question needs two answers at least")
    return rows
