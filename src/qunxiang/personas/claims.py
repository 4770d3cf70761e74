"""From counts to claims: which statements mark a segment, how sure they are, and which are refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import scipy

from qunxiang.i18n import Label, Message
from qunxiang.model import Family, Frozen, TraitDefinition, topic
from qunxiang.model.trait import SHARE_DIFFERENCE
from qunxiang.personas.candidates import Candidate
from qunxiang.statistics.effects import cohen_h
from qunxiang.statistics.intervals import TooFewRows, share_difference_interval, share_interval
from qunxiang.statistics.multiple import benjamini_hochberg

ROOM_FOR_OTHERS = 2
"""Claims kept for families in which nothing marks the segment, so that a persona also says who its people are."""

UNIVERSAL = 0.95
"""A statement that holds for a larger share of all customers describes nobody in particular."""

RefusedBecause = Literal["too_few_known", "too_few_holding", "too_rare", "unclear"]


class Floor(Frozen):
    """What a claim must rest on.

    At least `known` known answers in the segment, `holding` customers for whom it holds, a `share` of those known large
    enough to speak of the segment, an effect (Cohen's h against
    the rest) of at least `effect`, and a false-discovery-adjusted p of at most `alpha`. Below `coverage` of known
    answers, or when the known differ from the unknown in spend by more than `spend_gap` pooled standard deviations,
    the claim carries a caution.
    """

    known: int = 30
    holding: int = 10
    share: float = 0.3
    effect: float = 0.2
    alpha: float = 0.05
    coverage: float = 0.5
    spend_gap: float = 0.2


class Counts(Frozen):
    """What was counted for one candidate in one group of profiles; spend in the workspace's currency."""

    n: int
    n_known: int
    n_true: int
    spend_known: float = 0.0
    square_known: float = 0.0
    spend_unknown: float = 0.0
    square_unknown: float = 0.0

    def without(self, other: Counts) -> Counts:
        """Return the counts of the profiles that are not in `other`."""
        return Counts(**{k: v - getattr(other, k) for k, v in self.model_dump().items()})


class Evidence(Frozen):
    """The rows a claim rests on.

    `rule` is the statement; `n_true` of the `n_known` members with a known answer (of `n_segment` members) meet it.
    `share` has a Wilson interval `low`..`high`. `base_share` is the same among all profiles with a known answer;
    `difference` compares with the profiles outside the segment (Newcombe interval), `effect` is Cohen's h, `p_adjusted`
    is controlled for all statements that were tried. Confidence 95 %.
    """

    rule: str
    trait: str
    n_segment: int
    n_known: int
    n_true: int
    share: float
    low: float
    high: float
    coverage: float
    base_known: int
    base_true: int
    base_share: float
    difference: float
    difference_low: float
    difference_high: float
    effect: float
    p_adjusted: float
    spend_known: float | None = None
    spend_unknown: float | None = None


class Claim(Frozen):
    """One statement of a persona with its evidence, and the cautions a reader needs."""

    id: str
    family: Family
    text: Message
    evidence: Evidence
    marks: bool
    cautions: tuple[Message, ...] = ()


class Refused(Frozen):
    """A statement that was counted but may not be made, and why."""

    candidate: Candidate
    because: RefusedBecause
    n_known: int
    n_true: int


def evidence_of(candidate: Candidate, segment: Counts, everyone: Counts, *, p_adjusted: float) -> Evidence | None:
    """Turn counts into evidence; None when a share does not exist (nobody known in the segment or outside it)."""
    rest = everyone.without(segment)
    share = share_interval(segment.n_true, segment.n_known)
    difference = share_difference_interval(segment.n_true, segment.n_known, rest.n_true, rest.n_known)
    if isinstance(share, TooFewRows) or isinstance(difference, TooFewRows):
        return None
    effect = cohen_h(share.estimate, segment.n_known, rest.n_true / rest.n_known, rest.n_known)
    if isinstance(effect, TooFewRows):
        return None
    n_unknown = segment.n - segment.n_known
    return Evidence(
        rule=candidate.rule,
        trait=candidate.trait,
        n_segment=segment.n,
        n_known=segment.n_known,
        n_true=segment.n_true,
        share=share.estimate,
        low=share.low,
        high=share.high,
        coverage=segment.n_known / segment.n,
        base_known=everyone.n_known,
        base_true=everyone.n_true,
        base_share=everyone.n_true / everyone.n_known,
        difference=difference.estimate,
        difference_low=difference.low,
        difference_high=difference.high,
        effect=effect.estimate,
        p_adjusted=p_adjusted,
        spend_known=segment.spend_known / segment.n_known,
        spend_unknown=segment.spend_unknown / n_unknown if n_unknown else None,
    )


