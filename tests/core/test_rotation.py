"""Rotations are specified by their algebra: a group that acts on vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signllm.motion import rotation
from tests.strategies import Array, quaternions, random_quaternions, rotvecs, unit_vectors, vectors

SHARES = st.floats(0.0, 1.0)


def assert_same_rotation(a: Array, b: Array, tolerance: float = 1e-7) -> None:
    """Equal up to the sign of the quaternion."""
    np.testing.assert_allclose(rotation.continue_signs(a, b), b, atol=tolerance)


@given(quaternions(), quaternions(), quaternions())
def test_multiplication_is_associative(a: Array, b: Array, c: Array) -> None:
    left = rotation.multiply(rotation.multiply(a, b), c)
    np.testing.assert_allclose(left, rotation.multiply(a, rotation.multiply(b, c)), atol=1e-12)


@given(quaternions())
def test_the_identity_changes_nothing(q: Array) -> None:
    np.testing.assert_array_equal(rotation.multiply(q, rotation.IDENTITY), q)
    np.testing.assert_array_equal(rotation.multiply(rotation.IDENTITY, q), q)


@given(quaternions())
def test_a_rotation_and_its_inverse_cancel(q: Array) -> None:
    np.testing.assert_allclose(rotation.multiply(q, rotation.inverse(q)), rotation.IDENTITY, atol=1e-12)
    np.testing.assert_allclose(rotation.multiply(rotation.inverse(q), q), rotation.IDENTITY, atol=1e-12)


@given(quaternions(), quaternions())
def test_products_stay_unit(a: Array, b: Array) -> None:
    assert np.linalg.norm(rotation.multiply(a, b)) == pytest.approx(1.0, abs=1e-12)


@given(quaternions(), quaternions(), vectors())
def test_a_product_turns_by_its_right_factor_first(a: Array, b: Array, v: Array) -> None:
    turned = rotation.rotate(rotation.multiply(a, b), v)
    np.testing.assert_allclose(turned, rotation.rotate(a, rotation.rotate(b, v)), atol=1e-10)


@given(quaternions(), vectors(), vectors())
def test_turning_keeps_lengths_angles_and_handedness(q: Array, u: Array, v: Array) -> None:
    p, r = rotation.rotate(q, u), rotation.rotate(q, v)
    assert p @ r == pytest.approx(u @ v, abs=1e-9)
    np.testing.assert_allclose(np.cross(p, r), rotation.rotate(q, np.cross(u, v)), atol=1e-9)


@given(vectors(), vectors())
def test_cross_products_are_those_of_numpy_with_axes_in_front(u: Array, v: Array) -> None:
    np.testing.assert_array_equal(rotation.cross(u, v), np.cross(u, v))
    many = np.stack([u, v, u + v])[:, None]
    np.testing.assert_array_equal(rotation.cross(many, v), np.cross(many, v))


def test_a_quarter_turn_about_z_takes_x_to_y() -> None:
    q = rotation.axis_angle_to_quat([0.0, 0.0, 1.0], np.pi / 2)
    np.testing.assert_allclose(q, [0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)], atol=1e-15)
    np.testing.assert_allclose(rotation.rotate(q, [1.0, 0.0, 0.0]), [0.0, 1.0, 0.0], atol=1e-15)


@given(rotvecs())
def test_rotation_vectors_survive_the_way_there_and_back(rotvec: Array) -> None:
    back = rotation.quat_to_rotvec(rotation.rotvec_to_quat(rotvec))
    # At the half turn both ends of the axis name the same rotation.
    opposite = back - 2.0 * np.pi * rotation.normalize(back)
    assert min(np.linalg.norm(back - rotvec), np.linalg.norm(opposite - rotvec)) < 1e-7


@given(quaternions())
def test_quaternions_survive_the_way_to_rotation_vectors_and_back(q: Array) -> None:
    rotvec = rotation.quat_to_rotvec(q)
    assert np.linalg.norm(rotvec) <= np.pi + 1e-12
    assert_same_rotation(rotation.rotvec_to_quat(rotvec), q)


def test_the_smallest_turns_are_exact_to_first_order() -> None:
    tiny = np.array([1e-200, -2e-100, 3e-9])
    np.testing.assert_allclose(rotation.quat_to_rotvec(rotation.rotvec_to_quat(tiny)), tiny, rtol=1e-12)
    np.testing.assert_array_equal(rotation.rotvec_to_quat(np.zeros(3)), rotation.IDENTITY)
    np.testing.assert_array_equal(rotation.quat_to_rotvec(rotation.IDENTITY), np.zeros(3))


@given(quaternions(), vectors())
def test_a_matrix_turns_like_its_quaternion(q: Array, v: Array) -> None:
    np.testing.assert_allclose(rotation.quat_to_matrix(q) @ v, rotation.rotate(q, v), atol=1e-10)


@given(quaternions())
def test_quaternions_survive_the_way_to_matrices_and_back(q: Array) -> None:
    back = rotation.matrix_to_quat(rotation.quat_to_matrix(q))
    assert back[3] >= 0.0
    assert_same_rotation(back, q)


@pytest.mark.parametrize("axis", [*np.eye(3), *rotation.normalize([[1.0, 1.0, 0.0], [1.0, -1.0, 1.0]])])
def test_matrices_of_half_turns_give_their_axis(axis: Array) -> None:
    assert_same_rotation(rotation.matrix_to_quat(2.0 * np.outer(axis, axis) - np.eye(3)), np.append(axis, 0.0))


@given(unit_vectors(), unit_vectors())
def test_between_turns_one_direction_onto_the_other(a: Array, b: Array) -> None:
    q = rotation.between(a, b)
    assert np.linalg.norm(q) == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(rotation.rotate(q, a), b, atol=1e-4)


@given(unit_vectors(), unit_vectors())
def test_between_turns_no_farther_than_it_must(a: Array, b: Array) -> None:
    angle = np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)
    assert rotation.angle_between(rotation.between(a, b), rotation.IDENTITY) == pytest.approx(angle, abs=1e-4)


@pytest.mark.parametrize("a", [*np.eye(3), *-np.eye(3), rotation.normalize([1.0, 2.0, -3.0])])
def test_between_opposite_directions_is_a_half_turn(a: Array) -> None:
    q = rotation.between(a, -a)
    np.testing.assert_allclose(rotation.rotate(q, a), -a, atol=1e-12)
    np.testing.assert_allclose(rotation.between(a, a), rotation.IDENTITY, atol=1e-12)


@given(quaternions(), quaternions())
def test_slerp_starts_and_ends_at_its_ends(a: Array, b: Array) -> None:
    assert_same_rotation(rotation.slerp(a, b, 0.0), a)
    assert_same_rotation(rotation.slerp(a, b, 1.0), b)


@given(quaternions(), quaternions(), SHARES)
def test_slerp_turns_at_constant_speed(a: Array, b: Array, t: float) -> None:
    angle = rotation.angle_between(a, b)
    assert rotation.angle_between(a, rotation.slerp(a, b, t)) == pytest.approx(t * angle, abs=1e-6)


@given(quaternions(), quaternions())
def test_slerp_takes_the_short_way_whatever_the_signs(a: Array, b: Array) -> None:
    middle = rotation.slerp(a, b, 0.5)
    if rotation.angle_between(a, b) < np.pi - 1e-3:  # at the half turn both ways are short
        assert_same_rotation(middle, rotation.slerp(a, -b, 0.5))
    assert rotation.angle_between(a, middle) <= 0.5 * np.pi + 1e-9


@given(quaternions(), quaternions())
def test_the_angle_between_rotations_is_a_distance(a: Array, b: Array) -> None:
    assert rotation.angle_between(a, a) == pytest.approx(0.0, abs=1e-7)
    assert rotation.angle_between(a, b) == pytest.approx(rotation.angle_between(b, a), abs=1e-7)
    assert rotation.angle_between(a, -a) == pytest.approx(0.0, abs=1e-7)
    assert 0.0 <= rotation.angle_between(a, b) <= np.pi + 1e-9


@given(quaternions(), quaternions())
def test_continued_signs_change_the_sign_alone_and_come_nearer(q: Array, previous: Array) -> None:
    continued = rotation.continue_signs(q, previous)
    assert np.array_equal(continued, q) or np.array_equal(continued, -q)
    assert continued @ previous >= 0.0


@given(quaternions(), vectors())
def test_mirroring_a_rotation_turns_mirrored_vectors(q: Array, v: Array) -> None:
    flip = np.array([-1.0, 1.0, 1.0])
    np.testing.assert_allclose(rotation.rotate(rotation.mirror(q), flip * v), flip * rotation.rotate(q, v), atol=1e-10)
    np.testing.assert_array_equal(rotation.mirror(rotation.mirror(q)), q)


def test_normalising_zero_gives_zero_and_not_nan() -> None:
    np.testing.assert_array_equal(rotation.normalize([[0.0, 0.0, 0.0], [0.0, 3.0, 4.0]]), [[0, 0, 0], [0, 0.6, 0.8]])


BINARY = {"multiply": rotation.multiply, "angle_between": rotation.angle_between, "signs": rotation.continue_signs}
UNARY = {"matrix": rotation.quat_to_matrix, "rotvec": rotation.quat_to_rotvec, "inverse": rotation.inverse}


@pytest.mark.parametrize("name", [*BINARY, *UNARY, "rotate", "between", "slerp"])
def test_a_batch_equals_a_loop(name: str) -> None:
    rng = np.random.default_rng(0)
    a, b, v = random_quaternions(rng, 2, 3), random_quaternions(rng, 2, 3), rng.normal(size=(2, 3, 3))

    def compute(at: tuple[int, ...]) -> Array:
        if name in BINARY:
            return BINARY[name](a[at], b[at])
        if name in UNARY:
            return UNARY[name](a[at])
        if name == "slerp":
            return rotation.slerp(a[at], b[at], v[at][..., 0])
        return rotation.rotate(a[at], v[at]) if name == "rotate" else rotation.between(v[at], v[at] + 1.0)

    batch = compute(())
    for i in np.ndindex(2, 3):
        np.testing.assert_allclose(batch[i], compute(i), atol=1e-14)


def test_no_function_changes_its_arguments() -> None:
    q = np.array([0.0, 0.0, 0.6, -0.8])
    q.flags.writeable = False
    for function in (rotation.inverse, rotation.mirror, rotation.quat_to_rotvec, rotation.quat_to_matrix):
        function(q)
    rotation.continue_signs(q, -q)
    rotation.slerp(q, q, 0.5)
