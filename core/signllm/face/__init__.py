"""Face and head: a track beside the hands, timed by the glosses of an utterance, the same for every source of poses."""

from signllm.face.track import FaceFrame, FaceTrack

__all__ = ["FaceFrame", "FaceTrack"]
