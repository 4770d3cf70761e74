"""Headroom within segments and renewals of contracts, against counting by hand and published values."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from qunxiang import Workspace
from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.services.value_potential import LEAST, headroom


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A shop in which customer i spent i in the year."""
    ws = Workspace.create(tmp_path_factory.mktemp("potential") / "ws", time_zone="UTC")
    ws.load(
        "orders",
        [
            {"order_id": f"o{i}", "person_id": f"p{i}", "ordered_at": "2024-10-01 10:00:00", "amount": f"{i}.00"}
            for i in range(1, 101)
        ],
    )
    ws.resolve()
    ws.refresh("2024-12-31")
    ws.segments.define("most", "monetary > 20")
    ws.segments.define("few", "monetary <= 20")
    return ws


def test_headroom_is_what_those_below_the_quantile_lack(ws: Workspace) -> None:
    group = ws.value.potential("most").groups[0]
    spent = np.arange(21, 101)
    typical = np.quantile(spent, 0.75)
    assert group.customers == 80
    assert float(group.typical or 0) == pytest.approx(typical)
    assert group.below == (spent < typical).sum()
    assert float(group.headroom or 0) == pytest.approx(np.maximum(typical - spent, 0).sum(), abs=0.01)
    assert (group.typical_low or 0) < (group.typical or 0) < (group.typical_high or 0)
    assert (group.headroom_low or 0) < (group.headroom or 0) < (group.headroom_high or 0)


def test_too_few_like_customers_are_not_compared(ws: Workspace) -> None:
    group = ws.value.potential("few").groups[0]
    assert group.customers == 20 < LEAST
    assert (group.typical, group.headroom, group.below) == (None, None, None)


def test_the_interval_of_the_quantile_holds_the_truth() -> None:
    chance = np.random.default_rng(1)
    truth = np.quantile(chance.gamma(2.0, 50.0, 2_000_000), 0.75)
    held = 0
    for _ in range(400):
        found = headroom(chance.gamma(2.0, 50.0, 200), 0.75)
        held += float(found["typical_low"]) <= truth <= float(found["typical_high"])
    assert 0.92 <= held / 400 <= 0.98


def test_renewals_are_those_published(tmp_path: Path) -> None:
    # Fader & Hardie 2007, "high end": alpha .668, beta 3.806, −1611.158, survival at 8 … 12
    with Workspace.create(tmp_path / "ws") as ws:
        found = ws.value.contracts([[1000, 869, 743, 653, 593, 551, 517, 491]], ahead=5, margin=100)
        assert found.params["alpha"] == pytest.approx(0.668, rel=2e-3)
        assert found.params["beta"] == pytest.approx(3.806, rel=2e-3)
        assert found.log_likelihood == pytest.approx(-1611.158, abs=0.01)
        later = {r.period: r.survival for r in found.path if r.period >= 8}
        assert later == pytest.approx({8: 0.4604, 9: 0.4358, 10: 0.4142, 11: 0.3951, 12: 0.3780}, abs=1e-3)
        assert found.value == Decimal(f"{100 * found.renewals:.2f}")
        judged = ws.value.contracts([[1000, 869, 743, 653, 593, 551, 517, 491]], held_out=3)
        held = {r.period: (r.actual, r.expected) for r in judged.path if r.actual is not None}
        assert [a for a, _ in held.values()] == [551, 517, 491]
        from qunxiang.valuation import ShiftedBetaGeo

        rest = ShiftedBetaGeo().fit([1000, 869, 743, 653, 593])  # what was not held out
        for period, (_, expected) in held.items():
            assert expected == pytest.approx(593 * float(rest.survival(period) / rest.survival(4)))
        assert all(abs(e - a) / a < 0.1 for a, e in held.values() if a and e)


def test_refusals_say_why(ws: Workspace) -> None:
    with pytest.raises(SettingError, match=r"quantile of 0\.2"):
        ws.value.potential("most", quantile=0.2)
    with pytest.raises(UnknownNameError):
        ws.value.potential("nothing")
    for how in ({"survivors": []}, {"survivors": [[10, 9]], "ahead": 0}, {"survivors": [[10, 9, 8]], "held_out": 2}):
        with pytest.raises(SettingError):
            ws.value.contracts(**how)  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="cohort 0"):
        ws.value.contracts([[10, 12, 8]])
