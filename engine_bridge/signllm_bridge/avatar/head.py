"""Skin of the head and neck, ears and hair, in the coordinates of the T-pose; symmetric."""

from __future__ import annotations

from functools import cache

import numpy as np

from signllm_bridge.avatar import fields, surface
from signllm_bridge.avatar.fields import Array, Field

EYE = np.array([0.032, 1.625, 0.110])
"""Centre of the left eye: the humanoid's `leftEye` bone."""


_SEAM = 0.004
"""Metres on either side of the midline over which mirrored shapes are rounded into each other."""


@cache
def skull_field() -> Field:
    """Cranium without face, ears or neck: what hair grows on."""
    cranium = fields.ellipsoid((0.0, 1.640, 0.026), (0.0735, 0.091, 0.100))
    brow = fields.ellipsoid((0.032, 1.652, 0.070), (0.046, 0.056, 0.056))
    nape = fields.ellipsoid((0.0, 1.596, -0.012), (0.053, 0.062, 0.052))
    return fields.mirrored(fields.blend([cranium, brow, nape], 0.030), _SEAM)


@cache
def head_field() -> Field:
    """All of the skin from the collar up, without the ears."""
    cheek = fields.ellipsoid((0.034, 1.585, 0.081), (0.031, 0.036, 0.037))
    side = fields.ellipsoid((0.026, 1.572, 0.052), (0.037, 0.050, 0.050))
    jaw = fields.capsule((0.040, 1.560, 0.032), (0.010, 1.515, 0.106), 0.0205, 0.0210)
    muzzle = fields.ellipsoid((0.0, 1.553, 0.098), (0.037, 0.034, 0.043))
    chin = fields.ellipsoid((0.0, 1.514, 0.110), (0.022, 0.019, 0.025))
    ridge = fields.capsule((0.010, 1.645, 0.109), (0.048, 1.647, 0.092), 0.019, 0.017)
    face = fields.blend([skull_field(), cheek, side, jaw, muzzle, chin, ridge], 0.022)
    bridge = fields.capsule((0.0, 1.642, 0.116), (0.0, 1.5905, 0.1510), 0.0095, 0.0120)
    wing = fields.ellipsoid((0.0110, 1.5850, 0.138), (0.0085, 0.0080, 0.0120))
    root = fields.ellipsoid((0.0, 1.598, 0.122), (0.0135, 0.0250, 0.0270))
    nose = fields.blend([bridge, root, wing], 0.009)
    socket = fields.ellipsoid(np.add(EYE, (0.001, 0.001, 0.0190)), (0.0190, 0.0110, 0.0170))
    neck = fields.tube(
        1,
        [
            (1.370, -0.062, 0.062, -0.060, 0.066),
            (1.440, -0.0525, 0.0525, -0.046, 0.077),
            (1.500, -0.0495, 0.0495, -0.038, 0.080),
            (1.560, -0.046, 0.046, -0.032, 0.066),
            (1.600, -0.026, 0.026, -0.020, 0.050),
        ],
    )

    def field(p: Array) -> Array:
        total = fields.smooth_min(face(p), nose(p), 0.012)
        total = fields.smooth_max(total, -socket(p), 0.010)
        return fields.smooth_min(total, neck(p), 0.024)

    return fields.mirrored(field, _SEAM)


_HAIR_CENTRE = np.array([0.0, 1.640, 0.020])
_HAIRLINE = np.radians(
    [
        (0, 30),
        (30, 29),
        (48, 24),
        (58, 12),
        (66, -6),
        (74, -7),
        (80, 10),
        (95, 12),
        (112, -4),
        (125, -30),
        (150, -38),
        (180, -39),
    ]
).T
"""Azimuth from straight ahead and elevation of the hair's edge: forehead, temple, sideburn, over the ear, nape."""
_HAIR_THICKNESS = 0.0095


@cache
def head_surface() -> surface.Surface:
    """Closed mesh of the skin; the neck ends inside the collar."""
    half = surface.grid_line((0.0, 0.0082), (0.041, 0.0150), end=0.102)
    x = np.concatenate([-half[:0:-1], half])
    y = surface.grid_line((1.355, 0.026), (1.485, 0.0110), (1.57, 0.0082), (1.66, 0.024), end=1.765)
    z = surface.grid_line((-0.095, 0.026), (0.05, 0.0140), (0.09, 0.0090), end=0.178)
    return surface.polygonise(head_field(), [x, y, z])


@cache
def hair_surface() -> surface.Surface:
    """A plain short cut: a sheet over the skull from the crown to the hairline, its edge sunk into the skin."""
    spokes, rings = 44, 9
    azimuth = np.linspace(-np.pi, np.pi, spokes, endpoint=False)[:, None]
    edge = np.interp(np.abs(azimuth), *_HAIRLINE)
    along = np.linspace(0.0, 1.0, rings)[None] ** 0.9
    elevation = 0.5 * np.pi + (edge - 0.5 * np.pi) * along
    flat = np.cos(elevation)
    direction = np.stack([flat * np.sin(azimuth), np.sin(elevation), flat * np.cos(azimuth)], axis=-1)
    lift = np.minimum(_HAIR_THICKNESS, 0.055 * np.sqrt(1.0 - along) - 0.004)
    rays = direction.reshape(-1, 3)
    reach = _ray_length(skull_field(), _HAIR_CENTRE, rays) + np.broadcast_to(lift, elevation.shape).ravel()
    points = (_HAIR_CENTRE + reach[:, None] * rays).reshape(spokes, rings, 3)
    return surface.closed_fan(points)


def _ray_length(field: Field, origin: Array, directions: Array) -> Array:
    """Distance from `origin`, inside the solid, to its surface along unit directions [N, 3], by bisection."""
    near, far = np.zeros(len(directions)), np.full(len(directions), 0.20)
    for _ in range(20):
        middle = 0.5 * (near + far)
        inside = field(origin + middle[:, None] * directions) < 0.0
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
    return np.asarray(0.5 * (near + far))


def depth(x: Array, y: Array) -> Array:
    """Coordinate z of the face's skin in front of points x, y of the frontal plane, by bisection from the front."""
    field = head_field()
    near, far = np.full(x.shape, 0.180), np.full(x.shape, 0.040)
    for _ in range(22):
        middle = 0.5 * (near + far)
        inside = field(np.column_stack([x.ravel(), y.ravel(), middle.ravel()])).reshape(x.shape) < 0.0
        near, far = np.where(inside, near, middle), np.where(inside, middle, far)
    return np.asarray(0.5 * (near + far))


def head_weights(p: Array) -> tuple[list[str], Array]:
    """Bone names and weights [N, 3] of points of the head and neck."""
    neck = fields.smoothstep(1.385, 1.450, p[:, 1])
    # The line between neck and head rises from the nape to below the chin: the whole face belongs to the head.
    head = fields.smoothstep(1.455, 1.535, p[:, 1] + 0.45 * (p[:, 2] - 0.02))
    return ["upperChest", "neck", "head"], np.stack(
        [1.0 - np.maximum(neck, head), np.maximum(neck - head, 0.0), head], -1
    )
