"""Families of a mixture's columns: what EM sums over rows, and the parameters it learns from the sums.

Every family here is exponential: the log-density of a row in a class is a product of the row's *design* (1 where an
answer was given, x, x², …) with the class's parameters. A missing value has a design of zeros, so that it takes no
part: this is maximum likelihood under "missing at random".

`strength` is Latent GOLD's Bayes constant: so many rows that look like all rows together are added, shared equally by
the classes. 0 is maximum likelihood.

References
----------
Vermunt, J. K. & Magidson, J. (2016). Technical Guide for Latent GOLD 5.1, section 7.3.
Celeux, G. & Govaert, G. (1995). Gaussian parsimonious clustering models. Pattern Recognition 28.
Little, R. J. A. & Rubin, D. B. (2002). Statistical Analysis with Missing Data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Covariance = Literal["spherical", "equal", "diagonal", "tied", "full"]
COVARIANCES: tuple[Covariance, ...] = ("spherical", "equal", "diagonal", "tied", "full")

LOWEST = 1e-12
"""A share is never taken below this, so that its logarithm stays a number."""

_LEAST_STRENGTH = 1.0
"""Variances always carry at least this many added rows: a class of equal rows would have an endless likelihood."""


class Family(Protocol):
    """Columns of one kind in a mixture. Shapes: sums and parameters (n_starts, n_classes, width)."""

    @property
    def width(self) -> int:
        """Columns of the design."""
        ...

    @property
    def needs_complete(self) -> bool:
        """Whether a row with a missing value cannot be used."""
        ...

    def design(self, columns: Floats) -> Floats:
        """Return the design (n_rows, width) of raw columns; NaN is missing."""
        ...

    def learn(self, sums: Floats, overall: Floats, strength: float) -> Floats:
        """Return the parameters that fit sums of the design best; `overall` (width,) are the sums over all rows."""
        ...

    def log_prior(self, parameters: Floats, overall: Floats, strength: float) -> Floats:
        """Return the log-density (n_starts,) of the rows that `strength` adds, up to a constant."""
        ...

    def n_parameters(self, n_classes: int) -> int:
        """Return the number of free parameters."""
        ...


@dataclass(frozen=True)
class Answers:
    """One column of answers coded 0 … n_levels − 1, without an order: every class has its own share of each."""

    n_levels: int

    @property
    def width(self) -> int:
        """One column per level."""
        return self.n_levels

    @property
    def needs_complete(self) -> bool:
        """A missing answer takes no part."""
        return False

    def design(self, columns: Floats) -> Floats:
        """Return 1 at the level of each answer (n_rows, n_levels); zeros for a missing or unheard-of answer."""
        return np.asarray(columns[:, :1] == np.arange(self.n_levels), dtype=np.float64)

    def learn(self, sums: Floats, overall: Floats, strength: float) -> Floats:
        """Return log shares of the levels."""
        share: Floats = overall / max(float(overall.sum()), LOWEST)
        # a class without any answer (all missing, or emptied) answers as everybody does
        added = max(strength / sums.shape[1], LOWEST) * share
        counts = sums + added
        return np.asarray(np.log(np.maximum(counts / counts.sum(axis=2, keepdims=True), LOWEST)))

    def log_prior(self, parameters: Floats, overall: Floats, strength: float) -> Floats:
        """Return the log-density of the answers that `strength` adds."""
        share = overall / max(float(overall.sum()), LOWEST)
        return np.asarray((parameters @ share).sum(axis=1) * strength / parameters.shape[1])

    def n_parameters(self, n_classes: int) -> int:
        """Return classes × (levels − 1)."""
        return n_classes * (self.n_levels - 1)


@dataclass(frozen=True)
class Normal:
    """Columns of numbers, normal within each class, with a constrained covariance.

    ``spherical``: one variance for all columns and classes; ``equal``: one per column, the same in all classes;
    ``diagonal``: one per column and class; ``tied``: one covariance matrix for all classes; ``full``: one per class.
    With the first three, columns are independent within a class and a missing number takes no part.
    """

    n_columns: int
    covariance: Covariance = "diagonal"

    @property
    def width(self) -> int:
        """Design: x², x and 1 per column; or every product of two columns, x and a single 1."""
        p = self.n_columns
        return p * (p + 1) // 2 + p + 1 if self.needs_complete else 3 * p

    @property
    def needs_complete(self) -> bool:
        """Products of two columns need both."""
        return self.covariance in ("tied", "full")

    def design(self, columns: Floats) -> Floats:
        """Return squares (or products), values and ones."""
        if self.needs_complete:
            i, j = np.triu_indices(self.n_columns)
            return np.column_stack([columns[:, i] * columns[:, j], columns, np.ones(len(columns))])
        there = ~np.isnan(columns)
        known = np.where(there, columns, 0.0)
        return np.column_stack([known**2, known, there.astype(np.float64)])

    def learn(self, sums: Floats, overall: Floats, strength: float) -> Floats:
        """Return the factors of squares (or products), values and ones in the log-density."""
        if self.needs_complete:
            return self._learn_matrices(sums, overall, strength)
        p = self.n_columns
        squares, values, counts = sums[..., :p], sums[..., p : 2 * p], sums[..., 2 * p :]
        means = _means(values, counts, self._overall_mean(overall))
        scatter = np.maximum(squares - values * means, 0.0)  # around the class's own mean
        spread = np.diag(self._overall_covariance(overall))
        added = max(strength, _LEAST_STRENGTH) / sums.shape[1]
        scatter, counts = scatter + added * spread, counts + added
        if self.covariance != "diagonal":
            scatter, counts = scatter.sum(axis=1, keepdims=True), counts.sum(axis=1, keepdims=True)
        if self.covariance == "spherical":
            scatter, counts = scatter.sum(axis=2, keepdims=True), counts.sum(axis=2, keepdims=True)
        variances = np.broadcast_to(np.maximum(scatter / counts, LOWEST), means.shape)
        constant = -0.5 * (np.log(2 * np.pi * variances) + means**2 / variances)
        return np.concatenate([-0.5 / variances, means / variances, constant], axis=2)

    def log_prior(self, parameters: Floats, overall: Floats, strength: float) -> Floats:
        """Return the log-density of rows at the class's own mean with the variances of all rows."""
        p, added = self.n_columns, max(strength, _LEAST_STRENGTH) / parameters.shape[1]
        spread = self._overall_covariance(overall)
        if self.needs_complete:
            precision = self._precisions(parameters)
            _, log_det = np.linalg.slogdet(precision)
            part = 0.5 * log_det - 0.5 * np.einsum("ij,skji->sk", spread, precision)
            return np.asarray(added * part.sum(axis=1))
        precision = -2 * parameters[..., :p]
        return np.asarray(added * 0.5 * (np.log(precision) - precision * np.diag(spread)).sum(axis=(1, 2)))

    def n_parameters(self, n_classes: int) -> int:
        """Return those of the means and of the covariance."""
        p = self.n_columns
        spread = {
            "spherical": 1,
            "equal": p,
            "diagonal": n_classes * p,
            "tied": p * (p + 1) // 2,
            "full": n_classes * p * (p + 1) // 2,
        }
        return n_classes * p + spread[self.covariance]

    def means_and_covariances(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return means (n_classes, p) and covariances (n_classes, p, p) of one solution's parameters."""
        p = self.n_columns
        if self.needs_complete:
            covariances = np.linalg.inv(self._precisions(parameters[None]))[0]
            linear = parameters[:, p * (p + 1) // 2 : -1]
            return np.einsum("kij,kj->ki", covariances, linear), covariances
        variances = -0.5 / parameters[:, :p]
        return parameters[:, p : 2 * p] * variances, variances[:, :, None] * np.eye(p)

    def _learn_matrices(self, sums: Floats, overall: Floats, strength: float) -> Floats:
        p = self.n_columns
        values, counts = sums[..., p * (p + 1) // 2 : -1], sums[..., -1:]
        means = _means(values, counts, self._overall_mean(overall))
        scatter = self._square(sums[..., : p * (p + 1) // 2]) - np.einsum("ski,skj->skij", values, means)
        added = max(strength, _LEAST_STRENGTH) / sums.shape[1]
        scatter, counts = scatter + added * self._overall_covariance(overall), counts + added
        if self.covariance == "tied":
            scatter, counts = scatter.sum(axis=1, keepdims=True), counts.sum(axis=1, keepdims=True)
        precision = np.broadcast_to(np.linalg.inv(scatter / counts[..., None]), (*means.shape, p))
        _, log_det = np.linalg.slogdet(precision)
        linear = np.einsum("skij,skj->ski", precision, means)
        constant = 0.5 * (log_det - p * np.log(2 * np.pi) - (linear * means).sum(axis=2))
        i, j = np.triu_indices(p)
        products = precision[..., i, j] * np.where(i == j, -0.5, -1.0)
        return np.concatenate([products, linear, constant[..., None]], axis=2)

    def _precisions(self, parameters: Floats) -> Floats:
        p = self.n_columns
        i, j = np.triu_indices(p)
        return self._square(parameters[..., : p * (p + 1) // 2] / np.where(i == j, -0.5, -1.0))

    def _square(self, upper: Floats) -> Floats:
        i, j = np.triu_indices(self.n_columns)
        matrix = np.empty((*upper.shape[:-1], self.n_columns, self.n_columns))
        matrix[..., i, j] = upper
        matrix[..., j, i] = upper
        return matrix

    def _overall_mean(self, overall: Floats) -> Floats:
        p = self.n_columns
        if self.needs_complete:
            return np.asarray(overall[p * (p + 1) // 2 : -1] / overall[-1])
        return np.asarray(overall[p : 2 * p] / np.maximum(overall[2 * p :], LOWEST))

    def _overall_covariance(self, overall: Floats) -> Floats:
        """Return the variances of all rows as a diagonal matrix: what is added must not favour a direction."""
        p, mean = self.n_columns, self._overall_mean(overall)
        if self.needs_complete:
            i, j = np.triu_indices(p)
            squares, counts = overall[: p * (p + 1) // 2][i == j], np.repeat(overall[-1], p)
        else:
            squares, counts = overall[:p], overall[2 * p :]
        return np.diag(np.maximum(squares / np.maximum(counts, LOWEST) - mean**2, LOWEST))


def _means(values: Floats, counts: Floats, overall: Floats) -> Floats:
    """Mean per class; a class without rows has that of all."""
    return np.where(counts > LOWEST, values / np.maximum(counts, LOWEST), overall)
