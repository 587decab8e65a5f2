"""From two dimensions to three: depth for clips whose source saw none.

`lift` and `lift_many` take observations whose depth is `none` and give observations whose depth is `lifted`, in the
same numbers: x and y in the source's unit and place, but moved a little, so that every bone has one length in the
whole clip; z in the same unit along the source's z axis. Confidences stay as they are. A keypoint that is missing, in
a frame or throughout, gets a place that hangs together with the others, and keeps confidence 0: `standardise` masks
it, and whoever wants the guess finds it in `points`.

Methods: `fast` is ours (`fast`), with depth 0 at the neck; `reference` is the published procedure (`reference`), with
depth 0 near the nose; `closed_form` is the paper's three steps alone (`closed_form`). In the last two depth only grows
from the nose to the finger tips. They do not say which way it grows: here it is the way the signer faces, where the
hands are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.lift.targets import Targets, make_targets, restore_points
from signllm_training.prompt2sign.sample import Observation

if TYPE_CHECKING:
    from signllm_training.prompt2sign.lift.closed_form import Posed

METHODS: Final = ("fast", "reference", "closed_form")
BATCH_FRAMES: Final = 800
"""Frames of all clips together, padding included, that are lifted at once: fastest on one core, whose cache they fit;
about 30 kB of memory each. A longer clip is a batch of its own."""


def lift(seen: Observation, method: str = "fast", *, positive_depth: bool = False) -> Observation:
    """One clip with depth.

    Args:
        seen: Keypoints without depth.
        method: One of `METHODS`.
        positive_depth: For `fast`: no bone ends behind its start, as published, instead of what is plausible. The
            other methods know no other depth.

    Raises:
        DataError: The clip has depth already, or shows no body; or there is no such method.
    """
    return lift_many([seen], method, positive_depth=positive_depth)[0]


def lift_many(seen: Sequence[Observation], method: str = "fast", *, positive_depth: bool = False) -> list[Observation]:
    """Many clips with depth, in the order given; `fast` works on clips of similar length together.

    Which clips these are changes the last digits, about a hundredth of a pixel: for the same bits, use `lift`.

    Args:
        seen: Clips of any lengths.
        method: One of `METHODS`.
        positive_depth: As in `lift`.

    Raises:
        DataError: As in `lift`, for the first clip that cannot be lifted: whoever lifts a corpus and wants to skip
            such clips lifts them one by one.
    """
    targets = [make_targets(clip) for clip in seen]
    posed = solver(method, positive_depth=positive_depth)(targets)
    return [
        replace(clip, points=restore_points(pose.points, target), depth="lifted")
        for clip, target, pose in zip(seen, targets, posed, strict=True)
    ]


def solver(method: str, *, positive_depth: bool = False) -> Callable[[Sequence[Targets]], list[Posed]]:
    """The function that poses clips by `method`, in normalised numbers: for those who measure.

    Raises:
        DataError: There is no such method.
    """
    if method == "closed_form":
        from signllm_training.prompt2sign.lift.closed_form import closed_form

        return lambda targets: [closed_form(clip) for clip in targets]
    if method == "reference":
        from signllm_training.prompt2sign.lift.reference import descend

        return lambda targets: [descend(clip) for clip in targets]
    if method != "fast":
        raise DataError(f"method {method!r}: {', '.join(METHODS)} are known")
    return lambda targets: _solve_in_batches(targets, positive_depth)


def _solve_in_batches(targets: Sequence[Targets], positive_depth: bool) -> list[Posed]:
    from signllm_training.prompt2sign.lift.fast import solve

    order = sorted(range(len(targets)), key=lambda index: len(targets[index]))
    found: dict[int, Posed] = {}
    batch: list[int] = []
    for position, index in enumerate(order):
        batch.append(index)
        following = order[position + 1] if position + 1 < len(order) else None
        if following is None or len(targets[following]) * (len(batch) + 1) > BATCH_FRAMES:
            solved = solve([targets[k] for k in batch], positive_depth=positive_depth)
            found.update(zip(batch, solved, strict=True))
            batch = []
    return [found[index] for index in range(len(targets))]
