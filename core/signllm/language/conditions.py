"""The guard of an ambiguous word: under which neighbours which of its senses is meant, as data.

A guard lists conditions for each sign that the word can be, for `spelled` and for `silent`. They are looked at in the
order in which they stand; the first that holds decides. When none holds the word is spelled: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

SPELLED: Final = "spelled"
SILENT: Final = "silent"
_FIELDS: Final = (
    *("tag", "form", "previous", "next", "near", "unless_previous", "unless_next", "unless_near", "before", "after"),
)


@dataclass(frozen=True)
class Condition:
    """What must be so; a field that is empty asks for nothing."""

    tag: frozenset[str] = frozenset()
    """Part of speech of the word."""
    form: frozenset[str] = frozenset()
    """The word as it stands."""
    previous: frozenset[str] = frozenset()
    """Words before it, one of them its neighbour."""
    next: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    """Words anywhere in the sentence."""
    unless_previous: frozenset[str] = frozenset()
    unless_next: frozenset[str] = frozenset()
    unless_near: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    """Parts of speech of the word before it; `start` where there is none."""
    after: frozenset[str] = frozenset()
    """Parts of speech of the word after it; `end` where there is none."""
    capital: bool = False
    question: bool = False


@dataclass(frozen=True)
class Sense:
    """The guard of a word: what is signed, and the conditions for it, in order."""

    choices: tuple[tuple[str, tuple[Condition, ...]], ...]


def read_sense(row: Mapping[str, Any], classes: Mapping[str, frozenset[str]]) -> Sense:
    """A guard from its table: sign, `spelled` or `silent` to the list of its conditions."""
    return Sense(tuple((signs, tuple(_condition(entry, classes) for entry in rows)) for signs, rows in row.items()))


def _condition(entry: Mapping[str, Any], classes: Mapping[str, frozenset[str]]) -> Condition:
    unknown = entry.keys() - {*_FIELDS, "capital", "question"}
    assert not unknown, f"asl_senses.toml: no such condition: {unknown}"

    def words(field: str) -> frozenset[str]:
        found: set[str] = set()
        for word in str(entry.get(field, "")).split():
            found |= classes.get(word[1:], frozenset({word})) if word.startswith("@") else {word}
        return frozenset(found)

    return Condition(
        **{field: words(field) for field in _FIELDS},
        capital=bool(entry.get("capital", False)),
        question=bool(entry.get("question", False)),
    )
