"""Words that many trait definitions share: units and what an unknown value means."""

from __future__ import annotations

from qunxiang.i18n import Label

DAYS = Label("天", "days")
ORDERS = Label("单", "orders")
TIMES = Label("次", "times")
KINDS = Label("种", "kinds")
YEARS = Label("岁", "years")
LINES = Label("行", "lines")
PEOPLE = Label("人", "people")
SHARE = Label("占比", "share")
SCORE = Label("分（1–5）", "score 1–5")
INDEX = Label("指数（−1 至 1）", "index −1 to 1")
LEVEL = Label("类别", "level")
NONE = Label("无单位", "no unit")

NEVER_UNKNOWN = Label("不会缺失：没有记录即为 0", "Never unknown: no record means 0")
OF_PERSONS = Label(
    "企业未知：这类记录只记到个人；个人没有记录即为 0",
    "Unknown for companies, of whom there are no such records; a person without a record has 0",
)
NO_ORDER = Label("截止日期前没有订单", "No order up to the date")
ONE_ORDER = Label("订单不足两张，无法计算间隔", "Fewer than two orders, so there is no interval")
NO_LINES = Label("没有订单明细", "No order lines")
NO_SPEND = Label("没有可作分母的消费金额", "No spend to divide by")
NOT_TOLD = Label("来源数据没有填写", "Not given in the source data")
NO_CONTACT = Label("期间内没有被活动触达", "Not contacted by a campaign in the period")
NO_RESPONSE = Label("截止日期前没有响应过活动", "No response to a campaign up to the date")
NO_EVENT = Label("截止日期前没有行为记录", "No event up to the date")
