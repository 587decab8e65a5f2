"""What is wrong with a clip: found, mended where that is honest, and left alone where nothing is."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.lexicon.synthesise import Synthesiser
from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.quality import Quality, QualityOptions, clean, shoulder_width
from signllm_training.prompt2sign.quality_gaps import fill_gaps, without_gaps
from signllm_training.prompt2sign.quality_outliers import _jumps
from signllm_training.prompt2sign.quality_swaps import MIRRORED
from signllm_training.prompt2sign.readers import open_corpus
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import UNKNOWN_LICENCE, Observation, Provenance, Sample
from tests.real_data import read_skels, real_data

OPTIONS = QualityOptions()
FPS = 25.0
PIXELS = 200.0
"""Shoulder width in the test pictures."""
LEFT_HAND, RIGHT_HAND = prompt2sign.hand_slice("left"), prompt2sign.hand_slice("right")
SENTENCES = (("MY", "NAME", "fs:A", "fs:N", "fs:A"), ("LOVE", "SORRY"), ("BOOK", "GIVE", "WHERE"))


@cache
def motion() -> Synthesiser:
    return Synthesiser.load()


def picture(metres: npt.NDArray[np.float32]) -> Sample:
    """A clip of the synthesiser as an estimator would see it from the front."""
    points = np.zeros_like(metres)
    points[..., :2] = metres[..., :2] * [PIXELS / 0.36, -PIXELS / 0.36] + [640.0, 300.0]
    return sample(points, np.full(points.shape[:2], 0.8, dtype=np.float32))


def sample(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> Sample:
    seen = Observation(points, confidence, FPS)
    return Sample("clip", "asl", "", (), "", "", UNKNOWN_LICENCE, Provenance("test", "clip", "test"), seen)


@cache
def clip() -> Sample:
    return picture(motion().clip(["MY", "NAME", "BOOK", "WHERE"])[0])


def broken(change: Callable[[npt.NDArray[np.float32], npt.NDArray[np.float32]], None], whole: Sample) -> Sample:
    points, confidence = whole.seen.points.copy(), whole.seen.confidence.copy()
    change(points, confidence)
    return replace(whole, seen=replace(whole.seen, points=points, confidence=confidence))


def off(mended: Sample, whole: Sample) -> npt.NDArray[np.float64]:
    """Distance from the truth, shoulder widths, [T, 50]."""
    return np.asarray(np.linalg.norm((mended.seen.points - whole.seen.points).astype(np.float64), axis=-1) / PIXELS)


# ---- Where nothing is wrong


def test_a_clean_clip_is_left_as_it_is_whatever_it_signs() -> None:
    glosses = [(gloss,) for gloss in motion().vocabulary[::6]] + list(SENTENCES)
    for signed in glosses:
        whole = picture(motion().clip(signed)[0])
        same, quality = clean(whole, OPTIONS)
        assert same is whole, signed
        assert quality == Quality(1.0, 0.0, 0, 0, 0, (0, 0)), signed


def test_folded_arms_and_hands_that_cross_stay_as_they_are() -> None:
    points = np.repeat(clip().seen.points[:1], 40, axis=0).copy()
    for wrist, x in ((prompt2sign.WRIST["right"], 60.0), (prompt2sign.WRIST["left"], -60.0)):
        hand = RIGHT_HAND if wrist == prompt2sign.WRIST["right"] else LEFT_HAND
        goal = np.array([640.0 + x, 400.0, 0.0]) - points[0, wrist]
        way = np.linspace(0.0, 1.0, 40)[:, None, None] * goal
        points[:, [wrist]] += way
        points[:, hand] += way
    crossed = sample(points, np.ones((40, 50), dtype=np.float32))
    assert clean(crossed, OPTIONS)[1].swapped == 0


def test_pixels_metres_and_measured_depth_are_judged_alike() -> None:
    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        points[20, prompt2sign.WRIST["right"]] += 300.0
        confidence[30:33, LEFT_HAND] = 0.0

    seen = broken(spoil, clip()).seen
    metres = replace(seen, points=((seen.points - [640, 300, 0]) * [1, -1, 1] / 555).astype(np.float32), axes=(1, 1, 1))
    deep = replace(seen, points=(seen.points + np.array([0, 0, 7])).astype(np.float32), depth="measured")
    found = [clean(replace(clip(), seen=one), OPTIONS)[1] for one in (seen, metres, deep)]
    assert found[0].outliers == 1 and found[0].filled == 1 + 3 * 21
    assert found[0] == found[1] == found[2]


# ---- Gaps


@pytest.mark.parametrize("keypoints", [[4], [prompt2sign.NOSE], range(50)[RIGHT_HAND], range(50)])
def test_a_short_gap_is_filled_near_the_truth_and_with_low_confidence(keypoints: list[int]) -> None:
    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        points[20:24, list(keypoints)] = 0.0
        confidence[20:24, list(keypoints)] = 0.0

    mended, quality = clean(broken(spoil, clip()), OPTIONS)
    assert quality.filled == 4 * len(list(keypoints))
    assert off(mended, clip()).max() < 0.2
    assert (mended.seen.confidence[20:24, list(keypoints)] == np.float32(OPTIONS.filled_confidence)).all()
    assert quality.missing == pytest.approx(quality.filled / (50 * len(clip().seen)))


def test_a_lost_hand_rides_on_its_arm() -> None:
    whole, base = clip(), prompt2sign.HAND_BASE["right"]
    speed = np.linalg.norm(np.diff(whole.seen.points[:, base], axis=0), axis=-1)
    turn = int(np.argmax(np.abs(np.diff(speed[4:-6])))) + 4

    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        confidence[turn : turn + 5, RIGHT_HAND] = 0.0

    mended, _ = clean(broken(spoil, whole), OPTIONS)
    points = np.where(mended.seen.confidence[..., None] == whole.seen.confidence[..., None], whole.seen.points, np.nan)
    frames = np.arange(len(points))
    straight = [np.interp(frames, frames[np.isfinite(x)], x[np.isfinite(x)]) for x in points[:, base, :2].T]
    error = np.linalg.norm(np.stack(straight, axis=-1) - whole.seen.points[:, base, :2], axis=-1).max() / PIXELS
    assert off(mended, whole)[:, base].max() < 1e-6 < error


@pytest.mark.parametrize(("first", "last"), [(0, 3), (20, 26), (-4, None)])
def test_long_gaps_and_gaps_at_an_end_stay_gaps(first: int, last: int | None) -> None:
    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        confidence[first:last, RIGHT_HAND] = 0.0

    mended, quality = clean(broken(spoil, clip()), OPTIONS)
    assert quality.filled == 0
    assert (mended.seen.confidence[first:last, RIGHT_HAND] == 0.0).all()


def test_bridged_tracks_are_those_of_plain_interpolation() -> None:
    rng = np.random.default_rng(1)
    track, known = rng.normal(size=(30, 50, 2)), rng.random((30, 50)) < 0.4
    known[:, 7] = False
    expected = np.zeros_like(track)
    for k in range(50):
        for d in range(2):
            at = np.flatnonzero(known[:, k])
            if len(at):
                expected[:, k, d] = np.interp(np.arange(30), at, track[at, k, d])
    np.testing.assert_allclose(without_gaps(track, known), expected, atol=1e-12)


def test_nothing_to_fill_gives_back_the_very_array() -> None:
    points = clip().seen.points
    assert fill_gaps(points, np.ones(points.shape[:2], dtype=np.bool_), 5)[0] is points


# ---- Keypoints where none can be


@pytest.mark.parametrize("frames", [[20], [20, 21], [5, 30]])
@pytest.mark.parametrize("keypoint", [prompt2sign.NOSE, 3, 4, 7, 16, 49])
def test_a_jump_there_and_back_is_found_and_mended(keypoint: int, frames: list[int]) -> None:
    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        points[frames, keypoint, 0] += 2.5 * PIXELS

    mended, quality = clean(broken(spoil, clip()), OPTIONS)
    assert quality.outliers == len(frames)
    assert off(mended, clip()).max() < 0.12
    assert quality.filled == len(frames)


def test_a_hand_turned_around_is_removed_as_a_whole() -> None:
    tip = prompt2sign.HAND_BASE["right"] + 12

    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        wrist = points[20:23, [prompt2sign.WRIST["right"]]]
        points[20:23, RIGHT_HAND] += [0.45 * PIXELS, 0.45 * PIXELS, 0.0]
        points[20:23, [tip]] = wrist
        confidence[20:23, RIGHT_HAND.start] = 0.01

    mended, quality = clean(broken(spoil, clip()), OPTIONS)
    assert quality.outliers == 3 * 20 and quality.filled == 3 * 21
    assert off(mended, clip()).max() < 0.12


def test_a_wrist_lost_beside_a_hand_that_is_seen_is_the_one_to_go() -> None:
    wrist = prompt2sign.WRIST["left"]

    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        points[20:32, wrist, 1] += 0.8 * PIXELS

    mended, quality = clean(broken(spoil, clip()), OPTIONS)
    assert quality.outliers == 12 and quality.filled == 0
    assert (mended.seen.confidence[20:32, wrist] == 0.0).all()
    assert (mended.seen.confidence[:, LEFT_HAND] == np.float32(0.8)).all()


def test_a_hand_away_from_its_wrist_throughout_is_a_note_unless_one_is_doubtful() -> None:
    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        points[:, LEFT_HAND, 0] += 0.5 * PIXELS

    def doubt(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        spoil(points, confidence)
        confidence[:, LEFT_HAND] = 0.1

    frames = len(clip().seen)
    same, quality = clean(broken(spoil, clip()), OPTIONS)
    assert quality.outliers == 0 and (same.seen.confidence == np.float32(0.8)).all()
    assert quality.notes[0].startswith(f"the left hand is away from its wrist in {frames} of {frames} frames")
    assert clean(broken(doubt, clip()), OPTIONS)[1].outliers == 21 * frames


def test_a_finger_too_long_for_anyone_loses_what_is_too_far_out() -> None:
    tip = prompt2sign.HAND_BASE["left"] + 8

    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        points[:, tip, 1] -= 0.5 * PIXELS

    mended, quality = clean(broken(spoil, clip()), OPTIONS)
    assert quality.outliers == len(clip().seen)
    assert (mended.seen.confidence[:, tip] == 0.0).all()
    assert (np.delete(mended.seen.confidence, tip, axis=1) == np.float32(0.8)).all()


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 3.0), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_what_never_moves_faster_than_the_limit_has_no_jump(seed: int, reach: float, frames: int) -> None:
    rng = np.random.default_rng(seed)
    track = np.cumsum(rng.uniform(-reach, reach, size=(frames, 5, 2)) * (1.0 - 1e-9), axis=0)
    assert not _jumps(track, rng.random((frames, 5)) < 0.7, reach).any()


# ---- Left and right

ARMS = [3, 4, 6, 7]
HANDS = [*range(8, 50)]
PARTS = {"hands": HANDS, "whole body": [*range(2, 50)], "arms": [*ARMS, *HANDS], "body without hands": [2, 5, *ARMS]}


@pytest.mark.parametrize(("first", "last"), [(20, 40), (0, 15), (30, None), (25, 26)])
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("glosses", SENTENCES, ids=" ".join)
def test_exchanged_sides_are_put_right_to_the_bit(
    part: str, glosses: tuple[str, ...], first: int, last: int | None
) -> None:
    whole, keypoints = picture(motion().clip(glosses)[0]), PARTS[part]
    last = min(len(whole.seen) // 2, last) if last and last > 30 else last

    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        points[first:last, keypoints] = points[first:last, MIRRORED[keypoints]]

    mended, quality = clean(broken(spoil, whole), OPTIONS)
    np.testing.assert_array_equal(mended.seen.points, whole.seen.points)
    assert quality.swapped == len(whole.seen.points[first:last])
    assert quality.score == pytest.approx(1.0 - 0.5 * quality.swapped / len(whole.seen))


@pytest.mark.parametrize("part", PARTS)
def test_the_noise_of_an_estimator_hides_no_exchange_and_makes_none(part: str) -> None:
    rng, keypoints = np.random.default_rng(5), PARTS[part]
    noisy = picture(motion().clip(["MY", "NAME", "LOVE", "GIVE"])[0])
    noise = rng.normal(size=noisy.seen.points.shape) * [0.02 * PIXELS, 0.02 * PIXELS, 0.0]
    noise[:, LEFT_HAND, 0] += 0.1 * PIXELS
    noisy = replace(noisy, seen=replace(noisy.seen, points=(noisy.seen.points + noise).astype(np.float32)))

    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        points[30:45, keypoints] = points[30:45, MIRRORED[keypoints]]

    assert clean(noisy, OPTIONS)[0] is noisy
    mended, quality = clean(broken(spoil, noisy), OPTIONS)
    assert quality.swapped == 15
    np.testing.assert_array_equal(mended.seen.points, noisy.seen.points)


def test_a_lone_hand_at_the_other_wrist_changes_sides() -> None:
    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        points[:, LEFT_HAND], confidence[:, RIGHT_HAND] = points[:, RIGHT_HAND], 0.0

    mended, quality = clean(broken(spoil, clip()), OPTIONS)
    assert quality.swapped == len(clip().seen)
    np.testing.assert_array_equal(mended.seen.points[:, RIGHT_HAND], clip().seen.points[:, RIGHT_HAND])
    assert (mended.seen.confidence[:, LEFT_HAND] == 0.0).all()


def test_sides_are_only_counted_where_they_are_not_to_be_mended() -> None:
    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        points[20:30, 2:50] = points[20:30, MIRRORED[2:50]]

    spoilt = broken(spoil, clip())
    left, quality = clean(spoilt, replace(OPTIONS, mend_sides=False, trim=False))
    assert quality.swapped == 10
    np.testing.assert_array_equal(left.seen.points[20:30, :8], spoilt.seen.points[20:30, :8])


def test_a_mirrored_picture_is_a_note_not_a_swap() -> None:
    seen = clip().seen
    mirrored = replace(clip(), seen=replace(seen, points=(seen.points * [-1, 1, 1]).astype(np.float32)))
    same, quality = clean(mirrored, OPTIONS)
    assert same is mirrored and quality.swapped == 0
    assert "the picture is mirrored, or the axes given" in quality.notes[0]


# ---- Rest


def resting(whole: Sample, before: int, after: int) -> Sample:
    seen = whole.seen
    points, confidence = (
        np.concatenate([values[:1].repeat(before, axis=0), values, values[-1:].repeat(after, axis=0)])
        for values in (seen.points, seen.confidence)
    )
    return replace(whole, seen=replace(seen, points=points, confidence=confidence))


def test_hands_at_rest_are_cut_from_both_ends_with_a_margin() -> None:
    whole = replace(clip(), provenance=Provenance("test", "clip", "test", begin_s=10.0, end_s=20.0))
    longer = resting(whole, 50, 30)
    cut, quality = clean(longer, OPTIONS)
    start, end = quality.trimmed
    assert 40 <= start <= 50 and 20 <= end <= 32
    np.testing.assert_array_equal(cut.seen.points, longer.seen.points[start : len(longer.seen) - end])
    assert cut.provenance.begin_s == pytest.approx(10.0 + start / FPS)
    assert cut.provenance.end_s == pytest.approx(20.0 - end / FPS)


def test_a_sign_held_at_the_end_is_not_rest() -> None:
    held = resting(replace(clip(), seen=_first(clip().seen, 40)), 0, 50)
    assert clean(held, OPTIONS)[1].trimmed == (0, 0)


def _first(seen: Observation, frames: int) -> Observation:
    return replace(seen, points=seen.points[:frames], confidence=seen.confidence[:frames])


def test_a_hand_that_is_not_seen_does_not_rest() -> None:
    longer = resting(clip(), 50, 0)
    longer.seen.confidence[:, prompt2sign.WRIST["left"]] = 0.0
    assert clean(longer, OPTIONS)[1].trimmed == (0, 0)


def test_hands_that_rest_throughout_are_a_note() -> None:
    still = resting(replace(clip(), seen=_first(clip().seen, 1)), 20, 20)
    same, quality = clean(still, OPTIONS)
    assert same is still and quality.notes == ("the hands rest throughout",)


def test_trimming_can_be_left_out() -> None:
    assert clean(resting(clip(), 50, 50), replace(OPTIONS, trim=False))[1].trimmed == (0, 0)


# ---- Score, limits and bad input


def test_the_score_weighs_body_and_hands() -> None:
    def score(hidden: list[int]) -> float:
        def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
            confidence[:, hidden] = 0.0

        return clean(broken(spoil, clip()), OPTIONS)[1].score

    left, right = list(range(50)[LEFT_HAND]), list(range(50)[RIGHT_HAND])
    assert score([]) == pytest.approx(1.0)
    assert score(left) == score(right) == pytest.approx(0.85)
    assert score(left + right) == pytest.approx(0.4)
    assert score([prompt2sign.NOSE]) == pytest.approx(0.95)


def test_a_clip_without_shoulders_scores_nothing_and_stays() -> None:
    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        confidence[:, prompt2sign.SHOULDER["left"]] = 0.0

    whole = broken(spoil, clip())
    same, quality = clean(whole, OPTIONS)
    assert same is whole and quality.score == 0.0
    assert quality.notes == ("both shoulders are never seen together",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filled_confidence": 1.0}, "what was filled in was not seen"),
        ({"filled_confidence": 0.01}, "would count as missing"),
        ({"least_confidence": 2.0}, "must be 0 to 1"),
        ({"body_speed": 0.0}, "limits above 0"),
        ({"hand_speed": float("nan")}, "limits above 0"),
        ({"margin_s": -1.0}, "not negative"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(DataError, match=message):
        QualityOptions(**options)  # type: ignore[arg-type]


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 12),
    st.sampled_from([1e-6, 1.0, 1e6]),
    st.floats(0.0, 1.0),
    st.floats(0.5, 240.0),
)
@settings(max_examples=60, deadline=None)
def test_any_observation_is_judged(seed: int, frames: int, scale: float, missing: float, fps: float) -> None:
    rng = np.random.default_rng(seed)
    points = (rng.normal(size=(frames, 50, 3)) * scale).astype(np.float32)
    confidence = np.where(rng.random((frames, 50)) < missing, 0.0, rng.random((frames, 50))).astype(np.float32)
    given_sample = sample(points, confidence)
    given_sample = replace(given_sample, seen=replace(given_sample.seen, fps=fps))
    mended, quality = clean(given_sample, OPTIONS)
    assert 0.0 <= quality.score <= 1.0 and 0.0 <= quality.missing <= 1.0
    assert len(mended.seen) == frames - sum(quality.trimmed)
    assert np.isfinite(mended.seen.points).all() and mended.seen.confidence.max() <= 1.0
    assert (points == given_sample.seen.points).all()


# ---- Real clips


def openpose(folder: Path) -> Sample:
    """A folder of OpenPose JSON, plainly."""
    frames = []
    for path in sorted(folder.glob("*.json")):
        person = json.loads(path.read_text())["people"][0]
        parts = [person[f"{part}_keypoints_2d"] for part in ("pose", "hand_left", "hand_right")]
        body, left, right = (np.array(part, dtype=np.float32).reshape(-1, 3) for part in parts)
        frames.append(np.concatenate([body[:8], left, right]))
    values = np.stack(frames)
    points = np.concatenate([values[..., :2], np.zeros_like(values[..., :1])], axis=-1)
    found = sample(points, values[..., 2])
    return replace(found, seen=replace(found.seen, fps=24.0))


@pytest.mark.parametrize(("name", "outliers"), [("2-3-rgb_front", 106), ("3-3-rgb_front", 239), ("4-3-rgb_front", 60)])
def test_hands_that_openpose_turned_around_are_found_in_how2sign(name: str, outliers: int) -> None:
    whole = openpose(real_data(f"openpose_how2sign/json/_2FBDaOPYig_{name}"))
    mended, quality = clean(whole, OPTIONS)
    assert quality.swapped == 0 and quality.trimmed == (0, 0) and quality.notes == ()
    assert quality.outliers == pytest.approx(outliers, abs=3)
    assert 0.75 < quality.score < 0.95
    known = mended.seen.confidence > OPTIONS.filled_confidence
    width = shoulder_width(mended.seen, known)
    for side in ("left", "right"):
        base, wrist = prompt2sign.HAND_BASE[side], prompt2sign.WRIST[side]
        gap = np.linalg.norm(mended.seen.points[:, base] - mended.seen.points[:, wrist], axis=-1) / width
        assert gap[known[:, base]].max() <= OPTIONS.widest_wrist_gap
    # What was taken away was doubtful to OpenPose itself.
    taken = (whole.seen.confidence >= OPTIONS.least_confidence) & ~known
    assert np.median(whole.seen.confidence[taken]) < 0.15 < np.median(whole.seen.confidence[known])


@pytest.mark.parametrize("part", ["hands", "whole body", "arms"])
@pytest.mark.parametrize("name", ["2-3-rgb_front", "3-3-rgb_front", "4-3-rgb_front"])
def test_sides_exchanged_in_how2sign_are_put_right(name: str, part: str) -> None:
    whole, keypoints = openpose(real_data(f"openpose_how2sign/json/_2FBDaOPYig_{name}")), PARTS[part]

    def spoil(points: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
        for values in (points, confidence):
            values[20:40, keypoints] = values[20:40, MIRRORED[keypoints]]

    mended, quality = clean(broken(spoil, whole), OPTIONS)
    expected, _ = clean(whole, OPTIONS)
    assert quality.swapped == 20
    np.testing.assert_array_equal(mended.seen.points, expected.seen.points)
    np.testing.assert_array_equal(mended.seen.confidence, expected.seen.confidence)


def test_wrists_that_mediapipe_lost_are_found_and_their_hands_kept() -> None:
    read = open_corpus(real_data("alphabet_mediapipe"), ReadOptions(language="asl", fps=25.0))
    letters = {one.name: one for one in read if isinstance(one, Sample)}
    mended, quality = clean(letters["V"], OPTIONS)
    assert quality.outliers == 12 and quality.swapped == 0
    lost = mended.seen.confidence[:, prompt2sign.WRIST["left"]] == 0.0
    assert lost.sum() == 12 and (mended.seen.confidence[:, LEFT_HAND] == 1.0).all()
    assert sum(clean(one, OPTIONS)[1].outliers == 0 for one in letters.values()) >= 23


def test_nothing_is_wrong_with_the_hands_of_phoenix() -> None:
    for points in (
        *read_skels(real_data("skels_phoenix/dev.skels")),
        *read_skels(real_data("skels_phoenix/train.skels")),
    ):
        one = sample(points.astype(np.float32), np.ones(points.shape[:2], dtype=np.float32))
        one = replace(one, seen=replace(one.seen, axes=(1, 1, 1), unit="metre"))
        quality = clean(one, OPTIONS)[1]
        assert (quality.outliers, quality.swapped, quality.filled, quality.notes) == (0, 0, 0, ())
