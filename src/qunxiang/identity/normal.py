"""Identifiers, names, companies and addresses brought to one form, so that the same is written the same.

Every function is pure and takes one value; :func:`each` applies one to a column, once per different value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import opencc
import pyarrow as pa
import pyarrow.compute as pc

from qunxiang.identity.places import IN_BRACKETS, taken_off, words

_SIMPLE = opencc.OpenCC("t2s")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_NOT_WORD = re.compile(r"[^\w]+|_+")

PLACEHOLDER_PHONES = frozenset({"13800000000", "13800138000", "13900000000", "12345678900", "13888888888"})
"""Mobile numbers that people type where they have none."""

PLACEHOLDER_MAILBOXES = frozenset(
    {"test", "none", "no", "noemail", "unknown", "null", "na", "abc", "aaa", "123", "xxx"}
)
"""Mailboxes that people type where they have none."""

FREE_MAIL = frozenset(
    words(
        """
    qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com 189.cn wo.cn 21cn.com
    tom.com aliyun.com vip.qq.com vip.163.com vip.sina.com gmail.com googlemail.com outlook.com hotmail.com
    live.com live.cn msn.com yahoo.com yahoo.com.cn icloud.com me.com mac.com proton.me protonmail.com
    gmx.de gmx.com web.de mail.com mail.ru yandex.ru aol.com example.com test.com
    """
    )
)
"""Domains whose addresses say nothing about an employer."""


def each(values: pa.ChunkedArray | pa.Array, function: Callable[[str], str | None]) -> pa.Array:
    """Apply `function` to a text column, once per different value; None stays None."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    coded = whole.dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    made = pa.array([function(v) for v in coded.dictionary.to_pylist()], pa.string())
    return pc.take(made, coded.indices)


def plain(text: str) -> str:
    """Half-width, simplified Chinese, lower case, single spaces."""
    made = unicodedata.normalize("NFKC", text)
    if _HAN.search(made):
        made = _SIMPLE.convert(made)
    return " ".join(made.lower().split())


def is_han(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=20_000)
def _sound(character: str) -> str:
    import pypinyin  # here, because its dictionaries take a third of a second

    return pypinyin.lazy_pinyin(character)[0]


def pinyin(text: str) -> str:
    """Sound of a text: each Chinese character by its commonest reading, without tone; everything else as it stands.

    A character is always read alike, so names written with characters of one sound come out equal.
    """
    return "".join(_sound(c) if _HAN.match(c) else c for c in text)


def plain_all(values: pa.Array) -> pa.Array:
    """:func:`plain` of a whole column in one go, without the trimming of inner spaces."""
    return _in_one_go(values, lambda text: _SIMPLE.convert(unicodedata.normalize("NFKC", text)).lower())


def pinyin_all(values: pa.Array) -> pa.Array:
    """:func:`pinyin` of a whole column in one go."""
    return _in_one_go(values, lambda text: text.translate({ord(c): _sound(c) for c in set(text) if _HAN.match(c)}))


def _in_one_go(values: pa.Array, function: Callable[[str], str]) -> pa.Array:
    # a sign that no text may hold stands between the values; line ends inside them become spaces
    texts = pc.replace_substring_regex(values.fill_null(""), r"\s+", " ").to_pylist()
    made = function("\n".join(texts)).split("\n")
    if len(made) != len(texts):  # a value that turned into a line end by normalising
        made = [" ".join(function(t).split()) for t in texts]
    return pc.if_else(pc.is_valid(values), pa.array(made, pa.string()), pa.scalar(None, pa.string()))


def mostly(values: pa.Array, sound: str, function: Callable[[str], str | None]) -> pa.Array:
    """Apply `function` only where a value does not match the pattern `sound`, in which it would not change."""
    fits = pc.match_substring_regex(values, sound).fill_null(True)
    if not pc.any(pc.invert(fits)).as_py():
        return values
    odd = pc.if_else(fits, pa.scalar(None, pa.string()), values)
    return pc.if_else(fits, values, each(odd, function))


SOUND_PHONE = r"^1[3-9](?:\d{0,8}[1-9]\d{0,2}|\d{9})$"
SOUND_EMAIL = r"^[a-z0-9_.\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+$"

# identifiers -------------------------------------------------------------------------------------------------


