"""Traits that people define: a metric over the rows of a table, with a condition and a window."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlglot import exp

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitKind
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.macros import both
from qunxiang.sql.metrics import NEEDS_COLUMN, NEEDS_NUMBER, ZERO_WITHOUT_ROWS, Measured, Metric, aggregate
from qunxiang.sql.moment import Moment
from qunxiang.sql.query import column, literal
from qunxiang.tables import LOADED, ColumnType
from qunxiang.traits import words as w

INSTANTS: dict[str, str] = {
    "orders": "ordered_at",
    "order_lines": "ordered_at",
    "events": "occurred_at",
    "campaign_contacts": "contacted_at",
    "responses": "responded_at",
}
"""Tables that own traits may measure, with the column that dates their rows."""

_PRODUCT_COLUMNS = ("category", "subcategory", "type", "brand_type", "manufacturer_id")
_KINDS: dict[ColumnType, TraitKind] = {
    ColumnType.MONEY: "money",
    ColumnType.NUMBER: "number",
    ColumnType.INTEGER: "integer",
    ColumnType.DATE: "date",
}
_ID = re.compile(r"[a-z\u4e00-\u9fff][a-z0-9_\u4e00-\u9fff]{0,62}")


@dataclass(frozen=True)
class Recipe:
    """How an own trait is computed. `where` is a predicate over the columns of :func:`own_columns`."""

    table: str
    metric: Metric
    column: str | None = None
    where: exp.Expr | None = field(default=None, compare=False)
    window_days: int | None = None


@dataclass(frozen=True)
class OwnTrait:
    """A definition with its recipe."""

    definition: TraitDefinition
    recipe: Recipe


def own_columns(table: str) -> dict[str, ColumnType]:
    """Return the columns of `table` that a metric or a condition may name; those of lines include their product's.

    Raises
    ------
    UnknownNameError
        When own traits cannot measure the table.
    """
    if table not in INSTANTS:
        raise UnknownNameError("error.trait.unknown_table", table=table, known=list(INSTANTS))
    columns = {c.name: c.type for c in LOADED[table].columns if not c.personal}
    if table == "order_lines":
        products = LOADED["products"]
        columns |= {c.name: c.type for c in products.columns if c.name in _PRODUCT_COLUMNS}
    return columns


def define_trait(
    id: str,
    label: Label,
    recipe: Recipe,
    *,
    where_text: str = "",
    family: Family = Family.BEHAVIOURAL,
    currency: Label | None = None,
) -> OwnTrait:
    """Check a recipe and give it its definition.

    Parameters
    ----------
    id
        Column of the traits table and name in rules: small letters, digits, underscores and Chinese characters.
    label
        Name people read.
    recipe
        Metric, table, column, condition and window.
    where_text
        The condition as it was written, for the definition's sentence.
    family, currency
        Family of the trait; name of the money unit.

    Raises
    ------
    UnknownNameError
        When the table, the metric or the column does not exist.
    SettingError
        When the id is not allowed, the metric lacks its column, the column's type does not fit the metric, or the
        window is shorter than a day.
    """
    columns = own_columns(recipe.table)
    if not _ID.fullmatch(id) or id in ("profile_id", "as_of"):
        raise SettingError("error.trait.id", id=id)
    if recipe.window_days is not None and recipe.window_days < 1:
        raise SettingError("error.trait.window", days=recipe.window_days)
    if recipe.column is None and recipe.metric in NEEDS_COLUMN:
        raise SettingError("error.trait.needs_column", metric=recipe.metric.value, known=list(columns))
    if recipe.column is not None and recipe.column not in columns:
        raise UnknownNameError(
            "error.trait.unknown_column", column=recipe.column, table=recipe.table, known=list(columns)
        )
    kind = _kind(recipe, columns)
    money = currency or Label("货币单位", "currency units")
    return OwnTrait(
        TraitDefinition(
            id=id,
            label=label,
            family=family,
            kind=kind,
            unit=_unit(recipe.metric, kind, money),
            definition=_sentence(recipe, where_text),
            source=(recipe.table,),
            when_missing=w.NEVER_UNKNOWN
            if recipe.metric in ZERO_WITHOUT_ROWS
            else Label("没有符合条件的记录", "No row meets the condition"),
            window_days=recipe.window_days,
        ),
        recipe,
    )


def _kind(recipe: Recipe, columns: Mapping[str, ColumnType]) -> TraitKind:
    metric = recipe.metric
    if metric is Metric.SHARE:
        return "share"
    if metric not in NEEDS_COLUMN or metric is Metric.DISTINCT:
        return "integer"
    type_ = columns[recipe.column or ""]
    numbers = (ColumnType.MONEY, ColumnType.NUMBER, ColumnType.INTEGER)
    allowed = numbers if metric in NEEDS_NUMBER else (*numbers, ColumnType.DATE)
    if type_ not in allowed:
        raise SettingError("error.trait.column_type", column=recipe.column, type=type_.value, metric=metric.value)
    if metric is Metric.MEAN and type_ is ColumnType.INTEGER:
        return "number"
    return _KINDS[type_]


def _unit(metric: Metric, kind: TraitKind, currency: Label) -> Label:
    if kind == "money":
        return currency
    if metric in (Metric.DAYS_SINCE_FIRST, Metric.DAYS_SINCE_LAST):
        return w.DAYS
    by_metric = {Metric.COUNT: w.TIMES, Metric.DISTINCT: w.KINDS, Metric.SHARE: w.SHARE}
    return by_metric.get(metric, w.NONE)


def _sentence(recipe: Recipe, where_text: str) -> Label:
    rows = LOADED[recipe.table].label
    named = LOADED[recipe.table].column(recipe.column) if recipe.column else None
    named = named or (LOADED["products"].column(recipe.column) if recipe.column else None)
    of = named.label if named else rows
    zh, en = {
        Metric.COUNT: (f"{rows.zh}的记录数", f"Number of rows of {rows.en.lower()}"),
        Metric.SUM: (f"{rows.zh}中{of.zh}的合计", f"Sum of {of.en.lower()} in {rows.en.lower()}"),
        Metric.MEAN: (f"{rows.zh}中{of.zh}的均值", f"Mean of {of.en.lower()} in {rows.en.lower()}"),
        Metric.DISTINCT: (f"{rows.zh}中不同{of.zh}的个数", f"Different values of {of.en.lower()} in {rows.en.lower()}"),
        Metric.SHARE: (f"{rows.zh}中符合条件的记录占比", f"Share of rows of {rows.en.lower()} that meet the condition"),
        Metric.MIN: (f"{rows.zh}中{of.zh}的最小值", f"Least {of.en.lower()} in {rows.en.lower()}"),
        Metric.MAX: (f"{rows.zh}中{of.zh}的最大值", f"Greatest {of.en.lower()} in {rows.en.lower()}"),
        Metric.DAYS_SINCE_LAST: (f"最近一条{rows.zh}距截止日期的天数", f"Days since the last row of {rows.en.lower()}"),
        Metric.DAYS_SINCE_FIRST: (f"首条{rows.zh}距截止日期的天数", f"Days since the first row of {rows.en.lower()}"),
    }[recipe.metric]
    if recipe.window_days:
        zh = f"含截止日期在内的 {recipe.window_days} 天里，{zh}"
        en = f"{en}, in the {recipe.window_days} days that end with the date"
    if where_text:
        zh, en = f"{zh}；条件：{where_text}", f"{en}; where {where_text}"
    return Label(zh, en)


def rows_of(table: str, tables: Mapping[str, Relation], moment: Moment) -> Query:
    """Rows of `table` that count, each with its `profile_id` and the columns of :func:`own_columns`.

    Orders and lines follow their order's profile (``counted``); orders that were never loaded, only derived from
    lines, have the columns of ``tables.ORDER_FACTS``.
    """
    instant = INSTANTS[table]
    if table == "orders" and "orders" not in tables:
        source, names, profile = "order_facts", ["order_id", "ordered_at", "amount"], "t.profile_id"
        join = ""
    elif table in ("orders", "order_lines"):
        source, profile, join = table, "f.profile_id", "JOIN counted AS f ON f.order_id = t.order_id"
        names = [n for n in own_columns(table) if LOADED[table].column(n)]
    else:
        source, profile = table, "i.profile_id"
        join = "JOIN identities__ AS i ON i.id_type = 'person_id' AND i.id_value = t.person_id"
        names = [n for n in own_columns(table) if n != "person_id"] + ["person_id"]
    chosen = [f"t.{n}" for n in names]
    if table == "order_lines":
        with_products = "products" in tables
        join += " LEFT JOIN products__ AS p ON p.product_id = t.product_id" if with_products else ""
        chosen += [f"p.{n}" if with_products else f"CAST(NULL AS VARCHAR) AS {n}" for n in _PRODUCT_COLUMNS]
    nodes: dict[str, Relation | exp.Expr] = {"source": tables[source], "until": moment.until}
    nodes |= {n: tables[n] for n in ("identities", "products") if f"{n}__" in join}
    return select(
        f"SELECT {profile}, {', '.join(chosen)} FROM source__ AS t {join} WHERE t.{instant} < :until",  # noqa: S608
        **nodes,
    )


def by_profile(table: str, traits: Sequence[OwnTrait], rows: Query, moment: Moment) -> Query:
    """Aggregate all own traits of one table: one row per profile with rows, a column per trait."""
    columns = own_columns(table)
    instant = column(INSTANTS[table])
    made: list[exp.Expr] = []
    for trait in traits:
        recipe = trait.recipe
        window = None
        if recipe.window_days is not None:
            window = exp.GTE(this=instant.copy(), expression=moment.start(recipe.window_days))
        measured = Measured(
            instant=instant,
            value=column(recipe.column) if recipe.column else None,
            type=columns[recipe.column] if recipe.column else None,
            where=both(recipe.where),
            window=window,
        )
        made.append(exp.alias_(aggregate(recipe.metric, measured, moment), trait.definition.id, quoted=True))
    tree = exp.select(column("profile_id"), *made).from_(rows.tree.copy().subquery("r")).group_by(column("profile_id"))
    return Query(cast(exp.Query, tree))


def expression(trait: OwnTrait) -> exp.Expr:
    """Return the trait's column of :func:`by_profile` (alias ``own_<table>``); 0 without rows when counted."""
    value = column(trait.definition.id, f"own_{trait.recipe.table}")
    if trait.recipe.metric in ZERO_WITHOUT_ROWS:
        return exp.func("COALESCE", value, literal(0))
    return value
