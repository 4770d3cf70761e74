"""PDF, PNG and HTML: what stands on the page, that it fits, and that no text is ever read as markup."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pytest
from document_samples import HOSTILE, PORTRAIT, document, hostile_document, long_poster, poster, table
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from qunxiang.adapters.documents import TypstDocuments
from qunxiang.adapters.documents.typst_documents import FONTS
from qunxiang.errors import DocumentError, MissingGlyphError, SettingError
from qunxiang.ports.documents import (
    Column,
    Document,
    Documents,
    Heading,
    Paragraph,
    PosterClaim,
    PosterSection,
    TableBlock,
)

DOCUMENTS: Documents = TypstDocuments()


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "zh",
            [
                "客户细分报告",
                "要点",
                "目录",
                "细分一览",
                "1,840",
                "12.4%",
                "3,216.40",
                "19.99",
                "未知",
                "用券率",
                "假设",
            ],
        ),
        (
            "en",
            ["Segment report", "Summary", "Contents", "1,840", "12.4%", "3,216.40", "unknown", "Coupon use", "Assumed"],
        ),
    ],
)
def test_report_holds_every_text_and_number(lang: str, words: list[str]) -> None:
    text = flat("".join(pages(DOCUMENTS.report(document(), format="pdf", lang=lang))))
    assert [word for word in words if flat(word) not in text] == []


def test_pages_are_counted_and_the_footer_stands_on_each() -> None:
    texts = pages(DOCUMENTS.report(document(), format="pdf", lang="en"))
    assert len(texts) >= 2
    for number, text in enumerate(texts, start=1):
        assert flat(f"Page {number} of {len(texts)}") in flat(text)
        assert flat("Qunxiang · snapshot") in flat(text)


def test_pages_are_a4() -> None:
    reader = pypdf.PdfReader(io.BytesIO(DOCUMENTS.poster(poster(), format="pdf", lang="zh")))
    width, height = (float(side) for side in reader.pages[0].mediabox[2:])
    assert (width, height) == pytest.approx((595.28, 841.89), abs=0.1)


def test_header_of_a_long_table_is_repeated() -> None:
    rows = tuple((f"P{i}", i) for i in range(120))
    block = TableBlock((Column("Profile key"), Column("Orders placed", "count")), rows)
    texts = pages(DOCUMENTS.report(document(block, summary=()), format="pdf", lang="en"))
    assert len(texts) >= 3
    assert all("Orders placed" in text for text in texts)


def test_poster_holds_claims_evidence_and_marks() -> None:
    text = flat("".join(pages(DOCUMENTS.poster(poster(), format="pdf", lang="zh"))))
    for word in (
        "沈亦舟",
        "64.2%",
        "基准30.5%",
        "判断",
        "假设，非数据",
        "数据中没有家庭字段",
        "订单表n=1,840",
        "问卷回收率31%",
        "虚拟人物",
    ):
        assert word in text


@pytest.mark.parametrize(
    ("n_sections", "n_claims", "length"), [(1, 0, 0), (4, 5, 40), (6, 12, 120), (12, 40, 900), (40, 3, 60)]
)
def test_poster_is_always_one_page(n_sections: int, n_claims: int, length: int) -> None:
    texts = pages(DOCUMENTS.poster(long_poster(n_sections, n_claims, length), format="pdf", lang="zh"))
    assert len(texts) == 1
    assert "细分B" in flat(texts[0])
    if n_sections > 1:  # sections, and the end of the page, are still there
        assert "S0" in texts[0]
        assert "证据" in texts[0]


def test_poster_says_what_it_leaves_out() -> None:
    claims = tuple(PosterClaim(f"claim{i:02} {'word ' * 20}", i) for i in range(40))
    crowded = poster(
        sections=tuple(PosterSection(f"section {i}", claims) for i in range(4)),
        evidence=tuple((i, f"note{i:02} {'word ' * 10}") for i in range(40)),
    )
    text = flat(pages(DOCUMENTS.poster(crowded, format="pdf", lang="en"))[0])
    shown = {int(number) for number in re.findall(r"claim(\d\d)", text)}
    explained = {int(number) for number in re.findall(r"note(\d\d)", text)}
    assert 1 <= len(shown) < 40
    assert shown == explained  # no number without its note
    assert text.count(f"{40 - len(shown)}moreintheapp") == 4
    assert f"{40 - len(shown)}morepiecesofevidenceintheapp" in text
    assert "Fictionalperson" in text
    assert "Responserate31%" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_templates_leak_no_code(lang: str) -> None:
    for posted in (poster(), long_poster(5, 20, 80)):
        text = pages(DOCUMENTS.poster(posted, format="pdf", lang=lang))[0]
        assert not re.search(r"=>|\.map|\{|\}|calc\.", text)
    report = "".join(pages(DOCUMENTS.report(document(), format="pdf", lang=lang)))
    assert not re.search(r"=>|\.map|\{|\}|calc\.", report)


def test_nothing_is_cut_off_a_poster_that_fits() -> None:
    claims = tuple(PosterClaim(f"claim {i} of some length", i) for i in range(6))
    crowded = poster(
        sections=tuple(PosterSection(f"section {i}", claims) for i in range(4)),
        evidence=tuple((i, f"evidence {i}") for i in range(6)),
    )
    text = flat(pages(DOCUMENTS.poster(crowded, format="pdf", lang="en"))[0])
    assert text.count("ofsomelength") == 24
    assert "intheapp" not in text


def test_png_is_one_a4_page() -> None:
    png = DOCUMENTS.poster(poster(), format="png", lang="en")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    assert height / width == pytest.approx(297 / 210, abs=0.01)


def test_hostile_texts_appear_literally_in_pdf() -> None:
    text = flat("".join(pages(DOCUMENTS.report(hostile_document(), format="pdf", lang="en"))))
    for hostile in HOSTILE:
        assert text.count(flat(hostile)) >= 3, hostile


@pytest.mark.parametrize("format", ["pdf", "html", "xlsx"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_equal_reports_are_equal_bytes(format: str, lang: str) -> None:
    first = TypstDocuments().report(document(), format=format, lang=lang)  # type: ignore[arg-type]
    second = TypstDocuments().report(document(), format=format, lang=lang)  # type: ignore[arg-type]
    assert first == second


@pytest.mark.parametrize("format", ["pdf", "png", "html"])
def test_equal_posters_are_equal_bytes(format: str) -> None:
    first, second = (TypstDocuments().poster(poster(), format=format, lang="zh") for _ in range(2))  # type: ignore[arg-type]
    assert first == second


def test_date_of_creation_is_the_one_given() -> None:
    written = TypstDocuments(timestamp=datetime(2026, 11, 21, 8, 30, tzinfo=UTC)).poster(
        poster(), format="pdf", lang="zh"
    )
    assert pypdf.PdfReader(io.BytesIO(written)).metadata.creation_date == datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
    plain = DOCUMENTS.poster(poster(), format="pdf", lang="zh")
    assert pypdf.PdfReader(io.BytesIO(plain)).metadata.creation_date is None


@pytest.mark.parametrize("character", ["\U0001f44d", "\x07", "ﷺ"])
def test_missing_glyph_is_an_error_that_says_where(character: str) -> None:
    with pytest.raises(MissingGlyphError) as caught:
        DOCUMENTS.report(document(Paragraph(f"好评 {character} 第一")), format="pdf", lang="zh")
    assert caught.value.code == "error.glyph.missing"
    assert f"U+{ord(character):04X}" in caught.value.params["characters"]
    assert "好评" in caught.value.params["where"]
    assert "U+" in caught.value.render("zh")


def test_missing_glyph_in_a_claim_of_a_poster() -> None:
    section = PosterSection("S", (PosterClaim("爱了🥰", 1),))
    with pytest.raises(MissingGlyphError):
        DOCUMENTS.poster(poster(sections=(section,)), format="png", lang="zh")


def test_signs_that_reports_use_have_glyphs() -> None:
    signs = "¥€·–—…“”‘’×≥≤±≈√→←↑↓℃‰²①ⅡΔ−✓  \u200b堃喆珺镕赟繁體中文Ångström"
    text = flat("".join(pages(DOCUMENTS.report(document(Paragraph(signs)), format="pdf", lang="zh"))))
    assert "≥≤±≈√→" in text
    assert "堃喆珺镕赟繁體中文" in text


def test_both_weights_have_the_same_characters() -> None:
    maps = []
    for weight in ("Regular", "Bold"):
        with TTFont(FONTS / f"NotoSansSC-{weight}.ttf") as font:
            maps.append(set(font.getBestCmap()))
            assert font["OS/2"].usWeightClass == {"Regular": 400, "Bold": 700}[weight]
    assert maps[0] == maps[1]
    gb2312 = {bytes([a, b]) for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF)} - {
        bytes([0xD7, b]) for b in range(0xFA, 0xFF)
    }
    assert {ord(pair.decode("gb2312")) for pair in gb2312} <= maps[0]
    assert (FONTS / "OFL.txt").read_text().startswith("Copyright")


def test_more_fonts_fill_the_gap(tmp_path: Path) -> None:
    alien = FontBuilder(1000)
    alien.setupGlyphOrder([".notdef", "thumb"])
    alien.setupCharacterMap({0x1F44D: "thumb"})
    alien.setupGlyf({name: TTGlyphPen(None).glyph() for name in (".notdef", "thumb")})
    alien.setupHorizontalMetrics(dict.fromkeys((".notdef", "thumb"), (600, 0)))
    alien.setupHorizontalHeader(ascent=800, descent=-200)
    alien.setupNameTable({"familyName": "Thumb", "styleName": "Regular"})
    alien.setupOS2()
    alien.setupPost()
    alien.save(tmp_path / "thumb.ttf")
    wider = TypstDocuments(font_folders=(tmp_path,))
    assert wider.report(document(Paragraph("\U0001f44d")), format="pdf", lang="zh").startswith(b"%PDF")


def test_broken_portrait_is_a_document_error() -> None:
    with pytest.raises(DocumentError):
        DOCUMENTS.poster(poster(portrait_svg="<svg"), format="pdf", lang="zh")


def test_format_that_does_not_exist_is_said() -> None:
    with pytest.raises(SettingError) as caught:
        DOCUMENTS.poster(poster(), format="xlsx", lang="zh")
    assert "pdf、png、html" in caught.value.render("zh")
    with pytest.raises(SettingError):
        DOCUMENTS.report(document(), format="png", lang="en")


class Reader(HTMLParser):
    """Collects tags and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(html: bytes) -> Reader:
    reader = Reader()
    reader.feed(html.decode())
    return reader


