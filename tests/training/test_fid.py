"""Distances between sets of features: worked cases and laws."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.linalg import sqrtm

from signllm_training.evaluation import fid
from signllm_training.evaluation.fid import Gaussian

Array = npt.NDArray[np.float64]


def gaussian(mean: Array, covariance: Array) -> Gaussian:
    return Gaussian(mean, covariance, 1000)


def features(seed: int, samples: int = 200, dimensions: int = 6) -> Array:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(samples, dimensions)) @ rng.normal(size=(dimensions, dimensions)) + rng.normal(
        size=dimensions
    )


def test_equal_sets_are_at_no_distance() -> None:
    fitted = fid.fit_gaussian(features(0))
    assert fid.frechet_distance(fitted, fitted) == pytest.approx(0.0, abs=1e-9)


def test_a_shift_costs_its_square() -> None:
    shift = np.array([3.0, 0.0, 4.0, 0.0, 0.0, 0.0])
    made = features(1)
    assert fid.frechet_distance(fid.fit_gaussian(made), fid.fit_gaussian(made + shift)) == pytest.approx(25.0)


def test_spreads_along_the_same_axes_cost_the_squares_of_their_differences() -> None:
    narrow, wide = np.array([1.0, 2.0, 0.0]), np.array([3.0, 2.0, 0.5])
    zero = np.zeros(3)
    found = fid.frechet_distance(gaussian(zero, np.diag(narrow**2)), gaussian(zero, np.diag(wide**2)))
    assert found == pytest.approx(2.0**2 + 0.5**2)


def test_the_root_by_eigenvalues_is_that_of_the_matrix() -> None:
    first, second = fid.fit_gaussian(features(2)), fid.fit_gaussian(features(3))
    plain = ((first.mean - second.mean) ** 2).sum() + np.trace(
        first.covariance + second.covariance - 2 * sqrtm(first.covariance @ second.covariance).real
    )
    assert fid.frechet_distance(first, second) == pytest.approx(plain)
    assert fid.frechet_distance(second, first) == pytest.approx(plain)


def test_turning_both_sets_changes_nothing() -> None:
    first, second = features(4), features(5)
    turn = np.linalg.qr(np.random.default_rng(6).normal(size=(6, 6)))[0]
    plain = fid.frechet_distance(fid.fit_gaussian(first), fid.fit_gaussian(second))
    turned = fid.frechet_distance(fid.fit_gaussian(first @ turn), fid.fit_gaussian(second @ turn))
    assert turned == pytest.approx(plain)


def test_covariances_without_full_rank_need_no_care() -> None:
    first, second = features(7, samples=4, dimensions=30), features(8, samples=5, dimensions=30)
    found = fid.frechet_distance(fid.fit_gaussian(first), fid.fit_gaussian(second))
    assert np.isfinite(found) and found > 0.0
    same = fid.fit_gaussian(first)
    assert fid.frechet_distance(same, same) == pytest.approx(0.0, abs=1e-4 * np.trace(same.covariance))


def test_the_covariance_is_that_of_a_sample() -> None:
    fitted = fid.fit_gaussian([[0.0], [2.0]])
    assert (fitted.mean.tolist(), fitted.covariance.tolist(), fitted.samples) == ([1.0], [[2.0]], 2)


def test_the_kernel_distance_is_the_mean_over_pairs_one_by_one() -> None:
    first, second = features(9, samples=7, dimensions=3), features(10, samples=5, dimensions=3)

    def kernel(x: Array, y: Array) -> float:
        return float((x @ y / 3 + 1) ** 3)

    own = [
        np.mean([kernel(s[i], s[j]) for i in range(len(s)) for j in range(len(s)) if i != j]) for s in (first, second)
    ]
    across = np.mean([kernel(x, y) for x in first for y in second])
    assert fid.kernel_distance(first, second) == pytest.approx(own[0] + own[1] - 2 * across)


def test_few_samples_raise_the_frechet_distance_but_not_the_kernel_distance() -> None:
    rng = np.random.default_rng(11)
    frechet, kernel = [], []
    for _ in range(200):
        first, second = rng.normal(size=(2, 12, 4))
        frechet.append(fid.frechet_distance(fid.fit_gaussian(first), fid.fit_gaussian(second)))
        kernel.append(fid.kernel_distance(first, second))
    error = np.std(kernel) / np.sqrt(len(kernel))
    assert np.mean(frechet) > 0.5 and abs(np.mean(kernel)) < 4 * error


def test_a_row_prints_its_encoder_and_warns_of_few_samples() -> None:
    few, many = features(12, samples=29), features(13, samples=300)
    distance, kernel = fid.score_features(few, many, encoder="own-3f9a")
    assert distance.signature.startswith("FID|encoder:own-3f9a|D:6|N:29,300|cov:N-1|version:signllm-")
    assert "FID of 29 samples in 6 dimensions is too high" in distance.notes[0] and "at least 30" in distance.notes[0]
    assert kernel.name == "KID" and not kernel.notes
    assert not fid.score_features(many, many, encoder="own-3f9a")[0].notes


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (np.zeros((1, 3)), r"expected features \[N >= 2, D >= 1\], got \(1, 3\)"),
        (np.zeros(4), r"got \(4,\)"),
        (np.array([[0.0, np.nan], [1.0, np.inf]]), "got 2 that are NaN or infinite"),
    ],
)
def test_features_that_cannot_be_used_are_refused(made: Array, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        fid.fit_gaussian(made)
    with pytest.raises(ValueError, match=sentence):
        fid.kernel_distance(made, made)


def test_features_of_two_encoders_are_refused() -> None:
    with pytest.raises(ValueError, match="one encoder, got 6 and 5 dimensions"):
        fid.score_features(features(0), features(0, dimensions=5), encoder="own")
    with pytest.raises(ValueError, match="one encoder, got 6 and 5 dimensions"):
        fid.kernel_distance(features(0), features(0, dimensions=5))
