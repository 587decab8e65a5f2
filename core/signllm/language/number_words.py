"""English number words: what they are worth, and how many words of a sentence belong to one number.

All functions take lower-case words and the place where to start; a count of 0 means that no number stands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from signllm.language.numbers import GREATEST

_SMALL: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
VALUES: Final[Mapping[str, int]] = MappingProxyType(
    {word: value for value, word in enumerate(_SMALL)}
    | {word: 10 * value for value, word in enumerate(_TENS, start=2)}
    | {"fourty": 40, "ninty": 90}
)
"""Words of one number each; two common misspellings among them."""
DIGITS: Final[Mapping[str, str]] = MappingProxyType({word: str(VALUES[word]) for word in _SMALL[:10]} | {"oh": "0"})
"""Words that are said for the digits of a string."""
SCALES: Final[Mapping[str, int]] = MappingProxyType({"million": 1_000_000, "thousand": 1_000})

_ORDINALS: Final[Mapping[str, str]] = MappingProxyType(
    dict(
        zip(
            (
                "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
                " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
            ).split(),
            _SMALL[1:],
            strict=True,
        )
    )
    | {word.removesuffix("y") + "ieth": word for word in _TENS}
    | {f"{word}th": word for word in ("hundred", "thousand", "million")}
)
"""Ordinal to cardinal, word by word."""
FRACTIONS: Final = frozenset(
    "half halves third thirds quarter quarters fourth fourths fifth fifths sixth sixths seventh sevenths eighth eighths"
    " ninth ninths tenth tenths hundredths thousandths".split()
)
"""Words for the lower half of a fraction, after a small number."""
_LONGEST: Final = 16
"""Most words of one number: nine hundred and ninety nine million nine hundred and ... ."""


def cardinal(forms: Sequence[str], at: int) -> tuple[int, int]:
    """How many words from `at` are one number, and its value: `two hundred and five`, `a thousand`, `twenty one`."""
    start = at
    if _form(forms, at) == "a" and (_form(forms, at + 1) == "hundred" or _form(forms, at + 1) in SCALES):
        at += 1
    total, below = 0, GREATEST + 1
    while at - start < _LONGEST:
        count, value = _below_thousand(forms, at)
        scale = _form(forms, at + count)
        if scale in SCALES and SCALES[scale] < below and (count or at == start or _form(forms, start) == "a"):
            total += (value if count else 1) * SCALES[scale]
            below = SCALES[scale]
            at += count + 1
            following = at + (_form(forms, at) == "and")
            if not _below_hundred(forms, following)[0]:
                break
            at = following
            continue
        if count and value < below:
            total += value
            at += count
        elif total and _form(forms, at - 1) == "and":
            at -= 1
        break
    return (at - start, total) if total <= GREATEST and at > start and _is_number(forms, start, at) else (0, 0)


def ordinal(forms: Sequence[str], at: int) -> tuple[int, int]:
    """How many words from `at` are one ordinal, and its value: `first`, `twenty first`, `one hundred and fifth`."""
    for count in range(1, 7):
        last = _form(forms, at + count - 1)
        if last in _ORDINALS:
            found = cardinal([*forms[at : at + count - 1], _ORDINALS[last]], 0)
            return found if found[0] == count else (0, 0)
        if last not in VALUES and last not in SCALES and last not in ("hundred", "and", "a"):
            break
    return 0, 0


def digits(forms: Sequence[str], at: int) -> tuple[int, str]:
    """How many words from `at` are digits said one by one, and the digits: `nine one one`; three at least."""
    end = at
    while _form(forms, end) in DIGITS:
        end += 1
    while end > at and _goes_on(forms, end):
        end -= 1  # "one two three hundred" ends before the three
    return (end - at, "".join(DIGITS[form] for form in forms[at:end])) if end - at >= 3 else (0, "")


def year(forms: Sequence[str], at: int) -> tuple[int, int]:
    """How many words from `at` are a year said in two halves, and the year: `nineteen eighty four`."""
    count, century = _below_hundred(forms, at)
    if not count or not 13 <= century <= 20:
        return 0, 0
    if _form(forms, at + count) == "oh":
        rest = DIGITS.get(_form(forms, at + count + 1), "0")
        return (count + 2, 100 * century + int(rest)) if rest != "0" else (0, 0)
    more, rest_value = _below_hundred(forms, at + count)
    if not more or rest_value < 10 or _goes_on(forms, at + count + more):
        return 0, 0
    return count + more, 100 * century + rest_value


def _form(forms: Sequence[str], at: int) -> str:
    return forms[at] if 0 <= at < len(forms) else ""


def _is_number(forms: Sequence[str], start: int, end: int) -> bool:
    return any(form in VALUES or form == "hundred" or form in SCALES for form in forms[start:end])


def _goes_on(forms: Sequence[str], at: int) -> bool:
    return _form(forms, at) == "hundred" or _form(forms, at) in SCALES


def _below_hundred(forms: Sequence[str], at: int) -> tuple[int, int]:
    value = VALUES.get(_form(forms, at))
    if value is None:
        return 0, 0
    ones = VALUES.get(_form(forms, at + 1), 0)
    return (2, value + ones) if value >= 20 and 0 < ones < 10 else (1, value)


def _below_thousand(forms: Sequence[str], at: int) -> tuple[int, int]:
    """A number below a thousand, or hundreds such as `nineteen hundred`."""
    count, value = _below_hundred(forms, at)
    if _form(forms, at + count) != "hundred" or (count and value == 0):
        return count, value
    value = 100 * (value if count else 1)
    count += 1
    joined = count + (_form(forms, at + count) == "and")
    more, rest = _below_hundred(forms, at + joined)
    if not more or rest == 0 or _form(forms, at + joined + more) == "hundred":
        return count, value
    return joined + more, value + rest
