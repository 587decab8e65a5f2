"""The corpus: gloss sequences drawn without end, and the synthesiser's motion for them, in batches.

Nothing is stored. A batch is a function of the seed and its number, so a resumed run sees what an
uninterrupted one would have seen.
"""

from __future__ import annotations

import dataclasses
import string
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from signllm.model.features import FRAME_VALUES, FeatureSpace, gloss_progress, measure_feature_space
from signllm.model.vocabulary import PAD, Vocabulary
from signllm.source import PAUSE
from signllm_training.config import TrainConfig

Rng = np.random.Generator
Sentences = Callable[[Rng], list[str]]
"""Draws the glosses of one sentence."""

POOL: Final = 8
"""Batches that are drawn together and cut by length, so that little of a batch is padding."""
_LONGEST_NAME: Final = 9
_DIGITS_ALONE: Final = 0.4
_NUMBERS: Final = ("num:", "dig:", "ord:", "usd:")
_MEASURED_CLIPS: Final = 200


class Motion(Protocol):
    """The synthesiser, as far as the corpus needs it."""

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Names of all glosses."""
        ...

    def clip(self, glosses: Sequence[str]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
        """Keypoints [T, 50, 3] and gloss index [T], the last being the return to rest."""
        ...


@dataclass(frozen=True, eq=False)
class Clip:
    """One utterance to learn from."""

    glosses: tuple[str, ...]
    frames: npt.NDArray[np.float32]
    """[T, 151], features and progress."""
    index: npt.NDArray[np.intp]
    """[T], gloss of each frame; S during the return to rest."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Clips of similar length, padded on both sides so that every decoder step has a history and a horizon."""

    tokens: npt.NDArray[np.int64]
    """[B, S + 1], padded."""
    frames: npt.NDArray[np.float32]
    """[B, W + T + horizon, 151]: rest frames, the clip, then its last frame on and on."""
    index: npt.NDArray[np.int64]
    """[B, W + T + horizon]: gloss of each frame; 0 before the clip, S + 1 after it."""
    lengths: npt.NDArray[np.int64]
    """[B], frames of each clip."""


def random_glosses(rng: Rng, vocabulary: Sequence[str], doubled: float) -> list[str]:
    """Glosses in random order, names and numbers among them: signs are learnt, not templates."""
    signs = [name for name in vocabulary if ":" not in name and name != PAUSE]
    glosses: list[str] = []
    for _ in range(int(rng.integers(1, 9))):
        kind = rng.random()
        if kind < 0.15:
            glosses += random_name(rng, doubled)
        elif kind < 0.3:
            glosses += random_number(rng, vocabulary, doubled)
        else:
            glosses.append(signs[int(rng.integers(len(signs)))])
    return glosses


def _insert(glosses: list[str], more: list[str], rng: Rng) -> None:
    at = int(rng.integers(len(glosses) + 1))
    glosses[at:at] = more


def random_name(rng: Rng, doubled: float) -> list[str]:
    """Two to nine random letters, some doubled: every pair of letters comes up within two thousand names."""
    letters = list(rng.choice(list(string.ascii_uppercase), int(rng.integers(2, _LONGEST_NAME + 1))))
    return [f"fs:{letter}" for letter in _some_doubled(letters, doubled, rng)]


def random_number(rng: Rng, vocabulary: Sequence[str], doubled: float) -> list[str]:
    """One to three random signs of numbers, or digits alone as in telephone numbers, some doubled."""
    numbers = [name for name in vocabulary if name.startswith(_NUMBERS)]
    digits = [name for name in numbers if name.startswith("dig:")] or numbers
    choices = digits if rng.random() < _DIGITS_ALONE else numbers
    return _some_doubled([choices[k] for k in rng.integers(len(choices), size=int(rng.integers(1, 4)))], doubled, rng)


def _some_doubled(names: list[str], share: float, rng: Rng) -> list[str]:
    found = [names[0]]
    for name in names[1:]:
        found.append(found[-1] if rng.random() < share else name)
    return found


