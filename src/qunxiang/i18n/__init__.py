"""Texts in Chinese and English: labels, message codes with parameters, and locale formats.

Nothing below the doors holds a sentence. A stage returns a :class:`Message` (a code with parameters) or a
:class:`Label` (a name given in both languages); a door renders it in the reader's language.
"""

from qunxiang.i18n.catalogues import codes, template
from qunxiang.i18n.countries import country_code, country_label
from qunxiang.i18n.formats import format_value
from qunxiang.i18n.messages import (
    LANGUAGES,
    Label,
    Lang,
    Message,
    from_json,
    lang_of,
    render,
    to_json,
    unit_beside,
    with_unit,
)

__all__ = [
    "LANGUAGES",
    "Label",
    "Lang",
    "Message",
    "codes",
    "country_code",
    "country_label",
    "format_value",
    "from_json",
    "lang_of",
    "render",
    "template",
    "to_json",
    "unit_beside",
    "with_unit",
]
