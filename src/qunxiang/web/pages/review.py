"""The review queue: two records side by side, and what people decide; splitting and joining on a profile's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from qunxiang.i18n import Label, Message
from qunxiang.services.review import ReviewPair, against_words
from qunxiang.services.source_records import MASK, Agreement, SourceRecord, written_name
from qunxiang.tables import CONTRACTS
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, text_of, texts_of
from qunxiang.web.pages.record_values import cells, is_evidence, readable, said_beside, with_full_name
from qunxiang.web.rendering import show

router = APIRouter()

PER_PAGE = 10

_COLUMNS = {
    "given": ("name", "given_name"),
    "family": ("name", "family_name"),
    "name": ("name", "short_name"),
    "birth": ("birth_date",),
    "phone": ("phone", "phone_2"),
    "email": ("email",),
    "house": ("address",),
    "street": ("address",),
    "rest": ("address",),
    "place": ("city", "district"),
    "city": ("city",),
    "postcode": ("postcode",),
    "province": ("province",),
    "site": ("website",),
}
"""Columns of the records in which a compared thing stands."""

_FIRST = ("name", "given_name", "family_name", "short_name", "phone", "phone_2", "email", "birth_date", "credit_code")
_LAST = ("created_at", "system")
_UNREAD = frozenset({"person_id", "account_id"})


@router.get("/review")
def queue(
    request: Request, workspace: PageWorkspace, page: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> HTMLResponse:
    """Show pairs of records that may be one customer."""
    found = workspace.review.list(limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    return show(
        request,
        workspace,
        "pages/review.html",
        active="data",
        page_title=Message("page.review.title"),
        found=found,
        pairs=[_side_by_side(p) for p in found.pairs],
        page=page,
        per_page=PER_PAGE,
    )


@router.post("/review")
def decide(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Decide on one pair."""
    decision: Any = text_of(fields, "decision", most=20)
    left, right = text_of(fields, "left", most=400), text_of(fields, "right", most=400)
    workspace.review.decide(left, right, decision, why=text_of(fields, "why"))
    return gone_to(request, "review")


@router.post("/profiles/{profile_id}/split")
def split(request: Request, workspace: PageWorkspace, profile_id: str, fields: Fields) -> Response:
    """Take the ticked records out of a profile."""
    workspace.split(profile_id, texts_of(fields, "record"), why=text_of(fields, "why"))
    return gone_to(request, "profiles", profile_id, query="decided=1", anchor="records")


@router.post("/profiles/{profile_id}/join")
def join(request: Request, workspace: PageWorkspace, profile_id: str, fields: Fields) -> Response:
    """Say that another profile is the same customer."""
    workspace.join(profile_id, text_of(fields, "other", most=400), why=text_of(fields, "why"))
    return gone_to(request, "profiles", profile_id, query="decided=1", anchor="records")


def agreement(found: Agreement) -> dict[str, Any]:
    """Return how records agree in one thing: its name, the level, and how much it says, in words."""
    weight = found.weight
    strength = "strong" if weight >= 7 else "good" if weight >= 3 else "slight" if weight > 0 else "against"
    return {
        "thing": Message(f"identity.thing.{found.name}"),
        "level": Message(f"identity.level.{found.level}"),
        "strength": Message(f"identity.strength.{strength}"),
        "tone": {"strong": "good", "good": "good", "slight": "neutral", "against": "bad"}[strength],
    }


def columns_of(kind: str, *records: SourceRecord) -> list[tuple[str, Label]]:
    """Return the columns that one of the records knows, telling ones first, with their names.

    Moments and objects in JSON stand last; a column of nothing but such objects is left out.
    """
    contract = CONTRACTS[f"{kind}s"]
    known = [c for c in contract.names if c not in _UNREAD and any(c in r.values for r in records)]
    custom = [c for r in records for c in r.values if contract.column(c) is None and readable(c, records)]
    late = [c for c in custom if not any(is_evidence(contract, c, r.values.get(c)) for r in records if c in r.values)]
    order = {**{c: i - 100 for i, c in enumerate(_FIRST)}, **{c: 1000 + i for i, c in enumerate((*late, *_LAST))}}
    names = sorted(dict.fromkeys([*known, *custom]), key=lambda c: order.get(c, 0))
    columns = {c.name: c.label for c in contract.columns}
    return [(c, columns.get(c, Label.same(c))) for c in names]


def name_of(values: Mapping[str, Any]) -> str | None:
    """Return the name in a record; None when it has none or it is masked."""
    name = written_name(values)
    return None if name is None or MASK in name else name


def _side_by_side(pair: ReviewPair) -> dict[str, Any]:
    left, right = (with_full_name(pair.kind, record) for record in (pair.left, pair.right))
    said: dict[str, list[dict[str, Any]]] = {}
    for one in pair.evidence:
        columns = _COLUMNS.get(one.name, ())
        column = next((c for c in columns if c in left.values and c in right.values), None)
        said.setdefault(column or "", []).append(agreement(one))
    rows = [
        {
            "label": label,
            "left": cells(pair.kind, left.values).get(c, (None, "plain")),
            "right": cells(pair.kind, right.values).get(c, (None, "plain")),
            "said": said.get(c, []),
            "beside": said_beside(pair.kind, c, left.values.get(c), right.values.get(c)),
        }
        for c, label in columns_of(pair.kind, left, right)
    ]
    return {
        "it": pair,
        "left": name_of(pair.left.values) or pair.left.record_id,
        "right": name_of(pair.right.values) or pair.right.record_id,
        "reason": Message(f"identity.reason.{pair.reason}"),
        "likelihood": Message(f"identity.likelihood.{pair.likelihood}"),
        "against": against_words(pair),
        "by": Message(f"identity.by.{pair.joined_by}"),
        "tone": {"likely": "good", "possible": "warn", "unlikely": "neutral"}[pair.likelihood],
        "rows": rows,
        "other": said.get("", []),
    }
