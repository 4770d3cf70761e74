"""The rule language: what it reads, what it refuses, and what its predicates answer."""

from __future__ import annotations

import random
import string
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from sqlglot import exp

from qunxiang.errors import RuleError
from qunxiang.i18n import Label, codes
from qunxiang.model import Family, TraitDefinition
from qunxiang.sql import parse_rule
from qunxiang.sql.rule_types import TraitType, TraitTypes
from qunxiang.sql.rule_values import evaluate

TRAITS: dict[str, TraitType] = {
    "recency_days": "integer",
    "frequency": "integer",
    "monetary": "money",
    "discount_share": "share",
    "city": "text",
    "vip": "boolean",
    "first_order": "date",
    "订单数": "integer",
    "spend_share_Fresh food": "share",
}


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("recency_days > 90 AND frequency >= 3", "recency_days > 90 and frequency >= 3"),
        ("RECENCY_DAYS<>1", "recency_days != 1"),
        ("订单数 >= 3", "订单数 >= 3"),
        ("（订单数 ＞ 3）", "订单数 > 3"),
        ('"spend_share_Fresh food" > .50', '"spend_share_Fresh food" > 0.5'),
        ("not city in ('a')", "city not in ('a')"),
        ("city = 'it''s'", "city = 'it''s'"),
        ("vip and (vip and vip)", "vip and vip and vip"),
        ("(vip or vip) and vip", "(vip or vip) and vip"),
        ("frequency - (1 - frequency) > 1e2", "frequency - (1 - frequency) > 100"),
        ("first_order between date '2017-01-01' and date '2017-12-31'",) * 2,
        ("case when vip then 1 else 0 end = 1",) * 2,
        ("not (frequency > 3)",) * 2,
        ("city is not null and monetary / frequency > 20",) * 2,
    ],
)
def test_canonical_text_is_a_fixed_point(typed: str, canonical: str) -> None:
    rule = parse_rule(typed, TRAITS)
    assert rule.text == canonical
    again = parse_rule(rule.text, TRAITS)
    assert again == rule
    assert again.tree == rule.tree


def test_traits_are_listed_in_order_of_appearance() -> None:
    assert parse_rule("vip and city = 'a' or vip", TRAITS).traits == ("vip", "city")


