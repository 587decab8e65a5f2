"""`signllm lexicon measure`: contacts, collisions, joints and timing of every sign, as one table."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from signllm.arguments import CommandParser
from signllm.lexicon import space
from signllm.lexicon.contacts import Moment, gap, moments, touches
from signllm.lexicon.joints import ARM_LIMITS_DEG, arm_angles, arm_excess, finger_excess
from signllm.lexicon.movement import HandTrack
from signllm.lexicon.phonology import Sign
from signllm.lexicon.synthesise import Synthesiser, keypoints
from signllm.motion import kinematics, rotation
from signllm.motion.skeletons import prompt2sign
from signllm.motion.skeletons.humanoid import HUMANOID, SHOULDER_HEIGHT
from signllm.source import FPS
from signllm_bridge.avatar.build import build_mesh
from signllm_bridge.lexicon_measure_collisions import FLESH, SIDES, Body
from signllm_bridge.lexicon_measure_motion import (
    Cost,
    bone_variance,
    closest_pairs,
    load_real_clip,
    synthesis_cost,
    wrist_jerk,
)
from signllm_bridge.lexicon_postures import chosen, read_signs
from signllm_bridge.retarget import retarget

Array = npt.NDArray[np.float64]

_EXAMPLES: Final = """\
examples:
  signllm lexicon measure BOOK SCHOOL
      these signs: what misses, what collides, which joints are beyond their limits, and where
  signllm lexicon measure --out docs/results/lexicon.md
      the whole lexicon with its summary, as Markdown
  signllm lexicon measure --json > lexicon.json
      the same for programs
"""
CONTACT_AIM: Final = 0.010
"""Metres by which a part may miss the skin that it is to touch."""
VARIANCE_AIM: Final = 1e-6
"""Square metres of a bone's length."""
CITATION_MS: Final = (400.0, 834.0, 1368.0)
"""5 %, median and 95 % of 2,723 citation-form signs of ASL (ASL-LEX 2.0, Sehyr et al. 2021, measured durations)."""
SPEED_AIM, FIRST_FRAME_AIM_MS = 200.0, 5.0
REAL_DATA: Final = "SIGNLLM_TEST_DATA"
_REAL_FOLDER: Final = "pose_signs_dsgs"
_OFF: Final = 0.005
"""Metres of offset away from the skin from which a posture is not a contact any more."""
_EVERY: Final = 2
"""Collisions are looked for at every second frame."""
_PAIRS: Final = 10
_MIRROR: Final = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class SignMeasures:
    """One sign, from rest to rest."""

    name: str
    duration_ms: float
    """From its first posture to its last."""
    contacts: int
    """Postures at which skin is to meet skin."""
    contact_mm: float
    """Worst distance between the two skins, zero without contacts."""
    contact_at: str
    float_mm: float
    """Widest gap on the avatar between the hand and any skin, at postures whose place is on skin."""
    float_at: str
    depth_mm: float
    """How deep a hand goes into the body at its worst."""
    depth_at: str
    reach_mm: float
    """How far the wrist falls short of its place because the arm is too short."""
    joints_deg: Mapping[str, float]
    """Degrees beyond the limit, by joint; joints within their limits are left out."""
    joints_at: Mapping[str, str]

    @property
    def faults(self) -> tuple[str, ...]:
        """What misses its aim."""
        found = []
        if self.contact_mm > 1000 * CONTACT_AIM:
            found.append("contact")
        if self.float_mm > 1000 * CONTACT_AIM:
            found.append("floats")
        if self.depth_mm > 1000 * FLESH:
            found.append("collision")
        if self.joints_deg:
            found.append("joints")
        if self.reach_mm > 1.0:
            found.append("reach")
        return tuple(found)


@cache
def _body() -> Body:
    return Body(build_mesh())


