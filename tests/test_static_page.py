"""The static page, in a real browser against the served function: its form, its answers, its links and samples."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Request, expect

from tests.axe import violations
from tests.pages import (
    TYPICAL,
    answer_with,
    control,
    make_document,
    open_page,
    properties,
    sent,
    serve_document,
    settle,
    without_twin,
)


@pytest.fixture(scope="module")
def schema(function_url: str) -> dict[str, Any]:
    return dict(httpx.get(f"{function_url}/schema").json())


@pytest.fixture(scope="module")
def card(function_url: str) -> dict[str, Any]:
    return dict(httpx.get(f"{function_url}/model").json())


@pytest.fixture(scope="module")
def regression_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_document(make_document("regression"), tmp_path_factory.mktemp("regression")) as url:
        yield url


@pytest.fixture(scope="module")
def multiclass_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_document(make_document("multiclass"), tmp_path_factory.mktemp("multiclass")) as url:
        yield url


def expect_answer(page: Page, url: str, row: dict[str, Any]) -> None:
    """Expect what the API answers to `row`: the exact percentages and the likelier class."""
    answer = httpx.post(f"{url}/predict", json=row).raise_for_status().json()
    facts = page.locator("dd")
    expect(facts).to_have_count(3)
    for shown, value in zip(facts.all(), (answer["probability"], answer["base_rate"]), strict=False):
        expect(shown).to_have_text(re.compile(r"^[\d.]+%$"))
        text = shown.inner_text().removesuffix("%").strip()
        assert float(text) == pytest.approx(value * 100, abs=0.5001 * 10 ** -len(text.partition(".")[2]))
    expect(facts.nth(2)).to_contain_text(answer["label"])


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
        with page.expect_response("**/predict*") as response:
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
    page.keyboard.press("Tab")
    expect(page.get_by_role("tab", name="One row")).to_be_focused()
    for name in ("Rather Full-term", "Rather Pre-term"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
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
    with page.expect_request("**/predict*") as request:
        page.keyboard.press("Enter")
    row = sent(request.value)
    assert [name for name in row if row[name] == card["typical_row"][name]] == []
    expect(page.get_by_role("status")).not_to_have_text(first)
    expect_answer(page, function_url, row)
    expect(page).to_have_url(re.compile(f"^{function_url}/#row="))


def test_every_view_is_a_click_away_and_in_the_address(page: Page, function_url: str) -> None:
    open_page(page, function_url)
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_text(["One row", "Many rows", "The model", "API"])
    for i, panel in enumerate(["row", "batch", "model", "api"]):
        tabs.nth(i).click()
        expect(page.get_by_role("tabpanel")).to_have_count(1)
        expect(page.get_by_role("tabpanel")).to_have_id(panel)
        expect(page.get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
    expect(page).to_have_url(f"{function_url}/#view=api")
    tabs.last.press("ArrowRight")
    expect(tabs.first).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_have_id("row")
    tabs.first.press("ArrowLeft")
    expect(page.get_by_role("tabpanel")).to_have_id("api")
    page.reload()
    expect(page.get_by_role("tabpanel")).to_have_id("api")


def test_answer_is_checked_in_the_page(page: Page, function_url: str) -> None:
    open_page(page, function_url)
    expect(page.locator("#source")).to_have_text("Answered by the function; this page computes the same.")


def test_a_difference_to_what_the_page_computes_is_shown(page: Page, function_url: str, card: dict[str, Any]) -> None:
    answer = httpx.post(f"{function_url}/predict?explain=true", json=card["typical_row"]).json()
    exact = answer["probability"]
    answer["probability"] += 1e-9
    answer["probabilities"]["Pre-term"] += 1e-9
    page.route("**/predict?**", answer_with(answer))
    open_page(page, function_url)
    expect(page.locator("#source")).to_have_text(
        f"The function answers {answer['probability']}, but this page computes {exact}, from the same model. "
        "Trust neither, and tell whoever runs it."
    )
    expect(page.locator("#source")).to_have_class("bad")


def test_function_alone_answers_where_the_model_cannot_be_had(page: Page, function_url: str) -> None:
    without_twin(page)
    open_page(page, function_url)
    expect(page.locator("#source")).to_contain_text("Answered by the function.")
    expect(page.locator("#variants")).to_be_visible()  # which the function answers, too
    expect(page.locator("#what-if tr.now td").last).to_have_text(page.locator("dd").first.inner_text())


def test_example_rows_are_one_click_away(page: Page, function_url: str, schema: dict[str, Any]) -> None:
    open_page(page, function_url)
    typical = page.locator("dd").first.inner_text()
    examples = schema["x-examples"]
    assert [each["name"] for each in examples] == ["Rather Full-term", "Rather Pre-term"]
    for each in examples:
        with page.expect_response("**/predict*") as response:
            page.get_by_role("group", name="Example rows").get_by_role("button", name=each["name"]).click()
        assert sent(response.value.request) == each["row"]
        settle(page)
        expect_answer(page, function_url, each["row"])
    page.get_by_role("button", name="Reset to the typical row").click()
    expect(page.locator("dd").first).to_have_text(typical)


def test_a_link_reproduces_the_row(page: Page, function_url: str, schema: dict[str, Any]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row = schema["x-examples"][1]["row"]
    open_page(page, function_url)
    page.get_by_role("button", name=schema["x-examples"][1]["name"]).click()
    settle(page)
    page.get_by_role("button", name="Copy a link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    expect(page).to_have_url(link)
    page.goto("about:blank")
    with page.expect_request("**/predict*") as request:
        page.goto(link)
    assert sent(request.value) == row
    settle(page)
    expect_answer(page, function_url, row)
    expect(page.locator("#notice")).to_be_empty()


@pytest.mark.parametrize(
    ("fragment", "told"),
    [
        ("row=%7B%22age_group%22%3A%22Purple%22%7D", "Not taken over, since this form has no such value: Mother's age: “Purple”."),
        ("row=%7B%22colour%22%3A%5B1%5D%7D", "Not taken over, since this form has no such value: colour: [1]."),
        ("row=%7Bnonsense", "The link holds no row that can be read, so the typical row is shown."),
        (
            "row=%7B%22age_group%22%3A%7B%22toString%22%3A1%2C%22valueOf%22%3A1%7D%7D",
            "Not taken over, since this form has no such value: Mother's age: {\"toString\":1,\"valueOf\":1}.",
        ),
        ("row=7", "The link holds no row that can be read, so the typical row is shown."),
    ],
)  # fmt: skip
def test_a_link_with_a_nonsense_row_is_told(page: Page, function_url: str, fragment: str, told: str) -> None:
    open_page(page, f"{function_url}/#{fragment}")
    expect(page.locator("#notice")).to_have_text(told)
    expect(page.get_by_label("Mother's age")).to_have_value("30 to 34 yrs")


def test_a_link_opened_in_the_same_page_is_followed(page: Page, function_url: str) -> None:
    open_page(page, function_url)
    row = json.dumps({"age_group": "Under 15 yrs"})
    page.evaluate("(row) => { location.hash = new URLSearchParams({ row, view: 'api' }); }", row)
    expect(page.get_by_role("tabpanel")).to_have_id("api")
    expect(page.locator("#api pre").first).to_contain_text("Under 15 yrs")


def test_back_leads_to_the_view_before(page: Page, function_url: str) -> None:
    open_page(page, function_url)
    page.get_by_label("Mother's age").select_option(label="50+ yrs")
    page.get_by_role("tab", name="The model").click()
    page.get_by_role("tab", name="API").click()
    page.go_back()
    expect(page.get_by_role("tabpanel")).to_have_id("model")
    page.go_back()
    expect(page.get_by_role("tabpanel")).to_have_id("row")
    expect(page.get_by_role("form").get_by_label("Mother's age")).to_have_value("50+ yrs")
    page.go_forward()
    expect(page.get_by_role("tabpanel")).to_have_id("model")


def test_a_text_that_is_no_number_survives_a_reload_and_has_no_samples(page: Page, regression_url: str) -> None:
    open_page(page, regression_url)
    page.get_by_label("<b>Age</b>").fill("4O")
    expect(page).to_have_url(re.compile("4O"))
    page.reload()
    number = page.get_by_label("<b>Age</b>")
    expect(number).to_have_value("4O")
    expect(page.locator(".field", has=number).locator(".error")).to_contain_text("“4O” is no number.")
    page.get_by_role("tab", name="API").click()
    expect(page.locator("#api")).to_contain_text("The form holds what the function would refuse")
    expect(page.locator("#api pre")).to_have_count(0)


def test_samples_ask_for_the_current_row_and_run_as_they_are(
    page: Page, function_url: str, card: dict[str, Any]
) -> None:
    row = {**card["typical_row"], "age_group": "Under 15 yrs"}
    expected = httpx.post(f"{function_url}/predict", json=row).json()
    open_page(page, function_url)
    page.get_by_label("Mother's age").select_option(label="Under 15 yrs")
    page.get_by_role("tab", name="API").click()
    expect(page.locator("#api pre")).to_have_count(3)
    curl, python, javascript = (code.text_content() or "" for code in page.locator("#api pre").all())
    said = subprocess.run(["bash", "-c", f"{curl} --silent"], capture_output=True, check=True, timeout=30).stdout
    assert json.loads(said) == expected
    printed = subprocess.run(
        [sys.executable, "-c", python], capture_output=True, check=True, timeout=30, text=True
    ).stdout
    assert printed.strip() == str(expected)
    with page.expect_console_message() as message:
        page.evaluate(f"(async () => {{ {javascript} }})()")
    assert message.value.args[0].json_value() == expected


def test_samples_keep_strange_texts(page: Page, function_url: str) -> None:
    row = {"it's": '"""\\\\\'$(touch /tmp/x)`id`\n\u2028é', "\\": -1e300, "null": None}
    page.goto(function_url)
    samples = dict(
        page.evaluate(
            "async ([url, row]) => (await import('./samples/samples.js')).samplesOf(url, row)",
            [f"{function_url}/predict", row],
        )
    )
    command = samples["curl"].replace("curl --request POST", "printf '%s\\n'", 1)
    said = subprocess.run(["bash", "-c", command], capture_output=True, check=True, timeout=30, text=True).stdout
    assert json.loads(said.split("-d\n", 1)[1]) == row
    body = samples["Python"].split("request = ")[0] + "print(json.dumps(row))"
    said = subprocess.run([sys.executable, "-c", body], capture_output=True, check=True, timeout=30, text=True).stdout
    assert json.loads(said) == row
    script = samples["JavaScript"].split("body: ", 1)[1].split(",\n});")[0]
    assert json.loads(page.evaluate(script)) == row


