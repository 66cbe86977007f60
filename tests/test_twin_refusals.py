"""What the function refuses, its JavaScript twin refuses in the same words, in a real browser."""

from __future__ import annotations

import json
import random
from typing import Any

import httpx
import pytest

from predict.model import Model, PredictionError
from predict.problems import RowError
from predict.row import RowValidator
from predict.scorer import LARGEST_NUMBER
from tests import test_model, test_scorer
from tests.twins import CHECK, EXPLAIN, NUMBER, PREDICT, Document, Row, Twin, assert_same, cases, to_model
from tests.twins import twin as twin

JSON = {"Content-Type": "application/json"}
CONSTANT = {"type": "constant", "link": "identity", "values": [1.0]}


def test_model_that_does_not_fit_is_refused(twin: Twin) -> None:
    wrong = cases(test_model.test_model_that_does_not_fit_its_task_is_refused)
    fitting, endless = test_model.make_document("binary", [0.5, 0.5]), endless_document()
    documents = [test_model.make_document(task, values) for task, values in wrong]
    documents += [{**fitting, "task": "ranking"}, {**fitting, "format": 1}, {**fitting, "typical_row": {}}]
    documents.append({**endless, "typical_row": {"x": LARGEST_NUMBER}})
    body = "return data.map((document) => { try { new Model(document); } catch ({ message }) { return message; } });"
    refused = twin(body, documents)
    assert all(refused)
    assert refused[len(wrong) + 1] == "model.json has format 1, not 2; run make train to bake it anew"
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
        "const model = new Model(data.document); return ['predict', 'explain'].map((name) => {"
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
    assert refusals(twin, damaged) == [True] * len(damaged)
    lists = {**test_scorer.TREES, "start": [0.0, 0.0], "trees": [test_scorer.LISTS]}
    sound = [(inputs, model, row) for model in (test_scorer.LINEAR, test_scorer.TREES, CONSTANT, lists)]
    assert refusals(twin, sound) == [False] * len(sound)


def refusals(twin: Twin, estimators: list[tuple[Any, Any, Row]]) -> list[bool]:
    """Return whether the scorer of each (inputs, model) refuses to be made or to score the row.

    What JSON cannot hold, such as NaN, is written as a JavaScript literal.
    """
    literals = json.dumps(estimators).replace('"__proto__":', '["__proto__"]:')
    return list(
        twin(
            f"return {literals}.map(([inputs, model, row]) => {{"
            " try { return !new Scorer({ inputs, model }).predict(row); } catch { return true; } });",
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


@pytest.mark.parametrize("name", ["__proto__", "constructor", "10", "a/b~c", "ß \u2028"])
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
