"""The estimator that problem.toml names: any classifier or regressor of scikit-learn, made to give probabilities."""

from __future__ import annotations

import inspect
from difflib import get_close_matches
from typing import Any

import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.discovery import all_estimators
from sklearn.utils.metadata_routing import MetadataRouter, get_routing_for_object, process_routing
from sklearn.utils.validation import has_fit_parameter

from training.errors import InputError

CALIBRATION_FOLDS = 5
LEFT_OUT = ("MultiTask", "SelfTraining")  # for several targets at once, and for rows without one


def make_estimator(
    path: str, settings: dict[str, Any], calibration: str | None, task: str, seed: int
) -> tuple[Any, bool]:
    """Return the unfitted estimator, asking for the sample weights if it can use them, and whether it can.

    A classifier that is to be calibrated, or has no probabilities of its own, is calibrated by cross-validation, and
    then fitted on all rows; folds are shuffled, since rows come sorted. `seed` is its random_state, if it has one.

    Args:
        path: problem.toml's `estimator`, such as "sklearn.svm.SVC".
        settings: its `estimator_settings`.
        calibration: "sigmoid", "isotonic" or None.
        task: "binary", "multiclass" or "regression".
        seed: of all that is drawn.

    Raises:
        InputError: there is no such estimator, it is not one for the task, or a setting is not one that it takes.
    """
    estimator_class = _find_class(path, "regressor" if task == "regression" else "classifier")
    if task == "regression" and calibration:
        raise InputError("calibration is for probabilities; leave it out where the target is a number")
    allowed = inspect.signature(estimator_class).parameters
    _check_settings(path, settings, list(allowed))
    needed = [name for name, each in allowed.items() if each.default is each.empty]
    if needed:
        raise InputError(
            f"estimator = {path!r} needs {' and '.join(needed)}, which problem.toml cannot give; name another"
        )
    drawn = {"random_state": seed} if "random_state" in allowed else {}
    estimator = estimator_class(**drawn | settings)
    try:
        estimator._validate_params()  # which fitting begins with, too
    except ValueError as error:
        raise InputError(f"estimator_settings: {error}") from None
    with sklearn.config_context(enable_metadata_routing=True):
        takes_weights = _ask_for_weights(estimator)
        if task != "regression" and (calibration or not hasattr(estimator, "predict_proba")):
            folds = StratifiedKFold(CALIBRATION_FOLDS, shuffle=True, random_state=seed)
            method = calibration or "sigmoid"
            estimator = CalibratedClassifierCV(estimator, method=method, cv=folds, ensemble=False)
            takes_weights = takes_weights and _ask_for_weights(estimator)
    return estimator, takes_weights


def find_estimators(kind: str) -> dict[str, Any]:
    """Return the class of each estimator of a kind, "classifier" or "regressor", by the path to import it by."""
    return {_public_path(found): found for name, found in all_estimators(kind) if not name.startswith(LEFT_OUT)}


def _public_path(estimator_class: type) -> str:
    modules = estimator_class.__module__.split(".")
    public = next((at for at, name in enumerate(modules) if name.startswith("_")), len(modules))
    return ".".join([*modules[:public], estimator_class.__name__])


def _find_class(path: str, kind: str) -> Any:
    found = find_estimators(kind)
    if path in found:
        return found[path]
    other = "classifier" if kind == "regressor" else "regressor"
    what = f"is a {other}" if path in find_estimators(other) else f"is no {kind} of scikit-learn"
    target, example = ("a number", "SVR") if kind == "regressor" else ("one of several classes", "SVC")
    by_name = {each.rpartition(".")[2]: each for each in found}
    near = get_close_matches(path.rpartition(".")[2], by_name, 1)
    cure = f"did you mean {by_name[near[0]]!r}?" if near else f'give a path such as "sklearn.svm.{example}"'
    raise InputError(f"estimator = {path!r} {what}, but the target is {target}; {cure}")


def _check_settings(path: str, settings: dict[str, Any], allowed: list[str]) -> None:
    for name in settings:
        if name not in allowed:
            near = get_close_matches(name, allowed, 1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise InputError(f"estimator_settings: {path} has no {name!r}; it has {', '.join(allowed)}{meant}")


def _ask_for_weights(estimator: Any) -> bool:
    """Have an estimator request the sample weights that it is fitted with, and return whether it takes them."""
    if not has_fit_parameter(estimator, "sample_weight"):
        return False
    estimator.set_fit_request(sample_weight=True)
    try:
        if isinstance(get_routing_for_object(estimator), MetadataRouter):  # it passes them on
            process_routing(estimator, "fit", sample_weight=[])
    except (
        NotImplementedError,
        TypeError,
        UnsetMetadataPassedError,
    ):  # AdaBoost; RANSACRegressor; LogisticRegressionCV
        return False
    return True
