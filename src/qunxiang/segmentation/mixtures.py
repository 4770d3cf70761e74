"""Segments as classes of a mixture: latent classes of answers, normal mixtures of numbers, and both together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.errors import SettingError
from qunxiang.segmentation.kmeans import UNKNOWN, checked
from qunxiang.statistics.em import Rows, Solution, posteriors, run_em
from qunxiang.statistics.families import Answers, Covariance, Family, Normal
from qunxiang.statistics.information import Likelihood
from qunxiang.statistics.lloyd import merge_equal_rows
from qunxiang.statistics.ordered import OrderedAnswers

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

AT_THE_BOUNDARY = 1e-4
"""A share of an answer this close to 0 or 1 is at the boundary: no class member gave it, or all did."""

# stands for a missing value while rows are compared; nothing prepared is this large
_MISSING = -1.5e300


class MixtureSegments:
    """A mixture whose columns are independent within a class; a row belongs to its most probable class.

    Columns of answers make it latent class analysis, columns of numbers a normal mixture, both a mixed mixture.
    Segment 0 is the largest class. The rows are sorted before the starts are drawn, so their order does not matter; the
    same seed gives the same segments. A missing value (NaN) takes no part, which is right when it is missing at random;
    a row without any known value is in no segment. With the covariances ``tied`` and ``full`` a row with a missing
    number is left out instead.

    Parameters
    ----------
    n_segments
        Number of classes, at least 1.
    n_restarts
        Number of random starts; the best are run to the end and the best of these is kept.
    seed
        Seed of the starts.
    levels
        Per column the number of answers (coded 0, 1, …), 0 for a column of numbers; None: all are numbers.
    ordered
        Places of the columns whose answers have the order of their codes, see
        :class:`~qunxiang.statistics.ordered.OrderedAnswers`.
    covariance
        Of the columns of numbers, see :class:`qunxiang.statistics.families.Normal`.
    strength
        Bayes constant: so many added rows that look like all rows, shared by the classes. 0 is maximum likelihood,
        whose shares may end at 0 or 1; variances always carry at least 1.

    Attributes
    ----------
    labels_ : ndarray of shape (n_rows,)
        Most probable class of every row; −1 where it has none.
    sizes_ : ndarray of shape (n_segments,)
        Number (or sum of weights) of rows by most probable class.
    shares_ : ndarray of shape (n_segments,)
        Share of each class in the mixture.
    answers_ : dict of int to ndarray of shape (n_segments, n_levels)
        By column of answers: share of each answer within each class.
    means_, covariances_ : ndarrays of shape (n_segments, p) and (n_segments, p, p)
        Of the p columns of numbers.
    centers_ : ndarray of shape (n_segments, width)
        Expected rows of the classes in the space of :meth:`space`.
    probabilities_ : ndarray of shape (n_rows, n_segments)
        Probability of every class for every row; the shares of the classes where nothing is known of the row, NaN
        where the covariance needs a number that is missing.
    likelihood_ : Likelihood
        Log-likelihood, free parameters, entropy and the criteria made from them; the usual ones stand on their own as
        `log_likelihood_`, `n_parameters_`, `bic_` and `icl_`.
    best_share_ : float
        Share of the starts run to the end that ended within .01 of the best.
    n_boundary_ : int
        Shares of answers within 1e-4 of 0 or 1.
    converged_ : bool
    n_rows_, n_incomplete_ : int
        Rows learned from, and rows with a missing value (left out where there is nothing else or the covariance needs
        all, used otherwise).

    References
    ----------
    Lazarsfeld, P. F. & Henry, N. W. (1968). Latent Structure Analysis. Hunt, L. & Jorgensen, M. (2003). Mixture model
    clustering for mixed data with missing information. CSDA 41.
    """

    def __init__(
        self,
        n_segments: int = 4,
        n_restarts: int = 50,
        seed: int = 0,
        *,
        levels: Sequence[int] | None = None,
        ordered: Sequence[int] = (),
        covariance: Covariance = "diagonal",
        strength: float = 0.0,
    ) -> None:
        self.n_segments = n_segments
        self.n_restarts = n_restarts
        self.seed = seed
        self.levels = levels
        self.ordered = ordered
        self.covariance = covariance
        self.strength = strength

    def __repr__(self) -> str:
        return (
            f"MixtureSegments(n_segments={self.n_segments}, n_restarts={self.n_restarts}, seed={self.seed}, "
            f"levels={self.levels}, ordered={tuple(self.ordered)}, covariance={self.covariance!r}, "
            f"strength={self.strength})"
        )

    def fit(self, X: ArrayLike, weights: ArrayLike | None = None) -> MixtureSegments:
        """Learn the classes.

        Parameters
        ----------
        X : array of shape (n_rows, n_columns)
            Codes of answers, and comparable numbers (see :func:`prepare`); NaN is missing.
        weights : array of shape (n_rows,), optional
            How many equal rows each row stands for, above zero.

        Raises
        ------
        SettingError
            When there are fewer different rows than classes.
        ValueError
            When X is not a matrix, has infinite values, or codes outside the levels.
        """
        values, share = checked(X, weights)
        self._take_shape(values)
        if self.n_segments < 1 or self.n_restarts < 1:
            raise ValueError("n_segments and n_restarts must be at least 1")
        usable = self._usable(values)
        rows, row_weights = distinct_rows(values[usable], share[usable])
        if len(rows) < self.n_segments:
            raise SettingError("error.segmentation.too_few_rows", wanted=self.n_segments, found=len(rows))
        known = self._rows(rows, row_weights)
        generator = np.random.default_rng(self.seed)
        solution = run_em(known, self.n_segments, self.n_restarts, generator, strength=self.strength)
        self._finish(known, solution)
        self.best_share_, self.converged_ = solution.best_share, solution.converged
        self.n_rows_, self.n_incomplete_ = int(usable.sum()), int(np.isnan(values).any(axis=1).sum())
        self.probabilities_ = np.full((len(values), self.n_segments), np.nan)
        possible = self._possible(values)
        self.probabilities_[possible] = self.probabilities(values[possible])
        self.labels_ = np.full(len(values), UNKNOWN, dtype=np.int64)
        self.labels_[usable] = self.probabilities_[usable].argmax(axis=1)
        sizes = np.bincount(self.labels_[usable], weights=share[usable], minlength=self.n_segments)
        self.sizes_: Floats = sizes.astype(np.float64)
        return self

    @property
    def log_likelihood_(self) -> float:
        """Log-likelihood of the rows."""
        return self.likelihood_.log_likelihood

    @property
    def n_parameters_(self) -> int:
        """Free parameters."""
        return self.likelihood_.n_parameters

    @property
    def bic_(self) -> float:
        """−2 log L + parameters × log rows."""
        return self.likelihood_.bic

    @property
    def icl_(self) -> float:
        """BIC plus twice the entropy of the classes."""
        return self.likelihood_.icl

    @property
    def weights_(self) -> Floats:
        """Share of each class in the mixture, shape (n_segments,)."""
        return self.shares_

    def predict(self, X: ArrayLike) -> Labels:
        """Return the most probable class of every row of X, −1 where nothing is known of it."""
        values, _ = checked(X, None)
        labels = np.full(len(values), UNKNOWN, dtype=np.int64)
        usable = self._usable(values)
        if usable.any():
            labels[usable] = self.probabilities(values[usable]).argmax(axis=1)
        return labels

    def probabilities(self, X: ArrayLike) -> Floats:
        """Return the probability of every class for every row of X, shape (n_rows, n_segments)."""
        values, _ = checked(X, None)
        design = self._rows(values, np.ones(len(values))).design
        return posteriors(design, self._log_shares, self._parameters)

    def space(self, X: ArrayLike) -> Floats:
        """Return rows as points: numbers as they are, a column of 0 and 1 per answer; missing is the mean of all."""
        values, _ = checked(X, None)
        points = self._points(values)
        return np.where(np.isnan(points), self._middle, points)

    def frozen(self) -> dict[str, Any]:
        """Return the parameters as plain JSON: shares, answers by column, means and covariances."""
        return {
            "shares": self.shares_.tolist(),
            "answers": {str(column): shares.tolist() for column, shares in self.answers_.items()},
            "means": self.means_.tolist(),
            "covariances": self.covariances_.tolist(),
        }

    def resampled(self, X: Floats, weights: Floats, n_restarts: int, generator: np.random.Generator) -> Labels:
        """Fit the rows with other weights (0: not drawn) and return the most probable class of all rows."""
        known = self._rows(X, np.ones(len(X)))
        solution = run_em(
            known.reweighted(weights), self.n_segments, n_restarts, generator, strength=self.strength, tolerance=1e-4
        )
        return np.asarray((known.design @ solution.parameters.T + solution.log_shares).argmax(axis=1), dtype=np.int64)

    def _take_shape(self, values: Floats) -> None:
        levels = tuple(self.levels) if self.levels is not None else (0,) * values.shape[1]
        if len(levels) != values.shape[1]:
            raise ValueError(f"levels are given for {len(levels)} columns, there are {values.shape[1]}")
        for place, n in enumerate(levels):
            codes = values[:, place][~np.isnan(values[:, place])]
            if n and not np.isin(codes, np.arange(n)).all():
                raise ValueError(f"column {place} has answers other than 0 to {n - 1}")
        self._levels = levels
        self._numbers = [j for j, n in enumerate(levels) if not n]
        self._answers = [j for j, n in enumerate(levels) if n]

    def _families(self) -> tuple[Family, ...]:
        ordered = set(self.ordered)
        answers: tuple[Family, ...] = tuple(
            # two answers have the same parameters with an order and without
            OrderedAnswers(self._levels[j]) if j in ordered and self._levels[j] > 2 else Answers(self._levels[j])
            for j in self._answers
        )
        return (*answers, Normal(len(self._numbers), self.covariance)) if self._numbers else answers

    def _rows(self, values: Floats, weights: Floats) -> Rows:
        columns = [values[:, [j]] for j in self._answers]
        if self._numbers:
            columns.append(values[:, self._numbers])
        return Rows.of(columns, self._families(), weights)

    def _possible(self, values: Floats) -> NDArray[np.bool_]:
        """Say of which rows the probabilities can be told."""
        if self._numbers and self.covariance in ("tied", "full"):
            return np.asarray(~np.isnan(values[:, self._numbers]).any(axis=1))
        return np.ones(len(values), dtype=bool)

    def _usable(self, values: Floats) -> NDArray[np.bool_]:
        """Say which rows can be learned from: something is known of them."""
        return np.asarray(self._possible(values) & ~np.isnan(values).all(axis=1))

    def _finish(self, rows: Rows, solution: Solution) -> None:
        order = np.lexsort((*solution.parameters.T[::-1], -solution.log_shares))
        self._log_shares, self._parameters = solution.log_shares[order], solution.parameters[order]
        self.shares_ = np.exp(self._log_shares)
        parts = [self._parameters[:, place] for place in rows.slices]
        self.answers_ = {j: np.exp(part) for j, part in zip(self._answers, parts, strict=False)}
        family = rows.families[-1]
        if isinstance(family, Normal):
            self.means_, self.covariances_ = family.means_and_covariances(parts[-1])
        else:
            self.means_, self.covariances_ = np.empty((self.n_segments, 0)), np.empty((self.n_segments, 0, 0))
        self.n_boundary_ = sum(
            int(((share < AT_THE_BOUNDARY) | (share > 1 - AT_THE_BOUNDARY)).sum()) for share in self.answers_.values()
        )
        self.centers_ = self._centers()
        # every class's centre weighted by its share is the mean of all rows, which a missing value is set to
        self._middle = self.shares_ @ self.centers_
        probable = posteriors(rows.design, self._log_shares, self._parameters)
        logs = np.log(probable, out=np.zeros_like(probable), where=probable > 0)
        self.likelihood_ = Likelihood(
            log_likelihood=solution.log_likelihood,
            n_parameters=self.n_segments - 1 + sum(f.n_parameters(self.n_segments) for f in rows.families),
            n_rows=float(rows.weights.sum()),
            entropy=float(-(probable * logs).sum(axis=1) @ rows.weights),
            n_classes=self.n_segments,
        )

    def _centers(self) -> Floats:
        parts = []
        for j, n in enumerate(self._levels):
            if not n:
                parts.append(self.means_[:, [self._numbers.index(j)]])
            else:
                parts.append(_told(self.answers_[j]))
        return np.column_stack(parts)

    def _points(self, values: Floats) -> Floats:
        parts = []
        for j, n in enumerate(self._levels):
            column = values[:, [j]]
            if not n:
                parts.append(column)
                continue
            answered = np.where(np.isnan(column), np.nan, (column == np.arange(n)).astype(np.float64))
            parts.append(_told(answered))
        return np.column_stack(parts)


def _told(shares: Floats) -> Floats:
    """Return what tells answers apart: of two, the second alone; of more, all, so that two answers are √2 apart."""
    return shares[:, 1:] if shares.shape[1] == 2 else shares / np.sqrt(2)


def distinct_rows(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Sort rows and take equal ones together; NaN equals NaN."""
    rows, shares = merge_equal_rows(np.nan_to_num(values, nan=_MISSING), weights)
    return np.where(rows == _MISSING, np.nan, rows), shares
