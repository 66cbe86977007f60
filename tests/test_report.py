"""The report shows every figure of model.json as text, loads nothing, and can be read on a phone and on paper."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from playwright.sync_api import Page, Request

from tests.documents import HOSTILE, make_document, make_mixed_document
from training import ROOT
from training.reporting.canvas import CLASSES, ROW_LABELS, wrap
from training.reporting.digits import (
    DASH,
    pick_power,
    show_count,
    show_fixed,
    show_percent,
    show_value,
    show_with_error,
)
from training.reporting.glossary import TERMS
from training.reporting.report import render_report
from training.reporting.slices import SLICE_TABLES
from training.reporting.view import ASSUMPTIONS, TEMPLATES, pick_classes, pick_threshold

TASKS = ("binary", "multiclass", "regression")
VOID = {"meta", "br"}
MINUS = "\N{MINUS SIGN}"
EVERYWHERE = ["verdict", "caveats", "figures", "choice", "calibration", "slices"]
EVERYWHERE += ["importance", "dependence", "provenance", "glossary"]


class Parsed(HTMLParser):
    """A page as its tags with their attributes, its text, and its tables as rows of texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.tables: dict[str, list[list[str]]] = {}
        self._caption = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "caption":
            self._caption = ""
        elif tag == "tr":
            self.tables.setdefault(self._caption, []).append([])
        elif tag in ("td", "th"):
            self.tables[self._caption][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.text += data
        if "caption" in self.open:
            self._caption += data
        elif {"td", "th"} & set(self.open):
            row = self.tables[self._caption][-1]
            row[-1] = f"{row[-1]} {data.strip()}".strip()

    def of(self, *tags: str) -> list[tuple[str, dict[str, str]]]:
        return [(tag, attrs) for tag, attrs in self.tags if tag in tags]

    def table(self, caption: str) -> list[list[str]]:
        (found,) = (rows for title, rows in self.tables.items() if title.startswith(caption))
        return found


@cache
def report_of(task: str) -> str:
    """Return the report of a task; `mixed` is that of two classes from a column of each kind."""
    return render_report(make_mixed_document("binary") if task == "mixed" else make_document(task))


@cache
def parsed(task: str) -> Parsed:
    return Parsed(report_of(task))


def words(found: dict[str, Any], form: str, scale: int = 1, unit: str = "") -> str:
    """What a figure looks like in a cell, written another way than the report does."""
    value, low, high = (format(found[end] * scale, form).replace("-", MINUS) + unit for end in ("value", "low", "high"))
    return f"{value} {low} to {high}"


@pytest.mark.parametrize("task", TASKS)
def test_sections_are_those_of_the_task(task: str) -> None:
    more = {"ranking", "thresholds"} if task == "binary" else set()
    found = [attrs["id"] for _tag, attrs in parsed(task).of("section")]
    assert set(found) == {*EVERYWHERE, *more}
    assert [name for name in found if name not in more] == EVERYWHERE
    assert [attrs["href"] for tag, attrs in parsed(task).of("a") if tag == "a"][: len(found)] == [
        f"#{x}" for x in found
    ]


def test_key_figures_of_two_classes() -> None:
    held_out = make_document("binary")["metrics"]["held_out"]
    model, base, chance = held_out["model"], held_out["baseline"], held_out["error_if_calibrated"]
    rows = parsed("binary").table(f"On {held_out['rows']:,} held-out rows")
    assert [row[1:] for row in rows[1:]] == [
        [words(model["roc_auc"], ".3f"), "0.500"],
        [words(model["log_loss"], ".4f"), f"{base['log_loss']:.4f}"],
        [words(model["log_loss_skill"], ".1f", 100, "%"), "0.0%"],
        [words(model["brier_score"], ".4f"), f"{base['brier_score']:.4f}"],
        [words(model["brier_skill"], ".1f", 100, "%"), "0.0%"],
        [words(model["average_precision"], ".3f"), f"{base['average_precision']:.3f}"],
        [words(model["calibration_slope"], ".2f"), DASH],
        [words(model["calibration_intercept"], ".3f"), show_fixed(base["calibration_intercept"], 3)],
        [
            f"{model['expected_calibration_error']['value']:.4f} if perfectly calibrated "
            f"{chance['mean']:.4f} on average, at most {chance['high']:.4f}",
            f"{base['expected_calibration_error']:.4f}",
        ],
    ]
    no, yes = held_out["class_rows"]
    assert f"Of the held-out rows {yes} are “Yes {HOSTILE}”, {no} are “No”." in parsed("binary").text
    assert [row[0] for row in rows[1:]] == [f"{term.name} {term.good}" for name, term in TERMS.items() if name in model]


def test_key_figures_of_numbers_have_the_same_decimals() -> None:
    held_out = make_document("regression")["metrics"]["held_out"]
    model, base = held_out["model"], held_out["baseline"]
    assert base["rmse"] > 1000
    rows = parsed("regression").table(f"On {held_out['rows']:,} held-out rows")
    assert [row[1:] for row in rows[1:]] == [
        [words(model["rmse"], ",.0f"), f"{base['rmse']:,.0f}"],
        [words(model["mae"], ",.0f"), f"{base['mae']:,.0f}"],
        [words(model["r2"], ".3f"), show_fixed(base["r2"], 3)],
        [words(model["bias"], ",.0f"), show_fixed(base["bias"], 0)],
    ]


@pytest.mark.parametrize("task", TASKS)
def test_every_figure_has_its_place_and_its_definition(task: str) -> None:
    metrics = make_document(task)["metrics"]
    names = set(metrics["held_out"]["model"])
    ids = {attrs["id"].removeprefix("term-") for _tag, attrs in parsed(task).of("dt") if "id" in attrs}
    assert ids == names
    headings = {cell for title, rows in parsed(task).tables.items() if title.startswith("Slices") for cell in rows[0]}
    assert {TERMS[name].name for name in names} <= headings


def test_candidates_are_listed_and_the_chosen_one_is_marked() -> None:
    heading, *rows = parsed("binary").table("Candidates")
    assert heading == ["Candidate", "Log loss", "Excess, thousandths ± standard error"]
    assert rows == [
        ["logistic regression (C\u00a0=\u00a01.0) chosen", "0.3100", "10 ± 12"],
        ["gradient boosting", "0.3000", "least"],
    ]


def test_thresholds_are_those_of_the_model() -> None:
    metrics = make_document("binary")["metrics"]
    assert metrics["thresholds"]
    assert parsed("binary").table("Flagging")[1:] == [
        [
            f"{line['threshold']:.1%}",
            f"{line['flagged']:.1%}",
            f"{line['precision']:.1%} {line['precision_interval'][0]:.1%} to {line['precision_interval'][1]:.1%}",
            f"{line['recall']:.1%} {line['recall_interval'][0]:.1%} to {line['recall_interval'][1]:.1%}",
            f"{line['lift']:.2f}",
        ]
        for line in metrics["thresholds"]
    ]
    example = pick_threshold(make_document("binary"))
    assert example is not None
    assert example["flagged"] == example["hits"] + example["false"]
    share = metrics["held_out"]["baseline"]["average_precision"]
    assert example["hits"] + example["missed"] == round(1000 * share)


@pytest.mark.parametrize("task", TASKS)
def test_calibration_table_is_that_of_the_model(task: str) -> None:
    lines = make_document(task)["metrics"]["calibration"]
    assert lines
    show = "{:,.0f}" if task == "regression" else "{:.1%}"
    found = [[cell.replace(MINUS, "-") for cell in row] for row in parsed(task).table("Calibration by bins")[1:]]
    assert found == [
        [
            str(at),
            str(line["rows"]),
            show.format(line["predicted"]),
            f"{show.format(line['observed'])} {show.format(line['low'])} to {show.format(line['high'])}",
        ]
        for at, line in enumerate(lines, 1)
    ]


def test_fewer_bins_are_counted_and_one_row_of_numbers_has_no_interval() -> None:
    document = make_document("regression")
    assert "cut into 10 bins of about equally many by predicted value" in parsed("regression").text
    lines = document["metrics"]["calibration"] = document["metrics"]["calibration"][:3]
    lines[0] |= {"rows": 1, "low": None, "high": None}
    page = Parsed(render_report(document))
    assert "cut into 3 bins of about equally many by predicted value" in page.text
    assert page.table("Calibration by bins")[1][3] == f"{lines[0]['observed']:,.0f}".replace("-", MINUS)
    document["metrics"]["calibration"] = lines[:1]
    assert "too few, or their predictions too much alike, to be cut into bins" in Parsed(render_report(document)).text


def test_slices_say_what_a_threshold_flags_and_finds() -> None:
    metrics = make_document("binary")["metrics"]
    (line,) = (line for line in metrics["thresholds"] if 0.05 < line["flagged"] <= 0.1)
    heading, *rows = parsed("binary").table("Slices of")
    assert heading[2:6] == ["Predicted", "Observed", f"Flagged at {line['threshold']:.1%}", "Recall"]
    assert [row[4:6] for row in rows if len(row) > 1] == [
        [f"{entry['flagged']:.1%}", f"{entry['recall']:.1%}"] for entry in metrics["slices"]
    ]
    example = pick_threshold(make_document("binary"))
    assert example is not None
    assert example["threshold"] == line["threshold"]


def test_without_a_threshold_slices_have_no_share_flagged() -> None:
    document = make_document("binary")
    document["metrics"]["thresholds"] = document["metrics"]["thresholds"][-1:]
    for entry in document["metrics"]["slices"]:
        entry |= {"flagged": None, "recall": None}
    page = Parsed(render_report(document))
    assert page.table("Slices of")[0][2:5] == ["Predicted", "Observed", "ROC AUC"]
    example = pick_threshold(document)
    assert example is not None
    assert example["threshold"] == document["metrics"]["thresholds"][0]["threshold"]


def test_recall_of_a_slice_without_cases_is_a_dash() -> None:
    document = make_document("binary")
    document["metrics"]["slices"][0]["recall"] = None
    assert Parsed(render_report(document)).table("Slices of")[2][5] == DASH


@pytest.mark.parametrize("task", TASKS)
def test_sensitive_column_that_is_no_feature_is_judged_by_and_marked(task: str) -> None:
    document = make_document(task)
    assert "place" not in document["schema"]["properties"]
    groups = [row[0] for row in parsed(task).table("Slices of")[1:] if len(row) == 1]
    assert groups == [f"Group {HOSTILE}", "Number (km)", "Place & more (not used by the model)"]
    assert document["metrics"]["slices_without_rows"] == ["Place & more, Nowhere"]
    assert "not judged at all: Place & more, Nowhere." in parsed(task).text


@pytest.mark.parametrize("task", TASKS)
def test_intervals_of_slices_are_counted(task: str) -> None:
    tables = SLICE_TABLES[task]
    slices = make_document(task)["metrics"]["slices"]
    found = [entry["figures"][name]["low"] for entry in slices for names in tables for name in names]
    count = len(found) - found.count(None)
    assert count > 0
    assert f"There are {count} such intervals here; of twenty, one misses by chance." in parsed(task).text


@pytest.mark.parametrize("task", TASKS)
def test_what_no_figure_can_show_is_said(task: str) -> None:
    for sentence in ASSUMPTIONS:
        assert sentence in parsed(task).text


def test_of_many_columns_the_dependence_of_the_most_important_is_shown() -> None:
    document = make_document("binary")
    assert "most important are shown" not in parsed("binary").text
    document["metrics"]["dependence"] = document["metrics"]["dependence"][:2]
    assert "Of 3 columns, the 2 most important are shown." in Parsed(render_report(document)).text


def test_of_many_columns_the_most_important_are_listed() -> None:
    document = make_document("binary")
    (entry, *_rest) = document["metrics"]["importance"]
    document["metrics"]["importance"] = [{**entry, "increase": (200 - at) / 1000} for at in range(200)]
    page = Parsed(render_report(document))
    assert [row[1] for row in page.table("Permutation")[1:]] == [f"{(200 - at) / 1000:.2f}" for at in range(20)]
    assert "the 20 most important are shown; of the others, none adds more than 0.18." in page.text
    (picture,) = (a["aria-label"] for _tag, a in page.of("svg") if a.get("aria-label", "").startswith("Increase"))
    assert picture.count(";") == 19
    assert "of the others" not in parsed("binary").text


def test_every_kind_of_column_is_drawn_with_its_values() -> None:
    document = make_mixed_document("binary")
    by_name = {entry["column"]: entry for entry in document["metrics"]["dependence"]}
    pictures = [attrs.get("aria-label", "") for _tag, attrs in parsed("mixed").of("svg")]
    reads = {text.removeprefix("Mean prediction by ").partition(":")[0]: text for text in pictures if "by " in text}
    shares = {name: [f"{share:.1%}" for share in entry["predictions"][0]] for name, entry in by_name.items()}
    no, yes = shares["__proto__"]
    assert reads["Member"] == f"Mean prediction by Member: No {no}, Yes {yes}."
    *known, missing = shares["D\u00e9but \\ le"]
    days = f"{known[0]} at 2019-01-31 to {known[-1]} at 2024-07-22, between "
    assert reads["Start & more"].startswith(f"Mean prediction by Start & more: {days}")
    assert reads["Start & more"].endswith(f", (missing) {missing}.")
    visits = ", ".join(
        f"{name} {share}" for name, share in zip([*"0123456", "11", "(missing)"], shares["2nd visit's \""], strict=True)
    )
    assert reads["Visits"] == f"Mean prediction by Visits: {visits}."
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", report_of("mixed"))
    for text in ("2019-01-31", "2024-07-22", "(missing)", "Yes", "No", "(other)"):
        assert text in texts


def test_column_without_a_value_or_with_one_is_drawn() -> None:
    document = make_mixed_document("binary")
    by_name = {entry["column"]: entry for entry in document["metrics"]["dependence"]}
    by_name["weight"].update(values=[None], predictions=[[0.25]])
    by_name["D\u00e9but \\ le"].update(values=["2024-02-29"], predictions=[[0.5]])
    pictures = [attrs.get("aria-label", "") for _tag, attrs in Parsed(render_report(document)).of("svg")]
    assert "Mean prediction by Weight: (missing) 25.0%." in pictures
    assert "Mean prediction by Start & more: 2024-02-29 50.0%." in pictures


def test_estimator_of_problem_toml_is_said_to_be_named_and_a_rare_class_to_be_rare() -> None:
    document = make_mixed_document("binary")
    rare = f"{document['baseline']['class_rates'][1]:.1%} are “Yes {HOSTILE}”, the rarest class. Nothing is resampled"
    assert rare in parsed("mixed").text
    assert "Nothing is resampled" not in parsed("multiclass").text
    assert "problem.toml names the estimator" not in parsed("mixed").text
    document["metrics"]["chosen"]["stated"] = True
    assert "problem.toml names the estimator" in Parsed(render_report(document)).text


def test_rows_that_importance_is_of_are_told() -> None:
    document = make_document("binary")
    assert "log loss on held-out rows grows" in parsed("binary").text
    document["metrics"]["held_out"]["rows"] = 10_001
    assert "log loss on 10,000 of the held-out rows grows" in Parsed(render_report(document)).text


@pytest.mark.parametrize("task", TASKS)
def test_small_slices_and_only_they_are_marked(task: str) -> None:
    slices = make_document(task)["metrics"]["slices"]
    assert {entry["small"] for entry in slices} == {True, False}
    rows = [row for row in parsed(task).table("Slices of")[1:] if len(row) > 1]
    assert [row[:2] for row in rows] == [
        [entry["slice"] + (" *" if entry["small"] else ""), str(entry["rows"])] for entry in slices
    ]


def test_figure_without_value_is_a_dash_and_without_interval_stands_alone() -> None:
    document = make_document("binary")
    first, second = document["metrics"]["slices"][:2]
    first["figures"]["roc_auc"] = {"value": None, "low": None, "high": None}
    second["figures"]["roc_auc"] = {"value": 1.0, "low": None, "high": None}
    document["metrics"]["held_out"]["model"]["roc_auc"] = {"value": None, "low": None, "high": None}
    document["provenance"]["data"]["sha256"] = None
    page = Parsed(render_report(document))
    rows = [row for row in page.table("Slices of")[1:] if len(row) > 1]
    assert [row[6] for row in rows[:2]] == [DASH, "1.000"]
    assert page.table("On ")[1][1:] == [DASH, "0.500"]
    assert page.table("Provenance")[1] == ["SHA-256 of the file", f"{DASH} (not a file)"]
    assert "None" not in page.text.replace("None of", "")


@pytest.mark.parametrize("task", TASKS)
def test_markup_in_names_is_shown_as_text(task: str) -> None:
    page = parsed(task)
    assert not page.open
    assert not page.of("script", "b", "i", "img", "iframe", "object", "link")
    assert f"Title {HOSTILE}" in page.text
    assert f"Caveat {HOSTILE}" in page.text
    assert f"Notice {HOSTILE}" in page.text
    assert sum(HOSTILE in row[0] for rows in page.tables.values() for row in rows) >= 3  # slices, importance
    assert "$x$*" in "".join(re.findall(r"<text[^>]*>([^<]*)</text>", report_of(task)))
    if task != "regression":
        assert f"Yes {HOSTILE}" in page.text


@pytest.mark.parametrize("task", TASKS)
def test_nothing_is_loaded_and_links_lead_somewhere(task: str) -> None:
    page = parsed(task)
    ids = [attrs["id"] for _tag, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in page.tags:
        assert not {"src", "srcset", "data", "action", "poster"} & set(attrs)
        assert not [name for name in attrs if name.startswith("on")]
        for link in (attrs[name] for name in ("href", "xlink:href") if name in attrs):
            inside = link.startswith("#") and link[1:] in ids
            assert inside or (tag == "a" and re.match(r"https://(doi\.org|scikit-learn\.org)/", link))
    for url in re.findall(r"url\(([^)]*)\)", report_of(task)):
        assert url.startswith("#")
        assert url[1:] in ids
    assert "@import" not in report_of(task)


@pytest.mark.parametrize("task", TASKS)
def test_page_can_be_heard(task: str) -> None:
    page = parsed(task)
    pictures = [attrs for _tag, attrs in page.of("svg") if attrs.get("aria-hidden") != "true"]
    assert len(pictures) == {"binary": 3, "multiclass": 1, "regression": 1}[task] + 6 + 1 + 3
    for attrs in pictures:
        assert attrs["role"] == "img"
        assert re.search(r"\d", attrs["aria-label"])
    levels = [int(tag[1]) for tag, _attrs in page.of("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.of("table")) == len(page.of("caption")) == len(page.tables)
    assert all("scope" in attrs for _tag, attrs in page.of("th"))


@pytest.mark.parametrize("task", TASKS)
def test_same_document_gives_the_same_bytes(task: str) -> None:
    document = make_document(task)
    assert render_report(document) == report_of(task)
    document["metrics"]["importance"][0]["increase"] *= 2
    assert render_report(document) != report_of(task)


def test_colours_can_be_told_from_the_ground() -> None:
    """WCAG 2.2: 4.5 for text, 3 for what is drawn, in the light and in the dark."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    blocks = re.findall(r":root \{(.*?)\}", (TEMPLATES / "report.css").read_text(encoding="utf-8"), re.DOTALL)
    for theme, block in zip((light, dark), blocks, strict=False):
        theme.update(re.findall(r"--([\w-]+): (#\w{6});", block))
        for name in ("text", "muted", "accent"):
            assert contrast(theme[name], theme["ground"]) >= 4.5
            assert contrast(theme[name], theme["surface"]) >= 4.5
        for name in ("edge", *(f"class-{position}" for position in range(len(CLASSES)))):
            assert contrast(theme[name], theme["ground"]) >= 3
    assert [light[f"class-{position}"] for position in range(len(CLASSES))] == list(CLASSES)


def test_palette_is_that_of_the_static_page() -> None:
    """The report names the colours of light and dark apart, the page side by side."""
    report = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    ours = [
        dict(re.findall(r"--([\w-]+): (#\w{6});", block))
        for block in re.findall(r":root \{(.*?)\}", report, re.DOTALL)[:2]
    ]
    style = (ROOT / "frontend" / "static" / "style.css").read_text(encoding="utf-8")
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", style)
    for one, other in zip(ours, ({name: pair[at] for name, *pair in pairs} for at in (0, 1)), strict=True):
        shared = one.keys() & other.keys()
        assert {"ground", "surface", "text", "muted", "line", "edge", "accent", "tint"} <= shared
        assert {name: one[name] for name in shared} == {name: other[name] for name in shared}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_of_many_classes_the_most_common_are_told() -> None:
    document = make_document("multiclass")
    assert pick_classes(document) == [0, 1, 2]
    document["baseline"]["class_rates"] = [0.05, 0.2, 0.1, 0.15, 0.02, 0.18, 0.3]
    assert pick_classes(document) == [0, 1, 2, 3, 5, 6]


@pytest.mark.parametrize("text", ["WWWWWWWWWWWWWW iiiiiiiiiiiiiiiiiiiiiiiiii", "W" * 60, "i" * 60, "x", " "])
def test_label_fits_beside_its_row(text: str) -> None:
    found = wrap(text).splitlines()
    assert 1 <= len(found) <= 2
    widths = [
        text_to_path.get_text_width_height_descent(line, FontProperties(size=10), ismath=False)[0] for line in found
    ]
    assert 0 < max(widths) <= ROW_LABELS - 6


def test_no_slices_and_no_thresholds_are_said_in_words() -> None:
    document = make_document("binary")
    document["metrics"]["slices"], document["metrics"]["thresholds"] = [], []
    page = Parsed(render_report(document))
    assert "problem.toml names no sensitive column that tells rows apart" in page.text
    assert "No threshold flags half of the rows or fewer" in page.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (show_count(3_096_936), "3,096,936"),
        (show_fixed(-0.0004, 3), "0.000"),
        (show_fixed(-1234.5678, 2), f"{MINUS}1,234.57"),
        (show_fixed(None, 2), DASH),
        (show_percent(0.09318), "9.3%"),
        (show_value(1_234_567.0), "1,234,567"),
        (show_value(0.00012345), "0.0001234"),
        (show_value(0.0, 2), "0"),
        (show_with_error(0.04321, 0.0123), "0.043 ± 0.012"),
        (show_with_error(0.0013, 0.00002), "0.001 ± 0.000"),
        (pick_power([0.0, 2e-6, 3e-5, 9e-5]), -6),
        (pick_power([0.04]), 0),
        (pick_power([0.0]), 0),
        (pick_power([5e-20]), -9),
    ],
)
def test_numbers_have_sensible_digits(text: str | int, expected: str | int) -> None:
    assert text == expected


@pytest.mark.parametrize("task", [*TASKS, "mixed"])
def test_page_fits_a_phone_and_prints(page: Page, tmp_path: Path, task: str) -> None:
    requests: list[str] = []

    def keep(request: Request) -> None:
        requests.append(request.url)

    page.on("request", keep)
    file = tmp_path / "report.html"
    file.write_text(report_of(task), encoding="utf-8")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        sizes = page.locator("figure svg").evaluate_all("found => found.map(x => x.getBoundingClientRect().width)")
        assert min(sizes) > 250
        assert max(sizes) <= 320
        letters = page.locator("figure svg text").evaluate_all(
            "found => found.map(x => [x.getScreenCTM(), parseFloat(getComputedStyle(x).fontSize)])"
            ".map(([m, size]) => Math.hypot(m.a, m.b) * size)"
        )
        assert min(letters) >= 8
        origin = page.locator("#provenance .scroll").first
        assert origin.evaluate("box => box.scrollWidth <= box.clientWidth")  # hashes and versions break
        beyond = page.locator("figure svg").evaluate_all(
            "found => found.flatMap(svg => [...svg.querySelectorAll('text')].map(text => [svg, text]"
            ".map(x => x.getBoundingClientRect()))).map(([svg, text]) => "
            "Math.max(svg.left - text.left, text.right - svg.right, svg.top - text.top, text.bottom - svg.bottom))"
        )
        assert len(beyond) > 20
        assert max(beyond) <= 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 1000})  # A4 between its margins
    assert page.evaluate("document.documentElement.scrollWidth") == 680
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert set(requests) == {file.as_uri()}


def test_model_that_uses_nothing_has_sensible_axes() -> None:
    document = make_document("binary")
    for entry in document["metrics"]["importance"]:
        entry.update(increase=0.0, standard_deviation=0.0)
    for entry in document["metrics"]["dependence"]:
        entry["predictions"] = [[0.1] * len(entry["values"])]
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", render_report(document))
    shares = [
        float(text.replace("\N{MINUS SIGN}", "-").rstrip("%")) for text in texts if re.fullmatch(r".?[\d.]+%", text)
    ]
    assert len(shares) > 10
    assert 0 <= min(shares) <= max(shares) <= 100
    assert not [text for text in texts if "e-" in text or "e\N{MINUS SIGN}" in text]
