"""The lock: model.lock.json, the figures and predictions that a reviewer's own training has to arrive at."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
from sklearn.pipeline import Pipeline

from training import ROOT
from training.errors import InputError

LOCK_FILE = ROOT / "model.lock.json"
MOST_ROWS = 10_000
NEEDED = (
    *("model", "task", "target.name", "seed", "versions", "predictions", "data.rows", "data.content_sha256"),
    *("metrics.chosen.candidate", "metrics.chosen.settings"),
)


def make_lock(document: dict[str, Any], pipeline: Pipeline, features: pd.DataFrame) -> dict[str, Any]:
    """Return what to record of a model: the contents of model.lock.json.

    Args:
        document: the contents of model.json.
        pipeline: the fitted pipeline.
        features: the distinct rows of the table: all are predicted, or of more than 10,000 at most so many, evenly
            spaced.
    """
    rows = features.iloc[:: -(-len(features) // MOST_ROWS)]
    predict = pipeline.predict if document["task"] == "regression" else pipeline.predict_proba
    return {
        "model": document["version"],
        "task": document["task"],
        "target": document["target"],
        "data": document["provenance"]["data"],
        "seed": document["provenance"]["seed"],
        "versions": document["provenance"]["versions"],
        "metrics": document["metrics"],
        "predictions": predict(rows).tolist(),
    }


def render_lock(lock: dict[str, Any]) -> bytes:
    """Return the text of model.lock.json."""
    return (json.dumps(lock, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def read_lock(path: Path = LOCK_FILE) -> dict[str, Any]:
    """Return the contents of model.lock.json.

    Raises:
        InputError: the file is missing, is not a lock, or holds a number that is not finite, which equals nothing.
    """
    try:
        lock = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse, parse_float=_read_number)
    except FileNotFoundError:
        raise InputError(f"there is no {path.name} to compare with; `make record` writes it") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); `make record` writes it anew") from None
    missing = [name for name in NEEDED if not _has(lock, name.split("."))]
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}; `make record` writes it anew")
    return dict(lock)


def _has(value: Any, keys: list[str]) -> bool:
    return not keys or (isinstance(value, dict) and keys[0] in value and _has(value[keys[0]], keys[1:]))


def _read_number(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no finite number")
