"""The pipeline as a service of BentoML."""

import os
from typing import Any

import bentoml
import joblib
import pandas as pd


@bentoml.service
class Service:
    """Answers a row with the probability of each class."""

    def __init__(self) -> None:
        """Load the pipeline."""
        self.pipeline = joblib.load(os.environ["PIPELINE"])

    @bentoml.api  # type: ignore[untyped-decorator]
    def predict(self, row: dict[str, Any]) -> list[float]:
        """Predict one row."""
        return self.pipeline.predict_proba(pd.DataFrame([row]))[0].tolist()  # type: ignore[no-any-return]
