"""Which question of a survey says where people live, told by its wording or by its answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qunxiang.model import Survey

MOST_PLACES = 40
_ASKED = re.compile(
    r"\b(region|state|province|city|county|location|census|where do you live|residence|division)\b"
    r"|地区|区域|省份|省市|城市|所在地|居住地|大区",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(north|south|east|west|northern|southern|eastern|western|central|midwest|northeast|southeast|northwest"
    r"|southwest|mountain|pacific|atlantic|new england|coast)\b|华[东南北中]|东北|西北|西南|[省市区县]$",
    re.IGNORECASE,
)


def place_question(survey: Survey, answers: Mapping[str, Sequence[str | None]]) -> str | None:
    """Return the id of the question with the fewest places (2 to :data:`MOST_PLACES`), or None when there is none.

    Parameters
    ----------
    answers : mapping of str to sequence
        Known answers by question; None is unknown.
    """
    found = []
    for question in survey.questions:
        places = {each for each in answers.get(question.id, ()) if each is not None}
        if question.kind != "single" or not 2 <= len(places) <= MOST_PLACES:
            continue
        told = sum(bool(_PLACE.search(place)) for place in places)
        if _ASKED.search(question.text) or told >= 0.6 * len(places):
            found.append((len(places), question.id))
    return min(found)[1] if found else None
