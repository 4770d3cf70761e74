"""Make the invented sample files of the documentation: docs/samples. The seed makes them the same every time."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "samples"
CUSTOMERS = 120
LAST = datetime(2026, 6, 30, 20, 0)
HABITS = (
    # orders (mean, deviation, least), amount from..to, days since the last (mean, deviation, most), days between, app
    ((16, 2.2, 10), (60, 140), (6, 4, 14), (10, 38), 0.7),
    ((5, 1, 3), (400, 900), (30, 12, 60), (50, 110), 0.3),
    ((4, 0.8, 2), (50, 160), (200, 25, 260), (20, 60), 0.2),
)
NAMES = ("陈静", "王磊", "李娜", "张伟", "刘洋", "赵敏", "黄涛", "周杰", "吴芳", "徐丽", "孙强", "胡雪", "朱军", "高洁")
CITIES = ("上海", "杭州", "南京", "苏州")


def build(folder: Path = FOLDER, *, seed: int = 7) -> None:
    """Write ``orders.csv`` in UTF-8, ``members.csv`` in GBK, ``orders_bad.csv`` with three rows that cannot be read."""
    chance = random.Random(seed)
    orders: list[tuple[str, str, datetime, str, str]] = []
    members: list[tuple[str, str, str, str]] = []
    for number in range(CUSTOMERS):
        person = f"K{1001 + number}"
        (orders_mean, orders_deviation, least), amount, (mean, deviation, most), between, app = HABITS[
            number % len(HABITS)
        ]
        day = LAST - timedelta(days=min(max(round(chance.gauss(mean, deviation)), 0), most))
        name = NAMES[number % len(NAMES)]
        members.append((person, name, chance.choice(("女", "男", "")), chance.choice(CITIES)))
        for _ in range(max(round(chance.gauss(orders_mean, orders_deviation)), least)):
            at = day.replace(hour=chance.randint(9, 21), minute=chance.randint(0, 59))
            paid = f"{chance.uniform(*amount):.2f}"
            orders.append(("", person, at, paid, "小程序" if chance.random() < app else "门店"))
            day -= timedelta(days=chance.randint(*between))
    orders.sort(key=lambda o: (o[2], o[1]))
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        (f"S{10001 + place}", person, at.strftime("%Y-%m-%d %H:%M"), paid, channel)
        for place, (_, person, at, paid, channel) in enumerate(orders)
    ]
    header = ("订单号", "会员号", "下单时间", "实收", "渠道")
    _write(folder / "orders.csv", header, rows)
    _write(folder / "members.csv", ("会员号", "姓名", "性别", "城市"), members, encoding="gb18030")
    bad = [list(rows[0]), list(rows[1]), list(rows[2]), list(rows[3])]
    bad[0][0], bad[1][0], bad[2][0], bad[3][0] = "S90001", "S90002", "S90003", "S90004"
    bad[1][3], bad[2][2], bad[3][0] = "一百二十", "2026-02-30", ""
    _write(folder / "orders_bad.csv", header, bad)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[Iterable[str]], *, encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    build()
