"""Reasons of rejection, read back from the quarantine and rendered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qunxiang.i18n import Label, Message
from qunxiang.tables import Contract


@dataclass(frozen=True)
class Reason:
    """Why a row was rejected; `value` is an excerpt, None for personal columns and where there is none."""

    code: str
    column: str | None
    value: str | None


def read_reasons(text: str) -> tuple[Reason, ...]:
    """Read the quarantine's column ``reasons``."""
    return tuple(Reason(r["code"], r.get("column"), r.get("value")) for r in json.loads(text))


def reason_message(reason: Reason, contract: Contract) -> Message:
    """Return a reason as a sentence."""
    found = contract.column(reason.column) if reason.column else None
    label = found.label if found else Label.same(reason.column or "")
    params: dict[str, Any] = {"column": label}
    if found is not None:
        params |= {"minimum": found.minimum, "maximum": found.maximum}
    message = Message(reason.code, params)
    if reason.value is None:
        return message
    return Message("reject.with_value", {"reason": message, "value": reason.value})
