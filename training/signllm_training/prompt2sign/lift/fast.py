"""Our lifter: lengths, then signs, then 20 steps of L-BFGS on directions, many clips at once.

The published procedure starts from median lengths and always-positive depth, and 1,000 steps of plain gradient
descent leave most bones where they started. Three things differ here.

Lengths. A bone that leans towards the viewer looks short, so the median over frames is too short. Ours is a higher
percentile, further up for arms, which lean more; a nose lies in front of the neck however the signer looks; and a
forearm is never shorter than three quarters of its upper arm, because signers may point it at the viewer throughout.
The sum of lengths is part of the loss, which keeps the percentiles from going higher. Lengths then stay: bones
are as long in every frame as in every other, left and right.

Signs. See `signs`.

Directions. Bones turn about the neck, whose depth is 0, until loss can hardly be lowered: analytic slopes, each scaled
by the curvature that the weights below a bone give it. What is descended is the published loss but for two changes.
The data term counts threefold, so that bones keep to the picture. And depth is smoothed bone by bone, each weighted
with twice the keypoints that it carries, not keypoint by keypoint: else a finger moves backwards to make up for a hand
that moves forwards. The published loss itself still ends up lower than the published procedure's, and so does its data
term (`benchmarks/bench_lift.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.lift.closed_form import Posed
from signllm_training.prompt2sign.lift.descent import minimise
from signllm_training.prompt2sign.lift.limbs import (
    BONE_KIND,
    ENDS,
    FOREARM,
    KIND,
    KINDS,
    NECK_TO_NOSE,
    PROPORTIONS,
    SHOULDER,
    STARTS,
    UPPER_ARM,
    bones_from_neck,
)
from signllm_training.prompt2sign.lift.signs import pose_bones
from signllm_training.prompt2sign.lift.targets import SMOOTHNESS_WEIGHT, Array, Targets

STEPS: Final = 20
_LONG: Final = np.where(np.isin(np.arange(KINDS), [UPPER_ARM, FOREARM]), 85.0, 60.0)
"""Percentile of what a kind of bone spans in the picture that is taken for its length."""
_LONG[SHOULDER] = 50.0  # signers face the viewer
_NOSE_IN_FRONT: Final = 0.3
"""Shoulder widths from the neck to the nose, along the way the signer faces; 0.46 on the lexicon's body, which the
loss has no room for."""
_SHORTEST_FOREARM: Final = 0.75
"""Upper arms; about 0.8 is usual."""
_DATA: Final = 3.0
_DEPTH: Final = 2.0
"""Weights of the data term and of smooth depth, in those of the published loss."""
_PRECISION: Final = torch.float32
"""Of the descent, which it makes half as fast again; lengths are put back in float64 at its end."""
_HOLD: Final = 1e-6
"""Weight that holds a keypoint at its target where it is not seen."""


def solve(targets: Sequence[Targets], *, positive_depth: bool = False, steps: int = STEPS) -> list[Posed]:
    """Pose a skeleton in every frame of every clip.

    Args:
        targets: Clips of any lengths. They are padded to the longest: callers put clips of similar length together.
        positive_depth: No bone ends behind its start, on the way from the nose to the finger tips.
        steps: Of descent.

    Returns:
        One each; bones have the same length in all frames to rounding.

    Raises:
        DataError: A clip never shows both ends of any bone.
    """
    frames = max(len(clip) for clip in targets)
    weight = np.stack([_pad(clip.weight, frames) for clip in targets])
    there = np.arange(frames) < np.array([[len(clip)] for clip in targets])  # [B, T]
    weight *= there[..., None]
    xy = np.stack([_pad(clip.xy, frames) for clip in targets])
    smooth = _smooth(xy, weight, there)
    lengths = np.stack([_lengths(smooth[b, : len(clip)], clip) for b, clip in enumerate(targets)])
    unseen: npt.NDArray[np.bool_] = np.logical_not((weight > 0.0).any(axis=1))
    neck = [prompt2sign.SHOULDER["right"], prompt2sign.SHOULDER["left"]]
    smooth[:, :, prompt2sign.NECK] = np.where(
        unseen[:, None, [prompt2sign.NECK]], smooth[:, :, neck].mean(axis=2), smooth[:, :, prompt2sign.NECK]
    )
    start = pose_bones(smooth, lengths, there, unseen, positive=positive_depth)
    problem = _Problem(xy, weight, there, lengths)
    bones = problem.descend(start, steps)
    if positive_depth:
        bones[..., 2] = np.abs(bones[..., 2])
        bones[:, :, prompt2sign.NOSE, 2] *= -1.0
    return [_posed(bones[b, : len(clip)], lengths[b]) for b, clip in enumerate(targets)]


def _pad(values: Array, frames: int) -> Array:
    return np.concatenate([values, np.repeat(values[-1:], frames - len(values), axis=0)])


def _posed(bones: Array, lengths: Array) -> Posed:
    points = np.einsum("kb,tbc->tkc", bones_from_neck(), bones)
    limbs = points[:, ENDS] - points[:, STARTS]
    return Posed(lengths, limbs / lengths[KIND, None], points)


def _smooth(xy: Array, weight: Array, there: npt.NDArray[np.bool_]) -> Array:
    """Keypoints [B, T, 50, 2] that lower data term and smoothness in the picture most, bones left aside.

    A tridiagonal system for each keypoint, solved for all at once (Thomas).
    """
    frames = there.sum(axis=1)
    tied = (there[:, 1:] & there[:, :-1]).T[..., None]  # [T - 1, B, 1]
    tie = SMOOTHNESS_WEIGHT / _DATA * (frames / np.maximum(frames - 1, 1))[:, None] * tied
    held = np.moveaxis(weight, 1, 0) + _HOLD
    right = held[..., None] * np.moveaxis(xy, 1, 0)  # [T, B, 50, 2]
    diagonal = held.copy()
    diagonal[1:] += tie
    diagonal[:-1] += tie
    for t in range(len(tie)):
        share = tie[t] / diagonal[t]
        diagonal[t + 1] -= share * tie[t]
        right[t + 1] += share[..., None] * right[t]
    right[-1] /= diagonal[-1, ..., None]
    for t in range(len(tie) - 1, -1, -1):
        right[t] = (right[t] + tie[t][..., None] * right[t + 1]) / diagonal[t, ..., None]
    return np.moveaxis(right, 0, 1).copy()


def _lengths(xy: Array, targets: Targets) -> Array:
    """Length of every kind of bone, [25]; kinds that are never seen follow the others by `PROPORTIONS`."""
    spans = np.linalg.norm(xy[:, ENDS] - xy[:, STARTS], axis=-1)
    seen = (targets.weight[:, ENDS] > 0.0) & (targets.weight[:, STARTS] > 0.0)
    found = np.full(KINDS, np.nan)
    for kind in range(KINDS):
        known = spans[:, kind == KIND][seen[:, kind == KIND]]
        if len(known):
            found[kind] = np.percentile(known, _LONG[kind])
    known = np.isfinite(found)
    if not known.any():
        raise DataError("no two neighbouring keypoints are ever seen together: there is no bone to lift")
    found = np.where(known, found, PROPORTIONS * np.median(found[known] / PROPORTIONS[known]))
    found[NECK_TO_NOSE] = np.hypot(found[NECK_TO_NOSE], _NOSE_IN_FRONT * 2.0 * found[SHOULDER])
    found[FOREARM] = max(found[FOREARM], _SHORTEST_FOREARM * found[UPPER_ARM])
    return np.asarray(np.maximum(found, 1e-6))


class _Problem:
    """What is descended, for a batch of clips; tensors are [B, 3, T, 50] so that sums over bones are one product."""

    def __init__(self, xy: Array, weight: Array, there: npt.NDArray[np.bool_], lengths: Array) -> None:
        frames = torch.tensor(there.sum(axis=1), dtype=_PRECISION).reshape(-1, 1, 1, 1)
        places = prompt2sign.COUNT
        self._sums = torch.tensor(bones_from_neck(), dtype=_PRECISION)
        self._carried = self._sums.sum(dim=0)
        """Keypoints that move with each bone."""
        self._xy = torch.tensor(xy, dtype=_PRECISION).permute(0, 3, 1, 2).contiguous()
        self._place = 1.0 / (frames * places)  # [B, 1, 1, 1]
        self._weight = torch.tensor(weight, dtype=_PRECISION)[:, None] * (_DATA * self._place)
        tied = torch.tensor(there[:, 1:] & there[:, :-1])[:, None, :, None]
        self._tie = SMOOTHNESS_WEIGHT / ((frames - 1.0).clamp_min(1.0) * places) * tied
        self._turns = torch.ones(places, dtype=_PRECISION)
        self._turns[prompt2sign.NECK] = 0.0
        self._depth_tie = _DEPTH * self._tie * (self._carried * self._turns)
        self._length = torch.tensor(lengths[:, BONE_KIND], dtype=_PRECISION)[:, None, None]  # [B, 1, 1, 50]
        self._length[..., prompt2sign.NECK] = 1.0

    def descend(self, bones: Array, steps: int) -> Array:
        """Bones [B, T, 50, 3] after `steps` steps."""
        start = self._unit(torch.tensor(bones, dtype=_PRECISION).permute(0, 3, 1, 2).contiguous())[0]
        curvature = self._weight @ self._sums + 2.0 * SMOOTHNESS_WEIGHT * self._place * self._carried
        value = minimise(self, start, 0.5 / (curvature * self._length**2), steps)
        moved: Array = (self._unit(value.double())[0] * self._length.double()).permute(0, 2, 3, 1).numpy()
        return moved

    def _unit(self, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        size = value.square().sum(dim=1, keepdim=True).sqrt_().clamp_min_(1e-12)
        size[..., prompt2sign.NECK] = 1.0  # a place, not a direction
        return value / size, size

    def __call__(self, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Losses [B] and slopes of directions of any length, and of the neck's place, [B, 3, T, 50]."""
        unit, size = self._unit(value)
        bones = unit * self._length
        points = bones[:, :2] @ self._sums.T
        away = points - self._xy
        pull = self._weight * away
        steps = points.diff(dim=2)
        drag = self._tie * steps
        depth_steps = bones[:, 2:].diff(dim=2)
        depth_drag = self._depth_tie * depth_steps
        loss = (pull * away).flatten(1).sum(1)
        loss = loss + (drag * steps).flatten(1).sum(1) + (depth_drag * depth_steps).flatten(1).sum(1)
        pull[:, :, 1:] += drag
        pull[:, :, :-1] -= drag
        slope = torch.zeros_like(bones)
        slope[:, :2] = pull @ self._sums
        slope[:, 2:, 1:] += depth_drag
        slope[:, 2:, :-1] -= depth_drag
        slope *= 2.0 * self._length
        along = (slope * unit).sum(dim=1, keepdim=True) * self._turns
        return loss, (slope - along * unit) / size