def phone(text: str) -> str | None:
    """Digits of a telephone number; +86, 0086 and 86 before a mobile are dropped, placeholders are None.

    A number of fewer than 7 digits, or of one digit repeated, is none.
    """
    made = unicodedata.normalize("NFKC", text)
    made = re.split(r"(?:转|ext\.?|分机|[#;/、,])", made, maxsplit=1, flags=re.I)[0]
    digits = re.sub(r"\D", "", made)
    digits = re.sub(r"^(?:00)?86(?=1[3-9]\d{9}$)", "", digits)
    digits = re.sub(r"^0(?=1[3-9]\d{9}$)", "", digits)
    digits = re.sub(r"^(?:00)?86(?=[2-9]\d{8,10}$)", "0", digits)
    if not 7 <= len(digits) <= 15 or digits in PLACEHOLDER_PHONES:
        return None
    return None if len(set(digits[-7:])) == 1 or digits in ("1234567", "12345678", "123456789") else digits


def email(text: str) -> str | None:
    """Address in lower case without a ``+tag``; Gmail's dots are dropped; placeholders such as test@… are None."""
    made = unicodedata.normalize("NFKC", text).strip().lower().removeprefix("mailto:")
    found = re.fullmatch(r"([^@\s<>]+)@([^@\s<>]+\.[^@\s<>.]+)", made)
    if not found:
        return None
    mailbox, domain = found[1].split("+", 1)[0], found[2]
    if domain in ("gmail.com", "googlemail.com"):
        mailbox, domain = mailbox.replace(".", ""), "gmail.com"
    placeholder = mailbox in PLACEHOLDER_MAILBOXES or domain in ("example.com", "test.com", "example.org")
    return None if not mailbox or placeholder else f"{mailbox}@{domain}"


def domain(text: str) -> str | None:
    """Domain of an e-mail address or website, without ``www.``; None for free mail."""
    made = unicodedata.normalize("NFKC", text).strip().lower()
    made = made.rsplit("@", 1)[-1] if "@" in made else re.sub(r"^[a-z]+://", "", made)
    made = re.split(r"[/:?#\s]", made, maxsplit=1)[0].removeprefix("www.").strip(".")
    return made if re.fullmatch(r"[^.\s]+(\.[^.\s]+)+", made) and made not in FREE_MAIL else None


_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(text: str) -> str | None:
    """Unified social credit code (GB 32100-2015) in capitals; None when its check sign does not fit."""
    made = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if len(made) != 18 or any(c not in _CODE_SIGNS for c in made):
        return None
    total = sum(_CODE_SIGNS.index(c) * pow(3, i, 31) for i, c in enumerate(made[:17]))
    return made if _CODE_SIGNS[(31 - total % 31) % 31] == made[17] else None


def token(text: str) -> str | None:
    """An identifier given by a system: trimmed, half-width, case kept; words for nothing are None."""
    made = unicodedata.normalize("NFKC", text).strip()
    return None if made.lower() in ("", "0", "-", "none", "null", "n/a", "na", "无", "未知", "unknown") else made


# persons -----------------------------------------------------------------------------------------------------

_COMPOUND = frozenset(
    words(
        """
    欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 司空 夏侯 轩辕 端木 百里 东郭 南宫 闻人
    呼延 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 仲孙 钟离 鲜于 闾丘 拓跋 独孤 西门 完颜 第五 赫连
    """
    )
)
_TITLES = re.compile(r"(先生|女士|小姐|太太|老师|经理|总监|总)$|^(mr|mrs|ms|miss|dr|prof)\b\.?\s*")

_NICKNAMES = {
    short: full
    for full, shorts in {
        "robert": "bob rob bobby robbie", "william": "bill will billy willy liam", "richard": "dick rick richie rich",
        "james": "jim jimmy jamie", "john": "jack johnny jon", "thomas": "tom tommy", "michael": "mike mick mickey",
        "elizabeth": "liz beth betty eliza lizzie libby", "katherine": "kate kathy katie kat cathy catherine kathryn",
        "margaret": "maggie meg peggy", "joseph": "joe joey", "charles": "charlie chuck", "edward": "ed eddie ted",
        "anthony": "tony ant", "andrew": "andy drew", "christopher": "chris kit", "daniel": "dan danny",
        "david": "dave davy", "alexander": "alex sandy", "alexandra": "lexi sasha", "benjamin": "ben benny",
        "nicholas": "nick nicky", "patricia": "pat patty tricia", "patrick": "paddy", "samuel": "sam sammy",
        "samantha": "sammie", "stephen": "steve steven", "susan": "sue susie", "timothy": "tim timmy",
        "jennifer": "jen jenny", "jessica": "jess jessie", "jonathan": "jonny", "joshua": "josh", "matthew": "matt",
        "peter": "pete", "philip": "phil phillip", "rebecca": "becky bec", "victoria": "vicky tori",
        "zachary": "zac zach zachariah", "gregory": "greg", "jeffrey": "jeff geoffrey geoff", "lawrence": "larry",
        "deborah": "deb debbie", "dorothy": "dot", "frederick": "fred freddie", "gerald": "gerry jerry",
        "henry": "harry hank", "abigail": "abby", "isabella": "bella", "madeline": "maddie", "nathaniel": "nate nathan",
    }.items()
    for short in shorts.split()
}  # fmt: skip


