"""The registry of sign languages, and sentences as a corpus stores them."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.language.languages import LANGUAGES as SIGNED
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.languages import LANGUAGES, find_language, normalise_text
from signllm_training.prompt2sign.text import fold_case, normalise

CODES = st.sampled_from(["", *LANGUAGES])


def test_the_registry_names_the_languages_that_the_translator_knows() -> None:
    assert {code: language.name for code, language in LANGUAGES.items()} == {
        code: language.name for code, language in SIGNED.items()
    }


def test_no_two_languages_share_a_code_or_an_iso_code() -> None:
    codes = [name for language in LANGUAGES.values() for name in {language.code, language.iso639_3}]
    assert len(codes) == len(set(codes))


def test_the_papers_clips_are_102_307() -> None:
    totals = [sum(language.paper_counts[k] for language in LANGUAGES.values()) for k in range(3)]
    assert totals == [85_354, 8_626, 8_327]
    assert sum(totals) == 102_307


@pytest.mark.parametrize(
    ("given_code", "code"),
    [("GSL", "dgs"), ("dgs", "dgs"), ("LSF-CH", "lsf-ch"), ("lis_ch", "lis-ch"), (" TSL ", "tsl"), ("kvk", "ksl")]
    + [(language.iso639_3, language.code) for language in LANGUAGES.values()]
    + [(language.paper_code, language.code) for language in LANGUAGES.values()],
)
def test_the_papers_codes_and_iso_codes_are_understood(given_code: str, code: str) -> None:
    assert find_language(given_code).code == code


@pytest.mark.parametrize("code", ["bsl", "", "a" * 10_000, "de"])
def test_an_unknown_code_is_answered_with_the_known_ones(code: str) -> None:
    with pytest.raises(
        DataError, match=r"there are: asl, dgs \(or gsl\), dsgs, lsf-ch, lis-ch, lsa, ksl, tsl"
    ) as caught:
        find_language(code)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("code", "text", "stored"),
    [
        ("asl", "  It\u2019s \u201cfine\u201d,\tisn\u2019t\u00a0it?\r\n", "It's \"fine\", isn't it?"),
        ("dgs", "\u201eGru\u0308\u00dfe\u201c aus Ko\u0308ln", '"Grüße" aus Köln'),
        ("dsgs", "\u00abStrasse\u00bb", '"Strasse"'),
        ("lsf-ch", "L\u2019\u0153uvre \u00ab\u202fici\u202f\u00bb", 'L\'œuvre " ici "'),
        ("lis-ch", "Perche\u0301 no\u200b?", "Perché no?"),
        ("lsa", "\ufeff¿Que\u0301 man\u0303ana?", "¿Qué mañana?"),
        ("ksl", "\u1112\u1161\u11ab\u1100\u1173\u11af\uff1f", "한글?"),
        ("tsl", "I\u0307stanbul\u2019da", "İstanbul'da"),
        ("", "soft\u00adhyphen \ud800", "softhyphen"),
    ],
)
def test_a_sentence_is_stored_in_one_spelling(code: str, text: str, stored: str) -> None:
    assert normalise_text(text, code) == stored


@pytest.mark.parametrize(
    ("written", "text", "folded"),
    [
        ("de", "GRO\u1e9eE Ma\u00dfe", "große maße"),
        ("tr", "I\u015eIK \u0130z", "\u0131ş\u0131k iz"),
        ("fr-CH", "\u0152UVRE \u00c9T\u00c9", "œuvre été"),
        ("es-AR", "MA\u00d1ANA", "mañana"),
        ("en", "IT", "it"),
    ],
)
def test_small_letters_follow_the_written_language(written: str, text: str, folded: str) -> None:
    assert fold_case(text, written) == folded


@given(st.text(max_size=80), CODES)
@settings(max_examples=200, deadline=None)
def test_normalising_twice_changes_nothing_more(text: str, code: str) -> None:
    once = normalise_text(text, code)
    assert normalise_text(once, code) == once
    once.encode()


@given(st.text(st.characters(categories=["L", "M", "N"]), max_size=40), CODES)
@settings(max_examples=200, deadline=None)
def test_no_letter_mark_or_digit_is_lost(text: str, code: str) -> None:
    written = LANGUAGES[code].written if code else ""
    text = text.replace("\u02bc", "")  # a letter by its category, an apostrophe by its use
    assert normalise(text, written) == unicodedata.normalize("NFC", text)
