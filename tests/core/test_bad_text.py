"""Whatever text comes, glosses that exist come out, in bounded number and time, and what was lost is said."""

from __future__ import annotations

import re
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.errors import InputError, SignLLMError
from signllm.language import translate
from signllm.language.labels import LABELS
from signllm.language.normalise import MAX_CHARACTERS
from signllm.language.spelling import MAX_LETTERS
from signllm.language.translate import MAX_WORDS
from signllm.language.vocabulary import asl_vocabulary
from signllm.source import PAUSE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no word to sign"),
        (" \n\t ", "no word to sign"),
        ("?!...,;", "no word to sign"),
        ("\x00\x07\u200b", "no word to sign"),
        ("word " * 40_001, "200,005 characters; at most 200,000"),
    ],
)
def test_text_that_cannot_be_used_is_refused_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        translate(text)


@pytest.mark.parametrize(
    ("text", "glosses", "notice"),
    [
        ("Hello \U0001f600\u2764\ufe0f Ana", "HELLO fs:ANA", "Emoji and symbols"),
        ("\U0001f600", "", "Emoji and symbols"),
        ("Hello שלום", "HELLO", "no handshapes .* שלום"),
        ("مرحبا", "", "no handshapes"),
        ("Привет, mother", "MOTHER", "no handshapes .* Привет"),
        ("नमस्ते", "", "no handshapes .* नमस्ते"),
        ("你好", "", "no handshapes .* 你好"),
    ],
)
def test_what_has_no_sign_and_no_letter_is_in_the_caption_and_in_a_notice(text: str, glosses: str, notice: str) -> None:
    utterance = translate(text)
    assert utterance.gloss_text == glosses
    assert re.search(notice, " ".join(utterance.notices))
    assert utterance.label == ("Experimental" if glosses and "fs:" not in glosses else utterance.label)
    assert bool(utterance.glosses) or (utterance.label, utterance.coverage) == ("Captions only", 0.0)


@pytest.mark.parametrize("text", ["the", "a", "is", "To the", "Are", "The.", "is, are"])
def test_words_without_a_sign_of_their_own_are_said_to_have_none(text: str) -> None:
    utterance = translate(text)
    assert (utterance.glosses, utterance.label) == ((), "Captions only")
    assert utterance.notices == (
        f"These words have no sign of their own in ASL, so they are in the caption only: {text}",
    )


def test_control_and_direction_characters_are_removed_from_caption_and_signs() -> None:
    utterance = translate("Hel\x00lo\u202e\x1b, mother\ud800")
    assert utterance.text == "Hello, mother"
    assert utterance.gloss_text == "HELLO MOTHER"


def test_full_width_letters_and_digits_of_other_scripts_are_read() -> None:
    assert translate("\uff28\uff25\uff2c\uff2c\uff2f \u0662\u0665").gloss_text == "HELLO num:25"


def test_what_is_cut_is_said() -> None:
    long = translate("mother " * 100)
    assert len(long.glosses) == MAX_WORDS
    assert "first 60 of 100 words" in long.notices[0]
    assert len(translate("x" * 1000).glosses) == MAX_LETTERS
    assert "longer than 40 letters" in translate("x" * 1000).notices[0]


def test_pauses_do_not_count_as_words_and_none_is_left_at_the_end() -> None:
    glosses = [gloss.name for gloss in translate("I am happy. " * 40).glosses]
    assert len([name for name in glosses if name != PAUSE]) == MAX_WORDS
    assert glosses[-1] != PAUSE


