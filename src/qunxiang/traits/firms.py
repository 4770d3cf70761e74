"""Firmographic traits that are made of what accounts state: industry by the standard, bands, age, technologies."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitKind
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.ranges import least, most
from qunxiang.traits import words as w
from qunxiang.traits.basis import TraitBasis

INDUSTRIES: Final = "industries"
"""Relation of the industries: one row per stated industry, ``stated_industry`` and :data:`INDUSTRY_COLUMNS`."""

INDUSTRY_COLUMNS: Final = ("industry_section", "industry_division")
"""Section and division of the standard."""

ACCOUNT_PARTS: Final = (
    *("industry", "employees", "employees_range", "annual_revenue", "annual_revenue_range", "founded_on"),
    "tech_stack",
)
"""Columns of ``accounts`` that these traits read."""

RANGES: Final = ("employees_range", "annual_revenue_range")
"""Those of them that bands are read from where no number is known; tables may be older than they are."""

EMPLOYEE_BANDS: Final = (
    (1, "1-19"),
    (20, "20-99"),
    (100, "100-299"),
    (300, "300-999"),
    (1_000, "1000-4999"),
    (5_000, "5000+"),
)
"""Least number of employees of a band, and its name."""

REVENUE_BANDS: Final = (
    (0, "<1M"),
    (1_000_000, "1M-5M"),
    (5_000_000, "5M-20M"),
    (20_000_000, "20M-100M"),
    (100_000_000, "100M-1B"),
    (1_000_000_000, "1B+"),
)
"""Least revenue of a band in the workspace's currency, and its name."""

_NO_BAND: Final = Label("没有填写，或填写的区间跨了几档", "Not given, or the range given lies in several bands")
_SEPARATORS = "[,;，；、|\\n\\t]+"


def stated_industries(accounts: Relation) -> Query:
    """Return every stated industry once: column ``stated_industry``."""
    return select(
        "SELECT DISTINCT a.industry AS stated_industry FROM accounts__ AS a WHERE a.industry IS NOT NULL",
        accounts=accounts,
    )


def by_profile(industries: Relation) -> Query:
    """One row per profile whose industry, as ``accounts_by_profile`` has it, was read."""
    return select(
        """SELECT a.profile_id, n.industry_section, n.industry_division
        FROM accounts_by_profile AS a JOIN industries__ AS n ON n.stated_industry = a.industry""",
        industries=industries,
    )


def _band(column: str, bands: tuple[tuple[int, str], ...], *, whole: bool) -> str:
    """Return the band of the exact number, else the one that holds the whole range; NULL where several do.

    The upper end of a range of whole numbers is in it, that of amounts is not: 1000万-5000万 ends below 5000万.
    """
    cases = " ".join(f"WHEN ac.{column} >= {begin} THEN '{name}'" for begin, name in reversed(bands))
    told = exp.column(f"{column}_range", "ac")
    low, high = (end(told).sql("duckdb") for end in (least, most))
    within = [f"WHEN {low} >= {bands[-1][0]} THEN '{bands[-1][1]}'"]
    for (begin, name), (end, _) in pairwise(bands):
        # "under 20" is 1 to 19: a company has somebody
        begins = f"{high} >= {begin}" if whole and begin == bands[0][0] else f"{low} >= {begin}"
        ends = f"{high} < {end}" if whole else f"{high} <= {end} AND {low} < {end}"
        within.append(f"WHEN {begins} AND {ends} AND {low} <= {high} THEN '{name}'")
    return f"COALESCE(CASE {cases} END, CASE {' '.join(within)} END)"


_YEARS = """CASE WHEN ac.founded_on <= :as_of THEN
  EXTRACT(YEAR FROM :as_of) - EXTRACT(YEAR FROM ac.founded_on)
  - CASE WHEN EXTRACT(MONTH FROM :as_of) * 100 + EXTRACT(DAY FROM :as_of)
      < EXTRACT(MONTH FROM ac.founded_on) * 100 + EXTRACT(DAY FROM ac.founded_on) THEN 1 ELSE 0 END END"""
_LISTED = f"REGEXP_REPLACE(REGEXP_REPLACE(ac.tech_stack, '{_SEPARATORS}', ',', 'g'), '^[, ]+|[, ]+$', '', 'g')"
_COUNTED = f"LENGTH({_LISTED}) - LENGTH(REPLACE({_LISTED}, ',', '')) + 1"
_TECHNOLOGIES = f"CASE WHEN ac.tech_stack IS NOT NULL AND {_LISTED} <> '' THEN {_COUNTED} END"

