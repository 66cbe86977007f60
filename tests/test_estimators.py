"""The estimator that problem.toml names: any of scikit-learn's that can be used, with probabilities, or one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.preprocessing import KBinsDiscretizer

from training.errors import InputError
from training.estimators import find_estimators, make_estimator

ROWS = 90
CHOOSY = {"IsotonicRegression", "CCA", "PLSCanonical"}  # which take one feature, or want more than one target
KINDS = {"classifier": "multiclass", "regressor": "regression"}
OF_OTHERS = (
    "ClassifierChain",
    "Fixed",
    "MultiOutput",
    "OneVs",
    "OutputCode",
    "RegressorChain",
    "Stacking",
    "Tuned",
    "Voting",
)
PATHS = [(path, task) for kind, task in KINDS.items() for path in find_estimators(kind)]
NEEDY = [(path, task) for path, task in PATHS if path.rpartition(".")[2].startswith(OF_OTHERS)]
USABLE = [each for each in PATHS if each not in NEEDY]


def make_table(task: str) -> tuple[Any, Any]:
    """Return features that are whole numbers from 0 to 4, as the choosiest estimators take them, and a target."""
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(ROWS, 3))
    features = KBinsDiscretizer(5, encode="ordinal", quantile_method="averaged_inverted_cdf").fit_transform(numbers)
    score = 1 + features[:, 0] + generator.random(ROWS)
    return features, score if task == "regression" else np.digitize(score, [2.5, 4])


@pytest.mark.filterwarnings("ignore")  # that it has not converged, or will be gone in a later version
@pytest.mark.parametrize(("path", "task"), USABLE)
def test_every_estimator_of_scikit_learn_is_fitted(path: str, task: str) -> None:
    estimator, takes_weights = make_estimator(path, {}, None, task, 0)
    features, target = make_table(task)
    with sklearn.config_context(enable_metadata_routing=True):
        if path.rpartition(".")[2] in CHOOSY:
            with pytest.raises(ValueError, match=r"1 feature|n_components"):
                estimator.fit(features, target)
            return
        estimator.fit(features, target, **{"sample_weight": np.ones(ROWS)} if takes_weights else {})
    if task == "regression":
        assert estimator.predict(features).shape == (ROWS,)
    else:
        shares = estimator.predict_proba(features)
        assert shares.shape == (ROWS, 3)
        assert shares.sum(axis=1) == pytest.approx(np.ones(ROWS))


@pytest.mark.parametrize(("path", "task"), NEEDY)
def test_estimator_that_needs_another_is_refused(path: str, task: str) -> None:
    with pytest.raises(InputError, match=rf"^estimator = '{path}' needs estimators?, which problem.toml cannot give"):
        make_estimator(path, {}, None, task, 0)


def test_most_of_scikit_learn_is_usable() -> None:
    assert len(USABLE) > 75
    assert len(NEEDY) == 13


def test_settings_seed_and_weights_reach_the_estimator() -> None:
    estimator, takes_weights = make_estimator(
        "sklearn.neural_network.MLPRegressor", {"alpha": 0.5}, None, "regression", 7
    )
    assert takes_weights
    assert (estimator.alpha, estimator.random_state) == (0.5, 7)
    assert make_estimator("sklearn.svm.SVR", {}, None, "regression", 7)[0].get_params()["C"] == 1.0
    own, _takes_weights = make_estimator("sklearn.tree.DecisionTreeClassifier", {"random_state": 3}, None, "binary", 7)
    assert own.random_state == 3


@pytest.mark.parametrize(
    ("path", "calibration", "method"),
    [
        ("sklearn.svm.SVC", None, "sigmoid"),
        ("sklearn.svm.SVC", "isotonic", "isotonic"),
        ("sklearn.naive_bayes.GaussianNB", None, None),
        ("sklearn.naive_bayes.GaussianNB", "sigmoid", "sigmoid"),
    ],
)
def test_classifier_without_probabilities_is_calibrated_and_any_that_is_asked_for(
    path: str, calibration: str | None, method: str | None
) -> None:
    estimator, takes_weights = make_estimator(path, {}, calibration, "binary", 0)
    assert takes_weights
    if method is None:
        assert not isinstance(estimator, CalibratedClassifierCV)
        return
    assert isinstance(estimator, CalibratedClassifierCV)
    assert (estimator.method, estimator.ensemble, estimator.cv.shuffle) == (method, False, True)
    features, target = make_table("binary")
    with sklearn.config_context(enable_metadata_routing=True):
        estimator.fit(features, target, sample_weight=np.ones(ROWS))
    assert type(estimator.calibrated_classifiers_[0].estimator).__module__.startswith(path.rpartition(".")[0])


def test_weights_of_a_calibrated_classifier_matter_as_rows_do() -> None:
    """A row of weight 0 is none: without the inner request the classifier would still be fitted on it."""
    features, target = make_table("binary")
    weights = (np.arange(ROWS) % 3 > 0).astype(float)
    flipped = np.where(weights == 0, 2 - target, target)
    found = []
    with sklearn.config_context(enable_metadata_routing=True):
        for classes in (target, flipped):
            estimator, _takes_weights = make_estimator("sklearn.svm.LinearSVC", {}, None, "multiclass", 0)
            estimator.fit(features, classes, sample_weight=weights)
            found.append(estimator.calibrated_classifiers_[0].estimator.coef_)
            estimator.fit(features, classes, sample_weight=np.ones(ROWS))
            found.append(estimator.calibrated_classifiers_[0].estimator.coef_)
    assert found[0] == pytest.approx(found[2], abs=1e-3)
    assert found[1] != pytest.approx(found[3], abs=1e-3)


@pytest.mark.parametrize(
    ("path", "takes_weights"),
    [
        ("sklearn.neighbors.KNeighborsClassifier", False),
        ("sklearn.ensemble.AdaBoostClassifier", False),  # cannot be passed any by a pipeline
        ("sklearn.linear_model.LogisticRegressionCV", False),  # its own folds ask for none
        ("sklearn.linear_model.PassiveAggressiveClassifier", False),
        ("sklearn.svm.SVC", True),
        ("sklearn.ensemble.RandomForestClassifier", True),
    ],
)
@pytest.mark.filterwarnings("ignore:Class PassiveAggressiveClassifier is deprecated:FutureWarning")
def test_it_is_said_whether_weights_can_be_given(path: str, takes_weights: bool) -> None:
    assert make_estimator(path, {}, None, "binary", 0)[1] is takes_weights


@pytest.mark.parametrize(
    ("path", "settings", "calibration", "task", "message"),
    [
        (
            "sklearn.svm.SVN",
            {},
            None,
            "binary",
            "estimator = 'sklearn.svm.SVN' is no classifier of scikit-learn, but the target is one of several classes; "
            "did you mean 'sklearn.svm.SVC'?",
        ),
        (
            "RandomForestRegressor",
            {},
            None,
            "regression",
            "estimator = 'RandomForestRegressor' is no regressor of scikit-learn, but the target is a number; "
            "did you mean 'sklearn.ensemble.RandomForestRegressor'?",
        ),
        (
            "sklearn.svm.SVR",
            {},
            None,
            "multiclass",
            "estimator = 'sklearn.svm.SVR' is a regressor, but the target is one of several classes; "
            "did you mean 'sklearn.svm.SVC'?",
        ),
        (
            "os.system",
            {},
            None,
            "regression",
            "estimator = 'os.system' is no regressor of scikit-learn, but the target is a number; "
            'give a path such as "sklearn.svm.SVR"',
        ),
        (
            "sklearn.ensemble.VotingClassifier",
            {},
            None,
            "binary",
            "estimator = 'sklearn.ensemble.VotingClassifier' needs estimators, which problem.toml cannot give; name another",
        ),
        (
            "sklearn.naive_bayes.GaussianNB",
            {"prior": []},
            None,
            "binary",
            "estimator_settings: sklearn.naive_bayes.GaussianNB has no 'prior'; it has priors, var_smoothing; "
            "did you mean 'priors'?",
        ),
        (
            "sklearn.naive_bayes.GaussianNB",
            {"zzz": 1},
            None,
            "binary",
            "estimator_settings: sklearn.naive_bayes.GaussianNB has no 'zzz'; it has priors, var_smoothing",
        ),
        (
            "sklearn.ensemble.RandomForestRegressor",
            {"n_estimators": 0},
            None,
            "regression",
            "estimator_settings: The 'n_estimators' parameter of RandomForestRegressor must be an int in the range "
            "[1, inf). Got 0 instead.",
        ),
        (
            "sklearn.svm.SVR",
            {},
            "sigmoid",
            "regression",
            "calibration is for probabilities; leave it out where the target is a number",
        ),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    path: str, settings: dict[str, Any], calibration: str | None, task: str, message: str
) -> None:
    with pytest.raises(InputError) as error:
        make_estimator(path, settings, calibration, task, 0)
    assert str(error.value) == message
