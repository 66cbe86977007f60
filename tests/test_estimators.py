"""The estimator that problem.toml names: any of scikit-learn's that can be used, with probabilities, or one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import KBinsDiscretizer

from tests.tables import fold_table, make_problem
from training.candidates import make_candidates
from training.dataset import prepare
from training.errors import InputError
from training.estimators import WEIGHT_EXACT, find_estimator, find_estimators, make_estimator
from training.selection import fit

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


def test_what_is_found_by_its_path_alone_is_what_is_listed() -> None:
    for kind in KINDS:
        assert all(find_estimator(path, kind) is found for path, found in find_estimators(kind).items())
    others: tuple[str, ...] = (
        "sklearn",
        "sklearn..svm.SVC",
        "sklearn.svm.",
        "sklearn.svm.SVR",
        "sklearn.svm._classes.SVC",
        "os.path",
    )
    others = (
        *others,
        "sklearn.svm.SVC\0",
        "sklearn.base.ClassifierMixin",
        "sklearn.none.X",
        "sklearn.semi_supervised.SelfTrainingClassifier",
    )
    assert [path for path in others if find_estimator(path, "classifier")] == []


def test_most_of_scikit_learn_is_usable() -> None:
    assert len(USABLE) > 75
    assert len(NEEDY) == 13


def test_settings_seed_and_weights_reach_the_estimator() -> None:
    estimator, takes_weights = make_estimator(
        "sklearn.linear_model.PoissonRegressor", {"alpha": 0.5}, None, "regression", 7
    )
    assert takes_weights
    assert (estimator.alpha, estimator.get_metadata_routing().fit.requests["sample_weight"]) == (0.5, True)
    assert make_estimator("sklearn.svm.SVR", {}, None, "regression", 7)[0].get_params()["C"] == 1.0
    own, _takes_weights = make_estimator("sklearn.tree.DecisionTreeClassifier", {"random_state": 3}, None, "binary", 7)
    assert own.random_state == 3
    seeded, _takes_weights = make_estimator("sklearn.tree.DecisionTreeClassifier", {}, None, "binary", 7)
    assert seeded.random_state == 7


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
    assert takes_weights is (method is None)
    if method is None:
        assert not isinstance(estimator, CalibratedClassifierCV)
        return
    assert isinstance(estimator, CalibratedClassifierCV)
    assert (estimator.method, estimator.ensemble, estimator.cv.shuffle) == (method, False, True)
    features, target = make_table("binary")
    with sklearn.config_context(enable_metadata_routing=True):
        estimator.fit(features, target)
    assert type(estimator.calibrated_classifiers_[0].estimator).__module__.startswith(path.rpartition(".")[0])


@pytest.mark.parametrize("name", WEIGHT_EXACT)
def test_rows_with_weights_count_as_rows_written_out(name: str) -> None:
    (path, task), *_ = [each for each in PATHS if each[0].rpartition(".")[2] == name]
    # a leaf of equal rows is pure but for rounding, which a tree that grows to its end then splits by chance
    settings = {"min_weight_fraction_leaf": 0.05} if name == "ExtraTreesRegressor" else {}
    estimator, takes_weights = make_estimator(path, settings, None, task, 0)
    assert takes_weights
    features, target = make_table(task)
    counts = np.random.default_rng(1).integers(0, 9, ROWS)
    out = np.repeat(np.arange(ROWS), counts)
    ask = "predict" if task == "regression" else "predict_proba"
    with sklearn.config_context(enable_metadata_routing=True):
        by_weight = getattr(clone(estimator).fit(features, target, sample_weight=counts), ask)(features)
        by_rows = getattr(clone(estimator).fit(features[out], target[out]), ask)(features)
        plain = getattr(clone(estimator).fit(features, target), ask)(features)
    assert by_weight == pytest.approx(by_rows, abs=2e-3)  # of those that converge to a tolerance
    assert name.startswith("Dummy") or by_weight != pytest.approx(plain, abs=2e-3)


@pytest.mark.parametrize(
    ("path", "settings", "takes_weights"),
    [
        ("sklearn.neighbors.KNeighborsClassifier", {}, False),
        ("sklearn.ensemble.AdaBoostClassifier", {}, False),
        ("sklearn.linear_model.LogisticRegressionCV", {}, False),  # splits lines into folds
        ("sklearn.svm.SVC", {}, False),  # is calibrated, which does, too
        ("sklearn.ensemble.RandomForestClassifier", {}, False),  # draws lines
        ("sklearn.ensemble.HistGradientBoostingClassifier", {}, False),  # counts them
        ("sklearn.ensemble.ExtraTreesClassifier", {}, True),
        ("sklearn.ensemble.ExtraTreesClassifier", {"bootstrap": True}, False),
        ("sklearn.tree.DecisionTreeClassifier", {"min_samples_leaf": 5}, False),
        ("sklearn.ensemble.GradientBoostingClassifier", {"subsample": 0.5}, False),
        ("sklearn.ensemble.GradientBoostingClassifier", {"n_iter_no_change": 5}, False),
    ],
)
def test_only_an_exact_estimator_takes_weights(path: str, settings: dict[str, Any], takes_weights: bool) -> None:
    assert make_estimator(path, settings, None, "binary", 0)[1] is takes_weights


@pytest.mark.parametrize("path", ["sklearn.tree.DecisionTreeClassifier", "sklearn.svm.SVC"])
def test_calibration_of_a_table_that_folds_keeps_the_order_of_the_rows(path: str) -> None:
    """Of a row that stands for many, some are to be in each fold: else what is calibrated on was never fitted on."""
    generator = np.random.default_rng(0)
    cell = generator.integers(0, 12, 2_000)
    rates = generator.permutation(np.linspace(0.1, 0.9, 12))  # which no line through the cells follows
    columns: dict[str, Any] = {
        "cell": [f"cell {each}" for each in cell],
        "y": (generator.random(2_000) < rates[cell]).astype(int),
    }
    table = fold_table(columns)
    problem = make_problem(estimator=path, calibration="sigmoid", bake="image", positive="1")
    dataset = prepare(table, problem)
    assert not dataset.hardly_folds
    name = path.rpartition(".")[2]
    pipeline = fit(dataset, name, {}, make_candidates(dataset, problem))
    score = pipeline.predict_proba(dataset.test.features)[:, 1]
    assert roc_auc_score(dataset.test.target, score, sample_weight=dataset.test.counts) > 0.7


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
