"""The view of the model, in a real browser: what GET /model answers is what is shown, and nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from predict.model import Model
from tests.axe import violations
from tests.documents import HOSTILE, make_document
from training.curves import share_interval
from training.reporting.glossary import TERMS
from training.reporting.view import pick_threshold

TASKS = ["binary", "multiclass", "regression"]
RANKED = {"binary": "roc_auc", "multiclass": "log_loss_skill", "regression": "mae"}
HEADINGS = {
    "verdict": "Verdict",
    "caveats": "Before you trust it",
    "held_out": "Key figures",
    "calibration": "Whether its probabilities hold",
    "thresholds": "What acting on it would mean",
    "slices": "How good it is for whom",
    "importance": "Which columns it uses",
    "cross_validation": "How it was chosen",
    "provenance": "Where it comes from",
    "intended_use": "Intended use",
}
MOUNT = """async ([card, report]) => {
    (await import("./about/about.js")).showAbout(document.getElementById("model"), card, report);
}"""
# each table as the texts of its cells (without what is drawn and said small), what is said small, and its drawings
TABLES = """() => Object.fromEntries(Array.from(document.querySelectorAll("#model table"), (table) => {
    const cellOf = (cell) => {
        const small = cell.querySelector("small");
        const told = Array.from(cell.childNodes).filter((node) => node !== small && node.localName !== "svg");
        return [told.map((node) => node.textContent).join(""), small?.textContent.trim() ?? ""];
    };
    const lines = (rows) => Array.from(rows, (row) => Array.from(row.cells, cellOf));
    return [table.caption.textContent, { head: lines(table.tHead.rows)[0], body: lines(table.tBodies[0].rows) }];
}))"""
MARKS = """(svg) => Array.from(svg.children, (mark) => ({
    kind: mark.getAttribute("class") ?? "name",
    text: mark.textContent,
    ...Object.fromEntries(Array.from(mark.attributes, ({ name, value }) => [name, parseFloat(value)])),
}))"""

Document = dict[str, Any]
Show = Callable[..., None]


@pytest.fixture
def show(page: Page, function_url: str) -> Show:
    """A function that shows what is known of a model in the view."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(function_url)
    page.get_by_role("tab", name="The model").click()
    expect(page.locator("#model > section")).to_have_count(len(HEADINGS))

    def mount(card: Document, report: str | None = None) -> None:
        page.evaluate(MOUNT, [card, report])
        assert errors == []

    return mount


def headings(page: Page) -> list[str]:
    return page.locator("#model > section > h2").all_inner_texts()


def expected_headings(task: str) -> list[str]:
    names = HEADINGS | {"calibration": "Predicted against observed"} if task == "regression" else HEADINGS
    return [name for key, name in names.items() if key != "thresholds" or task == "binary"]


def table(page: Page, caption: str) -> Document:
    (found,) = (table for name, table in page.evaluate(TABLES).items() if name.startswith(caption))
    return dict(found)


def marks(page: Page, selector: str) -> list[list[Document]]:
    """Return the marks of each drawing: kind, text and numbers."""
    return [svg.evaluate(MARKS) for svg in page.locator(f"#model {selector}").all()]


def number(text: str) -> float:
    found = text.replace("\N{MINUS SIGN}", "-").replace(",", "")
    scale = {"K": 1e3, "M": 1e6, "%": 0.01}.get(found[-1], 1.0)
    return float(found.rstrip("KM%\N{NO-BREAK SPACE}")) * scale


def decimals(text: str) -> int:
    return len(text.rstrip("%\N{NO-BREAK SPACE}").partition(".")[2])


def assert_tells(text: str, value: float | None) -> None:
    """Assert that a text is the number, to the last digit that it has."""
    if value is None:
        assert text == "–"  # noqa: RUF001 (the dash of the report)
        return
    unit = (0.01 if text.endswith("%") else 1.0) * 10.0 ** -decimals(text)
    assert number(text) == pytest.approx(value, abs=0.501 * unit), text


