"""Questions around a text: how many, how unlike, and which is chosen."""

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.languages import LANGUAGES
from signllm_training.prompt2sign.prompts import COUNTS, PLACE, parse, prompt_for, templates

NAMES = {
    "asl": r"\bASL\b|American Sign Language",
    "dgs": r"\bDGS\b|Deutsche[rn]? Gebärdensprache",
    "dsgs": r"\bDSGS\b|Deutschschweizer Gebärdensprache",
    "lsf-ch": r"Suisse romande",
    "lis-ch": r"della Svizzera italiana",
    "lsa": r"\bLSA\b|Lengua de Señas Argentina",
    "ksl": r"한국수어",
    "tsl": r"\bTİD\b|Türk İşaret Dili",
}


def document(*lines: str, language: str = "dgs") -> str:
    return f'language = "{language}"\ntemplates = [{", ".join(repr(line) for line in lines)}]'


def test_there_are_120_english_prompts_and_30_in_each_other_language() -> None:
    assert {code: len(templates(code)) for code in LANGUAGES} == COUNTS
    assert sum(COUNTS.values()) == 120 + 7 * 30


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_prompt_is_a_question_that_names_its_sign_language(code: str) -> None:
    for template in templates(code):
        assert template.count(PLACE) == 1
        assert "?" in template.replace(PLACE, ""), template
        assert re.search(NAMES[code], template), template
        assert template == template.strip() and "  " not in template


def test_no_prompt_is_in_two_languages() -> None:
    everything = [template for code in LANGUAGES for template in templates(code)]
    assert len(set(everything)) == len(everything)


def test_prompts_are_in_the_written_language_of_each() -> None:
    hangul = re.compile("[가-힣]")
    assert all(hangul.search(template) for template in templates("ksl"))
    assert all("¿" in template for template in templates("lsa"))
    # Swiss German writes no ß, and quotes as French does.
    assert not any("ß" in template or "„" in template for template in templates("dsgs"))
    assert any("ß" in template for template in templates("dgs"))


@given(st.text(max_size=30), st.sampled_from(list(LANGUAGES)), st.integers(), st.text(max_size=10))
@settings(max_examples=100, deadline=None)
def test_the_text_stands_in_its_place_as_it_is(text: str, code: str, seed: int, key: str) -> None:
    prompt = prompt_for(text, code, seed, key)
    assert prompt in {before + text + after for before, after in (t.split(PLACE) for t in templates(code))}
    assert prompt == prompt_for(text, code, seed, key)


@pytest.mark.parametrize("text", ["{}", "{text}", "{0!r:>{width}}", "%s", "", "\\1"])
def test_braces_in_the_text_stay(text: str) -> None:
    assert text in prompt_for(text, "asl", 1, "clip")


def test_seed_and_key_choose_and_the_text_does_not() -> None:
    by_key = {prompt_for("x", "asl", 0, str(k)) for k in range(2000)}
    by_seed = {prompt_for("x", "asl", seed, "clip") for seed in range(2000)}
    assert len(by_key) == len(by_seed) == 120
    assert prompt_for("y", "asl", 3, "clip") == prompt_for("x", "asl", 3, "clip").replace("x", "y")


def test_the_choice_is_the_same_in_another_process() -> None:
    program = (
        "from signllm_training.prompt2sign.prompts import prompt_for; print(ascii(prompt_for('Hallo', 'GSL', 7, 'a')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ascii(prompt_for("Hallo", "dgs", 7, "a"))


def test_an_unknown_language_has_no_prompts() -> None:
    with pytest.raises(DataError, match="no sign language has the code 'xyz'"):
        templates("xyz")


GOOD = [f"Frage {k}: {{text}}?" for k in range(30)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("templates = [", "not TOML"),
        (document(*GOOD, language="asl"), "language is 'asl', expected 'dgs'"),
        ('language = "dgs"', "must be a list of strings"),
        ('language = "dgs"\ntemplates = [1]', "must be a list of strings"),
        (document(*GOOD[:29]), "29 templates, expected 30"),
        (document(*GOOD[:29], "keine Stelle?"), "expected one {text} and no other brace in 'keine Stelle"),
        (document(*GOOD[:29], "{text} und {text}?"), "expected one {text}"),
        (document(*GOOD[:29], "{text} und {mehr}?"), "no other brace"),
        (document(*GOOD[:29], "{text} und }?"), "no other brace"),
        (document(*GOOD[:29], "FRAGE 3: {text}?"), "two templates are alike"),
    ],
)
def test_a_damaged_list_of_prompts_is_refused(text: str, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        parse(text, "dgs", "dgs.toml")
    assert str(caught.value).startswith("dgs.toml: ")
