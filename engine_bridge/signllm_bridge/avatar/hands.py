"""The right hand as one closed skin, in its palm space, and how much each bone moves each point of it.

Palm frame: +X to the thumb, +Y from the wrist to the middle knuckle, +Z out of the palm, metres. Each finger is
joined smoothly to the palm, never to its neighbour: the skin between two fingers ends at the web, as in life.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from signllm.lexicon.hand import BONE_RADII, THUMB_REST
from signllm.motion.skeletons import humanoid
from signllm_bridge.avatar import fields, surface
from signllm_bridge.avatar.fields import Array, Field

CUFF = -0.048
"""How far below the wrist joint the skin goes on inside the sleeve (y in the palm space)."""
WRIST_BLEND = (-0.042, 0.010)
"""Along y: where skin and sleeve pass from the forearm to the hand; both use it, so that neither pokes through."""

_FILLET = {"thumb": 0.016, "index": 0.006, "middle": 0.006, "ring": 0.006, "little": 0.006}
_WEB_SHARE = 0.0032


@cache
def finger_joints(finger: str) -> Array:
    """[4, 3] the finger's three joints and its tip, straight, in the palm space of the right hand."""
    rest = humanoid.HUMANOID.rest_positions
    index = humanoid.HUMANOID.index
    joints = rest[[index[bone] for bone in humanoid.finger_bones("right", finger)]] - rest[index["rightHand"]]
    chain = np.stack([joints[:, 2], -joints[:, 0], -joints[:, 1]], axis=-1)
    last = (chain[2] - chain[1]) / np.linalg.norm(chain[2] - chain[1])
    return np.concatenate([chain, chain[2:] + last * humanoid.PHALANGES[finger][2]])


def _finger(finger: str) -> Field:
    """Three bars in a row; the last one's round end touches the tip keypoint from inside."""
    joints, radii = finger_joints(finger).copy(), BONE_RADII[finger]
    last = joints[3] - joints[2]
    joints[3] -= radii[3] * last / np.linalg.norm(last)
    bars = [fields.capsule(joints[k], joints[k + 1], radii[k], radii[k + 1]) for k in range(3)]
    return fields.blend(bars, 0.001)


@cache
def palm_field() -> Field:
    """The hand without its fingers: metacarpals, both balls of the thumb side and little side, webs, wrist."""
    knuckles = {finger: finger_joints(finger)[0] for finger in humanoid.FINGERS}
    wrists = {"index": (0.015, 0.006, 0.0), "middle": (0.004, 0.004, 0.0), "ring": (-0.007, 0.004, 0.0)}
    wrists["little"] = (-0.016, 0.006, 0.0)
    bones = [
        fields.capsule(wrists[finger], knuckles[finger] + (0.0, 0.002, 0.001), 0.0125, BONE_RADII[finger][0] + 0.0012)
        for finger in wrists
    ]
    pads = [
        fields.capsule((0.013, 0.018, 0.009), knuckles["thumb"] - (0.004, 0.004, 0.0), 0.0140, 0.0110),
        fields.capsule((0.010, 0.022, 0.012), (0.026, 0.046, 0.012), 0.0125, 0.0090),
        fields.capsule((0.028, 0.050, 0.006), (0.026, 0.078, 0.003), 0.0090, 0.0080),
        fields.capsule((-0.019, 0.018, 0.005), (-0.028, 0.058, 0.002), 0.0125, 0.0085),
        fields.capsule((-0.028, 0.080, 0.003), (0.018, 0.097, 0.004), 0.0080, 0.0085),
    ]
    webs = [
        fields.capsule(
            finger_joints(one)[0] + (0.0, 0.006, 0.001), finger_joints(other)[0] + (0.0, 0.006, 0.001), 0.0055, 0.0055
        )
        for one, other in itertools.pairwise(("index", "middle", "ring", "little"))
    ]
    palm = fields.blend([*bones, *pads, *webs], 0.014)
    wrist = fields.tube(
        1,
        [
            (CUFF, -0.020, 0.020, -0.0130, 0.0130),
            (-0.014, -0.0225, 0.0225, -0.0150, 0.0155),
            (0.002, -0.0260, 0.0260, -0.0178, 0.0183),
            (0.020, -0.022, 0.024, -0.0130, 0.0155),
            (0.045, -0.008, 0.010, -0.004, 0.006),
        ],
    )

    def field(p: Array) -> Array:
        return fields.smooth_min(palm(p), wrist(p), 0.020)

    return field


@cache
def hand_field() -> Field:
    """The whole skin."""
    palm = palm_field()
    fingers = {finger: _finger(finger) for finger in humanoid.FINGERS}

    def field(p: Array) -> Array:
        base = palm(p)
        joined = [fields.smooth_min(base, one(p), _FILLET[finger]) for finger, one in fingers.items()]
        return np.asarray(np.min(joined, axis=0))

    return field


def _lines() -> list[Array]:
    """Grid planes: fine across the fingers, with a plane in every gap between two of them, coarser along them."""
    across = [finger_joints(finger)[0][0] for finger in ("little", "ring", "middle", "index")]
    gaps = [0.5 * (a + b) for a, b in itertools.pairwise(across)]
    x = surface.grid_line((-0.054, 0.0042), *((gap, 0.0042) for gap in gaps), (0.040, 0.0044), end=0.120)
    y = surface.grid_line((CUFF - 0.006, 0.0100), (0.000, 0.0080), (0.047, 0.0048), end=0.216)
    z = surface.grid_line((-0.030, 0.0034), end=0.036)
    return [x, y, z]


