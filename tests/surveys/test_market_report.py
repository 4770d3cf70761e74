"""The market report: figures of both surveys side by side, growth, places, own customers' orders, hostile names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
import yaml
from pypdf import PdfReader

import qunxiang.services.market_report_content as content
from panel import SAID, panel
from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, codes
from qunxiang.services.market_orders import order_values
from qunxiang.workspace import Workspace
from tiny_shop import AS_OF, PEOPLE, orders, persons

HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>'


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.create(tmp_path_factory.mktemp("report") / "ws", name="测试商行") as workspace:
        workspace.load("persons", persons())
        workspace.load("orders", orders())
        workspace.surveys.load("first", panel(300), held_on="2024-06-01")
        workspace.surveys.load("second", panel(300, seed=4, north=0.7), held_on="2025-06-01")
        own = panel(PEOPLE, seed=8)
        own = own.append_column("customer", pa.array([f"p{i:03}" for i in range(PEOPLE)]))
        workspace.surveys.load("own", own, person="customer")
        workspace.resolve()
        workspace.refresh(AS_OF)
        workspace.scales.fit("views", "first", questions=SAID, n_factors=2, kind="pearson", n_draws=5)
        workspace.market.define("people", "first", 1_000_000, question="city", money="spend")
        workspace.market.type("people", most_questions=2)
        workspace.market.define("attitudes", "first", 1_000_000, questions=SAID, n_segments=2)
        yield workspace


def sheets(file: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(BytesIO(file.read_bytes()))
    return {s.title: [tuple(row) for row in s.iter_rows(values_only=True)] for s in book.worksheets}


def test_every_code_is_there_and_used() -> None:
    text = Path(content.__file__).read_text("utf-8") + (
        Path(content.__file__).with_name("market_orders.py").read_text("utf-8")
    )
    said = {f"market_report.{code}" for code in re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', text)} & codes()
    written = set(re.findall(r'say\(\s*"([a-z_0-9.]+)"', text))
    assert {f"market_report.{code}" for code in written} <= codes()
    file = Path(content.__file__).parents[1] / "i18n" / "texts" / "market_report.yaml"
    kept = {c for c in yaml.safe_load(file.read_text("utf-8")) if c.startswith("market_report.")}
    families = ("market_report.verdict.", "market_report.growth.", "market_report.orders.")
    assert {c for c in kept - said if not c.startswith(families)} == set()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("format", ["pdf", "html"])
def test_both_languages_in_full(ws: Workspace, tmp_path: Path, format: str, lang: str) -> None:
    made = ws.market.report("people", tmp_path / f"r.{format}", lang=lang, other="second").read_bytes()
    if format == "pdf":
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)
    else:
        text = re.sub(r"<[^>]+>", " ", made.decode("utf-8"))
    assert not [code for code in codes() if code in text and code.startswith("market_report.")]
    if lang == "en":
        assert re.findall(r"[\u4e00-\u9fff]+", text.replace("测试商行", "")) == []
    for wanted in ("规模", "增长", "建议") if lang == "zh" else ("Size", "Growth", "Recommendation"):
        assert wanted in text


def test_figures_are_those_of_the_market(ws: Workspace, tmp_path: Path) -> None:
    file = ws.market.report("people", tmp_path / "r.xlsx", lang="en", other="second")
    found = sheets(file)
    size = ws.market.show("people").size
    growth = ws.market.growth("people", "second")
    for segment, of, more in zip(growth.market.segments, size.segments, growth.segments, strict=True):
        label = segment.label("en")
        share, people = of.share, of.people
        counted = (of.n, of.unweighted_share, share.estimate, share.low, share.high)
        told = [row[1:] for row in found["Size"] if row[0] == label]
        assert any(row[:5] == pytest.approx(counted) for row in told if row[4] is not None)
        assert any(row[:3] == pytest.approx((people.estimate, people.low, people.high)) for row in told)
        grown = [row[1:4] for row in found["Growth"] if row[0] == label]
        assert any(row == pytest.approx((more.people.estimate, more.people.low, more.people.high)) for row in grown)
    north = size.segments[[s.label("en") for s in growth.market.segments].index("north")]
    assert north.unweighted_share - north.share.estimate > 0.05  # the north is asked twice as often as it should be


def test_orders_of_own_customers_equal_those_by_hand(ws: Workspace) -> None:
    market = ws.market.show("people").market
    found = order_values(ws.house, market, "own")
    placed = ws.market.place("people", "own").to_pandas().set_index("respondent")["segment"]
    who = dict(zip([f"p{i:03}" for i in range(PEOPLE)], [f"p{i:03}" for i in range(PEOPLE)], strict=True))
    bought = orders().to_pandas()
    bought["segment"] = bought["person_id"].map(lambda p: placed[who[p]])
    assert found.typed
    assert sum(found.customers) == PEOPLE
    for place, segment in enumerate(market.segments):
        amounts = bought.loc[bought["segment"] == segment.id, "amount"].astype(float)
        assert found.customers[place] == int((placed == segment.id).sum())
        values = found.values[place]
        if len(amounts) < 20:
            assert values is None
        else:
            assert values["n"] == len(amounts)
            assert values["median"] == pytest.approx(amounts.median())
            assert values["p95"] == pytest.approx(np.quantile(amounts, 0.95))


def test_what_is_not_known_is_said(ws: Workspace, tmp_path: Path) -> None:
    text = ws.market.report("attitudes", tmp_path / "r.html", lang="en").read_text("utf-8")
    for wanted in ("Growth is unknown", "own customers", "money is not", "everybody else"):
        assert wanted in text
    with pytest.raises(SettingError) as error:
        ws.market.report("people", tmp_path / "r.doc")
    assert error.value.code == "error.report.format"
    with pytest.raises(UnknownNameError):
        ws.market.report("people", tmp_path / "r.html", places="nix")
    with pytest.raises(SettingError) as error:
        ws.market.report("people", tmp_path / "r.html", places="spend")
    assert error.value.code == "error.market.places"


def test_hostile_names_stay_text(ws: Workspace, tmp_path: Path) -> None:
    ws.market.define("odd", "first", 1000, question="city", label=Label.same(HOSTILE))
    ws.market.name("odd", "s1", Label.same(HOSTILE))
    page = ws.market.report("odd", tmp_path / "r.html", lang="en").read_text("utf-8")
    assert "<script>alert" not in page
    book = openpyxl.load_workbook(ws.market.report("odd", tmp_path / "r.xlsx", lang="en"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(HOSTILE in str(cell.value) for cell in cells)
    assert not any(cell.hyperlink for cell in cells)
