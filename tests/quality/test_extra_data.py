"""A bicycle maker and a sample CRM load with recognised columns; two slips are reported and repaired by one call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from extra_data import extra_data
from qunxiang import Workspace

__all__ = ["extra_data"]


@pytest.fixture(scope="module")
def crm(extra_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with the CRM sample; no column is said by hand."""
    with Workspace.create(tmp_path_factory.mktemp("crm") / "w") as made:
        for table, file in (("accounts", "accounts"), ("products", "products"), ("opportunities", "sales_pipeline")):
            report = made.load(table, extra_data / "maven_crm" / f"{file}.parquet")
            assert (report.rejected, report.unmapped) == (0, ())
        yield made


def test_the_crm_sample_is_loaded_whole(crm: Workspace, extra_data: Path) -> None:
    mappings = {x.facts["table"]: x.facts["mapping"] for x in crm.data.loads()}
    assert mappings["opportunities"] == {
        "opportunity_id": "opportunity_id",
        "account_name": "account",
        "product_id": "product",
        "stage": "deal_stage",
        "amount": "close_value",
        "opened_at": "engage_date",
        "closed_at": "close_date",
        "owner": "sales_agent",
    }
    assert mappings["accounts"]["industry"] == "sector"
    rows = {t.name: t.rows for t in crm.data.tables()}
    assert (rows["opportunities"], rows["accounts"], rows["products"]) == (8800, 85, 7)


def test_open_deals_without_account_are_kept_and_counted(crm: Workspace, extra_data: Path) -> None:
    pipeline = pq.read_table(extra_data / "maven_crm" / "sales_pipeline.parquet")
    without = pipeline["account"].null_count
    found = [
        f for t in crm.check().tables for f in t.findings if (f.table, f.measure) == ("opportunities", "no_customer")
    ]
    assert [(f.rows, f.of) for f in found] == [(without, 8800)] == [(1425, 8800)]
    rows = crm.quality.examples("opportunities", "no_customer", limit=2000).to_pylist()
    assert len(rows) == 1425
    assert {r["stage"] for r in rows} <= {"Engaging", "Prospecting"}


def test_both_slips_are_reported_and_repaired_by_one_call(crm: Workspace, extra_data: Path) -> None:
    products = pq.read_table(extra_data / "maven_crm" / "sales_pipeline.parquet")["product"].to_pylist()
    sectors = pq.read_table(extra_data / "maven_crm" / "accounts.parquet")["sector"].to_pylist()
    found = {(v.table, v.column, v.value): (v.like, v.rows) for v in crm.quality.near()}
    assert found == {
        ("opportunities", "product_id", "GTXPro"): ("GTX Pro", products.count("GTXPro")),
        ("accounts", "industry", "technolgy"): ("technology", sectors.count("technolgy")),
    }
    crm.quality.repair(why="slips of the keys")
    assert crm.quality.near() == []
    lost = [f for t in crm.check().tables for f in t.findings if f.measure == "without_products"]
    assert lost == []
    crm.quality.restore("opportunities", "product_id")
    crm.quality.restore("accounts", "industry")
    assert len(crm.quality.near()) == 2


def test_the_bicycle_maker_loads_with_recognised_columns(extra_data: Path, tmp_path: Path) -> None:
    folder = extra_data / "adventureworks"
    prices = pq.read_table(folder / "Products.parquet", columns=["ProductKey", "ProductPrice"])
    with Workspace.create(tmp_path / "w", currency="USD") as made:
        persons = made.load("persons", folder / "Customers.parquet")
        assert (persons.read, persons.rejected, persons.mapping["person_id"]) == (18_148, 0, "CustomerKey")
        products = made.load("products", folder / "Products.parquet")
        assert (products.rejected, products.mapping["product_id"]) == (0, "ProductKey")
        assert made.load("accounts", folder / "dw_DimReseller.parquet").mapping["account_id"] == "ResellerKey"
        for year, rows in ((2017, 2_630), (2018, 23_935), (2019, 29_481)):
            sales = pq.read_table(folder / f"Sales_{year}.parquet").join(prices, "ProductKey")
            amount = pc.round(pc.multiply(sales["OrderQuantity"].cast(pa.float64()), sales["ProductPrice"]), 2)
            report = made.load("order_lines", sales.append_column("Amount", amount).drop_columns(["ProductPrice"]))
            assert (report.read, report.rejected) == (rows, 0)
            assert report.mapping["order_id"] == "OrderNumber"
            assert report.mapping["person_id"] == "CustomerKey"
            assert report.mapping["product_id"] == "ProductKey"
            assert report.mapping["quantity"] == "OrderQuantity"
        assert {t.name: t.rows for t in made.data.tables()}["order_lines"] == 56_046
        found = {f.measure: f for t in made.check("2019-12-31").tables for f in t.findings if t.table == "order_lines"}
        assert "without_products" not in found
        assert made.quality.near("order_lines") == []
