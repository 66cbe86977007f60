"""The portable bake: a fitted pipeline's numbers as the JSON that predict.scorer reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor


def bake_estimator(pipeline: Pipeline) -> dict[str, Any]:
    """Return the `estimator` of model.json for a fitted pipeline of training.candidates.

    Raises:
        TypeError: the pipeline holds an estimator that this bake does not know.
    """
    return {"inputs": _inputs(pipeline["encoder"]), "model": _model(pipeline["estimator"])}


def number_positions(encoder: Any) -> dict[int, str]:
    """Return the numbers among the columns that the fitted ColumnTransformer puts out: position -> name."""
    positions, width = {}, 0
    for entry in _inputs(encoder):
        if "one_hot" not in entry:
            positions[width] = entry["field"]
        width += len(entry.get("one_hot", [None]))
    return positions


def thresholds_as_float64(thresholds: np.ndarray) -> np.ndarray:
    """Return the largest float64 t' for each threshold t so that `x <= t'` equals `float32(x) <= t`.

    scikit-learn's trees compare a feature rounded to float32 with a float64 threshold. Rounding is monotone, so the
    same set of x is `x <= t'`, where t' lies next to the midpoint of the two float32 around t: rounding is to nearest,
    and a tie goes to the even one.
    """
    below = thresholds.astype(np.float32)
    below = np.where(below > thresholds, np.nextafter(below, np.float32(-np.inf)), below)
    above = np.nextafter(below, np.float32(np.inf))
    middle = (below.astype(np.float64) + above.astype(np.float64)) / 2
    tie_goes_down = middle.astype(np.float32) == below
    return np.where(tie_goes_down, middle, np.nextafter(middle, -np.inf))


def _inputs(encoder: Any) -> list[dict[str, Any]]:
    """Return an entry per column of the ColumnTransformer, in the order of its output."""
    inputs: list[dict[str, Any]] = []
    for _name, transformer, columns in encoder.transformers_:
        if isinstance(transformer, OneHotEncoder):
            for field, choices in zip(columns, transformer.categories_, strict=True):
                inputs.append(
                    {"field": field, "one_hot": [choice if isinstance(choice, str) else None for choice in choices]}
                )
        elif isinstance(transformer, StandardScaler):
            for field, mean, scale in zip(columns, transformer.mean_, transformer.scale_, strict=True):
                inputs.append({"field": field, "mean": float(mean), "scale": float(scale)})
        else:
            inputs += [{"field": field, "mean": 0.0, "scale": 1.0} for field in columns]
    return inputs


def _model(estimator: Any) -> dict[str, Any]:
    if isinstance(estimator, DummyClassifier):
        return {"type": "constant", "log_odds": _log_odds(estimator.class_prior_[1])}
    if isinstance(estimator, LogisticRegression):
        return {
            "type": "linear",
            "intercept": float(estimator.intercept_[0]),
            "coefficients": estimator.coef_[0].tolist(),
        }
    if isinstance(estimator, GradientBoostingClassifier):
        trees = [_tree(tree, estimator.learning_rate) for tree in estimator.estimators_[:, 0]]
        return {"type": "trees", "start": _log_odds(estimator.init_.class_prior_[1]), "trees": trees}
    raise TypeError(f"there is no portable bake of {type(estimator).__name__}")


def _log_odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _tree(regressor: DecisionTreeRegressor, learning_rate: float) -> dict[str, list[Any]]:
    """Return a tree's nodes as arrays, children after their parent; a leaf has left = -1 and a value."""
    tree = regressor.tree_
    leaf = tree.children_left < 0
    return {
        "feature": np.where(leaf, -1, tree.feature).tolist(),
        "threshold": np.where(leaf, 0.0, thresholds_as_float64(np.where(leaf, 0.0, tree.threshold))).tolist(),
        "left": tree.children_left.tolist(),
        "right": tree.children_right.tolist(),
        "value": np.where(leaf, learning_rate * tree.value[:, 0, 0], 0.0).tolist(),
    }
