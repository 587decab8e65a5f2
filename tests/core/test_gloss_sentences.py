"""Everyday sentences, weather and news become the glosses and tiers that `gloss_sentences.py` lists."""

from __future__ import annotations

import pytest

from signllm.language import translate
from signllm.language.vocabulary import asl_vocabulary
from signllm.source import PAUSE, NonManual
from tests.core.gloss_sentences import SENTENCES

TIERS = {
    "yes-no-question",
    "wh-question",
    "topic",
    "negation",
    "affirmation",
    "conditional",
    "rhetorical",
    "gaze-left",
    "gaze-right",
}


def line(tier: NonManual) -> str:
    return f"{tier.name}:{tier.first}-{tier.last}"


@pytest.mark.parametrize(("english", "glosses", "tiers"), SENTENCES, ids=[english for english, _, _ in SENTENCES])
def test_a_sentence_becomes_its_glosses_and_tiers(english: str, glosses: str, tiers: str) -> None:
    utterance = translate(english)
    assert utterance.gloss_text == glosses
    assert " ".join(map(line, utterance.nonmanuals)) == tiers


def test_the_sentences_show_every_tier_and_the_pause() -> None:
    tiers = {tier.split(":")[0] for _, _, line in SENTENCES for tier in line.split()}
    assert tiers == TIERS
    assert any(PAUSE in glosses.split() for _, glosses, _ in SENTENCES)
    assert len({english for english, _, _ in SENTENCES}) == len(SENTENCES) >= 150


def test_every_tier_lies_on_glosses_and_none_begins_or_ends_on_a_pause() -> None:
    for english, _, _ in SENTENCES:
        utterance = translate(english)
        for tier in utterance.nonmanuals:
            assert 0 <= tier.first <= tier.last < len(utterance.glosses)
            assert PAUSE not in (utterance.glosses[tier.first].name, utterance.glosses[tier.last].name)


def test_a_third_of_the_signs_is_used_by_the_sentences() -> None:
    used = {gloss for _, glosses, _ in SENTENCES for gloss in glosses.split()}
    assert len(used & asl_vocabulary().glosses) > len(asl_vocabulary().glosses) / 3


def test_two_persons_keep_their_places_over_sentences() -> None:
    utterance = translate("He is a good man. She loves him. He knows.")
    gazes = [(utterance.glosses[tier.first].text, tier.name) for tier in utterance.nonmanuals]
    assert gazes == [("He", "gaze-right"), ("She", "gaze-left"), ("him", "gaze-right"), ("He", "gaze-right")]


def test_no_word_and_part_of_speech_is_served_by_two_signs() -> None:
    from signllm.lexicon.signs import load_signs

    seen: dict[tuple[str, str], str] = {}
    for name, sign in load_signs().items():
        for part, words in sign.english.items():
            for word in words:
                assert seen.setdefault((word, part), name) == name, (word, part)
