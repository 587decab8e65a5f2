"""Errors of `signllm`; catch by what you can do about it.

    SignLLMError
    |-- InputError            the text, gloss or option cannot be used: show the message to its author
    |   `-- UnknownLanguageError
    |-- LexiconError          a lexicon file is wrong: file, field and the names allowed
    |-- CheckpointError       a checkpoint is missing, damaged or of another version
    |-- FormatError           a motion file cannot be read or written
    `-- MissingLibraryError   an optional library is not installed; the message says how to install it

Every message names what was wrong, what is allowed and what to do.
"""

from __future__ import annotations


class SignLLMError(Exception):
    """Root of the tree."""


class InputError(SignLLMError):
    """The caller's text, gloss or option cannot be used."""


class UnknownLanguageError(InputError):
    """A language that has no signs here; `known` lists the ones that do."""

    def __init__(self, language: str, known: tuple[str, ...]) -> None:
        """Name the language asked for and the ones there are."""
        self.language, self.known = language, known
        super().__init__(f"language {language!r} has no signs here; signed languages are: {', '.join(known)}")


class LexiconError(SignLLMError):
    """A lexicon file holds something that no sign can be made from."""


class CheckpointError(SignLLMError):
    """A checkpoint is missing, damaged or of another version."""


class FormatError(SignLLMError):
    """A motion file cannot be read or written."""


class MissingLibraryError(SignLLMError):
    """An optional library is not installed."""
