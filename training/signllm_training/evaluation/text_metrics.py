"""Measures on text: what a back-translation or a sign-to-text model wrote against what was meant.

One reference for each sentence. BLEU and chrF are sacrebleu's and word errors are jiwer's, both optional packages;
ROUGE-L and CIDEr-D are written here, because their published codes differ and no package names its form.

An empty answer to everything has BLEU, chrF, ROUGE-L and CIDEr-D 0 and a word error rate of exactly 100 %, which
models that say too much exceed: the row *empty answer* belongs in every table of word errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from types import MappingProxyType, ModuleType
from typing import Any, Final, NamedTuple

import numpy as np

from signllm_training.evaluation import overlap
from signllm_training.evaluation.measure import Measure, signature
from signllm_training.evaluation.overlap import CIDER_SIGMA, COCO_BETA, ORDERS
from signllm_training.prompt2sign.errors import DataError, MissingToolError

TOKENIZERS: Final = ("none", "13a", "intl", "char", "zh")
"""Tokenisers of sacrebleu that need no further package; `none` splits at white space, Chinese needs `char` or `zh`."""
SMOOTHINGS: Final = ("exp", "floor", "add-k", "none")
INSTALL: Final = "pip install 'signllm[eval]'"


@dataclass(frozen=True)
class TextOptions:
    """How text is cut into words and how BLEU treats orders without a match; the defaults are sacrebleu's."""

    tokenize: str = "13a"
    """One of `TOKENIZERS`; ROUGE-L, CIDEr-D and word errors count the same words as BLEU does."""
    lowercase: bool = False
    """Whether case is ignored."""
    smooth: str = "exp"
    """One of `SMOOTHINGS`."""
    smooth_value: float | None = None
    """Of `floor` and `add-k`; none takes sacrebleu's own."""
    effective_order: bool = False
    """Whether BLEU leaves out orders that no sentence is long enough for."""

    def __post_init__(self) -> None:
        """Check the names.

        Raises:
            ValueError: A tokeniser or a smoothing is not known.
        """
        if self.tokenize not in TOKENIZERS:
            raise ValueError(f"tokenize {self.tokenize!r}: expected one of {', '.join(TOKENIZERS)}")
        if self.smooth not in SMOOTHINGS:
            raise ValueError(f"smooth {self.smooth!r}: expected one of {', '.join(SMOOTHINGS)}")


SIGN_PAPERS: Final = TextOptions("none", smooth="floor", smooth_value=0.0, effective_order=True)
"""As the codes of sign translation score (neccam/slt and what descends from it): text that is tokenised and in lower
case already, no smoothing."""


class WordErrors(NamedTuple):
    """Word errors over a corpus; adds up field by field."""

    substitutions: int
    deletions: int
    insertions: int
    hits: int
    sentences: int

    @property
    def words(self) -> int:
        """Words of the references."""
        return self.substitutions + self.deletions + self.hits

    @property
    def rate(self) -> float:
        """Errors for each word of the references: 1 for empty answers, above 1 when too much is said."""
        return (self.substitutions + self.deletions + self.insertions) / self.words


def score_text(
    hypotheses: Sequence[str], references: Sequence[str], options: TextOptions = SIGN_PAPERS
) -> tuple[Measure, ...]:
    """All measures of one row, in the order of the table.

    Args:
        hypotheses: What was written, one for each reference; empty where nothing was.
        references: What was meant, none of them empty.
        options: How text is cut into words.

    Returns:
        BLEU-1 to 4, chrF, both forms of ROUGE-L, CIDEr-D and the word errors.

    Raises:
        DataError: The sentences cannot be scored; the message says which one.
        MissingToolError: sacrebleu or jiwer is not installed.
    """
    return (
        *bleu(hypotheses, references, options),
        chrf(hypotheses, references, options),
        rouge_l(hypotheses, references, options, beta=COCO_BETA),
        rouge_l(hypotheses, references, options, beta=1.0),
        cider_d(hypotheses, references, options),
        *wer(hypotheses, references, options),
    )


