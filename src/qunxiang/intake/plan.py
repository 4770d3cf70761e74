"""What a load knows before it reads values: zone, currency, answers, what whole columns decided, exchange rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from qunxiang.model import DateOrder, ReadingOptions
from qunxiang.tables import Column, ColumnType

HOME_CURRENCY = "CNY"
_CENTURY_TURN = 68  # two digits up to here are years of 20yy, as strptime reads them


class Role(StrEnum):
    """What a text column holds, where that decides how its values are read."""

    PHONE = "phone"
    POSTCODE = "postcode"
    CODE = "code"  # digits and letters that name something; every character counts
    CURRENCY = "currency"
    PERSONAL = "personal"  # a word for "nothing" is no value there
    FREE = "free"  # what people wrote, in which such a word is an answer
    PLAIN = "plain"


_PHONES = frozenset({"phone", "phone_2"})
_CODES = frozenset({"credit_code", "id_number", "unionid", "openid", "external_userid"})
_FREE = frozenset({"text", "answer", "title", "fact", "reason", "choices", "question"})
_PLACES = frozenset({"country", "province", "city", "district", "address"})


def role_of(column: Column) -> Role:
    """Return what a text column of a contract holds, by its name."""
    if column.type is not ColumnType.TEXT:
        return Role.PLAIN
    if column.name in _PHONES:
        return Role.PHONE
    if column.name in ("postcode", "currency"):
        return Role(column.name)
    if column.name in _CODES or column.name.endswith("_id"):
        return Role.CODE
    if column.name in _FREE:
        return Role.FREE
    return Role.PERSONAL if (column.hidden and not column.sensitive) or column.name in _PLACES else Role.PLAIN


@dataclass(frozen=True)
class Rate:
    """One unit of `currency` is `rate` units of the workspace's from the day `since` on."""

    currency: str
    since: date
    rate: Decimal


@dataclass(frozen=True)
class Plan:
    """How a load reads values.

    Parameters
    ----------
    time_zone
        IANA name of the zone in which moments without one are read.
    currency
        ISO code of the workspace's amounts.
    options
        What people said.
    orders
        Order of day and month per contract column, said or proven by the column; others are read where a value says
        it by itself.
    commas
        Contract columns whose amounts have a decimal comma.
    rates
        Exchange rates into the workspace's currency.
    date_system
        1900 or 1904, when bare numbers in date columns are a workbook's days.
    year
        Year of the load: a two-digit year of birth is not after it.
    """

    time_zone: str
    currency: str = HOME_CURRENCY
    options: ReadingOptions = field(default_factory=ReadingOptions)
    orders: Mapping[str, DateOrder] = field(default_factory=lambda: MappingProxyType({}))
    commas: frozenset[str] = frozenset()
    rates: tuple[Rate, ...] = ()
    date_system: int | None = None
    year: int = 2000 + _CENTURY_TURN

    @property
    def at_home(self) -> bool:
        """Whether codes that name no country are Chinese."""
        return self.currency == HOME_CURRENCY

    def last_short_year(self, column: Column) -> str:
        """Return the last two-digit year that is read as 20yy."""
        return f"{self.year % 100 if column.name == 'birth_date' else _CENTURY_TURN:02d}"
