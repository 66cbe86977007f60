"""The static page from a static host: by itself without any function, and with a function on another origin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from infra.site import build
from predict.model import Model
from tests.axe import violations
from tests.conftest import Trained, serve
from tests.pages import open_page, settle
from tests.test_site import static_host

AGE = "Mother's age"


@pytest.fixture(scope="module")
def host(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that works alone, under a path of a static host."""
    folder = tmp_path_factory.mktemp("host")
    build(folder / "some" / "path", model=trained.path)
    with static_host(folder) as url:
        yield f"{url}/some/path/"


def complaints_of(page: Page) -> list[str]:
    """Return a list that fills with what the console says while the page is used."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def shown(page: Page) -> float:
    return float(page.locator("dd").first.inner_text().removesuffix("%"))


def test_the_page_alone_answers_as_the_model_does_in_every_view(page: Page, host: str, model: Model) -> None:
    complaints, requests = complaints_of(page), list[Request]()
    page.on("request", lambda request: requests.append(request))
    open_page(page, host)
    expect(page.locator("#source")).to_have_text("Computed in this page; no function is asked.")
    page.get_by_label(AGE).select_option(label="50+ yrs")
    settle(page)
    row = {**model.document["typical_row"], "age_group": "50+ yrs"}
    assert shown(page) == pytest.approx(model.predict(row)["probability"] * 100, abs=0.0051)
    expect(page.locator("#contributions tr")).to_have_count(3)
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(page.get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
        assert violations(page) == []
    expect(page.locator("#api")).to_contain_text("This page works alone")
    expect(page.locator("footer a")).to_have_count(3)
    expect(page.locator("footer a").first).to_be_hidden()
    assert complaints == []
    page.get_by_role("link", name="How good is this model? Read the report").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert {request.method for request in requests} == {"GET", "HEAD"}
    assert [request.url for request in requests if not request.url.startswith(host)] == []


def test_the_page_alone_goes_on_without_a_network(page: Page, host: str) -> None:
    open_page(page, host)
    before = shown(page)
    page.context.set_offline(True)
    page.get_by_label(AGE).select_option(label="50+ yrs")
    settle(page)
    assert shown(page) > before
    expect(page.get_by_role("alert")).to_be_empty()
    page.get_by_role("tab", name="The model").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "This view cannot be loaded. Check the connection, then retry, or reload the page."
    )
    page.context.set_offline(False)
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_empty()


def test_the_page_alone_tells_what_it_cannot_answer(page: Page, host: str) -> None:
    page.route("**/model.json", lambda route: route.fulfill(status=404, body="none"))
    page.goto(host)
    expect(page.get_by_role("alert")).to_contain_text("(404)")
    page.unroute("**/model.json")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("status")).to_contain_text("is usual")


def test_the_page_asks_a_function_on_another_origin_and_goes_on_without_it(
    page: Page, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints = complaints_of(page)
    with static_host(tmp_path) as host:
        monkeypatch.setenv("ALLOWED_ORIGINS", host)
        with serve(trained.path) as api:
            build(tmp_path / "site", api, trained.path)
            asked: list[Any] = []
            page.on("request", lambda request: asked.append((request.method, request.url)))
            open_page(page, f"{host}/site/")
            expect(page.locator("#source")).to_have_text("Answered by the function; this page computes the same.")
            assert ("POST", f"{api}/predict?explain=true") in asked
            expect(page.locator("footer a").first).to_have_attribute("href", f"{api}/docs")
            assert complaints == []
        page.get_by_label(AGE).select_option(label="50+ yrs")
        expect(page.locator("#source")).to_have_text("Computed in this page: the function gave no answer.")
        expect(page).to_have_url(re.compile("#row="))
        page.reload()
        expect(page.get_by_role("alert")).to_contain_text("The function cannot be reached.")
        expect(page.get_by_role("status")).to_contain_text("is usual")
        expect(page.get_by_label(AGE)).to_have_value("50+ yrs")


def test_a_model_that_the_page_cannot_compute_is_told_in_each_view(page: Page, host: str) -> None:
    page.route("**/model.json", lambda route: route.fulfill(json={**route.fetch().json(), "format": 2}))
    page.goto(host)
    told = "This page cannot compute the model: model.json has format 2, not 3; run make train to bake it anew"
    expect(page.get_by_role("alert")).to_contain_text(told)
    page.get_by_role("tab", name="Many rows").click()
    expect(page.get_by_role("alert")).to_contain_text(told)
    expect(page.locator("#batch")).to_be_empty()
