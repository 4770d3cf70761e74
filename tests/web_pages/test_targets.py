"""Pages of targets: trying weights, judging strength, deciding."""

from __future__ import annotations

from itertools import combinations

import pytest
from page_site import Site, check_page, looks, opened
from playwright.sync_api import Browser, expect


@pytest.mark.parametrize("path", ["/targets", "/targets/lifestyle", "/targets/value_tier"])
def test_pages_fit_and_are_accessible_in_both_languages(browser: Browser, site: Site, path: str) -> None:
    looks(browser, site, path, path.strip("/").replace("/", "-"), phone_axe=True)


def test_weights_are_tried_without_being_stored(browser: Browser, site: Site) -> None:
    weights = {"size": 100.0, "revenue": 0.0, "value_per_customer": 0.0, "growth": 0.0}
    expected = site.workspace.targets.rank("rfm", weights=weights).ranking.ranked[0]
    label = next(
        s.label for s in site.workspace.segments.list() if s.id == "rfm" for s in s.segments if s.id == expected.segment
    )
    with opened(browser, site, "/targets/rfm", lang="en") as page:
        for name, value in weights.items():
            page.locator(f"#n-{name}").fill(f"{value:g}")
        expect(page.locator("#ranking .notice")).to_contain_text("nothing is saved")
        expect(page.locator("#rank-table tbody tr").first.locator("th")).to_contain_text(label.en)
        assert page.locator("#w-size").input_value() == "100"
    stored = {c.id: c.weight for c in site.workspace.targets.criteria("rfm").criteria}
    assert stored["size"] == 20


def test_strength_is_entered_and_targets_are_chosen(browser: Browser, site: Site) -> None:
    best = site.workspace.targets.rank("loyalty").ranking.ranked[0].segment
    with opened(browser, site, "/targets/loyalty", lang="zh") as page:
        assert page.locator("#map").count() == 0
        page.locator("#judge-segment").select_option(best)
        page.locator("#judge-value").fill("7.5")
        page.locator("#judge-why").fill("门店覆盖好")
        page.get_by_role("button", name="记录判断").click()
        page.wait_for_selector("#map canvas")
        assert "门店覆盖好" in page.locator("#judge").inner_text()
        unplaced = page.locator("#unplaced li").count()
        assert unplaced == len(site.workspace.targets.rank("loyalty").ranking.ranked) - 1
        check_page(page, "targets-judged-zh-desk", axe=True)
        page.locator(f"#choose-form [value={best}]").check()
        page.locator("#choose-why").fill("最有吸引力")
        page.get_by_role("button", name="记录决定").click()
        expect(page.locator("#decision")).to_contain_text("owner 于")
        assert "未选：" in page.locator("#decision").inner_text()
    chosen = site.workspace.targets.chosen("loyalty")
    assert chosen is not None
    assert (chosen.segments, chosen.why, chosen.by) == ((best,), "最有吸引力", "owner")


