"""The corpus of recorded clips: those of a prepared set that have glosses, or whose words are read instead.

Recordings do not say when a gloss begins. Its frames are shared out evenly, and each border moves to where the hands
are slowest nearby: a sign ends in a hold. Clips are learnt as they are, neither mirrored nor turned, since a model that
makes motion would learn the mean of a hand and its mirror image.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.errors import InputError
from signllm.model.features import FeatureSpace, gloss_progress, measure_feature_space
from signllm.model.vocabulary import Vocabulary
from signllm.motion.skeletons import prompt2sign as layout
from signllm.source import FPS
from signllm_training.config import TrainConfig
from signllm_training.corpus import POOL, Clip, ClipSource, Rng
from signllm_training.prompt2sign import manifest
from signllm_training.prompt2sign.augment import resample
from signllm_training.prompt2sign.languages import LANGUAGES
from signllm_training.prompt2sign.loader import LoaderOptions, PreparedSet
from signllm_training.prompt2sign.standard import StandardClip
from signllm_training.prompt2sign.text import words

Floats = npt.NDArray[np.float32]

_MEASURED_CLIPS: Final = 200
_FEWEST_FRAMES: Final = 3
"""Frames of a gloss: a clip that has fewer for each was not glossed sign by sign."""
_END_FRAMES: Final = 5
"""Frames at the end that belong to no gloss, the hands on their way to rest: what trimming keeps of it."""
_NAMES: Final[Mapping[str, str]] = {"gloss": "glosses", "word": "words"}
_WRISTS: Final = list(layout.WRIST.values())


class PreparedCorpus(ClipSource):
    """Clips of the split `train` of a prepared set, in the order of its epochs; the probe's are those of `dev`."""

    def __init__(
        self,
        folder: Path,
        config: TrainConfig,
        *,
        features: FeatureSpace | None = None,
        report: Callable[[str], None] = print,
    ) -> None:
        """Choose the clips, and measure the feature space on some of them unless `features` is given.

        Args:
            folder: The prepared set.
            config: Its language says whose clips are used.
            features: Of a run that goes on.
            report: Is told what is left out, and what the licences ask for.

        Raises:
            InputError: No clip of the set can be used.
            DataError: The set cannot be read.
        """
        about = manifest.load(folder)
        self.config = config
        self.about = json.loads(json.dumps(manifest.record(about)))
        for notice in manifest.notices(about):
            report(f"notice: {notice}")
        self._train = PreparedSet(folder, "train", LoaderOptions(seed=config.seed, augment=None))
        known = set(_usable(self._train, config, None, report))
        glosses = {name for k, names in enumerate(_tokens(self._train, config)) if k in known for name in names}
        self.vocabulary = Vocabulary(config.language, tuple(sorted(glosses)))
        self._usable = np.array(sorted(known), np.int64)
        self._held_out, self._held = self._train, self._usable
        if any(part.split == "dev" for part in about.parts):
            dev = PreparedSet(folder, "dev", LoaderOptions(augment=None))
            if held := _usable(dev, config, glosses, report):
                self._held_out, self._held = dev, np.array(held, np.int64)
        if self._held_out is self._train:
            report("no clip of the split dev can be used: scores are of clips that were learnt")
        self.features = features or self._measure()
        self._epoch = lru_cache(maxsize=2)(self._ordered)

    def draw(self, pool: int, rng: Rng) -> list[Clip]:
        """The clips of `POOL` batches: the next ones of the epoch, whatever `rng` is."""
        wanted = POOL * self.config.batch
        clips: list[Clip] = []
        epoch, start = divmod(pool * wanted, len(self._usable))
        while len(clips) < wanted:
            numbers = self._epoch(epoch)[start : start + wanted - len(clips)]
            clips += [self._clip(self._train, int(k)) for k in numbers]
            epoch, start = epoch + 1, 0
        return clips

    def held_out(self, rng: Rng) -> Clip:
        """A clip of `dev`, or of `train` where there is none."""
        return self._clip(self._held_out, int(rng.choice(self._held)))

    def _ordered(self, epoch: int) -> npt.NDArray[np.int64]:
        order = np.concatenate(list(self._train.order(epoch)))
        return order[np.isin(order, self._usable)]

    def _clip(self, clips: PreparedSet, number: int) -> Clip:
        entry, clip = clips.clip(number)
        tokens = _tokens_of(entry.gloss, entry.text, self.config)
        keypoints = complete(at_model_rate(clip), self.features.rest)
        index = share_out(keypoints, len(tokens))
        frames = np.column_stack((self.features.encode(keypoints), gloss_progress(index)))
        return Clip(tokens, frames, index)

    def _measure(self) -> FeatureSpace:
        rng = np.random.default_rng((self.config.seed, 0))
        chosen = rng.permutation(self._usable)[:_MEASURED_CLIPS]
        clips = [at_model_rate(self._train.clip(int(k))[1]) for k in sorted(chosen)]
        rest = _first_pose(clips)
        return measure_feature_space(np.concatenate([complete(clip, rest) for clip in clips]), rest)


