"""Words over the columns of Chinese ERP, CRM and shop exports: 用友, 金蝶, 有赞, 微盟, 淘宝, and tables of shops."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_rows import run_checks

from qunxiang import Workspace
from qunxiang.intake import recognise
from qunxiang.intake.recognition import THRESHOLD, propose
from qunxiang.services.sources import _called
from qunxiang.tables import LOADED
from qunxiang.web.pages.load_columns import first_choices

HEADERS = {
    "persons": """
        会员卡号 会员编码 会员代码 客户编号 姓名 会员姓名 顾客 客户 手机号码 手机 会员手机号码 注册手机 联系方式
        联系人手机 移动电话 电话 邮箱 电子邮箱 E-mail 微信昵称 微信unionid openid 用户昵称 买家昵称 性别 生日
        出生日期 年龄 年龄段 会员等级 会员卡类型 会员卡名称 等级名称 当前等级 VIP级别 积分 当前积分 可用积分
        会员积分 积分余额 注册时间 注册日期 入会时间 入会日期 开卡日期 办卡时间 办卡日期 成为会员时间
        成为客户时间 首次关注时间 省 省份 所在省 城市 所在城市 区县 所在区 地址 详细地址 家庭住址 邮编 邮政编码
        国家 身份证号 证件号码 学历 职业 婚姻状况 兴趣爱好 是否同意营销 客户ID 用户ID 客户姓名 联系人 客户手机号
        企微客户ID external_userid reg_time nick nickname mobile tel phone gender birthday vip_grade
        member_level province city address create_time uid user_id id email
    """,
    "accounts": """
        客户编码 客户代码 客户编号 客户名称 客户全称 公司名称 企业名称 单位名称 往来单位 客户简称
        统一社会信用代码 纳税登记号 纳税人识别号 税号 纳税号 所属行业 行业 客户行业 一级行业 员工人数 年营业额
        年销售额 成立日期 成立时间 省份 城市 地址 联系地址 公司地址 注册地址 经营地址 电话 公司电话 固定电话
        网址 公司网站 官网 邮编 负责人 客户负责人 业务员 专管业务员 分管业务员 所属销售 客户经理 创建时间
        创建日期 建档日期 启用日期 发展日期 上级客户 上级公司 母公司 移动电话 Account Name Industry Employees
        AnnualRevenue BillingCity Website 客户所有人 account_id company_id name industry
    """,
    "orders": """
        订单号 订单编号 单号 单据编号 单据编码 销售单号 出库单号 订单流水号 交易单号 流水号 小票号 主订单编号
        tid 商户订单号 买家会员名 买家昵称 买家ID 客户编号 客户代码 会员卡号 会员号 购货单位代码 购货单位编码
        客户编码 收货人手机号 收货人电话 联系手机 手机号码 买家手机 买家手机号 客户手机 下单人手机号 会员手机
        收件人手机 手机号 收货人手机号/提货人手机号 买家付款时间 付款时间 支付时间 订单付款时间 支付完成时间
        下单时间 下单日期 订单创建时间 创建时间 成交时间 交易时间 日期 单据日期 业务日期 销售日期 制单日期
        订购日期 订货日期 开单时间 结账时间 消费时间 实付金额 实付 实收 实收金额 实际支付金额 买家实际支付金额
        订单实付金额 实付款 实付金额(元) 实际付款 付款金额 支付金额 成交金额 成交额 应付金额 应收金额 订单金额
        订单总额 订单总价 总金额 合计金额 总价 合计 价税合计 金额 销售额 销售金额 本币价税合计 价税合计(本位币)
        含税金额 优惠金额 折扣金额 优惠 整单优惠 让利金额 运费 邮费 快递费 订单状态 状态 交易状态 单据状态
        支付方式 付款方式 结算方式 收款方式 退款金额 退货金额 成功退款 币种 币别 订单来源 渠道 销售渠道 下单渠道
        来源 店铺 店铺名称 归属店铺 所属店铺 下单网点 门店 门店名称 门店编码 成本 order_id order_no order_sn
        trade_no user_id member_id buyer_id pay_time pay_amount payment order_amount total_fee total_amount
        created_at order_time status channel shop_name store_name
    """,
    "order_lines": """
        订单编号 单据编号 单据编码 子订单编号 商品编码 商品代码 商品编号 产品代码 产品编码 产品编号 存货编码
        物料编码 货号 商家编码 SKU 规格编码 商品ID 宝贝ID 商品条码 条码 日期 单据日期 业务日期 下单时间 数量
        购买数量 商品数量 主数量 实发数量 件数 销量 单价 含税单价 商品单价 成交单价 金额 实付金额 价税合计
        商品实付金额 商品金额 应付金额 小计 商品总价 商品实付 折扣额 优惠金额 商品名称 成本 成本金额 goods_id
        sku_id sku qty num quantity price pay_amount amount order_id product_id
    """,
    "products": """
        商品编码 商品代码 产品代码 存货编码 物料编码 物料代码 货号 商品ID 宝贝ID SKU编码 商品名称 产品名称
        存货名称 物料名称 宝贝标题 品名 商品分类 产品分类 类目 一级类目 二级类目 三级类目 品类 存货大类 存货分类
        大类 中类 小类 商品类型 品牌 品牌名称 商品品牌 厂家 供应商 规格 规格型号 型号 零售价 售价 标准售价
        吊牌价 参考售价 销售价 单价 成本价 进价 采购价 参考成本 最新成本 计量单位 主计量单位 单位 基本单位
        上架时间 上市日期 goods_id goods_name sku_id title cat category brand price cost
    """,
    "opportunities": """
        商机编号 商机ID 商机名称 机会名称 销售机会 客户名称 客户 公司名称 客户ID 商机金额 预计金额 预计销售金额
        预计成交金额 金额 商机阶段 阶段 销售阶段 赢率 成交概率 可能性 预计成交日期 预计签单日期 结单日期
        预计结单日期 签约日期 创建时间 创建日期 负责人 商机负责人 所属销售 输单原因 丢单原因 流失原因 竞争对手
        竞品 商机来源 来源 产品 意向产品 商机状态 是否赢单
    """,
    "campaign_contacts": """
        活动编号 活动ID 活动名称 营销活动 推送计划 会员卡号 手机号 手机号码 接收手机号 发送时间 触达时间
        推送时间 发送日期 触达渠道 发送渠道 渠道 发送结果 是否送达 送达状态 是否打开 是否点击 是否已读
    """,
    "verbatims": """
        客户编号 回访日期 回访时间 来电日期 反馈日期 评价日期 评论日期 回访内容
    """,
    "responses": """
        活动ID 活动名称 会员卡号 手机号 券码 优惠券 优惠券名称 核销时间 使用时间 领取时间 参与时间 报名时间
        响应时间
    """,
}

# exports as they are, with the columns that say the same twice: what is mapped of them
YOUZAN = {
    "订单号": "order_id",
    "订单状态": "status",
    "买家昵称": "username",
    "收货人手机号/提货人手机号": "phone",
    "订单创建时间": "ordered_at",
    "买家付款时间": "paid_at",
    "商品总金额": None,
    "优惠金额": "discount",
    "运费": "shipping",
    "应收订单金额": None,
    "订单实付金额": "amount",
    "支付方式": "payment_method",
    "归属店铺": "store_id",
    "商品名称": None,
}
TAOBAO = {
    "订单编号": "order_id",
    "买家会员名": "username",
    "买家应付货款": None,
    "买家应付邮费": "shipping",
    "总金额": None,
    "买家实际支付金额": "amount",
    "订单状态": "status",
    "收货人姓名": None,
    "联系手机": "phone",
    "订单创建时间": "ordered_at",
    "订单付款时间": "paid_at",
    "宝贝标题": None,
    "店铺名称": "store_id",
}
YONYOU = {
    "单据编码": "order_id",
    "单据日期": "ordered_at",
    "制单日期": None,
    "客户编码": "person_id",
    "业务员": None,
    "本币价税合计": "amount",
    "币种": "currency",
}


@pytest.mark.parametrize("table", HEADERS)
def test_common_words_are_known(table: str) -> None:
    lost = [word for word in HEADERS[table].split() if not recognise(LOADED[table], [word]).mapping]
    assert lost == []


@pytest.mark.parametrize("export", [YOUZAN, TAOBAO, YONYOU], ids=["youzan", "taobao", "yonyou"])
def test_an_export_with_several_amounts_and_days_is_mapped_without_asking(export: dict[str, str | None]) -> None:
    found = recognise(LOADED["orders"], export)
    assert found.ambiguous == {}
    assert {source: target for target, source in found.mapping.items()} == {s: t for s, t in export.items() if t}


def test_two_weak_words_are_asked() -> None:
    found = recognise(LOADED["orders"], ["订单号", "下单时间", "订单金额", "应收金额"])
    assert found.ambiguous == {"amount": ("订单金额", "应收金额")}


def test_the_day_of_a_call_back_is_when_something_was_said_unless_another_column_says_it() -> None:
    of_calls = ["客户编号", "回访日期", "回访内容"]
    assert recognise(LOADED["verbatims"], of_calls).mapping["said_at"] == "回访日期"
    assert recognise(LOADED["verbatims"], [*of_calls, "记录时间"]).mapping["said_at"] == "记录时间"


def test_owners_of_a_standard_export_are_known() -> None:
    for table, owner in (("accounts", "Account Owner"), ("opportunities", "Opportunity Owner")):
        assert recognise(LOADED[table], [owner]).mapping == {"owner": owner}
    both = recognise(LOADED["opportunities"], ["Opportunity Owner", "Account Owner"])
    assert both.mapping == {"owner": "Opportunity Owner"}


def test_a_campaign_is_known_by_its_name_where_no_id_is_there() -> None:
    found = recognise(LOADED["campaign_contacts"], ["活动名称", "手机号", "发送时间"])
    assert found.mapping["campaign_id"] == found.mapping["campaign_name"] == "活动名称"
    assert found.missing == ()


def test_a_spreadsheets_mark_of_text_is_taken_off() -> None:
    (row,) = run_checks(
        "orders",
        [{"订单号": '="0012"', "会员号": "'007", "手机号": "'13912340001", "下单时间": "2024-01-05", "实收": "1"}],
    )
    assert (row["order_id"], row["person_id"], row["phone"]) == ("0012", "007", "13912340001")
    assert row["__codes__"] is None


def test_the_time_of_payment_stands_for_that_of_the_order_where_there_is_no_other() -> None:
    found = recognise(LOADED["orders"], ["id", "member_id", "pay_time", "pay_amount"])
    assert found.mapping["ordered_at"] == found.mapping["paid_at"] == "pay_time"
    assert (found.missing, found.ambiguous) == ((), {})
    assert recognise(LOADED["orders"], ["订单号", "下单时间", "付款时间", "实付"]).mapping["ordered_at"] == "下单时间"


@pytest.mark.parametrize(
    ("name", "table"),
    [("shop.orders", "orders"), ("t_order_item", "order_lines"), ("public.tb_member", "persons"), ("log_2024", None)],
)
def test_a_table_of_a_database_is_taken_for_what_it_is_called(name: str, table: str | None) -> None:
    assert _called(name) == table


def test_a_column_that_stands_for_two_is_chosen_as_the_id_on_the_page(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ws") as ws:
        look = ws.preview([{"活动名称": "618", "手机号": "13912340001", "发送时间": "2024-06-01"}], "campaign_contacts")
    assert first_choices(look).said["活动名称"] == "campaign_id"


@pytest.mark.parametrize(
    "ranges", [["50-99人", "1000人以上", "少于20人"], ["51-200 employees", "10,001+ employees", "<10"]]
)
def test_a_company_size_told_as_a_range_rejects_no_company(ranges: list[str], tmp_path: Path) -> None:
    rows = [{"account_id": str(i), "name": f"公司{i}", "员工规模": size} for i, size in enumerate(ranges)]
    with Workspace.create(tmp_path / "ws") as ws:
        report = ws.load("accounts", rows)
    assert (report.rejected, report.custom, report.mapping["employees_range"]) == (0, {}, "员工规模")
    numbers = {"account_id": ["1"], "员工规模": ["120"]}
    assert recognise(LOADED["accounts"], numbers, values=lambda: numbers).mapping["employees"] == "员工规模"


@pytest.mark.parametrize(
    ("headers", "created", "founded"),
    [
        ("开户日期", "开户日期", None),
        ("Account Opening Date", "Account Opening Date", None),
        ("Customer Since", "Customer Since", None),
        ("建档日期", "建档日期", None),
        ("注册日期", "注册日期", None),
        ("成立日期", None, "成立日期"),
        ("Date of Incorporation", None, "Date of Incorporation"),
        ("Incorporation Date,Account Opening Date", "Account Opening Date", "Incorporation Date"),
        ("成立日期,开户日期,建档日期", "建档日期", "成立日期"),
        ("成立日期,注册日期", "注册日期", "成立日期"),
        # an extract of a company register: registration is founding
        ("法定代表人,注册资本,注册日期", None, "注册日期"),
        ("Registered Capital,Registration Date,Created", "Created", "Registration Date"),
        ("经营状态,成立日期,注册日期", None, "成立日期"),
        ("经营状态,登记时间", None, None),
        # beside a bank it may be the opening of a bank account
        ("开户银行,银行账号,开户日期", None, None),
        ("开户行,开户日期,创建时间", "创建时间", None),
    ],
)
def test_founding_of_a_company_is_not_taken_for_the_opening_of_its_account(
    headers: str, created: str | None, founded: str | None
) -> None:
    names = ["客户编号", "公司名称", *headers.split(",")]
    values = {name: ["2001-02-03"] * 6 for name in names} | {"客户编号": list("123456"), "公司名称": ["甲公司"] * 6}
    for given in (None, lambda: values):
        found = recognise(LOADED["accounts"], names, values=given)
        assert (found.mapping.get("created_at"), found.mapping.get("founded_on")) == (created, founded)
        assert not found.ambiguous
    proposals = {p.source: (p.target, p.confidence) for p in propose(LOADED["accounts"], names, values)}
    for target, source in (("created_at", created), ("founded_on", founded)):
        if source is not None:
            assert proposals[source][0] == target
            assert proposals[source][1] >= THRESHOLD


def test_a_person_opens_an_account_and_is_registered() -> None:
    for header in ("开户日期", "注册日期", "account_opening_date"):
        names = ["客户编号", "姓名", "法定代表人", header]
        assert recognise(LOADED["persons"], names).mapping["created_at"] == header
