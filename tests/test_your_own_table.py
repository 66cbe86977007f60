"""A table of one's own becomes a working service without an edit: init, train, serve, ask, and the page's form."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import joblib
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from sklearn import datasets
from typer.testing import CliRunner

from tests.conftest import serve
from tests.mixed import TARGET, make_mixed
from tests.pages import open_page
from tests.tables import to_frame
from training import candidates, selection
from training.__main__ import cli

GENERATED = 20
DRAWN = 100  # rows asked over HTTP
TOLERANCE = 1e-12
SHIPPED = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast_cancer": datasets.load_breast_cancer,
    "diabetes": datasets.load_diabetes,
    "digits": datasets.load_digits,
}
NAMES = [*SHIPPED, *(f"mixed {seed}" for seed in range(GENERATED))]
DEADLINE_S = 300

Row = dict[str, Any]


def make_table(name: str) -> pd.DataFrame:
    """Return a table that scikit-learn ships, as people save it, or a generated one; its last column is the target."""
    if name not in SHIPPED:
        return make_mixed(int(name.removeprefix("mixed ")))
    bunch = SHIPPED[name]()
    table = pd.DataFrame(bunch.data, columns=[str(column) for column in bunch.feature_names])
    names = getattr(bunch, "target_names", None)
    table["target"] = bunch.target if names is None else [names[at] for at in bunch.target]
    return table


def make_model(name: str, folder: Path) -> Path:
    """Save a table in `folder`, run init and train on it as a person would, and return the folder."""
    selection.JOBS = 1  # two tables are trained at a time, which takes less than one after the other
    # it is the service that is tried here, and not the choice
    selection.FOLDS, selection.REPEATS, candidates.TREES = 3, 1, 20
    table = make_table(name)
    assert table.columns[-1] in ("target", TARGET)
    table.to_csv(folder / "table.csv", index=False)
    problem = str(folder / "problem.toml")
    for arguments in (
        ["init", str(folder / "table.csv"), "--target", table.columns[-1], "--out", problem],
        ["train", "--problem", problem, "--out", str(folder)],
    ):
        result = CliRunner().invoke(cli, arguments)
        if result.exit_code:
            raise AssertionError(f"{name}: {result.output}{result.exception!r}")
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Path]]]:
    """The folder of the model of each table, once it is there."""
    pool = ProcessPoolExecutor(2, get_context("spawn"))  # Playwright's threads are not to be forked
    yield {name: pool.submit(make_model, name, tmp_path_factory.mktemp("table")) for name in NAMES}
    pool.shutdown(cancel_futures=True)


def draw_value(value: dict[str, Any], generator: random.Random) -> Any:
    """Return a value that a property allows: at the ends of its range, in it and beyond, missing or unseen too."""
    if "null" in value["type"] and generator.random() < 0.2:
        return None
    if choices := value.get("enum"):
        return generator.choice([choice for choice in choices if choice is not None])
    if choices := value.get("x-choices"):
        return generator.choice([choice for choice in choices if choice is not None] + ["never seen", ""])
    low, high = value["x-range"]
    if value["x-kind"] == "date":
        first, last = (date.fromisoformat(end).toordinal() for end in (low, high))
        return generator.choice([low, high, date.fromordinal(generator.randint(first - 400, last + 400)).isoformat()])
    number = generator.choice([low, high, generator.uniform(low - 1, high + 1)])
    return float(round(number)) if "integer" in value["type"] else number


def assert_at_parity(answers: list[Row], rows: list[Row], document: dict[str, Any], pipeline: Any) -> None:
    frame, labels = to_frame(rows, document["schema"]), document["target"].get("labels")
    if labels is None:
        found, expected = np.array([answer["value"] for answer in answers]), pipeline.predict(frame)
    else:
        found = np.array([[answer["probabilities"][label] for label in labels] for answer in answers])
        expected = pipeline.predict_proba(frame)
    scale = np.maximum(np.maximum(1, np.abs(expected)), document["parity"]["scale"])
    assert (np.abs(found - expected) <= TOLERANCE * scale).all()


@pytest.mark.parametrize("name", NAMES)
def test_table_becomes_a_service_without_an_edit(name: str, models: dict[str, Future[Path]], page: Page) -> None:
    out = models[name].result(DEADLINE_S)
    document = json.loads((out / "model.json").read_text(encoding="utf-8"))
    schema, generator = document["schema"], random.Random(name)
    rows = [
        {field: draw_value(value, generator) for field, value in schema["properties"].items()} for _ in range(DRAWN)
    ]
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    with serve(out / "model.json") as url, httpx.Client(base_url=url) as client:
        answers = [client.post("/predict", json=row) for row in rows]
        assert [answer.status_code for answer in answers] == [200] * DRAWN, answers[0].text
        assert_at_parity([answer.json() for answer in answers], rows, document, joblib.load(out / "model.joblib"))
        open_page(page, url)
        labels = page.locator("form .field").locator("label, legend").filter(visible=True)
        shown = page.locator("form .field")
        expect(shown).to_have_count(len(schema["properties"]))
        texts = "\n".join(labels.all_text_contents())
        assert all(value["x-label"] in texts for value in schema["properties"].values())
    assert messages == []
