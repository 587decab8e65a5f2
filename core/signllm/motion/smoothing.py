"""One-euro filter: still hands lose their tremor, fast hands lose nothing.

A first-order low-pass whose cutoff rises with speed. Pure: the state is an argument and part of the result.

Source: Casiez, Roussel, Vogel, "1 Euro Filter", CHI 2012, equations 1 to 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from signllm.motion import rotation

Array = rotation.Array


@dataclass(frozen=True)
class OneEuro:
    """How much to smooth."""

    min_cutoff_hz: float = 1.5
    """Cutoff at rest; lower is calmer and later."""
    beta: float = 1.0
    """Hz by which the cutoff rises for each unit of speed (metres or radians per second)."""
    speed_cutoff_hz: float = 1.0
    """Cutoff of the speed itself."""

    def __post_init__(self) -> None:
        """Reject settings that pass nothing."""
        if self.min_cutoff_hz <= 0.0 or self.speed_cutoff_hz <= 0.0 or self.beta < 0.0:
            raise ValueError(f"expected cutoffs above 0 and beta of at least 0, got {self}")


@dataclass(frozen=True, eq=False)
class OneEuroState:
    """What one step leaves to the next."""

    value: Array
    """Smoothed positions [..., 3] or rotations [..., 4]."""
    velocity: Array
    """Smoothed, per second: [..., 3] metres, or rotation vectors in radians."""


def smooth_positions(
    positions: npt.ArrayLike, state: OneEuroState | None, *, dt: float, settings: OneEuro | None = None
) -> tuple[Array, OneEuroState]:
    """Smoothed positions of the next frame.

    Args:
        positions: [..., 3]; each point has a speed, and so a cutoff, of its own. A point with NaN stays where it was.
        state: What the last step returned; `None` for the first frame, which passes unchanged.
        dt: Seconds since the last frame.
        settings: How much to smooth.

    Returns:
        Positions [..., 3] and the state for the next frame.

    Raises:
        ValueError: `dt` is not above 0.
    """
    positions = np.asarray(positions, dtype=np.float64)
    if state is None:
        return positions, OneEuroState(positions, np.zeros_like(positions))
    step = positions - state.value
    # A point that was unknown so far starts where it is first seen; one that is lost stays.
    begun, lost = np.isnan(state.value), np.isnan(positions)
    velocity, share = _follow(np.where(begun | lost, 0.0, step), state, dt, settings or OneEuro())
    value = np.where(begun, positions, state.value + share * np.where(lost, 0.0, step))
    return value, OneEuroState(value, velocity)


def smooth_rotations(
    rotations: npt.ArrayLike, state: OneEuroState | None, *, dt: float, settings: OneEuro | None = None
) -> tuple[Array, OneEuroState]:
    """Smoothed rotations of the next frame, along the shortest arc, signs continued.

    Args:
        rotations: Unit quaternions xyzw, [..., 4].
        state: What the last step returned; `None` for the first frame, which passes unchanged.
        dt: Seconds since the last frame.
        settings: How much to smooth.

    Returns:
        Unit quaternions [..., 4] and the state for the next frame.

    Raises:
        ValueError: `dt` is not above 0.
    """
    rotations = np.asarray(rotations, dtype=np.float64)
    if state is None:
        return rotations, OneEuroState(rotations, np.zeros_like(rotations[..., :3]))
    step = rotation.quat_to_rotvec(rotation.multiply(rotations, rotation.inverse(state.value)))
    velocity, share = _follow(step, state, dt, settings or OneEuro())
    turned = rotation.multiply(rotation.rotvec_to_quat(share * step), state.value)
    value = rotation.continue_signs(rotation.normalize(turned), state.value)
    return value, OneEuroState(value, velocity)


def _follow(step: Array, state: OneEuroState, dt: float, settings: OneEuro) -> tuple[Array, Array]:
    """Smoothed velocity [..., 3], and the share [..., 1] of `step` to take."""
    if not dt > 0.0:
        raise ValueError(f"expected dt above 0 seconds, got {dt}")
    smooth = _share(np.asarray(settings.speed_cutoff_hz), dt)
    velocity = state.velocity + smooth * (step / dt - state.velocity)
    speed = np.linalg.norm(velocity, axis=-1, keepdims=True)
    return np.asarray(velocity), _share(settings.min_cutoff_hz + settings.beta * speed, dt)


def _share(cutoff_hz: Array, dt: float) -> Array:
    """Share of the way that a low-pass of this cutoff goes in one step."""
    tau = 1.0 / (2.0 * np.pi * cutoff_hz)
    return np.asarray(1.0 / (1.0 + tau / dt))
