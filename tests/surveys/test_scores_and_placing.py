"""What surveys hand on to segments: scores as traits, placed customers as a segmentation; the map of answers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from panel import SAID, panel
from qunxiang.errors import ConflictError, SettingError, UnknownNameError
from qunxiang.statistics.multiple_correspondence import multiple_correspondence
from qunxiang.workspace import Workspace
from tiny_shop import AS_OF, PEOPLE, orders, persons


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.create(tmp_path_factory.mktemp("placing") / "ws") as workspace:
        workspace.load("persons", persons())
        workspace.load("orders", orders())
        workspace.surveys.load("market", panel(300))
        own = panel(PEOPLE, seed=8)
        own = own.append_column("customer", pa.array([f"p{i:03}" for i in range(PEOPLE)]))
        workspace.surveys.load("own", own, person="customer")
        workspace.resolve()
        workspace.refresh(AS_OF)
        yield workspace


def test_published_scores_are_traits_that_segments_use(ws: Workspace) -> None:
    ws.scales.fit("views", "own", questions=SAID, n_factors=2, kind="pearson", n_draws=5)
    ws.scales.publish("views")
    versions = {d.id: d.version for d in ws.definitions.list("trait")}
    ws.scales.publish("views")
    assert {d.id: d.version for d in ws.definitions.list("trait")} == versions
    ws.refresh(AS_OF)
    told = ws.traits.frame(["views_f1", "views_f2"]).to_pandas()[["views_f1", "views_f2"]].to_numpy(dtype=float)
    scores = ws.scales.scores("views").to_pandas()[["f1", "f2"]].to_numpy(dtype=float)
    assert np.sort(told, axis=0) == pytest.approx(np.sort(scores, axis=0))
    made = ws.segments.fit("minds", traits=["views_f1", "views_f2"], n_segments=2, n_pairs=2, n_restarts=2)
    assert made.segmentation.evidence["factor_scores"] == ["views_f1", "views_f2"]
    plain = ws.segments.fit("plain", traits=["frequency", "basket_value"], n_segments=2, n_pairs=2, n_restarts=2)
    assert plain.segmentation.evidence["factor_scores"] == []


def test_placed_customers_are_members_by_their_likeliest_segment(ws: Workspace) -> None:
    ws.market.define("kinds", "market", 1_000_000, questions=SAID, n_segments=2)
    with pytest.raises(SettingError):
        ws.market.publish("kinds", "own")
    ws.market.type("kinds", most_questions=2)
    found = ws.market.publish("kinds", "own")
    assert (found.placed, found.known) == (PEOPLE, PEOPLE)
    assert 0.5 < found.likely <= 1
    placed = ws.market.place("kinds", "own").to_pandas().set_index("respondent")["segment"]
    sizes = placed.value_counts().to_dict()
    assert {k: v for k, v in found.report.sizes.items() if v} == sizes
    members = ws.segments.members("kinds")
    assert members.num_rows == PEOPLE
    ws.refresh(AS_OF)
    assert ws.segments.members("kinds").num_rows == PEOPLE
    ws.segments.define("loyal_rule", "frequency > 1")
    with pytest.raises(ConflictError):
        ws.market.publish("kinds", "own", segmentation="loyal_rule")


def test_the_map_is_the_analysis_of_the_answers_with_their_weights(ws: Workspace) -> None:
    asked = ["city", "said_1", "said_2"]
    found = ws.surveys.map("market", questions=asked)
    frame = panel(300).to_pandas()
    answers = [[None if v == "No answer" else v for v in frame[q]] for q in asked]
    apart = multiple_correspondence(answers, asked, frame["weight"].to_numpy())
    assert [(a.question, a.answer) for a in found.answers] == list(apart.answers)
    assert found.n_rows == apart.n_rows
    assert found.shares == pytest.approx(apart.greenacre_shares[: len(found.shares)])
    assert sum(a.n for a in found.answers) == found.n_rows * len(asked)
    assert sum(a.contributions[0] for a in found.answers) == pytest.approx(1)
    assert sum(a.mass for a in found.answers) == pytest.approx(1)
    assert not ws.surveys.map("market", questions=asked, weighted=False).weighted
    for wrong in (["city"], ["city", "spend"], ["city", "nothing"]):
        with pytest.raises((SettingError, UnknownNameError)):
            ws.surveys.map("market", questions=wrong)


def test_intervals_follow_the_strata_and_clusters_of_the_sample(ws: Workspace) -> None:
    one = panel(150)
    twice = pa.concat_tables([one, one])  # everybody asked with a twin who says the same
    homes = [f"h{i}" for i in range(150)] * 2
    who = pa.array([f"t{i:03}" for i in range(300)])
    table = twice.set_column(0, "respondent_id", who).append_column("home", pa.array(homes))
    ws.surveys.load("alone", one)
    ws.surveys.load("twins", table)
    ws.surveys.load("homes", table, clusters="home", strata="city")
    assert (ws.surveys.show("homes").survey.clusters, ws.surveys.show("homes").survey.strata) == ("home", "city")

    def width(survey: str) -> float:
        shares = next(q for q in ws.surveys.show(survey).questions if q.question.id == "said_1")
        found = next(a.weighted for a in shares.answers if a.answer == "Agree")
        return found.high - found.low

    assert width("twins") < 0.8 * width("alone")
    assert width("homes") == pytest.approx(width("alone"), rel=0.05)
    for name in ("twins", "homes"):
        ws.market.define(f"of_{name}", name, 1_000_000, question="said_1")
    first, second = (ws.market.show(f"of_{name}").size.segments[0].share for name in ("twins", "homes"))
    assert second.high - second.low > 1.2 * (first.high - first.low)
    with pytest.raises(UnknownNameError):
        ws.surveys.load("wrong", table, clusters="house")
