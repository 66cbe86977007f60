"""The Streamlit page in a browser: predict, what-if, batch, a phone, text as text, and what axe-core says of it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, Request, WebSocket, expect

from tests.apps import LONG, TYPICAL, mixed_model
from tests.axe import violations
from tests.conftest import Trained, serve
from tests.streamlit_page import MARKUP, PREDICT, Stub, streamlit_running
from tests.streamlit_page import stub as stub

SLOW_MS = 30_000
TABS = ["Predict", "What-if", "Batch", "Model", "API"]


@pytest.fixture(scope="module")
def streamlit_url(function_url: str) -> Iterator[str]:
    """The address of the page, served by `streamlit run` with the real function behind it."""
    with streamlit_running(function_url) as url:
        yield url


@pytest.fixture(scope="module")
def mixed_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The addresses of the page and of the real function, whose model has a field of each kind."""
    path = tmp_path_factory.mktemp("mixed") / "model.json"
    path.write_text(json.dumps(mixed_model().document), encoding="utf-8")
    with serve(path) as function_url, streamlit_running(function_url) as url:
        yield url, function_url


STREAMLITS_OWN = re.compile(r"^presentation-role-conflict: section:")  # the <section> of the file uploader


def record_origins(page: Page) -> set[str]:
    """Return the set of origins that the page asks, web sockets included; it fills while the page is used."""
    origins: set[str] = set()

    def record(asked: Request | WebSocket) -> None:
        if match := re.match(r"(?:http|ws)(s?://[^/]+)", asked.url):
            origins.add("http" + match[1])

    page.on("request", record)
    page.on("websocket", record)
    return origins


def choose(page: Page, field: str, choice: str) -> None:
    page.get_by_role("combobox", name=field).click()
    page.get_by_role("option", name=choice).click()


def chart(page: Page, text: str) -> Locator:
    return page.get_by_test_id("stVegaLiteChart").and_(page.get_by_label(text))


def show_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
    expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=SLOW_MS)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW_MS)
    expect(page.locator("[data-stale=true]")).to_have_count(0, timeout=SLOW_MS)  # what is to be drawn anew is paler


