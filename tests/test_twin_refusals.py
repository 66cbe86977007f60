"""What the function refuses, its JavaScript twin refuses in the same words, in a real browser."""

from __future__ import annotations

import json
import random
from typing import Any

import httpx
import pytest

from predict.cells import guess_date, make_reader
from predict.model import Model, PredictionError
from predict.problems import RowError
from predict.row import RowValidator
from predict.scorer import LARGEST_NUMBER
from tests import test_calibrators, test_cells, test_inputs, test_model, test_problems, test_row, test_scorer
from tests.apps import MIXED, TYPICAL, mixed_model
from tests.twins import CHECK, EXPLAIN, NUMBER, PREDICT, Document, Row, Twin, assert_same, cases, to_model
from tests.twins import twin as twin

JSON = {"Content-Type": "application/json"}
SIGMOID = {"type": "sigmoid", "a": -1.0, "b": 0.0}
CONSTANT = {"type": "constant", "link": "identity", "values": [1.0]}


def test_model_that_does_not_fit_is_refused(twin: Twin) -> None:
    wrong = cases(test_model.test_model_that_does_not_fit_its_task_is_refused)
    fitting, endless = test_model.make_document("binary", [0.5, 0.5]), endless_document()
    documents = [test_model.make_document(task, values) for task, values in wrong]
    documents += [{**fitting, "task": "ranking"}, {**fitting, "format": 1}, {**fitting, "typical_row": {}}]
    documents.append({**endless, "typical_row": {"x": LARGEST_NUMBER}})
    body = (
        "return Promise.all(data.map((document) => Model.load(document).then(() => null, ({ message }) => message)));"
    )
    refused = twin(body, documents)
    assert all(refused)
    assert refused[len(wrong) + 1] == "model.json has format 1, not 3; run make train to bake it anew"
    assert twin(body, [fitting, endless]) == [None, None]


def endless_document() -> Document:
    """Return a model of one number whose answers to large ones are infinite."""
    model = {"type": "linear", "link": "identity", "intercept": [0.0], "coefficients": [[1e300]]}
    document = test_model.make_document("regression", [0.0])
    estimator = {**document["estimator"], "model": model}
    return {**document, "estimator": estimator, "schema": {"properties": {"x": NUMBER}}}


def test_answer_that_is_not_finite_is_refused(twin: Twin) -> None:
    document, row = endless_document(), {"x": LARGEST_NUMBER}
    with pytest.raises(PredictionError) as theirs:
        to_model(document).predict(row)
    body = (
        "const model = await Model.load(data.document); return ['predict', 'explain'].map((name) => {"
        " try { return model[name](data.row); }"
        " catch (error) { return [error instanceof PredictionError, error.message]; } });"
    )
    assert twin(body, {"document": document, "row": row}) == [[True, str(theirs.value)]] * 2


def test_rows_that_python_refuses_are_refused(twin: Twin) -> None:
    """And what it leaves to the check of rows: texts and truth values are no numbers."""
    bad = cases(test_scorer.test_row_that_training_would_refuse_is_refused)
    sizes: list[Any] = [True, "1", [1], {}]
    bad += [{"colour": "red", "size": size} for size in sizes]
    bad += [{"colour": colour, "size": 1} for colour in ("toString", "__proto__", "", 0, False, "null")]
    assert refusals(twin, [(test_scorer.INPUTS, test_scorer.LINEAR, row) for row in bad]) == [True] * len(bad)
    bad_inputs = [
        ([entry], CONSTANT, {"x": value})
        for entry, value in cases(test_inputs.test_what_training_would_refuse_is_refused)
    ]
    assert refusals(twin, bad_inputs) == [True] * len(bad_inputs)
    inherited = [{"field": "valueOf", "mean": 0, "scale": 1}, {"field": "__proto__", "one_hot": ["a", None]}]
    assert refusals(twin, [([field], CONSTANT, {}) for field in inherited]) == [True, True]
    good: list[Row] = [test_scorer.LEFT, test_scorer.MIDDLE, test_scorer.RIGHT]
    assert refusals(twin, [(test_scorer.INPUTS, test_scorer.LINEAR, row) for row in good]) == [False] * len(good)


