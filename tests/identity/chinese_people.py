"""A seeded world of Chinese persons and companies, written down in several systems, with who is who known."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import opencc
import pyarrow as pa

_TO_TRADITIONAL = opencc.OpenCC("s2t")


def _words(text: str) -> list[str]:
    return text.split()


_FAMILIES = _words(
    """
    王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 韩 邓 冯 曹 彭 曾 肖 田 董
    潘 袁 蔡 蒋 余 于 杜 叶 程 魏 苏 吕 丁 任 卢 姚 沈 钟 姜 崔 谭 陆 范 汪 廖 石 金 韦 贾 夏 傅 方 邹 熊 白
    孟 秦 邱 侯 江 尹 薛 闫 段 雷 龙 黎 史 陶 贺 毛 郝 顾 龚 邵 万 欧阳 司马 上官 诸葛
    """
)
_SIGNS = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉梅建国志文红春晓丹宇欣佳怡子轩浩然雨婷思"
    "远博雅天佑梓涵俊凯嘉诚永鹏飞琳倩雪莹慧颖"
)
_SOUNDS_ALIKE = dict(
    _words("伟玮 芳方 静婧 丽莉 军君 艳燕 杰洁 娟鹃 涛韬 明铭 兰岚 华桦 志智 文雯 红宏 宇羽")
    + _words("欣心 佳嘉 怡宜 轩萱 浩昊 思斯 雅亚 涵函 俊骏 凯恺 永勇 琳林 莹盈 慧惠")
)
_CITIES = {
    "浙江": {"杭州": "西湖 上城 拱墅 滨江 余杭", "宁波": "海曙 江北 鄞州"},
    "江苏": {"南京": "玄武 秦淮 鼓楼 建邺", "苏州": "姑苏 吴中 相城"},
    "广东": {"广州": "天河 越秀 海珠 白云", "深圳": "南山 福田 罗湖 宝安", "东莞": ""},
    "四川": {"成都": "武侯 锦江 青羊 金牛"},
    "湖北": {"武汉": "武昌 江汉 洪山"},
    "上海": {"上海": "浦东新 徐汇 静安 杨浦"},
    "北京": {"北京": "海淀 朝阳 丰台 东城"},
}  # fmt: skip
_ROADS = _words(
    """
    文三 中山 人民 解放 建设 和平 长江 黄河 新华 学院 科技 花园 清河 东风 胜利 青年 育才 朝晖 翠竹 石桥 梅林
    桂花 南湖 北苑 滨河 龙腾
    """
)
_BRANDS = _words(
    """
    华 星 天 海 金 鼎 宏 盛 泰 瑞 恒 信 达 远 博 创 新 中 联 科 智 云 龙 凤 祥 和 顺 通 威 力 康 源 丰 润 佳
    美 嘉 德 诚 正
    """
)
_TRADES = _words(
    """
    科技 信息技术 网络科技 电子商务 机械设备 贸易 实业 新材料 生物科技 医疗器械 食品 物流 建筑工程 文化传媒
    精密机械 化工 服饰 智能科技
    """
)
_FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司")


class World(NamedTuple):
    """Records as they would be loaded, and per record the number of the person or company behind it."""

    persons: pa.Table
    person_truth: list[int]
    accounts: pa.Table
    account_truth: list[int]
    families: list[tuple[int, int]]


def world(seed: int, *, persons: int = 1800, companies: int = 900) -> World:
    """Make persons, some in families that share telephone and address, and companies, each written 1 to 3 times.

    `persons` and `companies` are how many there are; records are about twice as many.
    """
    r = random.Random(seed)
    rows, truth, families = [], [], []
    number = 0
    while number < persons:
        first = _person(r)
        members = [first]
        if r.random() < 0.2:  # a family: one telephone, one address, mostly one family name
            for _ in range(r.choice((1, 1, 2))):
                other = _person(r)
                other |= {k: first[k] for k in ("phone", "province", "city", "district", "road", "house", "room")}
                other["family"] = first["family"] if r.random() < 0.7 else other["family"]
                if (other["family"], other["given"]) not in {(m["family"], m["given"]) for m in members}:
                    members.append(other)
        starts = []
        for one in members:
            starts.append(len(rows))
            for copy in range(r.choice((1, 2, 2, 3))):
                rows.append(_written(r, one, copy))
                truth.append(number)
            number += 1
        families += [(starts[0], s) for s in starts[1:]]
    account_rows, account_truth = [], []
    names: set[str] = set()
    for company in range(companies):
        made = _company(r, names)
        for copy in range(r.choice((1, 2, 2, 3))):
            account_rows.append(_registered(r, made, copy))
            account_truth.append(company)
    return World(
        _shuffled(r, rows, truth, families),
        truth,
        _shuffled(r, account_rows, account_truth, []),
        account_truth,
        families,
    )


def _shuffled(
    r: random.Random, rows: list[dict[str, Any]], truth: list[int], families: list[tuple[int, int]]
) -> pa.Table:
    order = list(range(len(rows)))
    r.shuffle(order)
    truth[:] = [truth[i] for i in order]
    place = {old: new for new, old in enumerate(order)}
    families[:] = [(place[a], place[b]) for a, b in families]
    return pa.Table.from_pylist([rows[i] for i in order])


def _mobile(r: random.Random) -> str:
    return f"1{r.choice('35789')}{r.randint(0, 9)}{r.randint(10_000_000, 99_999_999)}"


def _place(r: random.Random) -> dict[str, Any]:
    province = r.choice(list(_CITIES))
    city = r.choice(list(_CITIES[province]))
    districts = _CITIES[province][city].split()
    return {
        "province": province,
        "city": city,
        "district": r.choice(districts) if districts else "",
        "road": r.choice(_ROADS) + r.choice(("", "", "东", "西", "南", "北")) + r.choice(("路", "路", "街", "大道")),
        "house": r.randint(1, 999),
        "room": (r.randint(1, 30), r.randint(101, 3204)),
    }


def _person(r: random.Random) -> dict[str, Any]:
    born = f"{r.randint(1945, 2005)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"
    given = "".join(r.choice(_SIGNS) for _ in range(r.choice((1, 2, 2, 2))))
    return {
        "family": r.choice(_FAMILIES),
        "given": given,
        "phone": _mobile(r),
        "birth_date": born,
        "email": _mailbox(r),
        **_place(r),
    }


def _mailbox(r: random.Random) -> str:
    return f"{r.choice('abcdefghjk')}{r.randint(10_000, 99_999_999)}@{r.choice(('qq.com', '163.com', '126.com'))}"


def _address(r: random.Random, one: dict[str, Any], short: bool) -> str:
    building, room = one["room"]
    if short:
        where = r.choice((one["city"], one["city"] + one["district"], one["district"], ""))
        return f"{where}{one['road']}{one['house']}号" + r.choice((f"{building}-{room}", f"{building}幢{room}", ""))
    municipality = one["province"] == one["city"]
    where = f"{one['city']}市" if municipality else f"{one['province']}省{one['city']}市"
    district = f"{one['district']}区" if one["district"] else ""
    return f"{where}{district}{one['road']}{one['house']}号{building}幢{room}室"


def _written(r: random.Random, one: dict[str, Any], copy: int) -> dict[str, Any]:
    """Write a person down once more, with what people and systems do to it."""
    given, family = one["given"], one["family"]
    if copy and r.random() < 0.2:
        given = "".join(_SOUNDS_ALIKE.get(c, c) for c in given)
    name = family + given
    if copy and r.random() < 0.15:
        name = _TO_TRADITIONAL.convert(name)
    if r.random() < 0.05:
        name = f"{name[: len(family)]} {name[len(family) :]}"
    changed = copy > 0 and r.random() < 0.25
    phone = _mobile(r) if changed else one["phone"]
    form = r.random()
    phone = f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}" if form < 0.15 else f"86-{phone}" if form < 0.2 else phone
    return {
        "name": name,
        "phone": None if r.random() < 0.1 else phone,
        "email": None if r.random() < 0.5 else one["email"].upper() if r.random() < 0.1 else one["email"],
        "birth_date": None if r.random() < 0.3 else one["birth_date"],
        "province": one["province"],
        "city": None if r.random() < 0.2 else one["city"] + r.choice(("", "市")),
        "address": None if r.random() < 0.15 else _address(r, one, short=copy > 0 and r.random() < 0.5),
    }


def _company(r: random.Random, names: set[str]) -> dict[str, Any]:
    while True:
        brand = "".join(r.sample(_BRANDS, 2)) + r.choice(("", "", r.choice(_BRANDS)))
        trade = r.choice(_TRADES)
        if brand not in names:
            names.add(brand)
            break
    place = _place(r)
    site = f"www.{r.choice('abcdefghjk')}{r.randint(1000, 99_999)}.com"
    return {
        "brand": brand,
        "trade": trade,
        "form": r.choice(_FORMS),
        "site": site,
        "phone": f"0571-8{r.randint(1_000_000, 9_999_999)}",
        **place,
    }


def _registered(r: random.Random, one: dict[str, Any], copy: int) -> dict[str, Any]:
    """Write a company down: in full, with another legal form, its city in brackets, or short."""
    city, core = one["city"], one["brand"] + one["trade"]
    form = r.random()
    if not copy or form < 0.3:
        name = f"{city}{core}{one['form']}" if r.random() < 0.6 else f"{city}市{core}{one['form']}"
    elif form < 0.5:
        name = f"{core}（{city}）{one['form']}"
    elif form < 0.7:
        name = f"{city}{core}{'有限责任公司' if one['form'] == '有限公司' else '有限公司'}"
    elif form < 0.85:
        name = core
    else:
        name = one["brand"]
    if copy and r.random() < 0.15:
        name = _TO_TRADITIONAL.convert(name)
    short = name in (core, one["brand"])
    return {
        "name": name,
        "phone": None if r.random() < (0.1 if short else 0.35) else one["phone"],
        "website": None if r.random() < 0.5 else one["site"],
        "province": one["province"],
        "city": None if r.random() < 0.3 else city,
        "address": None if r.random() < 0.3 else _address(r, one, short=copy > 0 and r.random() < 0.5),
    }
