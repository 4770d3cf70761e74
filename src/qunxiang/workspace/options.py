"""Options that come as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from qunxiang.errors import SettingError
from qunxiang.model import ReadingOptions


def reading_options(given: ReadingOptions | Mapping[str, Any] | None) -> ReadingOptions | None:
    """Return reading options as a record.

    Raises
    ------
    SettingError
        When one of them is unknown or not what it may be; says which.
    """
    if given is None or isinstance(given, ReadingOptions):
        return given
    try:
        return ReadingOptions.model_validate(dict(given))
    except ValidationError as error:
        wrong = [".".join(str(part) for part in item["loc"]) or "?" for item in error.errors()]
        raise SettingError("error.reading.options", wrong=wrong) from error
