"""The real surveys from a file to the report in the web app, without code: one walk each, in Chromium with a worker."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from page_site import SCREENS, Site, check_page, opened, serving, working
from playwright.sync_api import Browser, Page, expect

from extra_data import extra_data
from qunxiang.workspace import Workspace

__all__ = ["extra_data"]
LONG = 240_000
"""Milliseconds that a job may take on a busy machine."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("walk") / "ws"
    Workspace.create(folder, lang="en").close()
    with serving(folder) as running, working(folder):
        yield running


def loaded(page: Page, file: Path, name: str) -> None:
    """Load a wide file through the form that recognises its columns."""
    page.locator("input[type=file]").set_input_files(file)
    page.locator("#choose button").first.click()
    page.wait_for_url("**/surveys/load/*")
    page.locator("#how [name=name]").fill(name)
    page.locator("button[name=action][value=load]").click()
    went(page, f"/surveys/{name}")
    expect(page.locator("#questions")).to_be_visible()


def went(page: Page, path: str) -> None:
    """Wait on a job's page until the job is done, and go on to its result."""
    page.wait_for_url(lambda url: urlsplit(url).path.startswith("/jobs/"), timeout=LONG)
    expect(page.get_by_text("Done", exact=True).first).to_be_visible(timeout=LONG)
    address = urlsplit(page.url)
    page.goto(f"{address.scheme}://{address.netloc}{path}")


def report(page: Page, format: str, lang: str) -> Path:
    """Write the market's report and download it."""
    page.locator("#report-format").select_option(format)
    page.locator("#report-lang").select_option(lang)
    page.locator("#report-form").get_by_role("button", name="Write", exact=True).click()
    page.wait_for_url("**/waiting/**")
    page.wait_for_url(lambda url: urlsplit(url).path.startswith("/markets/"), timeout=LONG)
    with page.expect_download(timeout=LONG) as waiting:
        page.locator("#report").get_by_role("link", name="Download").first.click()
    return Path(waiting.value.path())


def percents(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"(\d+\.\d)%", text)]


def test_masculinity_from_its_file_to_the_report(browser: Browser, shop: Site, extra_data: Path) -> None:
    file = extra_data / "surveys_538" / "masculinity.parquet"
    with opened(browser, shop, "/surveys/load", lang="en") as page:
        loaded(page, file, "masculinity")
        expect(page.get_by_text("Design effect").first).to_be_visible()
        # items of the largest grid are ticked already: one press fits a scale to them
        page.locator("#scale-name").fill("habits")
        page.locator("#scale-form").get_by_role("button").last.click()
        went(page, "/scales/habits")
        expect(page.get_by_text("Scree with parallel analysis").first).to_be_visible()
        page.goto(f"{shop.address}/surveys/masculinity")
        page.locator("#market-name").fill("men")
        page.locator("#market-form [name=population]").fill("120,000,000")
        page.locator("#n_segments").select_option("3")
        page.locator("#market-form").get_by_role("button").last.click()
        went(page, "/markets/men")
        rows = page.locator("#sizes .table-frame").first.locator("tbody tr").all_inner_texts()
        assert len(rows) == 3
        # weighted and unweighted shares are both shown, and differ
        pairs = [percents(row)[:2] for row in rows]
        assert all(len(pair) == 2 for pair in pairs)
        assert max(abs(plain - weighted) for plain, weighted in pairs) > 3
        slides = report(page, "pptx", "en")
        text = zipfile.ZipFile(slides)
        charts = [name for name in text.namelist() if re.fullmatch(r"ppt/charts/chart\d+\.xml", name)]
        assert len(charts) >= 4
        said = " ".join(text.read(n).decode("utf-8") for n in text.namelist() if n.startswith("ppt/slides/slide"))
        for wanted in ("Market segment report", "Unweighted", "Scales", "habits", "Recommendation", "Where they are"):
            assert wanted in said
        for screen in SCREENS:
            width, height = SCREENS[screen]
            page.set_viewport_size({"width": width, "height": height})
            check_page(page, f"market-{screen}", axe=screen == "desk")


def test_flying_from_its_file_to_the_report(browser: Browser, shop: Site, extra_data: Path) -> None:
    file = extra_data / "surveys_538" / "flying.parquet"
    with opened(browser, shop, "/surveys/load", lang="en") as page:
        loaded(page, file, "flying")
        expect(page.get_by_text("no weights").first).to_be_visible()
        page.locator("#market-name").fill("flyers")
        page.locator("#market-form [name=population]").fill("200000000")
        page.locator("#by").select_option("q01")
        page.locator("#market-form").get_by_role("button").last.click()
        went(page, "/markets/flyers")
        expect(page.locator("#sizes")).to_contain_text("Never")
        # no other survey has its questions, so none is offered as a wave that would be refused
        expect(page.locator("#growth")).to_contain_text("Load another wave with the same questions")
        text = report(page, "html", "zh").read_text("utf-8")
        for wanted in ("细分市场报告", "Once a year or less", "没有权重", "分布在哪里", "Pacific", "使用时注意"):
            assert wanted in text
