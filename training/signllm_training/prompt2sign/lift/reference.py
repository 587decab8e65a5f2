"""The published procedure: from the closed form, 1,000 steps of plain gradient descent on the loss of `targets`.

What moves: the logarithms of the 25 lengths, the root, and a direction for every limb and frame, all as they are,
without a preconditioner; float32. It is here to be compared with, and for whoever needs the numbers of the published
corpus; `fast` comes further in a twentieth of the time.

Source: the published tools (2D_to_3D, after Zelinka and Kanis, WACV 2020).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.lift.closed_form import Posed, closed_form
from signllm_training.prompt2sign.lift.limbs import ENDS, KIND, STARTS, ancestry
from signllm_training.prompt2sign.lift.targets import LENGTH_WEIGHT, SMOOTHNESS_WEIGHT, Targets

STEPS: Final = 1000
RATE: Final = 0.1


def descend(targets: Targets, steps: int = STEPS) -> Posed:
    """The skeleton after `steps` steps from the closed form.

    Limbs are summed to keypoints by one matrix instead of limb by limb: the same sums, and much faster than the
    published program's loops, so that a comparison of speed is with the procedure and not with those.
    """
    start = closed_form(targets)
    lengths, root, directions = (
        torch.tensor(value, dtype=torch.float32, requires_grad=True)
        for value in (np.log(start.lengths), start.points[:, prompt2sign.NOSE], start.directions)
    )
    moving = (lengths, root, directions)
    between = torch.tensor(ancestry(STARTS, ENDS), dtype=torch.float32)
    kind = torch.tensor(KIND)
    xy = torch.tensor(targets.xy, dtype=torch.float32)
    weight = torch.tensor(targets.weight, dtype=torch.float32)
    places = weight.numel()

    def pose() -> torch.Tensor:
        unit = directions / directions.norm(dim=-1, keepdim=True)
        points: torch.Tensor = root[:, None] + between @ (unit * lengths.exp()[kind, None])
        return points  # [T, 50, 3]

    for _ in range(steps):
        points = pose()
        loss = (weight * (points[..., :2] - xy).square().sum(-1)).sum() / places + LENGTH_WEIGHT * lengths.exp().sum()
        if len(xy) > 1:
            way = (points[1:] - points[:-1]).square().sum()
            loss = loss + SMOOTHNESS_WEIGHT * way / (places - prompt2sign.COUNT)
        with torch.no_grad():
            for value, slope in zip(moving, torch.autograd.grad(loss, moving), strict=True):
                value -= RATE * slope
    with torch.no_grad():
        unit = directions / directions.norm(dim=-1, keepdim=True)
        found = [value.numpy().astype(np.float64) for value in (lengths.exp(), unit, pose())]
    return Posed(found[0], found[1], found[2])
