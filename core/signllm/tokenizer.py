"""Text to token ids and back: byte-level BPE, learnt from a corpus, kept as text in a checkpoint.

A tokeniser is its languages and its merges, nothing more. Both are written as JSON of a form of our own, so that a
checkpoint neither depends on the version of the `tokenizers` library nor hands it anything that was not checked. Ids:

    0 <PAD>   1 <END>   2 <START>   one per language, <ASL> ...   the 256 bytes   one per merge   the rest is unused

0 and 1 are those of `signllm.model.vocabulary`. Text never becomes a special token, whatever it says.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from signllm.errors import CheckpointError, InputError, MissingLibraryError
from signllm.language.langgloss import check_code

if TYPE_CHECKING:
    import tokenizers

FORMAT: Final = 1
PAD, END, START = 0, 1, 2
"""Ids of the padding, of the end and of the start of a text."""
DEFAULT_SIZE: Final = 8_000
"""Token ids of the sizes that the paper names; see `signllm.model.sizes`."""

_SPECIAL: Final = ("<PAD>", "<END>", "<START>")
_BYTES: Final = 256
_MOST: Final = 1_000_000
"""Token ids of the largest tokeniser that is read."""
_LONGEST_TEXT: Final = 64 * 2**20
"""Characters of the longest description that is read."""
_FIELDS: Final = ("format", "kind", "size", "languages", "merges")
_KIND: Final = "byte-level BPE"
_LEAST_COUNT: Final = 2
"""Times that a pair must occur to be merged: what occurs once is learnt by heart."""

Merge = tuple[str, str]


@dataclass(frozen=True)
class Tokenizer:
    """A tokeniser that has been trained."""

    size: int
    """Number of token ids, and of rows of the embedding; those after the last merge are unused."""
    languages: tuple[str, ...]
    """Codes of the languages that have an attribute token, such as `asl`."""
    merges: tuple[Merge, ...]
    """Pairs of tokens that become one, in the order of learning; bytes are written as the characters of GPT-2."""

    def __post_init__(self) -> None:
        """Reject parts that do not fit each other.

        Raises:
            InputError: A language is no code.
            ValueError: Anything else does not fit; the message says what.
        """
        for code in self.languages:
            check_code(code)
        if len(set(self.special_tokens)) != len(self.special_tokens):
            raise ValueError(f"two of the special tokens are the same: {' '.join(self.special_tokens)}")
        if not least_size(self.languages) <= self.size <= _MOST:
            raise ValueError(f"size is {self.size}; it must be {least_size(self.languages)} to {_MOST} token ids")
        if self.token_count > self.size:
            raise ValueError(f"{self.token_count} tokens do not fit into {self.size} token ids")

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        """Token ids of bytes and merges; the library knows of no others, so no text can name a special token."""
        first = len(self.special_tokens)
        ids = {character: i for i, character in enumerate(byte_characters(), first)}
        for left, right in self.merges:
            if left not in ids or right not in ids:
                raise ValueError(f"the merge of {left[:40]!r} and {right[:40]!r} has a part that no earlier merge made")
            ids.setdefault(left + right, first + len(ids))
        return ids

    @cached_property
    def _library(self) -> tokenizers.Tokenizer:
        library = _tokenizers()
        bare = library.Tokenizer(library.models.BPE(vocab=self._vocabulary, merges=list(self.merges)))
        return _with_bytes(bare, library)

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """The tokens that are no text, in the order of their ids: `<PAD>`, `<END>`, `<START>`, `<ASL>`, ..."""
        return (*_SPECIAL, *(f"<{code.upper()}>" for code in self.languages))

    @property
    def token_count(self) -> int:
        """Token ids in use, at most `size`."""
        return len(self.special_tokens) + len(self._vocabulary)

    def attribute(self, language: str) -> int:
        """Id of a language's attribute token.

        Raises:
            InputError: The tokeniser was not trained with this language.
        """
        if language not in self.languages:
            known = ", ".join(self.languages) or "none"
            raise InputError(f"the tokeniser has no attribute for language {language[:40]!r}; it has: {known}")
        return len(_SPECIAL) + self.languages.index(language)

    def encode(self, text: str, language: str = "") -> list[int]:
        """START, the attribute of `language` if one is given, the tokens of the text composed as NFC, END.

        Raises:
            InputError: The language has no attribute, or the text holds half a character.
            MissingLibraryError: The `tokenizers` library is not installed.
        """
        attribute = [self.attribute(language)] if language else []
        ids: list[int] = self._library.encode(_composed(text), add_special_tokens=False).ids
        return [START, *attribute, *ids, END]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, special and unused ones left out; bytes that are no UTF-8 become U+FFFD.

        Raises:
            InputError: A number is no token id.
            MissingLibraryError: The `tokenizers` library is not installed.
        """
        if wrong := [i for i in ids if not 0 <= i < self.size]:
            raise InputError(f"{wrong[0]} is no token id; they go from 0 to {self.size - 1}")
        first, end = len(self.special_tokens), self.token_count
        text: str = self._library.decode([i for i in ids if first <= i < end])
        return text

    def to_text(self) -> str:
        """JSON that `from_text` reads; the same tokeniser gives the same text."""
        about = {
            "format": FORMAT,
            "kind": _KIND,
            "size": self.size,
            "languages": list(self.languages),
            "merges": [list(merge) for merge in self.merges],
        }
        return json.dumps(about, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Tokenizer:
        """The tokeniser that `to_text` wrote.

        Raises:
            CheckpointError: The text is no such description; the message says why.
        """
        try:
            return cls(**_read(text))
        except (ValueError, InputError) as error:
            raise CheckpointError(f"the checkpoint's tokeniser cannot be used: {error}; train it anew") from error


def train_tokenizer(texts: Iterable[str], size: int = DEFAULT_SIZE, languages: Sequence[str] = ()) -> Tokenizer:
    """A tokeniser of `size` token ids for texts like these.

    It depends on how often each text occurs, not on their order, nor on anything random. When the texts hold fewer
    pairs that occur twice than there is room for, ids are left unused, so that the model has the size that was asked.

    Args:
        texts: Read once.
        size: Number of token ids, special tokens and the 256 bytes included.
        languages: Codes that get an attribute token, such as `asl`; their order is that of the ids.

    Raises:
        InputError: The size or a language cannot be used, there is no text, or a text holds half a character.
        MissingLibraryError: The `tokenizers` library is not installed.
    """
    try:
        empty = Tokenizer(size, tuple(languages), ())
    except ValueError as error:
        raise InputError(f"no tokeniser can be trained: {error}") from error
    library = _tokenizers()
    learner = _with_bytes(library.Tokenizer(library.models.BPE()), library)
    trainer = library.trainers.BpeTrainer(
        # The library counts the special tokens that it is given; ours stand before its own ids.
        vocab_size=size - empty.token_count + _BYTES,
        min_frequency=_LEAST_COUNT,
        initial_alphabet=library.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learner.train_from_iterator(_some(texts), trainer=trainer)
    merges = json.loads(learner.to_str())["model"]["merges"]
    return Tokenizer(size, tuple(languages), tuple((left, right) for left, right in merges))


def least_size(languages: Sequence[str]) -> int:
    """Token ids of a tokeniser without a merge."""
    return len(_SPECIAL) + len(languages) + _BYTES


def byte_characters() -> tuple[str, ...]:
    """The characters that stand for the bytes, sorted.

    Bytes that print in Latin-1 stand for themselves, the others for the characters from U+0100 on. Source: Radford et
    al., "Language Models are Unsupervised Multitask Learners", 2019, and its published encoder.
    """
    printed = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return tuple(chr(code) for code in (*printed, *range(0x100, 0x100 + _BYTES - len(printed))))


def _some(texts: Iterable[str]) -> Iterator[str]:
    count = 0
    for text in texts:
        count += 1
        yield _composed(text)
    if not count:
        raise InputError("there is no text to train a tokeniser on; give at least one")


def _composed(text: str) -> str:
    """The text as NFC, which is one spelling for what looks the same."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError(f"a text holds half a character (a lone surrogate); give valid Unicode: {text[:40]!a}")
    return unicodedata.normalize("NFC", text)


def _with_bytes(bare: tokenizers.Tokenizer, library: ModuleType) -> tokenizers.Tokenizer:
    """The library's tokeniser over bytes, words cut as in GPT-2."""
    bare.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    bare.decoder = library.decoders.ByteLevel()
    return bare


def _read(text: str) -> dict[str, Any]:
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"it has {len(text)} characters, and {_LONGEST_TEXT} are the most")
    try:
        about = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(about, dict) or sorted(about) != sorted(_FIELDS):
        raise ValueError(f"it must be a JSON object with the fields {', '.join(_FIELDS)}")
    if about["format"] != FORMAT or about["kind"] != _KIND:
        raise ValueError(f"it must be {_KIND} of format {FORMAT}, the one read here")
    size, languages, merges = about["size"], about["languages"], about["merges"]
    if isinstance(size, bool) or not isinstance(size, int):
        raise ValueError("its size must be a whole number")
    if not _all_text(languages):
        raise ValueError("its languages must be a list of codes, such as asl")
    if not isinstance(merges, list) or not all(_all_text(merge) and len(merge) == 2 for merge in merges):
        raise ValueError("its merges must be a list of pairs of tokens")
    return {"size": size, "languages": tuple(languages), "merges": tuple((left, right) for left, right in merges)}


def _all_text(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _tokenizers() -> ModuleType:
    try:
        import tokenizers
    except ImportError as error:
        raise MissingLibraryError(
            "cutting text into tokens needs the tokenizers library: pip install 'signllm[prompts]'"
        ) from error
    return tokenizers
