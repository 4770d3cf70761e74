"""Traits of habits and of what persons state equal pandas computations over a random small company."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from trait_world import World

from qunxiang.model import Family
from qunxiang.sql import Relation
from qunxiang.tables import LOADED, arrow_schema

AS_OF = date(2024, 5, 31)
ZONE = "Asia/Shanghai"
END = pd.Timestamp("2024-06-01", tz=ZONE)
N = 60
HABITS = {
    "main_channel", "main_channel_share", "channel_count", "events_30d", "active_days_90d", "main_device_90d",
    "top_tag", "tag_count",
}  # fmt: skip


def fill(world: World, table: str, frame: pd.DataFrame) -> None:
    rows = [{k: None if pd.isna(v) else v for k, v in r.items()} for r in frame.to_dict("records")]
    world.connection.register("rows_in", pa.Table.from_pylist(rows, schema=arrow_schema(LOADED[table])))
    world.connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM rows_in")
    world.tables[table] = Relation(table)


def some(chance: np.random.Generator, values: tuple[str | None, ...], n: int) -> np.ndarray:
    return chance.choice(np.array(values, dtype=object), n)


def moments(chance: np.random.Generator, n: int) -> pd.Series:
    """Moments from well before the windows to after the date, some at the very edge of a local day."""
    hours = chance.integers(-24 * 10, 24 * 130, n)
    return pd.Series(END - pd.to_timedelta(hours, unit="h")).dt.tz_convert("UTC")


def company() -> dict[str, pd.DataFrame]:
    chance = np.random.default_rng(11)
    who = tuple(f"p{i}" for i in range(N - 10))  # the last ten do nothing
    persons = pd.DataFrame({
        "person_id": [f"p{i}" for i in range(N)],
        "religion": some(chance, ("佛教", "Islam", None), N),
        "interests": some(chance, ("hiking; tea", "读书", None), N),
        "lifestyle": some(chance, ("城市", "rural", None), N),
    })  # fmt: skip
    orders = pd.DataFrame({
        "order_id": [f"o{i}" for i in range(300)], "person_id": some(chance, who, 300),
        "ordered_at": moments(chance, 300), "amount": [Decimal(int(v)) for v in chance.integers(0, 90, 300)],
        "channel": some(chance, ("门店", "app", "web", None), 300),
    })  # fmt: skip
    events = pd.DataFrame({
        "event_id": [f"e{i}" for i in range(500)], "person_id": some(chance, (*who, None), 500), "session_id": "s",
        "event": some(chance, ("view", "click"), 500), "occurred_at": moments(chance, 500),
        "device": some(chance, ("phone", "平板", "desktop", None), 500),
    })  # fmt: skip
    tags = pd.DataFrame({
        "tag_id": [f"t{i}" for i in range(200)], "person_id": some(chance, who, 200),
        "tag": some(chance, ("方便", "价格", "quality"), 200), "tagged_at": moments(chance, 200),
    })  # fmt: skip
    tags.loc[::5, "tagged_at"] = pd.NaT
    return {"persons": persons, "orders": orders, "events": events, "tags": tags}


@pytest.fixture
def found(small: World) -> pd.DataFrame:
    small.time_zone = ZONE
    for table, frame in company().items():
        fill(small, table, frame)
    small.resolve()
    listed = small.trait_set(AS_OF)
    assert {t.id for t in listed.traits} >= {*HABITS, "religion", "interests", "lifestyle"}
    assert listed.get("religion").sensitive
    assert listed.get("lifestyle").family is listed.get("interests").family is Family.PSYCHOGRAPHIC
    ids = small.connection.execute("SELECT id_value, profile_id FROM identities WHERE id_type = 'person_id'").fetchall()
    made = small.traits(listed, AS_OF)
    return pd.DataFrame({person: made.loc[profile] for person, profile in ids}).T.reindex([f"p{i}" for i in range(N)])


def most(values: pd.Series) -> object:
    counts = values.value_counts()
    return min(counts[counts == counts.max()].index) if len(counts) else None


def same(found: pd.Series, expected: pd.Series) -> None:
    expected = expected.reindex(found.index)
    assert expected.notna().any()
    for person, got, wanted in zip(found.index, found, expected, strict=True):
        assert (pd.isna(got) and pd.isna(wanted)) or got == pytest.approx(wanted), person


def test_channels(found: pd.DataFrame) -> None:
    orders = company()["orders"]
    by = orders[(orders["ordered_at"] < END) & orders["channel"].notna()].groupby("person_id")["channel"]
    same(found["main_channel"], by.agg(most))
    same(found["main_channel_share"], by.agg(lambda v: v.value_counts().max() / len(v)))
    same(found["channel_count"], by.nunique())
    assert found["main_channel"].isna().any()
    for channel, name in (("app", "order_share_app"), ("门店", "order_share_门店")):
        same(found[name], by.agg(lambda v, channel=channel: (v == channel).mean()))


def test_use(found: pd.DataFrame) -> None:
    events = company()["events"]
    events = events[events["occurred_at"] < END]
    events["age"] = (END - events["occurred_at"].dt.tz_convert(ZONE).dt.normalize()).dt.days
    late = events[events["age"] <= 90]
    days = late["occurred_at"].dt.tz_convert(ZONE).dt.date
    same(found["events_30d"], late[late["age"] <= 30].groupby("person_id").size().reindex(found.index, fill_value=0))
    same(found["active_days_90d"], days.groupby(late["person_id"]).nunique().reindex(found.index, fill_value=0))
    same(found["main_device_90d"], late[late["device"].notna()].groupby("person_id")["device"].agg(most))


def test_tags(found: pd.DataFrame) -> None:
    tags = company()["tags"]
    by = tags[tags["tagged_at"].isna() | (tags["tagged_at"] < END)].groupby("person_id")["tag"]
    same(found["top_tag"], by.agg(most))
    same(found["tag_count"], by.nunique().reindex(found.index, fill_value=0))


def test_stated(found: pd.DataFrame) -> None:
    persons = company()["persons"].set_index("person_id")
    for column in ("religion", "interests", "lifestyle"):
        same(found[column], persons[column])


def test_no_trait_of_what_nobody_has(small: World) -> None:
    tables = company()
    for table, column in (("orders", "channel"), ("events", "device"), ("tags", "person_id"), ("persons", "religion")):
        fill(small, table, tables[table].assign(**{column: None}))
    small.resolve()
    made = {t.id for t in small.trait_set(AS_OF).traits}
    assert not made & {"main_channel", "channel_count", "main_device_90d", "top_tag", "tag_count", "religion"}
    assert {"events_30d", "active_days_90d", "lifestyle"} <= made
