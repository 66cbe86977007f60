"""Small models of bake = "image", fitted and pickled by the real code from a table with every kind of field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from predict.model import FORMAT, PICKLE, document_version
from training.edges import to_records
from training.estimators import make_estimator
from training.pickling import bake_pickle, dump_pipeline

LARGEST = 3.4028234663852886e38
ROWS = 200
NUMBER = {"minimum": -LARGEST, "maximum": LARGEST, "x-kind": "number", "x-range": [-3, 3]}
FIELDS: dict[str, dict[str, Any]] = {
    "height, m": {"type": ["number", "null"], **NUMBER, "x-step": "any"},
    "1st": {"type": "integer", **NUMBER, "x-step": 1},
    "class": {"type": ["string", "null"], "enum": ["it's", "b", None], "x-kind": "category"},
    "town": {"type": "string", "x-kind": "category", "x-choices": ["Ulm", "(other)"], "x-other": "(other)"},
    "is new": {"type": "boolean", "enum": [False, True], "x-kind": "boolean"},
    "day": {"type": "string", "format": "date", "x-kind": "date", "x-range": ["2024-01-01", "2024-01-03"]},
}
TYPICAL = {"height, m": 0.5, "1st": 1.0, "class": "b", "town": "Ulm", "is new": True, "day": "2024-01-02"}
TARGETS = {
    "binary": {"name": "y", "classes": ["0", "1"], "labels": ["no", "yes"]},
    "multiclass": {"name": "y", "classes": ["0", "1", "2"], "labels": ["a", "b", "c"]},
    "regression": {"name": "y"},
}
BASELINES: dict[str, dict[str, Any]] = {
    "binary": {"base_rate": 0.5, "class_rates": [0.5, 0.5]},
    "multiclass": {"class_rates": [0.4, 0.4, 0.2]},
    "regression": {"base_value": 1.0, "typical_error": 2.0},
}


@dataclass(frozen=True)
class Pickled:
    """A model of bake = "image" at `path`, with what it was made of."""

    path: Path
    document: dict[str, Any]
    pipeline: Pipeline
    features: pd.DataFrame

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of `features` as the API has them."""
        return to_records(self.features)


def make_features() -> pd.DataFrame:
    """Return rows as training parses them: texts, Python's booleans and floats; what is missing is NaN."""
    generator = np.random.default_rng(0)
    columns = {
        "height, m": np.where(generator.random(ROWS) < 0.2, np.nan, generator.normal(size=ROWS)),
        "1st": generator.integers(0, 5, ROWS).astype(float),
        "class": generator.choice(np.array(["it's", "b", np.nan], dtype=object), ROWS),
        "town": generator.choice(np.array(["Ulm", "Bonn"], dtype=object), ROWS),
        "is new": generator.choice(np.array([False, True], dtype=object), ROWS),
        "day": generator.choice(np.array(["2024-01-01", "2024-01-02", "2024-01-03"], dtype=object), ROWS),
    }
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()})


def make_pickled(folder: Path, task: str, estimator: str, **settings: Any) -> Pickled:
    """Fit an estimator for a task, and write its model.json and model.joblib to `folder`."""
    features = make_features()
    score = features["1st"] + 2 * features["is new"].astype(float) + features["height, m"].fillna(0)
    target = score if task == "regression" else np.digitize(score, [3] if task == "binary" else [2, 4])
    fitted, _takes_weights = make_estimator(estimator, settings, None, task, 0)
    encoder = ColumnTransformer(
        [
            ("number", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["height, m", "1st"]),
            ("other", OneHotEncoder(handle_unknown="ignore"), ["class", "town", "is new", "day"]),
        ]
    )
    pipeline = Pipeline([("encoder", encoder), ("estimator", fitted)])
    pipeline.fit(features, target)
    contents = dump_pipeline(pipeline)
    document = {
        "format": FORMAT,
        "name": "pickled",
        "title": "Pickled",
        "task": task,
        "target": TARGETS[task],
        "baseline": BASELINES[task],
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {name: {**value, "x-label": name} for name, value in FIELDS.items()},
            "required": [name for name, value in FIELDS.items() if "null" not in value["type"]],
            "additionalProperties": False,
        },
        "typical_row": TYPICAL,
        "estimator": {"name": estimator, **bake_pickle(contents)},
    }
    path = folder / "model.json"
    (folder / PICKLE).write_bytes(contents)
    write_document(path, document)
    return Pickled(path, document, pipeline, features)


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Write the contents of a model.json, with the version that they have."""
    rest = {name: value for name, value in document.items() if name != "version"}
    path.write_text(json.dumps({**rest, "version": document_version(rest)}), encoding="utf-8")
