"""Numbers written in figures: which text is one, and what it says by itself: `1,000`, `3:30`, `3/14/2026`, `5-10`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from signllm.language import numbers
from signllm.language.spelling import spell

FIGURE: Final = r"(?<![A-Za-z0-9])(?:(?<![^\s(])-)?\d+(?:[.,:/-]\d+)*(?:st|nd|rd|th|s)?(?![A-Za-z0-9])"
"""Pattern of one figure in a text that `tidy` has prepared; a minus counts only where a space is before it."""

MONTHS: Final = (
    "january february march april may june july august september october november december"
).split()  # fmt: skip
TO: Final = "fs:TO"
AS_WRITTEN: Final = "it is signed as it is written"
"""How a number is signed that may mean something else than it seems to."""

_MARKS: Final = {".": "POINT", ",": "fs:COMMA", ":": "fs:COLON", "/": "fs:OVER", "-": "fs:DASH"}
"""What is signed for a mark inside a figure that has no reading."""
_UNITS: Final = "mg|mcg|kg|g|ml|cl|l|km|cm|mm|mph|kmh|lbs?|oz|ft|hrs?|mins?|am|pm"
_TIDY: Final = (
    (re.compile(r"\b([ap])\. ?m\.(?=\s+[A-Z](?!onday|uesday|ednesday|hursday|riday|aturday|unday))"), r"\1m."),
    (re.compile(r"\b([ap])\. ?m\b\.?", re.IGNORECASE), r"\1m"),
    (re.compile(r"\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|No)\.(?=\s*\d)", re.IGNORECASE), r"\1"),
    (re.compile(r"(?<![\w.])\.(?=\d)"), "0."),
    (re.compile(r"\((\d{3})\)\s*(?=\d{3}-\d{4})"), r"\1-"),
    (re.compile(r"(?<=\d)'(?=s\b)"), ""),
    (re.compile(rf"(?<![A-Za-z\d])(\d[\d.,:]*)({_UNITS})\b", re.IGNORECASE), r"\1 \2"),
)


def tidy(text: str) -> str:
    """A text whose numbers are whole words: `5 p.m.` is 5 pm, `50mg` 50 mg, `(555) 123-4567` 555-123-4567."""
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    return text


@dataclass(frozen=True)
class Reading:
    """What is signed for the next words of a sentence that are a number."""

    count: int
    """How many words."""
    signs: tuple[str, ...]
    role: str = "number"
    """`number`, `clock` for a time of day, `date`, or `time` for a date or year that says when something happens."""
    value: int | None = None
    """The quantity, where it is one; units, clock times and ranges go on from there."""
    decimals: str = ""
    """Digits after the decimal point of the quantity."""
    notice: str = ""
    """What the user must be told about how it was read."""
    unsure: bool = False
    """It may mean something else than these signs: they must not be signed as if it were certain."""

    def plus(self, count: int, *signs: str, role: str = "number") -> Reading:
        """The reading with more words and other signs; it is no longer a bare quantity."""
        return replace(self, count=self.count + count, signs=signs, role=role, value=None, decimals="")


def quantity(value: int, count: int = 1, decimals: str = "") -> Reading:
    """A bare quantity of so many words."""
    if value > numbers.GREATEST:
        notice = f"Numbers above {numbers.GREATEST:,} are signed digit by digit."
        return Reading(count, (f"dig:{value}",), notice=notice)
    signs = numbers.decimal(str(value), decimals) if decimals else (f"num:{value}",)
    return Reading(count, signs, value=value, decimals=decimals)


def read_figure(figure: str) -> Reading:
    """What a figure says by itself, whatever is around it.

    Args:
        figure: What `FIGURE` matches, in lower case.
    """
    for pattern, reader in _PATTERNS:
        match = pattern.fullmatch(figure)
        reading = reader(match) if match else None
        if reading is not None:
            return reading
    return _digit_by_digit(figure)


def _digit_by_digit(figure: str) -> Reading:
    parts = re.findall(r"\d+|[.,:/-]|[a-z]+", figure)
    signs = (_MARKS.get(part) or (f"dig:{part}" if part.isdigit() else spell(part)) for part in parts)
    return Reading(1, tuple(signs), notice=f"It is not clear what {figure[:40]} means: {AS_WRITTEN}.")


def _whole(match: re.Match[str]) -> Reading:
    text = match[0].replace(",", "")
    if text[0] == "0" and len(text) > 1:
        return Reading(1, (f"dig:{text}",))
    return quantity(int(text)) if len(text) <= numbers.MAX_DIGITS else Reading(1, (f"dig:{text}",))


def _decimal(match: re.Match[str]) -> Reading | None:
    whole, decimals = match["whole"].replace(",", ""), match["decimals"]
    if len(whole) > 9:
        return None
    reading = quantity(int(whole), decimals=decimals)
    if decimals == "000":
        notice = f"{match[0]} can be {whole},000 or {whole} and no more: {AS_WRITTEN}. Write {whole},000 or {whole}."
        return replace(reading, notice=notice)
    return reading


def _negative(match: re.Match[str]) -> Reading | None:
    reading = read_figure(match[0][1:])
    if reading.value is None:
        return None
    notice = f"{match[0]} was read as minus {match[0][1:]}."
    return replace(reading, signs=("MINUS", *reading.signs), notice=notice)


def _clock(match: re.Match[str]) -> Reading | None:
    hour, minute = int(match[1]), int(match[2])
    return Reading(1, numbers.clock(hour, minute), role="clock") if hour <= 24 and minute < 60 else None


def _ordinal(match: re.Match[str]) -> Reading | None:
    value = int(match[1].replace(",", ""))
    return Reading(1, numbers.ordinal(value)) if value <= numbers.GREATEST else None


def _decade(match: re.Match[str]) -> Reading:
    return Reading(1, (*numbers.year(int(match[1])), "fs:S"))


def _us_date(match: re.Match[str]) -> Reading | None:
    """Month and day, as in the United States, unless only day and month is possible."""
    first, second = int(match[1]), int(match[2])
    year = match[3] or ""
    if not year and match[0] in ("24/7", "9/11"):
        return Reading(1, tuple(f"dig:{part}" for part in match[0].split("/")))
    if not year and first < second <= 10:
        notice = f"{match[0]} can be a fraction or a date: {AS_WRITTEN}."
        return Reading(1, (f"num:{first}", spell("over"), f"num:{second}"), notice=notice)
    if first <= 12 and second <= 31:
        notice = ""
        if second <= 12 and first != second:
            notice = f"{match[0]} can be a day in two months: {AS_WRITTEN}. Write the month as a word."
        return _dated(first, second, year, notice, unsure=bool(notice))
    if second <= 12 and first <= 31:
        return _dated(second, first, year, f"{match[0]} was read as day and month, which alone is possible.")
    return None


def _day_first(match: re.Match[str]) -> Reading | None:
    """14.3.2026, as in Europe."""
    day, month = int(match[1]), int(match[2])
    if day <= 12 and day != month:
        notice = f"{match[0]} can be a day in two months: {AS_WRITTEN}. Write the month as a word."
        return _dated(month, day, match[3], notice, unsure=True)
    return _dated(month, day, match[3], f"{match[0]} was read as day and month.")


def _iso_date(match: re.Match[str]) -> Reading | None:
    return _dated(int(match[2]), int(match[3]), match[1])


def _dated(month: int, day: int, year: str, notice: str = "", *, unsure: bool = False) -> Reading | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    years = () if not year else numbers.year(int(year)) if len(year) == 4 else (f"num:{year}",)
    return Reading(1, (numbers.MONTH_SIGNS[month - 1], f"num:{day}", *years), role="date", notice=notice, unsure=unsure)


def _fraction(match: re.Match[str]) -> Reading:
    notice = f"Fractions have no sign here: {AS_WRITTEN}."
    return Reading(1, (f"num:{match[1]}", spell("over"), f"num:{match[2]}"), notice=notice)


def _phone(match: re.Match[str]) -> Reading:
    return Reading(1, tuple(f"dig:{part}" for part in re.split(r"[-.]", match[0])))


def _two_parts(match: re.Match[str]) -> Reading | None:
    """5-10 and 2024-2025 are ranges, 555-1234 is a telephone number, 3-1 a result."""
    low, high = match[1], match[2]
    if len(low) == 4 and len(high) in (2, 4) and 1100 <= int(low) <= 2099:
        last = numbers.year(int(high)) if len(high) == 4 else (f"num:{high}",)
        return Reading(1, (*numbers.year(int(low)), TO, *last))
    if len(low) == 3 and len(high) == 4 and not high.endswith("00"):
        return Reading(1, (f"dig:{low}", f"dig:{high}"))
    if max(len(low), len(high)) > 9:
        return None
    return Reading(1, (f"num:{low}", TO, f"num:{high}"))


def _version(match: re.Match[str]) -> Reading:
    first, *rest = match[0].split(".")
    signs = [f"dig:{first}"]
    for part in rest:
        signs += ["POINT", f"dig:{part}"]
    return Reading(1, tuple(signs))


_WHOLE: Final = r"\d{1,3}(?:,\d{3})+|\d+"
_PATTERNS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Reading | None]], ...]] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (_WHOLE, _whole),
        (rf"(?P<whole>{_WHOLE})\.(?P<decimals>\d+)", _decimal),
        (r"-\d.*", _negative),
        (r"(\d{1,2}):(\d{2})", _clock),
        (rf"({_WHOLE})(?:st|nd|rd|th)", _ordinal),
        (r"(\d\d0|\d0)s", _decade),
        (r"(\d{3}0)s", _decade),
        (r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d\d))?", _us_date),
        (r"(\d{1,3})/(\d{1,3})", _fraction),
        (r"(\d{1,2})\.(\d{1,2})\.(\d{4})", _day_first),
        (r"(\d{4})-(\d{2})-(\d{2})", _iso_date),
        (r"(?:\d{1,3}[-.])?\d{3}[-.]\d{3}[-.]\d{4}", _phone),
        (r"(\d+)-(\d+)", _two_parts),
        (r"\d+(?:-\d+)+", _phone),
        (r"\d+(?:\.\d+){2,}", _version),
    )
)