def test_a_judgement_without_reason_is_refused_as_a_notice(site: Site) -> None:
    form = {"segment": "sensitive", "value": "7", "why": " "}
    with site.client() as client:
        answer = client.post("/targets/price_sensitivity/judge", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "notice-bad" in answer.text


def test_a_viewer_sees_the_ranking_without_forms_that_change_it(browser: Browser, site: Site) -> None:
    site.workspace.users.add("reader_of_targets", "viewer")
    with opened(browser, site, "/targets/lifestyle", user="reader_of_targets") as page:
        for name in ("#judge-form", "#choose-form", "#weights button"):
            assert page.locator(name).count() == 0
        assert page.locator("#rank-table tbody tr").count() > 1


PLACED = """async () => {
  const src = document.querySelector('script[src*="js/app.js"]').src;
  const { besideBubbles } = await import(new URL("labels.js", src).href);
  const bubbles = [[8, 9.4, 58], [4, 2.78, 42], [4, 2.75, 38], [3, 1.96, 54]];
  const data = bubbles.map(([x, y, symbolSize]) => ({ value: [x, y], symbolSize }));
  const convertToPixel = (_, [x, y]) => [60 + x * 90, 380 - y * 36];
  const axis = { min: 0, max: 10 };
  const option = { xAxis: axis, yAxis: axis, series: [{ type: "scatter", data }] };
  const place = besideBubbles({ getWidth: () => 1000, convertToPixel }, option);
  return data.map((_, dataIndex) => place({ dataIndex, labelRect: { width: 190, height: 14 } }));
}"""


def test_names_of_bubbles_nearly_at_one_point_lie_apart(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/targets") as page:
        placed = page.evaluate(PLACED)
    corners = [(box["x"], box["y"]) for box in placed]
    assert all(abs(x - x2) >= 190 or abs(y - y2) >= 14 for (x, y), (x2, y2) in combinations(corners, 2))
    assert all(18 <= x <= 810 and 0 <= y <= 366 for x, y in corners)
    assert corners[0][0] + 190 <= 780 - 29  # left of its bubble: the title stands to the right


def test_pairwise_comparisons_point_out_the_worst_and_set_the_weights(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/targets/rfm/weights", lang="zh") as page:
        page.locator("select[name=p_size_growth]").select_option("9")
        page.locator("select[name=p_revenue_growth]").select_option("1/5")
        page.get_by_role("button", name="算出权重").click()
        expect(page.locator("#weighing")).to_contain_text("有矛盾")
        expect(page.locator("#pairs .pill-warn")).to_have_count(1)
        check_page(page, "targets-pairs-zh-desk", axe=True)
        page.get_by_role("button", name="采用这些权重").click()
        page.wait_for_selector("#rank-table")
    stored = site.workspace.targets.criteria("rfm")
    assert sum(c.weight for c in stored.criteria if c.side == "attractiveness") == pytest.approx(100, abs=0.01)
    assert len(stored.comparisons) == 6


def test_every_criterion_on_the_page_says_measured_or_judged(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/targets/lifestyle", lang="en") as page:
        headings = page.locator("#rank-table thead th:has(.kind)")
        assert headings.count() == len(site.workspace.targets.criteria("lifestyle").criteria)
        weights = page.locator("#weights .weight")
        assert weights.count() == page.locator("#weights .weight .kind").count()
        assert page.locator("#c-conditions li").count() == page.locator("#c-conditions li .kind").count() == 5


def test_a_criterion_is_added_and_its_owner_named(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/targets/price_sensitivity", lang="en") as page:
        page.locator("#add-id").select_option("need_fit")
        page.get_by_role("button", name="Add", exact=True).click()
        page.locator("summary", has_text="Need fit").click()
        page.locator("#owner-need_fit").fill("Li Wei")
        page.locator("#edit-need_fit").get_by_role("button", name="Save this criterion").click()
        expect(page.locator("#weights")).to_contain_text("owner Li Wei")
    found = {c.id: c for c in site.workspace.targets.criteria("price_sensitivity").criteria}
    assert (found["need_fit"].owner, found["need_fit"].origin) == ("Li Wei", "judged")


def test_data_that_cannot_support_a_curve_are_refused_with_the_reason(site: Site) -> None:
    form = {"segment": "s1", "rows": "spend margin\n1 2\n2 3"}
    with site.client() as client:
        answer = client.post("/targets/lifestyle/curve/fit?lang=en", data=form, headers={"HX-Request": "true"})
        unread = client.post("/targets/lifestyle/curve/fit", data=form | {"rows": "1 2\nx y"})
    assert answer.status_code == unread.status_code == 422
    assert "8" in answer.text
    assert site.workspace.targets.budget("lifestyle").curves == ()


def test_a_budget_is_split_by_an_entered_and_a_fitted_curve(browser: Browser, site: Site) -> None:
    segments = [a.segment for a in site.workspace.targets.rank("lifestyle").ranking.ranked[:2]]
    with opened(browser, site, "/targets/lifestyle/budget", lang="en") as page:
        page.locator("#fit-segment").select_option(segments[1])
        past = "\n".join(f"{s} {500 * (1 - 2.718281828 ** (-s / 40)) + s % 7 / 2:.2f}" for s in range(5, 200, 10))
        page.locator("#fit-rows").fill(past)
        page.get_by_role("button", name="Fit", exact=True).click()
        page.wait_for_selector("#c-basis")
        page.locator("#curve-segment").select_option(segments[0])
        page.locator("#curve-ceiling").fill("300")
        page.locator("#curve-scale").fill("60")
        page.locator("#curve-why").fill("two test mailings")
        page.get_by_role("button", name="Save the curve").click()
        expect(page.locator("#c-basis li")).to_have_count(2)
        page.locator("#total").fill("100")
        page.get_by_role("button", name="Find the best split").click()
        expect(page.locator("#split-table tbody tr")).to_have_count(2)
    looks(browser, site, "/targets/lifestyle/budget?total=100", "targets-lifestyle-budget", phone_axe=True)
    looks(browser, site, "/targets/lifestyle/weights", "targets-lifestyle-weights", phone_axe=True)
