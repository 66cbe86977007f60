"""The pickle: a fitted pipeline as the contents of model.joblib, what model.json says of them, and its parity gate."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from pickled import MOST_AT_ONCE, PickledScorer, find_versions
from predict.problems import RowError
from predict.row import RowValidator
from training.edges import bad_rows, edge_rows, to_records
from training.errors import InputError
from training.parity import TOLERANCE, ParityError
from training.schema import Schema

MOST_ROWS = 10_000  # compared


def dump_pipeline(pipeline: Pipeline) -> bytes:
    """Return the contents of model.joblib."""
    file = io.BytesIO()
    joblib.dump(pipeline, file)
    return file.getvalue()


def bake_pickle(contents: bytes) -> dict[str, Any]:
    """Return the `estimator` of a model.json whose numbers stay in model.joblib: their hash, and the versions it takes.

    The image has no package `training`: what the pipeline refers to of this project has to lie in `predict`.
    """
    digest = hashlib.sha256(contents).hexdigest()
    return {"inputs": [], "model": {"type": "pickle", "sha256": digest, "versions": find_versions()}}


def check_pickle(
    contents: bytes, pipeline: Pipeline, features: pd.DataFrame, schema: Schema, task: str, scale: float = 1.0
) -> dict[str, Any]:
    """Compare what the function answers by the pickled `contents`, read again, with the fitted `pipeline`.

    Compared are the rows of `features` (evenly spaced ones beyond 10,000) and rows at the edges of what is allowed, of
    the latter those that are answered. Both sides are asked for the same rows at a time: scikit-learn's answers
    depend on that, in the last digits, or by more behind an isotonic calibration.

    Returns:
        What training.parity.check_parity does.

    Raises:
        InputError: the estimator cannot answer a row that may occur.
        ParityError: answers differ by more than the tolerance, a row of the table is not answered, or a bad one is.
    """
    scorer = PickledScorer(joblib.load(io.BytesIO(contents)), {"schema": schema, "task": task})
    validator = RowValidator(schema)
    features = features.iloc[:: -(-len(features) // MOST_ROWS)]
    edges = edge_rows(features, schema)
    is_answered = np.asarray(np.isfinite(_answer(scorer, validator, edges)).all(axis=1))
    edges = edges[is_answered]
    rows = pd.concat([features, edges], ignore_index=True)
    largest = 0.0
    for start in range(0, len(rows), MOST_AT_ONCE):
        part = rows.iloc[start : start + MOST_AT_ONCE]
        with np.errstate(over="ignore", invalid="ignore"):
            expected = pipeline.predict(part) if task == "regression" else pipeline.predict_proba(part)
        expected = expected.reshape(len(part), -1)
        size = np.maximum(np.maximum(1, np.abs(expected)), scale)
        difference = np.abs(_answer(scorer, validator, part) - expected) / size
        if not (difference <= TOLERANCE).all():  # NaN is not
            worst = int(np.nan_to_num(difference, nan=np.inf).max(axis=1).argmax())
            raise ParityError(
                f"the pickle does not answer as what was pickled, for {part.iloc[worst].to_dict()}; "
                "this is a bug in the bake, no model was written"
            )
        largest = max(largest, float(difference.max()))
    refused = bad_rows(features, schema)
    for row in refused:
        _check_refused(validator, row)
    return {
        "rows": len(features),
        "edge_rows": len(edges),
        "refused_rows": len(refused),
        "tolerance": TOLERANCE,
        "scale": scale,
        "largest_difference": largest,
    }


def _answer(scorer: PickledScorer, validator: RowValidator, rows: pd.DataFrame) -> NDArray[np.float64]:
    try:
        return np.array(scorer.predict_many([validator.check(row) for row in to_records(rows)]))
    except RowError as error:
        raise ParityError(f"a row that may occur is refused ({error.detail}); no model was written") from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InputError(
            "the estimator does not answer every row that may occur; set estimator_settings in problem.toml so that it "
            f"does, or name another estimator. scikit-learn says: {reason}"
        ) from error


def _check_refused(validator: RowValidator, row: dict[str, Any]) -> None:
    try:
        validator.check(row)
    except RowError:
        return
    raise ParityError(f"{row} is answered, which has to be refused; no model was written")
