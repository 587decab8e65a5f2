"""The plain measures against plainer ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from signllm_training.evaluation import metrics
from signllm_training.evaluation.edits import align, count, spelled_runs
from signllm_training.evaluation.report import ratio
from signllm_training.evaluation.systems import edit_distances

Array = npt.NDArray[np.float64]


def plain_dtw(cost: Array) -> float:
    """The textbook loop."""
    total = np.full((cost.shape[0] + 1, cost.shape[1] + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(cost.shape[0]):
        for j in range(cost.shape[1]):
            total[i + 1, j + 1] = cost[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    return float(total[-1, -1])


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2), (13, 8), (8, 13), (30, 30)])
def test_dtw_by_diagonals_equals_the_plain_loop(shape: tuple[int, int]) -> None:
    cost = np.random.default_rng(sum(shape)).random(shape)
    found = metrics.dtw(cost)
    assert found.total == pytest.approx(plain_dtw(cost))
    assert cost[tuple(found.path.T)].sum() == pytest.approx(found.total)
    assert found.path[0].tolist() == [0, 0] and found.path[-1].tolist() == [shape[0] - 1, shape[1] - 1]
    steps = np.diff(found.path, axis=0)
    assert ((steps >= 0) & (steps <= 1)).all() and (steps.sum(axis=1) >= 1).all()


def test_dtw_of_a_clip_with_its_slower_self_costs_nothing() -> None:
    clip = np.random.default_rng(0).random((12, 5))
    slower = np.repeat(clip, 2, axis=0)
    assert metrics.dtw(np.linalg.norm(clip[:, None] - slower[None], axis=-1)).total == 0.0


def test_dtw_refuses_an_empty_clip() -> None:
    with pytest.raises(ValueError, match=r"at least one frame, got \(0, 3\)"):
        metrics.dtw(np.zeros((0, 3)))


def test_mpjpe_is_the_length_of_a_common_shift() -> None:
    clip = np.random.default_rng(1).random((4, 6, 3))
    assert metrics.mpjpe(clip + np.array([3.0, 0.0, 4.0]), clip) == pytest.approx(5.0)


def test_pa_mpjpe_forgives_turning_scaling_and_shifting_but_not_mirroring() -> None:
    clip = np.random.default_rng(2).normal(size=(5, 8, 3))
    c, s = np.cos(0.7), np.sin(0.7)
    turned = 1.7 * clip @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]]) + [1.0, -2.0, 0.5]
    assert metrics.pa_mpjpe(turned, clip) == pytest.approx(0.0, abs=1e-9)
    assert metrics.pa_mpjpe(clip * [-1.0, 1.0, 1.0], clip) > 0.1


def test_total_distance_adds_up_the_paths_of_all_joints() -> None:
    clip = np.zeros((3, 2, 3))
    clip[:, 0, 0], clip[:, 1, 1] = [0.0, 1.0, 0.0], [0.0, 2.0, 4.0]
    assert metrics.total_distance(clip) == pytest.approx(6.0)


def test_jerk_is_the_third_derivative() -> None:
    seconds = np.arange(20) / 25.0
    clip = np.zeros((20, 1, 3))
    clip[:, 0, 0] = 2.0 * seconds**3
    assert metrics.jerk(clip, fps=25) == pytest.approx(12.0)
    assert metrics.jerk(clip[:3], fps=25) == 0.0


@pytest.mark.parametrize(
    ("hypothesis", "expected"),
    [
        ("MY NAME fs:A fs:B", (0, 0, 0, 0, 1)),
        ("MY NAME fs:A fs:C", (1, 0, 0, 1, 0)),
        ("MY NAME fs:A", (0, 1, 0, 1, 0)),
        ("MY NAME fs:A fs:B fs:B", (0, 0, 1, 1, 0)),
        ("MY fs:A fs:B", (0, 1, 0, 0, 1)),
        ("MY NAME fs:A fs:B HELLO", (0, 0, 1, 0, 0)),
        ("", (0, 4, 0, 2, 0)),
    ],
)
def test_edits_are_told_apart_and_names_must_be_whole(hypothesis: str, expected: tuple[int, ...]) -> None:
    found = count("MY NAME fs:A fs:B".split(), hypothesis.split())
    assert (found.substitutions, found.deletions, found.insertions, found.letter_errors, found.names_right) == expected
    assert (found.signs, found.letters, found.names) == (4, 2, 1)


def test_merged_signs_count_as_one() -> None:
    def merge(gloss: str) -> str:
        return {"fs:U": "fs:H"}.get(gloss, gloss)

    assert count(["fs:U"], ["fs:H"], merge).errors == 0
    assert count(["fs:U"], ["fs:H"]).errors == 1


def test_every_run_of_letters_is_a_name() -> None:
    assert spelled_runs("fs:A fs:B MY fs:C".split()) == [range(0, 2), range(3, 4)]


def test_distances_to_many_strings_equal_the_alignments_one_by_one() -> None:
    rng = np.random.default_rng(3)
    pool = [tuple("ABCDE"[k] for k in rng.integers(5, size=rng.integers(0, 9))) for _ in range(50)]
    wanted = ("A", "B", "E", "A", "F")
    plain = [sum(i is None or j is None or wanted[i] != other[j] for i, j in align(wanted, other)) for other in pool]
    assert edit_distances(wanted, pool).tolist() == plain


def test_the_interval_holds_the_ratio_and_is_the_same_every_time() -> None:
    errors, signs = [0, 1, 0, 2, 0, 0], [5, 6, 4, 9, 3, 8]
    estimate = ratio(errors, signs)
    assert estimate.value == pytest.approx(3 / 35) and estimate.low < estimate.value < estimate.high
    assert ratio(errors, signs) == estimate
    assert np.isnan(ratio([0], [0]).value)
