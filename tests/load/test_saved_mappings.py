"""A mapping is saved for a shape of files, used for the next one, overridden by what is said, and forgotten."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from load_house import OWNER, rows_in

from qunxiang.adapters.sources import open_source
from qunxiang.errors import ContractError, SettingError, UnknownNameError
from qunxiang.intake import LoadReport
from qunxiang.model import ReadingOptions
from qunxiang.services.definitions import apply
from qunxiang.services.house import House
from qunxiang.services.load import load
from qunxiang.services.mappings import forget, mapping, mappings, shape_id
from qunxiang.services.preview import preview

ROWS = [{"No": "1", "谁": "7", "when": "2024-01-01", "应付": "10", "到手": "9", "等级": "5"}]
MAPPING = {"order_id": "No", "person_id": "谁", "ordered_at": "when", "amount": "到手"}


def put(house: House, rows: Any, **options: Any) -> LoadReport:
    return load(house, OWNER, "orders", open_source(rows), **options)


def test_the_next_file_of_the_shape_needs_no_mapping_and_says_so(house: House) -> None:
    put(house, ROWS, mapping=MAPPING, keep=["等级"], types={"等级": "text"}, system="erp", remember=True)
    other = [{"等级": "4", "到手": "8", "应付": "9", "WHEN": "2024-01-02", "谁": "7", "no": "2"}]
    report = put(house, other)
    assert report.mapping == {"order_id": "no", "person_id": "谁", "ordered_at": "WHEN", "amount": "到手"}
    assert (report.custom, report.system, report.unmapped) == ({"等级": "等级"}, "erp", ("应付",))
    assert report.saved_mapping == shape_id("orders", ROWS[0])
    assert [n.code for n in report.notes][:1] == ["load.note.saved_mapping"]
    assert report.saved_mapping in report.notes[0]("zh")
    assert {(r["order_id"], r["person_id"], r["等级"]) for r in rows_in(house, "orders")} == {
        ("erp:1", "erp:7", "5"),
        ("erp:2", "erp:7", "4"),
    }


def test_what_is_said_goes_before_what_was_saved(house: House) -> None:
    put(house, ROWS, mapping=MAPPING, keep="none", system="erp", remember=True)
    report = put(house, ROWS, mapping={"amount": "应付"}, keep="all", system="")
    assert report.mapping == MAPPING | {"amount": "应付"}
    assert (report.system, report.custom) == (None, {"到手": "到手", "等级": "等级"})
    with pytest.raises(ContractError):
        put(house, ROWS, use_saved=False)


def test_how_values_are_read_is_saved_too(house: House) -> None:
    rows = [dict(ROWS[0], No=str(i), when=f"5/{i}/24") for i in (1, 2)]
    said = ReadingOptions(dates={"ordered_at": "mdy"})
    put(house, rows, mapping=MAPPING, reading=said, remember=True)
    report = put(house, [dict(ROWS[0], No="3", when="6/7/24")])
    assert report.rejected == 0
    found = {
        r["order_id"]: f"{r['ordered_at'].astimezone(ZoneInfo('Asia/Shanghai')):%m-%d}"
        for r in rows_in(house, "orders")
    }
    assert found == {"1": "05-01", "2": "05-02", "3": "06-07"}


def test_what_is_said_of_one_thing_leaves_the_rest_as_it_was_saved(house: House) -> None:
    rows = [dict(ROWS[0], No=str(i), when=f"5/{i}/24") for i in (1, 2)]
    put(
        house,
        rows,
        mapping=MAPPING,
        reading=ReadingOptions(dates={"when": "mdy"}, null_words=("keine",)),
        remember=True,
    )
    report = put(house, [dict(ROWS[0], No="3", when="6/7/24")], reading=ReadingOptions(currency="CNY"))
    assert report.reading == {"dates": {"when": "mdy"}, "currency": "CNY", "null_words": ["keine"]}
    report = put(house, [dict(ROWS[0], No="4", when="6/7/24")], reading=ReadingOptions(dates={"ordered_at": "dmy"}))
    assert report.reading == {"dates": {"ordered_at": "dmy"}, "null_words": ["keine"]}


def test_another_shape_or_table_is_asked_about(house: House) -> None:
    put(house, ROWS, mapping=MAPPING, remember=True)
    with pytest.raises(ContractError):
        put(house, [ROWS[0] | {"备注": "x"}])
    assert preview(house, OWNER, "orders", open_source(ROWS)).saved is not None
    assert preview(house, OWNER, "persons", open_source(ROWS)).saved is None
    assert preview(house, OWNER, "orders", open_source(ROWS), use_saved=False).saved is None


def test_a_saved_mapping_has_history_and_can_be_forgotten(house: House) -> None:
    put(house, ROWS, mapping=MAPPING, remember=True)
    put(house, ROWS, mapping=MAPPING, remember=True)
    put(house, ROWS, mapping=MAPPING | {"amount": "应付"}, remember=True)
    (one,) = mappings(house, OWNER)
    assert (one.version, one.mapping.columns["amount"]) == (2, "应付")
    assert mapping(house, OWNER, one.id) == one
    forget(house, OWNER, one.id)
    assert mappings(house, OWNER) == []
    with pytest.raises(UnknownNameError):
        mapping(house, OWNER, one.id)
    with pytest.raises(ContractError):
        put(house, ROWS)
    assert len(house.state.history("mapping", one.id)) == 3
    put(house, ROWS, mapping=MAPPING, remember=True)
    assert put(house, ROWS).unchanged == 1


def test_a_dry_run_remembers_nothing_and_exact_recognises_nothing(house: House) -> None:
    put(house, ROWS, mapping=MAPPING, remember=True, dry_run=True)
    assert mappings(house, OWNER) == []
    rows = [{"order_id": "1", "date": "2024-01-01", "amount": "1", "channel": "web"}]
    said = {"order_id": "order_id", "ordered_at": "date", "amount": "amount"}
    report = put(house, rows, mapping=said, exact=True)
    assert (report.mapping, report.custom) == (said, {"channel_2": "channel"})


def test_a_mapping_can_be_applied_as_a_document(house: House) -> None:
    columns = tuple(ROWS[0])
    body = {"table": "orders", "source_columns": columns, "columns": MAPPING, "keep": "none"}
    document = {"kind": "mapping", "id": shape_id("orders", columns), "body": body}
    apply(house, OWNER, documents=[document])
    assert put(house, ROWS).custom == {}
    with pytest.raises(SettingError):
        apply(house, OWNER, documents=[document | {"id": "orders-1"}])
