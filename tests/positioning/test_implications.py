"""Implication matrices against a small example counted by hand, and what must hold for any interviews."""

from __future__ import annotations

import random
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qunxiang.errors import ContractError, NothingYetError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model.ladder import Ladder, LadderingRow, LadderItem
from qunxiang.positioning.implications import (
    Implications,
    ValueMap,
    concept_measures,
    cutoff_table,
    implication_matrix,
    proposed,
    recommended_cutoff,
    value_map,
)
from qunxiang.positioning.ladder import check_ladder, checked_ladder
from qunxiang.positioning.laddering import read_laddering

LEVELS = {"a": "attribute", "c": "functional", "v": "emotional"}
HAND = {("1", 1): "a1 c1 v1", ("1", 2): "a1 c2 v1", ("2", 1): "a1 c1 c2 v2", ("3", 1): "a2 c3 v1", ("3", 2): "a2 v1"}
"""Three respondents, five ladders; every figure below was counted from these by hand."""


def rows_of(ladders: dict[tuple[str, int], str]) -> list[LadderingRow]:
    return [
        LadderingRow(respondent=who, ladder=n, position=i, concept=c, level=LEVELS[c[0]])  # type: ignore[arg-type]
        for (who, n), chain in ladders.items()
        for i, c in enumerate(chain.split(), start=1)
    ]


def cells(found: Implications) -> dict[str, str]:
    """Return the cells that are not empty as Reynolds & Gutman write them: direct.indirect."""
    names = found.concepts
    n = len(names)
    both = {(i, j): (found.direct[i, j], found.indirect[i, j]) for i in range(n) for j in range(n)}
    return {f"{names[i]}>{names[j]}": f"{d}.{far}" for (i, j), (d, far) in both.items() if d + far}


def named(found: Implications, pairs: ValueMap, which: str) -> set[str]:
    return {f"{found.concepts[k.lower]}>{found.concepts[k.upper]}" for k in getattr(pairs, which)}


def test_every_link_counts_once_for_each_ladder() -> None:
    found = implication_matrix(rows_of(HAND), counting="ladder")
    assert cells(found) == {
        "a1>c1": "2.0",
        "a1>c2": "1.1",
        "a1>v1": "0.2",
        "a1>v2": "0.1",
        "a2>c3": "1.0",
        "a2>v1": "1.1",
        "c1>v1": "1.0",
        "c1>c2": "1.0",
        "c1>v2": "0.1",
        "c2>v1": "1.0",
        "c2>v2": "1.0",
        "c3>v1": "1.0",
    }
    assert (found.n_respondents, found.n_ladders) == (3, 5)


def test_every_link_counts_once_for_each_respondent_and_direct_goes_first() -> None:
    found = implication_matrix(rows_of(HAND))
    by_ladder = cells(implication_matrix(rows_of(HAND), counting="ladder"))
    assert cells(found) == by_ladder | {"a1>v1": "0.1", "a2>v1": "1.0"}
    assert dict(zip(found.concepts, found.mentions.tolist(), strict=True)) == {
        "a1": 2,
        "a2": 1,
        "c1": 2,
        "c2": 2,
        "c3": 1,
        "v1": 2,
        "v2": 1,
    }


def test_measures_of_concepts() -> None:
    by_name = {m.concept: m for m in concept_measures(implication_matrix(rows_of(HAND)))}
    assert {c: (m.out, m.into) for c, m in by_name.items()} == {
        "a1": (6, 0),
        "a2": (2, 0),
        "c1": (3, 2),
        "c2": (2, 3),
        "c3": (1, 1),
        "v1": (0, 5),
        "v2": (0, 3),
    }
    c2 = by_name["c2"]
    assert (c2.abstractness, c2.centrality, c2.prestige) == pytest.approx((3 / 5, 5 / 14, 3 / 14))
    straight = {m.concept: m for m in concept_measures(implication_matrix(rows_of(HAND)), "direct")}
    assert (straight["v1"].into, straight["v1"].prestige) == (4, pytest.approx(4 / 10))


def test_what_a_cutoff_keeps() -> None:
    table = cutoff_table(implication_matrix(rows_of(HAND)))
    assert [(r.cutoff, r.pairs, r.links, r.concepts) for r in table] == [(1, 12, 14, 7), (2, 2, 4, 3)]
    assert table[1].share_of_links == pytest.approx(4 / 14)
    assert table[1].share_of_pairs == pytest.approx(2 / 12)
    assert recommended_cutoff(table) == 1
    doubled = rows_of(HAND | {(f"{who}x", n): chain for (who, n), chain in HAND.items()})
    assert recommended_cutoff(cutoff_table(implication_matrix(doubled))) == 2


