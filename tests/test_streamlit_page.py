"""The Streamlit page: against the real function, and against answers no one wishes for."""

from __future__ import annotations

import copy
import json
import re
import socket
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import streamlit as st

from tests.apps import LONG, MIXED, TYPICAL
from tests.conftest import Trained, free_port, serve
from tests.streamlit_page import (
    MARKUP,
    MODEL,
    PREDICT,
    PREDICTION,
    SCHEMA,
    Answer,
    OpenPage,
    Stub,
    charts,
    panel,
    show_tab,
    submit,
    widgets,
    words,
)
from tests.streamlit_page import open_page as open_page
from tests.streamlit_page import page_path as page_path
from tests.streamlit_page import stub as stub


def test_form_is_the_schema(function_url: str, open_page: OpenPage, trained: Trained) -> None:
    page = open_page(function_url)
    properties = trained.document["schema"]["properties"]
    assert page.title[0].value == trained.document["title"]
    assert len(properties) == 5
    assert [
        (widget.key, widget.label, widget.options, widget.value, widget.help or None) for widget in widgets(page)
    ] == [
        (f"field {name}", field["x-label"], field["enum"], field["x-example"], field.get("description"))
        for name, field in properties.items()
    ]
    assert [widget.type for widget in widgets(page)] == ["selectbox", "selectbox", "radio", "radio", "radio"]


def test_typical_row_is_answered_at_once_as_the_function_answers_it(
    function_url: str, open_page: OpenPage, trained: Trained
) -> None:
    page = open_page(function_url)
    answer = httpx.post(f"{function_url}/predict", json=trained.document["typical_row"]).json()
    label = trained.document["target"]["labels"][1]
    assert words(page) == f"{label}: 8 in 100, where 9 in 100 is usual. Slightly below what is usual."
    assert charts(page) == [f"Bars. {label} {answer['probability']:.2%}, Usual 9.32%."]
    likelier = f"{answer['label']} ({answer['probabilities'][answer['label']]:.2%})"
    assert page.caption[1].value == f"The likelier class is {likelier}. Model version {trained.document['version']}."
    assert page.caption[2].value == f"How good is this model? {trained.document['metrics']['verdict'][0]}"
    caveats = trained.document["caveats"]
    assert caveats
    assert page.warning[0].value.splitlines() == [f"- {caveat}" for caveat in caveats]


def test_changed_field_changes_the_answer_to_the_functions_own(
    function_url: str, open_page: OpenPage, trained: Trained
) -> None:
    page = open_page(function_url)
    before = charts(page)
    page.radio(key="field tobacco_use_during_pregnancy").set_value("Yes")
    page.selectbox(key="field age_group").set_value("45 to 49 yrs")
    submit(page)
    changes = {"tobacco_use_during_pregnancy": "Yes", "age_group": "45 to 49 yrs"}
    answer = httpx.post(f"{function_url}/predict", json=trained.document["typical_row"] | changes).json()
    assert f"{answer['probability']:.2%}" in charts(page)[0]
    assert charts(page)[0] != before[0]
    assert f": {round(answer['probability'] * 100)} in 100, where 9 in 100 is usual. Far above" in words(page)


def test_unreachable_function_is_named_and_retried(open_page: OpenPage, trained: Trained) -> None:
    port = free_port()
    page = open_page(f"http://127.0.0.1:{port}")
    assert "cannot be reached" in panel(page)
    assert f"http://127.0.0.1:{port}" in panel(page)
    assert "API_URL" in panel(page)
    with serve(trained.path, port):
        page.button(key="retry").click().run()
        assert " in 100, where 9 in 100 is usual" in words(page)


