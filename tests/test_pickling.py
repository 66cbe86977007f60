"""A pickle is the same in every process, and leaves training only if it answers as what was pickled."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.pickles import ROWS, Pickled, make_pickled
from training import ROOT
from training.edges import edge_rows
from training.errors import InputError
from training.parity import TOLERANCE, ParityError
from training.pickling import check_pickle, dump_pipeline


def check(made: Pickled, contents: bytes) -> dict[str, Any]:
    return check_pickle(contents, made.pipeline, made.features, made.document["schema"], made.document["task"])


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("multiclass", "sklearn.svm.SVC"),
        ("binary", "sklearn.ensemble.AdaBoostClassifier"),
        ("multiclass", "sklearn.ensemble.BaggingClassifier"),
        ("regression", "sklearn.ensemble.RandomForestRegressor"),
    ],
)
def test_pickle_passes_the_gate(tmp_path: Path, task: str, estimator: str) -> None:
    made = make_pickled(tmp_path, task, estimator)
    found = check(made, dump_pipeline(made.pipeline))
    assert found["edge_rows"] > 3 * len(made.features.columns)
    assert found["edge_rows"] < len(edge_rows(made.features, made.document["schema"]))  # some numbers are too large
    assert found["refused_rows"] > 2 * len(made.features.columns)
    del found["edge_rows"], found["refused_rows"]
    assert found == {"rows": ROWS, "tolerance": TOLERANCE, "scale": 1.0, "largest_difference": 0.0}


def test_estimator_that_does_not_answer_every_row_is_refused(tmp_path: Path) -> None:
    made = make_pickled(tmp_path, "binary", "sklearn.neighbors.RadiusNeighborsClassifier", radius=9.0)
    with pytest.raises(
        InputError, match="does not answer every row that may occur; set estimator_settings .* No neigh"
    ):
        check(made, dump_pipeline(made.pipeline))
    settings = {"radius": 9.0, "outlier_label": "most_frequent"}
    made = make_pickled(tmp_path, "binary", "sklearn.neighbors.RadiusNeighborsClassifier", **settings)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert check(made, dump_pipeline(made.pipeline))["rows"] == ROWS
    assert all("Outlier label" in str(warning.message) for warning in caught)


def test_pickle_of_another_pipeline_does_not(tmp_path: Path) -> None:
    made, other = (make_pickled(tmp_path, "binary", "sklearn.svm.SVC", C=c) for c in (1.0, 1.001))
    with pytest.raises(ParityError, match="the pickle does not answer as what was pickled, for {'height, m': "):
        check(made, dump_pipeline(other.pipeline))


def test_rows_of_the_table_that_are_not_answered_do_not_pass(tmp_path: Path) -> None:
    made = make_pickled(tmp_path, "binary", "sklearn.svm.SVC")
    made.features.loc[7, "1st"] = np.nan
    with pytest.raises(ParityError, match=r"a row that may occur is refused \(The row cannot be used"):
        check(made, dump_pipeline(made.pipeline))


def test_same_pickle_comes_of_every_process(tmp_path: Path) -> None:
    """Sets, whose order PYTHONHASHSEED decides, would change the hash in model.json, and with it the version."""
    script = "import sys; from pathlib import Path; from tests.pickles import make_pickled\n"
    script += "make_pickled(Path(sys.argv[1]), 'binary', 'sklearn.svm.SVC')"
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script, tmp_path / seed], cwd=ROOT, env=environment, check=True)
    one, other = ((tmp_path / seed / "model.json").read_text() for seed in ("1", "2"))
    assert one == other
    again = make_pickled(tmp_path, "binary", "sklearn.svm.SVC", C=2.0)
    assert again.document["estimator"]["model"]["sha256"] not in one
