"""Names of the levels of text traits in both languages, where the levels are known words."""

from __future__ import annotations

import re

from qunxiang.i18n import Label, codes, country_label, template

_WEEKDAYS = {
    "Mon": Label("周一", "Monday"),
    "Tue": Label("周二", "Tuesday"),
    "Wed": Label("周三", "Wednesday"),
    "Thu": Label("周四", "Thursday"),
    "Fri": Label("周五", "Friday"),
    "Sat": Label("周六", "Saturday"),
    "Sun": Label("周日", "Sunday"),
}

_WORDS = {
    "male": Label("男", "male"),
    "female": Label("女", "female"),
    "m": Label("男", "male"),
    "f": Label("女", "female"),
    "married": Label("已婚", "married"),
    "unmarried": Label("未婚", "unmarried"),
    "single": Label("单身", "single"),
    "divorced": Label("离异", "divorced"),
    "widowed": Label("丧偶", "widowed"),
    "homeowner": Label("自有住房", "homeowner"),
    "renter": Label("租房", "renter"),
    "probable homeowner": Label("可能自有住房", "probable homeowner"),
    "probable renter": Label("可能租房", "probable renter"),
    "1 adult kids": Label("1 位成人，有子女", "1 adult, with kids"),
    "1 adult no kids": Label("1 位成人，无子女", "1 adult, no kids"),
    "2 adults kids": Label("2 位成人，有子女", "2 adults, with kids"),
    "2 adults no kids": Label("2 位成人，无子女", "2 adults, no kids"),
}

_REGIONS = {
    "华北": Label("华北", "North China"),
    "东北": Label("东北", "Northeast China"),
    "华东": Label("华东", "East China"),
    "华中": Label("华中", "Central China"),
    "华南": Label("华南", "South China"),
    "西南": Label("西南", "Southwest China"),
    "西北": Label("西北", "Northwest China"),
    "港澳台": Label("港澳台", "Hong Kong, Macau and Taiwan"),
}
_TIERS = {
    "一线": Label("一线", "first tier"),
    "新一线": Label("新一线", "new first tier"),
    "二线": Label("二线", "second tier"),
    "三线": Label("三线", "third tier"),
    "四线": Label("四线", "fourth tier"),
    "五线": Label("五线", "fifth tier"),
}
_PLACES = {"region": _REGIONS, "city_tier": _TIERS}

_STATED = frozenset({"gender", "marital_status", "home_ownership", "household_type"})
_BANDS = {"age_band": "岁", "income_band": "", "household_size": "人", "kids_count": "个", "employee_band": "人"}


def level_label(trait_id: str, level: str) -> Label:
    """Return the name of a level; the level itself in both languages when it is no known word.

    Parameters
    ----------
    trait_id
        A text trait.
    level
        A value as it stands in the traits table.
    """
    if trait_id == "peak_weekday" and level in _WEEKDAYS:
        return _WEEKDAYS[level]
    if trait_id == "country" and len(level) == 2:
        return country_label(level)
    if trait_id in _PLACES:
        return _PLACES[trait_id].get(level, Label.same(level))
    if trait_id in ("industry_section", "industry_division"):
        return _industry(level)
    if trait_id in _STATED:
        return _WORDS.get(level.strip().lower(), Label.same(level))
    if trait_id in _BANDS:
        return _band(level, _BANDS[trait_id])
    return Label.same(level)


def _industry(code: str) -> Label:
    name = f"industry.{code}"
    return Label(template(name, "zh"), template(name, "en")) if name in codes() else Label.same(code)


def _band(level: str, unit: str) -> Label:
    """Read "Under 15K" and "65+" as bands in Chinese; a plain number or range gets its unit."""
    if below := re.fullmatch(r"(?:under|below|less than)\s*(\S+)", level.strip(), re.IGNORECASE):
        return Label(f"{below[1]}{_spaced(unit)}以下", level)
    if above := re.fullmatch(r"(\d\S*)\s*\+", level.strip()):
        return Label(f"{above[1]}{_spaced(unit)}及以上", level)
    if re.fullmatch(r"\d[\d.,]*\w?(?:\s*[-–~]\s*\d[\d.,]*\w?)?", level.strip()) and unit:
        return Label(f"{level.strip()} {unit}", level)
    return Label.same(level)


def _spaced(unit: str) -> str:
    return f" {unit}" if unit else " "
