"""Clothes: a top with long sleeves, trousers and shoes; symmetric, in the coordinates of the T-pose."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge.avatar import fields, hands, surface
from signllm_bridge.avatar.fields import Array, Field

WRIST = float(HUMANOID.rest_positions[HUMANOID.index["leftHand"], 0])
SLEEVE_END = WRIST - 0.012
"""Where the sleeve ends (x); the skin of the hand goes on inside it."""
HEM = 0.88
COLLAR = 1.437

_COLLAR_CENTRE = np.array([0.0, 1.443, 0.0155])
_COLLAR_RADII = np.array([0.0570, 0.0, 0.0655])
_COLLAR_FALL = 0.009

_TORSO = [  # y, half width twice, back z, front z
    (HEM, -0.172, 0.172, -0.118, 0.112),
    (0.94, -0.172, 0.172, -0.120, 0.114),
    (1.03, -0.156, 0.156, -0.106, 0.119),
    (1.11, -0.148, 0.148, -0.100, 0.121),
    (1.20, -0.152, 0.152, -0.106, 0.121),
    (1.28, -0.162, 0.162, -0.112, 0.118),
    (1.34, -0.158, 0.158, -0.110, 0.102),
    (1.385, -0.116, 0.116, -0.092, 0.080),
    (1.415, -0.080, 0.080, -0.072, 0.084),
    (COLLAR, -0.058, 0.058, -0.052, 0.083),
]
_ARM = [  # x, low y, high y, low z, high z; y about the shoulder's height
    (0.06, -0.050, 0.044, -0.055, 0.050),
    (0.18, -0.062, 0.044, -0.055, 0.050),
    (0.26, -0.052, 0.045, -0.052, 0.049),
    (0.36, -0.046, 0.045, -0.046, 0.046),
    (0.46, -0.041, 0.041, -0.042, 0.042),
    (0.53, -0.040, 0.040, -0.043, 0.043),
    (0.62, -0.034, 0.034, -0.039, 0.039),
    (SLEEVE_END, -0.0240, 0.0240, -0.0325, 0.0325),
]


@cache
def top_field() -> Field:
    """Torso, shoulders and sleeves."""
    shoulder = float(HUMANOID.rest_positions[HUMANOID.index["leftUpperArm"], 1])
    arm_rows = [(x, shoulder + low, shoulder + high, back, front) for x, low, high, back, front in _ARM]
    torso = fields.tube(1, _TORSO, power=2.4)
    arm = fields.tube(0, arm_rows)
    slope = fields.capsule((0.030, 1.418, -0.014), (0.165, 1.376, -0.006), 0.036, 0.040)
    limb = fields.blend([arm, slope], 0.030)

    def field(p: Array) -> Array:
        return fields.smooth_min(torso(p), limb(p), 0.045)

    return fields.mirrored(field)


@cache
def trousers_field() -> Field:
    """Hips and legs down to the ankles; the waist is hidden under the top."""
    hips = fields.ellipsoid((0.0, 0.915, -0.003), (0.163, 0.100, 0.106))
    thigh = fields.capsule((0.088, 0.880, 0.0), (0.090, 0.490, 0.005), 0.082, 0.060)
    shin = fields.capsule((0.090, 0.490, 0.005), (0.090, 0.085, -0.015), 0.060, 0.047)
    return fields.mirrored(fields.blend([hips, thigh, shin], 0.030))


@cache
def shoes_field() -> Field:
    """Plain shoes that stand on the floor."""
    shoe = fields.capsule((0.090, 0.042, -0.030), (0.092, 0.034, 0.115), 0.044, 0.036)
    return fields.mirrored(lambda p: fields.smooth_max(shoe(p), 0.002 - p[:, 1], 0.008))


@cache
def top_surface() -> surface.Surface:
    """Closed mesh of the top."""
    half = surface.grid_line(
        (0.0, 0.036), (0.14, 0.023), (0.27, 0.040), (0.40, 0.019), (0.52, 0.038), (SLEEVE_END - 0.012, 0.008), end=0.735
    )
    x = np.concatenate([-half[:0:-1], half])
    y = surface.grid_line((0.865, 0.008), (0.89, 0.045), (1.22, 0.032), (1.305, 0.020), end=1.48)
    z = surface.grid_line((-0.150, 0.032), (-0.058, 0.0193), (0.058, 0.032), end=0.150)
    return surface.polygonise(top_field(), [x, y, z])


@cache
def collar_surface() -> surface.Surface:
    """A ribbed edge where the top meets the neck: a ring that falls from the nape to the throat."""
    around = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)[:, None]
    across = np.linspace(0.0, 2.0 * np.pi, 5, endpoint=False)[None]
    outwards = np.stack([np.sin(around), np.zeros_like(around), np.cos(around)], axis=-1)
    middle = outwards * _COLLAR_RADII + _COLLAR_CENTRE
    middle = middle + np.stack([0.0 * around, -_COLLAR_FALL * np.cos(around), 0.0 * around], axis=-1)
    up = np.array([0.0, 1.0, 0.0])
    normals = np.cos(across)[..., None] * outwards + np.sin(across)[..., None] * up
    points = middle + 0.0055 * normals * (0.9, 1.5, 0.9)
    return surface.ring(points)


@cache
def trousers_surface() -> surface.Surface:
    """Closed mesh of the trousers."""
    half = surface.grid_line((0.0, 0.044), end=0.220)
    x = np.concatenate([-half[:0:-1], half])
    y = surface.grid_line((0.010, 0.080), (0.42, 0.047), (0.56, 0.090), (0.80, 0.065), end=1.06)
    z = surface.grid_line((-0.160, 0.040), end=0.160)
    return surface.polygonise(trousers_field(), [x, y, z])


@cache
def shoes_surface() -> surface.Surface:
    """Closed meshes of both shoes."""
    half = surface.grid_line((0.030, 0.040), end=0.152)
    x = np.concatenate([-half[::-1], half])
    y = surface.grid_line((-0.028, 0.028), end=0.120)
    z = surface.grid_line((-0.110, 0.040), end=0.190)
    return surface.polygonise(shoes_field(), [x, y, z])


_SPINE = (("hips", 0.0), ("spine", 1.03), ("chest", 1.15), ("upperChest", 1.27))


def top_weights(p: Array) -> tuple[list[str], Array]:
    """Bone names and weights [N, bones] of points of the top."""
    names, columns = [], []
    arms = np.zeros(len(p))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        # Below the armpit the skin belongs to the chest for longer, or a hanging arm would drag the flank inwards.
        x = sign * p[:, 0] - 0.35 * np.maximum(0.0, 1.365 - p[:, 1])
        collar = fields.smoothstep(0.03, 0.12, x) * fields.smoothstep(1.26, 1.36, p[:, 1])
        upper = fields.smoothstep(0.120, 0.235, x)
        # The outside of the elbow (behind the arm in T-pose) stays with the upper arm a little longer, as skin does.
        reach = sign * p[:, 0] - 0.46 + 0.25 * np.minimum(p[:, 2], 0.0)
        lower = fields.smoothstep(-0.042, 0.042, reach)
        hand = fields.smoothstep(*hands.WRIST_BLEND, sign * p[:, 0] - WRIST)
        collar = np.maximum(collar, upper)
        names += [side + bone for bone in ("Shoulder", "UpperArm", "LowerArm", "Hand")]
        columns += [collar - upper, upper - lower, lower - hand, hand]
        arms += collar
    spine_names, spine = _spine_weights(p)
    columns = [np.maximum(column, 0.0) for column in columns]
    return [*names, *spine_names], np.stack([*columns, *((1.0 - arms)[:, None] * spine).T], axis=-1)


def _spine_weights(p: Array) -> tuple[list[str], Array]:
    ramps = [np.ones(len(p)), *(fields.smoothstep(y - 0.06, y + 0.06, p[:, 1]) for _, y in _SPINE[1:])]
    neck = fields.smoothstep(1.41, 1.47, p[:, 1])
    ramps = [*ramps, neck, np.zeros(len(p))]
    columns = [a - b for a, b in itertools.pairwise(ramps)]
    return [*(bone for bone, _ in _SPINE), "neck"], np.maximum(np.stack(columns, axis=-1), 0.0)


def leg_weights(p: Array) -> tuple[list[str], Array]:
    """Bone names and weights [N, bones] of points of the trousers and shoes."""
    names, columns = ["hips"], []
    legs = 1.0 - fields.smoothstep(0.80, 0.96, p[:, 1])
    for side, sign in (("left", 1.0), ("right", -1.0)):
        mine = fields.smoothstep(-0.03, 0.03, sign * p[:, 0]) * legs
        knee = mine * (1.0 - fields.smoothstep(0.44, 0.54, p[:, 1]))
        ankle = mine * (1.0 - fields.smoothstep(0.06, 0.11, p[:, 1]))
        toes = ankle * fields.smoothstep(0.085, 0.125, p[:, 2])
        names += [side + bone for bone in ("UpperLeg", "LowerLeg", "Foot", "Toes")]
        columns += [mine - knee, knee - ankle, ankle - toes, toes]
    return names, np.stack([1.0 - legs, *columns], axis=-1)
