"""The figures of a report are those of the description, and those worked out from the rows."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from report_world import AS_OF, CUSTOMERS, Reports, orders, pdf_text, sheets, written

from qunxiang.i18n import Message, format_value
from qunxiang.workspace import Workspace


def revenue_by_hand() -> Decimal:
    first = AS_OF - timedelta(days=364)
    in_year = [o for o in orders() if first <= date.fromisoformat(o["ordered_at"][:10]) <= AS_OF]
    return sum((Decimal(o["amount"]) for o in in_year), Decimal(0))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pdf_holds_the_figures_of_the_description(world: Workspace, reports: Reports, lang: str) -> None:
    found = world.segments.describe("value_tier")
    text = pdf_text(reports("pdf", lang))
    assert found.profiles == CUSTOMERS
    peopled = [v for v in found.segments if v.profiles]
    assert len(peopled) == 2
    for view in peopled:
        assert view.label(lang).replace(" ", "") in text
        row = [
            view.label(lang),
            format_value(view.profiles, "count", lang),
            format_value(view.share, "percent", lang),
            format_value(view.revenue, "money", lang),
            format_value(view.revenue_share, "percent", lang),
            format_value(view.revenue_per_profile, "money", lang),
            format_value(view.orders, "count", lang),
        ]
        assert "".join(row).replace(" ", "") in text
        assert view.growth is not None
        growth = [format_value(v, "percent", lang) for v in (view.growth, view.growth_low, view.growth_high)]
        assert "".join(growth) in text
        for value in view.order_values.values() if view.order_values else ():
            assert value > 0
    assert format_value(round(revenue_by_hand()), "count", lang) in text


def test_the_revenue_is_the_sum_of_the_rows(world: Workspace) -> None:
    found = world.segments.describe("value_tier")
    assert Decimal(str(round(found.revenue, 2))) == revenue_by_hand()


def test_the_workbook_holds_numbers(world: Workspace, reports: Reports) -> None:
    found = world.segments.describe("value_tier")
    rows = [row for rows in sheets(reports("xlsx", "en")).values() for row in rows]
    for view in (v for v in found.segments if v.profiles):
        row = next(r for r in rows if r[0] == view.label.en and isinstance(r[1], int) and r[1] == view.profiles)
        assert row[2] == pytest.approx(view.share)
        assert row[3] == pytest.approx(view.revenue)
        assert row[4] == pytest.approx(view.revenue_share)


def test_every_chapter_has_its_sheet(reports: Reports) -> None:
    titles = list(sheets(reports("xlsx", "zh")))
    assert titles[1:] == [
        "怎么得出的",
        "细分一览",
        "细分：大客户",
        "细分：利润客户",
        "客户价值",
        "选择哪些细分",
        "画像",
        "注意事项",
        "附录",
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_company_date_run_maker_hash_and_notice_are_told(world: Workspace, reports: Reports, lang: str) -> None:
    text = pdf_text(reports("pdf", lang))
    found = world.segments.describe("value_tier")
    snapshot = world.snapshot
    assert snapshot is not None
    assert snapshot.content_hash is not None
    notice = {"zh": "演示说明：数据为虚构。", "en": "Demo:thedataaremadeup."}[lang]
    run = {"zh": f"第{found.run}次运行", "en": f"run{found.run}"}[lang]
    day = format_value(AS_OF, "date", lang)
    for part in ("测试商行", "owner", snapshot.content_hash, notice, run, day, "先看价值"):
        assert part in text


def test_the_same_workspace_gives_the_same_report(world: Workspace, reports: Reports) -> None:
    assert written(world, "value_tier", "html", "en") == reports("html", "en")  # the time is told to the minute


def test_a_p_value_is_never_written_as_0_or_1() -> None:
    shown = [format_value(p, "chance", "en") for p in (1.0, 0.991, 0.99, 0.0341, 0.001, 0.0004, 0.0)]
    assert shown == ["> 0.99", "> 0.99", "= 0.99", "= 0.0341", "= 0.001", "< 0.001", "< 0.001"]
    assert "(p > 0.99)" in Message("wins.caution.alike", {"p": 0.9999})("en")
    assert "（p = 0.25）" in Message("wins.caution.alike", {"p": 0.25})("zh")
    assert "(one-sided p = 0.25)" in Message("targets.no_curve.flat", {"p": 0.25})("en")
