"""Own variables computed row by row in plain Python, for comparison with what an engine answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Value = Any


@dataclass(frozen=True)
class Row:
    """One event: who, when, a number, a text."""

    person: str
    at: datetime
    value: float | None
    event: str
    channel: str | None


@dataclass(frozen=True)
class Days:
    """Days that count, both ends; None is open."""

    first: date | None = None
    last: date | None = None


def day_of(row: Row, zone: str) -> date:
    return row.at.astimezone(ZoneInfo(zone)).date()


def kept(rows: Sequence[Row], days: Days, as_of: date, zone: str, where: Callable[[Row], bool]) -> list[Row]:
    out = []
    for row in rows:
        day = day_of(row, zone)
        inside = day <= min(days.last or as_of, as_of) and (days.first is None or day >= days.first)
        if inside and where(row):
            out.append(row)
    return out


def quantile(values: Sequence[float], share: float) -> float | None:
    """Linear interpolation between the nearest ranks."""
    if not values:
        return None
    ranked = sorted(values)
    place = share * (len(ranked) - 1)
    low = int(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (place - low)


def slope(totals: Sequence[float]) -> float:
    """Slope of the least-squares line through (0, t0), (1, t1), …"""
    n = len(totals)
    mean_x, mean_y = (n - 1) / 2, sum(totals) / n
    above = sum((x - mean_x) * (y - mean_y) for x, y in enumerate(totals))
    return above / sum((x - mean_x) ** 2 for x in range(n))


def most_frequent(values: Sequence[str]) -> str | None:
    if not values:
        return None
    counts = Counter(values)
    most = max(counts.values())
    return min(v for v, n in counts.items() if n == most)


def last_of(rows: Sequence[Row], read: Callable[[Row], Value]) -> Value:
    known = [(r.at, read(r)) for r in rows if read(r) is not None]
    return max(known)[1] if known else None


def first_of(rows: Sequence[Row], read: Callable[[Row], Value]) -> Value:
    known = [(r.at, read(r)) for r in rows if read(r) is not None]
    return min(known)[1] if known else None


def at(day: date, seconds: int, zone: str) -> datetime:
    """A moment so many seconds after (or before) local midnight."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return midnight + timedelta(seconds=seconds)


def money(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))