class Measurer:
    """Measures signs of one lexicon on the avatar."""

    def __init__(self, signs: Mapping[str, Sign]) -> None:
        """Measure signs of `signs`."""
        self.signs = signs
        self.synthesiser = Synthesiser(dict(signs))
        self._body = _body()

    def _widest(self, shown: Array, gaps: Sequence[tuple[float, Moment]]) -> tuple[float, Moment | None]:
        """The widest gap between hand and skin over the moments of contact, and where it is."""
        found: list[tuple[float, Moment]] = []
        for _, moment in gaps:
            if self._meets_skin(moment):
                found.append((self._body.gap(retarget(shown[moment.frame]), "right"), moment))
        return max(found, key=lambda item: item[0], default=(0.0, None))

    def _meets_skin(self, moment: Moment) -> bool:
        """Whether the place is on skin, and no offset takes the hand off it."""
        if moment.is_on_other:
            return bool(np.linalg.norm(moment.shift) < _OFF)
        place = space.places()[str(moment.posture.at)]
        if moment.posture.at not in self._on_skin or moment.shift @ place.normal > _OFF:
            return False
        return not moment.shift.any() or bool(self._is_on_skin((place.at + moment.shift)[None])[0])

    @cached_property
    def _on_skin(self) -> frozenset[str]:
        """Places that are on the avatar when its arms hang; the others are in the signing space."""
        at = np.stack([place.at for place in space.places().values()])
        return frozenset(np.array(list(space.places()))[self._is_on_skin(at)].tolist())

    def _is_on_skin(self, points: Array) -> npt.NDArray[np.bool_]:
        """Whether points [N, 3], metres from mid-shoulder, are on the avatar when its arms hang."""
        rest = retarget(self.synthesiser.clip([])[0][0])
        return self._body.is_on_skin(rest, points + np.array([0.0, SHOULDER_HEIGHT, 0.0]))

    def measure(self, name: str) -> SignMeasures:
        """Everything about one sign."""
        sign, plan = self.signs[name], self.synthesiser.plan(name)
        clip = self.synthesiser.clip([name])[0].astype(np.float64)
        shown = keypoints(plan.signing, plan.other).astype(np.float64)
        where = _Places(sign, clip, shown)
        rotations = retarget(clip)
        gaps = [(abs(gap(plan, moment)), moment) for moment in touches(sign)]
        miss, moment = max(gaps, key=lambda item: item[0], default=(0.0, None))
        floating, floats = self._widest(shown, gaps)
        worst = max(self._body.worst(rotations, np.arange(0, len(clip), _EVERY)), key=lambda found: found.depth)
        joints, joints_at = _joints(rotations, (plan.signing, plan.other), where)
        return SignMeasures(
            name=name,
            duration_ms=1000.0 * len(plan.signing) / FPS,
            contacts=len(gaps),
            contact_mm=_tenth(1000.0 * miss),
            contact_at=_contact(moment, where) if moment else "",
            float_mm=_tenth(1000.0 * max(floating, 0.0)),
            float_at=_contact(floats, where) if floats and floating > 0.0 else "",
            depth_mm=_tenth(1000.0 * worst.depth),
            depth_at=f"{worst.what}, {where.shown(worst.frame)}" if worst.depth else "",
            reach_mm=_tenth(1000.0 * max(_short(track) for track in (plan.signing, plan.other))),
            joints_deg=joints,
            joints_at=joints_at,
        )


def _contact(moment: Moment, where: _Places) -> str:
    return f"{moment.posture.part} to {moment.posture.at}, {where.planned(moment.frame)}"