def assert_tells_interval(text: str, low: float | None, high: float | None) -> None:
    if low is None or high is None:
        assert text == ""
        return
    first, last = text.split(" to ")
    assert_tells(first + ("%" if last.endswith("%") else ""), low)
    assert_tells(last, high)


def line_through(ticks: list[tuple[float, float]]) -> Callable[[float], float]:
    """Return where a value is drawn, given where the first and last tick are."""
    (first, start), (last, end) = ticks[0], ticks[-1]
    assert last > first
    return lambda value: start + (value - first) / (last - first) * (end - start)


@pytest.mark.parametrize("task", TASKS)
def test_parts_are_those_of_the_task_in_order(page: Page, show: Show, task: str) -> None:
    document = make_document(task)
    show(document)
    assert headings(page) == expected_headings(task)
    verdict, caveats = (section.get_by_role("listitem") for section in page.locator("#model > section").all()[:2])
    assert verdict.all_text_contents() == document["metrics"]["verdict"]
    noted = [f"Training noted: {notice}" for notice in document["provenance"]["notices"]]
    assert caveats.all_text_contents() == document["caveats"] + noted


def test_the_tab_shows_what_the_function_answers(page: Page, function_url: str, model: Model) -> None:
    page.goto(function_url)
    page.get_by_role("tab", name="The model").click()
    panel = page.get_by_role("tabpanel", name="The model")
    verdict = panel.get_by_role("listitem")
    expect(verdict.first).to_have_text(model.document["metrics"]["verdict"][0])
    assert headings(page) == list(HEADINGS.values())
    expect(panel.get_by_text(model.version, exact=True)).to_be_visible()


@pytest.mark.parametrize("task", TASKS)
def test_figures_are_told_to_the_digit_that_their_interval_bears(page: Page, show: Show, task: str) -> None:
    document = make_document(task)
    show(document)
    held_out = document["metrics"]["held_out"]
    found = table(page, f"On {held_out['rows']:,} held-out rows, with 95% intervals")
    usual = "Always the base value" if task == "regression" else "Always the base rate"
    assert [name for name, _small in found["head"]] == ["Figure", "This model", usual]
    names = [name for name in TERMS if name in held_out["model"]]
    assert {row[0][0] for row in found["body"]} == {TERMS[name].name for name in names}
    lines = {row[0][0]: row for row in found["body"]}
    for name in names:
        (_, good), (value, interval), (base, nothing) = lines[TERMS[name].name]
        figure, chance = held_out["model"][name], held_out["error_if_calibrated"]
        assert TERMS[name].good in good
        assert nothing == ""
        assert_tells(value, figure["value"])
        assert_tells(base, held_out["baseline"][name])
        assert_tells_interval(interval, figure["low"], figure["high"])
        if figure["low"] is not None:
            half = (figure["high"] - figure["low"]) / 2 * (100 if value.endswith("%") else 1)
            assert decimals(value) == max(0, -math.floor(math.log10(half)))
        else:
            mean, most = good.partition("if perfectly calibrated ")[2].split(", at most ")
            assert_tells(mean, chance["mean"])
            assert_tells(most, chance["high"])


