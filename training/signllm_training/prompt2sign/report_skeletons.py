"""Frames of a clip as drawings: both hands enlarged first, since that is where signs are, then the upper body."""

from __future__ import annotations

from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.sample import Floats
from signllm_training.prompt2sign.standard import StandardClip

FRAMES: Final = 6
"""How many frames of a clip are shown."""
_DOUBTFUL: Final = 0.1
"""Keypoints of at most this confidence are drawn dashed: filled in, or hardly seen."""
_HAND, _BODY = 0.30, (1.40, 1.16)
"""Metres that a hand's panel shows, and the body's, across and up."""
_BODY_TOP: Final = 0.42
"""Metres above the shoulders that the body's panel shows."""
_PANEL: Final = 62.0
_WIDTH: Final = 2 * _PANEL + 8.0
_HEIGHT: Final = _PANEL + 14.0 + _WIDTH * _BODY[1] / _BODY[0] + 14.0
_HEAD: Final = 0.105
"""Radius of the head, metres, as it is hinted at around the nose."""
_TORSO: Final = tuple(limb for limb in prompt2sign.LIMBS if max(limb) < len(prompt2sign.BODY))


def preview(clip: StandardClip, name: str) -> str:
    """`FRAMES` frames of a clip, evenly spaced, as one SVG each; seen from the front, the signer's right is left."""
    frames = np.unique(((np.arange(FRAMES) + 0.5) * len(clip) / FRAMES).astype(int))
    return "".join(_frame(clip, int(frame), name) for frame in frames)


def _frame(clip: StandardClip, frame: int, name: str) -> str:
    points, known = clip.points[frame], clip.mask[frame]
    doubtful = clip.confidence[frame] <= _DOUBTFUL
    seconds = frame / clip.fps
    lost = [side for side in ("right", "left") if not known[prompt2sign.hand_slice(side)].any()]
    summary = f"{name}, {seconds:.2f} s: " + (
        "both hands and the upper body" if not lost else f"upper body, {' and '.join(lost)} hand not seen"
    )
    hands = "".join(
        f'<g transform="translate({x:.0f} 0)">{_hand(side, points, known, doubtful)}</g>'
        for side, x in (("right", 0.0), ("left", _PANEL + 8.0))
    )
    return (
        f'<svg class="frame" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{escape(summary)}">'
        f'{hands}<g transform="translate(0 {_PANEL + 14:.0f})">{_body(points, known, doubtful)}</g>'
        f'<text x="{_WIDTH / 2:.0f}" y="{_HEIGHT - 3:.0f}" text-anchor="middle">{seconds:.2f} s</text></svg>'
    )


def _hand(side: str, points: Floats, known: npt.NDArray[np.bool_], doubtful: npt.NDArray[np.bool_]) -> str:
    hand = prompt2sign.hand_slice(side)
    label = f'<text class="{side} label" x="3" y="{_PANEL + 10:.0f}">{side}</text>'
    frame = f'<rect class="panel" width="{_PANEL:.0f}" height="{_PANEL:.0f}"/>'
    here = known[hand]
    if not here.any():
        lost = f'<text class="lost" x="{_PANEL / 2:.0f}" y="{_PANEL / 2:.0f}" text-anchor="middle">not seen</text>'
        return frame + label + lost
    shown = points[hand][here]
    centre = 0.5 * (shown.max(axis=0) + shown.min(axis=0))
    at = _on_panel(points, centre[0] - 0.5 * _HAND, centre[1] + 0.5 * _HAND, _PANEL / _HAND)
    limbs = [(a, b) for a, b in prompt2sign.LIMBS if min(a, b) >= hand.start and max(a, b) < hand.stop]
    tips = "".join(
        f'<circle class="{side} dot" cx="{at[k, 0]:.1f}" cy="{at[k, 1]:.1f}" r="1.6"/>'
        for k in range(hand.start + 4, hand.stop, 4)
        if known[k]
    )
    drawn = _limbs(at, limbs, known, doubtful, f"{side} thick") + tips
    return f'{frame}<svg width="{_PANEL:.0f}" height="{_PANEL:.0f}">{drawn}</svg>{label}'


def _body(points: Floats, known: npt.NDArray[np.bool_], doubtful: npt.NDArray[np.bool_]) -> str:
    scale = _WIDTH / _BODY[0]
    height = scale * _BODY[1]
    at = _on_panel(points, -0.5 * _BODY[0], _BODY_TOP, scale)
    head = ""
    if known[prompt2sign.NOSE]:
        x, y = at[prompt2sign.NOSE]
        head = f'<circle class="body" cx="{x:.1f}" cy="{y:.1f}" r="{_HEAD * scale:.1f}"/>'
    drawn = _limbs(at, list(_TORSO), known, doubtful, "body thick")
    for side in ("right", "left"):
        hand = prompt2sign.hand_slice(side)
        wrist = (prompt2sign.WRIST[side], hand.start)
        limbs = [wrist, *((a, b) for a, b in prompt2sign.LIMBS if min(a, b) >= hand.start and max(a, b) < hand.stop)]
        drawn += _limbs(at, limbs, known, doubtful, side)
    return (
        f'<rect class="panel" width="{_WIDTH:.0f}" height="{height:.0f}"/>'
        f'<svg width="{_WIDTH:.0f}" height="{height:.0f}">{head}{drawn}</svg>'
    )


def _on_panel(points: Floats, left: float, top: float, scale: float) -> npt.NDArray[np.float64]:
    """[50, 2] places on a panel whose upper left corner shows `left`, `top` in metres."""
    x, y = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
    # Far outside is as good as infinitely far, and keeps the numbers short.
    return np.clip(np.stack([x - left, top - y], axis=-1) * scale, -999.0, 999.0)


def _limbs(
    at: npt.NDArray[np.float64],
    limbs: list[tuple[int, int]],
    known: npt.NDArray[np.bool_],
    doubtful: npt.NDArray[np.bool_],
    style: str,
) -> str:
    drawn = ""
    for dashed in (False, True):
        path = "".join(
            f"M{at[a, 0]:.1f} {at[a, 1]:.1f}L{at[b, 0]:.1f} {at[b, 1]:.1f}"
            for a, b in limbs
            if known[a] and known[b] and bool(doubtful[a] or doubtful[b]) == dashed
        )
        if path:
            drawn += f'<path class="{style}{" dashed" if dashed else ""}" d="{path}"/>'
    return drawn
