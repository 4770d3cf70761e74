"""Own variables: what people wrote, checked against the tables and traits there are, with its definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from sqlglot import exp

from qunxiang.errors import RuleError, SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Measure, Metric, TraitDefinition, TraitKind, Variable
from qunxiang.model.naming import is_plain_name
from qunxiang.sql.formulas import Formula, parse_formula
from qunxiang.sql.macros import ratio
from qunxiang.sql.metrics import NEEDS_COLUMN, NEEDS_NUMBER, NEEDS_TIME, ORDERED, TAKES_COLUMN, ZERO_WITHOUT_ROWS
from qunxiang.sql.query import column, literal
from qunxiang.sql.rule_reading import about_columns
from qunxiang.sql.rules import Rule, parse_rule
from qunxiang.tables import ColumnType, Contract
from qunxiang.traits import own_words as says
from qunxiang.traits.measuring import CheckedMeasure, type_read
from qunxiang.traits.readable import Readable, readable

_KINDS: dict[ColumnType, TraitKind] = {
    ColumnType.MONEY: "money",
    ColumnType.NUMBER: "number",
    ColumnType.INTEGER: "integer",
    ColumnType.DATE: "date",
    ColumnType.TEXT: "text",
    ColumnType.BOOLEAN: "boolean",
}
_NUMBERS = (ColumnType.MONEY, ColumnType.NUMBER, ColumnType.INTEGER)
_RESERVED = frozenset({"profile_id", "as_of", "new", "preview"})
_MOST_MONTHS = 60


@dataclass(frozen=True)
class OwnTrait:
    """A definition with what it is computed from: measures (two for a ratio), or an expression over traits."""

    definition: TraitDefinition
    variable: Variable
    measures: tuple[CheckedMeasure, ...] = ()
    formula: Formula | None = field(default=None, compare=False)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Traits that its expression uses."""
        return self.formula.traits if self.formula is not None else ()


def own_columns(table: str, contracts: Mapping[str, Contract] | None = None) -> dict[str, ColumnType]:
    """Return the columns of `table` that a metric or a condition may name, those joined onto it among them.

    An instant is read as its local day. Columns that identify a person are left out.

    Raises
    ------
    UnknownNameError
        When own traits cannot measure the table.
    """
    return {name: type_read(c) for name, c in readable(table, contracts).open_columns.items()}


def define_variable(
    variable: Variable,
    *,
    currency: Label | None = None,
    traits: Mapping[str, TraitDefinition] | None = None,
    contracts: Mapping[str, Contract] | None = None,
) -> OwnTrait:
    """Check a variable and give it its definition.

    Parameters
    ----------
    variable
        What people wrote.
    currency
        Name of the money unit.
    traits
        Traits that an expression may use, by id.
    contracts
        Contracts of tables to which the workspace added columns of its own, by name.

    Raises
    ------
    UnknownNameError
        When a table, column or trait does not exist.
    SettingError
        When a part does not fit: the id, the metric's column, its type, the window, what stands for missing values.
    RuleError
        When a condition or expression cannot be read, has the wrong type, or uses a personal column.
    """
    if not is_plain_name(variable.id) or variable.id in _RESERVED:
        raise SettingError("error.trait.id", id=variable.id[:80])
    money = currency or Label("货币单位", "currency units")
    if variable.measure is None:
        return _derived(variable, traits or {}, money)
    checked = tuple(check_measure(m, contracts) for m in variable.measures)
    kinds = [_kind(m) for m in checked]
    kind: TraitKind = kinds[0] if len(checked) == 1 else "number"
    if len(checked) == 2:
        for m, found in zip(checked, kinds, strict=True):
            if found not in ("number", "integer", "money", "share"):
                raise SettingError("error.trait.ratio_kind", metric=m.measure.metric.value)
    _check_missing(variable, kind)
    read = [m.readable.columns[c] for m in checked for c in m.columns]
    definition = TraitDefinition(
        id=variable.id,
        label=variable.label,
        family=variable.family,
        kind=kind,
        unit=variable.unit or says.unit(variable, kind, money),
        definition=variable.definition or says.sentence(checked),
        source=tuple(dict.fromkeys(s for m in checked for s in _sources(m))),
        when_missing=says.when_missing(variable, _fill(variable)),
        window_days=checked[0].measure.window.days if checked[0].measure.window and len(checked) == 1 else None,
        sensitive=any(c.sensitive for c in read),
    )
    return OwnTrait(definition, variable, checked)


def check_measure(measure: Measure, contracts: Mapping[str, Contract] | None = None) -> CheckedMeasure:
    """Check one measure against its table."""
    table = readable(measure.table, contracts)
    _check_column(measure, table)
    _check_time(measure, table)
    if measure.metric is Metric.QUANTILE and measure.quantile is None:
        raise SettingError("error.trait.needs_quantile", metric=measure.metric.value)
    if measure.metric is Metric.SHARE and not measure.where:
        raise SettingError("error.trait.needs_where", metric=measure.metric.value)
    rule = _condition(measure, table)
    for name in rule.traits if rule is not None else ():
        if table.columns[name].personal:
            start = max(0, measure.where.casefold().find(name.casefold()))
            raise RuleError(
                "error.trait.personal", start=start, end=start + len(name) - 1, column=name, table=measure.table
            )
    return CheckedMeasure(measure, table, rule)


