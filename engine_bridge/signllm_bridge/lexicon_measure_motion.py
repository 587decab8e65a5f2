"""Measures on whole motions: bone lengths, smoothness, how alike two signs are, and what making them costs."""

from __future__ import annotations

import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfiltfilt

from signllm.lexicon.phonology import Sign
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm.source import FPS

Array = npt.NDArray[np.float64]

_CUTOFF_HZ: Final = 6.0
"""Voluntary movement of the arm has next to nothing above it (Winter, "Biomechanics and Motor Control", ch. 3); what
is above it in real clips is the trembling of the pose estimator."""
_SAMPLES: Final = 20
"""Frames to which every sign is resampled before two are aligned: tempo is not what tells signs apart."""
_REPEATS: Final = 3
_HANDS: Final = [k for side in prompt2sign.HAND_BASE for k in range(50)[prompt2sign.hand_slice(side)]]


def bone_variance(clips: Sequence[npt.NDArray[np.floating]]) -> float:
    """Greatest variance of any limb's length over all frames of all clips [T, 50, 3], in square metres."""
    starts, ends = np.array(prompt2sign.LIMBS[1:]).T  # without nose to neck, which turns with the head
    lengths = np.concatenate([np.linalg.norm(clip[:, ends] - clip[:, starts], axis=-1) for clip in clips])
    return float(lengths.astype(np.float64).var(axis=0).max())


def wrist_jerk(path: Array, fps: float) -> float:
    """Root mean square of the third derivative of a path [T, 2 or 3] below 6 Hz, m/s³."""
    sos = butter(2, _CUTOFF_HZ, fs=fps, output="sos")
    smooth = sosfiltfilt(sos, path, axis=0, padlen=min(9, len(path) - 1))
    third = np.diff(smooth, n=3, axis=0) * fps**3
    return float(np.sqrt(np.mean(np.sum(third**2, axis=-1))))


@dataclass(frozen=True, eq=False)
class RealClip:
    """The body of a signer, as an estimator saw it."""

    fps: float
    wrists: Mapping[str, Array]
    """Right and left, [T, 2] metres in the picture's plane at the avatar's shoulder width."""


def load_real_clip(path: Path) -> RealClip:
    """A `.pose` file, version 0.1, with MediaPipe's landmarks.

    Source: header and body as in the specification of github.com/sign-language-processing/pose, v0.1.
    """
    data, at = path.read_bytes(), 10  # version, width, height, depth
    (components,) = struct.unpack_from("<H", data, at)
    at, names = at + 2, []

    def text() -> str:
        nonlocal at
        (length,) = struct.unpack_from("<H", data, at)
        at += 2 + length
        return data[at - length : at].decode()

    for _ in range(components):
        component, _ = text(), text()
        points, limbs, colours = struct.unpack_from("<HHH", data, at)
        at += 6
        names += [f"{component}.{text()}" for _ in range(points)]
        at += 4 * limbs + 6 * colours
    fps, frames, people = struct.unpack_from("<HHH", data, at)
    shape = (frames, people, len(names), 3)
    values = np.frombuffer(data, dtype="<f4", count=int(np.prod(shape)), offset=at + 6).reshape(shape)[:, 0]
    point = {name: values[:, k, :2].astype(np.float64) for k, name in enumerate(names)}
    apart = point["POSE_LANDMARKS.LEFT_SHOULDER"] - point["POSE_LANDMARKS.RIGHT_SHOULDER"]
    scale = humanoid.SHOULDER_WIDTH / float(np.median(np.linalg.norm(apart, axis=-1)))
    wrists = {side: scale * point[f"POSE_LANDMARKS.{side.upper()}_WRIST"] for side in ("right", "left")}
    return RealClip(float(fps), wrists)


