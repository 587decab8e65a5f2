"""LangGloss tokens: one spelling for every token, one reading for every spelling."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  the profile of all property tests
from signllm.errors import InputError
from signllm.language.langgloss import LONGEST, LangGloss, attach, parse_langgloss, parse_line, print_line
from signllm.language.languages import LANGUAGES
from signllm.lexicon.signs import load_signs
from signllm.model.vocabulary import Vocabulary
from signllm.source import PAUSE

ANY_GLOSS = st.text(max_size=8) | st.text("AB_<>-:|Ä 1", max_size=8)


def test_a_gloss_carries_its_language() -> None:
    assert str(LangGloss("asl", "HELLO")) == "ASL_HELLO"
    assert LangGloss("lsf-ch", "MERCI").token == "<LSF-CH_MERCI>"


def test_the_same_word_is_another_token_in_each_language() -> None:
    assert len({str(LangGloss(code, "NAME")) for code in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize("text", ["ASL_HELLO", "<ASL_HELLO>"])
def test_a_token_is_read_with_and_without_its_brackets(text: str) -> None:
    assert parse_langgloss(text) == LangGloss("asl", "HELLO")


@pytest.mark.parametrize(
    ("text", "language", "gloss"),
    [
        ("DGS___ON__", "dgs", "__ON__"),  # Phoenix has such glosses
        ("ASL_MOTHER_TONGUE", "asl", "MOTHER_TONGUE"),
        ("LIS-CH_GRAZIE", "lis-ch", "GRAZIE"),
        ("ASL_fs:A", "asl", "fs:A"),
        ("DSGS_dsgs:SCH", "dsgs", "dsgs:SCH"),
        ("DGS_dgs:Ä", "dgs", "dgs:Ä"),
        ("ASL_|", "asl", PAUSE),
    ],
)
def test_the_first_underscore_ends_the_attribute(text: str, language: str, gloss: str) -> None:
    assert parse_langgloss(text) == LangGloss(language, gloss)
    assert str(LangGloss(language, gloss)) == text


@pytest.mark.parametrize("language", ["asl", "dgs", "dsgs"])
def test_every_sign_of_the_lexicons_has_a_token_and_the_vocabulary_prints_the_same(language: str) -> None:
    glosses = (*load_signs(language), PAUSE)
    tokens = attach(language, glosses)
    assert parse_line(print_line(tokens)) == tokens
    assert [token.token for token in tokens] == list(Vocabulary(language, glosses).tokens[2:])


@given(st.sampled_from([*LANGUAGES, "x-test-a"]), ANY_GLOSS)
def test_what_is_accepted_is_read_back_alone_and_in_a_line(language: str, gloss: str) -> None:
    try:
        token = LangGloss(language, gloss)
    except InputError:
        return
    languages = (*LANGUAGES, "x-test-a")
    assert parse_langgloss(str(token), languages) == parse_langgloss(token.token, languages) == token
    assert parse_line(print_line([token, token]), languages) == (token, token)


@given(st.text(max_size=12) | st.builds("ASL_{}".format, ANY_GLOSS))
def test_any_text_has_one_reading_or_is_refused(text: str) -> None:
    try:
        token = parse_langgloss(text)
    except InputError:
        return
    assert text in (str(token), token.token)


@pytest.mark.parametrize(
    "text",
    ["HELLO", "MOTHER_TONGUE", "asl_HELLO", "Asl_HELLO", "_HELLO", "GSL_HALLO", "<ASL_HELLO", "<PAD>", "", "ASL HELLO"],
)
def test_a_gloss_without_a_known_attribute_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(
        InputError, match=r"no language attribute in capitals; .* as in ASL_HELLO; attributes are: ASL, DGS"
    ):
        parse_langgloss(text)


def test_attributes_are_those_of_the_languages_given() -> None:
    assert parse_langgloss("X-TEST-A_HELLO", ["x-test-a"]) == LangGloss("x-test-a", "HELLO")
    with pytest.raises(InputError, match="as in X-TEST-A_HELLO; attributes are: X-TEST-A"):
        parse_langgloss("ASL_HELLO", ["x-test-a"])


@pytest.mark.parametrize(
    ("gloss", "message"),
    [
        ("", "is empty; name a sign"),
        ("THANK YOU", "has blanks or characters that cannot be seen; join its words with hyphens"),
        ("A\u00a0B", "has blanks or characters that cannot be seen"),
        ("A\u200bB", "has blanks or characters that cannot be seen"),
        ("\ud800", "has blanks or characters that cannot be seen"),
        ("<HELLO>", "has brackets"),
        (unicodedata.normalize("NFD", "Ä"), "give it in Unicode's NFC"),
        ("ASL_HELLO", "has a language attribute already and would get a second one"),
        ("DGS_HALLO", "has a language attribute already and would get a second one"),
        ("X" * (LONGEST + 1), f"has {LONGEST + 1} characters; {LONGEST} are the most"),
    ],
)
def test_a_gloss_with_more_than_one_reading_is_refused(gloss: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        LangGloss("asl", gloss)


@pytest.mark.parametrize("code", ["", "ASL", "a_b", "a b", "-a", "a-", "ä"])
def test_a_code_that_cannot_be_an_attribute_is_refused(code: str) -> None:
    with pytest.raises(InputError, match="is no code of a language; write small letters"):
        LangGloss(code, "HELLO")
