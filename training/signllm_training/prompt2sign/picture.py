"""The shape of a picture, for sources that give x as a share of its width and y as a share of its height.

Such numbers alone do not say how high the picture was. It is measured on a face, whose height in widths is known, and
taken to be that of a common picture; the option `profile` says it instead: `16:9`, width first.
"""

from __future__ import annotations

import math
import re
from typing import Final

from signllm_training.prompt2sign.errors import AmbiguousDataError, DataError

ASPECTS: Final = (9 / 16, 3 / 4, 1.0, 4 / 3, 16 / 9)
"""Heights of common pictures in widths; they lie a quarter and more apart, faces vary by a tenth."""
_PROFILE: Final = re.compile(r"(\d{1,5}):(\d{1,5})")


def aspect_said(profile: str) -> float | None:
    """Height in widths that a profile such as `16:9` says; None for an empty one.

    Raises:
        DataError: It is neither.
    """
    if not profile:
        return None
    found = _PROFILE.fullmatch(profile)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (width and height and 0.1 <= height / width <= 10.0):
        raise DataError(f"profile {profile!r}: the shape of the picture, width first, such as 16:9")
    return height / width


def aspect_measured(measured: float | None) -> float:
    """The common picture nearest to a measured height in widths.

    Raises:
        AmbiguousDataError: Nothing was measured.
    """
    if measured is None:
        raise AmbiguousDataError(
            "x and y are shares of the picture's width and height, and no face shows how these compare; say it with "
            "the option profile, width first: 16:9"
        )
    return min(ASPECTS, key=lambda known: abs(math.log(known / measured)))
