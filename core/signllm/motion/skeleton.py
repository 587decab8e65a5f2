"""A skeleton: joint names, parents before children, and where each joint rests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Joints that rotate, in an order in which parents come before their children.

    The rest pose has identity rotations, so that `rest_offsets` are differences of rest positions.
    """

    name: str
    joint_names: tuple[str, ...]
    """J names."""
    parents: tuple[int, ...]
    """Index of each joint's parent; -1 for the root, which is joint 0."""
    rest_offsets: npt.NDArray[np.float64]
    """[J, 3], metres, from parent to joint; the root's is its rest position."""
    index: Mapping[str, int] = field(init=False, repr=False)
    """Joint name -> index."""

    def __post_init__(self) -> None:
        """Reject tables that cannot be a tree in order."""
        n = len(self.joint_names)
        if len(self.parents) != n or self.rest_offsets.shape != (n, 3):
            raise ValueError(
                f"skeleton {self.name}: {n} names, {len(self.parents)} parents and offsets "
                f"{self.rest_offsets.shape}; expected equal counts and offsets [{n}, 3]"
            )
        if self.parents[0] != -1 or any(not 0 <= p < j for j, p in enumerate(self.parents[1:], 1)):
            raise ValueError(f"skeleton {self.name}: parents must come before their children")
        if len(set(self.joint_names)) != n:
            raise ValueError(f"skeleton {self.name}: joint names must be unique")
        object.__setattr__(self, "index", {name: j for j, name in enumerate(self.joint_names)})

    @cached_property
    def rest_positions(self) -> npt.NDArray[np.float64]:
        """[J, 3], metres, every joint in the rest pose."""
        positions = np.zeros_like(self.rest_offsets)
        for j, p in enumerate(self.parents):
            positions[j] = self.rest_offsets[j] + (positions[p] if p >= 0 else 0.0)
        return positions

    @cached_property
    def levels(self) -> tuple[npt.NDArray[np.intp], ...]:
        """Joints by depth, root first: forward kinematics takes one step per level, not per joint."""
        depth = [0] * len(self.parents)
        for j, p in enumerate(self.parents):
            depth[j] = depth[p] + 1 if p >= 0 else 0
        return tuple(np.flatnonzero(np.array(depth) == d) for d in range(max(depth) + 1))
