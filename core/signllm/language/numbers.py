"""Numbers as ASL signs them: groups such as `num:205`, and the signs that each is made of.

Four kinds of group stand in a line of glosses:

    num:205     a quantity, 0 to 999,999,999          dig:2 num:HUNDRED dig:5
    dig:417     digits one by one: telephone, room     dig:4 dig:1 dig:7
    ord:3       an ordinal, 1 to 9                     ord:3
    usd:5       dollars, 1 to 9                        usd:5

Quantities up to 29 and the doubles 33 to 99 have signs of their own. 1 to 5 face the signer only while they stand
alone; inside a larger number every digit faces away. Ordinals from 10 are the number with its English ending, dollars
from 10 the number with DOLLAR.
Source: general knowledge of ASL numbers; not reviewed by Deaf signers.
"""

from __future__ import annotations

import re
from typing import Final

GREATEST: Final = 999_999_999
"""Largest quantity; a longer number is signed digit by digit."""
MAX_DIGITS: Final = 40
"""Most digits of one group that are signed, as many as letters of a word."""
KINDS: Final = ("num", "dig", "ord", "usd")

MONTH_SIGNS: Final = tuple(f"fs:{name}" for name in "JAN FEB MARCH APRIL MAY JUNE JULY AUG SEPT OCT NOV DEC".split())
"""Months are spelled in ASL, long names by their first letters."""
SPELLED: Final = frozenset({*MONTH_SIGNS, *(f"fs:{name}" for name in "AM PM ST ND RD TH S C F".split())})
"""What signers spell in numbers too: it is no word without a sign."""

_GROUP: Final = re.compile(r"num:(?:[0-9]{1,9}|HUNDRED|THOUSAND|MILLION)|dig:[0-9]+|(?:ord|usd):[1-9]")
_SCALES: Final = ((1_000_000, "num:MILLION"), (1_000, "num:THOUSAND"))
_OWN_SIGN: Final = frozenset([*range(30), *range(33, 100, 11)])
"""Quantities that are one sign."""


def is_group(name: str) -> bool:
    """Whether a name is a number that can be signed."""
    return _GROUP.fullmatch(name) is not None


def expand(group: str) -> tuple[str, ...]:
    """The signs of a group, in order; of a string the first `MAX_DIGITS` digits.

    A quantity written with leading zeros is a string of digits: `num:007` is 0, 0, 7.

    Raises:
        ValueError: It is no group; see `is_group` and `problem`.
    """
    if not is_group(group):
        raise ValueError(problem(group))
    kind, _, rest = group.partition(":")
    if kind in ("ord", "usd") or rest.isalpha():
        return (group,)
    if kind == "dig" or (rest[0] == "0" and len(rest) > 1):
        return tuple(f"dig:{digit}" for digit in rest[:MAX_DIGITS])
    value = int(rest)
    return (f"num:{value}",) if value in _OWN_SIGN else tuple(_large(value))


def problem(name: str) -> str:
    """A sentence on why a name such as `num:ANA` is no number, and what is."""
    kind, _, rest = name.partition(":")
    shown = repr(name[:40])
    if kind in ("ord", "usd"):
        what = "an ordinal" if kind == "ord" else "an amount of dollars"
        larger = "num:10 fs:TH" if kind == "ord" else "num:10 DOLLAR"
        return f"{shown} is not {what} with a sign of its own: {kind}: takes 1 to 9; write larger ones as {larger}"
    if kind == "num" and rest.isascii() and rest.isdigit():
        digits = f"dig:{rest[:4]}"
        return f"{shown} is too large: num: takes up to {GREATEST:,}; write longer numbers digit by digit as {digits}"
    return f"{shown} is no number: {kind}: takes the digits 0 to 9, as in {kind}:25; spell letters as fs:ANA"


def is_hour(signs: tuple[str, ...]) -> bool:
    """Whether signs are one quantity that can be an hour of the day."""
    kind, _, rest = signs[0].partition(":") if len(signs) == 1 else ("", "", "")
    return kind == "num" and len(rest) <= 2 and rest.isdigit() and int(rest) <= 24


def quantity(value: int) -> str:
    """The group of a quantity, or of its digits where it is larger than `GREATEST`."""
    return f"num:{value}" if value <= GREATEST else f"dig:{value}"


def year(value: int) -> tuple[str, ...]:
    """The groups of a year: 1984 as 19 84, 1905 as 19 0 5, 2005 digit by digit, 2026 as 20 26."""
    century, rest = divmod(value, 100)
    if not 1100 <= value <= 2099 or value == 2000:
        return (quantity(value),)
    if century == 20 and rest < 10:
        return (f"dig:{value}",)
    if rest == 0:
        return (f"num:{century}", "num:HUNDRED")
    return (f"num:{century}", f"num:{rest}" if rest >= 10 else f"dig:{rest:02}")


def decimal(whole: str, decimals: str) -> tuple[str, ...]:
    """The groups of a decimal number, digit by digit after its point."""
    return (quantity(int(whole)), "POINT", f"dig:{decimals}")


def dollars(whole: int, cents: int = 0) -> tuple[str, ...]:
    """The groups of an amount of money: usd:4 num:50, num:25 DOLLAR, CENT num:30."""
    if whole == 0 and cents:
        return ("CENT", f"num:{cents}")
    amount = (f"usd:{whole}",) if 1 <= whole <= 9 else (quantity(whole), "DOLLAR")
    if not cents:
        return amount
    return (*amount, f"num:{cents}") if cents >= 10 else (*amount, "CENT", f"num:{cents}")


def clock(hour: int, minute: int = 0, half: str = "") -> tuple[str, ...]:
    """The groups of a time of day: TIME num:3 num:30 fs:PM; hours beyond 12 are told as pm.

    Args:
        hour: 0 to 24.
        minute: 0 to 59.
        half: `am` or `pm` where the text says so.
    """
    if hour in (0, 24):
        hour, half = 12, half or "am"
    elif hour > 12:
        hour, half = hour - 12, "pm"
    minutes = () if minute == 0 else (f"num:{minute}",) if minute >= 10 else (f"dig:{minute:02}",)
    return ("TIME", f"num:{hour}", *minutes, *((f"fs:{half.upper()}",) if half else ()))


def ordinal(value: int) -> tuple[str, ...]:
    """The groups of an ordinal: ord:3, num:21 fs:ST."""
    return (f"ord:{value}",) if 1 <= value <= 9 else (quantity(value), f"fs:{ending(value).upper()}")


def ending(value: int) -> str:
    """The English ending of an ordinal: st, nd, rd, th."""
    if value % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _large(value: int) -> list[str]:
    """The signs of a number inside which every digit faces away."""
    names: list[str] = []
    for scale, sign in _SCALES:
        if value >= scale:
            names += [*_large(value // scale), sign]
            value %= scale
    if value >= 100:
        names += [f"dig:{value // 100}", "num:HUNDRED"]
        value %= 100
    if value == 0:
        return names
    if value < 10 or value not in _OWN_SIGN:
        return [*names, *(f"dig:{digit}" for digit in str(value))]
    return [*names, f"num:{value}"]
