"""A table whose names, categories, labels and caveats are markup and scripts, trained for real."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from predict.model import Model, load_model
from training.problem import read_problem
from training.train import save, train

IMAGE = '<img src=x onerror="window.ran=1">'
SCRIPT = "</script><script>window.ran=1</script>"
QUOTES = "it's \"quoted\" & <b onclick='window.ran=1'>bold</b>"
RIGHT_TO_LEFT = "\u202eeurt\u202c \u05d0\u200f <i>"
MARKDOWN = "$x^2$ *b* [l](javascript:window.ran=1) <svg onload=window.ran=1>"
CATEGORIES = [IMAGE, SCRIPT, QUOTES, RIGHT_TO_LEFT, MARKDOWN]
LETTERS = "abcdefghijklmnopqrst"
FIELD, OTHER = f"a {IMAGE}", f"b {SCRIPT}"
LABELS = {"yes": f"Yes {IMAGE}", "no": f"No {SCRIPT}"}
CAVEAT = f"Mind {IMAGE} {MARKDOWN}"
SETTINGS: dict[str, Any] = {
    "name": "hostile",
    "title": f"Title {IMAGE}",
    "data": "data/hostile.csv",
    "target": f"y {SCRIPT}",
    "positive": "yes",
    "sensitive": [FIELD],
    "caveats": [CAVEAT],
}
QUICK = {"estimator": "sklearn.linear_model.LogisticRegression"}


def write_problem(root: Path, **settings: str) -> Path:
    """Write the table and its problem.toml, with more `settings`, below `root`, and return the path of the latter."""
    generator, names = random.Random(0), [FIELD, OTHER, SETTINGS["target"]]
    rows = []
    for _ in range(6_000):
        category, letter = generator.choice(CATEGORIES), generator.choice(LETTERS)
        share = 0.1 + 0.1 * CATEGORIES.index(category) + 0.01 * LETTERS.index(letter)
        rows.append([category, letter, "yes" if generator.random() < share else "no"])
    for folder in ("data", "training"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    with (root / SETTINGS["data"]).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    pairs = {**SETTINGS, "data": str(root / SETTINGS["data"]), **settings}
    lines = [f"{key} = {json.dumps(value)}" for key, value in pairs.items()]
    lines += ["[labels]", *(f"{key} = {json.dumps(value)}" for key, value in LABELS.items())]
    column = {"label": f"Label {IMAGE}", "unit": f"unit {SCRIPT}", "description": f"Described {QUOTES}"}
    lines += [f"[columns.{json.dumps(FIELD)}]", *(f"{key} = {json.dumps(value)}" for key, value in column.items())]
    path = root / "training" / "problem.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the model.json."""
    folder = tmp_path_factory.mktemp("hostile")
    save(train(read_problem(write_problem(folder, **QUICK)), report=lambda _step: None), folder, None)
    return folder / "model.json"


@pytest.fixture(scope="session")
def hostile_model(hostile: Path) -> Model:
    return load_model(hostile)


def assert_harmless(page: Page, inside: str = "body") -> str:
    """See that no markup of the texts became an element and no script ran, and return the page's text."""
    assert page.evaluate("window.ran") is None
    assert page.locator(f"{inside} :is(img[src=x], [onerror], [onclick], [onload])").count() == 0
    assert not any("window.ran" in each for each in page.locator("script").all_text_contents())
    assert page.locator("a[href^='javascript:']").count() == 0
    return page.locator(inside).inner_text()
