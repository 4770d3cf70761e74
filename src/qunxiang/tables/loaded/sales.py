"""Contracts of what is sold: orders and their lines, products, opportunities."""

from __future__ import annotations

from dataclasses import replace

from qunxiang.i18n import Label
from qunxiang.tables.contract import Column, Contract
from qunxiang.tables.loaded.columns import (
    ACCOUNT,
    ACCOUNT_NAME_WORDS,
    CHANNEL,
    CREATED_WORDS,
    CURRENCY,
    EMAIL,
    OWNER,
    PERSON,
    PHONE,
    PRODUCT,
    STORE,
    USERNAME,
    B,
    D,
    M,
    N,
    S,
    T,
    required,
    words,
)

_ORDER = Column(
    "order_id",
    T,
    Label("订单号", "Order id"),
    synonyms=words(
        "basket_id, order_no, order_number, invoice_no, invoiceno, 订单编号, 单号, 交易号, 小票号, "
        "订单ID, 单据编号, 单据号, 销售单号, 销售订单号, 出库单号, 发票号, 发票号码, 主订单编号, "
        "交易单号, 交易编号, order, orderid, order_code, sales_order_no, sales_order_number, "
        "salesordernumber, invoice_number, invoice, transaction_id, receipt_no, 单据编码, 订单流水号, "
        "交易流水号, 流水号, 销售单编号, 订货单号, 小票编号, tid, trade_no, order_sn, 订单主键"
    ),
    weak=words("商户订单号, 外部订单号, id"),
)
_ORDERED_AT = Column(
    "ordered_at",
    S,
    Label("下单时间", "Ordered at"),
    synonyms=words(
        "transaction_timestamp, order_date, order_time, invoicedate, purchase_date, 下单日期, "
        "订单日期, 交易时间, 购买时间, 订单时间, 订单创建时间, 单据日期, 开单日期, 销售日期, 消费时间, "
        "消费日期, 成交时间, 成交日期, 购买日期, 交易日期, 开票日期, 拍下时间, orderdate, "
        "order_datetime, order_created_at, invoice_date, transaction_date, purchased_at, sale_date, "
        "订购日期, 订货日期, 开单时间, 结账时间, 销售时间, 买家下单时间, 订购时间, order_create_time"
    ),
    weak=words("日期, date, 创建时间, created_at, 业务日期, 制单日期, create_time, 创建日期"),
)
_CURRENT_STATUS = words(
    "order_status, 订单状态, 状态, 交易状态, 单据状态, financial_status, 支付状态, 主订单状态, 子订单状态,"
    " state_of_order"
)