def test_what_is_posted_carries_its_hash(page: Page, function_url: str) -> None:
    with page.expect_request("**/predict*") as request:
        page.goto(function_url)
    body = request.value.post_data_buffer or b""
    assert request.value.headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
    assert json.loads(body)


def test_a_number_is_shown_with_its_typical_error(page: Page, regression_url: str) -> None:
    answer = httpx.post(f"{regression_url}/predict", json=TYPICAL).json()
    shown = open_page(page, regression_url)
    value = f"{answer['value']:,.1f}"
    expect(shown).to_have_text(f"price: {value}, where 1,000,000.0 is usualTypically off by 12.3.")
    expect(page.locator("#purpose")).to_have_text("A prediction of price, learned from 1,234 rows.")
    assert page.locator("dd").all_inner_texts() == [value, "12.3", "1,000,000.0"]
    picture = page.get_by_role("img", name=f"price {value}, give or take 12.3; usual 1,000,000.0")
    expect(picture).to_be_visible()


def test_the_likeliest_of_several_classes_is_shown_with_all_chances(page: Page, multiclass_url: str) -> None:
    answer = httpx.post(f"{multiclass_url}/predict", json=TYPICAL).json()
    shown = open_page(page, multiclass_url)
    expect(shown).to_have_text(re.compile(rf"^{answer['label']}: \d+ in 100, where \d+ in 100 is usual"))
    expect(page.locator("#purpose")).to_contain_text("Which is it: “Ash”, “<b>Birch</b>”, “10”? A prediction of tree,")
    rows = page.locator("#details tr").all()
    seen = [(row.locator("th").inner_text(), row.locator("td").last.inner_text()) for row in rows]
    by_share = sorted(answer["probabilities"].items(), key=lambda item: -item[1])
    assert [name for name, _ in seen] == [name for name, _ in by_share]
    for (_, text), (_, share) in zip(seen, by_share, strict=True):
        assert float(text.removesuffix("%").strip()) == pytest.approx(share * 100, abs=0.06)


