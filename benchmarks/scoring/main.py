"""Scoring alone: rows by the model that MODEL_URI names and the scorer of the package at PACKAGE, without HTTP."""

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, os.environ["PACKAGE"])

from predict.scorer import Scorer

scorer = Scorer(json.loads(Path(os.environ["MODEL_URI"]).read_text(encoding="utf-8"))["estimator"])


def handler(rows: list[dict[str, Any]], _context: object) -> list[list[float]]:
    """Return the answers of the model to rows."""
    return [scorer.predict(row) for row in rows]
