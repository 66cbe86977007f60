"""The estimator that problem.toml names: any classifier or regressor of scikit-learn, made to give probabilities."""

from __future__ import annotations

import importlib
import inspect
from difflib import get_close_matches
from typing import Any

import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.discovery import all_estimators

from training.errors import InputError

CALIBRATION_FOLDS = 5
WEIGHT_EXACT = (
    *("DummyClassifier", "LogisticRegression", "GaussianNB", "BernoulliNB", "MultinomialNB", "ComplementNB"),
    *("DecisionTreeClassifier", "ExtraTreesClassifier", "GradientBoostingClassifier"),
    *("DummyRegressor", "LinearRegression", "Ridge", "PoissonRegressor", "GammaRegressor", "TweedieRegressor"),
    *("KernelRidge", "DecisionTreeRegressor", "ExtraTreesRegressor", "GradientBoostingRegressor"),
)
EXACT_SETTINGS: dict[str, tuple[Any, ...]] = {  # with which these are, where they have them; others draw or count rows
    "bootstrap": (False,),
    "criterion": ("gini", "entropy", "log_loss", "squared_error", "friedman_mse", "poisson", "deprecated"),
    "loss": ("log_loss", "exponential", "squared_error"),
    "min_samples_leaf": (1,),
    "min_samples_split": (2,),
    "n_iter_no_change": (None,),
    "strategy": ("prior", "mean", "most_frequent", "constant"),
    "subsample": (1.0,),
}
LEFT_OUT = ("MultiTask", "SelfTraining")  # for several targets at once, and for rows without one


def make_estimator(
    path: str, settings: dict[str, Any], calibration: str | None, task: str, seed: int
) -> tuple[Any, bool]:
    """Return the unfitted estimator, and whether it takes counts for sample weights, which it then asks for.

    It does if a row with weight n counts as n equal rows. Others need each row by itself, as those do that draw rows,
    count them, or hold some of them back, a calibration among them: of a row that stands for many, all would be held
    back at once.

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
        if task != "regression" and (calibration or not hasattr(estimator, "predict_proba")):
            folds = StratifiedKFold(CALIBRATION_FOLDS, shuffle=True, random_state=seed)
            method = calibration or "sigmoid"
            return CalibratedClassifierCV(estimator, method=method, cv=folds, ensemble=False), False
        takes_weights = _is_weight_exact(estimator)
        return estimator.set_fit_request(sample_weight=True) if takes_weights else estimator, takes_weights


def find_estimators(kind: str) -> dict[str, Any]:
    """Return the class of each estimator of a kind, "classifier" or "regressor", by the path to import it by."""
    return {_public_path(found): found for name, found in all_estimators(kind) if not name.startswith(LEFT_OUT)}


def find_estimator(path: str, kind: str) -> Any:
    """Return what `find_estimators` has at a path, or None, without importing all of scikit-learn for it."""
    module, _, name = path.rpartition(".")
    if not module.startswith("sklearn.") or not all(map(str.isidentifier, path.split("."))):
        return None
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None
    of_kind = RegressorMixin if kind == "regressor" else ClassifierMixin
    if not inspect.isclass(found) or not issubclass(found, BaseEstimator) or not issubclass(found, of_kind):
        return None
    is_listed = not inspect.isabstract(found) and not name.startswith(LEFT_OUT) and _public_path(found) == path
    return found if is_listed else None


def _public_path(estimator_class: type) -> str:
    modules = estimator_class.__module__.split(".")
    public = next((at for at, name in enumerate(modules) if name.startswith("_")), len(modules))
    return ".".join([*modules[:public], estimator_class.__name__])


def _find_class(path: str, kind: str) -> Any:
    if (one := find_estimator(path, kind)) is not None:
        return one
    found = find_estimators(kind)
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


def _is_weight_exact(estimator: Any) -> bool:
    """Return whether a row that is fitted with weight n counts as n equal rows, to the last digits."""
    settings = estimator.get_params(deep=False)
    is_usual = all(settings[name] in usual for name, usual in EXACT_SETTINGS.items() if name in settings)
    return type(estimator).__name__ in WEIGHT_EXACT and is_usual
