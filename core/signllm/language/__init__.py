"""Text to glosses: `translate` gives what is signed for a text, `LANGUAGES` the sign languages it knows of."""

from signllm.language.languages import LANGUAGES
from signllm.language.translate import explain, translate

__all__ = ["LANGUAGES", "explain", "translate"]
