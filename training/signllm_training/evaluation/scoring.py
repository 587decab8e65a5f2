"""Scores one output against the synthesiser's clip of the reference glosses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from signllm.source import FPS, PAUSE
from signllm_training.evaluation import features, metrics
from signllm_training.evaluation.edits import Edits, count
from signllm_training.evaluation.recognise import classify, read
from signllm_training.evaluation.templates import Templates

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Motion:
    """How far an output moves from the reference."""

    hand: float
    """Mean distance of the hand joints, each hand from its own wrist, in shoulder widths, along the DTW path."""
    body: float
    """Mean distance of the body joints from mid-shoulder in shoulder widths, along the DTW path."""
    distance: float
    """Length of the wrists' paths over the reference's."""
    duration: float
    """Frames over the reference's frames."""
    jerk: float
    """Mean jerk of all joints over the reference's: above 1 trembles, below 1 smooths over."""


@dataclass(frozen=True)
class Score:
    """One sentence, one system."""

    edits: Edits
    """Errors with confusable signs merged."""
    strict: Edits
    """Errors with nothing merged."""
    segment_errors: int
    """Reference segments whose part of the output, cut at the DTW boundaries, is nearest to another sign."""
    motion: Motion | None
    """None when nothing was signed."""
    glosses: tuple[str, ...]
    """What was read from the output."""


class Scorer:
    """Scores outputs by one synthesiser's templates."""

    def __init__(self, templates: Templates, merge: Callable[[str], str] = str) -> None:
        """`merge` stands for every gloss of a group that counts as one."""
        self._templates, self._merge = templates, merge

    def score(self, keypoints: Floats, glosses: Sequence[str]) -> Score:
        """Errors and distances of one output.

        Args:
            keypoints: The output, [T, 50, 3] in metres, T from 0.
            glosses: What should have been signed, at least one sign; a pause holds the sign before it and is none.

        Returns:
            The score; an output without frames has deleted every sign.
        """
        wanted = [gloss for gloss in glosses if gloss != PAUSE]
        if not len(keypoints):
            return Score(count(wanted, (), self._merge), count(wanted, ()), len(wanted), None, ())
        target, index = self._templates.reference.clip(glosses)
        scale = self._templates.scale
        made = features.frame_features(keypoints, scale)
        path = metrics.dtw(features.distances(made, features.frame_features(target, scale))).path
        signed = tuple(read(made, self._templates).glosses)
        return Score(
            edits=count(wanted, signed, self._merge),
            strict=count(wanted, signed),
            segment_errors=self._segment_errors(made, wanted, _sign_index(glosses)[index[_boundaries(path)]]),
            motion=_motion(keypoints, target, path, scale),
            glosses=signed,
        )

    def _segment_errors(self, made: Floats, glosses: Sequence[str], segment: npt.NDArray[np.intp]) -> int:
        """`segment` is the reference segment of each output frame, [T]."""
        number = {name: k for k, name in enumerate(self._templates.names)}
        contexts = [self._templates.rest, *(number[gloss] for gloss in glosses)]
        errors = 0
        for k, gloss in enumerate(glosses):
            found = classify(made[segment == k], self._templates, contexts[k])
            errors += found is None or self._merge(found) != self._merge(gloss)
        return errors


def _sign_index(glosses: Sequence[str]) -> npt.NDArray[np.intp]:
    """Which sign each gloss belongs to, [S + 1]: a pause to the one before it, the way to rest to none."""
    signs = np.cumsum([gloss != PAUSE for gloss in glosses])
    return np.append(np.maximum(signs - 1, 0), signs[-1])


def _boundaries(path: metrics.IntArray) -> npt.NDArray[np.intp]:
    """The reference frame that each output frame takes its place from, [T]: the middle of those aligned with it."""
    first = np.searchsorted(path[:, 0], np.arange(path[-1, 0] + 1))
    last = np.searchsorted(path[:, 0], np.arange(path[-1, 0] + 1), side="right") - 1
    middle: npt.NDArray[np.intp] = path[(first + last) // 2, 1]
    return middle


def _motion(made: Floats, target: Floats, path: metrics.IntArray, scale: features.Scale) -> Motion:
    left, right = made[path[:, 0]], target[path[:, 1]]
    hands = [metrics.mpjpe(features.hand(left, side), features.hand(right, side)) for side in features.SIDES]
    wrists_made, wrists_target = features.wrists(made), features.wrists(target)
    return Motion(
        hand=float(np.mean(hands)) / scale.shoulder_width,
        body=metrics.mpjpe(features.body(left), features.body(right)) / scale.shoulder_width,
        distance=metrics.total_distance(wrists_made) / metrics.total_distance(wrists_target),
        duration=len(made) / len(target),
        jerk=metrics.jerk(made, FPS) / metrics.jerk(target, FPS),
    )
