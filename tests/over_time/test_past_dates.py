"""Past dates computed later: equal to a refresh of that day, beside the present, in migration and history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from demo_data import build_demo, copy_workspace
from qunxiang.errors import NothingYetError, SettingError, UnknownNameError
from qunxiang.services.past import period_ends
from qunxiang.services.segment_migration import Migration
from qunxiang.workspace import Workspace

SCHEMES = ("loyalty", "kinds", "often")


@pytest.fixture(scope="module")
def shop(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a shop with three past month ends."""
    folder = copy_workspace(tiny_folder, tmp_path_factory.mktemp("past") / "shop")
    with Workspace(folder) as workspace:
        workspace.segments.classify("loyalty")
        workspace.refresh_past("2023-12-01", "2024-02-29")
    return folder


@pytest.fixture
def workspace(shop: Path) -> Iterator[Workspace]:
    with Workspace(shop) as opened:
        yield opened


def members(workspace: Workspace, name: str, day: str | None = None) -> dict[str, str]:
    frame = workspace.segments.members(name, as_of=day)
    return dict(zip(frame["profile_id"].to_pylist(), frame["segment"].to_pylist(), strict=True))


def test_period_ends_are_the_last_days_of_whole_periods() -> None:
    assert list(period_ends(date(2023, 12, 1), date(2024, 3, 30), "month")) == [
        date(2023, 12, 31),
        date(2024, 1, 31),
        date(2024, 2, 29),
    ]
    assert list(period_ends(date(2023, 11, 5), date(2024, 6, 30), "quarter")) == [
        date(2023, 12, 31),
        date(2024, 3, 31),
        date(2024, 6, 30),
    ]
    assert list(period_ends(date(2024, 7, 1), date(2024, 7, 14), "week")) == [date(2024, 7, 7), date(2024, 7, 14)]


def test_a_past_date_equals_a_refresh_of_that_day_and_leaves_the_present(shop: Path, tmp_path: Path) -> None:
    with Workspace(copy_workspace(shop, tmp_path / "again")) as again, Workspace(shop) as kept:
        now = {name: members(kept, name) for name in SCHEMES}
        assert kept.snapshot is not None
        assert kept.snapshot.as_of == date(2024, 7, 1)
        for day in ("2023-12-31", "2024-01-31", "2024-02-29"):
            again.refresh(day)
            for name in SCHEMES:
                assert members(kept, name, day) == members(again, name)
        assert {name: members(kept, name) for name in SCHEMES} == now
        assert members(kept, "kinds", "2024-02-10") == members(kept, "kinds", "2024-01-31")
        with pytest.raises(NothingYetError, match="first"):
            kept.segments.members("kinds", as_of="2023-12-30")


def test_the_rows_and_columns_of_a_migration_are_the_sizes_of_its_segments(workspace: Workspace) -> None:
    for name in SCHEMES:
        found = workspace.segments.migration(name, "2023-12-31", "2024-07-01")
        assert (found.start.as_of, found.end.as_of, found.start.past, found.end.past) == (
            date(2023, 12, 31),
            date(2024, 7, 1),
            True,
            False,
        )
        check_reconciles(found, members(workspace, name, "2023-12-31"), members(workspace, name))
        assert not found.changed_definition
    assert workspace.segments.migration("kinds").start.as_of == date(2024, 2, 29)


def check_reconciles(found: Migration, before: dict[str, str], after: dict[str, str]) -> None:
    """Compare a migration with counts of the two memberships."""
    at = dict(enumerate(found.places))
    for i, place in at.items():
        assert sum(c.n for c in found.cells if c.origin == i) == place.before
        assert sum(c.n for c in found.cells if c.target == i) == place.after
        if place.segment is not None:
            assert place.before == sum(s == place.segment for s in before.values())
            assert place.after == sum(s == place.segment for s in after.values())
    for cell in found.cells:
        origin, target = at[cell.origin], at[cell.target]
        if origin.segment is not None and target.segment is not None:
            both = [p for p in before if before[p] == origin.segment and after.get(p) == target.segment]
            assert cell.n == len(both)
            assert cell.share == cell.n / origin.before
            assert cell.low is not None
            assert cell.high is not None
            assert cell.low <= cell.share <= cell.high


def test_movers_are_those_of_the_cell_with_the_deciding_traits(workspace: Workspace) -> None:
    before, after = members(workspace, "loyalty", "2023-12-31"), members(workspace, "loyalty")
    everyone = workspace.segments.movers("loyalty", "2023-12-31", "2024-07-01").to_pylist()
    assert {r["profile_id"] for r in everyone} == {
        p for p in before.keys() | after.keys() if before.get(p) != after.get(p)
    }
    traits = workspace.traits.frame(["frequency"])
    now = dict(zip(traits["profile_id"].to_pylist(), traits["frequency"].to_pylist(), strict=True))
    assert all(r["frequency__after"] == now[r["profile_id"]] for r in everyone)
    found = workspace.segments.migration("loyalty", "2023-12-31", "2024-07-01")
    for cell in found.cells:
        origin, target = found.places[cell.origin], found.places[cell.target]
        if origin.segment and target.segment:
            listed = workspace.segments.movers(
                "loyalty", "2023-12-31", from_segment=origin.segment, to_segment=target.segment
            )
            assert listed.num_rows == cell.n
    with pytest.raises(UnknownNameError):
        workspace.segments.movers("loyalty", from_segment="nothing")


