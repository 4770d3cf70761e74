"""A typing tool: the fewest questions that tell a person's segment, with a probability for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics.factors.correlation import row_weights
from qunxiang.statistics.survey import effective_rows
from qunxiang.statistics.threads import one_thread

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_RIDGE = 1.0
_SHORT_LIST = 3


@dataclass(frozen=True)
class TypingStep:
    """How well the first `n_questions` questions tell the segment, by cross-validation.

    `question` is the one added at this step when all respondents are used. `accuracy` and `kappa` are weighted;
    `kappa_error` is the standard error over the folds.
    """

    n_questions: int
    question: int
    accuracy: float
    kappa: float
    kappa_error: float


@dataclass(frozen=True)
class TypingTool:
    """Questions and frozen numbers that place a person.

    Attributes
    ----------
    questions : tuple of int
        Chosen questions, most telling first.
    levels : tuple of tuple of str
        Answers of each chosen question that the tool knows.
    intercepts : ndarray of shape (n_segments,)
    coefficients : tuple of ndarray of shape (n_levels, n_segments)
        What an answer adds to the score of each segment; an unknown or new answer adds nothing.
    steps : tuple of TypingStep
        The way to the choice, for all numbers of questions tried.
    base_accuracy : float
        Share of the largest segment: what guessing it always would reach.
    n_rows : int
    """

    questions: tuple[int, ...]
    levels: tuple[tuple[str, ...], ...]
    intercepts: Floats
    coefficients: tuple[Floats, ...]
    steps: tuple[TypingStep, ...]
    base_accuracy: float
    n_rows: int

    def probabilities(self, answers: Sequence[Sequence[str | None]]) -> Floats:
        """Place people.

        Parameters
        ----------
        answers
            One sequence per chosen question, in their order, of equal lengths; None is unknown.

        Returns
        -------
        array of shape (n_people, n_segments); rows sum to one.
        """
        n_people = len(answers[0]) if answers else 0
        scores = np.tile(self.intercepts, (n_people, 1))
        for given, levels, adds in zip(answers, self.levels, self.coefficients, strict=True):
            place = {level: i for i, level in enumerate(levels)}
            codes = np.array([-1 if each is None else place.get(each, -1) for each in given], dtype=np.int64)
            scores[codes >= 0] += adds[codes[codes >= 0]]
        return _softmax(scores)


@one_thread
def typing_tool(
    answers: Sequence[Sequence[str | None]],
    segments: ArrayLike,
    n_segments: int,
    weights: ArrayLike | None = None,
    *,
    most_questions: int = 8,
    n_questions: int | None = None,
    n_folds: int = 5,
    seed: int = 0,
) -> TypingTool:
    """Find the shortest set of questions that tells the segment.

    Questions enter one at a time into a multinomial logistic model with a small ridge: a score test picks the three
    most promising ones, the one that raises the penalised likelihood most enters. The whole choice is repeated within
    every fold, so accuracy is that of a tool that never saw the people it is tested on. The number recommended is the
    smallest whose kappa is within one standard error of the best.

    Parameters
    ----------
    answers
        One sequence per question, of equal lengths; None is unknown.
    segments : array of shape (n_rows,)
        Segment of each respondent from 0; rows with −1 are left out.
    most_questions, n_questions
        How many questions are tried, and how many are taken; None tries `most_questions` and takes the recommended
        number.
    n_folds, seed
        Folds of the cross-validation and the seed of their draw.

    Raises
    ------
    ValueError
        When a segment has fewer respondents than there are folds.

    References
    ----------
    Breiman, L., Friedman, J., Olshen, R. & Stone, C. (1984) for the one-standard-error rule. Cohen, J. (1960). A
    coefficient of agreement for nominal scales. Educational and Psychological Measurement 20.
    """
    labels = np.asarray(segments, dtype=np.int64)
    kept = labels >= 0
    w = row_weights(weights, len(labels))[kept]
    w = w / w.mean()
    y = labels[kept]
    sizes = np.bincount(y, minlength=n_segments)
    if n_segments < 2 or sizes.min() < n_folds:
        raise ValueError(f"every segment needs at least {n_folds} respondents, the smallest has {sizes.min()}")
    levels, codes = _coded(answers, kept)
    tried = min(n_questions or most_questions, len(answers))
    fold_of = _folds(y, n_folds, seed)
    tables = np.zeros((tried, n_folds, n_segments, n_segments))
    for fold in range(n_folds):
        learn, test = fold_of != fold, fold_of == fold
        for step, (chosen, model) in enumerate(_path(codes[learn], levels, y[learn], w[learn], n_segments, tried)):
            guess = np.argmax(_predict(model, codes[test], chosen, levels), axis=1)
            np.add.at(tables[step, fold], (y[test], guess), w[test])
    full = list(_path(codes, levels, y, w, n_segments, tried))
    order = full[-1][0]
    steps = []
    for step in range(len(full)):
        kappas = [_kappa(table) for table in tables[step]]
        whole = tables[step].sum(axis=0)
        accuracy = float(np.trace(whole) / whole.sum())
        error = float(np.std(kappas, ddof=1) / np.sqrt(n_folds))
        steps.append(TypingStep(step + 1, order[step], accuracy, _kappa(whole), error))
    best = max(steps, key=lambda each: each.kappa)
    enough = next(each.n_questions for each in steps if each.kappa >= best.kappa - best.kappa_error)
    taken = min(max(n_questions or enough, 1), len(full))
    chosen, model = full[taken - 1]
    coefficients, at = [], 0
    for question in chosen:
        size = len(levels[question])
        coefficients.append(model.coefficients[at : at + size])
        at += size
    base = float(np.bincount(y, weights=w).max() / w.sum())
    return TypingTool(
        tuple(chosen),
        tuple(levels[question] for question in chosen),
        model.intercepts,
        tuple(coefficients),
        tuple(steps),
        base,
        len(y),
    )


@dataclass(frozen=True)
class _Model:
    intercepts: Floats
    coefficients: Floats
    gain: float


def _coded(answers: Sequence[Sequence[str | None]], kept: NDArray[np.bool_]) -> tuple[list[tuple[str, ...]], Ints]:
    levels, columns = [], []
    for given in answers:
        there = [each for each, keep in zip(given, kept, strict=True) if keep]
        known = tuple(sorted({each for each in there if each is not None}))
        place = {level: i for i, level in enumerate(known)}
        columns.append([-1 if each is None else place[each] for each in there])
        levels.append(known)
    return levels, np.array(columns, dtype=np.int64).T


def _folds(y: Ints, n_folds: int, seed: int) -> Ints:
    """Fold of every row, each segment spread evenly."""
    generator = np.random.default_rng(seed)
    fold = np.zeros(len(y), dtype=np.int64)
    for segment in np.unique(y):
        own = generator.permutation(np.flatnonzero(y == segment))
        fold[own] = np.arange(len(own)) % n_folds
    return fold


def _path(
    codes: Ints, levels: Sequence[tuple[str, ...]], y: Ints, w: Floats, n_segments: int, steps: int
) -> Sequence[tuple[list[int], _Model]]:
    """Forward selection: the questions chosen so far with their model, for each number of questions."""
    shares = np.bincount(y, weights=w, minlength=n_segments) / w.sum()
    P = np.tile(shares, (len(y), 1))
    chosen: list[int] = []
    found: list[tuple[list[int], _Model]] = []
    fine = np.log(effective_rows(w))
    for _ in range(steps):
        rest = [q for q in range(codes.shape[1]) if q not in chosen and len(levels[q]) > 1]
        if not rest:
            break
        promise = {q: _score_test(codes[:, q], len(levels[q]), y, w, P, fine) for q in rest}
        short = sorted(rest, key=lambda q: (-promise[q], q))[:_SHORT_LIST]
        models = [(_fit(codes, [*chosen, q], levels, y, w, n_segments), q) for q in short]
        model, q = max(models, key=lambda each: each[0].gain - fine / 2 * (len(levels[each[1]]) - 1) * (n_segments - 1))
        chosen = [*chosen, q]
        found.append((chosen, model))
        P = _predict(model, codes, chosen, levels)
    return found


def _score_test(column: Ints, n_levels: int, y: Ints, w: Floats, P: Floats, fine: float) -> float:
    """Rao's score statistic of adding a question to the model, less a penalty for its answers."""
    residual = -P * w[:, None]
    residual[np.arange(len(y)), y] += w
    statistic = 0.0
    for level in range(n_levels):
        own = column == level
        U = residual[own].sum(axis=0)
        information = np.diag((P[own] * w[own, None]).sum(axis=0)) - (P[own] * w[own, None]).T @ P[own]
        statistic += float(U @ np.linalg.solve(information + _RIDGE * np.eye(len(U)), U))
    return float(statistic - fine * (n_levels - 1) * (P.shape[1] - 1))


