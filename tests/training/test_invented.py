"""The invented languages: every word of ASL, another sign for each, another order."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  the profile of all property tests
from signllm.errors import InputError
from signllm.language import languages as known
from signllm.language.langgloss import attach, parse_line, print_line
from signllm.lexicon.synthesise import Synthesiser
from signllm.model.features import measure_feature_space
from signllm.source import PAUSE
from signllm_training.config import TrainConfig
from signllm_training.corpus import Corpus
from signllm_training.grammar import sample_glosses
from signllm_training.invented import CODES, InventedLanguage, invent
from signllm_training.prompt2sign import languages as corpora

ASL = Synthesiser.load("asl")
A, B = (invent(code, ASL.vocabulary) for code in CODES)

glosses = st.lists(st.sampled_from(["HELLO", "NAME", "MY", "fs:A", "fs:N", "num:2", "num:HUNDRED", "dig:4", PAUSE]))


@pytest.mark.parametrize("language", [A, B])
def test_the_signs_are_a_permutation_of_those_of_asl(language: InventedLanguage) -> None:
    assert sorted(language.signs) == sorted(language.signs.values()) == sorted(ASL.vocabulary)


def test_every_word_has_three_signs() -> None:
    assert all(len({gloss, A.signs[gloss], B.signs[gloss]}) == 3 for gloss in ASL.vocabulary)


def test_every_word_has_three_motions() -> None:
    """Some signs of numbers are the same hand, `num:6` and `dig:6`: no word may have both."""
    for gloss in ASL.vocabulary:
        clips = [ASL.clip([sign])[0] for sign in (gloss, A.signs[gloss], B.signs[gloss])]
        for one, other in itertools.combinations(clips, 2):
            assert len(one) != len(other) or np.abs(one - other).max() > 0.005


@pytest.mark.parametrize("language", [A, B])
def test_signs_stay_signs_letters_letters_and_numbers_numbers_of_their_kind(language: InventedLanguage) -> None:
    for gloss, sign in language.signs.items():
        assert gloss.partition(":")[1:2] == sign.partition(":")[1:2]
        assert not sign.count(":") or gloss.partition(":")[0] == sign.partition(":")[0]


def test_the_same_lexicon_gives_the_same_language_in_whatever_order_it_is() -> None:
    shuffled = random.Random(0).sample(ASL.vocabulary, len(ASL.vocabulary))
    assert invent("x-test-a", shuffled) == A
    assert invent("x-test-b", [*ASL.vocabulary, PAUSE]) == B


@pytest.mark.parametrize(
    ("asl", "a", "b"),
    [
        ("MY NAME WHAT", "WHAT NAME MY", "WHAT MY NAME"),
        ("MY NAME fs:A fs:N fs:A", "fs:A fs:N fs:A NAME MY", "fs:A fs:N fs:A MY NAME"),
        ("BUY CAR num:2 num:HUNDRED", "num:2 num:HUNDRED CAR BUY", "num:2 num:HUNDRED BUY CAR"),
        ("HELLO | IX-1 LEARN SIGN", "HELLO | SIGN LEARN IX-1", "HELLO | SIGN IX-1 LEARN"),
        ("HELLO", "HELLO", "HELLO"),
        ("", "", ""),
    ],
)
def test_the_order_is_another_in_each_clause_and_words_stay_whole(asl: str, a: str, b: str) -> None:
    assert A.translate(asl.split()) == a.split()
    assert B.translate(asl.split()) == b.split()


@given(glosses)
def test_no_gloss_is_lost_and_pauses_stay_where_they_are(asl: list[str]) -> None:
    for language in (A, B):
        theirs = language.translate(asl)
        assert sorted(theirs) == sorted(asl)
        assert [gloss == PAUSE for gloss in theirs] == [gloss == PAUSE for gloss in asl]


@given(glosses)
def test_the_order_of_a_is_its_own_inverse(asl: list[str]) -> None:
    assert A.translate(A.translate(asl)) == asl


@pytest.mark.parametrize("language", [A, B])
def test_the_motion_is_that_of_the_other_signs(language: InventedLanguage) -> None:
    motion = language.motion(ASL)
    spoken = ["HELLO", PAUSE, "fs:A", "fs:A", "num:6"]
    keypoints, index = motion.clip(spoken)
    expected, expected_index = ASL.clip([gloss if gloss == PAUSE else language.signs[gloss] for gloss in spoken])
    assert motion.vocabulary == ASL.vocabulary
    np.testing.assert_array_equal(keypoints, expected)
    np.testing.assert_array_equal(index, expected_index)
    assert len(keypoints) != len(ASL.clip(spoken)[0]) or not np.allclose(keypoints, ASL.clip(spoken)[0])


def test_a_doubled_letter_is_still_shown_twice() -> None:
    once, twice = (A.motion(ASL).clip(["fs:L"] * count)[1] for count in (1, 2))
    assert twice.max() == 2 and len(twice) > len(once)


def test_an_unknown_gloss_is_refused_by_the_synthesiser() -> None:
    with pytest.raises(InputError, match="'SAILBOAT' is not in the lexicon"):
        A.motion(ASL).clip(["SAILBOAT"])


@pytest.mark.parametrize("language", [A, B])
def test_a_corpus_can_be_drawn_from_it(language: InventedLanguage) -> None:
    keypoints, _ = ASL.clip(ASL.vocabulary[:20])
    features = measure_feature_space(keypoints, keypoints[-1])
    config = TrainConfig(language=language.code, batch=2, random_share=0.0)
    corpus = Corpus(language.motion(ASL), language.sentences(sample_glosses), config, features=features)
    clip = corpus.clip(np.random.default_rng(0))
    assert corpus.vocabulary.tokens[2].startswith(f"<{language.code.upper()}_")
    assert clip.index.max() == len(clip.glosses)


def test_its_tokens_can_be_told_from_those_of_asl() -> None:
    tokens = attach("x-test-a", ["HELLO"])
    assert print_line(tokens) == "X-TEST-A_HELLO"
    assert parse_line("X-TEST-A_HELLO", CODES) == tokens
    with pytest.raises(InputError, match="attributes are: ASL, DGS"):
        parse_line("X-TEST-A_HELLO")


def test_no_list_of_languages_has_them() -> None:
    for code in CODES:
        assert code not in known.LANGUAGES and code not in corpora.LANGUAGES


def test_a_part_of_the_lexicon_is_a_language_too() -> None:
    part = [gloss for gloss in ASL.vocabulary if ":" not in gloss][:60]
    language = invent("x-test-b", part)
    assert set(language.signs) == set(language.signs.values()) == set(part)


def test_three_glosses_are_the_fewest() -> None:
    three = ["HELLO", "NAME", "MY"]
    assert {frozenset((gloss, *(invent(code, three).signs[gloss] for code in CODES))) for gloss in three} == {
        frozenset(three)
    }
    with pytest.raises(InputError, match=r"too few to tell three languages apart: HELLO, NAME; .* give at least 3"):
        invent("x-test-a", ["HELLO", "NAME", "fs:A", "fs:B", "fs:C"])


def test_another_code_is_refused() -> None:
    with pytest.raises(InputError, match="'asl' is no invented language; choose one of: x-test-a, x-test-b"):
        invent("asl", ASL.vocabulary)


def test_the_motion_of_another_lexicon_is_refused() -> None:
    with pytest.raises(InputError, match=r"x-test-a was made from another lexicon: .* is in one of the two only"):
        invent("x-test-a", ["HELLO", "NAME", "MY"]).motion(ASL)
