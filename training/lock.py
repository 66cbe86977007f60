"""The lock: model.lock.json, the figures and predictions that a reviewer's own training has to arrive at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline

from training import ROOT
from training.errors import InputError

LOCK_FILE = ROOT / "model.lock.json"
MOST_ROWS = 10_000
SAME_VERSIONS = 1e-9
OTHER_VERSIONS = 1e-3  # other versions of scikit-learn may grow other trees


def make_lock(document: dict[str, Any], pipeline: Pipeline, features: pd.DataFrame) -> dict[str, Any]:
    """Return what to record of a model: the contents of model.lock.json.

    Args:
        document: the contents of model.json.
        pipeline: the fitted pipeline.
        features: the distinct rows of the table, of which at most 10,000, evenly spaced, are predicted.
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


def write_lock(lock: dict[str, Any], path: Path = LOCK_FILE) -> None:
    """Write model.lock.json, whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(json.dumps(lock, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)


def read_lock(path: Path = LOCK_FILE) -> dict[str, Any]:
    """Return the contents of model.lock.json.

    Raises:
        InputError: the file is missing or is not a lock.
    """
    try:
        lock = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"there is no {path.name} to compare with; `make record` writes it") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); `make record` writes it anew") from None
    missing = {"model", "data", "seed", "versions", "metrics", "predictions"} - set(
        lock if isinstance(lock, dict) else ()
    )
    if missing:
        raise InputError(f"{path} lacks {', '.join(sorted(missing))}; `make record` writes it anew")
    return dict(lock)


def compare(found: Any, recorded: Any) -> tuple[int, float, str]:
    """Compare two JSON values number by number.

    Returns:
        How many numbers there are, the largest difference, |found - recorded| / max(1, |recorded|), and where it is;
        infinity where anything else differs.
    """
    count, worst, where = 0, 0.0, ""
    for path, a, b in _pairs(found, recorded, ""):
        numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (a, b))
        count += numbers
        same = type(a) is type(b) and a == b
        difference = abs(a - b) / max(1.0, abs(b)) if numbers else 0.0 if same else float("inf")
        if difference > worst:
            worst, where = difference, f"{path}: {_short(a)} instead of {_short(b)}"
    return count, worst, where


def _pairs(a: Any, b: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield the leaves of two JSON values side by side; where their shapes differ, both as they are."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        for key in a:
            yield from _pairs(a[key], b[key], f"{path}.{key}".lstrip("."))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for position, (left, right) in enumerate(zip(a, b, strict=True)):
            yield from _pairs(left, right, f"{path}[{position}]")
    else:
        yield path, a, b


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
