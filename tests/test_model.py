"""model.json is checked before it is used."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from predict.model import FORMAT, Model, ModelError, PredictionError, document_version, load_model
from tests.conftest import Trained


def test_version_is_of_the_rest_of_the_document(trained: Trained) -> None:
    assert trained.document["version"] == document_version(trained.document)
    assert document_version({**trained.document, "seed": 1}) != trained.document["version"]
    assert len(trained.document["version"]) == 12


def test_answer_is_the_contract(model: Model, trained: Trained) -> None:
    answer = model.predict(trained.document["typical_row"])
    probability = answer["probability"]
    assert answer == {
        "label": "Full-term",
        "probability": probability,
        "probabilities": {"Full-term": 1 - probability, "Pre-term": probability},
        "base_rate": trained.document["baseline"]["base_rate"],
        "model_version": trained.document["version"],
    }
    assert 0.05 < probability < 0.12


def make_document(task: str, values: list[float]) -> dict[str, Any]:
    """Return a document of one number, `x`, whose model answers `values`, whatever x is."""
    classes = ["0", "1"] if task == "binary" else ["a", "b", "c"]
    labels = ["no", "yes"] if task == "binary" else ["Ash", "Birch", "Cedar"]
    rates = [0.75, 0.25] if task == "binary" else [0.5, 0.3, 0.2]
    is_number = task == "regression"
    document = {
        "format": FORMAT,
        "name": "numbers",
        "title": "Numbers",
        "schema": {"type": "object", "properties": {"x": {"type": "number", "minimum": -9.0, "maximum": 9.0}}},
        "task": task,
        "target": {"name": "y"} if is_number else {"name": "y", "classes": classes, "labels": labels},
        "baseline": {"base_value": 2.5, "typical_error": 0.5} if is_number else {"class_rates": rates},
        "typical_row": {"x": 1.0},
        "estimator": {
            "inputs": [{"field": "x", "mean": 0.0, "scale": 1.0}],
            "model": {"type": "constant", "link": "identity", "values": values},
        },
    }
    return {**document, "version": document_version(document)}


def load(document: dict[str, Any], folder: Path) -> Model:
    path = folder / "model.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return load_model(path)


@pytest.mark.parametrize(
    ("task", "values", "answer"),
    [
        (
            "binary",
            [0.75, 0.25],
            {"label": "no", "probability": 0.25, "probabilities": {"no": 0.75, "yes": 0.25}, "base_rate": 0.25},
        ),
        (
            "binary",
            [0.25, 0.75],
            {"label": "yes", "probability": 0.75, "probabilities": {"no": 0.25, "yes": 0.75}, "base_rate": 0.25},
        ),
        (
            "binary",
            [0.5, 0.5],
            {"label": "no", "probability": 0.5, "probabilities": {"no": 0.5, "yes": 0.5}, "base_rate": 0.25},
        ),
        (
            "multiclass",
            [0.1, 0.7, 0.2],
            {"label": "Birch", "probability": 0.7, "probabilities": {"Ash": 0.1, "Birch": 0.7, "Cedar": 0.2}}
            | {"base_rate": 0.3},
        ),
        (
            "multiclass",
            [0.2, 0.4, 0.4],
            {"label": "Birch", "probability": 0.4, "probabilities": {"Ash": 0.2, "Birch": 0.4, "Cedar": 0.4}}
            | {"base_rate": 0.3},
        ),
        ("regression", [-7.5], {"value": -7.5, "typical_error": 0.5, "base_value": 2.5}),
    ],
)
def test_each_task_has_its_answer(tmp_path: Path, task: str, values: list[float], answer: dict[str, Any]) -> None:
    model = load(make_document(task, values), tmp_path)
    assert model.predict({"x": 0.0}) == {**answer, "model_version": model.version}


def test_many_rows_have_each_its_answer_or_its_error(tmp_path: Path) -> None:
    document = make_document("regression", [0.0])
    linear = {"type": "linear", "link": "identity", "intercept": [0.5], "coefficients": [[1e300]]}
    document["estimator"]["model"] = linear
    model = load({**document, "version": document_version(document)}, tmp_path)
    one, none, other = model.predict_many([{"x": 0.0}, {"x": 3e38}, {"x": 2e-300}])
    assert (one, other) == (model.predict({"x": 0.0}), model.predict({"x": 2e-300}))
    assert one != other
    assert (type(none), str(none)) == (PredictionError, "the model has no finite answer to this row")
    assert model.predict_many([]) == []


def test_explanation_by_way_of_no_finite_answer_is_none(tmp_path: Path) -> None:
    document = make_document("regression", [0.0])
    inputs = [{"field": name, "mean": 0.0, "scale": 1.0} for name in ("x", "z")]
    linear = {"type": "linear", "link": "identity", "intercept": [0.5], "coefficients": [[1e300, -1e300]]}
    document |= {"typical_row": {"x": 0.0, "z": 0.0}, "estimator": {"inputs": inputs, "model": linear}}
    document["schema"]["properties"]["z"] = document["schema"]["properties"]["x"]
    model = load({**document, "version": document_version(document)}, tmp_path)
    assert model.explain({"x": 2e-300, "z": 1e-300})["contributions"] == {"x": 2.0, "z": -1.0}
    with pytest.raises(PredictionError, match="no finite answer"):
        model.explain({"x": 1e9, "z": 1e9})


@pytest.mark.parametrize(
    ("task", "values"),
    [("binary", [1.0]), ("binary", [0.2, 0.3, 0.5]), ("multiclass", [0.5, 0.5]), ("regression", [0.5, 0.5])],
)
def test_model_that_does_not_fit_its_task_is_refused(tmp_path: Path, task: str, values: list[float]) -> None:
    with pytest.raises(ModelError, match=f"are not of format {FORMAT}"):
        load(make_document(task, values), tmp_path)


def damage_digit(text: str) -> str:
    number = json.loads(text)["parity"]["tolerance"]
    return text.replace(f'"tolerance":{number}', f'"tolerance":{number * 2}')


def change(text: str, **members: Any) -> str:
    """Return a model.json with other members, and the version of that."""
    document = {**json.loads(text), **members}
    return json.dumps({**document, "version": document_version(document)})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda _text: "", "cannot be read"),
        (lambda text: text[: len(text) // 2], "cannot be read"),
        (lambda _text: "[]", f"is not a model of format {FORMAT}"),
        (lambda text: text.replace(f'"format":{FORMAT}', '"format":2'), f"is not a model of format {FORMAT}"),
        (lambda _text: "[" * 100_000, "cannot be read"),
        (
            lambda text: change(text, estimator={"inputs": [], "model": {"type": "forest"}}),
            f"are not of format {FORMAT}",
        ),
        (lambda text: change(text, task="ranking"), f"are not of format {FORMAT}"),
        (lambda text: change(text, title=None), f"are not of format {FORMAT}"),
        (
            lambda text: change(text, schema={"properties": {"age_group": {"type": "number"}}}),
            f"are not of format {FORMAT}",
        ),
        (lambda text: change(text, typical_row={}), f"are not of format {FORMAT}"),
        (lambda text: change(text, estimator={"inputs": ["age_group"], "model": {}}), f"are not of format {FORMAT}"),
        (lambda text: change(text, estimator={"inputs": [], "model": []}), f"are not of format {FORMAT}"),
        (lambda text: re.sub(r'"seed":[^,]*', '"seed":NaN', text), "it holds NaN, which is no number"),
        (damage_digit, "is damaged: its contents do not match its version"),
    ],
)
def test_damaged_model_is_refused(trained: Trained, tmp_path: Path, damage: Any, message: str) -> None:
    text = trained.path.read_text(encoding="utf-8")
    path = tmp_path / "model.json"
    path.write_text(damage(text), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    with pytest.raises(ModelError) as error:
        load_model(path)
    assert message in str(error.value)
    assert str(path) in str(error.value)
    assert "make train" in str(error.value)


def test_function_refuses_to_start_without_a_model(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    command = [sys.executable, "-m", "uvicorn", "predict.main:app", "--port", "0"]
    process = subprocess.run(
        command, env={"MODEL_URI": str(path)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert process.returncode != 0
    last_line = process.stderr.strip().splitlines()[-1]
    assert f"there is no model at {path}" in last_line
    assert "make train" in last_line
