"""Lifetime value in a workspace: the fit, its hold-out, its traits in a refresh, refusals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from demo_data import copy_workspace
from qunxiang import Workspace
from qunxiang.cli.main import main
from qunxiang.errors import NothingYetError, SettingError
from qunxiang.model.value import Cohort
from qunxiang.model.value_cautions import cut_at_the_left, hardly_identified, said
from qunxiang.valuation import BetaGeo, GammaGamma

DAY = "2024-06-30"


def shop_orders(n: int = 400) -> pd.DataFrame:
    """Return orders of customers who buy as BG/NBD and gamma-gamma suppose, over half a year."""
    chance = np.random.default_rng(3)
    rows = []
    for i in range(n):
        at = float(chance.integers(0, 90))
        rate, leaving, mean = chance.gamma(0.8, 1 / 12), chance.beta(0.6, 2.5), 1 / chance.gamma(4.0, 1 / 100)
        while at < 180:
            when = pd.Timestamp("2024-01-01 09:00") + pd.Timedelta(days=at)
            rows.append((f"o{len(rows)}", f"c{i:03}", when, round(float(chance.gamma(3.0, mean * 10)), 2) + 0.01))
            at += float(chance.exponential(1 / max(rate, 1e-6)))
            if len(rows) > 1 and rows[-2][1] == rows[-1][1] and chance.random() < leaving:
                break
    return pd.DataFrame(rows, columns=["order_id", "person_id", "ordered_at", "amount"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("value") / "ws"
    with Workspace.create(folder) as ws:
        ws.load("orders", shop_orders())
        ws.resolve()
        ws.refresh(DAY)
        ws.segments.define("often", "frequency >= 4")
    return folder


@pytest.fixture
def ws(shop: Path, tmp_path: Path) -> Workspace:
    return Workspace(copy_workspace(shop, tmp_path / "ws"))


def histories(until: str = DAY) -> pd.DataFrame:
    """Return the histories of the shop's customers up to a day by pandas, with the money after it (`after`)."""
    orders = shop_orders()
    orders["day"] = orders["ordered_at"].dt.normalize()
    every = orders.groupby(["person_id", "day"], as_index=False)["amount"].sum()
    every = every[every["day"] <= DAY]
    days = every[every["day"] <= until]
    first = days.groupby("person_id")["day"].transform("min")
    last = days.groupby("person_id")["day"].max()
    begin = days.groupby("person_id")["day"].min()
    return pd.DataFrame(
        {
            "x": days.groupby("person_id").size() - 1,
            "t_x": (last - begin).dt.days,
            "T": (pd.Timestamp(until) - begin).dt.days,
            "m": days[days["day"] > first].groupby("person_id")["amount"].mean(),
            "after": every[every["day"] > until].groupby("person_id")["amount"].sum().reindex(begin.index).fillna(0.0),
        }
    )


def test_the_fit_is_that_of_the_model_on_the_same_purchases(ws: Workspace) -> None:
    view = ws.value.fit(horizon=90, unit="day")
    table = histories()
    model = BetaGeo().fit(table["x"], table["t_x"], table["T"])
    assert view.value.repeats.log_likelihood == pytest.approx(model.log_likelihood_, abs=1e-3)
    for name, value in model.params_.items():
        assert view.value.repeats.params[name] == pytest.approx(value, rel=1e-3)
    back = table[table["x"] > 0]
    money = GammaGamma().fit(back["x"], back["m"])
    assert view.value.money is not None
    assert view.value.money.log_likelihood == pytest.approx(money.log_likelihood_, abs=1e-3)
    evidence = view.value.evidence
    assert (evidence.customers, evidence.repeaters) == (len(table), len(back))
    assert evidence.error.actual == sum(round(g.actual * g.customers) for g in evidence.hold_out)
    whole = next(g for g in evidence.worth if not g.scheme)
    expected = model.expected_future_purchases(90, table["x"], table["t_x"], table["T"])
    assert whole.purchases == pytest.approx(expected.sum(), rel=1e-3)
    worth = (expected * money.expected_value(table["x"], table["m"].fillna(0))).sum()
    assert float(whole.value or 0) == pytest.approx(worth, rel=1e-3)


def test_the_error_of_money_has_the_interval_of_the_differences_between_customers(ws: Workspace) -> None:
    value = ws.value.fit().value
    assert value.calibration_money is not None
    table = histories(str(value.calibration_end))
    model, money = BetaGeo.of(**value.calibration.params), value.calibration_money.params
    span = (value.as_of - value.calibration_end).days
    bought = model.expected_future_purchases(span, table["x"], table["t_x"], table["T"])
    x, spent = table["x"], table["x"] * table["m"].fillna(0)
    each = money["p"] * (money["v"] + spent) / (money["p"] * x + money["q"] - 1)  # Fader & Hardie 2013, eq. 5
    off = bought * each - table["after"]
    half = 1.959964 * off.std(ddof=1) * np.sqrt(len(off))
    whole = next(g for g in value.evidence.errors if not g.scheme)
    assert whole.value_error == pytest.approx(off.sum() / table["after"].sum(), rel=1e-3)
    assert whole.value_error_low == pytest.approx((off.sum() - half) / table["after"].sum(), rel=1e-3)
    assert whole.value_error_high == pytest.approx((off.sum() + half) / table["after"].sum(), rel=1e-3)


