"""Retargeting: 50 keypoints in, local rotations of the VRM humanoid out, one frame at a time, without look-ahead."""

from signllm_bridge.retarget.solve import REST, RetargetState, retarget, retarget_frame

__all__ = ["REST", "RetargetState", "retarget", "retarget_frame"]
