"""The whole loop over a small shop's files, every use case of it called once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loop_data import LoopFiles

from qunxiang import Workspace
from qunxiang.i18n import Label

SCHEMES = ("rfm", "value_tier", "loyalty", "price_sensitivity")
FIT_TRAITS = ("basket_value", "frequency", "discount_share")


def load_all(ws: Workspace, files: LoopFiles) -> dict[str, Any]:
    """Load the shop's files, then look at tables, loads and rejected rows."""
    found: dict[str, Any] = {}
    ws.load("order_lines", files.lines, dry_run=True)
    for table, path in (
        ("products", files.products),
        ("persons", files.persons),
        ("order_lines", files.lines),
        ("campaign_contacts", files.contacts),
        ("responses", files.responses),
    ):
        found[table] = ws.load(table, path)
    again = ws.load("order_lines", files.lines)
    assert (again.accepted, again.rejected) == (0, files.rejected)
    found["rejects"] = ws.data.rejects("order_lines").num_rows
    ws.data.tables()
    ws.data.loads()
    return found


def segment_all(ws: Workspace) -> None:
    """Define, classify, fit, mark, rename and look at segments."""
    for scheme in SCHEMES:
        ws.segments.classify(scheme)
    ws.segments.classify("value_tier", thresholds={"revenue_share": 0.6})
    ws.segments.define("lapsing", "recency_days > 60 and (frequency >= 2 or top_category in ('grocery', 'fuel'))")
    ws.segments.define("lapsing", "recency_days > 45 and not (basket_value < 10)", why="earlier warning")
    ws.segments.fit("lifestyle", traits=FIT_TRAITS, n_pairs=5, n_restarts=5)
    ws.segments.mark("value_tier", segment="strategic", profile_id="Pc003", why="opens the north")
    ws.segments.rename("lifestyle", segment="s1", label=Label("常客", "Regulars"))
    ws.segments.size("monetary between 20 and 400")
    ws.segments.list()
    for name in (*SCHEMES, "lapsing", "lifestyle"):
        ws.segments.check(name)
        ws.segments.describe(name)
        ws.segments.why(name, "Pc001")
    ws.segments.members("rfm")
    ws.segments.members("lifestyle", segment="s1")
    ws.segments.stability("lifestyle")


def portray_all(ws: Workspace) -> int:
    """Rank, judge, choose, build personas and open every claim; return the number of claims."""
    ws.targets.criteria("lifestyle")
    ws.targets.set_criteria("lifestyle", ws.targets.criteria("lifestyle"))
    ws.targets.judge("lifestyle", segment="s1", value=7, why="we know them")
    view = ws.targets.rank("lifestyle", weights={"growth": 2.0})
    segments = [a.segment for a in view.ranking.assessments]
    ws.targets.choose("lifestyle", segments[:2], why="two of them")
    claims = 0
    for persona in ws.personas.build("lifestyle"):
        for claim in persona.claims:
            assert ws.personas.evidence("lifestyle", persona.segment, claim.id).agrees, claim.id
            claims += 1
    ws.personas.assume("lifestyle", segments[0], text=Label("喜欢清淡口味", "Like it light"))
    return claims


def whole_loop(ws: Workspace, files: LoopFiles) -> dict[str, Any]:
    """Run the loop from files to report, then once more with later lines; return what was counted."""
    found = load_all(ws, files)
    found["resolve"] = ws.resolve()
    ws.traits.define(
        "web_days", table="order_lines", metric="days_since_last", where="amount > 20 and product_id <> 'sku1'"
    )
    ws.traits.define("big_lines", table="order_lines", metric="count", where="amount >= 30", window_days=180)
    for metric in ("sum", "mean", "max", "min"):
        ws.traits.define(f"amount_{metric}", table="order_lines", metric=metric, column="amount")
    ws.traits.define("products_distinct", table="order_lines", metric="distinct", column="product_id")
    found["refresh"] = ws.refresh("2024-06-01")
    for state in ws.traits.list():
        ws.traits.show(state.definition.id)
    ws.traits.frame(["recency_days", "web_days"])
    segment_all(ws)
    found["claims"] = portray_all(ws)
    ws.load("order_lines", files.later)
    ws.resolve()
    found["again"] = ws.refresh("2024-07-01")
    ws.segments.changes("rfm")
    found["who"] = ws.who("Pc002")
    found["as_of"] = ws.segments.members("rfm", as_of="2024-06-01").num_rows
    for ending in ("html", "xlsx"):
        ws.report("lifestyle", ws.settings.folder / "out" / f"report.{ending}", lang="en")
    found["overview"] = ws.overview()
    return found


def export_and_plan(ws: Workspace, folder: Path) -> list[str]:
    """Export definitions and plan to apply them; return the actions."""
    ws.definitions.export(folder)
    return [step.action for step in ws.definitions.plan(folder)]
