"""model.json is checked before it is used."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from predict.model import Model, ModelError, document_version, load_model
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


def damage_digit(text: str) -> str:
    document = json.loads(text)
    number = next(iter(document["estimator"]["model"]["coefficients"]))
    return text.replace(str(number), str(number + 1e-9))


def foreign_estimator(text: str) -> str:
    document = {**json.loads(text), "estimator": {"inputs": [], "model": {"type": "forest"}}}
    return json.dumps({**document, "version": document_version(document)})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda _text: "", "cannot be read"),
        (lambda text: text[: len(text) // 2], "cannot be read"),
        (lambda _text: "[]", "is not a model of format 1"),
        (lambda text: text.replace('"format":1', '"format":2'), "is not a model of format 1"),
        (lambda _text: "[" * 100_000, "cannot be read"),
        (foreign_estimator, "are not of format 1"),
        (lambda text: re.sub(r'"intercept":[^,]*', '"intercept":NaN', text), "it holds NaN, which is no number"),
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
