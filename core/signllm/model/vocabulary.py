"""LangGloss tokens: a gloss together with its language, the source tokens of the model.

The paper's Prompt2LangGloss turns a gloss `<xxx>` into `<ASL_xxx>`, so that two languages can share one
model without sharing a sign. Source: SignLLM, section 4.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from signllm.errors import InputError

PAD, END = 0, 1
"""Token ids of the padding and of the end of the utterance, in which the hands return to rest."""
_SPECIAL = ("<PAD>", "<END>")


@dataclass(frozen=True)
class Vocabulary:
    """The glosses that a model can sign, and their token ids."""

    language: str
    """Code of the sign language, such as `asl`."""
    glosses: tuple[str, ...]
    """Names as in the lexicon: `HELLO`, `fs:A`, `num:3`."""
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Number the glosses after the special tokens."""
        if len(set(self.glosses)) != len(self.glosses):
            raise ValueError("the glosses of a vocabulary must be unique")
        object.__setattr__(self, "_ids", {name: i for i, name in enumerate(self.glosses, len(_SPECIAL))})

    def __len__(self) -> int:
        """Number of token ids, special tokens included."""
        return len(self.glosses) + len(_SPECIAL)

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens in the order of their ids: `<PAD>`, `<END>`, `<ASL_HELLO>`, ..."""
        return _SPECIAL + tuple(f"<{self.language.upper()}_{name}>" for name in self.glosses)

    def encode(self, glosses: Sequence[str]) -> list[int]:
        """Token ids of `glosses` with `END` appended, S + 1 numbers.

        Raises:
            InputError: A gloss is not in the vocabulary.
        """
        unknown = sorted({name for name in glosses if name not in self._ids})
        if unknown:
            raise InputError(
                f"the model has no sign for {', '.join(map(repr, unknown))}; "
                f"it knows {len(self.glosses)} glosses, and other words can be spelled with fs:A to fs:Z"
            )
        return [self._ids[name] for name in glosses] + [END]
