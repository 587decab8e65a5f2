"""Unit quaternions in 32 bits: the largest component is left out, the other three take ten bits each.

The bit layout and its reasons are in `proto/README.md`. Numpy alone, vectorised over joints and frames.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

BYTES_PER_ROTATION: Final = 4
MAX_ERROR_DEG: Final = 0.28
"""Bound on the angle between a rotation and its decoded copy: all four components at 1/2 is the worst case."""

_STEPS: Final = 511
"""Steps on each side of zero; an odd number of levels (1023) makes zero, and so the rest pose, exact."""
_SCALE: Final = _STEPS * np.sqrt(2.0)  # the three smaller components lie within 1/sqrt(2)
_KEPT: Final = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
"""Row m: the components that are kept, in order, when m is left out."""
_SHIFTS: Final = np.array([20, 10, 0], dtype=np.uint32)


def pack_rotations(quaternions: npt.ArrayLike) -> npt.NDArray[np.uint32]:
    """One integer for each unit quaternion, [..., 4] -> [...].

    Raises:
        ValueError: The last axis is not four long, or a component is not finite.
    """
    q = np.asarray(quaternions, dtype=np.float64)
    if q.ndim == 0 or q.shape[-1] != 4:
        raise ValueError(f"expected quaternions [..., 4], got shape {q.shape}")
    if not np.isfinite(q).all():
        raise ValueError("quaternions must be finite; a NaN here is an error of the code that made them")
    largest = np.abs(q).argmax(axis=-1)[..., None]  # [..., 1]
    sign = np.where(np.take_along_axis(q, largest, axis=-1) < 0.0, -1.0, 1.0)
    kept = sign * np.take_along_axis(q, _KEPT[largest[..., 0]], axis=-1)  # [..., 3]
    levels = (np.clip(np.rint(_SCALE * kept), -_STEPS, _STEPS) + _STEPS).astype(np.uint32)
    fields = levels << _SHIFTS
    packed = (largest[..., 0].astype(np.uint32) << np.uint32(30)) | fields[..., 0] | fields[..., 1] | fields[..., 2]
    return np.asarray(packed, dtype=np.uint32)


def unpack_rotations(packed: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Unit quaternions xyzw, [...] -> [..., 4]; the component that was left out is positive or zero."""
    code = np.asarray(packed, dtype=np.uint32)
    levels = ((code[..., None] >> _SHIFTS) & np.uint32(1023)).astype(np.float64)  # [..., 3]
    kept = (levels - _STEPS) / _SCALE
    largest = (code >> np.uint32(30)).astype(np.intp)
    missing = np.sqrt(np.maximum(0.0, 1.0 - np.sum(kept * kept, axis=-1)))
    q = np.empty((*code.shape, 4))
    np.put_along_axis(q, _KEPT[largest], kept, axis=-1)
    np.put_along_axis(q, largest[..., None], missing[..., None], axis=-1)
    return np.asarray(q / np.linalg.norm(q, axis=-1, keepdims=True))


def encode_rotations(quaternions: npt.ArrayLike) -> bytes:
    """Bytes of `Frame.rotations`, little endian, from unit quaternions xyzw [J, 4]."""
    return pack_rotations(quaternions).astype("<u4").tobytes()


def decode_rotations(data: bytes) -> npt.NDArray[np.float64]:
    """Unit quaternions xyzw [J, 4] from the bytes of `Frame.rotations`, whose length is a multiple of four."""
    return unpack_rotations(np.frombuffer(data, dtype="<u4"))
