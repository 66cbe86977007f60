"""The pipeline as a service of LitServe."""

import os
import sys
from typing import Any

import joblib
import litserve
import pandas as pd


class Service(litserve.LitAPI):  # type: ignore[misc]
    """Answers a row with the probability of each class."""

    def setup(self, device: str) -> None:  # noqa: ARG002 LitServe names it
        """Load the pipeline."""
        self.pipeline = joblib.load(os.environ["PIPELINE"])

    def predict(self, row: dict[str, Any]) -> list[float]:
        """Predict one row."""
        return self.pipeline.predict_proba(pd.DataFrame([row]))[0].tolist()  # type: ignore[no-any-return]


if __name__ == "__main__":
    server = litserve.LitServer(Service(), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
