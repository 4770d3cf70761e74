"""Own variables from the definition to the snapshot: every form, previews, circles, and what is in use."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import pytest
import yaml
from loop_data import LoopFiles

from qunxiang import Workspace
from qunxiang.errors import QunxiangError, RuleError, SettingError, UnknownNameError

DAY = "2024-06-01"


@pytest.fixture(scope="module")
def shop(files: LoopFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.create(tmp_path_factory.mktemp("own") / "ws") as ws:
        for table, path in (
            ("products", files.products),
            ("persons", files.persons),
            ("order_lines", files.lines),
            ("campaign_contacts", files.contacts),
        ):
            ws.load(table, path)
        ws.resolve()
        ws.refresh(DAY)
        yield ws


@pytest.fixture(scope="module")
def lines(files: LoopFiles) -> pd.DataFrame:
    found = pd.read_csv(files.lines, dtype=str)
    found = found[~found["line_id"].isin(["bad1", "bad2"]) & found["line_id"].notna()]
    products = pd.read_csv(files.products, dtype=str)
    found = found.merge(products, on="product_id", how="left")
    found["amount"] = found["amount"].astype(float)
    found["age"] = (pd.Timestamp(DAY) - pd.to_datetime(found["ordered_at"]).dt.normalize()).dt.days
    found["profile_id"] = "P" + found["person_id"]
    return found


def values(ws: Workspace, name: str) -> dict[str, Any]:
    frame = ws.traits.frame([name]).to_pydict()
    found = (float(v) if isinstance(v, Decimal) else v for v in frame[name])
    return dict(zip(frame["profile_id"], found, strict=True))


def test_every_form_is_computed_at_the_refresh(shop: Workspace, lines: pd.DataFrame) -> None:
    shop.traits.define("middle_amount", table="order_lines", metric="median", column="amount")
    shop.traits.define(
        "bakery_per_line",
        table="order_lines",
        metric="sum",
        column="amount",
        where="category = 'bakery'",
        over={"table": "order_lines", "metric": "count", "window_days": 400},
    )
    shop.traits.define("usual_category", table="order_lines", metric="most_frequent", column="category")
    shop.traits.define("twice", expression="middle_amount * 2 + frequency")
    shop.traits.define("tier", bands={"trait": "twice", "cuts": [20, 60]})
    shop.refresh(DAY)
    by = lines.groupby("profile_id")
    assert values(shop, "middle_amount") == pytest.approx(
        {p: float(f"{median(v):.4f}") for p, v in by["amount"]}, abs=0.0051
    )
    bakery = lines[lines["category"] == "bakery"].groupby("profile_id")["amount"].sum()
    recent = lines[lines["age"] < 400].groupby("profile_id").size()
    assert values(shop, "bakery_per_line") == pytest.approx({p: bakery.get(p, 0.0) / n for p, n in recent.items()})
    usual = {p: sorted(v.value_counts().items(), key=lambda x: (-x[1], x[0]))[0][0] for p, v in by["category"]}
    assert values(shop, "usual_category") == usual
    middle, often, twice = values(shop, "middle_amount"), values(shop, "frequency"), values(shop, "twice")
    assert twice == pytest.approx({p: float(middle[p]) * 2 + often[p] for p in middle})
    tiers = values(shop, "tier")
    assert tiers == {p: "< 20" if v < 20 else "20 – < 60" if v < 60 else "≥ 60" for p, v in twice.items()}
    assert shop.traits.show("tier").state.definition.levels == ("< 20", "20 – < 60", "≥ 60")


def test_a_preview_of_everybody_equals_the_refresh(shop: Workspace) -> None:
    body = {"table": "order_lines", "metric": "count", "where": "amount > 20", "window": {"last": 2, "unit": "months"}}
    found = shop.traits.preview("big_lines", body)
    shop.traits.define("big_lines", **body)
    shop.refresh(DAY)
    shown = shop.traits.show("big_lines")
    assert (found.sampled, found.profiles) == (160, 160)
    assert found.detail == shown
    assert shop.traits.preview("big_lines_2", {"expression": "big_lines + 1"}).state.median == shown.state.median + 1


def test_a_smaller_preview_is_the_same_every_time(shop: Workspace) -> None:
    body = {"table": "order_lines", "metric": "sum", "column": "amount"}
    first, again = (shop.traits.preview("some_sum", body, sample=40) for _ in range(2))
    assert first == again
    assert (first.sampled, first.profiles, first.state.n) == (40, 160, 40)


def test_variables_in_a_circle_are_refused(shop: Workspace) -> None:
    shop.traits.define("ring_a", expression="frequency + 1")
    shop.traits.define("ring_b", expression="ring_a + 1")
    with pytest.raises(SettingError, match="ring_a → ring_b → ring_a"):
        shop.traits.define("ring_a", expression="ring_b + 1")
    with pytest.raises(SettingError, match="ring_c → ring_c"):
        shop.traits.define("ring_c", expression="ring_c + 1")
    shop.traits.archive("ring_b")
    shop.traits.archive("ring_a")


def test_what_is_in_use_cannot_be_taken_out_of_use(shop: Workspace) -> None:
    shop.traits.define("rows_1", table="order_lines", metric="count")
    shop.traits.define("rows_2", expression="rows_1 * 2")
    shop.refresh(DAY)
    shop.segments.define("many_rows", "rows_2 > 4")
    with pytest.raises(SettingError, match="trait/rows_2"):
        shop.traits.archive("rows_1")
    with pytest.raises(SettingError, match="segmentation/many_rows"):
        shop.traits.archive("rows_2")
    with pytest.raises(SettingError, match="turn from"):
        shop.traits.define("rows_2", bands={"trait": "rows_1", "cuts": [3]})
    shop.segments.archive("many_rows")
    shop.traits.archive("rows_2", why="not needed")
    shop.traits.archive("rows_1")
    shop.refresh(DAY)
    assert not {"rows_1", "rows_2"} & {s.definition.id for s in shop.traits.list()}
    with pytest.raises(UnknownNameError):
        shop.traits.archive("frequency")


def test_yaml_round_trip_changes_nothing_and_applies_elsewhere(shop: Workspace, tmp_path: Path) -> None:
    past = {"from_days": 90, "to_days": 30}
    body = {"table": "campaign_contacts", "metric": "count", "window": past, "missing": "unknown"}
    shop.traits.define("touched_before", **body)
    shop.definitions.export(tmp_path / "out")
    assert {s.action for s in shop.definitions.plan(tmp_path / "out")} == {"unchanged"}
    file = tmp_path / "out" / "trait" / "touched_before.yaml"
    document = yaml.safe_load(file.read_text("utf-8"))
    assert document["body"]["window"] == {"from_days": 90, "to_days": 30}
    document["body"]["window"] = {"last": 0}
    file.write_text(yaml.safe_dump(document), "utf-8")
    with pytest.raises(SettingError, match=r"window\.last"):
        shop.definitions.plan(tmp_path / "out")


def test_a_customer_not_yet_known_is_unknown_not_zero(shop: Workspace, lines: pd.DataFrame) -> None:
    shop.traits.define("lines_long_ago", table="order_lines", metric="count", window={"from_days": 300, "to_days": 57})
    shop.refresh(DAY)
    found = values(shop, "lines_long_ago")
    touched = {f"Pc{i:03}" for i in range(0, 160, 3)}  # known since their contact of 2024-04-02, 60 days before
    first = {p: max(age, 60) if p in touched else age for p, age in lines.groupby("profile_id")["age"].max().items()}
    counted = lines[lines["age"] >= 57].groupby("profile_id").size()
    expected = {p: int(counted.get(p, 0)) if age >= 57 else None for p, age in first.items()}
    assert found == expected
    assert None in expected.values()


@pytest.mark.parametrize("text", ["'; drop table traits; --", "frequency > (select 1)", 'x" or 1=1', "频次 + 1", "1 +"])
def test_hostile_expressions_are_refused_with_their_place(shop: Workspace, text: str) -> None:
    with pytest.raises(RuleError) as caught:
        shop.traits.define("hostile", expression=text)
    assert caught.value.start is not None


@pytest.mark.parametrize("name", ["a b", 'a"b', "x;--", "名" * 80, "", "Über", "as_of", "profile_id", "frequency"])
def test_hostile_names_are_refused(shop: Workspace, name: str) -> None:
    with pytest.raises(QunxiangError):
        shop.traits.define(name, table="order_lines", metric="count")


def test_columns_that_only_this_company_has_can_be_measured(tmp_path: Path) -> None:
    rows = [("ab"[i % 3 == 0], i + 1, 3 + i % 5, ("线下", "it's")[i % 2]) for i in range(28)]
    text = "person_id,event,occurred_at,到店人数,select\n"
    text += "".join(f'{p},visit,2024-05-{day:02} 10:00:00,{n},"{kind}"\n' for p, day, n, kind in rows)
    (tmp_path / "events.csv").write_text(text, "utf-8")
    with Workspace.create(tmp_path / "ws") as ws:
        ws.load("events", tmp_path / "events.csv", keep="all")
        ws.resolve()
        number, kind = (c.name for c in next(t for t in ws.data.tables() if t.name == "events").custom)
        ws.traits.define("visitors", table="events", metric="sum", column=number, where=f"\"{kind}\" = '线下'")
        ws.traits.define("last_kind", table="events", metric="last", column=kind)
        assert ws.traits.preview("busiest", {"table": "events", "metric": "max", "column": number}).state.maximum == 7
        ws.refresh(DAY)
        mine = {p: [r for r in rows if r[0] == p] for p in "ab"}
        assert values(ws, "visitors") == {f"P{p}": sum(r[2] for r in m if r[3] == "线下") for p, m in mine.items()}
        assert values(ws, "last_kind") == {f"P{p}": m[-1][3] for p, m in mine.items()}
