"""The static page when something goes wrong: what is told, what can be done, and that nothing typed is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages import (
    answer_with,
    make_document,
    open_page,
    sent,
    serve_document,
    settle,
    without_twin,
)

AGE = "Mother's age"
FAILURES = [
    pytest.param(lambda route: route.abort(), "cannot be reached", id="unreachable"),
    pytest.param(lambda route: route.fulfill(status=502, body="<html>Bad gateway</html>"), "failed (502)", id="gateway"),
    pytest.param(answer_with({"detail": "Its <i>cause</i>."}, 500), "It says: Its <i>cause</i>.", id="failure"),
    pytest.param(lambda route: route.fulfill(status=429), "is busy", id="throttled"),
    pytest.param(lambda route: route.fulfill(body="<html>hotel login</html>"), "Something other than", id="portal"),
    pytest.param(answer_with({"label": "Full-term"}), "Something other than", id="not its answer"),
]  # fmt: skip


@pytest.fixture(scope="module")
def typical(function_url: str) -> dict[str, Any]:
    return dict(httpx.get(f"{function_url}/model").json()["typical_row"])


@pytest.fixture(scope="module")
def other_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A function with a model of another table."""
    with serve_document(make_document("regression"), tmp_path_factory.mktemp("other")) as url:
        yield url


def probability(url: str, row: dict[str, Any]) -> str:
    return f"{httpx.post(f'{url}/predict', json=row).json()['probability'] * 100:.2f}%"


@pytest.mark.parametrize(("respond", "told"), FAILURES)
def test_function_alone_failing_is_told_and_a_retry_keeps_the_row(
    page: Page, function_url: str, typical: dict[str, Any], respond: Any, told: str
) -> None:
    without_twin(page)
    answer = open_page(page, function_url)
    page.route("**/predict?*", respond)
    page.get_by_label(AGE).select_option(label="Under 15 yrs")
    expect(page.get_by_role("alert")).to_contain_text(told)
    expect(answer).to_be_empty()
    page.unroute("**/predict?*")
    page.get_by_role("button", name="Retry").click()
    expect(answer).to_contain_text("is usual")
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.locator("dd").first).to_have_text(probability(function_url, {**typical, "age_group": "Under 15 yrs"}))


def test_page_goes_on_by_itself_while_the_function_fails(
    page: Page, function_url: str, typical: dict[str, Any]
) -> None:
    answer = open_page(page, function_url)
    page.route("**/predict", lambda route: route.abort())
    page.get_by_label(AGE).select_option(label="Under 15 yrs")
    expect(page.get_by_role("alert")).to_contain_text(
        "The function cannot be reached. Check the connection and that it is running, then retry. "
        "Until then, answers are computed in this page, by the same model."
    )
    expect(page.locator("#source")).to_have_text("Computed in this page: the function gave no answer.")
    expect(answer).to_contain_text("is usual")
    expect(page.locator("dd").first).to_have_text(probability(function_url, {**typical, "age_group": "Under 15 yrs"}))
    page.unroute("**/predict")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#source")).to_have_text("Answered by the function; this page computes the same.")
    expect(page.get_by_role("alert")).to_be_empty()


def test_what_the_function_has_not_answered_is_not_said_to_be_its_answer(page: Page, function_url: str) -> None:
    answer = open_page(page, function_url)
    held: list[Route] = []
    page.route("**/predict", lambda route: held.append(route))
    page.get_by_label(AGE).select_option(label="50+ yrs")
    expect(answer).to_contain_text("30 in 100")
    expect(page.locator("#source")).to_have_text("Computed in this page; the function is being asked.")
    held[0].continue_()
    expect(page.locator("#source")).to_have_text("Answered by the function; this page computes the same.")


def test_the_same_problem_is_told_once(page: Page, other_url: str) -> None:
    """A screen reader would read it out at each pause in typing."""
    open_page(page, other_url)
    page.evaluate(
        "() => { window.told = 0; new MutationObserver(() => window.told++)"
        ".observe(document.getElementById('problem'), { childList: true }); }"
    )
    page.route("**/predict", lambda route: route.abort())
    for text in ("50", "51", "52"):
        with page.expect_request("**/predict"):
            page.get_by_label("<b>Age</b>").fill(text)
        settle(page)
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    assert page.evaluate("window.told") == 1


def test_a_slow_function_is_told_and_given_up_on(page: Page, function_url: str, typical: dict[str, Any]) -> None:
    answer = open_page(page, function_url)
    page.clock.install()
    held: list[Route] = []
    page.route("**/predict", lambda route: held.append(route))
    with page.expect_request("**/predict"):
        page.get_by_label(AGE).select_option(label="Under 15 yrs")
        page.clock.run_for(100)
    page.clock.run_for(10_000)
    expect(page.locator("#source")).to_have_text("The function has not answered yet; it may be starting.")
    expect(answer).to_contain_text("12 in 100")  # which the page has computed
    page.clock.run_for(10_000)
    expect(page.get_by_role("alert")).to_contain_text("The function did not answer within 20 seconds.")
    expect(page.get_by_label(AGE)).to_have_value("Under 15 yrs")
    assert len(held) == 1


