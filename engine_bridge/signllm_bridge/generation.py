"""An utterance on its way from text to posed frames, as the events that a session takes. No thread, no socket."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from signllm.errors import InputError, SignLLMError
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm.source import PoseFrame, PoseSource, Utterance
from signllm_bridge.messages import ErrorCode, Speak
from signllm_bridge.retarget import RetargetState, retarget_frame
from signllm_bridge.session import Exhausted, Failed, Generate, Planned, Posed
from signllm_bridge.smallest_three import encode_rotations

_LOG = logging.getLogger(__name__)
_HIPS = (float(HUMANOID.rest_offsets[0, 0]), float(HUMANOID.rest_offsets[0, 1]), float(HUMANOID.rest_offsets[0, 2]))
"""Metres; signing never moves the hips."""


class Translate(Protocol):
    """Text or gloss line to glosses: `signllm.language.translate`."""

    def __call__(self, text: str, language: str, *, spell: bool, gloss: str | None) -> Utterance:
        """The utterance for a text, or for the gloss line where there is one.

        Raises:
            InputError: The text, gloss line or language cannot be signed.
        """
        ...


class Generation:
    """Makes utterances; one object serves all connections."""

    def __init__(self, translate: Translate, sources: Mapping[str, PoseSource]) -> None:
        """Sign with `sources`, by name; a source need not be safe to share, its frames are made one at a time."""
        self._translate = translate
        self._sources = dict(sources)
        self._locks = {name: threading.Lock() for name in sources}

    @property
    def source_names(self) -> tuple[str, ...]:
        """Names that a `Speak` may ask for; the first is the default."""
        return tuple(self._sources)

    def events(self, request: Generate) -> Iterator[Planned | Posed | Exhausted | Failed]:
        """What happens to the utterance, each event as soon as it is known; ends with `Exhausted` or `Failed`."""
        number = request.utterance_id
        try:
            utterance = self.plan(request.speak)
            yield Planned(number, utterance)
            yield from self._posed(number, request.speak.source, [gloss.name for gloss in utterance.glosses])
            yield Exhausted(number)
        except InputError as error:
            yield Failed(number, ErrorCode.INPUT_REFUSED, str(error))
        except SignLLMError as error:
            yield Failed(number, ErrorCode.SOURCE_FAILED, str(error))
        except Exception:  # the task ends here, and its client must not wait for ever
            _LOG.exception("utterance %d failed", number)
            sentence = "The server could not sign this because of an error of its own: its log says more."
            yield Failed(number, ErrorCode.SOURCE_FAILED, sentence)

    def plan(self, speak: Speak) -> Utterance:
        """What will be signed.

        Raises:
            InputError: The text, gloss line or language cannot be signed.
        """
        return self._translate(speak.text, speak.language, spell=speak.spell, gloss=speak.gloss or None)

    def frames(self, source: str, glosses: Sequence[str]) -> Iterator[PoseFrame]:
        """Frames of a source, made under its lock; none when there is nothing to sign.

        Raises:
            InputError: A gloss is not in the source's vocabulary.
        """
        if not glosses:
            return
        lock = self._locks[source]
        with lock:
            frames = self._sources[source].frames(glosses)
        while True:
            with lock:
                frame = next(frames, None)
            if frame is None:
                return
            yield frame

    def _posed(self, number: int, source: str, glosses: Sequence[str]) -> Iterator[Posed]:
        state: RetargetState | None = None
        for frame in self.frames(source, glosses):
            if not np.isfinite(frame.keypoints).all():
                raise SignLLMError(f"source {source} made a frame that is not finite: choose another source")
            rotations, state = retarget_frame(frame.keypoints, state)
            yield Posed(number, frame.gloss, encode_rotations(rotations), _HIPS)
