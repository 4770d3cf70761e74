"""Latent classes of answers, and classes of numbers and answers together, on any matrix or dataframe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.segmentation.coded import Answer, Column, Name, columns_of
from qunxiang.segmentation.mixtures import MixtureSegments
from qunxiang.segmentation.preparation import Preparation, prepare
from qunxiang.statistics.information import Likelihood

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


class _Classes(ABC):
    """What both kinds of classes tell after the fit, and how they assign rows."""

    model_: MixtureSegments
    likelihood_: Likelihood
    levels_: dict[Name, tuple[Answer, ...]]
    answers_: dict[Name, Floats]

    def predict(self, X: Any) -> Labels:
        """Return the most probable class of every row, −1 where nothing is known; unheard-of answers are unknown."""
        return self.model_.predict(self._matrix(columns_of(X)))

    def predict_probabilities(self, X: Any) -> Floats:
        """Return the probability of every class for every row, shape (n_rows, n_segments)."""
        return self.model_.probabilities(self._matrix(columns_of(X)))

    @abstractmethod
    def _matrix(self, columns: tuple[Column, ...]) -> Floats:
        """Return the columns as the model reads them."""

    def _take(self, model: MixtureSegments) -> None:
        self.model_ = model
        self.labels_, self.probabilities_, self.weights_ = model.labels_, model.probabilities_, model.shares_
        self.best_share_, self.converged_ = model.best_share_, model.converged_
        self.n_rows_, self.n_incomplete_ = model.n_rows_, model.n_incomplete_
        self._tell(model.likelihood_)

    def _tell(self, likelihood: Likelihood) -> None:
        self.likelihood_ = likelihood
        self.log_likelihood_, self.n_parameters_ = likelihood.log_likelihood, likelihood.n_parameters
        self.aic_, self.bic_, self.icl_ = likelihood.aic, likelihood.bic, likelihood.icl


class LatentClassSegments(_Classes):
    """Latent class analysis: classes that differ in how often each answer is given; see :class:`MixtureSegments`.

    Answers are binary, nominal or ordinal: texts, yes/no or few different numbers. A missing answer takes no part,
    which is right when it is missing at random. Class 0 is the largest; the same seed gives the same classes, whatever
    the order of the rows.

    Parameters
    ----------
    n_segments
        Number of classes, at least 1.
    n_restarts
        Number of random starts; the best are run to the end and the best of these is kept.
    seed
        Seed of the starts.
    ordered
        Names (or places) of the columns whose answers have an order, that of their levels; ordered categorical columns
        of a dataframe are taken so anyway. Their classes answer higher or lower as a whole, which needs fewer
        parameters than a share for every answer.
    strength
        Bayes constant: so many added rows that look like all rows, shared by the classes. 0 is maximum likelihood,
        whose shares may end at 0 or 1.

    Attributes
    ----------
    labels_ : ndarray of shape (n_rows,)
        Most probable class of every row; −1 where no answer is known.
    probabilities_ : ndarray of shape (n_rows, n_segments)
        Probability of every class for every row; the shares of the classes where no answer is known.
    weights_ : ndarray of shape (n_segments,)
        Share of each class.
    answers_ : dict of column to ndarray of shape (n_segments, n_levels)
        Share of each answer within each class.
    levels_ : dict of column to tuple
        The answers in the order of the shares.
    log_likelihood_, bic_, aic_, icl_ : float
        Of the rows with a known answer; criteria are better when smaller.
    n_parameters_ : int
        Free parameters.
    best_share_ : float
        Share of the starts run to the end that ended within .01 of the best.
    converged_ : bool
    model_ : MixtureSegments
        The fitted mixture.

    References
    ----------
    Lazarsfeld, P. F. & Henry, N. W. (1968). Latent Structure Analysis. Linzer, D. A. & Lewis, J. B. (2011). poLCA.
    J. Stat. Software 42.
    """

    def __init__(
        self,
        n_segments: int = 4,
        n_restarts: int = 20,
        seed: int = 0,
        *,
        ordered: Collection[Name] = (),
        strength: float = 0.0,
    ) -> None:
        self.n_segments = n_segments
        self.n_restarts = n_restarts
        self.seed = seed
        self.ordered = ordered
        self.strength = strength

    def __repr__(self) -> str:
        return f"LatentClassSegments(n_segments={self.n_segments}, n_restarts={self.n_restarts}, seed={self.seed})"

    def fit(self, X: Any, weights: ArrayLike | None = None) -> LatentClassSegments:
        """Learn the classes.

        Parameters
        ----------
        X : matrix of shape (n_rows, n_columns), dataframe or arrow table
            One column per question.
        weights : array of shape (n_rows,), optional
            How many equal rows each row stands for, above zero.

        Raises
        ------
        SettingError
            When there are fewer different rows than classes, or a column has too many different answers.
        ValueError
            When X is not a matrix, a column mixes kinds of values, or `ordered` names no column.
        """
        columns = columns_of(X)
        _check_names("ordered", self.ordered, columns)
        self.levels_ = {c.name: c.levels() for c in columns}
        model = MixtureSegments(
            self.n_segments,
            self.n_restarts,
            self.seed,
            levels=[max(1, len(levels)) for levels in self.levels_.values()],
            ordered=[i for i, c in enumerate(columns) if c.ordered or c.name in self.ordered],
            strength=self.strength,
        ).fit(self._matrix(columns), weights)
        self._take(model)
        self.answers_ = {c.name: model.answers_[i] for i, c in enumerate(columns)}
        return self

    def _matrix(self, columns: tuple[Column, ...]) -> Floats:
        _check_same(self.levels_, columns)
        return np.column_stack([c.codes(self.levels_[c.name]) for c in columns])


class MixedSegments(_Classes):
    """Classes of rows with numbers and answers together; see :class:`MixtureSegments`.

    Numbers are normal within a class with a variance of their own, answers have shares; columns are independent within
    a class. A missing value takes no part. Numbers are brought to one scale before the fit, and means and likelihood
    told in their own units.

    Parameters
    ----------
    n_segments, n_restarts, seed
        As for :class:`LatentClassSegments`.
    categories
        Names (or places) of the columns that are answers. None: those of text, yes/no and categories; a matrix of
        numbers has none unless they are named.
    ordered
        Those of them whose answers have an order.
    strength
        Bayes constant, 1 as Latent GOLD has it; 0 leaves shares of answers free to end at 0 or 1.

    Attributes
    ----------
    labels_, probabilities_, weights_, log_likelihood_, bic_, aic_, icl_, n_parameters_, best_share_, converged_, model_
        As for :class:`LatentClassSegments`.
    answers_, levels_ : dict by column of answers
    means_, deviations_ : dict of column to ndarray of shape (n_segments,)
        Mean and standard deviation of each number within each class, in its own unit.
    dropped_ : tuple
        Columns of numbers left out because they do not vary.

    References
    ----------
    Hunt, L. & Jorgensen, M. (2003). Mixture model clustering for mixed data with missing information. CSDA 41.
    """

    def __init__(
        self,
        n_segments: int = 4,
        n_restarts: int = 20,
        seed: int = 0,
        *,
        categories: Collection[Name] | None = None,
        ordered: Collection[Name] = (),
        strength: float = 1.0,
    ) -> None:
        self.n_segments = n_segments
        self.n_restarts = n_restarts
        self.seed = seed
        self.categories = categories
        self.ordered = ordered
        self.strength = strength

    def __repr__(self) -> str:
        return f"MixedSegments(n_segments={self.n_segments}, n_restarts={self.n_restarts}, seed={self.seed})"

    def fit(self, X: Any, weights: ArrayLike | None = None) -> MixedSegments:
        """Learn the classes; parameters and errors as for :meth:`LatentClassSegments.fit`."""
        columns = columns_of(X)
        for argument, names in (("categories", self.categories or ()), ("ordered", self.ordered)):
            _check_names(argument, names, columns)
        answered = [c for c in columns if self._is_answer(c)]
        numbers = [c for c in columns if not self._is_answer(c)]
        self._names = tuple(c.name for c in columns)
        self.levels_ = {c.name: c.levels() for c in answered}
        self._numbers = tuple(c.name for c in numbers)
        self._preparation = _prepared(numbers)
        kept = self._preparation.kept if self._preparation is not None else ()
        first = len(kept)
        model = MixtureSegments(
            self.n_segments,
            self.n_restarts,
            self.seed,
            levels=[0] * first + [max(1, len(levels)) for levels in self.levels_.values()],
            ordered=[first + i for i, c in enumerate(answered) if c.ordered or c.name in self.ordered],
            strength=self.strength,
        ).fit(self._matrix(columns), weights)
        self._take(model)
        self.answers_ = {c.name: model.answers_[first + i] for i, c in enumerate(answered)}
        self.means_: dict[Name, Floats] = {}
        self.deviations_: dict[Name, Floats] = {}
        self.dropped_ = tuple(n for n in self._numbers if str(n) not in kept)
        if self._preparation is not None:
            self._tell_in_own_units(self._preparation, numbers, weights)
        return self

    def _is_answer(self, column: Column) -> bool:
        if column.name in self.ordered:
            return True
        return column.name in self.categories if self.categories is not None else not column.is_number

    def _matrix(self, columns: tuple[Column, ...]) -> Floats:
        _check_same(dict.fromkeys(self._names), columns)
        by_name = {c.name: c for c in columns}
        parts = []
        if self._preparation is not None:
            raw = np.column_stack([by_name[n].numbers() for n in self._numbers])
            parts = list(self._preparation.apply(raw).T)
        return np.column_stack([*parts, *(by_name[n].codes(levels) for n, levels in self.levels_.items())])

    def _tell_in_own_units(self, ready: Preparation, numbers: list[Column], weights: ArrayLike | None) -> None:
        """Undo the common scale in means, deviations and likelihood: each known number adds −log of its scale."""
        by_name = {str(c.name): c for c in numbers}
        share = 1.0 if weights is None else np.asarray(weights, dtype=np.float64)
        shift = 0.0
        for j, steps in enumerate(ready.columns):
            column = by_name[steps.name]
            self.means_[column.name] = self.model_.means_[:, j] * steps.sd + steps.mean
            self.deviations_[column.name] = np.sqrt(self.model_.covariances_[:, j, j]) * steps.sd
            known = np.sum(~np.isnan(column.numbers()) * share)
            shift -= float(known) * float(np.log(steps.sd))
        self._tell(replace(self.model_.likelihood_, log_likelihood=self.model_.log_likelihood_ + shift))


def _prepared(numbers: list[Column]) -> Preparation | None:
    """One scale for numbers that vary; None when there is none."""
    raw = [c for c in numbers if len({v for v in c.values if v is not None}) > 1]
    if not raw:
        return None
    return prepare(np.column_stack([c.numbers() for c in numbers]), [str(c.name) for c in numbers], impute="keep")


def _check_names(argument: str, names: Collection[Name], columns: tuple[Column, ...]) -> None:
    known = [c.name for c in columns]
    if lacking := [n for n in names if n not in known]:
        raise ValueError(f"{argument} names columns that are not there: {lacking}; there are {known}")


def _check_same(wanted: dict[Name, Any], columns: tuple[Column, ...]) -> None:
    found = [c.name for c in columns]
    if list(wanted) != found:
        raise ValueError(f"the columns learned from are needed, {list(wanted)}; there are {found}")
