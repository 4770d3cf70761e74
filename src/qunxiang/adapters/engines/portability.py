"""Forms of SQL that two engines run without complaint and answer differently, found in the tree.

Compiling does not find them: sqlglot translates all of them. What cannot be told from the tree (a column's type) is
judged strictly where the safe form costs nothing, such as casting to DATE before taking a difference.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from qunxiang.sql import Query

_T = exp.DType
_INTEGERS = {_T.INT, _T.BIGINT, _T.SMALLINT, _T.TINYINT}
_FLOATS = {_T.DOUBLE, _T.FLOAT}
_TEXTS = {_T.VARCHAR, _T.TEXT, _T.CHAR}
_STORED = _INTEGERS | _FLOATS | _TEXTS | {_T.BOOLEAN, _T.DATE, _T.TIMESTAMPTZ, _T.DECIMAL}
_WHOLE = (exp.Floor, exp.Ceil, exp.Count, exp.Length, exp.Extract, exp.Year, exp.Month, exp.Day, exp.RowNumber)
_FRACTIONS = (exp.Div, exp.Avg, exp.Median, exp.Quantile, exp.Sqrt, exp.Ln, exp.Exp, exp.Pow, exp.Round, exp.Stddev)
_DOUBLES = (exp.Sqrt, exp.Ln, exp.Exp, exp.Pow, exp.Median, exp.Quantile, exp.Stddev, exp.StddevSamp, exp.Corr)
_TIED = (exp.RowNumber, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
_FULL_WIDTH_SPACE = "\u3000"

Rule = Callable[[exp.Expr], str | None]


def portability_faults(query: Query) -> list[str]:
    """Say which parts of a query would answer differently in another engine.

    Parameters
    ----------
    query
        A query in DuckDB's dialect.

    Returns
    -------
    list of str
        One sentence per fault, for developers, each with the offending SQL; empty when none is known.
    """
    faults = []
    for node in query.tree.walk():
        for kind, rule in _RULES:
            if isinstance(node, kind) and (fault := rule(node)):
                faults.append(f"{fault}: {node.sql('duckdb')}")
    return faults


def compiles_for_spark(query: Query) -> str:
    """Return the query in Spark's dialect.

    Raises
    ------
    sqlglot.errors.UnsupportedError
        When Spark has no form for a part of it.
    """
    return query.sql("spark")


def _bare(node: exp.Expr | None) -> exp.Expr | None:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _above(node: exp.Expr) -> exp.Expr | None:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent


def _cast_to(node: exp.Expr | None, types: set[exp.DType]) -> bool:
    node = _bare(node)
    return isinstance(node, exp.Cast | exp.TryCast) and node.to.this in types


def _number(node: exp.Expr | None) -> float | None:
    node = _bare(node)
    if isinstance(node, exp.Neg):
        inner = _number(node.this)
        return None if inner is None else -inner
    return float(node.name) if isinstance(node, exp.Literal) and not node.is_string else None


def _guarded(node: exp.Expr) -> bool:
    return node.find_ancestor(exp.Case, exp.If) is not None


def _always(fault: str) -> Rule:
    return lambda _node: fault


def _unless(safe: Callable[[exp.Expr], bool], fault: str) -> Rule:
    return lambda node: None if safe(node) else fault


def _date_diff(node: exp.Expr) -> str | None:
    if str(node.args.get("unit") or "DAY").upper() != "DAY":
        return "differences of dates are portable in days alone; months are year * 12 + month"
    if all(_cast_to(node.args.get(part), {_T.DATE}) for part in ("this", "expression")):
        return None
    return "dates before differences: one engine counts elapsed days, the other calendar days; cast both to DATE"


def _date_arithmetic(node: exp.Expr) -> str | None:
    left, right = _bare(node.args.get("this")), _bare(node.args.get("expression"))
    if isinstance(node, exp.Sub) and _cast_to(left, {_T.DATE}) and _cast_to(right, {_T.DATE}):
        return "date - date is an integer in one engine and an interval in the other; use date_diff in days"
    moves = (
        isinstance(node, exp.DateAdd | exp.DateSub) or isinstance(right, exp.Interval) or isinstance(left, exp.Interval)
    )
    return _must_cast_date(node) if moves else None


def _must_cast_date(node: exp.Expr) -> str | None:
    if _cast_to(_above(node), {_T.DATE, _T.TIMESTAMPTZ}):
        return None
    return "the result is a DATE in one engine and a TIMESTAMP in the other; cast it"


def _safe_divisor(node: exp.Expr) -> bool:
    divisor = _bare(node.args.get("expression"))
    if isinstance(divisor, exp.Cast):
        divisor = _bare(divisor.this)
    return (
        isinstance(divisor, exp.Nullif)
        or _number(divisor) not in (None, 0.0)
        or (divisor is not None and _guarded(node))
    )


def _division(node: exp.Expr) -> str | None:
    if not _safe_divisor(node):
        return "division by zero is inf in one engine and an error in the other; nullif(divisor, 0)"
    if isinstance(node, exp.Div):
        sides = (_bare(node.this), _bare(node.expression))
        if not any(_is_double(side) for side in sides):
            return "decimal division keeps 6 digits in one engine; cast to DOUBLE first"
    return None


def _is_double(node: exp.Expr | None) -> bool:
    node = _bare(node)
    if isinstance(node, exp.Nullif | exp.Coalesce | exp.Abs | exp.Neg):
        return _is_double(node.this)
    if isinstance(node, exp.Mul | exp.Add | exp.Sub | exp.Div):
        return _is_double(node.this) or _is_double(node.expression)
    if isinstance(node, exp.Case):
        return _is_double(node.args.get("default")) or any(
            _is_double(branch.args["true"]) for branch in node.args["ifs"]
        )
    if isinstance(node, exp.Sum | exp.Avg | exp.Min | exp.Max | exp.Filter | exp.Window):
        return _is_double(node.this)
    return isinstance(node, _DOUBLES) or _cast_to(node, _FLOATS)


def _fraction(node: exp.Expr | None) -> bool:
    """Whether the tree says that a number may have a fraction."""
    node = _bare(node)
    if isinstance(node, exp.Literal) and not node.is_string:
        return "." in node.name or "e" in node.name.lower()
    if isinstance(node, exp.Round):
        return node.args.get("decimals") is not None
    if isinstance(node, exp.Mul | exp.Add | exp.Sub | exp.Neg | exp.Abs | exp.Sum | exp.Coalesce):
        return any(_fraction(part) for part in (node.args.get("this"), node.args.get("expression")))
    return isinstance(node, _FRACTIONS) or _cast_to(node, _FLOATS | {_T.DECIMAL})


def _cast(node: exp.Expr) -> str | None:
    to, inner = node.args["to"].this, _bare(node.this)
    if to not in _STORED:
        return f"{to.value} is not a type every engine stores alike"
    if to in _INTEGERS and isinstance(node, exp.TryCast) and not isinstance(inner, _WHOLE):
        return "try_cast to integer rounds in one engine and gives NULL in the other; to DOUBLE, then floor"
    if to in _INTEGERS and _fraction(inner):
        return "one engine rounds and the other cuts off; floor() first"
    if to in _TEXTS and (_is_double(inner) or (_number(inner) is not None and _fraction(inner))):
        return "floats print differently; cast to DECIMAL first"
    if to in {_T.DATE, _T.TIMESTAMPTZ} and isinstance(node, exp.TryCast) and not _guarded(node):
        return "engines accept different date texts; check with a regular expression in a CASE"
    if inner is not None and inner.find(exp.Explode, exp.Unnest) and not isinstance(inner, exp.Query | exp.Subquery):
        return "a series stands alone in a subquery; cast outside"
    return None


def _array_agg(node: exp.Expr) -> str | None:
    if node.find(exp.Order) is not None:
        return "the order inside array_agg is dropped by one engine; sort structs afterwards"
    if isinstance(_above(node), exp.Filter):
        return None
    return "array_agg keeps NULL in one engine alone; filter (where x is not null)"


def _length(node: exp.Expr) -> str | None:
    inner = _bare(node.this)
    lists = (exp.ArrayAgg, exp.Array, exp.Split, exp.ArraySort, exp.Transform, exp.GenerateSeries)
    return "len(list) is an error elsewhere; use array_length" if isinstance(inner, lists) else None


def _pattern(node: exp.Expr) -> str | None:
    pattern = node.args.get("expression")
    return "\\p{…} fails elsewhere; write the range of characters" if pattern and "\\p{" in pattern.name else None


def _like(node: exp.Expr) -> str | None:
    if "\\" in node.args["expression"].name and not isinstance(node.parent, exp.Escape):
        return "a backslash in LIKE needs ESCAPE"
    return None


def _regexp_replace(node: exp.Expr) -> str | None:
    modifiers = node.args.get("modifiers")
    if modifiers is None or "g" not in modifiers.name:
        return "without 'g' one engine replaces the first match and the other all"
    return _pattern(node)


def _substring(node: exp.Expr) -> str | None:
    start = _number(node.args.get("start"))
    return "start counts from 1" if start is not None and start < 1 else None


def _trim(node: exp.Expr) -> bool:
    inner = _bare(node.this)
    replaced = isinstance(inner, exp.Replace) and inner.args["expression"].name == _FULL_WIDTH_SPACE
    return replaced or node.args.get("expression") is not None


def _extract(node: exp.Expr) -> str | None:
    if node.name.upper() in {"DOW", "ISODOW", "DAYOFWEEK", "WEEKDAY"}:
        return "weekdays are numbered differently; days since a Monday % 7 + 1"
    return None


def _window(node: exp.Expr) -> str | None:
    ranked = node.this.this if isinstance(node.this, exp.IgnoreNulls | exp.RespectNulls) else node.this
    if not isinstance(ranked, _TIED):
        return None
    order = node.args.get("order")
    keys = order.expressions if order else []
    last = _bare(keys[-1].this) if keys else None
    is_id = isinstance(last, exp.Column) and (last.name.lower() == "id" or last.name.lower().endswith("_id"))
    return None if len(keys) > 1 or is_id else "ties fall differently; end ORDER BY with a key"


def _limit(node: exp.Expr) -> str | None:
    select = node.parent
    if select is None or select.args.get("order") is not None or _number(node.args.get("expression")) == 0:
        return None
    alone = isinstance(select, exp.Select) and select.args.get("group") is None
    if alone and select.expressions and all(e.unalias().find(exp.AggFunc) for e in select.expressions):
        return None
    return "LIMIT without ORDER BY returns any rows"


def _bracket(node: exp.Expr) -> bool:
    return isinstance(_bare(node.this), exp.Map) or _guarded(node)


_WEEKDAY = _always("weekdays are numbered differently; days since a Monday % 7 + 1")
_INEXACT = _always("approximations differ between engines")
_CLOCK = _always("no clock and no chance in a query; as_of and salt are arguments")
_ARG_MAX = _unless(
    lambda n: isinstance(_above(n), exp.Filter), "NULL values count in one engine; filter (where value is not null)"
)

_RULES: tuple[tuple[type[exp.Expr] | tuple[type[exp.Expr], ...], Rule], ...] = (
    (exp.DateDiff, _date_diff),
    ((exp.Add, exp.Sub, exp.DateAdd, exp.DateSub), _date_arithmetic),
    ((exp.TimestampTrunc, exp.DateTrunc), _must_cast_date),
    (exp.Extract, _extract),
    ((exp.DayOfWeek, exp.DayOfWeekIso), _WEEKDAY),
    ((exp.Div, exp.IntDiv, exp.Mod), _division),
    (
        exp.Avg,
        _unless(
            lambda n: _is_double(n.this), "the average of decimals keeps 6 digits in one engine; cast to DOUBLE first"
        ),
    ),
    (
        (exp.PercentileCont, exp.PercentileDisc, exp.WithinGroup),
        _always("compiled to an approximate quantile without a word; build exp.Quantile"),
    ),
    (exp.Quantile, _unless(lambda n: _is_double(n.this), "quantiles of decimals differ in type; cast to DOUBLE first")),
    ((exp.ApproxQuantile, exp.ApproxDistinct), _INEXACT),
    (exp.ArrayAgg, _array_agg),
    (exp.Length, _length),
    (
        exp.ArrayContains,
        _unless(lambda n: isinstance(_above(n), exp.Coalesce), "NULL inside the list; coalesce(…, false)"),
    ),
    (exp.Bracket, _unless(_bracket, "an index out of range is an error elsewhere; check the size in a CASE")),
    (exp.ToMap, _always("a MAP literal is bad SQL elsewhere; map(list, list)")),
    (exp.RegexpLike, _pattern),
    (exp.RegexpExtract, _pattern),
    (exp.RegexpReplace, _regexp_replace),
    ((exp.Like, exp.ILike), _like),
    (exp.Substring, _substring),
    (exp.Trim, _unless(_trim, "the full-width space is trimmed by one engine alone; trim(replace(x, '　', ' '))")),
    (exp.Ln, _unless(lambda n: _guarded(n) or isinstance(_bare(n.this), exp.Nullif), "ln(0) differs; guard with CASE")),
    (
        exp.Log,
        _unless(lambda n: n.args.get("expression") is not None, "log(x) has base 10 in one engine and e in the other"),
    ),
    ((exp.ArgMax, exp.ArgMin), _ARG_MAX),
    ((exp.First, exp.Last), _always("first and last lose their order elsewhere; arg_min with a filter")),
    ((exp.AnyValue, exp.Mode), _always("any of several values may come back; min or arg_max with a tie-break")),
    ((exp.Skewness, exp.Kurtosis), _always("one engine has the sample's and the other the population's; write it out")),
    ((exp.Cast, exp.TryCast), _cast),
    (
        exp.GroupConcat,
        _unless(
            lambda n: isinstance(n.this, exp.Order),
            "the order of joined text is not said; string_agg(x, ',' order by id)",
        ),
    ),
    (exp.Window, _window),
    (exp.Limit, _limit),
    ((exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.Rand, exp.Uuid), _CLOCK),
    (exp.TableSample, _CLOCK),
    ((exp.UnixToTime, exp.DateBin), _always("bad SQL elsewhere; write it out")),
    (
        exp.SetOperation,
        lambda n: "UNION BY NAME is bad SQL elsewhere; name the columns" if n.args.get("by_name") else None,
    ),
    (
        exp.Join,
        lambda n: (
            "ASOF is bad SQL elsewhere; row_number" if str(n.args.get("method") or "").upper() == "ASOF" else None
        ),
    ),
    (exp.Anonymous, _always("a function sqlglot does not know goes to every engine as it stands")),
)
