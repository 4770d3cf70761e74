"""Fitting segments from data: preparation, number of segments, stability, frozen centres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, Message, to_json
from qunxiang.model import Actor, CentreModel, Definition, Segment, Segmentation, TraitSet
from qunxiang.segmentation import KMeansSegments, Preparation, prepare, segment_stability, stability
from qunxiang.segmentation.naming import centre_names
from qunxiang.services.access import MAKERS, use_case
from qunxiang.services.definitions_read import current_traits
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.segment_define import SegmentReport, checked_name, in_use, publish
from qunxiang.sql import Query, column
from qunxiang.tables import TRAITS_KEY

DEFAULT_TRAITS = (
    "recency_days",
    "frequency",
    "basket_value",
    "discount_share",
    "private_label_share",
    "category_count",
    "weekend_share",
)
"""Traits taken when none are named: how recently, often and much people buy, and in which way."""

MOST_SEGMENTS = 8
UNLIMITED = 1e300
"""Stands for "no limit" in a stored model, because JSON has no infinity."""

Floats = NDArray[np.float64]


@use_case("segment.fit", roles=MAKERS, touches="change")
def fit(
    house: House,
    actor: Actor,
    name: str,
    *,
    traits: Sequence[str] | None = None,
    n_segments: int | Literal["auto"] = "auto",
    seed: int = 0,
    n_pairs: int = 50,
    n_restarts: int = 10,
    label: Label | None = None,
    why: str = "",
    progress: Progress = silent,
) -> SegmentReport:
    """Fit k-means segments to traits of the current snapshot and assign them.

    Parameters
    ----------
    name
        Name of the segmentation.
    traits
        Numeric traits; :data:`DEFAULT_TRAITS` when None.
    n_segments
        Number of segments, or ``auto``: the number that comes back most surely when the data are drawn again.
    seed
        Seed of all draws; the same data and seed give the same segments.
    n_pairs, n_restarts
        Pairs of bootstrap samples and random starts in each.

    Raises
    ------
    UnknownNameError
        When a trait does not exist or is not numeric.
    SettingError
        When the name or the number of segments is not allowed, or too few profiles have known values.
    ConflictError
        When the name belongs to another kind of segmentation, or the traits were refreshed meanwhile.
    """
    checked_name(name)
    if n_segments != "auto" and not 2 <= int(n_segments) <= 20:
        raise SettingError("error.segmentation.n_segments", value=n_segments, most=20)
    in_use(house.state.definition("segmentation", name), "kmeans")
    with reading(house) as reader:
        reader.relation(TRAITS_KEY.name)
        definitions = current_traits(house)
        chosen = _numeric(definitions, traits)
        progress(0.02, Message("progress.fit.frame"))
        matrix = _matrix(reader, chosen)
        preparation = _prepared(matrix, chosen)
        prepared = preparation.apply(matrix)
        ks = range(2, MOST_SEGMENTS + 1) if n_segments == "auto" else range(int(n_segments), int(n_segments) + 1)
        progress(0.05, Message("progress.fit.stability", {"k": len(ks)}))
        found = stability(
            prepared,
            ks,
            n_pairs=n_pairs,
            n_restarts=n_restarts,
            seed=seed,
            progress=lambda share: progress(0.05 + 0.7 * share, Message("progress.fit.stability", {"k": len(ks)})),
        )
        progress(0.8, Message("progress.fit.model"))
        model = KMeansSegments(found.recommended_k, n_restarts=max(50, n_restarts), seed=seed).fit(prepared)
        holds = segment_stability(prepared, model.labels_, n_pairs=n_pairs, n_restarts=n_restarts, seed=seed)
        evidence = {
            "run": reader.snapshot.run,
            "verdict": found.verdict,
            "reason": to_json(found.reason),
            "recommended_k": found.recommended_k,
            "chosen_by": "auto" if n_segments == "auto" else "hand",
            "shuffled_ari": found.shuffled_ari,
            "by_k": {
                str(k): {
                    "mean_ari": float(ari.mean()),
                    "low": float(np.quantile(ari, 0.05)),
                    "high": float(np.quantile(ari, 0.95)),
                    "best_share": found.best_share[k],
                    "smallest_share": found.smallest_share[k],
                    "separation": found.separation[k],
                }
                for k, ari in found.global_ari.items()
            },
            "segment_stability": [
                {"mean": float(c.mean()), "low": float(np.quantile(c, 0.05)), "high": float(np.quantile(c, 0.95))}
                for c in holds.T
            ],
            "n_rows": found.n_rows,
            "n_incomplete": found.n_incomplete,
            "n_used": found.n_used,
            "n_pairs": n_pairs,
            "n_restarts": n_restarts,
            "seed": seed,
            "dropped": list(preparation.dropped),
        }
        segmentation = _segmentation(name, label, definitions, preparation, model, evidence)
        rests_on = reader.snapshot.tables[TRAITS_KEY.name]

    def made(old: Definition | None) -> Segmentation:
        in_use(old, "kmeans")
        return segmentation

    return publish(house, actor, name, made, why=why, rests_on=rests_on)


def _numeric(definitions: TraitSet, traits: Sequence[str] | None) -> list[str]:
    known = [t.id for t in definitions.traits if t.is_numeric]
    wanted = list(traits) if traits is not None else [t for t in DEFAULT_TRAITS if t in known]
    lacking = [t for t in wanted if t not in known]
    if lacking or not wanted:
        raise UnknownNameError("error.segmentation.traits_unknown", lacking=lacking, known=known)
    return list(dict.fromkeys(wanted))


def _matrix(reader: SnapshotReader, traits: Sequence[str]) -> Floats:
    """Return the traits of all profiles, shape (n_profiles, n_traits), sorted by profile; NaN is unknown."""
    projections = [exp.alias_(exp.cast(column(t), "double"), t, quoted=True) for t in traits]
    tree = exp.select(*projections).from_(reader.relation(TRAITS_KEY.name).table()).order_by(column("profile_id"))
    frame: pa.Table = reader.fetch(Query(tree))
    columns = [np.asarray(frame[t].combine_chunks().fill_null(float("nan")), dtype=np.float64) for t in traits]
    return np.column_stack(columns)


def _prepared(matrix: Floats, traits: Sequence[str]) -> Preparation:
    try:
        return prepare(matrix, traits, log_skewed=True, winsorise=(0.01, 0.99))
    except ValueError as error:
        complete = int((~np.isnan(matrix).any(axis=1)).sum())
        raise SettingError("error.segmentation.nothing_to_fit", traits=list(traits), complete=complete) from error


def _segmentation(
    name: str,
    label: Label | None,
    definitions: TraitSet,
    preparation: Preparation,
    model: KMeansSegments,
    evidence: dict[str, Any],
) -> Segmentation:
    labels = {t.id: t.label for t in definitions.traits}
    names = centre_names(model.centers_.tolist(), [labels[t] for t in preparation.kept])
    segments = tuple(Segment(id=f"s{i + 1}", label=text, colour=i) for i, text in enumerate(names))
    return Segmentation(
        id=name,
        label=label or Label.same(name),
        method="kmeans",
        segments=segments,
        model=_frozen(preparation, model),
        evidence=evidence,
    )


def _frozen(preparation: Preparation, model: KMeansSegments) -> CentreModel:
    """Write the preparation and centres as numbers; limits are taken after the logarithm."""
    columns = preparation.columns

    def limit(value: float | None, log1p: bool, absent: float) -> float:
        if value is None:
            return absent
        return float(np.log1p(value)) if log1p else float(value)

    return CentreModel(
        traits=preparation.kept,
        log1p=tuple(c.log1p for c in columns),
        low=tuple(limit(c.floor, c.log1p, -UNLIMITED) for c in columns),
        high=tuple(limit(c.ceiling, c.log1p, UNLIMITED) for c in columns),
        mean=tuple(c.mean for c in columns),
        scale=tuple(c.sd for c in columns),
        centres=tuple(tuple(float(v) for v in row) for row in model.centers_),
        seed=model.seed,
        n_restarts=model.n_restarts,
    )
