"""Words with several senses: signed in the sense of their sign, spelled in another or where the guard is not sure."""

from __future__ import annotations

import pytest

from signllm.language import translate
from signllm.language.vocabulary import asl_vocabulary
from tests.core.senses import SENSES

SIGNED = [(text, sign) for _, sign, signed, _ in SENSES for text in signed]
SPELLED = [(text, word, sign) for word, sign, _, spelled in SENSES for text in spelled]


@pytest.mark.parametrize(("text", "sign"), SIGNED)
def test_a_word_in_the_sense_of_its_sign_is_signed(text: str, sign: str) -> None:
    assert sign in translate(text).gloss_text.split()


@pytest.mark.parametrize(("text", "word", "sign"), SPELLED)
def test_a_word_in_another_sense_is_spelled_and_not_covered(text: str, word: str, sign: str) -> None:
    utterance = translate(text)
    assert sign not in utterance.gloss_text.split()
    assert any(gloss.startswith("fs:") for gloss in utterance.gloss_text.split())
    assert utterance.coverage < 1


def test_fifty_words_have_a_guard_and_at_least_five_sentences_each() -> None:
    assert len(SENSES) >= 50
    for word, sign, signed, spelled in SENSES:
        assert len(signed) + len(spelled) >= 5
        assert min(len(signed), len(spelled)) >= 2
        assert word in asl_vocabulary().senses, word
        assert sign in asl_vocabulary().glosses


def test_every_guard_names_signs_that_exist() -> None:
    known = asl_vocabulary().reviews.keys() | {"spelled", "silent"}
    for word, sense in asl_vocabulary().senses.items():
        for signs, conditions in sense.choices:
            assert conditions, word
            assert all(sign in known or sign.startswith("fs:") for sign in signs.split()), (word, signs)
