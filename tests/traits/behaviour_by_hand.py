"""Rules over behaviour, made at random together with a slow evaluator of each in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from own_by_hand import Row, at, day_of

ZONES = ("UTC", "Asia/Shanghai", "America/New_York")
DAYS = (date(2024, 3, 31), date(2024, 3, 10), date(2024, 11, 3), date(2023, 5, 31))
EVENTS = ("view", "买", "it's")
TIME_COLUMN = {"events": "occurred_at", "orders": "ordered_at"}


@dataclass(frozen=True)
class Person:
    """What is known of one profile: its rows by table up to the date, its traits."""

    rows: dict[str, list[Row]]
    traits: dict[str, Any]
    as_of: date
    zone: str


Asks = Callable[[Person], Any]


@dataclass(frozen=True)
class Said:
    """A text of the rule language and what it means."""

    text: str
    means: Asks


def before_months(day: date, n: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - n, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError


def moments() -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(
        st.sampled_from((0, 1, 2, 6, 7, 29, 30, 31, 60, 90, -1)), st.sampled_from((-1, 0, 1, 3600, 82_800))
    )


def row_lists(as_of: date, zone: str) -> st.SearchStrategy[list[Row]]:
    row = st.builds(
        lambda person, when, value, event, channel: Row(
            person, at(as_of - timedelta(days=when[0]), when[1], zone), value, event, channel
        ),
        st.sampled_from("abc"),
        moments(),
        st.one_of(st.none(), st.sampled_from((0.0, 1.5, 7.0))),
        st.sampled_from(EVENTS),
        st.one_of(st.none(), st.sampled_from(("web", "网"))),
    )
    return st.lists(row, max_size=14)


def both(parts: Sequence[bool | None]) -> bool | None:
    return False if False in parts else None if None in parts else True


def either(parts: Sequence[bool | None]) -> bool | None:
    return True if True in parts else None if None in parts else False


# --- conditions on rows ---------------------------------------------------------------------------------------------
def _unknown(value: Any, ask: Callable[[Any], bool]) -> bool | None:
    return None if value is None else ask(value)


OF_EVENTS = (
    Said("", lambda r: True),
    Said("event = 'view'", lambda r: r.event == "view"),
    Said(
        "event = 'it''s' or channel = 'web'",
        lambda r: either([r.event == "it's", _unknown(r.channel, lambda c: c == "web")]),
    ),
    Said("not channel = 'web'", lambda r: _unknown(r.channel, lambda c: c != "web")),
    Said(
        "value > 1 and event in ('view', '买')",
        lambda r: both([_unknown(r.value, lambda v: v > 1), r.event in ("view", "买")]),
    ),
    Said("event like '%i%'", lambda r: "i" in r.event),
)
OF_ORDERS = (
    Said("", lambda r: True),
    Said("channel is null", lambda r: r.channel is None),
    Said("amount >= 1.5", lambda r: _unknown(r.value, lambda v: v >= 1.5)),
)
WHERE = {"events": OF_EVENTS, "orders": OF_ORDERS}
MEASURED = {"events": "value", "orders": "amount"}


def local_midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


@st.composite
def windows(draw: st.DrawFn) -> Said:
    """A window, as the first and last day that count."""
    kind = draw(st.sampled_from(("none", "days", "weeks", "months", "ago")))
    n = draw(st.sampled_from((1, 2, 7, 30)))
    match kind:
        case "none":
            return Said("", lambda p: (date.min, p.as_of))
        case "days":
            return Said(f"last {n} days", lambda p: (p.as_of - timedelta(days=n - 1), p.as_of))
        case "weeks":
            return Said(f"last {n} week", lambda p: (p.as_of - timedelta(days=7 * n - 1), p.as_of))
        case "months":
            return Said(f"last {n} months", lambda p: (before_months(p.as_of, n) + timedelta(days=1), p.as_of))
        case _:
            return Said(
                f"{n + 29} to {n} days ago", lambda p: (p.as_of - timedelta(days=n + 29), p.as_of - timedelta(days=n))
            )


@st.composite
def chosen_rows(draw: st.DrawFn, table: str, *, plain: bool = False) -> Said:
    """``where`` and options behind a table, meaning the rows that count."""
    where = draw(st.sampled_from(WHERE[table]))
    text = f" where {where.text}" if where.text else ""
    if plain:
        return Said(text, lambda p: [r for r in p.rows[table] if where.means(r) is True])
    window = draw(windows())
    text += f", {window.text}" if window.text else ""
    sides = draw(st.sampled_from(((), (), ("after",), ("before",), ("after", "before"))))
    moments = []
    for side in sides:
        edge, other = draw(st.sampled_from(("first", "last"))), draw(st.sampled_from(tuple(WHERE)))
        of = draw(chosen_rows(other, plain=True))
        text += f", {side} {edge}({other}{of.text})"
        moments.append((side, edge, of))

    def means(p: Person) -> list[Row]:
        first, last = window.means(p)
        rows = [r for r in p.rows[table] if where.means(r) is True and first <= day_of(r, p.zone) <= last]
        for side, edge, of in moments:
            times = [r.at for r in of.means(p)]
            if not times:
                return []
            moment = min(times) if edge == "first" else max(times)
            rows = [r for r in rows if (r.at > moment if side == "after" else r.at < moment)]
        return rows

    return Said(text, means)


def _values(rows: list[Row]) -> list[float]:
    return [r.value for r in rows if r.value is not None]


def _days(rows: list[Row], p: Person, pick: Any) -> int | None:
    return (p.as_of - day_of(pick(rows, key=lambda r: r.at), p.zone)).days if rows else None


def _edge(rows: list[Row], pick: Any) -> float | None:
    known = [(r.at, r.value) for r in rows if r.value is not None]
    return pick(known)[1] if known else None


NUMBERS: dict[str, tuple[bool, Callable[[list[Row], Person], Any]]] = {
    "count": (False, lambda rows, p: len(rows)),
    "sum": (True, lambda rows, p: sum(_values(rows))),
    "mean": (True, lambda rows, p: sum(_values(rows)) / len(_values(rows)) if _values(rows) else None),
    "min": (True, lambda rows, p: min(_values(rows), default=None)),
    "max": (True, lambda rows, p: max(_values(rows), default=None)),
    "first": (True, lambda rows, p: _edge(rows, min)),
    "last": (True, lambda rows, p: _edge(rows, max)),
    "distinct": (True, lambda rows, p: len(set(_values(rows)))),
    "days_since_first": (False, lambda rows, p: _days(rows, p, min)),
    "days_since_last": (False, lambda rows, p: _days(rows, p, max)),
}
SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@st.composite
def numbers(draw: st.DrawFn) -> Said:
    table, metric = draw(st.sampled_from(tuple(WHERE))), draw(st.sampled_from(tuple(NUMBERS)))
    rows, (of_column, measure) = draw(chosen_rows(table)), NUMBERS[metric]
    sign, limit = draw(st.sampled_from(tuple(SIGNS))), draw(st.sampled_from((0, 1, 1.5, 2, 7, 30)))
    source = f"{table}.{MEASURED[table]}" if of_column else table

    def means(p: Person) -> bool | None:
        value = measure(rows.means(p), p)
        return None if value is None else SIGNS[sign](value, limit)

    return Said(f"{metric}({source}{rows.text}) {sign} {limit}", means)


@st.composite
def existence(draw: st.DrawFn) -> Said:
    table = draw(st.sampled_from(tuple(WHERE)))
    rows = draw(chosen_rows(table))
    return Said(f"exists({table}{rows.text})", lambda p: bool(rows.means(p)))


@st.composite
def days(draw: st.DrawFn) -> Said:
    table, n = draw(st.sampled_from(tuple(WHERE))), draw(st.sampled_from((0, 1, 30)))
    rows, edge = draw(chosen_rows(table)), draw(st.sampled_from(("first", "last")))
    unit = draw(st.sampled_from(("days", "weeks", "months")))

    def means(p: Person) -> bool | None:
        found = rows.means(p)
        if not found:
            return None
        day = day_of((min if edge == "first" else max)(found, key=lambda r: r.at), p.zone)
        start = (
            before_months(p.as_of, n)
            if unit == "months"
            else p.as_of - timedelta(days=n * (7 if unit == "weeks" else 1))
        )
        return day >= start

    return Said(f"{edge}({table}.{TIME_COLUMN[table]}{rows.text}) >= as_of - {n} {unit}", means)


@dataclass(frozen=True)
class _Step:
    table: str
    rows: Said
    absent: bool
    hours: int | None


@st.composite
def sequences(draw: st.DrawFn) -> Said:
    pattern = draw(st.sampled_from(("ss", "sn", "sns", "sss", "snsn")))
    steps, parts = [], []
    for k, letter in enumerate(pattern):
        table = draw(st.sampled_from(tuple(WHERE)))
        rows, absent = draw(chosen_rows(table, plain=True)), letter == "n"
        timed = k > 0 and not (absent and k + 1 < len(pattern)) and draw(st.booleans())
        n, unit = draw(st.sampled_from(((1, "hours"), (1, "days"), (7, "days"), (4, "weeks"))))
        hours = n * {"hours": 1, "days": 24, "weeks": 168}[unit] if timed else None
        steps.append(_Step(table, rows, absent, hours))
        parts.append(("no " if absent else "") + table + rows.text + (f" within {n} {unit}" if timed else ""))
    window = draw(windows())
    text = f"sequence({' -> '.join(parts)}{', ' + window.text if window.text else ''})"

    def means(p: Person) -> bool:
        first, last = window.means(p)
        found = [[r.at for r in s.rows.means(p) if first <= day_of(r, p.zone) <= last] for s in steps]
        return any(_follows(steps, found, 1, moment, p) for moment in found[0])

    return Said(text, means)


def _follows(steps: list[_Step], found: list[list[datetime]], k: int, moment: datetime, p: Person) -> bool:
    """Say whether the steps from `k` on follow a row at `moment`, trying every row there is."""
    if k == len(steps):
        return True
    step = steps[k]
    if not step.absent:
        limit = moment + timedelta(hours=step.hours) if step.hours is not None else datetime.max.replace(tzinfo=UTC)
        return any(_follows(steps, found, k + 1, t, p) for t in found[k] if moment < t <= limit)
    if k + 1 == len(steps):
        end = local_midnight(p.as_of + timedelta(days=1), p.zone)
        limit = moment + timedelta(hours=step.hours) if step.hours is not None else end
        return limit <= end and not any(moment < t <= limit for t in found[k])
    after = steps[k + 1]
    limit = moment + timedelta(hours=after.hours) if after.hours is not None else datetime.max.replace(tzinfo=UTC)
    return any(
        not any(moment < spoilt < t for spoilt in found[k]) and _follows(steps, found, k + 2, t, p)
        for t in found[k + 1]
        if moment < t <= limit
    )


@st.composite
def traits(draw: st.DrawFn) -> Said:
    return draw(
        st.sampled_from(
            (
                Said("n >= 3", lambda p: _unknown(p.traits["n"], lambda v: v >= 3)),
                Said("n is null", lambda p: p.traits["n"] is None),
                Said("contains(city, '海')", lambda p: _unknown(p.traits["city"], lambda v: "海" in v)),
                Said(
                    "city not in ('上海', 'b')", lambda p: _unknown(p.traits["city"], lambda v: v not in ("上海", "b"))
                ),
                Said(
                    "born < as_of - 1 month",
                    lambda p: _unknown(p.traits["born"], lambda v: v < before_months(p.as_of, 1)),
                ),
                Said("vip", lambda p: p.traits["vip"]),
            )
        )
    )


RULES = st.recursive(
    st.one_of(numbers(), numbers(), existence(), sequences(), days(), traits()),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(
            lambda parts: Said(
                " and ".join(f"({s.text})" for s in parts), lambda p, parts=parts: both([s.means(p) for s in parts])
            )
        ),
        st.lists(inner, min_size=2, max_size=3).map(
            lambda parts: Said(
                " or ".join(f"({s.text})" for s in parts), lambda p, parts=parts: either([s.means(p) for s in parts])
            )
        ),
        inner.map(lambda s: Said(f"not ({s.text})", lambda p, s=s: None if s.means(p) is None else not s.means(p))),
    ),
    max_leaves=5,
)