@pytest.mark.parametrize("task", TASKS)
def test_calibration_is_drawn_where_it_is(page: Page, show: Show, task: str) -> None:
    document = make_document(task)
    show(document)
    bins = document["metrics"]["calibration"]
    (drawn,) = marks(page, "svg.calibration")
    named = [(mark["text"], mark["x"], mark["y"]) for mark in drawn if mark["kind"] == "name" and mark["text"][-1:]]
    ticks = [(number(text), x, y) for text, x, y in named if re.fullmatch(r"[−\d.,]+[KM]?%?", text)]  # noqa: RUF001
    grid = [mark for mark in drawn if mark["kind"] == "grid"]
    upright = sorted(mark["x1"] for mark in grid if mark["x1"] == mark["x2"])
    level = sorted((mark["y1"] for mark in grid if mark["y1"] == mark["y2"]), reverse=True)
    values = sorted({value for value, _x, _y in ticks})
    assert len(values) == len(upright) == len(level) >= 3
    x = line_through(list(zip(values, upright, strict=True)))
    y = line_through(list(zip(values, level, strict=True)))
    dots = [mark for mark in drawn if mark["kind"] == "dot"]
    assert [(dot["cx"], dot["cy"]) for dot in dots] == [
        pytest.approx((x(line["predicted"]), y(line["observed"]))) for line in bins
    ]
    lines = [mark for mark in drawn if mark["kind"] == "interval"]
    assert [(line["x1"], line["y1"], line["y2"]) for line in lines] == [
        pytest.approx((x(line["predicted"]), y(line["low"]), y(line["high"]))) for line in bins
    ]
    counts = [mark["y2"] - mark["y1"] for mark in drawn if mark["kind"] == "count"]
    most = max(line["rows"] for line in bins)
    assert counts == [pytest.approx(max(counts) * line["rows"] / most) for line in bins]
    (diagonal,) = (mark for mark in drawn if mark["kind"] == "edge")
    assert diagonal["x1"] - x(0) == pytest.approx(y(0) - diagonal["y1"])
    assert min(mark["cy"] for mark in dots) >= 0
    page.get_by_text("The numbers").click()
    for row, line in zip(table(page, "Calibration by bins")["body"], bins, strict=True):
        assert row[0][0] == f"{line['rows']:,}"
        assert_tells(row[1][0], line["predicted"])
        assert_tells(row[2][0], line["observed"])
        assert_tells_interval(row[2][1], line["low"], line["high"])


def test_thresholds_are_told_in_rows_and_in_shares(page: Page, show: Show) -> None:
    document = make_document("binary")
    show(document)
    example, label = pick_threshold(document), document["target"]["labels"][1]
    assert example is not None
    sentence = page.get_by_text("Of 1,000 rows like these").inner_text()
    assert re.sub(r"[\d.]+%", "THRESHOLD", sentence) == (
        f"Of 1,000 rows like these, {example['flagged']} have a probability of THRESHOLD or more: {example['hits']} "
        f"“{label}”, {example['false']} not; {example['missed']} further “{label}” are missed. Where to cut depends on "
        "what each mistake costs."
    )
    rows = table(page, "Flagging every row")["body"]
    for row, line in zip(rows, document["metrics"]["thresholds"], strict=True):
        assert_tells(row[0][0], line["threshold"])
        assert_tells(row[1][0], line["flagged"])
        assert_tells(row[2][0], line["precision"])
        assert_tells_interval(row[2][1], *line["precision_interval"])
        assert_tells(row[3][0], line["recall"])
        assert_tells_interval(row[3][1], *line["recall_interval"])


def test_thresholds_of_a_rare_class_have_digits_enough(page: Page, show: Show) -> None:
    document = make_document("binary")
    document["metrics"]["thresholds"][0]["threshold"] = 0.00043
    show(document)
    assert table(page, "Flagging every row")["body"][0][0][0] == "0.04%"


def drawn_of(task: str, entry: Document) -> tuple[float, float, float]:
    """Return what is drawn of a slice: value, low and high."""
    if task == "regression":
        bias = entry["figures"]["bias"]
        return bias["value"], bias["low"], bias["high"]
    low, high = share_interval(round(entry["observed"] * entry["rows"]), entry["rows"])
    return entry["observed"], low, high


def test_column_that_is_not_used_is_told_so_whatever_its_name(page: Page, show: Show) -> None:
    document = make_document("binary")
    unused = [entry for entry in document["metrics"]["slices"] if entry["column"] not in document["typical_row"]]
    assert unused
    for entry in unused:
        entry["column"] = "constructor"
    show(document)
    expect(page.get_by_role("table", name=f"{unused[0]['label']} (not used by the model)", exact=True)).to_be_visible()


