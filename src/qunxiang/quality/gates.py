"""Gates: how much of each fault is tolerated, by default and by a workspace's own definition."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, model_validator

from qunxiang.model import Frozen
from qunxiang.quality.findings import Finding, TableCheck


class Gate(Frozen):
    """A limit: the value of `measure` is at most `at_most`, in every table and column or in those it names."""

    measure: str = Field(min_length=1, max_length=60)
    at_most: float = Field(ge=0)
    table: str | None = None
    column: str | None = None

    def covers(self, finding: Finding) -> bool:
        """Say whether the gate judges a finding."""
        return (
            finding.measure == self.measure
            and self.table in (None, finding.table)
            and self.column in (None, finding.column)
        )

    @property
    def precision(self) -> int:
        """How much the gate names; the most precise one that covers a finding judges it."""
        return (self.table is not None) + (self.column is not None)


class Gates(Frozen):
    """The gates of a workspace: the body of the document ``gates/current``."""

    gates: tuple[Gate, ...]

    @model_validator(mode="after")
    def _once(self) -> Gates:
        named = [(g.measure, g.table, g.column) for g in self.gates]
        if len(set(named)) < len(named):
            raise ValueError("a gate is given twice")
        return self


class GateResult(Frozen):
    """A gate and the findings that are over it."""

    gate: Gate
    failed: tuple[Finding, ...]


DEFAULT_GATES = Gates(
    gates=(
        Gate(measure="age_days", at_most=45, table="orders"),
        Gate(measure="age_days", at_most=45, table="order_lines"),
        Gate(measure="age_days", at_most=45, table="events"),
        Gate(measure="unknown", at_most=0.5, table="products", column="category"),
        Gate(measure="unknown", at_most=0.5, table="opportunities", column="stage"),
        Gate(measure="rejected", at_most=0.05),
        Gate(measure="blanked", at_most=0.05),
        Gate(measure="phone", at_most=0.1),
        Gate(measure="email", at_most=0.05),
        Gate(measure="credit_code", at_most=0.05),
        Gate(measure="same_key", at_most=0),
        Gate(measure="same_content", at_most=0.05),
        Gate(measure="same_phone", at_most=0.1),
        Gate(measure="same_email", at_most=0.05),
        Gate(measure="same_name_birth", at_most=0.02),
        Gate(measure="without_orders", at_most=0.01),
        Gate(measure="without_products", at_most=0.05),
        Gate(measure="without_accounts", at_most=0.05),
        Gate(measure="without_persons", at_most=0.05),
        Gate(measure="without_survey_questions", at_most=0.05),
        Gate(measure="no_customer", at_most=0.2),
        Gate(measure="future", at_most=0.001),
        Gate(measure="ancient", at_most=0.001),
        Gate(measure="negative", at_most=0.1),
        Gate(measure="far", at_most=0.05),
        Gate(measure="psi", at_most=0.25),
    )
)
"""Limits that a workspace starts with: shares of rows, days since the newest fact, and the stability index above its
noise floor. They are a place to begin, not a norm: every company sets its own."""


def judge(tables: Iterable[TableCheck], gates: Gates) -> tuple[tuple[TableCheck, ...], tuple[GateResult, ...]]:
    """Mark every finding as failed (over its gate), good (its gate holds) or note (no gate), and list the gates."""
    over: dict[int, list[Finding]] = {i: [] for i in range(len(gates.gates))}
    judged = []
    for table in tables:
        marked = []
        for finding in table.findings:
            covering = [(i, g) for i, g in enumerate(gates.gates) if g.covers(finding)]
            if not covering:
                marked.append(finding.model_copy(update={"status": "note"}))
                continue
            place, gate = max(covering, key=lambda c: c[1].precision)
            failed = finding.value > gate.at_most
            marked.append(finding.model_copy(update={"status": "failed" if failed else "good"}))
            if failed:
                over[place].append(marked[-1])
        judged.append(table.model_copy(update={"findings": tuple(marked)}))
    return tuple(judged), tuple(GateResult(gate=g, failed=tuple(over[i])) for i, g in enumerate(gates.gates))
