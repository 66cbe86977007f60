"""A chunk: rows of a table scored at once by the pipeline, and a sample of them by what the function serves, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pickled import MOST_AT_ONCE, PickledScorer
from predict.inputs import LARGEST_NUMBER
from predict.problems import RowError
from training.edges import to_records
from training.folding import find_first, group_rows
from training.parity import ParityError, compare_answers
from training.scoring.model import TrainedModel
from training.scoring.parsing import parse_rows, read_row

SAMPLE = 50  # of the distinct rows of a chunk
NO_ANSWER = "The row cannot be used: the model has no finite answer to this row."


@dataclass(frozen=True)
class Scored:
    """What came of a chunk: of each row the position of its `answers`, and of its problem where it has one.

    `answers` are the probabilities of each class, or the value: shape (distinct, classes), NaN where there is none.
    `problems` says why, by position.
    """

    position: NDArray[np.int64]
    answers: NDArray[np.float64]
    problems: dict[int, str]


def score_chunk(model: TrainedModel, texts: pd.DataFrame) -> Scored:
    """Score rows of texts, each distinct one once.

    Raises:
        ParityError: the pipeline does not answer as the function does.
    """
    schema = model.document["schema"]
    position, distinct = group_rows(texts, list(texts.columns))
    rows = texts.iloc[find_first(position, distinct)].reset_index(drop=True)
    features, usable = parse_rows(rows, schema)
    good = np.flatnonzero(usable)
    scored = score_rows(model, features.iloc[good].reset_index(drop=True))
    answers = np.full((distinct, scored.shape[1]), np.nan)
    answers[good] = scored
    problems = dict.fromkeys(np.flatnonzero(~np.isfinite(answers.sum(axis=1))).tolist(), NO_ANSWER)
    for at in np.flatnonzero(~usable).tolist():
        problems[at] = _find_problem(model, dict(zip(rows.columns, rows.iloc[at], strict=True)))
    return Scored(position, answers, problems)


def score_rows(model: TrainedModel, features: pd.DataFrame) -> NDArray[np.float64]:
    """Return the pipeline's answers, shape (n, classes), or (n, 1) for a number; NaN or infinite where it has none.

    Rows with a number that, once it is scaled, is beyond float32, which trees refuse, are left to what the function
    serves.

    Raises:
        ParityError: what the function serves differs, on a sample.
    """
    of_regression = model.document["task"] == "regression"
    width = 1 if of_regression else len(model.document["target"]["classes"])
    if features.empty:
        return np.empty((0, width))
    encode, estimator = model.pipeline[:-1].transform, model.pipeline[-1]
    predict = estimator.predict if of_regression else estimator.predict_proba
    answers = np.empty((len(features), width))
    # some estimators compare every row of these with every row of training, all at the same time
    step = MOST_AT_ONCE if isinstance(model.scorer, PickledScorer) else len(features)
    for start in range(0, len(features), step):
        part = features.iloc[start : start + step]
        with np.errstate(over="ignore", invalid="ignore"):
            encoded = encode(part)
            fits = np.ravel((abs(encoded) > LARGEST_NUMBER).sum(axis=1)) == 0  # NaN is missing
            if fits.any():
                answers[start : start + step][fits] = predict(encoded[fits]).reshape(fits.sum(), width)
        if not fits.all():
            answers[start : start + step][~fits] = _serve(model, part[~fits])
        if start == 0:
            _check(model, part, answers[: len(part)])
    return answers


def _check(model: TrainedModel, rows: pd.DataFrame, answers: NDArray[np.float64]) -> None:
    """Compare answers with what the function gives: of a pickle for the same rows at once, else for a few of them."""
    step = 1 if isinstance(model.scorer, PickledScorer) else -(-len(rows) // SAMPLE)
    rows, answers = rows.iloc[::step].reset_index(drop=True), answers[::step]
    served = _serve(model, rows)
    finite = np.isfinite(served.sum(axis=1)) & np.isfinite(answers.sum(axis=1))
    scale = model.document["parity"]["scale"]
    agree, _unexplained, _all = compare_answers(served, answers, model.document["estimator"], rows, scale)
    agree[~finite] = (np.isfinite(served.sum(axis=1)) == np.isfinite(answers.sum(axis=1)))[~finite]
    if not agree.all():
        worst = int(np.argmin(agree))
        raise ParityError(
            f"model.joblib answers {answers[worst].tolist()} where model.json answers {served[worst].tolist()}, for "
            f"{rows.iloc[worst].to_dict()}: they are not of one training, or this is a bug; train anew"
        )


def _serve(model: TrainedModel, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return what the function answers."""
    records = to_records(rows)
    if isinstance(model.scorer, PickledScorer):
        return np.array(model.scorer.predict_many(records))
    return np.array([model.scorer.predict(record) for record in records])


def _find_problem(model: TrainedModel, texts: dict[str, Any]) -> str:
    """Return in words why the function refuses a row."""
    try:
        model.validator.check(read_row(texts, model.document["schema"]), is_brief=True)
    except RowError as error:
        fields = (f"{each['pointer']}, given {each['given']!r}: {each['detail']}" for each in error.errors)
        return " ".join([error.detail, *fields])
    raise AssertionError(f"a row is refused column by column, and taken as a whole: {texts}")