def _indicators(codes: Ints, chosen: Sequence[int], levels: Sequence[tuple[str, ...]]) -> Floats:
    blocks = [(codes[:, q][:, None] == np.arange(len(levels[q]))[None, :]) for q in chosen]
    return np.hstack(blocks).astype(np.float64)


def _fit(
    codes: Ints, chosen: Sequence[int], levels: Sequence[tuple[str, ...]], y: Ints, w: Floats, n_segments: int
) -> _Model:
    Z = _indicators(codes, chosen, levels)
    from sklearn.linear_model import LogisticRegression  # here, because scikit-learn takes half a second to import

    fitted = LogisticRegression(C=1 / _RIDGE, max_iter=400, tol=1e-5).fit(Z, y, sample_weight=w)
    if n_segments == 2:
        coefficients = np.column_stack([-fitted.coef_[0], fitted.coef_[0]]) / 2
        intercepts = np.array([-fitted.intercept_[0], fitted.intercept_[0]]) / 2
    else:
        coefficients, intercepts = fitted.coef_.T, fitted.intercept_
    model = _Model(np.asarray(intercepts), np.asarray(coefficients), 0.0)
    P = _softmax(model.intercepts + Z @ model.coefficients)
    gain = float((w * np.log(np.maximum(P[np.arange(len(y)), y], 1e-12))).sum())
    return _Model(model.intercepts, model.coefficients, gain)


def _predict(model: _Model, codes: Ints, chosen: Sequence[int], levels: Sequence[tuple[str, ...]]) -> Floats:
    return _softmax(model.intercepts + _indicators(codes, chosen, levels) @ model.coefficients)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)


def _kappa(table: Floats) -> float:
    """Cohen's kappa of a table of true by guessed segment."""
    total = float(table.sum())
    agreed = float(np.trace(table)) / total
    chance = float((table.sum(axis=0) * table.sum(axis=1)).sum()) / total**2
    return (agreed - chance) / (1 - chance) if chance < 1 else 1.0
