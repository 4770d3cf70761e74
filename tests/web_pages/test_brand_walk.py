"""From a survey to the map of brands and a named strength in the web app, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from page_site import Site, looks, opened, serving
from playwright.sync_api import Browser, expect

from brand_world import brand_survey
from qunxiang.errors import SettingError
from qunxiang.model.brand_study import StudyQuestion
from qunxiang.web.pages.brand_strength import question_lines, questions_from
from qunxiang.workspace import Workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("brands") / "ws"
    with Workspace.create(folder, lang="en") as workspace:
        workspace.surveys.load("spring", brand_survey(200, 5, few="Zeta"), held_on="2026-03-01")
        workspace.surveys.load("autumn", brand_survey(200, 6, aware=0.3), held_on="2026-09-01")
    with serving(folder) as running:
        yield running


def test_a_study_is_made_judged_and_mapped(browser: Browser, shop: Site) -> None:
    with opened(browser, shop, "/brand", lang="en") as page:
        page.locator("#study-name").fill("coffee")
        page.locator("#study-own").fill("Alpha")
        page.locator("#study-survey").select_option("spring")
        page.locator("#study-segments").fill("region")
        page.get_by_role("button", name="Make the study").click()
        expect(page.locator("#strengths")).to_contain_text("Appeal against Beta")
        expect(page.locator("#strengths")).not_to_contain_text("Gamma")
        expect(page.locator("#tracking-chart canvas")).to_be_visible()
        expect(page.locator("#changes")).to_contain_text("changed")
        page.locator("#judge-brand").select_option("Beta")
        page.locator("#judge-dimension").select_option("feasibility")
        page.locator("#judge-value").fill("4")
        page.locator("#judge-why").fill("<b>two plants closed</b>")
        page.locator("#judge-form button").click()
        expect(page.locator("#judge")).to_contain_text("<b>two plants closed</b>")
        expect(page.locator("#strength .kind-judged")).to_have_count(1)
        page.goto(f"{shop.address}/competitors/map?study=coffee&lang=en")
        expect(page.locator("#map canvas")).to_be_visible()
        expect(page.locator(".notice-warn")).to_contain_text('"Zeta" is not placed')
        # 95 people of the north do not tell its two nearest brands apart; the south has one
        expect(page.locator("#c-nearest")).to_contain_text("No difference shown among Beta, Alpha")
        expect(page.locator("#c-nearest")).to_contain_text("Epsilon is nearest")
    looks(browser, shop, "/competitors/map?study=coffee", "brand-map")
    looks(browser, shop, "/brand?study=coffee&stage=trust&segment=north", "brand")


def test_questions_are_written_as_lines_that_read_back() -> None:
    questions = [
        StudyQuestion(question="q1", role="association", brand="Alpha", attribute="reliable", yes=("Often", "Always")),
        StudyQuestion(question="q2", role="appeal", brand="Alpha", low=1, high=10, reversed=True),
        StudyQuestion(question="q3", role="ideal", attribute="reliable"),
        StudyQuestion(question="q4", role="trust", brand="Alpha", yes=("Yes, well", "是；常常", "a\u2028b\nc")),
        StudyQuestion(question="{q5", role="association", brand="A | B", attribute="good | cheap"),
        StudyQuestion(question="q6", role="appeal", brand="Alpha", low=0.1, high=1234567.5),
    ]
    assert questions_from(question_lines(questions)) == questions
    assert question_lines(questions[1:2]) == "q2 | appeal | Alpha |  | scale=1..10; reversed"
    for wrong in ("q1 | trust", "q1 | nothing | Alpha", "q1 | appeal | Alpha | | scale=1", "| trust | Alpha"):
        with pytest.raises(SettingError) as error:
            questions_from(f"q0 | trust | Alpha\n{wrong}")
        assert error.value.params["number"] == 2


def test_a_survey_is_no_study_to_change(shop: Site) -> None:
    shop.workspace.brand.define("tea", "Alpha", survey="autumn")
    with shop.client() as client:
        answer = client.post("/brand/studies/autumn?lang=en", data={"questions": ""}, headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert "tea" in answer.text


def test_a_study_whose_segments_are_gone_says_so_on_its_page(shop: Site) -> None:
    asked = brand_survey(60, 8)
    shop.workspace.surveys.load("short", asked, held_on="2026-05-01")
    shop.workspace.brand.define("milk", "Alpha", survey="short", segments="region")
    shop.workspace.surveys.load("short", asked.drop_columns(["region"]), held_on="2026-05-01")
    with shop.client() as client:
        answer = client.get("/brand?study=milk&lang=en")
    assert answer.status_code == 200
    assert "region" in answer.text
