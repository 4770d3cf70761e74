"""One chart of each kind, with intervals, unknown values, references, and a variant whose every name is hostile."""

from __future__ import annotations

from qunxiang.charts.spec import (
    Axis,
    Bar,
    BarChart,
    Biplot,
    BoxChart,
    BoxGroup,
    Bubble,
    BubbleMap,
    Chart,
    Cloud,
    CloudMap,
    Dot,
    DotChart,
    Heatmap,
    HistogramChart,
    LineChart,
    Mosaic,
    PlanePoint,
    Reference,
    Series,
    StackedBar,
)
from qunxiang.i18n import Label

HOSTILE = '</script><img src=x onerror="alert(1)">&{b}\x00\x0b]]>'
SEGMENTS = (
    Label("成长型科技企业", "Growing tech firms"),
    Label("忠诚续约服务业", "Loyal service firms"),
    Label("价格敏感小微", "Price-sensitive small firms"),
    Label("大型制造集团", "Large manufacturers"),
    Label("出海新品牌", "New brands going abroad"),
    Label("沉睡一次性客户", "Dormant one-time buyers"),
)


def kinds(name: str | None = None) -> dict[str, Chart]:
    """Return a chart of each kind by its name; `name` replaces every text when it is given."""

    def say(zh: str, en: str) -> Label:
        return Label.same(name) if name is not None else Label(zh, en)

    names = [Label.same(name) if name is not None else segment for segment in SEGMENTS]
    values = (0.62, 0.48, 0.31, 0.22, None, 0.09)
    bars = tuple(
        Bar(n, v, None if v is None else v - 0.06, None if v is None else v + 0.07, 0.3, i)
        for i, (n, v) in enumerate(zip(names, values, strict=True))
    )
    share = Axis(say("复购率", "Repeat rate"), "percent")
    mean = (Reference(0.35, say("全部客户 35%", "All profiles 35%")),)
    spots = ((7.2, 8.1, 4180), (8.3, 6.1, 2530), (6.6, 4.2, 1660), (5.1, 6.9, 3720), (3.9, 8.6, 620), (3.4, 2.8, 690))
    bubbles = tuple(
        Bubble(n, x, y, size, (x - 0.5, x + 0.4), (y - 0.3, y + 0.5), i, say("n 足够", "n is enough"))
        for i, (n, (x, y, size)) in enumerate(zip(names, spots, strict=True))
    )
    months = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11")
    counts = Axis(say("客户数", "Profiles"), "count")
    return {
        "bars": BarChart(say("各细分复购率", "Repeat rate by segment"), share, bars, say("全部客户", "All profiles")),
        "columns": BarChart(say("各细分复购率", "Repeat rate"), share, bars, horizontal=False, references=mean),
        "map": BubbleMap(
            say("细分地图", "Segment map"),
            Axis(say("竞争地位", "Strength"), low=2, high=10),
            Axis(say("市场吸引力", "Attractiveness"), low=2, high=10),
            bubbles,
            say("客户数", "Profiles"),
            (6, 6),
            say("优先投入", "Invest first"),
        ),
        "lines": LineChart(
            say("稳定性", "Stability"),
            say("月份", "Month"),
            months,
            Axis(say("调整兰德指数", "Adjusted Rand index"), low=0, high=1),
            (
                Series(
                    names[0],
                    (0.6, 0.7, None, 0.8, 0.78, 0.86),
                    (0.5, 0.6, None, 0.7, 0.7, 0.8),
                    (0.7, 0.8, None, 0.9, 0.85, 0.9),
                    0,
                ),
                Series(names[1], (0.3, 0.35, 0.4, 0.38, 0.45, 0.5), None, None, 1),
            ),
            (Reference(0.65, say("门槛 0.65", "Gate 0.65")),),
        ),
        "boxes": BoxChart(
            say("订单金额分布", "Order value"),
            Axis(say("元", "CNY"), "count"),
            tuple(
                BoxGroup(n, (20 + i * 9, 60 + i * 20, 110 + i * 30, 190 + i * 40, 420 + i * 60), 1200 * (i + 1), i)
                for i, n in enumerate(names[:4])
            ),
            say("须为 5% 与 95%", "whiskers 5% and 95%"),
            (Reference(230, say("总体中位数", "Overall median")),),
        ),
        "histogram": HistogramChart(
            say("最近一次购买", "Recency"),
            Axis(say("距上次购买天数", "Days since last order"), "count"),
            tuple(range(0, 330, 30)),
            (420, 380, 300, 260, 190, 150, 90, 60, 45, 20),
            (Reference(90, say("90 天", "90 days")),),
        ),
        "clouds": CloudMap(
            say("分离图", "Separation"),
            Axis(say("第一方向", "First direction")),
            Axis(say("第二方向", "Second direction")),
            tuple(
                Cloud(
                    n,
                    tuple((i + 0.1 * j, (i * i) % 3 + 0.07 * j) for j in range(8)),
                    (i + 0.4, (i * i) % 3 + 0.3),
                    ((i, (i * i) % 3), (i + 1, (i * i) % 3), (i + 0.5, (i * i) % 3 + 1)) if i else (),
                    300 + i,
                    i,
                )
                for i, n in enumerate(names[:4])
            ),
            ((0, 1, 0.6), (1, 2, 0.1)),
        ),
        "biplot": Biplot(
            say("感知图", "Perceptual map"),
            Axis(say("第一维", "First dimension")),
            Axis(say("第二维", "Second dimension")),
            (
                PlanePoint(names[0], 0.3, 0.1, "own", ring=((0.2, 0.1), (0.3, 0.2), (0.4, 0.1))),
                PlanePoint(names[1], -0.2, 0.4, "brand", note=say("看不清", "Badly shown"), faint=True),
                PlanePoint(names[2], 0.1, -0.3, "attribute"),
                PlanePoint(names[3], 0.25, 0.15, "ideal", colour=1),
            ),
        ),
        "dots": DotChart(
            say("赢单率", "Win rates"),
            share,
            tuple(
                Dot(n, v, None if v is None else v - 0.06, None if v is None else v + 0.07, r, 12 * i, i == 3, i)
                for i, (n, v, r) in enumerate(zip(names, values, (0.7, 0.5, 0.3, 0.1, None, 0.05), strict=True))
            ),
            say("收缩后", "Shrunken"),
            say("本组", "Own"),
            say("商机", "Deals"),
            say("小组", "small"),
            mean,
        ),
        "mosaic": Mosaic(
            say("城市等级", "City tier"),
            tuple(names[:3]),
            (say("一线", "First"), say("二线", "Second"), say("其他", "Other")),
            ((120, 60, 20), (40, 80, 0), (3, 2, 1)),
            ((3.9, -0.5, -2.4), (-4.6, 1.1, 0.3), (0.1, 0.0, 0.2)),
        ),
        "matrix": Heatmap(
            say("客单利润", "Profit per order"),
            tuple(
                say(zh, en)
                for zh, en in (("华东", "East"), ("华南", "South"), ("华北", "North"), ("西南", "Southwest"))
            ),
            tuple(
                say(zh, en)
                for zh, en in (
                    ("汽车", "Cars"),
                    ("电子", "Electronics"),
                    ("软件", "Software"),
                    ("零售", "Retail"),
                    ("医疗", "Health"),
                )
            ),
            ((79, 48, 68, 46, 58), (72, 59, 39, None, 21), (43, 47, 49, 87, 57), (42, 24, 27, 67, 3)),
            "count",
            hatched=frozenset({(3, 4), (1, 4)}),
        ),
        "diverging": Heatmap(
            say("偏离", "Deviation"),
            (names[0], names[1]),
            (names[2], names[3]),
            ((-0.4, 0.2), (0.0, None)),
            "signed",
            True,
        ),
        "stacked": StackedBar(
            say("各月细分规模", "Segment sizes by month"),
            months,
            counts,
            tuple(
                Series(
                    n, tuple(None if (i, m) == (3, 2) else 900 + 140 * ((i * 5 + m) % 7) for m in range(6)), colour=i
                )
                for i, n in enumerate(names[:5])
            ),
        ),
    }