def test_parts_add_up_to_the_whole(ws: Workspace) -> None:
    evidence = ws.value.fit().value.evidence
    whole = next(g for g in evidence.worth if not g.scheme)
    months = [g for g in evidence.worth if g.scheme == "cohort"]
    assert sum(g.customers for g in months) == whole.customers
    assert float(sum((g.value or Decimal(0)) for g in months)) == pytest.approx(float(whole.value or 0), abs=0.1)
    assert whole.value_low is not None
    assert whole.value is not None
    assert whole.value_high is not None
    assert whole.value_low < whole.value < whole.value_high
    assert {g.scheme for g in evidence.errors} == {"", "often"}
    assert sum(c.customers for c in evidence.cohorts) == evidence.customers


def test_a_refresh_writes_the_frozen_parameters_as_traits(ws: Workspace) -> None:
    view = ws.value.fit(horizon=90, unit="day")
    assert not view.in_force
    with pytest.raises(Exception, match="expected_value"):
        ws.traits.frame(["expected_value"])
    ws.refresh(DAY)
    assert ws.value.show().in_force
    names = ["probability_alive", "expected_purchases", "expected_value", "expected_value_low", "expected_value_high"]
    found = ws.traits.frame(names).to_pandas()
    model = BetaGeo.of(**view.value.repeats.params)
    table = histories()
    expected = model.expected_future_purchases(90, table["x"], table["t_x"], table["T"])
    assert found["expected_purchases"].sum() == pytest.approx(expected.sum(), rel=1e-9)
    alive = model.probability_alive(table["x"], table["t_x"], table["T"])
    assert found["probability_alive"].sum() == pytest.approx(alive.sum(), rel=1e-9)
    assert (found["expected_value_low"] <= found["expected_value"]).all()
    assert (found["expected_value"] <= found["expected_value_high"]).all()
    whole = next(g for g in view.value.evidence.worth if not g.scheme)
    assert float(found["expected_value"].sum()) == pytest.approx(float(whole.value or 0), rel=1e-4)


def test_value_traits_are_traits_like_any_other(ws: Workspace) -> None:
    ws.value.fit()
    ws.refresh(DAY)
    kinds = {t.definition.id: t.definition for t in ws.traits.list()}
    assert kinds["expected_value"].family == "value"
    assert "12" in kinds["expected_value"].definition.zh
    ws.segments.define("worthy", "expected_value > 500 and probability_alive > 0.5")
    found = next(s for s in ws.segments.list() if s.id == "worthy")
    assert 0 < (found.segments[0].n or 0) < 400
    again = ws.refresh(DAY)
    assert again.content_hash == ws.refresh(DAY).content_hash


def test_later_purchases_count_at_the_next_refresh_with_the_same_parameters(ws: Workspace) -> None:
    before = ws.value.fit()
    ws.refresh("2024-06-30")
    first = ws.traits.frame(["probability_alive"]).to_pandas().set_index("profile_id")["probability_alive"]
    ws.refresh("2024-12-31")  # half a year of silence
    later = ws.traits.frame(["probability_alive", "frequency"]).to_pandas().set_index("profile_id")
    back = later[later["frequency"] > 3].index
    assert (later.loc[back, "probability_alive"] < first.loc[back]).all()
    assert ws.value.show().value == before.value


def test_a_discount_and_a_longer_horizon_do_what_they_say(ws: Workspace) -> None:
    def worth(**how: object) -> float:
        evidence = ws.value.fit(**how).value.evidence  # type: ignore[arg-type]
        return float(next(g.value for g in evidence.worth if not g.scheme) or 0)

    plain = worth(horizon=1, unit="year")
    less = worth(horizon=1, unit="year", discount_rate=0.2)
    assert plain / 1.2 < less < plain
    assert worth(horizon=2, unit="year") > plain
    assert worth(horizon=365.25, unit="day") == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize("model", ["mbg_nbd", "pareto_nbd"])
def test_the_other_models_fit_too(ws: Workspace, model: str) -> None:
    view = ws.value.fit(model=model)  # type: ignore[arg-type]
    assert view.value.model == model
    assert view.value.evidence.error.expected > 0


def test_errors_by_segment_use_members_from_before_the_hold_out(ws: Workspace) -> None:
    late = ws.value.fit(calibration_end="2024-04-30")
    assert "value.caution.members_after" in late.value.evidence.cautions
    ws.refresh_past("2024-03-31", "2024-03-31")
    found = ws.value.fit(calibration_end="2024-04-30").value.evidence
    assert found.members_as_of == date(2024, 3, 31)
    assert "value.caution.members_after" not in found.cautions


