"""The grammar gives sentences with their signs; set A and set B are kept from training."""

from __future__ import annotations

import hashlib
import re
from importlib import resources

import numpy as np

from signllm.lexicon.signs import load_signs
from signllm.source import PAUSE
from signllm_training.grammar import (
    compute_agreement,
    is_trained,
    sample_glosses,
    sample_sentence,
    set_a,
    set_b,
    spell_out,
    templates,
)

DRAWS_SHA256 = "99e007b9dc47c4f4da270a3d855e2e20e28e0b11cd8e9c3c6a72c61326643651"
KNOWN = frozenset((*load_signs(), PAUSE))


def test_a_fifth_of_at_least_sixty_templates_is_held_out() -> None:
    held_out, trained = templates(held_out=True), templates(held_out=False)
    assert len(held_out) + len(trained) >= 60
    assert len(held_out) >= 0.2 * (len(held_out) + len(trained))
    assert not {template.id for template in held_out} & {template.id for template in trained}


def test_no_held_out_template_comes_from_training_sentences() -> None:
    rng = np.random.default_rng(1)
    seen = {sample_sentence(rng, held_out=False).template for _ in range(2000)}
    assert not seen & {template.id for template in templates(held_out=True)}
    assert not seen & {sentence.template for sentence in set_a()}


def test_training_glosses_are_those_of_training_sentences() -> None:
    sentence = sample_sentence(np.random.default_rng(7), held_out=False)
    assert sample_glosses(np.random.default_rng(7)) == list(sentence.glosses)


def test_training_sentences_show_every_sign_letter_and_number_but_and_which_english_never_gives() -> None:
    rng = np.random.default_rng(2)
    seen = {gloss for _ in range(40_000) for gloss in sample_glosses(rng)}
    assert seen == KNOWN - {"AND"}


def test_set_a_is_two_hundred_seeded_sentences_of_held_out_templates() -> None:
    assert len(set_a()) == 200
    assert set_a() == set_a(seed=2026) != set_a(seed=1)
    assert {sentence.template for sentence in set_a()} <= {template.id for template in templates(held_out=True)}


def test_set_a_leaves_out_only_held_out_templates_whose_glosses_training_templates_give() -> None:
    used = {sentence.template for sentence in set_a()}
    left_out = {template.id for template in templates(held_out=True)} - used
    assert left_out == {"do-you-want", "one-act-day", "news-judged"}  # "You want a book", "Today she works", ...


def test_no_gloss_string_is_twice_in_set_a_or_among_the_training_draws() -> None:
    strings = {sentence.signs for sentence in set_a()}
    rng = np.random.default_rng(11)
    drawn = {sample_sentence(rng, held_out=False).signs for _ in range(20_000)}
    assert len(strings) == 200
    assert not strings & drawn
    assert not any(is_trained(sentence) for sentence in set_a())


def test_names_in_set_a_are_random_letter_strings_of_two_to_nine() -> None:
    names = [match for s in set_a() for match in re.findall(r"(?:fs:[A-Z] ?)+", " ".join(s.glosses))]
    assert len(names) == len(set(names)) >= 80
    assert {name.count("fs:") for name in names} == set(range(2, 10))


def test_training_draws_are_those_that_the_shipped_model_was_trained_with() -> None:
    rng = np.random.default_rng(0)
    drawn = "\n".join(" ".join(sample_glosses(rng)) for _ in range(1000))
    assert hashlib.sha256(drawn.encode()).hexdigest() == DRAWS_SHA256


def test_held_out_sentences_translate_to_their_glosses() -> None:
    assert compute_agreement(set_a()).exact > 0.95


def test_training_sentences_translate_to_their_glosses() -> None:
    rng = np.random.default_rng(3)
    sentences = [sample_sentence(rng, held_out=False) for _ in range(1000)]
    assert compute_agreement(sentences).exact > 0.95


def test_set_b_is_a_hundred_sentences_in_known_glosses_outside_the_grammar() -> None:
    sentences = set_b()
    assert len({sentence.text for sentence in sentences}) == 100
    assert {gloss for sentence in sentences for gloss in sentence.glosses} <= KNOWN
    assert {sentence.template for sentence in sentences}.isdisjoint(
        template.id for template in templates(held_out=False)
    )


def test_set_b_is_as_it_was_written_but_for_words_that_have_got_a_sign() -> None:
    data = resources.files("signllm_training").joinpath("data", "everyday.toml").read_bytes()
    assert hashlib.sha256(data).hexdigest() == "8e6987ad465ad0853f0e0291f885e3bd535a76eac8df4bdaa2d265019aa2050b"


def test_the_few_sentences_of_set_b_that_training_can_have_shown_are_marked() -> None:
    marked = [sentence.signs for sentence in set_b() if is_trained(sentence)]
    assert "IX-2 WANT EAT WHAT" in marked
    assert len(marked) <= 10


def test_the_rules_agree_with_set_b_in_nine_glosses_of_ten() -> None:
    assert compute_agreement(set_b()).gloss_error_rate < 0.1


def test_spelled_words_and_numbers_are_written_out() -> None:
    assert spell_out("MY fs:AB num:20") == ("MY", "fs:A", "fs:B", "num:20")
    assert spell_out("num:205 dig:20") == ("dig:2", "num:HUNDRED", "dig:5", "dig:2", "dig:0")
