"""Reports of wrong signs: which utterances a connection has seen, and whether a report names a sign of one. Pure."""

from __future__ import annotations

from typing import Final

from signllm.errors import InputError
from signllm.source import Utterance
from signllm_bridge.events import WrongSign
from signllm_bridge.messages import Report, Speak

KEPT: Final = 64
"""Utterances of which a sign can still be reported."""
MAX_NOTE_LENGTH: Final = 500


class SeenUtterances:
    """The last utterances of a connection, by their number."""

    def __init__(self) -> None:
        """None yet."""
        self._seen: dict[int, tuple[Speak, Utterance]] = {}

    def add(self, utterance_id: int, speak: Speak, utterance: Utterance) -> None:
        """An utterance has begun; the oldest is forgotten when there are too many."""
        self._seen[utterance_id] = speak, utterance
        if len(self._seen) > KEPT:
            del self._seen[min(self._seen)]

    def wrong_sign(self, report: Report) -> WrongSign:
        """What the report says, with all that is needed to make the sign again.

        Raises:
            InputError: It names no sign that this connection has seen, or its note is too long.
        """
        if report.utterance_id not in self._seen:
            raise InputError(
                f"utterance {report.utterance_id} is none of the last {KEPT} that were signed on this connection; "
                "report a sign of one of these"
            )
        speak, utterance = self._seen[report.utterance_id]
        gloss = _gloss(report, utterance)
        if len(report.note) > MAX_NOTE_LENGTH:
            raise InputError(
                f"the note has {len(report.note)} characters; at most {MAX_NOTE_LENGTH} are kept: use fewer words"
            )
        return WrongSign(
            text=utterance.text,
            language=utterance.language,
            source=speak.source,
            gloss_line=utterance.gloss_text,
            gloss_index=report.gloss_index,
            gloss=gloss,
            presentation_time_us=report.presentation_time_us,
            note=report.note,
        )


def _gloss(report: Report, utterance: Utterance) -> str:
    """Name of the sign that the report is about."""
    glosses = utterance.glosses
    if not glosses:
        raise InputError(f"utterance {report.utterance_id} has no signs, only its caption; there is no sign to report")
    if report.gloss_index >= len(glosses):
        raise InputError(
            f"sign {report.gloss_index} does not exist; utterance {report.utterance_id} has 0 to {len(glosses) - 1}"
        )
    name = glosses[report.gloss_index].name
    if report.gloss not in ("", name):
        raise InputError(f"sign {report.gloss_index} is {name}, not {report.gloss[:40]}; report it by its own index")
    return name
