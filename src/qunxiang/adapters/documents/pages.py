"""HTML pages: one self-contained file, every text escaped, charts as inline SVG, portraits as images."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from qunxiang.adapters.documents.payload import Payload

TEMPLATES = Path(__file__).parent / "templates"


def page(name: str, payload: Payload) -> bytes:
    """Render a payload as an HTML file with its styles inside and no reference to anything outside."""
    styles = Markup((TEMPLATES / "page.css").read_text("utf-8"))  # noqa: S704  our own file
    text = _environment().get_template(f"{name}.html").render(data=payload, styles=styles)
    return text.encode("utf-8")


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["as_image"] = _as_image
    environment.filters["as_drawing"] = _as_drawing
    return environment


def _as_image(svg: str) -> str:
    """Return a data address: scripts in an image never run, whoever wrote the SVG."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def _as_drawing(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704  written by qunxiang.charts.svg, which escapes every text
