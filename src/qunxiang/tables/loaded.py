"""Contracts of the tables that people load."""

from __future__ import annotations

from qunxiang.i18n import Label
from qunxiang.tables.contract import Column, ColumnType, Contract

T, I, M, N, B, D, S = (  # noqa: E741
    ColumnType.TEXT,
    ColumnType.INTEGER,
    ColumnType.MONEY,
    ColumnType.NUMBER,
    ColumnType.BOOLEAN,
    ColumnType.DATE,
    ColumnType.TIMESTAMP,
)

_PERSON = Column(
    "person_id",
    T,
    Label("客户编号", "Person id"),
    synonyms=(
        "household_id",
        "customer_id",
        "customer",
        "user_id",
        "member_id",
        "client_id",
        "会员号",
        "客户ID",
        "客户号",
        "会员编号",
        "用户ID",
        "用户编号",
        "买家ID",
    ),
)
_ACCOUNT = Column(
    "account_id",
    T,
    Label("企业编号", "Account id"),
    synonyms=("company_id", "organisation_id", "企业ID", "公司编号", "客户公司编号"),
)


def _required(column: Column) -> Column:
    return Column(**{**column.__dict__, "required": True})


PERSONS = Contract(
    name="persons",
    label=Label("个人客户", "Persons"),
    grain=Label("每行一位客户（或一个家庭）", "one row per person or household"),
    key=("person_id",),
    columns=(
        _required(_PERSON),
        Column(
            "name",
            T,
            Label("姓名", "Name"),
            personal=True,
            synonyms=("full_name", "customer_name", "客户姓名", "会员姓名", "客户名称"),
        ),
        Column(
            "email",
            T,
            Label("邮箱", "E-mail"),
            personal=True,
            synonyms=("email_address", "e-mail", "电子邮箱", "邮件", "电子邮件"),
        ),
        Column(
            "phone",
            T,
            Label("电话", "Phone"),
            personal=True,
            synonyms=("mobile", "telephone", "phone_number", "手机", "手机号", "联系电话", "手机号码"),
        ),
        Column(
            "birth_date",
            D,
            Label("出生日期", "Birth date"),
            personal=True,
            synonyms=("birthday", "date_of_birth", "dob", "生日"),
        ),
        Column("gender", T, Label("性别", "Gender"), synonyms=("sex",)),
        Column("age_band", T, Label("年龄段", "Age band"), synonyms=("age", "age_group", "年龄", "年龄组")),
        Column(
            "income_band", T, Label("收入段", "Income band"), synonyms=("income", "income_group", "收入", "收入水平")
        ),
        Column("education", T, Label("学历", "Education"), synonyms=("education_level", "教育程度", "文化程度")),
        Column("occupation", T, Label("职业", "Occupation"), synonyms=("job", "profession", "工作")),
        Column("marital_status", T, Label("婚姻状况", "Marital status"), synonyms=("marital", "婚姻", "婚否")),
        Column(
            "home_ownership", T, Label("住房情况", "Home ownership"), synonyms=("homeowner_desc", "homeowner", "住房")
        ),
        Column("household_size", T, Label("家庭人数", "Household size"), synonyms=("family_size", "家庭人口")),
        Column(
            "household_type", T, Label("家庭结构", "Household type"), synonyms=("household_comp", "hh_comp", "家庭类型")
        ),
        Column(
            "kids_count",
            T,
            Label("子女数", "Children"),
            synonyms=("children", "number_of_children", "孩子数", "子女人数"),
        ),
        Column("country", T, Label("国家", "Country"), synonyms=("国家地区",)),
        Column("province", T, Label("省份", "Province"), synonyms=("state", "省", "州")),
        Column("city", T, Label("城市", "City"), synonyms=("市", "所在城市")),
        Column("address", T, Label("地址", "Address"), personal=True, synonyms=("street", "详细地址", "联系地址")),
        Column(
            "created_at",
            S,
            Label("建档时间", "Created"),
            synonyms=("registered_at", "register_time", "signup_date", "注册时间", "创建时间", "注册日期"),
        ),
    ),
)