def test_silent_function_is_given_up_on(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    import api

    monkeypatch.setattr(api, "TIMEOUT_S", httpx.Timeout(0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        page = open_page(f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert "took too long" in panel(page)
    assert "/schema sent no answer in time" in panel(page)


def test_outage_loses_nothing_that_was_chosen(stub: Stub, open_page: OpenPage) -> None:
    page = open_page(stub.url)
    for path in ("/schema", "/model", PREDICT):
        stub.answer(path, {"detail": "Out of order."}, status=500)
    page.number_input(key="field weight").set_value(1.5)
    page.radio(key="field smokes").set_value("*yes*")
    submit(page)  # what describe() kept still serves
    assert "The prediction function failed" in panel(page)
    assert "Out of order." in panel(page)
    page.button(key="retry").click().run()  # now it is gone
    assert "/schema answered with status 500" in panel(page)
    assert [widget.value for widget in widgets(page)] == [MARKUP, "*yes*", 1.5, 40]
    for path, body in {"/schema": SCHEMA, "/model": MODEL, PREDICT: PREDICTION}.items():
        stub.answer(path, body)
    page.button(key="retry").click().run()
    assert words(page).endswith("25 in 100, where 50 in 100 is usual. Far below what is usual.")
    assert stub.rows[-1] == {"7": MARKUP, "smokes": "*yes*", "weight": 1.5, "age": 40}


@pytest.mark.parametrize("path", ["/schema", "/model", PREDICT])
@pytest.mark.parametrize(
    ("status", "kind", "body", "said"),
    [
        (200, "text/html", "<h1>hello</h1>", "not the prediction function's answer"),
        (200, "application/json", "[1, 2]", "not the prediction function's answer"),
        (200, "application/json", '{"other": "service"}', "not the prediction function's answer"),
        (404, "application/json", '{"detail": "Not Found"}', "Not Found"),
        (302, "text/plain", "", "status 302"),
        (502, "text/html", "<script>alert(1)</script>", "The prediction function failed"),
        (500, "application/problem+json", '{"detail": "It broke."}', "It broke."),
    ],
)
def test_answer_that_cannot_be_used_is_a_panel(
    stub: Stub, open_page: OpenPage, path: str, status: int, kind: str, body: str, said: str
) -> None:
    stub.answer(path, body, status, kind)
    page = open_page(stub.url)
    assert said in panel(page)
    assert f"{path} answered with status {status}" in panel(page)
    assert "<script>" not in panel(page)


def test_refused_row_names_each_field(stub: Stub, open_page: OpenPage) -> None:
    errors = [
        {
            "pointer": "/smokes",
            "detail": "This value is not allowed.",
            "given": "_x_",
            "allowed": [],
            "suggestion": "y",
        },
        {"pointer": "/a~1b", "detail": "This field is missing.", "given": None, "allowed": [], "suggestion": None},
    ]
    stub.answer(PREDICT, {"detail": "The row cannot be used.", "errors": errors}, 422, "application/problem+json")
    page = open_page(stub.url)
    assert "The function refused these values" in panel(page)
    assert "Smokes: This value is not allowed. Given: _x_. Did you mean y?" in panel(page)
    assert "a/b: This field is missing." in panel(page)
    assert len(widgets(page)) == 4
    stub.answer(PREDICT, PREDICTION)
    assert words(submit(page))


def test_422_without_errors_is_a_panel(stub: Stub, open_page: OpenPage) -> None:
    stub.answer(PREDICT, "no", 422, "text/plain")
    assert "did not say which" in panel(open_page(stub.url))


@pytest.mark.parametrize("value", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://", "http://127.0.0.1:x", "nonsense"])
def test_bad_api_url_is_named_with_its_cure(open_page: OpenPage, value: str) -> None:
    text = panel(open_page(value))
    assert f"API_URL={value} is not" in text
    assert "such as http://127.0.0.1:8080" in text


def test_numbers_and_missing_values_have_their_widgets(stub: Stub, open_page: OpenPage) -> None:
    page = open_page(stub.url)
    assert [widget.key for widget in widgets(page)] == ["field 7", "field smokes", "field weight", "field age"]
    weight, age = page.number_input
    assert (weight.label, weight.value, weight.step) == ("Weight (kg)", 3.125, 0.01)
    assert weight.help == "0.5 to 4.25 in the data the model learned from."
    assert (age.value, age.step) == (40, 1)
    assert "18 to 1,234,567" in age.help
    assert page.radio[0].options[1] == "Not known"
    assert stub.rows == [{"7": MARKUP, "smokes": None, "weight": 3.125, "age": 40}]
    page.radio[0].set_value("*yes*")
    weight.set_value(2.5)
    submit(page)
    assert stub.rows[-1] == {"7": MARKUP, "smokes": "*yes*", "weight": 2.5, "age": 40}


OPEN = "été, 🎈\n<b>"


def test_field_of_each_kind_has_its_widget_under_any_name(stub: Stub, open_page: OpenPage) -> None:
    stub.answer("/schema", {"properties": MIXED})
    page = open_page(stub.url)
    assert [(widget.type, widget.key, widget.value) for widget in widgets(page)] == [
        ("number_input", "field 1st", 40),
        ("radio", "field __proto__", "it's"),
        ("radio", 'field class "def"', "Yes"),
        ("date_input", "field a/b~c", date(2024, 1, 31)),
        ("selectbox", f"field {OPEN}", "y"),
        ("number_input", "field 2", None),
        ("radio", f"field {LONG}", "low"),
        ("date_input", "field '", date(2020, 2, 29)),
    ]
    assert stub.rows == [TYPICAL]
    assert page.radio[1].options == ["Yes", "No", "Not known"]
    assert page.selectbox[0].options == ["x", "y", "Other"]
    assert page.selectbox[0].help == "Any other text may be typed; it counts as Other."
    assert [number.placeholder for number in page.number_input] == ["Not known", "Not known"]
    for key, value in {
        "1st": None, "__proto__": "é 🎈", 'class "def"': "No", "a/b~c": None, OPEN: "Other", "2": 2.5, LONG: "high",
    }.items():  # fmt: skip
        next(widget for widget in widgets(page) if widget.key == f"field {key}").set_value(value)
    submit(page)
    row = {"1st": None, "__proto__": "é 🎈", 'class "def"': False, "a/b~c": None, OPEN: "(other)", "2": 2.5}
    assert stub.rows[-1] == {**row, LONG: "high", "'": "2020-02-29"}
    page.radio[1].set_value("Not known")
    submit(page)
    assert stub.rows[-1]['class "def"'] is None


def test_link_reproduces_a_row_of_every_kind(stub: Stub, open_page: OpenPage) -> None:
    stub.answer("/schema", {"properties": {**MIXED, "Embed": {**MIXED[LONG], "x-order": 9}}})
    full = {
        **TYPICAL,
        "1st": -3,
        'class "def"': False,
        "a/b~c": "1999-12-31",
        OPEN: "not seen",
        "2": 1e-9,
        "Embed": "high",
    }
    empty = {**full, "1st": None, 'class "def"': None, "a/b~c": None, "2": None}
    for row in (full, empty):
        page = open_page(stub.url, **write_link(row))
        assert [warning.proto.title for warning in page.warning] == ["Before you rely on this"]
        assert stub.rows[-1] == row
        assert page.query_params == write_link(row)


def write_link(row: dict[str, Any]) -> dict[str, str]:
    """Return the parameters that reproduce a row: null is empty, and Streamlit keeps `embed` to itself."""
    texts = {True: "true", False: "false", None: ""}
    found = {name: texts[value] if value in (None, True, False) else str(value) for name, value in row.items()}
    found["Embed (field)"] = found.pop("Embed")
    return found


def test_value_of_another_kind_in_a_link_is_told(stub: Stub, open_page: OpenPage) -> None:
    wrong = {"1st": "2.5", 'class "def"': "1", "a/b~c": "2024-02-30", "2": "x", "'": "", "__proto__": ""}
    stub.answer("/schema", {"properties": MIXED})
    page = open_page(stub.url, **wrong)
    assert page.warning[0].value.count("is not a value of this field") == len(wrong)
    assert stub.rows == [TYPICAL]


def test_choices_that_would_read_alike_are_told_apart(stub: Stub, open_page: OpenPage) -> None:
    field = {"x-kind": "category", "x-label": "F", "x-order": 0, "type": ["string", "null"]}
    known = {**field, "enum": ["a", "b", "c", "Not known", None], "x-example": None}
    opened = {**field, "x-choices": ["Other", "(other)", None], "x-other": "(other)", "x-example": "(other)"}
    stub.answer("/schema", {"properties": {"f": known, "g": {**opened, "x-order": 1}}})
    page = open_page(stub.url)
    assert [widget.options for widget in page.selectbox] == [
        ["a", "b", "c", "Not known", "(Not known)"],
        ["Other", "(Other)", "Not known"],
    ]
    assert stub.rows == [{"f": None, "g": "(other)"}]
    page.selectbox[0].set_value("Not known")
    page.selectbox[1].set_value("Other")
    submit(page)
    assert stub.rows[-1] == {"f": "Not known", "g": "Other"}


def test_contributions_add_up_from_the_typical_row(function_url: str, open_page: OpenPage, trained: Trained) -> None:
    page = open_page(function_url)
    assert page.markdown[2].value.startswith("This is the typical row: 8.")
    page.radio(key="field tobacco_use_during_pregnancy").set_value("Yes")
    page.selectbox(key="field age_group").set_value("20 to 24 yrs")
    submit(page)
    bars = re.findall(r"(?<=[.,] )(.+?) ([+−]\d+\.\d+) points", charts(page)[1])  # noqa: RUF001
    assert [name for name, _ in bars] == ["Tobacco use during pregnancy: Yes", "Mother's age: 20 to 24 yrs"]
    assert [text[0] for _, text in bars] == ["+", "−"]  # noqa: RUF001
    said = page.caption[3].value
    start, end = re.search(r"From ([\d.]+)% for the typical row to ([\d.]+)% for this one", said).groups()  # type: ignore[union-attr]
    steps = [Decimal(text.replace("−", "-")) for _, text in bars]  # noqa: RUF001
    assert Decimal(start) + sum(steps) == Decimal(end)
    row = trained.document["typical_row"] | {"tobacco_use_during_pregnancy": "Yes", "age_group": "20 to 24 yrs"}
    answer = httpx.post(f"{function_url}/predict", json=row).json()
    assert end == f"{answer['probability']:.2%}".removesuffix("%")


def test_example_is_one_click_away_and_reset_brings_the_typical_row_back(stub: Stub, open_page: OpenPage) -> None:
    row = {"7": "c", "smokes": "*yes*", "weight": 4.0, "age": 20.0}
    stub.answer("/schema", {**SCHEMA, "x-examples": [{"name": "*Young*", "row": row}, {"row": "of another kind"}]})
    page = open_page(stub.url)
    (example,) = [button for button in page.button if str(button.key).startswith("example")]
    assert example.label == r"\*Young\*"
    example.click().run()
    assert stub.rows[-1] == row
    next(button for button in page.button if button.label == "Reset to the typical row").click().run()
    assert stub.rows[-1] == stub.rows[0] == {"7": MARKUP, "smokes": None, "weight": 3.125, "age": 40}


def test_link_reproduces_the_row(stub: Stub, open_page: OpenPage) -> None:
    page = open_page(stub.url)
    assert page.query_params == {}  # nothing was chosen yet
    page.radio(key="field smokes").set_value("*yes*")
    page.number_input(key="field weight").set_value(0.1 + 0.2)
    submit(page)
    link = {"7": MARKUP, "smokes": "*yes*", "weight": "0.30000000000000004", "age": "40"}
    assert page.query_params == link
    open_page(stub.url, **link)
    assert stub.rows[-1] == stub.rows[-2] == {"7": MARKUP, "smokes": "*yes*", "weight": 0.1 + 0.2, "age": 40}
    open_page(stub.url, **{**link, "smokes": ""})
    assert stub.rows[-1]["smokes"] is None


def test_nonsense_in_a_link_is_told_and_the_rest_is_used(stub: Stub, open_page: OpenPage) -> None:
    page = open_page(stub.url, **{"7": "*b*", "smokes": "*yes*", "weight": "nan", "age": "20.5", "x": "1"})
    notice = page.warning[0]
    assert notice.proto.title == "This link cannot be used in full"
    assert notice.value.replace("\\", "").replace("\u2060", "").split("\n\n") == [
        f"{MARKUP}: “*b*” is not a value of this field.",
        "Weight: “nan” is not a value of this field.",
        "Age: “20.5” is not a value of this field.",
        "x is not a field of this model.",
        "The rest of the row is as linked, or typical.",
    ]
    assert stub.rows == [{"7": MARKUP, "smokes": "*yes*", "weight": 3.125, "age": 40}]
    assert page.query_params["smokes"] == "*yes*"
    assert len(page.run().warning) == 1  # the caveats: the notice has been read


def test_replaced_model_is_told_and_what_still_fits_is_kept(stub: Stub, open_page: OpenPage) -> None:
    page = open_page(stub.url)
    page.number_input(key="field weight").set_value(1.5)
    page.radio(key="field smokes").set_value("*yes*")
    properties = copy.deepcopy(SCHEMA["properties"])
    properties["smokes"] |= {"enum": ["never", "often", "seldom", "always"], "x-example": "never"}
    del properties["7"]
    stub.answer("/schema", {"properties": properties})
    stub.answer("/model", {**MODEL, "version": "v2", "target": {"name": "y", "labels": ["old", "new"]}})
    answer = {**PREDICTION, "probabilities": {"old": 0.75, "new": 0.25}, "label": "old", "model_version": "v2"}
    stub.answer(PREDICT, answer)
    submit(page)
    assert words(page).startswith("new: 25 in 100")
    assert page.warning[0].proto.title == "The model has been replaced"
    assert page.warning[0].value.endswith("Set to the typical value: Smokes.")
    assert [(widget.key, widget.value) for widget in widgets(page)] == [
        ("field smokes", "never"),
        ("field weight", 1.5),
        ("field age", 40),
    ]
    assert stub.rows[-1] == {"smokes": "never", "weight": 1.5, "age": 40}


def test_refusal_by_a_replaced_model_draws_its_form(stub: Stub, open_page: OpenPage) -> None:
    page = open_page(stub.url)
    properties = {"size": {**SCHEMA["properties"]["weight"], "x-label": "Size"}}
    stub.answer("/schema", {"properties": properties})
    stub.answer("/model", {**MODEL, "version": "v2"})

    def answer(body: bytes) -> Answer:
        if b"size" not in body:
            return 422, "application/problem+json", b'{"errors": []}'
        return 200, "application/json", json.dumps({**PREDICTION, "model_version": "v2"}).encode()

    stub.answers[PREDICT] = answer
    submit(page)
    assert words(page)
    assert [widget.key for widget in widgets(page)] == ["field size"]


def test_function_whose_instances_do_not_agree_is_told_once(stub: Stub, open_page: OpenPage) -> None:
    stub.answer(PREDICT, {**PREDICTION, "model_version": "v2"})
    page = open_page(stub.url)
    assert "The function answered with model v2, and describes v_1_." in panel(page)
    stub.answer("/model", {**MODEL, "version": "v2"})
    page.button(key="retry").click().run()
    assert words(page)


def test_likeliest_of_several_classes_is_shown_among_all(stub: Stub, open_page: OpenPage) -> None:
    target = {"name": "tree", "labels": ["Ash", "*Birch*", "Cedar"]}
    baseline = {"class_rates": [0.5, 0.3, 0.2]}
    stub.answer("/model", {**MODEL, "task": "multiclass", "target": target, "baseline": baseline})
    shares = {"Ash": 0.2, "*Birch*": 0.7, "Cedar": 0.1}
    answer = {"label": "*Birch*", "probability": 0.7, "probabilities": shares, "base_rate": 0.3}
    stub.answer(PREDICT, {**answer, "model_version": "v_1_"})
    page = open_page(stub.url)
    assert words(page) == r"\*Birch\*: 70 in 100, where 30 in 100 is usual. Far above what is usual."
    assert charts(page) == ["Bars. *Birch* 70.0%, Ash 20.0%, Cedar 10.0%."]
    assert page.caption[0].value == ("The marks are at what is usual; \\*Birch\\*: 30.0%. Model version v_1\\_.")


def test_number_is_shown_with_its_typical_error(stub: Stub, open_page: OpenPage) -> None:
    stub.answer("/model", {**MODEL, "task": "regression", "target": {"name": "price_eur"}})
    answer = {"value": 1234567.891, "typical_error": 12.3456, "base_value": 1000000.0, "model_version": "v_1_"}
    explanation = {"value": 1234567.891, "reference": {"row": {}, "value": 1234500.0}, "exact": False}
    explanation["contributions"] = {"weight": 100.0, "age": -32.109, "smokes": 0.0}
    stub.answer(PREDICT, answer | {"explanation": explanation})
    page = open_page(stub.url)
    assert words(page) == "price_eur: 1,234,567.9, where 1,000,000.0 is usual. Typically off by 12.3."
    assert charts(page) == [
        "Bars. This row 1,234,567.9, Usual 1,000,000.0.",
        "Bars. Weight: 3.125 +100.0, Age: 40 −32.1.",  # noqa: RUF001
    ]
    assert page.caption[1].value == (
        "From 1,234,500.0 for the typical row to 1,234,567.9 for this one: "
        "1,234,500.0 + 100.0 − 32.1 = 1,234,567.9. Fields that are not named are as in the typical row. "  # noqa: RUF001
        "These are means over orders of the fields that were drawn."
    )


def test_dates_are_chosen_from_a_calendar(stub: Stub, open_page: OpenPage) -> None:
    born = {"x-kind": "date", "x-label": "Born", "x-order": 0, "x-example": "1990-02-28", "type": "string"}
    stub.answer("/schema", {"properties": {"born": {**born, "x-range": ["1950-01-01", "2000-12-31"]}}})
    page = open_page(stub.url, born="1985-12-31")
    assert stub.rows == [{"born": "1985-12-31"}]
    (widget,) = page.date_input
    assert widget.help == "1950-01-01 to 2000-12-31 in the data the model learned from."
    widget.set_value(date(2001, 1, 2))
    submit(page)
    assert stub.rows[-1] == {"born": "2001-01-02"}


def test_schema_is_asked_for_anew_after_a_failure(stub: Stub, open_page: OpenPage) -> None:
    page = open_page(stub.url)
    changed = copy.deepcopy(SCHEMA)
    changed["properties"]["smokes"]["enum"] = ["new", None]
    stub.answer("/schema", changed)
    assert page.run().radio[0].options[0] == r"\*yes\*"  # kept for a while
    stub.answer(PREDICT, {"errors": []}, 422)
    submit(page)
    stub.answer(PREDICT, PREDICTION)
    assert submit(page).radio[0].options[0] == "new"


def test_whatif_asks_for_every_choice_at_once(function_url: str, open_page: OpenPage, trained: Trained) -> None:
    page = open_page(function_url, "What-if")
    row, choices = trained.document["typical_row"], trained.document["schema"]["properties"]["age_group"]["enum"]
    answers = httpx.post(f"{function_url}/predict/batch", json=[row | {"age_group": each} for each in choices]).json()
    shares = [answer["probability"] for answer in answers["results"]]
    least, most = min(shares), max(shares)
    (said,) = charts(page)
    assert said == (
        f"Pre-term over Mother's age. From {least:.2%} at {choices[shares.index(least)]} to {most:.2%} at "
        f"{choices[shares.index(most)]}. Now {row['age_group']}: Pre-term {shares[choices.index(row['age_group'])]:.2%}."
    )
    page.selectbox(key="whatif").set_value("tobacco_use_during_pregnancy").run()
    assert "Tobacco use during pregnancy" in charts(page)[0]


def test_whatif_over_choices_stacks_all_classes(stub: Stub, open_page: OpenPage) -> None:
    def answer(body: bytes) -> Answer:
        """Ash is the surer the later the choice."""
        tops = [0.5 + 0.1 * choices.index(row["7"]) for row in json.loads(body)]
        results = [
            {**PREDICTION, "label": "Ash", "probability": top, "probabilities": {"Ash": top, "*Birch*": 1 - top}}
            for top in tops
        ]
        return 200, "application/json", json.dumps({"results": results, "model_version": "v_1_"}).encode()

    choices = [MARKUP, "b", "c", "d"]
    target = {"name": "tree", "labels": ["Ash", "*Birch*"]}
    baseline = {"class_rates": [0.6, 0.4]}
    stub.answer("/model", {**MODEL, "task": "multiclass", "target": target, "baseline": baseline})
    shares = {"Ash": 0.5, "*Birch*": 0.5}
    stub.answer(PREDICT, {**PREDICTION, "label": "Ash", "probability": 0.5, "probabilities": shares})
    stub.answers["/predict/batch"] = answer
    page = open_page(stub.url, "What-if")
    page.selectbox(key="whatif").set_value("7").run()
    (said,) = charts(page)
    assert said.startswith(f"tree over {MARKUP}. From 50.0% at {MARKUP} to 80.0% at d.")
    assert said.endswith(f"Now {MARKUP}: Ash 50.0%, *Birch* 50.0%.")
    (chart,) = (json.loads(node.proto.spec) for node in page.get("vega_lite_chart"))
    assert chart["encoding"]["color"]["scale"]["domain"] == ["Ash", "*Birch*"]
    assert chart["height"] == 44 * len(choices) + 40


def test_whatif_over_a_number_is_a_curve_through_the_current_value(stub: Stub, open_page: OpenPage) -> None:
    def answer(body: bytes) -> Answer:
        results = [{**PREDICTION, "probability": row["weight"] / 10} for row in json.loads(body)]
        results[0] = {"problem": {"detail": "No."}}
        return 200, "application/json", json.dumps({"results": results, "model_version": "v_1_"}).encode()

    stub.answers["/predict/batch"] = answer
    page = open_page(stub.url, "What-if")
    page.selectbox(key="whatif").set_value("weight").run()
    weights = [row["weight"] for row in stub.rows[-1]]
    assert len(weights) == 41
    assert (weights[0], weights[-1]) == (0.5, 4.25)
    assert 3.125 in weights
    assert weights == sorted(weights)
    (said,) = charts(page)
    assert said == "y_es over Weight. From 5.96% at 0.5961538462 to 42.50% at 4.25. Now 3.125: y_es 31.25%."


@pytest.mark.parametrize(
    ("name", "current", "count", "some"),
    [
        ('class "def"', True, 3, [True, False, None]),
        (OPEN, "y", 3, ["x", "y", "(other)"]),
        (OPEN, "not seen", 4, ["x", "y", "(other)", "not seen"]),
        ("1st", None, 41, [0, 120, None]),
        ("1st", 500, 42, [0, 120, 500, None]),
        ("2", 2.5, 41, [0.5, 2.5, None]),
        ("a/b~c", "2024-01-31", 42, ["2019-01-31", "2024-01-31", "2024-12-01", None]),
        ("a/b~c", None, 41, ["2019-01-31", "2024-12-01", None]),
        ("'", "2020-02-29", 1, ["2020-02-29"]),
    ],
)
def test_whatif_asks_for_choices_points_and_no_value(name: str, current: Any, count: int, some: list[Any]) -> None:
    from whatif import spread

    values = spread(MIXED[name], current)
    assert len(values) == len(set(values)) == count
    assert [value for value in values if value in some] == some


def test_whatif_over_a_number_says_what_a_missing_one_gives(stub: Stub, open_page: OpenPage) -> None:
    def answer(body: bytes) -> Answer:
        results = [
            {**PREDICTION, "probability": 0.9 if row["2"] is None else row["2"] / 10} for row in json.loads(body)
        ]
        return 200, "application/json", json.dumps({"results": results, "model_version": "v_1_"}).encode()

    stub.answers["/predict/batch"] = answer
    stub.answer("/schema", {"properties": MIXED})
    page = open_page(stub.url, "What-if")
    page.selectbox(key="whatif").set_value("2").run()
    assert charts(page)[0].endswith("From 5.00% at 0.5 to 90.00% at Not known. Now Not known: y_es 90.00%.")
    assert 'class "def" of 2: Yes' in page.caption[0].value.replace("\u2060", "")
    page = open_page(stub.url, "What-if", **{"2": "1.5"})
    page.selectbox(key="whatif").set_value("2").run()
    said = "This row, 1.5: y_es 15.00%. Not known: y_es 90.00%. The marks are at what is usual: 50.00%."
    assert page.caption[-1].value == said


def test_fields_of_one_label_are_told_apart(stub: Stub, open_page: OpenPage) -> None:
    properties = {name: {**MIXED["2"], "x-label": "A b", "x-order": order} for order, name in enumerate(["a_b", "a b"])}
    stub.answer("/schema", {"properties": properties})
    stub.answer("/predict/batch", {"results": [PREDICTION] * 41, "model_version": "v_1_"})
    page = open_page(stub.url, "What-if")
    assert page.selectbox(key="whatif").options == ["A b (a_b)", "A b (a b)"]
    page.selectbox(key="whatif").set_value("a b").run()
    assert {row["a_b"] for row in stub.rows[-1]} == {None}


def test_whatif_without_an_answer_is_a_panel(stub: Stub, open_page: OpenPage) -> None:
    stub.answer("/predict/batch", "<h1>hello</h1>", kind="text/html")
    page = open_page(stub.url, "What-if")
    assert "not the prediction function's answer" in panel(page, "retry what-if")
    results = [{**PREDICTION, "probability": 0.5}] * 4
    stub.answer("/predict/batch", {"results": results, "model_version": "v_1_"})
    page.button(key="retry what-if").click().run()
    assert len(charts(page)) == 1


def test_model_is_shown_as_the_function_describes_it(function_url: str, open_page: OpenPage, trained: Trained) -> None:
    page = open_page(function_url, "Model")
    metrics = trained.document["metrics"]
    assert not page.exception
    assert "\n".join(f"- {line}" for line in metrics["verdict"]) in [each.value for each in page.markdown]
    figures = page.table[0].value
    auc = metrics["held_out"]["model"]["roc_auc"]
    assert list(figures.loc["ROC AUC"]) == [
        f"{auc['value']:.3f}", f"{auc['low']:.3f} to {auc['high']:.3f}", "0.500"
    ]  # fmt: skip
    assert len(figures) == len(metrics["held_out"]["model"])
    assert len(page.table[1].value) == len(metrics["calibration"])
    assert sum(len(table.value) for table in page.table[2:]) == len(metrics["slices"])
    calibration, importance = charts(page)
    assert calibration.count("rows ") == len(metrics["calibration"])
    labels = [trained.document["schema"]["properties"][each["column"]]["x-label"] for each in metrics["importance"]]
    assert re.findall("|".join(labels), importance) == labels


def test_model_that_says_little_is_shown_without_the_rest(stub: Stub, open_page: OpenPage) -> None:
    use = "<!-- of y -->\n# Use\n\nFor *tests*. ![a](http://x.example/a.png)"
    stub.answer("/model", {**MODEL, "intended_use": use})
    page = open_page(stub.url, "Model")
    assert not page.exception
    assert len(page.table) == len(charts(page)) == 0
    assert [each.value for each in page.markdown if "Use" in each.value] == [
        "# Use\n\nFor *tests*. [a](http://x.example/a.png)"
    ]


def test_report_is_linked_where_there_is_one(stub: Stub, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(open_page(stub.url, "Model").get("link_button")) == 0
    stub.answer("/report", "<!doctype html>", kind="text/html")
    st.cache_data.clear()
    (link,) = open_page(stub.url, "Model").get("link_button")
    assert (link.proto.label, link.proto.url) == ("Read the full report", f"{stub.url}/report")
    monkeypatch.setenv("PUBLIC_API_URL", "https://api.example/v1/")
    (link,) = open_page(stub.url, "Model").get("link_button")
    assert link.proto.url == "https://api.example/v1/report"


def test_samples_ask_for_the_row_that_was_predicted(function_url: str, open_page: OpenPage, trained: Trained) -> None:
    page = open_page(function_url, tobacco_use_during_pregnancy="Yes")
    curl, python, script = [block.value for block in show_tab(page, "API").code][-3:]
    row = trained.document["typical_row"] | {"tobacco_use_during_pregnancy": "Yes"}
    answer = httpx.post(f"{function_url}/predict", json=row).json()
    for command in (
        ["sh", "-c", f"{curl} --silent"],
        [sys.executable, "-c", python.replace("print(", "print(json.dumps(") + ")"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert json.loads(done.stdout) == answer
    assert f'await fetch("{function_url}/predict"' in script
    assert '"tobacco_use_during_pregnancy": "Yes"' in script


def test_api_url_may_be_a_secret_which_counts_before_the_environment(stub: Stub, open_page: OpenPage) -> None:
    assert words(open_page("", secrets={"API_URL": stub.url}))
    assert words(open_page("http://127.0.0.1:9", secrets={"API_URL": stub.url}))
    assert words(open_page(stub.url, secrets={"other": "secret"}))
    assert "API_URL=nonsense is not" in panel(open_page("", secrets={"API_URL": "nonsense"}))


def test_secrets_that_cannot_be_read_stop_the_page(stub: Stub, open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "secrets.toml").write_text("[auth\n", encoding="utf-8")
    usual = st.get_option("secrets.files")
    st.config.set_option("secrets.files", [str(tmp_path / "secrets.toml")])
    try:
        page = open_page(stub.url)
        assert "secrets.toml cannot be read" in panel(page)
        assert len(widgets(page)) == 0
    finally:
        st.config.set_option("secrets.files", usual)


def test_login_is_asked_for_only_where_secrets_have_an_auth_section(stub: Stub, open_page: OpenPage) -> None:
    assert len(widgets(open_page(stub.url))) == 4
    asked = len(stub.rows)
    page = open_page(stub.url, secrets={"auth": {"redirect_uri": "http://localhost/oauth2callback"}})
    assert [button.label for button in page.button] == ["Log in"]
    assert (len(widgets(page)), len(stub.rows), page.title[0].value) == (0, asked, "Log in to see this page")
    page.button[0].click().run()
    assert page.error[0].proto.title == "The login is not set up"
    assert len(widgets(page)) == 0


def test_login_names_several_providers_and_lets_in_who_is_logged_in(stub: Stub, open_page: OpenPage) -> None:
    providers = {"auth": {"cookie_secret": "x", "okta": {"client_id": "1"}, "microsoft": {"client_id": "2"}}}
    page = open_page(stub.url, secrets=providers)
    assert [button.label for button in page.button] == ["Log in with okta", "Log in with microsoft"]
    page.user = {"is_logged_in": True, "email": "_a_@b.example"}
    page.run()
    assert words(page)
    assert page.caption[0].value == "\\_a\\_@\u2060b.example"
    assert "Log out" in [button.label for button in page.button]