def _condition(measure: Measure, table: Readable) -> Rule | None:
    if not measure.where:
        return None
    try:
        return parse_rule(measure.where, kinds_of(table))
    except RuleError as error:
        raise about_columns(error, measure.table, tuple(table.open_columns)) from error


def kinds_of(table: Readable) -> dict[str, TraitKind]:
    """Return the kind of every column of a table as conditions read it."""
    return {name: _KINDS[type_read(c)] for name, c in table.columns.items()}


def _check_column(measure: Measure, table: Readable) -> None:
    metric, name = measure.metric, measure.column
    known = list(table.open_columns)
    if name is None:
        if metric in NEEDS_COLUMN:
            raise SettingError("error.trait.needs_column", metric=metric.value, known=known)
        return
    found = table.columns.get(name)
    if found is None:
        raise UnknownNameError("error.trait.unknown_column", column=name[:80], table=measure.table, known=known)
    if found.personal:
        raise SettingError("error.trait.personal", column=name, table=measure.table)
    if metric not in TAKES_COLUMN:
        raise SettingError("error.trait.no_column", metric=metric.value, column=name)
    type_ = type_read(found)
    allowed = _NUMBERS if metric in NEEDS_NUMBER else (*_NUMBERS, ColumnType.DATE) if metric in ORDERED else None
    if allowed is not None and type_ not in allowed:
        raise SettingError("error.trait.column_type", column=name, type=type_.value, metric=metric.value)


def _check_time(measure: Measure, table: Readable) -> None:
    window, metric = measure.window, measure.metric
    if table.instant is None and (window is not None or metric in NEEDS_TIME):
        raise SettingError("error.trait.undated", table=measure.table)
    if metric is not Metric.TREND:
        return
    if measure.trend is None:
        raise SettingError("error.trait.needs_trend", known=["slope", "halves"])
    if measure.trend == "slope":
        months = window.months if window is not None else None
        if months is None or not 2 <= months <= _MOST_MONTHS:
            raise SettingError("error.trait.slope_window", most=_MOST_MONTHS)
    elif window is None or (window.last == 1 and window.unit == "days") or window.from_days == window.to_days:
        raise SettingError("error.trait.halves_window")


def _kind(checked: CheckedMeasure) -> TraitKind:
    measure = checked.measure
    found = checked.readable.columns[measure.column] if measure.column else None
    kind = _KINDS[type_read(found)] if found is not None else "integer"
    match measure.metric:
        case Metric.SHARE:
            return "share"
        case Metric.COUNT | Metric.DISTINCT | Metric.DAYS_SINCE_FIRST | Metric.DAYS_SINCE_LAST:
            return "integer"
        case Metric.TREND:
            return "money" if measure.trend == "slope" and kind == "money" else "number"
        case Metric.MEAN | Metric.MEDIAN | Metric.QUANTILE:
            return "money" if kind == "money" else "number"
        case _:
            return kind


def _sources(checked: CheckedMeasure) -> tuple[str, ...]:
    used = (checked.readable.columns[c].table for c in checked.columns)
    return (checked.measure.table, *used)


def _check_missing(variable: Variable, kind: TraitKind) -> None:
    value = variable.missing_value
    if variable.missing in ("zero", "value") and kind not in ("number", "integer", "money", "share"):
        raise SettingError("error.trait.missing_kind", missing=variable.missing)
    if value is not None and kind == "integer" and value != int(value):
        raise SettingError("error.trait.missing_whole", value=value)


def _fill(variable: Variable) -> float | None:
    """Return what stands for a missing value of a profile that was known by then; None leaves it unknown."""
    match variable.missing:
        case "natural":
            plain = variable.measure if variable.over is None else None
            return 0 if plain is not None and counts_nothing_as_zero(plain) else None
        case "zero":
            return 0
        case "value":
            return variable.missing_value
        case _:
            return None


def counts_nothing_as_zero(measure: Measure) -> bool:
    """Say whether a measure of no rows is 0."""
    return measure.metric in ZERO_WITHOUT_ROWS or measure.trend == "slope"


def expression(trait: OwnTrait, values: Mapping[Measure, tuple[str, str]], as_of: date) -> exp.Expr:
    """Return the trait's value over the joined plans of its tables (see ``plan_table``) and ``pr``, the profiles."""
    columns = [column(name, alias) for alias, name in (values[m.measure] for m in trait.measures)]
    if len(columns) == 1:
        value = _unfilled(trait.measures[0].measure, columns[0])
    else:
        above, below = (_filled(m.measure, c, as_of) for m, c in zip(trait.measures, columns, strict=True))
        value = ratio(above, below)
    fill = _fill(trait.variable)
    if fill is None:
        return value
    return _standing_in(value, fill, [m.measure for m in trait.measures], as_of)


