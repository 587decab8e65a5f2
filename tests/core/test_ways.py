"""The way between two glosses: within the joints' limits, around the head and the other hand, and no longer for it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from signllm.lexicon import arm, space, ways
from signllm.lexicon.joints import arm_angles, arm_excess, within_limits
from signllm.lexicon.movement import HandTrack
from signllm.lexicon.synthesise import REST, Synthesiser
from signllm.lexicon.ways import Way, pressed, way_between
from signllm.motion import rotation
from signllm.motion.skeletons import prompt2sign

SYNTHESISER = Synthesiser.load("asl")
SIGNS = [name for name in SYNTHESISER.vocabulary if ":" not in name]
ROUNDING_DEG = 0.05


def way(before: str, after: str) -> Way:
    return way_between(SYNTHESISER.plan(before), SYNTHESISER.plan(after), 1.0)


def beyond(track: HandTrack) -> float:
    wrist, axes = arm.reachable(track.wrist), space.palm_axes(track.orientation)
    return float(arm_excess(arm_angles(arm.SHOULDER, arm.elbow(wrist, axes), wrist, axes)).max())


def some_pairs(count: int) -> list[tuple[str, str]]:
    rng = np.random.default_rng(11)
    return [tuple(SIGNS[k] for k in rng.choice(len(SIGNS), 2, replace=False)) for _ in range(count)]


def test_no_joint_goes_beyond_its_limit_in_any_sign_or_on_the_way_to_and_from_it() -> None:
    for sign in SYNTHESISER.vocabulary:
        plan, there, back = SYNTHESISER.plan(sign), way(REST, sign), way(sign, REST)
        for track in (plan.signing, plan.other, there.signing, there.other, back.signing, back.other):
            assert beyond(track) < ROUNDING_DEG, sign


def test_no_joint_goes_beyond_its_limit_between_signs() -> None:
    for before, after in some_pairs(150):
        between = way(before, after)
        assert beyond(between.signing) < ROUNDING_DEG, (before, after)
        assert beyond(between.other) < ROUNDING_DEG, (before, after)


def test_a_hand_within_its_limits_is_left_as_it_is() -> None:
    track = SYNTHESISER.plan("HELLO").signing
    assert np.array_equal(within_limits(arm.reachable(track.wrist), track.orientation), track.orientation)


def test_a_hand_beyond_its_limits_is_turned_back_no_further_than_to_them() -> None:
    wrist = arm.reachable(np.array([[-0.10, -0.15, 0.30]]))
    wanted = space.hand_orientation(space.direction("D"), space.direction("FR"))[None]
    axes = space.palm_axes(wanted)
    before = arm_excess(arm_angles(arm.SHOULDER, arm.elbow(wrist, axes), wrist, axes))
    kept = within_limits(wrist, wanted)
    assert before.max() > 5.0
    assert beyond(HandTrack(wrist, kept, np.zeros((1, 21)))) < ROUNDING_DEG
    turned = float(np.degrees(rotation.angle_between(kept, wanted)[0]))
    assert before.max() * 0.5 < turned < before.sum() + 25.0  # the elbow follows the hand


def test_a_hand_that_stays_at_rest_does_not_move_on_the_way() -> None:
    between = way("HELLO", "YES")
    assert np.ptp(between.other.wrist, axis=0).max() == 0.0


@pytest.mark.parametrize("pair", [("COMPUTER", REST), (REST, "COMPUTER"), ("LOVE", REST), ("WRONG", "TRUE")])
def test_a_hand_goes_around_what_it_would_pass_through(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    around = pressed(way(*pair).keypoints).max()
    monkeypatch.setattr(ways, "_DETOUR_SIZES", ())
    straight = pressed(way(*pair).keypoints).max()
    assert straight > 0.0
    assert around < 0.003  # the elbow, which follows the detour, takes a little of it back
    assert around < straight - 0.005


def test_a_detour_is_rare() -> None:
    """Hands that are clear of each other go straight: bowed forward, and nothing else."""
    straight = 0
    pairs = some_pairs(100)
    for before, after in pairs:
        between = way(before, after).signing.wrist
        start, end = SYNTHESISER.plan(before).signing.wrist[-1], SYNTHESISER.plan(after).signing.wrist[0]
        along = end - start
        off = between - start
        off = off - (off @ along)[:, None] * along / max(1e-9, float(along @ along))
        straight += bool(np.abs(off[:, 0]).max() < 0.03)
    assert straight > 60


def hands(apart: float) -> npt.NDArray[np.float64]:
    """Both hands flat before the chest, the palms facing, `apart` metres between their bones."""
    points = np.zeros((1, prompt2sign.COUNT, 3))
    for side, sign in (("right", -1.0), ("left", 1.0)):
        hand = points[0, prompt2sign.hand_slice(side)]
        hand[:] = np.linspace([0.0, 0.0, 0.4], [0.0, 0.18, 0.4], 21)
        hand[:, 0] = 0.5 * sign * apart
        points[0, prompt2sign.WRIST[side]] = hand[0]
        points[0, prompt2sign.ELBOW[side]] = [0.5 * sign, -0.2, 0.3]
    return points


def test_hands_are_pressed_by_as_much_as_they_are_too_near() -> None:
    assert pressed(hands(0.2))[0] < -0.1
    assert pressed(hands(0.02))[0] == pytest.approx(0.028 - 0.02, abs=1e-6)  # two wrists, 14 mm of flesh each
    assert pressed(hands(0.02), np.array([[[-0.05, 0.0, 0.0]], [[0.0, 0.0, 0.2]]])).shape == (2, 1)
    assert pressed(hands(0.02), np.array([[[-0.05, 0.0, 0.0]]]))[0, 0] < 0.0


def test_the_pieces_of_a_clip_are_the_clip() -> None:
    glosses = ["MY", "NAME", "fs:A", "fs:N", "fs:N", "|", "HELP"]
    pieces = list(Synthesiser.load("asl").pieces(glosses))
    clip, index = SYNTHESISER.clip(glosses)
    assert np.array_equal(np.concatenate([piece for _, piece in pieces]), clip)
    assert np.array_equal(np.concatenate([np.full(len(piece), k) for k, piece in pieces]), index)
    assert len(pieces) > len(glosses)  # the way is there before the sign is made


def test_a_prepared_synthesiser_makes_the_same_clips() -> None:
    prepared = Synthesiser.load("asl")
    prepared.prepare()
    assert np.array_equal(prepared.clip(["HELLO", "HELP"])[0], SYNTHESISER.clip(["HELLO", "HELP"])[0])
