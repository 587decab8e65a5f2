"""Measures on clips: each published definition against a plain reading of it, worked examples, and laws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from signllm.motion.skeletons import prompt2sign
from signllm_training.evaluation import clip_pairs, metrics, warping
from signllm_training.evaluation import dtw_metrics as measures
from signllm_training.evaluation.measure import Measure
from signllm_training.evaluation.metrics import Array
from tests.real_data import real_data


def clip(seed: int, frames: int = 20) -> Array:
    """Fifty keypoints that wander, shoulders about a metre apart, [T, 50, 3]."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(50, 3)) + 0.1 * np.cumsum(rng.normal(size=(frames, 50, 3)), axis=0)
    for side, x in (("left", 0.5), ("right", -0.5)):
        points[:, prompt2sign.SHOULDER[side]] = [x, 0.0, 0.0]
    return points


def with_gaps(points: Array, seed: int) -> Array:
    """A clip in which a tenth of the points is missing, never the shoulders'."""
    gone = np.random.default_rng(seed).random(points.shape[:2]) < 0.1
    gone[:, list(prompt2sign.SHOULDER.values())] = False
    return np.where(gone[..., None], np.nan, points)


def plain_path(cost: Array) -> tuple[float, list[tuple[int, int]]]:
    """The textbook loop and its path; between equals the diagonal step wins."""
    rows, columns = cost.shape
    best: dict[tuple[int, int], tuple[float, list[tuple[int, int]]]] = {(-1, -1): (0.0, [])}
    nowhere: tuple[float, list[tuple[int, int]]] = (np.inf, [])
    for i in range(rows):
        for j in range(columns):
            before = [best.get(cell, nowhere) for cell in ((i - 1, j - 1), (i - 1, j), (i, j - 1))]
            total, path = min(before, key=lambda found: found[0])
            best[i, j] = (total + cost[i, j], [*path, (i, j)])
    return best[rows - 1, columns - 1]


def distances(first: Array, second: Array) -> Array:
    """Euclidean distances between all frames, one by one."""
    return np.array([[np.sqrt(((a - b) ** 2).sum()) for b in second] for a in first])


def by_name(found: tuple[Measure, ...]) -> dict[str, float]:
    return {measure.name: measure.value for measure in found}


# Warping


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (2, 2), (9, 14), (14, 9)])
def test_totals_of_many_tables_are_those_of_the_plain_loop(shape: tuple[int, int]) -> None:
    costs = np.random.default_rng(0).random((2, 3, *shape))
    found = warping.dtw_totals(costs)
    assert found.shape == (2, 3)
    for place in np.ndindex(2, 3):
        assert found[place] == pytest.approx(plain_path(costs[place])[0])
        assert found[place] == pytest.approx(metrics.dtw(costs[place]).total)


def test_a_path_through_the_band_exists_and_is_never_cheaper() -> None:
    for rows, columns in [(1, 9), (2, 40), (40, 2), (13, 17), (60, 7)]:
        cost = np.random.default_rng(rows).random((rows, columns))
        free = metrics.dtw(cost).total
        for band in (0.0, 0.1, 0.5):
            total = warping.banded_dtw(cost, band).total
            assert free - 1e-9 <= total < np.inf
        assert warping.banded_dtw(cost, 1.0).total == pytest.approx(free)


