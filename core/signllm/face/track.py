"""Face and head of an utterance, one frame at a time.

Hands come from different sources, and how long a sign takes is only known when it is over. So the face follows the
glosses: a marking begins with the way into its first sign, lasts while its signs last, and ends after the last one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.face.blinks import Blinks
from signllm.face.easing import Level, Swing, ease
from signllm.face.expressions import INDEX, Expression, find_expression
from signllm.face.mouthing import Mouthing
from signllm.lexicon.signs import load_signs
from signllm.motion import rotation
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.source import FPS, Utterance

_EASE: Final = 6
"""Frames in which a marking comes or goes, 240 ms."""
_FASTEST: Final = 0.24
"""Most that a weight changes from frame to frame; blinks are faster."""
_SHAKE_HERTZ, _NOD_HERTZ = 2.2, 2.0
_TIRING: Final = 0.30
"""Share of a headshake's size that is lost as it goes on."""
_MOUTH_LEAD: Final = 3
"""Frames of the way into a sign before its mouthing starts."""
_HOLD_MS: Final = 80.0
_HEAD_LIMITS: Final = {"yaw": 20.0, "pitch": 14.0, "roll": 12.0, "lean": 16.0}
"""Degrees that several markings together may turn the head."""


@dataclass(frozen=True, eq=False)
class FaceFrame:
    """Face and head in one frame."""

    weights: npt.NDArray[np.float32]
    """[52] in the order of `FACE_NAMES`, 0 to 1."""
    head: rotation.Array
    """Unit quaternion xyzw, [4]: the head's rotation against the trunk."""
    lean: float = 0.0
    """Radians by which the neck carries the head forward; the head turns back by as much and goes on looking ahead."""


@dataclass(frozen=True)
class _Marking:
    """An expression, the glosses that it covers, and how strongly it is on."""

    expression: Expression
    glosses: frozenset[int]
    level: Level

    def weights(self) -> npt.NDArray[np.float32]:
        """[52] at this moment."""
        face = self.expression
        if face.before_ms == 0.0:
            return np.float32(self.level.value) * face.weights
        share = ease((1000.0 * self.level.on_for / FPS - face.before_ms) / 160.0)
        return np.float32(self.level.value) * (face.before + np.float32(share) * (face.weights - face.before))


