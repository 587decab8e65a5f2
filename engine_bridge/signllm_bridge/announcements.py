"""What a client is told about an utterance besides its frames; every length is capped, for it may quote the client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from signllm.source import Utterance
from signllm_bridge.messages import NonManual, SignBoundary, Speak, UtteranceStart

_MAX_SENTENCE: Final = 500
_MAX_NOTICES_BYTES: Final = 12 * 1024
_MAX_TRACE_BYTES: Final = 8 * 1024
_MAX_MARKINGS: Final = 128
_MAX_SIGNS: Final = 2000
_MAX_GLOSS_LINE: Final = 8000
"""Characters; the caps together keep the message below the wire's 64 KiB."""


def start_of(utterance_id: int, speak: Speak, utterance: Utterance, review: str) -> UtteranceStart:
    """The message that opens an utterance."""
    return UtteranceStart(
        utterance_id=utterance_id,
        text=utterance.text[:_MAX_GLOSS_LINE],
        language=utterance.language,
        source=speak.source,
        gloss=utterance.gloss_text[:_MAX_GLOSS_LINE],
        label=utterance.label,
        coverage=utterance.coverage,
        notices=tuple(_within(utterance.notices, _MAX_NOTICES_BYTES)),
        trace=tuple(_within(utterance.trace, _MAX_TRACE_BYTES)),
        review=review,
        non_manuals=tuple(
            NonManual(marking.name, marking.first, marking.last) for marking in utterance.nonmanuals[:_MAX_MARKINGS]
        ),
        signs=tuple(gloss.name for gloss in utterance.glosses[:_MAX_SIGNS]),
        sign_words=tuple(gloss.word for gloss in utterance.glosses[:_MAX_SIGNS]),
    )


def boundary_of(utterance_id: int, utterance: Utterance | None, index: int, time_us: int) -> SignBoundary:
    """The message before the first frame of sign `index`; past the last sign the hands return to rest."""
    glosses = utterance.glosses if utterance is not None else ()
    if 0 <= index < len(glosses):
        gloss = glosses[index]
        return SignBoundary(utterance_id, index, gloss.name, gloss.word, gloss.text, time_us)
    word = max((gloss.word for gloss in glosses), default=-1) + 1
    return SignBoundary(utterance_id, len(glosses), "", word, "", time_us)


def capped(message: str) -> str:
    """The sentence, cut where it is too long."""
    return message if len(message) <= _MAX_SENTENCE else message[: _MAX_SENTENCE - 1] + "…"


def _within(sentences: Iterable[str], limit: int) -> Iterator[str]:
    """The first sentences, each capped, that together have at most `limit` bytes."""
    for sentence in map(capped, sentences):
        limit -= len(sentence.encode())
        if limit < 0:
            return
        yield sentence