def test_the_map_draws_what_no_longer_path_says() -> None:
    found = implication_matrix(rows_of(HAND))
    whole = value_map(found, 1)
    assert named(found, whole, "links") == {"a1>c1", "c1>c2", "c2>v1", "c2>v2", "a2>c3", "c3>v1"}
    assert named(found, whole, "implied") == {"a1>c2", "a1>v1", "a1>v2", "a2>v1", "c1>v1", "c1>v2"}
    assert whole.set_aside == ()
    assert named(found, value_map(found, 2), "links") == {"a1>c1", "a1>c2"}


def test_a_link_that_closes_a_circle_is_set_aside_the_weaker_first() -> None:
    found = implication_matrix(rows_of({("1", 1): "c1 c2", ("2", 1): "c1 c2", ("3", 1): "c2 c1"}))
    drawn = value_map(found, 1)
    assert named(found, drawn, "links") == {"c1>c2"}
    assert named(found, drawn, "set_aside") == {"c2>c1"}


def test_a_ladder_is_proposed_beside_what_people_made() -> None:
    found = implication_matrix(rows_of(HAND))
    own = Ladder(items=(LadderItem(id="mine", level="attribute", text=Label("甲", "a1")),))
    made = proposed(own, found, value_map(found, 1), study="talks")
    assert (made.new_items, made.new_links) == (6, 6)
    assert made.ladder.items[0] == own.items[0]
    assert all(i.proposed for i in made.ladder.items[1:])
    link = next(k for k in made.ladder.links if k.lower == "mine")
    assert link.proposed
    assert link.grounds[0].concepts == ("a1", "c1")
    seen = link.grounds[0].seen
    assert seen is not None
    assert (seen.value, seen.n) == (pytest.approx(2 / 3), 3)
    assert seen.low == pytest.approx(0.2077, abs=1e-4)  # Wilson, 2 of 3
    faults = {f.kind for f in check_ladder(checked_ladder(made.ladder)) if f.fault}
    assert faults == set()
    again = proposed(made.ladder, found, value_map(found, 1), study="talks")
    assert (again.new_items, again.new_links, again.ladder) == (0, 0, made.ladder)


def test_a_concept_on_two_levels_and_an_empty_group_are_refused() -> None:
    torn = [
        *rows_of({("1", 1): "a1 c1"}),
        LadderingRow(respondent="2", ladder=1, position=1, concept="c1", level="emotional"),
    ]
    with pytest.raises(ContractError) as caught:
        implication_matrix(torn)
    assert caught.value.params["concepts"] == ["c1"]
    with pytest.raises(NothingYetError):
        implication_matrix(rows_of(HAND), group="gone")


CONCEPTS = st.lists(st.sampled_from(["a1", "a2", "a3", "c1", "c2", "c3", "c4", "v1", "v2"]), min_size=1, max_size=6)
PEOPLE = st.dictionaries(
    st.tuples(st.sampled_from("123456"), st.integers(1, 3)),
    CONCEPTS.map(lambda c: " ".join(sorted(c, key=lambda x: x[0]))),
    min_size=1,
)


@settings(max_examples=80, deadline=None)
@given(PEOPLE, st.randoms(use_true_random=False))
def test_what_holds_for_any_interviews(ladders: dict[tuple[str, int], str], chance: random.Random) -> None:
    rows = rows_of(ladders)
    found, by_ladder = implication_matrix(rows), implication_matrix(rows, counting="ladder")
    shuffled = list(rows)
    chance.shuffle(shuffled)
    again = implication_matrix(shuffled)
    assert again.concepts == found.concepts
    assert np.array_equal(again.direct, found.direct)
    assert np.array_equal(again.indirect, found.indirect)
    assert (found.links() <= found.n_respondents).all()
    assert (by_ladder.links() <= by_ladder.n_ladders).all()
    assert (found.links() <= by_ladder.links()).all()
    assert ((found.links() > 0) == (by_ladder.links() > 0)).all()
    assert np.array_equal(found.between, found.links())
    assert np.array_equal(by_ladder.between, found.links())
    measures = concept_measures(found)
    assert sum(m.out for m in measures) == sum(m.into for m in measures) == found.links().sum()
    assert all(m.abstractness is None or 0 <= m.abstractness <= 1 for m in measures)
    table = cutoff_table(found)
    assert [r.links for r in table] == sorted((r.links for r in table), reverse=True)
    if table:
        assert table[0].share_of_links == 1
        assert found.n_respondents >= recommended_cutoff(table) >= 1
    drawn = value_map(found, 1)
    kept = {(k.lower, k.upper) for k in (*drawn.links, *drawn.implied)}
    assert closure({(k.lower, k.upper) for k in drawn.links}) == closure(kept)
    assert not any(a == b for a, b in closure(kept))
    checked_ladder(proposed(Ladder(), found, drawn, study="talks").ladder)