@pytest.mark.parametrize("task", TASKS)
def test_slices_are_drawn_where_they_are(page: Page, show: Show, task: str) -> None:
    document = make_document(task)
    show(document)
    slices, used = document["metrics"]["slices"], document["typical_row"]
    columns = list(dict.fromkeys(entry["column"] for entry in slices))
    assert len(columns) == 3
    for column in columns:
        part = [entry for entry in slices if entry["column"] == column]
        label = part[0]["label"] + ("" if column in used else " (not used by the model)")
        rows = table(page, label)["body"]
        region = page.get_by_role("region", name=label, exact=True)
        ticks, *drawn = [svg.evaluate(MARKS) for svg in region.locator("svg").all()]
        at = line_through([(number(tick["text"]), tick["x"]) for tick in ticks])
        for row, found, entry in zip(rows, drawn, part, strict=True):
            value, low, high = drawn_of(task, entry)
            by_kind = {mark["kind"]: mark for mark in found}
            assert by_kind["dot"]["cx"] == pytest.approx(at(value))
            interval = by_kind["interval"]
            assert (interval["x1"], interval["x2"]) == pytest.approx((at(low), at(high)), abs=1e-4)
            if task != "regression":
                assert by_kind["tick"]["x1"] == pytest.approx(at(entry["predicted"]))
            assert row[0][0] == entry["slice"] + (" *" if entry["small"] else "")
            assert_tells(row[2][0], value)
            assert_tells_interval(row[2][1], low, high)
            assert_tells(row[3][0], entry["predicted"])
            ranked = entry["figures"][RANKED[task]]
            assert_tells(row[4][0], ranked["value"])
            assert_tells_interval(row[4][1], ranked["low"], ranked["high"])
            assert row[5][0] == f"{entry['rows']:,}"
    section = page.locator("#model > section").filter(has_text=HEADINGS["slices"])
    assert any(entry["small"] for entry in slices)
    cases = ", or under 20 of one class" if task == "binary" else ""
    assert section.locator(":scope > p").all_inner_texts() == [
        f"* Too few to judge: under 200 rows{cases}.",
        "Without a held-out row, and so not judged at all: Place & more, Nowhere.",
    ]


def test_what_has_no_value_is_a_dash_and_not_drawn(page: Page, show: Show) -> None:
    document = make_document("regression")
    nothing = {"value": None, "low": None, "high": None}
    entry, line = document["metrics"]["slices"][0], document["metrics"]["calibration"][0]
    entry["figures"] = dict.fromkeys(entry["figures"], nothing)
    line.update(low=None, high=None)
    document["metrics"]["held_out"]["model"]["r2"] = nothing
    show(document)
    kinds = [[mark["kind"] for mark in found] for found in marks(page, "svg.cell[role=img]")[:2]]
    assert {"dot", "interval"} & set(kinds[0]) == set()
    assert {"dot", "interval"} <= set(kinds[1])
    (drawn,) = marks(page, "svg.calibration")
    assert sum(mark["kind"] == "interval" for mark in drawn) == len(document["metrics"]["calibration"]) - 1
    dash = ["–", ""]  # noqa: RUF001
    assert table(page, entry["label"])["body"][0][2] == table(page, entry["label"])["body"][0][4] == dash
    assert table(page, "On 600 held-out rows")["body"][2][1] == dash


@pytest.mark.parametrize("task", TASKS)
def test_importance_is_drawn_with_its_standard_deviation(page: Page, show: Show, task: str) -> None:
    document = make_document(task)
    show(document)
    importance = document["metrics"]["importance"]
    region = page.get_by_role("region", name="How much the loss on held-out rows grows")
    ticks, *drawn = [svg.evaluate(MARKS) for svg in region.locator("svg").all()]
    at = line_through([(number(tick["text"]), tick["x"]) for tick in ticks])
    rows = table(page, "How much the loss")["body"]
    for row, found, entry in zip(rows, drawn, importance, strict=True):
        by_kind = {mark["kind"]: mark for mark in found}
        increase, spread = entry["increase"], entry["standard_deviation"]
        ends = [by_kind[kind][end] for kind in ("bar", "interval") for end in ("x1", "x2")]
        assert ends == pytest.approx([at(value) for value in (0, increase, increase - spread, increase + spread)])
        assert row[0][0] == document["schema"]["properties"][entry["column"]]["x-label"]
        assert_tells(row[2][0], increase)
        assert_tells(row[2][1].removeprefix("± "), spread)


