"""Names of models, as the paper's tables print them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  the profile of all property tests
from signllm.errors import InputError
from signllm.model.naming import Mode, ModelName, parse_name
from signllm.model.sizes import SIZES

TABLES_2_4_6 = [
    f"SignLLM-1x{size}-{mode} ({language})"
    for size, mode, language in itertools.product(("40M-Base", "120M-Large", "1B-Super"), "MP", ("ASL", "GSL"))
]
TABLE_3 = [
    f"SignLLM-6x{size}-M {language}"
    for size, language in itertools.product(
        ("40M-Base", "120M-Large"), ("DSGS", "LSF-CH", "LIS-CH", "LSA", "KSL", "TSL")
    )
]

names = st.builds(
    ModelName,
    st.integers(1, 99),
    st.sampled_from(list(SIZES)),
    st.sampled_from(Mode),
    st.one_of(st.just(""), st.from_regex(r"[a-z][a-z0-9]{0,3}(-[a-z0-9]{1,4})?", fullmatch=True)).filter(
        lambda code: code != "gsl"
    ),
)


@pytest.mark.parametrize("text", TABLES_2_4_6)
def test_a_name_of_the_tables_comes_back_as_it_is(text: str) -> None:
    assert str(parse_name(text)) == text


@pytest.mark.parametrize("text", TABLE_3)
def test_a_language_in_a_column_of_its_own_is_put_in_brackets(text: str) -> None:
    model, _, language = text.partition(" ")
    assert str(parse_name(text)) == f"{model} ({language})"


def test_a_name_says_its_parts() -> None:
    assert parse_name("SignLLM-6x40M-Base-M") == ModelName(6, "base", Mode.MLSF)
    assert parse_name("SignLLM-1x1B-Super-P (LSF-CH)") == ModelName(1, "super", Mode.PROMPT2LANGGLOSS, "lsf-ch")


@pytest.mark.parametrize(
    "text", ["SIGNLLM-2x40M-Base-M (ASL)", "signllm-2X40m-base-m-asl", " SignLLM-2x40M-Base-M(ASL)"]
)
def test_spellings_of_the_prose_are_read_as_the_same(text: str) -> None:
    assert str(parse_name(text)) == "SignLLM-2x40M-Base-M (ASL)"


def test_the_paper_says_gsl_and_we_say_dgs() -> None:
    assert parse_name("SignLLM-1x40M-Base-M (GSL)").language == "dgs"
    assert parse_name("SignLLM-1x40M-Base-M (DGS)").language == "dgs"
    assert str(ModelName(1, "base", Mode.MLSF, "dgs")) == "SignLLM-1x40M-Base-M (GSL)"


def test_tiny_has_a_name_too() -> None:
    assert str(ModelName(5, "tiny", Mode.PROMPT2LANGGLOSS)) == "SignLLM-5x6M-Tiny-P"


def test_pairs_add_up_and_shared_parameters_do_not() -> None:
    assert parse_name("SignLLM-2x40M-Base-M").total_parameters == 80_000_000  # the paper's own example
    assert parse_name("SignLLM-2x40M-Base-P").total_parameters == 40_000_000


@given(names)
def test_every_name_is_read_back(name: ModelName) -> None:
    assert parse_name(str(name)) == name


@given(st.text(max_size=40) | st.from_regex(r"SignLLM-[0-9x]{0,5}[MB]?-[A-Za-z]{0,5}-[MPX]? ?\(?[A-Z-]{0,4}\)?"))
def test_any_text_is_a_name_or_refused_with_a_sentence(text: str) -> None:
    try:
        name = parse_name(text)
    except InputError:
        return
    assert parse_name(str(name)) == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no name of a model; names look like SignLLM-6x40M-Base-M"),
        ("SignLLM-40M-Base", "is no name of a model"),  # table 5 leaves half of it out
        ("SignLLM-6x40M-Base", "is no name of a model"),
        ("SignLLM-06x40M-Base-M", "is no name of a model"),
        ("SignLLM-6x40M-Base-M (ASL", "is no name of a model"),
        ("SignLLM-٦x40M-Base-M", "is no name of a model"),
        ("SignLLM-6x40M-Base-R", "has the mode 'R'; M stands for MLSF and P for Prompt2LangGloss"),
        ("SignLLM-6x40M-Basic-M", "no size 'basic'; choose one of: tiny, base, large, super"),
        ("SignLLM-6x120M-Base-M", "gives Base 120M parameters per language, but it has 40M; sizes are: 6M-Tiny, 40M-B"),
        ("SignLLM-6x1000M-Super-M", "gives Super 1000M parameters per language, but it has 1B"),
        ("SignLLM-0x40M-Base-M", "a model of 0 languages has no name; give 1 to 99"),
        ("SignLLM-" + "9" * 5_000 + "x40M-Base-M", "has more than 99 languages"),
    ],
)
def test_bad_names_are_refused_with_a_sentence(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_name(text)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("languages", "size", "language", "message"),
    [
        (100, "base", "", "100 languages has no name"),
        (1, "Base", "", "no size 'Base'"),
        (1, "base", "ASL", "'ASL' is no code of a language; write small letters"),
        (1, "base", "asl)", "is no code of a language"),
        (1, "base", "gsl", "'gsl' is the paper's code of 'dgs'; use 'dgs'"),
    ],
)
def test_parts_that_no_name_can_say_are_refused(languages: int, size: str, language: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ModelName(languages, size, Mode.MLSF, language)
