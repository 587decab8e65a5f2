"""Numbers in an English sentence: words and figures, and what stands around them, to the signs of ASL.

`read` looks at the words from one place on. It decides between a quantity, a string of digits (a room, a telephone
number), a year, a time of day, a date, money, a temperature, a percentage and a range, and says so where it is not
sure: a reading that is `unsure` must not be signed as if it were certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from signllm.language import number_words, numbers
from signllm.language.figures import AS_WRITTEN, MONTHS, TO, Reading, quantity, read_figure
from signllm.language.spelling import spell


class Token(Protocol):
    """A word of a sentence."""

    @property
    def text(self) -> str:
        """As it is written."""
        ...

    @property
    def form(self) -> str:
        """In lower case, without punctuation; a comma is `,`."""
        ...


_LABELLED: Final = frozenset(
    "room apartment apt suite unit flight bus route highway interstate code zip zipcode pin phone telephone mobile fax"
    " extension ext channel number no account id gate platform line case order tracking password serial house".split()
)
"""Words before a number that is a name, not an amount."""
_BETWEEN: Final = frozenset("is was are : , no number code the".split())
"""What may stand between such a word and its number."""
_CALLS: Final = frozenset("call calls calling called dial dialing dialling phone ring text".split())
_SHORT_NUMBERS: Final = frozenset("911 112 999 988 211 311 411 511 611 811".split())
_YEAR_BEFORE: Final = frozenset(
    "in since until till by before after during from year summer winter spring fall autumn christmas".split()
) | frozenset(MONTHS)
_ON: Final = frozenset("in on".split())
_COUNTED: Final = frozenset("people men women children percent degrees dollars cents feet of more".split())
_CLOCK_BEFORE: Final = frozenset("at by until till before after around about is was since".split())
_HALVES: Final = frozenset("am pm".split())
_TOLD_HALVES: Final = frozenset({"fs:AM", "fs:PM"})
_NO_NOUN: Final = frozenset("of and or to in at on is was please".split())
_NOT_ORDINAL_AFTER: Final = frozenset("a an one per each every split few last wait just".split())
_MONTH_OF: Final = {name: number for number, name in enumerate(MONTHS, 1)} | {
    name: number
    for number, names in enumerate("jan feb mar apr - jun jul aug sep,sept oct nov dec".split(), 1)
    for name in names.split(",")
}
_SCALES: Final = {"thousand": 1_000, "million": 1_000_000}
_PRONOUN_BEFORE: Final = frozenset("no any every some".split())
_SEVERAL: Final = frozenset("few several many couple of".split())
_JOINTS: Final = frozenset("to through and or".split())
_JOINED: Final = frozenset({TO, "fs:AND", "fs:OR"})
_DOLLARS: Final = frozenset("dollar dollars buck bucks".split())
_NOT_A_DAY: Final = frozenset("percent degree degrees dollar dollars cents am pm oclock people".split())
_ALSO_A_WORD: Final = frozenset("may march mar dec".split())
"""Months that are also a word of another kind: they count only before a day."""
_MINUTES_TO: Final = frozenset({5, 10, 20, 25})
"""Minutes that are told before the hour without the word minutes."""


def read(words: Sequence[Token], at: int) -> Reading | None:
    """The number that begins at a word, with its unit, or None where none begins."""
    here = _Place(words, at)
    form = here.form()
    if not form or form == ",":
        return None
    if (reading := _month_date(here)) is not None:
        return reading
    if (reading := _spoken_clock(here)) is not None:
        return reading
    if form in ("minus", "negative"):
        return _negative(here)
    if form == "one" and here.form(-1) in _PRONOUN_BEFORE:
        return None
    if form == "one" and number_words.ordinal([here.form(-1)], 0)[0]:
        return Reading(1, ())  # "the first one": the pronoun is not signed
    return _with_units(_base(here), here)


class _Place:
    """The words around one place."""

    def __init__(self, words: Sequence[Token], at: int) -> None:
        self._words, self._at = words, at

    def form(self, offset: int = 0) -> str:
        """The word so far from here, '' beyond the ends."""
        return self._words[self._at + offset].form if 0 <= self._at + offset < len(self._words) else ""

    def text(self, offset: int = 0) -> str:
        """The same as it is written."""
        return self._words[self._at + offset].text if 0 <= self._at + offset < len(self._words) else ""

    def forms(self, offset: int = 0, most: int = 24) -> list[str]:
        """The words from here on."""
        start = self._at + offset
        return [word.form for word in self._words[start : start + most]]

    def later(self, count: int) -> _Place:
        """The place so many words on."""
        return _Place(self._words, self._at + count)

    def is_figure(self, offset: int = 0) -> bool:
        """Whether it is written in figures."""
        form = self.form(offset)
        return form[:1].isdigit() or (form[:1] == "-" and form[1:2].isdigit())

    @property
    def labelled(self) -> bool:
        """Whether a word before says that the number is a name: `room 417`, `my number is 417`."""
        offset = -1
        while offset >= -4 and self.form(offset) in _BETWEEN and self.form(offset) not in ("number", "no", "code"):
            offset -= 1
        return self.form(offset) in _LABELLED


def _base(here: _Place) -> Reading | None:
    """The number itself, without units."""
    if here.is_figure():
        return _figure(here)
    forms = here.forms()
    count, string = number_words.digits(forms, 0)
    if count:
        return Reading(count, (f"dig:{string}",))
    count, value = number_words.year(forms, 0)
    if count:
        return Reading(count, numbers.year(value), role=_when(here))
    count, value = number_words.ordinal(forms, 0)
    if count:
        return _ordinal(here, count, value)
    count, value = number_words.cardinal(forms, 0)
    if not count or ((forms[0] == "hundred" or forms[0] in _SCALES) and here.form(-1) in _SEVERAL):
        return None
    if (fraction := _fraction(here, count, value)) is not None:
        return fraction
    return _spoken_decimal(here, quantity(value, count))


def _figure(here: _Place) -> Reading:
    form = here.form()
    if (phone := _spaced_phone(here)) is not None:
        return phone
    reading = read_figure(form)
    if reading.role == "clock" and here.form(1) in _HALVES:
        told = reading.signs if reading.signs[-1] in _TOLD_HALVES else (*reading.signs, spell(here.form(1)))
        return replace(reading, count=2, signs=told)
    if not form.isdigit():
        return replace(reading, role=_when(here)) if reading.role == "date" else reading
    if (form in _SHORT_NUMBERS or len(form) >= 7) and _CALLS & {here.form(-1), here.form(-2)}:
        return Reading(1, (f"dig:{form}",))
    if here.labelled:
        return Reading(1, (f"dig:{form}",)) if len(form) > 2 or len(form) == 1 else reading
    if _is_year(here):
        return Reading(1, numbers.year(int(form)), role=_when(here))
    if (mixed := _mixed(here)) is not None:
        return mixed
    return reading


def _is_year(here: _Place) -> bool:
    form, before, after = here.form(), here.form(-1), here.form(1)
    if len(form) != 4 or not 1100 <= int(form) <= 2099:
        return False
    counted = after in _COUNTED or (after.endswith("s") and after not in ("was", "is", "has", "'s"))
    if before in _YEAR_BEFORE:
        return not counted
    return after in ("", ",") and int(form) % 100 != 0 and 1900 <= int(form) and before not in ("cost", "costs", "for")


def _when(here: _Place) -> str:
    """The role of a date or year: it says when something happens after `in` or `on`."""
    return "time" if here.form(-1) in _ON or (here.form(-1) == "the" and here.form(-2) in _ON) else "date"


def _spaced_phone(here: _Place) -> Reading | None:
    """555 123 4567: figures of three, three and four, or of three and four digits."""
    for lengths in ((1, 3, 3, 4), (3, 3, 4), (3, 4)):
        parts = [here.form(offset) for offset in range(len(lengths))]
        if all(part.isdigit() and len(part) == length for part, length in zip(parts, lengths, strict=True)):
            return Reading(len(parts), tuple(f"dig:{part}" for part in parts))
    return None


def _mixed(here: _Place) -> Reading | None:
    """2 1/2, of which the hands would need to show what is above the line."""
    following = here.form(1)
    if not (following[:1].isdigit() and following.count("/") == 1):
        return None
    upper, _, lower = following.partition("/")
    if not (upper.isdigit() and lower.isdigit() and int(upper) < int(lower) <= 100):
        return None
    notice = f"Fractions have no sign here: {AS_WRITTEN}."
    signs = (f"num:{here.form()}", spell("and"), f"num:{upper}", spell("over"), f"num:{lower}")
    return Reading(2, signs, notice=notice)


def _ordinal(here: _Place, count: int, value: int) -> Reading | None:
    if here.form(count - 1) == "second":
        following = here.form(count)
        noun = following.isalpha() and following not in _NO_NOUN
        if count == 1 and (here.form(-1) in _NOT_ORDINAL_AFTER or not noun):
            return None  # the sixtieth part of a minute
    return Reading(count, numbers.ordinal(value))


def _fraction(here: _Place, count: int, value: int) -> Reading | None:
    following = here.form(count)
    if not 0 < value < 20 or following not in number_words.FRACTIONS:
        return None
    if following in ("half", "quarter") and here.form(count + 1) in ("past", "to", "after"):
        return None
    notice = f"Fractions have no sign here, so {' '.join(here.forms(0, count + 1))} is spelled."
    return Reading(count + 1, (f"num:{value}", spell(following)), notice=notice)


def _spoken_decimal(here: _Place, reading: Reading) -> Reading:
    """`three point one four`."""
    if here.form(reading.count) != "point" or reading.value is None:
        return reading
    end = reading.count + 1
    digits = ""
    while here.form(end) in number_words.DIGITS:
        digits += number_words.DIGITS[here.form(end)]
        end += 1
    return quantity(reading.value, end, digits) if digits else reading


def _with_units(reading: Reading | None, here: _Place) -> Reading | None:
    """The number with what is counted: percent, degrees, dollars, hours; and ranges."""
    if reading is None or reading.value is None:
        return reading
    for rule in (_scaled, _percent, _degrees, _money, _cents, _clock, _range):
        found = rule(reading, here)
        if found is not None:
            return _with_units(found, here)
    return _alone(reading, here)


def _scaled(reading: Reading, here: _Place) -> Reading | None:
    """`5 million`, `2.5 million`."""
    scale = here.form(reading.count)
    if scale not in _SCALES or reading.value is None:
        return None
    if not reading.decimals and not _is_joined(reading):
        return quantity(reading.value * _SCALES[scale], reading.count + 1)
    signs = (*reading.signs, f"num:{scale.upper()}")
    if here.form(reading.count + 1) in _DOLLARS:
        return reading.plus(2, *signs, "DOLLAR")
    return reading.plus(1, *signs)


def _percent(reading: Reading, here: _Place) -> Reading | None:
    if here.form(reading.count) == "percent":
        return reading.plus(1, *reading.signs, "PERCENT")
    if here.form(reading.count) == "per" and here.form(reading.count + 1) == "cent":
        return reading.plus(2, *reading.signs, "PERCENT")
    return None


def _degrees(reading: Reading, here: _Place) -> Reading | None:
    """`20 degrees`, `20 degrees C`, `5 degrees below zero`."""
    signs, end = reading.signs, reading.count
    if here.form(end) in ("degree", "degrees"):
        signs, end = (*signs, "DEGREE"), end + 1
        if here.form(end) in ("celsius", "centigrade", "c", "fahrenheit", "f"):
            signs, end = (*signs, spell(here.form(end)[0])), end + 1
    if here.form(end) == "below" and here.form(end + 1) in ("zero", "freezing"):
        signs, end = ("MINUS", *signs), end + 2
    if end == reading.count:
        return None
    return replace(reading.plus(end - reading.count, *signs), notice="")


def _money(reading: Reading, here: _Place) -> Reading | None:
    if here.form(reading.count) not in _DOLLARS or reading.value is None:
        return None
    cents = reading.decimals or "00"
    if reading.signs[0] == "MINUS" or _is_joined(reading) or len(cents) != 2:
        return reading.plus(1, *reading.signs, "DOLLAR")
    joined = reading.count + 1 + (here.form(reading.count + 1) == "and")
    more = _base(here.later(joined))
    if more is not None and more.value is not None and 0 < more.value < 100 and cents == "00":
        end = joined + more.count
        if here.form(end) in ("cent", "cents"):
            return reading.plus(end + 1 - reading.count, *numbers.dollars(reading.value, more.value))
    return reading.plus(1, *numbers.dollars(reading.value, int(cents)))


def _cents(reading: Reading, here: _Place) -> Reading | None:
    if here.form(reading.count) not in ("cent", "cents"):
        return None
    return reading.plus(1, "CENT", *reading.signs)


def _clock(reading: Reading, here: _Place) -> Reading | None:
    """`5 o'clock`, `5 pm`, `seven thirty` after a word such as at."""
    hour, end = reading.value, reading.count
    if hour is None or reading.decimals or not 0 <= hour <= 24:
        return None
    oclock = here.form(end) == "oclock"
    half = here.form(end + oclock) if here.form(end + oclock) in _HALVES else ""
    if oclock or half:
        told = numbers.clock(hour, half=half)
        if _is_joined(reading):
            told = ("TIME", *reading.signs, *((spell(half),) if half else ()))
        return reading.plus(oclock + bool(half), *told, role="clock")
    minutes, more = _minutes(here.later(end))
    if not more or here.is_figure() or not 1 <= hour <= 12 or _is_joined(reading):
        return None
    if here.labelled:
        return reading.plus(more, f"dig:{hour}", f"num:{minutes}")
    half = here.form(end + more) if here.form(end + more) in _HALVES else ""
    told_reading = reading.plus(more + bool(half), *numbers.clock(hour, minutes, half), role="clock")
    if half or here.form(-1) in _CLOCK_BEFORE:
        return told_reading
    notice = f"{' '.join(here.forms(0, end + more))} can be a time of day or another number, so it is spelled."
    return replace(told_reading, notice=notice, unsure=True)


def _minutes(here: _Place) -> tuple[int, int]:
    """Minutes said after the hour, 1 to 59, and how many words they are."""
    if here.form() == "oh" and here.form(1) in number_words.DIGITS:
        return int(number_words.DIGITS[here.form(1)]), 2
    if here.is_figure() or here.form() == "a":
        return 0, 0
    count, value = number_words.cardinal(here.forms(), 0)
    return (value, count) if count and 10 <= value <= 59 else (0, 0)


def _range(reading: Reading, here: _Place) -> Reading | None:
    """`5 to 10`, `between 5 and 10`, and `5 and 6`, `5 or 6`, whose numbers must not run together."""
    word = here.form(reading.count)
    if word not in _JOINTS or _is_joined(reading):
        return None
    second = _base(here.later(reading.count + 1))
    if second is None or second.value is None or second.value > numbers.GREATEST:
        return None
    joint = TO if word in ("to", "through") or here.form(-1) == "between" else spell(word)
    return replace(second, count=reading.count + 1 + second.count, signs=(*reading.signs, joint, *second.signs))


def _is_joined(reading: Reading) -> bool:
    return not _JOINED.isdisjoint(reading.signs)


def _alone(reading: Reading, here: _Place) -> Reading:
    """A bare quantity; another one straight after it makes both uncertain."""
    following = here.later(reading.count)
    second = None if following.form() == "a" else _base(following)
    if second is None or second.value is None:
        return reading
    pair = " ".join(here.forms(0, reading.count + second.count))
    return replace(reading, notice=f"Two numbers stand side by side, and may be one: {pair[:60]}.", unsure=True)


def _negative(here: _Place) -> Reading | None:
    """`minus 5 degrees`."""
    reading = _with_units(_base(here.later(1)), here.later(1))
    if reading is None or reading.role != "number" or reading.signs[0] == "MINUS":
        return None
    if not reading.signs[0].startswith("num:"):
        return None
    return reading.plus(1, "MINUS", *reading.signs)


def _spoken_clock(here: _Place) -> Reading | None:
    """`half past three`, `a quarter to four`, `ten past five`, `twenty minutes to six`."""
    start = int(here.form() == "a" and here.form(1) == "quarter")
    if here.form(start) in ("half", "quarter"):
        minutes, end, named = (30 if here.form(start) == "half" else 15), start + 1, True
    else:
        count, minutes = _small(here, 29)
        end, named = count, here.form(count) in ("minute", "minutes")
        if not count or not minutes:
            return None
        end += named
    word = here.form(end)
    count, hour = _small(here.later(end + 1), 12)
    if not count or not hour:
        return None
    if word in ("to", "till", "of") and (word == "to" or named) and minutes < 30:
        if not named and (minutes not in _MINUTES_TO or here.form(-1) not in _CLOCK_BEFORE):
            return None
        hour, minutes = (hour - 2) % 12 + 1, 60 - minutes
    elif word != "past" and not (word == "after" and named):
        return None
    end += 1 + count
    end += here.form(end) == "oclock"
    half = here.form(end) if here.form(end) in _HALVES else ""
    return Reading(end + bool(half), numbers.clock(hour, minutes, half), role="clock")


def _small(here: _Place, most: int) -> tuple[int, int]:
    """A number up to `most` in figures or words: how many words, and its value; 0, 0 where there is none."""
    form = here.form()
    if form.isdigit():
        return (1, int(form)) if len(form) <= 2 and int(form) <= most else (0, 0)
    if form == "a":
        return 0, 0
    count, value = number_words.cardinal(here.forms(), 0)
    return (count, value) if count and value <= most else (0, 0)


def _month_date(here: _Place) -> Reading | None:
    """`March 3rd, 2026`, `the 3rd of March`, `3 March`, `March 2026`."""
    if (month := _month(here)) is not None:
        start = 1 + (here.form(1) == "the")
        count, days = _day(here.later(start))
        certain = here.form() not in _ALSO_A_WORD or here.text()[:1].isupper()
        if count and (certain or not here.form(start).isdigit()):
            return _dated(here, start + count, month, days)
        return _dated(here, 1, month, ()) if certain and _year(here.later(1))[0] else None
    count, days = _day(here)
    joined = count + (here.form(count) == "of")
    month = _month(here.later(joined)) if count else None
    if month is None or len(days) > 1:
        return None
    written = here.text(joined)[:1].isupper()
    if not written and here.form(joined) in _ALSO_A_WORD and joined == count:
        return None
    return _dated(here, joined + 1, month, days)


def _month(here: _Place) -> int | None:
    form = here.form()
    if len(form) == 3 and not here.text()[:1].isupper():
        return None if form != "may" else 5
    return _MONTH_OF.get(form)


def _day(here: _Place) -> tuple[int, tuple[str, ...]]:
    """A day of the month, or two days with a dash between them: how many words, and its groups."""
    form = here.form()
    low, dash, high = form.partition("-")
    plain = low.removesuffix("st").removesuffix("nd").removesuffix("rd").removesuffix("th")
    if plain.isdigit() and len(plain) <= 2 and 1 <= int(plain) <= 31:
        if here.form(1) in _NOT_A_DAY or (dash and not (high.isdigit() and len(high) <= 2)):
            return 0, ()
        return 1, (f"num:{plain}", TO, f"num:{high}") if dash else (f"num:{plain}",)
    count, value = number_words.ordinal(here.forms(), 0)
    return (count, (f"num:{value}",)) if count and value <= 31 else (0, ())


def _year(here: _Place) -> tuple[int, tuple[str, ...]]:
    """A year after a date: how many words, and its groups."""
    form = here.form()
    if len(form) == 4 and form.isdigit() and 1100 <= int(form) <= 2099:
        return 1, numbers.year(int(form))
    count, value = number_words.year(here.forms(), 0)
    return (count, numbers.year(value)) if count else (0, ())


def _dated(here: _Place, end: int, month: int, days: tuple[str, ...]) -> Reading:
    comma = int(bool(days) and here.form(end) == ",")
    count, years = _year(here.later(end + comma))
    signs = (numbers.MONTH_SIGNS[month - 1], *days, *years)
    return Reading(end + (comma + count if count else 0), signs, role=_when(here))
