"""A small company with known faults, counted beside the data, for tests of data quality."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from qunxiang import Workspace

AS_OF = "2024-06-30"
SOUND = "91350100M000100Y43"
"""A credit code with its right check digit."""

PRODUCTS = ("GTX Basic", "GTX Plus Basic", "GTX Pro", "GTX Plus Pro", "MG Special", "MG Advanced")


class FixedClock:
    """Stands at one moment."""

    def now(self) -> datetime:
        return datetime(2024, 7, 1, 8, tzinfo=UTC)


def persons() -> list[dict[str, Any]]:
    """100 persons: 5 invalid phones, 3 invalid e-mails, 4 who share a phone with another, 10 without a city."""
    made = []
    for i in range(100):
        phone = "139123" if i < 5 else f"139{20_000_000 + (i if i >= 9 else i + 50)}"
        mail = "no address" if 5 <= i < 8 else f"p{i}@example.com"
        city = None if i < 10 else "深圳"
        person = {"person_id": f"p{i}", "name": f"客户{i}", "phone": phone, "email": mail, "city": city}
        made.append(person | {"created_at": "2024-01-02 10:00:00"})
    for i in (5, 6, 7, 8):  # equal to the phones of p55 to p58
        made[i]["phone"] = made[i + 50]["phone"]
    return made


def accounts() -> list[dict[str, Any]]:
    """40 companies: 6 of industry technolgy and none of technology, 2 wrong credit codes of 10."""
    made = []
    for i in range(40):
        industry = "technolgy" if i < 6 else ("retail", "medical", "software")[i % 3]
        code = None if i >= 10 else SOUND[:-1] + "1" if i < 2 else SOUND
        made.append({"account_id": f"a{i}", "name": f"Company {i}", "industry": industry, "credit_code": code})
    return made


def orders(*, seed: int = 0) -> list[dict[str, Any]]:
    """500 orders: 2 in the future, 1 of 1900, 3 negative, 2 far out, 4 without a customer, 6 of unknown accounts."""
    chance = random.Random(seed)
    made: list[dict[str, Any]] = []
    for i in range(500):
        day = date(2024, 1, 1) + timedelta(days=chance.randrange(181))
        amount = round(chance.lognormvariate(4, 0.5), 2)
        order = {"order_id": f"o{i}", "person_id": f"p{i % 100}", "account_id": None, "ordered_at": f"{day} 10:00:00"}
        made.append(order | {"amount": amount, "channel": "web" if chance.random() < 0.5 else "store"})
    for i in (0, 1):
        made[i]["ordered_at"] = "2024-08-01 10:00:00"
    made[2]["ordered_at"] = "1900-01-01 00:00:00"
    for i in (3, 4, 5):
        made[i]["amount"] = -20.0
    made[6]["amount"], made[7]["amount"] = 90_000.0, 0.01
    for i in range(10, 14):
        made[i]["person_id"] = None
    for i in range(20, 26):
        made[i]["account_id"] = "gone"
    return made


def lines() -> list[dict[str, Any]]:
    """300 lines over the products: 12 of GTXPro, which is not among them, and 3 of a product of no kind."""
    made = []
    for i in range(300):
        product = "GTXPro" if i < 12 else "X-1" if i < 15 else PRODUCTS[i % 6]
        line = {"line_id": f"l{i}", "order_id": f"o{i + 100}", "person_id": f"p{i % 100}", "product_id": product}
        made.append(line | {"ordered_at": "2024-05-05 10:00:00", "amount": 10.0 + i % 7})
    return made


def later_orders(n: int = 200) -> list[dict[str, Any]]:
    """Orders of one week, three times as large and by a new channel in half of them."""
    chance = random.Random(1)
    made = []
    for i in range(n):
        day = date(2024, 6, 24) + timedelta(days=i % 7)
        order = {"order_id": f"n{i}", "person_id": f"p{i % 100}", "ordered_at": f"{day} 10:00:00"}
        amount = round(3 * chance.lognormvariate(4, 0.5), 2)
        made.append(order | {"amount": amount, "channel": "app" if i % 2 else "web"})
    return made


def build(folder: Path) -> None:
    """Make a workspace with all of these loaded."""
    with Workspace.create(folder, name="质量样例", clock=FixedClock()) as made:
        made.load("products", [{"product_id": p, "name": p} for p in PRODUCTS])
        made.load("persons", persons())
        made.load("accounts", accounts())
        made.load("orders", orders())
        made.load("order_lines", lines())