def test_any_schema_is_drawn_as_text(page: Page, regression_url: str) -> None:
    open_page(page, regression_url)
    assert page.locator("legend, .field > label").all_inner_texts() == [
        "Status &amp; more",
        "<b>Age</b>",
        "Long",
        "Rooms",
    ]
    markup = make_document("regression")["caveats"][0]
    assert page.locator(".choices label").all_inner_texts() == [markup, "B & C", "Not known"]
    expect(page.locator("#verdict")).to_have_text(f"It ranks {markup}.")
    expect(page.locator("main :is(img, b, u)")).to_have_count(0)
    number = page.get_by_label("<b>Age</b>")
    expect(number).to_have_accessible_description("<u>At</u> the visit. 21 to 80.5 years in the data.")
    expect(number).to_have_attribute("placeholder", "21 to 80.5")
    expect(page.locator(".measure").first).to_have_text("years")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1,5", "“1,5” is no number. Write decimals with a point: 1.5"),
        ("forty", "“forty” is no number. A number is needed."),
        ("0x10", "“0x10” is no number. Write decimals with a point, and no other sign: 1234.5"),
        ("", "This value is not allowed. Enter a number."),
        ("250,000", "“250,000” is no number. Write decimals with a point, and no other sign: 1234.5"),
        ("1e99", "This value is not allowed."),
    ],
)
def test_what_is_no_number_is_told_beside_its_field(page: Page, regression_url: str, typed: str, told: str) -> None:
    answer = open_page(page, regression_url)
    number = page.get_by_label("<b>Age</b>")
    number.fill(typed)
    expect(page.locator(".field", has=number).locator(".error")).to_have_text(told)
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_have_text("No prediction for this row: see what is marked in the form.")
    expect(answer).to_be_empty()
    number.fill("50")
    expect(answer).to_contain_text("is usual")
    expect(page.locator(".error:not(:empty), [aria-invalid=true]")).to_have_count(0)
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_number_beyond_the_data_is_answered_with_a_remark(page: Page, regression_url: str) -> None:
    answer = open_page(page, regression_url)
    page.get_by_label("<b>Age</b>").fill("90")
    expect(page.locator(".remark").nth(1)).to_have_text("The model has learned from 21 to 80.5 only: it guesses here.")
    settle(page)
    value = httpx.post(f"{regression_url}/predict", json={**TYPICAL, "10": 90}).json()["value"]
    expect(answer).to_contain_text(f"price: {value:,.1f}")


