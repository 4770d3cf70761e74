"""What the pages of ladders and messages share: the place they are about, and the evidence there is to choose from."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from qunxiang.errors import SettingError
from qunxiang.i18n import Label, Message
from qunxiang.model.ground import SEGMENT_FIGURES, Ground
from qunxiang.model.ladder import WHOLE_MARKET
from qunxiang.services.brand_read import BrandPlace
from qunxiang.web.pages.answers import Fields, text_of
from qunxiang.workspace import Workspace

MOST_ANSWERS = 12
"""Answers of a question up to which they are offered as evidence."""

Choice = tuple[str, Label | Message | str]


def place_names(place: str, name: str = "", segment: str = "") -> tuple[str | None, str | None]:
    """Return segmentation and segment of a place in an address; both None for the whole market.

    An address may name them apart instead, as those of REST do.
    """
    if not place and (name or segment):
        return name[:200] or None, segment[:200] or None
    if not place or place == WHOLE_MARKET:
        return None, None
    name, _, segment = place[:200].partition("/")
    return name, segment


def place_query(place: BrandPlace) -> str:
    """Return the query that leads to a place."""
    return f"place={quote(place.id, safe='')}"


def place_groups(entries: Any) -> list[tuple[Label | Message, list[dict[str, Any]]]]:
    """Return places with the state of their document, by segmentation; the whole market first."""
    groups: dict[str | None, tuple[Label | Message, list[dict[str, Any]]]] = {}
    for entry in entries:
        title = entry.place.segmentation_label or Message("brand.whole_market")
        group = groups.setdefault(entry.place.segmentation, (title, []))
        group[1].append({"id": entry.place.id, "label": entry.place.label, "there": bool(entry.version)})
    return list(groups.values())


def evidence_choices(workspace: Workspace, place: BrandPlace, survey: str = "") -> list[tuple[Message, list[Choice]]]:
    """Return what a statement about a place can rest on, by kind: values of a form and their words.

    Answers are those of one `survey`, because there may be hundreds.
    """
    own = [
        (_value(kind="judgement"), Message("page.brand.own_judgement")),
        (_value(kind="verbatim"), Message("page.brand.own_quote")),
    ]
    groups: list[tuple[Message, list[Choice]]] = [(Message("page.brand.by_hand"), list(own))]
    if place.segmentation is not None and place.segment is not None:
        groups += _of_segment(workspace, place.segmentation, place.segment)
    if survey:
        groups.append((Message("page.brand.answers_of", {"survey": survey}), _answers(workspace, survey)))
    studies = [
        (_value(kind="interviews", study=study.id, concepts=[concept]), f"{study.id}: {concept}")
        for study in workspace.brand.ladder.studies()
        for concept in study.names
    ]
    if studies:
        groups.append((Message("page.brand.interviews"), list(studies)))
    return groups


def _of_segment(workspace: Workspace, name: str, segment: str) -> list[tuple[Message, list[Choice]]]:
    of = {"segmentation": name, "segment": segment}
    figures: list[Choice] = [
        (_value(kind="figure", figure=figure, **of), Message(f"brand.figure.{figure}")) for figure in SEGMENT_FIGURES
    ]
    groups: list[tuple[Message, list[Choice]]] = []
    persona = next((p for p in workspace.personas.list(name) if p.segment == segment), None)
    if persona is not None:
        claims: list[Choice] = [(_value(kind="claim", claim=c.id, **of), c.text) for c in persona.claims]
        groups.append((Message("page.brand.claims_of", {"persona": persona.name}), claims))
    return [*groups, (Message("page.brand.figures"), figures)]


def _answers(workspace: Workspace, name: str) -> list[Choice]:
    found = workspace.surveys.show(name)
    return [
        (
            _value(kind="answers", survey=name, question=q.question.id, answer=a.answer),
            f"{q.question.text[:60]} – {a.answer[:60]}",
        )
        for q in found.questions
        if len(q.answers) <= MOST_ANSWERS
        for a in q.answers
    ]


def _value(**ground: Any) -> str:
    return json.dumps(ground, ensure_ascii=False, sort_keys=True)


def ground_from(fields: Fields) -> Ground | None:
    """Return the ground that a form chose; None when it chose none.

    Raises
    ------
    SettingError
        When it is none that can be chosen, or a judgement or quote has no text.
    """
    chosen, text = text_of(fields, "evidence"), text_of(fields, "evidence_text")
    if not chosen:
        return None
    try:
        given = json.loads(chosen)
        if given.get("kind") in ("judgement", "verbatim") and not text:
            raise SettingError("page.brand.error.text_missing")
        return Ground.model_validate({**given, "text": text})
    except (ValueError, AttributeError, TypeError, RecursionError, ValidationError) as error:
        raise SettingError("page.brand.error.evidence") from error
