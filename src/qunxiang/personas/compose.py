"""A persona from its claims: name, portrait, key numbers, claims, and what is only assumed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from qunxiang.i18n import Label, Message
from qunxiang.model import Family, Frozen, TraitDefinition
from qunxiang.personas.claims import Claim, Floor


class KeyNumber(Frozen):
    """A median of the segment beside that of all profiles; `n` members have a known value."""

    trait: str
    label: Label
    unit: Label
    format: str
    value: float | None
    base: float | None
    n: int


class Assumption(Frozen):
    """A statement that no data of this workspace proves; `by` wrote it, or a rule derived it from claim `basis`."""

    text: Message | Label
    basis: str | None = None
    by: str | None = None


class Persona(Frozen):
    """An archetype (画像) of one segment; stored as a versioned document.

    The name and the portrait are invented and say so wherever they are shown. `n_members` of `n_profiles` profiles
    belong to the segment at `as_of`; `run` is the snapshot the claims were counted in.
    """

    segmentation: str
    segment: str
    segment_label: Label
    colour: int
    name: Label
    portrait_seed: str
    n_members: int
    n_profiles: int
    revenue_share: float | None
    key_numbers: tuple[KeyNumber, ...]
    claims: tuple[Claim, ...]
    assumptions: tuple[Assumption, ...]
    n_tried: int
    n_refused: int
    floor: Floor
    as_of: date
    run: int

    @property
    def families(self) -> tuple[Family, ...]:
        """Families that have a claim, in their order of declaration."""
        return tuple(f for f in Family if any(c.family is f for c in self.claims))

    def claim(self, claim_id: str) -> Claim | None:
        """Return the claim with that id, or None."""
        return next((c for c in self.claims if c.id == claim_id), None)


def compose(
    segment: Persona,
    *,
    names: Sequence[tuple[str, str]],
    taken: frozenset[str],
    added: Sequence[Assumption] = (),
) -> Persona:
    """Give a persona its name and its assumptions.

    Parameters
    ----------
    segment
        The persona as counted, its name still empty.
    names
        Reviewed names as pairs (Chinese, English).
    taken
        English names that other personas of the segmentation carry.
    added
        Statements that people wrote; they stay marked as assumed.
    """
    start = int(hashlib.sha256(f"{segment.segmentation}/{segment.segment}".encode()).hexdigest(), 16) % len(names)
    order = [names[(start + i) % len(names)] for i in range(len(names))]
    zh, en = next((pair for pair in order if pair[1] not in taken), order[0])
    derived = tuple(a for c in segment.claims if c.marks for a in _derived(c))
    return segment.model_copy(update={"name": Label(zh, en), "assumptions": (*derived, *added)})


_ADVICE = {
    "discount_share:at_least": "persona.assumed.price_first",
    "discount_share:at_most": "persona.assumed.price_last",
    "coupon_share:at_least": "persona.assumed.coupons",
    "private_label_share:at_least": "persona.assumed.private_label",
    "private_label_share:at_most": "persona.assumed.brands",
    "recency_days:at_least": "persona.assumed.win_back",
    "frequency:at_least": "persona.assumed.reward",
    "interpurchase_days:at_most": "persona.assumed.reward",
    "basket_value:at_least": "persona.assumed.stock_up",
    "basket_value:at_most": "persona.assumed.quick_trip",
    "weekend_share:at_least": "persona.assumed.weekend",
    "evening_share:at_least": "persona.assumed.evening",
    "category_count:at_most": "persona.assumed.cross_sell",
}


_BEYOND_CHANCE = {"weekend_share:at_least": 0.4, "evening_share:at_least": 0.4}
"""Least thresholds from which a habit may be assumed: two days of seven are 29 % of the week by themselves."""


def _derived(claim: Claim) -> tuple[Assumption, ...]:
    code = _ADVICE.get(claim.id)
    if claim.id in _BEYOND_CHANCE and float(claim.text.params["value"]) < _BEYOND_CHANCE[claim.id]:
        return ()
    return (Assumption(text=Message(code, {}), basis=claim.id),) if code else ()


def key_format(trait: TraitDefinition) -> str:
    """Return the format in which a trait's median is shown."""
    return {"money": "money", "share": "percent", "integer": "number"}.get(trait.kind, "number")
