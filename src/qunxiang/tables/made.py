"""Contracts of the tables that the loop makes."""

from __future__ import annotations

from qunxiang.i18n import Label
from qunxiang.tables.contract import Column, ColumnType, Contract

T, I, M, D, S, N = (  # noqa: E741
    ColumnType.TEXT,
    ColumnType.INTEGER,
    ColumnType.MONEY,
    ColumnType.DATE,
    ColumnType.TIMESTAMP,
    ColumnType.NUMBER,
)

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

_PAIR = (
    Column("kind", T, Label("类型", "Kind"), required=True),  # person or account
    Column("left_id", T, Label("记录", "Record"), required=True, personal=True),
    Column("right_id", T, Label("另一记录", "Other record"), required=True, personal=True),
    Column("weight", N, Label("匹配权重", "Match weight")),  # log2 odds
    Column("joined_by", T, Label("依据", "By"), required=True),  # an identifier, resembles or by_hand
    Column("evidence", T, Label("证据", "Evidence")),  # JSON list of {name, level, weight}
    Column("since", S, Label("自", "Since"), required=True),
)

IDENTITY_LINKS = Contract(
    name="identity_links",
    label=Label("合并依据", "What joined records"),
    grain=Label("每行两条来源记录之间的一个合并依据", "one row per link that joined two source records"),
    key=("left_id", "right_id", "joined_by"),
    columns=(*_PAIR, _PROFILE),
)
"""A record is named like the profile it would be alone: P and the person id, A and the account id."""

IDENTITY_REVIEWS = Contract(
    name="identity_reviews",
    label=Label("待复核的合并", "Merges to review"),
    grain=Label("每行一对可能属于同一客户的记录", "one row per pair of records that may be one customer"),
    key=("left_id", "right_id"),
    columns=(*_PAIR, Column("reason", T, Label("原因", "Reason"), required=True)),
)

PERSON_ACCOUNTS = Contract(
    name="person_accounts",
    label=Label("个人与企业", "Persons and companies"),
    grain=Label("每行一位客户与一家企业的一种关联", "one row per way in which a person belongs to a company"),
    key=("person_profile", "account_profile", "linked_by"),
    columns=(
        Column("person_profile", T, Label("个人档案", "Person"), required=True),
        Column("account_profile", T, Label("企业档案", "Company"), required=True),
        Column("linked_by", T, Label("依据", "By"), required=True),  # contact, domain or order
        Column("job_title", T, Label("职务", "Job title")),
        Column("buying_role", T, Label("采购角色", "Role in purchase")),
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

"""The form in which memberships are read; they are stored as :data:`MEMBERSHIPS_KEY`."""

MEMBERSHIPS_KEY = Contract(
    name="memberships",
    label=Label("细分归属", "Memberships"),
    grain=Label("每行一个客户，每个细分一列是否", "one row per profile, with yes or no for every segment"),
    key=("profile_id",),
    columns=(_PROFILE, Column("as_of", D, Label("截止日期", "As of"), required=True)),
)
"""Memberships have these two columns and one per segment, called ``<segmentation>.<segment>``."""

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
    grain=Label("每行一条被拒绝的来源记录的一次处理", "one row per rejected source row and what became of it"),
    key=("row_id", "loaded_at"),
    columns=(
        Column("row_id", T, Label("记录编号", "Row id"), required=True),
        Column("load_id", T, Label("载入编号", "Load id"), required=True),
        Column("table_name", T, Label("目标表", "Table"), required=True),
        Column("source", T, Label("来源", "Source"), required=True),
        Column("row_number", I, Label("数据行号（列名之下）", "Data row number (below the names)"), required=True),
        Column("reasons", T, Label("原因", "Reasons"), required=True),  # JSON list of {code, column, ...}
        Column(
            "row", T, Label("原始记录", "Row"), required=True, personal=True
        ),  # JSON object as it stood in the source
        Column("loaded_at", S, Label("载入时间", "Loaded at"), required=True),
        Column("fate", T, Label("状态", "State"), required=True),  # see intake.fates; the newest entry counts
        Column("by", T, Label("经手人", "By")),
        Column("why", T, Label("理由", "Why")),
        # of a row that is in its table with a value left empty, where its content as it stood made the key
        Column("key", T, Label("表中的主键", "Key in the table")),
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
    c.name: c
    for c in (
        PROFILES,
        IDENTITIES,
        IDENTITY_LINKS,
        IDENTITY_REVIEWS,
        PERSON_ACCOUNTS,
        ORDER_FACTS,
        TRAITS_KEY,
        MEMBERSHIPS_KEY,
        MEMBERSHIP_CHANGES,
        QUARANTINE,
    )
}