def test_damaged_estimators_are_refused(twin: Twin) -> None:
    inputs: Any = test_scorer.INPUTS
    row: Any = test_scorer.LEFT
    damaged = [(inputs, model, row) for model in cases(test_scorer.test_numbers_of_another_form_are_refused)]
    tree = {"feature": [0.5, -1, -1], "threshold": [0.5], "value": [1.0, 2.0]}
    models = [{**test_scorer.LINEAR, "link": "constructor"}, {**test_scorer.TREES, "type": "__proto__"}]
    models += [{**test_scorer.LINEAR, "intercept": ["0.5"]}, {**test_scorer.TREES, "trees": [tree]}]
    models.append({**test_scorer.LINEAR, "coefficients": 2 * test_scorer.LINEAR["coefficients"]})
    models.append({**test_scorer.TREES, "trees": [{**tree, "feature": [2, 0, -1, -1], "threshold": [0.0, 0.5]}]})
    damaged += [(inputs, model, row) for model in models]
    damaged += [([{**inputs[1], **change}], CONSTANT, row) for change in ({"scale": 0}, {"mean": None}, {"scale": "2"})]
    entries = cases(test_inputs.test_inputs_of_another_form_are_refused)
    damaged += [([entry], CONSTANT, {"x": value}) for entry in entries for value in ("a", 3, "2024-02-29")]
    wrong = [[numbers] for numbers in cases(test_calibrators.test_numbers_of_another_form_are_refused)]
    damaged += [(inputs, calibrated(calibrators), row) for calibrators in [*wrong, [], [SIGMOID] * 2]]
    damaged += [(inputs, calibrated(*of), row) for of in ([], [[SIGMOID], []])]
    nested = {**calibrated([SIGMOID]), "members": [{"model": calibrated([SIGMOID]), "calibrators": [SIGMOID] * 2}]}
    damaged += [
        (inputs, model, row) for model in (nested, {**test_scorer.TREES, "trees": [{**tree, "threshold": [["a"]]}]})
    ]
    assert refusals(twin, damaged) == [True] * len(damaged)
    lists = {**test_scorer.TREES, "start": [0.0, 0.0], "trees": [test_scorer.LISTS]}
    sound = [(inputs, model, row) for model in (test_scorer.LINEAR, test_scorer.TREES, CONSTANT, lists)]
    listed = {**test_scorer.TREES, "trees": [{**tree, "feature": [2, -1, -1], "threshold": [[0.0, 1]]}]}
    sound += [([test_inputs.CODES], CONSTANT, {"x": "a"}), ([test_inputs.NUMBER], CONSTANT, {"x": 3})]
    sound += [([test_inputs.DATE], CONSTANT, {"x": "2024-02-29"})]
    sound += [(inputs, model, row) for model in (calibrated([SIGMOID]), calibrated([SIGMOID], [SIGMOID]), listed)]
    assert refusals(twin, sound) == [False] * len(sound)


def calibrated(*of_members: list[Document]) -> Document:
    """Return a calibrated model with such calibrators of each member."""
    members = [{"model": test_scorer.LINEAR, "calibrators": calibrators} for calibrators in of_members]
    return {"type": "calibrated", "link": "identity", "members": members}


def refusals(twin: Twin, estimators: list[tuple[Any, Any, Row]]) -> list[bool]:
    """Return whether the scorer of each (inputs, model) refuses to be made or to score the row.

    What JSON cannot hold, such as NaN, is written as a JavaScript literal.
    """
    literals = json.dumps(estimators).replace('"__proto__":', '["__proto__"]:')
    return list(
        twin(
            f"return Promise.all({literals}.map(async ([inputs, model, row]) => {{"
            " try { return !(await Scorer.load({ inputs, model })).predict(row); } catch { return true; } }));",
            None,
        )
    )


def test_bad_births_are_refused_in_the_functions_own_words(twin: Twin, function_url: str, model: Model) -> None:
    schema, typical = model.document["schema"], model.document["typical_row"]
    values = [
        True,
        3,
        2.5,
        None,
        ["x"],
        {"a": 1},
        "",
        "no such value",
        "x" * 5_000,
        "\u00df" * 101,
        "\ud800",
        "\U0001f600" * 101,
    ]
    rows: list[Any] = [dict.fromkeys(typical, value) for value in values]
    rows += [{key: typical[key] for key in typical if key != left_out} for left_out in typical]
    rows.append({})
    given = twin(CHECK, {"schema": schema, "rows": rows})
    for row, mine in zip(rows, given, strict=True):
        response = httpx.post(f"{function_url}/predict", content=json.dumps(row), headers=JSON)
        assert (response.status_code, without_lists(mine)) == (422, without_lists(response.json()["errors"]))
    assert twin(CHECK, {"schema": schema, "rows": [typical]}) == [[]]


