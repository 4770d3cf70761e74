"""The real surveys through the web app: from a file to shares, a scale, segments and market sizes, without code."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extra_data import extra_data
from qunxiang.model import Role
from qunxiang.services.house import silent
from qunxiang.statistics.intervals import Interval
from qunxiang.web.app import create_app
from qunxiang.worker.dispatch import perform
from qunxiang.workspace import Workspace
from tiny_shop import BASE

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have another client library
    from fastapi.testclient import TestClient

__all__ = ["extra_data"]
GRID = [f"q0007_{j:04}" for j in range(1, 12)]


@pytest.fixture(scope="module")
def site(extra_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Workspace]]:
    """Give a client who is signed in as a marketer's analyst, and the workspace behind it."""
    workspace = Workspace.create(tmp_path_factory.mktemp("538") / "ws", lang="en")
    workspace.users.add("analyst", Role.ANALYST)
    app = create_app(workspace)
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        secret, _ = workspace.users.enter(workspace.users.link("analyst"))
        client.cookies.set(app.state.session_cookie, secret)
        for name in ("masculinity", "flying"):
            path = extra_data / "surveys_538" / f"{name}.parquet"
            sent = client.post("/surveys/load", files={"file": (path.name, path.read_bytes())})
            layout = sent.headers["location"]
            assert client.get(layout).status_code == 200
            done = work(client, workspace, layout, {"name": name, "action": "load"})
            assert done["accepted"] > 20_000
            assert done["rejected"] == 0
        yield client, workspace


def work(client: TestClient, workspace: Workspace, path: str, form: dict[str, Any]) -> dict[str, Any]:
    """Send a form that queues a job, and do the job as the worker would."""
    sent = client.post(path, data=form)
    assert sent.status_code == 303, sent.text
    job = workspace.jobs.show(sent.headers["location"].rpartition("/")[2])
    return perform(workspace, job, silent)


def page(client: TestClient, path: str) -> str:
    found = client.get(path)
    assert found.status_code == 200, path
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.text))


def test_weighted_and_unweighted_shares_are_shown_and_differ(site: tuple[TestClient, Workspace]) -> None:
    client, workspace = site
    view = workspace.surveys.show("masculinity")
    age = next(q for q in view.questions if q.question.id == "age3")
    young = next(a for a in age.answers if a.answer == "18 - 34")
    # the sample is old: few young men answered, weights bring them to what they are in the population
    assert young.unweighted.estimate < 0.15 < 0.25 < young.weighted.estimate
    text = page(client, "/surveys/masculinity")
    assert "Unweighted" in text
    assert "Weighted" in text
    assert "Design effect" in text
    shown = page(client, "/surveys/masculinity/questions/age3")
    assert f"{young.unweighted.estimate * 100:.1f}" in shown
    assert f"{young.weighted.estimate * 100:.1f}" in shown
    assert "no weights" in page(client, "/surveys/flying")


def test_from_items_to_a_scale_with_a_name(site: tuple[TestClient, Workspace]) -> None:
    client, workspace = site
    work(client, workspace, "/surveys/masculinity/scale", {"name": "habits", "question": GRID, "n_factors": "auto"})
    scale = workspace.scales.show("habits").scale
    assert scale.weighted
    # working out and cars or sports go together; so do talking about problems and friends
    assert 2 <= len(scale.factors) <= 5
    assert scale.evidence["n_effective"] < 600 < scale.evidence["n_rows"]
    text = page(client, "/scales/habits")
    assert "Scree with parallel analysis" in text
    assert "q0007_0001" in text
    sent = client.post("/scales/habits/factors/f1", data={"label_en": "Asking for help"})
    assert sent.status_code == 303
    assert "Asking for help" in page(client, "/scales/habits")
    assert client.get("/scales/habits/scores.csv").text.count("\n") > 1_600


@pytest.mark.full
def test_from_a_survey_to_market_sizes_and_a_typing_tool(site: tuple[TestClient, Workspace]) -> None:
    client, workspace = site
    form = {"name": "men", "population": "120,000,000", "question": GRID, "n_segments": "3"}
    work(client, workspace, "/surveys/masculinity/market", form)
    size = workspace.market.show("men").size
    known = [s for s in size.segments if isinstance(s.people, Interval)]
    assert len(known) == 3
    assert any(abs(s.share.estimate - s.unweighted_share) > 0.03 for s in known)
    assert sum(s.people.estimate for s in known) == pytest.approx(120e6 * (1 - size.unknown))
    margins = "[age3]\n18 - 34 = 0.3\n35 - 64 = 0.5\n65 and up = 0.2"
    assert client.post("/markets/men/margins", data={"margins": margins}).status_code == 303
    work(client, workspace, "/markets/men/tool", {"n_questions": "3"})
    text = page(client, "/markets/men")
    for wanted in ("Calibrated in", "Typing tool", "3 questions taken", "120,000,000"):
        assert wanted in text
    assert client.get("/markets/men/placing.csv?survey=masculinity").text.count("\n") > 1_600


def test_flying_by_one_question(site: tuple[TestClient, Workspace]) -> None:
    client, workspace = site
    work(client, workspace, "/surveys/flying/market", {"name": "flyers", "population": "200000000", "by": "q01"})
    view = workspace.market.show("flyers")
    assert [s.answer for s in view.market.segments][:2] == ["Never", "Once a year or less"]
    assert view.size.segments[0].share.estimate == pytest.approx(view.size.segments[0].unweighted_share)
    assert "Too few respondents" in client.get("/markets/flyers").text  # three people fly every day
