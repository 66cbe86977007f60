"""The JavaScript twin, run in a browser, and what it is compared with the function on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser
from sklearn import datasets
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from predict.model import FORMAT, Model
from predict.scorer import LARGEST_NUMBER, Scorer
from tests.pipelines import LINEAR, Example
from training.edges import to_records

TOLERANCE = 1e-12
DRAWN = 1_000
NUMBER = {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
TABLES = {
    "iris": ("multiclass", datasets.load_iris),
    "wine": ("multiclass", datasets.load_wine),
    "breast_cancer": ("binary", datasets.load_breast_cancer),
    "digits": ("multiclass", datasets.load_digits),
    "diabetes": ("regression", datasets.load_diabetes),
    "linnerud": ("regression", datasets.load_linnerud),
}
IMPORTS = (
    "const [{ Scorer }, { Inputs }, { checkRow }, { Model, PredictionError }, { suggest }, cells] = await Promise.all("
    "['scorer', 'inputs', 'row', 'model', '../batch/scoring', '../batch/cells']"
    ".map((name) => import(`./${name}.js`)));"
)
PREDICT = "const model = await Model.load(data.document); return data.rows.map((row) => model.predict(row));"
EXPLAIN = "const model = await Model.load(data.document); return data.rows.map((row) => model.explain(row));"
CHECK = "return data.rows.map((row) => checkRow(row, data.schema, suggest));"

Document = dict[str, Any]
Row = dict[str, Any]
Twin = Callable[[str, Any], Any]


@pytest.fixture(scope="module")
def twin(browser: Browser, function_url: str) -> Iterator[Twin]:
    """What runs the body of a JavaScript function of `data` in a page; data and answer go over as JSON texts."""
    page = browser.new_page()
    page.goto(f"{function_url}/twin/scorer.js")  # whatever is of the same origin

    def run(body: str, data: Any) -> Any:
        script = f"async (text) => {{ const data = JSON.parse(text); {IMPORTS} {body} }}"
        return json.loads(page.evaluate(f"async (text) => JSON.stringify(await ({script})(text))", json.dumps(data)))

    yield run
    page.close()


def assert_same(mine: Any, theirs: Any, scale: float = 1.0) -> None:
    """Assert that two answers are the same but for the rounding of numbers, as the parity of training has it."""
    if isinstance(theirs, dict):
        assert mine.keys() == theirs.keys()
        for key in theirs:
            assert_same(mine[key], theirs[key], scale)
    elif isinstance(theirs, list):
        assert len(mine) == len(theirs)
        for a, b in zip(mine, theirs, strict=True):
            assert_same(a, b, scale)
    elif isinstance(theirs, float):
        assert abs(mine - theirs) <= TOLERANCE * max(1, abs(theirs), scale)
    else:
        assert mine == theirs


def make_document(example: Example, task: str, estimator: Document) -> Document:
    """Return what the twin reads of a model.json."""
    classes = [] if task == "regression" else [f"class {name}" for name in sorted(set(example.targets[task]))]
    rates = np.linspace(0.1, 0.9, len(classes)).tolist()
    typical = to_records(example.features.iloc[:1])[0]
    return {
        "format": FORMAT,
        "version": "0123456789ab",
        "task": task,
        "target": {"name": "y", "labels": classes} if classes else {"name": "y"},
        "baseline": {"class_rates": rates} if classes else {"base_value": 1.5, "typical_error": 0.5},
        "schema": example.schema,
        "typical_row": typical,
        "parity": {"tolerance": TOLERANCE, "scale": example.scale(task)},
        "estimator": estimator,
    }


def to_model(document: Document) -> Model:
    return Model(document, Scorer(document["estimator"]))


def load_table(name: str) -> tuple[Example, str]:
    """Return a table that scikit-learn ships, and its task; of several targets the first."""
    task, load = TABLES[name]
    table = load()
    step = len(table.data) // 500 or 1  # enough to fit, and soon done
    names = [str(name) for name in table.feature_names]
    features = pd.DataFrame(table.data[::step], columns=names).astype(float)
    target = np.asarray(table.target)[::step]
    ends = {column: [float(features[column].min()), float(features[column].max())] for column in features}
    properties = {column: {**NUMBER, "x-kind": "number", "x-range": ends[column]} for column in features}
    schema = {"properties": properties, "required": list(properties)}
    targets = {task: target if target.ndim == 1 else target[:, 0]}
    return Example(schema, features, targets, np.ones(len(features), dtype=np.int64)), task


def fit_numbers(example: Example, task: str, estimator: Any) -> Pipeline:
    """Return a copy of `estimator`, fitted on a table of numbers."""
    encoder = StandardScaler() if isinstance(estimator, LINEAR) else "passthrough"
    columns = ColumnTransformer([("number", encoder, list(example.features))])
    return Pipeline([("encoder", columns), ("estimator", clone(estimator))]).fit(
        example.features, example.targets[task]
    )


def draw_rows(example: Example) -> list[Row]:
    """Return random rows: of each column, as many values that occur as numbers anywhere in its range and around it."""
    generator = np.random.default_rng(0)
    drawn = {}
    for name in example.features:
        low, high = example.schema["properties"][name]["x-range"]
        occurring = generator.choice(example.features[name].to_numpy(), DRAWN)
        anywhere = generator.uniform(low - (high - low) / 5, high + (high - low) / 5, DRAWN)
        drawn[name] = np.where(generator.random(DRAWN) < 0.5, occurring, anywhere)
    return to_records(pd.DataFrame(drawn))


def cases(test: Any) -> list[Any]:
    """Return what a parametrised test of the Python scorer or model is run with."""
    (mark,) = test.pytestmark
    return list(mark.args[1])
