"""The whole lexicon in numbers, and the measures as Markdown, JSON and lines for a terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.lexicon.body import keypoints
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion.skeletons import prompt2sign
from signllm.source import FPS
from signllm_bridge.lexicon_measure_collisions import FLESH
from signllm_bridge.lexicon_measure_motion import (
    Cost,
    bone_variance,
    closest_pairs,
    load_real_clip,
    synthesis_cost,
    wrist_jerk,
)
from signllm_bridge.lexicon_measure_sign import CONTACT_AIM, Measurer, SignMeasures
from signllm_bridge.lexicon_measure_ways import WayMeasures

Array = npt.NDArray[np.float64]

VARIANCE_AIM: Final = 1e-6
"""Square metres of a bone's length."""
CITATION_MS: Final = (400.0, 834.0, 1368.0)
"""5 %, median and 95 % of 2,723 citation-form signs of ASL (ASL-LEX 2.0, Sehyr et al. 2021, measured durations)."""
SPEED_AIM, FIRST_FRAME_AIM_MS = 200.0, 5.0
REAL_DATA: Final = "SIGNLLM_TEST_DATA"
_REAL_FOLDER: Final = "pose_signs_dsgs"
_PAIRS: Final = 10
_NAMED_WAYS: Final = 3


@dataclass(frozen=True)
class Summary:
    """The lexicon as a whole."""

    signs: int
    contacts: int
    contacts_beyond: int
    worst_contact_mm: float
    floating: int
    widest_gap_mm: float
    collisions: int
    worst_depth_mm: float
    beyond_joints: int
    beyond_reach: int
    bone_variance: float
    durations_ms: tuple[float, float, float]
    """5 %, median, 95 %; letters and numbers left out."""
    jerk: float
    """Root mean square of the wrists' jerk, m/s³."""
    real_jerk: float | None
    """The same of real clips; `None` without them."""
    ways: WayMeasures
    pairs: Sequence[tuple[float, str, str]]
    """Closest signs, metres; letters and numbers left out."""
    cost: Cost | None


def summarise(measurer: Measurer, rows: Sequence[SignMeasures], *, timing: bool) -> Summary:
    """What the rows say together, and what concerns the lexicon as a whole."""
    names = [row.name for row in rows]
    plain = [name for name in names if ":" not in name]
    clips = [measurer.synthesiser.clip([name])[0] for name in names]
    tracks = {name: _plan_keypoints(measurer.synthesiser, name) for name in plain}
    contact = [row for row in rows if row.contacts]
    durations = [row.duration_ms for row in rows if ":" not in row.name]
    return Summary(
        signs=len(rows),
        contacts=sum(row.contacts for row in rows),
        contacts_beyond=sum("contact" in row.faults for row in contact),
        worst_contact_mm=max((row.contact_mm for row in contact), default=0.0),
        floating=sum("floats" in row.faults for row in rows),
        widest_gap_mm=max(row.float_mm for row in rows),
        collisions=sum("collision" in row.faults for row in rows),
        worst_depth_mm=max(row.depth_mm for row in rows),
        beyond_joints=sum("joints" in row.faults for row in rows),
        beyond_reach=sum("reach" in row.faults for row in rows),
        bone_variance=bone_variance(clips),
        durations_ms=(0.0, 0.0, 0.0) if not durations else tuple(np.percentile(durations, (5, 50, 95)).tolist()),
        jerk=_jerk(clips),
        real_jerk=_real_jerk(),
        ways=measurer.measure_ways(plain),
        pairs=closest_pairs(tracks, _PAIRS),
        cost=synthesis_cost(measurer.signs, names) if timing else None,
    )


def _plan_keypoints(synthesiser: Synthesiser, name: str) -> Array:
    plan = synthesiser.plan(name)
    return keypoints(plan.signing, plan.other).astype(np.float64)


