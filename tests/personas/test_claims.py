"""Claims: evidence by hand, floors, cautions, and counts that equal a direct count."""

import duckdb
import pyarrow as pa
import pytest

from qunxiang.i18n import Label, codes
from qunxiang.model import Family, TraitDefinition, topic
from qunxiang.personas import (
    Candidate,
    Counts,
    Floor,
    claims_of,
    count_query,
    evidence_of,
    numeric_candidates,
    text_candidates,
)
from qunxiang.personas.claims import spend_gap
from qunxiang.sql import Relation


def trait(name: str, family: Family = Family.BEHAVIOURAL, kind: str = "number", **more: object) -> TraitDefinition:
    same = Label.same(name)
    return TraitDefinition(
        id=name,
        label=same,
        family=family,
        kind=kind,
        unit=same,
        definition=same,
        source=("orders",),
        when_missing=same,
        **more,
    )


def test_evidence_by_hand() -> None:
    segment, everyone = Counts(n=100, n_known=80, n_true=40), Counts(n=1000, n_known=480, n_true=120)
    evidence = evidence_of(Candidate(trait="x", operator=">=", value=3), segment, everyone, p_adjusted=0.01)
    assert evidence is not None
    # Wilson: .5 ± 1.96 / 1.04802 · sqrt(.25/80 + 3.84146/25600) = .5 ± .1070
    assert (evidence.share, round(evidence.low, 4), round(evidence.high, 4)) == (0.5, 0.393, 0.607)
    assert (evidence.base_share, evidence.coverage) == (0.25, 0.8)
    # the rest: 80 of 400; h = 2 asin sqrt(.5) - 2 asin sqrt(.2) = 1.5708 - .9273
    assert evidence.difference == pytest.approx(0.3)
    assert evidence.effect == pytest.approx(0.6435, abs=1e-4)


def test_below_the_floor_is_refused() -> None:
    few_known = Candidate(trait="a", operator="=", value="x")
    few_holding = Candidate(trait="b", operator="=", value="x")
    counts = {
        few_known: (Counts(n=100, n_known=29, n_true=29), Counts(n=1000, n_known=500, n_true=100)),
        few_holding: (Counts(n=100, n_known=90, n_true=9), Counts(n=1000, n_known=900, n_true=10)),
    }
    claims, refused = claims_of(counts, {"a": trait("a"), "b": trait("b")}, floor=Floor())
    assert claims == ()
    assert {(r.candidate.trait, r.because) for r in refused} == {("a", "too_few_known"), ("b", "too_few_holding")}


def test_a_rare_statement_does_not_speak_for_the_segment() -> None:
    claims, refused = claims_of(
        {Candidate(trait="a", operator="=", value="x"): _counts(0.2, 0.01)}, {"a": trait("a")}, floor=Floor()
    )
    assert (claims, [r.because for r in refused]) == ((), ["too_rare"])


def _counts(share: float, base: float, *, known: int = 100) -> tuple[Counts, Counts]:
    return (
        Counts(n=100, n_known=known, n_true=round(known * share), spend_known=1.0),
        Counts(n=1000, n_known=900 + known, n_true=round(900 * base) + round(known * share), spend_known=1.0),
    )


def test_one_claim_a_trait_and_every_family_heard_first() -> None:
    traits = {"a": trait("a"), "b": trait("b"), "c": trait("c", Family.DEMOGRAPHIC)}
    counts = {
        Candidate(trait="a", operator=">=", value=1): _counts(0.9, 0.2),
        Candidate(trait="a", operator=">=", value=2): _counts(0.8, 0.1),
        Candidate(trait="b", operator=">=", value=1): _counts(0.8, 0.3),
        Candidate(trait="c", operator=">=", value=1): _counts(0.5, 0.3),
    }
    claims, _ = claims_of(counts, traits, floor=Floor(), wanted=3)
    assert [c.evidence.trait for c in claims] == ["a", "c", "b"]
    assert all(c.marks for c in claims)


def test_cautions_are_said() -> None:
    traits = {"a": trait("a"), "campaign_contacts_365d": trait("campaign_contacts_365d", Family.PROMOTION)}
    thin = (
        Counts(
            n=100, n_known=40, n_true=36, spend_known=4000, square_known=420000, spend_unknown=600, square_unknown=9000
        ),
        Counts(n=1000, n_known=900, n_true=100, spend_known=1, square_known=1),
    )
    counts = {
        Candidate(trait="a", operator=">=", value=1): thin,
        Candidate(trait="campaign_contacts_365d", operator=">=", value=1): _counts(0.9, 0.2),
    }
    claims, _ = claims_of(counts, traits, floor=Floor(), defining=frozenset({"a"}))
    said = {c.evidence.trait: {m.code for m in c.cautions} for c in claims}
    assert said["a"] == {"persona.caution.coverage", "persona.caution.spend", "persona.caution.defining"}
    assert said["campaign_contacts_365d"] == {"persona.caution.exposure"}
    assert claims[1].cautions[0]("en").startswith("Only 40 of 100 members") or claims[0].cautions


