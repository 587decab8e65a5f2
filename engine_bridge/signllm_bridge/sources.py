"""Sources by name: the one place where the bridge meets the model, joined up with the language for the commands.

Heavy parts (torch, the lexicon) are imported inside functions, so that `--help` answers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from signllm.config import DEFAULT_STRIDE
from signllm_bridge.errors import StartupError

if TYPE_CHECKING:
    from signllm_bridge.generation import Generation, VocabularySource

LEXICON: Final = "lexicon"
MODEL: Final = "signllm"
SOURCES: Final = (MODEL, LEXICON)


def load_source(name: str, stride: int = DEFAULT_STRIDE) -> VocabularySource:
    """The source called `name`; the model makes `stride` frames per step.

    Raises:
        StartupError: The model is wanted and torch cannot be loaded.
        SignLLMError: The lexicon or the checkpoint cannot be used.
    """
    if name == LEXICON:
        from signllm.lexicon.synthesise import LexiconSource

        return LexiconSource.load("asl")
    try:
        import torch

        from signllm.model.source import ModelSource
    except (ImportError, OSError) as error:  # OSError: a library that torch brings cannot be opened
        raise StartupError(
            f"torch, which the model needs, cannot be loaded ({error}); install the package again, or use "
            f"--source {LEXICON}"
        ) from error
    # A decoder step is too small to share. With torch's default, a thread for each core, the threads wait for one
    # another: 319 ms to the first chunk on a busy machine of two cores, 3 ms with one thread.
    torch.set_num_threads(1)
    return ModelSource.load(stride=stride)


def make_generation(names: Sequence[str], stride: int = DEFAULT_STRIDE) -> Generation:
    """A generation with these sources, the first the default.

    Raises:
        StartupError: The model is wanted and torch cannot be loaded.
        SignLLMError: The lexicon or the checkpoint cannot be used.
    """
    from signllm.language import translate
    from signllm_bridge.generation import Generation

    return Generation(translate, {name: load_source(name, stride) for name in names})