def claims_of(
    counts: Mapping[Candidate, tuple[Counts, Counts]],
    traits: Mapping[str, TraitDefinition],
    *,
    floor: Floor,
    wanted: int = 12,
    per_family: int = 4,
    defining: frozenset[str] = frozenset(),
    level_label: Callable[[str, str], Label] | None = None,
) -> tuple[tuple[Claim, ...], tuple[Refused, ...]]:
    """Choose the claims of a persona.

    Parameters
    ----------
    counts
        Counts in the segment and among all profiles, by candidate.
    traits
        Definitions by id.
    wanted, per_family
        Number of claims aimed at, and the most from one family. Each trait gives one claim at most.
    defining
        Traits that define the segment. They differ by construction, so other traits go first within a family, and a
        claim about a defining trait says so.
    level_label
        Name of a text trait's level for people; the level as it stands when None.

    Returns
    -------
    claims
        Statements that mark the segment off (by falling effect), then some that describe it without marking it off
        (`marks` false): of families that would be silent otherwise, and to fill up to `wanted`.
    refused
        Every candidate that fell below the floor.
    """
    p_values = {c: _p_value(seg, every.without(seg)) for c, (seg, every) in counts.items()}
    adjusted = dict(zip(p_values, benjamini_hochberg(list(p_values.values())), strict=True))
    refused: list[Refused] = []
    marking: list[tuple[Candidate, Evidence]] = []
    describing: list[tuple[Candidate, Evidence]] = []
    for candidate, (seg, every) in counts.items():
        because = _refuse(seg, every, floor)
        evidence = None if because else evidence_of(candidate, seg, every, p_adjusted=float(adjusted[candidate]))
        if evidence is None:
            refused.append(
                Refused(candidate=candidate, because=because or "unclear", n_known=seg.n_known, n_true=seg.n_true)
            )
        elif evidence.share < floor.share:
            refused.append(Refused(candidate=candidate, because="too_rare", n_known=seg.n_known, n_true=seg.n_true))
        elif evidence.effect >= floor.effect and evidence.p_adjusted <= floor.alpha:
            marking.append((candidate, evidence))
        elif evidence.base_share > UNIVERSAL:
            continue  # true of nearly everybody: it says nothing of this segment
        elif evidence.share >= 0.5 or candidate.operator == "=":
            describing.append((candidate, evidence))
    marking.sort(key=lambda pair: (pair[0].trait in defining, -pair[1].effect, pair[0].rule))
    describing.sort(key=lambda pair: (-pair[1].share if pair[1].share < 0.9 else 0.0, pair[0].rule))
    room = min(ROOM_FOR_OTHERS, wanted // 6)
    chosen = _choose(marking, traits, wanted - room, per_family, taken=set())
    heard = {traits[c.trait].family for c, _ in chosen}
    unheard = [(c, e) for c, e in describing if traits[c.trait].family not in heard]
    extra = _choose(unheard, traits, room, ROOM_FOR_OTHERS, taken={c.trait for c, _ in chosen})
    for more, marks in ((marking, True), (describing, False)):
        taken = {c.trait for c, _ in (*chosen, *extra)}
        added = _choose(more, traits, wanted - len(chosen) - len(extra), per_family, taken=taken)
        (chosen if marks else extra).extend(added)
    said = level_label or (lambda _, level: Label.same(level))
    claims = []
    for pairs, marks in ((chosen, True), (extra, False)):
        for candidate, evidence in pairs:
            trait = traits[candidate.trait]
            value = said(trait.id, candidate.value) if isinstance(candidate.value, str) else candidate.value
            cautions = _cautions(evidence, counts[candidate][0], trait, floor, trait.id in defining)
            claims.append(_claim(candidate, value, evidence, trait, cautions=cautions, marks=marks))
    return tuple(claims), tuple(refused)


def _refuse(segment: Counts, everyone: Counts, floor: Floor) -> RefusedBecause | None:
    if segment.n_known < floor.known or everyone.n_known - segment.n_known < floor.known:
        return "too_few_known"
    if segment.n_true < floor.holding:
        return "too_few_holding"
    return None


def _p_value(segment: Counts, rest: Counts) -> float:
    """Two-sided p of equal shares, pooled z test; 1 where a group has nobody known."""
    if segment.n_known == 0 or rest.n_known == 0:
        return 1.0
    pooled = (segment.n_true + rest.n_true) / (segment.n_known + rest.n_known)
    variance = pooled * (1 - pooled) * (1 / segment.n_known + 1 / rest.n_known)
    if variance <= 0:
        return 1.0
    z = (segment.n_true / segment.n_known - rest.n_true / rest.n_known) / math.sqrt(variance)
    return float(2 * scipy.stats.norm.sf(abs(z)))


def _choose(
    ordered: Sequence[tuple[Candidate, Evidence]],
    traits: Mapping[str, TraitDefinition],
    wanted: int,
    per_family: int,
    *,
    taken: set[str],
) -> list[tuple[Candidate, Evidence]]:
    """Take statements from the top, one per trait and topic, round by round over the families so that each is heard."""
    out: list[tuple[Candidate, Evidence]] = []
    used_traits = set(taken)
    families: dict[Family, int] = {}
    used_topics = {topic(t) for t in taken}
    for limit in range(1, per_family + 1):
        for candidate, evidence in ordered:
            family = traits[candidate.trait].family
            if len(out) >= wanted:
                return out
            if families.get(family, 0) >= limit or candidate.trait in used_traits:
                continue
            if topic(candidate.trait) in used_topics:
                continue
            out.append((candidate, evidence))
            used_traits.add(candidate.trait)
            used_topics.add(topic(candidate.trait))
            families[family] = families.get(family, 0) + 1
    return out


_FORMS = {"share": "_share", "money": "_money"}


def _form(trait: TraitDefinition) -> str:
    """Return how the limit of a claim is written: with its unit, as a share, or in percentage points."""
    return "_points" if trait.unit == SHARE_DIFFERENCE else _FORMS.get(trait.kind, "_number")


def _claim(
    candidate: Candidate,
    value: Label | float | bool,
    evidence: Evidence,
    trait: TraitDefinition,
    *,
    cautions: tuple[Message, ...],
    marks: bool,
) -> Claim:
    kind = {">=": "at_least", "<=": "at_most", "=": "is"}[candidate.operator]
    if candidate.value is True:
        kind = "yes"
    code = f"persona.claim.{kind}"
    if trait.id == "recency_days" and kind == "at_most":
        code = "persona.claim.recency_at_most"
    elif kind in ("at_least", "at_most"):
        code += _form(trait)
    params = {
        "trait": trait.label,
        "value": value,
        "unit": trait.unit,
        "share": evidence.share,
        "base": evidence.base_share,
    }
    return Claim(
        id=f"{trait.id}:{kind}",
        family=trait.family,
        text=Message(code, params),
        evidence=evidence,
        marks=marks,
        cautions=cautions,
    )


def _cautions(
    evidence: Evidence, counts: Counts, trait: TraitDefinition, floor: Floor, defining: bool
) -> tuple[Message, ...]:
    out = []
    if defining:
        out.append(Message("persona.caution.defining", {"trait": trait.label}))
    if evidence.coverage < floor.coverage:
        out.append(
            Message(
                "persona.caution.coverage",
                {"known": evidence.n_known, "members": evidence.n_segment, "coverage": evidence.coverage},
            )
        )
    gap = spend_gap(counts)
    if gap is not None and abs(gap) > floor.spend_gap:
        out.append(
            Message(
                "persona.caution.spend",
                {"trait": trait.label, "known": evidence.spend_known, "unknown": evidence.spend_unknown},
            )
        )
    if trait.family is Family.PROMOTION and ("campaign" in trait.id or "response" in trait.id):
        out.append(Message("persona.caution.exposure", {}))
    return tuple(out)


def spend_gap(counts: Counts) -> float | None:
    """Difference in mean spend of members with a known answer and those without, in pooled standard deviations.

    None when fewer than two stand on either side or spend does not vary.
    """
    n_known, n_unknown = counts.n_known, counts.n - counts.n_known
    if min(n_known, n_unknown) < 2:
        return None
    mean_known, mean_unknown = counts.spend_known / n_known, counts.spend_unknown / n_unknown
    squares = counts.square_known - n_known * mean_known**2 + counts.square_unknown - n_unknown * mean_unknown**2
    deviation = math.sqrt(max(squares, 0.0) / (n_known + n_unknown - 2))
    return (mean_known - mean_unknown) / deviation if deviation > 0 else None
