"""`signllm compare`: what both sources make of one text, sign by sign, as a table and as pictures."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from signllm.arguments import CommandParser
from signllm.errors import InputError, SignLLMError
from signllm.motion.recording import MotionFrame
from signllm.motion.skeletons import prompt2sign
from signllm.source import FPS, Utterance
from signllm_bridge.errors import BridgeError
from signllm_bridge.sources import LEXICON, MODEL, make_generation

if TYPE_CHECKING:
    from PIL import Image

    from signllm_bridge.generation import Generation
    from signllm_bridge.lexicon_sheets import Cell
    from signllm_bridge.messages import Speak

Array = npt.NDArray[np.float64]

SOURCES: Final = (LEXICON, MODEL)
_FAILED, _INTERRUPTED = 2, 130
_HANDS: Final = slice(min(prompt2sign.HAND_BASE.values()), prompt2sign.COUNT)
_BODY: Final = slice(0, _HANDS.start)
_ON_THE_WAY: Final = 0.35
"""Share of a sign's frames that lead to its place; the moment that is drawn lies after them."""
_A_ROW, _MOST_PICTURES = 8, 48
"""Signs beside one another, and signs that are drawn at all."""
_PIXELS_PER_METRE: Final = 230.0
_GAP: Final = 6
"""Pixels between the rows."""
_EXAMPLES: Final = """\
examples:
  signllm compare "Where is the doctor?"
      frames and distances, sign by sign
  signllm compare "Where is the doctor?" --out doctor.png
      and a picture of each sign from each source, taken at the same moment of it
  signllm compare --gloss "MY NAME fs:ANNA" --json
"""


@dataclass(frozen=True, eq=False)
class GlossPair:
    """One gloss in both sources."""

    gloss: str
    frames: tuple[int, int]
    """Of `SOURCES`."""
    hands: float | None
    """Mean distance of the hands' keypoints in metres, along the time alignment; None where a source has no frame."""
    body: float | None
    """Of the eight keypoints of head and arms."""
    moment: tuple[int, int] | None
    """Frames that are drawn: the quietest of the sign in the lexicon, and the one that the model has for it."""


