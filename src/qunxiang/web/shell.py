"""The shell of every page: one Jinja environment per language, the record the layout needs, and the security headers.

Templates know no database and no service. A page hands its view and a :class:`Frame` to :func:`page`; texts come
through ``t(code, **params)`` and are in the language of the environment.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from qunxiang.charts.echarts import chart_height, to_echarts
from qunxiang.charts.palette import SEGMENT_COLOURS
from qunxiang.charts.table import to_table
from qunxiang.i18n import Label, Message, format_value, render, unit_beside, with_unit

HERE = Path(__file__).parent
STATIC = HERE / "static"
TEMPLATES = HERE / "templates"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation: key of its text ``shell.nav.<key>``, address and icon name."""

    key: str
    href: str
    icon: str


NAVIGATION = (
    NavItem("overview", "/", "layout-dashboard"),
    NavItem("data", "/data", "database"),
    NavItem("customers", "/profiles", "id-badge-2"),
    NavItem("traits", "/traits", "adjustments-horizontal"),
    NavItem("segments", "/segments", "chart-bubble"),
    NavItem("value", "/value", "sum"),
    NavItem("surveys", "/surveys", "clipboard-list"),
    NavItem("targets", "/targets", "target-arrow"),
    NavItem("brand", "/brand", "star"),
    NavItem("competitors", "/competitors", "flag"),
    NavItem("personas", "/personas", "users"),
    NavItem("strategy", "/strategy", "timeline"),
    NavItem("reports", "/reports", "report-analytics"),
    NavItem("jobs", "/jobs", "progress-check"),
)
SETTINGS = (NavItem("users", "/settings/users", "user-circle"), NavItem("audit", "/settings/audit", "history"))
SMALL_SCREEN = ("overview", "segments", "targets", "personas")  # the bottom bar; the rest is under "more"


@dataclass(frozen=True)
class Frame:
    """What the layout shows around a page.

    Parameters
    ----------
    active
        Key of the navigation entry, such as ``segments``.
    workspace
        Name of the open workspace.
    here
        Path and query of the page, to come back to after a switch of language.
    as_of
        Day of the snapshot shown; ``None`` when there is none.
    user_name, user_role
        Who is signed in and the key of the role (``shell.role.<key>``); ``None`` hides the menu.
    running_jobs
        Number of jobs that run or wait, shown beside the navigation entry.
    can_sign_out
        Whether the user menu offers to sign out.
    """

    active: str
    workspace: str
    here: str = "/"
    as_of: date | None = None
    user_name: str | None = None
    user_role: str | None = None
    running_jobs: int = 0
    can_sign_out: bool = True


@cache
def _digest(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of a static file with its hash, so that a new version is fetched at once.

    Raises
    ------
    FileNotFoundError
        When ``static/`` has no such file.
    """
    path = STATIC / name
    return f"/static/{name}?v={_digest(path, path.stat().st_mtime_ns)}"


def _say(text: Label | Message | str | None, lang: str, zone: tzinfo | None) -> str:
    return "" if text is None else text if isinstance(text, Markup) else render(text, lang, zone)


@cache
def environment(lang: str, zone: tzinfo | None = None) -> Environment:
    """Return the Jinja environment of a language (``zh`` or ``en``) and of the time zone that shows moments.

    Globals: ``lang``, ``other_lang``, ``t(code, **params)``, ``say(label_or_message)``, ``fmt(value, format)``,
    ``asset(name)``, ``quote_path(path)``, ``chart_option``, ``chart_table``, ``chart_height``, ``navigation``,
    ``settings_navigation``, ``small_screen`` and ``n_segment_colours``.
    """
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        lang=lang,
        other_lang="en" if lang == "zh" else "zh",
        t=lambda code, /, **params: render(Message(code, params), lang, zone),
        say=lambda text: _say(text, lang, zone),
        fmt=lambda value, format_name="plain": _cell(value, format_name, lang, zone),
        unit_beside=lambda value, format_name, unit: unit_beside(value, format_name, unit, lang),
        with_unit=lambda value, format_name, unit: with_unit(value, format_name, unit, lang),
        asset=asset,
        quote_path=lambda path: quote(path, safe=""),
        chart_option=lambda chart: to_echarts(chart, lang),
        chart_table=lambda chart: to_table(chart, lang),
        chart_height=chart_height,
        navigation=NAVIGATION,
        settings_navigation=SETTINGS,
        small_screen=SMALL_SCREEN,
        n_segment_colours=len(SEGMENT_COLOURS),
    )
    return env


def _cell(value: Any, format_name: str, lang: str, zone: tzinfo | None) -> str:
    if isinstance(value, str | Label | Message):
        return _say(value, lang, zone)
    return format_value(value, format_name, lang, zone)


def page(template: str, lang: str, frame: Frame | None = None, /, *, time_zone: str | None = None, **view: Any) -> str:
    """Render a template in `lang`; `frame` is what the layout shows, `view` what the page shows.

    Moments are shown in `time_zone`, an IANA name; None shows them in the zone they are given in.
    """
    return (
        environment(lang, None if time_zone is None else ZoneInfo(time_zone))
        .get_template(template)
        .render(frame=frame, **view)
    )