def _unfilled(measure: Measure, value: exp.Expr) -> exp.Expr:
    if measure.metric in (Metric.COUNT, Metric.DISTINCT):
        return exp.Nullif(this=value, expression=literal(0))
    return value


def _filled(measure: Measure, value: exp.Expr, as_of: date) -> exp.Expr:
    value = _unfilled(measure, value)
    return _standing_in(value, 0, [measure], as_of) if counts_nothing_as_zero(measure) else value


def _standing_in(value: exp.Expr, fill: float, measures: Sequence[Measure], as_of: date) -> exp.Expr:
    """Put `fill` in the place of an unknown value of a profile that was known when the window ended."""
    whole = literal(int(fill) if fill == int(fill) else fill)
    known = exp.Coalesce(this=value.copy(), expressions=[whole])
    end = max(m.window.last_day(as_of) if m.window is not None else as_of for m in measures)
    if end >= as_of:  # every profile of the snapshot was known by then
        return known
    seen = exp.LTE(this=column("first_seen", "pr"), expression=literal(end))
    return exp.Case().when(seen, known).else_(value.copy())


def _derived(variable: Variable, traits: Mapping[str, TraitDefinition], money: Label) -> OwnTrait:
    types = {id_: t.kind for id_, t in traits.items() if id_ != variable.id}
    text = variable.expression if variable.expression is not None else _bands_text(variable, types)
    formula = parse_formula(text or "", types)
    kind = _kind_of(formula)
    if variable.bands is None:
        formula = Formula(formula.text, formula.type, formula.traits, formula.tree, formula.types)
    _check_missing(variable, kind)
    used = [traits[t] for t in formula.traits]
    definition = TraitDefinition(
        id=variable.id,
        label=variable.label,
        family=variable.family,
        kind=kind,
        unit=variable.unit or says.derived_unit(kind, used, money),
        definition=variable.definition or says.derived_sentence(variable, formula.text, used),
        source=tuple(dict.fromkeys(s for t in used for s in t.source)),
        when_missing=says.when_missing(variable, _fill(variable)),
        levels=band_labels(variable) if variable.bands is not None else (),
        sensitive=any(t.sensitive for t in used),
    )
    return OwnTrait(definition, variable, (), formula)


def _kind_of(formula: Formula) -> TraitKind:
    if formula.type != "number":
        return formula.type
    kinds = set(formula.types.values())
    scaled = formula.tree.find(exp.Mul, exp.Div) is not None
    numbers = any(not n.is_string for n in formula.tree.find_all(exp.Literal))
    if len(kinds) == 1 and not scaled and not numbers and (one := kinds.pop()) in ("money", "integer"):
        return one
    return "number"


def derived_expression(trait: OwnTrait, table: str) -> exp.Expr:
    """Return the value of an expression over the traits of `table`, an alias."""
    assert trait.formula is not None
    value = trait.formula.node(table)
    fill = _fill(trait.variable)
    if fill is None:
        return value
    return exp.Coalesce(this=value, expressions=[literal(int(fill) if fill == int(fill) else fill)])


def band_labels(variable: Variable) -> tuple[str, ...]:
    """Return the levels of bands, lowest first."""
    bands = variable.bands
    assert bands is not None
    if bands.labels:
        return bands.labels
    cuts = [says.number(c) for c in bands.cuts]
    inner = [f"{a} – < {b}" for a, b in pairwise(cuts)]
    return (f"< {cuts[0]}", *inner, f"≥ {cuts[-1]}")


def _bands_text(variable: Variable, types: Mapping[str, TraitKind]) -> str:
    bands = variable.bands
    assert bands is not None
    if bands.trait not in types:
        raise UnknownNameError("error.trait.unknown", trait=bands.trait[:80], known=list(types))
    name = says.name_of(bands.trait)
    quoted = ["'" + label.replace("'", "''") + "'" for label in band_labels(variable)]
    cuts = [says.number(c) for c in bands.cuts]
    lower = [f"when {name} < {cut} then {label}" for cut, label in zip(cuts, quoted, strict=False)]
    return f"case {' '.join(lower)} when {name} >= {cuts[-1]} then {quoted[-1]} end"


def in_order(variables: Mapping[str, Variable], uses: Callable[[Variable], Sequence[str]]) -> list[str]:
    """Return the ids of variables so that each comes after those it uses.

    Raises
    ------
    SettingError
        When variables use each other in a circle; names the circle.
    """
    done: dict[str, None] = {}
    for start in variables:
        _visit(start, variables, uses, [], done)
    return list(done)


def _visit(
    id: str, variables: Mapping[str, Variable], uses: Callable[[Variable], Sequence[str]], path: list[str], done: Any
) -> None:
    if id in done or id not in variables:
        return
    if id in path:
        circle = [*path[path.index(id) :], id]
        raise SettingError("error.trait.circle", circle=" → ".join(circle))
    for used in uses(variables[id]):
        _visit(used, variables, uses, [*path, id], done)
    done[id] = None
