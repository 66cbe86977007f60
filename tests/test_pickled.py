"""What bake = "image" serves is what scikit-learn says, and nothing is unpickled that was not baked for it, here."""

from __future__ import annotations

import importlib
import json
import math
import os
import pickle
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from infra import package, site
from infra.package import FUNCTIONS
from infra.target import PackageError
from pickled import PickledScorer, find_versions
from predict.model import PICKLE, ModelError, PredictionError, load_model
from tests.apps import send
from tests.conftest import serve
from tests.pickles import TYPICAL, Pickled, make_features, make_pickled, write_document
from tests.test_main import CONTEXT, request

ESTIMATORS = {
    "binary": "sklearn.svm.SVC",
    "multiclass": "sklearn.neighbors.KNeighborsClassifier",
    "regression": "sklearn.svm.SVR",
}
PACKAGES = sysconfig.get_path("purelib")
LOAD = """
import json, sys
folders, model, row = json.load(sys.stdin)
sys.path += folders
from pathlib import Path
from predict.model import ModelError, load_model
try:
    print(json.dumps(load_model(Path(model)).predict(row)))
except ModelError as error:
    print(f"ModelError: {error}")
"""


@pytest.fixture(scope="module")
def svc(tmp_path_factory: pytest.TempPathFactory) -> Pickled:
    return make_pickled(tmp_path_factory.mktemp("svc"), "binary", ESTIMATORS["binary"])


@pytest.fixture
def copy(svc: Pickled, tmp_path: Path) -> Pickled:
    """The SVC in a folder of its own, to be damaged."""
    for name in (svc.path.name, PICKLE):
        shutil.copy(svc.path.with_name(name), tmp_path)
    return Pickled(tmp_path / svc.path.name, svc.document, svc.pipeline, svc.features)


@pytest.mark.parametrize("task", ESTIMATORS)
def test_answers_are_scikit_learns(task: str, tmp_path: Path) -> None:
    made = make_pickled(tmp_path, task, ESTIMATORS[task])
    model = load_model(made.path)
    many = model.predict_many(made.rows)
    if task == "regression":
        expected = made.pipeline.predict(made.features)
        assert [answer["value"] for answer in many if isinstance(answer, dict)] == expected.tolist()
    else:
        expected = made.pipeline.predict_proba(made.features)
        labels = made.document["target"]["labels"]
        shares = [list(answer["probabilities"].values()) for answer in many if isinstance(answer, dict)]
        assert shares == expected.tolist()
        assert [answer["label"] for answer in many if isinstance(answer, dict)] == [
            labels[i] for i in expected.argmax(axis=1)
        ]
    assert len({json.dumps(answer) for answer in many}) > 10
    for row, answer in zip(made.rows[:20], many, strict=False):
        assert flat(model.predict(row)) == pytest.approx(flat(answer), rel=1e-12, abs=1e-12)


def flat(answer: Any) -> dict[str, float]:
    """Return the numbers of an answer of /predict, for pytest.approx."""
    numbers = {name: value for name, value in answer.items() if isinstance(value, float)}
    return {**numbers, **answer.get("probabilities", {})}


def test_pipeline_sees_rows_as_it_was_fitted_on_them(svc: Pickled) -> None:
    seen: list[pd.DataFrame] = []

    def watch(frame: pd.DataFrame) -> pd.DataFrame:
        seen.append(frame)
        return frame

    watched = Pipeline([("watch", FunctionTransformer(watch)), *svc.pipeline.steps])
    scorer = PickledScorer(watched, svc.document)
    scores = scorer.predict_many([dict(reversed(row.items())) for row in svc.rows])
    pd.testing.assert_frame_equal(seen.pop(), make_features())
    assert scorer.predict_many([]) == []
    assert scorer.predict_many(svc.rows * 15) == scores * 15
    assert [len(frame) for frame in seen] == [2_000, 1_000]
    seen.clear()
    too_large = [{**row, "height, m": 3.4e38} for row in svc.rows]
    refused = scorer.predict_many([row for pair in zip(svc.rows, too_large, strict=True) for row in pair])
    assert refused[::2] == scores
    assert all(len(row) == 2 and math.isnan(row[0]) and math.isnan(row[1]) for row in refused[1::2])
    assert [len(frame) for frame in seen] == [400]  # however many are bad


