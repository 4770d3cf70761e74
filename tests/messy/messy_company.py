"""A company whose exports are messy: its customers and orders with faults of a catalogue, and the truth beside them.

Everything follows from a seed. A row has at most one fault; what the fault must become is said with it: a reason of
rejection, a repair, or nothing because the value is sound as it stands.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂芝𠮷㐂𡈽"
"""Given names; the last ones take four bytes in GB18030."""
CITIES = (("北京", "100080"), ("太原", "030000"), ("呼和浩特", "010010"), ("石家庄", "050000"), ("深圳", "518000"))
FIRST_DAY = date(2023, 1, 1)
DAYS = 700
NOTHING = ("无", "—", "N/A", "#REF!", "未知", "NULL")

PERSON_COLUMNS = ("客户编号", "客户姓名", "手机号", "邮箱", "出生日期", "城市", "邮编", "地址", "积分")
ORDER_COLUMNS = ("订单号", "客户编号", "下单时间", "实付金额", "币种", "渠道", "备注")


@dataclass(frozen=True)
class Fault:
    """What was done to a row: its name in the catalogue, and what must become of it."""

    name: str
    reject: str | None = None
    """Reason and column, such as ``reject.money:amount``."""
    repair: str | None = None
    """Repair and column, such as ``unit:amount``."""


@dataclass
class Sheet:
    """One export: rows under their source names, the truth of each (None for rows that are no records), its fault."""

    table: str
    columns: tuple[str, ...]
    rows: list[dict[str, str | None]] = field(default_factory=list)
    truth: list[dict[str, Any] | None] = field(default_factory=list)
    clean: list[dict[str, str | None]] = field(default_factory=list)
    """The rows as they would stand in a tidy export."""
    faults: list[Fault | None] = field(default_factory=list)

    def add(self, row: dict[str, str | None], truth: dict[str, Any] | None, fault: Fault | None) -> None:
        """Add a row; a fault changes a copy of it."""
        self.clean.append(dict(row))
        self.rows.append(row)
        self.truth.append(truth)
        self.faults.append(fault)


Spoil = Callable[[random.Random, dict[str, str | None], dict[str, Any]], Fault | None]
"""Changes a row (and, where the fault is a value that is sound, its truth); None when it does not fit."""


def company(seed: int, *, customers: int, rate: float) -> tuple[Sheet, Sheet]:
    """Return a company's customers and orders with a share `rate` of faulty rows."""
    chance = random.Random(f"{seed}|{rate}")
    persons, orders = Sheet("persons", PERSON_COLUMNS), Sheet("orders", ORDER_COLUMNS)
    for i in range(customers):
        _spoiled(chance, persons, *_person(chance, i), PERSON_FAULTS, rate)
        _spoiled(chance, orders, *_order(chance, i), ORDER_FAULTS, rate)
        if chance.random() < rate / 20:
            _total(chance, persons, "客户编号")
        if chance.random() < rate / 20:
            _total(chance, orders, "订单号")
    return persons, orders


def _spoiled(
    chance: random.Random,
    sheet: Sheet,
    row: dict[str, str | None],
    truth: dict[str, Any],
    faults: list[Spoil],
    rate: float,
) -> None:
    clean = dict(row)
    fault = None
    if chance.random() < rate:
        for spoil in chance.sample(faults, len(faults)):
            fault = spoil(chance, row, truth)
            if fault is not None:
                break
    sheet.add(row, truth, fault)
    sheet.clean[-1] = clean


def _total(chance: random.Random, sheet: Sheet, first: str) -> None:
    """Add a row of totals, as exports of an ERP have them."""
    row: dict[str, str | None] = dict.fromkeys(sheet.columns)
    word = chance.choice(("合计", "小计", "总计：", "合 计", "本页小计"))
    row[first if chance.random() < 0.5 else sheet.columns[-1 if sheet.table == "orders" else 1]] = word
    if sheet.table == "orders":
        row["实付金额"] = "123456.00"
    sheet.add(row, None, Fault("total", reject="reject.total:"))


def _person(chance: random.Random, i: int) -> tuple[dict[str, str | None], dict[str, Any]]:
    city, postcode = chance.choice(CITIES)
    name = chance.choice(FAMILY) + "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2))))
    born = date(1950, 1, 1) + timedelta(days=chance.randrange(20_000))
    truth: dict[str, Any] = {
        "person_id": f"C{i:06d}",
        "name": name,
        "phone": f"1{chance.choice('3456789')}{chance.randrange(10**8, 10**9)}",
        "email": f"c{i}@example.cn",
        "birth_date": born,
        "city": city,
        "postcode": postcode,
        "address": f"{city}市中山路{chance.randrange(1, 999)}号",
        "points": float(chance.randrange(0, 50_000)),
    }
    values = (*list(truth.values())[:4], born.isoformat(), city, postcode, truth["address"], f"{truth['points']:.0f}")
    return dict(zip(PERSON_COLUMNS, values, strict=True)), truth


def _order(chance: random.Random, i: int) -> tuple[dict[str, str | None], dict[str, Any]]:
    day = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
    amount = Decimal(chance.randrange(100, 5_000_000)) / 100
    truth: dict[str, Any] = {
        "order_id": f"S{i:07d}",
        "person_id": f"C{i:06d}",
        "ordered_at": day,
        "amount": amount.quantize(Decimal("0.01")),
        "currency": "CNY",
        "channel": chance.choice(("门店", "天猫", "微信")),
    }
    values = (
        truth["order_id"],
        truth["person_id"],
        day.isoformat(),
        f"{truth['amount']}",
        "CNY",
        truth["channel"],
        None,
    )
    return dict(zip(ORDER_COLUMNS, values, strict=True)), truth


