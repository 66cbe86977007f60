"""The static page's explanation and what-if: they add up, they are the function's own, they follow every change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.pages import TYPICAL, make_document, open_page, properties, serve_document, settle, without_twin

TOLD = "How each difference moves the chance of Pre-term, in percentage points."


@pytest.fixture(scope="module", params=["binary", "multiclass", "regression"])
def strange(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A task, and the address of a function with a model of it, with columns of every kind."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with serve_document(make_document(request.param), folder) as url:
        yield request.param, url


def numbers(page: Page, selector: str) -> list[float]:
    """Return the numbers in the last cells of a table's rows."""
    cells = page.locator(f"{selector} tr td:last-child").all_inner_texts()
    return [
        float(text.replace("\N{MINUS SIGN}", "-").replace("±", "").replace(",", "").removesuffix("%")) for text in cells
    ]


@pytest.mark.parametrize("has_twin", [True, False])
def test_contributions_are_the_functions_and_add_up_as_they_are_shown(
    page: Page, function_url: str, has_twin: bool
) -> None:
    if not has_twin:
        without_twin(page)
    row = httpx.get(f"{function_url}/schema").json()["x-examples"][1]["row"]
    open_page(page, function_url)
    expect(page.locator("#contributions")).to_have_text(
        "This is the typical row. Change a field to see what moves the prediction."
    )
    page.get_by_role("button", name="Rather Pre-term").click()
    expect(page.locator("#contributions caption")).to_have_text(TOLD)
    settle(page)
    found = httpx.post(f"{function_url}/explain", json=row).json()
    start, *moves, end = numbers(page, "#contributions")
    assert round(start + sum(moves), 6) == end
    assert end == pytest.approx(found["value"] * 100, abs=0.0051)
    expected = sorted((by * 100 for by in found["contributions"].values() if by), key=abs, reverse=True)
    assert len(moves) >= 2
    assert moves == pytest.approx(expected, abs=0.0101)
    bars = page.locator("#contributions rect:is(.more, .less)")
    assert [bar.get_attribute("class") for bar in bars.all()] == ["more" if by > 0 else "less" for by in expected]


@pytest.mark.parametrize("has_twin", [True, False])
def test_what_if_is_what_the_function_would_answer_and_follows_every_change(
    page: Page, function_url: str, has_twin: bool
) -> None:
    if not has_twin:
        without_twin(page)
    schema, card = (httpx.get(f"{function_url}/{path}").json() for path in ("schema", "model"))
    open_page(page, function_url)
    expect(page.locator("#variants-hint")).to_contain_text("The chance of Pre-term, were one field different")
    seen = []
    for row in (card["typical_row"], {**card["typical_row"], "age_group": "45 to 49 yrs"}):
        page.get_by_label("Mother's age").select_option(label=row["age_group"])
        expect(page.locator("#what-if tr.now th").first).to_have_text(f"{row['age_group']}, as it is now")
        variants = [{**row, name: choice} for name, value in properties(schema) for choice in value["enum"]]
        answers = httpx.post(f"{function_url}/predict/batch", json=variants).json()["results"]
        expected = pytest.approx([answer["probability"] * 100 for answer in answers], abs=0.051)
        assert len(variants) == 20
        settle(page)
        shown = numbers(page, "#what-if")
        assert shown == expected
        seen.append(shown)
    assert seen[0] != seen[1]
    captions = page.locator("#what-if caption").all_inner_texts()
    assert captions == [value["x-label"] for _, value in properties(schema)]


def test_choosing_a_value_takes_it(page: Page, function_url: str) -> None:
    open_page(page, function_url)
    page.locator("#what-if tr", has_text="50+ yrs").click()
    expect(page.get_by_label("Mother's age")).to_have_value("50+ yrs")
    expect(page.locator("#what-if tr.now th").first).to_have_text("50+ yrs, as it is now")
    settle(page)
    chosen = page.locator("#what-if tr.now td").nth(1).inner_text()
    assert float(chosen.removesuffix("%")) == pytest.approx(
        float(page.locator("dd").first.inner_text().removesuffix("%")), abs=0.06
    )


def test_every_task_is_explained_and_varied(page: Page, strange: tuple[str, str]) -> None:
    task, url = strange
    answer = httpx.post(f"{url}/predict", json={**TYPICAL, "a/b~c": "x"}).json()
    open_page(page, url)
    page.get_by_label("Long").select_option(label="x")
    of = {"binary": "the chance of <b>yes</b>, in percentage points", "regression": "the expected value"}
    of["multiclass"] = f"the chance of {answer.get('label')}, in percentage points"
    expect(page.locator("#contributions caption")).to_have_text(f"How each difference moves {of[task]}.")
    expect(page.locator("#contributions tr").nth(1)).to_contain_text("Long")
    expect(page.locator("#contributions tr").nth(1)).to_contain_text("x instead of y")
    start, *moves, end = numbers(page, "#contributions")
    assert round(start + sum(moves), 6) == end
    expect(page.locator("#what-if figcaption")).to_have_text(["<b>Age</b>", "Rooms"])
    expect(page.locator("#what-if caption")).to_have_text(["Status &amp; more", "Long"])


