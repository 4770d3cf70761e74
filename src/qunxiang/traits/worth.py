"""Traits of lifetime value: still buying, purchases and money expected, as the fitted model in force says."""

from __future__ import annotations

from typing import Any, Final

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitKind
from qunxiang.sql import Query, Relation, select
from qunxiang.traits import words as w
from qunxiang.traits.basis import TraitBasis

CUSTOMER_VALUE: Final = "customer_value"
"""Relation of the scored customers: one row per customer, ``profile_id`` and :data:`VALUE_COLUMNS`."""

VALUE_COLUMNS: Final = (
    "probability_alive",
    "purchases",
    "purchases_low",
    "purchases_high",
    "value",
    "value_low",
    "value_high",
)

EXPRESSIONS: Final[dict[str, str]] = {
    "probability_alive": "wo.probability_alive",
    "expected_purchases": "wo.purchases",
    "expected_purchases_low": "wo.purchases_low",
    "expected_purchases_high": "wo.purchases_high",
    "expected_value": "wo.value",
    "expected_value_low": "wo.value_low",
    "expected_value_high": "wo.value_high",
}
"""Trait id to its expression over ``wo``, the scored row of the profile."""

_NEVER_BOUGHT = Label("截止日期前没有购买", "No purchase up to the date")
_NO_VALUE = Label(
    "截止日期前没有购买，或模型没有金额部分", "No purchase up to the date, or the model has no money part"
)
_NO_INTERVAL = Label("没有购买，或参数的不确定性未知", "No purchase, or the parameters' uncertainty is unknown")
_ENDS = {"low": ("下限", "low end"), "high": ("上限", "high end")}


def by_profile(customers: Relation) -> Query:
    """One row per profile that ever bought."""
    return select(
        """SELECT v.profile_id, v.probability_alive, v.purchases, v.purchases_low, v.purchases_high, v.value,
          v.value_low, v.value_high FROM customers__ AS v""",
        customers=customers,
    )


def definitions(basis: TraitBasis) -> list[TraitDefinition]:
    """Return the traits of lifetime value, none before a model was fitted."""
    if CUSTOMER_VALUE not in basis.tables:
        return []
    ahead, counted = basis.value_horizon, basis.value_basis
    alive = _trait(
        basis,
        "probability_alive",
        ("活跃概率", "Probability alive"),
        "share",
        w.SHARE,
        (
            "截止日期时仍在购买的概率，由已拟合的购买模型给出",
            "Probability of still buying at the date, by the fitted model",
        ),
        _NEVER_BOUGHT,
    )
    purchases = (
        f"截止日期后{ahead.zh}内预期的购买天数",
        f"Days with a purchase expected within {ahead.en} after the date",
    )
    value = (
        f"截止日期后{ahead.zh}内预期的消费金额（{counted.zh}）",
        f"Money expected to be spent within {ahead.en} after the date ({counted.en})",
    )
    return [
        alive,
        *_with_ends(basis, "expected_purchases", ("预期购买次数", "Expected purchases"), "number", purchases),
        *_with_ends(basis, "expected_value", ("预期价值", "Expected value"), "money", value),
    ]


def _with_ends(
    basis: TraitBasis, id_: str, names: tuple[str, str], kind: TraitKind, says: tuple[str, str]
) -> list[TraitDefinition]:
    money = kind == "money"
    unit = basis.currency if money else w.TIMES
    made = [_trait(basis, id_, names, kind, unit, says, _NO_VALUE if money else _NEVER_BOUGHT)]
    for end, (zh, en) in _ENDS.items():
        made.append(
            _trait(
                basis,
                f"{id_}_{end}",
                (f"{names[0]}（{zh}）", f"{names[1]}, {en}"),
                kind,
                unit,
                (
                    f"{says[0]}：95% 区间的{zh}。只含参数的不确定性：同类客户平均值的区间，不是单个客户的结果范围",
                    f"{says[1]}: {en} of the 95% interval. It holds the parameters' uncertainty alone: that of the "
                    "mean of customers with this history, not a range of what one customer will do",
                ),
                _NO_INTERVAL,
            )
        )
    return made


def _trait(
    basis: TraitBasis,
    id_: str,
    names: tuple[str, str],
    kind: TraitKind,
    unit: Label,
    says: tuple[str, str],
    missing: Label,
) -> TraitDefinition:
    body: dict[str, Any] = {
        "source": tuple(t for t in ("orders", "order_lines") if t in basis.tables),
        "family": Family.VALUE,
        "kind": kind,
        "unit": unit,
        "when_missing": missing,
    }
    return TraitDefinition(id=id_, label=Label(*names), definition=Label(*says), **body)