def test_page_works_and_asks_no_other_origin(
    page: Page, function_url: str, streamlit_url: str, trained: Trained, tmp_path: Path
) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    origins = record_origins(page)
    typical = trained.document["typical_row"]
    positive = trained.document["target"]["labels"][1]
    page.goto(streamlit_url)
    for changes in ({}, {"tobacco_use_during_pregnancy": "Yes", "age_group": "45 to 49 yrs"}):
        if changes:
            page.get_by_role("radiogroup", name="Tobacco use during pregnancy").get_by_text("Yes").click()
            choose(page, "Mother's age", "45 to 49 yrs")
            page.get_by_role("button", name="Predict", exact=True).click()
        answer = httpx.post(f"{function_url}/predict", json=typical | changes).json()
        said = f"{positive}: {round(answer['probability'] * 100)} in 100"
        expect(page.get_by_role("heading", name=said)).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_text("where 9 in 100 is usual")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)  # the answer, and what moves it
    address = page.url
    show_tab(page, "What-if")
    expect(chart(page, "over Mother's age")).to_be_visible(timeout=SLOW_MS)
    choose(page, "Vary", "Prenatal care")
    expect(chart(page, "over Prenatal care")).to_be_visible(timeout=SLOW_MS)

    show_tab(page, "Batch")
    expect(chart(page, "over Prenatal care")).to_have_count(0, timeout=SLOW_MS)  # the page has been drawn
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerows([["id", *typical], [1, *typical.values()], [2, "nobody", *list(typical.values())[1:]]])
    page.locator("input[type=file]").set_input_files(
        {"name": "mine.csv", "mimeType": "text/csv", "buffer": file.getvalue().encode("utf-8-sig")}
    )
    button = page.get_by_role("button", name="Download 2 rows with their predictions")
    expect(button).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("heading", name="1 of 2 rows have a problem")).to_be_visible()
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename == "mine predicted.csv"
    download.value.save_as(tmp_path / "mine.csv")
    text = (tmp_path / "mine.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    answer = httpx.post(f"{function_url}/predict", json=typical).json()
    assert [row["id"] for row in rows] == ["1", "2"]
    assert (float(rows[0]["probability"]), rows[0]["label"]) == (answer["probability"], answer["label"])
    assert rows[1]["problem"].startswith("The row cannot be used")

    show_tab(page, "Predict")  # what was chosen is still there, and the address brings it back
    expect(page.get_by_role("combobox", name="Mother's age")).to_have_value("45 to 49 yrs")
    page.goto(address)
    expect(page.get_by_role("heading", name=said)).to_be_visible(timeout=SLOW_MS)
    assert page.title() == trained.document["title"]
    expect(page.get_by_text("Deploy")).to_have_count(0)
    assert origins == {streamlit_url}
    assert errors == []


def test_example_replaces_what_was_not_submitted(page: Page, streamlit_url: str, trained: Trained) -> None:
    page.goto(streamlit_url)
    expect(page.get_by_text("This is the typical row")).to_be_visible(timeout=SLOW_MS)
    choose(page, "Mother's age", "50+ yrs")
    page.get_by_role("button", name="Reset to the typical row").click()
    typical = trained.document["typical_row"]
    expect(page.get_by_role("combobox", name="Mother's age")).to_have_value(typical["age_group"], timeout=SLOW_MS)
    example = trained.document["schema"]["x-examples"][-1]
    choose(page, "Mother's age", "50+ yrs")
    page.get_by_role("button", name=example["name"]).click()
    expect(page.get_by_role("combobox", name="Mother's age")).to_have_value(example["row"]["age_group"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_phone_and_has_no_fault_that_axe_finds_and_the_page_can_mend(
    page: Page, streamlit_url: str, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(streamlit_url)
    page.get_by_text("This is the typical row").wait_for(timeout=SLOW_MS)
    page.get_by_role("button", name="Rather Pre-term").click()
    expect(page.get_by_text("for the typical row to")).to_be_visible(timeout=SLOW_MS)
    assert len(TABS) == 5
    for tab in TABS:
        show_tab(page, tab)
        wide = "document.querySelector('[data-testid=stMain]').scrollWidth"
        assert page.evaluate(wide) == 390
        # the <section> of the file uploader is Streamlit's own
        assert [line for line in violations(page) if not STREAMLITS_OWN.search(line)] == []


def test_every_kind_of_field_is_filled_in_answered_and_linked(page: Page, mixed_url: tuple[str, str]) -> None:
    url, function_url = mixed_url

    def expect_answer(row: dict[str, object]) -> None:
        value = httpx.post(f"{function_url}/predict", json=row).json()["value"]
        expect(page.get_by_role("heading", name=f"y: {value:,.2f}")).to_be_visible(timeout=SLOW_MS)

    page.goto(url)
    expect_answer(TYPICAL)
    page.get_by_role("spinbutton", name="1st of 0").fill("")
    page.get_by_role("radiogroup", name="proto").get_by_text("é 🎈").click()
    page.get_by_role("radiogroup", name='class "def" of 2').get_by_text("Not known").click()
    opened = page.get_by_role("combobox", name="of 4")
    opened.fill("not *seen*")
    opened.press("Enter")
    page.get_by_role("spinbutton", name="2 of 5").fill("1.5")
    page.get_by_role("radiogroup", name="nnn").get_by_text("high").click()
    page.get_by_role("button", name="Predict", exact=True).click()
    row = {**TYPICAL, "1st": None, "__proto__": "é 🎈", 'class "def"': None, "été, 🎈\n<b>": "not *seen*", "2": 1.5}
    row[LONG] = "high"
    expect_answer(row)
    page.goto(page.url)
    expect_answer(row)
    expect(opened).to_have_value("not *seen*")
    page.get_by_role("combobox", name="of 4").click()
    page.get_by_role("option", name="Other").click()
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_text("of 4: Other")).to_be_visible(timeout=SLOW_MS)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth === 390", timeout=SLOW_MS)
    # the year, month and day of a date, each narrower than it should be, are Streamlit's own
    assert [line for line in violations(page) if not line.startswith("target-size: #react-aria")] == []


def test_text_of_the_api_is_shown_as_it_is(page: Page, stub: Stub) -> None:
    def seen(*complete_with: str) -> str:
        for text in complete_with:
            page.get_by_text(text).first.wait_for(timeout=SLOW_MS)
        return page.locator("body").inner_text().replace("\u2060", "")

    errors = [{"pointer": "/7", "detail": MARKUP, "given": "1. x"}]
    with streamlit_running(stub.url) as url:
        page.goto(url)
        texts = seen("25 in 100", "Model version", "Before you rely on this", "Not known")
        assert texts.count(MARKUP) == 3  # title, label, caveat
        assert f"# {MARKUP}" in texts
        assert "*yes*" in texts
        assert "The likelier class is *no* (75.0%). Model version v_1_." in texts
        expect(page.get_by_role("combobox")).to_have_value(MARKUP)
        stub.answer(PREDICT, {"errors": errors}, 422)
        page.get_by_role("button", name="Predict", exact=True).click()
        assert f"{MARKUP}: {MARKUP} Given: 1. x." in seen("refused these values", "Given")
        assert page.locator("#root :is(del, code, em, .katex, img, a[href^=http], a[href^=mailto])").count() == 0
