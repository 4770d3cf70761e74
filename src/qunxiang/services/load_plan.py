"""How a load reads values: what people said, what whole columns prove, and the exchange rates in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from qunxiang.intake import Plan, Rate, Recognition, Staged, answers, evidence, open_columns
from qunxiang.intake.report import Note
from qunxiang.model import ExchangeRates, ReadingOptions
from qunxiang.ports.engine import Session
from qunxiang.services.house import House
from qunxiang.tables import Contract

RATES = "rates"
"""Kind and id of the document that holds a workspace's exchange rates."""


def plan_of(
    house: House,
    session: Session,
    staged: Staged,
    contract: Contract,
    recognition: Recognition,
    options: ReadingOptions,
    date_system: int | None,
) -> Plan:
    """Return how a load reads values.

    Raises
    ------
    QuestionError
        When a column of dates or amounts can be read in two ways and nobody said which.
    """
    columns = open_columns(staged, contract, recognition)
    query = evidence(staged, columns)
    found: Mapping[str, object] = {} if query is None else session.fetch(query).to_pylist()[0]
    orders, commas = answers(columns, found, options, contract.name)
    return replace(first_plan(house, options, date_system), orders=orders, commas=commas)


def first_plan(house: House, options: ReadingOptions, date_system: int | None) -> Plan:
    """Return how a load reads values where no column leaves anything open."""
    settings = house.settings
    return Plan(
        settings.time_zone,
        settings.currency,
        options,
        rates=rates_of(house),
        date_system=date_system,
        year=house.clock.now().year,
    )


def proven(plan: Plan, recognition: Recognition) -> ReadingOptions:
    """Return what whole columns decided of how their values are read, besides what people said."""

    def names(target: str) -> tuple[str, str]:
        return target, recognition.mapping[target]

    return ReadingOptions(
        dates={t: order for t, order in plan.orders.items() if plan.options.date_order(*names(t)) is None},
        decimal_comma=tuple(sorted(t for t in plan.commas if not plan.options.comma(*names(t)))),
    )


def rates_of(house: House) -> tuple[Rate, ...]:
    """Return the workspace's exchange rates."""
    found = house.state.definition(RATES, RATES)
    if found is None or found.archived:
        return ()
    return tuple(Rate(r.currency, r.since, r.rate) for r in ExchangeRates.model_validate(found.body).rates)


def repair_notes(groups: list[dict[str, object]], recognition: Recognition, plan: Plan) -> tuple[Note, ...]:
    """Return a sentence for every kind of repair in every column, with its rows."""
    counts: dict[tuple[str, str], int] = {}
    for group in groups:
        for repair in str(group["repairs"]).split(","):
            name, _, column = repair.partition(":")
            counts[name, column] = counts.get((name, column), 0) + int(str(group["rows"]))
    notes = []
    for (name, column), rows in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        code = f"load.repair.{name}"
        if name == "order":
            code += f".{plan.orders.get(column, 'self')}"
        notes.append(Note(code=code, params={"column": recognition.mapping.get(column, column), "rows": rows}))
    return tuple(notes)