def test_the_chosen_candidate_is_marked(page: Page, show: Show) -> None:
    document = make_document("binary")
    show(document)
    found = table(page, "Candidates by 5-fold cross-validation, 2 times, on 2,400 other rows")
    assert [name for name, _small in found["head"]] == ["Candidate", "Log loss"]
    assert [[name for name, _small in row] for row in found["body"]] == [
        ["logistic regression, C\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}1 chosen", "0.31"],
        ["gradient boosting", "0.30"],
    ]


def test_a_single_candidate_keeps_its_digits(page: Page, show: Show) -> None:
    document = make_document("binary")
    validation = document["metrics"]["cross_validation"]
    validation["candidates"] = [{**validation["candidates"][0], "excess": 0.0, "excess_standard_error": 0.0}]
    show(document)
    assert table(page, "Candidates")["body"][0][1][0] == "0.310"


def test_where_it_comes_from(page: Page, show: Show, model: Model) -> None:
    document = model.document
    show(document)
    names, facts = (page.locator(f"#model {tag}").all_text_contents() for tag in ("dt", "dd"))
    data, parity = document["provenance"]["data"], document["parity"]
    assert dict(zip(names, facts, strict=True)) == {
        "Model": document["version"],
        "Table": f"births.csv: {data['rows']:,} rows, {data['distinct_rows']:,} of them distinct",
        "SHA-256": data["sha256"][:12] + "…",
        "Seed": "0",
        "Versions": ", ".join(f"{name} {version}" for name, version in document["provenance"]["versions"].items()),
        "Parity": f"Agrees with scikit-learn to {parity['largest_difference']:.1e} on {parity['rows']:,} rows of the "
        f"table and {parity['edge_rows']:,} at its edges; both refuse {parity['refused_rows']:,} bad rows",
    }


def intent(page: Page) -> str:
    section = page.locator("#model > section").last
    return str(section.evaluate("(section) => Array.from(section.children, (child) => child.outerHTML).join('')"))


def test_intended_use_is_drawn_as_markdown_and_nothing_more(page: Page, show: Show) -> None:
    text = """## Intended use

For **all** of
two lines, and `<b>` too.
## Out of scope
- one
  goes on
- **two**: <img src=x onerror=alert(1)>

1. first
2. second *as is* [text](javascript:alert(1))
"""
    show({**make_document("binary"), "intended_use": text})
    assert intent(page) == (
        "<h2>Intended use</h2><p>For <strong>all</strong> of two lines, and <code>&lt;b&gt;</code> too.</p>"
        "<h3>Out of scope</h3><ul><li>one goes on</li>"
        "<li><strong>two</strong>: &lt;img src=x onerror=alert(1)&gt;</li></ul>"
        "<ol><li>first</li><li>second *as is* [text](javascript:alert(1))</li></ol>"
    )


@pytest.mark.parametrize("missing", [{}, {"intended_use": None}, {"intended_use": ""}])
def test_an_intended_use_that_nobody_wrote_is_asked_for(page: Page, show: Show, missing: Document) -> None:
    document = make_document("binary")
    del document["intended_use"]
    show({**document, **missing})
    assert intent(page) == (
        "<h2>Intended use</h2><p>Nobody has written yet what this model is for. The place for it is "
        "<code>docs/intended-use.md</code>.</p>"
    )


@pytest.mark.parametrize("key", HEADINGS)
def test_what_is_missing_leaves_no_heading(page: Page, show: Show, key: str) -> None:
    document = make_document("binary")
    if key in document["metrics"]:
        del document["metrics"][key]
    elif key == "caveats":
        document = {**document, "caveats": [], "provenance": {**document["provenance"], "notices": []}}
    elif key == "provenance":
        document = {name: value for name, value in document.items() if name not in (key, "version", "parity")}
    if key == "held_out":
        document["metrics"]["thresholds"] = []
    if key == "slices":
        document["metrics"]["slices_without_rows"] = []
    show(document)
    gone = [HEADINGS[key]] * (key != "intended_use") + [HEADINGS["thresholds"]] * (key == "held_out")
    if key == "provenance":  # the caveats are still there, what training noted is not
        expect(page.locator("#model").get_by_text("Training noted")).to_have_count(0)
    assert headings(page) == [name for name in HEADINGS.values() if name not in gone]