class FaceTrack:
    """The face of one utterance; call `frame` once for each frame, in order."""

    def __init__(self, utterance: Utterance, *, mouthing: bool = True, speed: float = 1.0) -> None:
        """A neutral face that is ready for the first frame.

        Args:
            utterance: What is signed.
            mouthing: Whether English words are mouthed with the signs that have one.
            speed: Rate of signing; brows and mouth are as much faster or slower as the hands.

        Raises:
            LexiconError: A marking of the utterance, or a face of one of its signs, does not exist.
        """
        frames = max(3, round(_EASE / speed))
        self._markings = [
            _Marking(expression, glosses, Level(frames)) for expression, glosses in _covered(utterance).items()
        ]
        self._mouthings = _mouthings(utterance, speed) if mouthing else {}
        self._lead = _MOUTH_LEAD / speed
        self._blinks = Blinks(utterance.glosses)
        self._shake, self._nod = Swing(_SHAKE_HERTZ), Swing(_NOD_HERTZ)
        self._gloss, self._frame = 0, 0
        self._shown: npt.NDArray[np.float32] | None = None

    def frame(self, gloss: int) -> FaceFrame:
        """The next frame, which belongs to the gloss of this index; their number while the hands return to rest."""
        self._frame = self._frame + 1 if gloss == self._gloss else 0
        self._gloss = gloss
        if self._shown is None:  # an utterance starts from a neutral face
            self._shown = np.zeros(len(FACE_NAMES), dtype=np.float32)
            return FaceFrame(self._shown, rotation.IDENTITY)
        for marking in self._markings:
            marking.level.step(gloss in marking.glosses)
        self._shown = self._weights(self._shown)
        return FaceFrame(self._shown, *self._head())

    def _weights(self, before: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        total = np.zeros(len(FACE_NAMES), dtype=np.float32)
        for marking in self._markings:
            total = np.maximum(total, marking.weights())
        if (mouth := self._mouth()) is not None:
            total = total + mouth
        _settle_brows(total)
        limited: npt.NDArray[np.float32] = before + np.clip(np.clip(total, 0.0, 1.0) - before, -_FASTEST, _FASTEST)
        lids = total[_BLINK]  # these alone may be quick
        limited[_BLINK] = np.maximum(lids, self._blinks.step(self._gloss, shut=bool(lids[0] > 0.5)))
        limited[_WIDE] = np.minimum(limited[_WIDE], 1.0 - limited[_BLINK])
        return limited

    def _mouth(self) -> npt.NDArray[np.float32] | None:
        mouthing = self._mouthings.get(self._gloss)
        weights = mouthing.weights(self._frame - self._lead) if mouthing is not None else None
        if weights is None:
            return None
        gesture = max((m.level.value for m in self._markings if m.expression.mouth), default=0.0)
        return weights * np.float32(1.0 - gesture)

    def _head(self) -> tuple[rotation.Array, float]:
        turned = dict.fromkeys(_HEAD_LIMITS, 0.0)
        shake = nod = denial = 0.0
        for marking in self._markings:
            face, level = marking.expression, marking.level.value
            turned["yaw"] += level * face.yaw
            turned["pitch"] += level * face.pitch
            turned["roll"] -= level * face.roll
            turned["lean"] += level * face.lean
            shake, nod = max(shake, level * face.shake), max(nod, level * face.nod)
            denial = max(denial, level if face.shake else 0.0)
        # Several headshakes at once are one: the head has one rhythm.
        phase = self._shake.step(shake)
        turned["yaw"] += shake * (1.0 - _TIRING * ease(phase / (6.0 * math.pi))) * math.sin(phase)
        nod *= 1.0 - denial  # a sign that has a nod of its own is denied with a headshake alone
        turned["pitch"] += 0.5 * nod * (1.0 - math.cos(self._nod.step(nod)))
        yaw, pitch, roll, lean = (
            math.radians(max(-limit, min(limit, turned[axis]))) for axis, limit in _HEAD_LIMITS.items()
        )
        return rotation.rotvec_to_quat([pitch, yaw, roll]), lean


_BLINK: Final = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
_WIDE: Final = [INDEX["eyeWideLeft"], INDEX["eyeWideRight"]]
_BROWS_UP: Final = [INDEX[name] for name in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")]
_BROWS_DOWN: Final = [INDEX[name] for name in ("browDownLeft", "browDownRight")]


def _settle_brows(weights: npt.NDArray[np.float32]) -> None:
    """Brows that are asked up and down go where the stronger marking wants them, less strongly. In place."""
    up, down = weights[_BROWS_UP].max(), weights[_BROWS_DOWN].max()
    weights[_BROWS_UP] *= 1.0 - down
    weights[_BROWS_DOWN] *= 1.0 - up


def _covered(utterance: Utterance) -> dict[Expression, frozenset[int]]:
    """Every expression of the utterance and the indices of the glosses during which it is on."""
    spans: list[tuple[Expression, Iterable[int]]] = [
        (find_expression(marking.name, grammatical=True), range(marking.first, marking.last + 1))
        for marking in utterance.nonmanuals
    ]
    signs = load_signs() if utterance.glosses else {}
    for index, gloss in enumerate(utterance.glosses):
        if gloss.name in signs:
            spans += [(find_expression(name, grammatical=False), (index,)) for name in signs[gloss.name].face]
    found: dict[Expression, frozenset[int]] = {}
    for expression, glosses in spans:
        found[expression] = found.get(expression, frozenset()) | frozenset(glosses)
    return found


def _mouthings(utterance: Utterance, speed: float) -> dict[int, Mouthing]:
    """Mouthing of each gloss whose sign has one."""
    signs = load_signs() if utterance.glosses else {}
    return {
        index: Mouthing(sign.mouthing, sum(step.ms for step in sign.steps) + _HOLD_MS, speed=speed)
        for index, gloss in enumerate(utterance.glosses)
        if (sign := signs.get(gloss.name)) is not None and sign.mouthing
    }
