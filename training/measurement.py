"""The measurement: all that is known of a fitted pipeline, the `metrics` of model.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from training.calibration import error_if_calibrated
from training.curves import calibration_table, curves, threshold_table
from training.dataset import Dataset
from training.evaluation import DRAWS, LEVEL, SMALL, evaluate, evaluate_slices
from training.explanation import measure_dependence, measure_importance
from training.prediction import predict_held_out
from training.verdict import judge


def measure(pipeline: Pipeline, dataset: Dataset, leaks: Sequence[str] = ()) -> dict[str, Any]:
    """Return figures on the held-out rows, tables, slices, curves, explanation and the verdict.

    The features `leaks`, which alone give the target away, are named in the verdict.
    """
    generator = np.random.default_rng([dataset.seed, DRAWS])
    predicted = predict_held_out(pipeline, dataset)
    baseline = predicted.baseline
    by_baseline = baseline.figures(baseline.counts[None].astype(float))
    calibration = calibration_table(predicted)
    held_out = {
        "rows": dataset.test.total,
        "class_rows": predicted.class_rows,
        "draws": DRAWS,
        "level": LEVEL,
        "model": evaluate(predicted, generator),
        "baseline": {name: float(x[0]) if np.isfinite(x[0]) else None for name, x in by_baseline.items()},
        "error_if_calibrated": None,
    }
    if dataset.target.classes:
        rows, means = (np.array([line[key] for line in calibration]) for key in ("rows", "predicted"))
        mean, high = error_if_calibrated(rows, means, DRAWS, generator)
        held_out["error_if_calibrated"] = {"mean": mean, "high": high}
    binary = dataset.target.task == "binary"
    thresholds = threshold_table(predicted) if binary else []
    importance = measure_importance(pipeline, dataset, generator)
    slices, without_rows = evaluate_slices(predicted, dataset, thresholds, generator)
    measured = {
        "held_out": held_out,
        "calibration": calibration,
        "thresholds": thresholds,
        "curves": curves(predicted) if binary else {},
        "small": SMALL,
        "slices": slices,
        "slices_without_rows": without_rows,
        "missing": _missing_shares(dataset),
        "importance": importance,
        "dependence": measure_dependence(pipeline, dataset, importance, generator),
    }
    given_away = [dataset.schema["properties"][name]["x-label"] for name in leaks]
    return {"verdict": judge(dataset.target, measured, given_away), **measured}


def _missing_shares(dataset: Dataset) -> dict[str, float]:
    """Return the share of all rows without a value, for each feature that has gaps."""
    parts = (dataset.train, dataset.test)
    rows = sum(part.total for part in parts)
    gaps = {
        name: sum(int(part.counts[part.features[name].isna()].sum()) for part in parts)
        for name in dataset.schema["properties"]
    }
    return {name: count / rows for name, count in gaps.items() if count}
