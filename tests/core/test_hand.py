"""The anatomical hand and its handshapes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from signllm.errors import LexiconError
from signllm.lexicon import solve_handshapes
from signllm.lexicon.hand import (
    BONE_RADII,
    CLEARANCE_PAIRS,
    THUMB_REST,
    clearance,
    hand_rotations,
    mirror_rotations,
    palm_keypoints,
)
from signllm.lexicon.handshapes import (
    ANGLE_NAMES,
    HANDSHAPE_OF_DIGIT,
    HANDSHAPE_OF_LETTER,
    LIMITS,
    load_handshapes,
    parse_handshapes,
)
from signllm.motion import rotation
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm.motion.skeletons.prompt2sign import HAND

Array = npt.NDArray[np.floating]
SHAPES = load_handshapes()
LETTERS = sorted(set(HANDSHAPE_OF_LETTER.values()))
SMALLEST_VISIBLE = 0.004


def random_angles(count: int) -> Array:
    low, high = LIMITS
    return np.random.default_rng(1).uniform(low, high, size=(count, len(ANGLE_NAMES)))


def rest_angles() -> Array:
    angles = np.zeros(len(ANGLE_NAMES))
    angles[[ANGLE_NAMES.index(f"thumb_{name}") for name in ("abd", "opp", "twist")]] = THUMB_REST
    return angles


def point(shape: str, name: str) -> Array:
    return np.asarray(palm_keypoints(SHAPES[shape])[HAND.index(name)])


def direction(shape: str, finger: str) -> Array:
    return rotation.normalize(point(shape, f"{finger}4") - point(shape, f"{finger}1"))


def gap(shape: str, a: str, b: str) -> float:
    return float(clearance(SHAPES[shape])[solve_handshapes.pairs_between(a, b)].min())


def degrees_between(a: Array, b: Array) -> float:
    return float(np.degrees(np.arccos(a @ b)))


def pose_finger(q: Array, side: str, finger: str) -> Array:
    """[N, 4, 3] a finger of the humanoid under local rotations q [N, 15, 4], relative to the wrist, tip included."""
    bones = [humanoid.HUMANOID.index[name] for name in humanoid.finger_bones(side, finger)]
    offsets = humanoid.HUMANOID.rest_offsets[bones]
    tip = humanoid.KEYPOINT_OFFSETS[prompt2sign.KEYPOINT_NAMES.index(f"{side}_hand_{finger}4")]
    local = q.reshape(-1, 5, 3, 4)[:, humanoid.FINGERS.index(finger)]
    world: Array = np.broadcast_to(rotation.IDENTITY, local[:, 0].shape)
    points: list[Array] = [np.broadcast_to(offsets[0], (len(q), 3))]
    for k, offset in enumerate([*offsets[1:], tip]):
        world = rotation.multiply(world, local[:, k])
        points.append(points[-1] + rotation.rotate(world, offset))
    return np.stack(points, axis=1)


# The hand


def test_bones_keep_their_lengths_at_any_angles() -> None:
    chains = palm_keypoints(random_angles(200))[:, 1:].reshape(200, 5, 4, 3)
    lengths = np.linalg.norm(np.diff(chains, axis=2), axis=-1)
    wanted = np.array([humanoid.PHALANGES[finger] for finger in humanoid.FINGERS])
    np.testing.assert_allclose(lengths, np.broadcast_to(wanted, lengths.shape), atol=1e-12)


def test_the_rest_angles_are_the_t_pose() -> None:
    q = hand_rotations(rest_angles())
    np.testing.assert_allclose(q, np.broadcast_to(rotation.IDENTITY, (15, 4)), atol=1e-12)


@pytest.mark.parametrize("finger", humanoid.FINGERS)
def test_keypoints_are_where_the_rotations_take_the_humanoids_bones(finger: str) -> None:
    angles = random_angles(50)
    first = HAND.index(f"{finger}1")
    wanted = humanoid.palm_to_rest(palm_keypoints(angles)[:, first : first + 4])
    np.testing.assert_allclose(pose_finger(hand_rotations(angles), "right", finger), wanted, atol=1e-12)


@pytest.mark.parametrize("finger", humanoid.FINGERS)
def test_the_mirrored_rotations_pose_the_left_hand_as_a_mirror_image(finger: str) -> None:
    q = hand_rotations(random_angles(50))
    left = pose_finger(mirror_rotations(q), "left", finger)
    np.testing.assert_allclose(left, pose_finger(q, "right", finger) * [-1.0, 1.0, 1.0], atol=1e-12)


def test_mirroring_twice_gives_the_same_hand() -> None:
    q = hand_rotations(random_angles(5))
    np.testing.assert_array_equal(mirror_rotations(mirror_rotations(q)), q)


def test_leading_axes_broadcast() -> None:
    angles = random_angles(6)
    for function in (hand_rotations, palm_keypoints, clearance):
        batch = function(angles.reshape(2, 3, -1))
        one_by_one = np.array([function(a) for a in angles])
        np.testing.assert_allclose(batch.reshape(one_by_one.shape), one_by_one, atol=1e-12)


def test_rotations_are_unit_quaternions() -> None:
    np.testing.assert_allclose(np.linalg.norm(hand_rotations(random_angles(50)), axis=-1), 1.0, atol=1e-12)


def test_angles_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected hand angles \[\.\.\., 21\] in radians, got \(20,\)"):
        hand_rotations(np.zeros(20))


def test_the_closed_fingers_lean_towards_the_scaphoid() -> None:
    fist = palm_keypoints(SHAPES["S"])
    width = [fist[HAND.index(f"index{k}"), 0] - fist[HAND.index(f"little{k}"), 0] for k in (1, 2)]
    assert width[1] < width[0] - 0.004


def test_the_clearance_of_straight_spread_fingers_is_their_distance_less_their_flesh() -> None:
    spread = clearance(rest_angles())
    knuckles = np.linalg.norm(np.subtract(humanoid.KNUCKLES["index"], humanoid.KNUCKLES["middle"]))
    wanted = knuckles - BONE_RADII["index"][0] - BONE_RADII["middle"][0]
    assert spread[CLEARANCE_PAIRS.index(("index1", "middle1"))] == pytest.approx(wanted, abs=2e-4)


def test_a_thumb_pushed_into_the_palm_has_negative_clearance() -> None:
    angles = SHAPES["B"].copy()
    angles[ANGLE_NAMES.index("thumb_mcp")] += np.radians(30)
    angles[ANGLE_NAMES.index("thumb_twist")] = 0.0
    assert clearance(angles).min() < -0.002


# The handshapes


def test_every_letter_and_digit_has_a_handshape() -> None:
    assert len(SHAPES) >= 48
    assert len(HANDSHAPE_OF_LETTER) == 26 and len(HANDSHAPE_OF_DIGIT) == 10
    assert set(HANDSHAPE_OF_LETTER.values()) | set(HANDSHAPE_OF_DIGIT.values()) <= set(SHAPES)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_finger_passes_through_another(shape: str) -> None:
    gaps = clearance(SHAPES[shape])
    worst = int(np.argmin(gaps))
    assert gaps[worst] > -0.0015, CLEARANCE_PAIRS[worst]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_joint_stays_within_its_limits(shape: str) -> None:
    low, high = LIMITS
    assert np.all((SHAPES[shape] >= low - 1e-3) & (SHAPES[shape] <= high + 1e-3))


@pytest.mark.parametrize("shape", solve_handshapes.GOALS)
def test_skin_meets_skin_where_the_handshape_says_so(shape: str) -> None:
    for goal in solve_handshapes.GOALS[shape]:
        if isinstance(goal, solve_handshapes.Touch):
            assert gap(shape, goal.a, goal.b) == pytest.approx(goal.gap, abs=solve_handshapes.TOUCH_SLACK), goal


def test_a_has_the_thumb_beside_the_index() -> None:
    assert point("A", "thumb4")[0] > point("A", "index2")[0] + 0.010


@pytest.mark.parametrize("shape", ["S", "I"])
def test_a_closed_fist_has_the_thumb_across_its_front(shape: str) -> None:
    assert point(shape, "thumb4")[2] > point(shape, "middle2")[2] + 0.010
    assert point(shape, "thumb4")[0] < point(shape, "index2")[0]


@pytest.mark.parametrize(("shape", "last", "following"), [("T", "index", "middle"), ("N", "middle", "ring")])
def test_the_thumb_goes_under_the_draped_fingers_and_looks_out_beyond_them(
    shape: str, last: str, following: str
) -> None:
    tip, draped = point(shape, "thumb4"), point(shape, f"{last}4")
    radius = BONE_RADII[last][3]
    assert tip[0] < draped[0] - radius - SMALLEST_VISIBLE, "the tip shows beyond the last draped finger"
    assert tip[2] > point(shape, f"{following}2")[2], "and lies in front of the next, closed one"
    assert draped[2] > point(shape, "thumb3")[2] + 0.010, "while the draped finger is in front of the thumb"


def test_m_drapes_three_fingers_over_the_thumb() -> None:
    for finger in ("middle", "ring"):
        assert point("M", f"{finger}4")[2] > point("M", "thumb4")[2]
    assert point("M", "thumb4")[0] < point("M", "middle4")[0] - 0.010
    assert point("M", "little4")[2] < point("M", "thumb4")[2]


def test_e_rests_the_fingertips_on_the_upper_edge_of_the_thumb() -> None:
    for finger in ("index", "middle", "ring"):
        assert point("E", f"{finger}4")[1] > point("E", "thumb4")[1]


def test_b_and_4_fold_the_thumb_over_the_palm() -> None:
    for shape in ("B", "4"):
        assert point(shape, "thumb4")[0] < humanoid.KNUCKLES["index"][0] - 0.015
        assert point(shape, "thumb4")[2] > 0.0


@pytest.mark.parametrize(("shape", "finger"), [("O", "index"), ("F", "index"), ("D", "middle"), ("8", "middle"),
                                               ("7", "ring")])  # fmt: skip
def test_a_ring_closes_tip_to_tip(shape: str, finger: str) -> None:
    assert np.linalg.norm(point(shape, "thumb4") - point(shape, f"{finger}4")) < 0.018


def test_o_is_round_inside() -> None:
    middle_of_ring = 0.5 * (point("O", "index2") + point("O", "thumb2"))
    assert np.linalg.norm(middle_of_ring - point("O", "index4")) > 0.025


def test_k_puts_the_thumb_on_the_side_of_the_middle() -> None:
    assert point("K", "middle1")[0] < point("K", "thumb4")[0] < point("K", "index3")[0] + 0.005


def test_l_is_a_right_angle() -> None:
    thumb = rotation.normalize(point("L", "thumb4") - point("L", "thumb2"))
    assert degrees_between(direction("L", "index"), thumb) == pytest.approx(90, abs=10)


def test_r_crosses_the_middle_over_the_index() -> None:
    assert point("R", "middle1")[0] < point("R", "index1")[0]
    assert point("R", "middle4")[0] > point("R", "index4")[0] + SMALLEST_VISIBLE


@pytest.mark.parametrize("shape", ["U", "BENT_U", "OPEN_U"])
def test_u_holds_index_and_middle_together(shape: str) -> None:
    assert gap(shape, "index3", "middle3") < solve_handshapes.TOUCH_SLACK


def test_v_spreads_index_and_middle() -> None:
    assert degrees_between(direction("V", "index"), direction("V", "middle")) > 15


def test_x_hooks_the_index_and_y_puts_out_thumb_and_little_finger() -> None:
    reach = {
        f: np.linalg.norm(point("Y", f"{f}4") - point("Y", f"{f}1")) for f in ("index", "middle", "ring", "little")
    }
    assert reach["little"] > 0.075 and max(reach[f] for f in ("index", "middle", "ring")) < 0.045
    assert point("Y", "thumb4")[0] > 0.080
    assert point("X", "index4")[1] < point("X", "index3")[1]


def test_solving_a_solved_handshape_leaves_it_alone() -> None:
    for shape, angles in SHAPES.items():
        assert solve_handshapes.meets_goals(angles, solve_handshapes.GOALS.get(shape, ())), shape


def test_solving_moves_a_thumb_out_of_the_finger_it_should_touch() -> None:
    goals = (solve_handshapes.Touch("thumb3", "index3"),)
    angles = SHAPES["F"].copy()
    angles[ANGLE_NAMES.index("thumb_mcp")] += np.radians(12)
    assert not solve_handshapes.meets_goals(angles, goals)
    assert solve_handshapes.meets_goals(solve_handshapes.solve(angles, goals, np.random.default_rng(0)), goals)


def test_writing_angles_changes_one_handshape_and_nothing_else() -> None:
    text = as_toml("A") + "\n" + as_toml("B")
    written = solve_handshapes.write_angles(text, "A", np.radians(np.arange(21.0)))
    shapes = parse_handshapes(written, "shapes.toml")
    np.testing.assert_allclose(np.degrees(shapes["A"]), np.arange(21.0))
    np.testing.assert_array_equal(shapes["B"], parse_handshapes(text, "shapes.toml")["B"])


# The file


def as_toml(shape: str, **changed: str | None) -> str:
    fields: dict[str, str | None] = {
        **dict.fromkeys(("index", "middle", "ring", "little"), "[0, 5, 3, 0]"),
        **{"thumb": "[20, 50, 0, 0, 20]", "hamnosys": '""', "note": '""'},
        **changed,
    }
    return f"[{shape}]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items() if value is not None)


def test_degrees_in_the_file_become_radians_in_the_order_of_the_names() -> None:
    angles = parse_handshapes(as_toml("FLAT"), "shapes.toml")["FLAT"]
    assert angles[ANGLE_NAMES.index("index_pip")] == pytest.approx(np.radians(5))
    assert angles[ANGLE_NAMES.index("thumb_opp")] == pytest.approx(np.radians(50))


def test_loaded_angles_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load_handshapes()["A"][0] = 0.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (as_toml("A", ring=None), "shapes.toml: handshape A lacks the field 'ring'; its fields are: index, middle"),
        (as_toml("A", pinky="[1]"), "shapes.toml: handshape A has the unknown field 'pinky'; its fields are: index"),
        (as_toml("A", index="[1, 2, 3]"), r"field 'index' must be 4 numbers in degrees \(mcp, pip, dip, abd\), got"),
        (as_toml("A", thumb='"out"'), r"field 'thumb' must be 5 numbers in degrees \(abd, opp, mcp, ip, twist\)"),
        (as_toml("A", index="[1, 2, 3, true]"), "field 'index' must be 4 numbers"),
        ("A = 3", "shapes.toml: handshape A must be a table with the fields index, middle"),
        ("[A", "shapes.toml is not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_fields_it_may_have(text: str, message: str) -> None:
    with pytest.raises(LexiconError, match=message):
        parse_handshapes(text, "shapes.toml")
