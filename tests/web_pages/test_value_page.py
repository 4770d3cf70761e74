"""The page of customer value: before a fit, fitting, the hold-out and worth of the demo."""

from __future__ import annotations

from page_site import Site, looks, opened
from playwright.sync_api import Browser, expect


def test_the_page_invites_to_fit_before_there_is_one(browser: Browser, site: Site) -> None:
    if site.workspace.house.state.definition("value", "current") is None:
        with opened(browser, site, "/value", lang="en") as page:
            expect(page.locator("main")).to_contain_text("Lifetime value is not fitted yet")
            expect(page.get_by_role("button", name="Fit and judge")).to_be_visible()


def test_the_demo_is_fitted_on_39_weeks_and_judged_on_the_rest(browser: Browser, site: Site) -> None:
    value = site.workspace.value.fit().value
    assert str(value.calibration_end) == "2017-09-30"  # 39 weeks from 2017-01-01
    error = value.evidence.error
    # counted independently from the package: days with a purchase after 2017-09-30 of those who bought before
    assert error.actual == 32_063
    assert error.customers == 2_446
    assert error.error is not None
    assert abs(error.error) < 0.05
    assert error.rmse < error.rmse_as_before
    texts = looks(browser, site, "/value", "value", phone_axe=True)
    assert "留出期检验" in texts["zh"]
    for text in ("32,063 happened", "Hold-out by past purchases", "Tracking, week by week", "Error, purchases"):
        assert text in texts["en"]
    assert "1,982 customers (80.3%) first bought in 2017-01" in texts["en"]
    assert "never came back" in texts["en"]
    assert "These data hardly tell when customers leave" in texts["en"]
    assert "从未复购" in texts["zh"]


def test_a_reader_sees_value_and_no_button(browser: Browser, site: Site) -> None:
    from qunxiang.model import Role

    site.workspace.value.fit()
    site.workspace.users.add("value-reader", Role.VIEWER)
    with opened(browser, site, "/value", lang="en", user="value-reader") as page:
        expect(page.locator("#segments")).to_be_visible()
        assert page.locator("#fit").count() == 0


def test_costs_are_stated_on_the_page_of_the_four_sides(browser: Browser, site: Site) -> None:
    texts = looks(browser, site, "/value/sides", "value-sides", phone_axe=True)
    assert "Products carry no cost and no margin rate was stated" in texts["en"]
    assert "钱包份额未知" in texts["zh"]
    with opened(browser, site, "/value/sides", lang="en") as page:
        page.locator("#margin").fill("25")
        page.locator("#cost_order").fill("1.50")
        page.locator("#why").fill("controlling, 2017")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("main")).to_contain_text("Product cost follows from the stated margin rate of 25.0%")
        expect(page.locator("#whales")).to_contain_text("by contribution")
    stated = site.workspace.value.basis().basis
    assert (stated.margin_rate, str(stated.drivers["order"])) == (0.25, "1.5")
    site.workspace.value.set_basis({})


def test_renewals_of_contracts_are_those_of_the_published_cohort(browser: Browser, site: Site) -> None:
    # Fader & Hardie (2007), high end, fitted to seven renewals: alpha 0.668, beta 3.806, eighth survival 46.0 %
    query = "cohorts=1000,869,743,653,593,551,517,491&ahead=12&margin=100"
    texts = looks(browser, site, f"/value/contracts?{query}", "value-contracts", phone_axe=True)
    assert "0.668 / 3.81" in texts["en"]
    assert "46.0%" in texts["en"]


def test_the_four_sides_of_a_customer_name_their_currency(browser: Browser, site: Site) -> None:
    profile = site.workspace.segments.members("rfm")["profile_id"][0].as_py()
    found = site.workspace.value.customer(profile)
    texts = looks(browser, site, f"/value/customers/{profile}", "value-customer", phone_axe=True)
    assert f"{found.revenue:,.2f}" in texts["en"]
    assert "Amounts in USD." in texts["en"]
    assert "金额单位：USD。" in texts["zh"]