def test_bad_numbers_are_refused_alike(twin: Twin) -> None:
    schema = {
        "properties": {"age": NUMBER, "size": {**NUMBER, "minimum": 0, "maximum": 9.5}},
        "required": ["age", "size"],
    }
    good = [{"age": -0.0, "size": 0}, {"age": LARGEST_NUMBER, "size": 9.5}, {"age": -LARGEST_NUMBER, "size": 5e-324}]
    assert twin(CHECK, {"schema": schema, "rows": good}) == [[], [], []]
    sizes: list[Any] = [-5e-324, 9.500000000000002, 10, True, False, None, "5", "", "NaN", [5], {}, 1e39, 10**20]
    assert_refused_alike(twin, schema, [{"age": 1, "size": size} for size in sizes])
    rows = "data.rows = [NaN, Infinity, -Infinity].map((age) => ({ age, size: 1 }));"
    special = [{"age": float(text), "size": 1} for text in ("nan", "inf", "-inf")]
    assert twin(rows + CHECK, {"schema": schema}) == [errors_of(row, schema) for row in special]


def test_values_of_each_kind_are_taken_and_refused_alike(twin: Twin) -> None:
    schema = mixed_model().document["schema"]
    good: list[Row] = [TYPICAL, {name: TYPICAL[name] for name in schema["required"]}]
    good += [{**TYPICAL, field: given} for field, given, _ in cases(test_row.test_value_of_each_kind_is_taken)]
    assert twin(CHECK, {"schema": schema, "rows": good}) == [[]] * len(good)
    bad = [
        {**TYPICAL, field: given}
        for field, wrong in cases(test_row.test_value_of_another_kind_is_refused)
        for given in wrong
        if given == given and given not in (float("inf"), 10**400)  # which JSON cannot hold
    ]
    bad += [
        {**TYPICAL, field: given}
        for field, given, _ in cases(test_problems.test_bad_value_of_each_kind_is_told_what_is_allowed)
    ]
    bad += [{}, dict.fromkeys(MIXED, "x"), dict.fromkeys(MIXED, 2.5), {"2": 1, "1st": 2}]
    assert_refused_alike(twin, schema, bad)


def test_cells_are_read_and_dates_guessed_alike(twin: Twin) -> None:
    cells = [cell for cells, _ in cases(test_cells.test_boolean_is_written_in_many_ways) for cell in cells]
    for test in (
        test_cells.test_other_text_is_no_boolean,
        test_cells.test_time_of_day_is_dropped_from_a_date,
        test_cells.test_date_is_read_as_the_table_writes_it,
        test_cells.test_text_that_is_no_date_stays_as_it_is,
    ):
        cells += cases(test)
    cells += ["(other)", "é 🎈", "31.12.2024", "31-12-2024 10:00", "12/31/2024", "3.0", "-2.5", "1e3", "1,5", "three"]
    american, dotted = ({**MIXED["'"], "x-format": form} for form in ("%m/%d/%Y", "%d.%m.%Y"))
    columns = [*MIXED.values(), american, dotted, {"type": "string", "enum": ["a", ""]}]
    columns += [{"type": "string", "x-choices": choices} for choices in (["a"], ["", "a"])]
    cells += ["", " ", "n/a", "-9", "-9.0", "-9e0", "007", "7", "-0", "0"]
    body = "return data.columns.map((column) => data.cells.map(cells.makeReader(column, data.missing)));"
    for missing in ([""], ["n/a", "-9", "007"], ["", "1.0", "0"], []):
        read = twin(body, {"columns": columns, "cells": cells, "missing": missing})
        assert read == [[make_reader(column, missing)(cell) for cell in cells] for column in columns]
    read = twin(
        "return data.columns.map((column) => data.cells.map(cells.makeReader(column)));",
        {"columns": columns, "cells": cells},
    )
    assert read == [[make_reader(column)(cell) for cell in cells] for column in columns]
    assert len({json.dumps(each) for column in read for each in column}) > 40
    texts = [text for text, _ in cases(test_cells.test_date_that_can_be_read_in_one_way_only_is_guessed)]
    assert twin("return data.map(cells.guessDate);", [*texts, *cells]) == [
        guess_date(text) for text in [*texts, *cells]
    ]


