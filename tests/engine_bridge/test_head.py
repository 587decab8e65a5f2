"""The head's own movement: how it is shared, and that hands at the face go along with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signllm.face import FaceFrame
from signllm.lexicon.synthesise import LexiconSource
from signllm.motion import kinematics, rotation
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge.head import carry_hands, head_point, turn_head
from signllm_bridge.retarget import retarget

HEAD = HUMANOID.index["head"]
REST = np.tile(rotation.IDENTITY, (len(HUMANOID.joint_names), 1))
LEXICON = LexiconSource.load()
ORIGIN = np.array([0.0, humanoid.SHOULDER_HEIGHT, 0.0])
TURNS = {
    "headshake": ((0.0, 0.19, 0.0), 0.0),
    "the other way": ((0.0, -0.19, 0.0), 0.0),
    "nod": ((0.12, 0.0, 0.0), 0.0),
    "tilt and lean": ((0.05, 0.0, -0.14), 0.2),
}


def face(turn: tuple[float, float, float], lean: float = 0.0) -> FaceFrame:
    return FaceFrame(np.zeros(52, dtype=np.float32), rotation.rotvec_to_quat(turn), lean)


def test_neck_and_head_share_the_turn_and_nothing_else_moves() -> None:
    turn = rotation.rotvec_to_quat([0.1, 0.2, -0.1])
    turned = turn_head(REST, FaceFrame(np.zeros(52, dtype=np.float32), turn))
    np.testing.assert_allclose(rotation.multiply(turned[HUMANOID.index["neck"]], turned[HEAD]), turn, atol=1e-12)
    np.testing.assert_allclose(turned[HUMANOID.index["neck"]], turned[HEAD], atol=1e-12)
    assert np.count_nonzero((turned != REST).any(axis=1)) == 2


def test_a_lean_brings_the_head_forward_and_keeps_it_upright() -> None:
    leaning = turn_head(REST, FaceFrame(np.zeros(52, dtype=np.float32), rotation.IDENTITY, lean=0.2))
    positions, world = kinematics.forward_kinematics(leaning, HUMANOID)
    np.testing.assert_allclose(world[HEAD], rotation.IDENTITY, atol=1e-12)
    assert positions[HEAD, 2] - HUMANOID.rest_positions[HEAD, 2] > 0.01


def touching(gloss: str) -> np.ndarray:
    """The frame of a sign in which a point of the right hand is nearest to the face."""
    frames = [frame.keypoints for frame in LEXICON.frames([gloss]) if frame.gloss == 0]
    chin = np.array([0.0, 0.15, 0.14])
    hands = [np.linalg.norm(frame[prompt2sign.hand_slice("right")] - chin, axis=1).min() for frame in frames]
    return frames[int(np.argmin(hands))]


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("gloss", ["MOTHER", "FATHER", "UNDERSTAND", "NOT"])
def test_a_hand_at_the_face_stays_where_it_touches(gloss: str, turn: str) -> None:
    keypoints, moved = touching(gloss), face(*TURNS[turn])
    hand = keypoints[prompt2sign.hand_slice("right")].astype(np.float64)
    carried = carry_hands(keypoints, moved)[prompt2sign.hand_slice("right")]
    shift = carried - hand
    np.testing.assert_allclose(shift, np.broadcast_to(shift[0], shift.shape), atol=1e-6)  # the hand keeps its shape
    wanted = head_point(hand, moved) - hand
    left_behind = np.linalg.norm(shift - wanted, axis=1).min()
    assert left_behind < 0.4 * np.linalg.norm(wanted, axis=1).min() + 0.002


@pytest.mark.parametrize("turn", TURNS)
def test_arms_keep_their_lengths_and_the_rig_follows(turn: str) -> None:
    keypoints = touching("MOTHER")
    carried = carry_hands(keypoints, face(*TURNS[turn])).astype(np.float64)
    for side in ("right", "left"):
        chain = [carried[table[side]] for table in (prompt2sign.SHOULDER, prompt2sign.ELBOW, prompt2sign.WRIST)]
        lengths = np.linalg.norm(np.diff(chain, axis=0), axis=1)
        np.testing.assert_allclose(lengths, [humanoid.UPPER_ARM, humanoid.FOREARM], atol=1e-5)
    positions, _ = kinematics.forward_kinematics(retarget(carried), HUMANOID)
    wrist = positions[HUMANOID.index["rightHand"]] - ORIGIN
    np.testing.assert_allclose(wrist, carried[prompt2sign.WRIST["right"]], atol=0.002)


def test_a_hand_away_from_the_face_and_a_head_at_rest_change_nothing() -> None:
    low = next(LEXICON.frames(["BOOK"])).keypoints
    np.testing.assert_array_equal(carry_hands(low, face((0.0, 0.19, 0.0), 0.2)), low)
    high = touching("MOTHER")
    assert carry_hands(high, face((0.0, 0.0, 0.0))) is high


@given(st.floats(-0.2, 0.2), st.floats(0.0, 0.2))
def test_head_points_are_where_the_rig_has_them(yaw: float, lean: float) -> None:
    moved = face((0.05, yaw, -0.02), lean)
    positions, world = kinematics.forward_kinematics(turn_head(REST, moved), HUMANOID)
    nose = np.array(humanoid.NOSE_TIP)
    expected = positions[HEAD] + rotation.rotate(world[HEAD], nose - HUMANOID.rest_positions[HEAD])
    np.testing.assert_allclose(head_point(nose - ORIGIN, moved) + ORIGIN, expected, atol=1e-9)


@pytest.mark.parametrize("gloss", ["UNDERSTAND", "MOTHER", "NOT"])
def test_a_hand_that_comes_to_the_face_is_taken_along_in_proportion_to_its_way(gloss: str) -> None:
    frames = np.array([frame.keypoints for frame in LEXICON.frames([gloss])])
    moved = face((0.0, 0.19, 0.0), 0.15)
    wrist = frames[:, prompt2sign.WRIST["right"]]
    shifts = np.array([carry_hands(frame, moved) for frame in frames])[:, prompt2sign.WRIST["right"]] - wrist
    assert np.linalg.norm(shifts, axis=1).max() > 0.01
    way = np.linalg.norm(np.diff(wrist, axis=0), axis=1)
    assert (np.linalg.norm(np.diff(shifts, axis=0), axis=1) < 0.4 * way + 0.003).all()
