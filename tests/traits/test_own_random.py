"""Own variables over random tables with nulls, ties, window edges and time zones, against plain Python."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from demo_tables import connect
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from own_by_hand import Days, Row, at, day_of, first_of, kept, last_of, most_frequent, quantile, slope
from trait_world import World

from qunxiang.i18n import Label
from qunxiang.model import Metric, TraitSet, Variable
from qunxiang.sql import Relation
from qunxiang.tables import LOADED
from qunxiang.traits import define_variable
from qunxiang.traits.measuring import Naming

PEOPLE = ("a", "b", "c", "d")
ZONES = ("UTC", "Asia/Shanghai", "America/New_York")
TEXTS = ("view", "买", "it's", 'say "x"')


def before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Row], date, str]:
    zone = draw(st.sampled_from(ZONES))
    as_of = draw(st.sampled_from((date(2024, 3, 31), date(2024, 3, 10), date(2024, 11, 3), date(2023, 5, 31))))
    edges = (0, 1, 6, 7, 29, 30, 31, 59, 60, 61, 89, 90, 91, 92, 200, -1)
    rows = draw(
        st.lists(
            st.builds(
                lambda person, days, seconds, value, event, channel: Row(
                    person, at(as_of - timedelta(days=days), seconds, zone), value, event, channel
                ),
                st.sampled_from(PEOPLE[:3]),
                st.sampled_from(edges),
                st.sampled_from((-1, 0, 1, 3_600, 82_800)),
                st.one_of(st.none(), st.sampled_from((0.0, 1.5, -2.0, 7.0, 7.0))),
                st.sampled_from(TEXTS),
                st.one_of(st.none(), st.sampled_from(("web", "app", "网"))),
            ),
            max_size=25,
        )
    )
    return rows, as_of, zone


def variables(as_of: date) -> dict[str, tuple[dict[str, Any], Any]]:
    """Return each variable's document with the function that computes it from a person's rows and `keep`."""
    first3, first7 = before(as_of, 3) + timedelta(days=1), as_of - timedelta(days=6)
    months, week = {"last": 3, "unit": "months"}, {"last": 1, "unit": "weeks"}
    past = {"from_days": 90, "to_days": 30}
    three, seven = Days(first3), Days(first7)
    old = Days(as_of - timedelta(days=90), as_of - timedelta(days=30))
    web = "channel = 'web' or event = 'it''s'"

    def is_web(r: Row) -> bool:
        return r.channel == "web" or r.event == "it's"

    def values(rows: list[Row]) -> list[float]:
        return [r.value for r in rows if r.value is not None]

    def number(rows: list[Row]) -> float:
        return len(rows)

    def mean(rows: list[Row]) -> float | None:
        return sum(values(rows)) / len(values(rows)) if values(rows) else None

    def part_of_value(rows: list[Row]) -> float | None:
        web = max(0.0, sum(values([r for r in rows if is_web(r)])))
        rest = max(0.0, sum(values([r for r in rows if not is_web(r)])))
        return web / (web + rest) if web + rest else None

    def turn(rows: list[Row]) -> float | None:
        middle = as_of - timedelta(days=3)
        late = sum(values([r for r in rows if r.day > middle]))  # type: ignore[attr-defined]
        early = sum(values([r for r in rows if r.day <= middle]))  # type: ignore[attr-defined]
        return (late - early) / (abs(late) + abs(early)) if abs(late) + abs(early) else None

    def trend(rows: list[Row]) -> float:
        starts = [before(as_of, k) + timedelta(days=1) for k in (3, 2, 1)]
        totals = [0.0, 0.0, 0.0]
        for row in rows:
            totals[sum(row.day >= s for s in starts) - 1] += row.value or 0.0  # type: ignore[attr-defined]
        return slope(totals)

    return {
        "n": ({"metric": "count"}, lambda keep: number(keep())),
        "n_web": ({"metric": "count", "where": web, "window": week}, lambda keep: number(keep(seven, is_web))),
        "n_old": ({"metric": "count", "window": past}, lambda keep: number(keep(old))),
        "total": ({"metric": "sum", "column": "value", "window": months}, lambda keep: sum(values(keep(three)))),
        "average": ({"metric": "mean", "column": "value"}, lambda keep: mean(keep())),
        "middle": ({"metric": "median", "column": "value"}, lambda keep: quantile(values(keep()), 0.5)),
        "high": (
            {"metric": "quantile", "quantile": 0.9, "column": "value", "window": months},
            lambda keep: quantile(values(keep(three)), 0.9),
        ),
        "kinds": (
            {"metric": "distinct", "column": "channel", "window": months},
            lambda keep: len({r.channel for r in keep(three)} - {None}),
        ),
        "kinds_web": (
            {"metric": "distinct", "column": "event", "where": web},
            lambda keep: len({r.event for r in keep(Days(), is_web)}),
        ),
        "usual": (
            {"metric": "most_frequent", "column": "event", "window": months},
            lambda keep: most_frequent([r.event for r in keep(three)]),
        ),
        "usual_channel": (
            {"metric": "most_frequent", "column": "channel"},
            lambda keep: most_frequent([r.channel for r in keep() if r.channel]),
        ),
        "part": (
            {"metric": "share", "where": web, "window": months},
            lambda keep: number(keep(three, is_web)) / number(keep(three)) if keep(three) else None,
        ),
        "part_of_value": (
            {"metric": "share", "column": "value", "where": web, "window": months},
            lambda keep: part_of_value(keep(three)),
        ),
        "turn": (
            {"metric": "trend", "trend": "halves", "column": "value", "window": week},
            lambda keep: turn(keep(seven)),
        ),
        "least": ({"metric": "min", "column": "value"}, lambda keep: min(values(keep()), default=None)),
        "most": (
            {"metric": "max", "column": "value", "where": web},
            lambda keep: max(values(keep(Days(), is_web)), default=None),
        ),
        "newest": ({"metric": "last", "column": "channel"}, lambda keep: last_of(keep(), lambda r: r.channel)),
        "oldest": (
            {"metric": "first", "column": "value", "window": months},
            lambda keep: first_of(keep(three), lambda r: r.value),
        ),
        "since": (
            {"metric": "days_since_last", "where": web},
            lambda keep: min(((as_of - r.day).days for r in keep(Days(), is_web)), default=None),
        ),
        "known_for": (
            {"metric": "days_since_first"},
            lambda keep: max(((as_of - r.day).days for r in keep()), default=None),
        ),
        "rise": ({"metric": "trend", "trend": "slope", "column": "value", "window": months}, lambda k: trend(k(three))),
    }


class Dated(Row):
    """A row with its local day."""

    day: date


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(tables())
def test_metrics_over_random_rows_equal_plain_python(made: tuple[list[Row], date, str]) -> None:
    rows, as_of, zone = made
    documents = variables(as_of)
    own = [
        define_variable(
            Variable.model_validate({"id": name, "label": Label.same(name), "table": "events", "missing": rule, **body})
        )
        for name, (body, _) in documents.items()
        for rule in ("natural",)
    ]
    frame = computed(rows, as_of, zone, own)
    for person in PEOPLE:
        mine = [r for r in rows if r.person == person]
        for row in mine:
            object.__setattr__(row, "day", day_of(row, zone))

        def keep(days: Days = Days(), where: Any = lambda _: True, mine: list[Row] = mine) -> list[Row]:  # noqa: B008
            return kept(mine, days, as_of, zone, where)

        seen = min((day_of(r, zone) for r in mine), default=None)
        for name, (body, by_hand) in documents.items():
            if "P" + person not in frame.index:
                assert seen is None or seen > as_of or person == "d"
                continue
            expected = by_hand(keep)
            if name == "n_old" and (seen is None or seen > as_of - timedelta(days=30)):
                expected = None  # not yet known when the window ended
            found = frame.loc["P" + person, name]
            assert same(found, expected), (name, person, body, found, expected, as_of, zone)


def computed(rows: list[Row], as_of: date, zone: str, own: list[Any]) -> Any:
    connection = connect()
    try:
        world = World(connection, {}, zone)
        columns = ", ".join(f'"{c.name}" {c.type.sql}' for c in LOADED["events"].columns)
        connection.execute(f"CREATE TABLE events ({columns})")
        connection.execute("CREATE TABLE persons AS SELECT * FROM (VALUES ('d')) AS v(person_id)")
        connection.execute("ALTER TABLE persons ADD COLUMN created_at TIMESTAMPTZ")
        for i, r in enumerate(rows):
            connection.execute(
                "INSERT INTO events (event_id, person_id, occurred_at, value, event, channel)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [f"e{i}", r.person, r.at, r.value, r.event, r.channel],
            )
        world.tables |= {"events": Relation("events"), "persons": Relation("persons")}
        world.resolve()
        wanted = TraitSet(traits=tuple(t.definition for t in own))
        return world.traits(wanted, as_of, own_traits=own, naming=Naming(single=frozenset()))
    finally:
        connection.close()


def same(found: Any, expected: Any) -> bool:
    if expected is None:
        return bool(pd.isna(found))
    if isinstance(expected, str):
        return found == expected
    return float(found) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


def test_every_metric_is_tried() -> None:
    tried = {Metric(body["metric"]) for body, _ in variables(date(2024, 3, 31)).values()}
    assert tried == set(Metric)