@cache
def hand_surface() -> surface.Surface:
    """Closed mesh of the right hand in its palm space."""
    return surface.polygonise(hand_field(), _lines())


def hand_surfaces() -> dict[str, surface.Surface]:
    """The hand's pieces by material: one closed skin, and five nails that lie on it."""
    nails = [_nail(finger) for finger in humanoid.FINGERS]
    return {"skin": hand_surface(), "nail": surface.merge(nails)}


def nail_direction(finger: str) -> Array:
    """Unit vector from the last bone towards the nail: away from where the finger bends."""
    if finger != "thumb":
        return np.array([0.0, 0.0, -1.0])
    abduction, opposition, twist = THUMB_REST
    assert opposition == 0.0
    bends = np.array([-np.cos(twist), 0.0, np.sin(twist)])
    cos, sin = np.cos(abduction), np.sin(abduction)
    return -np.array([cos * bends[0] + sin * bends[1], -sin * bends[0] + cos * bends[1], bends[2]])


def _nail(finger: str) -> surface.Surface:
    """A curved sheet over the last third of the finger, its rim sunk into the skin so that no edge shows."""
    joints, radius = finger_joints(finger), BONE_RADII[finger][3]
    along = (joints[3] - joints[2]) / np.linalg.norm(joints[3] - joints[2])
    up = nail_direction(finger)
    across = np.cross(along, up)
    u, v = np.meshgrid(np.linspace(-1.0, 1.0, 7), np.linspace(-1.0, 1.0, 6), indexing="ij")
    oval = np.sqrt(np.clip(1.0 - 0.35 * v**4, 0.0, 1.0))
    turn = (0.95 * u * oval)[..., None]
    direction = np.cos(turn) * up + np.sin(turn) * across
    start = joints[3] - along * 1.55 * radius
    raised = 0.0007 - 0.0014 * np.maximum(np.abs(u), np.abs(v)) ** 6
    base = start + (v * 0.95 * radius)[..., None] * along
    skin = fields.project(_finger(finger), (base + 0.8 * radius * direction).reshape(-1, 3))
    normals = fields.gradient(_finger(finger), skin)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return surface.sheet((skin + raised.reshape(-1, 1) * normals).reshape(*u.shape, 3), normals)


def hand_weights(p: Array) -> tuple[list[str], Array]:
    """How much each bone moves points of the right hand.

    Args:
        p: Points in the palm space, [N, 3].

    Returns:
        Bone names without their side (`LowerArm`, `Hand`, `ThumbMetacarpal` ...) and weights [N, bones] that sum to 1.
    """
    names, columns = ["LowerArm", "Hand"], []
    shares = _finger_shares(p)
    left = np.ones(len(p))
    for finger in humanoid.FINGERS:
        beyond = [shares[finger] * ramp for ramp in _beyond_joints(finger, p)]
        names += [bone.removeprefix("right") for bone in humanoid.finger_bones("right", finger)]
        columns += [beyond[0] - beyond[1], beyond[1] - beyond[2], beyond[2]]
        left = left - beyond[0]
    hand = fields.smoothstep(*WRIST_BLEND, p[:, 1])
    return names, np.stack([left * (1.0 - hand), left * hand, *columns], axis=-1)


def _beyond_joints(finger: str, p: Array) -> list[Array]:
    """Three ramps 0..1: how far each point lies beyond the finger's three joints, measured along the finger."""
    joints, radii = finger_joints(finger), BONE_RADII[finger]
    along = (joints[3] - joints[0]) / np.linalg.norm(joints[3] - joints[0])
    s = (p - joints[0]) @ along
    at = (joints - joints[0]) @ along
    ramps = []
    for k in range(3):
        reach = radii[k] * 0.9
        low, high = at[k] - reach, at[k] + reach
        if k == 0:
            low, high = (-0.014, 0.036) if finger == "thumb" else (at[k] - 0.009, at[k] + 0.011)
        ramps.append(fields.smoothstep(low, high, s))
    return ramps


def _finger_shares(p: Array) -> dict[str, Array]:
    """Which finger a point belongs to: all to the nearest one, shared only where two are equally near (the web)."""
    distance = {finger: _finger(finger)(p) for finger in humanoid.FINGERS}
    palm = fields.blend(
        [fields.capsule((0.004, 0.0, 0.0), finger_joints(f)[0], 0.0125, 0.010) for f in ("index", "middle", "little")],
        0.01,
    )(p)
    four = [finger for finger in humanoid.FINGERS if finger != "thumb"]
    nearest = np.min([distance[finger] for finger in four], axis=0)
    raw = {finger: np.clip(1.0 - (distance[finger] - nearest) / _WEB_SHARE, 0.0, 1.0) ** 2 for finger in four}
    total = np.sum(list(raw.values()), axis=0)
    # The ball of the thumb follows the thumb, the palm does not; between them the skin is shared over two centimetres.
    thumb = fields.smoothstep(-0.020, 0.016, np.minimum(palm, nearest) - distance["thumb"])
    return {"thumb": thumb} | {finger: raw[finger] / total * (1.0 - thumb) for finger in four}
