"""A clip: what a skeleton does over time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from signllm.motion import rotation
from signllm.motion.skeleton import Skeleton
from signllm.motion.skeletons import prompt2sign


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames at a constant rate. `T` frames, `J` joints."""

    rotations: rotation.Array
    """[T, J, 4] unit quaternions xyzw relative to the parent joint, signs continuous from frame to frame."""
    root: rotation.Array
    """[T, 3] metres, position of the root joint."""
    fps: float
    """Frames per second."""
    skeleton: Skeleton
    keypoints: rotation.Array | None = None
    """[T, 50, 3] metres in the order of `prompt2sign.KEYPOINT_NAMES`, where the rotations came from them."""

    def __post_init__(self) -> None:
        """Reject arrays that do not belong together."""
        frames, joints = len(self.rotations), len(self.skeleton.joint_names)
        if self.rotations.shape != (frames, joints, 4):
            raise ValueError(f"expected rotations [T, J={joints}, 4], got {self.rotations.shape}")
        if self.root.shape != (frames, 3):
            raise ValueError(f"expected root [T={frames}, 3], got {self.root.shape}")
        if self.keypoints is not None and self.keypoints.shape != (frames, prompt2sign.COUNT, 3):
            raise ValueError(f"expected keypoints [T={frames}, K={prompt2sign.COUNT}, 3], got {self.keypoints.shape}")
        if not self.fps > 0.0:
            raise ValueError(f"expected fps above 0, got {self.fps}")

    def __len__(self) -> int:
        """Number of frames T."""
        return len(self.rotations)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last one."""
        return len(self) / self.fps

    @property
    def times(self) -> rotation.Array:
        """[T] seconds at which the frames begin."""
        return np.arange(len(self)) / self.fps

    def slice(self, start: float, end: float) -> Clip:
        """The frames that begin within [start, end) seconds."""
        # Half a microsecond of slack: 0.28 * 25 is 7.000000000000001.
        first, last = (max(0, int(np.ceil(t * self.fps - 5e-7 * self.fps))) for t in (start, end))
        keypoints = None if self.keypoints is None else self.keypoints[first:last]
        return replace(self, rotations=self.rotations[first:last], root=self.root[first:last], keypoints=keypoints)

    def resample(self, fps: float) -> Clip:
        """The same movement at another rate: rotations along the shortest arc, positions along straight lines.

        Args:
            fps: Frames per second of the result; it lasts as long as this clip, to within one of its frames.

        Raises:
            ValueError: `fps` is not above 0.
        """
        if not fps > 0.0:
            raise ValueError(f"expected fps above 0, got {fps}")
        if len(self) == 0:
            return replace(self, fps=fps)
        at = np.arange(max(1, round(self.duration * fps))) * (self.fps / fps)  # in frames of this clip
        at = np.minimum(at, len(self) - 1.0)
        before = np.floor(at).astype(np.intp)
        after = np.minimum(before + 1, len(self) - 1)
        share = at - before
        rotations = rotation.slerp(self.rotations[before], self.rotations[after], share[:, None])
        for t in range(1, len(rotations)):
            rotations[t] = rotation.continue_signs(rotations[t], rotations[t - 1])
        keypoints = None if self.keypoints is None else _blend(self.keypoints, before, after, share[:, None, None])
        root = _blend(self.root, before, after, share[:, None])
        return replace(self, rotations=rotations, root=root, keypoints=keypoints, fps=fps)


def _blend(x: rotation.Array, before: rotation.Array, after: rotation.Array, share: rotation.Array) -> rotation.Array:
    return np.asarray((1.0 - share) * x[before] + share * x[after])
