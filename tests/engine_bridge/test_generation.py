"""From text to posed frames: the face and the head go with the hands, whichever source moves these."""

from dataclasses import replace

import numpy as np
import pytest

from signllm.errors import InputError
from signllm.face import FaceFrame
from signllm.language import translate
from signllm.language.labels import EXPERIMENTAL, REVIEWED
from signllm.lexicon.synthesise import LexiconSource
from signllm.model.source import ModelSource
from signllm.motion import kinematics, rotation
from signllm.motion.recording import MotionFrame
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm.source import NonManual, Utterance
from signllm_bridge.events import Failed, Generate, Planned
from signllm_bridge.generation import Generation, VocabularySource, lowest_review, posed
from signllm_bridge.messages import ErrorCode, Frame, Speak
from signllm_bridge.mirror import mirror_face, mirror_keypoints
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


# ---------------------------------------------------------------------------------- what a viewer asks for


OTHER_SIDE = {f"{n[:-4]}Left": f"{n[:-4]}Right" for n in FACE_NAMES if n.endswith("Left")}
OTHER_SIDE |= {right: left for left, right in OTHER_SIDE.items()}


def mirrored_pose(rotations: rotation.Array) -> rotation.Array:
    """Local rotations [J, 4] of the humanoid in the mirror."""
    names = HUMANOID.joint_names
    swap = [n.replace("left", "right") if n.startswith("left") else n.replace("right", "left") for n in names]
    return rotation.mirror(rotations[[names.index(name) for name in swap]])


@pytest.mark.parametrize("source", SOURCES)
def test_a_left_handed_signer_is_a_right_handed_one_in_the_mirror(source: str) -> None:
    right = Speak("", "asl", source, gloss="HELLO MY YOUR fs:B")  # one hand signs
    said = GENERATION.plan(right)
    said = replace(said, nonmanuals=(NonManual("negation", 0, 1), NonManual("gaze-left", 2, 2)))
    usual = list(GENERATION.sign(right, said))
    left = replace(right, left_handed=True)
    assert GENERATION.plan(left) == GENERATION.plan(right), "the text stays as it is"
    turned = list(GENERATION.sign(left, said))
    assert len(turned) == len(usual)
    swap = [FACE_NAMES.index(OTHER_SIDE.get(name, name)) for name in FACE_NAMES]
    for one, other in zip(usual, turned, strict=True):
        angles = rotation.angle_between(other.rotations, mirrored_pose(np.asarray(one.rotations, dtype=np.float64)))
        assert np.degrees(angles).max() < 0.05
        np.testing.assert_allclose(other.face, one.face[swap])
    wrists = [HUMANOID.index[f"{side}LowerArm"] for side in ("left", "right")]
    moved = [[np.ptp([f.rotations[w] for f in frames], axis=0).max() for w in wrists] for frames in (usual, turned)]
    assert moved[0][1] > moved[0][0] + 0.1 and moved[1][0] > moved[1][1] + 0.1, "the other hand signs"


def test_the_mirror_seen_in_a_mirror_is_what_it_was() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 3)).astype(np.float32)
    np.testing.assert_array_equal(mirror_keypoints(mirror_keypoints(points)), points)
    assert (mirror_keypoints(points)[8:29] == points[29:50] * [-1.0, 1.0, 1.0]).all(), "the left hand is the right one"
    face = FaceFrame(rng.random(52).astype(np.float32), rotation.rotvec_to_quat([0.1, 0.2, 0.3]), lean=0.1)
    twice = mirror_face(mirror_face(face))
    np.testing.assert_array_equal(twice.weights, face.weights)
    np.testing.assert_allclose(twice.head, face.head)
    assert mirror_face(face).weights[FACE_NAMES.index("jawLeft")] == face.weights[FACE_NAMES.index("jawRight")]
    assert mirror_face(face).lean == face.lean


