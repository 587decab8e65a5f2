"""What tells the letters of the ASL alphabet apart, as geometry on the avatar's own bones.

Each feature is a number measured on the posed avatar and the range that it must lie in. A reader who knows the
alphabet looks for nothing else: where the thumb is, which fingers touch or cross, where the palm faces and the fingers
point, and what the hand draws in the air.
Source: general knowledge of the alphabet; not reviewed by Deaf signers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.lexicon.body import keypoints
from signllm.lexicon.space import direction
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion import kinematics, rotation
from signllm.motion.skeletons.prompt2sign import HAND, hand_slice
from signllm_bridge.hand_angles import palm_space
from signllm_bridge.retarget import retarget

Array = npt.NDArray[np.float64]

FAR: Final = 1e9
"""No bound."""


class AvatarHand:
    """The avatar's right hand over one letter: synthesised, retargeted, and posed by forward kinematics."""

    def __init__(self, letter: str, synthesiser: Synthesiser) -> None:
        """Pose `letter`, A to Z."""
        plan = synthesiser.plan(f"fs:{letter}")
        posed = kinematics.humanoid_keypoints(retarget(keypoints(plan.signing, plan.other)))
        self.letter = letter
        self.track = np.asarray(posed[:, hand_slice("right")])
        """[T, 21, 3] metres in the world."""

    @cached_property
    def points(self) -> Array:
        """The first posture, [21, 3] metres in the world."""
        return np.asarray(self.track[0])

    @cached_property
    def palm(self) -> Array:
        """The same in the hand's own space."""
        return palm_space(self.points)

    def at(self, name: str) -> Array:
        """A point in the hand's own space, millimetres: `thumb4` is the tip of the thumb."""
        return np.asarray(1000.0 * self.palm[HAND.index(name)])

    def bone(self, finger: str, first: int = 1, last: int = 4) -> Array:
        """Unit direction between two points of a finger, in the hand's own space."""
        return rotation.normalize(self.at(f"{finger}{last}") - self.at(f"{finger}{first}"))

    def bend(self, finger: str) -> float:
        """Degrees by which the last two joints of a finger bend together."""
        bones = [self.bone(finger, k, k + 1) for k in (1, 2, 3)]
        return _degrees(bones[0], bones[1]) + _degrees(bones[1], bones[2])

    def flexion(self, finger: str) -> float:
        """Degrees by which a finger bends at its knuckle."""
        first = self.bone(finger, 1, 2)
        return float(np.degrees(np.arctan2(first[2], first[1])))

    def faces(self, letters: str) -> float:
        """Degrees between where the palm faces and a direction of the signer."""
        return _degrees(self._axis(2), direction(letters))

    def points_to(self, letters: str) -> float:
        """Degrees between where the index points and a direction of the signer."""
        index = self.points[HAND.index("index4")] - self.points[HAND.index("index1")]
        return _degrees(rotation.normalize(index), direction(letters))

    def _axis(self, axis: int) -> Array:
        y = rotation.normalize(self.points[9] - self.points[0])
        across = self.points[5] - self.points[17]
        x = rotation.normalize(across - np.dot(across, y) * y)
        return np.asarray((x, y, np.cross(x, y))[axis])


Hands = dict[str, AvatarHand]


@dataclass(frozen=True)
class Feature:
    """One thing that a reader looks for."""

    letters: str
    """The letters that it tells apart or makes."""
    what: str
    unit: str
    """`mm` or `deg`."""
    measure: Callable[[Hands], float]
    least: float
    most: float


@dataclass(frozen=True)
class Finding:
    """A feature as it was found on the avatar."""

    feature: Feature
    value: float

    @property
    def holds(self) -> bool:
        """Whether the value lies in the range."""
        return self.feature.least <= self.value <= self.feature.most


