"""Stated places: names in every form, codes and addresses; what is not sure stays unknown and is said."""

from __future__ import annotations

from collections import Counter

import pytest

from qunxiang.adapters.packs.places import shipped_places
from qunxiang.errors import UnknownNameError
from qunxiang.geography import Gazetteer, PlaceChanges, changed_table
from qunxiang.i18n import country_code, country_label

GAZETTEER = Gazetteer(shipped_places())


def read(**stated: str) -> tuple[str | None, ...]:
    found = GAZETTEER.place(**stated)
    return (found.country, found.region, found.province, found.city, found.district, found.city_tier)


SHENZHEN = ("CN", "华南", "广东", "深圳", None, "一线")


@pytest.mark.parametrize(
    "stated",
    [
        {"province": "广东省", "city": "深圳市"},
        {"province": "广东", "city": "深圳"},
        {"city": "深圳"},
        {"city": "Shenzhen"},
        {"country": "中国", "province": "Guangdong", "city": "SHENZHEN"},
        {"province": "廣東省", "city": "深圳"},
        {"province": "440300"},
        {"city": "440300"},
        {"province": "广东省深圳市"},
        {"province": "广东-深圳"},
        {"address": "中国广东省深圳市 科技园 1 号"},
        {"address": "深圳科技园"},
    ],
)
def test_a_city_in_every_form(stated: dict[str, str]) -> None:
    assert read(**stated) == SHENZHEN


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"province": "吉林"}, ("CN", "东北", "吉林", None, None, None)),
        ({"city": "吉林"}, ("CN", "东北", "吉林", "吉林", None, "四线")),
        ({"address": "吉林船营区"}, ("CN", "东北", "吉林", "吉林", "船营区", "四线")),
        ({"province": "北京"}, ("CN", "华北", "北京", "北京", None, "一线")),
        ({"city": "南京", "district": "鼓楼区"}, ("CN", "华东", "江苏", "南京", "鼓楼区", "新一线")),
        ({"city": "北京", "district": "朝阳"}, ("CN", "华北", "北京", "北京", "朝阳区", "一线")),
        ({"city": "昆山"}, ("CN", "华东", "江苏", "苏州", "昆山市", "新一线")),
        ({"district": "440305"}, ("CN", "华南", "广东", "深圳", "南山区", "一线")),
        ({"city": "襄樊市"}, ("CN", "华中", "湖北", "襄阳", None, "三线")),
        ({"city": "杭州", "district": "下城区"}, ("CN", "华东", "浙江", "杭州", "拱墅区", "新一线")),
        ({"province": "福建", "district": "沙县"}, ("CN", "华东", "福建", "三明", "沙县区", "四线")),
        ({"province": "内蒙古自治区"}, ("CN", "华北", "内蒙古", None, None, None)),
        ({"city": "红河州"}, ("CN", "西南", "云南", "红河", None, "四线")),
        ({"country": "Hong Kong", "district": "湾仔区"}, ("CN", "港澳台", "香港", "香港", "湾仔区", None)),
        ({"address": "上海市浦东新区张江路 88 号"}, ("CN", "华东", "上海", "上海", "浦东新区", "一线")),
        ({"address": "江苏昆山花桥镇"}, ("CN", "华东", "江苏", "苏州", "昆山市", "新一线")),
        ({"city": "重庆", "district": "渝北区"}, ("CN", "西南", "重庆", "重庆", "渝北区", "新一线")),
    ],
)
def test_names_short_old_and_in_addresses(stated: dict[str, str], expected: tuple[str | None, ...]) -> None:
    assert read(**stated) == expected


@pytest.mark.parametrize(
    "address",
    [
        "广东省深圳市南山区科技路1号",
        "深圳市南山区科技路1号",
        "南山区科技路1号",
        "广东深圳南山区科技路1号",
        "中国 广东省 深圳市 南山区 科技路1号",
        "广东省-深圳市-南山区",
        "广东省，南山区科技路1号",
    ],
)
def test_an_address_may_begin_above_what_is_stated(address: str) -> None:
    found = (*SHENZHEN[:4], "南山区", SHENZHEN[5])
    for stated in ({"province": "广东省", "city": "深圳市"}, {"city": "深圳"}, {"province": "广东"}):
        assert read(**stated, address=address) == found