class _Places:
    """Names for the frames of a sign."""

    def __init__(self, sign: Sign, clip: Array, shown: Array) -> None:
        self._ends = [moment.frame for moment in moments(sign)]
        same = np.abs(clip - shown[0]).max(axis=(1, 2)) < 1e-5
        self._first = int(same.argmax())
        self._length = len(shown)

    def planned(self, frame: int) -> str:
        """A frame of the plan."""
        if frame <= 0:
            return "start"
        step = next((k for k, end in enumerate(self._ends) if frame <= end), len(self._ends) - 1)
        return f"step {step}" if step and frame == self._ends[step] else f"in step {step}" if step else "held"

    def shown(self, frame: int) -> str:
        """A frame of the clip from rest to rest."""
        if frame < self._first:
            return "way in"
        return self.planned(frame - self._first) if frame < self._first + self._length else "way out"


def _joints(rotations: Array, tracks: Sequence[HandTrack], where: _Places) -> tuple[dict[str, float], dict[str, str]]:
    """Degrees beyond the limits by joint, and where they are worst."""
    positions, world = kinematics.forward_kinematics(rotations, HUMANOID)
    degrees, places = {}, {}
    for side, track in zip(SIDES, tracks, strict=True):
        bones = [HUMANOID.index[side + bone] for bone in ("UpperArm", "LowerArm", "Hand")]
        points, turn = positions[:, bones], world[:, bones[2]]
        if side == "left":
            points, turn = points * _MIRROR, np.asarray(rotation.mirror(turn))
        angles = arm_angles(points[:, 0], points[:, 1], points[:, 2], space.palm_axes(turn))
        beyond = arm_excess(angles)
        for k, joint in enumerate(ARM_LIMITS_DEG):
            frame = int(beyond[:, k].argmax())
            if (most := _tenth(float(beyond[frame, k]))) > 0.0:
                name = f"{side} {joint}"
                degrees[name] = most
                places[name] = f"{angles[frame, k]:.0f}°, {where.shown(frame)}"
        fingers = finger_excess(track.angles).max(axis=1)
        if (most := _tenth(float(fingers.max()))) > 0.0:
            degrees[f"{side} fingers"], places[f"{side} fingers"] = most, where.planned(int(fingers.argmax()))
    return degrees, places


def _short(track: HandTrack) -> float:
    """Metres by which the arm is too short for the wrist's places."""
    shown = keypoints(track, track)[:, prompt2sign.WRIST["right"]]
    return float(np.linalg.norm(shown - track.wrist, axis=-1).max())


def _tenth(value: float) -> float:
    return round(value, 1) + 0.0