def test_row_that_scikit_learn_refuses_spoils_no_other(tmp_path: Path) -> None:
    made = make_pickled(tmp_path, "regression", "sklearn.ensemble.RandomForestRegressor", n_estimators=5)
    model = load_model(made.path)
    too_large = {**TYPICAL, "height, m": 3.4e38}  # does not fit float32 once it is divided by a small scale
    many = model.predict_many([TYPICAL, too_large, TYPICAL, TYPICAL, too_large])
    assert [isinstance(answer, PredictionError) for answer in many] == [False, True, False, False, True]
    assert many[0] == many[2] == many[3] == model.predict(TYPICAL)
    with pytest.raises(PredictionError, match="no finite answer"):
        model.predict(too_large)
    assert model.predict({**TYPICAL, "height, m": 3.4e30}) != model.predict(TYPICAL)


def test_other_refusals_of_scikit_learn_are_bugs(tmp_path: Path) -> None:
    made = make_pickled(tmp_path, "binary", "sklearn.neighbors.RadiusNeighborsClassifier", radius=9.0)
    model = load_model(made.path)
    far, too_large = ({**TYPICAL, "height, m": height} for height in (1e9, 3.4e38))
    with pytest.raises(ValueError, match="No neighbors found") as error:
        model.predict_many([TYPICAL, far])
    assert not isinstance(error.value, PredictionError)
    answers = [send(model, "POST", "/predict", json=row) for row in (TYPICAL, too_large, far)]
    assert [answer.status_code for answer in answers] == [200, 422, 500]


def test_servers_and_lambda_answer_alike(svc: Pickled) -> None:
    model = load_model(svc.path)
    rows = svc.rows[:30]
    predicted = [answer for answer in model.predict_many(rows) if isinstance(answer, dict)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_URI", str(svc.path))
        patch.delitem(sys.modules, "predict.main", raising=False)
        handler = importlib.import_module("predict.main").handler
    with serve(svc.path) as url, httpx.Client(base_url=url) as client:
        for row, expected in zip(rows, predicted, strict=True):
            assert flat(client.post("/predict", json=row).json()) == pytest.approx(flat(expected), rel=1e-12)
        row = rows[0]
        event = request("POST", "/predict", json.dumps(row))
        assert json.loads(handler(event, CONTEXT)["body"]) == client.post("/predict", json=row).json()
        explained = client.post("/explain", json=row).json()
        assert explained["exact"]
        moved = explained["value"] - explained["reference"]["value"]
        assert sum(explained["contributions"].values()) == pytest.approx(moved, abs=1e-12)
        assert {name for name, value in explained["contributions"].items() if value} > {"1st"}
        batch = client.post("/predict/batch", json=[*rows, {}]).json()["results"]
        assert [result["probability"] for result in batch[:-1]] == pytest.approx([a["probability"] for a in predicted])
        assert batch[-1]["problem"]["status"] == 422
        assert client.get("/model.json").json()["estimator"] == svc.document["estimator"]


class Canary:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.path),)


def test_another_pickle_than_the_baked_one_is_not_unpickled(copy: Pickled, tmp_path: Path) -> None:
    canary, contents = tmp_path / "canary", pickle.dumps(Canary(tmp_path / "canary"))
    copy.path.with_name(PICKLE).write_bytes(contents)
    with pytest.raises(ModelError) as error:
        load_model(copy.path)
    assert not canary.exists()
    baked = copy.document["estimator"]["model"]
    assert str(error.value) == (
        f"{copy.path.with_name(PICKLE)} is not the pickle of its model.json: its sha256 is {sha256(contents).hexdigest()}, "
        f"not {baked['sha256']}; build the image anew, which trains and serves with one and the same: see docs/image.md"
    )
    believed = {**baked, "sha256": sha256(contents).hexdigest()}
    write_document(copy.path, {**copy.document, "estimator": {**copy.document["estimator"], "model": believed}})
    with pytest.raises(ModelError, match="are not of format"):
        load_model(copy.path)
    assert canary.exists()


