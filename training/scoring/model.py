"""The model that scores tables: the pipeline of model.joblib, and the model.json that it is checked against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
from sklearn.pipeline import Pipeline

from pickled import PickledScorer
from predict.model import PICKLE, ModelError, is_pickled, load_model
from predict.row import RowValidator
from predict.scorer import Scorer
from training.errors import InputError


@dataclass(frozen=True)
class TrainedModel:
    """A model as training wrote it: the fitted `pipeline`, and the `document` of model.json."""

    pipeline: Pipeline
    document: dict[str, Any]

    @cached_property
    def scorer(self) -> Scorer | PickledScorer:
        """What the function scores rows with."""
        if is_pickled(self.document):
            return PickledScorer(self.pipeline, self.document)
        return Scorer(self.document["estimator"])

    @cached_property
    def validator(self) -> RowValidator:
        """What the function checks rows with."""
        return RowValidator(self.document["schema"])

    def __reduce__(self) -> Any:
        """Leave out what can be made anew, and cannot be pickled."""
        return TrainedModel, (self.pipeline, self.document)


def read_model(folder: Path) -> TrainedModel:
    """Read the model in `folder`, where training wrote model.json and model.joblib.

    Nothing is unpickled before it is known that the libraries are those that it was made with.

    Raises:
        InputError: one of the two is not there, or damaged, or other libraries are installed.
    """
    try:
        document = load_model(folder / "model.json").document
    except ModelError as error:
        raise InputError(f"{error}; the folder of another is named with --model") from None
    pickle = folder / PICKLE
    for name, needed in document["provenance"]["versions"].items():
        if (found := version(name)) != needed:
            raise InputError(f"{pickle} was made with {name} {needed}, but {found} is installed; train anew")
    try:
        return TrainedModel(joblib.load(pickle), document)
    except FileNotFoundError:
        raise InputError(f"there is no {pickle}, which scores tables; train anew, or name its folder") from None