def test_refusals_stand_beside_their_fields(page: Page, function_url: str) -> None:
    answer = open_page(page, function_url)
    errors = [
        {"pointer": "/adequate_prenatal_care", "detail": "<b>No.</b>", "suggestion": None},
        {"pointer": "/age_group", "detail": "This value is not allowed.", "suggestion": "that"},
    ]
    page.route("**/predict", answer_with({"detail": "The row cannot be used.", "errors": errors}, 422))
    page.get_by_role("button", name="Predict").click()
    fields = page.locator(".field")
    expect(fields.last.locator(".error")).to_have_text("<b>No.</b>")
    expect(fields.first.locator(".error")).to_have_text("This value is not allowed. Did you mean “that”?")
    care = page.get_by_role("radiogroup").last
    expect(care).to_have_attribute("aria-invalid", "true")
    expect(care).to_have_accessible_description("<b>No.</b>")
    expect(care.get_by_role("radio").first).to_be_focused()  # the first that is refused
    expect(page.get_by_role("alert")).to_have_text("No prediction for this row: see what is marked in the form.")
    expect(answer).to_be_empty()
    page.unroute("**/predict")
    page.get_by_role("button", name="Predict").click()
    expect(answer).to_contain_text("is usual")
    expect(page.locator(".error:not(:empty), [aria-invalid=true]")).to_have_count(0)
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_refusal_that_belongs_to_no_field_is_told(page: Page, function_url: str) -> None:
    open_page(page, function_url)
    errors = [{"pointer": "/gone", "detail": "There is no such field."}]
    page.route("**/predict", answer_with({"detail": "The row cannot be used.", "errors": errors}, 422))
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "The function cannot use this row. It says: The row cannot be used. There is no such field."
    )


def test_a_page_that_could_not_load_its_form_can_retry(page: Page, function_url: str, typical: dict[str, Any]) -> None:
    for path in ("schema", "model.json"):
        page.route(f"**/{path}", lambda route: route.abort())
    page.goto(function_url)
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.get_by_role("tablist")).to_be_hidden()
    for path in ("schema", "model.json"):
        page.unroute(f"**/{path}")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("status")).to_contain_text("is usual")
    expect(page.locator("dd").first).to_have_text(probability(function_url, typical))


@pytest.mark.parametrize("answer", ["<html>", '{"api": 7}', '{"other": 1}'])
def test_a_broken_configuration_is_told(page: Page, function_url: str, answer: str) -> None:
    page.route("**/config.json", lambda route: route.fulfill(body=answer))
    page.goto(function_url)
    expect(page.get_by_role("alert")).to_contain_text("config.json")


def test_a_copy_of_the_model_answers_while_the_function_is_down(
    page: Page, function_url: str, typical: dict[str, Any]
) -> None:
    """A site with the API elsewhere has model.json beside it."""
    page.route("**/config.json", answer_with({"api": "https://api.invalid/"}))
    page.route("https://api.invalid/**", lambda route: route.abort())
    page.goto(function_url)
    expect(page.locator("#source")).to_have_text("Computed in this page: the function gave no answer.")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.locator("dd").first).to_have_text(probability(function_url, typical))


def test_a_late_answer_does_not_replace_a_newer_one(page: Page, function_url: str, typical: dict[str, Any]) -> None:
    without_twin(page)
    open_page(page, function_url)
    rows = {age: {**typical, "age_group": age} for age in ("50+ yrs", "Under 15 yrs")}
    texts = {age: probability(function_url, row) for age, row in rows.items()}
    held: list[Route] = []

    def respond(route: Route) -> None:
        if sent(route.request)["age_group"] == "50+ yrs":
            held.append(route)
        else:
            route.continue_()

    page.route("**/predict?*", respond)
    with page.expect_request("**/predict?*"):
        page.get_by_label(AGE).select_option(label="50+ yrs")
    expect(page.locator("#result")).to_have_attribute("aria-busy", "true")
    page.get_by_label(AGE).select_option(label="Under 15 yrs")
    expect(page.locator("dd").first).to_have_text(texts["Under 15 yrs"])
    for route in held:
        route.continue_()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(page.locator("dd").first).to_have_text(texts["Under 15 yrs"])
    assert len(held) == 1
    assert texts["50+ yrs"] != texts["Under 15 yrs"]


