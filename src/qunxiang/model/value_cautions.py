"""What a fitted lifetime value rests on weakly: rules that find it, and the sentences that say it with its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from qunxiang.i18n import Message
from qunxiang.model.value import PARAMETERS, Cohort, CustomerValue

WIDE: Final = 10.0
"""A parameter is hardly identified when the upper end of its 95 % interval is over this many times the lower."""
CUT_SHARE: Final = 0.2
"""Histories look cut at the left when at least this share of the customers first bought in the first month, ..."""
CUT_TIMES: Final = 2.0
"""... and more than this many times as many as in the month after."""

LEAVING: Final = "value.caution.leaving"
NEVER_BACK: Final = "value.caution.never_back"
CUT_LEFT: Final = "value.caution.cut_left"


def hardly_identified(model: str, intervals: Mapping[str, tuple[float, float] | None]) -> bool:
    """Tell whether a 95 % interval of a parameter of leaving (the last two of the model) is wider than :data:`WIDE`.

    False where there are no intervals: that is a caution of its own.
    """
    ends = [intervals.get(name) for name in PARAMETERS[model][2:]]
    return all(e is not None for e in ends) and any(e is not None and e[1] > WIDE * e[0] for e in ends)


def counts_all_alive(model: str, customers: int, repeaters: int) -> bool:
    """Tell whether customers who never came back all count as still buying: BG/NBD gives them the probability 1."""
    return model == "bg_nbd" and customers > repeaters


def cut_at_the_left(cohorts: Sequence[Cohort]) -> bool:
    """Tell whether first purchases pile up in the month in which the data begin (:data:`CUT_SHARE`, `CUT_TIMES`)."""
    if not cohorts:
        return False
    first = cohorts[0].customers
    return first >= CUT_SHARE * sum(c.customers for c in cohorts) and first > CUT_TIMES * _in_month_after(cohorts)


def said(value: CustomerValue) -> tuple[Message, ...]:
    """Return the cautions of a fit as sentences with their figures."""
    return tuple(_said(code, value) for code in value.evidence.cautions)


def _said(code: str, value: CustomerValue) -> Message:
    evidence = value.evidence
    if code == LEAVING:
        figures: dict[str, object] = {"factor": WIDE}
        for place, name in zip(("first", "second"), PARAMETERS[value.model][2:], strict=True):
            low, high = value.repeats.intervals[name] or (None, None)
            figures |= {place: name, f"{place}_low": low, f"{place}_high": high}
        return Message(code, figures)
    if code == NEVER_BACK:
        alive = next(g.alive for g in evidence.worth if not g.scheme)
        return Message(code, {"n": evidence.customers - evidence.repeaters, "alive": alive})
    if code == CUT_LEFT:
        first = evidence.cohorts[0]
        total = sum(c.customers for c in evidence.cohorts)
        return Message(
            code,
            {
                "n": first.customers,
                "share": first.customers / total,
                "month": f"{first.cohort:%Y-%m}",
                "next": _in_month_after(evidence.cohorts),
            },
        )
    return Message(code)


def _in_month_after(cohorts: Sequence[Cohort]) -> int:
    month = cohorts[0].cohort
    after = (month.year + month.month // 12, month.month % 12 + 1)
    return next((c.customers for c in cohorts[1:] if (c.cohort.year, c.cohort.month) == after), 0)