def bleu(hypotheses: Sequence[str], references: Sequence[str], options: TextOptions) -> tuple[Measure, ...]:
    """Corpus BLEU with orders up to 1, 2, 3 and 4, each from 0 to 100: BLEU-n of the sign papers is cumulative."""
    _check(hypotheses, references)
    found: list[Measure] = []
    for order in ORDERS:
        metric = _bleu(options, order)
        value = float(metric.corpus_score(list(hypotheses), [list(references)]).score)
        notes = (_rising(found[-1].name, f"BLEU-{order}"),) if found and value > found[-1].value + 1e-9 else ()
        found.append(Measure(f"BLEU-{order}", value, f"BLEU|n:{order}|{metric.get_signature()}", notes))
    return tuple(found)


def chrf(hypotheses: Sequence[str], references: Sequence[str], options: TextOptions) -> Measure:
    """Corpus chrF of sacrebleu's defaults, from 0 to 100; it counts characters, so no tokeniser takes part."""
    _check(hypotheses, references)
    metric = _sacrebleu().CHRF(lowercase=options.lowercase)
    value = float(metric.corpus_score(list(hypotheses), [list(references)]).score)
    return Measure("chrF", value, f"chrF|tok:none|{metric.get_signature()}")


def rouge_l(
    hypotheses: Sequence[str], references: Sequence[str], options: TextOptions, *, beta: float = COCO_BETA
) -> Measure:
    """Longest common subsequence as an F score, mean of the sentences, from 0 to 100.

    Args:
        hypotheses: What was written.
        references: What was meant.
        options: How text is cut into words.
        beta: 1.2 is the form of the sign papers, 1 the usual one of the package `rouge-score`, whose own tokeniser is
            not used here: it takes every letter but a to z for a space, and cuts German words at their umlauts.
    """
    _check(hypotheses, references)
    pairs = zip(words(hypotheses, options), words(references, options), strict=True)
    value = 100.0 * float(np.mean([overlap.rouge_l(made, wanted, beta) for made, wanted in pairs]))
    name = "ROUGE-L" if beta == COCO_BETA else "ROUGE-L F1" if beta == 1.0 else f"ROUGE-L F{beta:g}"
    return Measure(name, value, signature("ROUGE-L", {"beta": beta, **_cut(options), "mean": "sentences"}))


def cider_d(hypotheses: Sequence[str], references: Sequence[str], options: TextOptions) -> Measure:
    """CIDEr-D, mean of the sentences, from 0 to 10.

    The definition is `overlap.cider_d`'s; the documents of its tf-idf are these references.
    """
    _check(hypotheses, references)
    wanted = words(references, options)
    values = overlap.cider_d(words(hypotheses, options), wanted)
    notes = (_NO_CONTRAST,) if overlap.is_without_contrast(wanted) else ()
    how = {"n": ORDERS[-1], "sigma": CIDER_SIGMA, "df": f"references[{len(wanted)}]", "tf": "count", "scale": 10}
    return Measure("CIDEr-D", float(np.mean(values)), signature("CIDEr-D", {**how, **_cut(options)}), notes)


def wer(hypotheses: Sequence[str], references: Sequence[str], options: TextOptions) -> tuple[Measure, ...]:
    """Word error rate in percent, and substitutions, deletions and insertions for each sentence."""
    errors = word_errors(hypotheses, references, options)
    how = signature("WER", _cut(options), f"jiwer-{version('jiwer')}")
    return _wer_measures("WER", errors, how)


