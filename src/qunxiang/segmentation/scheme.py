"""What a ready-made classification is: parameters, and segments whose rules are written from them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.model import Segment
from qunxiang.sql import Query, Relation, literal, select
from qunxiang.sql.rule_reading import number_text

Thresholds = Mapping[str, float]


NOTHING_SAID = Label("", "")


@dataclass(frozen=True)
class Parameter:
    """A threshold of a scheme: what it says, in words `how` it is found, and to how many decimals it is rounded up.

    `default` is None where it is found from the data. `before` marks a parameter that the query itself needs. `values`
    makes the query of the numbers that the threshold divides, one column `value`, where it may lie at their natural
    break: the upper end of the lower class.
    """

    name: str
    label: Label
    default: float | None = None
    decimals: int = 0
    before: bool = False
    values: Callable[[Relation, Thresholds], Query] | None = None
    how: Label = NOTHING_SAID


BY_CONVENTION = Label("约定值，可自行调整", "set by convention; change it as you see fit")


@dataclass(frozen=True)
class Scheme:
    """A ready-made classification.

    `needs` are the traits it cannot do without; of `one_of` at least one must be there. `thresholds` makes the query of
    one row with a column per parameter that is found from the data, None when there is none. `segments` writes the
    segments from all parameters and the traits at hand.
    """

    id: str
    label: Label
    note: Label
    needs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    rest: str
    segments: Callable[[Thresholds, Collection[str]], tuple[Segment, ...]]
    thresholds: Callable[[Relation, Thresholds], Query] | None = None
    one_of: tuple[str, ...] = ()


def written(value: float) -> str:
    """Write a threshold as a rule reads it."""
    text = number_text(Decimal(repr(abs(value))))
    return f"-{text}" if value < 0 else text


def ruled(id_: str, zh: str, en: str, rule: str | None, note: tuple[str, str], colour: int) -> Segment:
    """Make a segment of a rule (None: it takes the rest) with both languages."""
    return Segment(id=id_, label=Label(zh, en), rule=rule, note=Label(*note), colour=colour)


def quantile(traits: Relation, value: exp.Expr, share: float, where: exp.Expr) -> Query:
    """Exact quantile with linear interpolation, one row with `value`.

    Written out with row numbers: the engines' own functions differ in interpolation or turn approximate.
    """
    return select(
        "SELECT SUM(CASE WHEN r.n = FLOOR(r.place) THEN r.v * (1 - (r.place - FLOOR(r.place)))"
        " WHEN r.n = FLOOR(r.place) + 1 THEN r.v * (r.place - FLOOR(r.place)) END) AS value FROM ("
        " SELECT k.v, ROW_NUMBER() OVER (ORDER BY k.v NULLS LAST) AS n,"
        " CAST((COUNT(*) OVER () - 1) AS DOUBLE) * :share + 1 AS place FROM ("
        " SELECT CAST(:value AS DOUBLE) AS v FROM traits__ AS t WHERE :condition) AS k WHERE NOT k.v IS NULL) AS r",
        traits=traits,
        value=value,
        condition=where,
        share=exp.cast(literal(share), "DOUBLE"),
    )
