"""The selection: cross-validate the candidates, choose the simplest of the best, and fit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import joblib
import numpy as np
import pandas as pd
import sklearn
from numpy.typing import NDArray
from sklearn.metrics import log_loss, make_scorer, root_mean_squared_error
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from training.candidates import Candidate, make_candidates
from training.dataset import Dataset, Rows, strata
from training.errors import InputError
from training.split import Folds, Indices, draw_folds, draw_parts
from training.target import Target

FOLDS = 5
REPEATS = 2
JOBS = -1  # as many as there are processors
MOST_WRITTEN_OUT = 1_000_000
MOST_CELLS = 1_000_000  # distinct rows times columns that candidates are compared on
FEWEST_PER_FOLD = 2  # rows of a class

Report = Callable[[str], None]
Search = Callable[[GridSearchCV, Rows, dict[str, Any]], dict[str, Any]]


@contextmanager
def estimation() -> Iterator[None]:
    """Route sample weights, and keep BLAS to one thread: its sums depend on their number, the model must not."""
    with (
        sklearn.config_context(enable_metadata_routing=True),
        threadpool_limits(limits=1),
        joblib.parallel_config("loky", n_jobs=JOBS, inner_max_num_threads=1),
    ):
        yield


def loss_name(task: str) -> str:
    """Return the loss that estimators are chosen by: the log loss, or for numbers the root mean squared error."""
    return "rmse" if task == "regression" else "log_loss"


def run_search(grid: GridSearchCV, rows: Rows, weights: dict[str, Any]) -> dict[str, Any]:
    """Return the scores of each setting and split."""
    found: dict[str, Any] = grid.fit(rows.features, rows.target, **weights).cv_results_
    return found


def cross_validate_candidates(
    dataset: Dataset,
    report: Report = print,
    candidates: list[Candidate] | None = None,
    search: Search = run_search,
) -> pd.DataFrame:
    """Return a line per candidate and setting, in their order, from repeated stratified cross-validation.

    Columns: `candidate`, `settings`, `loss` (mean over folds and repeats), `excess` (how much more than the least
    loss, fold by fold), and `excess_standard_error`. The loss itself has none: stratified folds take away most of what
    its rows vary by.

    Folds share rows to fit on. The standard error allows for that by the correction of Nadeau and Bengio (2003), for
    repeated folds as Bouckaert and Frank (2004) have it.
    """
    train = draw_compared(dataset)
    folds = draw_folds(
        train.counts,
        strata(dataset.target, train.target),
        FOLDS,
        REPEATS,
        np.random.default_rng([dataset.seed, FOLDS, REPEATS]),
    )
    folded = train.take(folds.row, folds.count), folds.splits()
    lines: list[dict[str, Any]] = []
    losses = []
    with estimation():
        scorer = make_scorer_of(dataset.target).set_score_request(sample_weight=True)
        for candidate in candidates or make_candidates(dataset):
            rows, cv = folded if candidate.takes_weights else _unfold(folds, train)
            report(f"cross-validating: {candidate.name}")
            grid = GridSearchCV(
                candidate.pipeline, _grid(candidate), scoring=scorer, cv=cv, refit=False, error_score="raise"
            )
            with told(candidate):
                found = search(grid, rows, _weights(candidate, rows))
            for position, settings in enumerate(candidate.settings):
                losses.append(-np.array([found[f"split{split}_test_score"][position] for split in range(len(cv))]))
                lines.append({"candidate": candidate.name, "settings": settings})
    every = np.array(losses)
    excess = every - every[every.mean(axis=1).argmin()]
    return pd.DataFrame(lines).assign(
        loss=every.mean(axis=1),
        excess=excess.mean(axis=1),
        excess_standard_error=_standard_error(excess),
    )


def draw_compared(dataset: Dataset) -> Rows:
    """Return the training rows that candidates are compared on: all, or of a large table a part, drawn by chance.

    It has about a million cells (distinct rows times columns), and two rows of each class to a fold, if there are.
    """
    train, strata = dataset.train, dataset.strata
    share = MOST_CELLS / (len(train) * len(dataset.schema["properties"]))
    if share >= 1:
        return train
    generator = np.random.default_rng([dataset.seed, MOST_CELLS])
    drawn = np.zeros_like(train.counts)
    for stratum in np.unique(strata):
        counts = np.where(strata == stratum, train.counts, 0)
        part = min(1.0, max(share, FOLDS * FEWEST_PER_FOLD / counts.sum()))
        drawn += draw_parts(counts, strata, [part, 1 - part], generator)[:, 0]
    return train.take(np.flatnonzero(drawn), drawn[drawn > 0])


def _grid(candidate: Candidate) -> list[dict[str, list[Any]]]:
    return [{f"estimator__{key}": [value] for key, value in settings.items()} for settings in candidate.settings]


def make_scorer_of(target: Target) -> Any:
    """Return scikit-learn's scorer of the loss that estimators are chosen by; the greater, the better."""
    if target.task == "regression":
        return make_scorer(root_mean_squared_error, greater_is_better=False)
    labels = range(len(target.classes))
    return make_scorer(log_loss, greater_is_better=False, response_method="predict_proba", labels=labels)


