"""L-BFGS over many clips at once: each has its own curvature, its own step, and its own loss.

Source: J. Nocedal, "Updating Quasi-Newton Matrices with Limited Storage", 1980.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch

Objective = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
"""Values [B, ...] to losses [B] and slopes [B, ...]; no clip's loss depends on another's values."""

_MEMORY: Final = 6
"""Steps whose curvature is remembered."""
_DECREASE: Final = 1e-4
"""Share of the promised decrease that a step has to bring (Armijo)."""
_HALVINGS: Final = 6


def minimise(objective: Objective, start: torch.Tensor, scale: torch.Tensor, steps: int) -> torch.Tensor:
    """Values after `steps` steps.

    Args:
        objective: What to descend.
        start: [B, ...].
        scale: Inverse of the objective's curvature along each value, as far as it is known, [B, ...].
        steps: How many; a clip that finds no way down stays where it is.
    """
    value, (loss, slope) = start, objective(start)
    memory: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
    size = torch.ones_like(loss)
    for _ in range(steps):
        way = _direction(slope, scale, memory)
        promised = _dot(slope, way)
        for _ in range(_HALVINGS):
            new = value - _spread(size, way) * way
            new_loss, new_slope = objective(new)
            good = new_loss <= loss - _DECREASE * size * promised
            if bool(good.all()):
                break
            size = torch.where(good, size, 0.5 * size)
        else:
            # What did not come down after all halvings stays where it was, and goes on halving from there.
            new = torch.where(_spread(good, new), new, value)
            new_loss, new_slope = torch.where(good, new_loss, loss), torch.where(_spread(good, slope), new_slope, slope)
        size = torch.where(good, 1.0, size)
        change, bend = new - value, new_slope - slope
        product = _dot(change, bend)
        weight = torch.where(product > 0.0, 1.0 / product.clamp_min(torch.finfo(loss.dtype).tiny), 0.0)
        memory = [*memory[-_MEMORY + 1 :], (change, bend, weight)]
        value, loss, slope = new, new_loss, new_slope
    return value


def _direction(
    slope: torch.Tensor, scale: torch.Tensor, memory: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
) -> torch.Tensor:
    """The slope times the inverse curvature that the remembered steps tell."""
    way = slope
    shares = []
    for change, bend, weight in reversed(memory):
        share = weight * _dot(change, way)
        way = way - _spread(share, way) * bend
        shares.append(share)
    way = scale * way
    if memory:
        change, bend, weight = memory[-1]
        curved = weight * _dot(bend, scale * bend)
        way = way * _spread(torch.where(curved > 0.0, 1.0 / curved.clamp_min(1e-30), 1.0), way)
    for (change, bend, weight), share in zip(memory, reversed(shares), strict=True):
        way = way + _spread(share - weight * _dot(bend, way), way) * change
    return way


def _dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    product: torch.Tensor = torch.linalg.vecdot(a.flatten(1), b.flatten(1))
    return product


def _spread(per_clip: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return per_clip.reshape(-1, *[1] * (like.dim() - 1))
