"""The anatomical hand: 21 joint angles in, bone rotations, keypoints and flesh clearances out.

A finger flexes about one fixed axis at its three joints and swings sideways at the knuckle only. The flexion axes lie
slightly oblique, so that the fingers of a fist lean towards the scaphoid and touch (Kapandji, "The Physiology of the
Joints", vol. 1), and the sideways swing fades as the knuckle bends, as the collateral ligaments tighten. The thumb's
metacarpal swings by abduction and opposition, turns about itself by `twist`, and its two joints are hinges.

Everything is in the palm space of a *right* hand, +X to the thumb, +Y from the wrist to the middle knuckle, +Z out of
the palm, until `hand_rotations` turns it into the T-pose; lengths are those of the humanoid skeleton.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.lexicon.handshapes import ANGLE_NAMES
from signllm.motion import rotation
from signllm.motion.skeletons.humanoid import FINGERS, KNUCKLES, PHALANGES, THUMB_ROOT, palm_to_rest

Array = npt.NDArray[np.float64]

THUMB_REST: Final = np.radians([45.0, 0.0, 20.0])
"""Abduction, opposition and twist at which the T-pose rests; all other angles rest at zero."""
BONE_RADII: Final = {
    "thumb": (0.0100, 0.0095, 0.0090, 0.0080),
    "index": (0.0085, 0.0080, 0.0075, 0.0070),
    "middle": (0.0085, 0.0080, 0.0075, 0.0070),
    "ring": (0.0080, 0.0075, 0.0070, 0.0065),
    "little": (0.0070, 0.0066, 0.0062, 0.0058),
}
"""Metres of flesh around each finger's keypoints 1..4. The skin ends *at* keypoint 4, it does not bulge beyond it."""
PALM_THICKNESS: Final = 0.026
PALM_OUTLINE: Final = np.array([[0.018, 0.080], [-0.030, 0.066], [-0.014, 0.012], [0.012, 0.012]])
"""Corners x, y of the flat sheet at z = 0 that, thickened by a ball of half the thickness, is the palm."""

_LEAN: Final = np.array([-0.071, 0.0, 0.049, 0.100])
"""Radians by which each finger's flexion plane leans towards the scaphoid, index to little."""
_RADIAL: Final = np.array([1.0, 1.0, -1.0, -1.0])
"""Abduction spreads: the index moves to the thumb's side, ring and little away from it, the middle to the thumb's."""
_ROOTS: Final = np.array([THUMB_ROOT, *KNUCKLES.values()])
_LENGTHS: Final = np.array([PHALANGES[finger] for finger in FINGERS])
_RADII: Final = np.array([BONE_RADII[finger] for finger in FINGERS])