@pytest.mark.parametrize("name", find_versions())
def test_other_versions_unpickle_nothing(copy: Pickled, tmp_path: Path, name: str) -> None:
    contents = pickle.dumps(Canary(tmp_path / "canary"))
    copy.path.with_name(PICKLE).write_bytes(contents)
    versions = {**find_versions(), name: "0.1"}
    model = {**copy.document["estimator"]["model"], "sha256": sha256(contents).hexdigest(), "versions": versions}
    write_document(copy.path, {**copy.document, "estimator": {"inputs": [], "model": model}})
    with pytest.raises(ModelError) as error:
        load_model(copy.path)
    assert not (tmp_path / "canary").exists()
    assert str(error.value) == (
        f"{copy.path.with_name(PICKLE)} was made with {name} 0.1, but {name} {find_versions()[name]} is installed; "
        "build the image anew, which trains and serves with one and the same: see docs/image.md"
    )


def test_missing_pickle_is_refused(copy: Pickled) -> None:
    copy.path.with_name(PICKLE).unlink()
    with pytest.raises(ModelError) as error:
        load_model(copy.path)
    assert str(error.value) == (
        f"the pickle {copy.path.with_name(PICKLE)} cannot be read (No such file or directory); "
        "build the image anew, which trains and serves with one and the same: see docs/image.md"
    )


def load_with(folders: list[str], made: Pickled) -> str:
    """Return what a Python that has only these folders and its standard library says of a model."""
    given = json.dumps([folders, str(made.path), TYPICAL])
    command = [sys.executable, "-I", "-S", "-B", "-c", LOAD]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def test_image_needs_nothing_of_training(svc: Pickled, tmp_path: Path) -> None:
    shutil.copytree(FUNCTIONS, tmp_path / "functions")  # so that no other folder of this repository is near
    found = load_with([str(tmp_path / "functions"), PACKAGES], svc)
    assert json.loads(found) == load_model(svc.path).predict(TYPICAL)


def test_package_without_the_module_says_what_to_do(svc: Pickled, tmp_path: Path) -> None:
    shutil.copytree(FUNCTIONS / "predict", tmp_path / "predict")
    assert load_with([str(tmp_path), PACKAGES], svc) == (
        f"ModelError: the model {svc.path} is a pickle, which only its own image can score; "
        "build that as docs/image.md has it"
    )


def test_missing_library_is_named(svc: Pickled) -> None:
    assert load_with([str(FUNCTIONS)], svc) == (
        f"ModelError: {svc.path.with_name(PICKLE)} was made with joblib {find_versions()['joblib']}, but no joblib is "
        "installed; build the image anew, which trains and serves with one and the same: see docs/image.md"
    )


def test_zip_of_a_pickle_is_refused(svc: Pickled, tmp_path: Path) -> None:
    with pytest.raises(PackageError) as error:
        package.build(tmp_path / "function", model=svc.path)
    assert str(error.value) == (
        f"{svc.path} is a pickle, and scikit-learn does not fit into a zip for Lambda; build its image, as docs/image.md "
        'has it, or set bake = "portable" in training/problem.toml'
    )
    assert list(tmp_path.iterdir()) == []


def test_site_of_a_pickle_needs_a_function(svc: Pickled, tmp_path: Path) -> None:
    with pytest.raises(site.SiteError) as error:
        site.build(tmp_path / "site", model=svc.path)
    assert str(error.value) == (
        f"{svc.path} is a pickle, which a page cannot score by itself; give it the function of docs/image.md with "
        'API_URL=https://host/path, or set bake = "portable" in training/problem.toml'
    )
    assert list(tmp_path.iterdir()) == []
    site.build(tmp_path / "site", "https://api.example", svc.path)
    assert json.loads((tmp_path / "site" / "config.json").read_bytes()) == {"api": "https://api.example"}
    assert not (tmp_path / "site" / PICKLE).exists()
