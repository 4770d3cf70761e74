"""Contracts of marketing: behaviour and web traffic, campaigns, their contacts, answers and costs."""

from __future__ import annotations

from dataclasses import replace

from qunxiang.i18n import Label
from qunxiang.tables.contract import Column, Contract
from qunxiang.tables.loaded.columns import (
    ACCOUNT,
    CAMPAIGN,
    CHANNEL,
    CURRENCY,
    EMAIL,
    PERSON,
    PHONE,
    PRODUCT,
    B,
    D,
    I,
    M,
    N,
    S,
    T,
    required,
    words,
)

_CAMPAIGN_NAME = Column(
    "campaign_name",
    T,
    Label("活动名称", "Campaign name"),
    synonyms=words("活动主题, 营销活动名称, 推广计划名称, 计划名称, mailing_name, campaign_title"),
)

EVENTS = Contract(
    name="events",
    label=Label("行为", "Events"),
    grain=Label("每行一次行为（含网站访问）", "one row per event, web traffic included"),
    key=("event_id",),
    derived_key=True,
    one_of=(("person_id", "anonymous_id", "session_id"),),
    columns=(
        Column(
            "event_id", T, Label("行为编号", "Event id"), synonyms=words("message_id, 行为ID, 事件ID, 日志ID, log_id")
        ),
        PERSON,
        Column(
            "anonymous_id",
            T,
            Label("匿名访客", "Anonymous visitor"),
            personal=True,
            synonyms=words(
                "visitor_id, fullvisitorid, user_pseudo_id, cookie_id, distinct_id, device_id, 访客ID,"
                " 访客标识, 设备ID, 匿名ID, 访客编号, ga_client_id, visitorid"
            ),
        ),
        Column(
            "session_id",
            T,
            Label("会话", "Session"),
            synonyms=words("session, visit_id, visitid, ga_session_id, sessionid, 会话ID, 访问ID, 会话编号"),
        ),
        Column(
            "event",
            T,
            Label("行为", "Event"),
            required=True,
            synonyms=words(
                "event_name, event_type, action, 事件, 行为类型, 事件名称, 事件类型, 行为名称, hit_type,"
                " eventname, 动作, event_action, 操作类型"
            ),
        ),
        Column(
            "occurred_at",
            S,
            Label("发生时间", "Occurred at"),
            required=True,
            synonyms=words(
                "timestamp, event_time, time, 时间, 行为时间, event_timestamp, date_time, datetime, visit_time,"
                " 访问时间, 事件时间, hit_time, server_time, 发生日期, visited_at, 日志时间, 操作时间,"
                " event_date"
            ),
        ),
        Column("channel", T, Label("渠道", "Channel"), synonyms=words("来源, channel_grouping, 渠道来源, 流量渠道")),
        Column(
            "page",
            T,
            Label("页面", "Page"),
            synonyms=words(
                "url, page_url, 网址, 页面地址, page_location, page_path, landing_page, 访问页面, 受访页面,"
                " 页面链接, request, pagepath, 页面URL, 着陆页"
            ),
        ),
        Column("title", T, Label("页面标题", "Page title"), synonyms=words("page_title, 标题, 页面名称, pagetitle")),
        Column(
            "referrer",
            T,
            Label("来源页", "Referrer"),
            synonyms=words("referer, page_referrer, http_referer, 来源页面, 来路, 来源网址, 上一页, 来源页URL"),
        ),
        Column(
            "device",
            T,
            Label("设备", "Device"),
            synonyms=words("device_category, device_type, platform, 设备类型, 终端, 终端类型, 设备型号"),
        ),
        Column(
            "duration_seconds",
            N,
            Label("停留秒数", "Seconds"),
            minimum=0,
            synonyms=words(
                "duration, time_on_page, engagement_time, session_duration, 停留时长, 停留时间, 时长, 访问时长,"
                " 停留时长秒, 浏览时长"
            ),
        ),
        Column(
            "utm_source",
            T,
            Label("推广来源", "UTM source"),
            synonyms=words("source, traffic_source, 流量来源, session_source, 广告来源"),
        ),
        Column(
            "utm_medium",
            T,
            Label("推广媒介", "UTM medium"),
            synonyms=words("medium, 媒介, session_medium, 广告媒介, 推广方式"),
        ),
        Column(
            "utm_campaign",
            T,
            Label("推广活动", "UTM campaign"),
            synonyms=words("campaign, campaign_name, session_campaign, 广告名称, 推广名称"),
        ),
        Column(
            "utm_term", T, Label("推广关键词", "UTM term"), synonyms=words("keyword, term, 关键词, 搜索词, search_term")
        ),
        Column("utm_content", T, Label("推广创意", "UTM content"), synonyms=words("ad_content, 创意, 广告创意")),
        replace(PRODUCT, synonyms=words("sku, item_id, 商品ID, 商品编码, 产品编号, product_code")),
        Column(
            "value",
            N,
            Label("数值", "Value"),
            synonyms=words("event_value, 事件值, 行为数值, eventvalue, purchase_value"),
        ),
    ),
)