# Segment s = 3 * finger + bone. Neighbours of one finger always overlap, so that only different fingers are paired.
_FIRST, _SECOND = np.array([(a, b) for a in range(15) for b in range(a + 1, 15) if a // 3 != b // 3]).T
_ON_PALM: Final = np.array([1, 2, 5, 8, 11, 14])
_SEGMENTS: Final = tuple(f"{finger}{k}" for finger in FINGERS for k in (1, 2, 3))
CLEARANCE_PAIRS: Final[tuple[tuple[str, str], ...]] = (
    *((_SEGMENTS[a], _SEGMENTS[b]) for a, b in zip(_FIRST, _SECOND, strict=True)),
    *((_SEGMENTS[s], "palm") for s in _ON_PALM),
)
"""What each value of `clearance` lies between; a segment is named by the keypoint it starts from: `index1`."""


def hand_rotations(angles: npt.ArrayLike) -> Array:
    """Local rotations of the right hand's 15 finger bones, relative to the humanoid's T-pose.

    Args:
        angles: [..., 21] radians, in the order of `ANGLE_NAMES`.

    Returns:
        Unit quaternions xyzw, [..., 15, 4]: thumb, index, middle, ring, little, each from the palm to the tip.

    Raises:
        ValueError: The last axis is not the 21 angles.
    """
    fingers, thumb = _split(angles)
    q = np.empty((*thumb.shape[:-1], 5, 3, 4))
    q[..., 1:, :, :] = _hinge(_FINGER_AXES[:, None], fingers[..., :3])
    q[..., 1:, 0, :] = rotation.multiply(_swing(fingers), q[..., 1:, 0, :])
    q[..., 0, 0, :] = rotation.multiply(_metacarpal(thumb[..., [0, 1, 4]]), rotation.inverse(_THUMB_AT_REST))
    q[..., 0, 1:, :] = _hinge(_THUMB_AXIS, thumb[..., 2:4])
    q = q.reshape(*thumb.shape[:-1], 15, 4)
    return np.concatenate([palm_to_rest(q[..., :3]), q[..., 3:]], axis=-1)


def mirror_rotations(q: npt.ArrayLike) -> Array:
    """The left hand's local rotations, [..., 15, 4], that mirror the right hand's `q`, and the other way round."""
    return np.asarray(rotation.mirror(q), dtype=np.float64)


def palm_keypoints(angles: npt.ArrayLike) -> Array:
    """Keypoints of the right hand in its palm space.

    Args:
        angles: [..., 21] radians, in the order of `ANGLE_NAMES`.

    Returns:
        [..., 21, 3] metres: the wrist at the origin, then thumb, index, middle, ring and little from the palm outwards.
    """
    directions = _bone_directions(angles)
    points = np.zeros((*directions.shape[:-3], 21, 3))
    chains = points[..., 1:, :].reshape(*directions.shape[:-3], 5, 4, 3)
    chains[..., 0, :] = _ROOTS
    chains[..., 1:, :] = _ROOTS[:, None] + np.cumsum(_LENGTHS[..., None] * directions, axis=-2)
    points[..., 1:, :] = chains.reshape(*points.shape[:-2], 20, 3)
    return points


def clearance(angles: npt.ArrayLike) -> Array:
    """Gaps between the flesh of different fingers, and between fingers and palm; negative where they overlap.

    Each bone is a tapered capsule with the radii of `BONE_RADII`. The gap is measured between the closest points of
    the two centre lines; because of the taper it may come out too large, by less than 0.3 mm for fingers that touch.

    Args:
        angles: [..., 21] radians, in the order of `ANGLE_NAMES`.

    Returns:
        [..., P] metres, in the order of `CLEARANCE_PAIRS`.
    """
    start, along, wide, narrow = _capsules(angles)
    s, t = _closest(start[..., _FIRST, :], along[..., _FIRST, :], start[..., _SECOND, :], along[..., _SECOND, :])
    between = start[..., _FIRST, :] + s[..., None] * along[..., _FIRST, :]
    between -= start[..., _SECOND, :] + t[..., None] * along[..., _SECOND, :]
    flesh = (1 - s) * wide[_FIRST] + s * narrow[_FIRST] + (1 - t) * wide[_SECOND] + t * narrow[_SECOND]
    gaps = np.linalg.norm(between, axis=-1) - flesh
    return np.concatenate([gaps, _palm_gaps(start, along, wide, narrow)], axis=-1)


def _split(angles: npt.ArrayLike) -> tuple[Array, Array]:
    """Fingers [..., 4, (mcp, pip, dip, abd)] and thumb [..., (abd, opp, mcp, ip, twist)]."""
    angles = np.asarray(angles, dtype=np.float64)
    if angles.shape[-1:] != (len(ANGLE_NAMES),):
        raise ValueError(f"expected hand angles [..., {len(ANGLE_NAMES)}] in radians, got {angles.shape}")
    return angles[..., :16].reshape(*angles.shape[:-1], 4, 4), angles[..., 16:]


def _sideways(fingers: Array) -> Array:
    """[..., 4] radians towards the thumb by which each straight finger leans at its knuckle."""
    return np.asarray(_RADIAL * fingers[..., 3] * np.maximum(0.0, np.cos(fingers[..., 0])))


def _hinge(axis: Array, angle: Array) -> Array:
    """Quaternions [..., 4] of turns by `angle` [...] about unit axes [..., 3]."""
    half = 0.5 * angle[..., None]
    return np.concatenate([np.sin(half) * axis, np.cos(half)], axis=-1)


def _swing(fingers: Array) -> Array:
    """Abduction of the four knuckles, [..., 4, 4]."""
    return _hinge(np.array([0.0, 0.0, -1.0]), _sideways(fingers))


def _metacarpal(swing: Array) -> Array:
    """Rotation that takes +Y to the thumb's metacarpal and -X to where the thumb bends, [..., 3] -> [..., 4]."""
    abduction, opposition, twist = np.moveaxis(swing, -1, 0)
    y, z = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    turn = rotation.multiply(_hinge(z, -abduction), _hinge(y, twist))
    return np.asarray(rotation.multiply(_hinge(y, -opposition), turn))


def _bone_directions(angles: npt.ArrayLike) -> Array:
    """[..., 5, 3, 3] unit vectors of the bones: every finger stays in the plane of its first bone and its bend."""
    fingers, thumb = _split(angles)
    batch = thumb.shape[:-1]
    bend = np.zeros((*batch, 5, 3))
    bend[..., 0, 1:] = thumb[..., 2:4]
    bend[..., 1:, :] = fingers[..., :3]
    bend = np.cumsum(bend, axis=-1)[..., None]
    straight, inwards = np.empty((*batch, 5, 1, 3)), np.empty((*batch, 5, 1, 3))
    metacarpal = _metacarpal(thumb[..., [0, 1, 4]])
    straight[..., 0, 0, :] = rotation.rotate(metacarpal, np.array([0.0, 1.0, 0.0]))
    inwards[..., 0, 0, :] = rotation.rotate(metacarpal, np.array([-1.0, 0.0, 0.0]))
    swing = _swing(fingers)
    straight[..., 1:, 0, :] = rotation.rotate(swing, np.array([0.0, 1.0, 0.0]))
    inwards[..., 1:, 0, :] = rotation.rotate(swing, _FINGER_BENDS)
    return np.asarray(np.cos(bend) * straight + np.sin(bend) * inwards)


def _capsules(angles: npt.ArrayLike) -> tuple[Array, Array, Array, Array]:
    """Start and extent [..., 15, 3] of the bones' centre lines, and the radii [15] at both ends."""
    points = palm_keypoints(angles)[..., 1:, :]
    chains = points.reshape(*points.shape[:-2], 5, 4, 3)
    along = np.diff(chains, axis=-2)
    along[..., 2, :] *= (1.0 - _RADII[:, 3] / _LENGTHS[:, 2])[:, None]  # the last ball ends where the finger does
    batch = points.shape[:-2]
    start = chains[..., :3, :].reshape(*batch, 15, 3)
    return start, along.reshape(*batch, 15, 3), _RADII[:, :3].ravel(), _RADII[:, 1:].ravel()


def _closest(p: Array, u: Array, q: Array, v: Array) -> tuple[Array, Array]:
    """Shares s, t [...] at which segments p + s u and q + t v [..., 3] are nearest.

    Source: Ericson, "Real-Time Collision Detection", 5.1.9.
    """
    r = p - q
    uu, vv, uv = np.sum(u * u, -1), np.sum(v * v, -1), np.sum(u * v, -1)
    ur, vr = np.sum(u * r, -1), np.sum(v * r, -1)
    slant = uu * vv - uv * uv
    parallel = slant < 1e-9 * uu * vv
    s = np.where(parallel, 0.0, np.clip((uv * vr - ur * vv) / np.where(parallel, 1.0, slant), 0.0, 1.0))
    t = np.clip((uv * s + vr) / vv, 0.0, 1.0)
    s = np.clip((uv * t - ur) / uu, 0.0, 1.0)
    return np.asarray(s), np.asarray(t)


def _palm_gaps(start: Array, along: Array, wide: Array, narrow: Array) -> Array:
    """[..., 6] gaps of the thumb's last two bones and the fingers' last ones to the palm, at their two ends."""
    ends = np.stack([start[..., _ON_PALM, :], start[..., _ON_PALM, :] + along[..., _ON_PALM, :]], axis=-2)
    flesh = np.stack([wide[_ON_PALM], narrow[_ON_PALM]], axis=-1)
    edge = np.roll(PALM_OUTLINE, -1, axis=0) - PALM_OUTLINE
    corner = ends[..., None, :2] - PALM_OUTLINE
    share = np.clip(np.sum(corner * edge, -1) / np.sum(edge * edge, -1), 0.0, 1.0)
    to_edge = np.min(np.linalg.norm(corner - share[..., None] * edge, axis=-1), axis=-1)
    # The corners run anticlockwise seen from +Z: inside is left of every edge.
    inside = np.all(edge[:, 0] * corner[..., 1] - edge[:, 1] * corner[..., 0] >= 0.0, axis=-1)
    distance = np.hypot(np.where(inside, 0.0, to_edge), ends[..., 2])
    return np.asarray(np.min(distance - flesh, axis=-1) - 0.5 * PALM_THICKNESS)


_FINGER_BENDS: Final = np.stack([np.sin(_LEAN), np.zeros(4), np.cos(_LEAN)], axis=-1)
_FINGER_AXES: Final = np.cross(np.array([0.0, 1.0, 0.0]), _FINGER_BENDS)
_THUMB_AT_REST: Final = _metacarpal(THUMB_REST)
_THUMB_AXIS: Final[Array] = np.asarray(rotation.rotate(_THUMB_AT_REST, np.array([0.0, 0.0, 1.0])), dtype=np.float64)