EXPRESSIONS: dict[str, str] = {
    "employee_band": _band("employees", EMPLOYEE_BANDS, whole=True),
    "revenue_band": _band("annual_revenue", REVENUE_BANDS, whole=False),
    "company_age_years": _YEARS,
    "technology_count": _TECHNOLOGIES,
}
"""Trait id to its expression over ``ac`` (accounts)."""


def expressions(*, industries: bool) -> dict[str, str]:
    """Return trait id to expression over ``ac`` and, where industries were read, ``nd``."""
    return EXPRESSIONS | ({c: f"nd.{c}" for c in INDUSTRY_COLUMNS} if industries else {})


def definitions(basis: TraitBasis) -> list[TraitDefinition]:
    """Return the traits that the filled columns allow."""
    made = [_industry(c) for c in INDUSTRY_COLUMNS if basis.has(INDUSTRIES, c)]
    if basis.has("accounts", "employees") or basis.has("accounts", "employees_range"):
        made.append(_employees())
    if basis.has("accounts", "annual_revenue") or basis.has("accounts", "annual_revenue_range"):
        made.append(_revenue(basis))
    if basis.has("accounts", "founded_on"):
        made.append(_age())
    if basis.has("accounts", "tech_stack"):
        made.append(_technologies())
    return made


def _trait(id_: str, names: tuple[str, str], kind: TraitKind, says: tuple[str, str], **rest: Any) -> TraitDefinition:
    body = {"family": Family.FIRMOGRAPHIC, "when_missing": w.NOT_TOLD, "source": ("accounts",), "unit": w.LEVEL} | rest
    return TraitDefinition.model_validate(
        {"id": id_, "label": Label(*names), "kind": kind, "definition": Label(*says), **body}
    )


def _industry(name: str) -> TraitDefinition:
    missing = Label("没有填写，或无法对应到唯一的行业", "Not given, or fits no single industry")
    if name == "industry_section":
        says = (
            "来源填写的行业按 GB/T 4754-2017 归入的门类（字母）",
            "Section (a letter) of GB/T 4754-2017 that the stated industry belongs to",
        )
        return _trait(name, ("行业门类", "Industry section"), "text", says, when_missing=missing)
    says = (
        "来源填写的行业按 GB/T 4754-2017 归入的大类（两位数字）",
        "Division (two digits) of GB/T 4754-2017 that the stated industry belongs to",
    )
    return _trait(name, ("行业大类", "Industry division"), "text", says, when_missing=missing)


def _employees() -> TraitDefinition:
    names = tuple(name for _, name in EMPLOYEE_BANDS)
    says = (
        "员工数所在的区间；0 人视为未知。只知道区间的，区间（含两端）整个落在一档内才归入这一档",
        "Band of the number of employees; 0 counts as unknown. Where only a range is known, the band that holds all of "
        "it, both ends included",
    )
    return _trait("employee_band", ("员工规模", "Company size"), "text", says, levels=names, when_missing=_NO_BAND)


def _revenue(basis: TraitBasis) -> TraitDefinition:
    names = tuple(name for _, name in REVENUE_BANDS)
    says = (
        f"年营收所在的区间（{basis.currency.zh}；M 为百万，B 为十亿），含下限不含上限；负数视为未知。"
        "只知道区间的，区间（不含上限）整个落在一档内才归入这一档",
        f"Band of annual revenue ({basis.currency.en}; M million, B billion), lower end included; "
        "a negative one counts as unknown. Where only a range is known, the band that holds it without its upper end",
    )
    return _trait("revenue_band", ("营收规模", "Revenue band"), "text", says, levels=names, when_missing=_NO_BAND)


def _age() -> TraitDefinition:
    says = ("成立日期到截止日期的整年数", "Completed years from the founding date to the date of the snapshot")
    return _trait("company_age_years", ("企业年龄", "Company age"), "integer", says, unit=Label("年", "years"))


def _technologies() -> TraitDefinition:
    says = (
        "技术栈中列出的项数，以逗号、顿号、分号、竖线或换行分隔",
        "Items listed in the technology stack, separated by commas, semicolons, bars or lines",
    )
    return _trait("technology_count", ("技术栈项数", "Technologies in use"), "integer", says, unit=w.KINDS)