def measure(argv: Sequence[str] | None = None) -> int:
    """`signllm lexicon measure`. Returns the exit status."""
    parser = CommandParser("lexicon measure", "Measure signs on the avatar.", _EXAMPLES)
    parser.add_argument(
        "signs", nargs="*", metavar="SIGN", help="glosses; the whole lexicon and its summary when absent"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table here instead of printing it")
    parser.add_argument("--json", action="store_true", help="JSON instead of Markdown")
    parser.add_argument(
        "--no-timing", action="store_true", help="leave out the times of this machine: same bytes each run"
    )
    parser.add_argument("--language", default="asl", help="sign language (default: asl)")
    options = parser.parse_args(argv)
    signs = read_signs(options.language, _report)
    names = chosen(signs, options.signs) if options.signs else list(signs)
    measurer = Measurer(signs)
    rows = []
    for number, name in enumerate(names, 1):
        if sys.stderr.isatty():
            print(f"\r{number} of {len(names)}", end="", file=sys.stderr)
        rows.append(measurer.measure(name))
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    summary = None if options.signs else summarise(measurer, rows, timing=not options.no_timing)
    if options.json:
        text = _as_json(rows, summary)
    elif options.signs and options.out is None:
        text = "\n".join(map(_as_text, rows))
    else:
        text = _as_markdown(rows, summary)
    if options.out is None:
        print(text)
    else:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    return 0


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
    pairs: Sequence[tuple[float, str, str]]
    """Closest signs, metres; letters and numbers left out."""
    cost: Cost | None


def summarise(measurer: Measurer, rows: Sequence[SignMeasures], *, timing: bool) -> Summary:
    """What the rows say together, and what concerns the lexicon as a whole."""
    names = [row.name for row in rows]
    plain = [name for name in names if ":" not in name]
    clips = [measurer.synthesiser.clip([name])[0] for name in names]
    tracks = {name: _plan_keypoints(measurer.synthesiser, name) for name in plain}
    contact = [moment for row in rows for moment in [row] if row.contacts]
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


def _as_json(rows: Sequence[SignMeasures], summary: Summary | None) -> str:
    document: dict[str, Any] = {} if summary is None else {"summary": asdict(summary)}
    document["signs"] = [asdict(row) | {"faults": row.faults} for row in rows]
    return json.dumps(document, indent=1, ensure_ascii=False)


def _as_text(row: SignMeasures) -> str:
    """A few lines for a terminal; what misses its aim is marked."""
    lines = [f"{row.name}: {row.duration_ms:.0f} ms, {', '.join(row.faults) or 'all within its aims'}"]
    if row.contacts:
        lines.append(f"  {_mark(row, 'contact')} contact error {row.contact_mm:.1f} mm: {row.contact_at}")
    if row.float_mm:
        lines.append(f"  {_mark(row, 'floats')} widest gap on the avatar {row.float_mm:.1f} mm: {row.float_at}")
    if row.depth_mm:
        lines.append(f"  {_mark(row, 'collision')} deepest {row.depth_mm:.1f} mm: {row.depth_at}")
    lines += [f"  ! {name} {excess:.0f}° too far: {row.joints_at[name]}" for name, excess in row.joints_deg.items()]
    if "reach" in row.faults:
        lines.append(f"  ! the wrist stops {row.reach_mm:.0f} mm short of its place: the arm is too short")
    return "\n".join(lines)


def _mark(row: SignMeasures, fault: str) -> str:
    return "!" if fault in row.faults else " "


def _as_markdown(rows: Sequence[SignMeasures], summary: Summary | None) -> str:
    lines = [] if summary is None else _summary_lines(summary)
    heads = ["sign", "ms", "contacts", "contact error, mm", "gap, mm", "deepest, mm", "where"]
    heads += ["joints beyond limits", "out of reach, mm"]
    return "\n".join([*lines, f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *map(_row, rows)])


def _row(row: SignMeasures) -> str:
    contact = _flagged(row.contact_mm, "contact" in row.faults, row.contact_at) if row.contacts else ""
    floats = _flagged(row.float_mm, "floats" in row.faults, row.float_at) if row.contacts else ""
    joints = "; ".join(f"{name} +{row.joints_deg[name]:.0f} ({row.joints_at[name]})" for name in row.joints_deg)
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


_INTRODUCTION: Final = """\
# The lexicon, measured on the avatar

Made by `signllm lexicon measure --out docs/results/lexicon.md`; bold is beyond its aim. Every sign is made from rest
to rest. *Contact error* is the distance between the skin of the part that touches and the skin that it is to meet, at
every posture that says `touch`, by the hand's and the place's own description; *gap* is what is then open between the
hand and any skin of the avatar, where the place is on skin. *Deepest* is how far a vertex of a hand's skin lies behind
the skin of head, trunk, legs, upper arms, the other forearm or the other hand, at every second frame; flesh gives, so
that up to 5 mm count as touching; hair, ears and the hand's own forearm do not count, and fingers of one hand are held
apart by the handshapes themselves. *Joints*: limits of the arm are mean plus two standard deviations of Boone and Azen
(1979), degrees beyond them are given with the angle itself; wrist bend is extension (negative) to flexion, sideways is
towards the little finger (negative) to towards the thumb, the forearm's turn is palm down (negative) to palm up. Jerk
compares signs of this lexicon with four dictionary clips of a signer of DSGS. Closeness of two signs is the root mean
square distance of their hands' keypoints along the best alignment in time.
"""


def _report(sentence: str) -> None:
    print(f"signllm lexicon measure: {sentence}", file=sys.stderr)