@pytest.mark.parametrize("kind", ["report", "poster"])
def test_html_runs_nothing_and_fetches_nothing(kind: str) -> None:
    if kind == "report":
        html = DOCUMENTS.report(hostile_document(), format="html", lang="en")
    else:
        spiked = PORTRAIT.replace("</svg>", "<script>alert(1)</script></svg>")
        hostile = poster(name=HOSTILE[3], notes=HOSTILE, chips=HOSTILE, portrait_svg=spiked)
        html = DOCUMENTS.poster(hostile, format="html", lang="en")
    reader = read(html)
    assert "script" not in {tag for tag, _ in reader.tags}
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    for _, attributes in reader.tags:
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/svg+xml;base64,"))
    texts = " ".join(reader.texts)
    assert all(text in texts for text in HOSTILE)
    assert "url(" not in re.sub(r"url\(#", "", html.decode())


def test_html_report_reads_like_the_pdf() -> None:
    reader = read(DOCUMENTS.report(document(), format="html", lang="zh"))
    texts = "".join(reader.texts)
    for word in ("客户细分报告", "1,840", "12.4%", "3,216.40", "未知", "用券率", "假设，非数据", "数据中没有家庭字段"):
        assert word in texts
    tags = [tag for tag, _ in reader.tags]
    assert tags.count("svg") >= 2
    numbers = [attributes for tag, attributes in reader.tags if tag == "td" and attributes.get("class") == "number"]
    assert len(numbers) == 9
    assert ("html", {"lang": "zh"}) in reader.tags
    assert "viewport" in {attributes.get("name") for tag, attributes in reader.tags if tag == "meta"}


