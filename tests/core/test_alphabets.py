"""Manual alphabets: ASL, and as far as facts are at hand DGS and DSGS; no language gets another one's letters."""

from __future__ import annotations

import numpy as np
import pytest

from signllm.errors import InputError
from signllm.language import LANGUAGES, translate
from signllm.language.alphabets import PREFIXES, alphabet, letters, missing
from signllm.language.normalise import MAX_SIGNED_CHARACTERS
from signllm.lexicon.signs import ALPHABETS, load_signs
from signllm.lexicon.synthesise import LexiconSource, Synthesiser

SOURCE = LexiconSource.load()
CAPTIONED = [name for name, language in LANGUAGES.items() if not language.has_alphabet]


def frames_of(*glosses: str) -> np.ndarray:
    return np.stack([frame.keypoints for frame in SOURCE.frames(glosses)])


def test_the_languages_with_an_alphabet_are_those_whose_letters_are_here() -> None:
    assert {name for name, language in LANGUAGES.items() if language.has_alphabet} == {"asl", *ALPHABETS}
    assert set(PREFIXES) == set(ALPHABETS)
    assert [name for name, language in LANGUAGES.items() if language.has_signs] == ["asl"]


def test_dgs_has_its_umlauts_sharp_s_and_sch_and_lacks_what_is_not_documented() -> None:
    assert alphabet("dgs") == set("ABCDEFGHIJKLMNORSTUVWXYZÄÖÜ") | {"SS", "SCH"}
    assert alphabet("dsgs") == set("ABCDEFHIKLMNORSUVWXYZ") | {"SCH"}


@pytest.mark.parametrize("prefix", ALPHABETS)
def test_every_letter_is_a_draft_with_provenance_and_its_own_prefix(prefix: str) -> None:
    for name, sign in load_signs(prefix).items():
        assert name.startswith(f"{prefix}:")
        assert sign.review == "draft" and sign.provenance


@pytest.mark.parametrize("name", [*load_signs("dgs"), *load_signs("dsgs")])
def test_the_lexicon_source_can_make_every_letter(name: str) -> None:
    assert np.isfinite(frames_of(name)).all()


def test_training_learns_the_names_of_its_own_language_only() -> None:
    assert not any(name.startswith(("dgs:", "dsgs:")) for name in Synthesiser.load("asl").vocabulary)


def test_the_umlauts_and_sharp_s_are_their_letters_moved_down() -> None:
    signs = load_signs("dgs")
    for moved, plain in (("Ä", "A"), ("Ö", "O"), ("Ü", "U"), ("SS", "S")):
        assert signs[f"dgs:{moved}"].start == signs[f"dgs:{plain}"].start
        offsets = [step.to.offset for step in signs[f"dgs:{moved}"].steps if step.to.offset]
        assert offsets and set(offsets[-1]) == {"D"}


def test_letters_that_are_known_to_differ_from_asl_do_differ() -> None:
    asl, dgs, dsgs = load_signs("asl"), load_signs("dgs"), load_signs("dsgs")
    for letter in "GT":
        assert dgs[f"dgs:{letter}"].start.shape != asl[f"fs:{letter}"].start.shape
    for letter in "MN":
        assert dsgs[f"dsgs:{letter}"].start.shape != asl[f"fs:{letter}"].start.shape


def test_a_german_word_is_split_into_the_letters_of_the_alphabet() -> None:
    assert letters("dgs", "SCHÖNE") == ("dgs:SCH", "dgs:Ö", "dgs:N", "dgs:E")
    assert letters("dgs", "STRAßE") == ("dgs:S", "dgs:T", "dgs:R", "dgs:A", "dgs:SS", "dgs:E")
    assert letters("dgs", "MASSE") == ("dgs:M", "dgs:A", "dgs:S", "dgs:S", "dgs:E")
    assert missing("dgs", "QUALLE2") == ("Q", "2")
    with pytest.raises(ValueError, match="no letter 'P'"):
        letters("dgs", "PAUL")