def test_spend_gap_by_hand() -> None:
    # known 10, 20 (mean 15); unknown 0, 10 (mean 5); pooled sd = sqrt((50 + 50) / 2) = 7.0711
    counts = Counts(n=4, n_known=2, n_true=0, spend_known=30, square_known=500, spend_unknown=10, square_unknown=100)
    assert spend_gap(counts) == pytest.approx(10 / 50**0.5)
    assert spend_gap(Counts(n=2, n_known=2, n_true=0)) is None


def test_counts_equal_a_direct_count() -> None:
    con = duckdb.connect()
    frame = pa.table(
        {
            "profile_id": [f"p{i}" for i in range(200)],
            "x": [None if i % 7 == 0 else float(i % 10) for i in range(200)],
            "级别": [None if i % 3 == 0 else ("甲'乙" if i % 2 else "丙") for i in range(200)],
            "monetary_365d": [float(i) for i in range(200)],
        }
    )
    members = pa.table(
        {
            "profile_id": [f"p{i}" for i in range(0, 200, 2)],
            "segmentation": ["s"] * 100,
            "segment": ["a" if i < 60 else "b" for i in range(100)],
        }
    )
    con.register("traits", frame)
    con.register("memberships", members)
    candidates = [
        Candidate(trait="x", operator=">=", value=5),
        Candidate(trait="级别", operator="=", value="甲'乙"),
        Candidate(trait="x", operator="<=", value=2.5),
    ]
    query = count_query(Relation("traits"), Relation("memberships"), "s", candidates, spend="monetary_365d")
    rows = {r["segment"]: r for r in con.sql(query.sql()).to_arrow_table().to_pylist()}
    for i, candidate in enumerate(candidates):
        direct = (
            con.sql(
                "select count(*) as n from traits t join memberships m using (profile_id) "
                f"where segment = 'a' and ({candidate.rule})"
            )
            .to_arrow_table()["n"][0]
            .as_py()
        )
        assert rows["a"][f"n_true__{i}"] == direct
    assert set(rows) == {"a", "b", None}
    assert rows["a"]["n"] == 60
    assert rows["a"]["n_known__x"] == sum(1 for i in range(0, 120, 2) if i % 7)
    assert "DOUBLE" in query.sql("spark")


def test_candidates_leave_sensitive_traits_out() -> None:
    definitions = [trait("x"), trait("y", sensitive=True), trait("t", kind="text", sensitive=True)]
    assert {c.trait for c in numeric_candidates(definitions, {"x__25": 0.1234, "y__25": 3.0})} == {"x"}
    assert text_candidates(definitions, {"t": ["a"]}) == ()
    assert {c.value for c in numeric_candidates([trait("x")], {"x__25": 1234.5, "x__50": 0.0456})} == {1200.0, 0.046}


def test_topics() -> None:
    assert topic("orders_90d") == topic("frequency")
    assert topic("spend_share_meat") == topic("spend_meat") != topic("spend_share_deli")
    assert topic("spend_trend") == "spend_trend"


def test_every_sentence_is_in_the_catalogue() -> None:
    from qunxiang.personas.compose import _ADVICE

    assert set(_ADVICE.values()) <= codes()
    for kind in ("at_least", "at_most"):
        assert {f"persona.claim.{kind}{form}" for form in ("_number", "_money", "_share")} <= codes()


def test_silent_families_are_heard_without_marking() -> None:
    traits = {f"x{i}": trait(f"x{i}") for i in range(12)} | {"age_band": trait("age_band", Family.DEMOGRAPHIC, "text")}
    counts = {Candidate(trait=f"x{i}", operator=">=", value=1): _counts(0.8, 0.2) for i in range(12)}
    counts[Candidate(trait="age_band", operator="=", value="45-54")] = _counts(0.35, 0.35)
    claims, _ = claims_of(counts, traits, floor=Floor(), wanted=12, per_family=11)
    assert len(claims) == 12
    assert [(c.evidence.trait, c.marks) for c in claims if not c.marks] == [("age_band", False)]


@pytest.mark.parametrize(
    ("kind", "numeric"),
    [("number", True), ("integer", True), ("money", True), ("share", True), ("text", False), ("boolean", False)],
)
def test_which_kinds_are_numbers(kind: str, numeric: bool) -> None:
    assert trait("x", kind=kind).is_numeric is numeric