def _jerk(clips: Sequence[npt.NDArray[np.float32]]) -> float:
    """Of the signing wrist in the plane of the picture, as real clips know it."""
    right = prompt2sign.WRIST["right"]
    return float(np.median([wrist_jerk(clip[:, right, :2].astype(np.float64), FPS) for clip in clips]))


def _real_jerk() -> float | None:
    folder = os.environ.get(REAL_DATA)
    paths = sorted((Path(folder) / _REAL_FOLDER).glob("*.pose")) if folder else []
    found = [wrist_jerk(clip.wrists["right"], clip.fps) for clip in map(load_real_clip, paths)]
    return float(np.median(found)) if found else None


def as_json(rows: Sequence[SignMeasures], summary: Summary | None) -> str:
    """All measures of all rows, and of the whole where there are any."""
    document: dict[str, Any] = {} if summary is None else {"summary": asdict(summary)}
    document["signs"] = [asdict(row) | {"faults": row.faults} for row in rows]
    return json.dumps(document, indent=1, ensure_ascii=False)


def as_text(row: SignMeasures) -> str:
    """A few lines for a terminal; what misses its aim is marked."""
    lines = [f"{row.name}: {row.duration_ms:.0f} ms, {', '.join(row.faults) or 'all within its aims'}"]
    if row.contacts:
        lines.append(f"  {_mark(row, 'contact')} contact error {row.contact_mm:.1f} mm: {row.contact_at}")
    if row.float_mm:
        lines.append(f"  {_mark(row, 'floats')} widest gap on the avatar {row.float_mm:.1f} mm: {row.float_at}")
    if row.depth_mm:
        lines.append(f"  {_mark(row, 'collision')} deepest {row.depth_mm:.1f} mm: {row.depth_at}")
    lines += [f"  ! {name} {excess:.1f}° too far: {row.joints_at[name]}" for name, excess in row.joints_deg.items()]
    if "reach" in row.faults:
        lines.append(f"  ! the wrist stops {row.reach_mm:.0f} mm short of its place: the arm is too short")
    return "\n".join(lines)


def _mark(row: SignMeasures, fault: str) -> str:
    return "!" if fault in row.faults else " "


def as_markdown(rows: Sequence[SignMeasures], summary: Summary | None) -> str:
    """A row for each sign; with a summary, the whole page."""
    lines = [] if summary is None else _summary_lines(summary)
    heads = ["sign", "ms", "contacts", "contact error, mm", "gap, mm", "deepest, mm", "where"]
    heads += ["joints beyond limits", "out of reach, mm"]
    return "\n".join([*lines, f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *map(_row, rows)])


def _row(row: SignMeasures) -> str:
    contact = _flagged(row.contact_mm, "contact" in row.faults, row.contact_at) if row.contacts else ""
    floats = _flagged(row.float_mm, "floats" in row.faults, row.float_at) if row.contacts else ""
    joints = "; ".join(f"{name} +{row.joints_deg[name]:.1f} ({row.joints_at[name]})" for name in row.joints_deg)
    depth = _flagged(row.depth_mm, "collision" in row.faults)
    reach = f"**{row.reach_mm:.0f}**" if "reach" in row.faults else ""
    measured = [contact, floats, depth, row.depth_at, joints, reach]
    cells = [row.name, f"{row.duration_ms:.0f}", str(row.contacts or ""), *measured]
    return f"| {' | '.join(cells)} |"


def _flagged(value: float, bad: bool, where: str = "") -> str:
    return f"**{value:.1f}** ({where})" if bad and where else f"**{value:.1f}**" if bad else f"{value:.1f}"