@pytest.mark.parametrize("name", ["__proto__", "constructor", "10", "1st", "a/b~c", "'\"", "<b>", "ß \u2028"])
def test_any_text_is_a_field_and_a_choice(twin: Twin, name: str) -> None:
    properties = {name: {"enum": [name, None]}, "x": NUMBER}
    inputs = [{"field": name, "one_hot": [name, None]}, {"field": "x", "mean": 1.0, "scale": 2.0}]
    document: Document = {
        **test_model.make_document("binary", [0.5, 0.5]),
        "target": {"name": "y", "labels": [name, "other"]},
        "typical_row": {name: name, "x": 0.0},
        "schema": {"properties": properties, "required": ["x"]},
        "estimator": {"inputs": inputs, "model": test_scorer.LINEAR},
    }
    model = to_model(document)
    rows: list[Row] = [{name: name, "x": 3.5}, {name: None, "x": -2.5}]
    assert_same(twin(PREDICT, {"document": document, "rows": rows}), [model.predict(row) for row in rows])
    assert_same(twin(EXPLAIN, {"document": document, "rows": rows}), [model.explain(row) for row in rows])
    assert twin(CHECK, {"schema": document["schema"], "rows": [*rows, {"x": 1}]}) == [[], [], []]
    bad: list[Row] = [{name: name + "s", "x": 1}, {}]
    assert_refused_alike(twin, document["schema"], bad)


def test_suggestions_are_those_of_python(twin: Twin, model: Model) -> None:
    """For choices that are misspelt at random, by one to nine letters, and in other cases."""
    schema, typical = model.document["schema"], model.document["typical_row"]
    draw = random.Random(0)
    rows = []
    for name, value in schema["properties"].items():
        for choice in value["enum"]:
            rows += [{**typical, name: text} for text in (choice.upper(), f" {choice} ", choice[1:], choice[::-1])]
            rows += [{**typical, name: misspell(choice, draw)} for _ in range(12)]
    rows = [row for row in rows if errors_of(row, schema)]
    suggestions = [error["suggestion"] for row in rows for error in errors_of(row, schema)]
    assert min(suggestions.count(None), len(set(suggestions))) > 20
    assert_refused_alike(twin, schema, rows)


@pytest.mark.parametrize(
    ("choice", "given", "suggestion"),
    [
        ("ß", "SS", "ß"),
        ("Größe", "GROSSE", "Größe"),
        ("x" * 60, "x" * 60 + "y" * 100, "x" * 60),  # of which 100 letters are compared
        ("x" * 60, "x" * 40 + "y" * 100, None),
        ("", "a", None),
        ("abab", "ab", "abab"),
        ("\U0001f600\U0001f601", "\U0001f600", "\U0001f600\U0001f601"),
    ],
)
def test_suggestion_ignores_case_and_the_end_of_long_texts(
    twin: Twin, choice: str, given: str, suggestion: str | None
) -> None:
    schema = {"properties": {"x": {"enum": [choice, "zzz"]}}, "required": ["x"]}
    assert_refused_alike(twin, schema, [{"x": given}])
    ((error,),) = twin(CHECK, {"schema": schema, "rows": [{"x": given}]})
    assert error["suggestion"] == suggestion


def misspell(text: str, draw: random.Random) -> str:
    letters = list(text)
    for _ in range(draw.randint(1, 9)):
        at = draw.randrange(len(letters))
        letters[at : at + draw.randint(0, 2)] = draw.choices(text + "xÄ~ ", k=draw.randint(0, 2))
        letters = letters or ["x"]
    return "".join(letters)


def assert_refused_alike(twin: Twin, schema: Document, rows: list[Row]) -> None:
    """Assert that the twin finds the same errors in each row as the function, of which there are some."""
    given = twin(CHECK, {"schema": schema, "rows": rows})
    for row, mine in zip(rows, given, strict=True):
        theirs = errors_of(row, schema)
        assert theirs, f"{row} is fine"
        assert without_lists(mine) == without_lists(theirs)


def errors_of(row: Any, schema: Document) -> list[Document]:
    """Return the errors that the function answers, as JSON holds them."""
    try:
        RowValidator(schema).check(row)
    except RowError as error:
        return list(json.loads(json.dumps(error.errors)))
    return []


def without_lists(errors: list[Document]) -> list[Document]:
    """Return errors without the lists and objects that were given: Python shows them as it writes them itself."""
    return [{**error, "given": None} if str(error["given"])[:1] in ("[", "{") else error for error in errors]