ACCOUNTS = Contract(
    name="accounts",
    label=Label("企业客户", "Accounts"),
    grain=Label("每行一家企业", "one row per company"),
    key=("account_id",),
    columns=(
        _required(_ACCOUNT),
        Column(
            "name",
            T,
            Label("企业名称", "Company name"),
            synonyms=("company", "company_name", "account", "account_name", "公司名称", "公司", "企业", "客户名称"),
        ),
        Column("industry", T, Label("行业", "Industry"), synonyms=("sector", "所属行业")),
        Column(
            "employees",
            I,
            Label("员工数", "Employees"),
            minimum=0,
            synonyms=("employee_count", "number_of_employees", "人数", "员工人数"),
        ),
        Column(
            "annual_revenue",
            M,
            Label("年营收", "Annual revenue"),
            synonyms=("revenue", "turnover", "营业额", "年收入", "营收"),
        ),
        Column("country", T, Label("国家", "Country"), synonyms=("office_location",)),
        Column("province", T, Label("省份", "Province"), synonyms=("state", "省")),
        Column("city", T, Label("城市", "City"), synonyms=("市",)),
        Column("created_at", S, Label("建档时间", "Created"), synonyms=("创建时间",)),
    ),
)

CONTACTS = Contract(
    name="contacts",
    label=Label("联系人", "Contacts"),
    grain=Label("每行一位客户在一家企业的任职", "one row per person in an account"),
    key=("person_id", "account_id"),
    columns=(
        _required(_PERSON),
        _required(_ACCOUNT),
        Column("job_title", T, Label("职务", "Job title"), synonyms=("title", "position", "职位", "岗位")),
        Column("buying_role", T, Label("采购角色", "Role in purchase"), synonyms=("role", "决策角色")),
    ),
)

_ORDER = Column(
    "order_id",
    T,
    Label("订单号", "Order id"),
    synonyms=(
        "basket_id",
        "order_no",
        "order_number",
        "invoice_no",
        "invoiceno",
        "订单编号",
        "单号",
        "交易号",
        "小票号",
    ),
)
_ORDERED_AT = Column(
    "ordered_at",
    S,
    Label("下单时间", "Ordered at"),
    synonyms=(
        "transaction_timestamp",
        "order_date",
        "order_time",
        "date",
        "invoicedate",
        "purchase_date",
        "下单日期",
        "订单日期",
        "交易时间",
        "购买时间",
        "订单时间",
    ),
)
_CHANNEL = Column("channel", T, Label("渠道", "Channel"), synonyms=("sales_channel", "销售渠道", "来源渠道"))
_STORE = Column("store_id", T, Label("门店", "Store"), synonyms=("store", "shop_id", "门店编号", "店铺"))

ORDERS = Contract(
    name="orders",
    label=Label("订单", "Orders"),
    grain=Label("每行一张订单", "one row per order"),
    key=("order_id",),
    columns=(
        _required(_ORDER),
        _PERSON,
        _ACCOUNT,
        _required(_ORDERED_AT),
        Column(
            "amount",
            M,
            Label("实付金额", "Amount"),
            required=True,
            synonyms=(
                "total",
                "order_amount",
                "sales_value",
                "sales",
                "revenue",
                "金额",
                "订单金额",
                "销售额",
                "成交金额",
            ),
        ),
        Column("discount", M, Label("折扣", "Discount"), synonyms=("discount_amount", "优惠金额", "折扣金额")),
        _CHANNEL,
        _STORE,
    ),
)

ORDER_LINES = Contract(
    name="order_lines",
    label=Label("订单明细", "Order lines"),
    grain=Label("每行一张订单中的一种商品", "one row per product in an order"),
    key=("line_id",),
    derived_key=True,
    columns=(
        Column("line_id", T, Label("明细编号", "Line id"), synonyms=("order_line_id", "明细ID", "行号")),
        _required(_ORDER),
        _PERSON,
        _ACCOUNT,
        Column(
            "product_id",
            T,
            Label("商品编号", "Product id"),
            required=True,
            synonyms=("sku", "item_id", "stockcode", "productkey", "商品ID", "货号", "商品编码"),
        ),
        _required(_ORDERED_AT),
        Column("quantity", N, Label("数量", "Quantity"), synonyms=("qty", "order_quantity", "件数", "购买数量")),
        Column(
            "amount",
            M,
            Label("实付金额", "Amount"),
            required=True,
            synonyms=("sales_value", "line_total", "sales_amount", "sales", "金额", "销售额", "成交金额", "小计"),
        ),
        Column(
            "discount",
            M,
            Label("商家折扣", "Store discount"),
            minimum=0,
            synonyms=("retail_disc", "discount_amount", "优惠金额", "折扣金额"),
        ),
        Column(
            "coupon_discount",
            M,
            Label("优惠券抵扣", "Coupon discount"),
            minimum=0,
            synonyms=("coupon_disc", "coupon_amount", "优惠券金额", "券抵扣"),
        ),
        Column(
            "coupon_match_discount",
            M,
            Label("商家补贴券额", "Store match of coupons"),
            minimum=0,
            synonyms=("coupon_match_disc",),
        ),
        _CHANNEL,
        _STORE,
    ),
)

