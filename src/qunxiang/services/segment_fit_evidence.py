"""What was measured when segments were fitted, as plain JSON that stands in their definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import scipy
from numpy.typing import NDArray

from qunxiang.i18n import Message, to_json
from qunxiang.segmentation import Fitted, MixtureSegments, Stability
from qunxiang.segmentation.preparation import report
from qunxiang.segmentation.sample_size import sample_size
from qunxiang.segmentation.verdict import PROCEDURE, Verdict, nearness
from qunxiang.services.segment_fit_data import FitData
from qunxiang.statistics import contingency
from qunxiang.statistics.information import Likelihood

Floats = NDArray[np.float64]


def evidence_of(found: Stability, model: Fitted, data: FitData, *, method: str, weight: str | None) -> dict[str, Any]:
    """Return agreement, criteria and sizes by number of segments, and what is known of the chosen solution."""
    chosen = found.recommended_k
    size = sample_size(data.effective_rows if weight is not None else found.n_rows - found.n_incomplete, len(data.kept))
    return {
        "method": method,
        "criterion": found.criterion,
        "verdict": found.verdict,
        "procedure": PROCEDURE,
        "reason": to_json(found.reason),
        "recommended_k": chosen,
        "shuffled_ari": found.shuffled_ari,
        "by_k": {str(k): _of_k(found, k) for k in found.global_ari},
        "one_segment": _criteria(found.likelihood.get(1)),
        "segment_stability": [_spread(column) for column in _in_order(found, model).T],
        "across": _across(found),
        "sample_size": {
            "rows": size.n_rows,
            "variables": size.n_variables,
            "verdict": size.verdict,
            "message": to_json(size.message),
        },
        "preparation": _prepared(data),
        "model": _model_facts(model),
        "weight": None
        if weight is None
        else {"trait": weight, "without": int((~data.weighted).sum()), "effective_rows": data.effective_rows},
        "n_rows": found.n_rows,
        "n_incomplete": found.n_incomplete,
        "n_used": found.n_used,
        "n_pairs": found.n_pairs,
        "n_restarts": found.n_restarts,
        "seed": found.seed,
        "dropped": list(data.preparation.dropped) if data.preparation is not None else [],
    }


def near(evidence: Mapping[str, Any]) -> Message | None:
    """Say how far a fitted solution is from another verdict; None without one, or by another procedure."""
    told = (evidence.get("reason") or {}).get("params", {})
    # what was fitted before the version was noted followed the first
    if not {"agreement", "depth"} <= told.keys() or evidence.get("procedure", 1) != PROCEDURE:
        return None
    if evidence.get("verdict") not in get_args(Verdict):
        return None
    return nearness(evidence["verdict"], told["agreement"], told["depth"])


def _of_k(found: Stability, k: int) -> dict[str, Any]:
    ari = found.global_ari[k]
    return {
        **_spread(ari, "mean_ari"),
        "best_share": found.best_share[k],
        "smallest_share": found.smallest_share[k],
        "separation": found.separation[k],
        "segments": [_spread(column) for column in found.segment_jaccard[k].T],
        "criteria": _criteria(found.likelihood.get(k)),
    }


def _spread(values: Floats, name: str = "mean") -> dict[str, float]:
    low, q1, median, q3, high = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]).tolist()
    return {name: float(values.mean()), "low": low, "q1": q1, "median": median, "q3": q3, "high": high}


def _criteria(likelihood: Likelihood | None) -> dict[str, float] | None:
    if likelihood is None:
        return None
    return {
        "log_likelihood": likelihood.log_likelihood,
        "n_parameters": likelihood.n_parameters,
        "aic": likelihood.aic,
        "bic": likelihood.bic,
        "icl": likelihood.icl,
        "entropy_r2": likelihood.entropy_r2,
    }


def _in_order(found: Stability, model: Fitted) -> Floats:
    """Shares that come back in the order of the model's segments; it may have learned from more rows."""
    chosen = found.recommended_k
    shares = found.segment_jaccard[chosen]
    if model is found.solutions[chosen]:
        return shares
    first, now = found.solutions[chosen].labels_, model.predict(found.used)
    known = (first >= 0) & (now >= 0)
    counts = np.zeros((chosen, chosen))
    together = contingency(first[known], now[known])
    counts[: together.shape[0], : together.shape[1]] = together
    old, new = scipy.optimize.linear_sum_assignment(counts, maximize=True)
    order = np.empty(chosen, dtype=np.int64)
    order[new] = old
    return np.asarray(shares[:, order])


def _across(found: Stability) -> list[dict[str, Any]]:
    """For each number after the first: how whole its segments come out of those before, and the rows that flow."""
    if found.across is None:
        return []
    return [
        {"k": k, "stability": stability.tolist(), "flow": flow.tolist()}
        for k, stability, flow in zip(
            sorted(found.solutions)[1:], found.across.stability, found.across.flows, strict=True
        )
    ]


def _prepared(data: FitData) -> dict[str, Any]:
    steps = []
    if data.preparation is not None:
        for told, column in zip(report(data.raw, data.preparation), data.preparation.columns, strict=True):
            steps.append(
                {
                    "trait": told.name,
                    "log1p": column.log1p,
                    "floor": column.floor,
                    "ceiling": column.ceiling,
                    "limited": told.limited,
                    "skewness_before": told.skewness_before,
                    "skewness_after": told.skewness_after,
                }
            )
    repeats = [{"kept": r.kept, "other": r.other, "correlation": r.correlation} for r in data.repeats]
    return {
        "numbers": steps,
        "answers": [
            {"trait": a.trait, "levels": list(a.levels), "other": a.other, "ordered": a.ordered} for a in data.answers
        ],
        "repeats": repeats,
    }


def _model_facts(model: Fitted) -> dict[str, Any]:
    if isinstance(model, MixtureSegments):
        return {
            "covariance": model.covariance if len(model.means_[0]) else None,
            "strength": model.strength,
            "n_boundary": model.n_boundary_,
            "converged": model.converged_,
            "shares": model.shares_.tolist(),
        }
    heights = getattr(model, "heights_", None)
    return {"heights": heights.tolist()} if heights is not None else {}