# Faults of customers --------------------------------------------------------------------------------------------------
def _phone_lost(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["手机号"] = f"{float(truth['phone']):.2E}"
    return Fault("phone_power_lost", reject="reject.digits_lost:phone")


def _phone_whole(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["手机号"] = f"{truth['phone'][0]}.{truth['phone'][1:]}E+10"
    return Fault("phone_power_whole", repair="digits:phone")


def _phone_prefix(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    p = truth["phone"]
    row["手机号"] = chance.choice(
        (f"+86{p}", f"0086 {p}", f"+86 {p[:3]} {p[3:7]} {p[7:]}", f"{p[:3]}-{p[3:7]}-{p[7:]}")
    )
    return Fault("phone_prefix", repair="phone:phone")


def _phone_wide(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["手机号"] = truth["phone"].translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return Fault("wide_digits", repair="phone:phone")


def _postcode(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault | None:
    if not truth["postcode"].startswith("0"):
        return None
    row["邮编"] = truth["postcode"].lstrip("0")
    return Fault("lost_zero", repair="zeros:postcode")


def _nothing(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    source, target = chance.choice(
        (("手机号", "phone"), ("出生日期", "birth_date"), ("城市", "city"), ("邮编", "postcode"), ("积分", "points"))
    )
    row[source], truth[target] = chance.choice(NOTHING), None
    return Fault("nothing", repair=f"nothing:{target}")


def _newline(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["地址"] = truth["address"] = f'{truth["address"]}\n"二楼", 东门'
    return Fault("quoted_newline")


def _birth_order(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    born = truth["birth_date"]
    row["出生日期"] = chance.choice(
        (f"{born.day}/{born.month}/{born.year}", f"{born.day:02d}-{born.month:02d}-{born:%y}")
    )
    return Fault("date_order", repair="order:birth_date")


def _id_missing(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["客户编号"] = chance.choice((None, "#N/A", "无"))
    return Fault("id_missing", reject="reject.required:person_id")


def _birth_impossible(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["出生日期"] = chance.choice(("1990-02-31", "1990年13月1日", "去年"))
    return Fault("date_impossible", reject="reject.date:birth_date")


# Faults of orders -----------------------------------------------------------------------------------------------------
def _wan(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    tenths = chance.randrange(1, 500)
    row["实付金额"] = f"{tenths / 10:g}万"
    truth["amount"] = (Decimal(tenths) * 1000).quantize(Decimal("0.01"))
    return Fault("unit_wan", repair="unit:amount")


def _yi(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    hundredths = chance.randrange(1, 300)
    row["实付金额"] = f"¥{Decimal(hundredths) / 100}亿元"
    truth["amount"] = (Decimal(hundredths) * 1_000_000).quantize(Decimal("0.01"))
    return Fault("unit_yi", repair="unit:amount")


def _signed(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["实付金额"] = f"{chance.choice('¥￥')}{truth['amount']:,}"
    return Fault("yuan_sign")


def _wide_amount(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["实付金额"] = str(truth["amount"]).translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    return Fault("wide_digits", repair="wide:amount")


def _brackets(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    left, right = chance.choice((("(", ")"), ("（", "）")))
    row["实付金额"] = f"{left}{truth['amount']:,}{right}"
    truth["amount"] = -truth["amount"]
    return Fault("return_in_brackets", repair="negative:amount")


def _returned(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    truth["amount"] = -truth["amount"]
    row["实付金额"] = str(truth["amount"])
    return Fault("return_negative")


def _foreign(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    if chance.random() < 0.5:
        row["币种"] = chance.choice(("USD", "美元", "EUR"))
    else:
        row["实付金额"] = f"{chance.choice(('US$ ', 'USD ', '$', '€'))}{truth['amount']}"
        row["币种"] = None
    return Fault("second_currency", reject="reject.money.currency:amount")


def _no_amount(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["实付金额"] = chance.choice(NOTHING)
    return Fault("nothing_required", reject="reject.required:amount")


def _no_money(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["实付金额"] = chance.choice(("待定", "12元5", "1.2.3"))
    return Fault("no_money", reject="reject.money:amount")


def _day_forms(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    day = truth["ordered_at"]
    row["下单时间"] = chance.choice(
        (
            f"{day.year}年{day.month}月{day.day}日",
            f"{day.year}/{day.month}/{day.day}",
            f"{day:%Y%m%d}",
            f"{day:%Y.%m.%d}",
        )
    )
    return Fault("date_form")


def _day_order(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    day = truth["ordered_at"]
    row["下单时间"] = f"{day.day}/{day.month}/{day:%y}"
    return Fault("date_order", repair="order:ordered_at")


def _day_impossible(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["下单时间"] = chance.choice(("2024-02-31", "31/31/24", "明天"))
    return Fault("date_impossible", reject="reject.timestamp:ordered_at")


def _buyer_lost(chance: random.Random, row: dict[str, str | None], truth: dict[str, Any]) -> Fault:
    row["客户编号"] = "1.38E+10"
    return Fault("id_power_lost", reject="reject.digits_lost:person_id")


PERSON_FAULTS: list[Spoil] = [
    *(_phone_lost, _phone_whole, _phone_prefix, _phone_wide, _postcode, _nothing, _newline, _birth_order),
    *(_id_missing, _birth_impossible),
]
ORDER_FAULTS: list[Spoil] = [
    *(_wan, _yi, _signed, _wide_amount, _brackets, _returned, _foreign, _no_amount, _no_money, _day_forms, _day_order),
    *(_day_impossible, _buyer_lost),
]