def closure(pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    reach = set(pairs)
    while new := {(a, d) for a, b in reach for c, d in reach if b == c} - reach:
        reach |= new
    return reach


FILE = {
    "受访者": ["p7", "p7", "p7", "p9", "p9", "p9", "p9", None, "p3"],
    "阶梯号": ["1", "1", "1", "1", "1", "2", "2", "1", "1"],
    "位置": ["1", "3", "2", "1", "2", "1", "2", "1", "1"],
    "概念": ["新鲜", "家人健康", "少生病", "新鲜", "省心", "家人健康", "新鲜", "x", "新鲜"],
    "层级": ["属性", "价值", "功能", "A", "V", "价值", "属性", "属性", "颜色"],
}


def test_a_file_is_read_with_its_chinese_names_and_respondents_are_numbered() -> None:
    found = read_laddering(FILE)
    assert [(r.respondent, r.concept, r.level) for r in found.rows] == [
        ("1", "新鲜", "attribute"),
        ("1", "少生病", "functional"),
        ("1", "家人健康", "emotional"),
        ("2", "新鲜", "attribute"),
        ("2", "省心", "emotional"),
    ]
    assert [(r.respondent, r.ladder, r.why, r.found) for r in found.refused] == [
        ("p9", "2", "downward", "家人健康 → 新鲜"),
        ("p3", "1", "level", "颜色"),
    ]
    assert found.n_without == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"位置": "0"}, "position"),
        ({"位置": "2"}, "position_twice"),
        ({"位置": "first"}, "position"),
        ({"阶梯号": "x"}, "position"),
        ({"概念": None}, "incomplete"),
    ],
)
def test_a_ladder_that_cannot_be_used_is_left_out_with_the_reason(change: dict[str, str | None], why: str) -> None:
    wrong = {name: list(column) for name, column in FILE.items()}
    for name, value in change.items():
        wrong[name][0] = value  # type: ignore[call-overload]
        if name == "阶梯号":
            wrong[name][1] = wrong[name][2] = value  # type: ignore[call-overload]
    found = read_laddering(wrong)
    assert ("p7", why) in {(r.respondent, r.why) for r in found.refused}
    assert "少生病" not in {r.concept for r in found.rows}


def test_columns_are_mapped_by_hand_and_missing_ones_named() -> None:
    other = {{"概念": "said"}.get(name, name): column for name, column in FILE.items()}
    with pytest.raises(ContractError) as caught:
        read_laddering(other)
    assert caught.value.params["lacking"] == ["concept"]
    assert read_laddering(other, {"concept": "said"}) == read_laddering(FILE)
    with pytest.raises(UnknownNameError):
        read_laddering(FILE, {"concept": "gone"})
    with pytest.raises(UnknownNameError):
        read_laddering(FILE, {"colour": "概念"})


def test_two_concepts_that_are_one_item_make_one_link() -> None:
    items = (
        LadderItem(id="f1", level="functional", text=Label("轻", "light")),
        LadderItem(id="a1", level="attribute", text=Label("铝", "aluminium")),
    )
    rows = [
        LadderingRow(respondent=who, ladder=1, position=n, concept=concept, level=level)
        for who, chain in (("1", ("铝", "轻")), ("2", ("aluminium", "light")))
        for n, (concept, level) in enumerate(zip(chain, ("attribute", "functional"), strict=True), start=1)
    ]
    found = implication_matrix(rows)
    made = proposed(Ladder(items=items), found, value_map(found, 1), study="talks")
    assert (made.new_items, made.new_links) == (0, 1)
    checked_ladder(made.ladder)


def test_answers_that_nobody_coded_are_no_concepts() -> None:
    rows = [
        LadderingRow(respondent="1", ladder=1, position=n, concept=f"c{n}", level="functional") for n in range(1, 302)
    ]
    assert len(implication_matrix(rows[:300]).concepts) == 300
    with pytest.raises(ContractError) as caught:
        implication_matrix(rows)
    assert (caught.value.code, caught.value.params["n"]) == ("error.ladder.many_concepts", 301)


@pytest.mark.parametrize("changed", [{"position": "9" * 5000}, {"ladder": "9" * 5000}])
def test_a_number_of_thousands_of_digits_is_refused(changed: dict[str, str]) -> None:
    row = {"respondent": "p", "ladder": "1", "position": "1", "concept": "x", "level": "A"} | changed
    assert [r.why for r in read_laddering({name: [cell] for name, cell in row.items()}).refused] == ["position"]


def test_a_map_of_many_pairs_costs_little() -> None:
    chance = random.Random(1)
    chains = {(str(n), 1): " ".join(f"c{c:03}" for c in sorted(chance.sample(range(300), 6))) for n in range(1000)}
    found = implication_matrix(rows_of(chains))
    begun = process_time()
    drawn = value_map(found, 1)
    assert process_time() - begun < 15  # a search through the map for every pair takes minutes
    assert len(drawn.links) + len(drawn.implied) == (found.links() > 0).sum() > 10_000
