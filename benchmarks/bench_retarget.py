"""Keypoints to rotations of the humanoid: one frame of a stream, and many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from signllm.lexicon.synthesise import Synthesiser
from signllm_bridge.retarget import RetargetState, retarget, retarget_frame


def test_one_frame_after_the_other(
    measure: Callable[..., list[float]], record: Callable[..., None], glosses: Sequence[str]
) -> None:
    """As the bridge does it: each frame with the state that the one before left."""
    clip = Synthesiser.load("asl").clip(glosses)[0]

    def stream() -> None:
        state: RetargetState | None = None
        for frame in clip:
            _, state = retarget_frame(frame, state)

    record("retargeting a stream, per frame", measure(stream), "us", scale=1e6 / len(clip))


def test_a_whole_clip_at_once(
    measure: Callable[..., list[float]], record: Callable[..., None], glosses: Sequence[str]
) -> None:
    """Frames as a batch, each by itself."""
    clip = Synthesiser.load("asl").clip(glosses)[0]
    seconds = measure(lambda: retarget(clip))
    record("retargeting a clip at once, per frame", seconds, "us", scale=1e6 / len(clip))