class PersonName(NamedTuple):
    """Given and family name in their compared form; None where a name does not say."""

    given: str | None
    family: str | None


@lru_cache(maxsize=200_000)
def person_name(name: str | None, given: str | None = None, family: str | None = None) -> PersonName:
    """Split a name into given and family name, or take both as they are given.

    Chinese names begin with the family name, of one character or one of the known two; others end with it, unless a
    comma stands behind it. Short forms of English given names are written out.
    """
    if given or family:
        return PersonName(_given(plain(given or "")), _letters(plain(family or "")))
    made = _TITLES.sub("", plain(name or "")).strip()
    if not made:
        return PersonName(None, None)
    if is_han(made):
        joined = _NOT_WORD.sub("", made)
        if len(joined) > 5:
            return PersonName(joined, None)
        cut = 2 if len(joined) >= 3 and joined[:2] in _COMPOUND else 1
        return PersonName(joined[cut:] or None, joined[:cut])
    if "," in made:
        last, _, first = made.partition(",")
        return PersonName(_given(first), _letters(last))
    words = [w for w in (_letters(w) for w in made.split()) if w]
    if len(words) == 1:
        return PersonName(_given(words[0]), None)
    return PersonName(_given(words[0]), words[-1]) if words else PersonName(None, None)


def _given(text: str) -> str | None:
    made = _letters(text)
    return _NICKNAMES.get(made, made) if made else None


def _letters(text: str) -> str | None:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return _NOT_WORD.sub("", bare) or None


# companies ---------------------------------------------------------------------------------------------------

_LEGAL_ZH = re.compile(
    r"(?:股份有限公司|有限责任公司|有限公司|股份公司|责任公司|集团公司|总公司|分公司|子公司|公司|企业|集团|工作室|事务所|厂"
    r"|\(?(?:有限合伙|普通合伙|个人独资|股份|集团|控股|中国)\)?|股份|控股)+$"
)
_LEGAL_EN = re.compile(
    r"\b(?:incorporated|inc|corporation|corp|company|co|limited|ltd|llc|llp|plc|gmbh|ag|sa|srl|spa|bv|nv|pty|pte|kg|oy|ab|as"
    r"|group|holdings?|the)\b"
)
_TRADE = re.compile(
    r"(?:信息技术|网络技术|网络科技|电子商务|生物科技|智能科技|信息科技|科技发展|文化传媒|文化传播|企业管理|管理咨询|供应链管理|国际贸易|进出口"
    r"|机械设备|机械制造|机电设备|装备制造|精密机械|自动化设备|新材料|新能源|房地产开发|房地产|建筑工程|食品饮料|医疗器械|实业发展|投资管理"
    r"|科技|技术|网络|信息|软件|电子|贸易|商贸|实业|工业|工程|建设|建筑|装饰|机械|设备|制造|仪器|材料|化工|医药|制药|生物|医疗|食品|餐饮|酒店"
    r"|服饰|服装|纺织|家居|家具|物流|运输|汽车|能源|电力|环保|农业|教育|传媒|文化|广告|咨询|管理|服务|投资|金融|保险|证券|发展|国际|智能|数据"
    r"|通信|光电|电器|五金|包装|印刷|塑料|橡胶|玻璃|陶瓷|日化|美容|旅游|置业|地产|百货|超市|连锁|零售)+$"
)


class CompanyName(NamedTuple):
    """A company's name: in full, without place and legal form, its short form, and the city it names."""

    full: str | None
    core: str | None
    brand: str | None
    city: str | None


