"""Frozen preparation of traits as expressions."""

from __future__ import annotations

import math
from decimal import Decimal

from sqlglot import exp

from qunxiang.model import CentreModel, NumberColumns


def prepared(value: exp.Expr, model: CentreModel | NumberColumns, j: int) -> exp.Expr:
    """Return trait `j` of a model in prepared units, from its value."""
    x: exp.Expr = exp.cast(value, "DOUBLE")
    if model.log1p[j]:
        shifted = exp.paren(exp.Add(this=double(1.0), expression=x))
        # the logarithm of zero is -inf on one engine and unknown on another
        positive = exp.GT(this=shifted.copy(), expression=double(0.0))
        x = exp.Case().when(positive, exp.Ln(this=shifted))
    # LEAST and GREATEST pass over unknown values, so the limits are written as cases
    limits: list[tuple[type[exp.Binary], float]] = [(exp.LT, model.low[j]), (exp.GT, model.high[j])]
    for beyond, limit in limits:
        if math.isfinite(limit):
            outside = beyond(this=exp.paren(x.copy()), expression=double(limit))
            x = exp.Case().when(outside, double(limit)).else_(x)
    centred = exp.paren(exp.Sub(this=exp.paren(x), expression=double(model.mean[j])))
    return exp.Div(this=centred, expression=double(model.scale[j]))


def double(value: float) -> exp.Expr:
    """Return a float as an exponent literal, which every engine reads as DOUBLE with all its digits."""
    number = exp.Literal.number(f"{Decimal(repr(abs(float(value)))):E}".replace("E+", "E"))
    return exp.paren(exp.Neg(this=number)) if value < 0 else number