@pytest.mark.parametrize(
    ("typed", "code", "marked"),
    [
        ("recency > 3", "rule.trait.unknown", "recency"),
        ("zzz > 3", "rule.trait.none_near", "zzz"),
        ("city = 北京", "rule.value.quote", "北京"),
        ("city in ('x', 上海)", "rule.value.quote", "上海"),
        ("City = cty", "rule.value.quote", "cty"),
        ("zzz = 北京", "rule.trait.none_near", "zzz"),
        ("vip and read_csv('x') > 1", "rule.function", "read_csv"),
        ("frequency > 'a'", "rule.type.mixed", "'a'"),
        ("lower(frequency) = 'a'", "rule.type.operand", "frequency"),
        ("city + 1 > 1", "rule.type.operand", "city"),
        ("first_order > '2018-01-01'", "rule.type.date", "'2018-01-01'"),
        ("first_order > 5", "rule.type.mixed", "5"),
        ("vip > (vip)", "rule.type.order", "vip > (vip"),
        ("vip = 1", "rule.type.mixed", "1"),
        ("monetary", "rule.type.condition", "monetary"),
        ("null", "rule.null", "null"),
        (".5", "rule.type.condition", ".5"),
        ("vip or frequency > true", "rule.type.mixed", "frequency"),
        ("city = null", "rule.null", "city"),
        ("first_order = date '2018-02-30'", "rule.date", "'2018-02-30'"),
        ("vip && vip", "rule.operator", "&&"),
        ("! vip", "rule.operator", "!"),
        ("vip) or (vip", "rule.bracket", ")"),
        ("(vip", "rule.bracket.open", "(vip"),
        ("city = 'x", "rule.quote.open", "'x"),
        ("city like 'a\\b'", "rule.like.backslash", "'a\\b'"),
        ("city in (city)", "rule.in.values", "city"),
        ("frequency > 1234567890123456", "rule.number.long", "1234567890123456"),
        ("frequency >", "rule.unreadable", ">"),
    ],
)
def test_a_refusal_marks_its_place(typed: str, code: str, marked: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule(typed, TRAITS)
    error = caught.value
    assert error.code == code
    assert error.start is not None
    assert error.end is not None
    assert typed[error.start : error.end + 1] == marked
    assert error.render("zh") != error.render("en")


def test_an_unknown_trait_is_answered_with_near_ones() -> None:
    with pytest.raises(RuleError, match="frequency"):
        parse_rule("frequenzy > 3", TRAITS)


NAMED = TraitTypes(
    TraitDefinition(
        id=id,
        label=Label(zh, en),
        family=Family.BEHAVIOURAL,
        kind="integer",
        unit=Label.same(""),
        definition=Label.same(""),
        source=("orders",),
        when_missing=Label.same(""),
    )
    for id, zh, en in (
        ("frequency", "消费次数", "Orders"),
        ("orders_365d", "近 365 天消费次数", "Orders, last 365 days"),
        ("visits", "来访", "Visits"),
        ("web_visits", "来访", "Web visits"),
        ("消费", "别的", "Other"),
        ("spend", "消费", "Spend"),
    )
)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("消费次数 >= 3", "frequency >= 3"),
        ("近365天消费次数 > 1 and not 消费次数 < 2", "orders_365d > 1 and not (frequency < 2)"),
        ('"近 365 天消费次数" > 1', "orders_365d > 1"),
        ('"orders, last 365 days" > 1', "orders_365d > 1"),
        ("消费 > 1", "消费 > 1"),  # an id goes before a name
        ("spend > 1", "spend > 1"),
    ],
)
def test_a_trait_is_known_by_what_people_call_it(typed: str, canonical: str) -> None:
    assert parse_rule(typed, NAMED).text == canonical


def test_a_name_that_two_traits_share_is_refused_with_both() -> None:
    with pytest.raises(RuleError) as error:
        parse_rule("消费次数 > 1 and 来访 > 2", NAMED)
    assert error.value.code == "rule.trait.ambiguous"
    assert error.value.params["traits"] == ("visits", "web_visits")
    assert (error.value.start, error.value.end) == (13, 14)


HOSTILE = """\
1; drop table traits
vip; drop table traits
'; drop table traits; --
vip -- comment
vip /* comment */
(select true)
exists (select 1)
frequency in (select 1)
frequency in (from read_csv('x'))
vip and (table traits)
read_text('/etc/passwd') = 'a'
getenv('HOME') = 'a'
unnest([1]) = 1
pragma version
copy traits to 'x'
attach 'x'
create macro f() as 1
list_filter([1], x -> x > 1) = 1
list_filter([1], lambda x : x > 1) = 1
row_number() over () > 1
sum(frequency) over (partition by city) > 1
sum(frequency) > 1
count(*) > 1
frequency > ?
frequency > $1
frequency > :x
frequency > @v
"x; drop" = 1
"a""b" = 1
vip union select 1
vip)
city = 'a' collate nocase
current_setting('x') = 'a'
columns('.*') > 1
columns(*)
*
traits.*
traits.vip
main.traits.vip
struct_pack(a := 1) = 1
{'a': 1} = 1
query('select 1')
values (1)
city ~ 'a'
city similar to 'a'
frequency = all (select 1)
frequency = any (values (1))
[x for x in [1]] = 1
try(frequency) = 1
cast(city as json) = 1
cast(city as integer) = 1
city::integer = 1
row(1) = 1
city = E'a'
city = $$a$$
city = x'00'
first_order > interval '1 day'
vip limit 1
getvariable('x') = 1
city format json
rowid > 1
nextval('s') = 1
chr(65) = city
frequency % 2 = 0
frequency // 2 = 0
frequency ** 2 = 4
city || 'a' = 'b'
city[1] = 'a'
if(vip, vip, vip)
nullif(frequency, 0) = 1
now() > first_order
current_date > first_order
random() > 0.5
frequency between symmetric 1 and 2
first_order > timestamp '2018-01-01'
case frequency when 1 then true end
city ilike 'a%'
frequency is distinct from 1
vip as x
vip x
""".splitlines()
GROWN = [
    "not " * 60 + "vip",
    "- " * 900 + "1 > 0",
    "(" * 400 + "vip" + ")" * 400,
    " and ".join(["vip"] * 5000),
    "case when " * 100 + "vip",
    "frequency in (" + ",".join(["1"] * 900) + ")",
    "vip\x00",
    "vip\u202e",
    "",
    "   ",
    "''",
    "abs(" * 30 + "frequency" + ")" * 30 + " > 1",
]


