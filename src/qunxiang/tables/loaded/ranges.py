"""Columns that hold a company's figures as ranges, as most registers of companies tell them."""

from __future__ import annotations

from qunxiang.i18n import Label
from qunxiang.tables.contract import Column
from qunxiang.tables.loaded.columns import T, words

EMPLOYEES_RANGE = Column(
    "employees_range",
    T,
    Label("员工数区间", "Range of employees"),
    range_of="employees",
    synonyms=words(
        "公司规模, 企业规模, 人员规模, 人数规模, 单位规模, 客户规模, 员工人数区间, 人数区间, 员工人数范围, 人数范围,"
        " 员工数范围, 公司人数规模, 企业人员规模, 公司员工规模, 企业员工规模, company_size, employee_range,"
        " employee_band, employees_band, employee_size, employees_count_range, number_of_employees_range,"
        " company_size_range, size_range, headcount_range, employee_count_range"
    ),
)
ANNUAL_REVENUE_RANGE = Column(
    "annual_revenue_range",
    T,
    Label("年营收区间", "Range of annual revenue"),
    range_of="annual_revenue",
    synonyms=words(
        "年收入规模, 营收规模, 年营收规模, 收入规模, 营业额规模, 年营业额规模, 营业收入规模, 年销售规模, 销售规模,"
        " 营收区间, 收入区间, 年收入区间, 年营业额区间, 营业额区间, 营业收入区间, 年销售额区间, 年营收范围, 年收入范围,"
        " 营收范围, 年营业额范围, revenue_range, revenue_band, revenue_size, annual_revenue_band, turnover_range,"
        " annual_turnover_range, turnover_band"
    ),
)
