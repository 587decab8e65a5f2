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
        (f'[A]\nhands = "one"\n{WRONG_SHAPE}', r"x\.toml, line 1: A: start: handshape 'ONE' is not known"),
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
        (f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, bulge = "UD", height = 0.2 }}]', "cancels itself"),
        (f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, bulge = "U" }}]', "an arc needs both"),
        (f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, tap = {{ times = 2 }} }}]', "field 'gap' is missing"),
        (
            f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, wiggle = {{ degrees = "wide", hertz = 3 }} }}]',
            r"wiggle: field 'degrees' must be a number below 1000, not 'wide'",
        ),
        (
            f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, nod = {{ degrees = nan, cycles = 1 }} }}]',
            r"nod: field 'degrees' must be a number below 1000, not nan",
        ),
        (f'\n\n[B]\nhands = "two"\n{START}', r"x\.toml, line 3: B: hands = 'two'"),
        (f'[A]\nhands = "one"\nface = ["wink"]\n{START}', "face 'wink' is not known; allowed are: headshake"),
        (f'[A]\nhands = "one"\nenglish = {{ noune = ["a"] }}\n{START}', "part of speech 'noune' is not known"),
        (f'[A]\nhands = "one"\nenglish = {{ noun = "a" }}\n{START}', "noun: expected a list of words in quotes"),
        (f'[A]\nhands = "one"\nreview = "good"\n{START}', "review 'good' is not known; allowed are: draft"),
        (f'[A]\nhands = "one"\nmouthing = 3\n{START}', "field 'mouthing' must be text in quotes, not 3"),
        (f'["*"]\nhands = "one"\n[A]\nhands = "one"\n{START}', "shared field 'hands' is not known"),
        (f'[A]\nhands = "one"\n{START}\nsteps = [{{ ms = 9, shape_after = 1 }}]', "choose a share from 0 to below 1"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(entry: str, message: str) -> None:
    with pytest.raises(LexiconError, match=message):
        parse_signs(entry, "x.toml")


def test_what_a_file_shares_stands_in_every_entry_that_says_nothing_else() -> None:
    text = f'["*"]\nprovenance = "ours"\n[A]\nhands = "one"\n{START}\n[B]\nhands = "one"\nprovenance = "Long"\n{START}'
    signs = parse_signs(text, "x.toml")
    assert (signs["A"].provenance, signs["B"].provenance) == ("ours", "Long")
    assert signs["A"].review == "draft"


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
