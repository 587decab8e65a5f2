"""Numbers: from English words and figures to the signs of ASL."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.errors import InputError
from signllm.language import numbers, translate
from signllm.language.normalise import clean
from signllm.language.spelling import expand
from signllm.language.words import Word, split_sentences
from signllm.lexicon.signs import load_signs
from signllm.lexicon.space import direction

SIGNS = load_signs()


def words_of(text: str) -> list[Word]:
    return [word for sentence in split_sentences(clean(text).signed) for word in sentence.words if word.form != ","]


def reading(text: str) -> str:
    """The words as they stand, numbers as their signs; a question mark follows a number that is unsure."""
    return " ".join(
        " ".join(word.signs) + "?" * word.unsure if word.signs is not None else word.form for word in words_of(text)
    )


# Groups and the signs that they are made of

NINES = "dig:9 num:HUNDRED num:99"
GROUPS = {
    "num:0": "num:0",
    "num:7": "num:7",
    "num:15": "num:15",
    "num:29": "num:29",
    "num:30": "dig:3 dig:0",
    "num:33": "num:33",
    "num:67": "dig:6 dig:7",
    "num:99": "num:99",
    "num:100": "dig:1 num:HUNDRED",
    "num:205": "dig:2 num:HUNDRED dig:5",
    "num:417": "dig:4 num:HUNDRED num:17",
    "num:1000": "dig:1 num:THOUSAND",
    "num:12034": "num:12 num:THOUSAND dig:3 dig:4",
    "num:250000": "dig:2 num:HUNDRED dig:5 dig:0 num:THOUSAND",
    "num:1000000": "dig:1 num:MILLION",
    "num:999999999": f"{NINES} num:MILLION {NINES} num:THOUSAND {NINES}",
    "num:007": "dig:0 dig:0 dig:7",
    "dig:417": "dig:4 dig:1 dig:7",
    "ord:3": "ord:3",
    "usd:5": "usd:5",
    "num:HUNDRED": "num:HUNDRED",
    "fs:B12": "fs:B dig:1 dig:2",
}


@pytest.mark.parametrize(("group", "signs"), GROUPS.items())
def test_a_group_is_made_of_signs_that_exist(group: str, signs: str) -> None:
    assert " ".join(expand(group)) == signs
    assert set(signs.split()) <= set(SIGNS)


@given(st.integers(0, numbers.GREATEST))
def test_every_quantity_has_signs_and_no_two_are_signed_alike(value: int) -> None:
    signs = expand(f"num:{value}")
    assert set(signs) <= set(SIGNS)
    assert value_of(signs) == value


def value_of(signs: tuple[str, ...]) -> int:
    """The number that a reader understands from the signs of a quantity."""
    total, part = 0, 0
    for sign in signs:
        name = sign.partition(":")[2]
        if name == "HUNDRED":
            part *= 100
        elif name in ("THOUSAND", "MILLION"):
            total += part * (1_000 if name == "THOUSAND" else 1_000_000)
            part = 0
        elif part % 100 == 0:
            part += int(name)
        else:
            part = part // 100 * 100 + part % 100 * 10 + int(name)
    return total + part


def test_a_quantity_of_one_to_five_faces_the_signer_and_a_digit_of_a_string_faces_away() -> None:
    def faces_signer(name: str) -> bool:
        return bool(direction(str(SIGNS[name].start.palm))[2] < -0.7)

    assert [value for value in range(10) if faces_signer(f"num:{value}")] == [1, 2, 3, 4, 5]
    assert not any(faces_signer(f"dig:{value}") for value in range(10))


@pytest.mark.parametrize(
    ("group", "part"),
    [
        ("num:1234567890", "up to 999,999,999; write longer numbers digit by digit as dig:1234"),
        ("num:2A", "'num:2A' is no number: num: takes the digits 0 to 9"),
        ("num:", "is no number"),
        ("dig:1.5", "is no number"),
        ("ord:12", "ord: takes 1 to 9; write larger ones as num:10 fs:TH"),
        ("usd:0", "usd: takes 1 to 9; write larger ones as num:10 DOLLAR"),
    ],
)
def test_a_group_that_is_no_number_is_refused_in_one_sentence(group: str, part: str) -> None:
    with pytest.raises(InputError, match=re.escape(part)):
        translate("x", gloss=group)


def test_the_gloss_line_keeps_the_group_and_can_be_read_again() -> None:
    line = "IX-1 HAVE num:205 BOOK | dig:417 fs:B12 ord:3 num:1000"
    utterance = translate("x", gloss=line)
    assert utterance.gloss_text == line
    assert [gloss.name for gloss in utterance.glosses if gloss.word == 2] == ["dig:2", "num:HUNDRED", "dig:5"]


# English

QUANTITIES = {
    "25 people": "num:25 people",
    "twenty five books": "num:25 books",
    "twenty-five books": "num:25 books",
    "two hundred and five": "num:205",
    "a hundred and one": "num:101",
    "nineteen hundred": "num:1900",
    "two thousand and five": "num:2005",
    "1,000 friends": "num:1000 friends",
    "one million two hundred thousand and five": "num:1200005",
    "5 million people": "num:5000000 people",
    "999999999": "num:999999999",
    "1000000000": "dig:1000000000",
    "zero": "num:0",
    "hundred people": "num:100 people",
    "several hundred people": "several hundred people",
    "hundreds of people": "hundreds of people",
    "I have one sister and two brothers": "i have num:1 sister and num:2 brothers",
    "5 or 6": "num:5 fs:OR num:6",
    "two and three": "num:2 fs:AND num:3",
    "a 25-year-old": "a num:25 year old",
    "no one": "no one",
    "the first one": "the ord:1 ",
}
DECIMALS_AND_PARTS = {
    "3.5": "num:3 POINT dig:5",
    "3.14": "num:3 POINT dig:14",
    "three point one four": "num:3 POINT dig:14",
    ".5": "num:0 POINT dig:5",
    "1,234.56": "num:1234 POINT dig:56",
    "2.5 million": "num:2 POINT dig:5 num:MILLION",
    "5%": "num:5 PERCENT",
    "3.5 percent": "num:3 POINT dig:5 PERCENT",
    "one hundred per cent": "num:100 PERCENT",
    "1.000": "num:1 POINT dig:000",
    "3,5": "dig:3 fs:COMMA dig:5",
    "two thirds": "num:2 fs:THIRDS",
    "3/4": "num:3 fs:OVER num:4",
    "2\u00bd": "num:2 fs:AND num:1 fs:OVER num:2",
    "version 1.2.3": "version dig:1 POINT dig:2 POINT dig:3",
}
TEMPERATURES = {
    "20 degrees": "num:20 DEGREE",
    "20 \u00b0C": "num:20 DEGREE fs:C",
    "70 degrees Fahrenheit": "num:70 DEGREE fs:F",
    "minus 5 degrees": "MINUS num:5 DEGREE",
    "\u22125 degrees": "MINUS num:5 DEGREE",
    "5 degrees below zero": "MINUS num:5 DEGREE",
    "-5": "MINUS num:5",
    "negative three": "MINUS num:3",
    "5 to 10 degrees": "num:5 fs:TO num:10 DEGREE",
}
ORDINALS = {
    "first": "ord:1",
    "3rd": "ord:3",
    "21st": "num:21 fs:ST",
    "twenty first": "num:21 fs:ST",
    "tenth": "num:10 fs:TH",
    "12th": "num:12 fs:TH",
    "one hundred and fifth": "num:105 fs:TH",
    "the second time": "the ord:2 time",
    "wait a second": "wait a second",
    "30 seconds": "num:30 seconds",
}
YEARS_AND_DATES = {
    "in 1984": "in num:19 num:84",
    "since 2026": "since num:20 num:26",
    "in 2005": "in dig:2005",
    "in 1905": "in num:19 dig:05",
    "in 1900": "in num:19 num:HUNDRED",
    "in 2000": "in num:2000",
    "nineteen eighty four": "num:19 num:84",
    "twenty oh five": "dig:2005",
    "I have 1984 books": "i have num:1984 books",
    "the 1990s": "the num:19 num:90 fs:S",
    "2024-2025": "num:20 num:24 fs:TO num:20 num:25",
    "March 3rd": "fs:MARCH num:3",
    "March 3, 2026": "fs:MARCH num:3 num:20 num:26",
    "the 3rd of March": "the fs:MARCH num:3",
    "3 January 2026": "fs:JAN num:3 num:20 num:26",
    "Jan. 5": "fs:JAN num:5",
    "May 5": "fs:MAY num:5",
    "I may go": "i may go",
    "we march 5 miles": "we march num:5 miles",
    "August 2026": "fs:AUG num:20 num:26",
    "3/14/2026": "fs:MARCH num:14 num:20 num:26",
    "14/3/2026": "fs:MARCH num:14 num:20 num:26",
    "3/4/2026": "fs:MARCH num:4 num:20 num:26?",
    "2026-03-14": "fs:MARCH num:14 num:20 num:26",
    "14.3.2026": "fs:MARCH num:14 num:20 num:26",
    "24/7": "dig:24 dig:7",
}
CLOCK = {
    "3:30": "TIME num:3 num:30",
    "at 3:30 pm": "at TIME num:3 num:30 fs:PM",
    "15:30": "TIME num:3 num:30 fs:PM",
    "0:15": "TIME num:12 num:15 fs:AM",
    "5:05": "TIME num:5 dig:05",
    "5 p.m. sharp": "TIME num:5 fs:PM sharp",
    "5pm": "TIME num:5 fs:PM",
    "five o'clock": "TIME num:5",
    "half past three": "TIME num:3 num:30",
    "a quarter to four": "TIME num:3 num:45",
    "quarter past one": "TIME num:1 num:15",
    "ten past five": "TIME num:5 num:10",
    "it is ten to one": "it is TIME num:12 num:50",
    "twenty minutes to six": "TIME num:5 num:40",
    "ten to fifteen people": "num:10 fs:TO num:15 people",
    "at seven thirty": "at TIME num:7 num:30",
    "seven thirty": "TIME num:7 num:30?",
    "10:61": "dig:10 fs:COLON dig:61",
}
MONEY = {
    "$4.50": "usd:4 num:50",
    "$9": "usd:9",
    "$10": "num:10 DOLLAR",
    "25 dollars": "num:25 DOLLAR",
    "five dollars and 30 cents": "usd:5 num:30",
    "$4.05": "usd:4 CENT num:5",
    "30 cents": "CENT num:30",
    "99\u00a2": "CENT num:99",
    "$0.50": "CENT num:50",
    "$1,250.75": "num:1250 DOLLAR num:75",
    "$5 million": "num:5000000 DOLLAR",
    "5 to 10 dollars": "num:5 fs:TO num:10 DOLLAR",
}
STRINGS = {
    "room 417": "room dig:417",
    "Our room number is 417": "our room number is dig:417",
    "room four one seven": "room dig:417",
    "room four seventeen": "room dig:4 num:17",
    "bus 12": "bus num:12",
    "zip code 90210": "zip code dig:90210",
    "555-1234": "dig:555 dig:1234",
    "(555) 123-4567": "dig:555 dig:123 dig:4567",
    "555 123 4567": "dig:555 dig:123 dig:4567",
    "1-800-555-1234": "dig:1 dig:800 dig:555 dig:1234",
    "nine one one": "dig:911",
    "dial 112": "dial dig:112",
    "0800": "dig:0800",
    "5-10": "num:5 fs:TO num:10",
    "5\u201310 people": "num:5 fs:TO num:10 people",
    "between 5 and 10": "between num:5 fs:TO num:10",
    "200-1500 people": "num:200 fs:TO num:1500 people",
    "12 5": "num:12? num:5",
    "twenty five thirty": "num:25? num:30",
    "COVID-19": "covid num:19",
    "50mg": "num:50 mg",
}
TABLE = (
    QUANTITIES | DECIMALS_AND_PARTS | TEMPERATURES | ORDINALS | YEARS_AND_DATES | CLOCK | MONEY | STRINGS
)  # fmt: skip


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(TABLE) >= 80


@pytest.mark.parametrize(("english", "signs"), TABLE.items())
def test_english_numbers_become_asl_numbers(english: str, signs: str) -> None:
    assert reading(english) == signs


@pytest.mark.parametrize("english", TABLE)
def test_every_sign_of_a_number_can_be_made(english: str) -> None:
    names = [name for word in words_of(english) for sign in word.signs or () for name in expand(sign)]
    assert all(name in SIGNS for name in names)


@pytest.mark.parametrize(
    ("english", "part"),
    [
        ("We meet on 3/4/2026", "3/4/2026 can be a day in two months"),
        ("We meet on 3.4.2026", "3.4.2026 can be a day in two months"),
        ("It is half of 3/4", "can be a fraction or a date"),
        ("seven thirty", "seven thirty can be a time of day or another number"),
        ("We meet on 14/3/2026", "read as day and month"),
        ("It is -5", "-5 was read as minus 5"),
        ("It weighs 1.000 pounds", "Write 1,000 or 1."),
        ("I saw 12 5", "Two numbers stand side by side"),
        ("It is 3,5 long", "It is not clear what 3,5 means"),
        ("It has 1000000000 stars", "Numbers above 999,999,999 are signed digit by digit"),
    ],
)
def test_a_doubtful_reading_says_how_it_was_read(english: str, part: str) -> None:
    assert part in " ".join(word.notice for word in words_of(english))


@pytest.mark.parametrize(
    ("english", "signed"),
    [
        ("We meet on 3/4/2026.", "dig:3 dig:4 dig:2026"),
        ("I saw 12 5.", "dig:12"),
        ("I see seven thirty.", "fs:SEVEN fs:THIRTY"),
    ],
)
def test_an_unsure_number_is_signed_as_it_is_written_and_never_as_it_was_guessed(english: str, signed: str) -> None:
    utterance = translate(english)
    assert signed in utterance.gloss_text or not utterance.glosses
    assert "fs:MARCH" not in utterance.gloss_text and "TIME" not in utterance.gloss_text
    assert utterance.notices


@pytest.mark.parametrize(
    ("english", "signed"),
    [
        ("I bought 2 1/2 pounds.", "num:2 fs:AND num:1 fs:OVER num:2"),
        ("It is 3,5 long.", "dig:3 fs:COMMA dig:5"),
        ("I have 1.000 books.", "num:1 POINT dig:000"),
    ],
)
def test_the_parts_of_a_number_that_has_no_reading_do_not_run_together(english: str, signed: str) -> None:
    utterance = translate(english)
    assert signed in utterance.gloss_text and "as it is written" in " ".join(utterance.notices)


def test_a_number_that_is_read_with_a_notice_is_signed_with_it() -> None:
    utterance = translate("We meet on 14/3/2026.")
    assert "fs:MARCH num:14 num:20 num:26" in utterance.gloss_text
    assert any("read as day and month" in notice for notice in utterance.notices)


def test_an_hour_and_no_other_number_after_at_becomes_a_time() -> None:
    assert "TIME num:10" in translate("The meeting is at 10.").gloss_text
    assert "TIME" not in translate("Call me at (555) 123-4567.").gloss_text


def test_am_pm_and_months_count_as_signed_because_signers_spell_them_too() -> None:
    assert translate("I work at 5 pm.").coverage == 1.0


NUMBER_WORDS = st.sampled_from(
    "zero one two five ten eleven twenty thirty hundred thousand million a and point half quarter past to oh minus"
    " first second third degrees dollars cents percent pm am March May of the 5 12 1984 2005 3:30 3/4 -5 1,000 0.5"
    " 555-1234 21st , at in room between 1990s $4 below".split()
)


@settings(deadline=None)
@given(st.lists(NUMBER_WORDS, max_size=40).map(" ".join))
def test_any_row_of_number_words_gives_signs_that_exist(text: str) -> None:
    for word in words_of(f"numbers {text}"):
        for sign in word.signs or ():
            assert all(name in SIGNS for name in expand(sign)), (text, sign)


@settings(deadline=None)
@given(st.text("0123456789.,:/-stndrh $%()", min_size=1, max_size=200))
def test_any_figure_gives_signs_that_exist(text: str) -> None:
    for word in split_sentences(text):
        for part in word.words:
            for sign in part.signs or ():
                assert all(name in SIGNS for name in expand(sign)), (text, sign)


def test_a_book_of_digits_takes_bounded_time_and_a_bounded_number_of_signs() -> None:
    utterance = translate("7" * 100_000)
    assert 0 < len(utterance.glosses) <= numbers.MAX_DIGITS
    assert utterance.notices
    assert len(translate("1 " * 5_000, spell=True).glosses) <= 60 * numbers.MAX_DIGITS
    assert len(translate("one " * 50_000).glosses) <= 60 * numbers.MAX_DIGITS
