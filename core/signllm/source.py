"""What flows from text to a rig: an utterance of glosses, and a source that turns it into frames, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

FPS: Final = 25
"""Frames per second of every source."""


@dataclass(frozen=True)
class Gloss:
    """One sign, letter or digit to be made."""

    name: str
    """Name in the lexicon: `HELLO`, a spelled letter `fs:A`, a digit `num:3`."""
    word: int
    """Group it belongs to: the letters of one spelled word share a number, every sign has its own."""
    text: str
    """The word of the source text that it stands for, for captions and timelines."""


@dataclass(frozen=True)
class Utterance:
    """A text, what will be signed for it, and what must be said about its quality."""

    text: str
    language: str
    glosses: tuple[Gloss, ...]
    label: str
    """What viewers are told: `Experimental`, `Spelled only` or `Captions only`."""
    coverage: float
    """Share of the content words that have a sign of their own, 0 to 1; the rest is spelled."""
    notices: tuple[str, ...] = ()
    """Sentences for the user: what was cut, left out or only captioned, and why."""

    @property
    def gloss_text(self) -> str:
        """The glosses as one line, letters joined: `MY NAME fs:ANA num:25`."""
        words: dict[int, str] = {}
        for gloss in self.glosses:
            known = words.get(gloss.word)
            words[gloss.word] = gloss.name if known is None else known + gloss.name.split(":", 1)[1]
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

    def frames(self, glosses: Sequence[str]) -> Iterator[PoseFrame]:
        """Frames at `FPS` for gloss names, each as soon as it is known, from rest pose to rest pose.

        Raises:
            InputError: A name is not in this source's vocabulary.
        """
        ...
