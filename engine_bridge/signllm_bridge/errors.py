"""Errors of `signllm_bridge`; catch by what you can do about it.

    BridgeError
    |-- WireError        the peer sent bytes that are no message of this wire version: answer with an Error
    |-- SettingError     an option of the bridge cannot be used: show the message to whoever set it
    |-- StartupError     the server cannot start here: port taken, pages or avatar missing
    |-- RecordError      a report or an approval cannot be written down: show the message to whoever sent it
    `-- ReviewError      a verdict on a sign, or a file of them, cannot be used

What goes wrong with text, glosses, checkpoints and motion files is a `signllm.errors.SignLLMError`.
"""

from __future__ import annotations


class BridgeError(Exception):
    """Root of the tree."""


class WireError(BridgeError):
    """Bytes that are no message of this wire version."""


class SettingError(BridgeError):
    """An option of the bridge that cannot be used."""


class StartupError(BridgeError):
    """The server cannot start on this machine as it was asked to."""


class RecordError(BridgeError):
    """A report or an approval that cannot be written down."""


class ReviewError(BridgeError):
    """A verdict on a sign, or a file of them, that cannot be used."""


def as_sentence(error: Exception) -> str:
    """The error's message with a capital and a full stop, as a page shows it."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
