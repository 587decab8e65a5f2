"""Skin of the head and neck, ears and hair, in the coordinates of the T-pose; symmetric."""

from __future__ import annotations

from functools import cache

import numpy as np

from signllm_bridge.avatar import fields, surface
from signllm_bridge.avatar.fields import Array, Field

EYE = np.array([0.032, 1.625, 0.110])
"""Centre of the left eye: the humanoid's `leftEye` bone."""


@cache
def skull_field() -> Field:
    """Cranium without face, ears or neck: what hair grows on."""
    cranium = fields.ellipsoid((0.0, 1.640, 0.026), (0.0725, 0.091, 0.100))
    brow = fields.ellipsoid((0.030, 1.652, 0.070), (0.045, 0.056, 0.056))
    return fields.blend([cranium, brow], 0.030)


@cache
def head_field() -> Field:
    """All of the skin from the collar up."""
    cheek = fields.ellipsoid((0.032, 1.584, 0.080), (0.031, 0.036, 0.036))
    jaw = fields.capsule((0.048, 1.560, 0.030), (0.012, 1.514, 0.106), 0.024, 0.0215)
    muzzle = fields.ellipsoid((0.0, 1.553, 0.098), (0.036, 0.032, 0.043))
    chin = fields.ellipsoid((0.0, 1.514, 0.110), (0.021, 0.019, 0.025))
    ridge = fields.capsule((0.010, 1.645, 0.109), (0.048, 1.647, 0.092), 0.019, 0.017)
    face = fields.blend([skull_field(), cheek, jaw, muzzle, chin, ridge], 0.022)
    bridge = fields.capsule((0.0, 1.640, 0.116), (0.0, 1.594, 0.1495), 0.0105, 0.0125)
    wing = fields.ellipsoid((0.0125, 1.588, 0.140), (0.0085, 0.0080, 0.0105))
    nose = fields.blend([bridge, wing], 0.008)
    socket = fields.ellipsoid(EYE + (0.001, 0.000, 0.0185), (0.0195, 0.0120, 0.0140))
    neck = fields.tube(
        1,
        [
            (1.370, -0.062, 0.062, -0.060, 0.066),
            (1.440, -0.056, 0.056, -0.046, 0.074),
            (1.500, -0.054, 0.054, -0.036, 0.080),
            (1.560, -0.050, 0.050, -0.030, 0.070),
        ],
    )
    ear = fields.ellipsoid((0.0765, 1.607, 0.018), (0.0075, 0.0290, 0.0160))

    def field(p: Array) -> Array:
        total = fields.smooth_min(face(p), nose(p), 0.012)
        total = fields.smooth_max(total, -socket(p), 0.010)
        total = fields.smooth_min(total, neck(p), 0.024)
        return fields.smooth_min(total, ear(p), 0.006)

    return lambda p: field(np.column_stack([np.abs(p[:, 0]), p[:, 1:]]))


@cache
def hair_field() -> Field:
    """A plain short cut: the skull a centimetre thicker, behind a hairline that runs over the ears to the nape."""
    skull = skull_field()
    back = fields.ellipsoid((0.0, 1.600, -0.015), (0.062, 0.075, 0.062))
    volume = fields.blend([skull, back], 0.030)

    def field(p: Array) -> Array:
        x, y, z = p.T
        front = (1.695 - y) + 0.95 * (z - 0.112) + 2.2 * x * x / 0.08
        nape = 1.545 - y
        around_ear = 0.034 - np.sqrt((1.2 * (z - 0.022)) ** 2 + (y - 1.600) ** 2)
        outline = fields.smooth_max(fields.smooth_max(0.72 * front, nape, 0.012), around_ear, 0.010)
        return fields.smooth_max(volume(p) - 0.0095, outline, 0.007)

    return lambda p: field(np.column_stack([np.abs(p[:, 0]), p[:, 1:]]))


@cache
def head_surface() -> surface.Surface:
    """Closed mesh of the skin; the neck ends inside the collar."""
    half = surface.grid_line((0.0, 0.0075), (0.045, 0.0120), end=0.102)
    x = np.concatenate([-half[:0:-1], half])
    y = surface.grid_line((1.355, 0.022), (1.485, 0.0095), (1.56, 0.0075), (1.66, 0.019), end=1.765)
    z = surface.grid_line((-0.095, 0.023), (0.05, 0.0120), (0.09, 0.0080), end=0.178)
    return surface.polygonise(head_field(), [x, y, z])


@cache
def hair_surface() -> surface.Surface:
    """Closed mesh of the hair."""
    half = surface.grid_line((0.0, 0.0135), end=0.1085)
    x = np.concatenate([-half[:0:-1], half])
    y = surface.grid_line((1.515, 0.0125), end=1.770)
    z = surface.grid_line((-0.115, 0.0140), end=0.165)
    return surface.polygonise(hair_field(), [x, y, z])


def depth(x: Array, y: Array) -> Array:
    """z of the face's skin in front of points x, y of the frontal plane, by bisection from the front."""
    field = head_field()
    near, far = np.full(x.shape, 0.180), np.full(x.shape, 0.040)
    for _ in range(22):
        middle = 0.5 * (near + far)
        inside = field(np.column_stack([x.ravel(), y.ravel(), middle.ravel()])).reshape(x.shape) < 0.0
        near, far = np.where(inside, near, middle), np.where(inside, middle, far)
    return 0.5 * (near + far)


def head_weights(p: Array) -> tuple[list[str], Array]:
    """Bone names and weights [N, 3] of points of the head and neck."""
    neck = fields.smoothstep(1.385, 1.450, p[:, 1])
    # The line between neck and head rises from the nape to below the chin: the whole face belongs to the head.
    head = fields.smoothstep(1.455, 1.535, p[:, 1] + 0.45 * (p[:, 2] - 0.02))
    return ["upperChest", "neck", "head"], np.stack(
        [1.0 - np.maximum(neck, head), np.maximum(neck - head, 0.0), head], -1
    )
