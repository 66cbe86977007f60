"""The selection: cross-validate the candidates, choose one, fit it, and evaluate it on the held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import sklearn
from sklearn.metrics import get_scorer
from sklearn.model_selection import PredefinedSplit, cross_validate
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from training.candidates import make_candidates
from training.dataset import FOLDS, Dataset
from training.evaluation import evaluate

Report = Callable[[str], None]


@contextmanager
def _estimation() -> Iterator[None]:
    """Route sample weights, and keep BLAS to one thread: its sums depend on their number, the model must not."""
    with sklearn.config_context(enable_metadata_routing=True), threadpool_limits(limits=1):
        yield


def cross_validate_candidates(train: Dataset, seed: int, report: Report = print) -> pd.DataFrame:
    """Return a line per candidate: `candidate`, `log_loss` (mean over the folds) and `standard_error` of that mean.

    The standard error takes the folds as independent; as they share rows to fit on, it is somewhat too small.
    """
    lines = []
    with _estimation():
        for name, pipeline in make_candidates(train.schema, seed).items():
            report(f"cross-validating: {name}")
            scores = cross_validate(
                pipeline,
                train.features,
                train.positive,
                cv=PredefinedSplit(train.part),
                scoring=get_scorer("neg_log_loss").set_score_request(sample_weight=True),
                params={"sample_weight": train.counts},
                error_score="raise",
            )["test_score"]
            lines.append(
                {"candidate": name, "log_loss": -scores.mean(), "standard_error": scores.std(ddof=1) / FOLDS**0.5}
            )
    return pd.DataFrame(lines)


def choose(scores: pd.DataFrame) -> str:
    """Return the candidate of least log loss; of equal ones the first, which is the simplest."""
    return str(scores["candidate"].iloc[int(scores["log_loss"].argmin())])


def fit(name: str, train: Dataset, seed: int) -> Pipeline:
    """Return the candidate `name` fitted on all rows of `train`."""
    with _estimation():
        pipeline = make_candidates(train.schema, seed)[name]
        return pipeline.fit(train.features, train.positive, sample_weight=train.counts)


def evaluate_held_out(pipeline: Pipeline, dataset: Dataset) -> dict[str, dict[str, float]]:
    """Return the figures on the held-out rows, of the fitted pipeline and of the training rows' base rate."""
    test = dataset.test
    base_rate = np.full(len(test.counts), dataset.train.base_rate)
    return {
        "model": evaluate(test.positive, pipeline.predict_proba(test.features)[:, 1], test.counts),
        "base_rate": evaluate(test.positive, base_rate, test.counts),
    }
