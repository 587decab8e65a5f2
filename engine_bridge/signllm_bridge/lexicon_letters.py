"""`signllm lexicon letters`: the ASL alphabet on the avatar's own bones, alone and against real signers' hands."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.arguments import CommandParser
from signllm.errors import InputError
from signllm.lexicon.synthesise import Synthesiser
from signllm_bridge import real_hands
from signllm_bridge.hand_angles import BENT_DEG, FINGERS, JOINTS, closed_fingers, joint_angles, read_letters
from signllm_bridge.letter_features import FAR, AvatarHand, Finding, avatar_hands, find_features

Array = npt.NDArray[np.float64]
Angles = Mapping[str, Array]
"""Letter to joint angles [21] in degrees."""

REAL_DATA: Final = "SIGNLLM_TEST_DATA"
OURS: Final = "avatar"
AGREE_AIM: Final = 102
"""Of 104 states of fingers, 4 in each of 26 letters."""
_EXAMPLES: Final = """\
examples:
  signllm lexicon letters
      what tells the letters apart, measured on the avatar; real hands too where SIGNLLM_TEST_DATA names their folder
  signllm lexicon letters --out docs/results/letters.md
      the same as a file
"""


@dataclass(frozen=True)
class States:
    """How far two hands agree on which fingers are closed."""

    one: str
    other: str
    agree: int
    total: int
    differ: tuple[str, ...]
    """`X index` for each finger whose state differs."""


@dataclass(frozen=True)
class Reading:
    """How many letters of two hands a reader names who has learnt a third hand's."""

    learnt: str
    real: str
    real_right: int
    ours_right: int
    ours_wrong: tuple[str, ...]
    """`A as S` for each letter of ours that is misread."""

    @property
    def holds(self) -> bool:
        """Whether our letters are named at least as often as the other real signer's."""
        return self.ours_right >= self.real_right


def letters(argv: Sequence[str] | None = None) -> int:
    """`signllm lexicon letters`. Returns the exit status: 1 when a feature or a comparison misses its aim."""
    parser = CommandParser("lexicon letters", "Measure the manual alphabet on the avatar.", _EXAMPLES)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the tables here instead of printing them")
    options = parser.parse_args(argv)
    hands = avatar_hands(Synthesiser.load("asl"))
    findings = find_features(hands)
    folder = os.environ.get(REAL_DATA)
    real = {} if folder is None else load_real(Path(folder))
    ours = avatar_angles(hands)
    text = "\n".join(report(findings, ours, real)) + "\n"
    if options.out is None:
        print(text, end="")
    else:
        _write(options.out, text)
    return 0 if all(finding.holds for finding in findings) and _all_hold(ours, real) else 1


def avatar_angles(hands: Mapping[str, AvatarHand]) -> Angles:
    """Joint angles of the avatar's letters; of J and Z those with which they begin."""
    return {letter: np.asarray(joint_angles(hand.points)) for letter, hand in hands.items()}


def load_real(folder: Path) -> dict[str, Angles]:
    """Joint angles of the letters of two real signers, by the name of their data: the median of the frames held.

    Raises:
        InputError: The folder lacks one of the two sets, or a file of it cannot be read.
    """
    sets = {
        real_hands.POSE_FOLDER: real_hands.load_pose_letters(folder / real_hands.POSE_FOLDER),
        real_hands.JSON_FOLDER: real_hands.load_json_letters(folder / real_hands.JSON_FOLDER),
    }
    return {
        name: {letter: np.median(joint_angles(frames), axis=0) for letter, frames in sorted(clips.items())}
        for name, clips in sets.items()
    }


def compare_states(one: str, a: Angles, other: str, b: Angles) -> States:
    """Which fingers are open and closed, hand against hand."""
    differ = [
        f"{letter} {finger}"
        for letter in sorted(a.keys() & b.keys())
        for finger, here, there in zip(FINGERS, closed_fingers(a[letter]), closed_fingers(b[letter]), strict=True)
        if here != there
    ]
    total = len(FINGERS) * len(a.keys() & b.keys())
    return States(one, other, total - len(differ), total, tuple(differ))


def compare_readings(ours: Angles, real: Mapping[str, Angles]) -> list[Reading]:
    """A reader for each real hand, shown the other real hand and ours."""
    found = []
    for learnt, known in real.items():
        for name, shown in real.items():
            if name == learnt:
                continue
            theirs, mine = read_letters(known, shown), read_letters(known, ours)
            wrong = tuple(f"{letter} as {read}" for letter, read in mine.items() if letter != read)
            right = sum(letter == read for letter, read in theirs.items())
            found.append(Reading(learnt, name, right, len(mine) - len(wrong), wrong))
    return found


def report(findings: Sequence[Finding], ours: Angles, real: Mapping[str, Angles]) -> Iterator[str]:
    """The tables as Markdown, line by line."""
    yield "# The manual alphabet of ASL, measured on the avatar"
    yield ""
    yield "Made by `signllm lexicon letters`: every letter is synthesised, retargeted and posed by forward kinematics."
    yield ""
    yield from _feature_table(findings)
    if not real:
        yield ""
        yield f"The hands of real signers were not looked at: set {REAL_DATA} to their folder."
        return
    yield from _state_table(ours, real)
    yield from _reader_table(compare_readings(ours, real))
    yield from _difference_tables({OURS: ours, **real})