CAMPAIGN_CONTACTS = Contract(
    name="campaign_contacts",
    label=Label("活动触达", "Campaign contacts"),
    grain=Label("每行一位客户在一次活动中的一次触达", "one row per person and campaign contact"),
    key=("contact_id",),
    derived_key=True,
    one_of=(("person_id", "phone", "email"),),
    columns=(
        Column(
            "contact_id", T, Label("触达编号", "Contact id"), synonyms=words("send_id, 触达ID, 发送编号, 发送记录ID")
        ),
        required(CAMPAIGN),
        replace(PERSON, synonyms=tuple(s for s in PERSON.synonyms if s != "contact_id")),
        PHONE,
        EMAIL,
        _CAMPAIGN_NAME,
        Column("campaign_type", T, Label("活动类型", "Campaign type"), synonyms=words("type, 活动类别, 营销类型")),
        Column(
            "contacted_at",
            S,
            Label("触达时间", "Contacted at"),
            required=True,
            synonyms=words(
                "start_date, sent_at, 发送时间, 触达日期, send_time, sent_date, send_date, 发送日期, 推送时间,"
                " 短信发送时间, 外呼时间, sent_time"
            ),
        ),
        Column("ended_at", S, Label("活动结束", "Campaign end"), synonyms=words("end_date, 结束时间, 结束日期")),
        Column(
            "randomised", B, Label("是否随机分组", "Assigned at random"), synonyms=words("randomized, 随机, 随机分组")
        ),
        Column(
            "delivered",
            B,
            Label("是否送达", "Delivered"),
            synonyms=words("is_delivered, 送达, 发送成功, 发送结果, 到达, 是否发送成功, 送达状态"),
        ),
        Column("opened", B, Label("是否打开", "Opened"), synonyms=words("is_opened, open, 打开, 已读, 是否已读")),
        Column("clicked", B, Label("是否点击", "Clicked"), synonyms=words("is_clicked, click, 点击, 点击链接")),
        CHANNEL,
    ),
)

RESPONSES = Contract(
    name="responses",
    label=Label("活动响应", "Responses"),
    grain=Label("每行一次对活动的响应", "one row per response to a campaign"),
    key=("response_id",),
    derived_key=True,
    one_of=(("person_id", "phone", "email"),),
    columns=(
        Column("response_id", T, Label("响应编号", "Response id"), synonyms=words("响应ID, redemption_id, 核销编号")),
        required(CAMPAIGN),
        PERSON,
        PHONE,
        EMAIL,
        Column(
            "responded_at",
            S,
            Label("响应时间", "Responded at"),
            required=True,
            synonyms=words(
                "redemption_date, response_date, 核销时间, 响应日期, response_time, 核销日期, 使用时间, "
                "redeemed_at, 参与时间, 报名时间, 回复时间, 参加时间"
            ),
            weak=words("领取时间"),
        ),
        Column(
            "response",
            T,
            Label("响应方式", "Response"),
            synonyms=words("response_type, 响应类型, 响应结果, 参与方式, 回复内容"),
        ),
        Column(
            "reference",
            T,
            Label("凭证", "Reference"),
            synonyms=words("coupon_upc, coupon, 券号, 优惠券, 优惠券编号, 券码, coupon_code, 核销码, voucher"),
            weak=words("优惠券名称, 券名称"),
        ),
        Column("value", M, Label("响应金额", "Value"), synonyms=words("response_value, 核销金额, 成交金额, 转化金额")),
    ),
)

