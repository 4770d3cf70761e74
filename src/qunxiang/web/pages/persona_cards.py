"""Personas as cards."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from qunxiang.i18n import Message
from qunxiang.personas import Persona
from qunxiang.services.poster_content import tagline
from qunxiang.workspace import Workspace

CLAIMS_SHOWN = 3


def persona_view(workspace: Workspace, persona: Persona) -> dict[str, Any]:
    """Return a persona as the card shows it: name and portrait are invented, claims are measured."""
    drawn = base64.b64encode(workspace.personas.portrait(persona).encode()).decode()
    return {
        "name": persona.name,
        "href": f"/personas/{quote(persona.segmentation, safe='')}/{quote(persona.segment, safe='')}",
        "portrait_href": f"data:image/svg+xml;base64,{drawn}",
        "tier": None,
        "subtitle": tagline(persona),
        "segment": persona.segment_label,
        "segment_number": persona.colour,
        "quote": None,
        "quote_kind": "generated",
        "claims": claims(persona),
        "tags": [],
    }


def claims(persona: Persona) -> list[dict[str, Any]]:
    """Return the first claims, those that mark the segment before the others and one per family."""
    ordered = sorted(persona.claims, key=lambda claim: not claim.marks)
    chosen = {claim.family: claim for claim in reversed(ordered)}
    return [
        {
            "title": Message(f"page.traits.family.{claim.family.value}"),
            "text": claim.text,
            "kind": "measured",
            "n_evidence": 0,
            "evidence_href": "",
        }
        for claim in ordered
        if chosen[claim.family] is claim
    ][:CLAIMS_SHOWN]
