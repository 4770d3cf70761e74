"""What people say about how the values of a source are read, where the values do not say it themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from qunxiang.model.base import Frozen

DateOrder = Literal["dmy", "mdy", "reject"]
Unreadable = Literal["reject", "blank"]
ALL_COLUMNS = "*"
_ISO_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST_WORD = 40


class ReadingOptions(Frozen):
    """Answers to what a source leaves open; columns are named as the table or the source names them, ``*`` is all.

    Parameters
    ----------
    dates
        Order of day and month in dates such as 5/3/24, per column; ``reject`` sends such rows to quarantine.
    decimal_comma
        Columns whose amounts have a comma before their cents: 1.234,50.
    currency
        ISO code of amounts that name none; the workspace's when None.
    null_words
        Words for "nothing" besides the known ones.
    widths
        Number of characters of codes that lost their leading zeros, per column.
    unreadable
        What becomes of a row with a value that cannot be read in a column that may be empty: the row goes to
        quarantine (``reject``, and when None), or the value is left empty and listed apart (``blank``).
    """

    dates: dict[str, DateOrder] = Field(default_factory=dict)
    decimal_comma: tuple[str, ...] = ()
    currency: str | None = None
    null_words: tuple[Annotated[str, Field(min_length=1, max_length=_LONGEST_WORD)], ...] = ()
    widths: dict[str, Annotated[int, Field(ge=2, le=40)]] = Field(default_factory=dict)
    unreadable: Unreadable | None = None

    @field_validator("currency")
    @classmethod
    def _iso(cls, value: str | None) -> str | None:
        if value is None:
            return None
        code = value.strip().upper()
        if not _ISO_CURRENCY.fullmatch(code):
            raise ValueError("a currency is an ISO code of three letters, such as USD")
        return code

    @property
    def blanks(self) -> bool:
        """Whether a value that cannot be read is left empty where its column may be."""
        return self.unreadable == "blank"

    def over(self, before: ReadingOptions, mapping: Mapping[str, str]) -> ReadingOptions:
        """Return these answers, and those of `before` to what, and of columns of which, these say nothing.

        A column goes by its name in the table or in the source, which `mapping` gives per name in the table.
        """
        other = {**mapping, **{source: target for target, source in mapping.items()}}

        def left(new: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
            if ALL_COLUMNS in new:
                return {}
            return {name: value for name, value in old.items() if name not in new and other.get(name) not in new}

        return ReadingOptions(
            dates={**left(self.dates, before.dates), **self.dates},
            decimal_comma=tuple(dict.fromkeys((*self.decimal_comma, *before.decimal_comma))),
            currency=self.currency or before.currency,
            null_words=tuple(dict.fromkeys((*self.null_words, *before.null_words))),
            widths={**left(self.widths, before.widths), **self.widths},
            unreadable=self.unreadable or before.unreadable,
        )

    def date_order(self, *names: str) -> DateOrder | None:
        """Return what is said of a column that goes by `names`."""
        return next((self.dates[n] for n in (*names, ALL_COLUMNS) if n in self.dates), None)

    def comma(self, *names: str) -> bool:
        """Return whether a column that goes by `names` has decimal commas."""
        return any(n in self.decimal_comma for n in (*names, ALL_COLUMNS))

    def width(self, *names: str) -> int | None:
        """Return the stated width of a column that goes by `names`."""
        return next((self.widths[n] for n in names if n in self.widths), None)


class ExchangeRate(Frozen):
    """One unit of `currency` is `rate` units of the workspace's from the day `since` on; `source` says who says so."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    since: date
    rate: Annotated[Decimal, Field(gt=0, lt=1_000_000, decimal_places=8)]
    source: Annotated[str, Field(min_length=1, max_length=200)]


class ExchangeRates(Frozen):
    """Rates by which amounts of other currencies are taken into the workspace's; a rate holds until the next one."""

    rates: tuple[ExchangeRate, ...]

    @model_validator(mode="after")
    def _one_a_day(self) -> Self:
        days = [(r.currency, r.since) for r in self.rates]
        if len(set(days)) < len(days):
            raise ValueError("a currency has two rates from one day on")
        return self