def closest_pairs(tracks: Mapping[str, Array], count: int) -> list[tuple[float, str, str]]:
    """The pairs of signs whose hands move most alike.

    Both signs are resampled to the same number of frames and aligned by dynamic time warping (Sakoe and Chiba 1978,
    symmetric steps, normalised by both lengths); frames are compared by the root mean square distance of the 42
    keypoints of the hands.

    Args:
        tracks: By name, keypoints [T, 50, 3] without the ways in and out.
        count: How many pairs.

    Returns:
        Metres and both names, the closest pair first.
    """
    names = list(tracks)
    if len(names) < 2:
        return []
    samples = np.stack([_resampled(tracks[name]) for name in names])  # [N, S, 126]
    flat = samples.reshape(-1, samples.shape[-1])
    square = np.sum(flat * flat, axis=1)
    apart = np.maximum(square[:, None] + square[None] - 2.0 * flat @ flat.T, 0.0)
    apart = np.sqrt(apart / len(_HANDS)).reshape(len(names), _SAMPLES, len(names), _SAMPLES)
    one, two = np.triu_indices(len(names), k=1)
    distance = _warped(apart[one, :, two, :])
    order = np.argsort(distance, kind="stable")[:count]
    return [(float(distance[k]), names[one[k]], names[two[k]]) for k in order]


def _resampled(track: Array) -> Array:
    """[S, 126] the hands at equal shares of the sign."""
    hands = track[:, _HANDS].reshape(len(track), -1).astype(np.float64)
    at = np.linspace(0.0, len(track) - 1.0, _SAMPLES)
    low = np.minimum(at.astype(np.int64), len(track) - 1)
    high = np.minimum(low + 1, len(track) - 1)
    share = (at - low)[:, None]
    return np.asarray((1.0 - share) * hands[low] + share * hands[high])


def _warped(cost: Array) -> Array:
    """[P] mean cost along the best alignment of P pairs, cost [P, S, S]."""
    total = np.full_like(cost, np.inf)
    size = cost.shape[1]
    for i in range(size):
        for j in range(size):
            here = cost[:, i, j]
            if i == j == 0:
                total[:, 0, 0] = 2.0 * here
                continue
            best = np.full(len(cost), np.inf)
            if i:
                best = np.minimum(best, total[:, i - 1, j] + here)
            if j:
                best = np.minimum(best, total[:, i, j - 1] + here)
            if i and j:
                best = np.minimum(best, total[:, i - 1, j - 1] + 2.0 * here)
            total[:, i, j] = best
    return np.asarray(total[:, -1, -1] / (2 * size))


@dataclass(frozen=True)
class Cost:
    """What synthesis takes of one core."""

    times_real_time: float
    """Seconds of motion per second of work, over all signs, nothing made before."""
    first_frame_ms: float
    """Median time from a gloss to its first frame, all signs planned as in a server."""
    slowest_first_frame_ms: float


def synthesis_cost(signs: Mapping[str, Sign], names: Sequence[str]) -> Cost:
    """Make every sign from rest to rest; times are the process's own.

    Each time is the best of three, as other work on the machine can only add to it.
    """
    known = dict(signs)
    Synthesiser(known).clip(names[:1])  # handshapes and places are read from their files once per process
    whole = np.array([[_whole(known, name) for _ in range(_REPEATS)] for name in names]).min(axis=1)
    firsts = []
    for _ in range(_REPEATS):
        prepared = Synthesiser(known)
        prepared.prepare()
        firsts.append([_first(prepared, name) for name in names])
    first = 1e3 * np.min(firsts, axis=0)
    frames, spent = whole.T
    return Cost(float(frames.sum() / FPS / spent.sum()), float(np.median(first)), float(first.max()))


def _whole(signs: dict[str, Sign], name: str) -> tuple[float, float]:
    """Frames of a sign, and seconds for all of them."""
    start = time.process_time()
    frames = len(Synthesiser(signs).clip([name])[0])
    return frames, time.process_time() - start


def _first(synthesiser: Synthesiser, name: str) -> float:
    """Seconds to the first frame of a sign."""
    start = time.process_time()
    next(synthesiser.pieces([name]))
    return time.process_time() - start