@lru_cache(maxsize=200_000)
def company_name(text: str) -> CompanyName:
    """Take a company's name apart: 深圳市华星(集团)科技股份有限公司 is 华星科技 of 深圳, in short 华星."""
    made = plain(text)
    if not made:
        return CompanyName(None, None, None, None)
    if not is_han(made):
        bare = _LEGAL_EN.sub(" ", _NOT_WORD.sub(" ", made.replace("&", " and ").replace(".", "")))
        core = "".join(bare.split()) or _NOT_WORD.sub("", made)
        return CompanyName(_NOT_WORD.sub("", made), core or None, core or None, None)
    city = None
    for inside in IN_BRACKETS.findall(made):
        city = city or taken_off(f"{inside}某某")[2]
    outside = re.sub(r"\s+", "", IN_BRACKETS.sub("", made))
    # with the city in brackets the name begins with itself: 金华创食品(武汉) is not of 金华
    rest, first = (outside, None) if city else taken_off(outside)[::2]
    core = _LEGAL_ZH.sub("", rest) or rest
    core = _NOT_WORD.sub("", core)
    brand = _TRADE.sub("", core)
    brand = brand if len(brand) >= 2 else core
    return CompanyName(_NOT_WORD.sub("", made), core or None, brand or None, city or first)


_GROUP = re.compile(r"集团|控股|股份|分公司|总公司|合伙")


def registered_name(text: str) -> str | None:
    """What a company's registered name says, however it is written: its city, its name without form, kind of company.

    北京市华星科技有限责任公司 and 华星科技（北京）有限公司 say the same, 北京华星科技集团有限公司 does not. None for a
    name without legal form.
    """
    full, core, _, city = company_name(text)
    if full is None or core is None or not full.endswith("公司") or len(full) < 8:
        return None
    kinds = "".join(sorted(set(_GROUP.findall(full))))
    return f"{city}|{core}|{kinds}" if city else full


# addresses ---------------------------------------------------------------------------------------------------

_NUMERALS = str.maketrans("〇一二三四五六七八九", "0123456789")
_DISTRICT = re.compile(r"^(?P<district>[\u4e00-\u9fff]{1,6}?(?:新区|开发区|高新区|区|县|旗|市))(?=[\u4e00-\u9fff])")
_ROAD = re.compile(
    r"(?P<road>[\u4e00-\u9fff]{1,12}?(?:大道|大街|路|街|道|巷|弄|胡同|里|村|镇))(?=[\d\-号东南西北中]|$)"
)
_STREET_EN = {
    "st": "street", "rd": "road", "ave": "avenue", "av": "avenue", "dr": "drive", "pl": "place", "ct": "court",
    "cct": "circuit", "cres": "crescent", "cr": "crescent", "tce": "terrace", "hwy": "highway", "ln": "lane",
    "pde": "parade", "cl": "close", "gr": "grove", "blvd": "boulevard", "sq": "square", "n": "north", "s": "south",
}  # fmt: skip


class Address(NamedTuple):
    """House number, street, and what stands behind it (building, room); None where an address does not say."""

    house: str | None
    street: str | None
    rest: str | None
    city: str | None
    district: str | None


@lru_cache(maxsize=200_000)
def address(text: str) -> Address:
    """Take an address apart; province, city and district before a Chinese street are taken off, long or short."""
    made = plain(text)
    if not made:
        return Address(None, None, None, None, None)
    return _chinese_address(made) if is_han(made) else _western_address(made)


def _chinese_address(made: str) -> Address:
    joined = re.sub(r"[\s,.;:、，。#]+", "", made)
    rest, _, city = taken_off(joined)
    district = None
    found = _DISTRICT.match(rest)
    if found and len(rest) - found.end() >= 3:
        district, rest = found["district"], rest[found.end() :]
    road = _ROAD.search(rest)
    street = road["road"] if road else re.split(r"\d", rest, maxsplit=1)[0] or None
    behind = rest[road.end() :] if road else rest[len(street or "") :]
    numbers = re.findall(r"\d+", behind.translate(_NUMERALS))
    # a district in short form may still stand before the road: the last three signs are the road's own
    return Address(
        numbers[0] if numbers else None, street[-3:] if street else None, "-".join(numbers[1:]) or None, city, district
    )


def _western_address(made: str) -> Address:
    words = [_STREET_EN.get(w, w) for w in _NOT_WORD.sub(" ", made).split()]
    house = next((w for w in words if w[0].isdigit()), None)
    spoken = [w for w in words if not w[0].isdigit()]
    return Address(house, " ".join(spoken[:2]) or None, " ".join(spoken[2:]) or None, None, None)
