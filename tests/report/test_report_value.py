"""The chapter on customer value: worth and hold-out of the segments in every format, as the fit has them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from report_world import FixedClock, Reports, pdf_text, sheets, written

from qunxiang.i18n import format_value
from qunxiang.model.value_cautions import said
from qunxiang.workspace import Workspace


def random_orders() -> list[dict[str, str]]:
    """Return orders of 200 customers at random moments, half of whom leave."""
    chance, rows = np.random.default_rng(4), []
    for i in range(200):
        day, rate = float(chance.integers(0, 120)), chance.gamma(0.9, 1 / 25)
        end = chance.choice([366.0, day + 366 * chance.random()])
        while day < min(end, 364):
            at = (datetime(2024, 1, 1) + timedelta(days=day)).isoformat(" ", "seconds")
            amount = f"{chance.gamma(3.0, 10 + i % 7):.2f}"
            rows.append(
                {
                    "order_id": f"O{len(rows)}",
                    "person_id": f"C{i}",
                    "ordered_at": at,
                    "amount": amount,
                    "product_id": "P",
                }
            )
            day += float(chance.exponential(1 / max(rate, 1e-4)))
    return rows


@pytest.fixture(scope="module")
def valued(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = Workspace.create(tmp_path_factory.mktemp("valued") / "ws", time_zone="UTC", clock=FixedClock())
    ws.load("order_lines", random_orders())
    ws.resolve()
    ws.refresh("2024-12-31")
    ws.segments.classify("value_tier")
    ws.value.fit()
    return ws


def test_a_report_without_a_fit_says_so(reports: Reports) -> None:
    assert "qunxiangvaluefit" in pdf_text(reports("pdf", "en"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pdf_and_the_page_hold_worth_and_hold_out(valued: Workspace, lang: str) -> None:
    value = valued.value.show().value
    rows = [g for g in value.evidence.worth if g.scheme == "value_tier"]
    assert rows
    pdf = pdf_text(written(valued, "value_tier", "pdf", lang))
    html = written(valued, "value_tier", "html", lang).decode()
    for row in rows:
        assert row.value is not None
        for number in (row.value, row.value_low, row.value_high):
            text = format_value(number, "money", lang)
            assert text in pdf
            assert text in html
    cautions = said(value)
    assert "value.caution.never_back" in {caution.code for caution in cautions}
    assert all(caution(lang) in html for caution in cautions)
    actual, expected = (
        format_value(v, "count", lang) for v in (value.evidence.error.actual, value.evidence.error.expected)
    )
    assert actual in pdf
    assert expected in pdf
    errors = [g for g in value.evidence.errors if g.scheme == "value_tier"]
    assert all(format_value(g.error, "percent", lang) in pdf for g in errors)


def test_the_workbook_holds_them_as_numbers(valued: Workspace, tmp_path: Path) -> None:
    value = valued.value.show().value
    found = [
        cell for rows in sheets(written(valued, "value_tier", "xlsx", "en")).values() for row in rows for cell in row
    ]
    for row in (g for g in value.evidence.worth if g.scheme == "value_tier"):
        assert row.value is not None
        assert any(isinstance(c, int | float) and abs(c - float(row.value)) < 0.01 for c in found)