def test_a_german_text_is_spelled_with_german_letters_when_spelling_is_asked_for() -> None:
    utterance = translate("Schöne Grüße aus Köln!", "dgs", spell=True)
    assert utterance.gloss_text == "dgs:SCHÖNE dgs:GRÜßE dgs:AUS dgs:KÖLN"
    assert utterance.label == "Spelled only" and utterance.coverage == 0.0
    assert utterance.text == "Schöne Grüße aus Köln!"
    assert "no signs of German Sign Language" in utterance.notices[0]
    assert all(gloss.name in SOURCE.vocabulary for gloss in utterance.glosses)


def test_a_decomposed_umlaut_is_the_same_letter() -> None:
    assert translate("Ko\u0308ln", "dgs", spell=True).gloss_text == "dgs:KÖLN"


def test_a_marked_word_inside_a_text_is_spelled_and_the_rest_is_a_caption() -> None:
    utterance = translate("Guten Tag, ich bin fs:Anna.", "dgs")
    assert utterance.gloss_text == "dgs:ANNA" and utterance.label == "Spelled only"


@pytest.mark.parametrize("language", ALPHABETS)
def test_without_spelling_a_text_is_a_caption_that_says_what_can_be_done(language: str) -> None:
    utterance = translate("Guten Tag", language)
    assert utterance.glosses == () and utterance.label == "Captions only"
    assert "only its manual alphabet" in utterance.notices[0] and "fs:WORD" in utterance.notices[0]


def test_a_text_with_an_undocumented_letter_is_a_caption_as_a_whole() -> None:
    utterance = translate("Peter kommt nicht", "dgs", spell=True)
    assert utterance.glosses == () and utterance.label == "Captions only"
    assert "no documented form here for P" in utterance.notices[0] and "PETER" in utterance.notices[0]


def test_a_source_without_the_letters_gets_a_caption() -> None:
    utterance = translate("Anna", "dgs", spell=True, known=frozenset({"fs:A", "fs:N"}))
    assert utterance.glosses == () and "choose the source lexicon" in utterance.notices[-1]


def test_an_emergency_stays_a_caption() -> None:
    assert translate("Call 911! Evacuate now!", "dgs", spell=True).glosses == ()


@pytest.mark.parametrize("language", CAPTIONED)
@pytest.mark.parametrize("spell", [False, True])
def test_languages_without_a_source_are_captions_only_even_when_spelling_is_asked_for(
    language: str, spell: bool
) -> None:
    utterance = translate("Hello fs:Ana", language, spell=spell)
    assert utterance.glosses == () and utterance.label == "Captions only"
    assert LANGUAGES[language].name in utterance.notices[0]


@pytest.mark.parametrize(
    ("language", "line", "part"),
    [
        ("dgs", "HELLO", "'HELLO' is no gloss of German Sign Language: only its letters are here; write dgs:ANA"),
        ("dgs", "fs:ANA", "'fs:ANA' is no gloss of German Sign Language"),
        ("dgs", "dsgs:ANA", "is no gloss of German Sign Language"),
        ("dgs", "dgs:PAUL", "cannot spell 'PAUL': P; its letters are A, B"),
        ("dgs", "dgs:", "is no gloss of German Sign Language"),
        ("asl", "dgs:ANA", "in the letters of German Sign Language: choose that language to spell it"),
    ],
)
def test_no_language_takes_the_letters_of_another(language: str, line: str, part: str) -> None:
    with pytest.raises(InputError) as error:
        translate("x", language, gloss=line)
    assert part in str(error.value)


def test_a_line_of_letters_is_kept_as_it_is_written() -> None:
    assert translate("x", "dgs", gloss="dgs:schön dgs:ANA").gloss_text == "dgs:SCHÖN dgs:ANA"


def test_a_long_text_is_cut_and_says_so() -> None:
    utterance = translate("anna " * 5_000, "dgs", spell=True)
    assert len(utterance.glosses) == 60 * 4
    assert f"of {MAX_SIGNED_CHARACTERS // 5} words" in utterance.notices[-1]
