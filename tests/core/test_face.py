"""Face and head beside the hands: what markings look like, when they come and go, and what the mouth says."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signllm.errors import LexiconError
from signllm.face import FaceFrame, FaceTrack
from signllm.face.expressions import (
    GRAMMATICAL_FACES,
    INDEX,
    as_weights,
    find_expression,
    load_expressions,
)
from signllm.face.mouthing import Mouthing, mouth_shapes
from signllm.lexicon.phonology import LEXICAL_FACES, Sign
from signllm.lexicon.signs import load_signs
from signllm.motion import rotation
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.source import Gloss, NonManual, Utterance

LIDS = [INDEX[name] for name in ("eyeBlinkLeft", "eyeBlinkRight", "eyeWideLeft", "eyeWideRight")]
"""What a blink moves: these alone may be quick."""
SIGNS = load_signs()
SIGN = 20
"""Frames of a sign with the way to it."""
RETURN = 12
"""Frames in which the hands return to rest."""


def utterance(names: str, *nonmanuals: NonManual) -> Utterance:
    """Glosses of a line, each a word of its own, but letters joined."""
    glosses: list[Gloss] = []
    for name in names.split():
        joined = name.startswith("fs:") and glosses and glosses[-1].name.startswith("fs:")
        word = (glosses[-1].word + (not joined)) if glosses else 0
        glosses.append(Gloss(name, word, name))
    return Utterance(names, "asl", tuple(glosses), "Experimental", 1.0, nonmanuals=nonmanuals)


def play(said: Utterance, lengths: Sequence[int] | None = None, *, mouthing: bool = True) -> list[FaceFrame]:
    """The whole track for signs of the given lengths."""
    track = FaceTrack(said, mouthing=mouthing)
    counts = [*(lengths or [SIGN] * len(said.glosses)), RETURN]
    return [track.frame(gloss) for gloss, count in enumerate(counts) for _ in range(count)]


def weights(frames: Sequence[FaceFrame], name: str) -> npt.NDArray[np.float32]:
    return np.array([frame.weights[INDEX[name]] for frame in frames])


def degrees(frames: Sequence[FaceFrame]) -> npt.NDArray[np.float64]:
    """[T, 3] pitch, yaw and roll of the head."""
    return np.asarray(np.degrees(rotation.quat_to_rotvec(np.array([frame.head for frame in frames]))))


def with_face(monkeypatch: pytest.MonkeyPatch, **entries: Sign) -> None:
    monkeypatch.setattr("signllm.face.track.load_signs", lambda: SIGNS | entries)


def sign(*faces: str, mouthing: str = "") -> Sign:
    known = SIGNS["BOOK"]
    return Sign(known.name, known.hands, known.start, known.steps, known.other, face=faces, mouthing=mouthing)


MARKINGS = st.lists(
    st.builds(
        lambda name, ends: NonManual(name, min(ends), max(ends)),
        st.sampled_from(GRAMMATICAL_FACES),
        st.tuples(st.integers(0, 4), st.integers(0, 4)),
    ),
    max_size=4,
)


@given(MARKINGS, st.lists(st.integers(1, 30), min_size=5, max_size=5))
def test_weights_are_shares_heads_are_rotations_and_nothing_jumps(
    markings: list[NonManual], lengths: list[int]
) -> None:
    frames = play(utterance("BOOK WANT | NOT UNDERSTAND", *markings), lengths)
    rows = np.array([frame.weights for frame in frames])
    assert rows.shape == (len(frames), 52) and rows.dtype == np.float32
    assert rows.min() >= 0.0 and rows.max() <= 1.0
    np.testing.assert_allclose([np.linalg.norm(frame.head) for frame in frames], 1.0, atol=1e-9)
    assert np.abs(np.diff(np.delete(rows, LIDS, axis=1), axis=0)).max() <= 0.25
    turns = rotation.angle_between(
        np.array([frame.head for frame in frames[:-1]]), np.array([frame.head for frame in frames[1:]])
    )
    assert np.degrees(turns).max() < 10.0
    for end in (frames[0], frames[-1]):
        assert end.weights.max() == 0.0 and end.lean == 0.0
        np.testing.assert_allclose(end.head, rotation.IDENTITY, atol=1e-12)


def test_the_same_glosses_and_frames_give_the_same_face() -> None:
    said = utterance("BOOK WANT NOT", NonManual("negation", 0, 2))
    for one, other in zip(play(said), play(said), strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)
        np.testing.assert_array_equal(one.head, other.head)


def test_a_face_knows_nothing_of_frames_to_come() -> None:
    said = utterance("BOOK WANT NOT UNDERSTAND", NonManual("topic", 0, 0), NonManual("negation", 2, 3))
    short, long = play(said, [15, 15, 4, 4]), play(said, [15, 15, 30, 30])
    for one, other in zip(short[:34], long[:34], strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)


@pytest.mark.parametrize("name", ["yes-no-question", "topic", "conditional", "rhetorical"])
def test_brows_rise_with_the_first_sign_and_fall_after_the_last(name: str) -> None:
    brows = weights(play(utterance("BOOK WANT YES NO", NonManual(name, 1, 2))), "browOuterUpLeft")
    assert brows[: SIGN + 1].max() < 0.05
    assert brows[SIGN + 6 : 3 * SIGN].min() > 0.6  # up after 240 ms, and held to the end of the last sign
    assert brows[3 * SIGN + 6 :].max() == 0.0


def test_a_question_with_a_question_word_lowers_brows_and_brings_the_head_forward() -> None:
    frames = play(utterance("BOOK WHAT", NonManual("wh-question", 0, 1)))
    assert weights(frames, "browDownRight")[SIGN] > 0.6 and weights(frames, "browInnerUp").max() == 0.0
    assert np.degrees(frames[SIGN].lean) > 10.0


def test_a_negation_shakes_the_head_about_twice_a_second_by_ten_degrees() -> None:
    yaw = degrees(play(utterance("BOOK NOT UNDERSTAND", NonManual("negation", 1, 2))))[:, 1]
    assert np.abs(yaw[:SIGN]).max() == 0.0
    during = yaw[SIGN : 3 * SIGN]
    assert 9.0 < np.abs(during).max() < 13.0
    crossings = np.count_nonzero(np.diff(np.sign(during[2:])))
    assert 2.0 <= crossings / 2.0 / (len(during) / 25.0) <= 2.7  # hertz


def test_an_affirmation_nods_downwards() -> None:
    pitch = degrees(play(utterance("YES UNDERSTAND", NonManual("affirmation", 0, 1))))[:, 0]
    assert pitch.min() > -0.01 and 5.0 < pitch.max() < 10.0
    inside = pitch[1:-1]
    assert np.count_nonzero((inside > pitch[:-2]) & (inside >= pitch[2:]) & (inside > 3.0)) >= 2


def test_a_negated_question_keeps_the_brows_where_the_question_wants_them() -> None:
    frames = play(utterance("BOOK WANT", NonManual("yes-no-question", 0, 1), NonManual("negation", 0, 1)))
    assert weights(frames, "browInnerUp")[SIGN] > 0.4 > 0.1 > weights(frames, "browDownLeft")[SIGN]
    assert np.abs(degrees(frames)[:, 1]).max() > 8.0


def test_two_headshakes_at_once_are_no_wider_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with_face(monkeypatch, BOOK=sign("headshake"))
    frames = play(utterance("WANT BOOK", NonManual("negation", 0, 1)))
    assert np.abs(degrees(frames)[:, 1]).max() < 13.0


def test_a_sign_with_a_nod_of_its_own_is_denied_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with_face(monkeypatch, BOOK=sign("nod"))
    assert degrees(play(utterance("BOOK BOOK")))[:, 0].max() > 5.0
    denied = degrees(play(utterance("BOOK BOOK", NonManual("negation", 0, 1))))[: 2 * SIGN]
    assert np.abs(denied[:, 1]).max() > 8.0 and denied[:, 0].max() < 1.5


def test_gaze_goes_to_the_same_side_with_both_eyes_and_a_little_of_the_head() -> None:
    frame = play(utterance("BOOK", NonManual("gaze-left", 0, 0)))[SIGN - 1]
    assert frame.weights[INDEX["eyeLookOutLeft"]] == frame.weights[INDEX["eyeLookInRight"]] > 0.5
    assert frame.weights[INDEX["eyeLookInLeft"]] == 0.0
    assert 2.0 < degrees([frame])[0, 1] < 8.0


# --- blinks


def shut(frames: Sequence[FaceFrame]) -> list[int]:
    """Frames at which a blink begins."""
    lids = weights(frames, "eyeBlinkLeft")
    np.testing.assert_array_equal(lids, weights(frames, "eyeBlinkRight"))
    return (1 + np.flatnonzero((lids[1:] > 0.0) & (lids[:-1] == 0.0))).tolist()


def test_eyes_blink_at_the_pause_and_at_the_end_and_not_within_a_short_phrase() -> None:
    assert shut(play(utterance("BOOK WANT | YES"))) == [2 * SIGN, 4 * SIGN]


def test_a_blink_lasts_up_to_160_milliseconds() -> None:
    lids = weights(play(utterance("BOOK")), "eyeBlinkLeft")
    assert lids.max() == 1.0 and 3 <= np.count_nonzero(lids) <= 4


def test_eyes_blink_within_a_long_phrase_between_words_only() -> None:
    blinks = shut(play(utterance("BOOK WANT YES NO BOOK WANT YES NO BOOK WANT YES NO")))
    assert len(blinks) >= 2
    assert all(frame % SIGN == 0 for frame in blinks)
    assert all(later - earlier <= 7 * 25 for earlier, later in zip([0, *blinks], blinks, strict=False))


def test_no_blink_falls_between_the_letters_of_a_word() -> None:
    frames = play(utterance("BOOK WANT YES fs:A fs:L fs:E fs:X fs:A fs:N fs:D fs:R fs:A BOOK NO YES WANT"))
    assert not any(3 * SIGN < frame < 12 * SIGN for frame in shut(frames))


# --- faces of signs


@pytest.mark.parametrize("name", LEXICAL_FACES)
def test_every_face_of_a_sign_shows(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with_face(monkeypatch, BOOK=sign(name))
    frames = play(utterance("BOOK"))
    moved = max(np.array([frame.weights for frame in frames[:SIGN]]).max(), np.abs(degrees(frames)).max() / 10.0)
    assert moved > 0.45 or max(abs(frame.lean) for frame in frames) > 0.1
    assert np.abs(np.diff(np.delete([f.weights for f in frames], LIDS, axis=1), axis=0)).max() <= 0.25
    assert frames[-1].weights.max() == 0.0


def test_pah_closes_the_lips_before_it_opens_the_mouth(monkeypatch: pytest.MonkeyPatch) -> None:
    with_face(monkeypatch, BOOK=sign("mouth-pah"))
    frames = play(utterance("BOOK"))
    pressed, jaw = weights(frames, "mouthPressLeft"), weights(frames, "jawOpen")
    assert pressed[:SIGN].argmax() < jaw[:SIGN].argmax()
    assert pressed.max() > 0.4 and jaw.max() > 0.6 and pressed[SIGN - 1] == 0.0


def test_a_gesture_of_the_mouth_takes_the_place_of_mouthing(monkeypatch: pytest.MonkeyPatch) -> None:
    with_face(monkeypatch, BOOK=sign("puffed-cheeks", mouthing="father"))
    frames = play(utterance("BOOK"))
    assert weights(frames, "cheekPuff").max() > 0.7 and weights(frames, "jawOpen").max() < 0.05


def test_an_unknown_marking_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(LexiconError, match=r"'doubt' is not a marking of glosses; allowed are: .*negation"):
        FaceTrack(utterance("BOOK", NonManual("doubt", 0, 0)))
    with pytest.raises(LexiconError, match=r"'wink' is not a face of a sign; allowed are: .*puffed-cheeks"):
        find_expression("wink", grammatical=False)
    with pytest.raises(LexiconError, match=r"here: 'earWiggle' is no blend shape; allowed are: eyeBlinkLeft"):
        as_weights({"earWiggle": 0.5}, "here")
    with pytest.raises(LexiconError, match=r"jawOpen = 1\.5: weights lie between 0 and 1"):
        as_weights({"jawOpen": 1.5}, "here")


def test_markings_move_left_and_right_alike_unless_they_look_aside() -> None:
    for group in load_expressions().values():
        for name, face in group.items():
            if not name.startswith("gaze-"):
                for left in (shape for shape in FACE_NAMES if shape.endswith("Left")):
                    right = left.removesuffix("Left") + "Right"
                    if right in INDEX and left not in ("jawLeft", "mouthLeft"):
                        assert face.weights[INDEX[left]] == face.weights[INDEX[right]], name


# --- mouthing


def test_words_become_mouth_shapes() -> None:
    assert mouth_shapes("fish") == ("FF", "II", "CH")
    assert mouth_shapes("mother") == ("PP", "OO", "TH", "RR")
    assert mouth_shapes("time") == ("DD", "AA", "II", "PP")
    assert mouth_shapes("thank you") == ("TH", "AA", "DD", "KK", "II", "UU")
    assert mouth_shapes("123 !") == ()


@given(st.text(max_size=40))
def test_every_text_can_be_mouthed(text: str) -> None:
    mouthing = Mouthing(text, 400.0)
    for frame in range(-5, 60):
        row = mouthing.weights(frame)
        assert row is None or (row.min() >= 0.0 and row.max() <= 1.0)


def test_a_word_is_mouthed_with_its_sign_and_not_past_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with_face(monkeypatch, BOOK=sign(mouthing="father"), WANT=sign())
    frames = play(utterance("WANT BOOK WANT"), [SIGN, 40, SIGN])
    moving = np.flatnonzero(np.delete([frame.weights for frame in frames], LIDS, axis=1).max(axis=1) > 0.0)
    assert SIGN + 2 <= moving[0] and moving[-1] < SIGN + 36
    lips = weights(frames, "mouthRollLower")
    assert lips.argmax() < weights(frames, "jawOpen").argmax()  # f before a


def test_mouthing_can_be_switched_off_and_leaves_the_rest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with_face(monkeypatch, BOOK=sign(mouthing="father"))
    said = utterance("BOOK", NonManual("yes-no-question", 0, 0))
    spoken, silent = play(said), play(said, mouthing=False)
    assert weights(spoken, "jawOpen").max() > 0.2 and weights(silent, "jawOpen").max() == 0.0
    np.testing.assert_array_equal(weights(spoken, "browInnerUp"), weights(silent, "browInnerUp"))


def test_a_sign_that_is_cut_short_closes_the_mouth() -> None:
    mouthing = Mouthing("beautiful", 300.0)
    assert mouthing.weights(300.0 / 40.0 + 1.0) is None  # all of the word fits the sign
    assert Mouthing("book", 1000.0).weights(3 * 90.0 / 40.0 + 3.0) is None  # and is not drawn out
