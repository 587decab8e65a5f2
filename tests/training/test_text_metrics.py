"""Measures on text: worked examples, laws, and the packages they must agree with."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm_training.evaluation import overlap
from signllm_training.evaluation import text_metrics as metrics
from signllm_training.evaluation.measure import Measure
from signllm_training.evaluation.text_metrics import SIGN_PAPERS, TextOptions
from signllm_training.prompt2sign.errors import DataError, MissingToolError

SACREBLEU = "sacrebleu"
JIWER = "jiwer"
REFERENCES = ("am tag scheint die sonne", "im norden regnet es heute", "der wind weht schwach aus west", "gute nacht")
HYPOTHESES = (
    "am tag scheint sonne",
    "im norden regnet es heute",
    "wind aus west weht stark",
    "guten abend und gute nacht",
)
WORDS = st.lists(st.sampled_from("abcde"), max_size=8)


def value(measures: Measure | Sequence[Measure], name: str = "") -> float:
    """The value of one measure, or of the one with this name."""
    chosen = [measures] if isinstance(measures, Measure) else [m for m in measures if m.name == name]
    return chosen[0].value


# BLEU and chrF: sacrebleu's own


@pytest.mark.parametrize("options", [TextOptions(), SIGN_PAPERS, TextOptions("char", lowercase=True)])
def test_bleu_and_chrf_are_those_of_sacrebleu(options: TextOptions) -> None:
    sacrebleu = pytest.importorskip(SACREBLEU)
    ours = metrics.bleu(HYPOTHESES, REFERENCES, options)
    theirs = sacrebleu.corpus_bleu(
        HYPOTHESES,
        [REFERENCES],
        tokenize=options.tokenize,
        lowercase=options.lowercase,
        smooth_method=options.smooth,
        smooth_value=options.smooth_value,
        use_effective_order=options.effective_order,
        force=True,
    )
    assert [m.name for m in ours] == ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4"]
    assert value(ours, "BLEU-4") == pytest.approx(theirs.score)
    chrf = metrics.chrf(HYPOTHESES, REFERENCES, options)
    assert chrf.value == pytest.approx(sacrebleu.corpus_chrf([*HYPOTHESES], [[*REFERENCES]]).score)


def test_bleu_by_hand() -> None:
    pytest.importorskip(SACREBLEU)
    found = metrics.bleu(["the cat sat on mat"], ["the cat sat on the mat"], SIGN_PAPERS)
    brevity = math.exp(1 - 6 / 5)
    assert value(found, "BLEU-1") == pytest.approx(100 * brevity)
    assert value(found, "BLEU-2") == pytest.approx(100 * brevity * math.sqrt(3 / 4))
    assert value(found, "BLEU-4") == pytest.approx(100 * brevity * (3 / 4 * 2 / 3 * 1 / 2) ** 0.25)


def test_a_higher_order_above_a_lower_one_is_pointed_out() -> None:
    pytest.importorskip(SACREBLEU)
    found = metrics.bleu(["x", "a b c d e"], ["y", "a b c d e"], SIGN_PAPERS)
    assert value(found, "BLEU-2") > value(found, "BLEU-1")
    assert "BLEU-2 is above BLEU-1" in found[1].notes[0] and "exchanged column" in str(found[1])
    assert not any(m.notes for m in metrics.bleu(HYPOTHESES, REFERENCES, SIGN_PAPERS))


def test_every_score_prints_its_signature() -> None:
    pytest.importorskip(SACREBLEU), pytest.importorskip(JIWER)
    for measure in metrics.score_text(HYPOTHESES, REFERENCES, TextOptions(lowercase=True)):
        assert f"({measure.signature})" in str(measure)
        assert measure.name.startswith(measure.signature.split("|")[0])
        for part in ("|tok:", "|case:lc", "|version:"):
            assert part in measure.signature, measure
    signatures = [m.signature for m in metrics.score_text(HYPOTHESES, REFERENCES)[:8]]
    assert len(set(signatures)) == 8
    assert signatures[3].startswith("BLEU|n:4|nrefs:1|case:mixed|eff:yes|tok:none|smooth:floor[0.00]|version:")


# ROUGE-L


def plain_common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """The textbook table."""
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


@given(WORDS, WORDS)
@settings(max_examples=200, deadline=None)
def test_the_common_subsequence_by_bits_is_that_of_the_table(first: list[str], second: list[str]) -> None:
    assert overlap.common_subsequence(first, second) == plain_common_subsequence(first, second)


def test_both_forms_of_rouge_by_hand() -> None:
    # 3 words in common of 4 written and 5 meant: P = 3/4, R = 3/5
    coco = metrics.rouge_l(["a b c x"], ["a b c d e"], SIGN_PAPERS)
    usual = metrics.rouge_l(["a b c x"], ["a b c d e"], SIGN_PAPERS, beta=1.0)
    assert coco.value == pytest.approx(100 * 2.44 * 0.75 * 0.6 / (0.6 + 1.44 * 0.75))
    assert usual.value == pytest.approx(100 * 2 * 0.75 * 0.6 / (0.75 + 0.6))
    assert (coco.name, usual.name) == ("ROUGE-L", "ROUGE-L F1")
    assert "beta:1.2" in coco.signature and "beta:1.0" in usual.signature


def test_rouge_is_a_mean_of_sentences() -> None:
    found = metrics.rouge_l(["a b", "", "z"], ["a b", "c", "d e f"], SIGN_PAPERS)
    assert found.value == pytest.approx(100 / 3)


@given(WORDS.filter(bool), WORDS.filter(bool))
def test_rouge_leans_to_recall_where_beta_is_above_one(made: list[str], wanted: list[str]) -> None:
    coco, usual = overlap.rouge_l(made, wanted), overlap.rouge_l(made, wanted, beta=1.0)
    assert 0.0 <= coco <= 1.0 and overlap.rouge_l(made, made) == pytest.approx(1.0)
    if usual:
        assert (coco >= usual - 1e-12) == (len(made) >= len(wanted))


# CIDEr-D


def test_cider_d_of_identical_sentences_is_ten_where_they_are_long_enough() -> None:
    sentences = ["a b c d e".split(), "f g h".split(), "i j k l".split(), "m".split()]
    assert overlap.cider_d(sentences, sentences) == pytest.approx([10.0, 7.5, 10.0, 2.5])


def test_cider_d_by_hand() -> None:
    # Two references; "a" is in both and weighs nothing, every other word weighs log 2.
    found = overlap.cider_d([["a", "b", "b"], ["c"]], [["a", "b"], ["a", "c", "d"]])
    # First: words b,b against b, clipped to one: 1 * 1 / (2 * 1); pairs "a b", "b b" against "a b": 1 / sqrt 2.
    penalty = math.exp(-1 / (2 * 6**2))
    assert found[0] == pytest.approx(10 / 4 * (1 / 2 + 1 / math.sqrt(2)) * penalty)
    # Second: word c against c, d; no longer n-grams in what was written.
    assert found[1] == pytest.approx(10 / 4 * (1 / math.sqrt(2)) * math.exp(-4 / (2 * 6**2)))


def test_cider_d_does_not_pay_for_repeating_and_pays_less_for_other_lengths() -> None:
    references = ["a b c d e f".split(), "g h i j k l".split()]
    once, twice, padded = (
        overlap.cider_d([made.split(), []], references)[0]
        for made in ("a b c d e f", "a b c d e f a b c d e f", "a b c d e f x y z")
    )
    assert once == pytest.approx(10.0) and twice < padded < once


def test_cider_d_is_zero_and_says_so_where_no_word_tells_the_references_apart() -> None:
    for references in (["a b c d"], ["a b", "a b"]):
        found = metrics.cider_d(references, references, SIGN_PAPERS)
        assert found.value == 0.0 and "weighs nothing" in found.notes[0]
    assert not metrics.cider_d(HYPOTHESES, REFERENCES, SIGN_PAPERS).notes


# Word errors


def test_word_errors_are_told_apart() -> None:
    pytest.importorskip(JIWER)
    found = metrics.word_errors(["a x c", "d e f g"], ["a b c", "d e f g h"], SIGN_PAPERS)
    assert found == (1, 1, 0, 6, 2) and found.words == 8 and found.rate == pytest.approx(2 / 8)
    rate, *each = metrics.wer(["a b q", "z"], ["a b", "c"], SIGN_PAPERS)
    assert rate.value == pytest.approx(100 * 2 / 3)
    assert [(m.name, m.value) for m in each] == [("WER S", 0.5), ("WER D", 0.0), ("WER I", 0.5)]


def test_empty_answers_have_exactly_all_words_wrong_and_chatter_has_more() -> None:
    pytest.importorskip(JIWER)
    assert value(metrics.wer([""] * 4, REFERENCES, SIGN_PAPERS), "WER") == 100.0
    assert value(metrics.wer(["und " * 20] * 4, REFERENCES, SIGN_PAPERS), "WER") > 100.0
    assert value(metrics.wer(REFERENCES, REFERENCES, SIGN_PAPERS), "WER") == 0.0


def test_empty_answers_are_worth_nothing_elsewhere() -> None:
    pytest.importorskip(SACREBLEU), pytest.importorskip(JIWER)
    found = {m.name: m.value for m in metrics.score_text([""] * 4, REFERENCES)}
    assert found.pop("WER") == 100.0 and found.pop("WER D") == pytest.approx(18 / 4)
    assert set(found.values()) == {0.0}


def test_word_errors_of_slrtp_ignore_case_and_punctuation_and_write_contractions_out() -> None:
    pytest.importorskip(JIWER)
    rate = metrics.slrtp_wer(["It's the  Rain."], ["it is the rain"])[0]
    assert rate.value == 0.0 and "punct:no" in rate.signature
    assert value(metrics.wer(["It's the  Rain."], ["it is the rain"], SIGN_PAPERS), "WER") == 75.0


def test_all_measures_count_the_same_words() -> None:
    pytest.importorskip(SACREBLEU), pytest.importorskip(JIWER)
    assert metrics.words(["Guten Tag, Welt!"], TextOptions("13a", lowercase=True)) == [
        ["guten", "tag", ",", "welt", "!"]
    ]
    assert metrics.words(["Guten  Tag, "], SIGN_PAPERS) == [["Guten", "Tag,"]]
    assert metrics.words(["你好"], TextOptions("char")) == [["你", "好"]]
    assert value(metrics.wer(["你好吗"], ["你好"], TextOptions("char")), "WER") == 50.0


# Bad input


@pytest.mark.parametrize(
    ("hypotheses", "references", "sentence"),
    [
        ([], [], "the split is empty"),
        (["a"], ["a", "b"], "1 hypotheses for 2 references"),
        (["a", "b", "c"], ["a", " ", ""], r"reference 1 \(from 0\) and 1 more has no words: leave"),
    ],
)
def test_sentences_that_cannot_be_scored_are_named(hypotheses: list[str], references: list[str], sentence: str) -> None:
    for score in (metrics.chrf, metrics.rouge_l, metrics.cider_d, metrics.word_errors, metrics.bleu):
        with pytest.raises(DataError, match=sentence):
            score(hypotheses, references, SIGN_PAPERS)


@pytest.mark.parametrize("package", [SACREBLEU, JIWER])
def test_a_missing_package_is_a_sentence_with_the_command(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, f"{package}.metrics", None)
    score = metrics.chrf if package == SACREBLEU else metrics.word_errors
    with pytest.raises(MissingToolError, match=rf"need {package}: pip install 'signllm\[eval\]'"):
        score(["a"], ["a"], SIGN_PAPERS)


def test_unknown_settings_are_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="tokenize 'moses': expected one of none, 13a"):
        TextOptions("moses")
    with pytest.raises(ValueError, match="smooth 'much': expected one of exp, floor"):
        TextOptions(smooth="much")