@pytest.mark.parametrize("typed", [*HOSTILE, *GROWN])
def test_hostile_text_is_refused_with_a_place(typed: str) -> None:
    _refused(typed)


def _refused(typed: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule(typed, TRAITS)
    error = caught.value
    assert error.code in codes()
    assert error.start is not None
    assert error.end is not None
    assert 0 <= error.start <= max(error.end, 0) <= max(0, len(typed) - 1)
    assert error.render("zh")
    assert error.render("en")


_NODES = {
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is),
    *(exp.Null, exp.Boolean, exp.Literal, exp.Column, exp.Identifier, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg),
    *(exp.Like, exp.Lower, exp.Upper, exp.Contains, exp.StartsWith, exp.Coalesce, exp.Abs, exp.Case, exp.If),
    *(exp.Cast, exp.DataType, exp.Length),
}


def test_fuzzed_text_is_refused_or_made_of_allowed_nodes_only() -> None:
    """300 strings mixed from hostile pieces and good ones; whatever is accepted holds nothing but listed nodes."""
    generator = random.Random(7)
    pieces = [w for line in HOSTILE for w in line.split()] + list(string.punctuation) + ["vip", "frequency > 1", "and"]
    accepted = 0
    for _ in range(300):
        typed = " ".join(generator.choice(pieces) for _ in range(generator.randint(1, 12)))
        try:
            rule = parse_rule(typed, TRAITS)
        except RuleError:
            _refused(typed)
        else:
            accepted += 1
            assert {type(n) for n in rule.tree.walk()} <= _NODES
            assert set(rule.traits) <= set(TRAITS)
    assert accepted < 30


def test_quotes_and_backslashes_cannot_leave_a_literal() -> None:
    rule = parse_rule(r"city = '\' or city = ' or true or city = '", TRAITS)
    assert [n.name for n in rule.tree.find_all(exp.Literal)] == ["\\", " or true or city = "]
    assert r"'\\'" in rule.predicate().sql("spark")
    con = duckdb.connect()
    con.execute("create table traits as select 'a' as city")
    assert con.execute("select " + rule.predicate().sql("duckdb") + " from traits").fetchall() == [(False,)]


ROWS = [
    (days, orders, amount, share, city, vip, day, orders, share)
    for days, orders, amount, share, city, vip, day in [
        (0, 0, "0.00", 0.0, "a", True, "2017-01-01"),
        (90, 3, "100.10", 0.5, "Abc", False, "2017-12-31"),
        (91, 1, "99.99", 1.0, "it's", True, "2018-01-01"),
        (None, None, None, None, None, None, None),
        (5, None, "20.00", None, "", None, "2018-02-28"),
        (None, 7, None, 0.25, "华东 区", False, None),
        (12, 2, "-3.50", 0.1, "a%b_", True, "2016-02-29"),
    ]
]


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(
        "create table traits (place int, recency_days bigint, frequency bigint, monetary decimal(18,2), "
        'discount_share double, city varchar, vip boolean, first_order date, "订单数" bigint, '
        '"spend_share_Fresh food" double)'
    )
    con.executemany("insert into traits values (?,?,?,?,?,?,?,?,?,?)", [(i, *row) for i, row in enumerate(ROWS)])
    return con


