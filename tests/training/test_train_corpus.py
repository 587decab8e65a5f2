"""The corpus: what is drawn, and how it is put into batches."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from signllm.lexicon.synthesise import Synthesiser
from signllm.model.features import measure_feature_space
from signllm.source import PAUSE
from signllm_training.config import TrainConfig
from signllm_training.corpus import POOL, Corpus, random_glosses, random_name, random_number

CONFIG = TrainConfig(batch=4, max_frames=200)


def one_sign(rng: np.random.Generator) -> list[str]:
    return ["HELLO"]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """The real signs, with a grammar of one word and a feature space from one clip, which is quick."""
    motion = Synthesiser.load("asl")
    keypoints, _ = motion.clip(motion.vocabulary)
    return Corpus(motion, one_sign, CONFIG, features=measure_feature_space(keypoints, keypoints[-1]))


def test_every_pair_of_letters_comes_up_in_two_thousand_names() -> None:
    rng = np.random.default_rng(0)
    pairs = {pair for _ in range(2000) for pair in itertools.pairwise(random_name(rng, 0.1))}
    assert len(pairs) == 26 * 26


def test_random_glosses_use_the_whole_vocabulary(corpus: Corpus) -> None:
    rng = np.random.default_rng(0)
    seen = {name for _ in range(3000) for name in random_glosses(rng, corpus.vocabulary.glosses, 0.1)}
    assert seen == set(corpus.vocabulary.glosses) - {PAUSE}


def test_names_and_numbers_repeat_a_letter_or_a_digit_now_and_then(corpus: Corpus) -> None:
    rng = np.random.default_rng(0)
    for drawn in (
        [random_name(rng, 0.2) for _ in range(500)],
        [random_number(rng, corpus.vocabulary.glosses, 0.2) for _ in range(500)],
    ):
        doubled = [a == b for names in drawn for a, b in itertools.pairwise(names)]
        assert 0.15 < np.mean(doubled) < 0.3


def test_pauses_are_put_into_some_clips(corpus: Corpus) -> None:
    rng = np.random.default_rng(0)
    drawn = [corpus.glosses(rng) for _ in range(400)]
    assert np.mean([PAUSE in glosses for glosses in drawn]) == pytest.approx(CONFIG.pause_share, abs=0.05)


def test_a_third_of_the_clips_spell_a_name_and_most_follow_the_grammar(corpus: Corpus) -> None:
    rng = np.random.default_rng(0)
    drawn = [corpus.glosses(rng) for _ in range(600)]
    assert np.mean([any(g.startswith("fs:") for g in glosses) for glosses in drawn]) > 1 / 3
    assert np.mean(["HELLO" in glosses for glosses in drawn]) == pytest.approx(0.8, abs=0.06)
    assert max(len(glosses) for glosses in drawn) <= CONFIG.max_glosses


def test_a_pool_is_the_same_whenever_it_is_drawn(corpus: Corpus) -> None:
    first, second = (list(corpus.batches(3, history=4, horizon=8)) for _ in range(2))
    assert len(first) == POOL
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.frames, b.frames)
        np.testing.assert_array_equal(a.tokens, b.tokens)


def test_a_batch_starts_at_rest_and_says_that_it_is_over_after_each_clip(corpus: Corpus) -> None:
    batch = next(corpus.batches(0, history=4, horizon=8))
    np.testing.assert_allclose(batch.frames[:, :4], np.broadcast_to(corpus.features.rest_frame, (4, 4, 151)))
    for b, length in enumerate(batch.lengths):
        glosses = int((batch.tokens[b] > 1).sum())
        assert batch.index[b, 4 + length - 1] == glosses
        assert batch.index[b, 4 + length] == glosses + 1
        np.testing.assert_array_equal(batch.frames[b, 4 + length - 1], batch.frames[b, -1])
    assert batch.lengths.max() <= CONFIG.max_frames


def test_the_features_of_the_corpus_have_about_unit_variance(corpus: Corpus) -> None:
    rng = np.random.default_rng(1)
    frames = np.concatenate([corpus.clip(rng).frames for _ in range(30)])
    assert frames[:, :-1].std() == pytest.approx(1.0, abs=0.3)
    assert np.abs(frames).max() < 30


def test_the_rest_pose_is_that_of_the_lexicon_even_when_the_feature_space_is_given(corpus: Corpus) -> None:
    stale = dataclasses.replace(corpus.features, rest=np.zeros((50, 3), np.float32))
    again = Corpus(corpus.motion, one_sign, CONFIG, features=stale).features
    np.testing.assert_array_equal(again.rest, corpus.motion.clip(["HELLO"])[0][-1])
    np.testing.assert_array_equal(again.scale, stale.scale)