def test_a_replaced_model_is_drawn_anew_and_what_fits_is_kept(page: Page, function_url: str, other_url: str) -> None:
    """Another table is behind the address all of a sudden: its function refuses the row."""
    open_page(page, other_url)
    page.get_by_label("Long").select_option(label="z")
    settle(page)
    changed = make_document("regression")["schema"]
    del changed["properties"]["20"]
    document = make_document("regression", title="Changed", schema={**changed, "x-examples": []})
    document["typical_row"] = {name: value for name, value in document["typical_row"].items() if name != "20"}
    document["estimator"] = {"inputs": [], "model": {"type": "constant", "link": "identity", "values": [7.0]}}
    problem = {"detail": "The row cannot be used.", "errors": [{"pointer": "/20", "detail": "There is no such field."}]}
    card = {key: value for key, value in document.items() if key not in ("schema", "estimator")}
    answer = {"value": 7.0, "typical_error": 12.3, "base_value": 1e6, "model_version": document["version"]}
    row = {"10": 41.5, "a/b~c": "z", "rooms": 3}
    explanation = {"value": 7.0, "reference": {"row": row, "value": 7.0}, "contributions": dict.fromkeys(row, 0.0)}

    def respond(route: Route) -> None:
        if "20" in sent(route.request):
            route.fulfill(status=422, headers={"X-Model-Version": document["version"]}, json=problem)
        else:
            route.fulfill(json={**answer, "explanation": {**explanation, "exact": True}})

    for path, body in {"schema": document["schema"], "model": card, "model.json": document}.items():
        page.route(f"**/{path}", answer_with(body))
    page.route("**/predict*", respond)
    page.get_by_label("<b>Age</b>").fill("50.5")
    expect(page.locator("#notice")).to_have_text(
        "The model has been replaced, so its form was drawn anew. "
        "Not taken over, since this form has no such value: 20: Not known."
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("Changed")
    expect(page.get_by_role("status")).to_contain_text("price: 7.0")
    expect(page.get_by_label("Long")).to_have_value("z")
    expect(page.get_by_label("<b>Age</b>")).to_have_value("50.5")
    expect(page.get_by_label("<b>Age</b>")).to_be_focused()


def test_what_is_typed_while_a_replaced_model_is_read_is_kept(page: Page, other_url: str, tmp_path: Path) -> None:
    document = make_document("regression", title="Changed")
    with serve_document(document, tmp_path) as changed_url:
        open_page(page, other_url)
        held: list[Route] = []
        page.route(f"{other_url}/schema", lambda route: held.append(route))
        for path in ("model", "model.json", "predict"):
            page.route(
                f"{other_url}/{path}*",
                lambda route: route.continue_(url=route.request.url.replace(other_url, changed_url)),
            )
        page.get_by_label("Rooms").fill("4")
        expect(page.locator("#result")).to_have_attribute("aria-busy", "false")
        expect(page.locator("#source")).to_have_text("Computed in this page, by the model that was there before.")
        page.get_by_label("<b>Age</b>").press("End")
        page.get_by_label("<b>Age</b>").press_sequentially("7,")
        held[0].continue_(url=f"{changed_url}/schema")
        expect(page.get_by_role("heading", level=1)).to_have_text("Changed")
        expect(page.get_by_label("Rooms")).to_have_value("4")
        expect(page.get_by_label("<b>Age</b>")).to_have_value("41.57,")
        expect(page.get_by_label("<b>Age</b>")).to_be_focused()
        expect(page.get_by_role("alert")).to_have_text("No prediction for this row: see what is marked in the form.")


def test_what_if_by_another_model_is_not_drawn(page: Page, function_url: str, typical: dict[str, Any]) -> None:
    without_twin(page)
    page.route("**/predict/batch", answer_with({"results": [{"row": 1}], "model_version": "0123456789ab"}))
    page.goto(function_url)
    expect(page.get_by_role("alert")).to_contain_text("answers by one model and describes another")
    expect(page.locator("#variants")).to_be_hidden()


def test_a_function_in_the_middle_of_a_change_is_told(page: Page, function_url: str, typical: dict[str, Any]) -> None:
    """It answers by one model and describes another, as two versions behind one address do."""
    answer = httpx.post(f"{function_url}/predict?explain=true", json=typical).json()
    page.route("**/predict*", answer_with({**answer, "model_version": "0123456789ab"}))
    page.goto(function_url)
    expect(page.get_by_role("alert")).to_contain_text("answers by one model and describes another")
    page.unroute("**/predict*")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.get_by_role("status")).to_contain_text("is usual")


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"format": 2}, "format 2, not 3"), ({"estimator": {"inputs": [], "model": {"type": "linear"}}}, "")],
)
def test_a_model_that_the_page_cannot_compute_leaves_the_function_to_answer(
    page: Page, function_url: str, changes: dict[str, Any], why: str
) -> None:
    document = json.loads(httpx.get(f"{function_url}/model.json").text)
    page.route("**/model.json", answer_with({**document, **changes}))
    open_page(page, function_url)
    expect(page.locator("#source")).to_contain_text("Answered by the function. This page cannot compute the model:")
    expect(page.locator("#source")).to_contain_text(why)
    expect(page.locator("#what-if tr.now")).to_have_count(5)