def test_numbers_stand_right_in_their_column() -> None:
    from qunxiang.adapters.documents.payload import Writer

    block = Writer("en", lambda chart, lang: "").block(table())
    assert [column["right"] for column in block["columns"]] == [False, True, True, True]


def test_empty_document_is_still_a_page() -> None:
    empty: Document = replace(document(), blocks=(), summary=(), meta=(), subtitle="")
    assert len(pages(DOCUMENTS.report(empty, format="pdf", lang="zh"))) == 1


def test_segment_chapters_open_a_page_and_small_chapters_flow() -> None:
    blocks = [Heading("Method"), Paragraph("how"), Heading("Segment A", colour=0), Paragraph("a")]
    blocks += [Heading("Segment B", colour=1), Paragraph("b"), Heading("Stability"), Paragraph("c")]
    built = document(summary=(), meta=())
    texts = pages(DOCUMENTS.report(replace(built, blocks=tuple(blocks)), format="pdf", lang="en"))
    first = {name: next(i for i, text in enumerate(texts[1:]) if name in text) for name in ("Method", "Segment A")}
    assert len(texts) == 4
    assert first == {"Method": 0, "Segment A": 1}
    assert "Segment B" in texts[3]
    assert "Stability" in texts[3]


def test_contents_of_thirty_chapters_stand_on_the_first_two_pages() -> None:
    blocks = [block for i in range(30) for block in (Heading(f"Chapter {i:02} with a long name"), Paragraph("x"))]
    texts = pages(DOCUMENTS.report(replace(document(), blocks=tuple(blocks)), format="pdf", lang="en"))
    opening = flat("".join(texts[:2]))
    assert [i for i in range(30) if f"Chapter{i:02}with" not in opening] == []
    assert re.search(r"Contents\s", "".join(texts[:2]))


