"""Errors of `signllm_bridge`; catch by what you can do about it.

    BridgeError
    |-- WireError        the peer sent bytes that are no message of this wire version: answer with an Error
    |-- SettingError     an option of the bridge cannot be used: show the message to whoever set it
    `-- StartupError     the server cannot start here: port taken, pages or avatar missing

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
