"""The document is what an estimator makes of it: baked numbers, or the name of a pickle; and it is small enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from predict.model import load_model
from tests.mixed import TARGET, make_mixed
from tests.tables import to_frame
from training import document as document_module
from training.errors import InputError
from training.problem import Problem
from training.train import Trained, save, train


def train_with(folder: Path, **settings: Any) -> Trained:
    """Train on a small mixed table, with the estimator that `settings` name."""
    make_mixed(0).to_csv(folder / "t.csv", index=False)
    problem = Problem("p", "P", str(folder / "t.csv"), TARGET, "yes", **settings)
    return train(problem, report=lambda _step: None)


def test_named_estimator_is_chosen_whatever_its_loss_and_said_to_be(tmp_path: Path) -> None:
    trained = train_with(
        tmp_path,
        estimator="sklearn.tree.DecisionTreeClassifier",
        estimator_settings={"max_depth": 2},
        calibration="sigmoid",
    )
    metrics = trained.document["metrics"]
    assert metrics["chosen"] == {"candidate": "DecisionTreeClassifier", "settings": {}, "stated": True}
    losses = {line["candidate"]: line["loss"] for line in metrics["cross_validation"]["candidates"]}
    assert list(losses) == ["base rate", "DecisionTreeClassifier"]
    assert trained.document["estimator"]["model"]["type"] == "calibrated"
    assert trained.document["parity"]["largest_difference"] <= 1e-12


@pytest.mark.parametrize("estimator", ["sklearn.svm.SVC", "sklearn.neighbors.KNeighborsClassifier"])
def test_pickle_is_handed_over_and_goes_with_the_next_portable_model(tmp_path: Path, estimator: str) -> None:
    """Nearest neighbours take no sample weights."""
    trained = train_with(tmp_path, estimator=estimator, bake="image")
    home = tmp_path / "function" / "model.json"
    save(trained, tmp_path / "build", home)
    model, row = load_model(home), trained.document["typical_row"]
    answer = model.predict(row)
    assert answer["model_version"] == trained.document["version"]
    frame = to_frame([row], trained.document["schema"])
    assert answer["probability"] == trained.pipeline.predict_proba(frame)[0, 1]
    assert (home.with_name("model.joblib")).read_bytes() == (tmp_path / "build" / "model.joblib").read_bytes()
    save(train_with(tmp_path, estimator="sklearn.linear_model.LogisticRegression"), tmp_path / "build", home)
    assert sorted(path.name for path in home.parent.iterdir()) == ["model.json", "report.html"]


def test_estimator_without_a_portable_bake_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'no portable bake of SVC.*; set bake = "image" in problem\.toml, or name'):
        train_with(tmp_path, estimator="sklearn.svm.SVC")


def test_estimator_that_cannot_be_fitted_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"^MultinomialNB cannot be used on this table: Negative values .*; name another"
    ):
        train_with(tmp_path, estimator="sklearn.naive_bayes.MultinomialNB", bake="image")


def test_model_that_is_too_large_is_refused_before_it_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(*_arguments: Any) -> None:
        pytest.fail("compared")

    monkeypatch.setattr(document_module, "MOST_BYTES", 1_000)
    monkeypatch.setattr(document_module, "check_parity", compare)
    forest = {"estimator": "sklearn.ensemble.RandomForestClassifier", "estimator_settings": {"n_estimators": 20}}
    with pytest.raises(
        InputError, match=r"^the baked model has 0\.\d MB gzipped, at most 0 can be: fewer or smaller trees"
    ) as error:
        train_with(tmp_path, **forest)
    assert "{ max_leaf_nodes = 200 }" in str(error.value)
    assert 'bake = "image"' in str(error.value)
    monkeypatch.undo()
    assert (
        len(json.dumps(train_with(tmp_path, **forest).document)) > 20_000
    )  # the twin: it is the limit that refused it
