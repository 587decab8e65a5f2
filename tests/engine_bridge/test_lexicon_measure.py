"""What `signllm lexicon measure` finds: contacts, collisions, joints, likeness, and nothing that is not there."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import trimesh

from signllm.lexicon import space
from signllm.lexicon.body import keypoints
from signllm.lexicon.handshapes import LIMITS
from signllm.lexicon.joints import ARM_LIMITS_DEG, arm_angles, arm_excess, finger_excess
from signllm.lexicon.phonology import Posture, Sign, Step
from signllm.lexicon.signs import load_signs
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm.source import FPS
from signllm_bridge.avatar import build_mesh
from signllm_bridge.avatar.picture import skin_frames
from signllm_bridge.lexicon_cli import main
from signllm_bridge.lexicon_measure_collisions import FLESH, Body, Collision
from signllm_bridge.lexicon_measure_motion import (
    bone_variance,
    closest_pairs,
    load_real_clip,
    synthesis_cost,
    wrist_jerk,
)
from signllm_bridge.lexicon_measure_report import as_markdown, summarise
from signllm_bridge.lexicon_measure_sign import CONTACT_AIM, Measurer, SignMeasures
from signllm_bridge.retarget import retarget
from tests.real_data import real_data

Array = npt.NDArray[np.float64]
HAND_BONES = ("Hand", "Metacarpal", "Proximal", "Intermediate", "Distal")
MESH = build_mesh()
BODY = Body(MESH)

FLAT = Posture(shape="OPEN_B", palm="B", fingers="L", at="CHEST", part="palm", touch=True)
FINGER = Posture(shape="1", palm="L", fingers="B", at="CHIN", part="index", touch=True)


def held(posture: Posture, *, other: Posture | None = None) -> Sign:
    hands = "asymmetric" if other else "one"
    return Sign("TEST", hands=hands, start=posture, steps=(Step(ms=120),), other=other)


def pose(sign: Sign) -> Array:
    """The rotations of a sign's first posture, [55, 4]."""
    plan = Synthesiser({"TEST": sign}).plan("TEST")
    return np.asarray(retarget(keypoints(plan.signing, plan.other)[0]))


def collision(sign: Sign) -> Collision:
    return BODY.worst(pose(sign)[None], np.array([0]))[0]


@cache
def measured(sign: str) -> SignMeasures:
    return Measurer(load_signs("asl")).measure(sign)


def test_a_finger_that_touches_the_chin_does_not_collide() -> None:
    found = collision(held(FINGER))
    assert found.depth <= FLESH


def test_a_finger_pushed_through_the_chin_collides_with_the_head() -> None:
    deep = collision(held(replace(FINGER, offset={"B": 0.02})))
    assert FLESH < deep.depth < 0.02
    assert deep.what == "right hand in head"


def test_a_hand_pushed_into_the_chest_collides_with_the_trunk() -> None:
    deep = collision(held(replace(FLAT, offset={"B": 0.06})))
    assert deep.depth > 0.04
    assert deep.what == "right hand in trunk"


def test_a_hand_in_the_air_or_at_rest_collides_with_nothing() -> None:
    rest = Synthesiser({"TEST": held(FLAT)}).clip([])[0]
    assert BODY.worst(retarget(rest), np.array([0]))[0] == Collision(0.0, 0, "")
    assert collision(held(replace(FLAT, at="NEUTRAL", touch=False))).depth == 0.0


def test_hands_that_pass_through_each_other_collide() -> None:
    base = Posture(shape="OPEN_B", palm="U", fingers="FL", at="NEUTRAL", part="palm", touch=True)
    over = Posture(shape="OPEN_B", palm="D", fingers="FL", at="other.palm", part="palm", touch=True)
    apart, through = (collision(held(replace(over, offset={"U": height}), other=base)) for height in (0.06, -0.01))
    assert apart.depth == 0.0
    assert through.depth > 0.015 and through.what in ("right hand in left hand", "left hand in right hand")


@pytest.mark.parametrize("part", ["head", "trunk", "hand"])
def test_depths_are_those_of_trimesh(part: str) -> None:
    base = Posture(shape="OPEN_B", palm="U", fingers="FL", at="NEUTRAL", part="palm", touch=True)
    over = Posture(shape="1", palm="D", fingers="FL", at="other.palm", part="index", touch=True)
    case = {
        "head": (held(replace(FINGER, offset={"B": 0.015})), 8),
        "trunk": (held(replace(FLAT, offset={"B": 0.02})), 0),
        "hand": (held(replace(over, offset={"D": 0.012}), other=base), 6),
    }
    sign, number = case[part]
    rotations = pose(sign)
    vertices = skin_frames(MESH, rotations[None])[0]
    faces = MESH.faces[MESH.part_of_face == number]
    surface = trimesh.Trimesh(vertices, faces, process=False)
    surface.remove_unreferenced_vertices()
    bones = np.array([name.startswith("right") and name.endswith(HAND_BONES) for name in HUMANOID.joint_names])
    strongest = MESH.joints[np.arange(len(MESH.joints)), MESH.weights.argmax(axis=1)]
    hand_points = vertices[(MESH.part_of_vertex == 4) & bones[strongest]]
    boxed = hand_points[np.all((hand_points > surface.bounds[0]) & (hand_points < surface.bounds[1]), axis=1)]
    deepest = trimesh.proximity.signed_distance(surface, boxed).max()  # type: ignore[no-untyped-call]
    assert deepest > FLESH
    assert BODY.worst(rotations[None], np.array([0]))[0].depth == pytest.approx(deepest, abs=0.0012)


