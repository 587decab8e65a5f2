"""An utterance on its way from text to posed frames, one by one, and as the events that a session takes.

No thread of its own, no socket: `server/worker.py` runs it beside the event loop, `signllm say` runs it as it is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, Protocol

import numpy as np

from signllm.errors import InputError, SignLLMError
from signllm.face import FaceTrack
from signllm.language.labels import EXPERIMENTAL, REVIEWED
from signllm.lexicon.phonology import REVIEWS
from signllm.lexicon.signs import load_signs
from signllm.motion.recording import MotionFrame
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm.source import PoseFrame, PoseSource, Utterance, check_speed
from signllm_bridge.errors import as_sentence
from signllm_bridge.events import Exhausted, Failed, Generate, Planned, Posed
from signllm_bridge.head import carry_hands, turn_head
from signllm_bridge.messages import ErrorCode, Speak
from signllm_bridge.mirror import mirror_face, mirror_keypoints
from signllm_bridge.retarget import RetargetState, retarget_frame
from signllm_bridge.smallest_three import encode_rotations

_LOG = logging.getLogger(__name__)
_HIPS: Final = HUMANOID.rest_positions[0]  # signing never moves the hips
_WARM_UP_TEXT: Final = "Hello."
_WARM_UP_FRAMES: Final = 8
"""Frames after which every code path of a source has run once."""


class VocabularySource(PoseSource, Protocol):
    """A source that says what it can sign, and can do work before it is asked."""

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Names of the glosses that `frames` takes."""
        ...

    def prepare(self) -> None:
        """Do once what requests would otherwise wait for."""
        ...


class Translate(Protocol):
    """Text or gloss line to glosses: `signllm.language.translate`."""

    def __call__(
        self,
        text: str,
        language: str,
        *,
        spell: bool,
        gloss: str | None,
        known: frozenset[str] | None,
        drafts: bool,
        approved_by: str | None,
    ) -> Utterance:
        """The utterance for a text, or for the gloss line where there is one, out of the signs that are `known`.

        Without `drafts` only out of those that Deaf signers have approved; `approved_by` names the operator who lets a
        message of the emergency domain be signed.

        Raises:
            InputError: The text, gloss line or language cannot be signed.
        """
        ...


