"""Left and right: where an estimator took one for the other, for some frames of a clip.

From the shoulders outwards. Shoulders are exchanged where they cross, and what they carry goes with them. Then elbows,
wrists and hands are each asked whether the other side fits better, by how far they would lie from what carries them
and how far they would move from frame to frame. They are asked only if somewhere their own side is impossible and the
other is not: hands that cross, and arms that are folded, stay as they are.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.quality_gaps import Known, distance, without_gaps
from signllm_training.prompt2sign.quality_outliers import ADULT, Flat

_CROSSED: Final = 0.25
"""Shoulder widths that the left shoulder must lie to the right of the right one. Who turns away from the camera brings
them closer together; in three How2Sign clips they never come nearer than 0.9 (measured)."""
_UPRIGHT: Final = 0.1
"""With fewer frames in which the shoulders do not cross, for each in which they do, the picture is mirrored."""
_BETTER: Final = 0.3
"""Shoulder widths by which both hands must lie nearer to the wrists of the other side: hands that touch have wrists so
near to each other that neither side is impossible."""
_STRETCH: Final = 1.5
"""Longest that an arm's limb appears, in an adult's; measured at most 1.5."""
_OWN: Final = 0.02
"""Shoulder widths per frame by which the own side is preferred: of two ways to explain a clip, the one that leaves more
frames as they are."""


def _sides(keypoints: dict[str, int]) -> npt.NDArray[np.intp]:
    return np.array([[keypoints["left"]], [keypoints["right"]]])


_SHOULDERS, _ELBOWS, _WRISTS = (_sides(k) for k in (prompt2sign.SHOULDER, prompt2sign.ELBOW, prompt2sign.WRIST))
_HANDS: Final = _sides(prompt2sign.HAND_BASE) + np.arange(len(prompt2sign.HAND))
"""[2, 21] keypoints of the left and the right hand."""
MIRRORED: Final = np.arange(prompt2sign.COUNT)
"""[50] the same keypoint of the other side."""
for _pair in (_SHOULDERS, _ELBOWS, _WRISTS, _HANDS):
    MIRRORED[_pair] = _pair[::-1]


class _Joint(NamedTuple):
    """Keypoints of both sides that are exchanged together."""

    keypoints: npt.NDArray[np.intp]
    """[2, n], left and right."""
    carriers: npt.NDArray[np.intp]
    """[2, 1] what carries the first of them."""
    longest: float
    """How far from it they can lie, shoulder widths."""
    beyond: float
    """From where on their distance counts against them."""


def mend_sides(
    flat: Flat, known: Known, fps: float, *, body_speed: float, widest_wrist_gap: float
) -> tuple[npt.NDArray[np.intp], int, tuple[str, ...]]:
    """Which keypoint of the source is each of the 50, frame by frame.

    Args:
        flat: [T, 50, 2].
        known: [T, 50].
        fps: Frames per second.
        body_speed: As in `quality.QualityOptions`.
        widest_wrist_gap: As in `quality.QualityOptions`.

    Returns:
        Order [T, 50]; how many frames have sides exchanged; and sentences on what was not mended.
    """
    crossed, notes = _crossed_shoulders(flat, known)
    order = np.where(crossed[:, None], MIRRORED, np.arange(prompt2sign.COUNT))
    upper, lower = (_STRETCH * float(ADULT[k["left"]]) for k in (prompt2sign.ELBOW, prompt2sign.WRIST))
    joints = (
        (_Joint(_ELBOWS, _SHOULDERS, upper, upper), (_ELBOWS, _WRISTS, _HANDS)),
        (_Joint(_WRISTS, _ELBOWS, lower, lower), (_WRISTS, _HANDS)),
        (_Joint(_HANDS, _WRISTS, widest_wrist_gap, 0.0), (_HANDS,)),
    )
    frames = np.arange(len(flat))[:, None]
    for joint, outwards in joints:
        as_is = crossed.any()
        here = flat[frames, order] if as_is else flat
        turned = _exchanged(joint, here, known[frames, order] if as_is else known, body_speed / fps)
        if turned.any():
            crossed = crossed | turned
            columns = np.concatenate([keypoints.ravel() for keypoints in outwards])
            order[np.ix_(turned, columns)] = MIRRORED[order[np.ix_(turned, columns)]]
    moved = (order != np.arange(prompt2sign.COUNT)) & (known | known[frames, order])
    return order, int(moved.any(axis=1).sum()), notes


def _crossed_shoulders(flat: Flat, known: Known) -> tuple[npt.NDArray[np.bool_], tuple[str, ...]]:
    left, right = _SHOULDERS.ravel()
    both = known[:, left] & known[:, right]
    apart = np.where(both, flat[:, left, 0] - flat[:, right, 0], 0.0)
    crossed, upright = apart < -_CROSSED, apart > _CROSSED
    if upright.sum() < _UPRIGHT * crossed.sum():
        note = (
            f"the left shoulder lies to the right in {crossed.sum()} of {len(flat)} frames: the picture is mirrored, "
            "or the axes given for the source are wrong; sides were left as they are"
        )
        return np.zeros_like(crossed), (note,)
    return crossed, ()


def _exchanged(joint: _Joint, flat: Flat, known: Known, reach: float) -> npt.NDArray[np.bool_]:
    """In which frames a joint's two sides belong to each other, [T]."""
    first = joint.keypoints[:, 0]
    at, seen = flat[:, first], known[:, first]  # [T, 2, 2], [T, 2]
    carrier, carrier_seen = flat[:, joint.carriers[:, 0]], known[:, joint.carriers[:, 0]]
    own, other = distance(at, carrier), distance(at[:, ::-1], carrier)
    own_seen, other_seen = seen & carrier_seen, seen[:, ::-1] & carrier_seen
    impossible = (own_seen & (own > joint.longest)).any(axis=1)
    possible = other_seen.any(axis=1) & (~other_seen | (other <= joint.longest)).all(axis=1)
    away = [
        (np.maximum(d - joint.beyond, 0.0) * known_there).sum(axis=1)
        for d, known_there in ((own, own_seen), (other, other_seen))
    ]
    better = (own_seen & other_seen).all(axis=1) & (away[0] - away[1] > _BETTER)
    moves = _moves(joint, flat, known)
    jumps = (moves[0].max(axis=1) > reach) & (moves[1].max(axis=1) <= reach)
    # Almost every clip ends here.
    if not (((impossible | better) & possible).any() or jumps.any()):
        return np.zeros(len(flat), dtype=np.bool_)
    return _cheapest(away[0], away[1] + _OWN, moves[0].sum(axis=1), moves[1].sum(axis=1))