def _number(pick: random.Random, level: int) -> str:
    if level <= 0 or pick.random() < 0.4:
        return pick.choice([*[t for t, k in TRAITS.items() if k in ("integer", "money")], "discount_share", "3", "0.5"])
    a, b = _number(pick, level - 1), _number(pick, level - 1)
    forms = [f"({a} {pick.choice('+-*/')} {b})", f"coalesce({a}, {b})", f"abs({a})", f"-({a})", "length(city)"]
    return pick.choice([*forms, f"case when {_condition(pick, level - 1)} then {a} else {b} end"])


def _text(pick: random.Random) -> str:
    return pick.choice(["city", "lower(city)", "upper(city)", "coalesce(city, 'x')", "'a'", "'ABC'"])


def _condition(pick: random.Random, level: int) -> str:
    if level > 0 and pick.random() < 0.5:
        a, b = _condition(pick, level - 1), _condition(pick, level - 1)
        return pick.choice([f"({a} and {b})", f"({a} or {b})", f"not ({a})", f"(({a}) is null)", f"(({a}) is true)"])
    number, sign = _number(pick, level), pick.choice(["=", "!=", "<", "<=", ">", ">="])
    day = f"date '{pick.choice(['2017-01-01', '2018-01-01'])}'"
    return pick.choice(
        [
            f"{number} {sign} {_number(pick, level)}",
            f"{number} {pick.choice(['', 'not '])}between 1 and 50",
            f"{number} {pick.choice(['', 'not '])}in (0, 0.5, 3, 90)",
            f"{_text(pick)} {sign} {_text(pick)}",
            f"city {pick.choice(['', 'not '])}like '{pick.choice(['a%', '%s', '_bc', '%'])}'",
            f"contains({_text(pick)}, 'b')",
            f"starts_with(city, {_text(pick)})",
            f"first_order {sign} {day}",
            f"{pick.choice(list(TRAITS))} is {pick.choice(['', 'not '])}null".replace(
                "spend_share_Fresh food", '"spend_share_Fresh food"'
            ),
            "vip",
        ]
    )


def test_predicates_answer_as_the_evaluator_for_rows_with_unknowns(con: duckdb.DuckDBPyConnection) -> None:
    """250 random expressions: the engine's answer, the answer in Python, and the round trip of the text agree."""
    pick = random.Random(11)
    done = 0
    while done < 250:
        typed = _condition(pick, 3)
        if len(typed) > 500:
            continue
        rule = parse_rule(typed, TRAITS)
        assert parse_rule(rule.text, TRAITS).tree == rule.tree
        found = con.execute(f"select {rule.predicate().sql('duckdb')} from traits order by place").fetchall()
        values = [dict(zip(TRAITS, _typed(row), strict=True)) for row in ROWS]
        assert [f[0] for f in found] == [evaluate(rule.tree, v) is True for v in values], rule.text
        assert rule.predicate("t").sql("spark")
        done += 1


def _typed(row: tuple[object, ...]) -> list[object]:
    days, orders, amount, share, city, vip, day, *rest = row
    return [
        *(days, orders, None if amount is None else Decimal(str(amount)), share, city, vip),
        None if day is None else date.fromisoformat(str(day)),
        *rest,
    ]


def test_an_unknown_value_never_belongs_and_is_asked_for_with_is_null(con: duckdb.DuckDBPyConnection) -> None:
    def members(typed: str) -> int:
        predicate = parse_rule(typed, TRAITS).predicate().sql("duckdb")
        return int(con.execute(f"select count(*) from traits where {predicate}").fetchall()[0][0])

    below, above, unknown = members("frequency < 3"), members("not (frequency < 3)"), members("frequency is null")
    assert (below, above, unknown) == (3, 2, 2)
    assert members("monetary / frequency > 0") == 2  # 0 / 0 is unknown


def test_money_is_compared_to_the_cent(con: duckdb.DuckDBPyConnection) -> None:
    predicate = parse_rule("monetary = 100.10 and monetary - 0 = 100.1", TRAITS).predicate().sql("duckdb")
    assert con.execute(f"select recency_days from traits where {predicate}").fetchall() == [(90,)]