def main(argv: Sequence[str] | None = None) -> int:
    """`signllm compare`. Returns the exit status."""
    options = _parser().parse_args(argv)
    try:
        return _run(options)
    except (SignLLMError, BridgeError) as error:
        print(f"signllm compare: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser("compare", "Show what the lexicon and the model make of a text, side by side.", _EXAMPLES)
    parser.add_argument("text", nargs="?", default="", help="what to sign; fs:ANA inside it is spelled exactly")
    parser.add_argument("--gloss", default="", metavar="LINE", help="glosses to sign instead of a text")
    parser.add_argument("--language", default="asl", help="sign language (default: asl)")
    parser.add_argument("--out", type=Path, metavar="PNG", help="write a picture: a row for each source")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def _run(options: argparse.Namespace) -> int:
    from signllm_bridge.messages import Speak

    if not (options.text.strip() or options.gloss.strip()):
        raise InputError('there is nothing to compare; give a text in quotes, or --gloss "NAME MY fs:ANA"')
    if options.out is not None and options.out.suffix.lower() != ".png":
        raise InputError(f"--out writes a .png picture; end its name in .png: {options.out}")
    generation = make_generation((MODEL, LEXICON))
    # The model's vocabulary is the smaller one: both sign what it knows, so that sign stands beside sign.
    speak = Speak(options.text, options.language, MODEL, gloss=options.gloss)
    utterance = generation.plan(speak)
    for notice in utterance.notices:
        print(f"signllm compare: {notice}", file=sys.stderr)
    if not utterance.glosses:
        raise InputError(f"nothing of this is signed, it is only captioned ({utterance.label}); compare another text")
    clips = tuple(list(generation.frames(source, utterance)) for source in SOURCES)
    pairs = compare(utterance, *clips)
    other = _own_glosses(generation, speak, utterance)
    print(as_json(utterance, pairs) if options.json else as_table(utterance, pairs, other))
    if options.out is not None:
        drawn = picture(utterance, pairs, *clips)
        _write(drawn, options.out)
        print(f"{options.out}: {drawn.width} x {drawn.height}", file=sys.stderr if options.json else sys.stdout)
    return 0


def compare(utterance: Utterance, lexicon: Sequence[MotionFrame], model: Sequence[MotionFrame]) -> list[GlossPair]:
    """Both sources' frames of an utterance, gloss by gloss; the way back to rest is left out."""
    pairs = []
    for k, gloss in enumerate(utterance.glosses):
        first, second = ([t for t, frame in enumerate(clip) if frame.gloss == k] for clip in (lexicon, model))
        frames = (len(first), len(second))
        if not (first and second):
            pairs.append(GlossPair(gloss.name, frames, None, None, None))
            continue
        one = np.array([lexicon[t].keypoints for t in first], dtype=np.float64)
        two = np.array([model[t].keypoints for t in second], dtype=np.float64)
        i, j = align(np.linalg.norm(one[:, None] - two[None], axis=-1).mean(axis=-1)).T
        apart = np.linalg.norm(one[i] - two[j], axis=-1)  # [P, 50]
        quiet = _quietest(one)
        moment = (first[quiet], second[int(j[i == quiet][0])])
        pairs.append(
            GlossPair(gloss.name, frames, float(apart[:, _HANDS].mean()), float(apart[:, _BODY].mean()), moment)
        )
    return pairs


def align(cost: Array) -> npt.NDArray[np.intp]:
    """The cheapest warping path through costs [T, U], pairs (row, column), [P, 2].

    The evaluation has a faster one of its own; the bridge does not know it, and a sign is short.
    """
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(rows):
        for j in range(columns):
            total[i + 1, j + 1] = cost[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    i, j = rows, columns
    path = [(i - 1, j - 1)]
    while i > 1 or j > 1:
        i, j = min(((i - 1, j - 1), (i - 1, j), (i, j - 1)), key=lambda at: total[at])
        path.append((i - 1, j - 1))
    return np.array(path[::-1], dtype=np.intp)


def _quietest(keypoints: Array) -> int:
    """The frame of a sign, [T, 50, 3], in which the hands move least once they are there."""
    first = min(int(np.ceil(_ON_THE_WAY * len(keypoints))), len(keypoints) - 1)
    moved = np.linalg.norm(np.gradient(keypoints[:, _HANDS], axis=0), axis=-1).mean(axis=-1) if first else np.zeros(1)
    return first + int(moved[first:].argmin())


def _own_glosses(generation: Generation, speak: Speak, utterance: Utterance) -> str:
    """What the lexicon alone would sign, where that is something else; empty otherwise."""
    own = generation.plan(replace(speak, source=LEXICON)).gloss_text
    return "" if own == utterance.gloss_text else own


# ------------------------------------------------------------------------------------------------------ output


def as_table(utterance: Utterance, pairs: Sequence[GlossPair], own: str = "") -> str:
    """The pairs as Markdown; `own` is what the lexicon alone would sign, where that differs."""
    lines = [f"{utterance.gloss_text}  ({utterance.label}, coverage {utterance.coverage:.0%})"]
    if own:
        lines.append(f"The model knows fewer signs, so both sign this. The lexicon alone: {own}")
    lines += ["", f"| gloss | {LEXICON} frames | {MODEL} frames | hands mm | body mm |", "| --- " + "| ---: " * 4 + "|"]
    lines += [_row(p.gloss, p.frames, p.hands, p.body) for p in pairs]
    frames = (sum(p.frames[0] for p in pairs), sum(p.frames[1] for p in pairs))
    lines.append(_row("all", frames, *mean_distances(pairs)))
    seconds = " and ".join(f"{n / FPS:.1f} s" for n in frames)
    return "\n".join(
        [
            *lines,
            "",
            f"{seconds} at {FPS} frames per second. Distances after time alignment within each sign; the face follows",
            "the glosses by the same rules in both. A small distance says that the model copies the lexicon, not that",
            "either is understood.",
        ]
    )


def as_json(utterance: Utterance, pairs: Sequence[GlossPair]) -> str:
    """The pairs as one JSON object."""
    rows = [
        {
            "gloss": p.gloss,
            **{f"{source}_frames": count for source, count in zip(SOURCES, p.frames, strict=True)},
            "hands_mm": None if p.hands is None else round(1000 * p.hands, 1),
            "body_mm": None if p.body is None else round(1000 * p.body, 1),
        }
        for p in pairs
    ]
    return json.dumps({"gloss": utterance.gloss_text, "label": utterance.label, "glosses": rows}, ensure_ascii=False)


def mean_distances(pairs: Sequence[GlossPair]) -> tuple[float | None, float | None]:
    """Hands and body over all glosses that both sources have, each gloss counted once."""
    hands = [p.hands for p in pairs if p.hands is not None]
    body = [p.body for p in pairs if p.body is not None]
    return (float(np.mean(hands)), float(np.mean(body))) if hands else (None, None)


def _row(name: str, frames: tuple[int, int], *distances: float | None) -> str:
    cells = ["-" if metres is None else f"{1000 * metres:.1f}" for metres in distances]
    return f"| {name.replace('|', chr(92) + '|')} | {frames[0]} | {frames[1]} | {' | '.join(cells)} |"


def picture(
    utterance: Utterance, pairs: Sequence[GlossPair], lexicon: Sequence[MotionFrame], model: Sequence[MotionFrame]
) -> Image.Image:
    """The avatar at one moment of each sign, a row for each source; at most `_MOST_PICTURES` signs."""
    from PIL import Image

    from signllm_bridge.lexicon_sheets import Block, block_image

    shown = [pair for pair in pairs if pair.moment is not None][:_MOST_PICTURES]
    if not shown:
        raise InputError("no sign is there in both sources, so that there is nothing to draw")
    left = len(pairs) - len(shown)
    note = utterance.gloss_text[:120] + (f"  ({left} glosses are not drawn)" if left else "")
    blocks = []
    for first in range(0, len(shown), _A_ROW):
        part = shown[first : first + _A_ROW]
        for which, (source, clip) in enumerate(zip(SOURCES, (lexicon, model), strict=True)):
            cells = [_cell(clip[pair.moment[which]], pair, which) for pair in part if pair.moment is not None]
            blocks.append(Block(source, [cells], "" if which or first else note))
    images = [block_image(block, 1) for block in blocks]
    sheet = Image.new(
        "RGB", (max(i.width for i in images) + 2 * _GAP, sum(i.height + _GAP for i in images) + _GAP), "white"
    )
    y = _GAP
    for image in images:
        sheet.paste(image, (_GAP, y))
        y += image.height + _GAP
    return sheet


def _cell(frame: MotionFrame, pair: GlossPair, which: int) -> Cell:
    from signllm.motion.skeletons.arkit import FACE_NAMES
    from signllm_bridge.avatar.picture import FRONT, Frame, painter
    from signllm_bridge.lexicon_sheets import Cell

    weights = dict(zip(FACE_NAMES, frame.face.tolist(), strict=True))
    drawn = painter()
    morphs = {name: weights[name] for name in drawn.mesh.morphs if weights.get(name, 0.0) > 0.0}
    vertices = drawn.pose(frame.rotations, morphs=morphs)
    sight = Frame(-0.40, 0.40, 0.94, 1.88)
    image = drawn.picture(vertices, FRONT, sight, pixels_per_metre=_PIXELS_PER_METRE)
    return Cell(image, f"{pair.gloss}, {pair.frames[which]} frames")


def _write(image: Image.Image, out: Path) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        image.save(out)
    except OSError as error:
        raise InputError(f"the picture cannot be written ({error.strerror or error}): {out}") from error
