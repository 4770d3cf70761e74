"""Correspondence analysis of a table of counts: which rows go with which columns, in few dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_NOTHING = 1e-12


@dataclass(frozen=True)
class Points:
    """Rows or columns of the table as points.

    Attributes
    ----------
    masses : ndarray of shape (n_points,)
        Share of all counts.
    coordinates : ndarray of shape (n_points, n_dimensions)
        Principal coordinates: distances between them are chi-square distances.
    contributions : ndarray of shape (n_points, n_dimensions)
        Share of a dimension's inertia that a point makes; a column sums to one.
    squared_cosines : ndarray of shape (n_points, n_dimensions)
        Share of a point's inertia that a dimension shows; a row sums to one over all dimensions.
    """

    masses: Floats
    coordinates: Floats
    contributions: Floats
    squared_cosines: Floats


@dataclass(frozen=True)
class Correspondence:
    """What a table of counts comes to.

    Attributes
    ----------
    eigenvalues : ndarray of shape (n_dimensions,)
        Principal inertias, largest first; all dimensions that have any.
    total_inertia : float
        Chi-square of the table divided by the sum of its counts.
    rows, columns : Points
    """

    eigenvalues: Floats
    total_inertia: float
    rows: Points
    columns: Points

    def quality(self, n_dimensions: int) -> float:
        """Return the share of the inertia that the first dimensions show, 0..1; 1 when there is none to show."""
        if self.total_inertia <= _NOTHING:
            return 1.0
        return float(self.eigenvalues[:n_dimensions].sum() / self.total_inertia)

    def supplementary_rows(self, rows: ArrayLike) -> SupplementaryPoints:
        """Place further rows in the space of the table without changing it.

        Parameters
        ----------
        rows : array of shape (..., n_columns)
            Counts of the same columns, not below zero; only their profiles matter. Each has a count above zero.

        Returns
        -------
        SupplementaryPoints
            A row's point is the mean of the columns' standard coordinates, weighted by its profile: a row of the table
            lies on its own point.
        """
        given = np.asarray(rows, dtype=np.float64)
        profiles = given / given.sum(axis=-1, keepdims=True)
        standard = self.columns.coordinates / np.sqrt(self.eigenvalues)
        coordinates = profiles @ standard
        whole = ((profiles - self.columns.masses) ** 2 / self.columns.masses).sum(axis=-1, keepdims=True)
        cosines = np.divide(coordinates**2, whole, out=np.zeros_like(coordinates), where=whole > _NOTHING)
        return SupplementaryPoints(coordinates, cosines)


@dataclass(frozen=True)
class SupplementaryPoints:
    """Rows that were placed in a table's space without a part in it.

    Attributes
    ----------
    coordinates : ndarray of shape (..., n_dimensions)
        Principal coordinates.
    squared_cosines : ndarray of shape (..., n_dimensions)
        Share of a point's squared chi-square distance from the centre that a dimension shows.
    """

    coordinates: Floats
    squared_cosines: Floats


def correspondence(counts: ArrayLike) -> Correspondence:
    """Analyse a table of counts.

    Parameters
    ----------
    counts : array of shape (n_rows, n_columns)
        Counts or weights, not below zero; no row or column is empty. The sign of a dimension is fixed so that its
        largest row coordinate is above zero.

    Raises
    ------
    ValueError
        When the table is smaller than 2 × 2, has a negative or unknown count, or an empty row or column.

    References
    ----------
    Greenacre, M. (2017). Correspondence Analysis in Practice, 3rd edition.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2 or not np.all(np.isfinite(table) & (table >= 0)):
        raise ValueError(f"a table of at least 2 × 2 counts from 0 is needed, the shape is {table.shape}")
    shares = table / table.sum() if table.sum() > 0 else table
    row_masses, column_masses = shares.sum(axis=1), shares.sum(axis=0)
    if not (np.all(row_masses > 0) and np.all(column_masses > 0)):
        raise ValueError("a row or column without counts has no place; leave it out")
    expected = np.outer(row_masses, column_masses)
    left, singular, right = np.linalg.svd((shares - expected) / np.sqrt(expected), full_matrices=False)
    known = singular**2 > _NOTHING
    left, singular, right = left[:, known], singular[known], right[known]
    turned = np.sign(left[np.argmax(np.abs(left), axis=0), np.arange(left.shape[1])])
    left, right = left * turned, right * turned[:, None]
    eigenvalues = singular**2
    return Correspondence(
        eigenvalues,
        float(eigenvalues.sum()),
        _points(row_masses, left, singular),
        _points(column_masses, right.T, singular),
    )


def _points(masses: Floats, vectors: Floats, singular: Floats) -> Points:
    coordinates = vectors * singular / np.sqrt(masses)[:, None]
    squares = coordinates**2
    whole = squares.sum(axis=1, keepdims=True)
    cosines = np.divide(squares, whole, out=np.zeros_like(squares), where=whole > 0)
    return Points(masses, coordinates, vectors**2, cosines)