def test_the_band_is_a_share_of_the_clip() -> None:
    inside = warping.within_band(11, 21, 0.1)
    assert inside[5].nonzero()[0].tolist() == [8, 9, 10, 11, 12]
    assert inside[0].nonzero()[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("shape", [(1, 4), (2, 9), (3, 3), (17, 30), (40, 23)])
def test_the_fast_path_is_a_path_and_exact_when_its_radius_spans_the_clips(shape: tuple[int, int]) -> None:
    first, second = (np.cumsum(np.random.default_rng(n).normal(size=(n, 4)), axis=0) for n in shape)
    exact = metrics.dtw(distances(first, second))
    fast = warping.fast_dtw(first, second, distances)
    wide = warping.fast_dtw(first, second, distances, radius=40)
    assert fast.total >= exact.total - 1e-9 and wide.total == pytest.approx(exact.total)
    assert distances(first, second)[tuple(fast.path.T)].sum() == pytest.approx(fast.total)
    steps = np.diff(fast.path, axis=0)
    assert ((steps >= 0) & (steps <= 1)).all() and fast.path[-1].tolist() == [shape[0] - 1, shape[1] - 1]


def plain_fast_path(first: Array, second: Array, radius: int) -> list[tuple[int, int]]:
    """FastDTW read off its paper: all cells, or those near the path at half the rate."""
    cells = {(i, j) for i in range(len(first)) for j in range(len(second))}
    if min(len(first), len(second)) >= radius + 2:
        halves = [np.array([(c[2 * k] + c[2 * k + 1]) / 2 for k in range(len(c) // 2)]) for c in (first, second)]
        coarse = plain_fast_path(halves[0], halves[1], radius)
        cells = {
            (i, j) for i, j in cells if any(abs(i // 2 - a) <= radius and abs(j // 2 - b) <= radius for a, b in coarse)
        }
    totals, came_from = {(-1, -1): 0.0}, {}
    for i, j in sorted(cells):
        steps = [(i - 1, j), (i, j - 1), (i - 1, j - 1)]
        came_from[i, j] = min(steps, key=lambda cell: totals.get(cell, np.inf))
        totals[i, j] = totals.get(came_from[i, j], np.inf) + float(np.linalg.norm(first[i] - second[j]))
    path = [(len(first) - 1, len(second) - 1)]
    while came_from[path[-1]] != (-1, -1):
        path.append(came_from[path[-1]])
    return path[::-1]


@pytest.mark.parametrize("radius", [1, 2])
@pytest.mark.parametrize("shape", [(2, 5), (3, 3), (7, 4), (16, 16), (21, 33)])
def test_the_fast_path_is_the_one_of_its_paper_between_equals_too(shape: tuple[int, int], radius: int) -> None:
    # Whole numbers, so that many steps cost the same.
    first, second = (np.random.default_rng(n).integers(0, 3, size=(n, 1)).astype(float) for n in shape)
    found = warping.fast_dtw(first, second, distances, radius)
    assert [*map(tuple, found.path.tolist())] == plain_fast_path(first, second, radius)


def test_the_fast_path_refuses_a_radius_that_leaves_holes() -> None:
    with pytest.raises(ValueError, match="radius of at least 1, got 0"):
        warping.fast_dtw(np.zeros((9, 1)), np.zeros((9, 1)), distances, radius=0)


def test_empty_clips_have_no_path() -> None:
    with pytest.raises(ValueError, match="at least one frame, got 0 and 9 frames"):
        warping.fast_dtw(np.zeros((0, 1)), np.zeros((9, 1)), distances)
    with pytest.raises(ValueError, match=r"at least one frame, got \(4, 0, 3\)"):
        warping.dtw_totals(np.zeros((4, 0, 3)))


# Progressive Transformers


def test_frames_are_cut_before_the_largest_counter() -> None:
    frames = np.column_stack([np.arange(5.0), np.arange(5.0) * 10, [0.0, 0.5, 1.0, 0.9, 1.0]])
    assert measures.cut_at_counter(frames).tolist() == [[0.0, 0.0], [1.0, 10.0]]
    frames[:, -1] = [1.0, 0.5, 0.2, 0.1, 0.0]
    assert measures.cut_at_counter(frames).tolist() == [[0.0, 0.0]]
    with pytest.raises(ValueError, match=r"frames with a counter \[T >= 1, F \+ 1\], got \(0, 3\)"):
        measures.cut_at_counter(np.zeros((0, 3)))


def test_the_dtw_of_progressive_transformers_by_hand() -> None:
    # 150 values that are all off by 0.1: 15 for each aligned frame, and as many of those as the longer clip has.
    reference = np.zeros((4, 150))
    assert measures.progressive_transformers_dtw([reference + 0.1], [reference]).value == pytest.approx(15.0)
    assert measures.progressive_transformers_dtw([np.full((8, 150), 0.1)], [reference]).value == pytest.approx(30.0)
    assert measures.progressive_transformers_dtw([reference], [np.full((8, 150), 0.1)]).value == pytest.approx(15.0)


def test_the_dtw_of_progressive_transformers_is_the_plain_loop_over_sums_of_absolute_differences() -> None:
    made, wanted = [clip(0, 9), clip(1, 15)], [clip(2, 12), clip(3, 8)]
    plain = []
    for a, b in zip(made, wanted, strict=True):
        cost = np.array([[np.abs(x - y).sum() for y in b] for x in a])
        plain.append(plain_path(cost)[0] / len(b))
    found = measures.progressive_transformers_dtw(made, wanted)
    assert found.value == pytest.approx(np.mean(plain))
    flat = [[c.reshape(len(c), -1) for c in clips] for clips in (made, wanted)]
    assert measures.progressive_transformers_dtw(*flat).value == pytest.approx(found.value)
    assert found.signature.startswith("DTW-PT|cost:L1|divide:reference frames|")


def test_a_motionless_mean_pose_beats_another_real_sentence() -> None:
    # The reason why no table shows this measure alone. Half speed is free, and the mean pose of these clips scores what
    # the published training log of Progressive Transformers ends at.
    lines = real_data("skels_phoenix/train.skels").read_text().splitlines()
    clips = [measures.cut_at_counter(np.array(line.split(), dtype=float).reshape(-1, 151)) for line in lines]
    still = [np.repeat(c.mean(axis=0, keepdims=True), len(c), axis=0) for c in clips]
    slow = [np.repeat(c, 2, axis=0) for c in clips]
    dtw = measures.progressive_transformers_dtw
    assert dtw(slow, clips).value == 0.0
    assert 8.0 < dtw(still, clips).value < 11.0 < dtw([*clips[1:], clips[0]], clips).value


# SLRTP


@pytest.mark.parametrize("radius", [None, 1])
def test_dtw_mje_of_slrtp_is_a_mean_over_all_aligned_frames(radius: int | None) -> None:
    made, wanted = [clip(0, 18), clip(1, 41)], [clip(2, 25), clip(3, 30)]
    aligned = []
    for a, b in zip(made, wanted, strict=True):
        a, b = a[::2], b[::2]
        flat = [c.reshape(len(c), -1) for c in (a, b)]
        path = (
            warping.fast_dtw(flat[0], flat[1], distances).path if radius else plain_path(distances(flat[0], flat[1]))[1]
        )
        aligned += [np.linalg.norm(a[i] - b[j], axis=-1) for i, j in path]
    found = measures.slrtp_dtw_mje(made, wanted, fps=25, radius=radius)
    assert found.value == pytest.approx(np.mean(aligned))
    assert f"align:{'fastdtw(1)' if radius else 'exact'}" in found.signature
    halved = measures.slrtp_dtw_mje([c[::2] for c in made], [c[::2] for c in wanted], fps=12.5, radius=radius)
    assert halved.value == pytest.approx(found.value)


def test_dtw_mje_of_slrtp_knows_two_frame_rates() -> None:
    with pytest.raises(ValueError, match=r"at 25 or 12.5 frames per second, got 30"):
        measures.slrtp_dtw_mje([clip(0)], [clip(0)], fps=30)


def test_the_distance_of_slrtp_is_a_ratio_of_the_corpus_for_each_wrist() -> None:
    made, wanted = [clip(0), clip(1)], [clip(2), clip(3)]
    wrists = list(prompt2sign.WRIST.values())
    paths = [
        [sum(np.linalg.norm(np.diff(c[:, w], axis=0), axis=-1).sum() for c in s) for w in wrists]
        for s in (made, wanted)
    ]
    expected = (paths[0][0] / paths[1][0] + paths[0][1] / paths[1][1]) / 2
    assert measures.slrtp_distance(made, wanted).value == pytest.approx(expected)


# Ham2Pose and pose-evaluation


def test_clips_are_normalised_once_by_their_shoulders() -> None:
    points = 3.0 * clip(0) + [1.0, 2.0, 3.0]
    points[::2] += [0.5, 0.0, 0.0]
    normalised = clip_pairs.by_shoulders(points)
    right, left = (normalised[:, prompt2sign.SHOULDER[side]] for side in ("right", "left"))
    assert np.linalg.norm(right - left, axis=-1).mean() == pytest.approx(1.0)
    assert (right + left).mean(axis=0) == pytest.approx(np.zeros(3))
    assert np.ptp(left[:, 0]) == pytest.approx(0.5 / 3.0)
    assert clip_pairs.by_shoulders(7.0 * points - 2.0) == pytest.approx(normalised)


def test_missing_points_cost_nothing_in_the_reference_and_half_in_the_output() -> None:
    made, wanted = np.array([[3.0, 0.0], [np.nan, 0.0]]), np.array([[3.0, 4.0], [np.nan, np.nan], [0.0, 0.0]])
    assert clip_pairs.masked_distances(made, wanted).tolist() == [[4.0, 0.0, 3.0], [2.5, 0.0, 0.0]]


@pytest.mark.parametrize("dimensions", [2, 3])
def test_ndtw_mje_of_ham2pose_is_the_plain_loop_over_keypoints(dimensions: int) -> None:
    made, wanted = (with_gaps(clip(s, t), s)[..., :dimensions] for s, t in ((0, 11), (1, 16)))

    def cost(a: Array, b: Array) -> float:
        if np.isnan(b).any():
            return 0.0
        return float(np.linalg.norm(b) / 2 if np.isnan(a).any() else np.linalg.norm(a - b))

    a, b = clip_pairs.by_shoulders(made), clip_pairs.by_shoulders(wanted)
    tables = [np.array([[cost(x, y) for y in b[:, k]] for x in a[:, k]]) for k in range(50)]
    exact = measures.ham2pose_ndtw_mje([made], [wanted], radius=None)
    assert exact.value == pytest.approx(np.mean([plain_path(table)[0] for table in tables]))
    assert measures.ham2pose_ndtw_mje([made], [wanted]).value >= exact.value - 1e-9


def test_ndtw_p_is_the_plain_loop_over_the_keypoints_of_the_hands() -> None:
    made, wanted = (with_gaps(clip(s, t), s) for s, t in ((0, 11), (1, 16)))
    a, b = (np.nan_to_num(clip_pairs.by_shoulders(c), nan=10.0)[:, 8:] for c in (made, wanted))
    totals = [np.sqrt(plain_path(distances(a[:, k], b[:, k]) ** 2)[0]) for k in range(42)]
    found = measures.ndtw_p([made], [wanted])
    assert found.value == pytest.approx(np.mean(totals)) and "fill:10.0" in found.signature


def test_ndtw_p_is_mostly_about_which_points_are_missing() -> None:
    wanted = clip(0)
    with_hole = wanted.copy()
    with_hole[5, 8:] = np.nan
    worse = measures.ndtw_p([with_hole], [wanted]).value
    assert worse > 5 * measures.ndtw_p([wanted + 0.01 * clip(1)], [wanted]).value


# The project's own


def test_dtw_mje_v1_by_hand() -> None:
    wanted = np.repeat(clip(0, 1), 10, axis=0) * 0.4  # shoulders 0.4 apart
    made = wanted.copy()
    made[:, 8:29, 1] += 0.1  # the left hand is a quarter of a shoulder width too high
    found = by_name(measures.dtw_mje_v1([made], [wanted], fps=25))
    assert found["DTW-MJE v1 left hand"] == pytest.approx(0.25)
    assert found["DTW-MJE v1 right hand"] == found["DTW-MJE v1 body"] == 0.0
    assert found["DTW-MJE v1 all"] == pytest.approx(0.25 * 21 / 50)


def test_dtw_mje_v1_follows_the_path_of_the_plain_loop() -> None:
    made, wanted = clip(0, 12), clip(1, 17)
    path = plain_path(np.array([[np.linalg.norm(a - b, axis=-1).mean() for b in wanted] for a in made]))[1]
    apart = np.array([np.linalg.norm(made[i] - wanted[j], axis=-1) for i, j in path])
    found = by_name(measures.dtw_mje_v1([made], [wanted], fps=25, band=1.0))
    assert found["DTW-MJE v1 all"] == pytest.approx(apart.mean())
    assert found["DTW-MJE v1 right hand"] == pytest.approx(apart[:, 29:].mean())


def test_dtw_mje_v1_forgives_place_and_size_of_the_signer_but_not_of_the_output() -> None:
    made, wanted = clip(0), clip(1)
    plain = measures.dtw_mje_v1([made], [wanted], fps=25)[0].value
    moved = measures.dtw_mje_v1([2 * made + 5.0], [2 * wanted - 3.0], fps=25)[0].value
    smaller = measures.dtw_mje_v1([0.5 * wanted], [wanted], fps=25)[0].value
    assert moved == pytest.approx(plain) and smaller > 0.1


def test_dtw_mje_v1_leaves_missing_joints_of_the_reference_out() -> None:
    wanted = clip(0)
    made = wanted.copy()
    made[:, 40] += 1.0
    wanted[:, 40] = np.nan
    assert measures.dtw_mje_v1([made], [wanted], fps=25)[0].value == pytest.approx(0.0)
    wanted[:, 8:29] = np.nan
    left = measures.dtw_mje_v1([made, made], [wanted, made], fps=25)[3]
    assert (left.name, left.value) == ("DTW-MJE v1 left hand", 0.0)
    assert "1 of 2 references never show this part" in left.notes[0]
    made[3, 0, 0] = np.nan
    with pytest.raises(ValueError, match="output 0 of those with frames, from 0, holds NaN"):
        measures.dtw_mje_v1([made], [wanted], fps=25)


@pytest.mark.parametrize(
    "measure",
    [
        measures.progressive_transformers_dtw,
        lambda made, wanted: measures.slrtp_dtw_mje(made, wanted, fps=12.5, radius=None),
        lambda made, wanted: measures.ham2pose_ndtw_mje(made, wanted, radius=None),
        measures.ndtw_p,
        lambda made, wanted: measures.dtw_mje_v1(made, wanted, fps=25)[0],
    ],
)
def test_the_reference_itself_and_its_slower_self_cost_nothing(
    measure: Callable[[list[Array], list[Array]], Measure],
) -> None:
    wanted = clip(0)
    assert measure([wanted], [wanted]).value == pytest.approx(0.0, abs=1e-12)
    assert measure([np.repeat(wanted, 2, axis=0)], [wanted]).value == pytest.approx(0.0, abs=1e-12)
    assert measure([clip(1)], [wanted]).value > 0.1


# Without warping


def test_joint_errors_are_of_clips_with_as_many_frames() -> None:
    wanted = [clip(0), clip(1), clip(2)]
    made = [wanted[0] + [3.0, 0.0, 4.0], clip(3, 9), wanted[2]]
    plain, fitted = measures.joint_errors(made, wanted)
    assert plain.value == pytest.approx(5.0 / 2) and fitted.value == pytest.approx(0.0, abs=1e-9)
    assert plain.notes == fitted.notes == ("1 of 3 outputs have another number of frames and are left out",)
    assert np.isnan(measures.joint_errors([clip(3, 9)], [clip(1)])[0].value)


def test_a_mirror_image_is_not_a_rotation() -> None:
    mirrored = clip(0) * [-1.0, 1.0, 1.0]
    assert measures.joint_errors([mirrored], [clip(0)])[1].value > 0.1


def test_ratios_see_the_pose_that_hardly_moves_and_the_one_that_trembles() -> None:
    wanted = clip(0, 30)
    still = np.repeat(wanted.mean(axis=0, keepdims=True), 15, axis=0)
    assert measures.distance_ratio([still], [wanted]).value == 0.0
    assert measures.duration_ratio([still], [wanted]).value == 0.5
    assert measures.distance_ratio([wanted.mean(axis=0) + 0.5 * wanted], [wanted]).value == pytest.approx(0.5)
    trembling = wanted + np.resize([0.2, -0.2], (30, 1, 1))
    assert measures.jerk([trembling], [wanted], fps=25)[1].value > 1.5
    size, ratio = measures.jerk([wanted], [wanted], fps=25)
    assert size.value == pytest.approx(metrics.jerk(wanted, 25)) and ratio.value == pytest.approx(1.0)


def test_a_reference_that_does_not_move_has_no_ratio() -> None:
    still = np.repeat(clip(0, 1), 9, axis=0)
    found = measures.distance_ratio([clip(1), clip(2)], [still, clip(2)])
    assert found.value == pytest.approx(1.0) and "1 of 2 references have 0 here" in found.notes[0]
    assert np.isnan(measures.distance_ratio([clip(1)], [still]).value)


# Whole rows and bad input


def test_a_row_names_every_measure_once_and_prints_how_it_was_made() -> None:
    found = measures.score_poses([clip(0), clip(1, 9)], [clip(2), clip(3)], fps=25)
    assert len({measure.name for measure in found}) == len({measure.signature for measure in found}) == len(found) == 12
    assert all(np.isfinite(measure.value) and "|version:signllm-" in measure.signature for measure in found)


def test_outputs_without_frames_are_left_out_aloud() -> None:
    nothing = np.zeros((0, 50, 3))
    for measure in measures.score_poses([nothing, clip(1)], [clip(0), clip(1)], fps=25):
        if "align:" in measure.signature:
            assert measure.value == pytest.approx(0.0, abs=1e-9)
            assert "1 of 2 outputs have no frames and are left out" in measure.notes
    assert measures.duration_ratio([nothing], [clip(0)]).value == 0.0
    assert np.isnan(measures.dtw_mje_v1([nothing], [clip(0)], fps=25)[0].value)


@pytest.mark.parametrize(
    ("made", "wanted", "sentence"),
    [
        ([], [], "at least one reference, got 0 for 0"),
        ([clip(0)], [clip(0), clip(1)], "got 1 for 2"),
        ([clip(0)], [np.zeros((0, 50, 3))], "reference 0 has no frames: leave it out"),
        ([clip(0), clip(0)[:, :49]], [clip(0), clip(0)], r"pair 1: .* got \(20, 49, 3\) and \(20, 50, 3\)"),
        ([with_gaps(clip(0), 0)], [clip(0)], "pair 0 holds NaN or infinity"),
    ],
)
def test_clips_that_do_not_pair_up_are_named(made: list[Array], wanted: list[Array], sentence: str) -> None:
    for measure in (measures.progressive_transformers_dtw, measures.joint_errors, measures.distance_ratio):
        with pytest.raises(ValueError, match=sentence):
            measure(made, wanted)


def test_clips_without_shoulders_have_no_unit() -> None:
    gone = clip(0)
    gone[:, prompt2sign.SHOULDER["left"]] = np.nan
    for measure in (measures.ham2pose_ndtw_mje, measures.ndtw_p):
        with pytest.raises(ValueError, match="no frame has both shoulders"):
            measure([clip(0)], [gone])
    with pytest.raises(ValueError, match="no frame has both shoulders"):
        measures.dtw_mje_v1([clip(0)], [gone], fps=25)