ORDERS = Contract(
    name="orders",
    label=Label("订单", "Orders"),
    grain=Label("每行一张订单", "one row per order"),
    key=("order_id",),
    columns=(
        required(_ORDER),
        PERSON,
        ACCOUNT,
        required(_ORDERED_AT),
        Column(
            "amount",
            M,
            Label("实付金额", "Amount"),
            required=True,
            synonyms=words(
                "sales_value, sales, revenue, 销售额, 成交金额, 买家实际支付金额, 实际支付金额, 实收金额, "
                "订单实付金额, 价税合计, 支付金额, 销售金额, 消费金额, 交易金额, 付款金额, amount_paid, "
                "total_due, paid_amount, net_amount, 实付, 实收, 实付款, 实收款, 实际付款, 实际支付, 实付总额, "
                "成交额, 订单实付, 订单实收, 实收合计, pay_amount, pay_fee, paid_fee, payment_amount, "
                "actual_amount, actual_pay"
            ),
            weak=words(
                "金额, 订单金额, 应付金额, 应收金额, 订单总额, 订单总价, 总金额, 合计金额, 总价, 合计, "
                "本币价税合计, 价税合计(本位币), 含税金额, 消费总额, total, total_amount, order_amount, "
                "total_price, order_total, grand_total, total_fee"
            ),
        ),
        Column(
            "discount",
            M,
            Label("折扣", "Discount"),
            synonyms=words(
                "discount_amount, 优惠金额, 折扣金额, total_discount, total_discounts, 优惠, 订单优惠, 折扣额, "
                "优惠合计, 整单优惠, 让利金额, 优惠总额, 折让金额"
            ),
        ),
        CURRENCY,
        Column("status", T, Label("订单状态", "Status"), synonyms=_CURRENT_STATUS),
        Column(
            "returned_amount",
            M,
            Label("退货金额", "Amount returned"),
            minimum=0,
            synonyms=words(
                "refund_amount, refunded_amount, 退款金额, 退款, 退货额, refund, refunds, 已退款金额, "
                "退款总额, 成功退款, 退款成功金额, 实退金额"
            ),
        ),
        Column(
            "shipping",
            M,
            Label("运费", "Shipping"),
            synonyms=words(
                "shipping_fee, freight, 邮费, 快递费, 买家应付邮费, shipping_amount, shipping_cost, 物流费用"
            ),
        ),
        Column(
            "cost",
            M,
            Label("订单成本", "Cost"),
            synonyms=words("order_cost, total_cost, cogs, 成本, 成本金额, 销售成本, 总成本"),
        ),
        Column(
            "payment_method",
            T,
            Label("支付方式", "Payment method"),
            synonyms=words("payment, payment_type, pay_method, 付款方式, 支付渠道, 结算方式, 收款方式"),
        ),
        Column(
            "paid_at",
            S,
            Label("付款时间", "Paid at"),
            synonyms=words(
                "payment_time, pay_time, 订单付款时间, 支付时间, 付款日期, payment_date, 支付日期, "
                "买家付款时间, 支付完成时间, 付款完成时间, 收款时间, paid_time"
            ),
        ),
        Column(
            "coupon_code",
            T,
            Label("优惠码", "Discount code"),
            synonyms=words("discount_code, promo_code, promotion_code, 优惠券码, 优惠券编码, 促销代码"),
        ),
        PHONE,
        EMAIL,
        USERNAME,
        CHANNEL,
        STORE,
    ),
)

ORDER_LINES = Contract(
    name="order_lines",
    label=Label("订单明细", "Order lines"),
    grain=Label("每行一张订单中的一种商品", "one row per product in an order"),
    key=("line_id",),
    derived_key=True,
    columns=(
        Column(
            "line_id",
            T,
            Label("明细编号", "Line id"),
            synonyms=words(
                "order_line_id, 明细ID, 行号, 子订单编号, 子订单号, 分录号, line_item_id, order_item_id,"
                " lineid, salesorderdetailid, 订单明细编号"
            ),
        ),
        required(_ORDER),
        PERSON,
        ACCOUNT,
        required(PRODUCT),
        required(_ORDERED_AT),
        Column(
            "quantity",
            N,
            Label("数量", "Quantity"),
            synonyms=words(
                "qty, order_quantity, 件数, 购买数量, 宝贝数量, 商品数量, 销售数量, 数量合计, "
                "lineitem_quantity, orderqty, 实发数量, 订单数量, 宝贝总数量, units, 主数量, 销量, 销售件数, "
                "出库数量, num, goods_num, 商品件数"
            ),
        ),
        Column(
            "amount",
            M,
            Label("实付金额", "Amount"),
            required=True,
            synonyms=words(
                "sales_value, line_total, sales_amount, sales, 销售额, 成交金额, 价税合计, 行金额, 明细金额, "
                "实际支付金额, 买家实际支付金额, 实收金额, 商品实付金额, 销售金额, linetotal, line_amount, "
                "extended_price, lineitem_total, 实付, 实收, 商品实付, 商品实收, 实付款, pay_amount, "
                "订单实付金额"
            ),
            weak=words("金额, 小计, 商品金额, 应付金额, 商品总价, 含税金额, 总价, 本币价税合计, total, subtotal"),
        ),
        Column(
            "unit_price",
            M,
            Label("成交单价", "Unit price"),
            synonyms=words(
                "price, 单价, 含税单价, 销售单价, 商品单价, 商品价格, lineitem_price, unitprice, sale_price"
            ),
        ),
        Column(
            "discount",
            M,
            Label("商家折扣", "Store discount"),
            minimum=0,
            synonyms=words(
                "retail_disc, discount_amount, 优惠金额, 折扣金额, 折扣额, lineitem_discount, line_discount"
            ),
        ),
        Column(
            "coupon_discount",
            M,
            Label("优惠券抵扣", "Coupon discount"),
            minimum=0,
            synonyms=words("coupon_disc, coupon_amount, 优惠券金额, 券抵扣, 优惠券优惠"),
        ),
        Column(
            "coupon_match_discount",
            M,
            Label("商家补贴券额", "Store match of coupons"),
            minimum=0,
            synonyms=words("coupon_match_disc"),
        ),
        Column(
            "cost",
            M,
            Label("行成本", "Cost"),
            synonyms=words("line_cost, total_cost, cogs, 成本金额, 成本, 销售成本, total_product_cost"),
        ),
        CURRENCY,
        Column(
            "returned",
            B,
            Label("是否退货", "Returned"),
            synonyms=words("is_return, return_flag, is_returned, 退货, 退货标志, 是否退款"),
        ),
        CHANNEL,
        STORE,
    ),
)