def _standard_error(by_split: np.ndarray) -> np.ndarray:
    """Return the standard error of the mean over the splits, shape (lines,), from figures of shape (lines, splits)."""
    test_to_train = 1 / (FOLDS - 1)
    variance = by_split.var(axis=1, ddof=1)
    return np.asarray(np.sqrt((1 / by_split.shape[1] + test_to_train) * variance))


def choose(scores: pd.DataFrame) -> int:
    """Return the position of the choice: the first, and so the simplest, within one standard error of the least loss.

    The standard error is that of the difference, fold by fold, since a fold that is hard for one is hard for all.
    """
    within = scores["excess"] <= scores["excess_standard_error"]
    return int(within.to_numpy().argmax())


def fit(dataset: Dataset, name: str, settings: dict[str, Any], candidates: list[Candidate] | None = None) -> Pipeline:
    """Return the candidate `name` with these settings, fitted on all training rows."""
    with estimation():
        (candidate,) = (each for each in candidates or make_candidates(dataset) if each.name == name)
        candidate.pipeline.set_params(**{f"estimator__{key}": value for key, value in settings.items()})
        train = dataset.train if candidate.takes_weights else _write_out(dataset.train)
        with told(candidate):
            return candidate.pipeline.fit(train.features, train.target, **_weights(candidate, train))


@contextmanager
def told(candidate: Candidate) -> Iterator[None]:
    """Say in a sentence what keeps an estimator that problem.toml names from being fitted, or from answering."""
    try:
        yield
    except (ValueError, MemoryError) as error:
        if not candidate.is_stated:
            raise
        reason = (str(error).strip().splitlines() or ["there is not enough memory"])[-1]
        raise InputError(f"{candidate.name} cannot be used on this table: {reason}; name another estimator") from None


def _weights(candidate: Candidate, rows: Rows) -> dict[str, NDArray[np.int64]]:
    return {"sample_weight": rows.counts} if candidate.takes_weights else {}


def _write_out(rows: Rows) -> Rows:
    """Return each row as often as it counts, for an estimator to which a weight is not as good.

    Raises:
        InputError: these are too many rows.
    """
    if rows.total > MOST_WRITTEN_OUT:
        raise InputError(
            f"the estimator needs each row by itself, and {rows.total:,} are too many; at most {MOST_WRITTEN_OUT:,} "
            "can be: name one to which a row's count is as good, such as sklearn.linear_model.LogisticRegression "
            "without calibration, or none"
        )
    return rows.take(np.repeat(np.arange(len(rows)), rows.counts), np.ones(rows.total, dtype=np.int64))


def _unfold(folds: Folds, train: Rows) -> tuple[Rows, list[tuple[Indices, Indices]]]:
    """Return the rows of all folds written out, and the splits of them."""
    rows = _write_out(train.take(folds.row, folds.count))
    row, repeat, fold = (np.repeat(part, folds.count) for part in (folds.row, folds.repeat, folds.fold))
    return rows, Folds(row, repeat, fold, rows.counts).splits()
