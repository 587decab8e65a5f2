"""Retargeting of real signing (Phoenix, estimated from video: noisy, with bones that change their length)."""

from __future__ import annotations

import numpy as np

from signllm.motion import rotation
from signllm.motion.kinematics import humanoid_keypoints
from signllm.motion.skeletons import prompt2sign
from signllm_bridge.retarget import retarget_frame
from tests.real_data import read_skels, real_data

# Limbs that the rig has a joint for: all but those of the trunk and from the wrist into the palm.
_LIMBS = np.array(
    [
        (a, b)
        for a, b in prompt2sign.LIMBS
        if a not in (0, 1) and a not in prompt2sign.HAND_BASE.values() and b not in prompt2sign.HAND_BASE.values()
    ]
)


def test_bone_directions_of_real_signing_survive() -> None:
    errors = []
    for clip in read_skels(real_data("skels_phoenix/dev.skels")):
        state, frames = None, []
        for frame in clip:
            local, state = retarget_frame(frame, state)
            frames.append(local)
        assert np.allclose(np.linalg.norm(frames, axis=-1), 1.0)
        ours = humanoid_keypoints(np.array(frames))
        directions = [rotation.normalize(k[:, _LIMBS[:, 1]] - k[:, _LIMBS[:, 0]]) for k in (clip, ours)]
        seen = np.linalg.norm(clip[:, _LIMBS[:, 1]] - clip[:, _LIMBS[:, 0]], axis=-1) > 0.003  # else no direction
        cosine = np.clip(np.sum(directions[0] * directions[1], axis=-1), -1.0, 1.0)
        errors.append(np.degrees(np.arccos(cosine))[seen])
    every = np.concatenate(errors)
    assert every.mean() < 2.0
    assert np.percentile(every, 95) < 5.0
