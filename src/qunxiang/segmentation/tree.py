"""A few readable rules that stand in for a segmentation, and how well they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.errors import SettingError
from qunxiang.segmentation.markers import Marker, markers

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Operator = Literal["<=", ">"]

_FOLDS = 5


@dataclass(frozen=True)
class Condition:
    """One condition of a rule: trait, operator, threshold in the trait's own unit."""

    name: str
    operator: Operator
    threshold: float

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.threshold:g}"


@dataclass(frozen=True)
class SegmentRule:
    """Conditions that all hold together; `share` of the `n` rows they meet belong to the segment.

    A row with an unknown value in one of the conditions does not meet the rule.
    """

    conditions: tuple[Condition, ...]
    n: int
    share: float

    def __str__(self) -> str:
        return " and ".join(str(condition) for condition in self.conditions) or "everyone"


@dataclass(frozen=True)
class Explanation:
    """Findings of :func:`explain`; dictionaries are keyed by segment.

    Attributes
    ----------
    rules
        Rules of every segment, the one that meets most rows first; none when no leaf belongs to the segment.
    fidelity
        Share of rows, each held out in turn, whose segment the tree names rightly.
    precision, recall
        Held out as well: of the rows named so, the share that belong; of those that belong, the share named so. NaN
        when no row was named so.
    baseline
        Fidelity of always naming the largest segment.
    markers
        Markers of every segment, strongest effect first.
    n_rows, n_incomplete
        Rows used, and rows left out because a value is unknown or the row has no segment.
    """

    rules: dict[int, tuple[SegmentRule, ...]]
    fidelity: float
    precision: dict[int, float]
    recall: dict[int, float]
    baseline: float
    markers: dict[int, tuple[Marker, ...]]
    n_rows: int
    n_incomplete: int


def explain(
    traits: Any, labels: ArrayLike, max_depth: int = 3, *, names: Sequence[str] | None = None, seed: int = 0
) -> Explanation:
    """Explain segments by a shallow decision tree.

    Parameters
    ----------
    traits : array of shape (n_rows, n_traits) or a dataframe of numbers
        NaN is unknown; such rows are left out of the tree and counted. The names are taken from `names`, else from the
        columns of the dataframe.
    labels : array of shape (n_rows,)
        Segments from 0; −1 belongs to none.
    max_depth
        Most conditions in a rule.

    Raises
    ------
    SettingError
        When fewer than two segments have at least two complete rows.

    References
    ----------
    Breiman, L. et al. (1984). Classification and Regression Trees.
    """
    values, given = np.asarray(traits, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    columns = names if names is not None else getattr(traits, "columns", None)
    titles = [f"x{i}" for i in range(values.shape[1])] if columns is None else [str(c) for c in columns]
    complete = ~np.isnan(values).any(axis=1) & (given >= 0)
    used, segment = values[complete], given[complete]
    _check_sizes(segment)
    # Rows sorted by value: the folds, and so the numbers, do not depend on the order of the rows.
    order = np.lexsort((segment, *used.T[::-1]))
    used, segment = used[order], segment[order]
    tree = _tree(max_depth, len(used), seed).fit(used, segment)
    held_out = _held_out(used, segment, max_depth, seed)
    present = np.unique(segment).tolist()
    by_segment = markers(values, given, titles)
    return Explanation(
        rules=_rules(tree, titles, present),
        fidelity=float(np.mean(held_out == segment)),
        precision={s: _share(segment[held_out == s] == s) for s in present},
        recall={s: _share(held_out[segment == s] == s) for s in present},
        baseline=float(np.bincount(segment).max() / len(segment)),
        markers={s: tuple(m for m in by_segment if m.segment == s) for s in np.unique(given[given >= 0]).tolist()},
        n_rows=len(used),
        n_incomplete=int((~complete).sum()),
    )


def _check_sizes(segment: Labels) -> None:
    sizes = np.unique(segment, return_counts=True)[1]
    if np.count_nonzero(sizes >= 2) < 2:
        raise SettingError("error.segmentation.nothing_to_explain", found=int(np.count_nonzero(sizes >= 2)))


def _tree(max_depth: int, n_rows: int, seed: int) -> DecisionTreeClassifier:
    from sklearn.tree import DecisionTreeClassifier  # here, because scikit-learn brings pandas and half a second

    # A leaf of a handful of rows is not a rule that anybody should act on.
    return DecisionTreeClassifier(
        max_depth=max_depth, min_samples_leaf=max(1, min(20, n_rows // 50)), random_state=seed
    )


def _held_out(used: Floats, segment: Labels, max_depth: int, seed: int) -> Labels:
    """Segment that a tree learned from the other folds names for every row."""
    from sklearn.model_selection import StratifiedKFold

    sizes = np.unique(segment, return_counts=True)[1]
    folds = int(max(2, min(_FOLDS, sizes.max())))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    # Segments smaller than the number of folds share one stratum, else the splitter would warn and leave them uneven.
    strata = np.where(np.isin(segment, np.flatnonzero(np.bincount(segment) >= folds)), segment, -1)
    if 0 < np.count_nonzero(strata == -1) < folds:
        strata[strata == -1] = int(np.bincount(segment).argmax())
    named = np.empty_like(segment)
    for learn, test in splitter.split(used, strata):
        named[test] = _tree(max_depth, len(learn), seed).fit(used[learn], segment[learn]).predict(used[test])
    return named


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else float("nan")


def _rules(
    tree: DecisionTreeClassifier, titles: Sequence[str], present: Sequence[int]
) -> dict[int, tuple[SegmentRule, ...]]:
    """Leaves as conjunctions, gathered by the segment they name."""
    nodes = tree.tree_
    found: dict[int, list[SegmentRule]] = {segment: [] for segment in present}
    waiting: list[tuple[int, tuple[Condition, ...]]] = [(0, ())]
    while waiting:
        node, path = waiting.pop()
        if nodes.children_left[node] == -1:
            shares = nodes.value[node][0]
            winner = int(shares.argmax())
            rule = SegmentRule(_tighten(path), int(nodes.n_node_samples[node]), float(shares[winner] / shares.sum()))
            found[int(tree.classes_[winner])].append(rule)
            continue
        name, threshold = titles[nodes.feature[node]], float(nodes.threshold[node])
        waiting.append((int(nodes.children_right[node]), (*path, Condition(name, ">", threshold))))
        waiting.append((int(nodes.children_left[node]), (*path, Condition(name, "<=", threshold))))
    return {segment: tuple(sorted(rules, key=lambda rule: (-rule.n, str(rule)))) for segment, rules in found.items()}


def _tighten(path: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Keep of several conditions on one trait and side the one that decides."""
    kept: dict[tuple[str, Operator], Condition] = {}
    for condition in path:
        # Deeper conditions on the same side are always the narrower ones.
        kept[(condition.name, condition.operator)] = condition
    return tuple(kept.values())
