"""How many a rule takes, condition by condition, while it is being written."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.model import Actor, Frozen
from qunxiang.segmentation.assign import sizes
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.definitions_read import current_types
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading, remembered
from qunxiang.services.rule_values import RuleValues, members_asked
from qunxiang.sql import Query, Relation, Rule, column
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_text import rule_text
from qunxiang.sql.rule_tree import conditions
from qunxiang.sql.rules import parse_rule
from qunxiang.statistics import Interval, share_interval
from qunxiang.tables import TRAITS_KEY

SIZE_SAMPLE = 20_000
"""Profiles on which the builder counts first."""

LEAST_SAMPLE = 100


class ConditionSize(Frozen):
    """For how many one condition of a rule holds by itself, and for how many that is unknown.

    `path` is the place of its row in the builder, such as ``1.2``.
    """

    path: str
    condition: str
    n: int
    unknown: int


class RuleSize(Frozen):
    """Live size of a rule: whom it takes, and for how many each of its traits is unknown.

    `sampled` is None when everyone was counted. Else it is the number of profiles that were, the counts are theirs,
    and `share` is an estimate that lies between `low` and `high` with 95 % confidence.
    """

    rule: str
    n: int
    profiles: int
    share: float
    unknown: dict[str, int]
    conditions: tuple[ConditionSize, ...] = ()
    sampled: int | None = None
    low: float | None = None
    high: float | None = None

    @property
    def estimated(self) -> int:
        """Members among all profiles, as far as is known."""
        return self.n if self.sampled is None else round(self.share * self.profiles)


@use_case("segment.size", roles=EVERYONE)
def size(house: House, actor: Actor, rule: str, *, sample: int | None = None) -> RuleSize:
    """Count whom a rule takes in the current snapshot.

    Parameters
    ----------
    rule
        In the rule language.
    sample
        Count among this many profiles only, the same every time; everyone when None or when there are no more.

    Raises
    ------
    RuleError
        When the rule cannot be read, uses what is not allowed, or has the wrong type.
    SettingError
        When the sample is too small to say anything.
    """
    if sample is not None and sample < LEAST_SAMPLE:
        raise SettingError("error.segment.sample", sample=sample, least=LEAST_SAMPLE)
    with reading(house) as reader:
        traits = reader.relation(TRAITS_KEY.name)
        checked = parse_rule(rule, current_types(house))
        profiles = house.lake.at(TRAITS_KEY.name, reader.snapshot.tables[TRAITS_KEY.name]).rows
        chosen = sample if sample is not None and sample < profiles else None
        if not checked.forms and chosen is None:
            row = reader.cached(sizes(traits, checked)).to_pylist()[0]
        else:
            key = ("size", checked.text, reader.snapshot.run, chosen)
            row = remembered(house, key, lambda: _counted(house, reader, traits, checked, chosen))
    return _size(checked, row, profiles, chosen)


def _counted(house: House, reader: SnapshotReader, traits: Relation, rule: Rule, sample: int | None) -> dict[str, Any]:
    as_of = reader.snapshot.as_of
    if as_of is None:
        raise NothingYetError("error.nothing.traits")
    only = None
    if sample is not None:
        hashed = exp.MD5(this=column("profile_id", "t"))
        ids = exp.select(column("profile_id", "t")).from_(traits.table("t"))
        ids = ids.order_by(hashed, column("profile_id", "t")).limit(sample)
        reader.session.materialise("sized_profiles", Query(ids))
        only = Relation("sized_profiles", ("profile_id",))
    values = RuleValues(house, reader, Moment(as_of, house.settings.time_zone))
    asked = values.beside(traits, [rule], members=members_asked(reader, [rule]), only=only)
    row: dict[str, Any] = reader.fetch(sizes(asked, rule)).to_pylist()[0]
    return row


def _size(rule: Rule, row: dict[str, Any], profiles: int, sample: int | None) -> RuleSize:
    counted = row["profiles"]
    share = row["matched"] / counted if counted else 0.0
    interval = share_interval(row["matched"], counted, base=profiles) if sample is not None and counted else None
    return RuleSize(
        rule=rule.text,
        n=row["matched"],
        profiles=profiles,
        share=share,
        unknown={trait: row[f"unknown_{i}"] for i, trait in enumerate(rule.traits)},
        conditions=tuple(
            ConditionSize(path=path, condition=rule_text(node), n=row[f"holds_{i}"], unknown=row[f"open_{i}"])
            for i, (path, node) in enumerate(conditions(rule).items())
        ),
        sampled=counted if sample is not None else None,
        low=interval.low if isinstance(interval, Interval) else None,
        high=interval.high if isinstance(interval, Interval) else None,
    )