@pytest.mark.parametrize("source", SOURCES)
def test_speed_changes_how_long_the_signing_takes(source: str) -> None:
    said = GENERATION.plan(Speak("", "asl", source, gloss="HELLO MY NAME fs:ANA"))
    usual, slow, fast = (len(list(GENERATION.frames(source, said, speed=speed))) for speed in (1.0, 0.5, 1.25))
    assert 1.6 * usual < slow <= 2.05 * usual
    assert 0.78 * usual <= fast < 0.9 * usual
    assert len(list(GENERATION.sign(Speak("", source=source, speed=0.0), said))) == usual, "0 is the usual rate"
    with pytest.raises(InputError, match=r"speed 2 is out of range; choose 0\.5 to 1\.25"):
        next(GENERATION.frames(source, said, speed=2.0))


def test_mouthing_can_be_switched_off_and_the_grammar_of_the_face_stays() -> None:
    said = GENERATION.plan(Speak("", "asl", "lexicon", gloss="MONDAY"))
    said = replace(said, nonmanuals=(NonManual("yes-no-question", 0, 0),))
    faces = {
        off: np.array([f.face for f in GENERATION.sign(Speak("", source="lexicon", no_mouthing=off), said)])
        for off in (False, True)
    }
    mouth = [k for k, name in enumerate(FACE_NAMES) if name.startswith(("mouth", "jaw"))]
    assert faces[False][:, mouth].max() > 0.2
    assert faces[True][:, mouth].max() == 0.0
    assert faces[True][:, FACE_NAMES.index("browInnerUp")].max() > 0.6


def test_without_drafts_every_word_is_spelled_as_long_as_every_sign_is_a_draft() -> None:
    said = GENERATION.plan(Speak("My name is Ana.", "asl", "lexicon", no_drafts=True))
    assert said.gloss_text == "fs:MY fs:NAME fs:ANA"
    assert said.label == "Spelled only"


def test_an_emergency_message_is_a_caption_until_somebody_approves_it() -> None:
    text = "Fire! Leave the building now!"
    assert GENERATION.plan(Speak(text, "asl", "lexicon")).label == "Captions only"
    approved = GENERATION.plan(Speak(text, "asl", "lexicon", approved_by="Ana Ruiz"))
    assert approved.glosses and any("Ana Ruiz" in notice for notice in approved.notices)


def test_an_utterance_is_announced_with_the_lowest_review_of_its_signs() -> None:
    planned = next(GENERATION.events(Generate(1, Speak("My name is Ana.", "asl", "lexicon"))))
    assert isinstance(planned, Planned) and planned.review == "draft"
    assert lowest_review(replace(planned.utterance, glosses=())) == ""


def test_a_wish_that_cannot_be_met_is_an_event_with_a_sentence() -> None:
    *_, last = GENERATION.events(Generate(1, Speak("Hello.", "asl", "lexicon", speed=9.0)))
    assert isinstance(last, Failed)
    assert (last.code, last.message) == (
        ErrorCode.INPUT_REFUSED,
        "Speed 9 is out of range; choose 0.5 to 1.25, 1 is the usual rate.",
    )


def test_a_frame_with_root_and_face_stays_within_330_bytes() -> None:
    face = np.linspace(0.01, 1.0, 52)
    pose = posed(4_000_000, MotionFrame(np.zeros((50, 3)), REST, HUMANOID.rest_positions[0], face, 3))
    assert list(pose.face) == np.rint(255.0 * face).tolist()
    frame = Frame(4_000_000, 4_000_000, 4 * 3600 * 1_000_000, pose.rotations, (0.123, 0.94, -0.1), pose.face)
    assert len(encode_server_message(frame)) <= 330


@pytest.mark.parametrize(("source", "label"), [("lexicon", REVIEWED), ("signllm", EXPERIMENTAL)])
def test_what_a_model_makes_of_reviewed_signs_stays_experimental(source: str, label: str) -> None:
    def reviewed(text: str, language: str, **_: object) -> Utterance:
        return replace(translate(text, language), label=REVIEWED)

    assert Generation(reviewed, SOURCES).plan(Speak("Hello.", "asl", source)).label == label