def avatar_hands(synthesiser: Synthesiser) -> Hands:
    """The avatar's hand for every letter."""
    return {letter: AvatarHand(letter, synthesiser) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def find_features(hands: Hands) -> list[Finding]:
    """Every feature, measured."""
    return [Finding(feature, float(feature.measure(hands))) for feature in FEATURES]


def _degrees(a: Array, b: Array) -> float:
    return float(np.degrees(np.arccos(np.clip(np.dot(a, b), -1.0, 1.0))))


def _distance(hand: AvatarHand, a: str, b: str) -> float:
    return float(np.linalg.norm(hand.at(a) - hand.at(b)))


def _closed(letter: str, fingers: str) -> Callable[[Hands], float]:
    """The least bend of some fingers."""
    return lambda hands: min(hands[letter].bend(finger) for finger in fingers.split())


def _straight(letter: str, fingers: str) -> Callable[[Hands], float]:
    """The greatest bend of some fingers, knuckles included."""
    return lambda hands: max(
        hands[letter].bend(finger) + abs(hands[letter].flexion(finger)) for finger in fingers.split()
    )


def _apart(letter: str, a: str, b: str) -> Callable[[Hands], float]:
    return lambda hands: _distance(hands[letter], a, b)


def _angle(letter: str, a: str, b: str) -> Callable[[Hands], float]:
    return lambda hands: _degrees(hands[letter].bone(a), hands[letter].bone(b))


def _ahead(letter: str, a: str, b: str, axis: int) -> Callable[[Hands], float]:
    """By how many millimetres `a` lies beyond `b`: 0 to the thumb's side, 1 to the fingers' tips, 2 out of the palm."""
    return lambda hands: float((hands[letter].at(a) - hands[letter].at(b))[axis])


def _least(*measures: Callable[[Hands], float]) -> Callable[[Hands], float]:
    return lambda hands: min(measure(hands) for measure in measures)


def _most(*measures: Callable[[Hands], float]) -> Callable[[Hands], float]:
    return lambda hands: max(measure(hands) for measure in measures)


def _same_hand(a: str, b: str) -> Callable[[Hands], float]:
    """How far any point of two letters' hands differs in the hand's own space."""
    return lambda hands: float(1000.0 * np.linalg.norm(hands[a].palm - hands[b].palm, axis=-1).max())


def _drawn(letter: str, point: str, axis: int, start: float, end: float) -> Callable[[Hands], float]:
    """Millimetres that a finger tip moves between two shares of a letter's way: 0 to the left, 1 up, 2 forward."""

    def measure(hands: Hands) -> float:
        way = hands[letter].track[:, HAND.index(point)]
        first, last = (way[round(share * (len(way) - 1))] for share in (start, end))
        return float(1000.0 * (last - first)[axis])

    return measure


def _features() -> Iterator[Feature]:
    def feature(
        letters: str, what: str, unit: str, measure: Callable[[Hands], float], low: float, high: float
    ) -> Feature:
        return Feature(letters, what, unit, measure, low, high)

    four = "index middle ring little"
    yield feature("A", "all fingers are closed", "deg", _closed("A", four), 100, FAR)
    yield feature("A", "thumb upright beside the index, not across it", "mm", _ahead("A", "thumb4", "index2", 0), 8, 40)
    yield feature("A", "the thumb's tip points up along the fist", "mm", _ahead("A", "thumb4", "thumb3", 1), 10, FAR)
    yield feature("B", "four straight fingers", "deg", _straight("B", four), 0, 25)
    yield feature("B", "the fingers lie side by side", "mm", _apart("B", "index4", "little4"), 0, 75)
    yield feature("B", "thumb across the palm", "mm", _ahead("B", "index1", "thumb4", 0), 15, FAR)
    yield feature("C", "every finger curves and none closes", "deg", _closed("C", four), 45, 110)
    yield feature("C", "open between thumb and index", "mm", _apart("C", "thumb4", "index4"), 30, 110)
    yield feature("D", "the index stands straight", "deg", _straight("D", "index"), 0, 25)
    yield feature("D", "the thumb meets the middle's tip", "mm", _apart("D", "thumb4", "middle4"), 0, 20)
    yield feature(
        "D Z",
        "D is round where 1 is a fist",
        "mm",
        lambda h: _distance(h["D"], "middle4", "middle1") - _distance(h["Z"], "middle4", "middle1"),
        15,
        FAR,
    )
    yield feature(
        "E",
        "the fingertips come down to the thumb",
        "mm",
        _least(*(_ahead("E", f"{f}4", "thumb4", 1) for f in ("index", "middle", "ring"))),
        0,
        45,
    )
    yield feature("E", "every finger is curled", "deg", _closed("E", four), 100, FAR)
    yield feature(
        "E S",
        "E's thumb lies under the tips, S's in front of the middle bones",
        "mm",
        _ahead("S", "thumb4", "middle4", 1),
        0,
        FAR,
    )
    yield feature("F", "thumb and index close a ring", "mm", _apart("F", "thumb4", "index4"), 0, 20)
    yield feature("F", "the other three stand straight", "deg", _straight("F", "middle ring little"), 0, 25)
    yield feature(
        "F D",
        "F's three fingers are open, D's closed",
        "deg",
        lambda h: _closed("D", "middle ring little")(h) - _straight("F", "middle ring little")(h),
        40,
        FAR,
    )
    yield feature("G", "the index points to the side", "deg", lambda h: h["G"].points_to("L"), 0, 35)
    yield feature(
        "G",
        "the thumb runs along the index",
        "deg",
        lambda h: _degrees(h["G"].bone("index", 2, 4), h["G"].bone("thumb", 2, 4)),
        0,
        35,
    )
    yield feature("G Q", "Q is G turned down", "deg", lambda h: h["Q"].points_to("D"), 0, 40)
    yield feature("G Q", "G and Q are one handshape", "mm", _same_hand("G", "Q"), 0, 6)
    yield feature("H", "index and middle point to the side", "deg", lambda h: h["H"].points_to("L"), 0, 20)
    yield feature("H U", "H and U are one handshape", "mm", _same_hand("H", "U"), 0, 2)
    yield feature("H U", "U points up", "deg", lambda h: h["U"].points_to("U"), 0, 20)
    yield feature("I", "the little finger stands straight", "deg", _straight("I", "little"), 0, 25)
    yield feature("I", "the other fingers are closed", "deg", _closed("I", "index middle ring"), 100, FAR)
    yield feature("I J", "J begins as I", "mm", _same_hand("I", "J"), 0, 2)
    yield feature("J", "the little finger draws a stroke down", "mm", _drawn("J", "little4", 1, 0, 1), -FAR, -60)
    yield feature("J", "and a hook to the signer's left", "mm", _drawn("J", "little4", 0, 0.5, 1), 30, FAR)
    yield feature("K", "the index stands, the middle leans forward", "deg", _angle("K", "index", "middle"), 25, 75)
    yield feature(
        "K",
        "the thumb's tip lies on the middle",
        "mm",
        lambda h: float(np.linalg.norm(h["K"].at("thumb4") - 0.5 * (h["K"].at("middle1") + h["K"].at("middle2")))),
        0,
        28,
    )
    yield feature("K P", "K and P are one handshape", "mm", _same_hand("K", "P"), 0, 2)
    yield feature("K P", "K points up", "deg", lambda h: h["K"].points_to("U"), 0, 25)
    yield feature("K P", "P points away from up", "deg", lambda h: h["P"].points_to("U"), 90, 180)
    yield feature("K P", "P's palm faces down", "deg", lambda h: h["P"].faces("D"), 0, 40)
    yield feature(
        "K V",
        "V's thumb is folded, K's stands between the fingers",
        "mm",
        lambda h: h["K"].at("thumb4")[1] - h["V"].at("thumb4")[1],
        10,
        FAR,
    )
    yield feature(
        "L",
        "thumb and index are square",
        "deg",
        lambda h: _degrees(h["L"].bone("index"), h["L"].bone("thumb", 2, 4)),
        75,
        105,
    )
    yield feature("L", "the other fingers are closed", "deg", _closed("L", "middle ring little"), 100, FAR)
    yield feature("M", "thumb under three: past the middle", "mm", _ahead("M", "middle4", "thumb4", 0), 6, FAR)
    yield feature(
        "M",
        "index, middle and ring drape in front of it",
        "mm",
        _least(
            _ahead("M", "index4", "thumb3", 2), _ahead("M", "middle4", "thumb3", 2), _ahead("M", "ring4", "thumb4", 2)
        ),
        2,
        FAR,
    )
    yield feature(
        "N", "thumb under two: past the index, not past the ring", "mm", _ahead("N", "index4", "thumb4", 0), 6, 40
    )
    yield feature(
        "N",
        "index and middle drape in front of it",
        "mm",
        _least(_ahead("N", "index4", "thumb3", 2), _ahead("N", "middle4", "thumb3", 2)),
        2,
        FAR,
    )
    yield feature(
        "M N",
        "M drapes the ring finger too",
        "mm",
        lambda h: _ahead("M", "ring4", "middle1", 2)(h) - _ahead("N", "ring4", "middle1", 2)(h),
        5,
        FAR,
    )
    yield feature(
        "M N T",
        "the thumb's tip comes out farther for each finger",
        "mm",
        lambda h: min(h["T"].at("thumb4")[0] - h["N"].at("thumb4")[0], h["N"].at("thumb4")[0] - h["M"].at("thumb4")[0]),
        4,
        FAR,
    )
    yield feature("O", "thumb and index close a ring", "mm", _apart("O", "thumb4", "index4"), 0, 20)
    yield feature("O", "all fingers lie on each other's height", "mm", _apart("O", "index4", "little4"), 0, 60)
    yield feature(
        "O C",
        "O is closed where C is open",
        "mm",
        lambda h: _distance(h["C"], "thumb4", "index4") - _distance(h["O"], "thumb4", "index4"),
        25,
        FAR,
    )
    yield feature("R", "the middle crosses the index", "mm", _ahead("R", "middle4", "index4", 0), 4, FAR)
    yield feature("R", "both stand up", "deg", _closed("R", "index middle"), 0, 60)
    yield feature("S", "thumb in front of the fist", "mm", _ahead("S", "thumb4", "middle2", 2), 10, FAR)
    yield feature("S A", "S's thumb crosses the index, A's does not", "mm", _ahead("S", "index2", "thumb4", 0), 4, FAR)
    yield feature(
        "T",
        "thumb between index and middle",
        "mm",
        _least(_ahead("T", "index4", "thumb4", 0), _ahead("T", "thumb4", "ring2", 0)),
        4,
        FAR,
    )
    yield feature("T", "the index lies over the thumb", "mm", _ahead("T", "index4", "thumb3", 2), 8, FAR)
    yield feature("U", "index and middle touch", "mm", _apart("U", "index4", "middle4"), 0, 22)
    yield feature("V", "index and middle are apart", "deg", _angle("V", "index", "middle"), 15, 45)
    yield feature("U V", "U's fingers are parallel", "deg", _angle("U", "index", "middle"), 0, 8)
    yield feature("W", "three straight fingers", "deg", _straight("W", "index middle ring"), 0, 25)
    yield feature("W", "spread", "deg", _least(_angle("W", "index", "middle"), _angle("W", "middle", "ring")), 8, 30)
    yield feature("W", "the thumb holds the little finger", "mm", _apart("W", "thumb4", "little3"), 0, 25)
    yield feature("X", "the index is hooked", "mm", _ahead("X", "index3", "index4", 1), 2, FAR)
    yield feature("X", "and its first bone stands", "deg", lambda h: abs(h["X"].flexion("index")), 0, 35)
    yield feature(
        "Y",
        "thumb and little finger are out",
        "deg",
        lambda h: _degrees(h["Y"].bone("little"), h["Y"].bone("thumb", 2, 4)),
        50,
        110,
    )
    yield feature("Y", "the other fingers are closed", "deg", _closed("Y", "index middle ring"), 100, FAR)
    yield feature(
        "Y I",
        "Y's thumb is out, I's over the fist",
        "mm",
        lambda h: h["Y"].at("thumb4")[0] - h["I"].at("thumb4")[0],
        40,
        FAR,
    )
    yield feature("Z", "a stroke to the right", "mm", _drawn("Z", "index4", 0, 0, 0.3), -FAR, -50)
    yield feature(
        "Z",
        "a stroke down to the left",
        "mm",
        _least(_drawn("Z", "index4", 0, 0.32, 0.68), lambda h: -_drawn("Z", "index4", 1, 0.32, 0.68)(h)),
        40,
        FAR,
    )
    yield feature("Z", "and a stroke to the right", "mm", _drawn("Z", "index4", 0, 0.72, 1), -FAR, -50)
    out = "ABEFIKLMNRSTUVWXY"
    yield feature(out, "the palm faces away", "deg", _most(*(_facing(letter, "F") for letter in out)), 0, 50)
    yield feature("CO", "the palm faces to the side", "deg", _most(_facing("C", "L"), _facing("O", "L")), 0, 30)
    yield feature("G", "the palm faces to the side, knuckles forward", "deg", _facing("G", "L"), 0, 30)
    yield feature("H", "the palm faces the signer", "deg", _facing("H", "B"), 0, 45)
    yield feature("Q", "the palm faces down", "deg", _facing("Q", "D"), 0, 30)


def _facing(letter: str, letters: str) -> Callable[[Hands], float]:
    return lambda hands: hands[letter].faces(letters)


FEATURES: Final[tuple[Feature, ...]] = tuple(_features())
"""All features, in the order of the alphabet."""
