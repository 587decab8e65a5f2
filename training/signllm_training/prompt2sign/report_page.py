"""The report of a corpus: one HTML file that needs nothing else, to be looked at before anything is learnt from it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import manifest
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.languages import LANGUAGES
from signllm_training.prompt2sign.report_data import Corpus, gather
from signllm_training.prompt2sign.report_plots import histogram, keypoint_bars, stacked_bar
from signllm_training.prompt2sign.report_skeletons import preview
from signllm_training.prompt2sign.report_style import STYLE
from signllm_training.prompt2sign.rows import Entry
from signllm_training.prompt2sign.standard import StandardClip

PREVIEWS: Final = 12
_SPLITS: Final = ("train", "dev", "test", "")
_LISTED: Final = 50
"""Skipped samples that are listed for each reason; the manifest has all."""
_LONGEST: Final = 240
"""Characters of a text that are shown."""
_MENDED: Final = {
    "swapped": "frames in which left and right were exchanged",
    "outliers": "keypoints where none can be, taken away",
    "filled": "keypoints filled in between others",
    "trimmed_begin": "frames of rest cut from the beginnings",
    "trimmed_end": "frames of rest cut from the ends",
}
_DEPTHS: Final = {"none": "no depth", "measured": "depth from the source", "lifted": "depth computed"}


def write_report(folder: Path, out: Path, *, previews: int = PREVIEWS) -> Path:
    """Write the report of a prepared set; returns its path.

    Args:
        folder: Prepared set.
        out: HTML file, replaced if it is there.
        previews: Clips of which frames are drawn.

    Raises:
        DataError: The set is none or damaged, or the file cannot be written.
        MissingToolError: Parquet cannot be read.
    """
    page = render(gather(folder, previews))
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_text(page, encoding="utf-8")
        os.replace(part, out)
    except OSError as error:
        raise DataError(f"the report cannot be written: {error.strerror}; give another file with --out", out) from error
    return out


def render(corpus: Corpus) -> str:
    """The page as HTML; every text from the corpus is escaped, and no script is in it."""
    sections = (
        ("hands", "Hands and bodies", _previews(corpus)),
        ("plots", "Durations and scores", _plots(corpus)),
        ("missing", "Keypoints that are missing", _missing(corpus)),
        ("mended", "What was mended", _mended(corpus)),
        ("languages", "Languages, beside the paper's counts", _languages(corpus)),
        ("splits", "Splits", _splits(corpus)),
        ("licences", "Licences and consent", _licences(corpus)),
        ("skipped", "What was left out", _skipped(corpus)),
        ("made", "How it was made", _made(corpus)),
    )
    links = "".join(f'<li><a href="#{key}">{title}</a></li>' for key, title, _ in sections)
    body = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{title}</h2>{content}</section>'
        for key, title, content in sections
    )
    name = escape(corpus.name)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Nothing is fetched and nothing runs, whatever the corpus wrote into its texts.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Corpus report: {name}</title><style>{STYLE}</style></head><body>"
        f"<header><h1>Corpus report: {name}</h1>{_summary(corpus)}</header>"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav><main>{body}</main></body></html>\n'
    )


def _summary(corpus: Corpus) -> str:
    about = corpus.manifest
    seconds = about.seconds
    languages = [part.language for part in about.parts]
    facts = [
        (f"{about.clips:,}", "clip" if about.clips == 1 else "clips"),
        (_hours(seconds), "of signing"),
        (f"{corpus.frames:,}", "frames"),
        (f"{len(set(languages))}", "language" if len(set(languages)) == 1 else "languages"),
        (f"{np.median(corpus.scores):.2f}" if len(corpus.scores) else "none", "median score, 0 to 1"),
        (f"{len(about.skipped):,}", "left out"),
    ]
    shown = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for value, label in facts)
    warnings = [*manifest.notices(about)]
    if corpus.shared_signers:
        seen = "results on dev and test are of signers that training has seen"
        warnings.append(f"{_in_two_splits(corpus)}: {seen}")
    notices = "".join(f"<li>{escape(warning)}.</li>" for warning in warnings)
    box = f'<aside class="notice" aria-label="Notices"><ul>{notices}</ul></aside>' if notices else ""
    return f'<dl class="facts">{shown}</dl>{box}'


def _previews(corpus: Corpus) -> str:
    if not corpus.previews:
        return "<p>No clips are shown.</p>"
    lead = (
        "<p>Six frames of some clips, half of them the lowest scores, seen from the front. "
        '<strong class="right">The right hand of the signer</strong> is drawn on the left, '
        '<strong class="left">the left hand</strong> on the right. Dashed lines are filled in or of a confidence of at '
        "most 0.1; what is not known is not drawn.</p>"
    )
    return lead + "".join(_preview(entry, clip) for entry, clip in corpus.previews)


def _preview(entry: Entry, clip: StandardClip) -> str:
    place = " · ".join(filter(None, (entry.language, entry.split, entry.signer and f"signer {entry.signer}")))
    facts = [place, f"{len(clip) / clip.fps:.1f} s at {clip.fps:g} frames per second", _DEPTHS[clip.depth]]
    found = entry.quality
    if found is not None:
        facts.append(f"score {found.score:.2f}")
        counts = (("exchanged", found.swapped), ("outliers", found.outliers), ("filled", found.filled))
        facts += [f"{count:,} {name}" for name, count in counts if count]
        facts += found.notes
    gloss = f'<p class="gloss">{escape(_short(" ".join(entry.gloss)))}</p>' if entry.gloss else ""
    written = f' lang="{LANGUAGES[entry.language].written}"' if entry.language in LANGUAGES else ""
    text = '<p class="text none">no text</p>'
    if entry.text:
        text = f'<p class="text"{written}>{escape(_short(entry.text))}</p>'
    facts_line = escape(" · ".join(filter(None, facts)))
    return (
        f'<figure class="clip"><figcaption><h3>{escape(_short(entry.name))}</h3>{text}{gloss}'
        f"<p>{facts_line}</p></figcaption>"
        f'<div class="frames">{preview(clip, _short(entry.name))}</div></figure>'
    )


def _plots(corpus: Corpus) -> str:
    note = (
        "<p>A score is 1 where the source saw every keypoint, none was impossible and no sides were exchanged; "
        "body, the better seen hand and the other one count 40, 45 and 15 %.</p>"
    )
    return (
        '<div class="plots">'
        + histogram(corpus.durations, title="Durations", unit="seconds")
        + histogram(corpus.scores, title="Scores", unit="", high=1.0)
        + f"</div>{note}"
    )


def _missing(corpus: Corpus) -> str:
    share = 1.0 - corpus.known / max(corpus.frames, 1)
    body = slice(0, len(prompt2sign.BODY))
    plots = keypoint_bars(share[body], [name.replace("_", " ") for name in prompt2sign.BODY], title="Body")
    for side in ("right", "left"):
        names = ["wrist", *(f"{part[:-1]} {part[-1]}" for part in prompt2sign.HAND[1:])]
        plots += keypoint_bars(share[prompt2sign.hand_slice(side)], names, title=f"{side.capitalize()} hand")
    return f'<p>Share of frames without the keypoint, after gaps were filled.</p><div class="plots three">{plots}</div>'


def _mended(corpus: Corpus) -> str:
    rows = [(_MENDED[name], f"{count:,}") for name, count in corpus.mended.items()]
    rows += [(f"clips with {_DEPTHS[depth]}", f"{count:,}") for depth, count in corpus.depths.items()]
    rows.append(("clips without a text", f"{corpus.without_text:,}"))
    notes = _table(("could not be mended", "clips"), [(note, f"{n:,}") for note, n in corpus.notes.items()], numbers=1)
    return _table(("what", "how many"), rows, numbers=1) + (notes if corpus.notes else "")


def _languages(corpus: Corpus) -> str:
    ours: dict[tuple[str, str], int] = {}
    for part in corpus.manifest.parts:
        ours[part.language, part.split] = ours.get((part.language, part.split), 0) + part.clips
    rows = []
    for code, language in LANGUAGES.items():
        cells = [f"{code}", language.name, language.written_name]
        for split, paper in zip(_SPLITS[:3], language.paper_counts, strict=True):
            cells += [f"{ours.get((code, split), 0):,}", f"{paper:,}"]
        rows.append((*cells, f"{ours.get((code, ''), 0):,}"))
    for unknown in sorted({language for language, _ in ours} - set(LANGUAGES)):
        cells = [unknown or "not said", "", ""]
        for split in _SPLITS[:3]:
            cells += [f"{ours.get((unknown, split), 0):,}", ""]
        rows.append((*cells, f"{ours.get((unknown, ''), 0):,}"))
    heads = ("code", "sign language", "written", *(f"{s}, {w}" for s in _SPLITS[:3] for w in ("here", "paper")))
    return "<p>Clips in this set, and in table 1 of the SignLLM paper (arXiv 2405.10718).</p>" + _table(
        (*heads, "in no split"), rows, numbers=7
    )


def _splits(corpus: Corpus) -> str:
    rows = []
    for split in _SPLITS:
        parts = [part for part in corpus.manifest.parts if part.split == split]
        if parts:
            clips, seconds = sum(part.clips for part in parts), sum(part.seconds for part in parts)
            signers = len(corpus.signers.get(split, ()))
            rows.append(
                (split or "in no split", f"{clips:,}", _hours(seconds), f"{signers:,}" if signers else "unknown")
            )
    shares = [(name, int(clips.replace(",", ""))) for name, clips, *_ in rows]
    shared = corpus.shared_signers
    note = (
        f"<p><strong>{_in_two_splits(corpus)}:</strong> {escape(_list(shared, 20))}.</p>"
        if shared
        else "<p>No known signer is in more than one split.</p>"
        if corpus.signers
        else "<p>Signers are not known, so the same person may be in several splits.</p>"
    )
    return (
        stacked_bar(shares, title="Clips by split")
        + _table(("split", "clips", "duration", "signers"), rows, numbers=3)
        + note
    )


def _in_two_splits(corpus: Corpus) -> str:
    count = len(corpus.shared_signers)
    return f"{count:,} {'signer is' if count == 1 else 'signers are'} in more than one split"


def _licences(corpus: Corpus) -> str:
    rows = []
    for use in corpus.manifest.uses:
        mark = (
            '<span class="tag good">commercial use allowed</span>'
            if use.licence.commercial
            else '<span class="tag bad">not for commercial use</span>'
            if use.licence.name != "unknown"
            else '<span class="tag bad">not known</span>'
        )
        consent = escape(use.licence.consent) or "nothing is said"
        cells = (escape(use.corpus or "without a name"), escape(use.licence.name), mark, consent)
        rows.append((*cells, f"{use.clips:,}", _hours(use.seconds)))
    heads = ("corpus", "licence", "commercial use", "what the signers agreed to", "clips", "duration")
    return _table(heads, rows, numbers=2, safe=True)


def _skipped(corpus: Corpus) -> str:
    if not corpus.manifest.skipped:
        return "<p>Nothing: every sample of the source is in the set.</p>"
    parts = []
    for reason, skips in corpus.manifest.skipped_by_reason().items():
        rows = [(skip.source, "" if skip.line is None else f"{skip.line:,}") for skip in skips[:_LISTED]]
        more = len(skips) - _LISTED
        rest = f"<p>and {more:,} more, all in {manifest.NAME}</p>" if more > 0 else ""
        noun = "sample" if len(skips) == 1 else "samples"
        parts.append(
            f"<details{' open' if len(skips) <= 5 else ''}><summary><strong>{len(skips):,}</strong> {noun}: "
            f"{escape(_short(reason))}</summary>{_table(('file', 'line'), rows, numbers=1)}{rest}</details>"
        )
    return "".join(parts)


def _made(corpus: Corpus) -> str:
    about = corpus.manifest
    size = sum(shard.file.bytes for shard in about.shards)
    rows = [
        ("tool", about.tool),
        ("profile of keypoints", about.profile),
        ("shards", f"{len(about.shards):,}, {size / 1e6:,.1f} MB, {size / max(corpus.frames, 1):,.0f} bytes per frame"),
        ("sources", f"{len(about.sources):,} files or folders, {sum(s.bytes for s in about.sources) / 1e6:,.1f} MB"),
    ]
    options = escape(json.dumps(about.options, indent=1, ensure_ascii=False, sort_keys=True))
    return (
        _table(("what", "value"), rows) + f"<details><summary>Options</summary><pre>{options}</pre></details>"
        f"<p>Hashes of all shards and sources are in {manifest.NAME}.</p>"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0, safe: bool = False) -> str:
    """A table whose last `numbers` columns are numbers; cells are escaped unless they are `safe`."""
    kinds = [""] * (len(heads) - numbers) + [' class="number"'] * numbers
    head = "".join(f'<th scope="col"{kind}>{escape(text)}</th>' for text, kind in zip(heads, kinds, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{c if safe else escape(c)}</td>" for c, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _hours(seconds: float) -> str:
    if seconds < 120.0:
        return f"{seconds:.1f} s"
    return f"{seconds / 60.0:.1f} min" if seconds < 7200.0 else f"{seconds / 3600.0:,.1f} h"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _list(names: Sequence[str], most: int) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
