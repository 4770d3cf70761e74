"""Contracts of the tables that the loop makes."""

from __future__ import annotations

from qunxiang.i18n import Label
from qunxiang.tables.contract import Column, ColumnType, Contract

T, I, M, D, S = ColumnType.TEXT, ColumnType.INTEGER, ColumnType.MONEY, ColumnType.DATE, ColumnType.TIMESTAMP  # noqa: E741

_PROFILE = Column("profile_id", T, Label("客户档案", "Profile"), required=True)
_SEGMENTATION = Column("segmentation", T, Label("细分方案", "Segmentation"), required=True)

PROFILES = Contract(
    name="profiles",
    label=Label("客户档案", "Profiles"),
    grain=Label("每行一个已识别的客户", "one row per known person or account"),
    key=("profile_id",),
    columns=(
        _PROFILE,
        Column("kind", T, Label("类型", "Kind"), required=True),  # person or account
        Column("first_seen", D, Label("首次出现", "First seen")),
        Column("last_seen", D, Label("最近出现", "Last seen")),
    ),
)

IDENTITIES = Contract(
    name="identities",
    label=Label("身份", "Identities"),
    grain=Label("每行一个来源标识与其客户档案", "one row per source identifier and its profile"),
    key=("id_type", "id_value"),
    columns=(
        Column("id_type", T, Label("标识类型", "Identifier type"), required=True),  # person_id or account_id
        Column("id_value", T, Label("标识", "Identifier"), required=True, personal=True),
        _PROFILE,
        Column("found_in", T, Label("出现于", "Found in"), required=True),  # table names, comma separated
    ),
)

TRAITS_KEY = Contract(
    name="traits",
    label=Label("变量", "Traits"),
    grain=Label("每行一个客户在快照日期的全部变量", "one row per profile with its traits as of the snapshot's date"),
    key=("profile_id",),
    columns=(_PROFILE, Column("as_of", D, Label("截止日期", "As of"), required=True)),
)
"""Traits have these two columns and one per trait of the snapshot's trait set."""

MEMBERSHIPS = Contract(
    name="memberships",
    label=Label("细分归属", "Memberships"),
    grain=Label("每行一个客户在一个细分方案中的归属", "one row per segmentation and member profile"),
    key=("segmentation", "profile_id"),
    columns=(
        _SEGMENTATION,
        _PROFILE,
        Column("segment", T, Label("细分", "Segment"), required=True),
        Column("as_of", D, Label("截止日期", "As of"), required=True),
    ),
)

MEMBERSHIP_CHANGES = Contract(
    name="membership_changes",
    label=Label("归属变动", "Membership changes"),
    grain=Label("每行一个客户的一次进入、离开或转移", "one row per profile that entered, left or moved in a run"),
    key=("run", "segmentation", "profile_id"),
    columns=(
        Column("run", I, Label("运行", "Run"), required=True),
        Column("as_of", D, Label("截止日期", "As of"), required=True),
        _SEGMENTATION,
        _PROFILE,
        Column("from_segment", T, Label("原细分", "From segment")),
        Column("to_segment", T, Label("现细分", "To segment")),
    ),
)

QUARANTINE = Contract(
    name="quarantine",
    label=Label("隔离区", "Quarantine"),
    grain=Label("每行一条被拒绝的来源记录", "one row per rejected source row"),
    key=("row_id",),
    columns=(
        Column("row_id", T, Label("记录编号", "Row id"), required=True),
        Column("load_id", T, Label("载入编号", "Load id"), required=True),
        Column("table_name", T, Label("目标表", "Table"), required=True),
        Column("source", T, Label("来源", "Source"), required=True),
        Column("row_number", I, Label("行号", "Row number"), required=True),
        Column("reasons", T, Label("原因", "Reasons"), required=True),  # JSON list of {code, column, ...}
        Column(
            "row", T, Label("原始记录", "Row"), required=True, personal=True
        ),  # JSON object as it stood in the source
        Column("loaded_at", S, Label("载入时间", "Loaded at"), required=True),
    ),
)

ORDER_FACTS = Contract(
    name="order_facts",
    label=Label("订单事实", "Order facts"),
    grain=Label("每行一张订单，含其客户档案", "one row per order with its profile"),
    key=("order_id",),
    columns=(
        Column("order_id", T, Label("订单号", "Order id"), required=True),
        _PROFILE,
        Column("ordered_at", S, Label("下单时间", "Ordered at"), required=True),
        Column("amount", M, Label("实付金额", "Amount"), required=True),
    ),
)
"""Orders as stages see them: loaded orders, and orders derived from lines that have none."""

MADE: dict[str, Contract] = {
    c.name: c for c in (PROFILES, IDENTITIES, ORDER_FACTS, TRAITS_KEY, MEMBERSHIPS, MEMBERSHIP_CHANGES, QUARANTINE)
}