def test_the_gap_of_a_hand_is_how_far_it_is_from_the_skin() -> None:
    touching, away = (BODY.gap(pose(held(replace(FINGER, offset={"F": metres}))), "right") for metres in (0.0, 0.03))
    assert touching < CONTACT_AIM
    assert away - touching == pytest.approx(0.03, abs=0.004)


def test_places_on_the_body_are_told_from_places_in_the_air() -> None:
    places = Measurer({})._on_skin
    assert {"CHIN", "FOREHEAD", "CHEST", "UPPER_ARM_FRONT"} <= places
    assert not {"SPELLING", "CENTRE", "NEUTRAL"} & places


def right_arm(bend: float, *, hand: Array | None = None) -> Array:
    """Angles of an arm whose upper arm hangs and whose forearm points forward when `bend` is a right angle."""
    shoulder = np.array([-0.18, 0.0, 0.0])
    elbow = shoulder + np.array([0.0, -0.28, 0.0])
    lower = np.array([0.0, -np.cos(bend), np.sin(bend)])
    axes = np.eye(3) if hand is None else hand
    return arm_angles(shoulder, elbow, elbow + 0.25 * lower, axes)


def hand(palm: str, fingers: str) -> Array:
    return space.palm_axes(space.hand_orientation(space.direction(palm), space.direction(fingers)))


@pytest.mark.parametrize(
    ("palm", "fingers", "bend", "sideways", "turn"),
    [
        ("L", "F", 0.0, 0.0, 0.0),
        ("D", "F", 0.0, 0.0, -90.0),
        ("U", "F", 0.0, 0.0, 90.0),
        ("B", "L", 90.0, 0.0, 0.0),  # the palm bent towards the forearm
        ("L", "UF", 0.0, 45.0, 0.0),  # thumb up, hand raised: towards the thumb
        ("L", "DF", 0.0, -45.0, 0.0),
    ],
)
def test_angles_of_an_arm_are_named_as_anatomy_names_them(
    palm: str, fingers: str, bend: float, sideways: float, turn: float
) -> None:
    found = right_arm(np.pi / 2, hand=hand(palm, fingers))
    np.testing.assert_allclose(found, [bend, sideways, turn, 90.0], atol=1e-6)


def test_the_turn_of_a_straight_arm_cannot_be_told() -> None:
    found = right_arm(0.1)
    assert np.isnan(found[2]) and arm_excess(found)[2] == 0.0


def test_only_what_is_beyond_a_limit_is_in_excess() -> None:
    low, high = np.array(list(ARM_LIMITS_DEG.values())).T
    np.testing.assert_array_equal(arm_excess(np.stack([low, high])), 0.0)
    np.testing.assert_allclose(arm_excess(np.stack([low - 3.0, high + 2.0])), [[3.0] * 4, [2.0] * 4])
    assert finger_excess(LIMITS).max() == 0.0
    assert finger_excess(LIMITS + np.radians(5.0))[1] == pytest.approx(np.full(21, 4.9))


def test_bones_that_grow_are_seen() -> None:
    still = np.random.default_rng(3).normal(size=(50, 3))
    assert bone_variance([np.tile(still, (4, 1, 1))]) == 0.0
    assert bone_variance([np.tile(still, (4, 1, 1)), np.tile(1.1 * still, (4, 1, 1))]) > 1e-4


def test_jerk_of_a_slow_swing_is_its_third_derivative_and_trembling_is_left_out() -> None:
    t = np.arange(200) / FPS
    omega = 2 * np.pi
    swing = np.stack([0.1 * np.sin(omega * t), np.zeros_like(t)], axis=-1)
    assert wrist_jerk(swing, FPS) == pytest.approx(0.1 * omega**3 / np.sqrt(2), rel=0.05)
    tremble = swing + 0.002 * np.sin(2 * np.pi * 12.0 * t)[:, None]
    assert wrist_jerk(tremble, FPS) < 1.5 * wrist_jerk(swing, FPS)


def test_the_closest_pair_is_the_one_that_moves_alike_whatever_the_tempo() -> None:
    rng = np.random.default_rng(5)
    path = rng.normal(size=(30, 50, 3))
    tracks = {"A": path, "SLOW-A": np.repeat(path, 2, axis=0), "B": path + 0.5, "C": rng.normal(size=(25, 50, 3))}
    pairs = closest_pairs(tracks, 3)
    assert pairs[0][1:] == ("A", "SLOW-A")
    assert [round(metres, 9) for metres, _, _ in pairs] == sorted(round(metres, 9) for metres, _, _ in pairs)
    assert {"A", "B"} not in [set(pair[1:]) for pair in pairs[:1]]
    assert closest_pairs({"A": path}, 3) == []


