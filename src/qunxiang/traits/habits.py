"""Traits of habits: channels of orders, use and devices, tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitKind
from qunxiang.sql import Query, Relation, select, template
from qunxiang.sql.moment import Moment
from qunxiang.traits import words as w
from qunxiang.traits.basis import TraitBasis, slugs

MONTH_DAYS: Final = 30
QUARTER_DAYS: Final = 90

NO_CHANNEL = Label("截止日期前没有渠道已知的订单", "No order of a known channel up to the date")
NO_DEVICE = Label("期间内没有设备已知的行为", "No event of a known device in the period")
NO_TAG = Label("没有标签", "No tag")

_MOST = """SELECT profile_id, value, n, n_all, n_values FROM (
  SELECT profile_id, value, n, SUM(n) OVER (PARTITION BY profile_id) AS n_all,
    COUNT(*) OVER (PARTITION BY profile_id) AS n_values,
    ROW_NUMBER() OVER (PARTITION BY profile_id ORDER BY n DESC, value) AS place
  FROM ({counts}) AS c) AS ranked
WHERE place = 1"""
"""The most frequent value per profile, of equals the first by name, with the counts it is of."""


def channels(orders: Relation) -> Query:
    """Channel of most ``counted`` orders: one row per profile with an order of a known channel."""
    counts = """SELECT f.profile_id, s.channel AS value, COUNT(*) AS n
        FROM orders__ AS s JOIN counted AS f ON f.order_id = s.order_id
        WHERE s.channel IS NOT NULL GROUP BY f.profile_id, s.channel"""
    return select(_MOST.format(counts=counts), orders=orders)


def channel_counts(orders: Relation, named: tuple[str, ...]) -> Query:
    """Orders by channel: one row per profile with a ``counted`` one of a known channel; ``c_0`` … as `named`."""
    tree = select(
        """SELECT f.profile_id, COUNT(*) AS n FROM orders__ AS s JOIN counted AS f ON f.order_id = s.order_id
        WHERE s.channel IS NOT NULL GROUP BY f.profile_id""",
        orders=orders,
    ).tree
    assert isinstance(tree, exp.Select)
    for i, channel in enumerate(named):
        count = template("SUM(CASE WHEN s.channel = :channel THEN 1 ELSE 0 END)", channel=channel)
        tree = tree.select(exp.alias_(count, f"c_{i}"), copy=False)
    return Query(tree)


def usage(events: Relation, identities: Relation, moment: Moment) -> Query:
    """Use of the last 90 days: one row per profile with an event in them."""
    return select(
        """SELECT i.profile_id, SUM(CASE WHEN e.occurred_at >= :month THEN 1 ELSE 0 END) AS n_month,
          COUNT(DISTINCT CAST(e.occurred_at AT TIME ZONE :tz AS DATE)) AS n_days
        FROM events__ AS e JOIN identities__ AS i ON i.id_type = 'person_id' AND i.id_value = e.person_id
        WHERE e.occurred_at >= :start AND e.occurred_at < :until GROUP BY i.profile_id""",
        events=events,
        identities=identities,
        month=moment.start(MONTH_DAYS),
        start=moment.start(QUARTER_DAYS),
        until=moment.until,
        tz=moment.time_zone,
    )


def devices(events: Relation, identities: Relation, moment: Moment) -> Query:
    """Device of most events of the last 90 days: one row per profile with an event of a known device in them."""
    counts = """SELECT i.profile_id, e.device AS value, COUNT(*) AS n
        FROM events__ AS e JOIN identities__ AS i ON i.id_type = 'person_id' AND i.id_value = e.person_id
        WHERE e.occurred_at >= :start AND e.occurred_at < :until AND e.device IS NOT NULL
        GROUP BY i.profile_id, e.device"""
    return select(
        _MOST.format(counts=counts),
        events=events,
        identities=identities,
        start=moment.start(QUARTER_DAYS),
        until=moment.until,
    )


def tags(of_tags: Relation, identities: Relation, moment: Moment) -> Query:
    """Tag given most often, a tag without a moment among them: one row per profile with a tag of its own."""
    counts = """SELECT i.profile_id, s.tag AS value, COUNT(*) AS n
        FROM tags__ AS s JOIN identities__ AS i
          ON i.id_type = CASE WHEN s.person_id IS NULL THEN 'account_id' ELSE 'person_id' END
          AND i.id_value = COALESCE(s.person_id, s.account_id)
        WHERE s.tagged_at IS NULL OR s.tagged_at < :until GROUP BY i.profile_id, s.tag"""
    return select(_MOST.format(counts=counts), tags=of_tags, identities=identities, until=moment.until)


EXPRESSIONS: dict[str, str] = {
    "main_channel": "hc.value",
    "main_channel_share": "CAST(hc.n AS DOUBLE) / NULLIF(CAST(hc.n_all AS DOUBLE), 0)",
    "channel_count": "hc.n_values",
    "events_30d": "CASE WHEN pr.kind = 'person' THEN COALESCE(hu.n_month, 0) END",
    "active_days_90d": "CASE WHEN pr.kind = 'person' THEN COALESCE(hu.n_days, 0) END",
    "main_device_90d": "hd.value",
    "top_tag": "ht.value",
    "tag_count": "CASE WHEN pr.kind = 'person' THEN COALESCE(ht.n_values, 0) ELSE ht.n_values END",
}
"""Trait id to its expression over ``hc`` (channels), ``hu`` (use),
``hd`` (devices), ``ht`` (tags), ``pr`` (profiles)."""


def channel_expressions(channels: tuple[str, ...]) -> dict[str, str]:
    """Return the expressions of the shares of each channel over ``hs``."""
    named = enumerate(slugs(channels).values())
    return {f"order_share_{s}": f"CAST(hs.c_{i} AS DOUBLE) / NULLIF(CAST(hs.n AS DOUBLE), 0)" for i, s in named}


def parts(
    tables: Mapping[str, Relation], wanted: frozenset[str], moment: Moment, channels_named: tuple[str, ...] = ()
) -> list[tuple[str, Query, str]]:
    """Return name, query and alias of each part that a wanted trait reads, where its tables are there."""
    ids, made = tables["identities"], []
    if {"order_facts", "orders"} <= set(tables) and channels_named:
        made.append(("orders_by_channel", channel_counts(tables["orders"], channels_named), "hs"))
    if {"order_facts", "orders"} <= set(tables) and wanted & {"main_channel", "main_channel_share", "channel_count"}:
        made.append(("channels_by_profile", channels(tables["orders"]), "hc"))
    if "events" in tables and wanted & {"events_30d", "active_days_90d"}:
        made.append(("usage_by_profile", usage(tables["events"], ids, moment), "hu"))
    if "events" in tables and "main_device_90d" in wanted:
        made.append(("devices_by_profile", devices(tables["events"], ids, moment), "hd"))
    if "tags" in tables and wanted & {"top_tag", "tag_count"}:
        made.append(("tags_by_profile", tags(tables["tags"], ids, moment), "ht"))
    return made


def definitions(basis: TraitBasis) -> list[TraitDefinition]:
    """Return the traits of the tables and columns that are there."""
    made: list[TraitDefinition] = []
    if basis.has("orders", "channel"):
        made += [*_channels(), *_channel_shares(basis)]
    if "events" in basis.tables:
        made += _usage()
    if basis.has("events", "device"):
        made.append(_device())
    if basis.has("tags", "person_id"):
        made += _tags()
    return made


def _trait(id_: str, names: tuple[str, str], kind: TraitKind, says: tuple[str, str], **rest: Any) -> TraitDefinition:
    body = {"family": Family.BEHAVIOURAL, "when_missing": w.OF_PERSONS} | rest
    return TraitDefinition.model_validate(
        {"id": id_, "label": Label(*names), "kind": kind, "definition": Label(*says), **body}
    )


def _channels() -> list[TraitDefinition]:
    common = {"source": ("orders",), "when_missing": NO_CHANNEL}
    return [
        _trait(
            "main_channel",
            ("主要渠道", "Main channel"),
            "text",
            (
                "订单最多的渠道；并列时取名称在前者；渠道未知的订单不计",
                "Channel of most orders; of equals the first by name; orders without a channel do not count",
            ),
            unit=w.LEVEL,
            **common,
        ),
        _trait(
            "main_channel_share",
            ("主要渠道占比", "Share of main channel"),
            "share",
            (
                "主要渠道的订单占渠道已知订单的比例",
                "Orders of the main channel as a share of orders whose channel is known",
            ),
            unit=w.SHARE,
            **common,
        ),
        _trait(
            "channel_count",
            ("使用渠道数", "Channels used"),
            "integer",
            ("截止日期为止订单用过的不同渠道数", "Different channels of the orders up to the date"),
            unit=w.KINDS,
            **common,
        ),
    ]


def _channel_shares(basis: TraitBasis) -> list[TraitDefinition]:
    return [
        _trait(
            f"order_share_{slug}",
            (f"{channel}订单占比", f"Share of orders: {channel}"),
            "share",
            (
                f"“{channel}”的订单占渠道已知订单的比例",
                f"Orders through {channel} as a share of orders whose channel is known",
            ),
            unit=w.SHARE,
            source=("orders",),
            when_missing=NO_CHANNEL,
        )
        for channel, slug in slugs(basis.channels).items()
    ]


def _usage() -> list[TraitDefinition]:
    return [
        _trait(
            "events_30d",
            ("近 30 天行为次数", "Events, last 30 days"),
            "integer",
            ("含截止日期在内的 30 天里的行为记录数", "Events in the 30 days that end with the date"),
            unit=w.TIMES,
            source=("events",),
            window_days=MONTH_DAYS,
        ),
        _trait(
            "active_days_90d",
            ("近 90 天活跃天数", "Active days, last 90 days"),
            "integer",
            (
                "含截止日期在内的 90 天里有行为记录的天数（当地日期）",
                "Local days with an event in the 90 days that end with the date",
            ),
            unit=w.DAYS,
            source=("events",),
            window_days=QUARTER_DAYS,
        ),
    ]


def _device() -> TraitDefinition:
    return _trait(
        "main_device_90d",
        ("近 90 天主要设备", "Main device, last 90 days"),
        "text",
        (
            "含截止日期在内的 90 天里行为最多的设备；并列时取名称在前者",
            "Device of most events in the 90 days that end with the date; of equals the first by name",
        ),
        unit=w.LEVEL,
        source=("events",),
        window_days=QUARTER_DAYS,
        when_missing=NO_DEVICE,
    )


def _tags() -> list[TraitDefinition]:
    return [
        _trait(
            "top_tag",
            ("首要标签", "Top tag"),
            "text",
            (
                "截止日期为止被打上次数最多的标签；并列时取名称在前者；没有时间的标签也计入",
                "Tag given most often up to the date; of equals the first by name; tags without a date count",
            ),
            unit=w.LEVEL,
            source=("tags",),
            when_missing=NO_TAG,
        ),
        _trait(
            "tag_count",
            ("标签数", "Tags"),
            "integer",
            ("截止日期为止的不同标签数", "Different tags up to the date"),
            unit=w.KINDS,
            source=("tags",),
        ),
    ]
