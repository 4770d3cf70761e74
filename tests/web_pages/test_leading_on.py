"""Leading a reader on after a change, to addresses that hold any text."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.requests import Request

from qunxiang.web.pages.answers import gone_to


@pytest.mark.parametrize("headers", [[(b"hx-request", b"true")], []])
@pytest.mark.parametrize(("query", "value"), [("name=春季", "春季"), ("name=a%26b%2Fc", "a&b/c")])
def test_text_of_any_language_goes_into_the_address(headers: list[tuple[bytes, bytes]], query: str, value: str) -> None:
    answer = gone_to(Request({"type": "http", "headers": headers}), "brand", query=query)
    address = answer.headers["HX-Redirect" if headers else "location"]
    assert parse_qs(urlsplit(address).query) == {"name": [value]}
