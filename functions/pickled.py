"""The pickled pipeline that bake = "image" serves. Beside this module it takes scikit-learn, which an image has."""

from __future__ import annotations

import hashlib
import io
import math
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from predict.inputs import LARGEST_NUMBER
from predict.model import ModelError

LIBRARIES = ("joblib", "numpy", "pandas", "scikit-learn", "scipy")
MOST_AT_ONCE = 2_000  # rows, each of which some estimators compare with every row of training, all at the same time
CURE = "build the image anew, which trains and serves with one and the same: see docs/image.md"


class PickledScorer:
    """Scores rows with a fitted pipeline of scikit-learn.

    No estimator is asked of a row in which a number, once it is scaled, is beyond float32, which those made of trees
    refuse: it is so for each, as for the numbers of a row before they are scaled. Any other refusal is a bug.
    """

    def __init__(self, pipeline: Any, document: Mapping[str, Any]) -> None:
        """Take the `document` of model.json for the names and kinds of the fields, and for the task."""
        properties = document["schema"]["properties"]
        self._is_number = {name: value["x-kind"] == "number" for name, value in properties.items()}
        self._encode, estimator = pipeline[:-1].transform, pipeline[-1]
        is_regression = document["task"] == "regression"
        self._predict = estimator.predict if is_regression else estimator.predict_proba
        self._refused = [math.nan] * (1 if is_regression else len(estimator.classes_))

    @classmethod
    def load(cls, document: Mapping[str, Any], path: Path) -> Self:
        """Unpickle the pipeline at `path`, if it is the one of `document` and the libraries are those it was made with.

        Raises:
            ModelError: it is not, or cannot be read; nothing has been unpickled then.
        """
        baked = document["estimator"]["model"]
        for name, found in find_versions().items():
            if found != (needed := baked["versions"].get(name)):
                given = f"{name} {found} is" if found else f"no {name} is"
                raise ModelError(f"{path} was made with {name} {needed}, but {given} installed; {CURE}")
        try:
            contents = path.read_bytes()
        except OSError as error:
            raise ModelError(f"the pickle {path} cannot be read ({error.strerror}); {CURE}") from None
        if (found := hashlib.sha256(contents).hexdigest()) != baked["sha256"]:
            raise ModelError(
                f"{path} is not the pickle of its model.json: its sha256 is {found}, not {baked['sha256']}; {CURE}"
            )
        import joblib  # not before it is known that all is there

        return cls(joblib.load(io.BytesIO(contents)), document)

    def predict(self, row: Mapping[str, Any]) -> list[float]:
        """Return the probability of each class, or the one value of a regression; NaN if a number is too large."""
        return self.predict_many([row])[0]

    def predict_many(self, rows: Sequence[Mapping[str, Any]]) -> list[list[float]]:
        """Return what `predict` does, for each row."""
        parts = [rows[start : start + MOST_AT_ONCE] for start in range(0, len(rows), MOST_AT_ONCE)]
        return [scores for part in parts for scores in self._score(part)]

    def _score(self, rows: Sequence[Mapping[str, Any]]) -> list[list[float]]:
        import numpy as np

        with np.errstate(over="ignore", invalid="ignore"):  # what comes of that is not finite, and not answered
            encoded = self._encode(self._frame(rows))
            is_fit = np.ravel((abs(encoded) > LARGEST_NUMBER).sum(axis=1)) == 0  # NaN may mean missing
            found = self._predict(encoded[is_fit]).reshape(is_fit.sum(), -1).tolist() if is_fit.any() else []
        scores = iter(found)
        return [next(scores) if fits else self._refused for fits in is_fit]

    def _frame(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        """Return the rows as the pipeline was fitted on them: numbers as float64, all else as it is; missing: NaN."""
        import pandas as pd

        columns = {}
        for name, is_number in self._is_number.items():
            values = [math.nan if row[name] is None else row[name] for row in rows]
            columns[name] = pd.Series(values, dtype=float if is_number else object)
        return pd.DataFrame(columns)


def find_versions() -> dict[str, str | None]:
    """Return the versions that a pickle depends on: Python's without the last number, and each library's, if any."""
    found: dict[str, str | None] = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found
