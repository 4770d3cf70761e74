"""Fitted models as queries: the engine puts every profile where the fitted model puts it, and why says the same."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from qunxiang.i18n import Label
from qunxiang.model import AnswerColumn, ClassModel, Segment, Segmentation
from qunxiang.segmentation import Bagged, Hierarchical, KMeans, Mixture, assignment, prepare, why_segment
from qunxiang.segmentation.classes import log_densities
from qunxiang.services.segment_fit_data import AnswerLevels, FitData
from qunxiang.services.segment_fit_model import frozen
from qunxiang.sql import Relation, TraitType

TYPES: dict[str, TraitType] = {"x": "number", "y": "money", "member": "boolean", "city": "text", "score": "integer"}
METHODS = {
    "kmeans": KMeans(),
    "hierarchical": Hierarchical(),
    "bagged": Bagged(n_bags=4, n_base=8),
    "mixture": Mixture(covariance="full"),
    "latent_class": Mixture(levels=(2, 3, 3), strength=1.0),
    "mixed": Mixture(levels=(0, 0, 2, 3), strength=1.0),
}


@pytest.fixture(scope="module")
def people() -> pa.Table:
    """400 profiles in three groups, with gaps, an amount with a long tail and answers in three kinds."""
    rng = np.random.default_rng(5)
    groups = rng.integers(0, 3, 400)
    gap = rng.random((400, 5)) < 0.05
    member = rng.random(400) < np.array([0.9, 0.2, 0.5])[groups]
    city = np.array([["北京", "上海", "其他"][min(2, g + (rng.random() < 0.2))] for g in groups])
    values = {
        "x": rng.normal(size=400) + np.array([0, 5, 10])[groups],
        "y": np.exp(rng.normal(size=400) + np.array([3, 1, 3])[groups]),
        "member": member,
        "city": city,
        "score": np.minimum(2, groups + (rng.random(400) < 0.2)),
    }
    columns = {name: pa.array(v.tolist(), mask=gap[:, j]) for j, (name, v) in enumerate(values.items())}
    return pa.table({"profile_id": [f"p{i:03}" for i in range(400)], **columns})


def _floats(people: pa.Table, name: str) -> np.ndarray:
    return np.array([math.nan if v is None else float(v) for v in people[name].to_pylist()])


def _codes(people: pa.Table, name: str, levels: tuple[Any, ...]) -> np.ndarray:
    told = [str(v).lower() if isinstance(v, bool) else v for v in people[name].to_pylist()]
    other = float(len(levels))
    return np.array([math.nan if v is None else float(levels.index(v)) if v in levels else other for v in told])


def _data(people: pa.Table, method: str) -> FitData:
    answers = {
        "latent_class": (
            AnswerLevels("member", ("true", "false"), False),
            AnswerLevels("city", ("北京", "上海"), True),
            AnswerLevels("score", (0.0, 1.0, 2.0), False),
        ),
        "mixed": (AnswerLevels("member", ("true", "false"), False), AnswerLevels("city", ("北京", "上海"), True)),
    }.get(method, ())
    raw = np.column_stack([_floats(people, "x"), _floats(people, "y")])
    impute = "keep" if method in ("mixture", "mixed") else "none"
    steps = prepare(raw, ["x", "y"], log_skewed=True, winsorise=(0.01, 0.99), impute=impute)
    assert [c.log1p for c in steps.columns] == [False, True]
    numbers = [] if method == "latent_class" else [steps.apply(raw)]
    matrix = np.column_stack([*numbers, *(_codes(people, a.trait, a.levels) for a in answers)])
    preparation = None if method == "latent_class" else steps
    return FitData(matrix, raw, preparation, answers, (), None, np.ones(len(matrix), dtype=bool))


@pytest.mark.parametrize("method", METHODS)
def test_the_engine_and_the_reasons_agree_with_the_fitted_model(people, method):
    data = _data(people, method)
    fitted = METHODS[method].fit(data.matrix, 3, seed=1, n_restarts=10)
    segments = tuple(Segment(id=f"s{i}", label=Label.same(f"s{i}")) for i in range(3))
    model = frozen(data, fitted, seed=1, n_restarts=10)
    scheme = Segmentation(id="m", label=Label.same("m"), method=method, segments=segments, model=model)
    # what is stored is JSON, read again
    scheme = Segmentation.model_validate_json(scheme.model_dump_json())
    query = assignment(Relation("people"), scheme, date(2024, 1, 1), types=TYPES)
    assert query.sql("spark")
    with duckdb.connect() as con:
        con.register("people", people)
        found = {row[1]: row[2] for row in con.execute(query.sql("duckdb")).fetchall()}
    wanted = {
        p: f"s{label}"
        for p, label in zip(people["profile_id"].to_pylist(), fitted.labels_.tolist(), strict=True)
        if label >= 0
    }
    assert found == wanted
    assert 300 < len(wanted) <= 400
    for row in people.to_pylist()[:60]:
        assert why_segment(scheme, row, TYPES).segment == wanted.get(row["profile_id"])


def test_log_densities_by_hand():
    answer = AnswerColumn(
        trait="city",
        levels=("a",),
        other=True,
        log_shares=((math.log(0.9), math.log(0.1)), (math.log(0.2), math.log(0.8))),
    )
    model = ClassModel(
        log_shares=(math.log(0.25), math.log(0.75)), numbers=None, answers=(answer,), strength=0, seed=0, n_restarts=1
    )
    query = log_densities(Relation("t"), model, TYPES)
    assert query.sql("spark")
    with duckdb.connect() as con:
        con.execute("create table t as select * from (values ('p', 'a'), ('q', 'b'), ('r', null)) v(profile_id, city)")
        found = {r[0]: r[1:] for r in con.execute(query.sql("duckdb")).fetchall()}
    assert found["p"] == pytest.approx((math.log(0.25 * 0.9), math.log(0.75 * 0.2)))
    assert found["q"] == pytest.approx((math.log(0.25 * 0.1), math.log(0.75 * 0.8)))
    assert found["r"] == (None, None)


def test_reasons_give_probabilities_and_what_was_passed_over(people):
    data = _data(people, "mixed")
    fitted = METHODS["mixed"].fit(data.matrix, 3, seed=1, n_restarts=10)
    segments = tuple(Segment(id=f"s{i}", label=Label.same(f"s{i}")) for i in range(3))
    model = frozen(data, fitted, seed=1, n_restarts=10)
    scheme = Segmentation(id="m", label=Label.same("m"), method="mixed", segments=segments, model=model)
    row = {"x": 5.0, "y": None, "member": False, "city": "上海"}
    found = why_segment(scheme, row, TYPES)
    ready = data.preparation.apply([[5.0, 10.0]])[0, 0]
    probable = fitted.probabilities([[ready, math.nan, 1.0, 1.0]])[0]
    assert found.reasons[0].message.params["probability"] == pytest.approx(probable.max())
    assert found.reasons[-1].message.code == "why.model.passed_over"
    assert found.reasons[-1].traits == ("y",)
    for reason in found.reasons:
        assert reason.message("zh")
        assert reason.message("en")
