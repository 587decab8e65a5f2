"""The lexicon's files: everything that is not a known word is refused with its file, sign and field."""

from __future__ import annotations

import numpy as np
import pytest

from signllm.errors import LexiconError
from signllm.lexicon import space
from signllm.lexicon.signs import parse_signs

START = 'start = { shape = "1", palm = "F", fingers = "U", at = "CHIN", part = "index" }'
WRONG_SHAPE, WRONG_PLACE = START.replace('"1"', '"ONE"'), START.replace("CHIN", "KNEE")
ON_OTHER = START.replace("CHIN", "other.palm")
WRONG_WAY = START.replace('"F"', '"X"')


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (f'[A]\nhands = "one"\n{WRONG_SHAPE}', r"x\.toml: A: start: handshape 'ONE' is not known"),
        (f'[A]\nhands = "both"\n{START}', r"hands = 'both': choose one of one, symmetric"),
        ('[A]\nhands = "one"', "field 'start' is missing"),
        (f'[A]\nhands = "one"\n{WRONG_PLACE}', "place 'KNEE' is not known; allowed are: HEAD_TOP"),
        (f'[A]\nhands = "one"\n{WRONG_WAY}', "direction 'X': use one or more of the letters"),
        (f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 0 }}]', r"steps\[0\]: field 'ms' must be a positive number"),
        (f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, spin = 1 }}]', "field 'spin' is not known"),
        (f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, tap = {{ speed = 1 }} }}]', "tap: field 'speed' is not"),
        (f'[A]\nhands = "asymmetric"\n{START}', "an asymmetric sign, and no other, describes the other hand"),
        ('[A]\nhands = "one"\nstart = { shape = "1" }', "start: field 'palm' is missing"),
        ("[A", "not valid TOML"),
        (f'[A]\nhands = "one"\n{ON_OTHER}', "'other.palm' is a place for the signing hand of an asymmetric sign only"),
        (
            f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, fingers = "F" }}]',
            "the palm cannot face along the fingers",
        ),
        (f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, at = 3 }}]', "field 'at' must be a name in quotes, not 3"),
        (f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, shake = {{ axis = "Q" }} }}]', "direction 'Q'"),
        (f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, bulge = "UD" }}]', "cancels itself"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(entry: str, message: str) -> None:
    with pytest.raises(LexiconError, match=message):
        parse_signs(entry, "x.toml")


def test_directions_are_the_signers() -> None:
    assert np.allclose(space.direction("L"), [1.0, 0.0, 0.0])
    assert np.allclose(space.direction("FU"), np.sqrt(0.5) * np.array([0.0, 1.0, 1.0]))
    with pytest.raises(LexiconError, match="cancels itself"):
        space.direction("UD")


def test_palm_out_fingers_up_puts_the_right_thumb_towards_the_signers_left() -> None:
    axes = space.palm_axes(space.hand_orientation(space.direction("F"), space.direction("U")))
    assert np.allclose(axes[:, 0], space.direction("L"))
    assert np.allclose(axes[:, 1], space.direction("U"))
    assert np.allclose(axes[:, 2], space.direction("F"))