def _feature_table(findings: Sequence[Finding]) -> Iterator[str]:
    yield f"## Distinctive features: {sum(f.holds for f in findings)} of {len(findings)} hold"
    yield ""
    yield "| letters | feature | measured | asked for | |"
    yield "|---|---|---:|---:|---|"
    for finding in findings:
        feature = finding.feature
        verdict = "pass" if finding.holds else "**fail**"
        measured = f"{finding.value:.1f} {feature.unit}"
        yield f"| {feature.letters} | {feature.what} | {measured} | {_range(finding)} | {verdict} |"


def _range(finding: Finding) -> str:
    least, most = finding.feature.least, finding.feature.most
    if most >= FAR:
        return f"at least {least:g}"
    if least <= -FAR:
        return f"at most {most:g}"
    return f"at most {most:g}" if least == 0 else f"{least:g} to {most:g}"


def _state_table(ours: Angles, real: Mapping[str, Angles]) -> Iterator[str]:
    yield ""
    yield "## Open and closed fingers"
    yield ""
    yield f"A finger is closed when its middle and end joint together bend by more than {BENT_DEG:g} degrees."
    yield ""
    yield "| hands | agree | asked for | fingers that differ |"
    yield "|---|---:|---:|---|"
    for state in _all_states(ours, real):
        aim = f"at least {AGREE_AIM}" if OURS in (state.one, state.other) else ""
        listed = ", ".join(state.differ)
        yield f"| {state.one}, {state.other} | {state.agree} of {state.total} | {aim} | {listed} |"


def _all_states(ours: Angles, real: Mapping[str, Angles]) -> list[States]:
    sets = {OURS: ours, **real}
    return [compare_states(a, sets[a], b, sets[b]) for a, b in combinations(sets, 2)]


def _reader_table(readings: Sequence[Reading]) -> Iterator[str]:
    yield ""
    yield "## A reader of joint angles"
    yield ""
    yield "It has learnt one real signer's letters and takes a hand for the letter whose 21 angles are nearest. G and"
    yield "Q, H and U, I and J, K and P are one handshape each: no reader of angles alone can name all 26."
    yield ""
    yield "| learnt from | shown | named | our letters named | | ours misread |"
    yield "|---|---|---:|---:|---|---|"
    for reading in readings:
        verdict = "pass" if reading.holds else "**fail**"
        named = f"{reading.real_right} of 26 | {reading.ours_right} of 26"
        yield f"| {reading.learnt} | {reading.real} | {named} | {verdict} | {', '.join(reading.ours_wrong)} |"


def _difference_tables(sets: Mapping[str, Angles]) -> Iterator[str]:
    pairs = list(combinations(sets, 2))
    apart = {
        (a, b): np.stack(
            [np.abs(sets[a][letter] - sets[b][letter]) for letter in sorted(sets[a].keys() & sets[b].keys())]
        )
        for a, b in pairs
    }
    names = [f"{a} - {b}" for a, b in pairs]
    yield ""
    yield "## Angle differences"
    yield ""
    yield "Mean absolute differences in degrees, by joint and by letter. Two real signers, seen by one camera each,"
    yield "differ as much: depth is guessed from a flat picture."
    yield ""
    yield from _rows("joint", names, JOINTS, np.stack([apart[pair].mean(axis=0) for pair in pairs], axis=1))
    yield ""
    alphabet = sorted(set.intersection(*(set(angles) for angles in sets.values())))
    yield from _rows("letter", names, alphabet, np.stack([apart[pair].mean(axis=1) for pair in pairs], axis=1))
    yield f"| all | {' | '.join(f'{apart[pair].mean():.1f}' for pair in pairs)} |"
    yield ""
    yield "Letter by letter, the avatar's angle and the differences from it of the real hands:"
    yield ""
    real = [name for name in sets if name != OURS]
    yield f"| letter | {' | '.join(JOINTS)} |"
    yield f"|---|{'---|' * len(JOINTS)}"
    for letter in alphabet:
        cells = []
        for joint in range(len(JOINTS)):
            mine = sets[OURS][letter][joint]
            cells.append(f"{mine:.0f} ({', '.join(f'{sets[name][letter][joint] - mine:+.0f}' for name in real)})")
        yield f"| {letter} | {' | '.join(cells)} |"


def _rows(first: str, columns: Sequence[str], names: Sequence[str], values: Array) -> Iterator[str]:
    yield f"| {first} | {' | '.join(columns)} |"
    yield f"|---|{'---:|' * len(columns)}"
    for name, row in zip(names, values, strict=True):
        yield f"| {name} | {' | '.join(f'{value:.1f}' for value in row)} |"


def _all_hold(ours: Angles, real: Mapping[str, Angles]) -> bool:
    states = [state for state in _all_states(ours, real) if OURS in (state.one, state.other)]
    return all(state.agree >= AGREE_AIM for state in states) and all(
        reading.holds for reading in compare_readings(ours, real)
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; name a file in a folder that exists") from error
    print(f"wrote {path}")
