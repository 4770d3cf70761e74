"""A file whose plain rows are read by casts is loaded as if every row had been read in full."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from load_house import OWNER, house_in, rows_in

from qunxiang.adapters.sources import open_source
from qunxiang.adapters.sources.gathering import named
from qunxiang.errors import QuestionError
from qunxiang.intake import LoadReport
from qunxiang.model import ReadingOptions
from qunxiang.ports.source import TextRows
from qunxiang.services import load_plain
from qunxiang.services.house import House
from qunxiang.services.load import load
from qunxiang.services.quarantine import repair
from qunxiang.services.rejects import rejects

HEADER = "明细编号,订单号,会员号,商品编号,下单时间,数量,实付金额,渠道\n"


def line(i: int, **cells: str) -> str:
    plain = {
        "id": f"M{i}",
        "order": f"D{i // 3:06}",
        "person": f"K{i % 50}" if i % 7 else "",
        "product": f"P{i % 20}",
        "at": f"2024-{1 + i % 12:02}-{1 + i % 28:02} {i % 24:02}:30:00",
        "quantity": str(i % 4),
        "amount": f"{i % 97}.{i % 100:02}",
        "channel": "天猫旗舰店",
    }
    return ",".join((plain | cells).values()) + "\n"


def lines(n: int) -> str:
    return "".join(line(i) for i in range(n))


PLAIN = HEADER + lines(300)
ODD = [
    line(1000, amount="1.2万"),
    line(1001, at="昨天"),
    line(1002, at="2024年3月5日"),
    line(1003, product=" P7 "),
    "M1004,zu wenig\n",
    line(1005, id="合计"),
    line(1006, order=""),
    "\n",
    line(1007, channel="无"),
]
MIXED = HEADER + lines(150) + "".join(ODD) + "".join(line(i) for i in range(150, 300))
DOUBLED = HEADER + lines(300) + line(7) + line(8, amount="1.00") + line(1000, id="M9", amount="1.2万")
NO_ID = "".join(
    ",".join(row.split(",")[1:]) for row in (HEADER + lines(300) + line(7) * 2 + "".join(ODD)).splitlines(True)
)
FILES = {
    "plain": PLAIN,
    "mixed": MIXED,
    "doubled": DOUBLED,
    "derived keys": NO_ID,
    "windows line ends": MIXED.replace("\n", "\r\n"),
    "no last line end": MIXED.rstrip("\n"),
    "lines above the header": "订单导出,,,,,,,\n,,,,,,,\n" + MIXED,
    "tabs": MIXED.replace(",", "\t"),
    "telling characters": MIXED.replace("K3,", "K+3,")
    .replace("K4,", "Ｋ4,")
    .replace("天猫旗舰店\n", "天猫\u3000店\n", 9),
    "own columns": "".join(
        r.rstrip("\n") + f",{i % 3},{'红' if i % 2 else '蓝'}\n" for i, r in enumerate(PLAIN.splitlines(True))
    ),
    "decimal commas": (HEADER + "".join(line(i, amount=f"{i}") for i in range(300)) + line(999, amount="1 234,5"))
    .replace(",", ";")
    .replace("1 234;5", "1 234,5"),
}
FILES["own columns"] = FILES["own columns"].replace(",渠道,0,蓝", ",渠道,等级,颜色", 1)


@pytest.fixture
def lanes(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], list[str]]:
    """Switch between the lanes; what is returned fills with how each load with the fast one was read."""

    def switch(fast: bool) -> list[str]:
        taken: list[str] = []
        if not fast:
            monkeypatch.setattr(load_plain, "LEAST_LINES", 10**9)
            return taken
        read = load_plain.read_plain

        def noting(*given: Any) -> Any:
            found = read(*given)
            taken.append("full" if found is None else "plain" if found.odd is None else "both")
            return found

        monkeypatch.setattr(load_plain, "LEAST_LINES", 1)
        monkeypatch.setattr("qunxiang.services.load_read.read_plain", noting)
        return taken

    return switch


def told(report: LoadReport) -> dict[str, Any]:
    """Return what a report says besides times and ids."""
    out = report.model_dump(mode="json")
    return {k: v for k, v in out.items() if k not in ("load_id", "seconds", "rows_per_second", "run")}


def kept(house: House, table: str) -> list[str]:
    return sorted(
        repr(sorted((k, v) for k, v in row.items() if k not in ("load_id", "loaded_at")))
        for row in rows_in(house, table)
    )


QUICK = ("plain", "mixed", "derived keys")


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.full) for n in FILES])
def test_both_lanes_load_the_same(tmp_path: Path, lanes: Callable[[bool], list[str]], house: House, name: str) -> None:
    first = tmp_path / "订单 '明细'.csv"
    first.write_text(FILES[name], "utf-8", newline="")
    second = tmp_path / "later.csv"
    later = FILES[name].replace("P7,", "P8,")
    second.write_text(later + (later.splitlines(True)[-2] if name == "mixed" else ""), "utf-8", newline="")
    found = []
    for fast in (True, False):
        folder = tmp_path / f"house {fast}"
        folder.mkdir()
        taken = lanes(fast)
        with house_in(folder, at=house.clock.now()) as other:
            reports = [
                load(other, OWNER, "order_lines", open_source(first)),
                load(other, OWNER, "order_lines", open_source(first)),
                load(other, OWNER, "order_lines", open_source(second)),
            ]
            found.append(([told(r) for r in reports], kept(other, "order_lines"), kept(other, "quarantine")))
            assert list(other.settings.scratch.iterdir()) == []
        expected = {"plain": "plain", "own columns": "plain", "decimal commas": "full"}.get(name, "both")
        assert taken == ([expected] * 3 if fast else [])
    assert found[0] == found[1]
    assert found[0][0][0]["accepted"] > 200
    assert found[0][0][1]["accepted"] == 0


@pytest.mark.parametrize("name", ["mixed", "derived keys"])
def test_values_are_left_empty_alike_in_both_lanes(
    tmp_path: Path, lanes: Callable[[bool], list[str]], house: House, name: str
) -> None:
    """Of the odd rows, one has a number of pieces that cannot be read, and one a telling time that must be."""
    path = tmp_path / "明细.csv"
    bad = line(1010, quantity="若干") + line(1011, quantity="?", channel="天猫") + line(1012, quantity="?", at="昨天")
    bad = bad if name == "mixed" else "".join(",".join(row.split(",")[1:]) for row in bad.splitlines(True))
    path.write_text(FILES[name] + bad, "utf-8", newline="")
    found = []
    for fast in (True, False):
        folder = tmp_path / f"house {fast}"
        folder.mkdir()
        taken = lanes(fast)
        with house_in(folder, at=house.clock.now()) as other:
            reading = ReadingOptions(unreadable="blank")
            reports = [load(other, OWNER, "order_lines", open_source(path), reading=reading) for _ in range(2)]
            found.append(([told(r) for r in reports], kept(other, "order_lines"), kept(other, "quarantine")))
        assert taken == (["both"] * 2 if fast else [])
    assert found[0] == found[1]
    first, second = found[0][0]
    assert first["blanked"] == [{"code": "reject.number", "column": "quantity", "rows": 2}]
    assert (first["blanked_rows"], second["blanked_rows"], second["accepted"]) == (2, 2, 0)
    assert sum("'blanked'" in row for row in found[0][2]) == 2


def test_a_row_that_was_mended_is_not_added_again_in_both_lanes(
    tmp_path: Path, lanes: Callable[[bool], list[str]], house: House
) -> None:
    path = tmp_path / "明细.csv"
    bad = line(1010, quantity="若干") + line(1011, quantity="?", channel="天猫")
    bad = "".join(",".join(row.split(",")[1:]) for row in bad.splitlines(True))
    path.write_text(FILES["derived keys"] + bad, "utf-8", newline="")
    for fast in (True, False):
        folder = tmp_path / f"house {fast}"
        folder.mkdir()
        taken = lanes(fast)
        with house_in(folder, at=house.clock.now()) as other:
            load(other, OWNER, "order_lines", open_source(path))
            row_id = rejects(other, OWNER, "order_lines", reason="reject.number")["quarantine_id"][0].as_py()
            assert repair(other, OWNER, "order_lines", row_id, values={"数量": "3"}).new == 1
            reading = ReadingOptions(unreadable="blank")
            first, second = (load(other, OWNER, "order_lines", open_source(path), reading=reading) for _ in range(2))
        assert (first.new, first.blanked_rows, second.accepted, second.blanked_rows) == (1, 1, 0, 1)
        assert taken == (["both", "full", "both", "both"] if fast else [])


def test_a_date_that_can_be_read_in_two_ways_is_asked_among_plain_ones(
    house: House, tmp_path: Path, lanes: Callable[[bool], list[str]]
) -> None:
    lanes(True)
    path = tmp_path / "a.csv"
    path.write_text(PLAIN + line(999, at="5/3/24"), "utf-8")
    with pytest.raises(QuestionError) as asked:
        load(house, OWNER, "order_lines", open_source(path))
    assert asked.value.params["rows"] == 1
    report = load(house, OWNER, "order_lines", open_source(path), reading=ReadingOptions(dates={"下单时间": "dmy"}))
    assert (report.accepted, report.rejected) == (301, 0)
    assert [n.code for n in report.notes if n.code.startswith("load.repair.order")] == ["load.repair.order.dmy"]


def test_ids_of_a_source_system_and_a_name_for_people_go_both_lanes(
    house: House, tmp_path: Path, lanes: Callable[[bool], list[str]]
) -> None:
    taken = lanes(True)
    path = tmp_path / "a.csv"
    path.write_text(PLAIN, "utf-8")
    report = load(house, OWNER, "order_lines", named(open_source(path), "内.csv"), system="erp")
    assert (taken, report.source) == (["plain"], "内.csv")
    assert {r["person_id"] for r in rows_in(house, "order_lines")} >= {None, "erp:K1"}


class _Another:
    """A source whose engine would split the file in another way than it does itself."""

    def __init__(self, path: Path) -> None:
        self._source = open_source(path)

    def shape(self) -> Any:
        shape = self._source.shape()
        assert isinstance(shape.text, TextRows)
        return replace(shape, text=replace(shape.text, skip=shape.text.skip + 3))

    def batches(self) -> Any:
        return self._source.batches()


def test_a_file_that_is_split_differently_is_read_in_full(
    house: House, tmp_path: Path, lanes: Callable[[bool], list[str]]
) -> None:
    taken = lanes(True)
    path = tmp_path / "a.csv"
    path.write_text(PLAIN, "utf-8")
    assert load(house, OWNER, "order_lines", _Another(path)).accepted == 300
    assert taken == ["full"]


def test_a_gbk_file_takes_the_same_lane(
    house: House, tmp_path: Path, lanes: Callable[[bool], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qunxiang.adapters.sources.files._LEAST_COPY", 1)
    taken = lanes(True)
    path = tmp_path / "a.csv"
    path.write_bytes(MIXED.encode("gbk"))
    scratch = house.settings.scratch
    report = load(house, OWNER, "order_lines", open_source(path, scratch=scratch))
    assert (taken, report.accepted, report.rejected) == (["both"], 304, 4)
    assert list(scratch.iterdir()) == []
