"""Fitting segments from data: preparation, number of segments, stability, frozen parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from qunxiang.errors import SettingError
from qunxiang.i18n import Label, Message
from qunxiang.model import Actor, Definition, Segment, Segmentation
from qunxiang.model.segmentation import DEFAULT_STEPS, METHODS, FitMethod
from qunxiang.segmentation import Bagged, Fitted, Hierarchical, KMeans, Method, Mixture, Stability, stability
from qunxiang.services.access import MAKERS, use_case
from qunxiang.services.definitions_read import current_traits
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.reading import reading
from qunxiang.services.segment_define import checked_name
from qunxiang.services.segment_fit_data import FitData, fit_data
from qunxiang.services.segment_fit_evidence import evidence_of
from qunxiang.services.segment_fit_model import frozen, names_of
from qunxiang.services.segment_publish import SegmentReport, in_use, publish
from qunxiang.tables import TRAITS_KEY

MOST_SEGMENTS, MOST_OF_FEW = 10, 8
"""Segments tried at most, and at most with fewer than :data:`ENOUGH_ROWS` rows."""

ENOUGH_ROWS = 300

MOST_ROWS = {"mixture": 3_000, "latent_class": 3_000, "mixed": 3_000}
"""Rows that stability is measured on, by method; the sample is stated in the evidence."""

FIT_ROWS = 100_000
"""Rows that the final segments are learned from; with more, a sample that the evidence states with its error."""

STRENGTH = 1.0
"""Bayes constant of mixtures: Latent GOLD's default."""


def method_of(name: str, data: FitData) -> Method:
    """Return the method of that name for rows of that shape."""
    match name:
        case "kmeans":
            return KMeans()
        case "hierarchical":
            return Hierarchical()
        case "bagged":
            return Bagged()
        case "mixture":
            return Mixture(covariance="auto", strength=STRENGTH)
        case _:
            return Mixture(levels=data.levels, ordered=data.ordered, strength=STRENGTH)


@use_case("segment.fit", roles=MAKERS, touches="change")
def fit(
    house: House,
    actor: Actor,
    name: str,
    *,
    traits: Sequence[str] | None = None,
    method: str = "kmeans",
    n_segments: int | Literal["auto"] = "auto",
    weight: str | None = None,
    steps: Sequence[str] = DEFAULT_STEPS,
    seed: int = 0,
    n_pairs: int = 50,
    n_restarts: int = 10,
    label: Label | None = None,
    why: str = "",
    progress: Progress = silent,
) -> SegmentReport:
    """Fit segments to traits of the current snapshot and assign them.

    Parameters
    ----------
    name
        Name of the segmentation.
    traits
        Numeric traits, :data:`DEFAULT_TRAITS` when None; for ``latent_class`` answers (text, yes/no, or numbers of few
        different values), which must be named; for ``mixed`` both.
    method
        One of :data:`METHODS`.
    n_segments
        Number of segments, or ``auto``: the number that comes back most surely when the data are drawn again, for
        mixtures and latent classes the one with the smallest BIC.
    weight
        Numeric trait that says how many customers each stands for; a profile without it (or not above 0) takes no part
        in the fit, but is assigned like all.
    steps
        Preparation of numbers, of :data:`~qunxiang.model.segmentation.STEPS`; leaving one out undoes it.
    seed
        Seed of all draws; the same data and seed give the same segments.
    n_pairs, n_restarts
        Pairs of bootstrap samples and random starts in each.

    Raises
    ------
    UnknownNameError
        When a trait does not exist or is of a kind that the method does not take.
    SettingError
        When the name, the method, a step or the number of segments is not allowed, or too few profiles have known
        values.
    ConflictError
        When the name belongs to another kind of segmentation, or the traits were refreshed meanwhile.
    """
    checked_name(name)
    if method not in METHODS:
        raise SettingError("error.segmentation.method", value=method[:40], known=METHODS)
    if n_segments != "auto" and not 2 <= int(n_segments) <= 20:
        raise SettingError("error.segmentation.n_segments", value=n_segments, most=20)
    fitted_by: FitMethod = next(m for m in METHODS if m == method)
    in_use(house.state.definition("segmentation", name), fitted_by)
    with reading(house) as reader:
        reader.relation(TRAITS_KEY.name)
        definitions = current_traits(house)
        progress(0.02, Message("progress.fit.frame"))
        data = fit_data(reader, definitions, traits, method=fitted_by, weight=weight, steps=steps)
        way = method_of(fitted_by, data)
        rows = data.matrix[data.weighted]
        ks = _numbers_tried(way, rows) if n_segments == "auto" else range(int(n_segments), int(n_segments) + 1)
        progress(0.05, Message("progress.fit.stability", {"k": len(ks)}))
        weights = data.weights[data.weighted] if data.weights is not None else None
        found = stability(
            rows,
            ks,
            n_pairs=n_pairs,
            n_restarts=n_restarts,
            seed=seed,
            method=way,
            weights=weights,
            max_rows=MOST_ROWS.get(fitted_by, 5_000),
            progress=lambda share: progress(0.05 + 0.8 * share, Message("progress.fit.stability", {"k": len(ks)})),
        )
        progress(0.9, Message("progress.fit.model"))
        restarts = max(50, n_restarts)
        model, sampled = _final(way, found, rows, weights, n_restarts=restarts, seed=seed)
        evidence = {
            "run": reader.snapshot.run,
            "chosen_by": "auto" if n_segments == "auto" else "hand",
            "steps": list(steps),
            **evidence_of(found, model, data, method=fitted_by, weight=weight),
            "sample": sampled,
            "factor_scores": _factor_scores(house, data.kept),
        }
        labels = {t.id: t.label for t in definitions.traits}
        names = names_of(data, model, labels)
        segmentation = Segmentation(
            id=name,
            label=label or Label.same(name),
            method=fitted_by,
            segments=tuple(Segment(id=f"s{i + 1}", label=text, colour=i) for i, text in enumerate(names)),
            model=frozen(data, model, seed=seed, n_restarts=restarts),
            evidence=evidence,
        )
        rests_on = reader.snapshot.tables[TRAITS_KEY.name]

    def made(old: Definition | None) -> Segmentation:
        in_use(old, fitted_by)
        if label is None and old is not None and not old.archived:  # a fit again keeps the name that people gave
            return segmentation.model_copy(update={"label": Segmentation.model_validate(old.body).label})
        return segmentation

    return publish(house, actor, name, made, why=why, rests_on=rests_on)