class Generation:
    """Makes utterances; one object serves all connections."""

    def __init__(self, translate: Translate, sources: Mapping[str, VocabularySource]) -> None:
        """Sign with `sources`, by name; a source need not be safe to share, its frames are made one at a time."""
        self._translate = translate
        self._sources = dict(sources)
        self._locks = {name: threading.Lock() for name in sources}
        self._signs = {
            name: frozenset(gloss for gloss in source.vocabulary if ":" not in gloss)
            for name, source in sources.items()
        }

    @property
    def source_names(self) -> tuple[str, ...]:
        """Names that a `Speak` may ask for; the first is the default."""
        return tuple(self._sources)

    def prepare(self) -> None:
        """Let every source do its work ahead, a second or so: worth it before many requests, not before one."""
        for source in self._sources.values():
            source.prepare()

    def warm_up(self) -> None:
        """Sign a little with every source, so that the first viewer does not wait for what is made once."""
        for name in self._sources:
            utterance = self.plan(Speak(_WARM_UP_TEXT, "asl", name))
            for _ in islice(self.frames(name, utterance), _WARM_UP_FRAMES):
                pass

    def plan(self, speak: Speak) -> Utterance:
        """What will be signed.

        Raises:
            InputError: The text, gloss line or language cannot be signed.
        """
        utterance = self._translate(
            speak.text,
            speak.language,
            spell=speak.spell,
            gloss=speak.gloss or None,
            known=self._signs[speak.source],
            drafts=not speak.no_drafts,
            approved_by=speak.approved_by or None,
        )
        # Reviewers have seen the lexicon's sign, not what a model makes of it.
        guessed = self._sources[speak.source].learned and utterance.label == REVIEWED
        return replace(utterance, label=EXPERIMENTAL) if guessed else utterance

    def sign(self, speak: Speak, utterance: Utterance) -> Iterator[MotionFrame]:
        """Frames of what was planned for `speak`, at the speed, with the hand and the mouthing that it asks for.

        Raises:
            InputError: The speed is out of range, or a gloss is not in the source's vocabulary.
            SignLLMError: The source made a frame that is not finite.
        """
        speed, mouthing = speak.speed or 1.0, not speak.no_mouthing
        return self.frames(speak.source, utterance, speed=speed, left_handed=speak.left_handed, mouthing=mouthing)

    def frames(
        self,
        source: str,
        utterance: Utterance,
        *,
        speed: float = 1.0,
        left_handed: bool = False,
        mouthing: bool = True,
    ) -> Iterator[MotionFrame]:
        """Frames of an utterance on the humanoid, its hands by `source`; none when there is nothing to sign.

        Args:
            source: One of `source_names`.
            utterance: What is signed.
            speed: Rate of signing, 0.5 to 1.25.
            left_handed: Sign with the left hand: keypoints, face and head in the mirror.
            mouthing: Whether English words are mouthed.

        Raises:
            InputError: The speed is out of range, or a gloss is not in the source's vocabulary.
            SignLLMError: The source made a frame that is not finite.
        """
        check_speed(speed)
        state: RetargetState | None = None
        track = FaceTrack(utterance, mouthing=mouthing, speed=speed)
        for frame in self._poses(source, [gloss.name for gloss in utterance.glosses], speed):
            if not np.isfinite(frame.keypoints).all():
                raise SignLLMError(f"source {source} made a frame that is not finite; choose another source")
            keypoints, face = frame.keypoints, track.frame(frame.gloss)
            if left_handed:
                keypoints, face = mirror_keypoints(keypoints), mirror_face(face)
            keypoints = carry_hands(keypoints, face)
            rotations, state = retarget_frame(keypoints, state)
            yield MotionFrame(keypoints, turn_head(rotations, face), _HIPS, face.weights, frame.gloss)

    def events(self, request: Generate) -> Iterator[Planned | Posed | Exhausted | Failed]:
        """What happens to the utterance, each event as soon as it is known; ends with `Exhausted` or `Failed`."""
        number = request.utterance_id
        try:
            utterance = self.plan(request.speak)
            yield Planned(number, utterance, lowest_review(utterance))
            for frame in self.sign(request.speak, utterance):
                yield posed(number, frame)
            yield Exhausted(number)
        except InputError as error:
            yield Failed(number, ErrorCode.INPUT_REFUSED, as_sentence(error))
        except SignLLMError as error:
            yield Failed(number, ErrorCode.SOURCE_FAILED, as_sentence(error))
        except Exception:  # the task ends here, and its client must not wait for ever
            _LOG.exception("utterance %d failed", number)
            sentence = "The server could not sign this because of an error of its own: its log says more."
            yield Failed(number, ErrorCode.SOURCE_FAILED, sentence)

    def _poses(self, source: str, glosses: Sequence[str], speed: float) -> Iterator[PoseFrame]:
        if not glosses:
            return
        lock = self._locks[source]
        with lock:
            frames = self._sources[source].frames(glosses, speed=speed)
        while True:
            with lock:  # for one frame, so that two viewers take turns
                frame = next(frames, None)
            if frame is None:
                return
            yield frame


def posed(utterance_id: int, frame: MotionFrame) -> Posed:
    """The frame as a session sends it."""
    x, y, z = map(float, frame.root)
    face = np.rint(255.0 * np.asarray(frame.face)).astype(np.uint8).tobytes()
    return Posed(utterance_id, frame.gloss, encode_rotations(frame.rotations), (x, y, z), face)


def lowest_review(utterance: Utterance) -> str:
    """The least of the review states of all that is signed, letters and digits included; empty when nothing is."""
    signs = load_signs() if utterance.glosses else {}
    states = {signs[gloss.name].review for gloss in utterance.glosses if gloss.name in signs}
    return min(states, key=REVIEWS.index, default="")
