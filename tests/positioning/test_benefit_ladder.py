"""Benefit ladders: which links are refused, and what is said to be lacking."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model.ground import Ground, SeenFigure
from qunxiang.model.ladder import LADDER_LEVELS, Ladder, LadderItem, LadderLink
from qunxiang.positioning.grounds import standing_of
from qunxiang.positioning.ladder import chains, check_ladder, checked_ladder, circle_in, confirmed

WHY = (Ground(kind="judgement", text="workshop", by="li"),)


def item(id: str, level: str, *, proposed: bool = False, grounds: tuple[Ground, ...] = WHY) -> LadderItem:
    return LadderItem(id=id, level=level, text=Label.same(id), proposed=proposed, grounds=grounds)  # type: ignore[arg-type]


def ladder(items: str, links: str) -> Ladder:
    """Make a ladder: items ``a1 f1 e1`` are of the level of their first letter, links ``a1>f1``."""
    levels = {level[0]: level for level in LADDER_LEVELS}
    pairs = [word.split(">") for word in links.split()]
    return Ladder(
        items=tuple(item(id, levels[id[0]]) for id in items.split()),
        links=tuple(LadderLink(lower=a, upper=b, grounds=WHY) for a, b in pairs),
    )


def said(found: Ladder) -> set[tuple[str, tuple[str, ...]]]:
    return {(f.kind, f.items) for f in check_ladder(found)}


def test_a_whole_ladder_lacks_nothing() -> None:
    whole = ladder("a1 f1 e1", "a1>f1 f1>e1")
    assert check_ladder(checked_ladder(whole)) == ()
    assert chains(whole) == (("a1", "f1", "e1"),)


def test_what_hangs_in_the_air_is_said() -> None:
    found = ladder("a1 a2 a3 f1 f2 e1 e2", "a1>f1 f1>e1 f2>e2 a3>a1")
    assert said(found) == {
        ("leads_nowhere", ("a2",)),
        ("no_attribute", ("e2",)),
        ("rests_on_nothing", ("f2",)),
    }
    assert [f.fault for f in check_ladder(found)] == [True, True, True]
    assert ("dead_end", ("f1",)) in said(ladder("a1 f1", "a1>f1"))
    assert ("skips", ("a1", "e1")) in said(ladder("a1 e1", "a1>e1"))


def test_what_rests_on_nothing_and_what_is_only_proposed_is_said() -> None:
    bare = Ladder(
        items=(item("a1", "attribute", grounds=()), item("e1", "emotional", proposed=True)),
        links=(LadderLink(lower="a1", upper="e1", proposed=True),),
    )
    assert {("no_ground", ("a1",)), ("no_ground", ("a1", "e1")), ("proposed", ("e1",))} <= said(bare)
    once = confirmed(bare, ["e1"])
    assert not any(i.proposed for i in once.items)
    assert not any(link.proposed for link in once.links)
    with pytest.raises(SettingError):
        confirmed(bare, ["gone"])


def test_a_link_stays_proposed_while_one_end_is() -> None:
    found = Ladder(
        items=(item("a1", "attribute", proposed=True), item("f1", "functional", proposed=True)),
        links=(LadderLink(lower="a1", upper="f1", proposed=True),),
    )
    assert confirmed(found, ["a1"]).links[0].proposed
    assert not confirmed(confirmed(found, ["a1"]), ["f1"]).links[0].proposed


@pytest.mark.parametrize(
    ("items", "links", "code"),
    [
        ("a1 a1", "", "error.ladder.item_twice"),
        ("a1 f1", "f1>a1", "error.ladder.downward"),
        ("a1 f1", "a1>f1 a1>f1", "error.ladder.link_twice"),
        ("a1", "a1>f9", "error.ladder.no_item"),
        ("a1", "a1>a1", "error.ladder.circle"),
        ("f1 f2 f3", "f1>f2 f2>f3 f3>f1", "error.ladder.circle"),
    ],
)
def test_links_that_make_no_sense_are_refused(items: str, links: str, code: str) -> None:
    with pytest.raises(SettingError) as caught:
        checked_ladder(ladder(items, links))
    assert caught.value.code == code


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20))
def test_a_circle_is_found_exactly_when_there_is_one(pairs: set[tuple[int, int]]) -> None:
    named = {(str(a), str(b)) for a, b in pairs}
    circle = circle_in(named)
    if circle:
        assert set(zip(circle, [*circle[1:], circle[0]], strict=True)) <= named
    else:  # then putting lower nodes first is possible: no node reaches itself
        reach = set(named)
        for _ in range(7):
            reach |= {(a, d) for a, b in reach for c, d in reach if b == c}
        assert not any(a == b for a, b in reach)


@pytest.mark.parametrize(
    ("seen", "now", "standing"),
    [
        (SeenFigure(value=0.40, low=0.35, high=0.45), SeenFigure(value=0.4001), "holds"),
        (SeenFigure(value=0.40, low=0.35, high=0.45), SeenFigure(value=0.44), "moved"),
        (SeenFigure(value=0.40, low=0.35, high=0.45), SeenFigure(value=0.46), "changed"),
        (SeenFigure(value=100.0), SeenFigure(value=104.0), "moved"),
        (SeenFigure(value=100.0), SeenFigure(value=106.0), "changed"),
        (SeenFigure(value=0.4), None, "gone"),
        (SeenFigure(), SeenFigure(), "uncounted"),
    ],
)
def test_evidence_is_compared_with_what_was_bound(seen: SeenFigure, now: SeenFigure | None, standing: str) -> None:
    assert standing_of(seen, now) == standing


def test_a_ground_names_all_it_needs() -> None:
    with pytest.raises(ValueError, match="survey, question, answer"):
        Ground(kind="answers")
    with pytest.raises(ValueError, match="text"):
        Ground(kind="judgement", by="li")


def test_a_ladder_that_forks_without_reaching_an_emotion_has_no_chains_and_takes_no_time() -> None:
    layers = [[f"f{3 * n + k}" for k in range(3)] for n in range(30)]  # 3 to the 30th ways up
    links = [f"{a}>{b}" for below, above in pairwise(layers) for a in below for b in above]
    wide = ladder(" ".join(["a1", "a2", "e1", *(f for layer in layers for f in layer)]), " ".join(["a1>f0", *links]))
    assert chains(wide) == ()
    joined = wide.model_copy(update={"links": (*wide.links, LadderLink(lower="a2", upper="e1"))})
    assert chains(joined) == (("a2", "e1"),)