@pytest.mark.parametrize(
    ("stated", "city", "district"),
    [
        ({"province": "吉林省", "city": "长春市", "address": "吉林省长春市朝阳区工农大路"}, "长春", "朝阳区"),
        ({"province": "吉林", "city": "长春", "address": "吉林长春朝阳区工农大路"}, "长春", "朝阳区"),
        ({"city": "吉林市", "address": "吉林省吉林市船营区"}, "吉林", "船营区"),
        ({"city": "北京", "address": "北京市北京市朝阳区建国路"}, "北京", "朝阳区"),
        ({"district": "鼓楼区", "address": "江苏省南京市鼓楼区中山路"}, "南京", "鼓楼区"),
        ({"city": "深圳", "address": "广东省广州市天河区"}, "深圳", None),
        ({"city": "深圳", "address": "广东省科技园"}, "深圳", None),
    ],
)
def test_an_address_fills_only_what_agrees_with_what_is_stated(
    stated: dict[str, str], city: str, district: str | None
) -> None:
    found = GAZETTEER.place(**stated)
    assert (found.city, found.district, found.doubts) == (city, district, ())


def test_other_countries_keep_what_is_stated() -> None:
    assert read(country="United States", province="WA", city="Seattle") == ("US", None, "WA", "Seattle", None, None)
    assert read(country="法国", city="Paris")[0] == "FR"
    assert read(city="Springfield") == (None, None, None, "Springfield", None, None)


@pytest.mark.parametrize(
    ("stated", "column", "doubt"),
    [
        ({"district": "朝阳区"}, "district", "ambiguous"),
        ({"province": "江苏", "district": "鼓楼区"}, "district", "ambiguous"),
        ({"city": "Suzhou"}, "city", "ambiguous"),
        ({"city": "无此市"}, "city", "unknown"),
        ({"province": "浙江", "city": "苏州"}, "city", "conflict"),
        ({"country": "火星"}, "country", "unknown"),
    ],
)
def test_what_is_not_sure_is_unknown_and_said(stated: dict[str, str], column: str, doubt: str) -> None:
    found = GAZETTEER.place(**stated)
    assert (column, doubt) in found.doubts
    assert getattr(found, column) is None


def test_a_street_named_after_a_city_is_no_city() -> None:
    assert GAZETTEER.place(address="南京西路 100 号").city is None
    assert GAZETTEER.place(address="北京东路").city is None


def test_the_table_has_the_country_s_divisions() -> None:
    """337 cities of prefecture level and above (333 and 4 municipalities), in tiers of 4, 15, 30, 70, 90 and 128."""
    table = shipped_places()
    assert sum(d.level == 1 for d in table.divisions) == 34
    assert Counter(table.tiers.values()) == {"一线": 4, "新一线": 15, "二线": 30, "三线": 70, "四线": 90, "五线": 128}
    provinces = {d.name: d.short for d in table.divisions if d.level == 1}
    assert set(table.regions) == set(provinces.values())
    cities = {(d.province, d.name) for d in table.divisions if d.level == 2}
    assert all((d.province, d.city) in cities for d in table.divisions if d.level == 3)


def test_every_division_is_read_from_its_full_names() -> None:
    for d in GAZETTEER.table.divisions:
        if d.level == 3:
            found = GAZETTEER.place(province=d.province, city=d.city, district=d.name)
            assert (found.district, found.doubts) == (d.name, ()), d


def test_changes_are_laid_over_the_table() -> None:
    changes = PlaceChanges.model_validate(
        {
            "tiers": {"佛山": "二线", "广东/珠海": ""},
            "regions": {"山东": "华北"},
            "names": {"羊城": "广州", "鹏城": "深圳"},
            "added": [{"name": "松山湖", "province": "广东", "city": "东莞"}],
        }
    )
    changed = Gazetteer(changed_table(shipped_places(), changes, 3))
    assert changed.table.version.endswith("+3")
    assert changed.place(city="佛山").city_tier == "二线"
    assert changed.place(city="珠海").city_tier is None
    assert changed.place(city="济南").region == "华北"
    assert changed.place(city="羊城").city == "广州"
    assert changed.place(city="东莞", district="松山湖").district == "松山湖"
    assert read(city="佛山")[5] == "新一线", "the shipped table is as it was"


@pytest.mark.parametrize(("name", "code"), [("无此市", "error.place.unknown"), ("嘉义", "error.place.several")])
def test_a_change_of_no_place_is_refused(name: str, code: str) -> None:
    with pytest.raises(UnknownNameError) as raised:
        changed_table(shipped_places(), PlaceChanges(tiers={name: "二线"}), 1)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("name", "code"), [("中国", "CN"), ("U.S.A.", "US"), ("英国", "GB"), ("de", "DE"), ("日本", "JP"), ("Narnia", None)]
)
def test_countries_by_name_in_both_languages(name: str, code: str | None) -> None:
    assert country_code(name) == code


def test_a_country_has_a_name_in_both_languages() -> None:
    assert (country_label("FR").zh, country_label("FR").en) == ("法国", "France")