class ClipSource(ABC):
    """Clips in batches, wherever they come from."""

    vocabulary: Vocabulary
    features: FeatureSpace
    config: TrainConfig
    about: Mapping[str, Any] = {}
    """What must be said of the data wherever they go, as JSON; nothing of those that this project made."""

    @abstractmethod
    def draw(self, pool: int, rng: Rng) -> list[Clip]:
        """The clips of `POOL` batches."""

    @abstractmethod
    def held_out(self, rng: Rng) -> Clip:
        """A clip for the probe."""

    def batches(self, pool: int, *, history: int, horizon: int) -> Iterator[Batch]:
        """The `POOL` batches of a pool, in random order."""
        rng = np.random.default_rng((self.config.seed, 1, pool))
        clips = sorted(self.draw(pool, rng), key=lambda clip: len(clip.frames))
        for i in rng.permutation(POOL):
            part = clips[i * self.config.batch : (i + 1) * self.config.batch]
            # A step with a short stride uses only the first clips of its batch.
            yield self.collate([part[j] for j in rng.permutation(len(part))], history=history, horizon=horizon)

    def collate(self, clips: Sequence[Clip], *, history: int, horizon: int) -> Batch:
        """Clips as one batch of padded arrays."""
        lengths = np.array([len(clip.frames) for clip in clips])
        total = history + int(lengths.max()) + horizon
        tokens = np.full((len(clips), 1 + max(len(clip.glosses) for clip in clips)), PAD, np.int64)
        frames = np.empty((len(clips), total, FRAME_VALUES), np.float32)
        index = np.zeros((len(clips), total), np.int64)
        frames[:, :history] = self.features.rest_frame
        for b, clip in enumerate(clips):
            end = history + len(clip.frames)
            tokens[b, : len(clip.glosses) + 1] = self.vocabulary.encode(clip.glosses)
            frames[b, history:end], frames[b, end:] = clip.frames, clip.frames[-1]
            index[b, history:end], index[b, end:] = clip.index, len(clip.glosses) + 1
        return Batch(tokens, frames, index, lengths)


class Corpus(ClipSource):
    """Draws what is signed, and has the synthesiser sign it."""

    def __init__(
        self, motion: Motion, sentences: Sentences, config: TrainConfig, *, features: FeatureSpace | None = None
    ) -> None:
        """Measure the feature space on a few hundred clips, unless `features` is given.

        Of the `features` given the rest pose is not used but taken from `motion`: the lexicon of a resumed run may
        have been corrected in between, and a mean and a scale fit every lexicon, a rest pose its own.
        """
        self.motion, self.config = motion, config
        self.vocabulary = Vocabulary(config.language, (*motion.vocabulary, PAUSE))
        self._sentences = sentences
        rest = motion.clip(motion.vocabulary[:1])[0][-1]
        self.features = dataclasses.replace(features or self._measure(rest), rest=rest)

    def glosses(self, rng: Rng) -> list[str]:
        """The glosses of one clip, at most `max_glosses`."""
        config = self.config
        ordered = rng.random() >= config.random_share
        glosses = (
            self._sentences(rng) if ordered else random_glosses(rng, self.vocabulary.glosses, config.doubled_share)
        )
        if rng.random() < config.spelled_share and not any(name.startswith("fs:") for name in glosses):
            _insert(glosses, random_name(rng, config.doubled_share), rng)
        if rng.random() < config.digits_share and not any(name.startswith(_NUMBERS) for name in glosses):
            _insert(glosses, random_number(rng, self.vocabulary.glosses, config.doubled_share), rng)
        if rng.random() < config.pause_share and PAUSE not in glosses:
            _insert(glosses, [PAUSE], rng)
        return glosses[: config.max_glosses]

    def clip(self, rng: Rng) -> Clip:
        """One clip of at most `max_frames` frames; a longer one loses its last glosses."""
        glosses = self.glosses(rng)
        keypoints, index = self.motion.clip(glosses)
        while len(keypoints) > self.config.max_frames and len(glosses) > 1:
            glosses = glosses[:-1]
            keypoints, index = self.motion.clip(glosses)
        pose = self.features.encode(keypoints)
        return Clip(tuple(glosses), np.column_stack((pose, gloss_progress(index))), index)

    def draw(self, pool: int, rng: Rng) -> list[Clip]:
        """The clips of `POOL` batches; which they are, `rng` alone decides."""
        return [self.clip(rng) for _ in range(POOL * self.config.batch)]

    def held_out(self, rng: Rng) -> Clip:
        """A clip for the probe: what is drawn without end hardly ever comes twice."""
        return self.clip(rng)

    def _measure(self, rest: npt.NDArray[np.float32]) -> FeatureSpace:
        rng = np.random.default_rng((self.config.seed, 0))
        clips = [self.motion.clip(self.glosses(rng))[0] for _ in range(_MEASURED_CLIPS)]
        return measure_feature_space(np.concatenate(clips), rest)
