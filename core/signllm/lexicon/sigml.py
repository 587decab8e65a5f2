"""Signs as SiGML, the XML form of HamNoSys: what has a name there is written, what has none is said in a comment.

Directions are HamNoSys's 18 for the extended fingers and for movements, and its 8 for the palm, which are counted
around the fingers: for fingers that point away from the signer `u` is a palm that looks up, and turning the fingers up
takes it along, so that `d` with the fingers up is a palm that looks away from the signer. A direction between them
becomes the nearest one. Sizes, and the exact places of contact, have no symbol: the export loses them.
Source: Hanke 2004, "HamNoSys: representing sign language data in language resources and language processing contexts";
element names as in SiGML's H-SiGML (`<hns_sign>`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from signllm.lexicon import space
from signllm.lexicon.handshapes import load_hamnosys
from signllm.lexicon.phonology import OTHER, Posture, Sign, Step, merge

_DIRECTIONS: Final = "u ur r dr d dl l ul ol o or il i ir ui di do uo".split()
_LETTERS: Final = {"u": "U", "d": "D", "l": "L", "r": "R", "o": "F", "i": "B"}
_VECTORS: Final = np.array([space.direction("".join(_LETTERS[letter] for letter in name)) for name in _DIRECTIONS])
_PALMS: Final = "u ur r dr d dl l ul".split()
_HANDS: Final = {
    "one": (),
    "symmetric": ("hamsymmlr",),
    "alternating": ("hamsymmlr", "hamalternatingmotion"),
    "asymmetric": (),
}
_PLACES: Final = {
    "HEAD_TOP": "hamheadtop",
    "FOREHEAD": "hamforehead",
    "TEMPLE": "hameyebrows",
    "EYE": "hameyes",
    "NOSE": "hamnose",
    "CHEEK": "hamcheek",
    "EAR": "hamear",
    "MOUTH": "hamlips",
    "CHIN": "hamchin",
    "UNDER_CHIN": "hamunderchin",
    "NECK": "hamneck",
    "SHOULDER_IPSI": "hamshoulders",
    "SHOULDER_CONTRA": "hamshoulders",
    "CHEST": "hamchest",
    "CHEST_IPSI": "hamchest",
    "CHEST_CONTRA": "hamchest",
    "STOMACH": "hamstomach",
    "WAIST": "hambelowstomach",
    "UPPER_ARM": "hamupperarm",
    **{f"{OTHER}{part}": "hampalm" for part in ("palm", "palm_fingers", "heel")},
    **{f"{OTHER}{part}": "hamhandback" for part in ("back", "knuckles")},
    **{f"{OTHER}{part}": "hamwristback" for part in ("wrist", "wrist_back", "wrist_front")},
    **{f"{OTHER}{part}": "hamindexfinger" for part in ("index", "index_joint", "index_side")},
    **{f"{OTHER}{part}": "hammiddlefinger" for part in ("fingertips", "middle_side")},
    f"{OTHER}thumb": "hamthumb",
    f"{OTHER}ring": "hamringfinger",
    f"{OTHER}little": "hampinky",
    f"{OTHER}little_side": "hampinkyside",
    f"{OTHER}forearm": "hamlowerarm",
    f"{OTHER}elbow": "hamelbow",
    f"{OTHER}elbow_crook": "hamelbowinside",
}
_BULGES: Final = {"U": "hamarcu", "D": "hamarcd", "L": "hamarcl", "R": "hamarcr"}
_OVERLAYS: Final = {
    "nod": "hamnodding",
    "twist": "hamtwisting",
    "swing": "hamswinging",
    "wiggle": "hamfingerplay",
    "zigzag": "hamzigzag",
    "brush": "hambrushing",
}


def to_sigml(signs: Iterable[Sign]) -> str:
    """One SiGML document."""
    rows = [row for sign in signs for row in _sign(sign)]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<sigml>", *rows, "</sigml>"]) + "\n"


def palm_symbol(palm: str, fingers: str) -> str:
    """The HamNoSys palm direction, `u` to `ul`, of a hand with these directions of palm and fingers."""
    axes = space.palm_axes(space.hand_orientation(space.direction(palm), space.direction(fingers)))
    forward, normal = axes[:, 1], axes[:, 2]
    up, left = _carried(forward)
    turns = int(np.rint(np.arctan2(-np.dot(normal, left), np.dot(normal, up)) / (np.pi / 4))) % 8
    return _PALMS[turns]


def direction_symbol(letters: str) -> str:
    """The nearest of HamNoSys's 18 directions: `u`, `ol`, `do`."""
    return _DIRECTIONS[int(np.argmax(_VECTORS @ space.direction(letters)))]