def test_ten_thousand_words_are_cut_with_a_notice_in_bounded_time_and_memory() -> None:
    text = "My mother is happy. " * 2500
    translate(text)
    tracemalloc.start()
    began = time.perf_counter()
    utterance = translate(text)
    took, (_, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (took, peak) < (3.0, 20_000_000)  # 0.1 s by itself; tracing and a busy machine slow it down
    assert utterance.text == text.strip()
    assert re.search(r"Only the first 60 of [\d,]+ words are signed; the last [\d,]+ are in", utterance.notices[0])


@pytest.mark.parametrize("unit", ["a", "and ", "x@y.zz ", "www.", "take ", "not ", "5 ", "1,", "(", "if ", "\u0301"])
def test_the_longest_text_of_one_thing_takes_no_longer(unit: str) -> None:
    text = ("hello " + unit * MAX_CHARACTERS)[:MAX_CHARACTERS]
    began = time.perf_counter()
    assert translate(text).text
    assert time.perf_counter() - began < 5.0  # at most 0.6 s by itself, on a busy machine more


@pytest.mark.parametrize(
    ("text", "glosses", "notice"),
    [
        ("Write to ana@example.org.", "WRITE fs:ANA fs:AT fs:EXAMPLE fs:DOT fs:ORG", "Addresses are spelled"),
        ("See example.org now.", "NOW SEE fs:EXAMPLE fs:DOT fs:ORG", "Addresses are spelled"),
        ("Read https://example.org/a/b?c=d%20e now.", "NOW READ", "Long addresses are in the caption only: https"),
        ("Look at www.example.org/page", "LOOK", "caption only"),
    ],
)
def test_addresses_are_spelled_while_short_and_captioned_when_long(text: str, glosses: str, notice: str) -> None:
    utterance = translate(text)
    assert utterance.gloss_text == glosses
    assert notice in " ".join(utterance.notices)


@pytest.mark.parametrize(
    ("text", "glosses"),
    [
        ("MY MOTHER IS HAPPY.", "MY MOTHER HAPPY"),
        ("my mother is happy", "MY MOTHER HAPPY"),
        ("My mother IS happy!!!", "MY MOTHER HAPPY"),
        ("my   mother\n\nis\thappy", "MY MOTHER HAPPY"),
        ("Моя mother есть happy", "MOTHER HAPPY"),
        ("#Storm in the @north", "fs:STORM"),
    ],
)
def test_capitals_blanks_and_mixed_scripts_change_nothing_else(text: str, glosses: str) -> None:
    assert translate(text).gloss_text.startswith(glosses)


NAMES = asl_vocabulary().reviews.keys() | {PAUSE}
ENGLISH = st.lists(
    st.sampled_from(
        [*asl_vocabulary().sign_of, "do", "is", "the", "and", "'s", ",", "?", "!", "New", "Ana", "7", "o'clock", "fs:b"]
    )
).map(" ".join)


@settings(deadline=None)
@given(st.one_of(st.text(), ENGLISH), st.booleans())
def test_any_text_gives_known_glosses_in_bounded_number_or_one_of_our_errors(text: str, spell: bool) -> None:
    try:
        utterance = translate(text, spell=spell)
    except SignLLMError as error:
        assert "\n" not in str(error)
        return
    assert all(gloss.name in NAMES for gloss in utterance.glosses)
    assert utterance.glosses or utterance.notices
    assert len(utterance.glosses) <= 2 * MAX_WORDS * MAX_LETTERS
    assert 0.0 <= utterance.coverage <= 1.0
    assert utterance.label in LABELS
    assert all(0 <= tier.first <= tier.last < len(utterance.glosses) for tier in utterance.nonmanuals)


STEMS = ["I", "could", "y", "all", "mother", "o", "can", "who", "Ana", "not", "have", "s", "cafe", "neil", "7"]
ENDINGS = ["'d", "'ve", "n't", "'re", "'ll", "'m", "'s", "'all", "'clock", "\u2019t", "''", "'x"]
APOSTROPHES = st.lists(
    st.builds(lambda stem, ends: stem + "".join(ends), st.sampled_from(STEMS), st.lists(st.sampled_from(ENDINGS))),
    min_size=1,
).map(" ".join)


@settings(deadline=None)
@given(APOSTROPHES, st.booleans())
def test_no_apostrophe_ever_gets_into_a_gloss_and_silence_has_a_reason(text: str, spell: bool) -> None:
    utterance = translate(text, spell=spell)
    assert all(gloss.name in NAMES for gloss in utterance.glosses)
    assert utterance.glosses or utterance.notices


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_language_and_any_gloss_line_gives_an_utterance_or_one_of_our_errors(language: str, gloss: str) -> None:
    for name, line in ((language, None), ("asl", gloss)):
        try:
            translate("hello", name, gloss=line)
        except SignLLMError as error:
            assert len(str(error)) < 400


@pytest.mark.parametrize(
    "unit", ["a", "'d", "yes ", "and she ", "can not ", "when ", "é", "'s", "\u0301", "1,", "fs:", "\U0001f600"]
)
def test_the_longest_text_of_one_thing_is_still_answered(unit: str) -> None:
    text = ("hello " + unit * MAX_CHARACTERS)[:MAX_CHARACTERS]
    assert translate(text).text
