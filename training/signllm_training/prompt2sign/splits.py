"""Which split a sample goes to, decided from the sample alone: no corpus has to be read twice for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import Sample

BY: Final = ("signer", "given", "hash")
NAMES: Final = ("train", "dev", "test")


@dataclass(frozen=True)
class SplitRule:
    """How samples are shared out."""

    by: str = "signer"
    """`signer`: all of a signer's samples go to one split, drawn by the signer, and samples that name no signer to
    `train`, since they may all be of one person. `given`: the split that the corpus gives, even where it has the same
    signer in two; `train` where it gives none. `hash`: drawn by the sample's name."""
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    """Of train, dev and test, as far as they are drawn; few signers are not shared out evenly."""
    seed: int = 0
    """Of the draw."""

    def __post_init__(self) -> None:
        """Reject what cannot work.

        Raises:
            DataError: There is no such rule, or the shares are none.
        """
        if self.by not in BY:
            raise DataError(f"splits can be by {', '.join(BY)}, not by {self.by!r}")
        if min(self.shares) < 0.0 or abs(sum(self.shares) - 1.0) > 1e-6:
            raise DataError(f"the shares of {', '.join(NAMES)} must be 0 to 1 and add up to 1, not {self.shares}")

    def split_of(self, sample: Sample) -> str:
        """`train`, `dev` or `test`."""
        if self.by == "given":
            return sample.split or "train"
        if self.by == "signer":
            return self._drawn(f"{sample.provenance.corpus}/{sample.signer}") if sample.signer else "train"
        return self._drawn(f"{sample.provenance.corpus}/{sample.name}")

    def unsure(self, sample: Sample) -> bool:
        """Whether the sample does not say what this rule goes by."""
        return (self.by == "signer" and not sample.signer) or (self.by == "given" and not sample.split)

    def _drawn(self, key: str) -> str:
        digest = hashlib.blake2b(f"{self.seed}:{key}".encode(), digest_size=8).digest()
        at = int.from_bytes(digest, "little") / 2**64
        train, dev, _ = self.shares
        return "train" if at < train else "dev" if at < train + dev else "test"