def _carried(forward: space.Vector) -> tuple[space.Vector, space.Vector]:
    """Up and left of a hand that pointed away from the signer, after turning to `forward` the shortest way."""
    away, up, left = (space.direction(letter) for letter in "FUL")
    axis, cosine = np.cross(away, forward), float(np.dot(away, forward))
    if cosine < -1 + 1e-9:  # towards the signer: turned over the top
        return -up, left
    return tuple(v * cosine + np.cross(axis, v) + axis * np.dot(axis, v) / (1 + cosine) for v in (up, left))


def _sign(sign: Sign) -> Iterator[str]:
    symbols, missing = list(_HANDS[sign.hands]), list[str]()
    if sign.other is not None:
        symbols += ["hamparbegin", *_posture(sign.start, missing, place=False), "hamplus"]
        symbols += [*_posture(sign.other, missing, place=False), "hamparend", *_place(sign.start, missing)]
    else:
        symbols += _posture(sign.start, missing)
    posture = sign.start
    moves: list[str] = []
    for step in sign.steps:
        moves += _step(step, posture, missing)
        posture = merge(posture, step.to)
    symbols += ["hamseqbegin", *moves, "hamseqend"] if len(sign.steps) > 1 and len(moves) > 1 else moves
    yield f"  <hns_sign gloss={quoteattr(sign.name)}>"
    if missing:
        yield f"    <!-- no symbol for: {escape('; '.join(dict.fromkeys(missing))).replace('--', '- -')} -->"
    yield "    <hamnosys_nonmanual/>" if not sign.mouthing else "    <hamnosys_nonmanual>"
    if sign.mouthing:
        yield f"      <hnm_mouthpicture picture={quoteattr(sign.mouthing)}/>"
        yield "    </hamnosys_nonmanual>"
    yield "    <hamnosys_manual>" + "".join(f"<{symbol}/>" for symbol in symbols) + "</hamnosys_manual>"
    yield "  </hns_sign>"


def _posture(posture: Posture, missing: list[str], *, place: bool = True) -> list[str]:
    assert posture.shape and posture.palm and posture.fingers
    found = [*_shape(posture.shape, missing), f"hamextfinger{direction_symbol(posture.fingers)}"]
    found.append(f"hampalm{palm_symbol(posture.palm, posture.fingers)}")
    return found + (_place(posture, missing) if place else [])


def _shape(shape: str, missing: list[str]) -> list[str]:
    symbols = load_hamnosys()[shape]
    if not symbols:
        missing.append(f"handshape {shape}")
        return ["hamflathand"]
    return [symbol for symbol in symbols.split("+") if re.fullmatch(r"ham[a-z0-9]+", symbol)]


def _place(posture: Posture, missing: list[str]) -> list[str]:
    place = str(posture.at)
    symbols = [_PLACES[place]] if place in _PLACES else []
    if not symbols and place.startswith(OTHER):
        missing.append(f"place {place}")
    return [*symbols, "hamtouch"] if posture.touch and symbols else symbols


def _step(step: Step, before: Posture, missing: list[str]) -> list[str]:
    after = merge(before, step.to)
    found = list(_path(step, before, after))
    if step.to.shape:
        found += ["hamreplace", *_shape(step.to.shape, missing)]
    elif (step.to.palm or step.to.fingers) and after.palm and after.fingers:
        found += ["hamreplace", f"hamextfinger{direction_symbol(after.fingers)}"]
        found.append(f"hampalm{palm_symbol(after.palm, after.fingers)}")
    if step.circle:
        found.append("hamcircle" + _axis(step.circle.start, step.circle.toward))
    if step.shake:
        found += [f"hammove{direction_symbol(step.shake.axis)}", "hamrepeatreverse"]
    if step.tap:
        found += ["hamtouch", "hamrepeatfromstart"]
    found += [symbol for name, symbol in _OVERLAYS.items() if getattr(step, name) is not None]
    return ["hamparbegin", *found, "hamparend"] if len(found) > 1 and "hamreplace" in found else found


def _path(step: Step, before: Posture, after: Posture) -> Iterator[str]:
    if step.to.at and step.to.at != before.at:
        if step.to.at in _PLACES:
            yield _PLACES[step.to.at]
            if after.touch:
                yield "hamtouch"
        return
    if step.to.offset is None:
        return
    way = _offset(after) - _offset(before)
    if np.linalg.norm(way) < 0.005:
        return
    yield f"hammove{_DIRECTIONS[int(np.argmax(_VECTORS @ way))]}"
    if step.bulge and (letter := next((c for c in step.bulge if c in _BULGES), None)):
        yield _BULGES[letter]


def _offset(posture: Posture) -> space.Vector:
    rows = [space.direction(letters) * metres for letters, metres in (posture.offset or {}).items()]
    return np.sum(rows, axis=0) if rows else np.zeros(3)


def _axis(start: str, toward: str) -> str:
    """The direction that a circle turns about, as HamNoSys names circles: by the right hand's rule."""
    normal = np.cross(space.direction(start), space.direction(toward))
    return max("udlroi", key=lambda name: float(np.dot(normal, space.direction(_LETTERS[name]))))
