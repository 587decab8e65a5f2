"""The comprehension study as data: which signs and sentences are shown, and what is asked about each.

Half of the signs are named out of four choices, half in the participant's own words. Two of the three wrong choices
look like the sign (same handshape, place, hands or movement), the third is of the same part of speech. Every choice is
a function of the seed. Sentences are signed by both sources in turn, so that no source has the easier half. A sentence
may come as a video of a person instead: what is understood of people is the most that can be expected of an avatar.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from signllm.lexicon.phonology import MOVEMENTS, Sign
from signllm_bridge.errors import ReviewError

CHOICES: Final = 4
HUMAN: Final = "human"
"""Source of a sentence that a person signs in a video."""
_MOST_SENTENCES: Final = 100
_BY_FORM: Final = 2
"""Wrong choices that look like the sign."""


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
    video: Path | None = None
    """A person who signs it; its source is `HUMAN`."""


@dataclass(frozen=True)
class _Row:
    """A sentence as it stands in the file."""

    text: str
    questions: tuple[Question, ...]
    video: Path | None


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
    turn = int(rng.integers(len(sources)))
    items = []
    for row in (rows[k] for k in rng.permutation(len(rows))):
        if row.video is not None:
            items.append(SentenceItem(row.text, HUMAN, row.questions, row.video))
            continue
        items.append(SentenceItem(row.text, sources[turn % len(sources)], row.questions))
        turn += 1
    return items


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
    by_word = {words[other][0]: other for other in reversed(sorted(others))}  # no word twice among the choices
    alike = sorted(by_word, key=lambda word: (-likeness(signs[name], signs[by_word[word]]), word))[:_BY_FORM]
    kind = set(signs[name].english)
    rest = [word for word in by_word if word not in alike]
    related = [word for word in rest if kind & set(signs[by_word[word]].english)] or rest
    choices = [answer, *alike, related[int(rng.integers(len(related)))]]
    return SignItem(name, answer, tuple(choices[k] for k in rng.permutation(CHOICES)), words[name])


def _words(sign: Sign) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words in sign.english.values() for word in words))


def _movements(sign: Sign) -> frozenset[str]:
    return frozenset(name for step in sign.steps for name in MOVEMENTS if getattr(step, name) is not None)


def _rows(file: Path | None) -> list[_Row]:
    source = file or resources.files("signllm_bridge.review") / "data" / "sentences.toml"
    try:
        data: Any = tomllib.loads(source.read_text(encoding="utf-8"))
        rows = [_row(row, file.parent if file else Path()) for row in data["sentence"]]
    except OSError as error:
        raise ReviewError(f"the sentences cannot be read ({error.strerror}): {file}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, RecursionError) as error:
        raise ReviewError(
            f"{source.name} is no list of sentences ({error}); write [[sentence]] with text and questions, "
            "each with text and answers, the right one first"
        ) from error
    if not 1 <= len(rows) <= _MOST_SENTENCES:
        raise ReviewError(f"{source.name} holds {len(rows)} sentences: give 1 to {_MOST_SENTENCES}")
    for row in rows:
        for question in row.questions:
            if len(set(question.answers)) < max(2, len(question.answers)):
                raise ReviewError(
                    f"{source.name}: {question.text[:60]!r} needs two answers at least, and each of them once"
                )
    return rows


def _row(row: Any, folder: Path) -> _Row:
    """One table of the file; a TypeError or KeyError says what it lacks."""
    questions = []
    for question in row["questions"]:
        answers = question["answers"]
        if not isinstance(answers, list):
            raise TypeError("answers must be a list")
        questions.append(Question(_text(question["text"]), tuple(map(_text, answers))))
    video = row.get("video")
    return _Row(_text(row["text"]), tuple(questions), None if video is None else folder / _text(video))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"expected a text, found {str(value)[:40]!r}")
    return value
