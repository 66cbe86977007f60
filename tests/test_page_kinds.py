"""The static page takes, shows and varies a field of each kind, whatever the field is called."""

from __future__ import annotations

import copy
import json
import re
import urllib.parse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from predict.model import document_version
from tests.apps import LONG, MIXED, TYPICAL, mixed_model
from tests.axe import violations
from tests.pages import answer_with, open_page, sent, serve_document, settle
from tests.test_site import static_host

BOOLEAN, OPEN = 'class "def"', "été, 🎈\n<b>"
ROW = {**TYPICAL, "1st": None, "2": 1.5, BOOLEAN: None, OPEN: "Bergen", "a/b~c": "2020-05-05", "__proto__": "é 🎈"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a function with a model that has a field of each kind."""
    with serve_document(mixed_model().document, tmp_path_factory.mktemp("mixed")) as url:
        yield url


def link(url: str, row: dict[str, Any]) -> str:
    return f"{url}/#{urllib.parse.urlencode({'row': json.dumps(row)})}"


def field(page: Page, name: str) -> Locator:
    """Return what holds the label, the control and what is said of a field."""
    return page.locator(".field").nth(list(MIXED).index(name))


def entry(page: Page, name: str) -> Locator:
    return field(page, name).locator("input")


def picture(page: Page, name: str) -> Locator:
    """Return a field's part of what-if."""
    return page.locator("#what-if > *").nth(list(MIXED).index(name))


def asked(page: Page, change: Any) -> Any:
    """Return the row that the function is asked for when `change` is done."""
    with page.expect_request("**/predict*") as request:
        change()
    settle(page)
    return sent(request.value)


def test_each_kind_has_its_control_and_its_hint(page: Page, url: str) -> None:
    open_page(page, url)
    labels = page.locator("#fields :is(legend, .field > label)")
    assert labels.all_text_contents() == [value["x-label"] for value in MIXED.values()]  # "2" is not the first
    hints = ["0 to 120 in the data. Leave empty if not known.", "", ""]
    hints += ["2019-01-31 to 2024-12-01 in the data. Leave empty if not known.", ""]
    hints += ["0.5 to 2.5 kg in the data. Leave empty if not known.", "", "2020-02-29 to 2020-02-29 in the data."]
    expect(page.locator(".hint:not(#variants-hint)")).to_have_text(hints)
    expect(field(page, BOOLEAN).locator(".choices label")).to_have_text(["Yes", "No", "Not known"])
    expect(field(page, OPEN).locator("option")).to_have_text(["x", "y", "Other"])
    expect(entry(page, "a/b~c")).to_have_attribute("type", "date")
    assert [entry(page, name).input_value() for name in ("1st", "2", "a/b~c")] == ["40", "", "2024-01-31"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_fields_of_each_kind_have_no_accessibility_fault(page: Page, url: str, scheme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    open_page(page, link(url, ROW))
    expect(page.locator("#what-if > *")).to_have_count(len(MIXED))
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    entry(page, "1st").fill("2.5")
    expect(field(page, "1st").locator(".error")).not_to_be_empty()
    assert violations(page) == []


def test_row_of_each_kind_is_sent_as_the_link_has_it_and_computed_alike(page: Page, url: str) -> None:
    with page.expect_request("**/predict*") as request:
        open_page(page, link(url, ROW))
    assert sent(request.value) == ROW
    expect(page.locator("#source")).to_have_text("Answered by the function; this page computes the same.")
    expect(page.locator("#notice")).to_be_empty()
    value = httpx.post(f"{url}/predict", json=ROW).json()["value"]
    expect(page.locator("dd").first).to_have_text(f"{value:,.2f}")
    page.reload()
    settle(page)
    expect(page.locator("dd").first).to_have_text(f"{value:,.2f}")
    page.get_by_role("tab", name="API").click()
    said = page.locator("#api pre").last.text_content() or ""
    assert json.loads(page.evaluate(said.split("body: ", 1)[1].split(",\n});")[0])) == ROW


def test_differences_are_told_as_people_read_values(page: Page, url: str) -> None:
    open_page(page, link(url, ROW))
    told = page.locator("#contributions small")
    expect(told).to_have_count(6)
    assert sorted(told.all_text_contents()) == [
        "1.5 instead of Not known",
        "2020-05-05 instead of 2024-01-31",
        "Bergen instead of y",
        "Not known instead of 40",
        "Not known instead of Yes",
        "é 🎈 instead of it's",
    ]


def test_boolean_is_sent_as_true_false_or_null(page: Page, url: str) -> None:
    open_page(page, url)
    choices = field(page, BOOLEAN).get_by_role("radio")
    expect(choices.first).to_be_checked()
    assert [asked(page, choices.nth(at).check)[BOOLEAN] for at in (1, 2, 0)] == [False, None, True]


def test_number_that_may_be_missing_may_be_empty(page: Page, url: str) -> None:
    open_page(page, url)
    row = asked(page, lambda: entry(page, "1st").fill(""))
    assert row == {**TYPICAL, "1st": None}
    expect(page.locator(".error:not(:empty)")).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("is usual")


def test_whole_number_refuses_a_fraction_beside_its_field(page: Page, url: str) -> None:
    answer = open_page(page, url)
    entry(page, "1st").fill("2.5")
    expect(field(page, "1st").locator(".error")).to_have_text("A whole number is expected.")
    expect(answer).to_be_empty()
    page.get_by_role("tab", name="API").click()
    expect(page.locator("#api")).to_contain_text("The form holds what the function would refuse")
    page.get_by_role("tab", name="One row").click()
    assert asked(page, lambda: entry(page, "1st").fill("2.0"))["1st"] == 2
    expect(field(page, "1st").locator(".error")).to_be_empty()


def test_date_is_sent_as_it_is_and_null_where_it_may_be(page: Page, url: str) -> None:
    open_page(page, url)
    assert asked(page, lambda: entry(page, "a/b~c").fill("2024-02-29"))["a/b~c"] == "2024-02-29"
    assert asked(page, lambda: entry(page, "a/b~c").fill(""))["a/b~c"] is None
    assert asked(page, lambda: entry(page, "a/b~c").fill("0001-01-01"))["a/b~c"] == "0001-01-01"
    remark = "The model has learned from 2019-01-31 to 2024-12-01 only: it guesses here."
    expect(field(page, "a/b~c").locator(".remark")).to_have_text(remark)
    entry(page, "'").fill("")
    expect(field(page, "'").locator(".error")).to_have_text("This value is not allowed. Enter a date.")


def test_date_that_is_not_whole_is_told(page: Page, url: str) -> None:
    answer = open_page(page, url)
    entry(page, "a/b~c").focus()
    page.keyboard.press("Delete")  # of the first of its parts
    told = "This is no date. Enter day, month and year, or clear it."
    expect(field(page, "a/b~c").locator(".error")).to_have_text(told)
    expect(answer).to_be_empty()
    page.get_by_role("tab", name="API").click()
    expect(page.locator("#api pre")).to_have_count(0)
    page.get_by_role("tab", name="One row").click()
    page.get_by_role("button", name="Reset to the typical row").click()
    expect(answer).to_contain_text("is usual")


def test_text_that_is_no_choice_is_kept_until_the_row_is_reset(page: Page, url: str) -> None:
    open_page(page, link(url, ROW))
    select = field(page, OPEN).locator("select")
    expect(select.locator("option")).to_have_text(["x", "y", "Other: “Bergen”"])
    assert asked(page, lambda: select.select_option(label="x"))[OPEN] == "x"
    assert asked(page, lambda: select.select_option(index=2))[OPEN] == "Bergen"
    expect(picture(page, OPEN).locator("tr.now th")).to_have_text("Other, as it is now")
    assert asked(page, picture(page, OPEN).locator("tr", has_text="Other").click)[OPEN] == "(other)"
    expect(select.locator("option").last).to_have_text("Other")
    assert asked(page, lambda: page.get_by_role("button", name="Reset to").click()) == TYPICAL


def test_reset_gives_others_back_where_they_are_typical(page: Page, tmp_path: Path) -> None:
    document = copy.deepcopy(mixed_model().document)
    document["schema"]["properties"][OPEN]["x-example"] = document["typical_row"][OPEN] = "(other)"
    with serve_document({**document, "version": document_version(document)}, tmp_path) as url:
        open_page(page, link(url, ROW))
        row = asked(page, lambda: page.get_by_role("button", name="Reset to").click())
        assert row == {**TYPICAL, OPEN: "(other)"}
        expect(page).to_have_url(re.compile("/$"))


def test_values_of_another_kind_in_a_link_are_told(page: Page, url: str) -> None:
    open_page(page, link(url, {"1st": True, BOOLEAN: "true", OPEN: 3, "a/b~c": "31/12/2024", "__proto__": "(other)"}))
    told = page.locator("#notice")
    for text in ("1st of 0: true", "of 2: “true”", "of 4: 3", "a/b~c of 3: “31/12/2024”", "__proto__ of 1: “(other)”"):
        expect(told).to_contain_text(text)


def test_date_is_varied_along_a_line_of_days(page: Page, url: str) -> None:
    open_page(page, link(url, ROW))
    drawn, plot = picture(page, "a/b~c"), picture(page, "a/b~c").locator("svg.plot")
    ends = [
        httpx.post(f"{url}/predict", json={**ROW, "a/b~c": day}).json()["value"] for day in MIXED["a/b~c"]["x-range"]
    ]
    expect(plot).to_have_attribute(
        "aria-label",
        re.compile(
            rf"^{ends[0]:,.2f} at 2019-01-31, {ends[1]:,.2f} at 2024-12-01; [\d,.]+ at 2020-05-05, as it is now\.$"
        ),
    )
    expect(drawn.locator(".low, .high")).to_have_text(["2019-01-31", "2024-12-01"])
    points = (plot.locator("polyline").get_attribute("points") or "").split()
    days = [float(point.split(",")[0]) for point in points]
    assert 40 <= len(days) <= 43
    assert all(before < after for before, after in pairwise(days))
    box = plot.bounding_box()
    assert box
    row = asked(page, lambda: plot.click(position={"x": box["width"] - 1, "y": 20}))
    assert row == {**ROW, "a/b~c": "2024-12-01"}
    expect(entry(page, "a/b~c")).to_have_value("2024-12-01")


@pytest.mark.parametrize("name", ["1st", "2", "a/b~c"])
def test_what_is_not_known_is_told_beneath_the_line_and_can_be_chosen(page: Page, url: str, name: str) -> None:
    row = {**ROW, "1st": 3}
    value = httpx.post(f"{url}/predict", json={**row, name: None}).json()["value"]
    open_page(page, link(url, row))
    gap, dot = picture(page, name).locator(".gap"), picture(page, name).locator("circle")
    expect(gap).to_have_text(f"Not known: {value:,.2f}")
    expect(dot).to_be_visible()
    assert asked(page, gap.click) == {**row, name: None}
    expect(gap).to_have_text(f"Not known: {value:,.2f}, as it is now")
    expect(dot).to_be_hidden()
    expect(picture(page, name).locator("svg.plot")).not_to_have_attribute("aria-label", re.compile("as it is now"))


def test_field_that_may_not_be_missing_has_no_line_for_that(page: Page, url: str) -> None:
    open_page(page, url)
    expect(picture(page, "'").locator(".gap")).to_be_empty()


def test_choices_of_each_kind_are_varied_as_the_function_answers(page: Page, url: str) -> None:
    open_page(page, link(url, ROW))
    for name, names, values in (
        (BOOLEAN, ["Yes", "No", "Not known, as it is now"], [True, False, None]),
        (OPEN, ["x", "y", "Other, as it is now"], ["x", "y", "(other)"]),
        (LONG, ["low, as it is now", "high"], ["low", "high"]),
    ):
        rows = [{**ROW, name: value} for value in values]
        answers = httpx.post(f"{url}/predict/batch", json=rows).json()["results"]
        expect(picture(page, name).locator("th")).to_have_text(names)
        expect(picture(page, name).locator("td:last-child")).to_have_text([f"{each['value']:,.2f}" for each in answers])


@pytest.mark.parametrize("view", ["row", "batch"])
def test_pickle_is_left_to_the_function(page: Page, url: str, view: str) -> None:
    pickle = {**mixed_model().document, "estimator": {"model": {"type": "pickle"}}}
    page.route("**/model.json", answer_with(pickle))
    open_page(page, link(url, ROW))
    expect(page.locator("#source")).to_have_text(
        "Answered by the function. Only the function can compute this model, what-if and files of rows included."
    )
    if view == "row":
        expect(picture(page, BOOLEAN).locator("tr.now td").last).to_have_text(page.locator("dd").first.inner_text())
        expect(page.locator("#contributions tr")).to_have_count(8)
    else:
        page.get_by_role("tab", name="Many rows").click()
        expect(page.get_by_role("tabpanel")).to_contain_text("Scored by the function")


def test_pickle_without_a_function_is_told(page: Page, tmp_path: Path) -> None:
    pickle = {**mixed_model().document, "estimator": {"model": {"type": "pickle"}}}
    told = "This model needs its function, and this page has none: write its address into config.json."
    page.route("**/model.json", answer_with(pickle))
    page.route("**/config.json", answer_with({"api": None}))
    with static_host(Path(__file__).parents[1] / "frontend" / "static") as host:
        page.goto(host)
        expect(page.get_by_role("alert")).to_contain_text(told)
        page.get_by_role("tab", name="Many rows").click()
        expect(page.get_by_role("alert")).to_contain_text(told)


def test_code_that_some_models_need_may_fail_to_come(page: Page, url: str) -> None:
    """What draws the form can be loaded again; without the trees, the function answers."""
    page.route("**/entries.js", lambda route: route.abort())
    page.goto(url)
    expect(page.get_by_role("alert")).to_contain_text("This view cannot be loaded. Check the connection, then retry")
    page.unroute("**/entries.js")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("status")).to_contain_text("is usual")
    model = {"type": "trees", "link": "identity", "start": [0.0], "divisor": 1, "trees": []}
    page.route("**/model.json", answer_with({**mixed_model().document, "estimator": {"inputs": [], "model": model}}))
    page.route("**/trees.js", lambda route: route.abort())
    page.goto("about:blank")
    open_page(page, url)
    expect(page.locator("#source")).to_have_text(
        "Answered by the function. This page cannot compute the model: a part of the page could not be loaded."
        " Check the connection, then reload the page"
    )