PRODUCTS = Contract(
    name="products",
    label=Label("商品", "Products"),
    grain=Label("每行一种商品", "one row per product"),
    key=("product_id",),
    columns=(
        replace(required(PRODUCT), weak=(*PRODUCT.weak, "id")),
        Column(
            "name",
            T,
            Label("商品名称", "Product name"),
            synonyms=words(
                "product_name, product, 品名, 产品名称, 物料名称, 存货名称, 商品标题, 宝贝标题, 商品名, "
                "item_name, title, product_title, 产品, productname, 商品全名, goods_name, 物品名称, 宝贝名称"
            ),
        ),
        Column(
            "category",
            T,
            Label("品类", "Category"),
            synonyms=words(
                "department, product_line, 一级类目, 类目, 大类, 一级分类, 商品分类, 商品类别, 产品类别, "
                "产品分类, 商品类目, 物料分组, 存货分类, 系列, series, item_category, product_family, "
                "存货大类, 商品大类, 产品大类, 物料类别, 货品分类, cat, cat_name, category_name"
            ),
        ),
        Column(
            "subcategory",
            T,
            Label("子品类", "Subcategory"),
            synonyms=words(
                "product_category, 二级类目, 中类, 二级分类, sub_category, 子类, 子类目, product_subcategory"
            ),
        ),
        Column(
            "type",
            T,
            Label("品种", "Type"),
            synonyms=words("product_type, 三级类目, 小类, 三级分类, item_type, 商品类型, 产品类型"),
        ),
        Column(
            "brand",
            T,
            Label("品牌", "Brand"),
            synonyms=words("品牌名称, 商品品牌, 产品品牌, 所属品牌, 品牌名, vendor, brand_name, product_brand"),
        ),
        Column(
            "brand_type",
            T,
            Label("品牌类型", "Brand type"),
            synonyms=words("private_label, 品牌性质, 自有品牌, 是否自有品牌"),
        ),
        Column(
            "manufacturer_id",
            T,
            Label("厂商", "Manufacturer"),
            synonyms=words("manufacturer, 厂家, 供应商, 生产厂家, supplier, 供应商名称, 制造商"),
        ),
        Column(
            "package_size",
            T,
            Label("规格", "Package size"),
            synonyms=words("size, 包装规格, 规格型号, 型号, 商品规格, specification, model, 包装"),
        ),
        Column(
            "unit_price",
            M,
            Label("标价", "List price"),
            minimum=0,
            synonyms=words(
                "price, list_price, sales_price, 单价, 售价, 零售价, 标准售价, 吊牌价, 价格, 销售价, "
                "建议零售价, variant_price, msrp, listprice, standard_price, 市场价, 参考售价, 一口价, "
                "吊牌价格"
            ),
        ),
        Column(
            "unit_cost",
            M,
            Label("单位成本", "Unit cost"),
            minimum=0,
            synonyms=words(
                "cost, standard_cost, 成本, 进价, 成本价, 采购价, 标准成本, 进货价, cost_price, "
                "purchase_price, standardcost, cost_per_item, 参考成本, 最新成本, 计划成本"
            ),
        ),
        Column(
            "unit",
            T,
            Label("计量单位", "Unit"),
            synonyms=words("uom, unit_of_measure, 单位, 基本单位, 销售单位, 主计量单位, 库存单位"),
        ),
        Column(
            "launched_on",
            D,
            Label("上市日期", "Launched"),
            synonyms=words("launch_date, 上架时间, 上架日期, 上市时间, sell_start_date, 首次上架"),
        ),
    ),
)