def test_two_still_postures_are_as_far_apart_as_their_keypoints() -> None:
    one = np.zeros((8, 50, 3))
    ((metres, _, _),) = closest_pairs({"A": one, "B": one + np.array([0.03, 0.0, 0.04])}, 1)
    assert metres == pytest.approx(0.05)


def test_synthesis_is_measured_over_all_signs() -> None:
    cost = synthesis_cost(load_signs("asl"), ["BOOK", "HELLO"])
    assert cost.times_real_time > 1.0
    assert 0.0 < cost.first_frame_ms <= cost.slowest_first_frame_ms


def test_a_pose_file_gives_wrists_in_metres_of_the_avatar(tmp_path: Path) -> None:
    names = ["LEFT_SHOULDER", "RIGHT_SHOULDER", "LEFT_WRIST", "RIGHT_WRIST"]

    def text(value: str) -> bytes:
        return struct.pack("<H", len(value)) + value.encode()

    header = struct.pack("<fHHHH", 0.1, 640, 480, 640, 1) + text("POSE_LANDMARKS") + text("XYZC")
    header += struct.pack("<HHH", len(names), 1, 1) + b"".join(map(text, names))
    header += struct.pack("<HH", 0, 1) + struct.pack("<HHH", 1, 2, 3) + struct.pack("<HHH", 24, 2, 1)
    frame = np.array([[300.0, 100.0, 0.0], [200.0, 100.0, 0.0], [310.0, 200.0, 0.0], [150.0, 300.0, 0.0]])
    body = np.stack([frame, frame + 10.0]).astype("<f4").tobytes() + np.ones(8, dtype="<f4").tobytes()
    path = tmp_path / "a.pose"
    path.write_bytes(header + body)
    clip = load_real_clip(path)
    assert clip.fps == 24.0
    np.testing.assert_allclose(clip.wrists["right"], 0.0036 * np.array([[150.0, 300.0], [160.0, 310.0]]))


def test_real_signers_move_as_far_as_signers_do() -> None:
    folder = real_data("pose_signs_dsgs")
    for path in folder.glob("*.pose"):
        wrist = load_real_clip(path).wrists["right"]
        assert 0.1 < np.ptp(wrist, axis=0).max() < 1.0, path.name


def test_a_sign_is_measured_as_a_whole() -> None:
    found = measured("HELLO")
    assert found.contacts >= 1 and found.contact_mm < 1000 * CONTACT_AIM
    assert 200 <= found.duration_ms <= 2000
    assert found.depth_mm < 30.0 and "reach" not in found.faults


def test_signs_out_of_reach_or_through_the_body_are_found_at_fault() -> None:
    far = held(replace(FLAT, at="NEUTRAL", touch=False, offset={"F": 0.6}))
    through = held(replace(FLAT, offset={"B": 0.06}))
    assert "reach" in Measurer({"TEST": far}).measure("TEST").faults
    found = Measurer({"TEST": through}).measure("TEST")
    assert "collision" in found.faults and "right hand in trunk" in found.depth_at


def test_the_page_sums_up_its_rows_and_is_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNLLM_TEST_DATA", raising=False)
    signs = {
        "AIR": replace(held(replace(FLAT, at="NEUTRAL", touch=False)), name="AIR"),
        "HIGHER": replace(held(replace(FLAT, at="NEUTRAL", touch=False, offset={"U": 0.04})), name="HIGHER"),
        "DEEP": replace(held(replace(FLAT, offset={"B": 0.06})), name="DEEP"),
    }
    measurer = Measurer(signs)
    rows = [measurer.measure(name) for name in signs]
    summary = summarise(measurer, rows, timing=False)
    assert (summary.signs, summary.contacts, summary.collisions) == (3, 2, 1)
    assert summary.pairs[0][1:] == ("AIR", "HIGHER")
    assert summary.pairs[0][0] == pytest.approx(0.04 * np.sqrt(0.5))  # one hand of two is elsewhere
    assert summary.bone_variance < 1e-9 and summary.real_jerk is None and summary.cost is None
    page = as_markdown(rows, summary)
    assert page == as_markdown(rows, summarise(measurer, rows, timing=False))
    assert "| AIR, HIGHER | 28 |" in page and "| DEEP | 160 | 2 |" in page and "**" in page.splitlines()[-1]


def test_the_command_prints_the_same_for_the_same_signs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", "HELLO", "book"]) == 0
    first = capsys.readouterr().out
    assert main(["measure", "HELLO", "book"]) == 0
    assert capsys.readouterr().out == first
    assert first.startswith("HELLO: ") and "\nBOOK: " in first


def test_the_command_writes_markdown_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "results" / "signs.md"
    assert main(["measure", "HELLO", "--out", str(out)]) == 0
    head, line, row = out.read_text(encoding="utf-8").splitlines()
    assert head.count("|") == line.count("|") == row.count("|") and row.startswith("| HELLO |")
    assert main(["measure", "HELLO", "--json"]) == 0
    (sign,) = json.loads(capsys.readouterr().out)["signs"]
    assert sign["name"] == "HELLO" and sign["contacts"] >= 1