def _summary_lines(summary: Summary) -> list[str]:
    low, median, high = summary.durations_ms
    rows = [
        ("signs, letters and numbers", "", str(summary.signs)),
        (
            "contact error, mm",
            f"at most {1000 * CONTACT_AIM:.0f}",
            f"worst of {summary.contacts} {summary.worst_contact_mm:.1f}; beyond in {summary.contacts_beyond} signs",
        ),
        (
            "gap on the avatar where skin is to meet skin, mm",
            f"at most {1000 * CONTACT_AIM:.0f}",
            f"widest {summary.widest_gap_mm:.1f}; beyond in {summary.floating} signs",
        ),
        (
            "a hand in the body or in the other hand, mm",
            f"at most {1000 * FLESH:.0f}",
            f"worst {summary.worst_depth_mm:.1f}; beyond in {summary.collisions} signs",
        ),
        (
            f"the same on the ways between {summary.ways.pairs} pairs of signs",
            f"at most {1000 * FLESH:.0f}",
            _ways(summary.ways),
        ),
        ("signs with a joint beyond its limit", "0", str(summary.beyond_joints)),
        ("signs with a place out of reach", "0", str(summary.beyond_reach)),
        ("variance of a bone's length, m²", f"at most {VARIANCE_AIM:.0e}", f"{summary.bone_variance:.1e}"),
        (
            "duration of a sign, ms: 5 %, median, 95 %",
            " / ".join(f"{ms:.0f}" for ms in CITATION_MS) + " in citation-form ASL",
            f"{low:.0f} / {median:.0f} / {high:.0f}",
        ),
    ]
    if summary.real_jerk is not None:
        rows.append(
            (
                "jerk of the right wrist below 6 Hz in the picture's plane, m/s³, median of clips",
                f"{summary.real_jerk:.0f} in real clips",
                f"{summary.jerk:.0f}",
            )
        )
    if summary.cost is not None:
        rows += [
            (
                "synthesis, times faster than real time, one core",
                f"at least {SPEED_AIM:.0f}",
                f"{summary.cost.times_real_time:.0f}",
            ),
            (
                "first frame after the gloss, ms, median and slowest",
                f"at most {FIRST_FRAME_AIM_MS:.0f}",
                f"{summary.cost.first_frame_ms:.1f}, {summary.cost.slowest_first_frame_ms:.1f}",
            ),
        ]
    table = ["| measure | aim or yardstick | found |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    pairs = ["| closest pairs of signs | mm |", "|---|---|"]
    pairs += [f"| {one}, {two} | {1000 * metres:.0f} |" for metres, one, two in summary.pairs]
    return [_INTRODUCTION, *table, "", *pairs, "", "## Sign by sign", ""]


def _ways(ways: WayMeasures) -> str:
    worst = "".join(f"; {before} to {after} {depth:.1f}" for depth, before, after, _ in ways.deepest[:_NAMED_WAYS])
    return f"beyond on {ways.beyond}{worst}"


_INTRODUCTION: Final = """\
# The lexicon, measured on the avatar

Made by `signllm lexicon measure --out docs/results/lexicon.md`; bold is beyond its aim. Every sign is made from rest
to rest. *Contact error* is the distance between the skin of the part that touches and the skin that it is to meet, at
every posture that says `touch`, by the hand's and the place's own description; *gap* is what is then open between the
hand and any skin of the avatar, where the place is on skin. *Deepest* is how far a vertex of a hand's skin lies behind
the skin of head, trunk, legs, upper arms, the other forearm or the other hand, at every second frame; flesh gives, so
that up to 5 mm count as touching; hair, ears and the hand's own forearm do not count, and fingers of one hand are held
apart by the handshapes themselves. Pairs of signs are drawn by a seed, and every frame of the way between them is
looked at. *Joints*: limits of the arm are mean plus two standard deviations of Boone and Azen
(1979), degrees beyond them are given with the angle itself; wrist bend is extension (negative) to flexion, sideways is
towards the little finger (negative) to towards the thumb, the forearm's turn is palm down (negative) to palm up. Jerk
compares signs of this lexicon with four dictionary clips of a signer of DSGS. Closeness of two signs is the root mean
square distance of their hands' keypoints along the best alignment in time.
"""
