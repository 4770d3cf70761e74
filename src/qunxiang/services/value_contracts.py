"""Customers under contract: how many renew, and what renewals still to come are worth."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from qunxiang.errors import SettingError
from qunxiang.model import Actor
from qunxiang.model.value_basis import Contracts, Renewal
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.house import House
from qunxiang.valuation import ShiftedBetaGeo

MOST_PERIODS = 120
_NAMES = ("alpha", "beta")


@use_case("value.contracts", roles=EVERYONE)
def contracts(
    house: House,
    actor: Actor,
    *,
    survivors: Sequence[Sequence[float]],
    ahead: int = 12,
    held_out: int = 0,
    discount_rate: float = 0.1,
    margin: Decimal | None = None,
) -> Contracts:
    """Fit renewals of contracts to cohorts of customers, and foretell those to come.

    Parameters
    ----------
    survivors
        One list per cohort: customers at the start and after each renewal.
    ahead
        Renewals to foretell after the longest cohort.
    held_out
        Renewals at the end of every cohort that are foretold from the rest, so that the forecast can be judged.
    discount_rate
        Interest per period between renewals, above 0: without it the renewals to come have no finite sum.
    margin
        Money that a renewal leaves; None leaves the value unknown.

    Raises
    ------
    SettingError
        When a cohort grows, is too short, nobody left, or a setting is not allowed.
    """
    cohorts = [list(map(float, cohort)) for cohort in survivors]
    if not cohorts or not 1 <= ahead <= MOST_PERIODS or any(len(c) > MOST_PERIODS for c in cohorts):
        raise SettingError("error.value.cohorts", most=MOST_PERIODS)
    if held_out < 0 or any(len(c) - held_out < 2 for c in cohorts):
        raise SettingError("error.value.held_out", value=held_out)
    model = ShiftedBetaGeo().fit(cohorts)
    judged = ShiftedBetaGeo().fit([c[: len(c) - held_out] for c in cohorts]) if held_out else None
    longest = max(len(c) for c in cohorts) - 1
    periods = np.arange(1, longest + ahead + 1)
    survival, retention = model.survival(periods), model.retention(periods)
    renewals = model.expected_renewals(age=0, discount_rate=discount_rate)
    path = []
    for period in periods.tolist():
        actual = expected = None
        foretold = [c for c in cohorts if len(c) - held_out <= period < len(c)] if judged is not None else []
        if judged is not None and foretold:
            actual = sum(c[period] for c in foretold)
            last = [len(c) - held_out - 1 for c in foretold]
            shares = judged.survival(period) / judged.survival(np.array(last))
            expected = float(np.array([c[at] for c, at in zip(foretold, last, strict=True)]) @ shares)
        path.append(
            Renewal(
                period=period,
                actual=actual,
                expected=expected,
                survival=float(survival[period - 1]),
                retention=float(retention[period - 1]),
            )
        )
    return Contracts(
        customers=int(sum(c[0] for c in cohorts)),
        params=model.params_,
        intervals={name: model.interval(name) for name in _NAMES},
        log_likelihood=model.log_likelihood_,
        held_out=held_out,
        path=tuple(path),
        discount_rate=discount_rate,
        renewals=renewals,
        margin=margin,
        value=None if margin is None else Decimal(f"{renewals * float(margin):.2f}"),
        currency=house.settings.currency,
    )