PRODUCTS = Contract(
    name="products",
    label=Label("商品", "Products"),
    grain=Label("每行一种商品", "one row per product"),
    key=("product_id",),
    columns=(
        Column(
            "product_id",
            T,
            Label("商品编号", "Product id"),
            required=True,
            synonyms=("sku", "item_id", "productkey", "商品ID", "货号", "商品编码"),
        ),
        Column("name", T, Label("商品名称", "Product name"), synonyms=("product_name", "product", "品名", "产品名称")),
        Column(
            "category",
            T,
            Label("品类", "Category"),
            synonyms=("department", "product_line", "一级类目", "类目", "大类"),
        ),
        Column("subcategory", T, Label("子品类", "Subcategory"), synonyms=("product_category", "二级类目", "中类")),
        Column("type", T, Label("品种", "Type"), synonyms=("product_type", "三级类目", "小类")),
        Column("brand_type", T, Label("品牌类型", "Brand type"), synonyms=("brand", "private_label", "品牌性质")),
        Column("manufacturer_id", T, Label("厂商", "Manufacturer"), synonyms=("manufacturer", "厂家", "供应商")),
        Column("package_size", T, Label("规格", "Package size"), synonyms=("size", "包装规格")),
        Column(
            "unit_cost",
            M,
            Label("单位成本", "Unit cost"),
            minimum=0,
            synonyms=("cost", "standard_cost", "成本", "进价"),
        ),
    ),
)

EVENTS = Contract(
    name="events",
    label=Label("行为", "Events"),
    grain=Label("每行一次行为", "one row per event"),
    key=("event_id",),
    derived_key=True,
    columns=(
        Column("event_id", T, Label("行为编号", "Event id"), synonyms=("message_id", "行为ID")),
        _required(_PERSON),
        Column(
            "event",
            T,
            Label("行为", "Event"),
            required=True,
            synonyms=("event_name", "event_type", "action", "事件", "行为类型"),
        ),
        Column(
            "occurred_at",
            S,
            Label("发生时间", "Occurred at"),
            required=True,
            synonyms=("timestamp", "event_time", "time", "时间", "行为时间"),
        ),
        Column("channel", T, Label("渠道", "Channel"), synonyms=("source", "来源")),
        Column("page", T, Label("页面", "Page"), synonyms=("url", "page_url", "网址", "页面地址")),
        Column("value", N, Label("数值", "Value"), synonyms=("event_value",)),
    ),
)

CAMPAIGN_CONTACTS = Contract(
    name="campaign_contacts",
    label=Label("活动触达", "Campaign contacts"),
    grain=Label("每行一位客户在一次活动中的一次触达", "one row per person and campaign contact"),
    key=("contact_id",),
    derived_key=True,
    columns=(
        Column("contact_id", T, Label("触达编号", "Contact id")),
        Column(
            "campaign_id", T, Label("活动编号", "Campaign id"), required=True, synonyms=("campaign", "活动ID", "活动")
        ),
        _required(_PERSON),
        Column("campaign_type", T, Label("活动类型", "Campaign type"), synonyms=("type", "活动类别")),
        Column(
            "contacted_at",
            S,
            Label("触达时间", "Contacted at"),
            required=True,
            synonyms=("start_date", "sent_at", "发送时间", "触达日期"),
        ),
        Column("ended_at", S, Label("活动结束", "Campaign end"), synonyms=("end_date", "结束时间")),
        Column("randomised", B, Label("是否随机分组", "Assigned at random"), synonyms=("randomized", "随机")),
        _CHANNEL,
    ),
)

RESPONSES = Contract(
    name="responses",
    label=Label("活动响应", "Responses"),
    grain=Label("每行一次对活动的响应", "one row per response to a campaign"),
    key=("response_id",),
    derived_key=True,
    columns=(
        Column("response_id", T, Label("响应编号", "Response id")),
        Column(
            "campaign_id", T, Label("活动编号", "Campaign id"), required=True, synonyms=("campaign", "活动ID", "活动")
        ),
        _required(_PERSON),
        Column(
            "responded_at",
            S,
            Label("响应时间", "Responded at"),
            required=True,
            synonyms=("redemption_date", "response_date", "核销时间", "响应日期"),
        ),
        Column("response", T, Label("响应方式", "Response"), synonyms=("response_type", "响应类型")),
        Column("reference", T, Label("凭证", "Reference"), synonyms=("coupon_upc", "coupon", "券号", "优惠券")),
    ),
)

LOADED: dict[str, Contract] = {
    c.name: c
    for c in (PERSONS, ACCOUNTS, CONTACTS, ORDERS, ORDER_LINES, PRODUCTS, EVENTS, CAMPAIGN_CONTACTS, RESPONSES)
}
