"""Eyes, lids, brows and mouth: small open sheets that lie on the skin of the face.

They are separate from the skin so that their edges stay sharp on a coarse mesh; every rim that should not show is
sunk a little into the skin. Angles on the eyeball: azimuth to the left, elevation upwards, zero straight ahead.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from signllm.motion import rotation
from signllm_bridge.avatar import fields, head, surface, warps
from signllm_bridge.avatar.fields import Array

EYEBALL = 0.0132
UPPER_LID, LOWER_LID = 0.0156, 0.0142
"""Radii of the lids. A blink moves the lid in a straight line, so that the upper one needs room over the eyeball."""
MOUTH_WIDTH = 0.0245
"""Half the width of the mouth."""

_OPENING = np.radians(62.0)
_LID_ANGLES = {
    "": (19.0, -19.0),
    "eyeBlink": (-21.0, -16.5),
    "eyeWide": (33.0, -25.0),
    "eyeSquint": (11.0, -8.0),
    "eyeLookUp": (27.0, -16.0),
    "eyeLookDown": (3.0, -24.0),
    "cheekSquint": (19.0, -8.0),
}
"""Morph -> degrees of elevation of the edges of both lids; first the open eye."""
_GAZE = {"eyeLookUp": (0.0, -24.0), "eyeLookDown": (0.0, 24.0), "eyeLookIn": (-30.0, 0.0), "eyeLookOut": (30.0, 0.0)}
"""Morph -> degrees by which the left eye turns to the left and downwards."""


@dataclass(frozen=True, eq=False)
class Lips:
    """How a sheet in the mouth goes with the lips; each row for its vertices, [V]."""

    upper: Array
    """Share of the upper lip's movement."""
    lower: Array
    """Share of the lower lip's movement when the jaw opens."""
    jaw_shut: Array
    """Share of the lower lip's movement while the jaw is shut."""
    rolled: Array
    """[V, 3] offsets of a lip that is rolled in."""


@dataclass(frozen=True, eq=False)
class Feature:
    """One sheet, the bone that carries it, and what moves it besides the warp of the whole face."""

    material: str
    shape: surface.Surface
    bone: str = "head"
    own: dict[str, Array] = field(default_factory=dict)
    """Morph without its side -> offsets [V, 3], for a sheet that the warp of the face leaves alone."""
    side: str = ""
    lips: Lips | None = None


def all_features() -> list[Feature]:
    """Everything on the face that is not skin or hair."""
    return [*eyes("left"), *eyes("right"), *(one(side) for side in ("left", "right") for one in (ear, brow)), *mouth()]


def eyes(side: str) -> list[Feature]:
    """Eyeball, iris, pupil and glint, which turn with the eye bone or by morphs, and the lids."""
    sign = 1.0 if side == "left" else -1.0
    centre = head.EYE * np.array([sign, 1.0, 1.0])
    discs = (("eye", 0.0, 95.0, 4, 14), ("iris", 0.0003, 27.0, 2, 16), ("pupil", 0.0006, 12.5, 1, 14))
    domes = {
        material: _dome(centre, EYEBALL + lift, np.radians(reach), rings, spokes)
        for material, lift, reach, rings, spokes in discs
    }
    # The highlight sits up and to the signer's left on both eyes, as one lamp would make it.
    toward = np.array([0.20, 0.24, 0.95])
    domes["glint"] = _dome(centre, EYEBALL + 0.0008, np.radians(4.5), 1, 8, toward)
    parts = [
        Feature(material, dome, f"{side}Eye", _turns(dome.vertices - centre, sign), side)
        for material, dome in domes.items()
    ]
    for material, radius, rows, upper in (("skin", UPPER_LID, 5, True), ("skin", LOWER_LID, 4, False)):
        parts.append(_lid(material, side, centre, radius, rows, upper=upper, band=None))
    parts.append(_lid("hair", side, centre, UPPER_LID + 0.0003, 2, upper=True, band=np.radians(6.5)))
    return parts


def _turns(arms: Array, sign: float) -> dict[str, Array]:
    """Offsets of points of the eye, [V, 3] from its centre, for each gaze.

    A morph moves them straight: half way the eye is a little smaller, but all its layers are, so that none pokes out.
    """
    angles = {name: np.radians([down, sign * left, 0.0]) for name, (left, down) in _GAZE.items()}
    return {name: rotation.rotate(rotation.rotvec_to_quat(angle), arms) - arms for name, angle in angles.items()}


