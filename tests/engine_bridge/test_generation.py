"""From text to posed frames: the face and the head go with the hands, whichever source moves these."""

from dataclasses import replace

import numpy as np
import pytest

from signllm.face import FaceFrame
from signllm.language import translate
from signllm.lexicon.synthesise import LexiconSource
from signllm.model.source import ModelSource
from signllm.motion import kinematics, rotation
from signllm.motion.recording import MotionFrame
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm.source import NonManual
from signllm_bridge.generation import Generation, VocabularySource, posed, turn_head
from signllm_bridge.messages import Frame, Speak
from signllm_bridge.wire import encode_server_message

HEAD = HUMANOID.index["head"]
REST = np.tile(rotation.IDENTITY, (len(HUMANOID.joint_names), 1))
SOURCES: dict[str, VocabularySource] = {"lexicon": LexiconSource.load(), "signllm": ModelSource.load()}
GENERATION = Generation(translate, SOURCES)


def head_yaw(frames: list[MotionFrame]) -> rotation.Array:
    """Degrees by which the head looks to the signer's left."""
    world = kinematics.forward_kinematics(np.array([frame.rotations for frame in frames]), HUMANOID)[1]
    ahead = rotation.rotate(world[:, HEAD], [0.0, 0.0, 1.0])
    return np.asarray(np.degrees(np.arctan2(ahead[:, 0], ahead[:, 2])))


def reversals(angles: rotation.Array, least: float) -> int:
    """How often a curve turns back by at least `least`."""
    found, turn, rising = 0, angles[0], None
    for angle in angles:
        if rising is None or (angle > turn) == rising:
            rising = bool(angle > turn) if rising is None and abs(angle - turn) > 1.0 else rising
            turn = angle if rising is not None else turn
        elif abs(angle - turn) >= least:
            found, turn, rising = found + 1, angle, not rising
    return found


def test_reversals_counts_turns_of_a_curve() -> None:
    assert reversals(10.0 * np.sin(np.linspace(0.0, 4.0 * np.pi, 60)), 6.0) == 4
    assert reversals(2.0 * np.sin(np.linspace(0.0, 4.0 * np.pi, 60)), 6.0) == 0


@pytest.mark.parametrize("source", SOURCES)
def test_i_do_not_understand_shakes_the_head_from_either_source(source: str) -> None:
    said = GENERATION.plan(Speak("I do not understand.", "asl", source))
    negation = next(marking for marking in said.nonmanuals if marking.name == "negation")
    frames = list(GENERATION.frames(source, said))
    yaw = head_yaw([frame for frame in frames if negation.first <= frame.gloss <= negation.last])
    assert reversals(yaw, 6.0) >= 2
    before = head_yaw([frame for frame in frames if frame.gloss < negation.first] or frames[:1])
    assert np.abs(before).max() < 0.5


@pytest.mark.parametrize("source", SOURCES)
def test_the_face_is_written_with_the_frames_and_neutral_at_both_ends(source: str) -> None:
    said = GENERATION.plan(Speak("I do not understand.", "asl", source))
    said = replace(said, nonmanuals=(NonManual("yes-no-question", 0, len(said.glosses) - 1),))
    frames = list(GENERATION.frames(source, said))
    face = np.array([frame.face for frame in frames])
    assert face[:, FACE_NAMES.index("browInnerUp")].max() > 0.6
    assert face[0].max() == 0.0 and face[-1].max() == 0.0


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


def test_a_frame_with_root_and_face_stays_within_330_bytes() -> None:
    face = np.linspace(0.01, 1.0, 52)
    pose = posed(4_000_000, MotionFrame(np.zeros((50, 3)), REST, HUMANOID.rest_positions[0], face, 3))
    assert list(pose.face) == np.rint(255.0 * face).tolist()
    frame = Frame(4_000_000, 4_000_000, 4 * 3600 * 1_000_000, pose.rotations, (0.123, 0.94, -0.1), pose.face)
    assert len(encode_server_message(frame)) <= 330
