"""What flows from text to a rig: an utterance of glosses, and a source that turns it into frames, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from signllm.errors import InputError

FPS: Final = 25
"""Frames per second of every source."""
PAUSE: Final = "|"
"""Gloss of a pause between clauses, in which the hands stay where they are."""
SLOWEST, FASTEST = 0.5, 1.25
"""Rates of signing that can be asked for; 1 is the usual one."""


@dataclass(frozen=True)
class Gloss:
    """One sign, letter or digit to be made."""

    name: str
    """Name in the lexicon: `HELLO`, a spelled letter `fs:A`, a digit `num:3`; `|` is a pause."""
    word: int
    """Group it belongs to: the letters of one spelled word share a number, every sign has its own."""
    text: str
    """The word of the source text that it stands for, for captions and timelines."""
    group: str = ""
    """How its whole group is written where that is not the names one after the other: `num:205`."""


@dataclass(frozen=True)
class NonManual:
    """A marking of face and head over a row of glosses, which says what the hands do not."""

    name: str
    """`yes-no-question`, `wh-question`, `topic`, `negation`, `affirmation`, `conditional`, `rhetorical`, `gaze-left` or
    `gaze-right`."""
    first: int
    """Index of the first gloss that it covers."""
    last: int
    """Index of the last one, which it covers too."""


@dataclass(frozen=True)
class Utterance:
    """A text, what will be signed for it, and what must be said about its quality."""

    text: str
    language: str
    glosses: tuple[Gloss, ...]
    label: str
    """What viewers are told: one of the labels of `signllm.language.labels`."""
    coverage: float
    """Share of the content words that have a sign of their own, 0 to 1; the rest is spelled."""
    notices: tuple[str, ...] = ()
    """Sentences for the user: what was cut, left out or only captioned, and why."""
    nonmanuals: tuple[NonManual, ...] = ()
    """What the face and the head say, in the order in which they begin."""
    trace: tuple[str, ...] = ()
    """One line for each rule that changed the words: how the text became the glosses."""

    @property
    def gloss_text(self) -> str:
        """The glosses as one line, letters joined: `MY NAME fs:ANA num:205`."""
        words: dict[int, str] = {}
        for gloss in self.glosses:
            known = words.get(gloss.word)
            if gloss.group or known is None:
                words[gloss.word] = gloss.group or gloss.name
            else:
                words[gloss.word] = known + gloss.name.split(":", 1)[1]
        return " ".join(words.values())


@dataclass(frozen=True)
class PoseFrame:
    """One frame of signing."""

    keypoints: npt.NDArray[np.float32]
    """[50, 3], `signllm.motion.skeletons.prompt2sign` order, metres from the midpoint of the shoulders."""
    gloss: int
    """Index of the gloss that this frame belongs to; the number of glosses while the hands return to rest."""


class PoseSource(Protocol):
    """Anything that signs: the lexicon's synthesiser and the trained model are the two that ship."""

    @property
    def name(self) -> str:
        """`lexicon` or `signllm`."""
        ...

    @property
    def learned(self) -> bool:
        """Whether motion is a model's guess at a sign: then no review of the sign vouches for what is shown."""
        ...

    def frames(self, glosses: Sequence[str], *, speed: float = 1.0) -> Iterator[PoseFrame]:
        """Frames at `FPS` for gloss names, each as soon as it is known, from rest pose to rest pose.

        Args:
            glosses: Names out of this source's vocabulary.
            speed: Rate of signing, `SLOWEST` to `FASTEST`; the frame rate stays.

        Raises:
            InputError: A name is not in this source's vocabulary, or the speed is out of range.
        """
        ...


def check_speed(speed: float) -> None:
    """Whether signs can be followed at this rate.

    Raises:
        InputError: They cannot.
    """
    if not SLOWEST <= speed <= FASTEST:
        raise InputError(f"speed {speed:g} is out of range; choose {SLOWEST} to {FASTEST}, 1 is the usual rate")


def retimed(frames: Iterator[PoseFrame], speed: float) -> Iterator[PoseFrame]:
    """Frames of a source played at another rate: positions between two frames are interpolated on a straight line.

    For sources that know one rate only. All phases are scaled alike, unlike in the synthesiser, whose transitions
    change less; on the way between two frames a bone may shorten by less than a hundredth of its turn in radians.

    Raises:
        InputError: The speed is out of range.
    """
    check_speed(speed)
    if speed == 1.0:
        yield from frames
        return
    before, after, number, time = next(frames, None), next(frames, None), 0, 0.0
    while before is not None:
        while after is not None and time >= number + 1:
            before, after, number = after, next(frames, None), number + 1
        if after is None:
            yield before
            return
        share = np.float32(time - number)
        yield PoseFrame(before.keypoints + share * (after.keypoints - before.keypoints), before.gloss)
        time += speed