def _dome(
    centre: Array, radius: float, reach: float, rings: int, spokes: int, toward: Array | None = None
) -> surface.Surface:
    """Part of a sphere around `toward` (straight ahead), up to the angle `reach`."""
    polar = np.linspace(0.0, reach, rings + 1)[1:, None]
    turn = np.linspace(0.0, 2.0 * np.pi, spokes, endpoint=False)[None]
    ring = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar) + 0.0 * turn], axis=-1)
    direction = np.concatenate([[[0.0, 0.0, 1.0]], ring.reshape(-1, 3)])
    if toward is not None:
        forward = toward / np.linalg.norm(toward)
        right = np.cross([0.0, 1.0, 0.0], forward)
        right /= np.linalg.norm(right)
        direction = direction @ np.stack([right, np.cross(forward, right), forward])
    number = 1 + np.arange(rings * spokes).reshape(rings, spokes)
    following = np.roll(number, -1, axis=1)
    fan = np.stack([np.zeros(spokes, dtype=np.int64), number[0], following[0]], axis=-1)
    corners = (number[:-1], number[1:], following[1:], following[:-1])
    quads = np.stack([corner.ravel() for corner in corners], axis=-1)
    vertices = centre + radius * direction
    return surface.Surface(vertices, direction, np.concatenate([fan, surface.split_quads(vertices, quads)]))


def _lid_points(
    centre: Array, radius: float, rows: int, opening: tuple[float, float], *, upper: bool, band: float | None
) -> Array:
    """[13, rows, 3] lid from its edge to under the skin, or, with `band`, only that much of it (the lashes)."""
    azimuth = np.linspace(-1.45, 1.45, 13)
    height = np.radians(opening[0 if upper else 1])
    # The edge follows the almond of the eye; beyond the corners both lids meet just below the middle.
    almond = np.maximum(0.0, np.cos(0.5 * np.pi * np.minimum(1.0, np.abs(azimuth) / _OPENING))) ** 0.8
    corner = np.radians(-3.0)
    edge = corner + (height - corner) * almond
    last = edge + band * (0.35 + 0.65 * almond) if band else np.full(13, np.radians(88.0 if upper else -88.0))
    elevation = edge[:, None] + (last - edge)[:, None] * np.linspace(0.0, 1.0, rows)
    across = np.broadcast_to(azimuth[:, None], elevation.shape)
    flat = np.cos(elevation)
    direction = np.stack([flat * np.sin(across), np.sin(elevation), flat * np.cos(across)], axis=-1)
    return np.asarray(centre + radius * direction)


def _lid(
    material: str, side: str, centre: Array, radius: float, rows: int, *, upper: bool, band: float | None
) -> Feature:
    points = {
        name: _lid_points(centre, radius, rows, opening, upper=upper, band=band)
        for name, opening in _LID_ANGLES.items()
    }
    rest = points[""].reshape(-1, 3)
    # A lid that lights like a ball looks like a bag under the eye: turn it forward, and near the skin as the skin is.
    slope = fields.gradient(head.head_field(), rest)
    share = np.tile(np.linspace(0.0, 1.0, rows), 13)[:, None]
    normals = (1.0 - share) * ((rest - centre) / radius + (0.0, 0.0, 1.2)) + 2.0 * share * slope
    shape = surface.sheet(points[""], normals / np.linalg.norm(normals, axis=1, keepdims=True))
    moves = {name: there.reshape(-1, 3) - rest for name, there in points.items() if name}
    return Feature(material, shape, own=moves, side=side)


def ear(side: str) -> Feature:
    """An ear: an oval shell, hollow in the middle, its front edge inside the head, leaning back and outwards."""
    sign = 1.0 if side == "left" else -1.0
    spokes = 14
    turn = np.linspace(0.0, 2.0 * np.pi, spokes, endpoint=False)[:, None]
    # Rings from the bottom of the hollow over the rim to the back of the shell: radius and how far it stands out.
    radius = np.array([0.0, 0.42, 0.72, 0.92, 1.0, 0.94, 0.70])
    out = np.array([0.0030, 0.0040, 0.0080, 0.0096, 0.0065, 0.0000, -0.0120])
    lobe = 1.0 - 0.30 * np.maximum(0.0, -np.sin(turn))
    points = np.stack(
        [out + 0.0 * turn, 0.0275 * radius * np.sin(turn), -0.0165 * radius * np.cos(turn) * lobe], axis=-1
    )
    points[..., 0] += 0.22 * np.maximum(0.0, -points[..., 2])
    points[..., 2] -= 0.16 * points[..., 1]
    points = points * (sign, 1.0, 1.0) + (sign * 0.0695, 1.609, 0.018)
    fan = surface.closed_fan(points)
    # The fan's faces look the way its spokes turn; seen from outside that is right on one side only.
    shape = fan if sign < 0.0 else surface.Surface(fan.vertices, -fan.normals, fan.faces[:, ::-1])
    return Feature("skin", shape, side=side)


def brow(side: str) -> Feature:
    """A brow: thicker inside, thin and slightly lower at its outer end."""
    sign = 1.0 if side == "left" else -1.0
    u, v = np.meshgrid(np.linspace(0.0, 1.0, 11), np.linspace(-1.0, 1.0, 3), indexing="ij")
    x = 0.0125 + 0.0405 * u
    thickness = 0.0036 * (1.0 - 0.75 * u**2) * np.minimum(1.0, 0.55 + 4.0 * u)
    y = 1.6472 + 0.0068 * np.sin(np.pi * (0.04 + 0.78 * u)) - 0.0022 * u + thickness * v
    points = _on_skin(sign * x, y, 0.0014 - 0.0020 * v**2)
    return Feature("hair", surface.sheet(*points), side=side)