def _factor_scores(house: House, traits: Sequence[str]) -> list[str]:
    """Return which traits are scores of a scale's factors: poor traits to group by (Dolnicar & Grün 2008)."""
    scores = {
        f"{document.id}_{factor['id']}"
        for document in house.state.definitions("scale")
        if not document.archived
        for factor in document.body["factors"]
    }
    return [t for t in traits if t in scores]


def _numbers_tried(way: Method, rows: Any) -> range:
    """Return the numbers of segments that are tried: 2 to 10 where rows allow."""
    usable = rows[way.usable(rows)]
    different = len(np.unique(np.nan_to_num(usable, nan=-1.5e300), axis=0)) if len(usable) < ENOUGH_ROWS else None
    most = MOST_SEGMENTS if different is None else min(MOST_OF_FEW, different)
    return range(2, max(2, most) + 1)


def _final(
    way: Method, found: Stability, rows: Any, weights: Any, *, n_restarts: int, seed: int
) -> tuple[Fitted, dict[str, float] | None]:
    """Return the segments of all usable rows, or of a sample of them with how far the others lie from it.

    The error of a sample: mean squared distance to the own centre of the rows learned from and of all others.
    """
    k = found.recommended_k
    if not found.is_sample:
        return found.solutions[k], None
    usable = np.flatnonzero(way.usable(rows))
    learned = usable
    if len(usable) > FIT_ROWS:
        learned = np.sort(np.random.default_rng([seed, 7]).choice(usable, FIT_ROWS, replace=False))
    share = None if weights is None else weights[learned]
    model = way.fit(rows[learned], k, share, seed=seed, n_restarts=n_restarts)
    if len(learned) == len(usable):
        return model, None
    others = np.setdiff1d(usable, learned, assume_unique=True)
    inside, outside = (_mean_square(model, rows[places]) for places in (learned, others))
    return model, {"rows": len(learned), "of": len(usable), "within": inside, "within_others": outside}


def _mean_square(model: Fitted, rows: Any) -> float:
    labels = model.predict(rows)
    known = labels >= 0
    off = model.space(rows[known]) - model.centers_[labels[known]]
    return float((off**2).sum(axis=1).mean())