def test_the_answer_follows_typing_before_the_function_is_asked(page: Page, regression_url: str) -> None:
    answer = open_page(page, regression_url)
    page.route("**/predict", lambda route: route.abort())
    page.get_by_label("<b>Age</b>").press("End")
    page.get_by_label("<b>Age</b>").press_sequentially("7")  # 41.57
    value = httpx.post(f"{regression_url}/predict", json={**TYPICAL, "10": 41.57}).json()["value"]
    expect(answer).to_contain_text(f"price: {value:,.1f}")


def test_the_page_keeps_to_its_origin_and_its_policy_behind_a_prefix(page: Page, function_url: str) -> None:
    requests: list[Request] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route(
        f"{function_url}/some/stage/**",
        lambda route: route.fulfill(response=route.fetch(url=route.request.url.replace("/some/stage", ""))),
    )
    page.route(f"{function_url}/some/stage/report", lambda route: route.fulfill(body="<!doctype html>"))
    open_page(page, f"{function_url}/some/stage/")
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(page.get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
    assert [request.url for request in requests if not request.url.startswith(f"{function_url}/some/stage/")] == []
    assert len(requests) > 20
    assert complaints == []
    policy = page.locator("meta[http-equiv]").get_attribute("content") or ""
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), { text: 'window.ran = 1' }))")
    assert page.evaluate("window.ran") is None
    assert "Content Security Policy" in complaints.pop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_view_has_an_accessibility_fault(page: Page, function_url: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    open_page(page, f"{function_url}/#row=%7B%22age_group%22%3A%22Under+15+yrs%22%7D")
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(page.get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
        assert violations(page) == []
    page.get_by_role("tab", name="One row").click()
    page.route(
        "**/predict*", answer_with({"errors": [{"pointer": "/age_group", "detail": "No."}], "detail": "No."}, 422)
    )
    page.get_by_role("button", name="Predict").click()
    expect(page.locator(".error").first).to_have_text("No.")
    assert violations(page) == []


def test_a_phone_needs_no_sideways_scroll_and_keeps_the_answer_in_sight(page: Page, function_url: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    answer = open_page(page, function_url)
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(page.get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.get_by_role("tab", name="One row").click()
    page.get_by_role("form").get_by_label("Mother's age").select_option(label="50+ yrs")
    glance = page.locator("#glance")
    expect(glance).to_be_in_viewport(ratio=1)
    expect(glance).to_have_text("Pre-term: 30 in 100, where 9 in 100 is usual")
    glance.click()
    expect(answer).to_be_in_viewport(ratio=1)
    expect(glance).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844)])
def test_nothing_that_has_the_focus_is_covered(page: Page, regression_url: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, regression_url)
    seen = []
    for _ in range(14):
        page.keyboard.press("Tab")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seen.append(page.evaluate(UNCOVERED))
    assert len({name for name, _ in seen}) > 8
    assert [name for name, is_seen in seen if not is_seen] == []


# What has the focus, and whether the middle of it is to be seen.
UNCOVERED = """() => {
  const focused = document.activeElement;
  const { left, top, width, height } = focused.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, top + height / 2);
  return [focused.id || focused.textContent || focused.name, focused === document.body || focused.contains(there)];
}"""


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


def test_footer_leads_to_the_api(page: Page, function_url: str) -> None:
    open_page(page, function_url)
    links = page.locator("footer a")
    assert [link.get_attribute("href") for link in links.all()] == [
        f"{function_url}/{path}" for path in ("docs", "model", "schema")
    ]
