"""A persona as a poster: sections of claims with numbered evidence, and what is only assumed."""

from __future__ import annotations

from qunxiang.charts.spec import Text
from qunxiang.i18n import Label, Message
from qunxiang.model import Family, TraitSet
from qunxiang.personas import Claim, Persona
from qunxiang.ports.documents import KeyFigure, Poster, PosterClaim, PosterSection
from qunxiang.services.definitions_read import current_traits
from qunxiang.services.house import House
from qunxiang.services.rule_words import rule_words

SECTIONS: tuple[tuple[str, tuple[Family, ...]], ...] = (
    ("poster.section.who", (Family.DEMOGRAPHIC, Family.GEOGRAPHIC, Family.FIRMOGRAPHIC)),
    ("poster.section.buys", (Family.BEHAVIOURAL, Family.VALUE)),
    ("poster.section.basket", (Family.SPENDING,)),
    ("poster.section.moves", (Family.PROMOTION, Family.PSYCHOGRAPHIC)),
)
"""Boxes of a poster and the families of claims they hold."""


def poster_of(house: House, persona: Persona) -> Poster:
    """Compose the poster of a persona; texts stay messages until the document is rendered."""
    traits = current_traits(house)
    numbers = {claim.id: i for i, claim in enumerate(persona.claims, start=1)}
    sections = [
        PosterSection(Message(code), tuple(_claim(c, numbers[c.id]) for c in persona.claims if c.family in families))
        for code, families in SECTIONS
    ]
    assumed = tuple(
        PosterClaim(text=a.text, evidence_number=numbers.get(a.basis or ""), kind="assumed")
        for a in persona.assumptions
    )
    shown = [s for s in sections if s.claims]
    if assumed:
        shown.append(PosterSection(Message("poster.section.assumed"), assumed))
    return Poster(
        name=persona.name,
        tagline=tagline(persona),
        segment=persona.segment_label,
        colour=persona.colour,
        portrait_svg=house.portraits.draw(persona.portrait_seed),
        chips=chips(persona),
        key_figures=tuple(
            KeyFigure(
                k.label,
                Message(f"poster.figure.{k.format}", {"value": k.value, "unit": k.unit}),
                Message(f"poster.base.{k.format}", {"value": k.base}),
            )
            for k in persona.key_numbers
        ),
        sections=tuple(shown),
        evidence=tuple((numbers[c.id], evidence_note(c, traits)) for c in persona.claims),
        footer=Message(
            "poster.footer", {"as_of": persona.as_of, "run": persona.run, "company": Label.same(house.settings.name)}
        ),
        notes=(Message("poster.note.invented"),),
    )


def tagline(persona: Persona) -> Message:
    """Say in one line how big the segment is."""
    return Message(
        "poster.tagline",
        {
            "n": persona.n_members,
            "share": persona.n_members / persona.n_profiles if persona.n_profiles else None,
            "revenue": persona.revenue_share,
        },
    )


def chips(persona: Persona) -> tuple[Text, ...]:
    """Return the short labels under the name: how many claims, from how many families."""
    return (
        Message("poster.chip.segment", {"segment": persona.segment_label}),
        Message("poster.chip.claims", {"n": len(persona.claims), "families": len(persona.families)}),
    )


def evidence_note(claim: Claim, traits: TraitSet) -> Message:
    """Say what a claim rests on: counts, interval, base."""
    e = claim.evidence
    return Message(
        "poster.evidence",
        {
            "rule": rule_words(e.rule, traits),
            "n": e.n_true,
            "known": e.n_known,
            "members": e.n_segment,
            "low": e.low,
            "high": e.high,
            "base": e.base_share,
            "base_known": e.base_known,
        },
    )


def _claim(claim: Claim, number: int) -> PosterClaim:
    cautions = claim.cautions
    return PosterClaim(
        text=claim.text,
        evidence_number=number,
        share=claim.evidence.share,
        base=claim.evidence.base_share,
        value=Message("poster.share", {"share": claim.evidence.share}),
        caution=cautions[0] if cautions else "",
    )