def at_model_rate(clip: StandardClip) -> StandardClip:
    """The clip at the model's frames per second."""
    return clip if clip.fps == FPS else dataclasses.replace(resample(clip, FPS / clip.fps), fps=float(FPS))


def complete(clip: StandardClip, rest: Floats) -> Floats:
    """Keypoints [T, 50, 3] of a clip with a value for every one.

    What is unknown for a while lies on the straight way between what is known; a keypoint that is never known is as in
    the pose `rest` [50, 3], a hand's relative to its wrist.
    """
    frames = np.arange(len(clip))
    points = clip.points.copy()
    for k in range(layout.COUNT):
        known = clip.mask[:, k]
        if known.any() and not known.all():
            for axis in range(3):
                points[:, k, axis] = np.interp(frames, frames[known], points[known, k, axis])
    never = np.logical_not(clip.mask.any(axis=0))
    points[:, never] = rest[never]
    for side, wrist in layout.WRIST.items():
        hand = np.arange(layout.COUNT)[layout.hand_slice(side)]
        lost = hand[never[hand]]
        points[:, lost] += points[:, wrist, None] - rest[wrist]
    return points


def share_out(keypoints: Floats, glosses: int) -> npt.NDArray[np.intp]:
    """Index [T] of the gloss that each frame of [T, 50, 3] belongs to; the number of glosses in the last few frames."""
    count = len(keypoints) - min(_END_FRAMES, len(keypoints) - glosses)
    speed = np.zeros(len(keypoints))
    speed[1:] = np.linalg.norm(np.diff(keypoints[:, _WRISTS], axis=0), axis=-1).sum(axis=-1)
    even = np.linspace(0, count, glosses + 1)
    reach = int(count / glosses / 4)
    borders = [0]
    for at in even[1:-1].round().astype(int):
        nearby = np.arange(max(at - reach, borders[-1] + 1), at + reach + 1)
        borders.append(int(nearby[np.argmin(speed[nearby])]) if len(nearby) else int(at))
    borders += [count, len(keypoints)]
    return np.repeat(np.arange(glosses + 1), np.diff(borders))


def _usable(
    clips: PreparedSet, config: TrainConfig, vocabulary: set[str] | None, report: Callable[[str], None]
) -> list[int]:
    """Numbers of the clips that can be learnt; a sentence for every reason why others cannot."""
    reasons: dict[str, int] = {}
    found = [number for number, why in enumerate(_reasons(clips, config, vocabulary, reasons)) if not why]
    for reason, count in reasons.items():
        report(f"{clips.split}: {count:,} of {len(clips):,} clips are left out: {reason}")
    if not found and vocabulary is None:
        needed = "clips need texts"
        if config.tokens == "gloss":
            needed = "clips need glosses, or texts with --tokens word"
        languages = ", ".join(sorted(filter(None, set(clips.column("language"))))) or "none that is named"
        raise InputError(
            f"no clip can be learnt: the recipe's language is {config.language}, the set's {languages}, and {needed}: "
            f"{clips.folder}"
        )
    return found


def _reasons(
    clips: PreparedSet, config: TrainConfig, vocabulary: set[str] | None, counts: dict[str, int]
) -> Iterator[str]:
    columns = (clips.column(name) for name in ("language", "frames", "fps"))
    for language, frames, fps, gloss in zip(*columns, _tokens(clips, config), strict=True):
        length = round((frames - 1) * FPS / fps) + 1
        why = ""
        if language not in (config.language, ""):
            why = f"they are in another language than {config.language}"
        elif not gloss:
            why = f"they have no {_NAMES[config.tokens]}"
        elif len(gloss) > config.max_glosses or length > config.max_frames:
            why = f"they have more than {config.max_glosses} {_NAMES[config.tokens]} or {config.max_frames} frames"
        elif length < _FEWEST_FRAMES * (len(gloss) + 1):
            why = f"they have fewer than {_FEWEST_FRAMES} frames for a {config.tokens}"
        elif vocabulary is not None and not vocabulary.issuperset(gloss):
            why = f"they have {_NAMES[config.tokens]} that train does not have"
        if why:
            counts[why] = counts.get(why, 0) + 1
        yield why


def _tokens(clips: PreparedSet, config: TrainConfig) -> Iterator[tuple[str, ...]]:
    """What the model reads of every clip."""
    for gloss, text in zip(clips.column("gloss"), clips.column("text"), strict=True):
        yield _tokens_of(gloss, text, config)


def _tokens_of(gloss: Sequence[str], text: str, config: TrainConfig) -> tuple[str, ...]:
    if config.tokens == "gloss":
        return tuple(gloss)
    language = LANGUAGES.get(config.language)
    return words(text, language.written if language else "en")


def _first_pose(clips: list[StandardClip]) -> Floats:
    """[50, 3] the pose in which clips begin: the median over those that know a keypoint, zero where none does."""
    points = np.stack([clip.points[0] for clip in clips]).astype(np.float64)
    known = np.stack([clip.mask[0] for clip in clips])
    rest = np.zeros((layout.COUNT, 3), np.float32)
    for k in np.flatnonzero(known.any(axis=0)):
        rest[k] = np.median(points[known[:, k], k], axis=0)
    return rest