CAMPAIGN_COSTS = Contract(
    name="campaign_costs",
    label=Label("活动费用", "Campaign costs"),
    grain=Label("每行一笔活动或推广费用", "one row per cost of a campaign"),
    key=("cost_id",),
    derived_key=True,
    columns=(
        Column("cost_id", T, Label("费用编号", "Cost id"), synonyms=words("费用ID, expense_id, 费用单号")),
        required(CAMPAIGN),
        _CAMPAIGN_NAME,
        CHANNEL,
        Column(
            "spent_on",
            D,
            Label("费用日期", "Spent on"),
            synonyms=words(
                "date, day, cost_date, spend_date, 日期, 费用发生日期, 消耗日期, 投放日期, 发生日期, 数据日期,"
                " reporting_starts"
            ),
        ),
        Column(
            "amount",
            M,
            Label("费用金额", "Amount"),
            required=True,
            synonyms=words(
                "cost, spend, amount_spent, total_cost, 费用, 消耗, 花费, 消费, 投放费用, 广告费, 推广费用,"
                " 金额, ad_spend, 总消耗, 花费金额, 消费金额, 活动费用, 支出, 总费用"
            ),
        ),
        CURRENCY,
        Column(
            "kind",
            T,
            Label("费用类型", "Kind"),
            synonyms=words("cost_type, type, 费用科目, 费用类别, expense_type, 类型"),
        ),
        Column(
            "impressions",
            I,
            Label("展现量", "Impressions"),
            minimum=0,
            synonyms=words("impr, 曝光, 曝光量, 展示量, 展现, 展示次数"),
        ),
        Column(
            "clicks", I, Label("点击量", "Clicks"), minimum=0, synonyms=words("link_clicks, 点击, 点击次数, 点击数")
        ),
        Column(
            "conversions",
            N,
            Label("转化量", "Conversions"),
            minimum=0,
            synonyms=words("results, 转化, 转化数, 成交笔数, 转化次数, 总成交笔数"),
        ),
        Column(
            "budget",
            M,
            Label("预算", "Budget"),
            synonyms=words("planned_cost, budgeted_cost, 活动预算, 预算金额, 日预算"),
        ),
    ),
)

TAGS = Contract(
    name="tags",
    label=Label("标签", "Tags"),
    grain=Label("每行一位客户或一家企业的一个标签", "one row per tag of a person or account"),
    key=("tag_id",),
    derived_key=True,
    repeats=False,
    one_of=(("person_id", "account_id", "opportunity_id"),),
    columns=(
        Column("tag_id", T, Label("标签记录编号", "Tag id"), synonyms=words("标签记录ID, tag_record_id")),
        PERSON,
        ACCOUNT,
        Column(
            "opportunity_id",
            T,
            Label("商机编号", "Opportunity id"),
            synonyms=words("deal_id, 商机ID, opportunityid, 机会编号"),
        ),
        Column(
            "tag",
            T,
            Label("标签", "Tag"),
            required=True,
            synonyms=words(
                "tag_name, tags, label, labels, 标签名称, 标签名, 客户标签, 企业标签, 标签值, 会员标签, 粉丝标签"
            ),
        ),
        Column(
            "group",
            T,
            Label("标签组", "Tag group"),
            synonyms=words("tag_group, 标签组名称, 标签分类, 标签类型, tag_category"),
        ),
        Column(
            "tagged_by",
            T,
            Label("打标人", "Tagged by"),
            synonyms=words("by, created_by, 添加人, 创建人, 标记人, 操作人"),
        ),
        Column(
            "tagged_at",
            S,
            Label("打标时间", "Tagged at"),
            synonyms=words("tag_time, tagged_on, created_at, 添加时间, 标记时间, 打标日期, 创建时间"),
        ),
        Column("removed_at", S, Label("移除时间", "Removed at"), synonyms=words("untagged_at, 取消时间, 移除日期")),
    ),
)
