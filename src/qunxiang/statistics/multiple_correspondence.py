"""Multiple correspondence analysis: which answers to nominal questions go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics.correspondence import Points, correspondence

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MultipleCorrespondence:
    """Answers and people in few dimensions.

    Attributes
    ----------
    answers : list of (question, answer)
        One entry per point, in the order of `points`.
    eigenvalues : ndarray of shape (n_dimensions,)
        Principal inertias of the indicator matrix, largest first.
    adjusted : ndarray of shape (n_kept,)
        Benzécri's adjusted inertias of the dimensions above 1 / n_questions; the others show less than chance.
    benzecri_shares : ndarray of shape (n_kept,)
        Adjusted inertias as shares of their own sum: flatters.
    greenacre_shares : ndarray of shape (n_kept,)
        Adjusted inertias as shares of Greenacre's total, the average inertia between different questions.
    points : Points
        Answers: masses, principal coordinates (adjusted), contributions, squared cosines; `n_kept` dimensions of
        coordinates.
    n_rows : int
        Rows with an answer to every question; the others are left out.
    """

    answers: tuple[tuple[str, str], ...]
    eigenvalues: Floats
    adjusted: Floats
    benzecri_shares: Floats
    greenacre_shares: Floats
    points: Points
    n_rows: int


def multiple_correspondence(
    answers: Sequence[Sequence[str | None]],
    questions: Sequence[str],
    weights: ArrayLike | None = None,
) -> MultipleCorrespondence:
    """Analyse answers to nominal questions.

    Parameters
    ----------
    answers
        One sequence per question, of equal lengths: the answer of each person, None is unknown.
    questions
        Names of the questions, at least two.
    weights : array of shape (n_rows,), optional

    Raises
    ------
    ValueError
        When fewer than two questions have two answers or no person answered all of them.

    References
    ----------
    Benzécri, J.-P. (1979). Sur le calcul des taux d'inertie dans l'analyse d'un questionnaire. Les Cahiers de
    l'Analyse des Données 4. Greenacre, M. (2017). Correspondence Analysis in Practice, 3rd edition, chapters 18–19.
    """
    if len(answers) != len(questions) or len(questions) < 2:
        raise ValueError(f"at least two questions with their answers are needed, there are {len(questions)}")
    n_given = len(answers[0])
    w = np.ones(n_given) if weights is None else np.asarray(weights, dtype=np.float64)
    complete = np.array([all(each[row] is not None for each in answers) for row in range(n_given)], dtype=bool)
    if not complete.any():
        raise ValueError("no person answered every question")
    labels: list[tuple[str, str]] = []
    blocks = []
    for question, given in zip(questions, answers, strict=True):
        chosen = np.array([str(each) for each, whole in zip(given, complete, strict=True) if whole])
        levels = sorted(set(chosen.tolist()))
        if len(levels) < 2:
            raise ValueError(f"everybody gives the same answer to {question}; leave it out")
        labels += [(question, level) for level in levels]
        blocks.append((chosen[:, None] == np.array(levels)[None, :]).astype(np.float64))
    shown = np.hstack(blocks)
    burt = (shown * w[complete][:, None]).T @ shown
    # The Burt matrix has the squares of the indicator's inertias and the same standard coordinates of answers.
    found = correspondence(burt)
    n_questions, n_answers = len(questions), shown.shape[1]
    roots = np.sqrt(found.eigenvalues)
    kept = roots > 1 / n_questions + 1e-12
    factor = n_questions / (n_questions - 1)
    adjusted = (factor * (roots[kept] - 1 / n_questions)) ** 2
    total = factor * (found.total_inertia - (n_answers - n_questions) / n_questions**2)
    standard = found.rows.coordinates[:, kept] / roots[kept]
    points = Points(
        found.rows.masses,
        standard * np.sqrt(adjusted),
        found.rows.contributions[:, kept],
        found.rows.squared_cosines[:, kept],
    )
    whole = float(adjusted.sum())
    return MultipleCorrespondence(
        tuple(labels),
        roots,
        adjusted,
        adjusted / whole if whole > 0 else adjusted,
        adjusted / total if total > 0 else adjusted,
        points,
        int(complete.sum()),
    )
