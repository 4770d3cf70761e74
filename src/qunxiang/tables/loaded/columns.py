"""Columns that several loaded tables share, and short names for their types."""

from __future__ import annotations

from dataclasses import replace

from qunxiang.i18n import Label
from qunxiang.tables.contract import Column, ColumnType

T, I, M, N, B, D, S = (  # noqa: E741
    ColumnType.TEXT,
    ColumnType.INTEGER,
    ColumnType.MONEY,
    ColumnType.NUMBER,
    ColumnType.BOOLEAN,
    ColumnType.DATE,
    ColumnType.TIMESTAMP,
)


def required(column: Column) -> Column:
    """Return the column as one that every row must fill."""
    return replace(column, required=True)


def words(text: str) -> tuple[str, ...]:
    """Return the synonyms of a list written with commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


PERSON = Column(
    "person_id",
    T,
    Label("客户编号", "Person id"),
    synonyms=words(
        "household_id, customer_id, customer_key, customer, user_id, member_id, client_id, 会员号, "
        "客户ID, 客户号, 会员编号, 用户ID, 用户编号, 买家ID, 会员ID, 会员卡号, 会员卡号码, 客户代码, "
        "客户编码, 客户内码, 顾客编号, 顾客ID, 买家编号, 购买人ID, contact_id, lead_id, customer_no, "
        "customer_number, customer_code, buyer_id, uid, respondent_customer_id, record_id, shopper_id, "
        "subscriber_id, member_no, member_card_no, 会员编码, 会员代码, 顾客编码, 顾客代码, 联系人ID, "
        "联系人编号, 会员内码, 会员主键"
    ),
)
ACCOUNT = Column(
    "account_id",
    T,
    Label("企业编号", "Account id"),
    synonyms=words(
        "company_id, reseller_key, reseller_id, 经销商编号, 经销商代码,"
        " organisation_id, 企业ID, 公司编号, 客户公司编号, organization_id, accountid, account_no,"
        " account_number, company_no, company_code, 公司ID, 公司代码, 公司编码, 企业代码, 企业编码,"
        " 企业客户编号, 所属公司ID, 往来单位编码, 往来单位编号, 往来单位代码, 购货单位代码, 购货单位编码,"
        " associated_company_id, 客户单位编号, 单位编码, 单位编号"
    ),
)
ACCOUNT_NAME_WORDS = words(
    "reseller_name, 经销商, 经销商名称,"
    " 往来单位, 往来单位名称, 购货单位, 购货单位名称, 客户单位, 单位名称, 企业全称, 公司全称, organization,"
    " organisation, organization_name, organisation_name, company_full_name, business_name, legal_name,"
    " 客户全称"
)
SYSTEM = Column(
    "system",
    T,
    Label("来源系统", "Source system"),
    synonyms=words("source_system, 系统, 系统来源, 数据来源系统"),
)
PRODUCT = Column(
    "product_id",
    T,
    Label("商品编号", "Product id"),
    synonyms=words(
        "sku, item_id, stockcode, productkey, 商品ID, 货号, 商品编码, 产品编码, 产品编号, 产品ID, "
        "产品代码, 物料编码, 物料代码, 存货编码, 存货代码, SKU编码, sku_id, sku编号, 商品代码, "
        "商品货号, 商家编码, item_no, item_number, item_code, product_code, product_no, "
        "product_number, lineitem_sku, variant_sku, material_no, material_code, part_number, "
        "product2id, stock_code, 规格编码, 料号, 宝贝ID, goods_id, goods_sn, goods_no, 商品款号, 款号, "
        "宝贝编码, 商品内码"
    ),
    weak=words("商品条码, 条码, barcode"),
)
CAMPAIGN = Column(
    "campaign_id",
    T,
    Label("活动编号", "Campaign id"),
    synonyms=words(
        "campaign, 活动ID, 活动, 活动代码, 营销活动, 营销活动编号, 营销活动ID, 推广计划ID, 推广计划, "
        "计划ID, 计划编号, campaign_code, campaign_no, campaignid, mailing_id"
    ),
    weak=words("推送计划, 推送任务"),
)
CHANNEL = Column(
    "channel",
    T,
    Label("渠道", "Channel"),
    synonyms=words(
        "sales_channel, 销售渠道, 来源渠道, 订单来源, 订单渠道, 下单渠道, 购买渠道, order_source, "
        "source_name, 渠道名称, 触达渠道, channel_name, 平台, 销售平台, 发送渠道, 推送渠道, 触达方式, "
        "销售来源, 订单来源渠道"
    ),
    weak=words("来源"),
)
STORE = Column(
    "store_id",
    T,
    Label("门店", "Store"),
    synonyms=words(
        "store, shop_id, 门店编号, 店铺, 门店ID, 店铺ID, 网点, 下单网店, 所属门店, shop, location_id, "
        "branch, 分店, 归属店铺, 所属店铺, 下单网点, 门店编码, 店铺编码, 归属门店, 消费门店, 下单门店"
    ),
    weak=words("门店名称, 店铺名称, 店铺名, 网店名称, 网点名称, store_name, shop_name"),
)
CURRENCY = Column(
    "currency",
    T,
    Label("币种", "Currency"),
    synonyms=words(
        "currency_code, 货币, 币别, 货币代码, 结算币种, currencyisocode, deal_currency_code, 交易币种, 订单币种, 原币"
    ),
)
OWNER = Column(
    "owner",
    T,
    Label("负责人", "Owner"),
    synonyms=words(
        "owner_name, sales_agent, agent, sales_rep, salesperson, account_manager, deal_owner, "
        "opportunity_owner, 业务员, 销售员, 销售人员, 销售代表, 客户经理, 跟进人, 销售负责人, "
        "owner_id, ownerid, hubspot_owner_id, 导购, 负责人姓名, 客户负责人, 专管业务员, 分管业务员, "
        "所属业务员, 所属销售, 归属销售, 商机负责人, 机会负责人, 销售经理, 跟进人员, 负责销售"
    ),
)
PHONE = Column(
    "phone",
    T,
    Label("电话", "Phone"),
    personal=True,
    synonyms=words(
        "mobile, telephone, phone_number, 手机, 手机号, 联系电话, 手机号码, mobile_phone, "
        "mobile_number, cell, cell_phone, cellphone, tel, mobilephone, contact_number, contact_phone, "
        "phone_no, 移动电话, 联系手机, 电话号码, 联系方式, 会员手机, 会员手机号, 客户电话, 客户手机, "
        "手机电话, 绑定手机号, 收件人手机, 收货人手机, 收货人手机号, 买家手机, 收件人电话, 收货人电话, "
        "注册手机号, 下单手机号, 订货电话, billing_phone, 会员手机号码, 注册手机, 联系人手机, "
        "联系人电话, 客户手机号, 客户手机号码, 买家手机号, 下单人手机号, 下单人手机, 购买人手机, "
        "购买人手机号, 提货人手机号, 收货人手机号码, 收件人手机号, 收货手机, 接收手机号, 接收号码, "
        "发送号码, receiver_mobile, receiver_phone, buyer_mobile, buyer_phone, phone_num, mobile_no, "
        "mobile_phone_number"
    ),
)
EMAIL = Column(
    "email",
    T,
    Label("邮箱", "E-mail"),
    personal=True,
    synonyms=words(
        "email_address, e-mail, 电子邮箱, 邮件, 电子邮件, mail, e_mail_address, 邮箱地址, 邮件地址, 电邮,"
        " 联系邮箱, 企业邮箱, work_email, primary_email, customer_email, contact_email, billing_email,"
        " 电子邮箱地址"
    ),
)
USERNAME = Column(
    "username",
    T,
    Label("平台账号", "Platform user name"),
    personal=True,
    synonyms=words(
        "user_name, nickname, 昵称, 会员名, 买家会员名, 买家昵称, 微信昵称, 用户名, 账号, 用户昵称, "
        "login, screen_name, 买家账号, 买家旺旺, 旺旺号, 粉丝昵称, 会员昵称, 备注名, buyer_nick, "
        "买家帐号, 淘宝昵称, 旺旺昵称, 客户昵称"
    ),
    weak=words("nick, 粉丝名称"),
)
COUNTRY = Column(
    "country",
    T,
    Label("国家", "Country"),
    synonyms=words(
        "国家地区, country_region, country_code, nation, 国家代码, 国别, 国家/地区, billing_country,"
        " mailing_country, shipping_country"
    ),
)
PROVINCE = Column(
    "province",
    T,
    Label("省份", "Province"),
    synonyms=words(
        "state, 省, 州, 省市, 所在省份, 所在省, 省级, 省/直辖市, state_province, region_province, 收货省份,"
        " 收件省, billing_state, mailing_state, billing_province, shipping_province, 省份名称, 注册省份"
    ),
)
CITY = Column(
    "city",
    T,
    Label("城市", "City"),
    synonyms=words(
        "市, 所在城市, 城市名称, 地市, 所在市, 收货城市, 收件市, town, billing_city, mailing_city,"
        " shipping_city, 注册城市"
    ),
)
DISTRICT = Column(
    "district",
    T,
    Label("区县", "District"),
    synonyms=words("区, 县, 区/县, 所在区县, 所在区, 县区, county, 收货区县, 收件区, 行政区"),
)
POSTCODE = Column(
    "postcode",
    T,
    Label("邮编", "Postcode"),
    synonyms=words(
        "zip, zip_code, postal_code, postcode_no, 邮政编码, 邮递区号, billing_zip, mailing_zip, shipping_zip,"
        " billing_postal_code, 收货邮编"
    ),
)
ADDRESS_WORDS = words(
    "street, 详细地址, 联系地址, 通讯地址, 家庭地址, 收货地址, 居住地址, address_line_1, address1,"
    " street_address, mailing_street, billing_street, billing_address1, default_address_address1, home_address,"
    " 住址, 现住址, 邮寄地址, 家庭住址, 收货人地址, 收件地址, 收件人地址, receiver_address"
)
OPENED_WORDS = words(
    "开户日期, 开户时间, 开户日, 立户日期, account_opening_date, account_open_date, account_opened, account_opened_on,"
    " date_opened, open_date, opening_date, customer_since, client_since, onboarding_date, onboarded_at,"
    " onboarded_on"
)
"""Names of the day on which a customer opened an account with us; weak, because the record may tell its own."""
CREATED_WORDS = words(
    "registered_at, register_time, signup_date, 注册时间, 创建时间, 注册日期, 创建日期, create_date,"
    " created_date, created, created_on, created_time, date_created, date_added, 建档日期, 入会时间, 入会日期,"
    " 开卡时间, 开卡日期, 加入时间, signup_at, register_date, registration_date, 添加时间, 录入时间, 登记时间,"
    " 办卡时间, 办卡日期, 成为会员时间, 成为客户时间, reg_time, reg_date, register_at, create_time,"
    " gmt_create, 建卡时间"
)
