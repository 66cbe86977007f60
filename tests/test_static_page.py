"""The static page, in a real browser against the served function."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'"
HOSTILE: dict[str, Any] = {
    "title": "Hostile",
    "type": "object",
    "properties": {
        "10": {"type": "number", "x-kind": "number", "x-label": "<b>Age</b>", "x-order": 1, "x-example": 41.5}
        | {"x-range": [21, 80.5], "x-step": "any", "x-unit": "years", "description": "<u>At</u> the visit."},
        "20": {"type": ["string", "null"], "enum": ["<img src=x>", "B & C", None], "x-kind": "category"}
        | {"x-label": "Status &amp; more", "x-order": 0, "x-example": None},
        "a/b~c": {"type": "string", "enum": ["W" * 60, "x", "y", "z"], "x-kind": "category"}
        | {"x-label": "Long", "x-order": 2, "x-example": "y"},
    },
    "required": ["10", "a/b~c"],
}


@pytest.fixture(scope="module")
def schema(function_url: str) -> dict[str, Any]:
    return dict(httpx.get(f"{function_url}/schema").json())


@pytest.fixture(scope="module")
def card(function_url: str) -> dict[str, Any]:
    return dict(httpx.get(f"{function_url}/model").json())


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(schema["properties"].items(), key=lambda item: item[1]["x-order"])


def open_page(page: Page, url: str) -> Locator:
    """Open the page, wait for the first prediction and return the place where answers are shown."""
    page.goto(url)
    answer = page.get_by_role("status")
    expect(answer).to_contain_text("is usual")
    return answer


def expect_answer(page: Page, url: str, row: dict[str, Any]) -> None:
    """Expect what the API answers to `row`: the exact percentages and the likelier class."""
    answer = httpx.post(f"{url}/predict", json=row).raise_for_status().json()
    facts = page.locator("dd")
    expect(facts).to_have_count(3)
    for shown, value in zip(facts.all(), (answer["probability"], answer["base_rate"]), strict=False):
        expect(shown).to_have_text(re.compile(r"^[\d.]+\s%$"))
        text = shown.inner_text().removesuffix("%").strip()
        assert float(text) == pytest.approx(value * 100, abs=0.5001 * 10 ** -len(text.partition(".")[2]))
    expect(facts.nth(2)).to_contain_text(answer["label"])


def control(page: Page, value: dict[str, Any], choice: str) -> Locator:
    """Choose `choice` in the field of the property `value`."""
    group = page.get_by_role("radiogroup", name=value["x-label"])
    return group.get_by_role("radio", name=choice, exact=True) if group.count() else page.get_by_label(value["x-label"])


def sent(request: Request) -> dict[str, Any]:
    return dict(json.loads(request.post_data or "null"))


def answer_with(body: dict[str, Any], status: int = 200) -> Any:
    return lambda route: route.fulfill(status=status, json=body)


def prediction(probability: float, card: dict[str, Any]) -> dict[str, Any]:
    negative, positive = card["target"]["labels"]
    return {
        "label": positive if probability > 0.5 else negative,
        "probability": probability,
        "probabilities": {positive: probability, negative: 1 - probability},
        "base_rate": 0.1,
        "model_version": card["version"],
    }


def test_form_is_the_schema(page: Page, function_url: str, schema: dict[str, Any]) -> None:
    open_page(page, function_url)
    fields = page.locator(".field")
    assert properties(schema)
    expect(fields).to_have_count(len(properties(schema)))
    for field, (_, value) in zip(fields.all(), properties(schema), strict=True):
        expect(field.locator("legend, label").first).to_have_text(value["x-label"])
        expect(field.locator(".hint")).to_have_text(value.get("description", ""))
        is_short = len(value["enum"]) <= 3
        assert field.locator(".choices label" if is_short else "option").all_inner_texts() == value["enum"]
        expect(field.get_by_role("radio")).to_have_count(len(value["enum"]) if is_short else 0)


def test_first_prediction_is_that_of_the_typical_row(page: Page, function_url: str, card: dict[str, Any]) -> None:
    answer = open_page(page, function_url)
    expect(answer).to_have_text(re.compile(rf"^{card['target']['labels'][1]}: [\d,]+ in [\d,]+, where .* is usual"))
    expect_answer(page, function_url, card["typical_row"])
    expect(page).to_have_title(card["title"])
    expect(page.get_by_role("heading", level=1)).to_have_text(card["title"])
    expect(page.locator("#purpose")).to_contain_text(card["target"]["name"])
    assert page.locator("#caveats li").all_inner_texts() == card["caveats"]
    expect(page.locator("footer")).to_contain_text(card["version"])


def test_changing_each_field_gives_the_apis_own_answer(
    page: Page, function_url: str, schema: dict[str, Any], card: dict[str, Any]
) -> None:
    open_page(page, function_url)
    row = dict(card["typical_row"])
    seen = [page.locator("dd").first.inner_text()]
    for name, value in properties(schema):
        row[name] = next(choice for choice in value["enum"] if choice != row[name])
        found = control(page, value, row[name])
        with page.expect_response("**/predict") as response:
            found.check() if found.get_attribute("type") == "radio" else found.select_option(label=row[name])
        assert sent(response.value.request) == row
        expect(page.locator("#result")).to_have_attribute("aria-busy", "false")
        expect_answer(page, function_url, row)
        seen.append(page.locator("dd").first.inner_text())
    assert len(set(seen)) == len(seen)
    page.get_by_role("button", name="Reset to the typical row").click()
    expect(page.locator("dd").first).to_have_text(seen[0])
    expect_answer(page, function_url, card["typical_row"])


def test_keyboard_alone_is_enough(page: Page, function_url: str, schema: dict[str, Any], card: dict[str, Any]) -> None:
    first = open_page(page, function_url).inner_text()
    report = page.get_by_role("link", name="Read the report")
    expect(report).to_be_visible()
    page.keyboard.press("Tab")
    expect(report).to_be_focused()
    for _ in properties(schema):
        page.keyboard.press("Tab")
        outlined = page.evaluate(
            "() => [document.activeElement, document.activeElement.parentElement]"
            ".some((element) => getComputedStyle(element).outlineStyle === 'solid')"
        )
        assert outlined, "the focus is not visible"
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Predict")).to_be_focused()
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")  # what the arrows asked for is answered
    with page.expect_request("**/predict") as request:
        page.keyboard.press("Enter")
    row = sent(request.value)
    assert [name for name in row if row[name] == card["typical_row"][name]] == []
    expect(page.get_by_role("status")).not_to_have_text(first)
    expect_answer(page, function_url, row)
    assert page.url == f"{function_url}/"


def test_refusals_stand_beside_their_fields(page: Page, function_url: str, schema: dict[str, Any]) -> None:
    open_page(page, function_url)
    (select, _), (radios, _) = properties(schema)[0], properties(schema)[-1]
    errors = [
        {"pointer": f"/{radios}", "detail": "<b>No.</b>", "suggestion": None},
        {"pointer": f"/{select}", "detail": "This value is not allowed.", "suggestion": "that"},
    ]
    page.route("**/predict", answer_with({"detail": "The row cannot be used.", "errors": errors}, 422))
    page.get_by_role("button", name="Predict").click()
    fields = page.locator(".field")
    expect(fields.last.locator(".error")).to_have_text("<b>No.</b>")
    expect(page.get_by_role("radiogroup").last).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("radiogroup").last).to_have_accessible_description(re.compile("<b>No.</b>$"))
    expect(fields.first.locator(".error")).to_have_text("This value is not allowed. Did you mean “that”?")
    expect(fields.first.get_by_role("combobox")).to_have_accessible_description(re.compile("Did you mean “that”"))
    expect(page.get_by_role("alert")).to_contain_text("No prediction for this row")
    expect(page.get_by_role("status")).to_be_empty()
    page.unroute("**/predict")
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_role("status")).to_contain_text("is usual")
    expect(page.locator(".error:not(:empty), [aria-invalid=true]")).to_have_count(0)
    expect(page.get_by_role("alert")).to_be_empty()


@pytest.mark.parametrize(
    ("respond", "message"),
    [
        (lambda route: route.abort(), "cannot be reached"),
        (lambda route: route.fulfill(status=502, body="<html>Bad gateway</html>"), "failed (502)"),
        (answer_with({"detail": "Its <i>cause</i>."}, 500), "It says: Its <i>cause</i>."),
        (lambda route: route.fulfill(status=429), "is busy"),
        (lambda route: route.fulfill(body="<html>hotel login</html>"), "Something other than the function"),
        (answer_with({"errors": [{"pointer": "/gone", "detail": "There is no such field."}]}, 422), "no such field"),
    ],
    ids=["unreachable", "gateway", "failure", "throttled", "portal", "unknown field"],
)
def test_a_problem_is_told_and_a_retry_keeps_the_row(
    page: Page, function_url: str, schema: dict[str, Any], card: dict[str, Any], respond: Any, message: str
) -> None:
    open_page(page, function_url)
    page.route("**/predict", respond)
    name, value = properties(schema)[0]
    page.get_by_label(value["x-label"]).select_option(label=value["enum"][0])
    expect(page.get_by_role("alert")).to_contain_text(message)
    expect(page.get_by_role("status")).to_be_empty()
    page.unroute("**/predict")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("status")).to_contain_text("is usual")
    expect(page.get_by_role("alert")).to_be_empty()
    expect_answer(page, function_url, {**card["typical_row"], name: value["enum"][0]})


def test_a_page_that_could_not_load_its_form_can_retry(page: Page, function_url: str, card: dict[str, Any]) -> None:
    page.route("**/schema", lambda route: route.abort())
    page.goto(function_url)
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.get_by_role("form")).to_be_hidden()
    page.unroute("**/schema")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("status")).to_contain_text("is usual")
    expect_answer(page, function_url, card["typical_row"])


def test_a_late_answer_does_not_replace_a_newer_one(
    page: Page, function_url: str, schema: dict[str, Any], card: dict[str, Any]
) -> None:
    open_page(page, function_url)
    name, value = properties(schema)[0]
    slow, quick = value["enum"][0], value["enum"][1]
    held: list[Route] = []

    def respond(route: Route) -> None:
        if sent(route.request)[name] == slow:
            held.append(route)
        else:
            route.fulfill(json=prediction(0.3, card))

    page.route("**/predict", respond)
    with page.expect_request("**/predict"):
        page.get_by_label(value["x-label"]).select_option(label=slow)
    expect(page.locator("#result")).to_have_attribute("aria-busy", "true")
    page.get_by_label(value["x-label"]).select_option(label=quick)
    expect(page.get_by_role("status")).to_contain_text("30 in 100")
    for route in held:
        route.fulfill(json=prediction(0.9, card))
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(page.get_by_role("status")).to_contain_text("30 in 100")
    assert len(held) == 1


def test_any_schema_is_drawn_as_text(page: Page, function_url: str, card: dict[str, Any]) -> None:
    page.route("**/schema", answer_with(HOSTILE))
    page.route("**/predict", answer_with(prediction(0.105, card)))
    with page.expect_request("**/predict") as request:
        open_page(page, function_url)
    assert sent(request.value) == {"10": 41.5, "20": None, "a/b~c": "y"}
    assert page.locator("legend, .field > label").all_inner_texts() == ["Status &amp; more", "<b>Age</b>", "Long"]
    assert page.locator(".choices label").all_inner_texts() == ["<img src=x>", "B & C", "Not known"]
    expect(page.locator("main :is(img, b, u)")).to_have_count(0)
    number = page.get_by_label("<b>Age</b>")
    expect(number).to_have_accessible_description("<u>At</u> the visit. 21 to 80.5 years in the data.")
    assert [number.get_attribute(name) for name in ("step", "placeholder")] == ["any", "21 to 80.5"]
    expect(page.locator(".measure")).to_have_text("years")
    page.unroute("**/predict")
    error = {"pointer": "/a~1b~0c", "detail": "Beside Long."}
    refusals = [{"pointer": "/10", "detail": "This value is not allowed.", "suggestion": None}, error]
    page.route("**/predict", answer_with({"errors": refusals}, 422))
    with page.expect_request("**/predict") as request:
        number.fill("")
    assert sent(request.value)["10"] is None
    expect(page.locator(".field .error").nth(1)).to_have_text("This value is not allowed. Enter a number.")
    expect(page.locator(".field .error").nth(2)).to_have_text("Beside Long.")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_page_keeps_to_its_origin_and_a_strict_policy_behind_a_prefix(page: Page, function_url: str) -> None:
    requests: list[Request] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def strip(route: Route) -> None:
        response = route.fetch(url=route.request.url.replace("/some/stage", ""))
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": CSP})

    page.route(f"{function_url}/some/stage/**", strip)
    page.route(f"{function_url}/some/stage/report", lambda route: route.fulfill(body="<!doctype html>"))
    open_page(page, f"{function_url}/some/stage/")
    page.get_by_role("button", name="Predict").click()
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")
    assert [request.url for request in requests if not request.url.startswith(f"{function_url}/some/stage/")] == []
    assert len(requests) > 8
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_contrast(page: Page, function_url: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    open_page(page, function_url)
    page.route("**/predict", answer_with({"errors": [], "detail": "No."}, 500))
    ratios = page.evaluate(CONTRASTS)
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_role("alert")).to_contain_text("No.")
    ratios += page.evaluate(CONTRASTS)
    assert len(ratios) > 40
    assert [entry for entry in ratios if entry["ratio"] < 4.5] == []


# The contrast of every visible text with what is behind it, as WCAG 2.2 defines it.
CONTRASTS = """() => {
  const rgb = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => rgb(color).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return rgb(color)[3] === 0 ? behind(element.parentElement) : color;
  };
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.checkVisibility() && element.tagName !== "OPTION")
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((element) => {
      const style = getComputedStyle(element);
      const pair = [element.namespaceURI.endsWith("svg") ? style.fill : style.color, behind(element)].map(luminance);
      return { text: element.textContent, ratio: (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05) };
    });
}"""


def test_a_phone_needs_no_sideways_scroll(page: Page, function_url: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    open_page(page, function_url)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_role("status")).to_be_in_viewport(ratio=1)


def test_the_usual_answer_is_said_to_be_usual(page: Page, function_url: str, card: dict[str, Any]) -> None:
    page.route("**/predict", answer_with(prediction(0.1, card)))
    answer = open_page(page, function_url)
    expect(answer).to_have_text(f"{card['target']['labels'][1]}: 10 in 100, as is usualAbout what is usual.")
    expect(page.get_by_role("img")).to_have_accessible_name(re.compile(r"10.0\s%; usual 10.0\s%$"))


def test_a_replaced_model_is_told(page: Page, function_url: str, card: dict[str, Any]) -> None:
    page.route("**/predict", answer_with({**prediction(0.2, card), "model_version": "0123456789ab"}))
    page.goto(function_url)
    expect(page.get_by_role("alert")).to_contain_text("The model has been replaced")
    expect(page.get_by_role("status")).to_be_empty()  # its labels would be those of the model before


@pytest.mark.parametrize("status", [200, 404, 502])
def test_report_is_linked_where_there_is_one(page: Page, function_url: str, status: int) -> None:
    page.route("**/report", lambda route: route.fulfill(status=status, body="<!doctype html><h1>The report</h1>"))
    with page.expect_response("**/report") as response:
        open_page(page, function_url)
    assert response.value.request.method == "HEAD"
    link = page.get_by_role("link", name="How good is this model? Read the report")
    expect(link).to_be_visible(visible=status == 200)
    if status == 200:
        link.click()
        expect(page.get_by_role("heading", name="The report")).to_be_visible()


def test_the_likeliest_of_several_classes_is_shown_with_all_chances(
    page: Page, function_url: str, card: dict[str, Any]
) -> None:
    target = {"name": "tree", "classes": ["a", "b", "10"], "labels": ["Ash", "<b>Birch</b>", "10"]}
    answer = {
        "label": "<b>Birch</b>",
        "probability": 0.7,
        "probabilities": {"Ash": 0.1, "<b>Birch</b>": 0.7, "10": 0.2},
        "base_rate": 0.3,
        "model_version": card["version"],
    }
    page.route("**/model", answer_with({**card, "task": "multiclass", "target": target}))
    page.route("**/predict", answer_with(answer))
    shown = open_page(page, function_url)
    expect(shown).to_have_text("<b>Birch</b>: 70 in 100, where 30 in 100 is usualFar above what is usual.")
    expect(page.locator("#purpose")).to_contain_text("Which is it: “Ash”, “<b>Birch</b>”, “10”? A prediction of tree,")
    facts = zip(page.locator("dt").all_inner_texts(), page.locator("dd").all_inner_texts(), strict=True)
    assert [(name, share.replace("\u00a0", " ")) for name, share in facts] == [
        ("<b>Birch</b>", "70.0 %"),
        ("10", "20.0 %"),
        ("Ash", "10.0 %"),
        ("Usual for <b>Birch</b>, over all training rows", "30.0 %"),
    ]


def test_a_number_is_shown_with_its_typical_error(page: Page, function_url: str, card: dict[str, Any]) -> None:
    answer = {"value": 1234567.891, "typical_error": 12.3456, "base_value": 1e6, "model_version": card["version"]}
    page.route("**/model", answer_with({**card, "task": "regression", "target": {"name": "price"}}))
    page.route("**/predict", answer_with(answer))
    shown = open_page(page, function_url)
    expect(shown).to_have_text("price: 1,234,567.9, where 1,000,000 is usualTypically off by 12.3.")
    expect(page.locator("#purpose")).to_have_text(re.compile("^A prediction of price, learned from"))
    assert page.locator("dd").all_inner_texts() == ["1,234,567.9", "12.3", "1,000,000"]


@pytest.mark.parametrize(
    ("probability", "base_rate", "given", "usual", "comparison"),
    [
        (0.1069, 0.0932, "11 in 100", "9 in 100", "Slightly above what is usual."),
        (0.0966, 0.0932, "97 in 1,000", "93 in 1,000", "About what is usual."),
        (0.0938, 0.0932, "938 in 10,000", "932 in 10,000", "About what is usual."),
        (0.0932, 0.0932, "9 in 100", "9 in 100", "About what is usual."),
        (0.0042, 0.0021, "4 in 1,000", "2 in 1,000", "Far above what is usual."),
        (0.00001, 0.0932, "fewer than 1 in 10,000", "932 in 10,000", "Far below what is usual."),
        (0.99999, 0.6, "more than 9,999 in 10,000", "6,000 in 10,000", "Far above what is usual."),
        (0.6, 0.5, "60 in 100", "50 in 100", "Above what is usual."),
        (0, 0.5, "fewer than 1 in 10,000", "5,000 in 10,000", "Far below what is usual."),
    ],
)
def test_chances_in_words(
    page: Page, function_url: str, probability: float, base_rate: float, given: str, usual: str, comparison: str
) -> None:
    page.goto(function_url)
    words = page.evaluate(
        "async (pair) => { const chance = await import('./chance.js');"
        " return { ...chance.frequencies(...pair), comparison: chance.comparison(...pair) }; }",
        [probability, base_rate],
    )
    assert words == {"given": given, "usual": usual, "comparison": comparison}
