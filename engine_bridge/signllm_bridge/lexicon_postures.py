"""The moments of a sign that a picture shows: start, end of every step, and the extreme of what lies between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.errors import InputError, LexiconError
from signllm.lexicon.body import keypoints
from signllm.lexicon.contacts import moments
from signllm.lexicon.phonology import Sign
from signllm.lexicon.signs import own_folder, parse_signs
from signllm.lexicon.synthesise import Synthesiser

Array = npt.NDArray[np.float64]

_BENDS: Final = 0.025
"""Metres by which a keypoint must leave the straight way for the step to have an extreme that is shown."""
_SAME: Final = 0.006
"""Metres: postures whose keypoints are all nearer than this look the same; a hold is not shown again."""


@dataclass(frozen=True, eq=False)
class KeyPosture:
    """One picture's worth of a sign."""

    caption: str
    keypoints: Array
    """[50, 3], metres from mid-shoulder."""


def read_signs(language: str, report: Callable[[str], None]) -> dict[str, Sign]:
    """All signs that can be read, the user's own among them.

    A file with a mistake is reported and left out, so that the others can be seen.

    Raises:
        InputError: There is no lexicon of that language.
    """
    data = resources.files("signllm.lexicon") / "data"
    known = sorted(entry.name for entry in data.iterdir() if entry.is_dir())
    if language not in known:
        raise InputError(f"there is no lexicon {language!r}; there are: {', '.join(known)}")
    own = own_folder(language)
    folders = [data / language, *([own] if own is not None and own.is_dir() else [])]
    signs: dict[str, Sign] = {}
    for path in (path for folder in folders for path in sorted(folder.iterdir(), key=lambda entry: entry.name)):
        if path.name.endswith(".toml"):
            try:
                signs |= parse_signs(path.read_text(encoding="utf-8"), path.name)
            except LexiconError as error:
                report(f"left out: {error}")
            except (OSError, UnicodeDecodeError) as error:
                report(f"left out: {path.name} cannot be read as UTF-8 text: {error}")
    if not signs:
        raise InputError(f"no sign of {language} can be read; mend the files named above")
    return signs


def chosen(signs: dict[str, Sign], names: list[str]) -> list[str]:
    """`names` as the lexicon spells them; lower case and spaces for hyphens are understood.

    Raises:
        InputError: A name is not in the lexicon.
    """
    spelled = {name.casefold(): name for name in signs}
    found = []
    for name in names:
        key = name.casefold().replace(" ", "-")
        if key not in spelled:
            near = [spelled[k] for k in spelled if key[:3] in k][:8]
            raise InputError(
                f"there is no sign {name!r}; {'similar: ' + ', '.join(near) if near else 'check its name'}"
            )
        found.append(spelled[key])
    return found


def key_postures(sign: Sign, synthesiser: Synthesiser) -> list[KeyPosture]:
    """Start, end of every step, and the extreme of a step that bows, circles, shakes, taps or turns."""
    plan = synthesiser.plan(sign.name)
    track = keypoints(plan.signing, plan.other).astype(np.float64)
    shown: list[KeyPosture] = []
    for caption, frame in _frames(sign, track):
        if not shown or np.abs(track[frame] - shown[-1].keypoints).max() > _SAME:
            shown.append(KeyPosture(caption, track[frame]))
    return shown


def _frames(sign: Sign, track: Array) -> Iterator[tuple[str, int]]:
    last = len(track) - 1
    before = 0
    for number, moment in enumerate(moments(sign)):
        at = min(moment.frame, last)
        if moment.step is None:
            yield "start", at
            continue
        u = np.linspace(0.0, 1.0, at - before + 1)[:, None, None]
        straight = track[before] + u * (track[at] - track[before])
        # The ends of the step ease in and out along the same line: only the distance from the line counts.
        away = np.linalg.norm(track[before : at + 1] - straight, axis=-1)
        chord = track[at] - track[before]
        length = np.linalg.norm(chord, axis=-1, keepdims=True)
        along = chord / np.maximum(length, 1e-9)
        offset = track[before : at + 1] - track[before]
        across = np.linalg.norm(
            offset - np.clip(np.sum(offset * along, -1, keepdims=True), 0.0, length) * along, axis=-1
        )
        away = np.minimum(away, across).max(axis=1)
        if away.max() > _BENDS:
            yield f"in step {number}", before + int(away.argmax())
        yield f"step {number}", at
        before = at