def test_customers_without_a_repeat_all_count_as_alive_only_under_bg_nbd(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # no cell is broken over two lines
    view = ws.value.fit()
    assert "value.caution.never_back" in view.value.evidence.cautions
    table = histories()
    sentence = next(m for m in said(view.value) if m.code == "value.caution.never_back")
    assert sentence.params["n"] == (table["x"] == 0).sum()
    assert f"{(table['x'] == 0).sum():,} never came back" in sentence("en")
    assert "value.caution.cut_left" not in view.value.evidence.cautions  # first purchases are even over three months
    assert main(["value", "show", "-w", str(tmp_path / "ws"), "--lang", "en"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert sentence("en") in shown
    whole = next(g for g in view.value.evidence.errors if not g.scheme)
    assert whole.value_error_low is not None
    assert f"{whole.value_error_low:.1%} – {whole.value_error_high:.1%}" in shown
    other = ws.value.fit(model="mbg_nbd")
    assert "value.caution.never_back" not in other.value.evidence.cautions


def test_histories_that_begin_before_the_data_are_said_to_be_cut(tmp_path: Path) -> None:
    orders = shop_orders()
    kept = orders[orders["ordered_at"] >= "2024-03-01"]  # the data begin two months late
    firsts = kept.groupby("person_id")["ordered_at"].min().dt.strftime("%Y-%m").value_counts()
    with Workspace.create(tmp_path / "late") as late:
        late.load("orders", kept)
        late.resolve()
        value = late.value.fit(as_of=DAY).value
    sentence = next(m for m in said(value) if m.code == "value.caution.cut_left")
    assert sentence.params["month"] == "2024-03"
    assert sentence.params["n"] == firsts["2024-03"]
    assert sentence.params["next"] == firsts["2024-04"]
    assert sentence.params["share"] == pytest.approx(firsts["2024-03"] / firsts.sum())
    assert "2024-03" in sentence("zh")


def test_leaving_is_hardly_identified_when_an_interval_spans_over_ten_times() -> None:
    assert hardly_identified("bg_nbd", {"r": (0.1, 9.0), "alpha": (1, 2), "a": (0.008, 10.9), "b": (7.7, 21_936)})
    assert hardly_identified("pareto_nbd", {"r": (1, 2), "alpha": (1, 2), "s": (0.1, 1.01), "beta": (1, 2)})
    assert not hardly_identified("bg_nbd", {"r": (0.01, 9.0), "alpha": (1, 2), "a": (0.5, 1.2), "b": (1.5, 4.0)})
    assert not hardly_identified("bg_nbd", {"r": None, "alpha": None, "a": None, "b": None})


def test_an_even_or_growing_stream_of_first_purchases_is_not_cut() -> None:
    def months(*customers: int) -> list[Cohort]:
        return [
            Cohort(
                cohort=date(2024, 1 + i, 1),
                customers=n,
                months_since=(0,),
                buyers=(n,),
                purchases=(n,),
                amount=(Decimal(n),),
            )
            for i, n in enumerate(customers)
            if n
        ]

    assert cut_at_the_left(months(1982, 200, 100, 90))
    assert cut_at_the_left(months(300, 0, 200))  # nobody in the month after
    assert not cut_at_the_left(months(300, 290, 310))
    assert not cut_at_the_left(months(100, 50, 60))  # twice is not more than twice
    assert not cut_at_the_left(months(40, 10, 100, 100))  # under a fifth
    assert not cut_at_the_left([])


def test_refusals_say_why(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NothingYetError) as error:
        ws.value.show()
    assert "qunxiang value fit" in error.value.render("en")
    for how, code in (
        ({"model": "guess"}, "error.value.model"),
        ({"unit": "moon"}, "error.value.unit"),
        ({"horizon": 0}, "error.value.horizon"),
        ({"discount_rate": 3}, "error.value.discount"),
        ({"calibration_end": "2030-01-01"}, "error.value.calibration_end"),
        ({"as_of": "2024-01-10"}, "error.value.too_short"),
    ):
        with pytest.raises(SettingError) as refused:
            ws.value.fit(**how)  # type: ignore[arg-type]
        assert refused.value.code == code
    with Workspace.create(tmp_path / "few") as few:
        orders = shop_orders()
        few.load("orders", orders.drop_duplicates("person_id"))
        few.resolve()
        with pytest.raises(SettingError) as refused:
            few.value.fit(as_of=DAY)
        assert refused.value.code == "error.valuation.too_few_repeaters"


def test_a_fit_is_a_definition_that_can_be_carried_over(ws: Workspace, tmp_path: Path) -> None:
    before = ws.value.fit()
    ws.definitions.export(tmp_path / "documents")
    ws.value.fit(model="mbg_nbd")
    ws.definitions.apply(tmp_path / "documents")
    assert ws.value.show().value == before.value
    assert ws.value.show().version == 3