def _moves(joint: _Joint, flat: Flat, known: Known) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """How far each side moves from frame to frame if it stays itself and if it becomes the other, [T - 1, 2]."""
    columns = joint.keypoints.ravel()
    here = known[:, columns]
    held = without_gaps(flat[:, columns], here).reshape(len(flat), *joint.keypoints.shape, 2)
    ever = here.any(axis=0).reshape(joint.keypoints.shape).all(axis=0)
    if not ever.any():
        nothing = np.zeros((len(flat) - 1, 2))
        return nothing, nothing
    held = held[:, :, ever]
    stay, swap = (distance(held[1:], before).mean(axis=-1) for before in (held[:-1], held[:-1, ::-1]))
    return stay, swap


def _cheapest(
    own: npt.NDArray[np.float64],
    other: npt.NDArray[np.float64],
    stay: npt.NDArray[np.float64],
    swap: npt.NDArray[np.float64],
) -> npt.NDArray[np.bool_]:
    """The cheaper of two states in every frame, True for the second: the shortest path (Viterbi).

    Args:
        own: [T] cost of the first state.
        other: [T] cost of the second.
        stay: [T - 1] cost of the same state in the next frame.
        swap: [T - 1] cost of the other state in the next frame.
    """
    first, second = float(own[0]), float(other[0])
    came: list[tuple[bool, bool]] = []
    for a, b, keep, change in zip(own[1:].tolist(), other[1:].tolist(), stay.tolist(), swap.tolist(), strict=True):
        from_second, from_first = second + change < first + keep, first + change < second + keep
        came.append((from_second, not from_first))
        first, second = (
            a + (second + change if from_second else first + keep),
            b + (first + change if from_first else second + keep),
        )
    state = second < first
    path = [state]
    for to_first, to_second in reversed(came):
        state = to_second if state else to_first
        path.append(state)
    return np.array(path[::-1], dtype=np.bool_)