def slrtp_wer(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[Measure, ...]:
    """Word errors as the evaluator of SLRTP 2025 counts them.

    English contractions are written out, case and punctuation are removed; on German the first does harm and is part
    of the definition.
    """
    _check(hypotheses, references)
    jiwer = _jiwer()
    clean = jiwer.Compose(
        [
            jiwer.ExpandCommonEnglishContractions(),
            jiwer.ToLowerCase(),
            jiwer.RemoveMultipleSpaces(),
            jiwer.Strip(),
            jiwer.RemovePunctuation(),
        ]
    )
    errors = _count([clean(text) for text in hypotheses], [clean(text) for text in references])
    how = {"tok": "none", "case": "lc", "punct": "no", "contractions": "expanded"}
    return _wer_measures("WER (SLRTP)", errors, signature("WER", how, f"jiwer-{version('jiwer')}"))


def word_errors(hypotheses: Sequence[str], references: Sequence[str], options: TextOptions) -> WordErrors:
    """The fewest edits from each reference to its hypothesis, added up."""
    _check(hypotheses, references)
    made, wanted = ([" ".join(sentence) for sentence in words(texts, options)] for texts in (hypotheses, references))
    return _count(made, wanted)


def words(sentences: Sequence[str], options: TextOptions) -> list[list[str]]:
    """Sentences cut into words, by the tokeniser that BLEU uses."""
    folded = [sentence.lower() if options.lowercase else sentence for sentence in sentences]
    if options.tokenize != "none":
        tokenizer = _bleu(options, 1).tokenizer
        folded = [tokenizer(sentence.rstrip()) for sentence in folded]
    return [sentence.split() for sentence in folded]


def _bleu(options: TextOptions, order: int) -> Any:
    return _sacrebleu().BLEU(
        lowercase=options.lowercase,
        force=True,  # or it warns of text that looks tokenised, which the sign papers' is
        tokenize=options.tokenize,
        smooth_method=options.smooth,
        smooth_value=options.smooth_value,
        max_ngram_order=order,
        effective_order=options.effective_order,
    )


def _count(made: list[str], wanted: list[str]) -> WordErrors:
    jiwer = _jiwer()
    cut = jiwer.Compose([jiwer.ReduceToListOfListOfWords()])
    found = jiwer.process_words(wanted, made, reference_transform=cut, hypothesis_transform=cut)
    return WordErrors(found.substitutions, found.deletions, found.insertions, found.hits, len(wanted))


def _wer_measures(name: str, errors: WordErrors, how: str) -> tuple[Measure, ...]:
    kinds = {"S": errors.substitutions, "D": errors.deletions, "I": errors.insertions}
    each = (Measure(f"{name} {kind}", n / errors.sentences, f"{how}|mean:sentences") for kind, n in kinds.items())
    return Measure(name, 100.0 * errors.rate, how), *each


def _cut(options: TextOptions) -> Mapping[str, str]:
    return MappingProxyType({"tok": options.tokenize, "case": "lc" if options.lowercase else "mixed"})


def _rising(shorter: str, longer: str) -> str:
    return (
        f"{longer} is above {shorter}: that takes wrong short sentences beside right long ones, so look at the texts, "
        "and for an exchanged column"
    )


_NO_CONTRAST: Final = "every n-gram is in all the references, so that it weighs nothing: CIDEr-D is 0 whatever is said"


def _check(hypotheses: Sequence[str], references: Sequence[str]) -> None:
    if not references:
        raise DataError("no sentence to score: the split is empty")
    if len(hypotheses) != len(references):
        raise DataError(
            f"{len(hypotheses)} hypotheses for {len(references)} references: each needs one, empty if need be"
        )
    empty = [place for place, reference in enumerate(references) if not reference.strip()]
    if empty:
        more = f" and {len(empty) - 1} more" if len(empty) > 1 else ""
        raise DataError(
            f"reference {empty[0]} (from 0){more} has no words: leave sentences without text out of the split"
        )


def _sacrebleu() -> ModuleType:
    try:
        import sacrebleu.metrics
    except ImportError as error:
        raise MissingToolError(f"BLEU, chrF and their tokenisers need sacrebleu: {INSTALL}") from error
    return sacrebleu.metrics


def _jiwer() -> ModuleType:
    try:
        import jiwer
    except ImportError as error:
        raise MissingToolError(f"word errors need jiwer: {INSTALL}") from error
    return jiwer
