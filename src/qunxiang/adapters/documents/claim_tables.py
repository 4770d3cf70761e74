"""The claims of a persona as a table block."""

from __future__ import annotations

from qunxiang.adapters.documents.payload import say
from qunxiang.i18n import Message
from qunxiang.ports.documents import Column, Poster, TableBlock


def claims_table(poster: Poster, lang: str) -> TableBlock:
    """Return one row per claim: section, sentence, value, what it rests on, number of its evidence, caution."""
    heads = ("section", "claim", "value", "kind", "evidence", "caution")
    rows = tuple(
        (
            section.title,
            claim.text,
            claim.share if claim.share is not None and not say(claim.value, lang) else claim.value,
            Message(f"document.claim.{claim.kind}"),
            claim.evidence_number if claim.evidence_number is not None else "",
            claim.caution,
        )
        for section in poster.sections
        for claim in section.claims
    )
    formats = {"value": "percent", "evidence": "count"}
    titles = {head: say(Message(f"document.poster.{head}"), lang) for head in heads}
    columns = tuple(Column(titles[h], formats.get(h, "plain")) for h in heads)  # type: ignore[arg-type]
    return TableBlock(columns, rows)