def mouth() -> list[Feature]:
    """Lips, and between them what an open mouth shows: its inside and the teeth, of no height while it is shut."""
    u = np.linspace(-1.0, 1.0, 15)
    body = (1.0 - u**2) ** 0.75
    meet = warps.MOUTH_HEIGHT + 0.0034 * u**2 - 0.0010 * np.exp(-((u / 0.22) ** 2))
    bow = meet + 0.0074 * body * (1.0 - 0.16 * np.exp(-((u / 0.13) ** 2)))
    under = meet - 0.0088 * body * (1.0 - 0.15 * u**2)
    x = np.broadcast_to((MOUTH_WIDTH * u)[:, None], (15, 3))
    bulge = np.stack([-0.0012 + 0.0 * u, 0.0024 * body, 0.0004 + 0.0 * u], axis=-1)
    give = body**0.6
    parts = []
    for outer, upper in ((bow, True), (under, False)):
        y = np.stack([outer, 0.5 * (outer + meet), meet], axis=-1)
        still, moving = np.zeros(45), np.repeat(give, 3)
        up, down = (moving, still) if upper else (still, moving)
        rolled = np.stack([0.0 * y, 0.85 * (meet[:, None] - y), -0.6 * np.maximum(bulge, 0.0)], axis=-1).reshape(-1, 3)
        lips = Lips(up, down, down, rolled)
        parts.append(Feature("lips", surface.sheet(*_on_skin(x, y, bulge)), lips=lips))
    # Share of the gap at the sheet's upper and lower edge: of the upper lip's way, of the open jaw, of the lower lip's.
    # Upper teeth stand still behind the lips; lower ones meet them while the jaw is shut, and go down behind the lip
    # with it: a thin light line along that lip would only flicker at the size of a page.
    for material, lift, upper_lip, jaw, lower_lip in (
        ("mouth", 0.0002, (1.0, 0.0), (0.0, 1.0), (0.0, 1.0)),
        ("teeth", 0.0008, (0.9, 0.0), (0.0, 0.26), (0.0, 0.40)),
        ("teeth", 0.0006, (0.0, 0.0), (1.0, 1.0), (0.44, 1.0)),
    ):
        points, normals = _on_skin(x, np.repeat(meet[:, None], 3, axis=1), lift + 0.0 * x)
        up, down, shut = ((give[:, None] * np.linspace(*ends, 3)).ravel() for ends in (upper_lip, jaw, lower_lip))
        shape = surface.Surface(points.reshape(-1, 3), normals, _grid_faces(15, 3))
        parts.append(Feature(material, shape, lips=Lips(up, down, shut, np.zeros((45, 3)))))
    return [*parts, tongue()]


def tongue() -> Feature:
    """A tongue behind the closed lips: a flat bar with a round tip."""
    along, around = np.meshgrid(np.linspace(0.0, 1.0, 7), np.linspace(0.0, 2.0 * np.pi, 9), indexing="ij")
    width = np.sqrt(np.maximum(0.0, 1.0 - along**5))
    outwards = np.stack([np.sin(around), np.cos(around), 0.9 * along**4], axis=-1)
    points = np.stack(
        [
            0.0130 * width * np.sin(around),
            warps.MOUTH_HEIGHT - 0.0005 + 0.0034 * width**0.5 * np.cos(around),
            0.100 + 0.0345 * along**0.8,
        ],
        axis=-1,
    )
    normals = (outwards / np.linalg.norm(outwards, axis=-1, keepdims=True)).reshape(-1, 3)
    t = along.ravel()
    out = np.stack([0.0 * t, -0.0170 * t**2, 0.006 + 0.025 * t], axis=-1)
    hang = np.tile([0.0, -0.0080, -0.0020], (len(t), 1))
    return Feature("tongue", surface.sheet(points, normals), own={"tongueOut": out, "jawOpen": hang})


def _on_skin(x: Array, y: Array, lift: Array) -> tuple[Array, Array]:
    """Points [U, V, 3] in front of the skin at x, y by `lift` metres, and the normals [U * V, 3] of such a sheet."""
    points = np.stack([x, y, head.depth(x, y) + lift], axis=-1)
    along, across = np.gradient(points, axis=0), np.gradient(points, axis=1)
    normals = np.cross(along, across).reshape(-1, 3)
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    normals = np.where(length > 1e-12, normals / np.maximum(length, 1e-12), np.array([0.0, 0.0, 1.0]))
    return points, np.where(normals[:, 2:] < 0.0, -normals, normals)


def _grid_faces(rows: int, columns: int) -> surface.Faces:
    """Faces of a sheet that has no area at rest: rows run to the left (+X), columns downwards, front to +Z."""
    number = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (n.ravel() for n in (number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]))
    return np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)])