def test_a_model_of_which_little_is_known_is_shown(page: Page, show: Show) -> None:
    show({"task": "regression", "target": {"name": "y"}, "typical_row": {}, "version": "0123456789ab"})
    assert headings(page) == ["Where it comes from", "Intended use"]


def test_the_report_is_linked_where_there_is_one(page: Page, show: Show) -> None:
    show(make_document("binary"), "some/report.html")
    link = page.locator("#model").get_by_role("link")
    expect(link).to_have_attribute("href", "some/report.html")
    show(make_document("binary"), None)
    expect(link).to_have_count(0)


@pytest.mark.parametrize("task", TASKS)
def test_markup_in_texts_stays_text(page: Page, show: Show, task: str) -> None:
    show(make_document(task))
    panel = page.locator("#model")
    assert panel.locator("script, img, b, em").count() == 0
    assert (panel.text_content() or "").count(HOSTILE) >= 5


@pytest.mark.parametrize("task", TASKS)
def test_a_phone_scrolls_tables_and_not_the_page(page: Page, show: Show, task: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    show(make_document(task))
    page.get_by_text("The numbers").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    wider = page.locator("#model *").evaluate_all(
        "(all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1 && each.matches('div, section'))"
        ".map((each) => [each.getAttribute('role'), each.tabIndex, each.ariaLabel.length > 0])"
    )
    assert wider
    assert {tuple(each) for each in wider} == {("region", 0, True)}
    sizes = page.locator("#model svg text").evaluate_all(
        "(all) => all.map((each) => parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a)"
    )
    assert min(sizes) >= 11


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("task", TASKS)
def test_the_view_is_accessible(page: Page, show: Show, task: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    show(make_document(task), "report")
    page.get_by_text("The numbers").click()
    assert violations(page) == []


def test_paper_shows_the_numbers_that_a_click_shows(page: Page, show: Show) -> None:
    show(make_document("binary"))
    numbers = page.get_by_role("region", name="Calibration by bins", include_hidden=True)
    height = (
        "(each) => each.checkVisibility({ contentVisibilityAuto: true }) && each.getBoundingClientRect().height > 99"
    )
    assert not numbers.evaluate(height)
    page.emulate_media(media="print")
    assert numbers.evaluate(height)


CHANGES: dict[str, Callable[[Document], Any]] = {
    "verdict": lambda card: card["metrics"]["verdict"].__setitem__(0, "Another."),
    "caveats": lambda card: card["caveats"].append("Another."),
    "held_out": lambda card: card["metrics"]["held_out"]["model"]["roc_auc"].update(value=0.5),
    "calibration": lambda card: card["metrics"]["calibration"][0].update(observed=0.01),
    "thresholds": lambda card: card["metrics"]["thresholds"][0].update(recall=0.01),
    "slices": lambda card: card["metrics"]["slices"][0].update(predicted=0.01),
    "importance": lambda card: card["metrics"]["importance"][0].update(increase=0.2),
    "cross_validation": lambda card: card["metrics"]["chosen"].update(candidate="gradient boosting", settings={}),
    "provenance": lambda card: card["provenance"].update(seed=1),
    "intended_use": lambda card: card.update(intended_use="Another."),
}


@pytest.mark.parametrize("key", HEADINGS)
def test_a_change_is_seen_where_it_belongs_and_nowhere_else(page: Page, show: Show, key: str) -> None:
    sections = page.locator("#model > section")
    read = "(all) => all.map((each) => each.innerHTML)"
    document = make_document("binary")
    show(document)
    before = sections.evaluate_all(read)
    CHANGES[key](document)
    show(document)
    after = sections.evaluate_all(read)
    changed = [name for name, old, new in zip(HEADINGS, before, after, strict=True) if old != new]
    assert changed == [key]
