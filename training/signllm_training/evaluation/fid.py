"""Distances between two sets of features: the Fréchet distance of their Gaussians, and a kernel distance.

They compare what a frozen encoder sees in outputs and in references, so they belong to that encoder: values of
different encoders, and therefore of different papers, cannot be compared.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from signllm_training.evaluation.measure import Measure, signature
from signllm_training.evaluation.metrics import Array

SAMPLES_PER_DIMENSION: Final = 5
"""Samples for each dimension below which the bias of the Fréchet distance is worth a note."""


class Gaussian(NamedTuple):
    """Mean and covariance of a set of features."""

    mean: Array
    """[D]"""
    covariance: Array
    """[D, D], of the sample: divided by N - 1."""
    samples: int
    """How many features it was fitted to."""


def fit_gaussian(features: npt.ArrayLike) -> Gaussian:
    """The Gaussian of a set of features, [N, D] with N at least 2.

    Raises:
        ValueError: The shape is another one, or a value is not finite.
    """
    features = _checked(features)
    return Gaussian(features.mean(axis=0), np.atleast_2d(np.cov(features, rowvar=False)), len(features))


def frechet_distance(first: Gaussian, second: Gaussian) -> float:
    """Squared Fréchet distance, |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), at least 0.

    The root's trace is the sum of the roots of the eigenvalues of C1^(1/2) C2 C1^(1/2). That matrix is symmetric, so
    that covariances without full rank, as few samples give, need no care and leave no imaginary part.

    Raises:
        ValueError: The two have different dimensions.

    Source: Dowson and Landau 1982, "The Fréchet distance between multivariate normal distributions"; as a score, Heusel
    et al. 2017, "GANs trained by a two time-scale update rule".
    """
    if first.mean.shape != second.mean.shape:
        raise ValueError(f"expected features of one encoder, got {len(first.mean)} and {len(second.mean)} dimensions")
    values, vectors = np.linalg.eigh(first.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ second.covariance @ root), 0.0)).sum()
    apart = ((first.mean - second.mean) ** 2).sum()
    return max(0.0, float(apart + np.trace(first.covariance) + np.trace(second.covariance) - 2.0 * shared))


def kernel_distance(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Squared maximum mean discrepancy under (x.y / D + 1)^3, without bias however few the samples; may be below 0.

    Args:
        first: [N, D], N at least 2.
        second: [M, D], M at least 2.

    Raises:
        ValueError: A shape does not fit, or a value is not finite.

    Source: Bińkowski et al. 2018, "Demystifying MMD GANs".
    """
    first, second = _checked(first), _checked(second)
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"expected features of one encoder, got {first.shape[1]} and {second.shape[1]} dimensions")

    def kernel(a: Array, b: Array) -> Array:
        table: Array = (a @ b.T / a.shape[1] + 1.0) ** 3
        return table

    def mean_of_pairs(a: Array) -> float:
        table = kernel(a, a)
        return float((table.sum() - np.trace(table)) / (len(a) * (len(a) - 1)))

    return mean_of_pairs(first) + mean_of_pairs(second) - 2.0 * float(kernel(first, second).mean())


def score_features(made: npt.ArrayLike, wanted: npt.ArrayLike, *, encoder: str) -> tuple[Measure, Measure]:
    """FID and KID of one row.

    Args:
        made: Features of the outputs, [N, D], N at least 2.
        wanted: Features of the references, [M, D], M at least 2.
        encoder: Name and hash of the frozen encoder, for the signature.

    Returns:
        FID, with a note where the samples are few, and KID, which has no such bias.

    Raises:
        ValueError: A shape does not fit, or a value is not finite.
    """
    first, second = fit_gaussian(made), fit_gaussian(wanted)
    how = {"encoder": encoder, "D": len(first.mean), "N": f"{first.samples},{second.samples}"}
    notes = few_samples(min(first.samples, second.samples), len(first.mean))
    fid = Measure("FID", frechet_distance(first, second), signature("FID", {**how, "cov": "N-1"}), notes)
    return fid, Measure("KID", kernel_distance(made, wanted), signature("KID", {**how, "kernel": "poly3", "est": "u"}))


def few_samples(samples: int, dimensions: int) -> tuple[str, ...]:
    """The note for a Fréchet distance from too few samples; nothing where they are enough."""
    needed = SAMPLES_PER_DIMENSION * dimensions
    if samples >= needed:
        return ()
    return (
        f"FID of {samples} samples in {dimensions} dimensions is too high by an amount that depends on their number: "
        f"take at least {needed}, or compare KID, and only rows of the same number",
    )


def _checked(features: npt.ArrayLike) -> Array:
    checked = np.asarray(features, dtype=np.float64)
    if checked.ndim != 2 or len(checked) < 2 or not checked.shape[1]:
        raise ValueError(f"expected features [N >= 2, D >= 1], got {checked.shape}")
    if not np.isfinite(checked).all():
        raise ValueError(f"expected finite features, got {int((~np.isfinite(checked)).sum())} that are NaN or infinite")
    return checked