def test_a_number_is_varied_along_a_line(page: Page, tmp_path: Path) -> None:
    with serve_document(make_document("regression"), tmp_path) as url:
        open_page(page, url)
        ends = [httpx.post(f"{url}/predict", json={**TYPICAL, "10": age}).json()["value"] for age in (21.0, 80.5)]
        plot = page.locator("#what-if svg.plot").first
        expect(plot).to_have_attribute(
            "aria-label",
            re.compile(
                rf"^{ends[0]:,.1f} at 21 years, {ends[1]:,.1f} at 80.5 years; [\d,.]+ at 41.5 years, as it is now\.$"
            ),
        )
        points = plot.locator("polyline").get_attribute("points") or ""
        pairs = [tuple(map(float, pair.split(","))) for pair in points.split()]
        assert (len(pairs), pairs[0][0], pairs[-1][0]) == (42, 0, 100)  # the value as it is now among them
        slopes = {round((after[1] - before[1]) / (after[0] - before[0]), 6) for before, after in pairwise(pairs)}
        assert len(slopes) == 1  # the model is linear
        assert min(slopes) > 0  # and falls, so that the line does: y is counted from above
        box = plot.bounding_box()
        assert box
        plot.click(position={"x": box["width"] - 1, "y": 20})
        expect(page.get_by_label("<b>Age</b>")).to_have_value("80.5")
        expect(plot).to_have_attribute("aria-label", re.compile(r"at 80\.5 years, as it is now\.$"))
        rooms = page.locator("#what-if svg.plot").last.locator("polyline").get_attribute("points") or ""
        assert len(rooms.split()) == 5  # rooms are whole
        page.get_by_label("<b>Age</b>").fill("100")
        expect(plot).to_have_attribute("aria-label", re.compile(r"at 100 years, as it is now\.$"))


def test_what_if_of_a_model_without_finite_answers_leaves_gaps(page: Page, tmp_path: Path) -> None:
    """Where numbers are far from the data its sums overflow."""
    document = make_document("regression")
    document["estimator"]["model"]["coefficients"] = [[0.0] * 7 + [1e303, 0.0]]
    properties_: dict[str, Any] = document["schema"]["properties"]
    properties_["10"]["x-range"] = [0.0, 3e6]
    with serve_document(
        make_document("regression", estimator=document["estimator"], schema=document["schema"]), tmp_path
    ) as url:
        open_page(page, url)
        points = page.locator("#what-if svg.plot polyline").first.get_attribute("points") or ""
        assert "NaN" not in points
        assert 1 < len(points.split()) < 41
        expect(page.locator("#what-if svg.plot").first).to_have_attribute(
            "aria-label", re.compile("no answer at 3,000,000 years")
        )


def test_contributions_add_up_as_shown_where_digits_are_cut_in_the_middle(page: Page, function_url: str) -> None:
    """Eighths, of which two decimals are shown: 6 fields, whose running totals end an ulp off the value."""
    page.goto(function_url)
    shown = page.evaluate(
        """async () => {
          const { drawExplanation } = await import("./explanation.js");
          const names = ["a", "b", "c"];
          const schema = { properties: Object.fromEntries(names.map((name, i) => [name, { "x-order": i, "x-label": name }])) };
          const all = (value) => Object.fromEntries(names.map((name) => [name, value]));
          const container = document.createElement("div");
          let seed = 1;
          const eighths = () => (((seed = (seed * 48271) % 2147483647) % 800) - 400) / 8;
          return Array.from({ length: 500 }, () => {
            const contributions = Object.fromEntries(names.map((name) => [name, eighths() + 0.1 - 0.1]));
            const reference = { row: all(0), value: 100.1 };
            const value = names.reduce((sum, name) => contributions[name] + sum, 0) + 100.1;
            drawExplanation(container, { value, reference, contributions, exact: true }, all(1), schema, 1);
            return [...container.querySelectorAll("td:last-child")].map(({ textContent }) =>
              Number(textContent.replace("\u2212", "-").replace(/[,±+]/g, "")));
          });
        }"""
    )
    assert [line for line in shown if round(sum(line[:-1]), 2) != line[-1]] == []
    assert len({line[-1] for line in shown}) > 200


def test_a_wide_table_is_varied_by_the_function_in_parts(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_BODY_BYTES", "1000")
    without_twin(page)
    sizes: list[int] = []
    page.on("request", lambda request: sizes.append(len(request.post_data_buffer or b"")))
    with serve_document(make_document("regression"), tmp_path) as url:
        open_page(page, url)
        expect(page.locator("#what-if svg.plot polyline").first).to_have_attribute("points", re.compile("^0,"))
        expect(page.locator("#what-if tr.now td").last).to_have_text(page.locator("dd").first.inner_text())
    assert max(sizes) <= 1000
    assert len([size for size in sizes if size]) > 3