def test_a_short_table_is_not_parted_from_its_title_or_note() -> None:
    small = TableBlock((Column("Key"),), tuple((f"row {i}",) for i in range(10)), "The title", "The note")
    for lines in range(20, 44, 3):  # the table meets the end of the page at another row each time
        blocks = (*(Paragraph(f"line {i}") for i in range(lines)), small)
        texts = pages(DOCUMENTS.report(replace(document(), blocks=blocks, summary=()), format="pdf", lang="en"))
        holders = [i for i, text in enumerate(texts) if re.search(r"The title|The note|row \d", text)]
        assert len(holders) == 1, lines


def test_a_short_table_of_long_cells_still_breaks() -> None:
    tall = TableBlock((Column("Key"),), (("word " * 4000,), ("last cell",)), "The title")
    texts = pages(DOCUMENTS.report(replace(document(), blocks=(tall,)), format="pdf", lang="en"))
    assert "last cell" in texts[-1]
    assert sum("word" in text for text in texts) >= 3


def test_html_tells_the_printer_where_pages_may_end() -> None:
    blocks = (Heading("Segment A", colour=0), table(), Heading("Stability"), Paragraph("c"))
    html = DOCUMENTS.report(replace(document(), blocks=blocks), format="html", lang="en").decode("utf-8")
    assert re.search(r'<h1 id="b1" class="coloured page"', html)
    assert re.search(r'<h1 id="b3">', html)
    assert '<div class="scroll short"' in html
    rules = html.split("@media print")[1]
    for rule in (
        r"h1\.page[^}]*break-before: page",
        r"figure,[^}]*break-inside: avoid",
        r"caption[^}]*break-after: avoid",
    ):
        assert re.search(rule, rules)
