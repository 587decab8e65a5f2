"""Towards the viewer or away: what the picture does not say about a bone whose length is known.

A bone of length L that spans d in the picture reaches sqrt(L^2 - d^2) in depth, forwards or backwards. The body's
reach forwards: shoulders, elbows and wrists lie rather in front than behind, and of two ways that differ only in sign
the one that stays in front never moves faster. The nose lies in front of the neck. For a hand both signs are
tried in every frame, and a shortest path over time (Viterbi) takes those that move least and are plausible:

- a hand goes on where the forearm points: the four long bones of a palm lie in one plane, which can lean one of two
  ways, and the one that bends the wrist less is better;
- fingers bend towards the palm, and rather little. Whether palm or back faces the viewer is seen in the picture: on
  which side of the index finger's knuckle the little finger's lies;
- a thumb's first bone stays near the plane of the palm.

Arrays have leading axes B, T: clips, padded at the end, and frames. Vectors point to the signer's left, up, and the
way the signer faces.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.lift.limbs import BONE_KIND, PARENT, levels
from signllm_training.prompt2sign.lift.targets import Array

_BENT_WRIST: Final = 0.5
_BENT_BACK: Final = 1.0
_BENT: Final = 0.3
"""What implausible postures cost; that a bone's depth changes by its own length between two frames costs 1. Measured
on signs whose depth is known: half or twice these change the mean error by less than a millimetre."""
_THUMB_OUT: Final = 0.1
"""Sine of the angle by which a thumb's first bone leaves the palm's plane."""

_HANDS: Final = np.array([prompt2sign.HAND_BASE["left"], prompt2sign.HAND_BASE["right"]])
_FINGERS: Final = _HANDS[:, None, None] + 1 + np.arange(20).reshape(5, 4)
"""Keypoints [hand, finger, joint], thumb first, palm to tip."""
_KNUCKLES: Final = _FINGERS[:, 1:, 0]
_PALM_SIDE: Final = np.array([-1.0, 1.0])[:, None]
"""Of index x little finger: to the left hand's back, out of the right hand's palm."""

_HANGING: Final = np.tile([0.0, -1.0], (prompt2sign.COUNT, 1))
"""Where bones point that are never seen, [50, 2]: down, apart from the three at the neck."""
_HANGING[[prompt2sign.NOSE, prompt2sign.SHOULDER["right"], prompt2sign.SHOULDER["left"]]] = [[0, 1], [-1, 0], [1, 0]]


def pose_bones(
    xy: Array, lengths: Array, there: npt.NDArray[np.bool_], unseen: npt.NDArray[np.bool_], *, positive: bool
) -> Array:
    """Bones with depth.

    Args:
        xy: Keypoints in the picture, [B, T, 50, 2].
        lengths: By kind of bone, [B, 25].
        there: Frames that are not padding, [B, T].
        unseen: Keypoints that a clip never shows, [B, 50]; their bones hang in the picture plane.
        positive: Depth grows from the nose to the finger tips, as published, instead of what is plausible.

    Returns:
        Vectors from the start of each bone to its end, [B, T, 50, 3], by the keypoint that they end in; in the neck's
        place the neck itself, at depth 0.
    """
    spans, reach = _flatten(xy, lengths[:, BONE_KIND], unseen)
    reach[:, :, prompt2sign.NOSE] *= -1.0 if positive else 1.0
    bones = np.concatenate([spans, reach[..., None]], axis=-1)
    if not positive:
        _lean_palms(bones, there)
        _bend_fingers(bones, there)
    return bones


def _flatten(xy: Array, lengths: Array, unseen: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """What bones span in the picture [B, T, 50, 2], and how far they reach in depth [B, T, 50]."""
    spans, places = np.zeros_like(xy), np.zeros_like(xy)
    places[:, :, prompt2sign.NECK] = spans[:, :, prompt2sign.NECK] = xy[:, :, prompt2sign.NECK]
    for level in levels():
        start = places[:, :, PARENT[level]]
        length = lengths[:, None, level, None]
        way = np.where(unseen[:, None, level, None], length * _HANGING[level], xy[:, :, level] - start)
        span = np.linalg.norm(way, axis=-1, keepdims=True)
        spans[:, :, level] = way * np.minimum(1.0, length / np.maximum(span, 1e-12))
        places[:, :, level] = start + spans[:, :, level]
    reach = np.sqrt(np.maximum(lengths[:, None] ** 2 - np.sum(spans**2, axis=-1), 0.0))
    reach[:, :, prompt2sign.NECK] = 0.0
    return spans, reach


def _lean_palms(bones: Array, there: npt.NDArray[np.bool_]) -> None:
    """Choose between the two planes in which a palm's four long bones can lie, in place.

    In a plane depth is g . d for a bone that spans d, so that reach^2 = d' (g g') d: three unknowns, four bones. The
    direction of g follows from g g' by least squares; its sign is what is left to choose.
    """
    palm = bones[:, :, _KNUCKLES]  # [B, T, 2, 4, 3]
    x, y, reach = np.moveaxis(palm, -1, 0)
    size = np.mean(np.linalg.norm(palm, axis=-1), axis=-1)[..., None, None]
    terms = np.stack([x * x, 2.0 * x * y, y * y], axis=-1)
    normal = np.swapaxes(terms, -1, -2) @ terms + 1e-4 * size**4 * np.eye(3)
    a, b, c = np.moveaxis(np.linalg.solve(normal, np.swapaxes(terms, -1, -2) @ (reach**2)[..., None])[..., 0], -1, 0)
    steepest = 0.5 * np.arctan2(2.0 * b, a - c)[..., None]
    lean = np.where(np.cos(steepest) * x + np.sin(steepest) * y >= 0.0, reach, -reach)
    ways = np.repeat(palm[..., None, :, :], 2, axis=-3)  # [B, T, 2, 2 ways, 4, 3]
    ways[..., 0, :, 2], ways[..., 1, :, 2] = lean, -lean
    forearm = _unit(bones[:, :, PARENT[_HANDS]])[..., None, :]
    bent = _BENT_WRIST * (1.0 - np.sum(_unit(_unit(ways).mean(axis=-2)) * forearm, axis=-1))
    chosen = _shortest_path(ways[..., 2] / size, bent * there[..., None, None])
    bones[:, :, _KNUCKLES, 2] = np.where(chosen[..., None] == 0, lean, -lean)


def _bend_fingers(bones: Array, there: npt.NDArray[np.bool_]) -> None:
    """Choose the signs of fingers and thumbs from the palm outwards, in place."""
    palm = bones[:, :, _KNUCKLES]
    facing = _unit(_PALM_SIDE * np.cross(palm[..., 0, :], palm[..., 3, :]))[:, :, :, None, None]  # [B, T, 2, 1, 1, 3]
    hinge = np.cross(_unit(palm[..., 1, :])[:, :, :, None, None], facing)
    for joint in range(4):
        # A thumb's first bone is as far out as the other fingers' long bones, which have their sign already.
        ends = np.concatenate([_FINGERS[:, :1, joint], _FINGERS[:, 1:, min(joint + 1, 3)]], axis=1)  # [2, 5]
        ends = ends if joint < 3 else ends[:, :1]
        bone = bones[:, :, ends]
        ways = np.stack([bone, bone * [1.0, 1.0, -1.0]], axis=-2)  # [B, T, 2, 5, 2 ways, 3]
        unit = _unit(ways)
        before = _unit(bones[:, :, PARENT[ends]])[..., None, :]
        cost = _BENT * (1.0 - np.sum(unit * before, axis=-1))
        cost[:, :, :, 1:] += _BENT_BACK * np.maximum(-np.sum(np.cross(before, unit) * hinge, axis=-1), 0.0)[:, :, :, 1:]
        if joint == 0:
            cost[:, :, :, 0] = np.abs(np.sum(unit * facing, axis=-1)[:, :, :, 0] - _THUMB_OUT)
        length = np.maximum(np.linalg.norm(bone, axis=-1), 1e-12)[..., None]
        chosen = _shortest_path((ways[..., 2] / length)[..., None], cost * there[..., None, None, None])
        bones[:, :, ends, 2] = np.where(chosen == 0, ways[..., 0, 2], ways[..., 1, 2])


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def _shortest_path(depths: Array, cost: Array) -> npt.NDArray[np.intp]:
    """The cheaper of two ways in every frame, squared changes of depth counted.

    Args:
        depths: [B, T, ..., 2, C], in lengths of the bone; all C change together.
        cost: Of each way, [B, T, ..., 2].

    Returns:
        Index of the way, [B, T, ...].
    """
    cost = np.moveaxis(cost, 1, 0)  # [T, B, ..., 2]
    depths = np.moveaxis(depths, 1, 0)
    change = depths[1:, ..., None, :, :] - depths[:-1, ..., :, None, :]  # [T - 1, B, ..., from, to, C]
    step = np.sum(change**2, axis=-1)
    total = cost[0]
    turns = np.empty((len(step), *cost.shape[1:-1], 2), dtype=bool)
    for t in range(len(step)):
        arriving = total[..., :, None] + step[t]
        turns[t] = arriving[..., 1, :] < arriving[..., 0, :]
        total = np.minimum(arriving[..., 0, :], arriving[..., 1, :]) + cost[t + 1]
    way = np.empty(cost.shape[:-1], dtype=np.intp)
    way[-1] = total[..., 1] < total[..., 0]
    for t in range(len(step) - 1, -1, -1):
        way[t] = np.where(way[t + 1] == 0, turns[t, ..., 0], turns[t, ..., 1])
    return np.moveaxis(way, 0, 1)
