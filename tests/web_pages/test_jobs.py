"""Jobs: progress, failure with its reason, and running again."""

from __future__ import annotations

from page_site import Site, check_page, looks, opened
from playwright.sync_api import Browser, expect

from qunxiang.i18n import Message, to_json


def test_jobs_show_progress_reason_and_run_again(browser: Browser, site: Site) -> None:
    state, clock = site.workspace.house.state, site.workspace.house.clock
    looks(browser, site, "/jobs", "jobs-empty")
    job = site.workspace.jobs.start("refresh", as_of="2018-01-01")
    state.claim_job(at=clock.now())
    state.update_job(job.id, at=clock.now(), progress=0.25, stage=to_json(Message("progress.refresh.traits")))
    with opened(browser, site, f"/jobs/{job.id}", lang="en") as page:
        expect(page.locator("#panel .job-state")).to_have_text("Running 25.0%")
        state.update_job(job.id, at=clock.now(), progress=0.6, stage=to_json(Message("progress.refresh.memberships")))
        expect(page.locator("#panel .job-state")).to_have_text("Running 60.0%")
        assert "Assigning segments" in page.locator("#panel").inner_text()
        reason = Message("error.job.silent", {"seconds": 60})
        state.end_job(job.id, at=clock.now(), status="failed", error=to_json(reason))
        expect(page.locator("#panel .notice-bad")).to_contain_text("was not heard of for 60 seconds")
        check_page(page, "job-failed-en-desk", axe=True)
        page.get_by_role("button", name="Run again").click()
        page.wait_for_url("**/jobs/*")
    again = site.workspace.jobs.list()[0]
    assert again.retry_of == job.id
    assert again.arguments == {"as_of": "2018-01-01"}
    state.claim_job(at=clock.now())
    done = {"profiles": 2469, "traits": 68, "changed": 0}
    state.end_job(again.id, at=clock.now(), status="done", result=done)
    texts = looks(browser, site, "/jobs", "jobs")
    assert "刷新快照：2018年1月1日" in texts["zh"]
    assert "超过 60 秒没有任何消息" in texts["zh"]
    texts = looks(browser, site, f"/jobs/{again.id}", "job")
    assert "2,469" in texts["zh"]


def test_a_viewer_cannot_run_a_job_again(browser: Browser, site: Site) -> None:
    state, clock = site.workspace.house.state, site.workspace.house.clock
    job = site.workspace.jobs.start("resolve")
    state.end_job(job.id, at=clock.now(), status="cancelled")
    site.workspace.users.add("reader_of_jobs", "viewer")
    with opened(browser, site, f"/jobs/{job.id}", user="reader_of_jobs") as page:
        assert page.locator("main form").count() == 0
    with opened(browser, site, f"/jobs/{job.id}") as page:
        assert page.get_by_role("button", name="重新运行").count() == 1


def test_a_job_is_named_after_its_segmentation(browser: Browser, site: Site) -> None:
    state, clock = site.workspace.house.state, site.workspace.house.clock
    job = site.workspace.jobs.start("persona.build", segmentation="rfm")
    state.end_job(job.id, at=clock.now(), status="cancelled")
    for path in ("/jobs", f"/jobs/{job.id}"):
        with opened(browser, site, path) as page:
            assert "建立画像：RFM 客户分类" in page.inner_text("main")
