"""The table of how far our glosses agree with the rule-made pairs of ASLG-PC12, and how much of them has signs.

The pairs are no reference for ASL: a program made them from sentences of the European Parliament, close to English
word order, and nobody signs so. The table shows that the rules hold on text that they were not written for; it is not
chased.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from signllm.errors import InputError
from signllm.language.labels import LABELS
from signllm.language.overlap import Overlap, compute_overlap, plain_tokens
from signllm.language.translate import translate
from signllm.source import Utterance

ENGLISH: Final = "aslg.dev.en"
GLOSSES: Final = "aslg.dev.gloss.asl"


def load_pairs(folder: Path) -> list[tuple[str, str]]:
    """English sentences and their glosses.

    Raises:
        InputError: The folder lacks one of the two files, or they do not belong together.
    """
    texts = [folder / ENGLISH, folder / GLOSSES]
    missing = [path.name for path in texts if not path.is_file()]
    if missing:
        raise InputError(
            f"the pairs are not there: {' and '.join(missing)} missing; --pairs takes the folder that holds "
            f"{ENGLISH} and {GLOSSES}: {folder}"
        )
    english, glosses = (path.read_text(encoding="utf-8").splitlines() for path in texts)
    if len(english) != len(glosses):
        raise InputError(f"{ENGLISH} has {len(english):,} lines and {GLOSSES} {len(glosses):,}; they must be pairs")
    return list(zip(english, glosses, strict=True))


def write_report(folder: Path) -> str:
    """The table as Markdown, measured on the pairs in a folder."""
    pairs = [(english, glosses) for english, glosses in load_pairs(folder) if plain_tokens(english)]
    utterances = [translate(_written(english)) for english, _ in pairs]
    references = [plain_tokens(glosses) for _, glosses in pairs]
    ours = [plain_tokens(utterance.gloss_text) for utterance in utterances]
    copied = [plain_tokens(english) for english, _ in pairs]
    rows = {"our glosses": compute_overlap(ours, references), "the English words": compute_overlap(copied, references)}
    return "\n".join([*_head(len(pairs)), *_table(rows), "", *_signed(utterances), ""])


def _written(line: str) -> str:
    """A sentence of the corpus, which sets its punctuation apart, as it would be written."""
    for mark in ".,?!;:":
        line = line.replace(f" {mark}", mark)
    return line


def _head(count: int) -> list[str]:
    return [
        "# Glosses on text of another kind",
        "",
        f"`signllm gloss --report docs/results/gloss.md` on {count:,} rule-made pairs of ASLG-PC12: English of the",
        "European Parliament, and glosses that a program made close to English word order. The pairs are no reference",
        "for ASL and the rules are not fitted to them. Low agreement is expected: ASL puts time first and questions",
        "last, and leaves out of, the and most auxiliaries. Compared are words: pauses, punctuation and the marks `X-`",
        "and `DESC-` are taken off, pointing signs are pronouns, spelled words are words. The second row copies the",
        "English.",
        "",
    ]


def _table(rows: dict[str, Overlap]) -> list[str]:
    lines = ["| compared with the pairs | token F1 | BLEU-1 | BLEU-4 | chrF |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {name} | {o.f1:.1f} | {o.bleu1:.1f} | {o.bleu4:.1f} | {o.chrf:.1f} |" for name, o in rows.items()]
    return lines


def _signed(utterances: Sequence[Utterance]) -> list[str]:
    labels = Counter(utterance.label for utterance in utterances)
    signed = [utterance.coverage for utterance in utterances if utterance.glosses]
    mean = sum(signed) / len(signed) if signed else 0.0
    lines = ["| label | sentences |", "|---|---:|"]
    lines += [f"| {label} | {labels[label]:,} |" for label in LABELS if labels[label]]
    note = f"Of the content words of a signed sentence, {mean:.0%} have a sign on average; the others are spelled."
    return [*lines, "", note]
