"""A small app that shows every macro with sample data, served with the product's security headers."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from qunxiang.web.shell import SECURITY_HEADERS, STATIC, TEMPLATES, Frame, environment

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "charts"))
from chart_samples import HOSTILE, SEGMENTS, kinds  # noqa: E402

PORTRAIT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80"><circle cx="40" cy="32" r="15" fill="#fff" '
    'stroke="#111" stroke-width="2"/><path d="M14 80c0-20 12-30 26-30s26 10 26 30" fill="#fff" stroke="#111" '
    'stroke-width="2"/></svg>'
)


def env(lang: str) -> Environment:
    made = environment(lang).overlay(loader=ChoiceLoader([FileSystemLoader(HERE), FileSystemLoader(TEMPLATES)]))
    made.globals = {**made.globals, "say_zh": lambda zh, en: zh if lang == "zh" else en}
    return made


def persona(lang: str, number: int) -> dict[str, Any]:
    def say(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    claim = {"kind": "measured", "n_evidence": 14, "evidence_href": f"/evidence/{lang}"}
    return {
        "name": say("李伟", "Li Wei"),
        "href": "/personas/1",
        "portrait_href": "/portrait.svg",
        "tier": "AABC"[number],
        "subtitle": say("技术总监 · 35 岁 · 上海", "Head of engineering · 35 · Shanghai"),
        "segment": SEGMENTS[number],
        "segment_number": number,
        "quote": say("别让我的团队再手工对数据了。", "Do not make my team reconcile data by hand again."),
        "quote_kind": "generated" if number else "measured",
        "claims": [
            {
                "title": say("目标", "Goal"),
                "text": say("两周内打通各系统数据", "connect the systems in two weeks"),
                **claim,
            },
            {
                "title": say("痛点", "Pain"),
                "text": say("系统割裂，集成周期长", "isolated systems, long projects"),
                **claim,
            },
            {
                "title": say("渠道", "Channel"),
                "text": say("行业论坛", "industry forums"),
                "kind": "assumed",
                "n_evidence": 0,
                "evidence_href": "",
            },
        ],
        "tags": [say("关注性能", "performance"), say("决策链复杂", "complex decision")],
    }


def table(lang: str) -> dict[str, Any]:
    def say(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    columns = [
        {"key": "name", "title": say("细分", "Segment"), "href_key": "href"},
        {"key": "size", "title": say("客户数", "Profiles"), "format": "count"},
        {"key": "share", "title": say("占比", "Share"), "format": "percent"},
        {"key": "revenue", "title": say("年营收（元）", "Revenue (CNY)"), "format": "money"},
        {"key": "growth", "title": say("增速", "Growth"), "format": "percent"},
        {"key": "updated", "title": say("更新于", "Updated"), "format": "date"},
        {"key": "rule", "title": say("规则", "Rule")},
    ]
    rows = [
        {
            "name": name,
            "href": f"/segments/{i}",
            "size": 4180 - 700 * i,
            "share": 0.312 - 0.04 * i,
            "revenue": 1_234_567.5 * (i + 1),
            "growth": None if i == 2 else 0.12 - 0.05 * i,
            "updated": date(2026, 11, 21 - i),
            "rule": "recency_days <= 90 and orders_365d >= 3",
        }
        for i, name in enumerate(SEGMENTS)
    ]
    return {"columns": columns, "rows": rows}


async def gallery(request: Request) -> HTMLResponse:
    lang = request.path_params["lang"]
    steps = ("load", "resolve", "refresh", "segment", "describe", "rank", "personas", "report")
    frame = Frame(
        active="segments",
        workspace="华联零售 Acme" if lang == "zh" else "Acme Retail",
        here=f"/gallery/{lang}",
        as_of=date(2026, 11, 21),
        user_name="林悦" if lang == "zh" else "Yue Lin",
        user_role="analyst",
        running_jobs=2,
    )
    html = (
        env(lang)
        .get_template("gallery.html")
        .render(
            frame=frame,
            page_title="Gallery",
            links={step: f"/{step}" for step in steps},
            charts=kinds(),
            hostile=kinds(HOSTILE),
            personas=[persona(lang, number) for number in range(4)],
            segments=SEGMENTS,
            **table(lang),
        )
    )
    return HTMLResponse(html)


async def sign_in(request: Request) -> HTMLResponse:
    return HTMLResponse(env(request.path_params["lang"]).get_template("sign_in.html").render())


async def evidence(request: Request) -> HTMLResponse:
    source = '{% from "macros/ui.html" import evidence_list %}{{ evidence_list(title, items) }}'
    item = {
        "title": "Q7",
        "text": "<b>14</b> of 212",
        "n": 212,
        "low": 0.04,
        "high": 0.11,
        "format": "percent",
        "kind": "measured",
    }
    return HTMLResponse(
        env(request.path_params["lang"]).from_string(source).render(title="Evidence of the claim", items=[item])
    )


async def job(request: Request) -> HTMLResponse:
    source = '{% from "macros/ui.html" import progress %}{{ progress("1", "Refresh", "done", 1.0) }}'
    return HTMLResponse(env(request.path_params["lang"]).from_string(source).render())


async def portrait(request: Request) -> Response:
    return Response(PORTRAIT, media_type="image/svg+xml")


class Secure(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers.update(SECURITY_HEADERS)
        return response


def app() -> Starlette:
    made = Starlette(
        routes=[
            Route("/gallery/{lang}", gallery),
            Route("/sign-in/{lang}", sign_in),
            Route("/evidence/{lang}", evidence),
            Route("/job/{lang}", job),
            Route("/portrait.svg", portrait),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
    )
    made.add_middleware(Secure)
    return made