def test_what_changed_is_counted_over_those_who_moved(workspace: Workspace) -> None:
    found = workspace.segments.migration("loyalty", "2023-12-31", "2024-07-01")
    assert found.shifts
    for shift in found.shifts:
        origin, target = found.places[shift.origin].segment, found.places[shift.target].segment
        rows = workspace.segments.movers("loyalty", "2023-12-31", from_segment=origin, to_segment=target).to_pylist()
        pairs = [
            (r[f"{shift.trait}__before"], r[f"{shift.trait}__after"])
            for r in rows
            if r[f"{shift.trait}__before"] is not None and r[f"{shift.trait}__after"] is not None
        ]
        assert shift.n == len(pairs)
        assert shift.change == pytest.approx(sum(float(b - a) for a, b in pairs) / len(pairs))
        assert shift.low <= shift.change <= shift.high
        assert not shift.low <= 0 <= shift.high


def test_a_history_is_the_memberships_date_by_date(workspace: Workspace) -> None:
    days = [d.as_of for d in workspace.segments.dates("loyalty")]
    assert days == [date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29), date(2024, 7, 1)]
    at = {day: members(workspace, "loyalty", day.isoformat()) for day in days}
    for profile in ("Pp001", "Pp002", "Pp007"):
        told = {}
        for stay in workspace.segments.history(profile, name="loyalty"):
            between = [d for d in days if stay.first <= d <= stay.last]
            assert len(between) == stay.dates
            told |= dict.fromkeys(between, stay.segment)
        assert told == {day: at[day].get(profile) for day in days}
    with pytest.raises(UnknownNameError):
        workspace.segments.history("nobody")


def test_a_changed_definition_is_said(shop: Path, tmp_path: Path) -> None:
    with Workspace(copy_workspace(shop, tmp_path / "changed")) as changed:
        changed.segments.define("often", "frequency >= 5")
        assert changed.segments.migration("often", "2024-02-29", "2024-07-01").changed_definition


def test_dates_that_cannot_be_computed_are_refused(workspace: Workspace) -> None:
    with pytest.raises(SettingError, match="No month ends"):
        workspace.refresh_past("2024-02-01", "2024-02-10")
    with pytest.raises(SettingError, match="at most 120"):
        workspace.refresh_past("2000-01-01", every="week")
    with pytest.raises(NothingYetError, match="2001"):
        workspace.refresh_past("2001-01-31", "2001-01-31")


def test_a_segmentation_whose_traits_a_past_date_lacks_is_left_out_and_named(shop: Path, tmp_path: Path) -> None:
    with Workspace(copy_workspace(shop, tmp_path / "lacking")) as lacking:
        lacking.load("products", [{"product_id": "t", "name": "tea", "category": "tea"}])
        line = {"line_id": "1", "order_id": "late", "person_id": "p001", "product_id": "t", "quantity": 1}
        lacking.load("order_lines", [{**line, "ordered_at": "2024-06-20", "amount": 5}])
        lacking.resolve()
        lacking.refresh("2024-07-01")
        lacking.segments.define("tea", "spend_share_tea > 0.1")
        report = lacking.refresh_past("2023-12-31", "2023-12-31")
        assert [(x.segmentation, x.as_of) for x in report.lacking] == [("tea", date(2023, 12, 31))]
        assert "spend_share_tea" in report.lacking[0].why("en")
        assert lacking.segments.dates("loyalty")[0].as_of == date(2023, 12, 31)
        assert [d.as_of for d in lacking.segments.dates("tea")] == [date(2024, 7, 1)]


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_twelve_months_of_the_demo_reconcile_and_equal_recomputing(tmp_path: Path) -> None:
    names = ("rfm", "loyalty", "value_tier", "lifestyle")
    kept, again = tmp_path / "kept", tmp_path / "again"
    build_demo(kept)
    copy_workspace(kept, again)
    with Workspace(kept) as workspace, Workspace(again) as fresh:
        days = [d.isoformat() for d in workspace.refresh_past("2017-01-31", "2017-12-31").dates]
        assert len(days) == 12
        at: dict[tuple[str, str], dict[str, str]] = {}
        for day in days:
            fresh.refresh(day)
            for name in names:
                at[name, day] = members(workspace, name, day)
                assert at[name, day] == members(fresh, name)
        for name in names:
            for first, second in pairwise(days):
                found = workspace.segments.migration(name, first, second)
                check_reconciles(found, at[name, first], at[name, second])
            for profile in ("P1", "P900", "P2337"):
                for stay in workspace.segments.history(profile, name=name):
                    between = [d for d in days if stay.first.isoformat() <= d <= stay.last.isoformat()]
                    assert all(at[name, d].get(profile) == stay.segment for d in between)