OPPORTUNITIES = Contract(
    name="opportunities",
    label=Label("商机", "Opportunities"),
    grain=Label("每行一个商机", "one row per sales opportunity"),
    key=("opportunity_id",),
    columns=(
        Column(
            "opportunity_id",
            T,
            Label("商机编号", "Opportunity id"),
            required=True,
            synonyms=words(
                "deal_id, 商机ID, 机会编号, 商机代码, opportunityid, 销售机会编号, deal_record_id, 商机自动编号"
            ),
            weak=words("id"),
        ),
        Column(
            "name",
            T,
            Label("商机名称", "Opportunity"),
            synonyms=words("opportunity_name, deal_name, dealname, 机会名称, 销售机会, 商机主题, 商机, 销售机会名称"),
        ),
        ACCOUNT,
        Column(
            "account_name",
            T,
            Label("客户企业", "Account name"),
            synonyms=(
                *words("account, company, company_name, 客户名称, 公司名称, associated_company, 企业名称, 客户"),
                *ACCOUNT_NAME_WORDS,
            ),
        ),
        replace(PERSON, synonyms=words("contact_id, customer_id, 联系人ID, 联系人编号, primary_contact_id, 客户ID")),
        replace(PRODUCT, synonyms=(*PRODUCT.synonyms, *words("product, product_name, 产品, 产品名称, 意向产品"))),
        Column(
            "stage",
            T,
            Label("阶段", "Stage"),
            synonyms=words(
                "deal_stage, dealstage, stage_name, sales_stage, 商机阶段, 销售阶段, 当前阶段, 机会阶段,"
                " stagename, 销售流程阶段"
            ),
        ),
        Column(
            "amount",
            M,
            Label("商机金额", "Amount"),
            synonyms=words(
                "close_value, deal_value, deal_amount, expected_revenue, 预计金额, 预计成交金额, 预计销售金额,"
                " 金额, opportunity_amount, 机会金额, 预估金额, 商机预计金额, 成交金额"
            ),
        ),
        CURRENCY,
        Column(
            "probability",
            N,
            Label("赢率", "Probability"),
            minimum=0,
            maximum=100,
            synonyms=words("win_probability, 成交概率, 概率, 可能性, 赢单率, deal_probability, 预计赢率"),
        ),
        Column(
            "opened_at",
            S,
            Label("开始时间", "Opened at"),
            synonyms=(
                *words(
                    "engage_date, open_date, opened, start_date, 开始日期, 发现时间, 发现日期, 立项日期, 商机创建时间"
                ),
                *CREATED_WORDS,
            ),
        ),
        Column(
            "expected_close_on",
            D,
            Label("预计成交日期", "Expected close"),
            synonyms=words(
                "expected_close_date, 预计签单日期, 预计结束日期, 预计成交时间, 预计签约日期, "
                "forecast_close_date, 预计结单日期, 预计签单时间"
            ),
        ),
        Column(
            "closed_at",
            S,
            Label("结束时间", "Closed at"),
            synonyms=words(
                "close_date, closedate, closed, closed_date, 成交日期, 关闭日期, 结单日期, 赢单日期, 签单日期, "
                "关闭时间, 签约日期, 签约时间, 成单日期, 结束日期"
            ),
        ),
        Column(
            "outcome",
            T,
            Label("结果", "Outcome"),
            synonyms=words(
                "result, won_lost, win_loss, is_won, deal_outcome, 赢单状态, 商机结果, 输赢, 赢输单, 商机状态, "
                "status, 是否赢单, 输赢结果"
            ),
        ),
        Column(
            "reason",
            T,
            Label("输赢原因", "Reason"),
            synonyms=words(
                "loss_reason, lost_reason, win_reason, closed_lost_reason, closed_won_reason, 输单原因, "
                "丢单原因, 赢单原因, 原因, 流失原因, 战败原因, 失败原因"
            ),
        ),
        Column(
            "competitor",
            T,
            Label("竞争对手", "Competitor"),
            synonyms=words("competitors, main_competitor, 竞品, 竞争厂商, 主要竞争对手, 竞争品牌, 输给"),
        ),
        OWNER,
        Column(
            "source",
            T,
            Label("商机来源", "Source"),
            synonyms=words("lead_source, leadsource, original_source, 线索来源, 来源, 机会来源, 来源渠道"),
        ),
    ),
)
