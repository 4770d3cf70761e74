"""Small and hostile documents for the tests of this room."""

from __future__ import annotations

from typing import Any

from qunxiang.charts.spec import Axis, Bar, BarChart, LineChart, Series
from qunxiang.i18n import Label
from qunxiang.ports.documents import (
    Block,
    Bullets,
    ChartBlock,
    Column,
    Document,
    Heading,
    KeyFigure,
    KeyFigures,
    Notice,
    Paragraph,
    PersonaBlock,
    Poster,
    PosterClaim,
    PosterSection,
    TableBlock,
)

PORTRAIT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#e6f0ff"/></svg>'
)
HOSTILE = (
    "#panic()",
    '#read("/etc/passwd")',
    "$x$ *bold* _it_ <label> @ref",
    "</script><script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "{{ 7*7 }}",
    "https://example.org/",
)

BARS = BarChart(
    Label("用券率", "Coupon use"),
    Axis(Label("订单占比", "Share of orders"), "percent"),
    tuple(Bar(f"S{i}", 0.1 * i, 0.1 * i - 0.02, 0.1 * i + 0.02, 0.3) for i in range(1, 5)),
    base_title=Label("全部", "All"),
)
LINES = LineChart(
    Label("规模", "Size"),
    Label("月", "Month"),
    ("2026-01", "2026-02", "2026-03"),
    Axis(Label("人数", "Profiles"), "count"),
    (
        Series("A", (100.0, 120.0, None)),
        Series("B", (80.0, 75.0, 90.0), low=(70.0, 70.0, 80.0), high=(85.0, 85.0, 95.0)),
    ),
)


def poster(**changed: Any) -> Poster:
    """Return a plain poster with measured, judged and assumed claims."""
    fields: dict[str, Any] = {
        "name": Label("沈亦舟", "Nora Estevan"),
        "tagline": Label("先看清价格再下单", "Compares before buying"),
        "segment": Label("细分 B", "Segment B"),
        "colour": 1,
        "portrait_svg": PORTRAIT,
        "chips": (Label("目标细分", "Target"),),
        "key_figures": (KeyFigure(Label("人数", "Profiles"), "1,840", Label("占 12.4%", "12.4% of all")),),
        "sections": (
            PosterSection(
                Label("购买方式", "How they buy"),
                (
                    PosterClaim(Label("用券", "Uses coupons"), 1, 0.642, 0.305),
                    PosterClaim(Label("看重透明", "Wants clarity"), 2, kind="judged"),
                    PosterClaim(
                        Label("家有学童", "Has school children"),
                        None,
                        kind="assumed",
                        caution=Label("数据中没有家庭字段", "No household field"),
                    ),
                ),
            ),
        ),
        "evidence": ((1, Label("订单表 n = 1,840", "Orders n = 1,840")), (2, Label("访谈 7", "Interview 7"))),
        "footer": Label("虚拟人物", "Fictional person"),
        "notes": (Label("问卷回收率 31%", "Response rate 31%"),),
    }
    return Poster(**(fields | changed))


def long_poster(n_sections: int, n_claims: int, length: int) -> Poster:
    """Return a poster with far more than one page of text."""
    text = "长句子要换行也要缩小" * (length // 10) or "短"
    claims = tuple(
        PosterClaim(f"{i} {text}", i, 0.5, 0.4, kind="assumed" if i % 3 == 0 else "measured", caution=text)
        for i in range(n_claims)
    )
    return poster(
        name=text[: max(3, length // 3)],
        tagline=text,
        chips=tuple(text[:12] for _ in range(min(n_sections, 30))),
        key_figures=tuple(KeyFigure(text[:20], "123,456.78", text[:40]) for _ in range(min(n_sections, 12))),
        sections=tuple(PosterSection(f"S{i} {text[:30]}", claims) for i in range(n_sections)),
        evidence=tuple((i, text) for i in range(n_claims)),
        notes=(text,) * 3,
        footer=text,
    )


def document(*blocks: Block, **changed: Any) -> Document:
    """Return a report with the given blocks, or with one of each kind."""
    fields: dict[str, Any] = {
        "title": Label("客户细分报告", "Segment report"),
        "subtitle": Label("零售会员", "Retail members"),
        "meta": ((Label("数据截至", "Data as of"), "2026-11-21"),),
        "blocks": blocks or every_block(),
        "footer": Label("群像 · 快照", "Qunxiang · snapshot"),
        "summary": (Label("先做细分 B", "Start with segment B"),),
    }
    return Document(**(fields | changed))


def every_block() -> tuple[Block, ...]:
    """Return one block of each kind in three chapters."""
    return (
        Heading(Label("概况", "Overview of segments")),
        Paragraph(Label("正文一段。", "A paragraph.")),
        Bullets((Label("第一点", "First"), Label("第二点", "Second"))),
        KeyFigures((KeyFigure(Label("覆盖", "Coverage"), "98.7%"),)),
        table(),
        Notice(Label("按全部档案计算", "Over all profiles")),
        Notice(Label("样本少", "Small sample"), "warning"),
        Notice(Label("行业平均", "Industry average"), "assumed"),
        Heading(Label("细分 B", "Segment B"), 1, 1),
        PersonaBlock(poster()),
        Heading(Label("图", "Charts")),
        ChartBlock(BARS, Label("越来越高", "Rising")),
        ChartBlock(LINES),
    )


def table() -> TableBlock:
    """Return a table with numbers of several formats and a missing one."""
    columns = (
        Column(Label("细分", "Segment")),
        Column(Label("人数", "Profiles"), "count"),
        Column(Label("占比", "Share"), "percent"),
        Column(Label("消费", "Spend"), "money"),
    )
    rows = (("A", 1840, 0.1242, 3216.4), ("B", 97, 0.0065, None), ("C", 12903, 0.8693, 19.99))
    return TableBlock(columns, rows, title=Label("细分一览", "Segments"), note=Label("截尾均值", "Trimmed mean"))


def hostile_document() -> Document:
    """Return a report that carries hostile texts in every place a user can write."""
    columns = (Column(HOSTILE[3]), Column("n", "count"))
    rows = tuple((text, index) for index, text in enumerate(HOSTILE))
    claims = tuple(PosterClaim(text, 1, 0.5, caution=text) for text in HOSTILE)
    persona = poster(
        name=HOSTILE[0],
        tagline=HOSTILE[3],
        chips=HOSTILE,
        sections=(PosterSection(HOSTILE[3], claims),),
        evidence=((1, HOSTILE[3]),),
    )
    return document(
        *(Heading(text) for text in HOSTILE),
        *(Paragraph(text) for text in HOSTILE),
        Bullets(HOSTILE),
        KeyFigures(tuple(KeyFigure(text, text, text) for text in HOSTILE)),
        TableBlock(columns, rows, title=HOSTILE[0], note=HOSTILE[3]),
        *(Notice(text, "warning") for text in HOSTILE),
        PersonaBlock(persona),
        ChartBlock(BarChart(HOSTILE[3], Axis(HOSTILE[3], "number"), tuple(Bar(text, 1.0) for text in HOSTILE))),
        title=HOSTILE[3],
        subtitle=HOSTILE[0],
        meta=tuple((text, text) for text in HOSTILE),
        footer=HOSTILE[3],
        summary=HOSTILE,
    )
